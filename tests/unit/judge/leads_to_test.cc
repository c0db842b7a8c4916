// What a weakly fair run owes, one small program for each rule; both explorers are asked.
#include <gtest/gtest.h>

#include "build.h"
#include "interp/eval.h"
#include "interp/lasso.h"
#include "judge/judge.h"

namespace stalemate::judge {
namespace {

using namespace interp::test;
constexpr auto kLeadsTo = ir::Property::Kind::kLeadsTo;

// `asked` leads to `came`; somebody sets it.
struct Small {
  Builder b;
  int asked = b.variable("asked", boolean(), 1);
  int came = b.variable("came", boolean());
  int turn = b.variable("turn", boolean());
  int property = b.property("comes", kLeadsTo);
  // Goes round for ever.
  int spins = b.process("spins", 0, {location("loop")});

  Small() { leads(get(asked), get(came)); }

  void leads(ExprRef from, ExprRef to) {
    b.program.properties[0].leads.push_back({std::move(from), std::move(to), text("never")});
  }
  void spin(ir::Block body = {}, ExprRef guard = yes()) {
    b.move(spins, 0, 0, std::move(guard), std::move(body));
  }

  // What both say.
  PropertyResult judged() {
    const Result one = b.explore();
    engine::Options options;
    options.properties = {property};
    const Result other = judge(b.program, options).result;
    EXPECT_EQ(one.model_error, other.model_error);
    const PropertyResult& r = one.properties[0];
    EXPECT_EQ(r.outcome, other.properties[0].outcome);
    EXPECT_EQ(r.message, other.properties[0].message);
    EXPECT_EQ(r.trace.events, other.properties[0].trace.events);
    EXPECT_EQ(r.trace.loop, other.properties[0].trace.loop);
    return r;
  }
  Outcome outcome() { return judged().outcome; }
};
class Fair : public ::testing::Test, public Small {};

TEST_F(Fair, AProcessThatCanTakesAStep) {
  spin();
  const int p = b.process("sets", 1, {location("here"), final_location("end")});
  b.move(p, 0, 1, yes(), {set(came, 1)});
  EXPECT_EQ(outcome(), Outcome::kSafe);
}

TEST_F(Fair, AProcessThatSpinsGoesOnForEver) {
  spin();
  const PropertyResult r = judged();
  ASSERT_EQ(r.outcome, Outcome::kViolated);
  EXPECT_EQ(names(b.program, r.trace), "move00");
  EXPECT_EQ(r.trace.loop, 0);
}

TEST_F(Fair, WhereNobodyCanGoOnARunEnds) {
  spin({set(turn, 1)}, is(turn, 0));
  const PropertyResult r = judged();
  ASSERT_EQ(r.outcome, Outcome::kViolated);
  EXPECT_EQ(names(b.program, r.trace), "move00");
  EXPECT_EQ(r.trace.loop, 1);
}

TEST_F(Fair, SpeculativeStepsAreNotOwed) {
  b.step("may", StepKind::kSpeculative, yes(), {set(came, 1)});
  const PropertyResult r = judged();
  ASSERT_EQ(r.outcome, Outcome::kViolated);
  EXPECT_EQ(names(b.program, r.trace), "");
  EXPECT_EQ(r.trace.loop, 0);
}

TEST_F(Fair, EventualStepsAre) {
  spin();
  b.step("will", StepKind::kEventual, yes(), {set(came, 1)});
  EXPECT_EQ(outcome(), Outcome::kSafe);
}

TEST_F(Fair, StepsThatRelyOnACopyAreNotOwed) {
  for (const StepKind kind : {StepKind::kProgram, StepKind::kEventual}) {
    Small one;
    if (kind == StepKind::kProgram) {
      one.spin({set(one.came, 1)});
    } else {
      one.b.step("will", kind, yes(), {set(one.came, 1)});
    }
    one.b.program.steps.back().relies_on_copy = true;
    EXPECT_EQ(one.outcome(), Outcome::kViolated);
  }
}

// The copy may be there each time.
TEST_F(Fair, AStepThatReliesOnACopyDoesForTheProcess) {
  spin();
  b.program.steps.back().relies_on_copy = true;
  spin({set(came, 1)});
  EXPECT_EQ(outcome(), Outcome::kViolated);
}

TEST_F(Fair, AnInterruptIsTaken) {
  const int h =
      b.process("handler", 0, {location("not active"), location("runs")}, ir::Role::kInterrupt);
  b.move(h, 0, 1, yes(), {}, StepKind::kEntry);
  b.move(h, 1, 0, yes(), {set(came, 1)});
  spin({}, is(b.program.processes[static_cast<std::size_t>(h)].control, 0));
  EXPECT_EQ(outcome(), Outcome::kSafe);
}

TEST_F(Fair, AnInterruptThatIsMaskedNowAndThenIsNot) {
  const int h = b.process("handler", 0, {location("not active")}, ir::Role::kInterrupt);
  b.move(h, 0, 0, is(turn, 1), {set(came, 1)}, StepKind::kEntry);
  spin({set(turn, ir::negate(get(turn)))});
  EXPECT_EQ(outcome(), Outcome::kViolated);
}

// The thread cannot go on while the handler is active.
TEST_F(Fair, AnInterruptThatComesAgainAndAgainStarvesItsThread) {
  const int h =
      b.process("handler", 0, {location("not active"), location("runs")}, ir::Role::kInterrupt);
  b.move(h, 0, 1, yes(), {}, StepKind::kEntry);
  b.move(h, 1, 0);
  spin({set(came, 1)}, is(b.program.processes[static_cast<std::size_t>(h)].control, 0));
  EXPECT_EQ(outcome(), Outcome::kViolated);
}

TEST_F(Fair, WhoLooksNowAndThenMayAlwaysLookAtTheWrongMoment) {
  spin({set(turn, ir::negate(get(turn)))});
  const int p = b.process("waits", 1, {location("here"), final_location("end")});
  b.move(p, 0, 1, is(turn, 1), {set(came, 1)});
  const PropertyResult r = judged();
  ASSERT_EQ(r.outcome, Outcome::kViolated);
  EXPECT_EQ(names(b.program, r.trace), "move00 move00");
  EXPECT_EQ(r.trace.loop, 0);
}

// Whatever the other one does, it can always do one or the other.
TEST_F(Fair, AProcessOwesAStepThoughNotAlwaysTheSame) {
  spin({set(turn, ir::negate(get(turn)))});
  const int p = b.process("branches", 1, {location("here"), final_location("end")});
  b.move(p, 0, 1, is(turn, 1), {set(came, 1)});
  b.move(p, 0, 1, is(turn, 0), {set(came, 1)});
  EXPECT_EQ(outcome(), Outcome::kSafe);
}

// One that has too many cubes for the engine.
TEST_F(Fair, AStepThatIsEvaluatedIsOwedAsWell) {
  ExprRef sum = lit(0);
  for (int i = 0; i < 10; ++i) {
    const int bit = b.variable("bit" + std::to_string(i), boolean());
    b.step("set", StepKind::kSpeculative, is(bit, 0), {set(bit, 1)});
    sum = ir::binary(Op::kAdd, sum, get(bit));
  }
  spin();
  const int p = b.process("sums", 1, {location("here"), final_location("end")});
  for (const int parity : {0, 1}) {
    b.move(p, 0, 1, eq(ir::binary(Op::kMod, sum, lit(2)), lit(parity)), {set(came, 1)});
  }
  EXPECT_EQ(outcome(), Outcome::kSafe);
}

TEST_F(Fair, NoChoiceIsOwed) {
  for (const bool choice : {true, false}) {
    Small one;
    one.b.step("one", StepKind::kEventual, yes(), {set(one.came, choice ? ir::choice(0) : lit(1))});
    if (choice) one.b.program.steps.back().choices.push_back({"c", boolean()});
    EXPECT_EQ(one.outcome(), choice ? Outcome::kViolated : Outcome::kSafe);
  }
}

TEST_F(Fair, NoAlternativeOfARuleIsOwed) {
  for (const bool together : {true, false}) {
    Small one;
    one.b.step("one", StepKind::kEventual, yes(), {});
    one.b.program.steps.back().rule = "rule";
    one.b.step("other", StepKind::kEventual, yes(), {set(one.came, 1)});
    one.b.program.steps.back().rule = together ? "rule" : "another rule";
    EXPECT_EQ(one.outcome(), together ? Outcome::kViolated : Outcome::kSafe);
  }
}

TEST_F(Fair, ARunCanGoRoundBetweenTwoThatOweSteps) {
  // Each of them is open, and each takes steps; what should come needs both at once.
  const int p = b.process("other", 1, {location("a"), location("b")});
  b.move(p, 0, 1);
  b.move(p, 1, 0);
  spin({set(turn, ir::negate(get(turn)))});
  const PropertyResult r = judged();
  ASSERT_EQ(r.outcome, Outcome::kViolated);
  EXPECT_EQ(r.trace.loop, 0);
  EXPECT_EQ(r.trace.events.size(), 4u);
}

TEST_F(Fair, WhatComesOnceIsEnough) {
  leads(get(asked), get(turn));
  spin({set(came, 1), set(turn, 1), set(asked, 0)});
  b.step("lost", StepKind::kSpeculative, yes(), {set(came, 0), set(turn, 0)});
  EXPECT_EQ(outcome(), Outcome::kSafe);
}

// Asked for again after it came, and then never.
TEST_F(Fair, TheSecondTimeCounts) {
  const int p = b.process("sets", 1, {location("a"), location("b"), final_location("c")});
  b.move(p, 0, 1, yes(), {set(came, 1)});
  b.move(p, 1, 2, yes(), {set(came, 0)});
  const PropertyResult r = judged();
  ASSERT_EQ(r.outcome, Outcome::kViolated);
  EXPECT_EQ(names(b.program, r.trace), "move01 move12");
}

TEST_F(Fair, EachOfSeveralCounts) {
  leads(is(came, 1), get(turn));
  spin({set(came, 1)});
  const PropertyResult r = judged();
  ASSERT_EQ(r.outcome, Outcome::kViolated);
  EXPECT_EQ(names(b.program, r.trace), "move00 move00");
  EXPECT_EQ(r.trace.loop, 1);
}

TEST_F(Fair, WhatIsNeverAskedForSaysNothing) {
  b.program.variables[static_cast<std::size_t>(asked)].init[0] = 0;
  spin();
  const PropertyResult r = judged();
  EXPECT_EQ(r.outcome, Outcome::kVacuous);
  EXPECT_EQ(r.message, "comes judges what never happened: its condition never held");
}

TEST_F(Fair, WhatIsThereAlreadyIsRemarked) {
  b.program.variables[static_cast<std::size_t>(came)].init[0] = 1;
  spin();
  const PropertyResult r = judged();
  EXPECT_EQ(r.outcome, Outcome::kSafe);
  EXPECT_EQ(r.message, "note: wherever the first condition holds, the second one does already");
}

TEST_F(Fair, AConditionWithoutAMeaningIsAModelError) {
  leads(ir::binary(Op::kDiv, lit(1), get(came)), yes());
  spin({set(came, 1)});
  EXPECT_EQ(outcome(), Outcome::kError);
}

TEST_F(Fair, CutShortItIsNeverSafe) {
  const int n = b.variable("n", range(0, 9));
  b.step("count", StepKind::kEventual, ir::binary(Op::kLt, get(n), lit(9)),
         {set(n, ir::binary(Op::kAdd, get(n), lit(1)))});
  spin({set(came, 1)});
  interp::Options slow;
  slow.max_states = 5;
  EXPECT_EQ(b.explore(slow).properties[0].outcome, Outcome::kInconclusive);
  engine::Options fast;
  fast.properties = {property};
  fast.max_states = 5;
  EXPECT_EQ(judge(b.program, fast).result.properties[0].outcome, Outcome::kInconclusive);
  fast.max_states = 0;
  EXPECT_EQ(judge(b.program, fast).result.properties[0].outcome, Outcome::kSafe);
  fast.lossy = true;
  EXPECT_EQ(judge(b.program, fast).result.properties[0].outcome, Outcome::kInconclusive);
}

TEST_F(Fair, ReductionsThatLeaveSomethingOutAreNotFor) {
  spin();
  b.program.finish();
  engine::Options options;
  options.properties = {property};
  options.partial_order = options.symmetry = true;
  const Judged judged = judge(b.program, options);
  EXPECT_FALSE(judged.stats.reduced);
  const std::string why = "comes asks for weakly fair runs, where it matters whose steps are taken";
  EXPECT_EQ(judged.stats.not_reduced, why);
  ASSERT_EQ(judged.stats.symmetry.size(), 1u);
  EXPECT_EQ(judged.stats.symmetry[0].explanation, why);
  EXPECT_FALSE(judged.stats.symmetry[0].any);
}

// A run that is shown is looked at again: what is wrong with it is seen.
TEST_F(Fair, ARunThatShowsNothing) {
  const int p = b.process("waits", 1, {location("here"), final_location("end")});
  b.move(p, 0, 1, is(turn, 1), {set(came, 1)});
  spin({set(turn, ir::negate(get(turn)))});
  const Trace good = judged().trace;
  const ir::LeadsTo& leads = b.program.properties[0].leads[0];
  ASSERT_TRUE(interp::shows(b.program, leads, good));
  const auto after = [&](const auto& change) {
    Trace t = good;
    change(t);
    t.states.clear();
    interp::replay(b.program, t);
    return interp::shows(b.program, leads, t);
  };
  EXPECT_TRUE(after([](Trace&) {}));
  EXPECT_FALSE(after([](Trace& t) { t.loop = -1; }));
  EXPECT_FALSE(after([](Trace& t) { t.loop = 3; }));
  EXPECT_FALSE(after([](Trace& t) { t.loop = 1; }));           // does not come back
  EXPECT_FALSE(after([](Trace& t) { t.loop = 2; }));           // somebody can go on
  EXPECT_FALSE(after([](Trace& t) { t.events.pop_back(); }));  // does not come back
  EXPECT_TRUE(after([](Trace& t) {
    t.events.push_back(t.events[0]);
    t.events.push_back(t.events[0]);
  }));
  EXPECT_TRUE(after([](Trace& t) {
    t.events.push_back(t.events[0]);
    t.loop = 1;
  }));
  EXPECT_FALSE(after([&](Trace& t) {
    t.events.resize(1);
    t.events.push_back({0, {}});  // it came
    t.loop = 2;
  }));
}

}  // namespace
}  // namespace stalemate::judge
