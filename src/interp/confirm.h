// A counterexample that somebody claims: its steps are executed again from the initial state, and
// what is wrong at their end is found out again.
//
// Nothing is believed but the steps.  Who is stuck for good is told by all states that can be
// reached from the last one, so that a doomed process is not taken from the claim either.
// Tested by tests/unit/interp/confirm_test.cc and tests/corpus/replay.py.
#ifndef STALEMATE_INTERP_CONFIRM_H_
#define STALEMATE_INTERP_CONFIRM_H_

#include <cstdint>
#include <stdexcept>
#include <string>
#include <vector>

#include "ir/ir.h"
#include "verdict/verdict.h"

namespace stalemate::interp {

// The run is none of the program, or nothing is wrong at its end.  what() is a phrase that says
// which step it is or what is not so.
struct NotConfirmed : std::runtime_error {
  using std::runtime_error::runtime_error;
};

// There are more states after the end of the run than may be looked at.
struct TooManyStates : std::runtime_error {
  using std::runtime_error::runtime_error;
};

// The property is violated at the end of the run, or by going on from there for ever as `loop` says
// (Trace::loop): with the trace, the message and who is stuck.
// Throws NotConfirmed; TooManyStates for a property of kind kNoStuck.
PropertyResult confirm(const ir::Program& p, int property, const std::vector<Event>& run,
                       std::uint64_t max_states, int loop = -1);

// The run ends in a model error: of its last event, or of a condition of one of the properties in
// the last state.  Throws NotConfirmed.
Result confirm_model_error(const ir::Program& p, const std::vector<int>& properties,
                           const std::vector<Event>& run);

}  // namespace stalemate::interp

#endif  // STALEMATE_INTERP_CONFIRM_H_
