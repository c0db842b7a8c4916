// Evaluates what does not fit into cubes, on a packed state: slower, but for any step.
//
// An implementation of its own, not the reference interpreter: the tests compare the two.
// Tested by tests/unit/engine/general_test.cc.
#ifndef STALEMATE_ENGINE_GENERAL_H_
#define STALEMATE_ENGINE_GENERAL_H_

#include <memory>
#include <mutex>
#include <unordered_map>
#include <vector>

#include "engine/code.h"
#include "engine/cube.h"
#include "engine/layout.h"
#include "ir/ir.h"

namespace stalemate::engine {

// Thread-safe.  Both the program and the layout must outlive it.  A step is compiled when it is
// fired for the first time: in most models hardly any ever is.
class General {
 public:
  General(const ir::Program& p, const Layout& layout);
  General(const General&) = delete;
  General& operator=(const General&) = delete;

  enum class Fired { kDisabled, kFired, kError };
  // Fires `step` for the combination `choice` from `before` into `after` (layout.words words, not
  // the same memory).  `outcome` gets what happened.  When the guard or the body is a model error,
  // the answer is kError and `after` is a copy of `before`.  When it is disabled, `after` means
  // nothing.
  Fired fire(int step, int choice, const Word* before, Word* after, Outcome& outcome) const;

  // Is it not disabled?
  bool fires(int step, int choice, const Word* state) const;

  enum class Truth { kFalse, kTrue, kError };
  // A boolean expression without choices.  Quick for the conditions of properties; any other is
  // compiled each time.
  Truth holds(const ir::ExprRef& e, const Word* state) const;

 private:
  struct Lazy {
    mutable std::once_flag once;
    mutable std::unique_ptr<const Code> code;
  };
  template <typename Source>
  const Code& get(const Lazy& lazy, const Source& source) const;

  const ir::Program& p_;
  const Layout& layout_;
  std::unique_ptr<Lazy[]> steps_;
  std::unordered_map<const ir::Expr*, Lazy> conditions_;  // of properties
};

}  // namespace stalemate::engine

#endif  // STALEMATE_ENGINE_GENERAL_H_
