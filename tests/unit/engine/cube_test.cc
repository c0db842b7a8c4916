// The cubes of a step say what the reference interpreter says about it, state by state.
#include "engine/cube.h"

#include <gtest/gtest.h>

#include <map>

#include "engine/box.h"
#include "engine/general.h"
#include "programs.h"

namespace stalemate::engine::test {
namespace {

using interp::test::eq;
using interp::test::get;
using interp::test::is;
using interp::test::lit;
using interp::test::range;
using interp::test::set;
using interp::test::yes;

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

// Bits and numbers that may have any value, one step that sets them, and one to look at.
class Handmade {
 public:
  Handmade(int bits, int numbers) {
    ir::Block block;
    for (int i = 0; i < bits + numbers; ++i) {
      const ir::Domain domain = i < bits ? interp::test::boolean() : range(0, 6);
      b_.variable("v" + std::to_string(i), domain);
      block.push_back(set(i, i < bits ? ir::choice(0) : ir::choice(1)));
    }
    b_.step("any", ir::StepKind::kEventual, yes(), block);
    b_.program.steps.back().choices.push_back({"bit", interp::test::boolean()});
    b_.program.steps.back().choices.push_back({"number", range(0, 6)});
  }

  const ir::Program& look(ir::ExprRef guard, ir::Block body) {
    b_.step("look", ir::StepKind::kEventual, std::move(guard), std::move(body));
    b_.program.finish();
    return b_.program;
  }

 private:
  interp::test::Builder b_;
};

struct Count {
  std::size_t cubes = 0, general = 0;
};
// Of step 1, when it says what the reference says.
Count count(const ir::Program& p) {
  Seen seen;
  compare_all({"handmade", p}, {}, 500, 500, seen);
  Count out;
  const Steps steps = compile_steps(p, Layout(p));
  for (const Cube& cube : steps.cubes) out.cubes += cube.step == 1 ? 1 : 0;
  for (const GeneralStep& g : steps.general) out.general += g.step == 1 ? 1 : 0;
  return out;
}

TEST(Cube, TooManyCombinationsAreGeneral) {
  // The parity of 10 bits has 512 cubes.
  ir::ExprRef odd = get(0);
  for (int i = 1; i < 10; ++i) odd = ir::binary(ir::Op::kNe, std::move(odd), get(i));
  const ir::ExprRef guard = ir::all_of({is(10, 3), ir::negate(is(11, 2)), odd, get(0)});
  Handmade handmade(10, 2);
  const ir::Program& p = handmade.look(guard, {set(10, 1)});
  const Count got = count(p);
  EXPECT_EQ(got.cubes, 0u);
  ASSERT_EQ(got.general, 1u);
  // What comes before it and after it in the guard is tested at once.
  const Layout layout(p);
  const Steps steps = compile_steps(p, layout);
  ASSERT_EQ(steps.general.size(), 1u);
  Word mask = 0, value = 0;
  for (const Literal& l : steps.general[0].when) {
    ASSERT_EQ(l.word, 0u);
    mask |= l.mask, value |= l.value;
  }
  EXPECT_EQ(mask, layout.fields[0].mask() | layout.fields[10].mask());
  EXPECT_EQ(value, Word{1} << layout.fields[0].shift | Word{3} << layout.fields[10].shift);
}

TEST(Cube, NothingIsNecessaryAfterAModelError) {
  // 1 / v12 is an error also where the terms after it do not hold.
  ir::ExprRef odd = get(0);
  for (int i = 1; i < 12; ++i) odd = ir::binary(ir::Op::kNe, std::move(odd), get(i));
  const ir::ExprRef divides = eq(ir::binary(ir::Op::kDiv, lit(1), get(12)), lit(1));
  Handmade handmade(12, 1);
  const Count got = count(handmade.look(ir::all_of({get(0), divides, get(1), odd}), {}));
  EXPECT_EQ(got.general, 1u);
  // Nor after a term that is too long to find out.
  Handmade other(12, 1);
  const ir::ExprRef both = ir::binary(ir::Op::kNe, odd, divides);
  EXPECT_EQ(count(other.look(ir::all_of({get(0), both, get(1)}), {})).general, 1u);
}

TEST(Cube, AStepThatNeverFiresIsNotThere) {
  ir::ExprRef odd = get(0);
  for (int i = 1; i < 12; ++i) odd = ir::binary(ir::Op::kNe, std::move(odd), get(i));
  Handmade easy(12, 1), hard(12, 1);
  const ir::Program& a = easy.look(ir::all_of({is(12, 2), is(12, 3)}), {});
  const ir::Program& b = hard.look(ir::all_of({is(12, 2), odd, is(12, 3)}), {});
  EXPECT_EQ(count(a).cubes + count(a).general, 0u);
  EXPECT_EQ(count(b).cubes + count(b).general, 0u);
}

// What a compiler of cubes has to get right to be worth it.
TEST(Cube, FewCubesWhereFewDo) {
  const auto cubes = [](int bits, int numbers, ir::ExprRef guard, ir::Block body) {
    Handmade handmade(bits, numbers);
    const Count got = count(handmade.look(std::move(guard), std::move(body)));
    EXPECT_EQ(got.general, 0u);
    return got.cubes;
  };
  EXPECT_EQ(cubes(3, 0, yes(), {set(0, 1)}), 1u);
  EXPECT_EQ(cubes(3, 0, ir::any_of({get(0), get(1), get(2)}), {}), 3u);
  // Its own value, or what it had: no case distinction.
  EXPECT_EQ(cubes(2, 0, yes(), {set(0, ir::any_of({get(0), lit(1)}))}), 1u);
  EXPECT_EQ(cubes(2, 0, yes(), {set(0, get(0)), set(1, eq(get(1), lit(1)))}), 1u);
  EXPECT_EQ(cubes(2, 0, yes(), {set(0, get(1)), set(0, 0)}), 1u);
  EXPECT_EQ(cubes(2, 0, yes(), {set(0, get(1))}), 2u);
  // Both branches do the same.
  EXPECT_EQ(cubes(2, 0, yes(), {set(0, ir::ite(get(1), get(0), get(0)))}), 1u);
  EXPECT_EQ(cubes(2, 0, yes(), {set(0, ir::ite(get(0), lit(1), lit(1)))}), 1u);
  // Putting 1 where it is 1 is leaving it.
  EXPECT_EQ(cubes(2, 0, yes(), {set(0, ir::ite(get(0), get(0), lit(1)))}), 1u);
  // 0 to 6 without 3; 0 to 3; 4 to 6 of 0 to 6, where 7 does not occur.
  EXPECT_LE(cubes(0, 1, ir::negate(is(0, 3)), {}), 3u);
  EXPECT_EQ(cubes(0, 1, ir::binary(ir::Op::kLt, get(0), lit(4)), {}), 1u);
  EXPECT_EQ(cubes(0, 1, ir::binary(ir::Op::kLt, lit(3), get(0)), {}), 1u);
  // One for each value.
  EXPECT_EQ(cubes(0, 2, eq(get(0), get(1)), {}), 7u);
}

// Errors where only a careful look finds them: in what is evaluated and then thrown away.
TEST(Cube, HiddenModelErrors) {
  const ir::ExprRef divides = eq(ir::binary(ir::Op::kDiv, lit(1), get(1)), lit(1));
  const auto errors = [](ir::ExprRef guard, ir::Block body) {
    Handmade handmade(1, 2);
    const ir::Program& p = handmade.look(std::move(guard), std::move(body));
    Seen seen;
    compare_all({"handmade", p}, {}, 500, 100, seen);
    EXPECT_GT(seen.fired, 0u);
    return seen.errors > 0;
  };
  ir::Stmt counted;
  counted.kind = ir::Stmt::Kind::kCount;
  counted.condition = divides;
  EXPECT_TRUE(errors(yes(), {counted}));
  counted.condition = get(0);
  EXPECT_FALSE(errors(yes(), {counted}));
  // What comes before the term that decides, and what comes after it.
  EXPECT_TRUE(errors(ir::any_of({divides, get(0)}), {set(0, 1)}));
  EXPECT_TRUE(errors(yes(), {set(0, 1), set(0, ir::any_of({divides, get(0)}))}));
  EXPECT_FALSE(errors(yes(), {set(0, 1), set(0, ir::any_of({get(0), divides}))}));
  EXPECT_TRUE(errors(yes(), {set(0, 0), set(0, ir::any_of({get(0), divides}))}));
  EXPECT_FALSE(errors(yes(), {set(0, ir::ite(is(1, 0), lit(1), divides))}));
  EXPECT_TRUE(errors(yes(), {set(0, ir::ite(is(1, 1), lit(1), divides)), set(0, 0)}));
  EXPECT_TRUE(errors(yes(), {set(2, get(1)), set(0, divides), set(0, 1), set(1, 1)}));
  // In a condition that is decided by something else.
  const ir::ExprRef one = lit(1), zero = lit(0);
  const auto decided = [&](ir::ExprRef first) {
    return ir::Block{set(0, 1), set(0, ir::any_of({eq(std::move(first), one), get(0)}))};
  };
  EXPECT_TRUE(errors(yes(), decided(ir::ite(divides, one, zero))));
  EXPECT_TRUE(errors(yes(), decided(ir::ite(is(2, 4), divides, zero))));
  EXPECT_TRUE(errors(yes(), decided(ir::ite(is(2, 4), zero, divides))));
  EXPECT_FALSE(errors(yes(), decided(ir::ite(is(2, 4), zero, one))));
  // In the message of an assertion that fails.
  ir::Text message;
  message.pieces.push_back({"", ir::binary(ir::Op::kMod, lit(1), get(1)), range(0, 1)});
  EXPECT_TRUE(errors(yes(), {interp::test::check(0, get(0), message)}));
  EXPECT_FALSE(errors(yes(), {interp::test::check(0, yes(), message)}));
  // A number that is passed on has to fit, even if nobody looks.
  interp::test::Builder b;
  b.variable("wide", range(0, 6));
  b.variable("narrow", range(0, 2));
  b.step("any", ir::StepKind::kEventual, yes(), {set(0, ir::choice(0))});
  b.program.steps.back().choices.push_back({"c", range(0, 6)});
  b.step("look", ir::StepKind::kEventual, yes(), {set(1, get(0)), set(1, 0)});
  b.step("keep", ir::StepKind::kEventual, yes(), {set(1, get(0))});
  // 2 is true, but true is 1.
  b.variable("bit", interp::test::boolean());
  b.step("truth", ir::StepKind::kEventual, yes(),
         {set(2, 0), set(2, ir::any_of({get(1), get(2)})), set(2, 0)});
  b.program.finish();
  Seen seen;
  compare_all({"narrow", b.program}, {}, 500, 0, seen);
  EXPECT_EQ(seen.errors, 2u * 4 * 3);
}

TEST(Cube, WideFields) {
  interp::test::Builder b;
  b.variable("x", range(-300, 300), 7);
  b.variable("y", range(0, 99), 70);
  b.step("any x", ir::StepKind::kEventual, yes(), {set(0, ir::choice(0))});
  b.program.steps.back().choices.push_back({"c", range(-300, 300)});
  b.step("any y", ir::StepKind::kEventual, yes(), {set(1, ir::choice(0))});
  b.program.steps.back().choices.push_back({"c", range(0, 99)});
  b.step("not", ir::StepKind::kEventual, ir::negate(is(0, -211)), {set(1, 99)});
  b.step("less", ir::StepKind::kEventual, ir::binary(ir::Op::kLt, get(0), lit(100)),
         {set(0, ir::ite(is(1, 65), get(0), lit(3)))});
  b.step("next", ir::StepKind::kEventual, ir::binary(ir::Op::kLt, get(1), lit(98)),
         {set(1, ir::binary(ir::Op::kAdd, get(1), lit(2)))});
  b.step("last", ir::StepKind::kEventual, yes(),
         {set(1, ir::binary(ir::Op::kAdd, get(1), lit(2)))});
  b.program.finish();
  Seen seen;
  compare_all({"wide", b.program}, {}, 30, 300, seen);
  const Steps steps = compile_steps(b.program, Layout(b.program));
  EXPECT_EQ(steps.general.size(), 0u);
}

// The patterns of a set of codes match just these, once each.
TEST(Box, Patterns) {
  for (const int top : {1, 2, 4, 6, 7, 12, 80}) {
    interp::test::Builder b;
    b.variable("x", range(0, top));
    b.step("any", ir::StepKind::kEventual, yes(), {set(0, ir::choice(0))});
    b.program.steps.back().choices.push_back({"c", range(0, top)});
    b.program.finish();
    const Layout layout(b.program);
    std::mt19937 random(5);
    for (int round = 0; round < 300; ++round) {
      Subset codes(top + 1);
      for (int i = 0; i <= top; ++i) {
        if (random() % 3 != 0) codes.insert(i);
      }
      if (codes.empty()) continue;
      const Pattern all = hull(layout, 0, codes);
      const std::vector<Pattern> some = patterns(layout, 0, codes);
      for (int i = 0; i <= top; ++i) {
        const auto code = static_cast<unsigned>(i);
        const auto n = std::count_if(some.begin(), some.end(),
                                     [&](const Pattern& p) { return (code & p.mask) == p.value; });
        EXPECT_EQ(n, codes.has(i) ? 1 : 0);
        EXPECT_TRUE(!codes.has(i) || (code & all.mask) == all.value);
      }
    }
  }
}

}  // namespace
}  // namespace stalemate::engine::test
