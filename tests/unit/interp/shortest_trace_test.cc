// Which of several shortest counterexamples is shown.
#include "interp/shortest_trace.h"

#include <gtest/gtest.h>

#include "build.h"

namespace stalemate::interp::test {
namespace {

constexpr auto kProgram = StepKind::kProgram;

TEST(ShortestTrace, TiesAreBrokenByStepNumber) {
  Builder b;
  const int x = b.variable("x", boolean());
  const int y = b.variable("y", boolean());
  b.property("not_both", ir::Property::Kind::kInvariant, ir::negate(ir::all_of({get(x), get(y)})));
  b.step("y", kProgram, is(y, 0), {set(y, 1)});
  b.step("x", kProgram, is(x, 0), {set(x, 1)});
  EXPECT_EQ(names(b.program, b.explore().properties[0].trace), "y x");
}

// The first step of the least run leads to a state that is reached by another least run as well,
// and the least number at the start ends nowhere.
TEST(ShortestTrace, ALeastFirstStepThatLeadsNowhereIsLeftAgain) {
  Builder b;
  const int x = b.variable("x", range(0, 9));
  const int p = b.property("p");
  b.step("a", kProgram, is(x, 0), {set(x, 1)});
  b.step("b", kProgram, is(x, 1), {set(x, 2)});
  b.step("c", kProgram, is(x, 0), {set(x, 3)});
  b.step("d", kProgram, is(x, 0), {set(x, 3)});
  b.step("e", kProgram, is(x, 3), {set(x, 4), check(p, lit(0))});
  EXPECT_EQ(names(b.program, b.explore().properties[0].trace), "c e");
}

TEST(ShortestTrace, ThenByTheValuesOfTheChoices) {
  Builder b;
  const int x = b.variable("x", range(0, 4));
  const int p = b.property("p");
  b.step("put", kProgram, is(x, 0), {set(x, ir::binary(Op::kAdd, ir::choice(0), ir::choice(1)))});
  b.program.steps.back().choices = {{"v", range(1, 2)}, {"w", range(1, 2)}};
  b.step("end", kProgram, is(x, 3), {check(p, lit(0), text("three"))});
  const Result r = b.explore();
  EXPECT_EQ(names(b.program, r.properties[0].trace), "put(1,2) end");
  EXPECT_EQ(r.properties[0].message, "three");
}

// The assertion fails in a step from a state that costs more than others with violating steps of
// another kind: (0,1) + program = (1,1), while (0,0) + program = (1,0).
TEST(ShortestTrace, TheCostOfTheViolatingStepCounts) {
  Builder b;
  const int x = b.variable("x", range(0, 9));
  const int p = b.property("p");
  b.step("bad", kProgram, is(x, 0), {set(x, 9), check(p, lit(0))});
  b.step("e1", StepKind::kEventual, is(x, 0), {set(x, 1)});
  b.step("e2", StepKind::kEventual, is(x, 1), {set(x, 2), check(p, lit(0))});
  const Result r = b.explore();
  EXPECT_EQ(names(b.program, r.properties[0].trace), "e1 e2");
  EXPECT_EQ(r.properties[0].trace.program_steps, 0);
}

// A violating self-loop is a violation like any other.
TEST(ShortestTrace, AViolatingSelfLoop) {
  Builder b;
  b.variable("x", boolean());
  const int p = b.property("p");
  b.step("spin", kProgram, yes(), {check(p, lit(0))});
  const Result r = b.explore();
  EXPECT_EQ(names(b.program, r.properties[0].trace), "spin");
  EXPECT_EQ(r.properties[0].trace.states, (std::vector<State>{{0}, {0}}));
  EXPECT_EQ(r.counts.transitions, 1u);
}

// A run of 20000 steps: the walk must not need a stack frame for each.
TEST(ShortestTrace, LongRuns) {
  Builder b;
  const int x = b.variable("x", range(0, 20000));
  const int p = b.property("p");
  b.step("up", kProgram, ir::binary(Op::kLt, get(x), lit(20000)),
         {set(x, ir::binary(Op::kAdd, get(x), lit(1)))});
  b.step("end", kProgram, is(x, 20000), {check(p, lit(0))});
  const Result r = b.explore();
  EXPECT_EQ(r.properties[0].trace.program_steps, 20001);
  EXPECT_EQ(r.properties[0].trace.states.size(), 20002u);
}

// The least steps lead into a ladder without an end, which has 2^40 ways up and is as long as the
// way to the violation.  Each of its states must be looked at only once.
TEST(ShortestTrace, ADeadEndWithManyWaysThroughIt) {
  Builder b;
  const int x = b.variable("x", range(0, 40));
  const int side = b.variable("side", range(0, 2));
  const int p = b.property("p");
  const ExprRef below = ir::binary(Op::kLt, get(x), lit(40));
  const ExprRef next = ir::binary(Op::kAdd, get(x), lit(1));
  const ExprRef ladder = ir::any_of({is(x, 0), ir::negate(is(side, 2))});
  for (const int to : {0, 1}) {
    b.step("ladder", kProgram, ir::all_of({below, ladder}), {set(x, next), set(side, to)});
  }
  b.step("way", kProgram, ir::all_of({below, ir::any_of({is(x, 0), is(side, 2)})}),
         {set(x, next), set(side, 2)});
  b.step("end", kProgram, ir::all_of({is(x, 40), is(side, 2)}), {check(p, lit(0))});
  const Result r = b.explore();
  EXPECT_EQ(r.properties[0].trace.program_steps, 41);
}

TEST(LeastRun, IsEmptyWhenThereIsNoSuchRun) {
  Builder b;
  const int x = b.variable("x", boolean());
  b.step("x", kProgram, is(x, 0), {set(x, 1)});
  b.program.finish();
  Graph graph(b.program);
  for (const ir::Value v : {0, 1}) {
    graph.states.insert({v});
    graph.costs.push_back({static_cast<std::uint32_t>(v), 0});
  }
  const auto never = [](const Effects&, const State&) { return false; };
  EXPECT_TRUE(least_run(graph, {{1, 0}, never}).empty());
}

}  // namespace
}  // namespace stalemate::interp::test
