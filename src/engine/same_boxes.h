// Do two lists of boxes say the same, however they divide the states between them?
// Tested by tests/unit/engine/symmetry_test.cc.
#ifndef STALEMATE_ENGINE_SAME_BOXES_H_
#define STALEMATE_ENGINE_SAME_BOXES_H_

#include <vector>

#include "engine/box.h"
#include "engine/cube.h"
#include "engine/layout.h"
#include "engine/renaming.h"

namespace stalemate::engine {

// The disjoint boxes of cubes and conditions, and what a renaming makes of them.
class Boxes {
 public:
  explicit Boxes(const Layout& layout);

  // From now on each slot has its value of `initial`, one of those that some of the boxes put there
  // if they can apply, or any, if `open`: what is left of the values that a layout has room for.
  // Boxes from before are to be narrowed.
  void find_values(const std::vector<ir::Value>& initial, const std::vector<const Box*>& boxes,
                   const std::vector<bool>& open);
  // Without what is said of values that do not occur; false: it never applies.
  bool narrow(Box& box) const;
  const Subset& possible(int slot) const { return possible_[static_cast<std::size_t>(slot)]; }

  Box box(const Cube& cube) const { return box(cube.when, cube.then, cube.outcome); }
  Box box(const std::vector<Literal>& when, const std::vector<Write>& then, int outcome) const;
  // Each slot and value must have a place to go.
  Box renamed(const Box& box, const Renaming& renaming, const Addresses& addresses) const;
  // Both lists are disjoint by themselves.  False also when it takes too long to find out.
  bool same(std::vector<Box> a, std::vector<Box> b) const;

 private:
  bool covered(const Box& a, const std::vector<Box>& by) const;
  bool alike(const Box& a, const Box& b) const;

  const Layout& layout_;
  std::vector<Subset> possible_;                 // per slot
  std::vector<std::vector<int>> slots_of_word_;  // those that take bits
};

}  // namespace stalemate::engine

#endif  // STALEMATE_ENGINE_SAME_BOXES_H_
