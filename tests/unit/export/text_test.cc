// What is easily lost: all right sides before all left sides, early checks, conditions and numbers.
// Whether the texts mean the same as the Program is the matter of tests/export/.
#include <gtest/gtest.h>

#include <string>

#include "build.h"
#include "export/export.h"
#include "export/remark.h"

namespace stalemate::exporter {
namespace {

using interp::test::get;
using interp::test::lit;
using ir::Op;

// x and y change places, and b is a condition that becomes a number.
ir::Program swap() {
  ir::Program p;
  p.sorts.push_back({"cpu", {"cpu0"}, false});
  for (const char* name : {"x", "y", "b"}) {
    ir::Variable v;
    v.name = name;
    v.domain = *name == 'b' ? interp::test::boolean() : interp::test::range(0, 3);
    v.init = {0};
    p.variables.push_back(v);
  }
  ir::Stmt both;
  both.places = {{0, {}, ir::Order::kPlain}, {1, {}, ir::Order::kPlain}};
  both.values = {get(1), get(0)};
  ir::Step step;
  step.name = "swap";
  step.guard = ir::binary(Op::kLt, get(2), get(0));
  step.body = {both, interp::test::set(0, ir::binary(Op::kAdd, get(0), lit(1)))};
  p.steps.push_back(step);
  p.finish();
  return p;
}

bool has(const std::string& text, const std::string& piece) {
  return text.find(piece) != std::string::npos;
}

TEST(Text, ReadsBeforeItWrites) {
  const ir::Program p = swap();
  const Subject subject{p, {}, {"swap"}};
  EXPECT_TRUE(has(to_promela(subject), "early = x;\n       x = y;\n       y = early;\n"));
  EXPECT_TRUE(has(to_promela(subject), "hidden int early;"));
  EXPECT_TRUE(has(to_murphi(subject), "early := x;\n    x := y;\n    y := early;\n"));
  EXPECT_TRUE(has(to_tla(subject, "M"), "x_2 == y\n       y_2 == x\n       x_3 == (x_2 + 1)\n"));
}

TEST(Text, ChecksBeforeItWrites) {
  const ir::Program p = swap();
  const Subject subject{p, {}, {"swap"}};
  EXPECT_TRUE(has(to_promela(subject),
                  "assert(((x + 1) <= 3));  /* model error: value of x */\n       x = (x + 1);"));
  EXPECT_TRUE(has(to_murphi(subject), "assert \"model error: value of x\" ((x + 1) <= 3);"));
  EXPECT_TRUE(has(to_tla(subject, "M"), "Assert(((x_2 + 1) <= 3), \"model error: value of x\")"));
}

TEST(Text, TurnsConditionsIntoNumbers) {
  const ir::Program p = swap();
  const Subject subject{p, {}, {"swap"}};
  EXPECT_TRUE(has(to_promela(subject), "(b < x)"));
  EXPECT_TRUE(has(to_murphi(subject), "((b ? 1 : 0) < x)"));
  EXPECT_TRUE(has(to_tla(subject, "M"), "((IF b THEN 1 ELSE 0) < x)"));
}

// A choice between 0 or 1 and a condition is a condition; between 1 and another number it is not.
TEST(Text, KnowsWhichChoicesAreConditions) {
  ir::Program p = swap();
  const ir::ExprRef b = get(2), y = get(1);
  const ir::ExprRef one = lit(1), two = lit(2);
  p.steps[0].body = {
      interp::test::set(0, ir::ite(b, one, two)), interp::test::set(0, ir::ite(b, two, one)),
      interp::test::set(0, ir::ite(b, y, one)),   interp::test::set(0, ir::ite(b, one, y)),
      interp::test::set(2, ir::ite(b, one, b)),   interp::test::set(2, ir::ite(b, b, lit(0)))};
  p.finish();
  const Subject subject{p, {}, {"swap"}};
  const std::string murphi = to_murphi(subject);
  for (const char* piece : {"x := (b ? 1 : 2);", "x := (b ? 2 : 1);", "x := (b ? y : 1);",
                            "x := (b ? 1 : y);", "b := (b ? true : b);", "b := (b ? b : false);"}) {
    EXPECT_TRUE(has(murphi, piece)) << piece << " is not in\n" << murphi;
  }
}

TEST(Text, EndsNoCommentEarly) {
  EXPECT_EQ(plain("a */ b (* c"), "a * / b ( * c");
  EXPECT_EQ(plain("\"q\" \\ \n \xc3\xa9 5%"), "'q' | ? ?? 5mod");
}

}  // namespace
}  // namespace stalemate::exporter
