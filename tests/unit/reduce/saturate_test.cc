#include "reduce/saturate.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "copies.h"
#include "interp/eval.h"
#include "ir/dump.h"

namespace stalemate::reduce::test {
namespace {

const ir::Step& step_named(const ir::Program& p, const std::string& name) {
  return *std::find_if(p.steps.begin(), p.steps.end(),
                       [&](const ir::Step& s) { return s.name == name; });
}

State fired(const ir::Program& p, const std::string& name, State s) {
  interp::fire(p, step_named(p, name), s, {});
  return s;
}

TEST(Saturate, StepsEndWithAllThatCanBeLoaded) {
  OneTlb b;
  b.write(2);
  b.flush();
  b.use(1);
  const ir::Program p = b.finished();
  const Saturated s = saturate(p);
  EXPECT_EQ(s.reductions, (std::vector<Reduction>{{"saturated copies", "tlb", true, ""}}));
  EXPECT_EQ(s.step_of, (std::vector<int>{2, 3, 4}));
  EXPECT_EQ(s.program.slots, p.slots);
  const auto tlb = [&](const State& x) {
    const int first = p.variables[static_cast<std::size_t>(b.tlb)].first;
    std::string out;
    for (int v = 0; v < 3; ++v) out += std::to_string(x[static_cast<std::size_t>(first + v)]);
    return out;
  };
  const State start = interp::initial_state(s.program);
  EXPECT_EQ(tlb(start), "010");
  const State written = fired(s.program, "write", start);
  EXPECT_EQ(tlb(written), "011");
  EXPECT_EQ(tlb(fired(s.program, "flush", written)), "001");
  EXPECT_EQ(ir::dump(p), ir::dump(b.program)) << "the original is as it was";
}

// What writes nothing that a gate reads is left alone.
TEST(Saturate, OtherStepsAreLeftAlone) {
  OneTlb b;
  b.write(2);
  b.use(1);
  const ir::Program p = b.finished();
  const Saturated s = saturate(p);
  EXPECT_EQ(step_named(s.program, "use1").body.size(), step_named(p, "use1").body.size());
  EXPECT_EQ(step_named(s.program, "write").body.size(), step_named(p, "write").body.size() + 2);
}

TEST(Saturate, HeldOrLoadableIsHeld) {
  OneTlb b;
  const ExprRef stale = ir::any_of({b.held(1), is(b.pte, 1)});
  b.move(b.user, 0, 0, stale, {b.hold(1, lit(1))});
  b.program.steps.back().relies_on_copy = true;
  b.move(b.user, 0, 0, is(b.pte, 2), {b.hold(2, lit(1))});
  b.move(b.user, 0, 0, yes(), {b.hold(2, lit(1))});
  const ir::Program p = b.finished();
  const Saturated s = saturate(p);
  ASSERT_EQ(s.program.steps.size(), 3u);
  const auto control = [&] { return is(p.processes[1].control, 0); };
  EXPECT_TRUE(ir::equal(s.program.steps[0].guard, ir::all_of({control(), b.held(1)})));
  EXPECT_EQ(s.program.steps[0].body.size(), 1u);
  EXPECT_TRUE(ir::equal(s.program.steps[1].guard, p.steps[3].guard));
  EXPECT_EQ(s.program.steps[1].body.size(), 1u) << "it is held where the gate is open";
  EXPECT_EQ(s.program.steps[2].body.size(), 2u) << "it may not be held";
}

// A load after the copy was dropped is one.
TEST(Saturate, ALoadAfterAReset) {
  OneTlb b;
  b.move(b.user, 0, 0, ir::any_of({b.held(1), is(b.pte, 1)}),
         {set(b.pte, 0), b.hold(1, lit(0)), b.hold(1, lit(1))});
  b.program.steps.back().relies_on_copy = true;
  b.program.steps.back().name = "reload";
  const ir::Program p = b.finished();
  const Saturated s = saturate(p);
  const State after = fired(s.program, "reload", interp::initial_state(s.program));
  const int first = p.variables[static_cast<std::size_t>(b.tlb)].first;
  EXPECT_EQ(after[static_cast<std::size_t>(first + 1)], 1);
}

// What a pipeline fetches depends on what the TLB holds: one pass over both loads all of it.
TEST(Saturate, CachesThatLoadFromCaches) {
  OneTlb b;
  const int pipe = b.variable("pipe", boolean(), 0, {range(0, 2)});
  b.program.variables.back().space = ir::Space::kCopy;
  b.program.caches.insert(b.program.caches.begin(), {"pipe", pipe, 0, false});
  for (ir::Step& s : b.program.steps) s.fills = 1;
  for (const int v : {1, 2}) {
    b.step("fetch", StepKind::kSpeculative, b.held(v),
           {assign({pipe, {lit(v)}, ir::Order::kPlain}, lit(1))});
    b.program.steps.back().fills = 0;
  }
  b.write(2);
  const ir::Program p = b.finished();
  const Saturated s = saturate(p);
  ASSERT_EQ(s.program.steps.size(), 1u);
  State state = interp::initial_state(s.program);
  const auto first = static_cast<std::size_t>(p.variables[static_cast<std::size_t>(pipe)].first);
  EXPECT_EQ(state[first + 1], 1);
  EXPECT_EQ(state[first + 2], 0);
  interp::fire(s.program, s.program.steps[0], state, {});
  EXPECT_EQ(state[first + 2], 1);
}

TEST(Saturate, NothingToDo) {
  OneTlb b;
  b.program.caches[0].single = true;
  b.write(2);
  const ir::Program p = b.finished();
  const Saturated s = saturate(p);
  EXPECT_EQ(ir::dump(s.program), ir::dump(p));
  EXPECT_FALSE(s.reductions[0].applied);
}

}  // namespace
}  // namespace stalemate::reduce::test
