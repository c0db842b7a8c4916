// Which loads a run gets back, and where.
#include "reduce/put_back.h"

#include <gtest/gtest.h>

#include "copies.h"

namespace stalemate::reduce::test {
namespace {

Result explored(const ir::Program& p) {
  interp::Options options;
  for (std::size_t i = 0; i < p.properties.size(); ++i) {
    options.properties.push_back(static_cast<int>(i));
  }
  return interp::explore(p, options);
}

struct Shown {
  ir::Program p;
  Result result;
};
Shown shown(OneTlb& b) {
  Shown out{b.finished(), {}};
  const Saturated s = saturate(out.p);
  EXPECT_TRUE(s.reductions[0].applied) << s.reductions[0].why;
  out.result = put_back(out.p, s, explored(s.program));
  return out;
}

// The old entry is walked just before it is replaced, and nothing else is loaded.
TEST(PutBack, ALoadComesJustBeforeItsGateCloses) {
  OneTlb b;
  const int moved = b.variable("moved", boolean());
  b.move(b.kernel, 0, 1, yes(), {set(moved, 1)});
  b.program.steps.back().name = "prepare";
  b.move(b.kernel, 1, 2, yes(), {set(b.pte, 2)});
  b.program.steps.back().name = "write";
  b.use(1, {check(0, is(b.pte, 1), text("stale"))});
  const Shown s = shown(b);
  const PropertyResult& r = s.result.properties[0];
  EXPECT_EQ(names(s.p, r.trace), "prepare fill1 write use1");
  EXPECT_EQ(r.message, "stale");
  EXPECT_EQ(r.trace.program_steps, 3);
  EXPECT_EQ(r.trace.environment_steps, 1);
  EXPECT_EQ(r.trace.states.size(), 5u);
  EXPECT_EQ(s.result.fired.size(), s.p.steps.size());
}

TEST(PutBack, ARunWithoutStaleCopiesHasNoLoads) {
  OneTlb b;
  b.write(2);
  b.move(b.user, 0, 0, ir::any_of({b.held(2), is(b.pte, 2)}),
         {b.hold(2, lit(1)), check(0, lit(0))});
  b.program.steps.back().relies_on_copy = true;
  b.program.steps.back().name = "use";
  const Shown s = shown(b);
  EXPECT_EQ(names(s.p, s.result.properties[0].trace), "write use");
}

// Where only a copy violates an invariant, its load is what violates it.
TEST(PutBack, InvariantsViolatedByALoad) {
  OneTlb b;
  b.property("inv", ir::Property::Kind::kInvariant, ir::negate(b.held(2)), text("two"));
  b.write(2);
  const Shown s = shown(b);
  EXPECT_EQ(names(s.p, s.result.properties[1].trace), "write fill2");
  EXPECT_EQ(s.result.properties[1].message, "two");
}

TEST(PutBack, StuckForGood) {
  OneTlb b;
  b.property("stuck", ir::Property::Kind::kNoStuck);
  const int go = b.variable("go", boolean());
  b.move(b.kernel, 0, 1, is(b.pte, 2), {});
  b.program.steps.back().waits = "ack";
  b.move(b.kernel, 1, 2, is(go, 1), {});
  b.move(b.user, 0, 0, ir::all_of({b.held(1), is(go, 0)}), {set(go, 1), set(b.pte, 0)});
  b.program.steps.back().relies_on_copy = true;
  b.program.steps.back().name = "spoil";
  const Shown s = shown(b);
  const PropertyResult& r = s.result.properties[1];
  ASSERT_EQ(r.outcome, Outcome::kViolated);
  EXPECT_EQ(r.stuck, (std::vector<int>{0, 1}));
  EXPECT_EQ(names(s.p, r.trace), "");
}

TEST(PutBack, ModelErrors) {
  OneTlb b;
  b.write(2);
  b.use(1, {set(b.pte, ir::binary(Op::kAdd, get(b.pte), lit(1)))});
  b.program.steps.back().guard = ir::all_of({b.program.steps.back().guard, is(b.pte, 2)});
  const Shown s = shown(b);
  ASSERT_NE(s.result.model_error, "");
  const Trace& trace = s.result.model_error_trace;
  EXPECT_EQ(names(s.p, trace), "fill1 write use1");
  EXPECT_EQ(trace.states.size(), 4u);
  EXPECT_EQ(trace.states[2], trace.states[3]);
  EXPECT_EQ(trace.program_steps, 2);
}

// A result of another program is not repeated, and not shown.
TEST(PutBack, WhatCannotBeRepeatedIsToldSo) {
  OneTlb b;
  b.write(2);
  b.use(1, {check(0, is(b.pte, 1), text("stale"))});
  const ir::Program p = b.finished();
  const Saturated s = saturate(p);
  Result result = explored(s.program);
  Saturated none = s;
  none.fills.clear();
  EXPECT_THROW(put_back(p, none, result), Disagreement);
  result.properties[0].trace.events.pop_back();
  EXPECT_THROW(put_back(p, s, result), Disagreement);
}

}  // namespace
}  // namespace stalemate::reduce::test
