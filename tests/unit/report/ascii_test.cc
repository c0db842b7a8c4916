#include <gtest/gtest.h>

#include <random>

#include "fixture.h"
#include "report/report.h"
#include "report/text.h"

namespace stalemate::report {
namespace {

constexpr Style kPlain;

Row row(int cpu, std::string action, std::vector<std::string> changes = {}) {
  Row r;
  r.cpu = cpu;
  r.action = std::move(action);
  r.changes = std::move(changes);
  return r;
}

int widest(const std::string& text) {
  int most = 0;
  for (const std::string& line : lines_of(text)) most = std::max(most, width(line));
  return most;
}

TEST(AsciiTrace, TwoCpus) {
  const ir::Program p = example_program();
  const PropertyResult r =
      violated(kNoStaleExec, "runs old contents of N: stale I-cache line", stale_exec_trace(p));
  EXPECT_EQ(ascii_trace(view(p, r, renderer(p)), kPlain), golden(R"(
 CPU0                        CPU1
 ----                        ----
                             (speculative) prefetch N via kernel map   I$1[N]=old
 page fault on P, lock ptl
 write N (PIO)                                                         D$[N]=new, dirty[N]=true
 D-clean N                                                             dirty[N]=false, PoU[N]=new
 set_pte_at(P -> N, exec)                                              pte[P]=N
                             exec P   *** runs old contents of N: stale I-cache line
)"));
}

// Too wide for natural columns: everything wraps, CPUs that do nothing stay narrow.
TEST(AsciiTrace, FourCpus) {
  View v;
  v.cpus = 4;
  v.rows = {row(0, "set_pte_at(mm, P, pte of N with write permission)", {"pte[P].frame=N"}),
            row(1, "flush_tlb_page_nosync(vma, P)", {"TLB1[P]={O/0,O/1,N/0,N/1}", "pending=3"}),
            row(3, "(hardware) walk of P fills a translation", {"TLB3[P]={O/1,N/1}"}),
            row(-1, "(hardware) drain"), row(3, "write P")};
  v.rows.back().violation = "writes to O after it was freed";
  EXPECT_EQ(ascii_trace(v, kPlain), golden(R"(
 CPU0                 CPU1                 CPU2           CPU3
 ----                 ----                 ----           ----
 set_pte_at(mm, P,                                                             pte[P].frame=N
   pte of N with
   write
   permission)
                      flush_tlb_page_                                          TLB1[P]={O/0,O/1,
                        nosync(vma, P)                                         N/0,N/1},
                                                                               pending=3
                                                          (hardware) walk of   TLB3[P]={O/1,N/1}
                                                            P fills a
                                                            translation
 (hardware) drain
                                                          write P
                                                          *** writes to O after it was freed
)"));
}

// 12 columns do not fit, the three that act do.
TEST(AsciiTrace, TwelveCpusThreeActing) {
  View v;
  v.cpus = 12;
  v.rows = {row(2, "send IPI to all", {"pending=11"}), row(11, "-> ipi"), row(-1, "drain"),
            row(5, "-> ipi")};
  EXPECT_EQ(ascii_trace(v, kPlain), golden(R"(
 CPU2              CPU5           CPU11
 ----              ----           -----
 send IPI to all                                 pending=11
                                  -> ipi
 drain
                   -> ipi
)"));
}

TEST(AsciiTrace, TwelveCpusAllActing) {
  View v;
  v.cpus = 12;
  for (int cpu = 0; cpu < 12; ++cpu) {
    v.rows.push_back(row(cpu, "-> ipi", {"acks=" + std::to_string(cpu)}));
  }
  v.rows.push_back(row(-1, "(hardware) drain"));
  v.rows.back().violation = "an ack was lost";
  EXPECT_EQ(ascii_trace(v, kPlain), golden(R"(
 CPU0: -> ipi       acks=0
 CPU1: -> ipi       acks=1
 CPU2: -> ipi       acks=2
 CPU3: -> ipi       acks=3
 CPU4: -> ipi       acks=4
 CPU5: -> ipi       acks=5
 CPU6: -> ipi       acks=6
 CPU7: -> ipi       acks=7
 CPU8: -> ipi       acks=8
 CPU9: -> ipi       acks=9
 CPU10: -> ipi      acks=10
 CPU11: -> ipi      acks=11
 (hardware) drain   *** an ack was lost
)"));
}

TEST(AsciiTrace, NobodyActs) {
  View v;
  v.cpus = 12;
  v.rows = {row(-1, "(hardware) drain")};
  EXPECT_EQ(ascii_trace(v, kPlain), golden(R"(
 CPU0
 ----
 (hardware) drain
)"));
}

TEST(AsciiTrace, ViolationBelowTheChanges) {
  View v;
  v.cpus = 2;
  v.rows = {row(1, "read P", {"r=old"})};
  v.rows[0].violation = "reads old";
  EXPECT_EQ(ascii_trace(v, kPlain), golden(R"(
 CPU0           CPU1
 ----           ----
                read P         r=old
                *** reads old
)"));
  v.rows[0].violation =
      "reads contents that the other CPU replaced before this CPU took the interrupt that should "
      "have told it about the replacement";
  EXPECT_EQ(ascii_trace(v, kPlain), golden(R"(
 CPU0           CPU1
 ----           ----
                read P         r=old
 *** reads contents that the other CPU replaced before this CPU took the interrupt that should have
     told it about the replacement
)"));
}

TEST(AsciiTrace, Ending) {
  View v;
  v.cpus = 1;
  v.ending = {"CPU0 user waits for ever at \"wait_ack\""};
  EXPECT_EQ(ascii_trace(v, kPlain), " *** CPU0 user waits for ever at \"wait_ack\"\n");
  v.rows = {row(0, "wait")};
  EXPECT_EQ(ascii_trace(v, kPlain), golden(R"(
 CPU0
 ----
 wait

 *** CPU0 user waits for ever at "wait_ack"
)"));
}

TEST(AsciiTrace, Colour) {
  const ir::Program p = example_program();
  PropertyResult r = violated(kNoStaleExec, "runs old contents", stale_exec_trace(p));
  const View v = view(p, r, renderer(p));
  const std::string coloured = ascii_trace(v, {100, true});
  EXPECT_EQ(without_colour(coloured), ascii_trace(v, kPlain));
  const std::vector<std::string> lines = lines_of(coloured);
  EXPECT_NE(lines[2].find("\x1b[2m(speculative) prefetch N via kernel map\x1b[0m"),
            std::string::npos);
  EXPECT_NE(lines[2].find("\x1b[2mI$1[N]=old\x1b[0m"), std::string::npos);
  EXPECT_EQ(lines[3].find('\x1b'), std::string::npos) << "program steps have no colour";
  EXPECT_NE(lines[7].find("exec P   \x1b[1;31m*** runs old contents\x1b[0m"), std::string::npos);
}

TEST(AsciiTrace, TerminalsAreSafeFromTexts) {
  View v;
  v.cpus = 1;
  v.rows = {row(0, "a\x1b[2Jb\nc\xff", {"x\r=1"})};
  v.ending = {"\x1b[0m"};
  const std::string out = ascii_trace(v, kPlain);
  EXPECT_EQ(out.find_first_of("\x1b\r\xff"), std::string::npos);
  EXPECT_EQ(lines_of(out).size(), 5U);
}

std::string random_text(std::mt19937& random, int most) {
  const std::vector<std::string> alphabet = {"a", "b", "[", "]", "=", "\u2192", " ", " ", "\xff"};
  std::string text;
  for (auto n = static_cast<int>(random()) % most; n > 0; --n) {
    text += alphabet[random() % alphabet.size()];
  }
  return text;
}

View random_view(std::mt19937& random) {
  View v;
  v.cpus = 1 + static_cast<int>(random() % 16);
  const auto rows = random() % 8;
  for (std::size_t i = 0; i < rows; ++i) {
    Row r = row(static_cast<int>(random() % static_cast<unsigned>(v.cpus + 1)) - 1,
                random_text(random, 80));
    r.kind = static_cast<ir::StepKind>(random() % 4);
    for (auto n = random() % 4; n > 0; --n) r.changes.push_back(random_text(random, 40));
    if (random() % 4 == 0) r.violation = random_text(random, 150);
    v.rows.push_back(std::move(r));
  }
  if (random() % 2 == 0) v.ending.push_back(random_text(random, 150));
  return v;
}

TEST(AsciiTrace, NeverTooWideAndNoTrailingBlanks) {
  std::mt19937 random(1);
  for (int i = 0; i < 3000; ++i) {
    const View v = random_view(random);
    const int limit = i % 3 == 0 ? 28 + static_cast<int>(random() % 150) : 100;
    const std::string plain = ascii_trace(v, {limit, false});
    ASSERT_LE(widest(plain), limit) << plain;
    for (const std::string& line : lines_of(plain)) {
      ASSERT_TRUE(line.empty() || line.back() != ' ') << plain;
    }
    ASSERT_EQ(without_colour(ascii_trace(v, {limit, true})), plain);
  }
}

TEST(AsciiTrace, VeryNarrowCountsAs28) {
  std::mt19937 random(2);
  for (int i = 0; i < 100; ++i) {
    const View v = random_view(random);
    ASSERT_EQ(ascii_trace(v, {i % 28, false}), ascii_trace(v, {28, false}));
  }
}

}  // namespace
}  // namespace stalemate::report
