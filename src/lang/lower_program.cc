// The whole program: layout, processes, rules, caches, properties.
#include <fmt/format.h>

#include <algorithm>

#include "lang/lowering.h"

namespace stalemate::lang {

namespace {

using ir::ExprRef;
using ir::Op;

constexpr int kNmiLevel = 1000;  // above every level an interrupt can be given
constexpr int kMaxSlots = 1 << 20;

// Clears exactly the bool element that `pending` is, and nothing else; then goes on.
bool acknowledges(const ir::Program& p, const ir::Block& b, const ExprRef& pending) {
  if (pending->op != Op::kRead ||
      p.variables[static_cast<std::size_t>(pending->variable)].domain.kind !=
          ir::Domain::Kind::kBool) {
    return false;
  }
  bool cleared = false;
  for (const ir::Stmt& s : b) {
    if (is_jump(s)) continue;
    if (s.kind != ir::Stmt::Kind::kAssign || s.places.size() != 1) return false;
    const ExprRef place = ir::read(s.places[0].variable, s.places[0].index, pending->order);
    if (!ir::equal(place, pending) || !ir::is_const(s.values[0], 0)) return false;
    cleared = true;
  }
  return cleared;
}

}  // namespace

std::string Lowering::module_of(const Decl& d) const {
  return d.module >= 0 ? unit_.files[static_cast<std::size_t>(d.module)]->module : std::string();
}

std::string Lowering::module_here() const {
  return now_.frame != nullptr ? module_of(*now_.frame->fn) : std::string();
}

void Lowering::declare_variable(const Decl& d, const std::string& prefix) {
  const Type* element = d.type;
  std::vector<ir::Domain> dims;
  while (element->kind == Type::Kind::kArray) {
    dims.push_back(types_.domain(element->index));
    element = element->element;
  }
  const Value init = d.value != nullptr ? converted(expr(*d.value, {}), element) : zero(element);
  const std::vector<Leaf> leaves = types_.leaves(d.type);
  const std::vector<Leaf> inner = types_.leaves(element);
  const int group = static_cast<int>(program_.variables.size());
  std::size_t at = 0;
  std::vector<int> ids;
  for (std::size_t i = 0; i < leaves.size(); ++i) {
    const auto width = static_cast<std::size_t>(elements(inner[i].dims));
    ir::Variable v;
    v.name = prefix + d.name.text + leaves[i].path;
    v.dims = leaves[i].dims;
    v.domain = leaves[i].domain;
    for (long n = 0; n < elements(dims); ++n) {
      for (std::size_t k = 0; k < width; ++k) {
        v.init.push_back(static_cast<ir::Value>(init.scalars.at(at + k)->value));
      }
    }
    at += width;
    v.space = d.space == "ghost" ? ir::Space::kGhost
              : d.space == "mem" ? ir::Space::kMemory
                                 : ir::Space::kShared;
    if (v.space == ir::Space::kMemory) {
      v.location = group;
      v.location_dims = static_cast<int>(dims.size());
    }
    if (v.space != ir::Space::kGhost) {
      v.display = d.name.text;
      for (std::size_t k = 0; k < dims.size(); ++k) v.display += fmt::format("[{{{}}}]", k);
      if (d.has_shows) v.display = index_template(d.shows.pieces[0].literal, dims);
      if (!v.display.empty()) v.display += leaves[i].path;
      for (std::size_t k = dims.size(); k < v.dims.size() && !v.display.empty(); ++k)
        v.display += fmt::format("[{{{}}}]", k);
    }
    program_.variables.push_back(std::move(v));
    ids.push_back(static_cast<int>(program_.variables.size()) - 1);
  }
  variables_[&d] = std::move(ids);
}

void Lowering::declare_builtins() {
  ir::Variable irqs;
  irqs.name = "irqs_on";
  irqs.dims.push_back(types_.domain(const_cast<Types&>(types_).sort(0)));
  irqs.init.assign(static_cast<std::size_t>(configuration_.cpus), 1);
  irqs.display = "irqs_on[{0}]";
  program_.variables.push_back(std::move(irqs));
  irqs_on_ = static_cast<int>(program_.variables.size()) - 1;
}

void Lowering::layout() {
  program_.sorts = types_.sorts();
  declare_builtins();
  for (const Decl* d : checked_.variables) {
    // The built-in mask is declared in the library's own words, as a variable of the core.
    if (d->name.text == "irqs_on")
      variables_[d] = {irqs_on_};
    else
      declare_variable(*d, "");
  }
  give_initial_values();
}

void Lowering::declare_properties() {
  std::set<std::string> goal_names;
  for (const std::string& name : configuration_.properties) {
    const auto it = checked_.globals.find(name);
    if (it == checked_.globals.end() || it->second->kind != DeclKind::kProperty) continue;
    const Decl& d = *it->second;
    ir::Property p;
    p.name = d.name.text;
    p.story = d.doc;
    p.kind = d.no_stuck          ? ir::Property::Kind::kNoStuck
             : !d.leads.empty()  ? ir::Property::Kind::kLeadsTo
             : !d.states.empty() ? ir::Property::Kind::kInvariant
                                 : ir::Property::Kind::kAsserts;
    property_of_[&d] = static_cast<int>(program_.properties.size());
    for (const auto& g : d.ghosts) declare_variable(*g, d.name.text + ".");
    for (const Observer& o : d.observers) {
      if (!has_assert(o.body)) continue;
      watch_of_[&o] = static_cast<int>(program_.goals.size());
      p.watches.push_back(static_cast<int>(program_.goals.size()));
      std::string name = fmt::format("{}: on {}", d.name.text, o.event.text);
      for (int k = 2; !goal_names.insert(name).second; ++k) {
        name = fmt::format("{}: on {} ({})", d.name.text, o.event.text, k);
      }
      program_.goals.emplace_back().name = name;
      p.watches.push_back(static_cast<int>(program_.goals.size()));
      program_.goals.emplace_back().name = name + ", where an assertion could fail";
    }
    program_.properties.push_back(std::move(p));
    for (const Decl::Bound& b : d.bounds) declare_bound(d, b, property_of_.at(&d));
    active_properties_.push_back(&d);
  }
  ir::Property plain;
  plain.name = "assertions";
  plain.story = "Every assertion that a model or a library states holds where it stands.";
  assertions_ = static_cast<int>(program_.properties.size());
  program_.properties.push_back(std::move(plain));
  declare_counters();
  if (configuration_.counting) return;
  for (const Decl* d : checked_.goals) {
    goal_of_[d->name.text] = static_cast<int>(program_.goals.size());
    program_.goals.emplace_back().name = d->name.text;
    active_properties_.push_back(d);
  }
}

void Lowering::lower_stuck() {
  for (const Decl* d : active_properties_) {
    if (!d->no_stuck) continue;
    ir::Property& p = program_.properties[static_cast<std::size_t>(property_of_.at(d))];
    for (const Name& label : d->cycle) p.cycle.push_back(label.text);
    if (!d->when) continue;
    for (const ir::Process& process : program_.processes) {
      now_ = {};
      now_.access = ir::Order::kObserve;
      now_.cpu = process.cpu;
      p.when.push_back(scalar(*d->when, {}));
    }
  }
}

void Lowering::lower_invariants() {
  for (const Decl* d : active_properties_) {
    if (d->states.empty()) continue;
    ir::Property& p = program_.properties[static_cast<std::size_t>(property_of_.at(d))];
    std::vector<ExprRef> terms, could;
    now_ = {};
    now_.access = ir::Order::kObserve;
    for (const Decl::StateCheck& c : d->states) {
      const ExprRef e = scalar(*c.condition, {});
      terms.push_back(c.never ? ir::negate(e) : e);
      could.push_back(could_fail(*c.condition, !c.never, {}));
      if (p.text.pieces.empty()) {
        p.text =
            c.text.pieces.empty()
                ? plain_text(snippet(c.condition->span) + (c.never ? " happens" : " does not hold"))
                : text(c.text, {});
      }
    }
    p.condition = ir::all_of(std::move(terms));
    const ExprRef when = ir::any_of(std::move(could));
    if (!ir::is_const(when, 1)) p.when.push_back(when);
  }
}

// One for each CPU, and one for all if it does not say `me`.
void Lowering::lower_leads_to() {
  for (const Decl* d : active_properties_) {
    if (d->leads.empty()) continue;
    const Decl::LeadsTo& said = d->leads.front();
    std::vector<ir::LeadsTo>& all =
        program_.properties[static_cast<std::size_t>(property_of_.at(d))].leads;
    const std::string what =
        snippet(said.from->span) + " does not lead to " + snippet(said.to->span);
    for (int cpu = 0; cpu < configuration_.cpus; ++cpu) {
      now_ = {};
      now_.access = ir::Order::kObserve;
      now_.cpu = cpu;
      ir::LeadsTo one{scalar(*said.from, {}), scalar(*said.to, {}), {}};
      const bool known = std::any_of(all.begin(), all.end(), [&](const ir::LeadsTo& other) {
        return ir::equal(one.from, other.from) && ir::equal(one.to, other.to);
      });
      if (known) continue;
      one.text = said.text.pieces.empty() ? plain_text(fmt::format("CPU{}: {}", cpu, what))
                                          : text(said.text, {});
      all.push_back(std::move(one));
    }
    if (all.size() == 1 && said.text.pieces.empty()) all.front().text = plain_text(what);
  }
}

int Lowering::new_process(const std::string& name, int cpu, ir::Role role, int level) {
  ir::Process p;
  p.name = name;
  p.cpu = cpu;
  p.role = role;
  p.level = level;
  ir::Variable v;
  v.name = fmt::format("{}@{}", name, cpu);
  v.space = ir::Space::kControl;
  v.process = static_cast<int>(program_.processes.size());
  v.init = {0};
  program_.variables.push_back(std::move(v));
  p.control = static_cast<int>(program_.variables.size()) - 1;
  program_.processes.push_back(std::move(p));
  return static_cast<int>(program_.processes.size()) - 1;
}

std::vector<int> Lowering::handler_cpus(const Decl& d) const {
  std::vector<int> cpus;
  for (int c = 0; c < configuration_.cpus; ++c) {
    const bool listed = std::any_of(d.cpus.begin(), d.cpus.end(), [&](const ExprPtr& e) {
      const ExprRef v = const_cast<Lowering*>(this)->scalar(*e, {});
      return v->value == c;
    });
    if (d.every_cpu != listed) cpus.push_back(c);
  }
  return cpus;
}

void Lowering::lower_threads_and_handlers() {
  // All processes exist before any code is lowered: a thread's guards name the handlers that can
  // preempt it.
  struct Job {
    const Decl* decl;
    int cpu;
    int process;
  };
  std::vector<Job> jobs;
  for (const Decl* d : checked_.threads) {
    for (const int c : handler_cpus(*d))
      jobs.push_back({d, c, new_process(d->name.text, c, ir::Role::kThread, 0)});
  }
  for (const Decl* d : checked_.handlers) {
    const bool nmi = d->kind == DeclKind::kNmi;
    const int level = nmi ? kNmiLevel : d->low != nullptr ? scalar(*d->low, {})->value : 1;
    for (const int c : handler_cpus(*d)) {
      jobs.push_back(
          {d, c, new_process(d->name.text, c, nmi ? ir::Role::kNmi : ir::Role::kInterrupt, level)});
    }
  }
  size_bounds();
  for (const Job& j : jobs) {
    try {
      now_ = {};
      now_.cpu = j.cpu;
      now_.process = j.process;
      nodes_.clear();
      locals_of_process_.clear();
      if (j.decl->kind == DeclKind::kThread)
        lower_thread(*j.decl, j.cpu);
      else
        lower_handler(*j.decl, j.cpu);
    } catch (const Bail&) {
      call_depth_ = 0;
    }
  }
}

void Lowering::lower_thread(const Decl& d, int) {
  const int entry = new_node();
  const int end = new_node("end", d.span);
  nodes_[static_cast<std::size_t>(end)].final = true;
  Env env;
  Frame frame{&d, end, std::nullopt};
  now_.frame = &frame;
  block(d.body, entry, end, env);
  finish_process(now_.process, entry);
}

void Lowering::lower_handler(const Decl& d, int cpu) {
  const bool nmi = d.kind == DeclKind::kNmi;
  const int inactive = new_node("not active", d.span);
  nodes_[static_cast<std::size_t>(inactive)].final = true;
  const ExprRef pending = scalar(*d.value, {});
  if (ir::is_const(ir::all_of({pending}), 0)) {  // never in this configuration
    finish_process(now_.process, inactive);
    return;
  }
  const ExprRef irqs = ir::read(irqs_on_, {ir::constant(cpu)});
  const auto set_irqs = [&](const ExprRef& v) {
    ir::Stmt s;
    s.span = d.span;
    s.places.push_back({irqs_on_, {ir::constant(cpu)}, ir::Order::kPlain});
    s.values.push_back(v);
    return s;
  };
  const int body = new_node();
  const int exit = new_node();
  Alternative enter;
  if (nmi) {
    const PlaceRef home = new_local(types_.boolean(), "were_on");
    assign(enter, home, {types_.boolean(), {irqs}}, d.span);
    now_.were_on = read_place(home).scalars[0];
  } else {
    now_.were_on = ir::constant(1);
  }
  enter.guard = nmi ? std::vector<ExprRef>{pending} : std::vector<ExprRef>{irqs, pending};
  enter.body.push_back(set_irqs(ir::constant(0)));
  hook(enter, "exception_entry");
  reach(enter.body, d);
  for (ir::Stmt& s : delivery(d)) enter.body.push_back(std::move(s));
  observe(enter, d, {}, std::nullopt);

  Env env;
  Frame frame{&d, exit, std::nullopt};
  now_.frame = &frame;
  block(d.body, body, exit, env);
  if (!nmi) assume_not_nested(body);
  Alternative leave;
  leave.body.push_back(set_irqs(now_.were_on));
  hook(leave, "exception_return");
  return_from(d, body, exit, std::move(leave), inactive);

  // A first step that only acknowledges, by clearing the one bit that `when` reads, happens with
  // the entry: doing it at once loses no behaviour, since what arrives between the two is then left
  // pending and may be taken later.  Any other first step is one of its own: between taking the
  // interrupt and that step the world can change, and an NMI can look.
  const bool nmis = std::any_of(checked_.handlers.begin(), checked_.handlers.end(),
                                [](const Decl* h) { return h->kind == DeclKind::kNmi; });
  Edge e;
  e.guard = ir::all_of(enter.guard);
  e.kind = ir::StepKind::kEntry;
  e.span = d.span;
  e.module = module_of(d);
  e.name = d.name.text;
  e.text = plain_text(fmt::format("{} {}", nmi ? "NMI" : "interrupt", d.name.text));
  e.body = std::move(enter.body);
  const std::vector<Edge> first = entry_edges(body, body, d.span);
  const bool merge = first.size() == 1 && first[0].name != "choose" &&
                     ir::is_const(first[0].guard, 1) && first[0].choices.empty() &&
                     acknowledges(program_, first[0].body, pending) && !nmis && !observed(d);
  if (merge) {
    e.body.insert(e.body.end(), first[0].body.begin(), first[0].body.end());
    e.text.pieces.push_back({": ", nullptr, {}});
    e.text.pieces.insert(e.text.pieces.end(), first[0].text.pieces.begin(),
                         first[0].text.pieces.end());
  } else {
    e.body.push_back(jump(body));
  }
  nodes_[static_cast<std::size_t>(inactive)].edges.push_back(std::move(e));
  finish_process(now_.process, inactive);
}

void Lowering::declare_reached() {
  for (const std::string& name : configuration_.reaches) {
    const auto it = checked_.globals.find(name);
    if (it == checked_.globals.end() || goal_of_.count(name) > 0) continue;
    const DeclKind kind = it->second->kind;
    const bool event = kind == DeclKind::kStep || kind == DeclKind::kInterrupt ||
                       kind == DeclKind::kNmi || kind == DeclKind::kRule;
    if (!event || !reach_.emplace(it->second, static_cast<int>(program_.goals.size())).second)
      continue;
    program_.goals.emplace_back().name = name;
    program_.goals.back().required = true;
  }
}

std::optional<ir::Program> Lowering::run() {
  const int errors = diagnostics_.errors();
  for (const auto& file : unit_.files) {
    for (const auto& d : file->decls) {
      if (d->kind == DeclKind::kModel && file->module.empty()) program_.model = d->name.text;
      if (d->kind == DeclKind::kMemory) program_.machine_order = d->name.text;
      if (d->kind == DeclKind::kAssume &&
          (d->value == nullptr || scalar(*d->value, {})->value != 0)) {
        program_.bounds.push_back(d->name.text);
      }
      if (d->kind == DeclKind::kAllow &&
          (d->value == nullptr || scalar(*d->value, {})->value != 0)) {
        for (const Name& n : d->members) program_.may_be_unreached.push_back(n.text);
      }
    }
  }
  program_.machine = configuration_.machine;
  program_.memory_order = "sc";
  if (program_.machine_order.empty()) program_.machine_order = "sc";
  try {
    layout();
    declare_properties();
    declare_reached();
    lower_invariants();
    lower_leads_to();
  } catch (const Bail&) {
    return std::nullopt;
  }
  lower_threads_and_handlers();
  for (const Decl* d : checked_.rules) {
    try {
      lower_rule(*d);
    } catch (const Bail&) {
      call_depth_ = 0;
    }
  }
  try {
    lower_stuck();
    lower_caches();  // after all that may ask what a cache holds
  } catch (const Bail&) {
    return std::nullopt;
  }
  if (program_.processes.empty()) {
    diagnostics_.error({}, "the model has no thread", "add one: thread name on every cpu { ... }");
  }
  prune_caches();
  // Ties between equally short traces go to the earlier step.  Environment steps come first, so a
  // prefetch shows as early as it can, and those of the last CPU before those of the first, so that
  // CPU 0 is the one that runs the protocol and another CPU the one that surprises it.
  std::stable_sort(environment_.begin(), environment_.end(),
                   [](const ir::Step& a, const ir::Step& b) { return a.cpu > b.cpu; });
  for (auto* list : {&environment_, &threads_}) {
    for (ir::Step& s : *list) program_.steps.push_back(std::move(s));
  }
  if (diagnostics_.errors() > errors) return std::nullopt;
  drop_unused_points();
  long slots = 0;
  for (const ir::Variable& v : program_.variables) slots += v.elements();
  if (slots > kMaxSlots) {
    diagnostics_.error(
        {}, fmt::format("a state of this model has {} values, more than {}", slots, kMaxSlots),
        "use fewer pages, CPUs or slots");
    return std::nullopt;
  }
  program_.finish();
  return std::move(program_);
}

std::optional<ir::Program> lower(const Unit& unit, const Configuration& configuration,
                                 const Checked& checked, Diagnostics& diagnostics) {
  return Lowering(unit, configuration, checked, diagnostics).run();
}

}  // namespace stalemate::lang
