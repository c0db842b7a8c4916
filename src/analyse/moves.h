// The edges of a state graph, with what each of them counts.
#ifndef STALEMATE_ANALYSE_MOVES_H_
#define STALEMATE_ANALYSE_MOVES_H_

#include <cstdint>
#include <string>
#include <vector>

#include "interp/budget.h"
#include "interp/graph.h"

namespace stalemate::analyse {

using interp::StateId;

struct Move {
  StateId to = 0;
  std::uint32_t counts = 0;  // in Moves::counts
};

// All moves of the complete graph of a program, by the state they leave from.
struct Moves {
  std::vector<std::uint64_t> first;  // of state s: list[first[s]] .. list[first[s + 1] - 1]
  std::vector<Move> list;
  std::vector<std::vector<std::uint32_t>> counts;  // different ones: per counter, how often
  std::vector<bool> ends;                          // per state: a complete execution may end here

  std::uint64_t bytes() const {
    return first.capacity() * sizeof(std::uint64_t) + list.capacity() * sizeof(Move) +
           ends.capacity() / 8;
  }
};

// Fires everything that is enabled in the states of `graph`, which must be all there are.  Gives
// up when `budget` says so; then `stopped` says why.
Moves find_moves(const interp::Graph& graph, interp::Budget& budget, std::string& stopped);

}  // namespace stalemate::analyse

#endif  // STALEMATE_ANALYSE_MOVES_H_
