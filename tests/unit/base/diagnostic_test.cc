// Places, excerpts and suggestions: what every message is made of.
#include "base/diagnostic.h"

#include <gtest/gtest.h>

namespace stalemate {
namespace {

std::shared_ptr<const Source> source(std::string text) {
  return std::make_shared<const Source>("a.flush", std::move(text));
}

TEST(Source, PositionsCountLinesAndCodePoints) {
  const Source s("a", "ab\n\xc3\xa9x\n");
  EXPECT_EQ(s.position(0).line, 1);
  EXPECT_EQ(s.position(3).line, 2);
  EXPECT_EQ(s.position(5).column, 2);  // after a letter of two bytes
  EXPECT_EQ(s.position(1000).line, 3);
}

TEST(Source, LinesComeWithoutTheirEnd) {
  const Source s("a", "one\r\ntwo");
  EXPECT_EQ(s.line(1), "one");
  EXPECT_EQ(s.line(2), "two");
  EXPECT_EQ(s.line(3), "");
  EXPECT_EQ(s.line(0), "");
}

TEST(Diagnostics, ShowsTheLineAndACaretRange) {
  Diagnostics d;
  d.error({source("var x : bol;\n"), 8, 11}, "unknown type 'bol'", "did you mean 'bool'?");
  EXPECT_EQ(d.format(false),
            "a.flush:1:9: error: unknown type 'bol'\n"
            "  var x : bol;\n"
            "          ^~~\n"
            "  did you mean 'bool'?\n");
}

TEST(Diagnostics, TabsDoNotMoveTheCaret) {
  Diagnostics d;
  d.error({source("\tx\n"), 1, 2}, "here");
  EXPECT_EQ(d.format(false), "a.flush:1:2: error: here\n   x\n   ^\n");
}

TEST(Diagnostics, ARangeOverLinesEndsWithItsFirstLine) {
  Diagnostics d;
  d.error({source("ab {\n}\n"), 3, 6}, "here");
  EXPECT_EQ(d.format(false), "a.flush:1:4: error: here\n  ab {\n     ^\n");
}

TEST(Diagnostics, LongLinesAreCutAroundTheCaret) {
  Diagnostics d;
  d.error({source(std::string(300, 'a') + "!" + std::string(300, 'b')), 300, 301}, "here");
  const std::string text = d.format(false);
  EXPECT_LT(text.size(), 300U);
  EXPECT_NE(text.find("!"), std::string::npos);
}

TEST(Diagnostics, WithoutAPlaceOnlyTheMessageIsShown) {
  Diagnostics d;
  d.error({}, "no thread", "add one");
  EXPECT_EQ(d.format(false), "error: no thread\n  add one\n");
}

TEST(Diagnostics, ManyErrorsAreCountedNotKept) {
  Diagnostics d;
  for (int i = 0; i < Diagnostics::kMaxErrors + 7; ++i) d.error({}, "again");
  EXPECT_EQ(d.errors(), Diagnostics::kMaxErrors + 7);
  EXPECT_NE(d.format(false).find("and 7 more errors"), std::string::npos);
}

TEST(DidYouMean, FindsWhatIsCloseAndNothingElse) {
  const std::vector<std::string> words = {"spin_lock", "spin_unlock", "pte", "page"};
  EXPECT_EQ(did_you_mean("spin_lok", words), "spin_lock");
  EXPECT_EQ(did_you_mean("pt", words), "pte");
  EXPECT_EQ(did_you_mean("completely", words), "");
  EXPECT_EQ(did_you_mean(std::string(100, 'x'), words), "");
}

}  // namespace
}  // namespace stalemate
