// Stale copies in atomic code: what a use may give, and when a cell may load.
#include <fmt/format.h>

#include <algorithm>

#include "lang/lowering.h"

namespace stalemate::lang {

namespace {

using ir::ExprRef;
using ir::Op;

// The same operator on other operands.
ExprRef rebuilt(const ExprRef& e, std::vector<ExprRef> args) {
  switch (e->op) {
    case Op::kConst:
    case Op::kChoice:
      return e;
    case Op::kRead:
      return ir::read(e->variable, std::move(args), e->order);
    case Op::kNot:
      return ir::negate(args[0]);
    case Op::kAnd:
      return ir::all_of(std::move(args));
    case Op::kOr:
      return ir::any_of(std::move(args));
    case Op::kIte:
      return ir::ite(args[0], args[1], args[2]);
    default:
      return ir::binary(e->op, args[0], args[1]);
  }
}

}  // namespace

// The expression with every stale copy taken away.
ExprRef Lowering::without_copies(const ExprRef& e) const {
  if (e->op == Op::kRead &&
      program_.variables[static_cast<std::size_t>(e->variable)].space == ir::Space::kCopy) {
    return ir::constant(0);
  }
  std::vector<ExprRef> args;
  for (const ExprRef& a : e->args) args.push_back(without_copies(a));
  return rebuilt(e, std::move(args));
}

bool Lowering::is_single(int variable) const {
  return std::any_of(copies_.begin(), copies_.end(),
                     [&](const auto& c) { return c.second == variable && c.first->single; });
}

bool Lowering::asks_single(const ExprRef& e) const {
  if (e->op == Op::kRead && is_single(e->variable)) return true;
  return std::any_of(e->args.begin(), e->args.end(),
                     [&](const ExprRef& a) { return asks_single(a); });
}

// More copies elsewhere never close the gate.
bool Lowering::monotone(const ExprRef& e, bool positive) const {
  const auto has_copy = [&](const auto& self, const ExprRef& x) -> bool {
    // A single cache has evictions of its own: that a copy is absent may be asked.
    if (x->op == Op::kRead && !is_single(x->variable) &&
        program_.variables[static_cast<std::size_t>(x->variable)].space == ir::Space::kCopy) {
      return true;
    }
    return std::any_of(x->args.begin(), x->args.end(),
                       [&](const ExprRef& a) { return self(self, a); });
  };
  if (!has_copy(has_copy, e)) return true;
  switch (e->op) {
    case Op::kRead:
      return positive;
    case Op::kNot:
      return monotone(e->args[0], !positive);
    case Op::kAnd:
    case Op::kOr:
      return std::all_of(e->args.begin(), e->args.end(),
                         [&](const ExprRef& a) { return monotone(a, positive); });
    case Op::kIte:
      return !has_copy(has_copy, e->args[0]) && monotone(e->args[1], positive) &&
             monotone(e->args[2], positive);
    default:
      return false;
  }
}

// When a value may be loaded into a cell; the names of the cell and of the value are in `env`.
ExprRef Lowering::gate(const Decl& cache, const Env& env) {
  const Current saved = now_;
  now_.access = ir::Order::kWalk;
  now_.cpu = -1;  // a fill is nobody's doing: `me` means nothing in a gate
  const ExprRef e = scalar(*cache.value, env);
  now_ = saved;
  if (!monotone(e, true)) {
    diagnostics_.error(
        cache.value->span,
        fmt::format("the condition of {} tests that a copy is absent", cache.name.text),
        "a copy may be lost at any time: ask only whether one is held");
    throw Bail();
  }
  return e;
}

// A condition that stands after the fill of a single cache, as one of the state before the step, in
// which guards are evaluated: a value that was kept because of the fill still lies where it was
// read from, and what was filled counts as held.
ExprRef Lowering::before_fills(const Alternative& alt, const ExprRef& e) const {
  if (alt.kept.empty() && alt.filled.empty()) return e;
  for (const auto& [home, origin] : alt.kept) {
    if (ir::equal(home, e)) return origin;
  }
  std::vector<ExprRef> args;
  for (const ExprRef& a : e->args) args.push_back(before_fills(alt, a));
  std::vector<ExprRef> held;
  for (const auto& [variable, index] : alt.filled) {
    if (e->op != Op::kRead || e->variable != variable) continue;
    std::vector<ExprRef> same;
    for (std::size_t i = 0; i < index.size(); ++i) {
      same.push_back(ir::binary(Op::kEq, args[i], index[i]));
    }
    held.push_back(ir::all_of(std::move(same)));
  }
  ExprRef before = rebuilt(e, std::move(args));
  if (held.empty()) return before;
  held.push_back(std::move(before));
  return ir::any_of(std::move(held));
}

// use X[i]: a value that is held, or one that a miss loads now.  use held X[i]: the first only.
std::vector<Alternative> Lowering::atomic_use(
    const Expr& e, Alternative alt,
    const std::function<std::vector<Alternative>(Alternative, Value)>& then) {
  const Expr& cell = *e.args[0];
  const Decl& cache = *cell.decl;
  used_caches_.insert(&cache);
  const int held = copy_variable(cache);
  if (cache.single && !alt.used.insert(&cache).second) {
    diagnostics_.error(e.span, fmt::format("a step can use {} once", cache.name.text),
                       "a cell of a single cache changes when it is used; split the step");
    throw Bail();
  }
  std::vector<const Expr*> index_exprs;
  for (const Expr* c = &cell; c->kind == ExprKind::kIndex; c = c->args[0].get())
    index_exprs.insert(index_exprs.begin(), c->args[1].get());
  Env load = alt.env;
  std::vector<ExprRef> index;
  for (std::size_t i = 0; i < index_exprs.size(); ++i) {
    index.push_back(scalar(*index_exprs[i], alt.env));
    Binding b;
    b.value = {cache.locals[i]->type, {index.back()}};
    load[cache.locals[i]] = std::move(b);
  }
  const Type* type = cache.locals.back()->type;
  if (alt.wrote) {
    diagnostics_.error(e.span, "a step cannot use a copy after its first write",
                       "what it uses comes first");
    throw Bail();
  }
  struct Candidate {
    Value value;
    std::vector<ExprRef> bit_index;
    ExprRef bit, loadable, surely;
  };
  std::vector<Candidate> candidates;
  std::vector<ExprRef> bits, sure;
  for (const std::vector<int>& v : all_values(type)) {
    Candidate c;
    c.value.type = type;
    for (const int x : v) c.value.scalars.push_back(ir::constant(x));
    c.bit_index = index;
    for (const ExprRef& x : c.value.scalars) c.bit_index.push_back(x);
    c.bit = ir::read(held, c.bit_index);
    Env with = load;
    with[cache.locals.back()].value = c.value;
    c.loadable = gate(cache, with);
    c.surely = without_copies(c.loadable);
    // Where it asks that a single cache lacks a copy, it is open only while that is so.
    if (asks_single(c.loadable)) {
      c.surely = ir::all_of({c.surely, c.loadable});
    }
    bits.push_back(c.bit);
    sure.push_back(c.surely);
    candidates.push_back(std::move(c));
  }
  const ExprRef empty = ir::negate(ir::any_of(bits));
  const ExprRef never_stuck = ir::any_of(sure);
  std::vector<Alternative> out;
  const auto offer = [&](const Candidate& c, const std::vector<ExprRef>& when, bool fills,
                         bool relies) {
    Alternative a = alt;
    for (const ExprRef& g : when) a.guard.push_back(before_fills(a, g));
    if (ir::is_const(ir::all_of(a.guard), 0)) return;
    a.relies_on_copy = a.relies_on_copy || relies;
    if (fills) {
      // Guards read the state before the step, so this is not yet the first write.
      const std::size_t first = a.body.size();
      protect_aliases(a, std::set<int>{held});
      a.wrote = false;
      std::vector<std::pair<ExprRef, ExprRef>> kept;
      for (std::size_t i = first; i < a.body.size(); ++i) {
        for (std::size_t k = 0; k < a.body[i].places.size(); ++k) {
          const ir::Place& home = a.body[i].places[k];
          kept.emplace_back(ir::read(home.variable, home.index),
                            before_fills(a, a.body[i].values[k]));
        }
      }
      std::vector<ExprRef> cell;
      for (const ExprRef& x : c.bit_index) cell.push_back(before_fills(a, x));
      a.kept.insert(a.kept.end(), kept.begin(), kept.end());
      if (cache.single) a.filled.emplace_back(held, std::move(cell));
      ir::Stmt fill;
      fill.span = e.span;
      fill.places.push_back({held, c.bit_index, ir::Order::kPlain});
      fill.values.push_back(ir::constant(1));
      a.body.push_back(std::move(fill));
    }
    for (Alternative& x : then(std::move(a), c.value)) out.push_back(std::move(x));
  };
  // What is usable only because a copy happens to be held never counts as progress: the hardware
  // may have lost it.
  for (const Candidate& c : candidates) {
    if (e.held) {
      offer(c, {c.bit}, false, true);
    } else if (cache.single) {
      offer(c, {empty, c.loadable, c.surely}, true, false);
      offer(c, {empty, c.loadable, ir::negate(c.surely)}, true, true);
      offer(c, {c.bit, never_stuck}, false, false);
      offer(c, {c.bit, ir::negate(never_stuck)}, false, true);
    } else {
      offer(c, {c.surely}, true, false);
      offer(c, {ir::any_of({c.bit, c.loadable}), ir::negate(c.surely)}, true, true);
    }
  }
  return out;
}

}  // namespace stalemate::lang
