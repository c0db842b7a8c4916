#include "base/size.h"

#include <gtest/gtest.h>

namespace stalemate {
namespace {

TEST(Size, UnitsArePowersOf1024) {
  EXPECT_EQ(parse_size("4096"), 4096U);
  EXPECT_EQ(parse_size("2K"), 2048U);
  EXPECT_EQ(parse_size("3MiB"), 3U << 20U);
  EXPECT_EQ(parse_size("1GB"), 1U << 30U);
}

TEST(Size, NonsenseIsNothing) {
  for (const char* text : {"", "G", "-1", "1.5G", "1X", "99999999999999999999", "99999999999T", "1 G"}) {
    EXPECT_FALSE(parse_size(text)) << text;
  }
}

TEST(Time, SecondsMinutesHours) {
  EXPECT_EQ(parse_time("90"), 90);
  EXPECT_EQ(parse_time("15m"), 900);
  EXPECT_EQ(parse_time("2h"), 7200);
  EXPECT_EQ(parse_time("20ms"), 0.02);
  EXPECT_FALSE(parse_time("2d"));
  EXPECT_FALSE(parse_time("m"));
}

}  // namespace
}  // namespace stalemate
