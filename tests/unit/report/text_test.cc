#include "report/text.h"

#include <gtest/gtest.h>

namespace stalemate::report {
namespace {

using Lines = std::vector<std::string>;

TEST(Width, CountsCodePoints) {
  EXPECT_EQ(width(""), 0);
  EXPECT_EQ(width("P \u2192 N"), 5);
}

TEST(Wrap, BreaksAtBlanks) {
  EXPECT_EQ(wrap("", 10, 2), Lines{});
  EXPECT_EQ(wrap("   ", 10, 2), Lines{});
  EXPECT_EQ(wrap("exactly 10", 10, 2), Lines{"exactly 10"});
  EXPECT_EQ(wrap("exactly 10 and more", 10, 2), (Lines{"exactly 10", "  and more"}));
  EXPECT_EQ(wrap("one two  three", 8, 0), (Lines{"one two", "three"}));
}

TEST(Wrap, BreaksLongWords) {
  EXPECT_EQ(wrap("abcdefghijk", 4, 1), (Lines{"abcd", " efg", " hij", " k"}));
  EXPECT_EQ(wrap("\u2192\u2192\u2192", 2, 0), (Lines{"\u2192\u2192", "\u2192"}));
}

TEST(Wrap, BreaksLongWordsAfterAMark) {
  EXPECT_EQ(wrap("flush_tlb_page_nosync(vma, P)", 18, 2),
            (Lines{"flush_tlb_page_", "  nosync(vma, P)"}));
  EXPECT_EQ(wrap("T[P]={O/0,O/1,N/0}", 12, 0), (Lines{"T[P]={O/0,", "O/1,N/0}"}));
  EXPECT_EQ(wrap("to (longword", 7, 0), (Lines{"to", "(longwo", "rd"}));
}

TEST(Paint, LeavesPlainTextAlone) {
  EXPECT_EQ(paint("x", code::kRed, true), "\x1b[31mx\x1b[0m");
  EXPECT_EQ(paint("x", code::kRed, false), "x");
  EXPECT_EQ(paint("x", {}, true), "x");
  EXPECT_EQ(paint("", code::kRed, true), "");
}

TEST(Counted, GroupsDigits) {
  EXPECT_EQ(counted(0, "state"), "0 states");
  EXPECT_EQ(counted(1, "state"), "1 state");
  EXPECT_EQ(counted(999, "state"), "999 states");
  EXPECT_EQ(counted(1000, "state"), "1,000 states");
  EXPECT_EQ(counted(1234567, "state"), "1,234,567 states");
}

}  // namespace
}  // namespace stalemate::report
