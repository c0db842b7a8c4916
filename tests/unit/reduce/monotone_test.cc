#include "reduce/monotone.h"

#include <gtest/gtest.h>

#include "copies.h"

namespace stalemate::reduce::test {
namespace {

TEST(MayFail, IndicesAndArithmetic) {
  OneTlb b;
  const int flag = b.variable("flag", boolean());
  const int none = b.variable("none", option_of(0, 2));
  const int cells = b.variable("cells", boolean(), 0, {member_of(0, 2)});
  const ir::Program p = b.finished();
  const Choices choices{{"c", boolean()}, {"d", range(0, 3)}};
  const auto fails = [&](const ExprRef& e) { return may_fail(p, *e, choices); };
  EXPECT_FALSE(fails(get(cells, {lit(1)})));
  EXPECT_FALSE(fails(get(cells, {get(flag)})));
  EXPECT_FALSE(fails(get(cells, {ir::choice(0)})));
  EXPECT_FALSE(fails(get(cells, {ir::ite(get(flag), lit(0), lit(1))})));
  EXPECT_TRUE(fails(get(cells, {get(none)})));
  EXPECT_TRUE(fails(get(cells, {ir::choice(1)})));
  EXPECT_TRUE(fails(get(cells, {get(cells, {get(none)})})));
  EXPECT_TRUE(fails(ir::all_of({get(flag), ir::binary(Op::kMod, get(b.pte), get(flag))})));
}

// What was an index of the copy is an index of what it is a copy of.
TEST(MayFail, IndicesThatWereEvaluated) {
  OneTlb b;
  const int none = b.variable("none", option_of(0, 2));
  const int cells = b.variable("cells", boolean(), 0, {member_of(0, 2)});
  const int more = b.variable("more", boolean(), 0, {option_of(0, 2)});
  const ir::Program p = b.finished();
  const ExprRef cell = get(cells, {get(none)});
  const auto fails = [&](const ExprRef& e, const ExprRef& before) {
    Evaluated evaluated;
    add_evaluated(p, *before, evaluated);
    return may_fail(p, *e, {}, evaluated);
  };
  EXPECT_TRUE(fails(cell, yes()));
  EXPECT_FALSE(fails(cell, cell));
  EXPECT_FALSE(fails(cell, ir::negate(eq(cell, lit(1)))));
  EXPECT_FALSE(fails(cell, ir::all_of({cell, get(more, {lit(0)})})));
  EXPECT_TRUE(fails(cell, ir::all_of({get(more, {lit(0)}), cell})));
  EXPECT_TRUE(fails(cell, get(more, {get(none)}))) << "which has an index `none`";
}

TEST(Monotone, ByStructure) {
  OneTlb b;
  const int flag = b.variable("flag", boolean());
  const ir::Program p = b.finished();
  std::vector<bool> copies(p.variables.size());
  copies[static_cast<std::size_t>(b.tlb)] = true;
  const Monotone m(p, copies);
  const auto positive = [&](const ExprRef& e) { return !m.unless_positive(*e, {}); };
  const auto negative = [&](const ExprRef& e) { return !m.unless_negative(*e, {}); };
  const ExprRef held = b.held(1);
  EXPECT_TRUE(m.reads(*ir::negate(held)));
  EXPECT_FALSE(m.reads(*get(flag)));
  EXPECT_TRUE(positive(get(flag)) && negative(get(flag)));
  EXPECT_TRUE(positive(held) && !negative(held));
  EXPECT_TRUE(!positive(ir::negate(held)) && negative(ir::negate(held)));
  const ExprRef other = ir::any_of({get(flag), ir::negate(ir::all_of({held, get(flag)}))});
  EXPECT_TRUE(!positive(other) && negative(other));
  const ExprRef branches = ir::ite(get(flag), held, b.held(2));
  EXPECT_TRUE(positive(branches) && !negative(branches));
  const ExprRef decides = ir::ite(held, get(flag), lit(1));
  EXPECT_TRUE(!positive(decides) && !negative(decides));
  const ExprRef compared = ir::binary(Op::kLe, held, get(flag));
  EXPECT_TRUE(!positive(compared) && !negative(compared));
  // `and` under `not` turns decisions round as well.
  const ExprRef fails = ir::binary(Op::kDiv, lit(1), get(flag));
  EXPECT_TRUE(positive(ir::all_of({held, fails})));
  EXPECT_FALSE(positive(ir::any_of({held, fails})));
  EXPECT_TRUE(positive(ir::any_of({fails, held})));
  EXPECT_TRUE(negative(ir::negate(ir::all_of({held, fails}))));
  EXPECT_FALSE(negative(ir::all_of({ir::negate(held), fails})));
}

}  // namespace
}  // namespace stalemate::reduce::test
