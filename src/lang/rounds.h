// The rounds of a `for` within a step: can anybody tell in which order they run?
#pragma once

#include <set>

#include "ir/ir.h"

namespace stalemate::lang {

// Begins round `round` of loop `loop` in the code of a step, and ends the loop where it is -1.
ir::Stmt round_mark(int loop, int round);

// Takes the marks of this loop out of the code, and gives the variable because of which the order
// of the rounds can be seen: one of them reads what another one writes, or they write different
// values to one element of it.  -1 where there is none.  The rounds may add to a number, or into a
// condition, all in the same way.  Variables from `own` on were made for the loop: nobody reads
// them after their round.  Those in `keeps` hold what something was before the loop.
int take_rounds(ir::Block& code, int loop, int own, const std::set<int>& keeps);

}  // namespace stalemate::lang
