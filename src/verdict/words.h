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

// What of the model file no run came by, by name, each once, in the order of the program.
struct Missed {
  // Statements of which no step fired, for no CPU and no call, and arms of conditions and choices
  // in which no such statement is.  One whose text is elsewhere, too, and taken there, with its
  // place.
  std::vector<std::string> taken;
  std::vector<std::string> tested;     // assertions that were never evaluated where they could fail
  std::vector<std::string> delivered;  // handlers that never came between two steps of a program
};
Missed missed(const ir::Program& p, const Result& result);

// What to know of a property that is safe; empty: nothing.  `waited`: of kind kLeadsTo, it began in
// some state in which it was not fulfilled already.
std::string remark(const ir::Property& property, bool waited);

// Each list that is not empty as a phrase, `never taken: a, b`, `never tested: c`; `so_far`: after
// a part of the states.
std::vector<std::string> phrases(const Missed& missed, bool so_far);

// Makes what is safe vacuous where something was missed that the model does not allow to be: it was
// not judged.  Does nothing when a property is violated, since
// what comes after a deadlock is not reached, nor when the exploration is not complete.
void require_all(const ir::Program& p, Result& result);

// `cpu1 user waits for ever at "spin_lock ptl"`, for each of `processes`, which are stuck in `s`.
std::string stuck_message(const ir::Program& p, const std::vector<int>& processes, const State& s);

}  // namespace stalemate

#endif  // STALEMATE_VERDICT_WORDS_H_
