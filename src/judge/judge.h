// From a compiled model to verdicts, by either explorer.
//
// A violation that the fast engine finds is shown only after the reference interpreter has run it
// and found the same: a run that it cannot repeat is a mistake of Stalemate and is told as one.
// Tested by tests/unit/judge/judge_test.cc.
#ifndef STALEMATE_JUDGE_JUDGE_H_
#define STALEMATE_JUDGE_JUDGE_H_

#include "engine/explore.h"
#include "ir/ir.h"
#include "verdict/verdict.h"

namespace stalemate::judge {

struct Judged {
  Result result;
  engine::Stats stats;
};

// Explores with the fast engine.  Throws engine::CheckpointError and Disagreement.
Judged judge(const ir::Program& p, const engine::Options& options);

}  // namespace stalemate::judge

#endif  // STALEMATE_JUDGE_JUDGE_H_
