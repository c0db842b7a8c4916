// Runs of a saturated program as runs of the original one, with the loads that they need.
//
// Of all loads that the saturated program takes for granted only those are put back without which
// the run would not end as it does, each as late as it can happen: just before its gate closes, or
// before its use.  A run that the reference interpreter cannot repeat on the original program, with
// the same end, is a mistake of Stalemate and throws Disagreement.
// Tested by tests/unit/reduce/put_back_test.cc and tests/unit/reduce/random_test.cc.
#ifndef STALEMATE_REDUCE_PUT_BACK_H_
#define STALEMATE_REDUCE_PUT_BACK_H_

#include "ir/ir.h"
#include "reduce/saturate.h"
#include "verdict/verdict.h"

namespace stalemate::reduce {

// What an explorer has found out about `saturated`, which was made of `original`, as a result about
// `original`.  Verdicts and counts stay; runs, messages and flags of steps become its own.
Result put_back(const ir::Program& original, const Saturated& saturated, Result result);

}  // namespace stalemate::reduce

#endif  // STALEMATE_REDUCE_PUT_BACK_H_
