// Finds the one run that a counterexample shows.
// Tested by tests/unit/interp/shortest_trace_test.cc and tests/unit/interp/random_test.cc.
#ifndef STALEMATE_INTERP_SHORTEST_TRACE_H_
#define STALEMATE_INTERP_SHORTEST_TRACE_H_

#include <functional>
#include <vector>

#include "interp/cost.h"
#include "interp/eval.h"
#include "interp/graph.h"
#include "verdict/verdict.h"

namespace stalemate::interp {

// What a run has to end in.
struct Target {
  Cost cost;  // of the whole run
  // Judges the last event: what it did besides changing the state, and the state after it.
  std::function<bool(const Effects&, const State&)> reached;
};

// The least sequence of (step number, choice values) among the runs from the initial state that
// cost exactly target.cost and whose last event reaches the target.  target.cost must be the least
// cost of any run to the target: then every prefix of such a run is itself a cheapest run to its
// state, so that only edges with cost(to) = cost(from) + cost(step) need a look.
// The empty run for cost 0, which has no last event to judge.
// An empty answer for another cost means that there is no such run.
std::vector<Event> least_run(const Graph& graph, const Target& target);

// Fills states and step counts of a trace from its events; returns the effects of the last event.
Effects complete_trace(const ir::Program& p, Trace& trace);

}  // namespace stalemate::interp

#endif  // STALEMATE_INTERP_SHORTEST_TRACE_H_
