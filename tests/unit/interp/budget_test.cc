// Searches that are ended early say so and never claim safety.
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <atomic>
#include <cstdio>

#include "build.h"

namespace stalemate::interp::test {
namespace {

constexpr auto kInvariant = ir::Property::Kind::kInvariant;

// `counters` counters of 32 values each, and the invariant that the first stays below `limit`.
Builder counting(int counters, int limit) {
  Builder b;
  for (int i = 0; i < counters; ++i) {
    const int x = b.variable("x" + std::to_string(i), range(0, 31));
    b.step("up" + std::to_string(i), StepKind::kProgram, ir::binary(Op::kLt, get(x), lit(31)),
           {set(x, ir::binary(Op::kAdd, get(x), lit(1)))});
  }
  b.property("small", kInvariant, ir::binary(Op::kLt, get(0), lit(limit)), text("not small"));
  return b;
}

TEST(Budgets, MaxStates) {
  Builder b = counting(2, 100);
  Options options;
  options.max_states = 1000;
  Result r = b.explore(options);
  EXPECT_FALSE(r.complete);
  EXPECT_EQ(r.stopped, "reached --max-states 1000; raise it to go on");
  EXPECT_EQ(r.counts.states, 1000u);
  EXPECT_EQ(r.properties[0].outcome, Outcome::kInconclusive);
  EXPECT_EQ(r.properties[0].message, "");

  options.max_states = 1024;
  r = b.explore(options);
  EXPECT_TRUE(r.complete);
  EXPECT_EQ(r.properties[0].outcome, Outcome::kSafe);
}

TEST(Budgets, AViolationFoundBeforeStandsWithItsTrace) {
  Builder b = counting(3, 3);
  Options options;
  options.max_states = 100;
  const Result r = b.explore(options);
  EXPECT_FALSE(r.complete);
  ASSERT_EQ(r.properties[0].outcome, Outcome::kViolated);
  EXPECT_EQ(r.properties[0].message, "not small");
  EXPECT_EQ(names(b.program, r.properties[0].trace), "up0 up0 up0");
}

TEST(Budgets, TimeLimit) {
  Builder b = counting(6, 100);
  Options options;
  options.time_limit = 0.05;
  const Result r = b.explore(options);
  EXPECT_FALSE(r.complete);
  EXPECT_EQ(r.stopped, "reached --time-limit 0.05 after " + std::to_string(r.counts.states) +
                           " states and " + std::to_string(r.counts.transitions) +
                           " transitions; raise it to go on");
  EXPECT_GE(r.counts.seconds, 0.05);
  EXPECT_LT(r.counts.seconds, 5);
  EXPECT_EQ(r.properties[0].outcome, Outcome::kInconclusive);
}

TEST(Budgets, MemLimit) {
  Builder b = counting(6, 100);
  Options options;
  options.mem_limit = 4000000;
  const Result r = b.explore(options);
  EXPECT_FALSE(r.complete);
  EXPECT_EQ(r.stopped.rfind("reached --mem-limit 4000000 after ", 0), 0u) << r.stopped;
  EXPECT_GT(r.counts.states, 10000u);
  EXPECT_LT(r.counts.states, 400000u);
  EXPECT_EQ(r.properties[0].outcome, Outcome::kInconclusive);
}

TEST(Budgets, MemLimitCountsTheEdges) {
  Builder b = counting(3, 100);
  Options options;
  options.mem_limit = 1600000;
  EXPECT_TRUE(b.explore(options).complete);
  b.property("stuck", ir::Property::Kind::kNoStuck);
  EXPECT_FALSE(b.explore(options).complete);
}

TEST(Budgets, Interrupted) {
  Builder b = counting(6, 100);
  std::atomic<bool> interrupted{true};
  Options options;
  options.interrupted = &interrupted;
  const Result r = b.explore(options);
  EXPECT_FALSE(r.complete);
  EXPECT_EQ(r.stopped,
            "interrupted after 1 states and 0 transitions; run it again to explore the rest");
  EXPECT_EQ(r.properties[0].outcome, Outcome::kInconclusive);
}

TEST(Budgets, ProgressIsReportedTenTimesASecondAndCanInterrupt) {
  Builder b = counting(6, 100);
  std::atomic<bool> interrupted{false};
  std::vector<Progress> seen;
  Options options;
  options.interrupted = &interrupted;
  options.progress = [&](const Progress& p) {
    seen.push_back(p);
    if (seen.size() == 3) interrupted = true;
  };
  const Result r = b.explore(options);
  ASSERT_EQ(seen.size(), 3u);
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_GE(seen[i].seconds, 0.1 * static_cast<double>(i + 1));
    EXPECT_GT(seen[i].states, 0u);
    EXPECT_GT(seen[i].transitions, 0u);
    EXPECT_GT(seen[i].queue, 0u);
    EXPECT_GT(seen[i].bytes, seen[i].states * 12);
  }
  EXPECT_GE(seen[2].program_steps, seen[0].program_steps);
  EXPECT_EQ(r.counts.states, seen[2].states);
  EXPECT_EQ(r.stopped.rfind("interrupted after ", 0), 0u);
}

// Address sanitizers reserve terabytes of addresses and do not throw std::bad_alloc.
#if defined(__SANITIZE_ADDRESS__)
#define STALEMATE_TEST_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define STALEMATE_TEST_ASAN 1
#endif
#endif

#ifndef STALEMATE_TEST_ASAN
// In a process of its own with few addresses left.
[[noreturn]] void explore_in_little_memory() {
  const rlimit limit{96 << 20, 96 << 20};
  if (setrlimit(RLIMIT_AS, &limit) != 0) std::_Exit(2);
  Builder b = counting(6, 100);
  b.property("small too", kInvariant, ir::binary(Op::kLt, get(1), lit(2)));
  b.property("stuck", ir::Property::Kind::kNoStuck);
  const Result r = b.explore();
  std::fprintf(stderr, "%s / %s / %s / %s\n", outcome_name(r.properties[0].outcome),
               outcome_name(r.properties[1].outcome), outcome_name(r.properties[2].outcome),
               r.stopped.c_str());
  std::_Exit(0);
}

TEST(BudgetsDeathTest, RunningOutOfMemoryIsInconclusive) {
  ::testing::FLAGS_gtest_death_test_style = "threadsafe";
  EXPECT_EXIT(explore_in_little_memory(), ::testing::ExitedWithCode(0),
              "inconclusive / violated / inconclusive / out of memory after [0-9]+ states; "
              "free some memory or make the model smaller to go on");
}
#endif

}  // namespace
}  // namespace stalemate::interp::test
