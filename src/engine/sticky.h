// Steps without which nothing can go round in circles.
//
// A search that leaves steps out may leave one out for ever, if the steps it takes lead in a
// circle.  It does not if every circle has a sticky step, and all steps are taken where one is.
//
// In a circle every value that a step changes is put back by a step of the circle.  So a way to
// fire that is one only where a field has some value, and changes it, is in no circle of ways of
// which none gives the field that value.  What is left when nothing more can be ruled out in this
// way may go round; a step of it becomes sticky, until nothing is left: first steps that lead back
// in their process, then interrupts, then any. Tested by tests/unit/engine/stubborn_test.cc.
#ifndef STALEMATE_ENGINE_STICKY_H_
#define STALEMATE_ENGINE_STICKY_H_

#include <cstdint>
#include <vector>

#include "engine/dependence.h"
#include "engine/layout.h"
#include "ir/ir.h"

namespace stalemate::engine {

// Per step of the Program: 1 for those that are sticky.
std::vector<std::uint8_t> sticky_steps(const ir::Program& p, const Layout& layout,
                                       const std::vector<Way>& ways);

}  // namespace stalemate::engine

#endif  // STALEMATE_ENGINE_STICKY_H_
