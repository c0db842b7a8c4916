// Which stale-copy caches may be taken to hold all that they could hold.
//
// A cache saturates when nothing can tell that a copy is absent, and when larger sets of copies
// stay larger whatever happens.  The conditions and the argument are in docs/soundness.md,
// "Saturated copies"; each has its objection here.  In doubt a cache stays explicit. Tested by
// tests/unit/reduce/saturable_test.cc.
#ifndef STALEMATE_REDUCE_SATURABLE_H_
#define STALEMATE_REDUCE_SATURABLE_H_

#include <string>
#include <vector>

#include "ir/ir.h"

namespace stalemate::reduce {

// A fill step of a cache that saturates.
struct Fill {
  int step = -1;     // in Program::steps
  int cache = -1;    // in Program::caches
  int slot = -1;     // of the copy
  ir::ExprRef bit;   // reads it
  ir::ExprRef gate;  // when the copy may be loaded, whether it is held or not; cannot fail
};

struct Saturable {
  std::vector<std::string> why_not;  // per cache; empty: it saturates
  std::vector<Fill> fills;  // of all caches that do; a fill comes after those of copies it reads
};

Saturable find_saturable(const ir::Program& p);

}  // namespace stalemate::reduce

#endif  // STALEMATE_REDUCE_SATURABLE_H_
