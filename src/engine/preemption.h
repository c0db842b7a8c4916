// Which interrupts a step need not be tried with in both orders.
//
// A handler that is active keeps the steps of what it interrupts from firing, so an interrupt that
// may come does not accord with any step of its CPU.  But where the step does the same after the
// handler as before it, one order is enough, if the handler comes to its end whatever happens, or
// if nobody can tell that the step was taken.  docs/soundness.md has the argument. Tested by
// tests/unit/engine/stubborn_test.cc.
#ifndef STALEMATE_ENGINE_PREEMPTION_H_
#define STALEMATE_ENGINE_PREEMPTION_H_

#include <vector>

#include "engine/dependence.h"
#include "engine/layout.h"
#include "ir/ir.h"

namespace stalemate::engine {

// Per way: units of handlers that interrupt its process and need not be in a stubborn set because
// of it.  `visible`: units that may change what conditions of properties read.
std::vector<Units> spared(const ir::Program& p, const Layout& layout, const Dependence& dependence,
                          const Units& visible);

}  // namespace stalemate::engine

#endif  // STALEMATE_ENGINE_PREEMPTION_H_
