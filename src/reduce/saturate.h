// A Program whose stale-copy caches hold all that they could hold.
//
// The fill steps of each cache that saturates (saturable.h) are gone. Instead every step ends by
// setting each copy that could now be loaded, and so does the initial state.  Variables, slots,
// properties, goals and processes are those of the original, and so are the other steps, in order.
// A property is violated in the one if and only if it is in the other, after as many program steps;
// why is in docs/soundness.md, "Saturated copies".
// Tested by tests/unit/reduce/saturate_test.cc, on random programs by
// tests/unit/reduce/random_test.cc.
#ifndef STALEMATE_REDUCE_SATURATE_H_
#define STALEMATE_REDUCE_SATURATE_H_

#include <vector>

#include "ir/ir.h"
#include "reduce/saturable.h"
#include "verdict/verdict.h"

namespace stalemate::reduce {

struct Saturated {
  ir::Program program;
  std::vector<int> step_of;  // per step of `program`: which step of the original it is
  std::vector<Fill> fills;   // those that are gone, each after those of the copies it reads
  std::vector<Reduction> reductions;  // one for each cache of the original
};

Saturated saturate(const ir::Program& p);

// The program as it is; the reductions say so.
std::vector<Reduction> explicit_copies(const ir::Program& p, const std::string& why);

}  // namespace stalemate::reduce

#endif  // STALEMATE_REDUCE_SATURATE_H_
