// Which processes wait for ever, and in which states.
//
// A process is fine in a state where its location is final or one to rest at, where it is a handler
// that is not active, or where it can take a step that turns its endless loop: that reaches a goal
// of the kind kTurn.  It is stuck for good in a state from which no state where it is fine can be
// reached.  Spinning is not progress: a process that polls for ever for what never comes is stuck.
//
// A property may count a process only while a condition holds (Property::when): there it is fine,
// too, where the condition does not hold.  So it counts when it can neither get on nor out of it.
//
// A process hangs in a state from which on it never takes a step again.  What is stuck for good
// hangs sooner or later, or polls.
//
// None of this counts a step that the machine may do, but need not do: a speculative one, or one
// that relies on a copy which may have been lost.
// Tested by tests/unit/interp/stuck_test.cc and tests/unit/interp/random_test.cc.
#ifndef STALEMATE_INTERP_STUCK_H_
#define STALEMATE_INTERP_STUCK_H_

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <utility>
#include <vector>

#include "interp/state_store.h"
#include "ir/ir.h"
#include "verdict/verdict.h"

namespace stalemate::interp {

class StuckAnalysis {
 public:
  // `properties`: those of kind kNoStuck that are asked about.
  StuckAnalysis(const ir::Program& p, const std::vector<int>& properties);

  // The search reports each state once with its values, and each step fired from it.  Throws
  // ModelError when a condition has no meaning in the state.
  void add_state(StateId id, const State& s);
  // `turns`: it reached a goal of the kind kTurn.
  void add_move(StateId from, const ir::Step& step, bool turns, StateId to);

  // To be called once, when the graph of `states` states is complete.  Gives up and returns false
  // when `give_up`, asked now and then, says so.
  bool solve(std::size_t states, const std::function<bool()>& give_up);

  // After solve().
  bool any_stuck(StateId id) const;
  std::vector<int> stuck(StateId id) const;
  // Those that count for one of the properties.
  std::vector<int> stuck(StateId id, int property) const;
  // The processes that hang, those that are done and handlers that are not active among them.
  std::vector<int> hanging(StateId id) const;
  // Was there a state in which the condition of the property held for some process?
  bool ever_counts(int property) const;

  // What is stored now and what solve() will need on top.
  std::uint64_t bytes() const;

 private:
  using Set = std::vector<bool>;  // of states
  struct Counted {                // for one property with a condition
    std::vector<Set> fine;        // as fine_ below
    bool ever = false;
  };

  static std::vector<int> missing(const std::vector<Set>& sets, StateId id);
  int location(int process, const State& s) const;
  static void insert(Set& set, StateId id);

  const ir::Program& p_;
  std::vector<Set> fine_;  // per process; solve() adds the states from which one can be reached
  std::map<int, Counted> counted_;  // by property
  std::vector<Set> steps_;  // per process: it can take a step, from solve() on: now or later
  // From, to.  No self-loops, and no steps that do not count.
  std::deque<std::pair<StateId, StateId>> edges_;
};

}  // namespace stalemate::interp

#endif  // STALEMATE_INTERP_STUCK_H_
