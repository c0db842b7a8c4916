// Counterexamples that are ones, and runs that are none.
#include "interp/confirm.h"

#include <gtest/gtest.h>

#include "build.h"
#include "interp/explore.h"
#include "random_program.h"

namespace stalemate::interp::test {
namespace {

constexpr std::uint64_t kMany = 1000000;

std::vector<int> all_properties(const ir::Program& p) {
  std::vector<int> out;
  for (std::size_t i = 0; i < p.properties.size(); ++i) out.push_back(static_cast<int>(i));
  return out;
}

Result explored(const ir::Program& p) {
  Options options;
  options.properties = all_properties(p);
  return interp::explore(p, options);
}

// What the explorer finds is confirmed from nothing but the steps, with all that it says of it.
TEST(Confirm, RandomPrograms) {
  int confirmed = 0, stuck = 0;
  for (unsigned seed = 0; seed < 600; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    const ir::Program p = RandomProgram(seed, false).build();
    for (const PropertyResult& r : explored(p).properties) {
      if (r.outcome != Outcome::kViolated) continue;
      const PropertyResult again = confirm(p, r.property, r.trace.events, kMany, r.trace.loop);
      EXPECT_EQ(again.message, r.message);
      EXPECT_EQ(again.trace.states, r.trace.states);
      EXPECT_EQ(again.trace.program_steps, r.trace.program_steps);
      EXPECT_EQ(again.trace.loop, r.trace.loop);
      EXPECT_EQ(again.stuck, r.stuck);
      EXPECT_EQ(again.wait_graph.waits, r.wait_graph.waits);
      EXPECT_EQ(again.wait_graph.cycle, r.wait_graph.cycle);
      ++confirmed;
      stuck += r.stuck.empty() ? 0 : 1;
    }
  }
  EXPECT_GT(confirmed, 500);
  EXPECT_GT(stuck, 100);
}

// No run of a safe property is confirmed, whatever is stuck or violated besides.
TEST(Confirm, RunsOfOthersProveNothing) {
  int refused = 0;
  for (unsigned seed = 0; seed < 300; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    const ir::Program p = RandomProgram(seed, false).build();
    const Result result = explored(p);
    for (const PropertyResult& violated : result.properties) {
      if (violated.outcome != Outcome::kViolated) continue;
      for (const PropertyResult& safe : result.properties) {
        if (safe.outcome == Outcome::kViolated) continue;
        EXPECT_THROW(
            confirm(p, safe.property, violated.trace.events, kMany, violated.trace.loop),
            NotConfirmed);
        ++refused;
      }
    }
  }
  EXPECT_GT(refused, 300);
}

TEST(Confirm, ModelErrors) {
  int errors = 0;
  for (unsigned seed = 0; seed < 400; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    const ir::Program p = RandomProgram(seed, true).build();
    const Result r = explored(p);
    if (r.model_error.empty()) continue;
    const std::vector<Event>& run = r.model_error_trace.events;
    const Result again = confirm_model_error(p, all_properties(p), run);
    EXPECT_EQ(again.model_error, r.model_error);
    EXPECT_EQ(again.model_error_trace.states, r.model_error_trace.states);
    EXPECT_EQ(again.model_error_trace.events, run);
    ++errors;
    if (run.empty()) continue;
    EXPECT_THROW(confirm(p, 0, run, kMany), NotConfirmed);
    std::vector<Event> wrong = run;
    wrong.back().step = static_cast<int>(p.steps.size());
    EXPECT_THROW(confirm_model_error(p, all_properties(p), wrong), NotConfirmed);
  }
  EXPECT_GT(errors, 50);
}

// One process polls for ever while the machine counts.  What it need not do is not followed.
TEST(Confirm, StatesAfterTheEnd) {
  Builder b;
  const int n = b.variable("n", range(0, 9));
  const int p = b.process("waits", 0, {location("here"), final_location("end")});
  b.move(p, 0, 1, is(n, 9));
  b.step("count", StepKind::kEventual, yes(),
         {set(n, ir::binary(Op::kMod, ir::binary(Op::kAdd, get(n), lit(1)), lit(9)))});
  const int stuck = b.property("stuck", ir::Property::Kind::kNoStuck);
  b.program.finish();
  EXPECT_EQ(confirm(b.program, stuck, {}, kMany).stuck, std::vector<int>{p});
  EXPECT_THROW(confirm(b.program, stuck, {}, 5), TooManyStates);
  b.program.steps.back().kind = StepKind::kSpeculative;
  EXPECT_EQ(confirm(b.program, stuck, {}, 5).stuck, std::vector<int>{p});
}

TEST(Confirm, SaysWhichStepIsNotOne) {
  Builder b;
  const int p = b.process("goes", 0, {location("here"), final_location("end")});
  b.move(p, 0, 1);
  const int asserts = b.property("asserts");
  b.program.finish();
  const auto said = [&](const std::vector<Event>& run) -> std::string {
    try {
      confirm(b.program, asserts, run, kMany);
    } catch (const NotConfirmed& e) {
      return e.what();
    }
    return "confirmed";
  };
  EXPECT_EQ(said({{0, {}}, {0, {}}}), "event 2: move01 is not enabled");
  EXPECT_EQ(said({{1, {}}}), "event 1: there is no step 1");
  EXPECT_EQ(said({{0, {3}}}), "event 1: move01 has no such choice");
  EXPECT_EQ(said({{0, {}}}), "no assertion of asserts fails in the last step");
}

}  // namespace
}  // namespace stalemate::interp::test
