// What a search that is ended early has found.
#include "engine/search.h"

#include <gtest/gtest.h>

#include "../interp/build.h"
#include "engine/checkpoint.h"
#include "engine/explore.h"
#include "fault.h"

namespace stalemate::engine {
namespace {

using interp::test::Builder;
using interp::test::final_location;
using interp::test::get;
using interp::test::is;
using interp::test::lit;
using interp::test::location;
using interp::test::range;
using interp::test::set;

// A level of 3,000 states, one of which is not as the invariant says; the next step fails an
// assertion.
struct Wide {
  Wide() {
    const int x = b.variable("x", range(0, 3000));
    b.process("p", 0, {location("a"), final_location("b")});
    b.property("asserts");
    b.property("first", ir::Property::Kind::kInvariant, ir::negate(is(x, 1)));
    const int goal = b.goal("goal");
    b.step("choose", ir::StepKind::kEventual, is(x, 0), {set(x, ir::choice(0))});
    b.program.steps.back().choices.push_back({"to", range(1, 3000)});
    b.move(0, 0, 1, ir::negate(is(x, 0)),
           {interp::test::check(0, lit(0)), interp::test::cover(goal)});
    b.program.finish();
  }
  Builder b;
};

WaitGraph nobody(const State&, const std::vector<int>&, const std::vector<int>&,
                 const std::vector<std::string>&) {
  return {};
}

// A limit ends it in the middle of the level.
TEST(Search, WhatWasSeenStandsWhenItIsEnded) {
  const Wide m;
  for (const bool saved : {false, true}) {
    SCOPED_TRACE(saved);
    const TemporaryFolder folder;
    std::optional<CheckpointWriter> writer;
    Options o;
    if (saved) o.checkpoint = &writer.emplace(folder / "c", false);
    o.properties = {0, 1};
    o.mem_limit = 15 << 20;  // so that a round is a chunk
    o.max_states = 3500;
    const Explored e = explore_once(m.b.program, o, nobody);
    EXPECT_FALSE(e.findings.complete);
    EXPECT_LT(e.findings.states, 5000u) << e.findings.stopped;
    EXPECT_EQ(e.findings.violated[0], Distance({1, 1}));
    EXPECT_EQ(e.findings.violated[1], Distance({0, 1}));
    EXPECT_TRUE(e.findings.goals[0]);
    ASSERT_EQ(e.violated.size(), 2u);
    EXPECT_EQ(e.violated[0].run.size(), 2u);
  }
}

// A guard that is a model error wherever its process is.
TEST(Search, AnErrorMayComeBeforeTheLocation) {
  for (const bool moves : {false, true}) {
    SCOPED_TRACE(moves);
    Builder b;
    const int i = b.variable("i", range(0, 3), 3);
    const int a = b.variable("a", interp::test::boolean(), 0, {range(0, 1)});
    b.process("p", 0, {location("a"), location("b"), final_location("c")});
    const ir::ExprRef at = is(b.program.processes[0].control, 1);
    b.move(0, 1, 2, interp::test::yes());
    b.program.steps.back().guard = ir::all_of({interp::test::eq(get(a, {get(i)}), lit(1)), at});
    if (moves) b.move(0, 0, 2, interp::test::yes());
    b.program.finish();
    EXPECT_TRUE(explore_once(b.program, {}, nobody).findings.error);
  }
}

// Where old states cannot be written out when memory is short, the checkpoint still is.
TEST(Search, AFullDiskLeavesACheckpoint) {
  Builder b;
  for (const char* name : {"x", "y"}) {
    const int v = b.variable(name, range(0, 700));
    const ir::ExprRef next = ir::binary(ir::Op::kAdd, get(v), lit(1));
    b.step("on", ir::StepKind::kEventual, ir::binary(ir::Op::kLt, get(v), lit(700)),
           {set(v, next)});
  }
  b.program.finish();
  int could_not = 0;
  for (std::uint64_t limit = 4 << 20; limit < 40 << 20; limit += limit / 8) {
    SCOPED_TRACE(limit);
    const TemporaryFolder folder;
    CheckpointWriter writer(folder / "c", false);
    EXPECT_FALSE(writer.any());
    Options o;
    o.checkpoint = &writer;
    o.mem_limit = limit;
    o.spill_folder = folder / "none";
    const Explored e = explore_once(b.program, o, nobody);
    if (e.findings.complete) break;
    EXPECT_TRUE(writer.any());
    could_not += e.findings.stopped.find("none") != std::string::npos ? 1 : 0;
  }
  EXPECT_GE(could_not, 1);
}

}  // namespace
}  // namespace stalemate::engine
