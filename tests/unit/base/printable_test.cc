#include "base/printable.h"

#include <gtest/gtest.h>

namespace stalemate {
namespace {

TEST(Printable, KeepsUtf8) {
  EXPECT_EQ(printable("P \u2192 N \u00e9 \U0001f600"), "P \u2192 N \u00e9 \U0001f600");
}

TEST(Printable, ReplacesWhatIsNotUtf8) {
  EXPECT_EQ(printable("a\xff"
                      "b"),
            "a?b");
  EXPECT_EQ(printable("cut \xe2\x86"), "cut ??");
  EXPECT_EQ(printable("\xc0\xaf"), "??");            // overlong
  EXPECT_EQ(printable("\xed\xa0\x80"), "???");       // surrogate
  EXPECT_EQ(printable("\xf4\x90\x80\x80"), "????");  // past the last code point
  EXPECT_EQ(printable("\xef\xbf\xbf"), "???");       // U+FFFF
  EXPECT_EQ(printable("\ufffd"), "\ufffd");
}

TEST(Printable, ControlCharactersBecomeBlanks) {
  EXPECT_EQ(printable("a\nb\tc\x1b[31m\x7f"), "a b c [31m");
  EXPECT_EQ(printable("a\u009b."), "a .");
}

}  // namespace
}  // namespace stalemate
