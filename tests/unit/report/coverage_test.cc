#include "report/coverage.h"

#include <gtest/gtest.h>

namespace stalemate::report {
namespace {

TEST(Annotated, EachLineOnce) {
  EXPECT_EQ(annotated(Source("m", "a\n\nb\nc\n"), {{1, 12}, {3, 0}}),
            "       12:    1: a\n"
            "        -:    2:\n"
            "     ####:    3: b\n"
            "        -:    4: c\n");
  EXPECT_EQ(annotated(Source("m", "no newline"), {}), "        -:    1: no newline\n");
  EXPECT_EQ(annotated(Source("m", ""), {}), "");
}

}  // namespace
}  // namespace stalemate::report
