// Which lists of cubes (executor.h) are looked up together.
//
// What a list of cubes makes of a state is remembered by the part of a name that it reads
// (successors.h).  Lists that read no more than others do may share a look-up: those of all
// locations of a process, and those of processes that read the same.  Tested by
// tests/unit/engine/bunches_test.cc.
#ifndef STALEMATE_ENGINE_BUNCHES_H_
#define STALEMATE_ENGINE_BUNCHES_H_

#include <array>
#include <cstdint>
#include <vector>

#include "engine/executor.h"
#include "engine/names.h"

namespace stalemate::engine {

// Lists of which each state takes one of each choice, or none.
struct Bunch {
  std::vector<Executor::Choice> choices;
  std::vector<Word> reads;  // per word: the bits of a state that decide which cubes fire
};

struct Bunches {
  // What a list reads has to fit into one bunch: so many bits where names are states, otherwise so
  // many roots.
  static constexpr int kMostBits = 12;
  static constexpr int kMostRoots = 2;

  std::vector<Bunch> all;
  // Per phase: those that concern every state, and the others: Executor::Choice, but of bunches.
  std::array<std::vector<std::uint32_t>, 2> always;
  std::array<std::vector<Executor::Choice>, 2> choices;

  Bunches(const Executor& executor, const Names& names);
  // Per list of the executor: its bunch.
  std::vector<std::uint32_t> of_list;
};

}  // namespace stalemate::engine

#endif  // STALEMATE_ENGINE_BUNCHES_H_
