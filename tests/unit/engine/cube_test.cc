// The cubes of a step say what the reference interpreter says about it, state by state.
#include "engine/cube.h"

#include <gtest/gtest.h>

#include <map>

#include "engine/general.h"
#include "programs.h"

namespace stalemate::engine::test {
namespace {

bool matches(const std::vector<Literal>& when, const std::vector<Word>& s) {
  return std::all_of(when.begin(), when.end(),
                     [&](const Literal& l) { return (s[l.word] & l.mask) == l.value; });
}

// What cubes and general steps say, in the form of the reference.
class Compiled {
 public:
  explicit Compiled(const ir::Program& p, const CubeLimits& limits = {})
      : p_(p), layout(p), steps(compile_steps(p, layout, limits)), general_(p, layout) {
    for (const Cube& cube : steps.cubes) cubes_[{cube.step, cube.choice}].push_back(&cube);
    for (const GeneralStep& g : steps.general) {
      EXPECT_FALSE(general_steps_.contains({g.step, g.choice}));
      EXPECT_FALSE(cubes_.contains({g.step, g.choice}));
      general_steps_[{g.step, g.choice}] = &g;
    }
  }

  Move move(int step, int choice, const State& before) const {
    std::vector<Word> packed(static_cast<std::size_t>(layout.words));
    layout.pack(before, packed.data());
    Move move;
    move.after = before;
    if (const auto g = general_steps_.find({step, choice}); g != general_steps_.end()) {
      if (!matches(g->second->when, packed)) return move;
      std::vector<Word> after(packed.size());
      Outcome outcome;
      const General::Fired fired =
          general_.fire(step, choice, packed.data(), after.data(), outcome);
      if (fired != General::Fired::kDisabled) set(move, outcome, after);
      return move;
    }
    const auto own = cubes_.find({step, choice});
    if (own == cubes_.end()) return move;
    for (const Cube* cube : own->second) {
      if (!matches(cube->when, packed)) continue;
      EXPECT_EQ(move.kind, Move::Kind::kDisabled) << "two cubes fire";
      std::vector<Word> after = packed;
      for (const Write& w : cube->then) after[w.word] = (after[w.word] & ~w.clear) | w.set;
      set(move, steps.outcomes[static_cast<std::size_t>(cube->outcome)], after);
    }
    return move;
  }

 private:
  void set(Move& move, const Outcome& outcome, const std::vector<Word>& after) const {
    move.kind = outcome.error ? Move::Kind::kError : Move::Kind::kFired;
    move.violations = outcome.violations;
    move.goals = outcome.goals;
    layout.unpack(after.data(), move.after);
  }

  const ir::Program& p_;

 public:
  Layout layout;
  Steps steps;

 private:
  General general_;
  std::map<std::pair<int, int>, std::vector<const Cube*>> cubes_;
  std::map<std::pair<int, int>, const GeneralStep*> general_steps_;
};

// Compares all steps in one state; gives the moves.
std::vector<Move> compare(const ir::Program& p, const Compiled& compiled, const State& s) {
  std::vector<Move> all;
  for_each_move(p, [&](int step, int choice, const interp::Choices& choices) {
    const ir::Step& source = p.steps[static_cast<std::size_t>(step)];
    Move expected = reference(p, source, s, choices);
    const Move got = compiled.move(step, choice, s);
    ASSERT_EQ(got, expected) << source.name << " #" << step << " choice " << choice;
    if (expected.kind != Move::Kind::kDisabled) all.push_back(std::move(expected));
  });
  return all;
}

void compare_violations(const ir::Program& p, const Layout& layout, const State& s,
                        const std::vector<std::pair<ir::ExprRef, Condition>>& conditions) {
  std::vector<Word> packed(static_cast<std::size_t>(layout.words));
  layout.pack(s, packed.data());
  for (const auto& [e, condition] : conditions) {
    ASSERT_FALSE(condition.general);
    const auto matching =
        std::count_if(condition.when.begin(), condition.when.end(),
                      [&](const std::vector<Literal>& when) { return matches(when, packed); });
    ASSERT_EQ(matching, reference(p, e, s) == 1 ? 0 : 1);
  }
}

// Cubes as the header promises them.
void check_form(const ir::Program& p, const Compiled& compiled) {
  const Steps& steps = compiled.steps;
  ASSERT_FALSE(steps.outcomes.empty());
  EXPECT_EQ(steps.outcomes[0], Outcome());
  std::pair<int, int> last{0, 0};
  for (const Cube& cube : steps.cubes) {
    EXPECT_LE(last, std::pair(cube.step, cube.choice));
    last = {cube.step, cube.choice};
    for (std::size_t i = 0; i < cube.when.size(); ++i) {
      EXPECT_NE(cube.when[i].mask, 0u);
      EXPECT_EQ(cube.when[i].value & ~cube.when[i].mask, 0u);
      EXPECT_TRUE(i == 0 || cube.when[i - 1].word < cube.when[i].word);
    }
    for (std::size_t i = 0; i < cube.then.size(); ++i) {
      EXPECT_NE(cube.then[i].clear, 0u);
      EXPECT_EQ(cube.then[i].set & ~cube.then[i].clear, 0u);
      EXPECT_TRUE(i == 0 || cube.then[i - 1].word < cube.then[i].word);
    }
    const bool error = steps.outcomes.at(static_cast<std::size_t>(cube.outcome)).error;
    EXPECT_TRUE(!error || cube.then.empty());
  }
  EXPECT_LT(last.first, std::max(1, static_cast<int>(p.steps.size())));
}

struct Seen {
  std::size_t states = 0, fired = 0, errors = 0, violations = 0, goals = 0;
};

void compare_all(const Named& named, const CubeLimits& limits, std::size_t most, int randoms,
                 Seen& seen) {
  SCOPED_TRACE(named.name);
  const ir::Program& p = named.program;
  const Compiled compiled(p, limits);
  check_form(p, compiled);
  std::vector<std::pair<ir::ExprRef, Condition>> conditions;
  for (const ir::Property& property : p.properties) {
    if (!property.condition) continue;
    conditions.emplace_back(property.condition,
                            compile_violation(p, compiled.layout, property.condition));
  }
  const auto check = [&](const State& s) {
    compare_violations(p, compiled.layout, s, conditions);
    std::vector<Move> all = compare(p, compiled, s);
    ++seen.states;
    for (const Move& move : all) {
      ++(move.kind == Move::Kind::kError ? seen.errors : seen.fired);
      seen.violations += move.violations.size();
      seen.goals += move.goals.size();
    }
    return all;
  };
  for_each_reachable(p, most, check);
  std::mt19937 random(1);
  for (int i = 0; i < randoms; ++i) check(random_state(p, compiled.layout, random));
}

TEST(Cube, IrModels) {
  Seen seen;
  for (const Named& named : ir_models()) compare_all(named, {}, 1000, 200, seen);
  EXPECT_GT(seen.fired, 1000u);
}

TEST(Cube, RandomPrograms) {
  Seen seen;
  for (unsigned seed = 0; seed < 1500; ++seed) {
    compare_all(random_program(seed), {}, 20000, 20, seen);
    if (HasFailure()) return;
  }
  EXPECT_GT(seen.fired, 10000u);
  EXPECT_GT(seen.errors, 1000u);
  EXPECT_GT(seen.violations, 1000u);
  EXPECT_GT(seen.goals, 1000u);
}

TEST(Cube, RealModels) {
  Seen seen;
  for (const Named& named : real_models()) {
    compare_all(named, {}, 100, 50, seen);
    if (HasFailure()) return;
  }
  EXPECT_GT(seen.fired, 10000u);
  EXPECT_GT(seen.errors, 300u);
}

TEST(Cube, RealModelsInDepth) {
  Seen seen;
  compare_all(variants("bench/icache_cache.flush", 2).at(0), {}, 20000, 500, seen);
  compare_all(variants("bench/shootdown.flush", 2, 3).at(0), {}, 20000, 500, seen);
  EXPECT_GT(seen.states, 10000u);
}

// Whatever the limits are, cubes and general steps together are the program.
TEST(Cube, LimitsChangeNothing) {
  for (const int limit : {0, 1, 2, 3, 5, 9}) {
    Seen seen;
    for (unsigned seed = 0; seed < 100; ++seed) {
      compare_all(random_program(seed), {limit, 20000}, 300, 20, seen);
      compare_all(random_program(seed), {256, limit}, 300, 20, seen);
      if (HasFailure()) return;
    }
  }
}

TEST(Cube, WithoutAnyRoomEverythingIsGeneral) {
  for (const Named& named : ir_models()) {
    const Layout layout(named.program);
    const Steps steps = compile_steps(named.program, layout, {0, 0});
    EXPECT_TRUE(steps.cubes.empty());
    std::set<int> general;
    for (const GeneralStep& g : steps.general) general.insert(g.step);
    const Steps all = compile_steps(named.program, layout);
    EXPECT_TRUE(all.general.empty());
    for (const Cube& cube : all.cubes) EXPECT_TRUE(general.contains(cube.step));
  }
}

}  // namespace
}  // namespace stalemate::engine::test
