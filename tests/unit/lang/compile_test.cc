// From text to Program: the structure of what comes out, where counting states would hide it.
// Behaviour is tested from outside: tests/golden, tests/peers/lowering, models/litmus.
#include "lang/compile.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "ir/dump.h"
#include "ir/parse.h"

namespace stalemate::lang {
namespace {

class Compile : public testing::Test {
 protected:
  std::optional<Compiled> compile(const std::string& text, Request request = {}) {
    diagnostics_ = {};
    if (!model_.load_text("m", text, diagnostics_)) return std::nullopt;
    return model_.compile(request, diagnostics_);
  }
  static std::vector<const ir::Step*> program_steps(const ir::Program& p) {
    std::vector<const ir::Step*> out;
    for (const ir::Step& s : p.steps) {
      if (ir::is_program(s.kind)) out.push_back(&s);
    }
    return out;
  }

  Model model_{{STALEMATE_SOURCE_ROOT}};
  Diagnostics diagnostics_;
};

TEST_F(Compile, LocalWorkAddsNoSteps) {
  const auto c =
      compile("var x : 0..3; thread t on cpu 0 { var n : 0..3 = 1; if (n == 1) n = 2; x = n; }");
  ASSERT_TRUE(c) << diagnostics_.format(false);
  EXPECT_EQ(program_steps(c->program).size(), 1U);
}

TEST_F(Compile, ParametersSelectCode) {
  const std::string text =
      "param early : bool = false; var a : bool; var b : bool;"
      "thread t on cpu 0 { if (early) a = true; b = true; }";
  const auto late = compile(text);
  ASSERT_TRUE(late) << diagnostics_.format(false);
  EXPECT_EQ(program_steps(late->program).size(), 1U);
  const auto early = compile(
      text,
      {.variant = {}, .machine = {}, .cpus = 0, .sets = {{"early", "true"}}, .properties = {}});
  ASSERT_TRUE(early) << diagnostics_.format(false);
  EXPECT_EQ(program_steps(early->program).size(), 2U);
}

// What makes an index outside a computed array an error costs nothing where there is none.
TEST_F(Compile, OnlyAnIndexThatMayMissIsChecked) {
  const auto variables = [&](const std::string& index) {
    const auto c = compile(
        "struct e { age[0..3] : 0..3; } var s : e; var i : 0..3; var far : 0..4; var x : 0..3;"
        "step get(v : e) -> 0..3 { return v.age[" + index + "]; }"
        "thread t on cpu 0 { let w = s; x = get(w); }");
    EXPECT_TRUE(c) << index << "\n" << diagnostics_.format(false);
    return c ? c->program.variables.size() : 0;
  };
  const std::size_t fits = variables("i");
  EXPECT_EQ(variables("2"), fits);
  EXPECT_EQ(variables("far % 4"), fits);
  EXPECT_EQ(variables("far < 4 ? i : 3"), fits);
  EXPECT_EQ(variables("far"), fits + 1);
  EXPECT_EQ(variables("i + 1"), fits + 1);
}

TEST_F(Compile, EveryProgramParsesBack) {
  for (const char* variant : {"iflush_after_publish", "flag_set_first", "ipi_flush_two_rounds"}) {
    Model seed({STALEMATE_SOURCE_ROOT});
    Diagnostics d;
    ASSERT_TRUE(seed.load(STALEMATE_SOURCE_ROOT "/models/seeds/arm_set_pte_at.flush", d))
        << d.format(false);
    const auto c = seed.compile(
        {.variant = variant, .machine = {}, .cpus = 0, .sets = {}, .properties = {}}, d);
    ASSERT_TRUE(c) << d.format(false);
    const std::string text = ir::dump(c->program);
    const auto back = ir::parse(std::make_shared<const Source>("dump", text), d);
    ASSERT_TRUE(back) << d.format(false);
    EXPECT_EQ(ir::dump(*back), text);
  }
}

TEST_F(Compile, EnvironmentStepsOfTheLastCpuComeFirst) {
  const auto c = compile(
      "var x[cpu] : bool; speculative s(c : cpu) { x[c] = true; } thread t on every cpu { x[me] = "
      "false; }");
  ASSERT_TRUE(c) << diagnostics_.format(false);
  EXPECT_EQ(c->program.steps[0].cpu, 1);
  EXPECT_EQ(c->program.steps[1].cpu, 0);
  EXPECT_EQ(c->program.steps[2].cpu, 0);
}

TEST_F(Compile, OnlyAnAcknowledgementHappensWithTheEntry) {
  const auto entry_writes = [&](const std::string& first) {
    const auto c = compile("var p : bool = true; var q : bool; interrupt h on cpu 0 when p { " +
                           first + " q = true; } thread t on cpu 0 { await q; }");
    EXPECT_TRUE(c) << diagnostics_.format(false);
    std::size_t steps = 0;
    for (const ir::Step* s : program_steps(c->program)) {
      if (c->program.processes[static_cast<std::size_t>(s->process)].name == "h") ++steps;
    }
    return steps;
  };
  EXPECT_EQ(entry_writes("p = false;"), 2U);  // taken and acknowledged; the rest
  EXPECT_EQ(entry_writes("q = false;"), 3U);  // taken; q; the rest
}

TEST_F(Compile, TheLabelOfAnAwaitReachesItsStep) {
  const auto c = compile(R"(
var a : cpu?; var b : bool; var left : set of cpu;
step take() { await a == none as lock; a = me; }
fn nothing() { await true as lock; }
thread t on cpu 0 {
    await b as ack or rest;                        // alone
    take();                                        // in a step
    atomic { take(); }                             // folded into another
    choose { await a == none as lock; b = true; } or { await b as ack; } or { b = false; }
    step_or_choice();
    for c in left { await c in left as rendezvous; }
    nothing();                                     // never waits
    b = false;
}
step step_or_choice() { choose { take(); } or { await b as ack; } or { b = false; } }
interrupt i on cpu 1 when b { await a == cpu 0 as ack; b = false; }
/// A rule waits for nobody.
eventual release() when b { await a == none as lock; a = none; }
)");
  ASSERT_TRUE(c) << diagnostics_.format(false);
  std::vector<std::string> labels;
  for (const ir::Step& s : c->program.steps) labels.push_back(s.waits);
  EXPECT_EQ(labels, (std::vector<std::string>{"", "ack", "lock", "lock", "lock", "ack", "", "",
                                              "lock", "ack", "", "", "rendezvous", "", "", "",
                                              "ack", ""}));
}

TEST_F(Compile, AVariantNamesItsPropertiesAndExpectations) {
  const auto c = compile(
      "var x : bool; thread t on cpu 0 { x = true; } property p { never x; } property q { "
      "invariant true; }"
      "check p, q; variant v { } expect violates p, safe q;",
      {.variant = "v", .machine = {}, .cpus = 0, .sets = {}, .properties = {}});
  ASSERT_TRUE(c) << diagnostics_.format(false);
  ASSERT_EQ(c->expected.size(), 2U);
  EXPECT_EQ(c->expected[0].outcome, "violates");
  EXPECT_EQ(c->properties.size(), 3U);  // p, q and the assertions
}

TEST_F(Compile, StuckProcessesAreCountedByConditionOrLabel) {
  const auto c = compile(
      "cpus 2; var busy[cpu] : bool; event e();"
      "interrupt i on cpu 1 when busy[me] { busy[me] = false; }"
      "thread t on every cpu { busy[me] = true; emit e(); }"
      "property any { no stuck thread; }"
      "property some { ghost inside[cpu] : bool; on e() : inside[me] = true;"
      "  no stuck thread when inside[me] && busy[cpu 0]; }"
      "property cycle { no stuck cycle with ack, lock; }"
      "check any, some, cycle;");
  ASSERT_TRUE(c) << diagnostics_.format(false);
  const std::vector<ir::Property>& ps = c->program.properties;
  for (std::size_t i = 0; i < 3; ++i) EXPECT_EQ(ps[i].kind, ir::Property::Kind::kNoStuck);
  EXPECT_TRUE(ps[0].when.empty() && ps[0].cycle.empty());
  EXPECT_EQ(ps[2].cycle, (std::vector<std::string>{"ack", "lock"}));
  // `me` is the CPU of each process; an observer that only keeps ghosts is nothing to watch for.
  EXPECT_TRUE(ps[1].watches.empty());
  ASSERT_EQ(ps[1].when.size(), c->program.processes.size());
  for (std::size_t i = 0; i < ps[1].when.size(); ++i) {
    const ir::Expr& in = *ps[1].when[i]->args.at(0);
    EXPECT_EQ(in.args.at(0)->value, c->program.processes[i].cpu);
    EXPECT_EQ(ps[1].when[i]->args.at(1)->args.at(0)->value, 0);
  }
}

TEST_F(Compile, InitGivesSingleElementsTheirValue) {
  const std::string text =
      "struct e { on : bool; n : 0..7; } var x[0..2][cpu] : e; param late : bool;"
      "init x[1][cpu 0].n = 5; init x[2][c : cpu] = e{on: c == cpu 1, n: 3} when !late;"
      "thread t on cpu 0 { x[0][me].on = true; }";
  const auto values = [&](const char* late) {
    const auto c = compile(
        text,
        {.variant = {}, .machine = {}, .cpus = 0, .sets = {{"late", late}}, .properties = {}});
    std::vector<std::vector<ir::Value>> out;
    if (!c) return out;
    for (const ir::Variable& v : c->program.variables) {
      if (v.name == "x.on" || v.name == "x.n") out.push_back(v.init);
    }
    return out;
  };
  using Values = std::vector<std::vector<ir::Value>>;
  EXPECT_EQ(values("false"), (Values{{0, 0, 0, 0, 0, 1}, {0, 0, 5, 0, 3, 3}}));
  EXPECT_EQ(values("true"), (Values{{0, 0, 0, 0, 0, 0}, {0, 0, 5, 0, 0, 0}}));
}

TEST_F(Compile, CountersAreCompiledOnRequestAndAddNoSteps) {
  const std::string text =
      "event e(n : 0..3); var x : 0..3; step s() -> 0..3 { x = 1; return 2; }"
      "counter es on e(n) : n == x; counter ss on s() -> r : r == 2; counter never on e(n) : false;"
      "goal g on e(n) : n == 1; property p { on e(n) : assert n < 3; } check p;"
      "thread t on cpu 0 { let r = s(); emit e(r); x = r; atomic { emit e(1); } }";
  const auto counts = [](const ir::Program& p) {
    std::string out;
    for (const ir::Step& s : p.steps) {
      out += s.name + ":";
      for (const ir::Stmt& b : s.body) {
        if (b.kind == ir::Stmt::Kind::kCount)
          out += " " + p.counters[static_cast<std::size_t>(b.counter)].name;
      }
      out += "\n";
    }
    return out;
  };
  const auto checked = compile(text);
  ASSERT_TRUE(checked) << diagnostics_.format(false);
  EXPECT_TRUE(checked->program.counters.empty());
  EXPECT_EQ(counts(checked->program), "s:\ne:\nx = r:\natomic { emit e(1); }:\n");
  Request request;
  request.counting = true;
  const auto counting = compile(text, request);
  ASSERT_TRUE(counting) << diagnostics_.format(false);
  EXPECT_EQ(counting->program.counters.size(), 3U);
  EXPECT_EQ(counting->program.goals.size(), 0U);
  EXPECT_EQ(counts(counting->program), "s: ss es\nx = r:\natomic { emit e(1); }: es\n");
}

TEST_F(Compile, AllErrorsOfAFileAreReported) {
  EXPECT_FALSE(compile("var a : bol; var b : 3..0; thread t on cpu 0 { c = 1; }"));
  EXPECT_GE(diagnostics_.errors(), 3) << diagnostics_.format(false);
}

}  // namespace
}  // namespace stalemate::lang
