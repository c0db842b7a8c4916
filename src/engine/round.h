// One round of the search: expands some states of a log and puts their successors into the visited
// set.
//
// Chunks of states are expanded by whatever thread is free; their successors are sorted by the part
// of the set they belong to, and then each part takes its own, chunk by chunk.  So what comes out,
// and in which order, does not depend on the threads. Tested by tests/unit/judge/judge_test.cc.
#ifndef STALEMATE_ENGINE_ROUND_H_
#define STALEMATE_ENGINE_ROUND_H_

#include <array>
#include <cstdint>
#include <vector>

#include "engine/keys.h"
#include "engine/space.h"

namespace stalemate::engine {

// What a round saw, besides states.
struct Seen {
  explicit Seen(const Space& space);

  void add(const Seen& other);

  std::vector<std::uint8_t> fired;       // per step
  std::vector<std::uint8_t> outcomes;    // per outcome of the executor
  std::vector<std::uint8_t> violations;  // per property: by a step that was evaluated
  std::vector<std::uint8_t> goals;       // per goal: the same
};

class Rounds {
 public:
  // `conditions`: what to judge in states that are expanded by steps of the environment.
  Rounds(Space& space, std::vector<Executor::Test> conditions);

  struct Result {
    std::uint64_t transitions = 0;
    bool error = false;  // a step or a condition was a model error
  };

  // Expands `count` states of `from`, at most kMost, and appends those successors that are not in
  // the set to `to`.  With `settle`, those too that are there without their flag, and gives all of
  // them the flag.  Throws std::bad_alloc and LogError; then the set may know states that are in no
  // log.
  static constexpr std::uint64_t kMost = 128 * kChunk;
  Result expand(Phase phase, const StateLog& from, std::uint64_t first, std::uint64_t count,
                bool settle, StateLog& to);

  // Puts `count` states of a log into the set, with the flag or without, and appends them to `to`:
  // after a restart.
  void remember(const Log& from, std::uint64_t first, std::uint64_t count, bool settled,
                StateLog& to);

  // Appends those of `count` states of `from` to `to` that have no flag yet, and gives it to them.
  void settle(const StateLog& from, std::uint64_t first, std::uint64_t count, StateLog& to);

  // What was seen since it was cleared last.
  const Seen& seen() const { return seen_; }
  void clear_seen();
  // Per condition: it did not hold, or it held, since clear_seen().
  const std::vector<std::uint8_t>& violated() const { return violated_; }
  const std::vector<std::uint8_t>& held() const { return held_; }

  // Were there states for which another one of their orbit might stand as well?
  bool unsure() const;

  std::uint64_t bytes() const;
  // Frees what only rounds need; there may be more of them.
  void release();
  double expanding_seconds() const { return expanding_; }
  double inserting_seconds() const { return inserting_; }

 private:
  struct Chunk {
    Keys mixed;  // of successors, by part
    Keys names;  // lossy: theirs
    std::array<std::uint32_t, Table::kParts + 1> begin{};
    std::vector<Word> unknown;  // successors that have no name yet
    std::uint64_t transitions = 0;
    bool error = false;
  };
  struct Thread {
    explicit Thread(const Space& space);
    std::vector<Name> read;  // names of the chunk, and its states
    std::vector<Word> states, after;
    Keys mixed, names;
    std::vector<std::uint32_t> accepted;
    Names::Numbers numbers;
    Reduced::Memory memory;
    Orbits::Scratch orbits;
    Seen seen;
    std::vector<std::uint8_t> violated, held;
  };

  void expand_chunk(Phase phase, const StateLog& from, std::uint64_t first, std::uint64_t count,
                    Chunk& chunk, Thread& t) const;
  // Names the successors that have no name yet.  False: all states are named anew, so the chunks
  // are void; then a successor that had a name may have none, as it is in no set yet.
  bool name_unknown(std::size_t chunks);
  void name_unknown(Chunk& chunk, Thread& t) const;
  void judge(std::uint64_t count, Chunk& chunk, Thread& t) const;
  void evaluate(Phase phase, const Word* states, std::size_t count, Chunk& chunk, Thread& t) const;
  // A thread gathers the names of what it found, and sorts them into its chunk.
  void start(Thread& t) const;
  void sort(Thread& t, Chunk& chunk) const;
  void sort_by_part(const Thread& t, Chunk& chunk) const;
  // Takes the state that stands for `t.after`, a successor of `before`.
  void take_representative(const Word* before, Chunk& chunk, Thread& t) const;
  // Offers the names of all chunks to their parts and appends those that are new, or, with `claim`,
  // that had no flag, to `to`.
  void take(std::size_t chunks, bool claim, StateLog& to);
  // True: all names have changed.
  bool learn_states(const std::vector<const Word*>& states);

  Space& space_;
  const std::vector<Executor::Test> conditions_;
  std::vector<Chunk> chunks_;
  std::vector<Thread> threads_;
  // Per part: the names of what it accepted, and up to where what is of which chunk.
  struct Taken {
    std::vector<Name> names;
    std::vector<std::size_t> end;
  };
  std::vector<Taken> taken_;
  Seen seen_;
  std::vector<std::uint8_t> violated_, held_;
  double expanding_ = 0, inserting_ = 0;
};

}  // namespace stalemate::engine

#endif  // STALEMATE_ENGINE_ROUND_H_
