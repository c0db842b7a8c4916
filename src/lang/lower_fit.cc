// Values that may not fit: where a name is bound, and where an element is selected.
#include <fmt/format.h>

#include <algorithm>

#include "lang/lowering.h"

namespace stalemate::lang {

namespace {

using Kind = Type::Kind;
using ir::ExprRef;
using ir::Op;

}  // namespace

// The values that an expression can have, as far as domains tell; `from` is the domain of its type.
Lowering::Range Lowering::range_of(const ExprRef& e, const ir::Domain& from) const {
  constexpr Range kAnything{-(1L << 40), 1L << 40};
  const auto arg = [&](std::size_t i) { return range_of(e->args[i], {}); };
  switch (e->op) {
    case Op::kConst:
      return {e->value, e->value};
    case Op::kRead: {
      const ir::Variable& v = program_.variables[static_cast<std::size_t>(e->variable)];
      // The home of a local is wider than its type; what is stored there was checked.
      const bool home = v.space == ir::Space::kLocal && from.kind == ir::Domain::Kind::kSort;
      return {home ? from.lo : v.domain.lo, v.domain.hi};
    }
    case Op::kChoice: {
      const auto chosen = chosen_.find(e);
      if (chosen == chosen_.end()) return kAnything;
      return {chosen->second.lo, chosen->second.hi};
    }
    case Op::kIte: {
      const Range a = range_of(e->args[1], from);
      const Range b = range_of(e->args[2], from);
      return {std::min(a.lo, b.lo), std::max(a.hi, b.hi)};
    }
    case Op::kNot:
    case Op::kAnd:
    case Op::kOr:
    case Op::kEq:
    case Op::kNe:
    case Op::kLt:
    case Op::kLe:
      return {0, 1};
    default:
      break;
  }
  const Range a = arg(0);
  const Range b = arg(1);
  if (std::max({-a.lo, a.hi, -b.lo, b.hi}) > 1L << 20) return kAnything;
  switch (e->op) {
    case Op::kAdd:
      return {a.lo + b.lo, a.hi + b.hi};
    case Op::kSub:
      return {a.lo - b.hi, a.hi - b.lo};
    case Op::kMul: {
      const auto [lo, hi] = std::minmax({a.lo * b.lo, a.lo * b.hi, a.hi * b.lo, a.hi * b.hi});
      return {lo, hi};
    }
    case Op::kDiv:
      if (b.lo > 0) return {std::min(a.lo, a.lo / b.hi), std::max(a.hi, a.hi / b.hi)};
      return {-std::max(-a.lo, a.hi), std::max(-a.lo, a.hi)};
    default: {  // the sign of a remainder is that of the dividend
      const long most = std::max({-b.lo, b.hi, 1L}) - 1;
      return {a.lo < 0 ? -most : 0, a.hi > 0 ? most : 0};
    }
  }
}

std::string Lowering::domain_name(const ir::Domain& domain) const {
  if (domain.kind == ir::Domain::Kind::kBool) return "bool";
  if (domain.sort < 0) return fmt::format("{}..{}", domain.lo, domain.hi);
  const std::string& name = program_.sorts[static_cast<std::size_t>(domain.sort)].name;
  return domain.kind == ir::Domain::Kind::kOption ? name + "?" : name;
}

// Binding a value to a name checks it, as storing it would.
void Lowering::narrow(Alternative& alt, const Value& v, const Type* to, const Span& span) {
  if (v.type == nullptr || to == nullptr || v.scalars.empty()) return;
  if (v.type->kind == Kind::kNone || to->kind == Kind::kVoid) return;
  const std::vector<Leaf> into = types_.leaves(to);
  const std::vector<Leaf> from = types_.leaves(v.type);
  std::size_t at = 0;
  for (std::size_t i = 0; i < into.size() && i < from.size(); ++i) {
    for (long n = elements(into[i].dims); n > 0; --n) {
      narrow_scalar(alt, v.scalars.at(at++), from[i].domain, into[i], v.type != to, span);
    }
  }
}

// `refuse`: a constant that does not fit is a mistake wherever it stands.
void Lowering::narrow_scalar(Alternative& alt, const ExprRef& x, const ir::Domain& from,
                             const Leaf& leaf, bool refuse, const Span& span) {
  const ir::Domain& into = leaf.domain;
  const Range range = range_of(x, from);
  if (range.lo >= into.lo && range.hi <= into.hi) return;
  const bool only_none = into.sort >= 0 && range.lo >= ir::kNone && range.hi <= into.hi;
  const ExprRef fits = ir::all_of({ir::binary(Op::kLe, ir::constant(into.lo), x),
                                   ir::binary(Op::kLe, x, ir::constant(into.hi))});
  const ExprRef bad =
      only_none ? ir::binary(Op::kEq, x, ir::constant(ir::kNone)) : ir::negate(fits);
  if (ir::is_const(bad, 0)) return;
  const std::string end = fmt::format(" is no {}", domain_name(into));
  if (refuse && ir::is_const(bad, 1)) {
    diagnostics_.error(span,
                       fmt::format("the value {}{}", program_.value_name(from, x->value), end));
    throw Bail();
  }
  ir::Domain shown = from;
  if (into.sort >= 0) shown = {ir::Domain::Kind::kOption, ir::kNone, into.hi, into.sort};
  ir::Stmt fail;
  fail.kind = ir::Stmt::Kind::kFail;
  fail.span = span;
  fail.text = plain_text(leaf.path.empty() ? "the value "
                                           : fmt::format("{}: the value ", leaf.path.substr(1)));
  fail.text.pieces.push_back({"", x, shown});
  fail.text.pieces.push_back({end, nullptr, {}});
  if (ir::is_const(bad, 1)) {
    alt.body.push_back(std::move(fail));
    return;
  }
  ir::Stmt check;
  check.kind = ir::Stmt::Kind::kIf;
  check.span = span;
  check.condition = bad;
  check.then_block.push_back(std::move(fail));
  alt.body.push_back(std::move(check));
}

// Homes of locals are wider than their type, see new_local_variable(): storing checks for itself
// that a number fits, not that a member is there.
void Lowering::require_members(Alternative& alt, const PlaceRef& to, const Value& v,
                               const Span& span) {
  if (v.type->kind == Kind::kNone || v.type->kind == Kind::kEmptySet) return;
  std::vector<Leaf> from;
  std::size_t at = 0;
  for (std::size_t i = 0; i < to.leaves.size(); ++i) {
    const LeafPlace& leaf = to.leaves[i];
    const long width = elements(leaf.rest);
    const ir::Variable& home = program_.variables[static_cast<std::size_t>(leaf.variable)];
    const bool wide = home.space == ir::Space::kLocal &&
                      leaf.domain.kind == ir::Domain::Kind::kSort &&
                      home.domain.kind == ir::Domain::Kind::kOption;
    if (wide && from.empty()) from = types_.leaves(v.type);
    for (long n = 0; n < width && wide && i < from.size(); ++n) {
      narrow_scalar(alt, v.scalars.at(at + static_cast<std::size_t>(n)), from[i].domain,
                    {leaf.path, {}, leaf.domain}, false, span);
    }
    at += static_cast<std::size_t>(width);
  }
}

// Can an index of this type select nothing?
bool Lowering::may_miss(const ExprRef& index, const Type* type, const ir::Domain& domain) const {
  const Range range = range_of(index, types_.domain(type));
  return range.lo < domain.lo || range.hi > domain.hi;
}

// A condition that is a model error where the index is outside the domain, and false elsewhere.  It
// reads a variable that holds nothing but zeros and is never written, a witness; `what` names it in
// the message.
ExprRef Lowering::miss(const ExprRef& index, const ir::Domain& domain, const std::string& what) {
  const auto [it, fresh] = witnesses_.emplace(fmt::format("{} of {}", what, domain_name(domain)),
                                              static_cast<int>(program_.variables.size()));
  if (fresh) {
    ir::Variable v;
    v.name = what;  // with a space in it: none of the model
    for (int k = 2; !local_names_.insert(v.name).second; ++k)
      v.name = fmt::format("{}#{}", what, k);
    v.dims = {domain};
    v.domain = {ir::Domain::Kind::kRange, 0, 0, -1};
    v.init.assign(static_cast<std::size_t>(domain.size()), 0);
    program_.variables.push_back(std::move(v));
  }
  const auto holds = [&](const ExprRef& at) {
    return ir::binary(Op::kLt, ir::constant(0), ir::read(it->second, {at}));
  };
  if (!ir::is_const(index)) return holds(index);
  // A constant index outside is refused wherever it stands; this is to be an error where it is
  // used.
  const ExprRef first = ir::constant(domain.lo);
  return holds(ir::ite(holds(first), first, index));
}

// The index of an element of a queue of this length; that of an element which it does not have is a
// model error.
ExprRef Lowering::within_queue(const ExprRef& index, const ExprRef& length) {
  const ir::Domain first{ir::Domain::Kind::kRange, 0, 0, -1};
  const ExprRef zero = ir::constant(0);
  return ir::ite(
      ir::binary(Op::kLt, index, length), index,
      ir::ite(miss(ir::constant(1), first, "an element beyond the end of a queue"), zero, zero));
}

bool Lowering::is_witness(int variable) const {
  return std::any_of(witnesses_.begin(), witnesses_.end(),
                     [&](const auto& w) { return w.second == variable; });
}

}  // namespace stalemate::lang
