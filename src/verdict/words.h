// What a verdict is told with, the same whichever explorer came to it.
#ifndef STALEMATE_VERDICT_WORDS_H_
#define STALEMATE_VERDICT_WORDS_H_

#include <string>
#include <vector>

#include "ir/ir.h"
#include "verdict/verdict.h"

namespace stalemate {

// Why a property that was never violated in a complete exploration says nothing; empty: it does.
// `goals`: which of the program's goals were reached.  `counted`: its condition (Property::when),
// if it has one, held for some process in some state.
std::string vacuity(const ir::Program& p, const ir::Property& property,
                    const std::vector<bool>& goals, bool counted);

// Makes what is safe vacuous where statements of the model were never taken that it does not allow
// to be unreached: what they do was not judged.  Does nothing when a property is violated, since
// what comes after a deadlock is not reached, nor when the exploration is not complete.
void require_taken(const ir::Program& p, Result& result);

// What to know of a property that is safe; empty: nothing.  `waited`: of kind kLeadsTo, it began in
// some state in which it was not fulfilled already.
std::string remark(const ir::Property& property, bool waited);

// Names of program steps written in the model file that never fired, each once, in the order of
// the program.  A name fired when a step of that name in the model file did.
std::vector<std::string> unreached(const ir::Program& p, const std::vector<bool>& fired);

// `cpu1 user waits for ever at "spin_lock ptl"`, for each of `processes`, which are stuck in `s`.
std::string stuck_message(const ir::Program& p, const std::vector<int>& processes, const State& s);

}  // namespace stalemate

#endif  // STALEMATE_VERDICT_WORDS_H_
