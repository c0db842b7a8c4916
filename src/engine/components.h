// Strong components of a part of a graph (R. Tarjan: Depth-first search and linear graph
// algorithms, 1972), without recursion. Tested by tests/unit/engine/edges_test.cc.
#ifndef STALEMATE_ENGINE_COMPONENTS_H_
#define STALEMATE_ENGINE_COMPONENTS_H_

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "engine/edges.h"

namespace stalemate::engine {

class Components {
 public:
  static constexpr std::uint32_t kNone = ~std::uint32_t{0};

  // Of the states for which `in` is not 0, which is kept by reference.
  Components(const Edges& edges, const std::vector<std::uint8_t>& in);

  // Finds those that can be reached from `root`, by such states, and were not found before.  Each
  // is given to `found` with its number, after those it leads to, whose numbers are smaller.
  using Found = std::function<void(std::uint32_t number, std::span<const Edges::State> states)>;
  void from(Edges::State root, const Found& found);

  // kNone: not found.
  std::uint32_t of(Edges::State s) const { return component_[s]; }
  static std::uint64_t bytes_needed(std::uint64_t states) {
    return states * (3 * sizeof(std::uint32_t) + sizeof(Edges::State) + sizeof(Frame));
  }

 private:
  struct Frame {
    Edges::State state;
    std::uint32_t next;  // of its edges
  };

  void enter(Edges::State s);

  const Edges& edges_;
  const std::vector<std::uint8_t>& in_;
  std::vector<std::uint32_t> component_;
  std::vector<std::uint32_t> order_;  // of entering, from 1 on; 0: not entered
  std::vector<std::uint32_t> low_;    // the first one entered that it is known to reach
  std::vector<Edges::State> open_;    // entered, without a component yet
  std::vector<Frame> path_;
  std::uint32_t entered_ = 0, components_ = 0;
};

}  // namespace stalemate::engine

#endif  // STALEMATE_ENGINE_COMPONENTS_H_
