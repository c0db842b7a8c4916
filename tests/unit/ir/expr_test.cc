// Folding: equal conditions look equal, and no model error is folded away.
#include <gtest/gtest.h>

#include <climits>

#include "ir/ir.h"

namespace stalemate::ir {
namespace {

const ExprRef kA = read(0);
const ExprRef kB = read(1);
const ExprRef kTrue = constant(1);
const ExprRef kFalse = constant(0);
const ExprRef kRisky = read(2, {read(3)});  // the index may be out of range

TEST(Expr, JunctionsFlattenAndDropNeutralConstants) {
  EXPECT_TRUE(is_const(all_of({}), 1));
  EXPECT_TRUE(is_const(any_of({}), 0));
  EXPECT_TRUE(equal(all_of({kTrue, kA, kTrue}), kA));
  EXPECT_TRUE(equal(any_of({kFalse, kA}), kA));
  EXPECT_TRUE(equal(all_of({all_of({kA, kB}), kRisky}), all_of({kA, kB, kRisky})));
  EXPECT_EQ(all_of({all_of({kA, kB}), kRisky})->args.size(), 3U);
  EXPECT_EQ(any_of({kA, any_of({kB, kA})})->args.size(), 3U);
}

TEST(Expr, DecidingConstantDropsWhatCannotFail) {
  EXPECT_TRUE(is_const(all_of({kFalse, kRisky}), 0));
  EXPECT_TRUE(is_const(all_of({kA, kFalse, kRisky}), 0));
  EXPECT_TRUE(is_const(any_of({kA, kB, kTrue}), 1));
  EXPECT_TRUE(is_const(all_of({read(2, {constant(1)}), kFalse}), 0));
}

TEST(Expr, DecidingConstantKeepsWhatMayFail) {
  const ExprRef kept = all_of({kRisky, kA, kFalse, kB});
  ASSERT_EQ(kept->op, Op::kAnd);
  ASSERT_EQ(kept->args.size(), 2U);
  EXPECT_TRUE(equal(kept->args[0], kRisky));
  EXPECT_TRUE(is_const(kept->args[1], 0));
  // kA guards the term that may fail.
  EXPECT_EQ(all_of({kA, kRisky, kFalse})->args.size(), 3U);
  const ExprRef division = binary(Op::kEq, binary(Op::kDiv, kA, kB), kA);
  EXPECT_EQ(any_of({division, kTrue})->args.size(), 2U);
  EXPECT_TRUE(is_const(any_of({binary(Op::kEq, binary(Op::kDiv, kA, constant(2)), kA), kTrue}), 1));
}

TEST(Expr, FoldingIsIdempotent) {
  const ExprRef kept = all_of({kRisky, kA, kFalse});
  EXPECT_TRUE(equal(all_of(kept->args), kept));
  EXPECT_TRUE(equal(all_of({kept, kB}), kept));
}

TEST(Expr, Negation) {
  EXPECT_TRUE(is_const(negate(kTrue), 0));
  EXPECT_TRUE(equal(negate(negate(kA)), kA));
  EXPECT_EQ(negate(binary(Op::kEq, kA, kB))->op, Op::kNe);
  EXPECT_EQ(negate(binary(Op::kNe, kA, kB))->op, Op::kEq);
  EXPECT_EQ(negate(binary(Op::kLt, kA, kB))->op, Op::kNot);
}

TEST(Expr, Ite) {
  EXPECT_TRUE(equal(ite(kTrue, kA, kB), kA));
  EXPECT_TRUE(equal(ite(kFalse, kA, kB), kB));
  EXPECT_TRUE(equal(ite(kA, kB, kB), kB));
  EXPECT_EQ(ite(kRisky, kB, kB)->op, Op::kIte);
}

TEST(Expr, Constants) {
  const auto folds = [](Op op, int a, int b, int wanted) {
    return is_const(binary(op, constant(a), constant(b)), wanted);
  };
  EXPECT_TRUE(folds(Op::kEq, 3, 3, 1));
  EXPECT_TRUE(folds(Op::kNe, 3, 3, 0));
  EXPECT_TRUE(folds(Op::kLt, -1, 0, 1));
  EXPECT_TRUE(folds(Op::kLe, 1, 0, 0));
  EXPECT_TRUE(folds(Op::kAdd, 2, 3, 5));
  EXPECT_TRUE(folds(Op::kSub, 2, 3, -1));
  EXPECT_TRUE(folds(Op::kMul, 2, 3, 6));
  EXPECT_TRUE(folds(Op::kDiv, -7, 2, -3));
  EXPECT_TRUE(folds(Op::kMod, -7, 2, -1));
}

TEST(Expr, ErrorsAndOverflowAreNotFolded) {
  EXPECT_EQ(binary(Op::kDiv, constant(1), constant(0))->op, Op::kDiv);
  EXPECT_EQ(binary(Op::kMod, constant(1), constant(0))->op, Op::kMod);
  EXPECT_EQ(binary(Op::kMul, constant(INT_MAX), constant(INT_MAX))->op, Op::kMul);
  EXPECT_EQ(binary(Op::kDiv, constant(INT_MIN), constant(-1))->op, Op::kDiv);
}

TEST(Expr, ComparisonWithItself) {
  EXPECT_TRUE(is_const(binary(Op::kEq, kA, read(0)), 1));
  EXPECT_TRUE(is_const(binary(Op::kLt, kA, read(0)), 0));
  EXPECT_EQ(binary(Op::kEq, kRisky, kRisky)->op, Op::kEq);
}

TEST(Expr, EqualLooksAtEverything) {
  EXPECT_FALSE(equal(kA, kB));
  EXPECT_FALSE(equal(read(0), read(0, {}, Order::kAcquire)));
  EXPECT_FALSE(equal(choice(0), choice(1)));
  EXPECT_FALSE(equal(read(2, {kA}), read(2, {kB})));
  EXPECT_FALSE(equal(constant(0), choice(0)));
}

}  // namespace
}  // namespace stalemate::ir
