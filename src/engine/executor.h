// Fires steps on packed states.
//
// Cubes are laid out for the inner loop in lists: those of a process by the location it is at, so
// that only those few are tried, and those of the environment by what they read.  Where many are in
// a list, single bits decide which of them to try. Tested by tests/unit/engine/general_test.cc.
#ifndef STALEMATE_ENGINE_EXECUTOR_H_
#define STALEMATE_ENGINE_EXECUTOR_H_

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <span>
#include <utility>
#include <vector>

#include "engine/cube.h"
#include "engine/general.h"
#include "engine/layout.h"
#include "ir/ir.h"

namespace stalemate::engine {

// Which steps: a search takes those of the machine first, then those of programs.
enum class Phase : std::uint8_t { kEnvironment, kProgram };

inline Phase phase_of(ir::StepKind kind) {
  return ir::is_program(kind) ? Phase::kProgram : Phase::kEnvironment;
}

// One firing, as Executor::fire() reports it.
struct Firing {
  const Word* after = nullptr;  // the next state
  std::uint64_t changed = 0;    // bit i: word i may differ; bit 63: word 63 and all after it
  int step = -1;
  int choice = 0;
  int outcome = 0;                   // in Executor::outcomes(); -1: see `unusual`
  const Outcome* unusual = nullptr;  // of a step that was evaluated
};

class Executor {
 public:
  Executor(const ir::Program& p, const Layout& layout);

  // Whether any step of a phase can ever fire.
  bool any(Phase phase) const;
  bool any_general(Phase phase) const {
    return !groups_[static_cast<std::size_t>(phase)].general.empty();
  }
  const std::vector<Outcome>& outcomes() const { return steps_.outcomes; }

  // Calls visit(Firing) for all steps of the phase that fire in `state`, in no particular order,
  // but always in the same.  `scratch` has room for a state.  A model error is a firing whose
  // outcome says so; its state has not changed.
  template <typename Visit>
  void fire(Phase phase, const Word* state, Word* scratch, Visit&& visit) const {
    for (const Dispatch& dispatch : dispatches(phase)) {
      const std::uint32_t list = dispatch.list(state);
      if (list == Dispatch::kNone) continue;
      for_each_cube(list, state, [&](std::uint32_t cube) {
        apply(cube, state, scratch);
        const Flat& c = flat_[cube];
        visit(Firing{scratch, kAnyWord, c.step, c.choice, c.outcome, nullptr});
      });
    }
    fire_general(phase, state, scratch, visit);
  }

  // Lists of cubes by where a process is: those of lists[state[word] >> shift & mask] may fire.  A
  // list that concerns every state is the only one of a dispatch without a mask.
  struct Dispatch {
    static constexpr std::uint32_t kNone = ~std::uint32_t{0};
    std::uint32_t word = 0;
    std::uint8_t shift = 0;
    Word mask = 0;
    std::vector<std::uint32_t> lists;

    std::uint32_t list(const Word* state) const { return lists[state[word] >> shift & mask]; }
  };
  const std::vector<Dispatch>& dispatches(Phase phase) const {
    return groups_[static_cast<std::size_t>(phase)].dispatches;
  }
  std::uint32_t lists() const { return static_cast<std::uint32_t>(lists_.size()); }
  // Per word: the bits of a state that decide which cubes of a list fire.
  const std::vector<Word>& reads(std::uint32_t list) const { return lists_[list].reads; }
  // Those that fire: visit(cube).
  template <typename Visit>
  void for_each_cube(std::uint32_t list, const Word* state, Visit&& visit) const {
    Tree tree = lists_[list].tree;
    while (tree >= 0) {
      const Node& n = nodes_[static_cast<std::size_t>(tree)];
      tree = n.next[state[n.word] >> n.shift & 1];
    }
    const Leaf leaf = leaves_[static_cast<std::size_t>(~tree)];
    for (std::uint32_t i = leaf.begin; i < leaf.end; ++i) {
      const Flat& c = flat_[i];
      if ((state[c.word] & c.mask) != c.value) continue;
      bool holds = true;
      for (std::uint32_t l = 0; l < c.more_literals && holds; ++l) {
        const Literal& literal = literals_[c.literals + l];
        holds = (state[literal.word] & literal.mask) == literal.value;
      }
      if (holds) visit(i);
    }
  }
  // Numbers of its cubes, from the first one to before the second.  What Steps has as one cube may
  // be several here, of which one is tried.
  std::pair<std::uint32_t, std::uint32_t> cubes(std::uint32_t list) const {
    return {lists_[list].begin, lists_[list].end};
  }
  std::size_t words() const { return words_; }
  const Steps& steps() const { return steps_; }
  // The one of Steps::cubes that it is.
  std::uint32_t cube(std::uint32_t number) const { return origin_[number]; }
  bool fires(std::uint32_t cube, const Word* state) const {
    return hold(steps_.cubes[origin_[cube]].when, state);
  }
  int step(std::uint32_t cube) const { return flat_[cube].step; }
  int outcome(std::uint32_t cube) const { return flat_[cube].outcome; }
  std::span<const Write> writes(std::uint32_t cube) const {
    return {writes_.data() + flat_[cube].writes, flat_[cube].write_count};
  }
  void apply(std::uint32_t cube, const Word* state, Word* after) const {
    std::memcpy(after, state, words_ * sizeof(Word));
    for (const Write& w : writes(cube)) after[w.word] = (after[w.word] & ~w.clear) | w.set;
  }
  // The steps that have no cubes.
  template <typename Visit>
  void fire_general(Phase phase, const Word* state, Word* scratch, Visit&& visit) const {
    for (const std::uint32_t g : generals(phase)) fire_general(g, state, scratch, visit);
  }
  // Those of a phase, in Steps::general.
  const std::vector<std::uint32_t>& generals(Phase phase) const {
    return groups_[static_cast<std::size_t>(phase)].general;
  }
  // Whether one of them fires, if only as a model error.
  bool fires_general(std::size_t general, const Word* state) const {
    const GeneralStep& g = steps_.general[general];
    return hold(g.when, state) && general_.fires(g.step, g.choice, state);
  }
  // One of them: visit(Firing), if it does.
  template <typename Visit>
  void fire_general(std::size_t general, const Word* state, Word* scratch, Visit&& visit) const {
    const GeneralStep& g = steps_.general[general];
    if (!hold(g.when, state)) return;
    Outcome outcome;
    if (general_.fire(g.step, g.choice, state, scratch, outcome) == General::Fired::kDisabled)
      return;
    std::uint64_t changed = 0;
    for (std::size_t w = 0; w < words_; ++w) {
      if (scratch[w] != state[w]) changed |= bit_of_word(w);
    }
    visit(Firing{scratch, changed, g.step, g.choice, -1, &outcome});
  }

  // The step and choice with the least numbers, of those of both phases that fire in `state`, for
  // which accept(Firing) is true.  Slow: for showing runs.
  template <typename Accept>
  bool first(const Word* state, Word* scratch, Accept&& accept, int& step, int& choice) const {
    bool found = false;
    const auto offer = [&](const Firing& f) {
      if (found && (f.step > step || (f.step == step && f.choice >= choice))) return;
      if (!accept(f)) return;
      found = true;
      step = f.step;
      choice = f.choice;
    };
    fire(Phase::kEnvironment, state, scratch, offer);
    fire(Phase::kProgram, state, scratch, offer);
    return found;
  }

  // Is an expression without choices false in this state?  An error counts as false.
  struct Test {
    Condition condition;
    ir::ExprRef expression;
  };
  Test test(const ir::ExprRef& e) const;
  enum class Verdict : std::uint8_t { kHolds, kViolated, kError };
  Verdict judge(const Test& t, const Word* state) const;
  // A condition that is rarely asked for.
  General::Truth evaluate(const ir::ExprRef& e, const Word* state) const {
    return general_.holds(e, state);
  }

 private:
  // The first literal is the one that rejects most; the others and the writes are in literals_ and
  // writes_.
  struct Flat {
    Word mask, value;
    std::uint32_t word;
    std::uint32_t literals, writes;  // first ones
    std::uint16_t more_literals, write_count;
    std::int32_t step, choice, outcome;
  };
  // A bit to look at, and where to go on: a node, or ~i for leaves_[i].
  struct Node {
    std::uint32_t word, shift;
    std::int32_t next[2];
  };
  struct Leaf {
    std::uint32_t begin = 0, end = 0;  // in flat_
  };
  using Tree = std::int32_t;
  static constexpr Tree kNothing = ~0;  // leaves_[0] is empty
  struct List {
    Tree tree = kNothing;
    std::uint32_t begin = 0, end = 0;  // in flat_
    std::vector<Word> reads;
  };
  struct Group {
    std::vector<Dispatch> dispatches;
    std::vector<std::uint32_t> general;  // in Steps::general
  };

  bool is_at_its_location(const ir::Program& p, const ir::Step& step, const Cube& c) const;
  void add_phase(const ir::Program& p, Phase phase);
  std::uint32_t add_list(const std::vector<const Cube*>& cubes);
  Tree add_tree(const std::vector<const Cube*>& cubes);
  Tree add_leaf(const std::vector<const Cube*>& cubes);

  static bool hold(const std::vector<Literal>& when, const Word* state) {
    return std::all_of(when.begin(), when.end(),
                       [&](const Literal& l) { return (state[l.word] & l.mask) == l.value; });
  }

  static constexpr std::uint64_t kAnyWord = ~std::uint64_t{0};
  static std::uint64_t bit_of_word(std::size_t word) {
    return std::uint64_t{1} << (word < 63 ? word : 63);
  }

  const ir::Program& p_;
  const Layout& layout_;
  std::size_t words_;
  Steps steps_;
  General general_;
  std::vector<Node> nodes_;
  std::vector<Leaf> leaves_{{}};
  std::vector<Flat> flat_;
  std::vector<std::uint32_t> origin_;  // per cube of flat_: in steps_
  std::vector<Literal> literals_;
  std::vector<Write> writes_;
  std::vector<List> lists_;
  Group groups_[2];
};

}  // namespace stalemate::engine

#endif  // STALEMATE_ENGINE_EXECUTOR_H_
