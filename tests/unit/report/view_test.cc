#include <gtest/gtest.h>

#include <stdexcept>

#include "fixture.h"
#include "report/report.h"

namespace stalemate::report {
namespace {

using Strings = std::vector<std::string>;

View view_of(const ir::Program& p, Trace trace) {
  return view(p, violated(kNoStaleExec, "broken", std::move(trace)), renderer(p));
}

// Changes that one step with these writes shows.
Strings changes_of(const ir::Program& p, const std::vector<TraceBuilder::Write>& writes) {
  return view_of(p, TraceBuilder(p).step(kWrite, {}, writes).done()).rows.at(0).changes;
}

TEST(View, OneRowPerEvent) {
  const ir::Program p = example_program();
  const View v = view_of(p, stale_exec_trace(p));
  EXPECT_EQ(v.cpus, 2);
  ASSERT_EQ(v.rows.size(), 6U);
  EXPECT_EQ(v.rows[0].cpu, 1);
  EXPECT_EQ(v.rows[0].kind, ir::StepKind::kSpeculative);
  EXPECT_EQ(v.rows[0].action, "(speculative) prefetch N via kernel map");
  EXPECT_EQ(v.rows[0].changes, Strings{"I$1[N]=old"});
  EXPECT_EQ(v.rows[1].cpu, 0);
  EXPECT_TRUE(v.rows[1].changes.empty()) << "control has no display";
  EXPECT_EQ(v.rows[2].changes, (Strings{"D$[N]=new", "dirty[N]=true"}));
  EXPECT_EQ(v.rows[3].changes, (Strings{"dirty[N]=false", "PoU[N]=new"}));
  EXPECT_EQ(v.rows[4].action, "set_pte_at(P -> N, exec)");
  EXPECT_EQ(v.rows[4].violation, "");
  EXPECT_EQ(v.rows[5].violation, "broken");
  EXPECT_TRUE(v.ending.empty());
}

TEST(View, HardwareAndEntries) {
  const ir::Program p = example_program();
  const View v = view_of(p, TraceBuilder(p).step(kDrain, {}, {}).step(kIpi, {}, {}).done());
  EXPECT_EQ(v.rows[0].action, "(hardware) drain N");
  EXPECT_EQ(v.rows[0].cpu, -1);
  EXPECT_EQ(v.rows[1].action, "ipi") << "a step without a text shows its name";
  EXPECT_EQ(v.rows[1].kind, ir::StepKind::kEntry);
  EXPECT_EQ(v.rows[1].cpu, 1);
}

TEST(View, CpuOfTheStepComesFirst) {
  ir::Program p = example_program();
  p.steps[kWrite].cpu = 1;
  EXPECT_EQ(view_of(p, TraceBuilder(p).step(kWrite, {}, {}).done()).rows[0].cpu, 1);
}

TEST(View, SetsOfCopies) {
  const ir::Program p = example_program();
  // tlb.held has the dims cpu, page, frame, bool.
  EXPECT_EQ(changes_of(p, {{kTlb, 1, 1}}), Strings{"TLB0[P]={O/1}"});
  EXPECT_EQ(changes_of(p, {{kTlb, 1, 1}, {kTlb, 2, 1}}), Strings{"TLB0[P]={O/1,N/0}"});
  EXPECT_EQ(changes_of(p, {{kTlb, 3, 1}, {kTlb, 4, 1}}),
            (Strings{"TLB0[P]={N/1}", "TLB1[P]={O/0}"}));
  const View v = view_of(p, TraceBuilder(p)
                                .step(kWrite, {}, {{kTlb, 1, 1}, {kICache, 0, 1}})
                                .step(kWrite, {}, {{kTlb, 1, 0}, {kICache, 0, 0}})
                                .done());
  EXPECT_EQ(v.rows[1].changes, (Strings{"I$0[O]={}", "TLB0[P]={}"}));
}

TEST(View, CacheWithoutValueFieldsIsABit) {
  ir::Program p = example_program();
  p.caches[0].index_dims = 3;
  p.variables[kICache].display = "I${0}[{1},{2}]";
  EXPECT_EQ(changes_of(p, {{kICache, 6, 1}}), Strings{"I$1[N,old]=true"});
}

TEST(View, OptionsAndRanges) {
  ir::Program p = example_program();
  p.variables[kPoU].domain = {ir::Domain::Kind::kRange, -2, 5, -1};
  p.variables[kPoU].dims = {{ir::Domain::Kind::kRange, 3, 4, -1}};
  const View v = view_of(p, TraceBuilder(p)
                                .step(kWrite, {}, {{kPte, 0, 1}, {kPoU, 1, 5}})
                                .step(kWrite, {}, {{kPte, 0, ir::kNone}})
                                .done());
  EXPECT_EQ(v.rows[0].changes, (Strings{"PoU[4]=5", "pte[P]=N"}));
  EXPECT_EQ(v.rows[1].changes, Strings{"pte[P]=none"});
}

TEST(View, TemplatesKeepWhatIsNoHole) {
  ir::Program p = example_program();
  p.variables[kDirty].display = "{1}{x}{0}{";
  EXPECT_EQ(changes_of(p, {{kDirty, 1, 1}}), Strings{"{1}{x}N{=true"});
}

TEST(View, StuckProcessesEndTheTrace) {
  const ir::Program p = example_program();
  PropertyResult r = violated(kNoStuckProcess, "a process is stuck",
                              TraceBuilder(p).step(kFault, {}, {{kControl0, 0, 1}}).done());
  r.stuck = {0, 1};
  const View v = view(p, r, renderer(p));
  EXPECT_EQ(v.rows[0].violation, "");
  EXPECT_EQ(v.ending, (Strings{"CPU0 user waits for ever at \"wait_ack\"",
                               "CPU1 user waits for ever at \"start\""}));
}

TEST(View, ViolationInTheInitialState) {
  const ir::Program p = example_program();
  const View v = view_of(p, TraceBuilder(p).done());
  EXPECT_TRUE(v.rows.empty());
  EXPECT_EQ(v.ending, Strings{"broken"});
}

TEST(View, MissingStates) {
  const ir::Program p = example_program();
  Result result = complete_result(p, {});
  result.model_error = "index 7 is outside page";
  result.model_error_trace = TraceBuilder(p).step(kWrite, {}, {{kDirty, 1, 1}}).done();
  result.model_error_trace.states.pop_back();
  View v = view_of_model_error(p, result, renderer(p));
  EXPECT_EQ(v.rows[0].action, "write N (PIO)");
  EXPECT_TRUE(v.rows[0].changes.empty());
  EXPECT_EQ(v.rows[0].violation, "index 7 is outside page");
  result.model_error_trace.states.clear();
  v = view_of_model_error(p, result, renderer(p));
  EXPECT_EQ(v.rows[0].action, "write");
}

TEST(View, TextThatCannotBeEvaluated) {
  const ir::Program p = example_program();
  const Render failing = [](const ir::Text&, const State&,
                            const std::vector<ir::Value>&) -> std::string {
    throw std::runtime_error("index outside its domain");
  };
  const View v = view(p, violated(kNoStaleExec, "broken", stale_exec_trace(p)), failing);
  EXPECT_EQ(v.rows[0].action, "(speculative) prefetch");
  EXPECT_EQ(v.rows[4].action, "set_pte");
}

}  // namespace
}  // namespace stalemate::report
