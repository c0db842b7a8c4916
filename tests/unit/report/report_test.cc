#include "report/report.h"

#include <gtest/gtest.h>

#include "fixture.h"
#include "report/text.h"
#include "verdict/words.h"

namespace stalemate::report {
namespace {

using Strings = std::vector<std::string>;

PropertyResult came_out(int property, Outcome outcome, std::string message = {}) {
  PropertyResult r;
  r.property = property;
  r.outcome = outcome;
  r.message = std::move(message);
  return r;
}

Result with(std::vector<Outcome> outcomes) {
  Result result;
  result.complete = true;
  for (const Outcome o : outcomes) result.properties.push_back(came_out(0, o));
  return result;
}

TEST(Overall, WorstFirst) {
  using enum Outcome;
  EXPECT_EQ(overall(with({})), kSafe);
  EXPECT_EQ(overall(with({kSafe, kSafe})), kSafe);
  EXPECT_EQ(overall(with({kVacuous, kSafe})), kVacuous);
  EXPECT_EQ(overall(with({kVacuous, kInconclusive, kSafe})), kInconclusive);
  EXPECT_EQ(overall(with({kInconclusive, kViolated, kVacuous})), kViolated);
  EXPECT_EQ(overall(with({kViolated, kError})), kError);
}

TEST(Overall, ModelErrorIsAnError) {
  Result result = with({Outcome::kViolated});
  result.model_error = "index outside its domain";
  EXPECT_EQ(overall(result), Outcome::kError);
}

TEST(Overall, NeverSafeWithoutAllStates) {
  Result result = with({Outcome::kSafe});
  result.complete = false;
  EXPECT_EQ(overall(result), Outcome::kInconclusive);
  result.properties[0].outcome = Outcome::kViolated;
  EXPECT_EQ(overall(result), Outcome::kViolated);
}

TEST(Reductions, EachWithItsReason) {
  Result result = with({});
  EXPECT_EQ(reductions_text(result, Style()), "reductions: nothing to reduce\n");
  result.reductions = {{"saturated copies", "tlb", true, ""},
                       {"saturated copies", "one", false, "a single cache"}};
  EXPECT_EQ(
      reductions_text(result, Style()),
      "reductions\n saturated copies, tlb: yes\n saturated copies, one: no: a single cache\n");
}

// Which states were counted.
TEST(Reductions, NamedBesideTheCounts) {
  const ir::Program p = example_program();
  Result result = complete_result(p, {came_out(0, Outcome::kSafe)});
  const auto told = [&] {
    const std::string text = ascii_report(p, example_run(), result, Style(), renderer(p));
    return text.find("depth 23, 0.12 s; saturated copies\n") != std::string::npos;
  };
  EXPECT_FALSE(told());
  result.reductions = {{"saturated copies", "one", false, "a single cache"}};
  EXPECT_FALSE(told());
  result.reductions.push_back({"saturated copies", "tlb", true, ""});
  result.reductions.push_back({"saturated copies", "icache", true, ""});
  EXPECT_TRUE(told());
}

TEST(Bounds, MemoryOrderAndTheRest) {
  ir::Program p = example_program();
  p.bounds = {"at most 2 remaps"};
  EXPECT_EQ(bounds(p), (Strings{"memory: sc (armv7 is weaker)", "at most 2 remaps"}));
  p.machine_order = "sc";
  p.bounds.clear();
  EXPECT_EQ(bounds(p), Strings{"memory: sc"});
}

TEST(Missed, StepsOfTheModelFileOnly) {
  ir::Program p = example_program();
  Result result;
  result.fired.assign(p.steps.size(), false);
  // Neither the environment's steps nor the library's.
  EXPECT_EQ(missed(p, result).taken,
            (Strings{"fault", "write", "clean", "set_pte", "exec", "ipi"}));
  p.steps[kClean].name = "write";
  result.fired[kClean] = true;
  result.fired[kIpi] = true;
  EXPECT_EQ(missed(p, result).taken, (Strings{"fault", "set_pte", "exec"}));
}

TEST(Missed, MakesSafeVacuous) {
  ir::Program p = example_program();
  Result result;
  result.complete = true;
  result.properties.resize(2);
  for (PropertyResult& r : result.properties) r.outcome = Outcome::kSafe;
  result.fired.assign(p.steps.size(), true);
  require_all(p, result);
  EXPECT_EQ(result.properties[0].outcome, Outcome::kSafe);

  result.fired[kClean] = false;
  p.may_be_unreached = {"cle", "clean", "set"};  // names begin so, up to the end of a word
  require_all(p, result);
  EXPECT_EQ(result.properties[1].outcome, Outcome::kSafe);

  p.may_be_unreached = {"cle"};
  result.properties[1].outcome = Outcome::kViolated;
  require_all(p, result);
  EXPECT_EQ(result.properties[0].outcome, Outcome::kSafe);

  result.properties[1].outcome = Outcome::kSafe;
  require_all(p, result);
  EXPECT_EQ(result.properties[0].outcome, Outcome::kVacuous);
  EXPECT_EQ(result.properties[1].message, "never taken: clean");
}

// What is told of a step that was never taken is not told again of what is in it or around it.
TEST(Missed, PointsOfTheModelFile) {
  ir::Program p = example_program();
  const auto source = std::make_shared<const Source>("m", std::string(100, ' '));
  Result result;
  result.complete = true;
  result.fired.assign(p.steps.size(), true);
  p.goals.clear();
  const auto add = [&](const char* name, ir::Goal::Kind kind, std::uint32_t begin,
                       std::uint32_t end) {
    ir::Goal& g = p.goals.emplace_back();
    g.name = name;
    g.kind = kind;
    g.span = {source, begin, end};
    result.goals.push_back(false);
  };
  add("if (x)", ir::Goal::Kind::kArm, 10, 20);
  add("assert x", ir::Goal::Kind::kAssertion, 12, 18);
  add("assert y", ir::Goal::Kind::kAssertion, 30, 40);
  add("tick", ir::Goal::Kind::kDelivery, 50, 60);
  ir::Stmt between;
  between.kind = ir::Stmt::Kind::kCover;
  between.goal = 3;
  p.steps[kIpi].body.push_back(between);
  add("named", ir::Goal::Kind::kNamed, 0, 0);
  Missed m = missed(p, result);
  EXPECT_EQ(m.taken, Strings{"if (x)"});
  EXPECT_EQ(m.tested, Strings{"assert y"});
  EXPECT_EQ(m.delivered, Strings{"tick"});
  EXPECT_EQ(phrases(m, false), (Strings{"never taken: if (x)", "never tested: assert y",
                                        "never delivered between two steps: tick"}));
  EXPECT_EQ(phrases(m, true)[0], "not taken so far: if (x)");

  result.fired[kClean] = false;
  p.steps[kClean].span = {source, 14, 16};
  m = missed(p, result);
  EXPECT_EQ(m.taken, Strings{"clean"});

  result.properties.push_back(came_out(0, Outcome::kSafe));
  p.may_be_unreached = {"clean", "assert", "tick"};
  require_all(p, result);
  EXPECT_EQ(result.properties[0].outcome, Outcome::kSafe);
  p.may_be_unreached = {"clean"};
  require_all(p, result);
  EXPECT_EQ(result.properties[0].message,
            "never tested: assert y; never delivered between two steps: tick");
}

TEST(VerdictLine, AllOutcomes) {
  ir::Program p = example_program();
  const report::Run run = example_run();
  const auto line = [&](Outcome o) { return verdict_line(p, run, came_out(kNoStaleExec, o)); };
  const std::string rest = "   armv7, 2 CPUs, iflush=after_publish   memory: sc (armv7 is weaker)";
  EXPECT_EQ(line(Outcome::kViolated), "no_stale_exec VIOLATED" + rest);
  EXPECT_EQ(line(Outcome::kSafe), "no_stale_exec safe" + rest);
  EXPECT_EQ(line(Outcome::kInconclusive), "no_stale_exec INCONCLUSIVE" + rest);
  EXPECT_EQ(line(Outcome::kVacuous), "no_stale_exec VACUOUS" + rest);
  EXPECT_EQ(line(Outcome::kError), "no_stale_exec ERROR" + rest);
}

TEST(VerdictLine, Qualifiers) {
  ir::Program p = example_program();
  p.machine = "ideal";
  p.machine_order = "sc";
  p.bounds = {"at most 2 remaps", "one IPI in flight"};
  report::Run run;
  run.machine = "ideal";
  run.cpus = 1;
  EXPECT_EQ(verdict_line(p, run, came_out(kBound, Outcome::kSafe)),
            "bound safe   ideal, 1 CPU   memory: sc; at most 2 remaps; one IPI in flight");
  run.params = {{"a", "1"}, {"b", "x"}};
  EXPECT_EQ(
      verdict_line(p, run, came_out(kBound, Outcome::kSafe)),
      "bound safe   ideal, 1 CPU, a=1, b=x   memory: sc; at most 2 remaps; one IPI in flight");
}

TEST(AsciiReport, ViolatedAndSafe) {
  const ir::Program p = example_program();
  const Result result = complete_result(
      p, {violated(kNoStaleExec, "runs old contents of N: stale I-cache line", stale_exec_trace(p)),
          came_out(kBound, Outcome::kSafe)});
  EXPECT_EQ(ascii_report(p, example_run(), result, {}, renderer(p)), golden(R"(
no_stale_exec VIOLATED   armv7, 2 CPUs, iflush=after_publish   memory: sc (armv7 is weaker)

 CPU0                        CPU1
 ----                        ----
                             (speculative) prefetch N via kernel map   I$1[N]=old
 page fault on P, lock ptl
 write N (PIO)                                                         D$[N]=new, dirty[N]=true
 D-clean N                                                             dirty[N]=false, PoU[N]=new
 set_pte_at(P -> N, exec)                                              pte[P]=N
                             exec P   *** runs old contents of N: stale I-cache line

 5 program steps, 1 environment step; replayed by the reference interpreter

bound safe   armv7, 2 CPUs, iflush=after_publish   memory: sc (armv7 is weaker)
12,345 states, 67,890 transitions, depth 23, 0.12 s
)"));
}

TEST(AsciiReport, Stuck) {
  const ir::Program p = example_program();
  PropertyResult r = violated(kNoStuckProcess, "a process is stuck",
                              TraceBuilder(p).step(kFault, {}, {{kControl0, 0, 1}}).done());
  r.stuck = {0};
  Result result = complete_result(p, {r});
  result.fired[kExec] = false;
  EXPECT_EQ(ascii_report(p, example_run(), result, {}, renderer(p)), golden(R"(
no_stuck VIOLATED   armv7, 2 CPUs, iflush=after_publish   memory: sc (armv7 is weaker)

 CPU0                        CPU1
 ----                        ----
 page fault on P, lock ptl

 *** CPU0 user waits for ever at "wait_ack"

 1 program step, 0 environment steps; replayed by the reference interpreter

12,345 states, 67,890 transitions, depth 23, 0.12 s
never taken: exec
)"));
}

TEST(AsciiReport, VacuousSaysWhatNeverHappened) {
  const ir::Program p = example_program();
  const Result result = complete_result(
      p, {came_out(kNoStaleExec, Outcome::kVacuous, "no CPU ever executes a page")});
  EXPECT_EQ(ascii_report(p, example_run(), result, {}, renderer(p)), golden(R"(
no_stale_exec VACUOUS   armv7, 2 CPUs, iflush=after_publish   memory: sc (armv7 is weaker)
 no CPU ever executes a page
12,345 states, 67,890 transitions, depth 23, 0.12 s
)"));
}

TEST(AsciiReport, Inconclusive) {
  const ir::Program p = example_program();
  Result result = complete_result(p, {came_out(kNoStaleExec, Outcome::kInconclusive)});
  result.complete = false;
  result.stopped = "--max-states 12345 reached; raise it to go on";
  result.fired[kExec] = false;
  EXPECT_EQ(ascii_report(p, example_run(), result, {}, renderer(p)), golden(R"(
no_stale_exec INCONCLUSIVE   armv7, 2 CPUs, iflush=after_publish   memory: sc (armv7 is weaker)
12,345 states, 67,890 transitions, depth 23, 0.12 s
not taken so far: exec
inconclusive: --max-states 12345 reached; raise it to go on
)"));
}

TEST(AsciiReport, StoppedAfterAllWasDecided) {
  const ir::Program p = example_program();
  Result result = complete_result(p, {violated(kNoStaleExec, "broken", TraceBuilder(p).done())});
  result.complete = false;
  result.stopped = "every property is violated";
  EXPECT_EQ(ascii_report(p, example_run(), result, {}, renderer(p)), golden(R"(
no_stale_exec VIOLATED   armv7, 2 CPUs, iflush=after_publish   memory: sc (armv7 is weaker)

 *** broken

 0 program steps, 0 environment steps; replayed by the reference interpreter

12,345 states, 67,890 transitions, depth 23, 0.12 s
stopped: every property is violated
)"));
}

TEST(AsciiReport, ModelError) {
  const ir::Program p = example_program();
  Result result = complete_result(p, {came_out(kNoStaleExec, Outcome::kError)});
  result.model_error = "index 7 is outside page";
  result.model_error_span = {std::make_shared<Source>("icache.stm", "a\nbcd\n"), 3, 4};
  result.model_error_trace = TraceBuilder(p).step(kFault, {}, {}).step(kWrite, {}, {}).done();
  result.model_error_trace.states.pop_back();
  EXPECT_EQ(ascii_report(p, example_run(), result, {}, renderer(p)), golden(R"(
no_stale_exec ERROR   armv7, 2 CPUs, iflush=after_publish   memory: sc (armv7 is weaker)
12,345 states, 67,890 transitions, depth 23, 0.12 s
icache.stm:2:2: model error: index 7 is outside page

 CPU0                        CPU1
 ----                        ----
 page fault on P, lock ptl
 write N (PIO)   *** index 7 is outside page

 2 program steps, 0 environment steps
)"));
}

TEST(AsciiReport, Colour) {
  const ir::Program p = example_program();
  const Result result =
      complete_result(p, {violated(kNoStaleExec, "broken", stale_exec_trace(p)),
                          came_out(kBound, Outcome::kSafe), came_out(kBound, Outcome::kVacuous)});
  const std::string coloured = ascii_report(p, example_run(), result, {100, true}, renderer(p));
  EXPECT_EQ(without_colour(coloured), ascii_report(p, example_run(), result, {}, renderer(p)));
  EXPECT_NE(coloured.find("no_stale_exec \x1b[31mVIOLATED\x1b[0m   armv7"), std::string::npos);
  EXPECT_NE(coloured.find("bound \x1b[32msafe\x1b[0m   armv7"), std::string::npos);
  EXPECT_NE(coloured.find("bound VACUOUS   armv7"), std::string::npos);
}

TEST(AsciiReport, LongListsWrap) {
  ir::Program p = example_program();
  for (int i = 0; i < 40; ++i) {
    ir::Step s = p.steps[kExec];
    s.name = "step_number_" + std::to_string(i);
    p.steps.push_back(s);
  }
  Result result = complete_result(p, {});
  result.fired.resize(kExec);
  result.stopped = std::string(300, 'x');
  for (const std::string& line :
       lines_of(ascii_report(p, example_run(), result, {80, false}, renderer(p)))) {
    EXPECT_LE(width(line), 80) << line;
  }
}

}  // namespace
}  // namespace stalemate::report
