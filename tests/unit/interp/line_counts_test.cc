#include "interp/line_counts.h"

#include <gtest/gtest.h>

#include "build.h"

namespace stalemate::interp::test {
namespace {

const auto kSource = std::make_shared<const Source>("m", "one\ntwo\nthree\nfour\n");

Span line(int number) {
  std::uint32_t at = 0;
  for (int i = 1; i < number; ++i) at += static_cast<std::uint32_t>(kSource->line(i).size()) + 1;
  return {kSource, at, at + 1};
}

ir::Stmt at(int number, ir::Stmt s) {
  s.span = line(number);
  return s;
}

// Two steps on line 1: one writes on lines 1 and 2, the other takes one of two ways.
TEST(LineCounts, ATransitionCountsOnceForALine) {
  Builder b;
  const int x = b.variable("x", range(0, 2));
  const int y = b.variable("y", boolean());
  b.step("first", StepKind::kProgram, is(x, 0), {at(1, set(x, 1)), at(2, set(y, 1))});
  ir::Stmt either;
  either.kind = ir::Stmt::Kind::kIf;
  either.condition = is(y, 1);
  either.then_block = {at(3, set(x, 2)), at(3, set(y, 0))};
  either.else_block = {at(4, set(x, 0))};
  b.step("second", StepKind::kProgram, is(x, 1), {either});
  for (ir::Step& step : b.program.steps) step.span = line(1);
  b.program.steps[1].calls = {line(2)};
  b.program.finish();
  LineCounts lines(b.program);
  EXPECT_EQ(lines.counts().at(kSource), (LineCounts::OfFile{{1, 0}, {2, 0}, {3, 0}, {4, 0}}));
  Options options;
  options.lines = &lines;
  const Result r = explore(b.program, options);
  EXPECT_EQ(r.counts.transitions, 2u);
  EXPECT_EQ(lines.counts().at(kSource), (LineCounts::OfFile{{1, 2}, {2, 2}, {3, 1}, {4, 0}}));
}

}  // namespace
}  // namespace stalemate::interp::test
