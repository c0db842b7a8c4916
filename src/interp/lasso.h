// Runs that go on for ever without what they should lead to: a way into a circle, and the circle.
// Tested by tests/unit/judge/leads_to_test.cc.
#ifndef STALEMATE_INTERP_LASSO_H_
#define STALEMATE_INTERP_LASSO_H_

#include <functional>
#include <optional>
#include <vector>

#include "ir/ir.h"
#include "verdict/verdict.h"

namespace stalemate::interp {

// The number of the strong component that a state is in, of those in which a weakly fair run can
// stay for ever without leads.to; -1: of none.
using ComponentOf = std::function<int(const State&)>;

// From `start`, a state without leads.to, the shortest way into such a component, by states without
// leads.to; then round in it, each time by the shortest way to a step of a duty that is still open,
// or to a state where one is not.  Of ways of one length the least by numbers of steps and choices.
// Nothing when a component is not as it should be.
std::optional<Lasso> find_lasso(const ir::Program& p, const ir::LeadsTo& leads, const State& start,
                                const ComponentOf& component);

// Does a run, with all its states, show that leads.from does not lead to leads.to?
bool shows(const ir::Program& p, const ir::LeadsTo& leads, const Trace& trace);
// The first of those of a property that it shows so; null: none.
const ir::LeadsTo* shown_by(const ir::Program& p, const ir::Property& property,
                            const Trace& trace);

}  // namespace stalemate::interp

#endif  // STALEMATE_INTERP_LASSO_H_
