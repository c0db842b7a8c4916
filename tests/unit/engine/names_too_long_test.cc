// A search in which names get too long, again and again, finds what it finds otherwise.
#include <gtest/gtest.h>

#include "engine/checkpoint.h"
#include "engine/explore.h"
#include "fault.h"
#include "interp/wait_for.h"
#include "programs.h"
#include "protocol_program.h"

namespace stalemate::engine::test {
namespace {

struct Totals {
  int programs = 0, violated = 0, errors = 0;
  std::size_t generations = 0;
};

Explored run(const ir::Program& p, Options o, const NameLimits& names) {
  for (std::size_t i = 0; i < p.properties.size(); ++i) o.properties.push_back(static_cast<int>(i));
  o.names = names;
  const interp::WaitFor wait_for(p);
  return explore_once(p, o,
                      [&](const State& s, const std::vector<int>& stuck,
                          const std::vector<int>& hanging, const std::vector<std::string>& labels) {
                        return wait_for.graph(s, stuck, hanging, labels);
                      });
}

void compare(const ir::Program& p, Totals& totals) {
  for (const bool reduced : {false, true}) {
    SCOPED_TRACE(reduced);
    Options o;
    o.partial_order = o.symmetry = reduced;
    o.threads = reduced ? 2 : 1;
    o.max_states = 4000;
    const Explored expected = run(p, o, {});
    for (const int bits : {6, 14}) {
      const Explored found = run(p, o, {.plain_bits = 0, .most_bits = bits});
      const Findings &a = found.findings, &b = expected.findings;
      EXPECT_EQ(a.states, b.states);
      EXPECT_EQ(a.transitions, b.transitions);
      EXPECT_EQ(a.depth, b.depth);
      EXPECT_EQ(a.fired, b.fired);
      EXPECT_EQ(a.goals, b.goals);
      EXPECT_EQ(a.violated, b.violated);
      EXPECT_EQ(a.complete, b.complete);
      EXPECT_EQ(a.error, b.error);
      ASSERT_EQ(found.violated.size(), expected.violated.size());
      for (std::size_t i = 0; i < found.violated.size(); ++i) {
        EXPECT_EQ(found.violated[i].property, expected.violated[i].property);
        EXPECT_EQ(found.violated[i].run.size(), expected.violated[i].run.size());
      }
      ++totals.programs;
      totals.violated += expected.violated.empty() ? 0 : 1;
      totals.errors += b.error ? 1 : 0;
      totals.generations += found.stats.name_generations;
    }
  }
}

void print(const char* what, const Totals& t) {
  std::cout << what << ": " << t.programs << " searches, " << t.violated << " violated, "
            << t.errors << " with errors, " << t.generations << " generations\n";
}

// Wide numbers, which steps that are evaluated make of each other.
TEST(NamesTooLong, WhereStepsAreEvaluated) {
  constexpr int kNumbers = 6;
  interp::test::Builder b;
  std::vector<int> numbers;
  for (int i = 0; i < kNumbers; ++i) {
    numbers.push_back(b.variable("n" + std::to_string(i), range(0, 999), i));
  }
  for (const int to : numbers) {
    const int from = numbers[static_cast<std::size_t>(to + 1) % kNumbers];
    const ExprRef sum =
        ir::binary(ir::Op::kAdd, get(to), ir::binary(ir::Op::kMul, get(from), lit(7)));
    b.step("mix", ir::StepKind::kEventual, yes(),
           {set(to, ir::binary(ir::Op::kMod, sum, lit(50)))});
  }
  b.property("low", ir::Property::Kind::kInvariant, ir::negate(is(numbers[0], 49)));
  b.program.finish();
  const Layout layout(b.program);
  ASSERT_FALSE(Executor(b.program, layout).steps().general.empty());
  Totals totals;
  compare(b.program, totals);
  print("evaluated", totals);
  EXPECT_GE(totals.generations, 4u);
  EXPECT_GE(totals.violated, 4);
}

TEST(NamesTooLong, InModels) {
  Totals totals;
  for (const Named& m : real_models()) {
    SCOPED_TRACE(m.name);
    compare(m.program, totals);
  }
  print("models", totals);
  EXPECT_GE(totals.generations, 100u);
}

// All states are named anew when a search goes on, and then names get too long elsewhere.
TEST(NamesTooLong, InACheckpoint) {
  Totals totals;
  for (const Named& m : variants("bench/mtrr.flush", 1, 3)) {
    SCOPED_TRACE(m.name);
    Options o;
    o.fingerprint = m.name;
    const NameLimits limits{.plain_bits = 0, .most_bits = 12};
    const Explored whole = run(m.program, o, limits);
    totals.generations += whole.stats.name_generations;
    const TemporaryFolder folder;
    for (std::uint64_t most = 0; most < whole.findings.states;
         most += 1 + whole.findings.states / 5) {
      CheckpointWriter writer(folder.path(), most != 0);
      o.checkpoint = &writer;
      o.resume_from = most == 0 ? "" : folder.path();
      o.max_states = most + 1;
      EXPECT_FALSE(run(m.program, o, limits).findings.complete);
    }
    CheckpointWriter writer(folder.path(), true);
    o.checkpoint = &writer;
    o.resume_from = folder.path();
    o.max_states = 0;
    const Explored resumed = run(m.program, o, limits);
    EXPECT_EQ(resumed.findings.states, whole.findings.states);
    EXPECT_EQ(resumed.findings.transitions, whole.findings.transitions);
    EXPECT_EQ(resumed.findings.fired, whole.findings.fired);
    EXPECT_EQ(resumed.findings.violated, whole.findings.violated);
    ++totals.programs;
  }
  print("checkpoints", totals);
  EXPECT_GE(totals.generations, 2u);
}

}  // namespace
}  // namespace stalemate::engine::test
