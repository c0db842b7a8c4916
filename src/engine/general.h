// Evaluates what does not fit into cubes, on a packed state: slower, but for any step.
//
// An implementation of its own, not the reference interpreter: the tests compare the two.
// Tested by tests/unit/engine/general_test.cc.
#ifndef STALEMATE_ENGINE_GENERAL_H_
#define STALEMATE_ENGINE_GENERAL_H_

#include <memory>
#include <vector>

#include "engine/cube.h"
#include "engine/layout.h"
#include "ir/ir.h"

namespace stalemate::engine {

class General {
 public:
  General(const ir::Program& p, const Layout& layout);
  ~General();
  General(const General&) = delete;
  General& operator=(const General&) = delete;

  enum class Fired { kDisabled, kFired, kError };
  // Fires `step` for the combination `choice` from `before` into `after` (layout.words words, not the
  // same memory).  `outcome` gets what happened.  When the guard or the body is a model error, the
  // answer is kError and `after` is a copy of `before`.  Thread-safe.
  Fired fire(int step, int choice, const Word* before, Word* after, Outcome& outcome) const;

  enum class Truth { kFalse, kTrue, kError };
  // A boolean expression without choices.
  Truth holds(const ir::ExprRef& e, const Word* state) const;

 private:
  struct Code;
  std::unique_ptr<Code> code_;
};

}  // namespace stalemate::engine

#endif  // STALEMATE_ENGINE_GENERAL_H_
