// The steps between states as lists of numbers, where there is memory for them.
//
// States are numbered in the order of the log.  A graph of n states and e steps takes 8 bytes for
// each state and 4 for each step, or 6 where steps have labels. Tested by
// tests/unit/engine/edges_test.cc.
#ifndef STALEMATE_ENGINE_EDGES_H_
#define STALEMATE_ENGINE_EDGES_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <vector>

namespace stalemate::engine {

class Edges {
 public:
  using State = std::uint32_t;

  using Label = std::uint16_t;

  // The targets of the next state, of those from 0 on.  Each may have a label.
  void add(std::span<const State> targets, std::span<const Label> labels = {}) {
    to_.insert(to_.end(), targets.begin(), targets.end());
    labels_.insert(labels_.end(), labels.begin(), labels.end());
    begin_.push_back(to_.size());
  }
  // All edges of a graph of `states` states in the other direction.
  Edges reversed() const;

  std::size_t states() const { return begin_.size() - 1; }
  std::span<const State> of(State s) const {
    return {to_.data() + begin_[s], to_.data() + begin_[s + 1]};
  }
  bool labelled() const { return !labels_.empty(); }
  std::span<const Label> labels_of(State s) const {
    return {labels_.data() + begin_[s], labels_.data() + begin_[s + 1]};
  }
  static std::uint64_t bytes(std::uint64_t states, std::uint64_t edges, bool labelled) {
    return 8 * (states + 1) + (labelled ? 6 : 4) * edges;
  }
  void reserve(std::uint64_t states, std::uint64_t edges) {
    begin_.reserve(states + 1);
    to_.reserve(edges);
  }

 private:
  std::vector<std::uint64_t> begin_{0};
  std::vector<State> to_;
  std::vector<Label> labels_;  // one for each of to_, or none
};

// 1 for each state that can be reached from `from`.
std::vector<std::uint8_t> reachable(const Edges& edges, Edges::State from);

// Facts about states, `stride` bytes of bits for each: whatever is true of a target of a state is
// true of the state as well; along a labelled edge, what `learn` makes of it, which adds to `own`
// and says whether there was anything new.  Adds what follows from what is there; `settled` states
// are full, and not asked.  False when `give_up`, asked now and then, said so.
using Learn = std::function<bool(Edges::Label, const std::uint8_t* known, std::uint8_t* own)>;
bool spread_back(const Edges& back, std::size_t stride, const std::vector<std::uint8_t>& settled,
                 std::vector<std::uint8_t>& facts, const Learn& learn,
                 const std::function<bool()>& give_up);

}  // namespace stalemate::engine

#endif  // STALEMATE_ENGINE_EDGES_H_
