// Variables that a step keeps something in while it runs: nobody else uses them, and between two
// steps they have their first value.
//
// What a step does is then the same whatever its own are called.
// Tested by tests/unit/engine/renaming_test.cc.
#ifndef STALEMATE_ENGINE_SCRATCH_H_
#define STALEMATE_ENGINE_SCRATCH_H_

#include <vector>

#include "ir/ir.h"

namespace stalemate::engine {

// Per step of the Program: its variables of this kind, which have one element each.
std::vector<std::vector<int>> scratch_of(const ir::Program& p);

}  // namespace stalemate::engine

#endif  // STALEMATE_ENGINE_SCRATCH_H_
