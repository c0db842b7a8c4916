// Decides when a search has to stop early, and tells its user how far it is.
// Tested by tests/unit/interp/budget_test.cc.
#ifndef STALEMATE_INTERP_BUDGET_H_
#define STALEMATE_INTERP_BUDGET_H_

#include <chrono>
#include <functional>
#include <string>

#include "interp/explore.h"

namespace stalemate::interp {

class Budget {
 public:
  // The clock starts now.
  explicit Budget(const Options& options);

  // Why the search has to stop, in a sentence that also says how to go on; empty: go on.  Takes
  // some 50 ns, so that it can be asked often.  `measure` fills in all of Progress but the time,
  // and is called only when that is needed.
  std::string exceeded(const std::function<void(Progress&)>& measure);
  // May one more state be stored next to `states`?  The same answers.
  std::string full(std::uint64_t states) const;

  bool interrupted() const;
  double seconds() const;

 private:
  using Clock = std::chrono::steady_clock;

  const Options& options_;
  Clock::time_point start_;
  Clock::time_point reported_;  // when progress was last called
};

}  // namespace stalemate::interp

#endif  // STALEMATE_INTERP_BUDGET_H_
