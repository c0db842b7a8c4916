// What the explorer counts, and the order in which it settles states.
#include <gtest/gtest.h>

#include "build.h"

namespace stalemate::interp::test {
namespace {

constexpr auto kProgram = StepKind::kProgram;
constexpr auto kEventual = StepKind::kEventual;
constexpr auto kSpeculative = StepKind::kSpeculative;

TEST(Counts, AProgramWithoutStepsHasOneState) {
  Builder b;
  b.variable("x", range(0, 3));
  const Result r = b.explore();
  EXPECT_TRUE(r.complete);
  EXPECT_EQ(r.stopped, "");
  EXPECT_EQ(r.counts.states, 1u);
  EXPECT_EQ(r.counts.transitions, 0u);
  EXPECT_EQ(r.counts.depth, 0);
  EXPECT_GT(r.counts.peak_rss_bytes, 0u);
}

TEST(Counts, ACycleOfFour) {
  Builder b;
  const int x = b.variable("x", range(0, 3));
  b.step("next", kProgram, yes(),
         {set(x, ir::binary(Op::kMod, ir::binary(Op::kAdd, get(x), lit(1)), lit(4)))});
  const Result r = b.explore();
  EXPECT_EQ(r.counts.states, 4u);
  EXPECT_EQ(r.counts.transitions, 4u);
  EXPECT_EQ(r.counts.depth, 3);
}

TEST(Counts, ChoicesAndSelfLoopsAreTransitions) {
  Builder b;
  const int x = b.variable("x", range(0, 2));
  const int put = b.step("put", kEventual, yes(), {set(x, ir::choice(0))});
  b.program.steps[static_cast<std::size_t>(put)].choices = {{"v", range(0, 2)}};
  const Result r = b.explore();
  EXPECT_EQ(r.counts.states, 3u);
  EXPECT_EQ(r.counts.transitions, 9u);
  EXPECT_EQ(r.counts.depth, 1);
}

// n independent bits: a cube with n * 2^(n-1) edges.
TEST(Counts, ACube) {
  Builder b;
  constexpr int kBits = 10;
  for (int i = 0; i < kBits; ++i) {
    const int bit = b.variable("b" + std::to_string(i), boolean());
    b.step("set" + std::to_string(i), kProgram, is(bit, 0), {set(bit, 1)});
  }
  const Result r = b.explore();
  EXPECT_EQ(r.counts.states, 1024u);
  EXPECT_EQ(r.counts.transitions, 5120u);
  EXPECT_EQ(r.counts.depth, kBits);
}

TEST(Counts, FiredStepsAndReachedGoals) {
  Builder b;
  const int x = b.variable("x", range(0, 1));
  const int reached = b.goal("reached");
  const int missed = b.goal("missed");
  b.step("go", kProgram, is(x, 0), {set(x, 1), cover(reached, is(x, 1)), cover(missed, is(x, 0))});
  b.step("never", kProgram, lit(0), {});
  const Result r = b.explore();
  EXPECT_EQ(r.fired, (std::vector<bool>{true, false}));
  EXPECT_EQ(r.goals, (std::vector<bool>{true, false}));
}

// Two ways from 0 to 9: three environment steps, or one program step.  x = 9 costs (0,3).
TEST(Order, FewerProgramStepsWinEvenWhenTheRunIsLonger) {
  Builder b;
  const int x = b.variable("x", range(0, 9));
  b.property("small", ir::Property::Kind::kInvariant, ir::binary(Op::kLt, get(x), lit(9)));
  b.step("jump", kProgram, is(x, 0), {set(x, 9)});
  b.step("e1", kSpeculative, is(x, 0), {set(x, 1)});
  b.step("e2", kEventual, is(x, 1), {set(x, 2)});
  b.step("e3", kSpeculative, is(x, 2), {set(x, 9)});
  const Result r = b.explore();
  ASSERT_EQ(r.properties[0].outcome, Outcome::kViolated);
  EXPECT_EQ(names(b.program, r.properties[0].trace), "e1 e2 e3");
  EXPECT_EQ(r.properties[0].trace.program_steps, 0);
  EXPECT_EQ(r.properties[0].trace.environment_steps, 3);
  EXPECT_EQ(r.counts.depth, 3);
}

// A state first met at cost (1,0) is met again at (0,2) before it is settled; what follows it is
// then cheaper too.
TEST(Order, AStateIsSettledAtItsLeastCost) {
  Builder b;
  const int x = b.variable("x", range(0, 9));
  b.property("small", ir::Property::Kind::kInvariant, ir::binary(Op::kLt, get(x), lit(4)));
  b.step("jump", kProgram, is(x, 0), {set(x, 3)});
  b.step("e1", kEventual, is(x, 0), {set(x, 1)});
  b.step("e2", kEventual, is(x, 1), {set(x, 3)});
  b.step("on", kProgram, is(x, 3), {set(x, 4)});
  const Result r = b.explore();
  EXPECT_EQ(names(b.program, r.properties[0].trace), "e1 e2 on");
  EXPECT_EQ(r.properties[0].trace.program_steps, 1);
  EXPECT_EQ(r.properties[0].trace.environment_steps, 2);
  EXPECT_EQ(r.counts.states, 4u);
  EXPECT_EQ(r.counts.transitions, 4u);
  EXPECT_EQ(r.counts.depth, 3);
}

// With equal program steps the fewer environment steps win: jump reaches 3 at (1,0), and the
// detour e1 go at (1,1).
TEST(Order, ThenFewerEnvironmentStepsWin) {
  Builder b;
  const int x = b.variable("x", range(0, 9));
  b.property("small", ir::Property::Kind::kInvariant, ir::binary(Op::kLt, get(x), lit(3)));
  b.step("e1", kSpeculative, is(x, 0), {set(x, 1)});
  b.step("go", kProgram, is(x, 1), {set(x, 3)});
  b.step("jump", kProgram, is(x, 0), {set(x, 3)});
  const Result r = b.explore();
  EXPECT_EQ(names(b.program, r.properties[0].trace), "jump");
}

TEST(Order, AnEntryIsAProgramStep) {
  Builder b;
  const int x = b.variable("x", range(0, 9));
  b.property("small", ir::Property::Kind::kInvariant, ir::binary(Op::kLt, get(x), lit(2)));
  b.step("irq", StepKind::kEntry, is(x, 0), {set(x, 2)});
  b.step("e1", kSpeculative, is(x, 0), {set(x, 1)});
  b.step("e2", kEventual, is(x, 1), {set(x, 2)});
  const Result r = b.explore();
  EXPECT_EQ(names(b.program, r.properties[0].trace), "e1 e2");
}

}  // namespace
}  // namespace stalemate::interp::test
