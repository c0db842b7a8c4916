// Expressions and places.
#include <fmt/format.h>

#include <algorithm>

#include "lang/lexer.h"
#include "lang/lowering.h"

namespace stalemate::lang {

namespace {

using Kind = Type::Kind;
using ir::ExprRef;
using ir::Op;

int count_of(const std::vector<ir::Domain>& dims) { return static_cast<int>(elements(dims)); }

}  // namespace

std::vector<ExprRef> nth_index(const std::vector<ir::Domain>& dims, int n) {
  std::vector<ExprRef> index(dims.size());
  for (std::size_t i = dims.size(); i-- > 0;) {
    index[i] = ir::constant(dims[i].lo + n % dims[i].size());
    n /= dims[i].size();
  }
  return index;
}

Value Lowering::zero(const Type* t) {
  Value v{t, {}};
  for (const Leaf& l : types_.leaves(t)) {
    const int lowest =
        l.domain.kind == ir::Domain::Kind::kRange && l.domain.contains(0) ? 0 : l.domain.lo;
    for (int i = 0; i < count_of(l.dims); ++i) v.scalars.push_back(ir::constant(lowest));
  }
  return v;
}

std::vector<std::vector<int>> Lowering::all_values(const Type* t) {
  std::vector<ir::Domain> domains;
  for (const Leaf& l : types_.leaves(t)) domains.push_back(l.domain);
  return combinations(domains, {});
}

// One value from each domain, in every way; the last one varies fastest.
std::vector<std::vector<int>> Lowering::combinations(const std::vector<ir::Domain>& domains,
                                                     const Span& span) {
  std::vector<std::vector<int>> out{{}};
  for (const ir::Domain& d : domains) {
    spend(static_cast<long>(out.size()) * d.size(), span);
    std::vector<std::vector<int>> next;
    for (const auto& prefix : out) {
      for (int v = d.lo; v <= d.hi; ++v) {
        next.push_back(prefix);
        next.back().push_back(v);
      }
    }
    out = std::move(next);
  }
  return out;
}

bool Lowering::is_local(const ExprRef& e) const {
  if (e->op == Op::kRead) {
    const ir::Variable& v = program_.variables[static_cast<std::size_t>(e->variable)];
    if (v.space != ir::Space::kLocal && !is_witness(e->variable)) return false;
  }
  return std::all_of(e->args.begin(), e->args.end(), [&](const ExprRef& a) { return is_local(a); });
}

bool Lowering::is_local(const Value& v) const {
  return std::all_of(v.scalars.begin(), v.scalars.end(),
                     [&](const ExprRef& e) { return is_local(e); });
}

bool Lowering::is_fixed(const Value& v) const {
  const std::function<bool(const ExprRef&)> fixed = [&](const ExprRef& e) {
    return e->op != Op::kRead && std::all_of(e->args.begin(), e->args.end(), fixed);
  };
  return std::all_of(v.scalars.begin(), v.scalars.end(), fixed);
}

ExprRef Lowering::equality(const Value& a, const Value& b) {
  std::vector<ExprRef> terms;
  for (std::size_t i = 0; i < a.scalars.size() && i < b.scalars.size(); ++i) {
    terms.push_back(ir::binary(Op::kEq, a.scalars[i], b.scalars[i]));
  }
  return ir::all_of(std::move(terms));
}

// Literals whose type comes from the context: none, {}.
Value Lowering::converted(Value v, const Type* to) {
  if (v.type == to || to == nullptr) return v;
  if (v.type->kind == Kind::kNone || v.type->kind == Kind::kEmptySet) return zero(to);
  v.type = to;
  return v;
}

ExprRef Lowering::scalar(const Expr& e, const Env& env) { return expr(e, env).scalars.at(0); }

Value Lowering::name_value(const Expr& e, const Env& env) {
  if (e.local != nullptr) {
    const Binding& b = env.at(e.local);
    return b.is_place ? read_place(b.place) : b.value;
  }
  if (e.decl != nullptr && e.decl->kind == DeclKind::kParam) {
    return {e.type, {ir::constant(static_cast<int>(checked_.param_values.at(e.decl)))}};
  }
  if (e.member >= 0) return {e.type, {ir::constant(e.member)}};
  if (e.name.text == "irqs_were_on") {
    if (now_.were_on == nullptr) {
      diagnostics_.error(
          e.span, "irqs_were_on is used outside a handler here",
          "it tells whether the context that a handler interrupted had interrupts on");
      throw Bail();
    }
    return {e.type, {now_.were_on}};
  }
  return read_place(*place(e, env));
}

// "element in set", "value in cache[i]".
ExprRef Lowering::member_of(const Expr& element, const Expr& set, const Env& env) {
  const Value v = expr(element, env);
  if (set.decl != nullptr && set.decl->kind == DeclKind::kCache) {
    if (!set.decl->single && now_.access != ir::Order::kWalk) {
      diagnostics_.error(
          set.span,
          fmt::format("whether {} holds a copy cannot be tested here", set.decl->name.text),
          "a copy may be lost at any time: only the 'when' of another cache may ask; "
          "say 'single cache' for one whose evictions matter");
      throw Bail();
    }
    used_caches_.insert(set.decl);
    std::vector<ExprRef> index;
    for (const Expr* cell = &set; cell->kind == ExprKind::kIndex; cell = cell->args[0].get()) {
      index.insert(index.begin(), scalar(*cell->args[1], env));
    }
    for (const ExprRef& s : v.scalars) index.push_back(s);
    return ir::read(copy_variable(*set.decl), std::move(index));
  }
  if (const auto p = place(set, env))
    return read_place(index_place(*p, v.scalars.at(0), "")).scalars.at(0);
  const Value s = expr(set, env);
  if (s.type->kind == Kind::kEmptySet) return ir::constant(0);
  const ir::Domain domain = types_.domain(s.type->element);
  std::vector<ExprRef> terms;
  for (int i = domain.lo; i <= domain.hi; ++i) {
    terms.push_back(ir::all_of({ir::binary(Op::kEq, v.scalars[0], ir::constant(i)),
                                s.scalars[static_cast<std::size_t>(i - domain.lo)]}));
  }
  if (may_miss(v.scalars[0], v.type, domain)) {
    terms.push_back(miss(v.scalars[0], domain, "a set"));
  }
  return ir::any_of(std::move(terms));
}

// Initial values and defs may compare with a CPU that only larger configurations have; nothing is
// equal to it.  Elsewhere the checker has refused it.
bool Lowering::is_missing_cpu(const Expr& e) const {
  return e.kind == ExprKind::kCpu && e.args[0]->number >= configuration_.cpus;
}

Value Lowering::binary_value(const Expr& e, const Env& env) {
  const auto boolean = [&](ExprRef x) { return Value{types_.boolean(), {std::move(x)}}; };
  if (e.op == "in") return boolean(member_of(*e.args[0], *e.args[1], env));
  if (e.op == "&&" || e.op == "||") {
    const ExprRef a = scalar(*e.args[0], env);
    // A decided left side hides the right one: parameters select code this way.
    if (ir::is_const(a, e.op == "&&" ? 0 : 1)) return boolean(a);
    const ExprRef b = scalar(*e.args[1], env);
    return boolean(e.op == "&&" ? ir::all_of({a, b}) : ir::any_of({a, b}));
  }
  if (is_missing_cpu(*e.args[0]) || is_missing_cpu(*e.args[1])) {
    if (e.op == "==" || e.op == "!=") return boolean(ir::constant(e.op == "!=" ? 1 : 0));
  }
  Value a = expr(*e.args[0], env);
  Value b = expr(*e.args[1], env);
  const bool a_open = a.type->kind == Kind::kNone || a.type->kind == Kind::kEmptySet;
  if (a_open)
    a = converted(std::move(a), b.type->kind == Kind::kSort ? nullptr : b.type);
  else
    b = converted(std::move(b), b.type->kind == Kind::kNone || b.type->kind == Kind::kEmptySet
                                    ? a.type
                                    : nullptr);
  if (a.scalars.empty()) a.scalars.push_back(ir::constant(ir::kNone));
  if (b.scalars.empty()) b.scalars.push_back(ir::constant(ir::kNone));
  if (e.op == "==") return boolean(equality(a, b));
  if (e.op == "!=") return boolean(ir::negate(equality(a, b)));
  const ExprRef& x = a.scalars[0];
  const ExprRef& y = b.scalars[0];
  if (e.op == "<") return boolean(ir::binary(Op::kLt, x, y));
  if (e.op == "<=") return boolean(ir::binary(Op::kLe, x, y));
  if (e.op == ">") return boolean(ir::binary(Op::kLt, y, x));
  if (e.op == ">=") return boolean(ir::binary(Op::kLe, y, x));
  if (e.type->kind == Kind::kSet) {
    Value out{e.type, {}};
    for (std::size_t i = 0; i < a.scalars.size(); ++i) {
      const ExprRef& p = a.scalars[i];
      const ExprRef& q = b.scalars[i];
      out.scalars.push_back(e.op == "|"   ? ir::any_of({p, q})
                            : e.op == "&" ? ir::all_of({p, q})
                                          : ir::all_of({p, ir::negate(q)}));
    }
    return out;
  }
  const Op op = e.op == "+"   ? Op::kAdd
                : e.op == "-" ? Op::kSub
                : e.op == "*" ? Op::kMul
                : e.op == "/" ? Op::kDiv
                              : Op::kMod;
  return {e.type, {ir::binary(op, x, y)}};
}

// The environments of the body of a quantifier.
std::vector<Env> Lowering::each_value(const Expr& quantifier, const Env& env) {
  std::vector<Env> out;
  for (const std::vector<int>& v : all_values(quantifier.local->type)) {
    Binding& b = out.emplace_back(env)[quantifier.local];
    b = {};
    b.value.type = quantifier.local->type;
    for (const int s : v) b.value.scalars.push_back(ir::constant(s));
  }
  return out;
}

Value Lowering::quantifier_value(const Expr& e, const Env& env) {
  std::vector<ExprRef> terms;
  for (const Env& inner : each_value(e, env)) terms.push_back(scalar(*e.args[0], inner));
  if (e.op == "exists") return {e.type, {ir::any_of(std::move(terms))}};
  if (e.op == "forall") return {e.type, {ir::all_of(std::move(terms))}};
  ExprRef sum = ir::constant(0);
  for (const ExprRef& t : terms) {
    sum = ir::binary(Op::kAdd, sum, ir::ite(t, ir::constant(1), ir::constant(0)));
  }
  return {e.type, {sum}};
}

Value Lowering::literal_value(const Expr& e, const Env& env) {
  if (e.kind == ExprKind::kStruct) {
    Value v = zero(e.type);
    std::size_t at = 0;
    for (const auto& [name, type] : e.type->fields) {
      const auto width = static_cast<std::size_t>(types_.width(type));
      for (const FieldInit& f : e.fields) {
        if (f.name.text != name) continue;
        const Value field = converted(expr(*f.value, env), type);
        std::copy(field.scalars.begin(), field.scalars.end(),
                  v.scalars.begin() + static_cast<long>(at));
      }
      at += width;
    }
    return v;
  }
  if (e.type->kind == Kind::kEmptySet) return {e.type, {}};
  const ir::Domain domain = types_.domain(e.type->element);
  std::vector<ExprRef> given, missed;
  for (const ExprPtr& a : e.args) {
    const Value x = expr(*a, env);
    given.push_back(x.scalars.at(0));
    if (may_miss(given.back(), x.type, domain)) {
      missed.push_back(miss(given.back(), domain, "a set"));
    }
  }
  Value v{e.type, {}};
  for (int i = domain.lo; i <= domain.hi; ++i) {
    // What is no member is an error whichever member is asked for.
    std::vector<ExprRef> terms = missed;
    for (const ExprRef& g : given) terms.push_back(ir::binary(Op::kEq, g, ir::constant(i)));
    v.scalars.push_back(ir::any_of(std::move(terms)));
  }
  return v;
}

// Inlining and instantiation multiply; what grows out of hand is refused before it eats the
// machine.
void Lowering::spend(long work, const Span& span) {
  work_ += work;
  if (work_ <= kMaxWork) return;
  if (!exhausted_) {
    diagnostics_.error(span, "the model is too large: after inlining it has too many cases",
                       "use fewer CPUs, pages or values, or split the model");
  }
  exhausted_ = true;
  throw Bail();
}

// An element of a computed set, array or queue: selected by comparison, leaf by leaf.
Value Lowering::element_of(const Value& base, const Value& at, const Type* type) {
  const bool queue = base.type->kind == Kind::kQueue;
  const ExprRef index =
      queue ? within_queue(at.scalars.at(0), base.scalars.at(0)) : at.scalars.at(0);
  const std::string what = queue ? "a queue" : base.type->kind == Kind::kSet ? "a set" : "an array";
  Value v{type, {}};
  std::size_t offset = 0;
  for (const Leaf& l : types_.leaves(base.type)) {
    const auto width = static_cast<std::size_t>(elements(l.dims));
    const bool length = queue && l.dims.empty();
    if (!length) {
      const ir::Domain& domain = l.dims[0];
      const std::size_t inner = width / static_cast<std::size_t>(domain.size());
      for (std::size_t k = 0; k < inner; ++k) {
        const bool misses = may_miss(index, at.type, domain);
        ExprRef chosen = base.scalars[offset + k];
        if (misses) chosen = ir::ite(miss(index, domain, what), chosen, chosen);
        for (int i = domain.lo + 1; i <= domain.hi; ++i) {
          const auto here = static_cast<std::size_t>(i - domain.lo) * inner + k;
          chosen = ir::ite(ir::binary(Op::kEq, index, ir::constant(i)), base.scalars[offset + here],
                           chosen);
        }
        v.scalars.push_back(chosen);
      }
    }
    offset += width;
  }
  return v;
}

Value Lowering::expr(const Expr& e, const Env& env) {
  spend(1, e.span);
  const auto boolean = [&](ExprRef x) { return Value{types_.boolean(), {std::move(x)}}; };
  switch (e.kind) {
    case ExprKind::kNumber:
    case ExprKind::kBool:
      return {e.type, {ir::constant(static_cast<int>(e.number))}};
    case ExprKind::kNone:
      return {e.type, {ir::constant(ir::kNone)}};
    case ExprKind::kCpu:
      if (is_missing_cpu(e)) {
        diagnostics_.error(e.span,
                           fmt::format("there is no cpu {}: this configuration has {} CPUs",
                                       e.args[0]->number, configuration_.cpus),
                           "CPUs count from 0; see 'cpus' and --cpus");
        throw Bail();
      }
      return {e.type, {ir::constant(static_cast<int>(e.args[0]->number))}};
    case ExprKind::kMe:
      if (now_.cpu < 0) {
        diagnostics_.error(e.span, "'me' has no meaning here",
                           "no CPU executes this; give the rule a cpu parameter");
        throw Bail();
      }
      return {e.type, {ir::constant(now_.cpu)}};
    case ExprKind::kOthers: {
      Value v{e.type, {}};
      if (now_.cpu < 0) {
        diagnostics_.error(e.span, "'others' has no meaning here", "no CPU executes this");
        throw Bail();
      }
      for (int c = 0; c < configuration_.cpus; ++c)
        v.scalars.push_back(ir::constant(c != now_.cpu ? 1 : 0));
      return v;
    }
    case ExprKind::kAll: {
      Value v{e.type, {}};
      v.scalars.assign(static_cast<std::size_t>(types_.domain(e.type->element).size()),
                       ir::constant(1));
      return v;
    }
    case ExprKind::kName:
      return name_value(e, env);
    case ExprKind::kNot:
      return boolean(ir::negate(scalar(*e.args[0], env)));
    case ExprKind::kNegate:
      return {e.type, {ir::binary(Op::kSub, ir::constant(0), scalar(*e.args[0], env))}};
    case ExprKind::kNext: {
      const ExprRef x = scalar(*e.args[0], env);
      if (e.type->kind == Kind::kInt) return {e.type, {ir::binary(Op::kAdd, x, ir::constant(1))}};
      // After the last member comes a value outside the type: a model error when it is stored.
      const ir::Domain domain = types_.domain(e.type);
      ExprRef after = ir::constant(domain.hi + 1);
      for (int i = domain.hi - 1; i >= domain.lo; --i) {
        after = ir::ite(ir::binary(Op::kEq, x, ir::constant(i)), ir::constant(i + 1), after);
      }
      return {e.type, {after}};
    }
    case ExprKind::kBinary:
      return binary_value(e, env);
    case ExprKind::kTernary: {
      const ExprRef c = scalar(*e.args[0], env);
      if (ir::is_const(c)) return converted(expr(*e.args[c->value != 0 ? 1 : 2], env), e.type);
      const Value a = converted(expr(*e.args[1], env), e.type);
      const Value b = converted(expr(*e.args[2], env), e.type);
      Value v{e.type, {}};
      for (std::size_t i = 0; i < a.scalars.size(); ++i)
        v.scalars.push_back(ir::ite(c, a.scalars[i], b.scalars[i]));
      return v;
    }
    case ExprKind::kIndex: {
      if (const auto p = place(e, env)) return read_place(*p);
      return element_of(expr(*e.args[0], env), expr(*e.args[1], env), e.type);
    }
    case ExprKind::kField: {
      if (const auto p = place(e, env)) return read_place(*p);
      const Value base = expr(*e.args[0], env);
      if (base.type->kind == Kind::kQueue) {
        const ExprRef len = base.scalars.at(0);
        if (e.name.text == "len") return {e.type, {len}};
        if (e.name.text == "empty") return boolean(ir::binary(Op::kEq, len, ir::constant(0)));
        if (e.name.text == "full") {
          return boolean(ir::binary(Op::kEq, len, ir::constant(static_cast<int>(base.type->hi))));
        }
        return element_of(base, {types_.boolean(), {ir::constant(0)}}, e.type);  // front
      }
      if (base.type->kind == Kind::kSet) {
        if (e.name.text == "empty") return boolean(ir::negate(ir::any_of(base.scalars)));
        ExprRef sum = ir::constant(0);
        for (const ExprRef& s : base.scalars) {
          sum = ir::binary(Op::kAdd, sum, ir::ite(s, ir::constant(1), ir::constant(0)));
        }
        return {e.type, {sum}};
      }
      std::size_t at = 0;
      for (const auto& [name, type] : base.type->fields) {
        const auto width = static_cast<std::size_t>(types_.width(type));
        if (name == e.name.text) {
          return {type,
                  {base.scalars.begin() + static_cast<long>(at),
                   base.scalars.begin() + static_cast<long>(at + width)}};
        }
        at += width;
      }
      break;
    }
    case ExprKind::kCall: {
      Env inner = env;
      for (std::size_t i = 0; i < e.decl->params.size(); ++i) {
        Binding b;
        b.value = converted(expr(*e.args[i + 1], env), e.decl->params[i].local->type);
        inner[e.decl->params[i].local] = std::move(b);
      }
      if (++call_depth_ > 64) {
        diagnostics_.error(e.span, fmt::format("'{}' calls itself", e.decl->name.text));
        call_depth_ = 0;
        throw Bail();
      }
      Value v = converted(expr(*e.decl->value, inner), e.decl->type);
      --call_depth_;
      return v;
    }
    case ExprKind::kSet:
    case ExprKind::kStruct:
      return literal_value(e, env);
    case ExprKind::kQuantifier:
      return quantifier_value(e, env);
    case ExprKind::kUse:
    case ExprKind::kStar:
      break;
  }
  diagnostics_.error(e.span, "this cannot stand here");
  throw Bail();
}

}  // namespace stalemate::lang
