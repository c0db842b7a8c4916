// Explicit and saturated say the same of random programs with stale-copy caches.
#include <gtest/gtest.h>

#include <deque>
#include <set>

#include "../interp/random_program.h"
#include "interp/eval.h"
#include "interp/explore.h"
#include "interp/lasso.h"
#include "reduce/put_back.h"
#include "reduce/saturate.h"

namespace stalemate::reduce {
namespace {

constexpr unsigned kPrograms = 10000;

Result explored(const ir::Program& p) {
  interp::Options options;
  for (std::size_t i = 0; i < p.properties.size(); ++i) {
    options.properties.push_back(static_cast<int>(i));
  }
  return interp::explore(p, options);
}

// Which slots are copies of caches that saturate.
std::vector<bool> saturated_slots(const ir::Program& p, const Saturated& s) {
  std::vector<bool> out(static_cast<std::size_t>(p.slots));
  for (std::size_t c = 0; c < p.caches.size(); ++c) {
    const ir::Variable& v = p.variables[static_cast<std::size_t>(p.caches[c].held)];
    for (int i = 0; s.reductions[c].applied && i < v.elements(); ++i) {
      out[static_cast<std::size_t>(v.first + i)] = true;
    }
  }
  return out;
}

State without(State s, const std::vector<bool>& slots) {
  for (std::size_t i = 0; i < s.size(); ++i) {
    if (slots[i]) s[i] = 0;
  }
  return s;
}

// All states, as blunt as can be.
std::set<State> states(const ir::Program& p) {
  std::set<State> all{interp::initial_state(p)};
  std::deque<State> todo(all.begin(), all.end());
  while (!todo.empty()) {
    const State before = todo.front();
    todo.pop_front();
    for (const ir::Step& step : p.steps) {
      interp::for_each_choice(step, [&](const interp::Choices& c) {
        if (!interp::enabled(p, step, before, c)) return;
        State after = before;
        interp::fire(p, step, after, c);
        if (all.insert(after).second) todo.push_back(after);
      });
    }
  }
  return all;
}

void expect_same_states(const ir::Program& p, const Saturated& s) {
  const std::vector<bool> copies = saturated_slots(p, s);
  std::set<State> one, other;
  const std::set<State> of_explicit = states(p);
  const std::set<State> of_saturated = states(s.program);
  for (const State& x : of_explicit) one.insert(without(x, copies));
  for (const State& x : of_saturated) other.insert(without(x, copies));
  EXPECT_EQ(one, other);
  for (const State& x : of_saturated) {
    EXPECT_EQ(of_explicit.count(x), 1u);
    for (const Fill& f : s.fills) {
      EXPECT_FALSE(interp::evaluate(p, f.gate, x, {}) != 0 &&
                   x[static_cast<std::size_t>(f.slot)] == 0);
    }
  }
}

// None of the loads could be spared: the run is not possible without, or ends otherwise.
void expect_no_spare_loads(const ir::Program& p, const Saturated& s, const PropertyResult& r) {
  const ir::Property& property = p.properties[static_cast<std::size_t>(r.property)];
  for (std::size_t i = 0; i < r.trace.events.size(); ++i) {
    const auto& events = r.trace.events;
    if (p.steps[static_cast<std::size_t>(events[i].step)].fills < 0) continue;
    const int cache = p.steps[static_cast<std::size_t>(events[i].step)].fills;
    if (!s.reductions[static_cast<std::size_t>(cache)].applied) continue;
    Trace less;
    less.events = events;
    less.events.erase(less.events.begin() + static_cast<std::ptrdiff_t>(i));
    try {
      const interp::Effects last = interp::replay(p, less);
      ASSERT_NE(property.kind, ir::Property::Kind::kNoStuck);
      if (property.kind == ir::Property::Kind::kLeadsTo) {
        less.loop = r.trace.loop - (static_cast<int>(i) < r.trace.loop ? 1 : 0);
        for (const ir::LeadsTo& l : property.leads) EXPECT_FALSE(interp::shows(p, l, less));
      } else if (property.kind == ir::Property::Kind::kInvariant) {
        EXPECT_NE(interp::evaluate(p, property.condition, less.states.back(), {}), 0);
      } else {
        for (const interp::Violation& v : last.violations) EXPECT_NE(v.property, r.property);
      }
    } catch (const interp::ModelError&) {
      continue;
    }
  }
}

TEST(Random, ExplicitAndSaturatedAgree) {
  std::size_t saturated = 0, caches = 0, violated[8] = {}, vacuous = 0, loads = 0, smaller = 0;
  std::set<std::string> objections;
  for (unsigned seed = 0; seed < kPrograms; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    const ir::Program p = interp::test::RandomProgram(seed, false, true).build();
    const Saturated s = saturate(p);
    caches += p.caches.size();
    for (const Reduction& r : s.reductions) {
      saturated += r.applied ? 1 : 0;
      objections.insert(r.why.substr(r.why.find(": ") == std::string::npos ? 0 : r.why.find(": ")));
    }
    if (s.fills.empty()) {
      EXPECT_EQ(s.program.steps.size(), p.steps.size());
      continue;
    }
    const Result one = explored(p);
    const Result other = put_back(p, s, explored(s.program));
    ASSERT_TRUE(one.complete && other.complete);
    EXPECT_EQ(one.goals, other.goals);
    smaller += other.counts.states < one.counts.states ? 1 : 0;
    for (std::size_t i = 0; i < p.steps.size(); ++i) {
      const int cache = p.steps[i].fills;
      if (cache >= 0 && s.reductions[static_cast<std::size_t>(cache)].applied) continue;
      EXPECT_EQ(one.fired[i], other.fired[i]) << i;
    }
    for (std::size_t i = 0; i < one.properties.size(); ++i) {
      SCOPED_TRACE("property " + std::to_string(i));
      const PropertyResult& x = one.properties[i];
      const PropertyResult& y = other.properties[i];
      ASSERT_EQ(x.outcome, y.outcome);
      EXPECT_TRUE(x.outcome == Outcome::kViolated || x.message == y.message) << y.message;
      vacuous += x.outcome == Outcome::kVacuous ? 1 : 0;
      // A circle may take other steps where loads are steps of their own.
      if (x.trace.loop < 0) {
        EXPECT_EQ(x.trace.program_steps, y.trace.program_steps);
        EXPECT_LE(x.trace.environment_steps, y.trace.environment_steps);
      }
      if (y.outcome != Outcome::kViolated) continue;
      ++violated[i];
      for (const Event& e : y.trace.events) {
        loads += p.steps[static_cast<std::size_t>(e.step)].fills >= 0 ? 1 : 0;
      }
      expect_no_spare_loads(p, s, y);
    }
    if (one.counts.states < 2000) expect_same_states(p, s);
    if (::testing::Test::HasFailure()) return;
  }
  // The programs are worth something only if they are of all sorts.
  EXPECT_GT(saturated, caches / 3);
  EXPECT_LT(saturated, caches);
  for (const std::size_t n : violated) EXPECT_GT(n, kPrograms / 300);
  EXPECT_GT(vacuous, kPrograms / 20);
  EXPECT_GT(loads, kPrograms / 20);
  EXPECT_GT(smaller, kPrograms / 5);
  EXPECT_GT(objections.size(), 8u);
}

// Of the state in which there is an error.
int program_steps_before_error(const ir::Program& p, const Result& r) {
  const Trace& trace = r.model_error_trace;
  Trace again;
  again.events = trace.events;
  try {
    interp::replay(p, again);
    return trace.program_steps;  // a condition of a property fails
  } catch (const interp::ModelError&) {
    const ir::Step& last = p.steps[static_cast<std::size_t>(trace.events.back().step)];
    return trace.program_steps - (ir::is_program(last.kind) ? 1 : 0);
  }
}

TEST(Random, ModelErrorsAreTheSame) {
  std::size_t errors = 0, sound = 0;
  for (unsigned seed = 0; seed < kPrograms; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    const ir::Program p = interp::test::RandomProgram(seed, true, true).build();
    const Saturated s = saturate(p);
    if (s.fills.empty()) continue;
    const Result one = explored(p);
    const Result other = put_back(p, s, explored(s.program));
    ASSERT_EQ(one.model_error.empty(), other.model_error.empty()) << one.model_error;
    ++(one.model_error.empty() ? sound : errors);
    if (one.model_error.empty()) continue;
    EXPECT_EQ(program_steps_before_error(p, one), program_steps_before_error(p, other));
    Trace again;
    again.events = other.model_error_trace.events;
    EXPECT_THROW(interp::replay(p, again), interp::ModelError);
    if (::testing::Test::HasFailure()) return;
  }
  EXPECT_GT(errors, kPrograms / 40);
  EXPECT_GT(sound, kPrograms / 40);
}

}  // namespace
}  // namespace stalemate::reduce
