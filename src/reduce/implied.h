// What holds of copies in a state where each that could be loaded is held: a copy whose gate is
// open is there.  So a guard that lets a step use a copy or load it asks only whether it is held.
// Tested by tests/unit/reduce/saturate_test.cc.
#ifndef STALEMATE_REDUCE_IMPLIED_H_
#define STALEMATE_REDUCE_IMPLIED_H_

#include <unordered_map>
#include <vector>

#include "ir/ir.h"

namespace stalemate::reduce {

class Implied {
 public:
  explicit Implied(const ir::Program& p) : p_(p) {}

  // The copy that `bit` reads is held where `gate` holds.  Several gates of one copy add up.
  void add(int slot, const ir::ExprRef& gate);

  // An expression that has the same value in all saturated states, and fails where this one does.
  ir::ExprRef simplified(const ir::ExprRef& e, const std::vector<ir::Choice>& choices) const;
  // Is this copy held in each saturated state where `condition` holds?
  bool held(const ir::ExprRef& condition, int slot) const;
  // The slot of a copy that is read; -1: it is something else.
  int copy(const ir::Expr& e) const;

 private:
  using Terms = std::vector<ir::ExprRef>;
  bool follows(const Terms& terms, const ir::ExprRef& e) const;

  const ir::Program& p_;
  std::unordered_map<int, ir::ExprRef> gates_;  // by slot
};

}  // namespace stalemate::reduce

#endif  // STALEMATE_REDUCE_IMPLIED_H_
