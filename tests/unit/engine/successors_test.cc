// What is remembered of steps says what firing them says, while names are being learned.
#include "engine/successors.h"

#include <gtest/gtest.h>

#include <map>
#include <random>
#include <tuple>

#include "programs.h"

namespace stalemate::engine::test {
namespace {

using Packed = std::vector<Word>;
// Step, outcome, whether the next state has a name, and the halves of that.
using Row = std::tuple<int, int, bool, std::uint64_t, std::uint64_t>;

class Exploration {
 public:
  explicit Exploration(const ir::Program& p, const Successors::Limits& limits = {})
      : layout_(p), executor_(p, layout_), names_(layout_), successors_(executor_, names_, limits) {
    State initial;
    for (const ir::Variable& v : p.variables) {
      initial.insert(initial.end(), v.init.begin(), v.init.end());
    }
    Packed packed(words());
    layout_.pack(initial, packed.data());
    add(packed);
    learn();
  }

  // Some states, breadth first; `batch` of them at a time.
  void run(std::size_t most, std::size_t batch) {
    for (std::size_t at = 0; at < states_.size() && at < most;) {
      const std::size_t n = std::min(batch, states_.size() - at);
      Packed together;
      for (std::size_t i = at; i < at + n; ++i) {
        together.insert(together.end(), states_[i].begin(), states_[i].end());
      }
      compare(together, n);  // with next states that have no name yet
      for (const Packed& p : next_) add(p);
      next_.clear();
      learn();
      compare(together, n);
      next_.clear();
      at += n;
    }
    // What was learned later must not have changed what was remembered.
    for (std::size_t at = 0; at < states_.size() && at < most / 2; ++at) {
      compare(states_[at], 1);
    }
    next_.clear();
  }

  std::size_t compared() const { return compared_; }
  bool is_plain() const { return names_.is_plain(); }

 private:
  std::size_t words() const { return static_cast<std::size_t>(layout_.words); }

  void add(const Packed& p) {
    if (known_.emplace(p, states_.size()).second) states_.push_back(p);
  }

  void learn() {
    std::vector<const Word*> fresh;
    for (; learned_ < states_.size(); ++learned_) fresh.push_back(states_[learned_].data());
    std::vector<Name> before;
    for (std::size_t i = 0; i < states_.size() - fresh.size(); ++i) {
      Name name = 0;
      if (names_.name(states_[i].data(), name)) before.push_back(name);
    }
    const bool renamed = names_.learn(fresh, [&](const std::function<void(Name)>& visit) {
      for (const Name n : before) visit(n);
    });
    // Names get too long in no model that is small enough for a test: what is remembered is thrown
    // away now and then as if they had.
    successors_.update(renamed || ++updates_ % 5 == 0);
  }

  void compare(const Packed& states, std::size_t n) {
    for (const Phase phase : {Phase::kEnvironment, Phase::kProgram}) {
      std::vector<std::vector<Row>> expected(n), found(n);
      Packed after(words());
      for (std::size_t i = 0; i < n; ++i) {
        const Word* const state = &states[i * words()];
        executor_.fire(phase, state, after.data(), [&](const Firing& f) {
          const bool error = f.outcome < 0
                                 ? f.unusual->error
                                 : executor_.outcomes()[static_cast<std::size_t>(f.outcome)].error;
          if (!error) next_.emplace_back(f.after, f.after + words());
          if (f.outcome < 0) return;
          Name name = 0;
          const bool known = names_.name(f.after, name);
          expected[i].push_back(row(f.step, f.outcome, known, name));
        });
      }
      std::size_t last = 0;
      std::vector<Name> names(n);
      for (std::size_t i = 0; i < n; ++i) {
        ASSERT_TRUE(names_.name(&states[i * words()], names[i]));
      }
      successors_.find(
          phase, states.data(), names.data(), n, memory_, [&](const Successors::Successor& s) {
            EXPECT_GE(s.state, last);
            last = s.state;
            Name before = 0;
            ASSERT_TRUE(names_.name(&states[s.state * words()], before));
            EXPECT_TRUE(before == s.before);
            executor_.apply(s.cube, &states[s.state * words()], after.data());
            if (!s.known) {
              Name name = 0;
              EXPECT_FALSE(names_.name(after.data(), name));
            }
            found[s.state].push_back(row(s.step, s.outcome, s.known, s.known ? s.name : Name{0}));
          });
      for (std::size_t i = 0; i < n; ++i) {
        std::sort(expected[i].begin(), expected[i].end());
        std::sort(found[i].begin(), found[i].end());
        EXPECT_EQ(found[i], expected[i]);
        compared_ += found[i].size();
      }
    }
  }

  static Row row(int step, int outcome, bool known, Name name) {
    if (!known) name = 0;
    return {step, outcome, known, static_cast<std::uint64_t>(name >> 64),
            static_cast<std::uint64_t>(name)};
  }

  Layout layout_;
  Executor executor_;
  Names names_;
  Successors successors_;
  Successors::Memory memory_;
  std::map<Packed, std::size_t> known_;
  std::vector<Packed> states_, next_;
  std::size_t learned_ = 0;
  std::size_t compared_ = 0;
  int updates_ = 0;
};

TEST(Successors, OfModels) {
  int plain = 0, named = 0;
  const auto check = [&](const Named& m) {
    SCOPED_TRACE(m.name);
    Exploration e(m.program);
    e.run(1500, 7);
    (e.is_plain() ? plain : named) += e.compared() > 0 ? 1 : 0;
  };
  for (const Named& m : real_models()) check(m);
  for (const Named& m : ir_models()) check(m);
  EXPECT_GE(plain, 1);
  EXPECT_GE(named, 5);
}

TEST(Successors, OfRandomPrograms) {
  std::size_t compared = 0;
  for (unsigned seed = 0; seed < 150 && !HasFailure(); ++seed) {
    const Named m = random_program(seed);
    SCOPED_TRACE(m.name);
    Exploration e(m.program);
    e.run(400, Successors::kBatch);
    compared += e.compared();
  }
  EXPECT_GE(compared, 10000u);
}

// The same with next to nothing remembered, and in all places: tables give way to hashes, keys are
// given up within a batch, and all is forgotten.
TEST(Successors, WithSmallLimits) {
  std::mt19937_64 rng(1);
  std::size_t compared = 0;
  for (unsigned seed = 0; seed < 400 && !HasFailure(); seed += kEvery) {
    Successors::Limits limits;
    limits.numbered_bits = static_cast<int>(rng() % 8);
    limits.edits_bits = static_cast<int>(rng() % 6);
    if (rng() % 2 == 0) limits.numbered_bytes = rng() % 3000;
    if (rng() % 2 == 0) limits.fires = rng() % 200;
    limits.patience = 1 + static_cast<std::uint32_t>(rng() % 40);
    const Named m = random_program(seed);
    SCOPED_TRACE(m.name);
    Exploration e(m.program, limits);
    e.run(400, Successors::kBatch);
    compared += e.compared();
  }
  for (const Named& m : real_models()) {
    if (HasFailure()) break;
    SCOPED_TRACE(m.name);
    for (const std::uint32_t patience : {5U, 60U}) {
      Successors::Limits limits;
      limits.numbered_bits = limits.edits_bits = 3;
      limits.patience = patience;
      Exploration e(m.program, limits);
      e.run(1500, Successors::kBatch);
      compared += e.compared();
    }
  }
  EXPECT_GE(compared, 20000u / kEvery);
}

// Lists that miss too often take another key, and then give up remembering.
TEST(Successors, OfOneThatReadsMuch) {
  for (const Named& m : variants("bench/ipilock.flush", 1, 5)) {
    SCOPED_TRACE(m.name);
    Exploration e(m.program);
    e.run(9000, Successors::kBatch);
    EXPECT_GE(e.compared(), 10000u);
  }
}

}  // namespace
}  // namespace stalemate::engine::test
