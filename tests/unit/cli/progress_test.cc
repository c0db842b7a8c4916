#include "cli/progress.h"

#include <gtest/gtest.h>

namespace stalemate::cli {
namespace {

engine::Progress searching() {
  engine::Progress p;
  p.states = 3000000;
  p.waiting = 120000;
  p.waiting_seconds = 41.3;
  p.program_steps = 17;
  p.seconds = 3;
  p.bytes = 100 << 20;
  p.load = 0.79;
  return p;
}

TEST(Progress, WhatWaitsAndHowLongItTakes) {
  engine::Progress p = searching();
  EXPECT_EQ(progress_text(p),
            "searching: 3000000 states, 1000000/s, 17 program steps deep, 120000 waiting (41 s at this "
            "rate), 100 MiB, set 79 % full, 3 s");
  p.bytes_on_disk = 7 << 20;
  EXPECT_NE(progress_text(p).find(", 100 MiB and 7 on disk, "), std::string::npos);
}

TEST(Progress, NoMoreDigitsThanAnEstimateDeserves) {
  engine::Progress p = searching();
  const auto shows = [&p](double seconds, const char* text) {
    p.waiting_seconds = seconds;
    return progress_text(p).find(text) != std::string::npos;
  };
  EXPECT_TRUE(shows(0.3, " (0 s at this rate)"));
  EXPECT_TRUE(shows(99.4, " (99 s at this rate)"));
  EXPECT_TRUE(shows(100, " (2 min at this rate)"));
  EXPECT_TRUE(shows(7200, " (2.0 h at this rate)"));
  EXPECT_TRUE(shows(0, " 120000 waiting, "));  // not known
}

TEST(Progress, OfTheReferenceExplorer) {
  interp::Progress p;
  p.states = 3000;
  p.queue = 1000;
  p.program_steps = 4;
  p.seconds = 2;
  EXPECT_EQ(progress_text(p),
            "3000 states, 1500/s, 4 program steps deep, 1000 waiting (1 s at this rate), 0 MiB, 2 s");
  p.queue = 3000;
  EXPECT_NE(progress_text(p).find(" 3000 waiting, "), std::string::npos);
}

}  // namespace
}  // namespace stalemate::cli
