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

// Lists: each dispatch has one for a state, or none.
struct Bunch {
  std::vector<Executor::Dispatch> dispatches;
  std::vector<Word> reads;  // per word: the bits of a state that decide which cubes fire
};

class Bunches {
 public:
  // What a bunch of several lists reads is at most so many bits where names are states, otherwise
  // so many roots.
  static constexpr int kMostBits = 12;
  static constexpr int kMostRoots = 2;

  Bunches(const Executor& executor, const Names& names);

  std::vector<Bunch> all;
  // Per phase: those that concern every state, and the others, by where a process is.
  std::array<std::vector<std::uint32_t>, 2> always;
  std::array<std::vector<Executor::Dispatch>, 2> dispatches;
  std::vector<std::uint32_t> of_list;  // per list of the executor: its bunch

 private:
  class Reads;
  struct Narrow;

  std::uint32_t add(const Executor::Dispatch& dispatch);
  // A dispatch without the lists that read too much for it, which get bunches of their own.
  Narrow narrowed(const Executor::Dispatch& dispatch, Phase phase, const Reads& reads);
  void join(std::vector<Narrow> narrow, Phase phase, const Reads& reads);
  void find_reads(const Executor& executor);
};

}  // namespace stalemate::engine

#endif  // STALEMATE_ENGINE_BUNCHES_H_
