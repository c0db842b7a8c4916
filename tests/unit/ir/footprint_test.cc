// State layout, slot names and footprints.
#include <gtest/gtest.h>

#include "fixture.h"
#include "ir/dump.h"

namespace stalemate::ir {
namespace {

constexpr const char* kHead = R"((ir 1)
(sort cpu (cpu0 cpu1))
(sort page (P Q R))
(var pc (range 0 1) control)                ; slot 0
(var flag (page) bool)                      ; slots 1 to 3
(var grid (cpu page) (range 0 9))           ; slots 4 to 9
(var i (range 2 7))                         ; slot 10
(var off ((range 2 4)) bool)                ; slots 11 to 13
(var opt (option page))                     ; slot 14
(var seen bool ghost)                       ; slot 15
(process user cpu0 thread (control pc) (locations a b))
(property safe asserts)
(goal done)
)";

using Slots = std::vector<int>;

Footprint footprint(const std::string& step) {
  return must_parse(kHead + step).steps.at(0).footprint;
}

TEST(Footprint, ConstantIndicesAreExact) {
  const Footprint f = footprint("(step s eventual (when (flag Q)) (do (set (grid cpu1 R) 3)))");
  EXPECT_EQ(f.reads, Slots{2});
  EXPECT_EQ(f.writes, Slots{9});
}

TEST(Footprint, ControlVariableIsLikeAnyOther) {
  const Footprint f =
      footprint("(step s (process user cpu0) (from a) (when (== pc a)) (do (set pc b)))");
  EXPECT_EQ(f.reads, Slots{0});
  EXPECT_EQ(f.writes, Slots{0});
}

TEST(Footprint, ChoiceSelectsItsDomainInEachDimension) {
  const Footprint f = footprint("(step s eventual (choose (v page)) (do (set (grid cpu1 v) 0)))");
  EXPECT_EQ(f.reads, Slots{});
  EXPECT_EQ(f.writes, (Slots{7, 8, 9}));
  EXPECT_EQ(footprint("(step s eventual (choose (c cpu)) (when (== (grid c Q) 0)))").reads,
            (Slots{5, 8}));
}

TEST(Footprint, DomainsAreClippedToTheDimension) {
  // i is 2 to 7, the dimension 2 to 4; an option is never an element below the first.
  EXPECT_EQ(footprint("(step s eventual (when (off i)))").reads, (Slots{10, 11, 12, 13}));
  EXPECT_EQ(footprint("(step s eventual (when (flag opt)))").reads, (Slots{1, 2, 3, 14}));
  EXPECT_EQ(footprint("(step s eventual (choose (k (range 3 9))) (when (off k)))").reads,
            (Slots{12, 13}));
}

TEST(Footprint, ComputedIndices) {
  EXPECT_EQ(footprint("(step s eventual (when (off (+ i 1))))").reads, (Slots{10, 11, 12, 13}));
  EXPECT_EQ(footprint("(step s eventual (when (flag (ite seen P Q))))").reads, (Slots{1, 2, 15}));
}

TEST(Footprint, BodyIsReadWhole) {
  const Footprint f = footprint(R"((step s eventual
    (do (if (flag P) (then (set seen true)) (else (set i 2)))
        (assert safe (flag Q) "not in it: " (value (flag R)))
        (cover done (off 3))
        (set (flag opt) (== i 3)))
    (text (value (grid cpu0 P)))))");
  EXPECT_EQ(f.reads, (Slots{1, 2, 10, 12, 14}));
  EXPECT_EQ(f.writes, (Slots{1, 2, 3, 10, 15}));
}

TEST(Footprint, ManyReadsOfOneArrayAreMerged) {
  std::string guard;
  for (int i = 0; i < 5000; ++i) guard += " (flag v)";
  const Footprint f = footprint("(step s eventual (choose (v page)) (when (and" + guard + ")))");
  EXPECT_EQ(f.reads, (Slots{1, 2, 3}));
}

TEST(Layout, SlotsAndNames) {
  const Program p = must_parse(kHead);
  EXPECT_EQ(p.slots, 16);
  EXPECT_EQ(p.cpus(), 2);
  EXPECT_EQ(p.slot_name(0), "pc");
  EXPECT_EQ(p.slot_name(2), "flag[Q]");
  EXPECT_EQ(p.slot_name(8), "grid[cpu1][Q]");
  EXPECT_EQ(p.slot_name(12), "off[3]");
  EXPECT_EQ(p.slot_name(15), "seen");
}

TEST(Layout, ValueNames) {
  const Program p = must_parse(kHead);
  EXPECT_EQ(p.value_name(p.variables[1].domain, 1), "true");
  EXPECT_EQ(p.value_name(p.variables[5].domain, 2), "R");
  EXPECT_EQ(p.value_name(p.variables[5].domain, kNone), "none");
  EXPECT_EQ(p.value_name(p.variables[5].domain, 7), "7");
  EXPECT_EQ(p.value_name(p.variables[3].domain, 3), "3");
}

TEST(ToSource, PrecedenceAndNames) {
  const auto source = [](const std::string& guard) {
    const Program p =
        must_parse(kHead + ("(step s eventual (choose (v page)) (when " + guard + "))"));
    return to_source(p, p.steps[0].guard, p.steps[0].choices);
  };
  EXPECT_EQ(source("(and (not (flag P)) (or seen (flag v)))"), "!flag[P] && (seen || flag[v])");
  EXPECT_EQ(source("(or (and seen (flag P)) (flag Q))"), "seen && flag[P] || flag[Q]");
  EXPECT_EQ(source("(not (== opt none))"), "!(opt == none)");
  EXPECT_EQ(source("(== (- i (- 3 1)) (* (+ i 1) 2))"), "i - (3 - 1) == (i + 1) * 2");
  EXPECT_EQ(source("(== pc b)"), "pc == b");
  EXPECT_EQ(source("(== (grid cpu0 v) (ite seen 1 2))"), "grid[cpu0][v] == (seen ? 1 : 2)");
  EXPECT_EQ(source("(!= (== i 3) seen)"), "(i == 3) != seen");
}

}  // namespace
}  // namespace stalemate::ir
