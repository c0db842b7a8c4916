// The fast engine: all reachable states of a Program, and the shortest run to each violation.
//
// It finds what the reference explorer (interp/explore.h) finds, by other means: the same verdicts,
// counts and runs, whatever the number of threads.  It shares no code with it that decides
// anything. Tested by tests/unit/judge/judge_test.cc, on random programs and on the models that
// come with Stalemate.
#ifndef STALEMATE_ENGINE_EXPLORE_H_
#define STALEMATE_ENGINE_EXPLORE_H_

#include <functional>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "engine/search.h"
#include "ir/ir.h"
#include "verdict/verdict.h"

namespace stalemate::engine {

// Who waits for whom in a state: interp::WaitFor, given by the caller, since it evaluates guards.
using Waits = std::function<WaitGraph(const State& s, const std::vector<int>& stuck,
                                      const std::vector<int>& hanging,
                                      const std::vector<std::string>& labels)>;

// What goes on for ever after a state: interp::find_lasso, given by the caller in the same way.
using FindLasso =
    std::function<std::optional<Lasso>(const ir::LeadsTo& leads, const State& start,
                                       const std::function<int(const State&)>& component)>;

// A property that is violated, with the least of its shortest runs.
struct Violated {
  int property = -1;
  Distance length;
  std::vector<Event> run;
  std::vector<int> stuck;  // kNoStuck: the processes that count
  WaitGraph waits;         // kNoStuck: in the last state
  int loop = -1;           // kLeadsTo: as Trace::loop
};

struct Explored {
  Findings findings;
  std::vector<Violated> violated;  // in the order of Options::properties
  // The run to a state in which a step or an invariant has no meaning, and the event that fails, if
  // it is one.
  std::vector<Event> error_run;
  std::optional<Event> error_event;
  Stats stats;
};

// Steps were left out that should not have been (Options::check_partial_order): a mistake of
// Stalemate.
struct ReductionError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

// Throws CheckpointError when Options::resume_from does not fit.  Without `lasso` the run of a
// kLeadsTo ends where it begins.
Explored explore(const ir::Program& program, const Options& options, const Waits& waits,
                 const FindLasso& lasso = {});

// One search, as the options say: with Options::partial_order its runs are not the shortest, and
// who is stuck is seen on what it took only; not
// for kLeadsTo.
Explored explore_once(const ir::Program& program, const Options& options, const Waits& waits,
                      const FindLasso& lasso = {});

}  // namespace stalemate::engine

#endif  // STALEMATE_ENGINE_EXPLORE_H_
