// How often what is counted happens, at least and at most, in the complete executions of a program.
//
// The least number is a shortest path from the initial state to the end of a complete execution,
// the greatest one a longest path.  Only states from which such an end can be reached have a say:
// what happens on the way into a deadlock belongs to no complete execution.  A cycle among them
// that counts anything can be gone round any number of times.
// Tested by tests/unit/analyse/costs_test.cc.
#ifndef STALEMATE_ANALYSE_COSTS_H_
#define STALEMATE_ANALYSE_COSTS_H_

#include "interp/explore.h"
#include "ir/ir.h"
#include "verdict/costs.h"

namespace stalemate::analyse {

// Of `options` the limits, the signal and the progress are used.
Costs find_costs(const ir::Program& program, const interp::Options& options);

}  // namespace stalemate::analyse

#endif  // STALEMATE_ANALYSE_COSTS_H_
