// When an expression has a value.
//
// The target languages say little about a bad index or a division by zero, and some of them go on
// with garbage.  So the exports ask first, with conditions that are expressions of the IR
// themselves.  What the domains of the variables rule out is not asked.
#ifndef STALEMATE_EXPORT_DEFINED_H_
#define STALEMATE_EXPORT_DEFINED_H_

#include <vector>

#include "ir/ir.h"

namespace stalemate::exporter {

class Defined {
 public:
  Defined(const ir::Program& p, const std::vector<ir::Choice>& choices)
      : p_(p), choices_(choices) {}

  // Holds where the evaluation of `e` is no model error.  It has a value everywhere, and so has
  // `e` where it holds.  Throws Unsupported when arithmetic can leave 32 bits.
  ir::ExprRef expression(const ir::ExprRef& e) const;
  // The same for all indices of an access, which also have to be in range.
  ir::ExprRef access(int variable, const std::vector<ir::ExprRef>& index) const;
  // Holds where the value of `e`, which has one, is in the domain.
  ir::ExprRef fits(const ir::ExprRef& e, const ir::Domain& domain) const;

 private:
  struct Interval {
    long lo, hi;
  };
  // Bounds of the values that an expression can have where it has one.
  Interval interval(const ir::Expr& e) const;
  static Interval arithmetic(ir::Op op, const Interval& a, const Interval& b);

  const ir::Program& p_;
  const std::vector<ir::Choice>& choices_;
};

}  // namespace stalemate::exporter

#endif  // STALEMATE_EXPORT_DEFINED_H_
