#include "export/defined.h"

#include <algorithm>
#include <cstdlib>
#include <limits>

#include "export/export.h"
#include "ir/dump.h"

namespace stalemate::exporter {

using ir::Expr;
using ir::ExprRef;
using ir::Op;

Defined::Interval Defined::arithmetic(Op op, const Interval& a, const Interval& b) {
  switch (op) {
    case Op::kAdd:
      return {a.lo + b.lo, a.hi + b.hi};
    case Op::kSub:
      return {a.lo - b.hi, a.hi - b.lo};
    case Op::kMul: {
      const auto [lo, hi] = std::minmax({a.lo * b.lo, a.lo * b.hi, a.hi * b.lo, a.hi * b.hi});
      return {lo, hi};
    }
    case Op::kDiv: {
      const long most = std::max(std::labs(a.lo), std::labs(a.hi));
      return {a.lo < 0 || b.lo < 0 ? -most : 0, most};
    }
    default: {  // kMod: the sign is that of the dividend
      const long most = std::max({std::labs(b.lo), std::labs(b.hi), 1L}) - 1;
      return {a.lo < 0 ? std::max(-most, a.lo) : 0, a.hi > 0 ? std::min(most, a.hi) : 0};
    }
  }
}

Defined::Interval Defined::interval(const Expr& e) const {
  switch (e.op) {
    case Op::kConst:
      return {e.value, e.value};
    case Op::kRead: {
      const ir::Domain& d = p_.variables[static_cast<std::size_t>(e.variable)].domain;
      return {d.lo, d.hi};
    }
    case Op::kChoice: {
      const ir::Domain& d = choices_[static_cast<std::size_t>(e.value)].domain;
      return {d.lo, d.hi};
    }
    case Op::kIte: {
      const Interval a = interval(*e.args[1]), b = interval(*e.args[2]);
      return {std::min(a.lo, b.lo), std::max(a.hi, b.hi)};
    }
    case Op::kAdd:
    case Op::kSub:
    case Op::kMul:
    case Op::kDiv:
    case Op::kMod:
      return arithmetic(e.op, interval(*e.args[0]), interval(*e.args[1]));
    default:
      return {0, 1};
  }
}

ExprRef Defined::fits(const ExprRef& e, const ir::Domain& domain) const {
  const Interval values = interval(*e);
  std::vector<ExprRef> terms;
  if (values.lo < domain.lo) {
    terms.push_back(ir::binary(Op::kLe, ir::constant(domain.lo), e));
  }
  if (values.hi > domain.hi) {
    terms.push_back(ir::binary(Op::kLe, e, ir::constant(domain.hi)));
  }
  return ir::all_of(std::move(terms));
}

ExprRef Defined::access(int variable, const std::vector<ExprRef>& index) const {
  const ir::Variable& v = p_.variables[static_cast<std::size_t>(variable)];
  std::vector<ExprRef> terms;
  for (std::size_t i = 0; i < index.size(); ++i) {
    terms.push_back(expression(index[i]));
    terms.push_back(fits(index[i], v.dims[i]));
  }
  return ir::all_of(std::move(terms));
}

ExprRef Defined::expression(const ExprRef& e) const {
  switch (e->op) {
    case Op::kConst:
    case Op::kChoice:
      return ir::constant(1);
    case Op::kRead:
      return access(e->variable, e->args);
    case Op::kAnd:
    case Op::kOr: {
      // From the back: a term needs a value only if those before it leave it open.
      ExprRef rest = ir::constant(1);
      for (auto term = e->args.rbegin(); term != e->args.rend(); ++term) {
        if (!ir::is_const(rest, 1)) {
          const ExprRef decided = e->op == Op::kAnd ? ir::negate(*term) : *term;
          rest = ir::any_of({decided, rest});
        }
        rest = ir::all_of({expression(*term), rest});
      }
      return rest;
    }
    case Op::kIte: {
      const ExprRef then = expression(e->args[1]), otherwise = expression(e->args[2]);
      ExprRef branch = ir::constant(1);
      if (!ir::is_const(then, 1) || !ir::is_const(otherwise, 1)) {
        branch = ir::ite(e->args[0], then, otherwise);
      }
      return ir::all_of({expression(e->args[0]), branch});
    }
    default:
      break;
  }
  std::vector<ExprRef> terms;
  for (const ExprRef& a : e->args) terms.push_back(expression(a));
  if (e->op == Op::kDiv || e->op == Op::kMod) {
    const Interval divisor = interval(*e->args[1]);
    if (divisor.lo <= 0 && divisor.hi >= 0) {
      terms.push_back(ir::binary(Op::kNe, e->args[1], ir::constant(0)));
    }
  }
  const Interval values = interval(*e);
  if (values.lo < std::numeric_limits<int>::min() || values.hi > std::numeric_limits<int>::max()) {
    throw Unsupported("arithmetic on numbers that may not fit into 32 bits: " +
                      ir::to_source(p_, e, choices_));
  }
  return ir::all_of(std::move(terms));
}

}  // namespace stalemate::exporter
