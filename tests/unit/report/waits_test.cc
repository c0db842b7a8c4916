// Who waits for whom, in words and for Graphviz.
#include "report/waits.h"

#include <gtest/gtest.h>

#include "fixture.h"

namespace stalemate::report {
namespace {

using Strings = std::vector<std::string>;

// CPU0 waits for CPU1, and CPU1 for CPU0.
struct Waits : ::testing::Test {
  Waits() : p(example_program()) {
    p.steps[kWrite].waits = "ack";
    p.steps[kWrite].text.pieces[0].literal = "wait for \"acks\"";
    dirty = p.variables[kDirty].first;
    pte = p.variables[kPte].first;
    r = violated(kNoStuckProcess, "", TraceBuilder(p).step(kFault, {}, {{kControl0, 0, 1}}).done());
    r.stuck = {0};
    r.wait_graph.waits = {{0, 1, kWrite, {}, {dirty + 1, pte}}, {1, 0, kIpi, {}, {dirty}}};
  }
  ir::Program p;
  int dirty = 0, pte = 0;
  PropertyResult r;
};

TEST_F(Waits, WithoutACycleEachIsSaid) {
  EXPECT_EQ(wait_lines(p, r, renderer(p)),
            (Strings{"CPU0 user waits (ack) at \"wait for \"acks\"\" for CPU1 user: "
                     "dirty[N]=false, pte[P]=none",
                     "CPU1 user is not taken before CPU0 user changes dirty[O]=false"}));
}

TEST_F(Waits, OnlyTheCycleIsSaid) {
  r.wait_graph.waits.insert(r.wait_graph.waits.begin(), {0, 0, kClean, {}, {dirty}});
  r.wait_graph.waits[2].slots = {p.variables[kControl0].first};
  r.wait_graph.cycle = {1, 2};
  const Strings lines = wait_lines(p, r, renderer(p));
  ASSERT_EQ(lines.size(), 3U);
  EXPECT_EQ(lines[0], "Each of them waits for the next, and the last for the first:");
  EXPECT_EQ(lines[2], "CPU1 user does not go on before CPU0 user is done");
}

TEST_F(Waits, OneThatWaitsForItself) {
  r.wait_graph.waits = {{0, 0, kClean, {}, {dirty}}};
  r.wait_graph.cycle = {0};
  EXPECT_EQ(wait_lines(p, r, renderer(p)),
            (Strings{"It waits for itself:",
                     "CPU0 user waits at \"D-clean N\" for CPU0 user: dirty[O]=false"}));
}

TEST_F(Waits, NobodyWaits) {
  r.wait_graph.waits.clear();
  EXPECT_TRUE(wait_lines(p, r, renderer(p)).empty());
}

TEST_F(Waits, Dot) {
  r.wait_graph.cycle = {0, 1};
  r.wait_graph.waits.push_back({0, 0, kClean, {}, {dirty}});
  report::Run run = example_run();
  run.file = "a \"quoted\" \\ name.flush";
  EXPECT_EQ(dot(p, run, r, renderer(p)), golden(R"dot(
digraph waits {
  label="a \"quoted\" \\ name.flush: no_stuck violated, armv7, 2 CPUs, iflush=after_publish   memory: sc (armv7 is weaker)";
  p0 [label="CPU0 user", shape=box];
  p1 [label="CPU1 user"];
  p0 -> p1 [label="waits (ack) at \"wait for \"acks\"\": dirty[N]=false, pte[P]=none", color=red];
  p1 -> p0 [label="not taken: dirty[O]=false", color=red];
  p0 -> p0 [label="waits at \"D-clean N\": dirty[O]=false"];
}
)dot"));
}

TEST_F(Waits, ARunThatViolatesTwoStandsThereOnce) {
  PropertyResult again = r, other = r;
  again.property = other.property = kNoStaleExec;
  other.stuck = {1};
  other.wait_graph = {};
  r.wait_graph = again.wait_graph = {};
  EXPECT_EQ(ascii_report(p, example_run(), complete_result(p, {r, again, other}), {}, renderer(p)),
            golden(R"(
no_stuck VIOLATED   armv7, 2 CPUs, iflush=after_publish   memory: sc (armv7 is weaker)

 CPU0                        CPU1
 ----                        ----
 page fault on P, lock ptl

 *** CPU0 user waits for ever at "wait_ack"

 1 program step, 0 environment steps; replayed by the reference interpreter

no_stale_exec VIOLATED   armv7, 2 CPUs, iflush=after_publish   memory: sc (armv7 is weaker)

 the same run as for no_stuck

no_stale_exec VIOLATED   armv7, 2 CPUs, iflush=after_publish   memory: sc (armv7 is weaker)

 the same run as for no_stuck

 *** CPU1 user waits for ever at "start"

12,345 states, 67,890 transitions, depth 23, 0.12 s
)"));
}

}  // namespace
}  // namespace stalemate::report
