// How facts become outcomes: several properties, vacuity, model errors.
#include "interp/explore.h"

#include <gtest/gtest.h>

#include "build.h"
#include "interp/eval.h"

namespace stalemate::interp::test {
namespace {

constexpr auto kInvariant = ir::Property::Kind::kInvariant;
constexpr auto kProgram = StepKind::kProgram;

TEST(Explore, AnInvariantIsJudgedInTheInitialState) {
  Builder b;
  const int x = b.variable("x", range(0, 3), 2);
  ir::Text message;
  message.pieces = {{"x is ", nullptr, {}}, {"", get(x), range(0, 3)}};
  b.property("inv", kInvariant, is(x, 0), message);
  b.step("go", kProgram, yes(), {set(x, 0)});
  const Result r = b.explore();
  ASSERT_EQ(r.properties[0].outcome, Outcome::kViolated);
  EXPECT_EQ(r.properties[0].message, "x is 2");
  EXPECT_TRUE(r.properties[0].trace.events.empty());
  EXPECT_EQ(r.properties[0].trace.states, std::vector<State>{{2}});
  EXPECT_TRUE(r.complete);
  EXPECT_EQ(r.counts.states, 2u);
}

// The violated assertion of `bad` does not end the run: only after it `later` is violated.
TEST(Explore, PropertiesAreJudgedIndependentlyOnOneGraph) {
  Builder b;
  const int x = b.variable("x", range(0, 2));
  const int bad = b.property("bad");
  const int later = b.property("later", kInvariant, ir::negate(is(x, 2)));
  const int good = b.property("good", kInvariant, ir::binary(Op::kLe, get(x), lit(2)));
  b.step("a", kProgram, is(x, 0), {set(x, 1), check(bad, lit(0), text("bad things"))});
  b.step("b", kProgram, is(x, 1), {set(x, 2)});
  Options options;
  options.properties = {later, good, bad};
  const Result r = b.explore(options);
  ASSERT_EQ(r.properties.size(), 3u);
  EXPECT_EQ(r.properties[0].property, later);
  EXPECT_EQ(r.properties[0].outcome, Outcome::kViolated);
  EXPECT_EQ(r.properties[0].message, "later does not hold");
  EXPECT_EQ(names(b.program, r.properties[0].trace), "a b");
  EXPECT_EQ(r.properties[1].outcome, Outcome::kSafe);
  EXPECT_EQ(r.properties[1].message, "");
  EXPECT_EQ(r.properties[2].outcome, Outcome::kViolated);
  EXPECT_EQ(r.properties[2].message, "bad things");
  EXPECT_EQ(names(b.program, r.properties[2].trace), "a");
}

TEST(Explore, OnlyThePropertiesAskedForAreJudged) {
  Builder b;
  const int x = b.variable("x", boolean());
  const int bad = b.property("bad");
  b.property("meaningless", kInvariant, ir::binary(Op::kDiv, lit(1), get(x)));
  const int safe = b.property("safe");
  b.step("a", kProgram, is(x, 0), {check(bad, lit(0)), check(safe, yes())});
  Options options;
  options.properties = {safe};
  const Result r = b.explore(options);
  EXPECT_EQ(r.model_error, "");
  ASSERT_EQ(r.properties.size(), 1u);
  EXPECT_EQ(r.properties[0].outcome, Outcome::kSafe);
}

TEST(Vacuity, APropertyNeedsAllTheGoalsItWatches) {
  Builder b;
  const int x = b.variable("x", boolean());
  const int seen = b.goal("seen"), unseen = b.goal("unseen"), other = b.goal("other");
  b.property("watching", kInvariant, yes());
  b.property("dozing", kInvariant, yes());
  b.property("plain", kInvariant, yes());
  b.property("violated", kInvariant, is(x, 0));
  b.program.properties[0].watches = {seen};
  b.program.properties[1].watches = {unseen, seen, other};
  b.program.properties[3].watches = {unseen};
  b.step("go", kProgram, yes(), {set(x, 1), cover(seen)});
  const Result r = b.explore();
  EXPECT_EQ(r.properties[0].outcome, Outcome::kSafe);
  EXPECT_EQ(r.properties[1].outcome, Outcome::kVacuous);
  EXPECT_EQ(r.properties[1].message, "dozing judges what never happened: unseen, other");
  EXPECT_EQ(r.properties[2].outcome, Outcome::kSafe);
  EXPECT_EQ(r.properties[3].outcome, Outcome::kViolated);
}

TEST(Vacuity, ARequiredGoalThatIsNeverReached) {
  Builder b;
  const int x = b.variable("x", boolean());
  b.goal("finish", true);
  const int start = b.goal("start", true);
  b.goal("extra", true);
  b.goal("bonus");
  b.property("safe", kInvariant, yes());
  b.property("violated", kInvariant, is(x, 0));
  b.step("go", kProgram, yes(), {set(x, 1), cover(start)});
  Result r = b.explore();
  EXPECT_EQ(r.properties[0].outcome, Outcome::kVacuous);
  EXPECT_EQ(r.properties[0].message, "never reached: finish, extra");
  EXPECT_EQ(r.properties[1].outcome, Outcome::kViolated);

  b.program.goals[0].required = b.program.goals[2].required = false;
  r = b.explore();
  EXPECT_EQ(r.properties[0].outcome, Outcome::kSafe);
}

TEST(ModelErrors, TheTraceEndsWithTheFailingEvent) {
  const auto source = std::make_shared<const Source>("m", "x += 1");
  Builder b;
  const int x = b.variable("x", range(0, 2));
  b.property("violated", kInvariant, is(x, 0));
  b.property("safe", kInvariant, yes());
  b.step("up", kProgram, yes(), {set(x, ir::binary(Op::kAdd, get(x), lit(1)))});
  b.step("env", StepKind::kEventual, is(x, 0), {set(x, 1)});
  b.program.steps[0].body[0].span = {source, 2, 6};
  const Result r = b.explore();
  EXPECT_EQ(r.model_error, "x: value 3 is outside 0..2");
  EXPECT_EQ(r.model_error_span.begin, 2u);
  EXPECT_FALSE(r.complete);
  EXPECT_EQ(r.properties[0].outcome, Outcome::kError);
  EXPECT_EQ(r.properties[1].outcome, Outcome::kError);
  const Trace& trace = r.model_error_trace;
  EXPECT_EQ(names(b.program, trace), "env up up");
  EXPECT_EQ(trace.program_steps, 2);
  EXPECT_EQ(trace.environment_steps, 1);
  EXPECT_EQ(trace.states, (std::vector<State>{{0}, {1}, {2}, {2}}));
}

TEST(ModelErrors, InAGuardNameStepAndChoice) {
  Builder b;
  const int array = b.variable("a", boolean(), 0, {range(0, 1)});
  b.step("look", StepKind::kSpeculative, get(array, {ir::choice(0)}), {});
  b.program.steps[0].choices = {{"i", range(1, 2)}};
  const Result r = b.explore();
  EXPECT_EQ(r.model_error, "a[2]: index 2 is outside 0..1");
  EXPECT_EQ(names(b.program, r.model_error_trace), "look(2)");
  EXPECT_EQ(r.model_error_trace.environment_steps, 1);
}

TEST(ModelErrors, InAnInvariantTheTraceEndsInTheState) {
  Builder b;
  const int x = b.variable("x", range(0, 2), 2);
  b.property("inv", kInvariant, ir::binary(Op::kDiv, lit(1), get(x)));
  b.step("down", kProgram, ir::binary(Op::kLt, lit(0), get(x)),
         {set(x, ir::binary(Op::kSub, get(x), lit(1)))});
  const Result r = b.explore();
  EXPECT_EQ(r.model_error, "division by zero: 1 / 0");
  EXPECT_EQ(names(b.program, r.model_error_trace), "down down");
  EXPECT_EQ(r.model_error_trace.states.size(), 3u);
}

TEST(ModelErrors, AFailingStatement) {
  Builder b;
  b.variable("x", boolean());
  b.step("a", kProgram, yes(), {fail(text("unlock without lock"))});
  const Result r = b.explore();
  EXPECT_EQ(r.model_error, "unlock without lock");
  EXPECT_EQ(names(b.program, r.model_error_trace), "a");
  EXPECT_EQ(r.model_error_trace.states, (std::vector<State>{{0}, {0}}));
}

// Two counters, so that there is much left to see after the first violation.
struct Stopping : ::testing::Test {
  Stopping() {
    x = b.variable("x", range(0, 99));
    y = b.variable("y", range(0, 99));
    for (const int v : {x, y}) {
      b.step(v == x ? "x" : "y", kProgram, ir::binary(Op::kLt, get(v), lit(99)),
             {set(v, ir::binary(Op::kAdd, get(v), lit(1)))});
    }
    options.stop_when_violated = true;
  }
  ExprRef below(int variable, int limit) { return ir::binary(Op::kLt, get(variable), lit(limit)); }

  Builder b;
  int x, y;
  Options options;
};

TEST_F(Stopping, WhenEveryPropertyAskedForIsViolated) {
  b.property("x", kInvariant, below(x, 3));
  b.property("y", kInvariant, below(y, 5));
  const Result r = b.explore(options);
  EXPECT_FALSE(r.complete);
  EXPECT_LT(r.counts.states, 100u);
  EXPECT_EQ(r.stopped, "every property asked for is violated, after " +
                           std::to_string(r.counts.states) +
                           " states; explore without stopping there to see the rest");
  EXPECT_EQ(names(b.program, r.properties[0].trace), "x x x");
  EXPECT_EQ(names(b.program, r.properties[1].trace), "y y y y y");
}

TEST_F(Stopping, NotWhileOneIsNotViolated) {
  b.property("x", kInvariant, below(x, 3));
  b.property("y", kInvariant, below(y, 100));
  const Result r = b.explore(options);
  EXPECT_TRUE(r.complete);
  EXPECT_EQ(r.counts.states, 10000u);
}

TEST_F(Stopping, NotBeforeStuckProcessesAreKnown) {
  b.property("x", kInvariant, below(x, 3));
  b.property("stuck", ir::Property::Kind::kNoStuck);
  b.process("idle", 0, {location("wait")});
  const Result r = b.explore(options);
  EXPECT_TRUE(r.complete);
  EXPECT_EQ(r.properties[1].outcome, Outcome::kViolated);
}

TEST_F(Stopping, NotWithoutProperties) {
  const Result r = b.explore(options);
  EXPECT_TRUE(r.complete);
}

// The assertion is met first at cost (1,0), and only later at (0,5), which is shorter.
TEST_F(Stopping, OnlyWhenTheShortestIsKnown) {
  const int p = b.property("p");
  const int z = b.variable("z", range(0, 5));
  b.step("bad", kProgram, yes(), {check(p, lit(0))});
  b.step("e", StepKind::kEventual, below(z, 4), {set(z, ir::binary(Op::kAdd, get(z), lit(1)))});
  b.step("worse", StepKind::kEventual, is(z, 4), {set(z, 5), check(p, lit(0))});
  const Result r = b.explore(options);
  EXPECT_FALSE(r.complete);
  EXPECT_EQ(names(b.program, r.properties[0].trace), "e e e e worse");
}

}  // namespace
}  // namespace stalemate::interp::test
