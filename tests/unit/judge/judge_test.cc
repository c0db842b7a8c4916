// The fast engine against the reference explorer: verdicts, counts, runs, words.
#include "judge/judge.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "../engine/programs.h"
#include "interp/explore.h"
#include "random_program.h"
#include "reduce/put_back.h"
#include "reduce/saturate.h"

namespace stalemate::judge {
namespace {

using interp::test::kEvery;

std::vector<int> all_properties(const ir::Program& p) {
  std::vector<int> out;
  for (std::size_t i = 0; i < p.properties.size(); ++i) out.push_back(static_cast<int>(i));
  return out;
}

Result by_engine(const ir::Program& p, int threads, bool lossy = false) {
  engine::Options options;
  options.lossy = lossy;
  options.properties = all_properties(p);
  options.threads = threads;
  return judge(p, options).result;
}

Result by_reference(const ir::Program& p) {
  interp::Options options;
  options.properties = all_properties(p);
  return interp::explore(p, options);
}

std::string told(const Trace& trace) {
  std::ostringstream out;
  for (const Event& e : trace.events) {
    out << e.step;
    for (const ir::Value c : e.choices) out << "/" << c;
    out << " ";
  }
  return out.str();
}

void expect_same(const Result& a, const Result& b) {
  EXPECT_EQ(a.model_error.empty(), b.model_error.empty()) << a.model_error << b.model_error;
  EXPECT_EQ(a.complete, b.complete) << a.stopped << b.stopped;
  if (!a.model_error.empty() || !b.model_error.empty()) return;
  EXPECT_EQ(a.counts.states, b.counts.states);
  EXPECT_EQ(a.counts.transitions, b.counts.transitions);
  EXPECT_EQ(a.counts.depth, b.counts.depth);
  EXPECT_EQ(a.fired, b.fired);
  EXPECT_EQ(a.goals, b.goals);
  ASSERT_EQ(a.properties.size(), b.properties.size());
  for (std::size_t i = 0; i < a.properties.size(); ++i) {
    SCOPED_TRACE("property " + std::to_string(i));
    const PropertyResult& x = a.properties[i];
    const PropertyResult& y = b.properties[i];
    EXPECT_EQ(x.property, y.property);
    EXPECT_EQ(x.outcome, y.outcome);
    EXPECT_EQ(x.message, y.message);
    EXPECT_EQ(told(x.trace), told(y.trace));
    EXPECT_EQ(x.trace.states, y.trace.states);
    EXPECT_EQ(x.trace.program_steps, y.trace.program_steps);
    EXPECT_EQ(x.trace.environment_steps, y.trace.environment_steps);
    EXPECT_EQ(x.trace.loop, y.trace.loop);
    EXPECT_EQ(x.stuck, y.stuck);
    EXPECT_EQ(x.wait_graph.waits, y.wait_graph.waits);
    EXPECT_EQ(x.wait_graph.cycle, y.wait_graph.cycle);
  }
}

TEST(Judge, RandomPrograms) {
  int violated = 0;
  for (unsigned seed = 0; seed < 2000; seed += kEvery) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    const ir::Program p = interp::test::RandomProgram(seed, false).build();
    const Result reference = by_reference(p);
    expect_same(by_engine(p, 1 + static_cast<int>(seed % 2)), reference);
    for (const PropertyResult& r : reference.properties) {
      violated += r.outcome == Outcome::kViolated ? 1 : 0;
    }
    if (::testing::Test::HasFailure()) return;
  }
  EXPECT_GT(violated, 500 / kEvery);
}

// With saturated caches, and with the loads put back.
TEST(Judge, RandomProgramsWithCopies) {
  int violated = 0, saturated = 0;
  for (unsigned seed = 0; seed < 1500; seed += kEvery) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    const ir::Program p = interp::test::RandomProgram(seed, false, true).build();
    const reduce::Saturated s = reduce::saturate(p);
    if (s.fills.empty()) continue;
    ++saturated;
    const Result reference = reduce::put_back(p, s, by_reference(s.program));
    expect_same(reduce::put_back(p, s, by_engine(s.program, 1)), reference);
    for (const PropertyResult& r : reference.properties) {
      violated += r.outcome == Outcome::kViolated ? 1 : 0;
    }
    if (::testing::Test::HasFailure()) return;
  }
  EXPECT_GT(saturated, 500 / kEvery);
  EXPECT_GT(violated, 500 / kEvery);
}

// No two of so few states have the same hash; but nothing is safe, and nobody known to be stuck.
TEST(Judge, LossyProvesNothing) {
  int violated = 0, open = 0;
  const auto check = [&](const ir::Program& p) {
    const Result exact = by_engine(p, 1);
    const Result lossy = by_engine(p, 2, true);
    EXPECT_FALSE(lossy.complete);
    EXPECT_NE(lossy.stopped.find("--lossy"), std::string::npos) << lossy.stopped;
    EXPECT_EQ(exact.counts.states, lossy.counts.states);
    EXPECT_EQ(exact.counts.transitions, lossy.counts.transitions);
    for (std::size_t i = 0; i < exact.properties.size(); ++i) {
      const PropertyResult& a = exact.properties[i];
      const PropertyResult& b = lossy.properties[i];
      const ir::Property::Kind kind = p.properties[static_cast<std::size_t>(a.property)].kind;
      const bool judged_later =
          kind == ir::Property::Kind::kNoStuck || kind == ir::Property::Kind::kLeadsTo;
      const bool same = a.outcome == Outcome::kViolated && !judged_later;
      EXPECT_EQ(b.outcome, same ? Outcome::kViolated : Outcome::kInconclusive);
      if (same) {
        EXPECT_EQ(told(a.trace), told(b.trace));
      }
      ++(same ? violated : open);
    }
  };
  for (unsigned seed = 0; seed < 300; seed += kEvery) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    check(interp::test::RandomProgram(seed, false).build());
    if (::testing::Test::HasFailure()) return;
  }
  for (const engine::test::Named& m : engine::test::variants("bench/mtrr.flush", 2, 3)) {
    SCOPED_TRACE(m.name);
    check(m.program);
  }
  EXPECT_GT(violated, 50 / kEvery);
  EXPECT_GT(open, 50 / kEvery);
}

TEST(Judge, RandomProgramsWithErrors) {
  int errors = 0;
  for (unsigned seed = 0; seed < 1000; seed += kEvery) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    const ir::Program p = interp::test::RandomProgram(seed, true).build();
    const Result reference = by_reference(p);
    const Result engine = by_engine(p, 1);
    expect_same(engine, reference);
    if (!reference.model_error.empty()) {
      ++errors;
      // Which of several errors at one distance is shown may differ; how far it is may not.
      EXPECT_EQ(engine.model_error_trace.program_steps, reference.model_error_trace.program_steps);
      EXPECT_FALSE(engine.model_error.empty());
    }
    if (::testing::Test::HasFailure()) return;
  }
  EXPECT_GT(errors, kEvery == 1 ? 100 : 4);
}

}  // namespace
}  // namespace stalemate::judge
