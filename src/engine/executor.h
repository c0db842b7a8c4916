// Fires steps on packed states.
//
// Cubes are laid out for the inner loop: those of a process by the location it is at, so that only
// those few are tried, and those of the environment together.  Where many are left, single bits
// decide which of them to try. Tested by tests/unit/engine/executor_test.cc.
#ifndef STALEMATE_ENGINE_EXECUTOR_H_
#define STALEMATE_ENGINE_EXECUTOR_H_

#include <cstdint>
#include <cstring>
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
  const std::vector<Outcome>& outcomes() const { return steps_.outcomes; }

  // Calls visit(Firing) for all steps of the phase that fire in `state`, in no particular order,
  // but always in the same.  `scratch` has room for a state.  A model error is a firing whose
  // outcome says so; its state has not changed.
  template <typename Visit>
  void fire(Phase phase, const Word* state, Word* scratch, Visit&& visit) const {
    const Group& group = groups_[static_cast<std::size_t>(phase)];
    fire_tree(group.always, state, scratch, visit);
    for (const Dispatch& d : group.dispatches) {
      const Word at = state[d.word] >> d.shift & d.mask;
      fire_tree(group.lists[d.first + at], state, scratch, visit);
    }
    for (const GeneralStep* g : group.general) fire_general(*g, state, scratch, visit);
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
    std::uint64_t changed;
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
  struct Dispatch {
    std::uint32_t word;
    std::uint8_t shift;
    Word mask;
    std::size_t first;  // in Group::lists
  };
  struct Group {
    Tree always = kNothing;
    std::vector<Dispatch> dispatches;
    std::vector<Tree> lists;
    std::vector<const GeneralStep*> general;
  };

  void add_phase(const ir::Program& p, Phase phase);
  Tree add_tree(const std::vector<const Cube*>& cubes);
  Tree add_leaf(const std::vector<const Cube*>& cubes);

  template <typename Visit>
  void fire_tree(Tree tree, const Word* state, Word* scratch, Visit&& visit) const {
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
      if (!holds) continue;
      std::memcpy(scratch, state, words_ * sizeof(Word));
      for (std::uint32_t w = 0; w < c.write_count; ++w) {
        const Write& write = writes_[c.writes + w];
        scratch[write.word] = (scratch[write.word] & ~write.clear) | write.set;
      }
      visit(Firing{scratch, c.changed, c.step, c.choice, c.outcome, nullptr});
    }
  }

  template <typename Visit>
  void fire_general(const GeneralStep& g, const Word* state, Word* scratch, Visit&& visit) const {
    for (const Literal& literal : g.when) {
      if ((state[literal.word] & literal.mask) != literal.value) return;
    }
    Outcome outcome;
    if (general_.fire(g.step, g.choice, state, scratch, outcome) == General::Fired::kDisabled)
      return;
    std::uint64_t changed = 0;
    for (std::size_t w = 0; w < words_; ++w) {
      if (scratch[w] != state[w]) changed |= bit_of_word(w);
    }
    visit(Firing{scratch, changed, g.step, g.choice, -1, &outcome});
  }

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
  std::vector<Literal> literals_;
  std::vector<Write> writes_;
  Group groups_[2];
};

}  // namespace stalemate::engine

#endif  // STALEMATE_ENGINE_EXECUTOR_H_
