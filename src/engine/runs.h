// Shortest runs, found from the levels of the search: no state knows what it was found from.
//
// Backwards from the end, level by level, the states are found from which a step leads on; forwards
// from the initial state, the least of those steps is taken each time.  The run is the least of all
// with the fewest program steps and then the fewest steps of the environment, compared step by step
// by the numbers of step and choice.  Where states stand for others (orbits.h), the run is one of
// the states themselves: forwards each step is taken from where the one before really led.  Tested
// by tests/unit/judge/judge_test.cc and tests/unit/engine/symmetry_test.cc.
#ifndef STALEMATE_ENGINE_RUNS_H_
#define STALEMATE_ENGINE_RUNS_H_

#include <functional>
#include <vector>

#include "engine/search.h"
#include "engine/space.h"
#include "verdict/verdict.h"

namespace stalemate::engine {

// Where a run ends: in a state, or with a step.  Called by several threads at a time.
struct End {
  std::function<bool(const Word* state)> state;
  std::function<bool(const Word* before, const Firing&)> step;
};

// The least run of this length that ends there; there must be one.  Fills in `last`, the state
// before the last step, or the one it ends in.  Empty when `give_up`, asked now and then, said so.
std::vector<Event> least_run(Space& space, const Distance& length, const End& end,
                             const std::function<bool()>& give_up, std::vector<Word>& last);

// A run as another one: that to what a renaming makes of its last state, which `last` becomes.
std::vector<Event> renamed_run(Space& space, const std::vector<Event>& run,
                               const Orbits::Points& renaming, std::vector<Word>& last);

// The values of a combination of choices of a step.
std::vector<ir::Value> choice_values(const ir::Step& step, int choice);

}  // namespace stalemate::engine

#endif  // STALEMATE_ENGINE_RUNS_H_
