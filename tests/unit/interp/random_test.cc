// The explorer agrees with the naive one on everything it says about random programs.
#include <gtest/gtest.h>

#include "interp/eval.h"
#include "interp/lasso.h"
#include "naive.h"
#include "random_program.h"

namespace stalemate::interp::test {
namespace {

constexpr unsigned kPrograms = 3000;

Options all_properties(const ir::Program& p) {
  Options options;
  for (std::size_t i = 0; i < p.properties.size(); ++i) {
    options.properties.push_back(static_cast<int>(i));
  }
  return options;
}

bool same(const std::vector<Event>& a, const std::vector<Event>& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](const Event& x, const Event& y) {
    return x.step == y.step && x.choices == y.choices;
  });
}

Outcome unviolated(const Naive& naive, int property) {
  return naive.vacuous(property) ? Outcome::kVacuous : Outcome::kSafe;
}

// The trace replays to the states it shows, has the cost it claims, and ends in the violation.
void check_trace(const ir::Program& p, const PropertyResult& r, const Naive& naive) {
  Trace again;
  again.events = r.trace.events;
  const Effects last = replay(p, again);
  EXPECT_EQ(again.states, r.trace.states);
  int program = 0;
  for (const Event& e : r.trace.events) {
    program += ir::is_program(p.steps[static_cast<std::size_t>(e.step)].kind) ? 1 : 0;
  }
  EXPECT_EQ(r.trace.program_steps, program);
  EXPECT_EQ(r.trace.environment_steps, static_cast<int>(r.trace.events.size()) - program);

  const ir::Property& property = p.properties[static_cast<std::size_t>(r.property)];
  EXPECT_EQ(r.trace.loop >= 0, property.kind == ir::Property::Kind::kLeadsTo);
  const State& end = r.trace.states.back();
  switch (property.kind) {
    case ir::Property::Kind::kAsserts: {
      const bool violated =
          std::any_of(last.violations.begin(), last.violations.end(),
                      [&](const Violation& v) { return v.property == r.property; });
      EXPECT_TRUE(violated);
      break;
    }
    case ir::Property::Kind::kInvariant:
      EXPECT_EQ(evaluate(p, property.condition, end, {}), 0);
      break;
    case ir::Property::Kind::kNoStuck:
      EXPECT_FALSE(r.stuck.empty());
      EXPECT_EQ(r.stuck, naive.stuck(end, r.property));
      EXPECT_TRUE(property.cycle.empty() || !r.wait_graph.cycle.empty());
      break;
    case ir::Property::Kind::kLeadsTo:
      EXPECT_TRUE(std::any_of(property.leads.begin(), property.leads.end(),
                              [&](const ir::LeadsTo& l) { return shows(p, l, r.trace); }));
      break;
  }
}

// Violated where the naive explorer sees that it is, with the shortest way to where it begins.
void check_leads_to(const ir::Program& p, const PropertyResult& r, const Naive& naive) {
  const std::set<State> never = naive.never_comes(r.property);
  ASSERT_EQ(r.outcome, never.empty() ? unviolated(naive, r.property) : Outcome::kViolated);
  if (never.empty()) return;
  check_trace(p, r, naive);
  Naive::Cost least{1 << 20, 0};
  for (const State& s : never) least = std::min(least, naive.cost(s));
  Naive::Cost at{0, 0};
  bool begins = false;
  for (std::size_t i = 0; i < r.trace.states.size(); ++i) {
    begins = begins || (at == least && never.count(r.trace.states[i]) != 0);
    if (i == r.trace.events.size()) break;
    const auto step = static_cast<std::size_t>(r.trace.events[i].step);
    ++(ir::is_program(p.steps[step].kind) ? at.first : at.second);
  }
  EXPECT_TRUE(begins);
}

TEST(Random, AgreesWithTheNaiveExplorer) {
  std::size_t violated[8] = {}, safe[8] = {}, vacuous = 0, most = 0, longest = 0;
  std::size_t ends = 0, circles = 0;
  for (unsigned seed = 0; seed < kPrograms; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    const ir::Program p = RandomProgram(seed, false).build();
    const Naive naive(p);
    ASSERT_TRUE(naive.errors().empty());
    const Result r = explore(p, all_properties(p));
    ASSERT_EQ(r.model_error, "");
    ASSERT_TRUE(r.complete);
    EXPECT_EQ(r.counts.states, naive.states());
    EXPECT_EQ(r.counts.transitions, naive.transitions());
    EXPECT_EQ(r.counts.depth, naive.depth());
    EXPECT_EQ(r.goals[0], naive.reached(0));
    for (const PropertyResult& result : r.properties) {
      if (result.property == 7) {
        check_leads_to(p, result, naive);
        ++(result.outcome == Outcome::kViolated ? violated : safe)[7];
        (result.trace.loop == static_cast<int>(result.trace.events.size()) ? ends : circles) +=
            result.outcome == Outcome::kViolated ? 1 : 0;
        continue;
      }
      const auto expected = naive.counterexample(result.property);
      ASSERT_EQ(result.outcome, expected ? Outcome::kViolated : unviolated(naive, result.property));
      vacuous += result.outcome == Outcome::kVacuous ? 1 : 0;
      ++(expected ? violated : safe)[result.property];
      if (!expected) continue;
      EXPECT_TRUE(same(result.trace.events, *expected)) << names(p, result.trace);
      check_trace(p, result, naive);
      longest = std::max(longest, expected->size());
    }
    most = std::max(most, naive.states());
    if (::testing::Test::HasFailure()) return;
  }
  // The programs are worth something only if they are of all sorts.
  EXPECT_GT(ends, kPrograms / 20);
  EXPECT_GT(circles, kPrograms / 20);
  for (int i = 0; i < 8; ++i) {
    EXPECT_GT(violated[i], kPrograms / (i < 5 || i == 7 ? 20 : 200)) << i;
    EXPECT_GT(safe[i], kPrograms / 20) << i;
  }
  EXPECT_GT(vacuous, kPrograms / 20);
  EXPECT_GT(most, 100u);
  EXPECT_GT(longest, 8u);
}

// Stopping at the violations changes neither verdicts nor traces.
TEST(Random, StoppingWhenViolatedShowsTheSameTraces) {
  std::size_t stopped = 0;
  for (unsigned seed = 0; seed < kPrograms / 3; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    const ir::Program p = RandomProgram(seed, false).build();
    for (const int property : {0, 1, 3}) {
      Options options;
      options.properties = {property};
      const Result whole = explore(p, options);
      options.stop_when_violated = true;
      const Result part = explore(p, options);
      stopped += part.complete ? 0 : 1;
      EXPECT_LE(part.counts.states, whole.counts.states);
      EXPECT_EQ(part.properties[0].outcome, whole.properties[0].outcome);
      EXPECT_EQ(part.properties[0].message, whole.properties[0].message);
      EXPECT_TRUE(same(part.properties[0].trace.events, whole.properties[0].trace.events));
    }
    if (::testing::Test::HasFailure()) return;
  }
  EXPECT_GT(stopped, kPrograms / 20);
}

// Cut short anywhere, a violation that is shown is a real one, and nothing is called safe.
TEST(Random, CutShortItShowsRealViolationsOnly) {
  std::size_t violated = 0, inconclusive = 0;
  for (unsigned seed = 0; seed < kPrograms / 3; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    const ir::Program p = RandomProgram(seed, seed % 3 == 0).build();
    const Naive naive(p);
    Options options = all_properties(p);
    options.max_states = 1 + seed % (naive.states() + 1);
    const Result r = explore(p, options);
    EXPECT_LE(r.counts.states, options.max_states);
    if (!r.model_error.empty()) continue;
    EXPECT_EQ(r.complete, options.max_states >= naive.states());
    for (const PropertyResult& result : r.properties) {
      if (result.outcome == Outcome::kViolated) {
        ++violated;
        check_trace(p, result, naive);
      } else {
        EXPECT_EQ(result.outcome,
                  r.complete ? unviolated(naive, result.property) : Outcome::kInconclusive);
        inconclusive += r.complete ? 0 : 1;
      }
    }
    if (::testing::Test::HasFailure()) return;
  }
  EXPECT_GT(violated, kPrograms / 20);
  EXPECT_GT(inconclusive, kPrograms / 20);
}

TEST(Random, ModelErrorsAreFoundWithAShortestTrace) {
  std::size_t errors = 0, sound = 0;
  for (unsigned seed = 0; seed < kPrograms; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    const ir::Program p = RandomProgram(seed, true).build();
    const Naive naive(p);
    const Result r = explore(p, all_properties(p));
    ASSERT_EQ(r.model_error.empty(), naive.errors().empty());
    if (r.model_error.empty()) {
      ++sound;
      continue;
    }
    ++errors;
    EXPECT_FALSE(r.complete);
    for (const PropertyResult& result : r.properties) EXPECT_EQ(result.outcome, Outcome::kError);

    // One of the errors in the cheapest states where there are any.
    const Naive::Cost least = naive.errors().begin()->first;
    const auto [first, last] = naive.errors().equal_range(least);
    EXPECT_TRUE(std::any_of(first, last, [&](const auto& e) { return e.second == r.model_error; }));
    Trace trace;
    trace.events = r.model_error_trace.events;
    ASSERT_FALSE(trace.events.empty());
    const ir::Step& step = p.steps[static_cast<std::size_t>(trace.events.back().step)];
    const bool program = ir::is_program(step.kind);
    EXPECT_EQ(r.model_error_trace.program_steps, least.first + (program ? 1 : 0));
    EXPECT_EQ(r.model_error_trace.environment_steps, least.second + (program ? 0 : 1));
    try {
      replay(p, trace);
      ADD_FAILURE() << "replays without an error";
    } catch (const ModelError& e) {
      EXPECT_EQ(e.what(), r.model_error);
    }
    EXPECT_EQ(trace.states.size(), trace.events.size());
    trace.states.push_back(trace.states.back());
    EXPECT_EQ(trace.states, r.model_error_trace.states);
    if (::testing::Test::HasFailure()) return;
  }
  EXPECT_GT(errors, kPrograms / 20);
  EXPECT_GT(sound, kPrograms / 20);
}

}  // namespace
}  // namespace stalemate::interp::test
