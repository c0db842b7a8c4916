// Which members of the sorts of a Program can be swapped without anything becoming another.
//
// Nobody is asked: two members are interchangeable when swapping them maps the initial state to
// itself, each step, with each choice, to a step that does the same, and the conditions of the
// properties to what holds in the same states.  This is decided on cubes; where a step has none, on
// its text.  What cannot be decided is refused.  Members that can be swapped form classes, and
// whatever permutes the members of classes among themselves then maps runs to runs (docs/
// soundness.md). Tested by tests/unit/engine/symmetry_test.cc.
#ifndef STALEMATE_ENGINE_SYMMETRY_H_
#define STALEMATE_ENGINE_SYMMETRY_H_

#include <cstddef>
#include <string>
#include <vector>

#include "engine/executor.h"
#include "engine/layout.h"
#include "engine/renaming.h"
#include "ir/ir.h"

namespace stalemate::engine {

// The members of a sort are renamed in so many ways at most, and those of all sorts; of larger
// classes some are left alone.
constexpr std::size_t kMostPermutations = 40320, kMostRenamings = 24 * kMostPermutations;

struct Symmetry {
  struct Class {
    int sort = -1;
    std::vector<int> members;  // ascending, two at least
  };
  // Of a sort of two members or more, of those that may be symmetric: the CPUs and those declared.
  struct OfSort {
    int sort = -1;
    bool any = false;         // some members are interchangeable
    std::string explanation;  // which; what keeps the others apart
  };

  // Judges with these properties (in Program::properties).
  Symmetry(const ir::Program& p, const Layout& layout, const Executor& executor,
           const Addresses& addresses, const std::vector<int>& properties);

  std::vector<Class> classes;
  std::vector<OfSort> sorts;
  std::vector<int> step_class;  // per step: equal for steps that are mapped to each other
};

}  // namespace stalemate::engine

#endif  // STALEMATE_ENGINE_SYMMETRY_H_
