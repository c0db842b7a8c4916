// When a process waits for ever.
#include "interp/stuck.h"

#include <gtest/gtest.h>

#include "build.h"

namespace stalemate::interp::test {
namespace {

constexpr auto kNoStuck = ir::Property::Kind::kNoStuck;

// Locations that are neither final nor rest, then one that is final.
std::vector<ir::Location> locations(const std::vector<std::string>& names) {
  std::vector<ir::Location> out;
  for (const std::string& n : names) out.push_back(location(n));
  out.push_back(final_location("end"));
  return out;
}

PropertyResult judge(Builder& b) {
  b.property("stuck", kNoStuck);
  for (const ir::Step& step : b.program.steps) b.program.may_be_unreached.push_back(step.name);
  Result r = b.explore();
  EXPECT_TRUE(r.complete);
  EXPECT_EQ(r.model_error, "");
  return r.properties.back();
}

// Two locks taken in opposite order.
TEST(Stuck, DeadlockOfTwo) {
  Builder b;
  const int a = b.variable("a", boolean());
  const int c = b.variable("c", boolean());
  const int p = b.process("one", 0, locations({"lock a", "lock c", "work"}));
  const int q = b.process("two", 1, locations({"lock c", "lock a", "work"}));
  b.move(p, 0, 1, is(a, 0), {set(a, 1)});
  b.move(p, 1, 2, is(c, 0), {set(c, 1)});
  b.move(p, 2, 3, yes(), {set(a, 0), set(c, 0)});
  b.move(q, 0, 1, is(c, 0), {set(c, 1)});
  b.move(q, 1, 2, is(a, 0), {set(a, 1)});
  b.move(q, 2, 3, yes(), {set(a, 0), set(c, 0)});
  const PropertyResult r = judge(b);
  ASSERT_EQ(r.outcome, Outcome::kViolated);
  EXPECT_EQ(r.message,
            "cpu0 one waits for ever at \"lock c\"; cpu1 two waits for ever at \"lock a\"");
  EXPECT_EQ(r.stuck, (std::vector<int>{p, q}));
  EXPECT_EQ(r.trace.program_steps, 2);
  EXPECT_EQ(r.trace.events[0].step, 0);
}

// A process waits for a flag that only the environment may set.
struct Waiting : ::testing::Test {
  Waiting() {
    flag = b.variable("flag", boolean());
    p = b.process("user", 0, locations({"spin"}));
    b.move(p, 0, 1, get(flag));
  }
  Builder b;
  int flag, p;
};

TEST_F(Waiting, ASpeculativeStepRescuesNobody) {
  b.step("prefetch", StepKind::kSpeculative, yes(), {set(flag, 1)});
  const PropertyResult r = judge(b);
  ASSERT_EQ(r.outcome, Outcome::kViolated);
  EXPECT_TRUE(r.trace.events.empty());
  EXPECT_EQ(r.message, "cpu0 user waits for ever at \"spin\"");
}

TEST_F(Waiting, AnEventualStepDoes) {
  b.step("complete", StepKind::kEventual, is(flag, 0), {set(flag, 1)});
  EXPECT_EQ(judge(b).outcome, Outcome::kSafe);
}

TEST_F(Waiting, SoDoesAnotherProcess) {
  const int q = b.process("other", 1, locations({"work"}));
  b.move(q, 0, 1, yes(), {set(flag, 1)});
  EXPECT_EQ(judge(b).outcome, Outcome::kSafe);
}

TEST_F(Waiting, AnotherThatLoopsForEverDoesNotHideIt) {
  const int q = b.process("other", 1, {location("a"), location("b")});
  b.move(q, 0, 1);
  b.move(q, 1, 0, yes(), {cover(b.turn())});
  const PropertyResult r = judge(b);
  ASSERT_EQ(r.outcome, Outcome::kViolated);
  EXPECT_EQ(r.stuck, std::vector<int>{p});
}

// The speculative step leads into a trap: stuck only behind it.
TEST_F(Waiting, TheTraceMayNeedASpeculativeStep) {
  const int trap = b.variable("trap", boolean());
  b.step("trap", StepKind::kSpeculative, is(flag, 0), {set(trap, 1)});
  b.step("complete", StepKind::kEventual, is(trap, 0), {set(flag, 1)});
  const PropertyResult r = judge(b);
  ASSERT_EQ(r.outcome, Outcome::kViolated);
  EXPECT_EQ(names(b.program, r.trace), "trap");
}

TEST_F(Waiting, AtALocationToRestAt) {
  b.program.processes[0].locations[0].rest = true;
  EXPECT_EQ(judge(b).outcome, Outcome::kSafe);
}

TEST_F(Waiting, AtAFinalLocation) {
  b.program.processes[0].locations[0].final = true;
  EXPECT_EQ(judge(b).outcome, Outcome::kSafe);
}

TEST_F(Waiting, ASpeculativeStepOfItsOwnIsNoProgress) {
  b.move(p, 0, 1, yes(), {}, StepKind::kSpeculative);
  EXPECT_EQ(judge(b).outcome, Outcome::kViolated);
}

TEST_F(Waiting, AStepThatReliesOnACopyIsNone) {
  b.move(p, 0, 1);
  b.program.steps.back().relies_on_copy = true;
  EXPECT_EQ(judge(b).outcome, Outcome::kViolated);
}

TEST_F(Waiting, AStepOfAnotherThatReliesOnACopyRescuesNobody) {
  const int q = b.process("other", 1, locations({"use"}));
  b.program.processes.back().locations[0].rest = true;
  b.move(q, 0, 1, yes(), {set(flag, 1)});
  b.program.steps.back().relies_on_copy = true;
  EXPECT_EQ(judge(b).outcome, Outcome::kViolated);
}

// Polling for what never comes is waiting, in however many steps.
TEST_F(Waiting, SpinningIsNoProgress) {
  const int poll = b.variable("poll", boolean());
  b.move(p, 0, 0, yes(), {set(poll, ir::negate(get(poll)))});
  EXPECT_EQ(judge(b).outcome, Outcome::kViolated);
}

// An endless loop of two locations, `head` and `body`, and a trap.
struct EndlessLoop : ::testing::Test {
  EndlessLoop() {
    p = b.process("user", 0, {location("head"), location("body"), location("trap")});
    b.move(p, 0, 1);
    b.move(p, 1, 0, yes(), {cover(b.turn())});
  }
  Builder b;
  int p;
};

TEST_F(EndlessLoop, ComingBackToItsHeadIsProgress) { EXPECT_EQ(judge(b).outcome, Outcome::kSafe); }

TEST_F(EndlessLoop, NeverComingBackIsNot) {
  b.move(p, 1, 2);
  b.move(p, 2, 2);
  const PropertyResult r = judge(b);
  EXPECT_EQ(r.message, "cpu0 user waits for ever at \"trap\"");
  EXPECT_EQ(r.trace.program_steps, 2);
}

TEST_F(EndlessLoop, BeingAtTheHeadIsNotEnough) {
  const int stop = b.variable("stop", boolean());
  b.program.steps[0].guard = ir::all_of({b.program.steps[0].guard, is(stop, 0)});
  b.step("stop", StepKind::kEventual, is(stop, 0), {set(stop, 1)});
  EXPECT_EQ(judge(b).message, "cpu0 user waits for ever at \"head\"");
}

// From where it turns it may spin as well: not whence a step comes, but what it does is progress.
TEST_F(EndlessLoop, SpinningWhereItTurnsIsNot) {
  const int stop = b.variable("stop", boolean());
  b.step("stop", StepKind::kEventual, is(stop, 0), {set(stop, 1)});
  b.program.steps[1].guard = ir::all_of({b.program.steps[1].guard, is(stop, 0)});
  b.move(p, 1, 1);
  EXPECT_EQ(judge(b).message, "cpu0 user waits for ever at \"head\"");
}

// One step may do either.
TEST_F(EndlessLoop, ATurnThatIsNotReachedIsNone) {
  const int stop = b.variable("stop", boolean());
  b.step("stop", StepKind::kEventual, is(stop, 0), {set(stop, 1)});
  b.program.steps[1].body[0].condition = is(stop, 0);
  EXPECT_EQ(judge(b).message, "cpu0 user waits for ever at \"head\"");
}

TEST_F(EndlessLoop, WithoutAnyTurnNoStepIsProgress) {
  b.program.steps[1].body.erase(b.program.steps[1].body.begin());
  EXPECT_EQ(judge(b).message, "cpu0 user waits for ever at \"head\"");
}

TEST_F(EndlessLoop, WhatTheMachineDoesIsNoTurnOfIt) {
  b.program.steps[1].body.erase(b.program.steps[1].body.begin());
  b.step("tick", StepKind::kEventual, yes(), {cover(0)});
  EXPECT_EQ(judge(b).message, "cpu0 user waits for ever at \"head\"");
}

TEST_F(EndlessLoop, OfAHandlerHasToEnd) {
  b.program.processes[0].role = ir::Role::kInterrupt;
  b.move(p, 1, 2);
  b.move(p, 2, 2);
  EXPECT_EQ(judge(b).message, "cpu0 user waits for ever at \"trap\"");
}

// A handler may never be entered; once it is, it has to come to its end.
struct Handler : ::testing::Test {
  void build(ir::Role role) {
    thread = b.process("user", 0, locations({"work"}));
    handler = b.process("ipi", 0, {location("inactive"), location("ack")}, role);
    const ExprRef idle = is(b.program.processes[1].control, 0);
    b.move(thread, 0, 1, idle);
    b.move(handler, 0, 1, yes(), {}, StepKind::kEntry);
  }
  Builder b;
  int thread, handler;
};

TEST_F(Handler, WaitsForEverOnceEnteredAndStopsItsThread) {
  build(ir::Role::kInterrupt);
  const PropertyResult r = judge(b);
  ASSERT_EQ(r.outcome, Outcome::kViolated);
  EXPECT_EQ(r.trace.events.size(), 1u);
  EXPECT_EQ(r.message, "cpu0 user waits for ever at \"work\"; cpu0 ipi waits for ever at \"ack\"");
}

TEST_F(Handler, InactiveIsFine) {
  build(ir::Role::kNmi);
  b.program.steps[1].guard = lit(0);
  EXPECT_EQ(judge(b).outcome, Outcome::kSafe);
}

TEST_F(Handler, AThreadAtLocationZeroIsNot) {
  build(ir::Role::kThread);
  b.program.steps[1].guard = lit(0);
  EXPECT_EQ(judge(b).message, "cpu0 ipi waits for ever at \"inactive\"");
}

TEST_F(Handler, ThatReturnsStopsNobody) {
  build(ir::Role::kInterrupt);
  b.move(handler, 1, 0);
  EXPECT_EQ(judge(b).outcome, Outcome::kSafe);
}

TEST(Stuck, IsNeverSafeWhenTheSearchWasCutShort) {
  Builder b;
  const int x = b.variable("x", range(0, 9));
  b.step("up", StepKind::kEventual, ir::binary(Op::kLt, get(x), lit(9)),
         {set(x, ir::binary(Op::kAdd, get(x), lit(1)))});
  b.property("stuck", kNoStuck);
  Options options;
  options.max_states = 5;
  EXPECT_EQ(b.explore(options).properties[0].outcome, Outcome::kInconclusive);
  options.max_states = 10;
  EXPECT_EQ(b.explore(options).properties[0].outcome, Outcome::kSafe);
}

// It is doomed while the condition holds, and hangs after that: it does not count.
struct While : ::testing::Test {
  While() {
    const int never = b.variable("never", boolean());
    inside = b.variable("inside", boolean());
    p = b.process("user", 0, locations({"enter", "leave", "spin"}));
    b.move(p, 0, 1, yes(), {set(inside, 1)});
    b.move(p, 1, 2, yes(), {set(inside, 0)});
    b.move(p, 2, 3, get(never));
    b.property("stuck", kNoStuck);
    b.property("when", kNoStuck);
  }
  PropertyResult judge(ExprRef when) {
    b.program.properties[1].when = {std::move(when)};
    const Result r = b.explore();
    EXPECT_EQ(r.properties[0].outcome, Outcome::kViolated);
    EXPECT_EQ(r.properties[0].trace.program_steps, 2);  // where it hangs
    return r.properties[1];
  }
  Builder b;
  int inside, p;
};

TEST_F(While, ItLeaves) { EXPECT_EQ(judge(get(inside)).outcome, Outcome::kSafe); }

TEST_F(While, ItStays) {
  const PropertyResult r = judge(ir::negate(get(inside)));
  EXPECT_EQ(r.outcome, Outcome::kViolated);
  EXPECT_EQ(r.trace.program_steps, 2);
  EXPECT_EQ(r.stuck, std::vector<int>{p});
}

TEST_F(While, ItNeverHolds) {
  const PropertyResult r = judge(ir::all_of({get(inside), is(b.program.processes[0].control, 3)}));
  EXPECT_EQ(r.outcome, Outcome::kVacuous);
  EXPECT_EQ(r.message, "when judges what never happened: its condition never held");
}

TEST(Stuck, AConditionWithoutMeaningIsAModelError) {
  Builder b;
  const int i = b.variable("i", range(0, 2));
  const int a = b.variable("a", boolean(), 0, {range(0, 1)});
  const int p = b.process("user", 0, locations({"work"}));
  b.move(p, 0, 1, yes(), {set(i, 2)});
  b.property("when", kNoStuck);
  b.program.properties[0].when = {get(a, {get(i)})};
  const Result r = b.explore();
  EXPECT_NE(r.model_error, "");
  EXPECT_EQ(r.properties[0].outcome, Outcome::kError);
  EXPECT_EQ(r.model_error_trace.program_steps, 1);
}

TEST(Stuck, ACycleOfWaitsThatNobodyHas) {
  Builder b;
  const int p = b.process("user", 0, locations({"work"}));
  b.move(p, 0, 1);
  b.program.steps.back().waits = "lock";
  b.property("cycle", kNoStuck);
  b.program.properties[0].cycle = {"lock", "ack"};
  const Result r = b.explore();
  EXPECT_EQ(r.properties[0].outcome, Outcome::kVacuous);
  EXPECT_EQ(r.properties[0].message, "cycle judges what never happened: nobody waits as ack");
}

TEST(Stuck, SolveGivesUpWhenTold) {
  Builder b;
  const int p = b.process("user", 0, locations({"spin"}));
  b.move(p, 0, 1);
  b.program.finish();
  StuckAnalysis analysis(b.program, {});
  analysis.add_state(0, {0});
  analysis.add_move(0, b.program.steps[0], false, 1);
  analysis.add_state(1, {1});
  EXPECT_FALSE(analysis.solve(2, [] { return true; }));
}

}  // namespace
}  // namespace stalemate::interp::test
