// What an expression makes of more stale copies: does it stay true, or stay false?
//
// An expression is positive when it cannot become false, and cannot stop being a model error, by
// copies that are held in addition; it is negative when its negation is positive.  The answers are
// by structure, so a `no` may be too careful, and a `yes` is never wrong.
// Tested by tests/unit/reduce/monotone_test.cc.
#ifndef STALEMATE_REDUCE_MONOTONE_H_
#define STALEMATE_REDUCE_MONOTONE_H_

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "ir/ir.h"

namespace stalemate::reduce {

using Choices = std::vector<ir::Choice>;

// Indices that were evaluated, each as one of a dimension with this domain.
using Evaluated = std::vector<std::pair<ir::ExprRef, ir::Domain>>;

// Adds those that are evaluated whenever `e` is, and is no model error.
void add_evaluated(const ir::Program& p, const ir::Expr& e, Evaluated& out);

// Could evaluating this be a model error, after others were evaluated in the same state?
bool may_fail(const ir::Program& p, const ir::Expr& e, const Choices& choices,
              const Evaluated& before = {});

// Why the copies in some variables cannot be saturated.
struct Objection {
  std::vector<int> variables;
  std::string why;
};

class Monotone {
 public:
  // `copies`: per variable, whether it holds the copies in question.
  Monotone(const ir::Program& p, std::vector<bool> copies) : p_(p), copies_(std::move(copies)) {}

  bool is_copy(int variable) const { return copies_[static_cast<std::size_t>(variable)]; }
  bool reads(const ir::Expr& e) const;
  // The variables with copies that it reads.
  std::vector<int> read_by(const ir::Expr& e) const;

  std::optional<Objection> unless_positive(const ir::Expr& e, const Choices& choices) const {
    return check(e, true, choices);
  }
  std::optional<Objection> unless_negative(const ir::Expr& e, const Choices& choices) const {
    return check(e, false, choices);
  }

 private:
  std::optional<Objection> check(const ir::Expr& e, bool positive, const Choices& choices) const;

  const ir::Program& p_;
  const std::vector<bool> copies_;
};

}  // namespace stalemate::reduce

#endif  // STALEMATE_REDUCE_MONOTONE_H_
