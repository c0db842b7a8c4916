// Chooses the loads of a run, and when they happen.
// Tested by tests/unit/reduce/put_back_test.cc.
#ifndef STALEMATE_REDUCE_LOADS_H_
#define STALEMATE_REDUCE_LOADS_H_

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "ir/ir.h"
#include "reduce/saturable.h"
#include "verdict/verdict.h"

namespace stalemate::reduce {

// Does a run of the original program, all of whose events are possible, end as it should?
using Shows = std::function<bool(const std::vector<Event>&)>;

class Loads {
 public:
  Loads(const ir::Program& p, const std::vector<Fill>& fills, const Shows& shows);

  // `run` has the events that are no loads.  `at_end`: loads may come after the last of them.
  // Nothing when no loads make it end as it should.
  std::optional<std::vector<Event>> add_to(const std::vector<Event>& run, bool at_end) const;

 private:
  using Run = std::vector<Event>;

  Run with_all(const Run& run, bool at_end) const;
  std::optional<Run> possible(const Run& run) const;
  bool works(const Run& run) const;
  Run without_spare(const Run& run, bool latest_first) const;
  Run delayed(Run run) const;
  bool is_load(const Event& e) const;
  std::size_t loads_in(const Run& run) const;

  const ir::Program& p_;
  const std::vector<Fill>& fills_;
  const Shows& shows_;
  std::vector<bool> is_fill_;  // per step
};

}  // namespace stalemate::reduce

#endif  // STALEMATE_REDUCE_LOADS_H_
