#include "analyse/costs.h"

#include <gtest/gtest.h>

#include <atomic>
#include <map>
#include <set>

#include "build.h"
#include "interp/eval.h"
#include "random_program.h"

namespace stalemate::analyse {
namespace {

using interp::test::Builder;
using interp::test::final_location;
using interp::test::is;
using interp::test::location;
using interp::test::range;
using interp::test::set;
using interp::test::yes;
using ir::StepKind;

ir::Stmt count(int counter, ir::ExprRef condition = yes()) {
  ir::Stmt s;
  s.kind = ir::Stmt::Kind::kCount;
  s.counter = counter;
  s.condition = std::move(condition);
  return s;
}

constexpr std::optional<std::uint64_t> kUnbounded;

Costs costs(Builder& b) {
  b.program.finish();
  return find_costs(b.program, {});
}
std::vector<Figure> figures(Builder& b) { return costs(b).figures; }

// A thread that goes from location 0 to 1 and on to 2, which is its end.
struct Thread : Builder {
  explicit Thread(int counters = 1) {
    for (int i = 0; i < counters; ++i) program.counters.push_back({"c" + std::to_string(i)});
    t = process("t", 0, {location("a"), location("b"), final_location("end")});
  }
  int t = 0;
};

TEST(Costs, NothingHappens) {
  Thread b;
  b.move(b.t, 0, 2);
  EXPECT_EQ(figures(b), (std::vector<Figure>{{0, 0}}));
}

TEST(Costs, CountsEachOccurrenceAndEachCounterApart) {
  Thread b(2);
  b.move(b.t, 0, 1, yes(), {count(0), count(0), count(1)});
  b.move(b.t, 1, 2, yes(), {count(0), count(1, ir::constant(0))});
  EXPECT_EQ(figures(b), (std::vector<Figure>{{3, 3}, {1, 1}}));
}

TEST(Costs, TheLeastAndTheMostOfSeveralWays) {
  Thread b;
  b.move(b.t, 0, 2, yes(), {count(0)});
  b.move(b.t, 0, 1, yes(), {count(0)});
  b.move(b.t, 1, 2, yes(), {count(0), count(0)});
  b.move(b.t, 1, 2, yes(), {count(0)});
  EXPECT_EQ(figures(b), (std::vector<Figure>{{1, 3}}));
}

TEST(Costs, MovesBetweenTheSameStatesThatCountDifferently) {
  Thread b;
  b.move(b.t, 0, 2, yes(), {count(0)});
  b.move(b.t, 0, 2, yes(), {count(0), count(0)});
  b.move(b.t, 0, 2);
  EXPECT_EQ(figures(b), (std::vector<Figure>{{0, 2}}));
}

TEST(Costs, ACycleThatCountsHasNoBound) {
  Thread b(2);
  b.move(b.t, 0, 1, yes(), {count(0)});
  b.move(b.t, 1, 0, yes(), {count(1)});
  b.move(b.t, 1, 2);
  EXPECT_EQ(figures(b), (std::vector<Figure>{{1, kUnbounded}, {0, kUnbounded}}));
}

TEST(Costs, ACycleThatCountsNothingIsHarmless) {
  Thread b;
  b.move(b.t, 0, 1);
  b.move(b.t, 1, 0);
  b.move(b.t, 1, 2, yes(), {count(0)});
  EXPECT_EQ(figures(b), (std::vector<Figure>{{1, 1}}));
}

TEST(Costs, ASelfLoopIsACycle) {
  Thread b;
  b.step("tick", StepKind::kSpeculative, is(1, 0), {count(0)});  // in any state of `x`
  const int x = b.variable("x", range(0, 1));
  EXPECT_EQ(x, 1);
  b.move(b.t, 0, 2, yes(), {set(x, 1)});
  EXPECT_EQ(figures(b), (std::vector<Figure>{{0, kUnbounded}}));
}

TEST(Costs, WhatLeadsOnlyIntoADeadlockDoesNotCount) {
  Thread b;
  const int stuck = b.variable("stuck", range(0, 1));
  b.move(b.t, 0, 2, is(stuck, 0), {count(0)});
  b.move(b.t, 0, 1, is(stuck, 0), {count(0), count(0), set(stuck, 1)});
  b.move(b.t, 1, 1, yes(), {count(0)});  // for ever
  const Costs c = costs(b);
  EXPECT_EQ(c.figures, (std::vector<Figure>{{1, 1}}));
  EXPECT_TRUE(c.completes);
  EXPECT_TRUE(c.may_hang);
}

TEST(Costs, NoExecutionIsComplete) {
  Thread b;
  b.move(b.t, 0, 1, yes(), {count(0)});
  b.move(b.t, 1, 0);
  const Costs c = costs(b);
  EXPECT_FALSE(c.completes);
  EXPECT_TRUE(c.may_hang);
  EXPECT_TRUE(c.figures.empty());
}

TEST(Costs, TheMachineFinishesWhatItMustAndMayDoMore) {
  Thread b;
  const int pending = b.variable("pending", range(0, 1));
  b.move(b.t, 0, 2, yes(), {set(pending, 1)});
  b.step("effect", StepKind::kEventual, is(pending, 1), {set(pending, 0), count(0)});
  EXPECT_EQ(figures(b), (std::vector<Figure>{{1, 1}}));
  b.program.steps.back().kind = StepKind::kSpeculative;
  EXPECT_EQ(figures(b), (std::vector<Figure>{{0, 1}}));
}

TEST(Costs, AHandlerMustHaveReturned) {
  Thread b;
  const int pending = b.variable("pending", range(0, 1));
  b.move(b.t, 0, 2, yes(), {set(pending, 1)});
  const int h = b.process("h", 0, {location("not active"), location("body")}, ir::Role::kInterrupt);
  b.move(h, 0, 1, is(pending, 1), {set(pending, 0), count(0)}, StepKind::kEntry);
  b.move(h, 1, 0, yes(), {count(0)});
  EXPECT_EQ(figures(b), (std::vector<Figure>{{2, 2}}));
  // One that waits in its body for ever, allowed or not, has not returned.
  b.program.steps.pop_back();
  b.program.processes[static_cast<std::size_t>(h)].locations[1].rest = true;
  EXPECT_FALSE(costs(b).completes);
}

TEST(Costs, AThreadThatRestsHasAnEndUnlessItCanGoOn) {
  Thread b;
  b.program.processes[static_cast<std::size_t>(b.t)].locations[1].rest = true;
  const int go = b.variable("go", range(0, 1));
  b.move(b.t, 0, 1, yes(), {count(0)});
  b.move(b.t, 1, 2, is(go, 1), {count(0)});
  EXPECT_EQ(figures(b), (std::vector<Figure>{{1, 1}}));
  b.move(b.t, 0, 1, yes(), {set(go, 1)});
  EXPECT_EQ(figures(b), (std::vector<Figure>{{1, 1}}));
  b.step("may", StepKind::kSpeculative, is(go, 0), {set(go, 1)});
  EXPECT_EQ(figures(b), (std::vector<Figure>{{1, 2}}));
}

TEST(Costs, AnAssertionThatFailsIsNoEnd) {
  Thread b;
  const int safe = b.property("safe");
  b.move(b.t, 0, 1, yes(), {count(0), interp::test::check(safe, ir::constant(0))});
  b.move(b.t, 1, 2, yes(), {count(0)});
  EXPECT_EQ(figures(b), (std::vector<Figure>{{2, 2}}));
}

TEST(Costs, NothingIsKnownAfterALimitOrAModelError) {
  Thread b;
  const int x = b.variable("x", range(0, 50));
  b.move(b.t, 0, 0, ir::binary(ir::Op::kLt, ir::read(x), ir::constant(50)),
         {set(x, ir::binary(ir::Op::kAdd, ir::read(x), ir::constant(1))), count(0)});
  b.move(b.t, 0, 2);
  b.program.finish();
  EXPECT_EQ(find_costs(b.program, {}).figures, (std::vector<Figure>{{0, 50}}));
  interp::Options few;
  few.max_states = 10;
  const Costs limited = find_costs(b.program, few);
  EXPECT_NE(limited.stopped.find("--max-states 10"), std::string::npos) << limited.stopped;
  EXPECT_TRUE(limited.figures.empty());
  interp::Options small;
  small.mem_limit = 1;
  EXPECT_NE(find_costs(b.program, small).stopped.find("--mem-limit"), std::string::npos);
  const std::atomic<bool> signal{true};
  interp::Options interrupted;
  interrupted.interrupted = &signal;
  EXPECT_NE(find_costs(b.program, interrupted).stopped.find("interrupted"), std::string::npos);
  b.move(b.t, 0, 1, is(x, 7), {set(x, 51)});
  b.program.finish();
  const Costs wrong = find_costs(b.program, {});
  EXPECT_NE(wrong.model_error.find("51"), std::string::npos) << wrong.model_error;
  EXPECT_TRUE(wrong.figures.empty());
}

TEST(Costs, LongPathsNeedNoLongStack) {
  Thread b;
  const int x = b.variable("x", range(0, 30000));
  const int y = b.variable("y", range(0, 9));
  const auto next = [](int v) {
    return set(v, ir::binary(ir::Op::kAdd, ir::read(v), ir::constant(1)));
  };
  b.move(b.t, 0, 0, ir::binary(ir::Op::kLt, ir::read(x), ir::constant(30000)), {next(x), count(0)});
  b.move(b.t, 0, 0, ir::all_of({is(x, 30000), ir::negate(is(y, 9))}), {set(x, 0), next(y)});
  b.move(b.t, 0, 2, ir::all_of({is(x, 30000), is(y, 9)}));
  EXPECT_EQ(figures(b), (std::vector<Figure>{{300000, 300000}}));
}

// All numbers that a complete execution can come to, one by one, up to a limit that stands for
// "that and more".
class AllRuns {
 public:
  AllRuns(const ir::Program& p, int counter) : p_(p), counter_(counter) { collect(); }

  std::size_t states() const { return next_.size(); }
  bool may_hang() const {
    return std::any_of(next_.begin(), next_.end(),
                       [&](const auto& s) { return !can_end(s.first); });
  }
  // More than any run without a repeated state can have.
  std::size_t limit() const { return next_.size() * most_per_step_ + 1; }
  std::set<std::size_t> numbers() const {
    std::set<std::pair<State, std::size_t>> seen{{interp::initial_state(p_), 0}};
    std::vector<std::pair<State, std::size_t>> work(seen.begin(), seen.end());
    std::set<std::size_t> out;
    while (!work.empty()) {
      const auto [s, n] = work.back();
      work.pop_back();
      if (ends_.at(s)) out.insert(n);
      for (const auto& [to, more] : next_.at(s)) {
        std::pair<State, std::size_t> then{to, std::min(n + more, limit())};
        if (seen.insert(then).second) work.push_back(std::move(then));
      }
    }
    return out;
  }

 private:
  void collect() {
    std::vector<State> work{interp::initial_state(p_)};
    next_[work[0]];
    while (!work.empty()) {
      const State s = work.back();
      work.pop_back();
      bool quiet = true;
      for (const ir::Process& x : p_.processes) {
        const int control = p_.variables[static_cast<std::size_t>(x.control)].first;
        const auto at = static_cast<std::size_t>(s[static_cast<std::size_t>(control)]);
        const bool fine =
            x.role == ir::Role::kThread ? x.locations[at].final || x.locations[at].rest : at == 0;
        quiet = quiet && fine;
      }
      for (const ir::Step& step : p_.steps) {
        interp::for_each_choice(step, [&](const interp::Choices& choices) {
          if (!interp::enabled(p_, step, s, choices)) return;
          quiet = quiet && step.kind == StepKind::kSpeculative;
          State to = s;
          const auto counted = interp::fire(p_, step, to, choices).counted;
          const auto n =
              static_cast<std::size_t>(std::count(counted.begin(), counted.end(), counter_));
          most_per_step_ = std::max(most_per_step_, n);
          next_[s].insert({to, n});
          if (next_.emplace(to, Edges()).second) work.push_back(to);
        });
      }
      ends_[s] = quiet;
    }
  }
  bool can_end(const State& from) const {
    std::set<State> seen{from};
    std::vector<State> work{from};
    while (!work.empty()) {
      const State s = work.back();
      work.pop_back();
      if (ends_.at(s)) return true;
      for (const auto& [to, n] : next_.at(s)) {
        if (seen.insert(to).second) work.push_back(to);
      }
    }
    return false;
  }

  using Edges = std::set<std::pair<State, std::size_t>>;
  const ir::Program& p_;
  int counter_;
  std::map<State, Edges> next_;
  std::map<State, bool> ends_;
  std::size_t most_per_step_ = 0;
};

TEST(Costs, AgreeWithAllRunsOfRandomPrograms) {
  std::mt19937 random(7);
  int complete = 0, unbounded = 0, bounded = 0, ranges = 0;
  for (unsigned seed = 0; seed < 6000; ++seed) {
    SCOPED_TRACE(seed);
    ir::Program p = interp::test::RandomProgram(seed, false).build();
    p.counters = {{"a"}, {"b"}};
    for (ir::Step& s : p.steps) {
      for (int n = static_cast<int>(random() % 6); n < 3; ++n) {
        s.body.insert(s.body.begin() + static_cast<long>(random() % (s.body.size() + 1)),
                      count(static_cast<int>(random() % 2), random() % 3 == 0 ? is(0, 1) : yes()));
      }
    }
    p.finish();
    const Costs c = find_costs(p, {});
    for (int counter = 0; counter < 2; ++counter) {
      const AllRuns naive(p, counter);
      ASSERT_EQ(c.counts.states, naive.states());
      if (naive.states() > 60) break;
      const std::set<std::size_t> numbers = naive.numbers();
      ASSERT_EQ(c.completes, !numbers.empty());
      ASSERT_EQ(c.may_hang, naive.may_hang());
      if (numbers.empty()) continue;
      Figure want{*numbers.begin(), *numbers.rbegin()};
      if (want.most == naive.limit()) want.most.reset();
      ASSERT_EQ(c.figures.at(static_cast<std::size_t>(counter)), want);
      ++complete;
      ++(want.most ? bounded : unbounded);
      if (want.most && *want.most > want.least) ++ranges;
    }
  }
  // The programs are not all alike.
  EXPECT_GT(complete, 100);
  EXPECT_GT(unbounded, 50);
  EXPECT_GT(bounded, 50);
  EXPECT_GT(ranges, 10);
}

}  // namespace
}  // namespace stalemate::analyse
