// Which processes wait for ever, and in which states: on the whole state space, without its edges.
//
// A process is fine where its location is final or one to rest at, where it is a handler that is
// not active, and where it can take a step that turns its endless loop (a goal of the kind kTurn).
// It is stuck where no state can be reached in which it is fine, by steps that are not speculative
// and rely on no copy.  It hangs where it never takes a step again.
//
// What leads back to the initial state can reach all that can be reached from there: that is one
// more thing to know of a state, and in protocols that run for ever it is often all there is to
// find out.
//
// A bit for each of these and each place of the visited set says what is known.  Where there is
// memory for the steps between states (edges.h), what is known is passed back along them; else
// passes over the log, from its end to its beginning, fire the steps of all states again of which
// not everything is known, until nothing changes. Tested by tests/unit/judge/judge_test.cc.
#ifndef STALEMATE_ENGINE_STUCK_H_
#define STALEMATE_ENGINE_STUCK_H_

#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

#include "engine/edges.h"
#include "engine/places.h"
#include "engine/space.h"

namespace stalemate::engine {

class Stuck {
 public:
  // `when`: per process, outside of which it is fine, too; none: it has to be fine by itself.
  Stuck(Space& space, const std::vector<ir::ExprRef>& when);

  // What solve() will need, besides what there is; with edges, of at most so many transitions.
  std::uint64_t bytes_needed() const;
  std::uint64_t bytes_needed_with_edges(std::uint64_t transitions) const;
  // What there is after it.
  std::uint64_t bytes() const;
  // False when `give_up`, asked now and then, said so.  With `hangs`, also who hangs.
  bool solve(bool hangs, bool edges, const std::function<bool()>& give_up);

  // After solve(): places in the log of the states in which some process is stuck, ascending.
  const std::vector<std::uint64_t>& states() const { return stuck_; }
  // Processes in a state, ascending; those that hang, for one of these states only.
  std::vector<int> stuck(const Word* state) const { return missing(fine_, state); }
  std::vector<int> hanging(const Word* state) const { return missing(steps_, state); }

 private:
  // `stride_` bytes for each place of the visited set, a bit for each process and one for states
  // that lead back to the initial one.
  using Bits = std::vector<std::uint8_t>;
  struct Where {
    std::uint32_t word;
    std::uint8_t shift;
    Word mask;
    int lo;
    std::vector<std::uint8_t> fine;  // per location
  };
  struct Thread {
    std::vector<std::uint64_t> todo;  // states of the chunk, by their place in the log
    std::vector<Name> names;
    std::vector<Word> states, after;
    std::vector<std::uint8_t> bits;  // per state: what it knows by itself
    // Of each state in turn, and which state it is.
    std::vector<Name> successors;  // mixed
    std::vector<std::uint32_t> of;
    std::vector<Edges::Label>
        labels;  // of the renamings that led to them, if states stand for others
    std::vector<std::uint64_t> successor_place;
    Orbits::Scratch orbits;
    Names::Numbers numbers;
    Reduced::Memory memory;
  };
  enum class What : std::uint8_t { kFine, kSteps };

  std::vector<int> missing(const Bits& bits, const Word* state) const;
  bool has_all(const Bits& bits, std::uint64_t place) const;
  bool full(const Bits& bits, std::uint64_t place) const;
  // Passes over states of the log until nothing changes: over all of them, or those of stuck_.
  // False when told to give up.
  bool close(What what, Bits& bits, bool all, const std::function<bool()>& give_up);
  void read_states(bool in_a_row, std::uint64_t first, std::uint64_t count, Thread& t) const;
  bool close_with_edges(const std::function<bool()>& give_up);
  std::optional<Edges> find_edges(Bits& facts, const std::function<bool()>& give_up);
  void gather(What what, Thread& t) const;
  bool work(What what, Bits& bits, Thread& t) const;
  void find_successors(What what, std::size_t first, std::size_t count, Thread& t) const;
  // What a state learns from one that a step leads to, or, with the label of a renaming, from the
  // one that stands for that.  True when there was anything new.
  bool learn(Edges::Label label, const std::uint8_t* known, std::uint8_t* own) const;
  void own_bits(What what, const Word* state, std::uint8_t* bits) const;

  Space& space_;
  std::size_t processes_, stride_;
  Places places_;
  std::vector<Where> where_;          // per process
  std::vector<Executor::Test> when_;  // per process, or none
  std::vector<std::uint8_t> counts_;  // per step: it is relied on
  std::vector<std::uint8_t> turns_;   // per outcome of the executor: an endless loop turns
  Bits fine_, steps_;
  bool initial_has_all_ = false;  // in fine_
  std::vector<std::uint64_t> stuck_;
  std::vector<Thread> threads_;
};

}  // namespace stalemate::engine

#endif  // STALEMATE_ENGINE_STUCK_H_
