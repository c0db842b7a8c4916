// Declarations: the global names, their types, the bodies they own.
#include <fmt/format.h>

#include <algorithm>
#include <functional>

#include "lang/checker.h"

namespace stalemate::lang {

namespace {

using Kind = Type::Kind;

constexpr int kMaxMembers = 1024;           // of one enum or index type
constexpr long kMaxCopies = 1L << 16;       // cells times values of one cache
constexpr std::size_t kMaxLeaves = 1024;    // fields of a struct and of the structs in it
constexpr std::size_t kMaxResolving = 500;  // names defined by one another

bool is_named(const Decl& d) {
  switch (d.kind) {
    case DeclKind::kParam:
    case DeclKind::kEnum:
    case DeclKind::kStruct:
    case DeclKind::kType:
    case DeclKind::kSymmetric:
    case DeclKind::kVariable:
    case DeclKind::kDef:
    case DeclKind::kFn:
    case DeclKind::kStep:
    case DeclKind::kThread:
    case DeclKind::kInterrupt:
    case DeclKind::kNmi:
    case DeclKind::kTrap:
    case DeclKind::kRule:
    case DeclKind::kCache:
    case DeclKind::kEvent:
    case DeclKind::kProperty:
    case DeclKind::kGoal:
    case DeclKind::kCounter:
      return true;
    default:
      return false;
  }
}

}  // namespace

void Checker::bind_global(Decl& d, const std::string& name, const Span& span) {
  const bool builtin =
      name == "ncpus" || name == "irqs_were_on" ||
      (name == "assertions" && d.kind == DeclKind::kProperty) ||
      (name == "irqs_on" && unit_.files[static_cast<std::size_t>(d.module)]->module != "core");
  if (builtin) {
    diagnostics_.error(span, fmt::format("'{}' is built in", name), "choose another name");
    return;
  }
  const auto [it, fresh] = out_.globals.emplace(name, &d);
  if (fresh) return;
  Decl& old = *it->second;
  // A fn without a body is a promise that some file defines it.
  if (d.kind == DeclKind::kFn && old.kind == DeclKind::kFn && d.has_body != old.has_body) {
    if (d.has_body) it->second = &d;
    return;
  }
  diagnostics_.error(span, fmt::format("'{}' is declared twice", name),
                     fmt::format("first at {}", old.name.span.where()));
}

void Checker::collect() {
  for (std::size_t m = 0; m < unit_.files.size(); ++m) {
    for (auto& owned : unit_.files[m]->decls) {
      Decl& d = *owned;
      d.module = static_cast<int>(m);
      d.owned.clear();
      d.locals.clear();
      d.type = nullptr;
      all_.push_back(&d);
      if (is_named(d)) bind_global(d, d.name.text, d.name.span);
      for (auto& g : d.ghosts) {
        g->module = d.module;
        g->type = nullptr;
        g->owned.clear();
      }
    }
  }
}

// page P, Q;  adds members to the symmetric type `page`.
void Checker::collect_instances() {
  ir::Sort cpu{"cpu", {}, true};
  for (int c = 0; c < configuration_.cpus; ++c) cpu.members.push_back(fmt::format("cpu{}", c));
  types_.add_sort(std::move(cpu));
  for (Decl* d : all_) {
    if (d->kind != DeclKind::kSymmetric) continue;
    d->type = types_.sort(types_.add_sort({d->name.text, {}, true}));
  }
  for (Decl* d : all_) {
    if (d->kind != DeclKind::kInstance) continue;
    const auto it = out_.globals.find(d->name.text);
    if (it == out_.globals.end() || it->second->kind != DeclKind::kSymmetric) {
      unknown_name(d->name, "index type");
      continue;
    }
    if (it->second->value != nullptr) {
      diagnostics_.error(d->span,
                         fmt::format("'{}' has a size, so its members have no names", d->name.text),
                         "remove the size or the names");
      continue;
    }
    ir::Sort& sort = types_.sorts()[static_cast<std::size_t>(it->second->type->sort)];
    for (const Name& n : d->members) {
      const bool taken = out_.globals.count(n.text) > 0 || instances_.count(n.text) > 0;
      if (taken) {
        diagnostics_.error(n.span, fmt::format("'{}' is declared twice", n.text));
        continue;
      }
      instances_[n.text] = {it->second->type->sort, static_cast<int>(sort.members.size())};
      sort.members.push_back(n.text);
    }
  }
}

void Checker::resolve(Decl& d) {
  if (resolved_.count(&d) > 0) return;
  if (resolving_.size() >= kMaxResolving) {
    diagnostics_.error(
        d.name.span,
        fmt::format("'{}' is reached through more than {} other names", d.name.text, kMaxResolving),
        "define it by fewer of them");
    d.type = types_.error();
    resolved_.insert(&d);
    return;
  }
  if (!resolving_.insert(&d).second) {
    diagnostics_.error(d.name.span, fmt::format("'{}' is defined by itself", d.name.text));
    d.type = types_.error();
    resolved_.insert(&d);
    return;
  }
  const Context saved = context_;
  const auto saved_scope = scope_;
  scope_.clear();
  context_ = {};
  context_.owner = &d;
  switch (d.kind) {
    case DeclKind::kParam:
      resolve_param(d);
      break;
    case DeclKind::kEnum:
      resolve_enum(d);
      break;
    case DeclKind::kSymmetric:
      if (d.value != nullptr) {
        ir::Sort& sort = types_.sorts()[static_cast<std::size_t>(d.type->sort)];
        const long n = const_int(*d.value, 1, kMaxMembers, "the size of a type");
        for (long i = 0; i < n; ++i) sort.members.push_back(fmt::format("{}{}", d.name.text, i));
      }
      // A model that imports pages and names none still has one.
      if (types_.sorts()[static_cast<std::size_t>(d.type->sort)].members.empty()) {
        types_.sorts()[static_cast<std::size_t>(d.type->sort)].members.push_back(d.name.text + "0");
      }
      break;
    case DeclKind::kType:
      d.type = resolve_type(*d.type_expr);
      break;
    case DeclKind::kStruct:
      resolve_struct(d);
      break;
    case DeclKind::kVariable:
      resolve_variable(d);
      break;
    case DeclKind::kDef:
    case DeclKind::kFn:
    case DeclKind::kStep:
    case DeclKind::kTrap:
    case DeclKind::kEvent:
    case DeclKind::kRule:
    case DeclKind::kInit:
      resolve_signature(d);
      break;
    case DeclKind::kCache:
      check_cache(d);
      break;
    default:
      break;
  }
  context_ = saved;
  scope_ = saved_scope;
  resolving_.erase(&d);
  resolved_.insert(&d);
}

void Checker::resolve_param(Decl& d) {
  d.type = resolve_type(*d.type_expr);
  if (d.type->kind != Kind::kError && !d.type->is_scalar()) {
    diagnostics_.error(d.type_expr->span,
                       fmt::format("a parameter cannot be {}", types_.name(d.type)),
                       "parameters are bool, a range, an enum or an index type");
    d.type = types_.error();
  }
  const ir::Domain domain = types_.domain(d.type);
  out_.param_values[&d] = domain.lo;
  const auto set = [&](Expr& value) {
    const Type* t = check_expr(value, d.type);
    if (d.type->kind == Kind::kSort && t->kind != Kind::kError && !assignable(t, d.type)) {
      diagnostics_.error(
          value.span,
          fmt::format(
              "parameter '{}' must be one of {}, this is {}", d.name.text,
              fmt::join(types_.sorts()[static_cast<std::size_t>(d.type->sort)].members, ", "),
              described(t)));
      return;
    }
    if (!expect_type(value, t, d.type, fmt::format("parameter '{}'", d.name.text))) return;
    const auto v = const_eval(value);
    if (t->kind == Kind::kError) return;
    if (!v) {
      diagnostics_.error(value.span, "a parameter must be constant");
    } else if (!domain.contains(*v)) {
      diagnostics_.error(value.span, fmt::format("{} is outside {}", *v, types_.name(d.type)));
    } else {
      out_.param_values[&d] = *v;
    }
  };
  if (d.value != nullptr) set(*d.value);
  const auto chosen = configuration_.params.find(d.name.text);
  if (chosen != configuration_.params.end()) set(*const_cast<Expr*>(chosen->second));
}

void Checker::resolve_enum(Decl& d) {
  std::size_t count = d.members.size();
  if (d.value != nullptr) {
    count = static_cast<std::size_t>(
        const_int(*d.value, 1, static_cast<long>(d.members.size()), "the size of an enum"));
  }
  ir::Sort sort{d.name.text, {}, false};
  std::set<std::string> seen;
  for (std::size_t i = 0; i < count; ++i) {
    if (!seen.insert(d.members[i].text).second) {
      diagnostics_.error(d.members[i].span, fmt::format("'{}' is listed twice", d.members[i].text));
    }
    sort.members.push_back(d.members[i].text);
  }
  d.type = types_.sort(types_.add_sort(std::move(sort)));
}

void Checker::resolve_struct(Decl& d) {
  Type* t = types_.structure(&d);
  std::vector<std::pair<std::string, const Type*>> fields;
  std::set<std::string> seen;
  for (Field& f : d.fields) {
    if (!seen.insert(f.name.text).second) {
      diagnostics_.error(f.name.span, fmt::format("field '{}' is declared twice", f.name.text));
    }
    fields.push_back({f.name.text, with_dims(f.dims, resolve_type(*f.type_expr), f.name.span)});
  }
  if (fields.empty()) diagnostics_.error(d.name.span, "a struct has at least one field");
  t->fields = std::move(fields);
  d.type = t;
  if (types_.width(t) > kMaxElements) {
    require_small(t, d.name.span);
    t->fields.clear();
    d.type = types_.error();
  }
  if (types_.leaves(t).size() > kMaxLeaves) {
    diagnostics_.error(d.name.span,
                       fmt::format("this struct has more than {} fields in all", kMaxLeaves),
                       "structs inside structs count with all their fields");
    d.type = types_.error();
  }
}

void Checker::resolve_variable(Decl& d) {
  const Type* element = resolve_type(*d.type_expr);
  d.type = with_dims(d.dims, element, d.name.span);
  if (d.space == "percpu" && d.type->kind != Kind::kError)
    d.type = types_.array(types_.sort(0), d.type);
  std::string culprit;
  if (d.value != nullptr) {
    context_.ghost_reads = true;
    expect_type(*d.value, check_expr(*d.value, element), element, "the initial value");
    if (!is_constant(*d.value)) {
      diagnostics_.error(d.value->span, "an initial value must be constant",
                         "numbers, members of enums, parameters and ncpus are constant");
    }
  } else if (!has_default(d.type, culprit)) {
    diagnostics_.error(
        d.name.span, fmt::format("'{}' needs an initial value", d.name.text),
        fmt::format("members of {0} are interchangeable, so none of them is a default; "
                    "give one, or make it {0}?",
                    culprit));
  }
}

void Checker::check_init(Decl& d) {
  context_.ghost_reads = true;
  context_.any_cpu = true;
  const Type* t = check_expr(*d.target);
  bool good = t->kind != Kind::kError && check_lvalue(*d.target, true);
  for (const Expr* e = d.target.get(); good && !e->args.empty(); e = e->args[0].get()) {
    if (e->args[0]->type->kind != Kind::kQueue) continue;
    diagnostics_.error(e->span, "an element of a queue has no initial value", "queues start empty");
    good = false;
  }
  if (good && (t->kind == Kind::kArray || t->kind == Kind::kQueue)) {
    diagnostics_.error(d.target->span, fmt::format("this is {}", types_.name(t)),
                       t->kind == Kind::kQueue
                           ? "queues start empty"
                           : "give each index a value, or a name that stands for all of them: "
                             "init x[c : cpu] = ...");
    good = false;
  }
  if (good) expect_type(*d.value, check_expr(*d.value, t), t, "the initial value");
  if (d.when != nullptr) {
    expect_type(*d.when, check_expr(*d.when, types_.boolean()), types_.boolean(),
                "the condition of an initial value");
  }
}

bool Checker::is_constant(const Expr& e) const {
  if (e.kind == ExprKind::kStruct) {
    return std::all_of(e.fields.begin(), e.fields.end(),
                       [&](const FieldInit& f) { return is_constant(*f.value); });
  }
  if (e.kind == ExprKind::kAll) return true;
  if (e.kind == ExprKind::kSet) {
    return std::all_of(e.args.begin(), e.args.end(),
                       [&](const ExprPtr& a) { return is_constant(*a); });
  }
  return const_cast<Checker*>(this)->const_eval(e).has_value();
}

void Checker::resolve_signature(Decl& d) {
  std::set<std::string> seen;
  for (Param& p : d.params) {
    if (!seen.insert(p.name.text).second) {
      diagnostics_.error(p.name.span, fmt::format("parameter '{}' is declared twice", p.name.text));
    }
    const Type* t = p.type_expr == nullptr ? types_.error() : resolve_type(*p.type_expr);
    if (p.ref && d.kind != DeclKind::kFn && d.kind != DeclKind::kStep) {
      diagnostics_.error(p.name.span, "only a fn or a step can take a variable by reference");
    }
    if (d.kind == DeclKind::kRule && t->kind != Kind::kError && !t->is_scalar()) {
      diagnostics_.error(p.name.span, fmt::format("a rule cannot run over {}", types_.name(t)));
      t = types_.error();
    }
    Local* local = declare(p.name, t);
    local->ref = p.ref;
    p.local = local;
  }
  d.type = d.type_expr != nullptr ? resolve_type(*d.type_expr) : types_.void_type();
}

void Checker::check_cache(Decl& d) {
  const Type* held = resolve_type(*d.params[0].type_expr);
  if (held->kind != Kind::kError && !held->is_scalar() && held->kind != Kind::kStruct) {
    diagnostics_.error(d.params[0].name.span,
                       fmt::format("a cell cannot hold {}", types_.name(held)));
    held = types_.error();
  }
  for (const Leaf& l : types_.leaves(held)) {
    if (!l.dims.empty()) {
      diagnostics_.error(d.params[0].name.span, "a cell holds scalars, or a struct of scalars");
      held = types_.error();
    }
  }
  std::vector<const Type*> index;
  for (std::size_t i = 0; i < d.dims.size(); ++i) {
    index.push_back(index_type(*d.dims[i]));
    d.locals.push_back(declare(d.dim_names[i], index.back()));
  }
  d.locals.push_back(declare(d.params[0].name, held));
  // The cells form an array whose elements are sets of held values.
  const Type* t = types_.boolean();
  for (auto it = index.rbegin(); it != index.rend(); ++it) {
    t = (*it)->kind == Kind::kError || t->kind == Kind::kError ? types_.error()
                                                               : types_.array(*it, t);
  }
  if (held->kind == Kind::kError) t = types_.error();
  d.type = t;
  if (t->kind != Kind::kError) {
    long cells = types_.width(t);
    for (const Leaf& l : types_.leaves(held))
      cells = std::min(cells * l.domain.size(), kMaxElements);
    if (cells > kMaxCopies) {
      diagnostics_.error(d.name.span,
                         fmt::format("this cache has more than {} copies to keep", kMaxCopies),
                         "hold less in a cell, or use fewer pages");
    }
  }
}

// Bodies are checked after all signatures are known.
void Checker::check_bodies(Decl& d) {
  context_ = {};
  context_.owner = &d;
  scope_.clear();
  for (const Param& p : d.params) {
    if (p.local != nullptr && d.kind != DeclKind::kCache) scope_.push_back(p.local);
  }
  const auto condition = [&](ExprPtr& e, const std::string& what) {
    if (e != nullptr) expect_type(*e, check_expr(*e, types_.boolean()), types_.boolean(), what);
  };
  switch (d.kind) {
    case DeclKind::kDef:
      context_.any_cpu = true;  // a library speaks of configurations of all sizes
      expect_type(*d.value, check_expr(*d.value, d.type), d.type, "the value of this def");
      break;
    case DeclKind::kFn:
      context_.result = d.type;
      context_.in_handler = true;  // whether it is one is known where it is called
      check_block(d.body);
      break;
    case DeclKind::kStep:
      context_.result = d.type;
      context_.atomic = true;
      check_text(d.shows);
      check_block(d.body);
      break;
    case DeclKind::kThread:
      for (ExprPtr& c : d.cpus) const_int(*c, 0, configuration_.cpus - 1, "the CPU of a thread");
      check_block(d.body);
      break;
    case DeclKind::kInterrupt:
    case DeclKind::kNmi:
      for (ExprPtr& c : d.cpus) const_int(*c, 0, configuration_.cpus - 1, "the CPU of a handler");
      if (d.low != nullptr) const_int(*d.low, 1, 100, "the level of an interrupt");
      condition(d.value, "the condition that makes it pending");
      context_.in_handler = true;
      check_block(d.body);
      break;
    case DeclKind::kTrap:
      context_.in_handler = true;
      check_block(d.body);
      break;
    case DeclKind::kRule:
      context_.atomic = true;
      condition(d.value, "the condition of a rule");
      check_text(d.shows);
      check_block(d.body);
      break;
    case DeclKind::kHook:
      if (d.name.text != "exception_entry" && d.name.text != "exception_return") {
        diagnostics_.error(d.name.span, fmt::format("there is no hook '{}'", d.name.text),
                           "hooks are exception_entry and exception_return");
      }
      context_.atomic = true;
      check_block(d.body);
      break;
    case DeclKind::kCache:
      for (const Local* l : d.locals) scope_.push_back(l);
      condition(d.value, "the condition of a cache");
      check_text(d.fills);
      break;
    case DeclKind::kInit:
      check_init(d);
      break;
    case DeclKind::kProperty:
    case DeclKind::kGoal:
    case DeclKind::kCounter:
      check_property(d);
      break;
    case DeclKind::kMemory:
      if (d.name.text != "sc" && d.name.text != "tso" && d.name.text != "weak") {
        diagnostics_.error(d.name.span, fmt::format("there is no memory order '{}'", d.name.text),
                           "orders are sc, tso and weak");
      }
      if (unit_.files[static_cast<std::size_t>(d.module)]->module.rfind("machine/profiles/", 0) !=
          0) {
        diagnostics_.error(d.span, "only a machine profile states its memory order",
                           "choose a machine with that order");
      }
      break;
    case DeclKind::kModule: {
      std::string path = d.name.text;
      std::replace(path.begin(), path.end(), '.', '/');
      if (path != unit_.files[static_cast<std::size_t>(d.module)]->module) {
        diagnostics_.error(d.name.span,
                           fmt::format("this file is not where module '{}' lies", d.name.text),
                           "a module is named after its path: lib.mm is lib/mm.flush");
      }
      break;
    }
    case DeclKind::kAllow:
      if (!unit_.files[static_cast<std::size_t>(d.module)]->module.empty()) {
        diagnostics_.error(d.span, "only a model says what need not be reached",
                           "what a library has and nobody calls is not asked for");
      }
      [[fallthrough]];
    case DeclKind::kAssume:
      condition(d.value, "the condition of an assumption");
      if (d.value != nullptr && !is_constant(*d.value)) {
        diagnostics_.error(d.value->span, "this condition must be constant",
                           "test parameters only");
      }
      break;
    default:
      break;
  }
}

void Checker::check_observer(Decl& owner, Observer& o, std::vector<StmtPtr>* body,
                             Expr* condition) {
  const auto it = out_.globals.find(o.event.text);
  const bool event =
      it != out_.globals.end() &&
      (it->second->kind == DeclKind::kStep || it->second->kind == DeclKind::kEvent ||
       it->second->kind == DeclKind::kTrap || it->second->kind == DeclKind::kInterrupt ||
       it->second->kind == DeclKind::kNmi);
  if (!event) {
    if (it != out_.globals.end()) {
      unknown_name(o.event, "step, trap or event");
      return;
    }
    const std::string close = did_you_mean(o.event.text, visible_names("step, trap or event"));
    diagnostics_.error(
        o.event.span, fmt::format("'{}' is not a step, trap or event here", o.event.text),
        close.empty()
            ? fmt::format("'{}' needs it: import the file that declares it", owner.name.text)
            : fmt::format("did you mean '{}'?", close));
    return;
  }
  resolve(*it->second);
  o.decl = it->second;
  o.locals.clear();
  const Scope scope(*this);
  if (!o.args.empty() && o.args.size() != o.decl->params.size()) {
    diagnostics_.error(
        o.span,
        fmt::format("'{}' has {} argument{}, {} named here", o.event.text, o.decl->params.size(),
                    o.decl->params.size() == 1 ? "" : "s", o.args.size()),
        "name all of them, or none");
  }
  for (std::size_t i = 0; i < o.args.size(); ++i) {
    const Type* t = i < o.decl->params.size() && o.decl->params[i].local != nullptr
                        ? o.decl->params[i].local->type
                        : types_.error();
    o.locals.push_back(declare(o.args[i], t));
  }
  if (!o.result.text.empty()) {
    if (o.decl->type == nullptr || o.decl->type->kind == Kind::kVoid) {
      diagnostics_.error(o.result.span, fmt::format("'{}' gives no result", o.event.text));
    }
    o.result_local = declare(o.result, o.decl->type == nullptr || o.decl->type->kind == Kind::kVoid
                                           ? types_.error()
                                           : o.decl->type);
  }
  context_.observer = true;
  context_.atomic = true;
  if (body != nullptr) check_block(*body);
  if (condition != nullptr) {
    expect_type(
        *condition, check_expr(*condition, types_.boolean()), types_.boolean(),
        owner.kind == DeclKind::kGoal ? "the condition of a goal" : "the condition of a counter");
  }
  context_.observer = false;
  context_.atomic = false;
}

void Checker::check_property(Decl& d) {
  // The conditions of 'no stuck thread when' and of 'leads to' may read ghosts that observers keep.
  const bool observers_judge =
      !d.observers.empty() && ((!d.when && d.leads.empty()) ||
                               std::any_of(d.observers.begin(), d.observers.end(),
                                           [](const Observer& o) { return has_assert(o.body); }));
  const int kinds = (d.no_stuck ? 1 : 0) + (d.states.empty() ? 0 : 1) + (observers_judge ? 1 : 0) +
                    (d.bounds.empty() ? 0 : 1) + (d.leads.empty() ? 0 : 1);
  if (kinds > 1 || d.states.size() > 1 || d.bounds.size() > 1 || d.leads.size() > 1) {
    diagnostics_.error(d.name.span, fmt::format("property '{}' states several things", d.name.text),
                       "a property is observers, or one invariant, 'no stuck ...', 'leads to' or "
                       "'at most': make it several, so that each has a verdict");
  }
  if (kinds == 0 && d.kind == DeclKind::kProperty) {
    diagnostics_.error(d.name.span, fmt::format("property '{}' states nothing", d.name.text),
                       "say 'on EVENT { assert ...; }', 'invariant', 'never', 'no stuck thread', "
                       "'no stuck cycle', 'E leads to F' or 'at most'");
  }
  // Its ghosts are visible in it alone.
  std::vector<std::pair<std::string, Decl*>> hidden;
  for (auto& g : d.ghosts) {
    const auto it = out_.globals.find(g->name.text);
    const bool twice = it != out_.globals.end() &&
                       std::any_of(d.ghosts.begin(), d.ghosts.end(),
                                   [&](const auto& other) { return other.get() == it->second; });
    if (twice) {
      diagnostics_.error(g->name.span, fmt::format("'{}' is declared twice", g->name.text),
                         fmt::format("first at {}", it->second->name.span.where()));
    } else if (it != out_.globals.end()) {
      hidden.push_back(*it);
    }
    out_.globals[g->name.text] = g.get();
    context_.owner = g.get();
    resolve_variable(*g);
    resolved_.insert(g.get());
    context_.owner = &d;
  }
  for (Observer& o : d.observers) {
    const bool property = d.kind == DeclKind::kProperty;
    check_observer(d, o, property ? &o.body : nullptr, property ? nullptr : d.value.get());
  }
  check_bounds(d);
  if (d.no_stuck && d.when) {
    context_.observer = true;
    expect_type(*d.when, check_expr(*d.when, types_.boolean()), types_.boolean(),
                "the condition of 'no stuck thread'");
    context_.observer = false;
  }
  for (Decl::StateCheck& c : d.states) {
    context_.observer = true;
    expect_type(*c.condition, check_expr(*c.condition, types_.boolean()), types_.boolean(),
                "the condition of a property");
    check_text(c.text);
    context_.observer = false;
  }
  for (Decl::LeadsTo& l : d.leads) {
    context_.observer = true;
    for (const ExprPtr* e : {&l.from, &l.to}) {
      expect_type(**e, check_expr(**e, types_.boolean()), types_.boolean(),
                  "a condition of 'leads to'");
    }
    check_text(l.text);
    context_.observer = false;
  }
  for (auto& g : d.ghosts) out_.globals.erase(g->name.text);
  for (auto& [name, decl] : hidden) out_.globals[name] = decl;
}

void Checker::finish_function_sorts() {
  for (std::size_t s = 0; s < types_.sorts().size(); ++s) {
    FnSort* f = types_.fn_sort(static_cast<int>(s));
    if (f == nullptr) continue;
    for (const Decl* d : f->members) types_.sorts()[s].members.push_back(d->name.text);
    // An option of functions with no function in it would have an empty domain.
    if (f->members.empty()) types_.sorts()[s].members.push_back("nothing");
  }
}

// A name that is both a member of an enum and a value of its own would mean now this, now that.
void Checker::check_member_names() {
  for (std::size_t s = 1; s < types_.sorts().size(); ++s) {
    if (types_.sorts()[s].symmetric || types_.fn_sort(static_cast<int>(s)) != nullptr) continue;
    for (const std::string& m : types_.sorts()[s].members) {
      const auto it = out_.globals.find(m);
      const bool value = it != out_.globals.end() && (it->second->kind == DeclKind::kVariable ||
                                                      it->second->kind == DeclKind::kParam ||
                                                      it->second->kind == DeclKind::kFn);
      if (!value && instances_.count(m) == 0) continue;
      const Span at = value ? it->second->name.span : Span();
      // A type without a name has that of what it is the type of.
      const auto owner = out_.globals.find(types_.sorts()[s].name);
      diagnostics_.error(at, fmt::format("'{}' is also a member of {}", m, types_.sorts()[s].name),
                         owner == out_.globals.end()
                             ? "choose another name"
                             : fmt::format("choose another name, here or for the member, at {}",
                                           owner->second->name.span.where()));
    }
  }
}

void Checker::check_defined_once() {
  std::map<long, const Decl*> busy;
  for (const Decl* d : out_.threads) {
    std::set<long> cpus;
    if (d->every_cpu) {
      for (long c = 0; c < configuration_.cpus; ++c) cpus.insert(c);
      for (const ExprPtr& c : d->cpus) {
        if (const auto v = const_eval(*c)) cpus.erase(*v);
      }
    } else {
      for (const ExprPtr& c : d->cpus) {
        if (const auto v = const_eval(*c)) cpus.insert(*v);
      }
    }
    for (const long c : cpus) {
      const auto [it, fresh] = busy.emplace(c, d);
      if (!fresh) {
        diagnostics_.error(d->name.span,
                           fmt::format("cpu {} already runs thread '{}'", c, it->second->name.text),
                           "one thread per CPU: a context switch is a step of that thread");
      }
    }
  }
}

void Checker::run() {
  collect();
  collect_instances();
  for (Decl* d : all_) {
    if (d->kind == DeclKind::kSymmetric) resolve(*d);
  }
  for (Decl* d : all_) resolve(*d);
  for (Decl* d : all_) check_bodies(*d);
  for (Decl* d : all_) {
    switch (d->kind) {
      case DeclKind::kVariable:
        out_.variables.push_back(d);
        break;
      case DeclKind::kInit:
        out_.inits.push_back(d);
        break;
      case DeclKind::kThread:
        out_.threads.push_back(d);
        break;
      case DeclKind::kInterrupt:
      case DeclKind::kNmi:
        out_.handlers.push_back(d);
        break;
      case DeclKind::kTrap:
        out_.traps.push_back(d);
        break;
      case DeclKind::kRule:
        out_.rules.push_back(d);
        break;
      case DeclKind::kCache:
        out_.caches.push_back(d);
        break;
      case DeclKind::kHook:
        out_.hooks.push_back(d);
        break;
      case DeclKind::kProperty:
        out_.properties.push_back(d);
        break;
      case DeclKind::kGoal:
        out_.goals.push_back(d);
        break;
      case DeclKind::kCounter:
        out_.counters.push_back(d);
        break;
      default:
        break;
    }
  }
  finish_function_sorts();
  check_defined_once();
  check_member_names();
  check_counted_ghosts();
}

void check(Unit& unit, const Configuration& configuration, Checked& out, Diagnostics& diagnostics) {
  Checker(unit, configuration, out, diagnostics).run();
}

}  // namespace stalemate::lang
