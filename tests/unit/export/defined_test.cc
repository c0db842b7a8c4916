// Defined says exactly where the reference interpreter finds a value.
#include "export/defined.h"

#include <gtest/gtest.h>

#include <vector>

#include "build.h"
#include "export/export.h"
#include "interp/eval.h"

namespace stalemate::exporter {
namespace {

using ir::ExprRef;
using ir::Op;

const std::vector<ir::Choice> kNoChoices;

// n is in -2..3; a has the indices 1 and 2.
class DefinedTest : public testing::Test {
 protected:
  DefinedTest() {
    ir::Variable n, a;
    n.name = "n";
    n.domain = interp::test::range(-2, 3);
    n.init = {0};
    a.name = "a";
    a.domain = interp::test::range(0, 9);
    a.dims = {interp::test::range(1, 2)};
    a.init = {0, 4};
    p_.sorts.push_back({"cpu", {"cpu0"}, false});
    p_.variables = {n, a};
    p_.finish();
  }

  static ExprRef n() { return ir::read(0); }
  static ExprRef a(ExprRef index) { return ir::read(1, {std::move(index)}); }

  void expect_exact(const ExprRef& e) const {
    const ExprRef defined = Defined(p_, kNoChoices).expression(e);
    for (ir::Value v = -2; v <= 3; ++v) {
      const State s = {v, 0, 4};
      bool has_value = true;
      try {
        interp::evaluate(p_, e, s, {});
      } catch (const interp::ModelError&) {
        has_value = false;
      }
      EXPECT_EQ(interp::evaluate(p_, defined, s, {}) != 0, has_value) << "n = " << v;
    }
  }

  ir::Program p_;
};

TEST_F(DefinedTest, IndexAndDivisor) {
  expect_exact(a(n()));
  expect_exact(ir::binary(Op::kDiv, ir::constant(7), n()));
  expect_exact(ir::binary(Op::kMod, n(), ir::binary(Op::kSub, n(), ir::constant(1))));
  expect_exact(a(ir::binary(Op::kDiv, ir::constant(2), n())));
  expect_exact(ir::binary(Op::kDiv, ir::constant(7), a(n())));
}

TEST_F(DefinedTest, WhatIsNotEvaluatedNeedsNoValue) {
  const ExprRef positive = ir::binary(Op::kLt, ir::constant(0), n());
  const ExprRef risky = ir::binary(Op::kEq, a(n()), ir::constant(4));
  expect_exact(ir::all_of({positive, risky}));
  expect_exact(ir::all_of({risky, positive}));
  expect_exact(ir::any_of({positive, risky}));
  expect_exact(ir::any_of({risky, positive}));
  expect_exact(ir::any_of({ir::all_of({positive, risky}), risky}));
  expect_exact(ir::ite(positive, a(n()), ir::constant(1)));
  expect_exact(ir::ite(positive, ir::constant(1), a(n())));
  expect_exact(ir::ite(risky, a(n()), ir::constant(1)));
}

TEST_F(DefinedTest, AsksNothingThatTheDomainsSay) {
  const ExprRef index =
      ir::ite(ir::binary(Op::kLt, n(), ir::constant(0)), ir::constant(1), ir::constant(2));
  EXPECT_TRUE(ir::is_const(Defined(p_, kNoChoices).expression(a(index)), 1));
  const ExprRef divisor = ir::binary(Op::kAdd, n(), ir::constant(3));
  EXPECT_TRUE(ir::is_const(
      Defined(p_, kNoChoices).expression(ir::binary(Op::kDiv, ir::constant(7), divisor)), 1));
}

TEST_F(DefinedTest, RefusesWideArithmetic) {
  ExprRef e = n();
  for (int i = 0; i < 40; ++i) e = ir::binary(Op::kMul, e, n());
  EXPECT_THROW(Defined(p_, kNoChoices).expression(e), Unsupported);
}

}  // namespace
}  // namespace stalemate::exporter
