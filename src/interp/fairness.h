// What has to happen in the end: weak fairness.
//
// A *duty* is a process, or one thing that the machine does at some time: an eventual step, or all
// steps of one Step::rule.  It is *open* in a state where one of its steps is possible that is
// owed: not one that relies on a copy, which may have been lost.  A run is weakly fair when no duty
// is open from some point on without a step of it ever being taken again; any step of a process
// will do.  Where no duty is open, a run may end.  Speculative steps are nobody's duty.
// Tested by tests/unit/judge/leads_to_test.cc.
#ifndef STALEMATE_INTERP_FAIRNESS_H_
#define STALEMATE_INTERP_FAIRNESS_H_

#include <cstddef>
#include <vector>

#include "ir/ir.h"
#include "verdict/verdict.h"

namespace stalemate::interp {

class Fairness {
 public:
  explicit Fairness(const ir::Program& p);

  std::size_t duties() const { return duties_; }
  // Whose step it is; -1 for a speculative one.  That of a process has the number of the process.
  int duty(int step) const { return duty_of_[static_cast<std::size_t>(step)]; }
  // Per duty.  Throws ModelError where a guard has no meaning.
  std::vector<bool> open(const State& s) const;

 private:
  const ir::Program& p_;
  std::size_t duties_;
  std::vector<int> duty_of_;  // per step
};

}  // namespace stalemate::interp

#endif  // STALEMATE_INTERP_FAIRNESS_H_
