// Environment rules and the loads of caches: what the machine does on its own.
#include <fmt/format.h>

#include <algorithm>

#include "lang/lowering.h"

namespace stalemate::lang {

namespace {

using ir::ExprRef;

}  // namespace

void Lowering::add_rule_step(const Decl& d, int cpu, const Env& env, const Text& shown,
                             Alternative alt, ir::StepKind kind, const std::string& rule) {
  ir::Step step;
  step.name = d.name.text;
  if (shown.pieces.empty()) {
    step.text = plain_text(d.name.text);
    for (const Param& p : d.params) {
      const Binding& b = env.at(p.local);
      step.text.pieces.push_back({" ", nullptr, {}});
      step.text.pieces.push_back({"", b.value.scalars[0], types_.domain(b.value.type)});
    }
  } else {
    step.text = text(shown, env);
  }
  step.kind = kind;
  step.rule = rule;
  step.cpu = cpu;
  step.choices = std::move(alt.choices);
  step.guard = ir::all_of(alt.guard);
  if (ir::is_const(step.guard, 0)) return;
  step.body = std::move(alt.body);
  reach(step.body, d);
  step.relies_on_copy = alt.relies_on_copy;
  step.module = module_of(d);
  step.span = d.span;
  // Scratch values of a rule are dead when it ends.
  for (const int v : locals_of_process_) {
    const ir::Variable& local = program_.variables[static_cast<std::size_t>(v)];
    ir::Stmt reset;
    for (int n = 0; n < local.elements(); ++n) {
      reset.places.push_back({v, nth_index(local.dims, n), ir::Order::kPlain});
      reset.values.push_back(ir::constant(local.domain.lo));
    }
    step.body.push_back(std::move(reset));
  }
  environment_.push_back(std::move(step));
}

void Lowering::lower_rule(const Decl& d) {
  std::vector<ir::Domain> domains;
  int cpu_param = -1;
  for (std::size_t i = 0; i < d.params.size(); ++i) {
    const Type* t = d.params[i].local->type;
    if (cpu_param < 0 && t->kind == Type::Kind::kSort && t->sort == 0)
      cpu_param = static_cast<int>(i);
    domains.push_back(types_.domain(t));
  }
  const ir::StepKind kind =
      d.space == "speculative" ? ir::StepKind::kSpeculative : ir::StepKind::kEventual;
  for (const std::vector<int>& values : combinations(domains, d.span)) {
    now_ = {};
    now_.cpu = cpu_param >= 0 ? values[static_cast<std::size_t>(cpu_param)] : -1;
    locals_of_process_.clear();
    Alternative start;
    for (std::size_t i = 0; i < values.size(); ++i) {
      Binding b;
      b.value = {d.params[i].local->type, {ir::constant(values[i])}};
      start.env[d.params[i].local] = std::move(b);
    }
    const Env env = start.env;
    if (d.value != nullptr) add_guard(start, scalar(*d.value, start.env), d.value->span);
    StepEnds ends;
    ends.returns = [](Alternative a, const std::optional<Value>&) {
      return std::vector<Alternative>{std::move(a)};
    };
    std::vector<Alternative> all = sequence(d.body, 0, std::move(start), ends, [](Alternative a) {
      return std::vector<Alternative>{std::move(a)};
    });
    std::string rule;
    if (all.size() > 1 && kind == ir::StepKind::kEventual) {
      rule = d.name.text;
      for (std::size_t i = 0; i < values.size(); ++i) {
        rule += " " + program_.value_name(domains[i], values[i]);
      }
    }
    for (Alternative& a : all) {
      add_rule_step(d, now_.cpu, env, d.shows, std::move(a), kind, rule);
    }
  }
}

// A fill step for each cell and value that the gate can ever let in.
void Lowering::lower_fills(const Decl& d) {
  const int held = copy_variable(d);
  ir::Cache cache;
  cache.name = d.name.text;
  cache.held = held;
  cache.index_dims = static_cast<int>(d.locals.size()) - 1;
  cache.single = d.single;
  program_.caches.push_back(std::move(cache));
  const int cache_id = static_cast<int>(program_.caches.size()) - 1;
  std::vector<ir::Domain> index;
  for (std::size_t i = 0; i + 1 < d.locals.size(); ++i) {
    index.push_back(types_.domain(d.locals[i]->type));
  }
  const Type* type = d.locals.back()->type;
  const auto all = all_values(type);
  for (const std::vector<int>& cell : combinations(index, d.span)) {
    Env env;
    now_ = {};
    now_.access = ir::Order::kWalk;
    for (std::size_t i = 0; i < cell.size(); ++i) {
      env[d.locals[i]].value = {d.locals[i]->type, {ir::constant(cell[i])}};
      if (now_.cpu < 0 && d.locals[i]->type->sort == 0) now_.cpu = cell[i];
    }
    const auto bit = [&](const std::vector<int>& v) {
      std::vector<ExprRef> at;
      for (const int x : cell) at.push_back(ir::constant(x));
      for (const int x : v) at.push_back(ir::constant(x));
      return ir::read(held, std::move(at));
    };
    const auto change = [&](const std::vector<int>& v, ExprRef guard, int to, const ir::Text& shown,
                            const char* what) {
      ir::Step step;
      step.name = fmt::format("{} {}", what, d.name.text);
      step.text = shown;
      step.kind = ir::StepKind::kSpeculative;
      step.cpu = now_.cpu;
      step.guard = std::move(guard);
      step.fills = to == 1 ? cache_id : -1;
      step.module = module_of(d);
      step.span = d.span;
      ir::Stmt s;
      const ExprRef b = bit(v);
      s.places.push_back({held, b->args, ir::Order::kPlain});
      s.values.push_back(ir::constant(to));
      step.body.push_back(std::move(s));
      if (!ir::is_const(step.guard, 0)) environment_.push_back(std::move(step));
    };
    std::vector<ExprRef> held_bits;
    for (const auto& v : all) held_bits.push_back(bit(v));
    for (const std::vector<int>& v : all) {
      Value value{type, {}};
      for (const int x : v) value.scalars.push_back(ir::constant(x));
      env[d.locals.back()].value = value;
      const ExprRef loadable = gate(d, env);
      const ir::Text shown =
          d.fills.pieces.empty() ? plain_text("fill " + d.name.text) : text(d.fills, env);
      const ExprRef absent = d.single ? ir::negate(ir::any_of(held_bits)) : ir::negate(bit(v));
      change(v, ir::all_of({absent, loadable}), 1, shown, "fill");
      // A cell that keeps several values needs no evictions: nothing can test that one is absent.
      if (d.single) change(v, bit(v), 0, plain_text(fmt::format("evict {}", d.name.text)), "evict");
    }
  }
}

// Caches that something depends on, and those that their gates depend on.
void Lowering::lower_caches() {
  std::set<const Decl*> done;
  bool again = true;
  while (again) {
    again = false;
    for (const Decl* d : checked_.caches) {
      if (used_caches_.count(d) == 0 || !done.insert(d).second) continue;
      again = true;
      lower_fills(*d);
    }
  }
}

// A cache that nothing depends on keeps no copies: its drops mean nothing.
void Lowering::prune_caches() {
  std::set<int> unused;
  for (const auto& [decl, variable] : copies_) {
    if (used_caches_.count(decl) == 0) unused.insert(variable);
  }
  if (unused.empty()) return;
  const std::function<void(ir::Block&)> clean = [&](ir::Block& b) {
    ir::Block kept;
    for (ir::Stmt& s : b) {
      if (s.kind == ir::Stmt::Kind::kAssign && !s.places.empty() &&
          unused.count(s.places[0].variable) > 0)
        continue;
      const bool was_branch = s.kind == ir::Stmt::Kind::kIf;
      clean(s.then_block);
      clean(s.else_block);
      if (was_branch && s.then_block.empty() && s.else_block.empty()) continue;
      kept.push_back(std::move(s));
    }
    b = std::move(kept);
  };
  for (auto* list : {&environment_, &threads_}) {
    for (ir::Step& s : *list) clean(s.body);
  }
  for (const int v : unused) {
    ir::Variable& variable = program_.variables[static_cast<std::size_t>(v)];
    variable.dims.clear();
    variable.init.assign(1, 0);
    variable.display.clear();
    variable.space = ir::Space::kShared;
  }
}

}  // namespace stalemate::lang
