// Partial order: what is left out makes no difference.
#include "engine/stubborn.h"

#include <gtest/gtest.h>

#include "engine/explore.h"
#include "engine/sticky.h"
#include "interp/wait_for.h"
#include "programs.h"
#include "protocol_program.h"

namespace stalemate::engine::test {
namespace {

struct Totals {
  int programs = 0, violated = 0, stuck = 0, smaller = 0, deliveries = 0;
  std::vector<std::uint64_t> states;
  std::uint64_t full = 0, reduced = 0;
};

Explored run(const ir::Program& p, bool partial_order, int threads) {
  Options o;
  for (std::size_t i = 0; i < p.properties.size(); ++i) o.properties.push_back(static_cast<int>(i));
  o.threads = threads;
  o.max_states = 60000;
  o.partial_order = partial_order;
  o.check_partial_order = true;
  const interp::WaitFor wait_for(p);
  return explore_once(p, o,
                      [&](const State& s, const std::vector<int>& stuck,
                          const std::vector<int>& hanging, const std::vector<std::string>& labels) {
                        return wait_for.graph(s, stuck, hanging, labels);
                      });
}

std::vector<int> violated(const ir::Program& p, const Explored& e) {
  std::vector<int> out;
  for (const Violated& v : e.violated) {
    // Which processes wait in a circle may change while others go on: looked at with all steps.
    if (p.properties[static_cast<std::size_t>(v.property)].cycle.empty()) out.push_back(v.property);
  }
  return out;
}

// One search with all steps and one with those that are enough.
void compare(const ir::Program& p, Totals& totals) {
  const Explored full = run(p, false, 1);
  const Explored reduced = run(p, true, 2);
  if (full.findings.error || reduced.findings.error) {
    EXPECT_EQ(full.findings.error.has_value(), reduced.findings.error.has_value());
    return;
  }
  if (!full.findings.complete || !reduced.findings.complete) return;
  ++totals.programs;
  EXPECT_EQ(reduced.findings.fired, full.findings.fired);
  EXPECT_EQ(reduced.findings.goals, full.findings.goals);
  EXPECT_EQ(reduced.findings.counted, full.findings.counted);
  EXPECT_EQ(violated(p, reduced), violated(p, full));
  for (std::size_t g = 0; g < p.goals.size(); ++g) {
    const bool delivery = p.goals[g].kind == ir::Goal::Kind::kDelivery;
    if (delivery && full.findings.goals[g]) ++totals.deliveries;
  }
  totals.states.push_back(full.findings.states);
  if (!full.violated.empty()) ++totals.violated;
  if (std::any_of(full.violated.begin(), full.violated.end(),
                  [](const Violated& v) { return !v.stuck.empty(); })) {
    ++totals.stuck;
  }
  if (reduced.stats.reduced) {
    totals.full += full.findings.states;
    totals.reduced += reduced.findings.states;
    if (reduced.findings.states < full.findings.states) ++totals.smaller;
    EXPECT_LE(reduced.findings.states, full.findings.states);
  }
}

std::uint64_t median(const Totals& t) {
  std::vector<std::uint64_t> states = t.states;
  const auto middle = states.begin() + static_cast<std::ptrdiff_t>(states.size() / 2);
  std::nth_element(states.begin(), middle, states.end());
  return states.empty() ? 0 : *middle;
}

void print(const char* what, const Totals& t) {
  std::cout << what << ": " << t.programs << " programs, " << t.violated << " violated, " << t.stuck
            << " with stuck processes, median " << median(t) << " states; " << t.smaller
            << " smaller: " << t.reduced << " of " << t.full << " states; " << t.deliveries
            << " deliveries\n";
}

TEST(Stubborn, OfRandomPrograms) {
  Totals totals;
  for (unsigned seed = 0; seed < 3000 && !HasFailure(); seed += kEvery) {
    const Named m = random_program(seed);
    SCOPED_TRACE(m.name);
    compare(m.program, totals);
  }
  print("random", totals);
  EXPECT_GE(totals.programs, 2000 / kEvery);
  EXPECT_GE(totals.smaller, 100 / kEvery);
}

TEST(Stubborn, OfRandomProtocols) {
  Totals totals;
  int interrupts_and_copies = 0;
  for (unsigned seed = 0; seed < 300 && !HasFailure(); seed += kEvery) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    ProtocolProgram random(seed);
    const ir::Program program = random.build();
    compare(program, totals);
    interrupts_and_copies += random.interrupts_and_copies() ? 1 : 0;
  }
  print("protocols", totals);
  EXPECT_GE(totals.programs, 250 / kEvery);
  EXPECT_GE(5 * totals.violated, totals.programs);
  EXPECT_GE(10 * totals.stuck, totals.programs);
  EXPECT_GE(10 * interrupts_and_copies, 3 * totals.programs);
  EXPECT_GE(median(totals), 1000u / kEvery);
  EXPECT_GE(2 * totals.smaller, totals.programs);
  EXPECT_GE(5 * totals.deliveries, totals.programs);
}

TEST(Stubborn, OfModels) {
  Totals totals;
  const auto check = [&](const std::vector<Named>& all) {
    for (const Named& m : all) {
      SCOPED_TRACE(m.name);
      compare(m.program, totals);
    }
  };
  for (const int cpus : {2, 3}) {
    check(variants("bench/icache.flush", 1, cpus));
    check(variants("bench/ipilock.flush", 1, cpus));
    check(variants("bench/mtrr.flush", 1, cpus));
  }
  check(variants("bench/shootdown.flush", 1, 2));
  check(variants("litmus/tlb.flush", 1));
  check(variants("litmus/rights.flush", 1));
  check(variants("seeds/mips_cache_ipi.flush", 4));
  print("models", totals);
  EXPECT_GE(totals.violated, 3);
  EXPECT_LT(totals.reduced, totals.full);
}

using interp::test::Builder;
using interp::test::check;
using interp::test::final_location;
using ir::Op;
using ir::StepKind;

// Of five variables, each of which the machine sets once: a step that reads it is evaluated.
ExprRef sum_of_many(Builder& b) {
  ExprRef sum = lit(0);
  for (const char* name : {"v0", "v1", "v2", "v3", "v4"}) {
    const int v = b.variable(name, range(0, 3));
    b.step(name, StepKind::kSpeculative, is(v, 0), {set(v, ir::choice(0))});
    b.program.steps.back().choices.push_back({"value", range(1, 3)});
    sum = ir::binary(Op::kAdd, sum, get(v));
  }
  return sum;
}

bool hold(const std::vector<Literal>& when, const std::vector<Word>& state) {
  return std::all_of(when.begin(), when.end(),
                     [&](const Literal& l) { return (state[l.word] & l.mask) == l.value; });
}

// A step that is evaluated writes a constant, moves its process, and writes what it has computed.
TEST(Ways, SayWhatTheirStepsDo) {
  Builder b;
  const int x = b.variable("x", range(0, 7)), y = b.variable("y", range(0, 20));
  const ExprRef sum = sum_of_many(b);
  b.process("p", 0, {location("a"), location("b"), location("c"), final_location("d")});
  b.move(0, 0, 2, ir::binary(Op::kLe, lit(9), sum), {set(x, 5), set(y, sum)});
  b.move(0, 2, 3, yes(), {set(x, 6)});
  b.program.finish();
  std::vector<Named> programs{{"evaluated", b.program}};
  for (unsigned seed = 0; seed < 200; seed += kEvery) programs.push_back(random_program(seed));
  int fired = 0, evaluated_moves = 0;
  for (const Named& named : programs) {
    SCOPED_TRACE(named.name);
    const ir::Program& p = named.program;
    const Layout layout(p);
    const Executor executor(p, layout);
    const std::vector<Way> ways = ways_of(p, layout, executor.steps());
    std::vector<Word> before(executor.words()), after(executor.words());
    for_each_reachable(p, 2000, [&](const State& s) {
      layout.pack(s, before.data());
      std::vector<Move> all;
      for_each_move(p, [&](int step, int choice, const interp::Choices& choices) {
        all.push_back(reference(p, p.steps[static_cast<std::size_t>(step)], s, choices));
        const bool fires = all.back().kind == Move::Kind::kFired;
        layout.pack(all.back().after, after.data());
        int possible = 0;
        for (const Way& way : ways) {
          if (way.step != step || way.choice != choice || !hold(way.when, before)) continue;
          ++possible;
          if (!fires) {
            EXPECT_TRUE(!way.wild.empty() || all.back().kind == Move::Kind::kError);
            continue;
          }
          ++fired;
          std::vector<Word> told = before;
          for (const Write& w : way.then) told[w.word] = (told[w.word] & ~w.clear) | w.set;
          for (std::size_t w = 0; w < told.size(); ++w) {
            const Word wild = way.wild.empty() ? 0 : way.wild[w];
            EXPECT_EQ(told[w] & ~wild, after[w] & ~wild)
                << p.steps[static_cast<std::size_t>(step)].name;
          }
          if (!way.wild.empty() && !way.then.empty()) ++evaluated_moves;
        }
        EXPECT_TRUE(!fires || possible == 1);
      });
      return all;
    });
  }
  EXPECT_GE(fired, 10000 / kEvery);
  EXPECT_GE(evaluated_moves, 50);
}

// One process goes round for ever; what the other does must not be left out for ever.
TEST(Stubborn, NothingIsIgnored) {
  Builder b;
  b.process("round", 0, {location("a"), location("b")});
  b.process("once", 1, {location("a"), final_location("b")});
  b.property("asserts");
  const int goal = b.goal("goal");
  b.move(0, 0, 1, yes());
  b.move(0, 1, 0, yes());
  b.move(1, 0, 1, yes(), {check(0, lit(0)), interp::test::cover(goal)});
  b.program.finish();
  Totals totals;
  compare(b.program, totals);
  EXPECT_EQ(totals.violated, 1);
}

// The same where a step that is evaluated closes the circle.
TEST(Stubborn, NothingIsIgnoredByEvaluatedSteps) {
  Builder b;
  const int y = b.variable("y", range(0, 1));
  const ExprRef sum = sum_of_many(b);
  b.process("once", 1, {location("a"), final_location("b")});
  b.property("asserts");
  b.step("there", StepKind::kEventual, is(y, 0), {set(y, 1)});
  b.step("back", StepKind::kEventual, is(y, 1), {set(y, ir::binary(Op::kLt, sum, lit(0)))});
  b.move(0, 0, 1, yes(), {check(0, lit(0))});
  b.program.finish();
  const Layout layout(b.program);
  const Executor executor(b.program, layout);
  ASSERT_FALSE(executor.steps().general.empty());
  const std::vector<std::uint8_t> sticky =
      sticky_steps(b.program, layout, ways_of(b.program, layout, executor.steps()));
  EXPECT_GE(sticky[5] + sticky[6], 1);
  Totals totals;
  compare(b.program, totals);
  EXPECT_EQ(totals.violated, 1);
}

// Two processes that do not touch what the other does; an invariant sees which is ahead.
TEST(Stubborn, WhatAnInvariantSeesKeepsItsOrder) {
  Builder b;
  const int x = b.variable("x", range(0, 2)), y = b.variable("y", range(0, 2));
  for (const int i : {0, 1}) {
    b.process("p" + std::to_string(i), i, {location("a"), location("b"), final_location("c")});
  }
  for (const int v : {x, y}) {
    b.property("ahead", ir::Property::Kind::kInvariant,
               ir::negate(ir::all_of({is(v, 0), is(v == x ? y : x, 1)})));
  }
  for (const int to : {1, 2}) {
    b.move(0, to - 1, to, yes(), {set(x, to)});
    b.move(1, to - 1, to, yes(), {set(y, to)});
  }
  b.program.finish();
  Totals totals;
  compare(b.program, totals);
  EXPECT_EQ(totals.violated, 1);
}

// A step waits for one that is evaluated, or is one and waits, and must come before one that fires
// at once.
TEST(Stubborn, EvaluatedStepsWaitAndAreWaitedFor) {
  for (const bool waits : {false, true}) {
    SCOPED_TRACE(waits);
    Builder b;
    const int x = b.variable("x", range(0, 1)), done = b.variable("done", range(0, 1));
    const ExprRef sum = sum_of_many(b);
    const ExprRef enough = ir::binary(Op::kLe, lit(9), sum);
    for (const int i : {0, 1, 2}) {
      b.process("p" + std::to_string(i), 0, {location("a"), final_location("b")});
    }
    b.property("asserts");
    b.move(0, 0, 1, yes(), {set(x, 1)});
    b.move(1, 0, 1, waits ? enough : is(done, 1), {check(0, is(x, 1))});
    b.move(2, 0, 1, yes(), {set(done, enough)});
    b.program.finish();
    const Layout layout(b.program);
    ASSERT_FALSE(Executor(b.program, layout).steps().general.empty());
    Totals totals;
    compare(b.program, totals);
    EXPECT_EQ(totals.violated, 1);
  }
}

// A process comes to where it may fire by what another one does.
TEST(Stubborn, AProcessMayBeMovedByAnother) {
  Builder b;
  const int x = b.variable("x", range(0, 1));
  b.process("p0", 0, {location("a"), final_location("b")});
  b.process("p1", 0, {location("a"), location("b"), final_location("c")});
  b.process("p2", 0, {location("a"), final_location("b")});
  b.property("asserts");
  b.move(0, 0, 1, yes(), {set(x, 1)});
  b.move(1, 1, 2, yes(), {check(0, is(x, 1))});
  b.move(2, 0, 1, yes(), {set(b.program.processes[1].control, 1)});
  b.program.finish();
  Totals totals;
  compare(b.program, totals);
  EXPECT_EQ(totals.violated, 1);
}

// A thread that is about to take one step, and an interrupt of its CPU that may come before it.
struct Interrupted : Builder {
  int x, thread, handler;
  ExprRef active;

  // The thread goes from 0 to 1 and ends at 2; `handler_locations` include the idle one.
  explicit Interrupted(std::size_t handler_locations) {
    x = variable("x", range(0, 1));
    thread = process("thread", 0, {location("a"), location("b"), final_location("c")});
    std::vector<ir::Location> locations;
    for (std::size_t l = 0; l < handler_locations; ++l) {
      locations.push_back(location("h" + std::to_string(l)));
      locations.back().rest = l == 0;
    }
    handler = process("handler", 0, std::move(locations), ir::Role::kInterrupt);
    program.processes.back().level = 1;
    property("stuck", ir::Property::Kind::kNoStuck);
  }
  ExprRef idle() const { return is(program.processes[1].control, 0); }
  void enter() { move(handler, 0, 1, is(x, 0), {}, StepKind::kEntry); }
  int judge() {
    program.finish();
    Totals totals;
    compare(program, totals);
    return totals.violated;
  }
};

// What it interrupts would let it go on; whether it goes on is evaluated, or not.
TEST(Stubborn, AnInterruptThatWaitsIsTriedFirst) {
  for (const bool evaluated : {false, true}) {
    SCOPED_TRACE(evaluated);
    Interrupted p(2);
    const int released = p.variable("released", boolean()), told = p.variable("told", boolean());
    ExprRef go_on = is(told, 1);
    if (evaluated) {
      const ExprRef sum = sum_of_many(p);
      go_on = ir::binary(Op::kLt, sum, ir::binary(Op::kAdd, sum, get(told)));
    }
    p.process("other", 1, {location("a"), final_location("b")});
    p.enter();
    p.move(p.handler, 1, 0, go_on, {set(p.x, 1)});
    p.move(p.thread, 0, 1, p.idle(), {set(released, 1)});
    p.move(p.thread, 1, 2, p.idle());
    p.move(2, 0, 1, is(released, 1), {set(told, 1)});
    EXPECT_EQ(p.judge(), 1);
    const Layout layout(p.program);
    EXPECT_EQ(Executor(p.program, layout).steps().general.empty(), !evaluated);
  }
}

// The thread is done before, and never afterwards; what it does is read by somebody.
TEST(Stubborn, AnInterruptThatNeverEndsIsTriedFirst) {
  Interrupted p(3);
  const int seen = p.variable("seen", boolean());
  p.program.properties[0].when = {yes(), lit(0), yes()};
  p.process("other", 1, {location("a"), final_location("b")});
  p.enter();
  p.move(p.handler, 1, 2);
  p.move(p.handler, 2, 1);
  p.move(p.thread, 0, 2, p.idle(), {set(seen, 1)});
  p.move(2, 0, 1, yes(), {set(p.x, get(seen))});
  EXPECT_EQ(p.judge(), 1);
}

// One that ends, but for another that interrupts it and does not.
TEST(Stubborn, AnInterruptThatMayBeHeldUpIsTriedFirst) {
  Interrupted p(2);
  const int seen = p.variable("seen", boolean()), never = p.variable("never", range(0, 1));
  p.process("other", 1, {location("a"), final_location("b")});
  const int nmi = p.process("nmi", 0, {location("idle"), location("waits")}, ir::Role::kNmi);
  p.program.processes.back().level = 2;
  p.program.processes.back().locations[0].rest = true;
  p.program.properties[0].when = {yes(), lit(0), yes(), lit(0)};
  const ExprRef calm = is(p.program.processes[3].control, 0);
  const ExprRef in_handler = is(p.program.processes[1].control, 1);
  p.enter();
  p.program.steps.back().guard = ir::all_of({p.program.steps.back().guard, calm});
  p.move(p.handler, 1, 0, calm, {set(p.x, 1)});
  p.move(nmi, 0, 1, in_handler, {}, StepKind::kEntry);
  p.move(nmi, 1, 0, is(never, 1));
  p.move(p.thread, 0, 2, ir::all_of({p.idle(), calm}), {set(seen, 1)});
  p.move(2, 0, 1, is(seen, 1), {set(never, 0)});
  EXPECT_EQ(p.judge(), 1);
}

// A step that nobody can tell, but that it ends its process, or that a condition sees it.
TEST(Stubborn, ALocalStepIsNotOneThatEndsOrIsSeen) {
  for (const bool ends : {false, true}) {
    SCOPED_TRACE(ends);
    Interrupted p(2);
    const int never = p.variable("never", range(0, 1)), own = p.variable("own", boolean());
    p.process("other", 1, {location("a"), final_location("b")});
    p.move(2, 0, 1, yes(), {set(never, 0)});
    p.program.properties[0].when = {ends ? yes() : is(own, 0), lit(0), yes()};
    p.enter();
    p.move(p.handler, 1, 0, is(never, 1));
    p.move(p.thread, 0, ends ? 2 : 1, p.idle(), {set(own, 1)});
    p.move(p.thread, 1, 2, p.idle());
    EXPECT_EQ(p.judge(), 1);
  }
}

// A handler that makes no difference to anything else is tried between two steps to see whether it
// can come there.
TEST(Stubborn, AnInterruptIsTriedBetweenTwoSteps) {
  for (const bool masked : {false, true}) {
    Builder b;
    const int irqs = b.variable("irqs", boolean(), masked ? 0 : 1);
    const int pending = b.variable("pending", boolean(), 1);
    b.process("thread", 0, {location("a"), location("b"), location("c"), final_location("d")});
    b.process("handler", 0, {location("idle"), location("in")}, ir::Role::kInterrupt);
    b.program.processes[1].locations[0].rest = true;
    b.program.processes[1].level = 1;
    const int goal = b.goal("handler");
    b.program.goals[static_cast<std::size_t>(goal)].kind = ir::Goal::Kind::kDelivery;
    b.property("asserts");
    const ExprRef idle = is(b.program.processes[1].control, 0);
    const int at = b.program.processes[0].control;
    for (int l = 0; l < 3; ++l) b.move(0, l, l + 1, idle, {set(irqs, l < 2 && masked ? 0 : 1)});
    b.move(1, 0, 1, ir::all_of({is(irqs, 1), is(pending, 1)}),
           {set(pending, 0), interp::test::cover(goal, ir::any_of({is(at, 1), is(at, 2)}))},
           StepKind::kEntry);
    b.move(1, 1, 0, yes());
    b.program.finish();
    Totals totals;
    compare(b.program, totals);
    EXPECT_EQ(totals.deliveries, masked ? 0 : 1);
  }
}

// What need not happen sets nobody free: whether it happens, both has to be looked at.
TEST(Stubborn, WhatNeedNotHappenIsNotTakenAlone) {
  for (const bool copy : {false, true}) {
    for (const bool f_first : {false, true}) {
      SCOPED_TRACE(copy);
      SCOPED_TRACE(f_first);
      Builder b;
      const int f = b.variable("f", boolean()), g = b.variable("g", boolean());
      b.process("p", 0, {location("a"), location("b"), final_location("c")});
      b.program.processes[0].locations[0].rest = true;
      b.property("stuck", ir::Property::Kind::kNoStuck);
      for (const int v : {f_first ? f : g, f_first ? g : f}) {
        b.step("set", copy ? StepKind::kEventual : StepKind::kSpeculative, is(v, 0), {set(v, 1)});
        b.program.steps.back().relies_on_copy = copy;
      }
      b.move(0, 0, 1, is(g, 1));
      b.move(0, 1, 2, is(f, 1));
      b.program.finish();
      Totals totals;
      compare(b.program, totals);
      EXPECT_EQ(totals.stuck, 1);
    }
  }
}

// The message of an assertion that fails is read, too, and may be a model error.
TEST(Stubborn, AMessageIsRead) {
  Builder b;
  const int i = b.variable("i", range(0, 3), 3), out = b.variable("out", range(0, 15));
  const int name = b.variable("name", boolean(), 0, {range(0, 1)});
  const ExprRef sum = sum_of_many(b);
  for (const int p : {0, 1}) {
    b.process("p" + std::to_string(p), p, {location("a"), final_location("b")});
  }
  b.property("asserts");
  b.property("small", ir::Property::Kind::kInvariant, ir::binary(Op::kLe, get(out), lit(15)));
  ir::Stmt fails = check(0, lit(0));
  fails.text.pieces.push_back({"", get(name, {get(i)}), {}});
  b.move(0, 0, 1, yes(), {set(out, sum), fails});
  b.move(1, 0, 1, yes(), {set(i, 0)});
  b.program.finish();
  ASSERT_FALSE(Executor(b.program, Layout(b.program)).steps().general.empty());
  for (const bool reduced : {false, true}) {
    Options o;
    o.properties = {1};
    o.partial_order = reduced;
    const Explored e = explore_once(
        b.program, o,
        [](const State&, const auto&, const auto&, const auto&) { return WaitGraph{}; });
    EXPECT_TRUE(e.findings.error);
  }
}

// A step of a process that is at no location of its own.  The address sanitizer sees what is read.
TEST(Stubborn, AStepMayBeFromAnywhere) {
  Interrupted p(2);
  const int own = p.variable("own", boolean());
  p.enter();
  p.move(p.handler, 1, 0);
  p.move(p.thread, 0, 2, p.idle());
  p.step("anywhere", StepKind::kProgram, ir::all_of({is(own, 0), p.idle()}), {set(own, 1)});
  p.program.steps.back().process = p.thread;
  EXPECT_EQ(p.judge(), 0);
}

// Every circle of a state graph has a sticky step: without them, it has none.
TEST(Sticky, IsInEveryCircle) {
  int circles = 0;
  for (unsigned seed = 0; seed < 400; ++seed) {
    const Named m = random_program(seed);
    SCOPED_TRACE(m.name);
    const Layout layout(m.program);
    const Executor executor(m.program, layout);
    if (!executor.steps().general.empty()) continue;
    const std::vector<std::uint8_t> sticky =
        sticky_steps(m.program, layout, ways_of(m.program, layout, executor.steps()));
    State initial;
    for (const ir::Variable& v : m.program.variables) {
      initial.insert(initial.end(), v.init.begin(), v.init.end());
    }
    using Packed = std::vector<Word>;
    Packed first(executor.words());
    layout.pack(initial, first.data());
    std::map<Packed, int> number{{first, 0}};
    std::vector<Packed> states{first};
    std::vector<std::vector<int>> to;
    Packed after(executor.words());
    for (std::size_t i = 0; i < states.size() && i < 2000; ++i) {
      to.emplace_back();
      const Packed state = states[i];
      for (const Phase phase : {Phase::kEnvironment, Phase::kProgram}) {
        executor.fire(phase, state.data(), after.data(), [&](const Firing& f) {
          if (executor.outcomes()[static_cast<std::size_t>(f.outcome)].error) return;
          const auto [at, fresh] = number.try_emplace(after, static_cast<int>(states.size()));
          if (fresh) states.push_back(after);
          if (sticky[static_cast<std::size_t>(f.step)] == 0) to[i].push_back(at->second);
          circles += sticky[static_cast<std::size_t>(f.step)];
        });
      }
    }
    // Takes away what leads nowhere, until nothing is left.
    to.resize(states.size());
    std::vector<std::vector<int>> from(states.size());
    std::vector<std::size_t> left(states.size());
    std::vector<int> done;
    for (std::size_t i = 0; i < to.size(); ++i) {
      left[i] = to[i].size();
      if (left[i] == 0) done.push_back(static_cast<int>(i));
      for (const int t : to[i]) from[static_cast<std::size_t>(t)].push_back(static_cast<int>(i));
    }
    for (std::size_t k = 0; k < done.size(); ++k) {
      for (const int f : from[static_cast<std::size_t>(done[k])]) {
        if (--left[static_cast<std::size_t>(f)] == 0) done.push_back(f);
      }
    }
    EXPECT_EQ(done.size(), states.size());
  }
  EXPECT_GE(circles, 100);
}

}  // namespace
}  // namespace stalemate::engine::test
