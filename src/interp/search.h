// Visits every reachable state in order of least cost and notes what goes wrong on the way.
// Tested by tests/unit/interp/search_test.cc and tests/unit/interp/random_test.cc.
#ifndef STALEMATE_INTERP_SEARCH_H_
#define STALEMATE_INTERP_SEARCH_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "interp/budget.h"
#include "interp/cost.h"
#include "interp/eval.h"
#include "interp/explore.h"
#include "interp/graph.h"
#include "interp/stuck.h"

namespace stalemate::interp {

// A model error, and what was going on when it happened.
struct ErrorFound {
  ModelError error;
  StateId state = 0;
  std::optional<Event> event;  // none: it was the condition of a property that could not be
                               // evaluated in `state`
};

struct Findings {
  Findings(const ir::Program& p, const Options& options)
      : violated(options.properties.size()),
        could_fail(options.properties.size()),
        fired(p.steps.size()),
        goals(p.goals.size()) {}

  // Per property asked for: the least cost of a violating run met so far.  Not for kNoStuck and
  // kLeadsTo, which cannot be judged before the whole graph is known.
  std::vector<std::optional<Cost>> violated;
  std::vector<bool> could_fail;    // per property asked for: an invariant met a state in which its
                                   // condition could fail (Property::when)
  std::vector<bool> fired, goals;  // as in Result
  std::uint64_t transitions = 0;
  std::uint32_t depth = 0;
  bool complete = false;
  std::string stopped;  // as in Result
  std::optional<ErrorFound> error;
};

// Adds states to `graph`, which is empty at first, until all are found, an error ends it, or
// `budget` does; reports to `stuck` unless that is null.  What was found before std::bad_alloc is
// thrown stays in `graph` and `findings` and is correct.
void search(const Options& options, Budget& budget, Graph& graph, StuckAnalysis* stuck,
            Findings& findings);

}  // namespace stalemate::interp

#endif  // STALEMATE_INTERP_SEARCH_H_
