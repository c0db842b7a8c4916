// What is compared before members are taken to be interchangeable: boxes and texts.
#include "engine/renaming.h"

#include <gtest/gtest.h>

#include "engine/renamed_text.h"
#include "engine/same_boxes.h"
#include "engine/scratch.h"
#include "programs.h"

namespace stalemate::engine::test {
namespace {

using interp::test::assign;
using interp::test::boolean;
using interp::test::eq;
using interp::test::get;
using interp::test::is;
using interp::test::lit;
using interp::test::range;
using interp::test::set;
using interp::test::yes;

// Two numbers and a bit, which all may change.
class SameBoxes : public testing::Test {
 protected:
  SameBoxes() {
    for (const int v : {0, 1, 2}) {
      b_.variable("v" + std::to_string(v), range(0, v == 2 ? 1 : 2));
      b_.step("any", ir::StepKind::kEventual, yes(), {set(v, ir::choice(0))});
      b_.program.steps.back().choices.push_back({"c", range(0, v == 2 ? 1 : 2)});
    }
    b_.program.finish();
    layout_ = std::make_unique<Layout>(b_.program);
    boxes_ = std::make_unique<Boxes>(*layout_);
  }
  static Box box(std::vector<std::pair<int, std::vector<int>>> when,
                 std::vector<std::pair<int, int>> then, int outcome = 0) {
    Box out;
    for (const auto& [slot, codes] : when) {
      Subset s(slot == 2 ? 2 : 3);
      for (const int c : codes) s.insert(c);
      out.when.push_back({slot, s});
    }
    for (const auto& [slot, code] : then) out.then.push_back({slot, code});
    out.outcome = outcome;
    return out;
  }
  bool same(const std::vector<Box>& a, const std::vector<Box>& b) const {
    EXPECT_EQ(boxes_->same(a, b), boxes_->same(b, a));
    return boxes_->same(a, b);
  }

  interp::test::Builder b_;
  std::unique_ptr<Layout> layout_;
  std::unique_ptr<Boxes> boxes_;
};

TEST_F(SameBoxes, HoweverTheyDivideTheStates) {
  const std::vector<Box> by_0{box({{0, {0}}}, {{2, 1}}), box({{0, {1, 2}}}, {{2, 1}})};
  const std::vector<Box> by_1{box({{1, {1}}}, {{2, 1}}), box({{1, {0}}}, {{2, 1}}),
                              box({{1, {2}}}, {{2, 1}})};
  EXPECT_TRUE(same(by_0, by_1));
  EXPECT_TRUE(same(by_0, {box({}, {{2, 1}})}));
  EXPECT_FALSE(same(by_0, {by_1[0], by_1[1]}));
  EXPECT_FALSE(same(by_0, {}));
  EXPECT_TRUE(same({}, {}));
}

TEST_F(SameBoxes, WithTheSameEffect) {
  EXPECT_FALSE(same({box({}, {{2, 1}})}, {box({}, {{2, 0}})}));
  EXPECT_FALSE(same({box({}, {{2, 1}})}, {box({}, {})}));
  EXPECT_FALSE(same({box({}, {{2, 1}})}, {box({}, {{2, 1}}, 1)}));
  EXPECT_FALSE(
      same({box({}, {{2, 1}})}, {box({{0, {0}}}, {{2, 1}}), box({{0, {1, 2}}}, {{1, 1}})}));
  // What is there already may be written or not.
  EXPECT_TRUE(same({box({{2, {1}}}, {{2, 1}})}, {box({{2, {1}}}, {})}));
  EXPECT_TRUE(same({box({}, {{2, 1}})}, {box({{2, {1}}}, {}), box({{2, {0}}}, {{2, 1}})}));
  EXPECT_FALSE(same({box({{0, {0, 1}}}, {{0, 1}})}, {box({{0, {0, 1}}}, {})}));
}

TEST_F(SameBoxes, KnowWhichValuesOccur) {
  // v0 is never 2, and v1 only if v0 is.
  const Box next = box({{0, {0}}}, {{0, 1}}), dead = box({{0, {2}}}, {{1, 2}});
  boxes_->find_values({0, 0, 0}, {&next, &dead}, {false, false, true});
  EXPECT_EQ(boxes_->possible(0).count(), 2);
  EXPECT_EQ(boxes_->possible(1).count(), 1);
  EXPECT_EQ(boxes_->possible(2).count(), 2);
  Box narrowed = dead;
  EXPECT_FALSE(boxes_->narrow(narrowed));
  narrowed = box({{0, {0, 1}}, {1, {0, 1}}, {2, {1}}}, {{1, 0}, {2, 0}});
  EXPECT_TRUE(boxes_->narrow(narrowed));
  ASSERT_EQ(narrowed.when.size(), 1u);
  EXPECT_EQ(narrowed.when[0].slot, 2);
  ASSERT_EQ(narrowed.then.size(), 1u);
  EXPECT_EQ(narrowed.then[0].slot, 2);
}

// What is kept for nobody stays with nobody.
TEST(Renaming, OfAnIndexThatMayBeNone) {
  interp::test::Builder b;
  const int by_cpu = b.variable("by_cpu", range(0, 3), 0, {interp::test::option_of(0, 2)});
  b.program.finish();
  const int first = b.program.variables[static_cast<std::size_t>(by_cpu)].first;
  std::string why;
  const auto swap = swap_members(b.program, Addresses(b.program), 0, 0, 1, why);
  ASSERT_TRUE(swap) << why;
  const auto to = [&](int i) { return swap->slot[static_cast<std::size_t>(first + i)] - first; };
  EXPECT_EQ(to(0), 0);
  EXPECT_EQ(to(1), 2);
  EXPECT_EQ(to(2), 1);
}

// Texts under the swap of CPU 0 and 1, and as they stand.
class RenamedText : public testing::Test {
 protected:
  RenamedText() {
    const ir::Domain cpu = interp::test::member_of(0, 2);
    b_.variable("owner", interp::test::option_of(0, 2), -1);  // 0
    b_.variable("number", range(0, 1));                       // 1
    b_.variable("of", boolean(), 0, {cpu});                   // 2
    b_.variable("row", boolean(), 0, {range(0, 1)});          // 3
    b_.variable("too", boolean(), 0, {cpu});                  // 4
    b_.program.finish();
    std::string why;
    swap_ = *swap_members(b_.program, Addresses(b_.program), 0, 0, 1, why);
    nobody_ = swap_;
    nobody_.sort = -2;
    std::iota(nobody_.slot.begin(), nobody_.slot.end(), 0);
  }
  static ir::Step step(ir::ExprRef guard, ir::Block body) {
    ir::Step s;
    s.guard = std::move(guard);
    s.body = std::move(body);
    return s;
  }
  bool becomes(const ir::Step& from, const ir::Step& to) const {
    const auto text = renamed_text(b_.program, from, swap_);
    return text && text == renamed_text(b_.program, to, nobody_);
  }
  bool becomes(ir::ExprRef from, ir::ExprRef to) const {
    return becomes(step(std::move(from), {}), step(std::move(to), {}));
  }
  bool becomes(ir::Block from, ir::Block to) const {
    return becomes(step(yes(), std::move(from)), step(yes(), std::move(to)));
  }
  static ir::Stmt put(int variable, ir::ExprRef index, ir::ExprRef value) {
    return assign({variable, {std::move(index)}, ir::Order::kPlain}, std::move(value));
  }
  static ir::ExprRef of(int c) { return get(2, {lit(c)}); }

  interp::test::Builder b_;
  Renaming swap_, nobody_;
};

TEST_F(RenamedText, ConstantsAreWhatTheyAreComparedWith) {
  EXPECT_TRUE(becomes(is(0, 0), is(0, 1)));
  EXPECT_FALSE(becomes(is(0, 0), is(0, 0)));
  EXPECT_TRUE(becomes(is(0, -1), is(0, -1)));
  EXPECT_TRUE(becomes(is(1, 0), is(1, 0)));
  EXPECT_FALSE(becomes(is(1, 0), is(1, 1)));
  EXPECT_TRUE(becomes(of(0), of(1)));
  EXPECT_TRUE(becomes(get(3, {lit(0)}), get(3, {lit(0)})));
  EXPECT_FALSE(becomes(get(3, {lit(0)}), get(3, {lit(1)})));
  EXPECT_TRUE(becomes(eq(ir::ite(get(2, {lit(0)}), lit(0), get(0)), lit(1)),
                      eq(ir::ite(get(2, {lit(1)}), lit(1), get(0)), lit(0))));
  EXPECT_TRUE(becomes({set(0, 0), set(1, 0)}, {set(0, 1), set(1, 0)}));
}

TEST_F(RenamedText, MembersAreNoNumbers) {
  EXPECT_FALSE(becomes(eq(get(0), get(1)), eq(get(0), get(1))));
  EXPECT_FALSE(
      becomes(ir::binary(ir::Op::kLt, get(0), lit(1)), ir::binary(ir::Op::kLt, get(0), lit(1))));
  EXPECT_FALSE(becomes(get(3, {get(0)}), get(3, {get(0)})));
  EXPECT_FALSE(becomes({set(1, get(0))}, {set(1, get(0))}));
}

TEST_F(RenamedText, TermsStandInAnyOrderUnlessOneMayFail) {
  EXPECT_TRUE(becomes(ir::any_of({of(0), of(1)}), ir::any_of({of(0), of(1)})));
  EXPECT_TRUE(becomes(eq(of(0), of(1)), eq(of(0), of(1))));
  EXPECT_FALSE(
      becomes(ir::binary(ir::Op::kLt, of(0), of(1)), ir::binary(ir::Op::kLt, of(0), of(1))));
  const ir::ExprRef at = get(2, {get(0)}), too = get(4, {get(0)}), some = ir::negate(is(0, -1));
  EXPECT_FALSE(becomes(ir::all_of({some, at}), ir::all_of({at, some})));
  EXPECT_FALSE(becomes(ir::all_of({at, some}), ir::all_of({some, at})));
  EXPECT_TRUE(becomes(ir::all_of({at, too}), ir::all_of({too, at})));
  EXPECT_FALSE(becomes(ir::all_of({at, of(0)}), ir::all_of({of(1), at})));
}

TEST_F(RenamedText, StatementsStandInAnyOrderUnlessOneSeesTheOther) {
  EXPECT_TRUE(becomes({put(2, lit(0), lit(1)), put(2, lit(1), lit(1))},
                      {put(2, lit(0), lit(1)), put(2, lit(1), lit(1))}));
  EXPECT_FALSE(becomes({set(1, 1), put(3, lit(0), get(1))}, {put(3, lit(0), get(1)), set(1, 1)}));
  EXPECT_FALSE(becomes({put(3, lit(0), get(1)), set(1, 1)}, {set(1, 1), put(3, lit(0), get(1))}));
  EXPECT_FALSE(becomes({set(1, 1), set(1, 0)}, {set(1, 0), set(1, 1)}));
  EXPECT_FALSE(becomes({set(1, 1), put(3, get(1), lit(0))}, {put(3, get(1), lit(0)), set(1, 1)}));
}

// Two steps that keep what they found in variables of their own: what these are called is nobody's
// business, unless they have another range or begin with something else.
TEST(Scratch, IsToldApartByWhereItComesFirst) {
  const auto same = [](int hi, int init, int left, bool looked_at) {
    interp::test::Builder b;
    const ir::Domain cpu = interp::test::member_of(0, 2);
    const int of = b.variable("of", range(0, 3), 0, {cpu});
    const int found[2] = {b.variable("found#0", range(0, 3)),
                          b.variable("found#1", range(0, hi), init)};
    for (int c = 0; c < 2; ++c) {
      b.step("take", ir::StepKind::kEventual, yes(),
             {set(found[c], get(of, {lit(c)})),
              interp::test::assign({of, {lit(c)}, ir::Order::kPlain},
                                   ir::binary(ir::Op::kSub, lit(3), get(found[c]))),
              set(found[c], lit(c == 1 ? left : 0))});
    }
    if (looked_at) b.property("p", ir::Property::Kind::kInvariant, eq(get(found[1]), lit(0)));
    b.program.finish();
    std::string why;
    const Renaming swap = *swap_members(b.program, Addresses(b.program), 0, 0, 1, why);
    Renaming nobody = swap;
    nobody.sort = -2;
    std::iota(nobody.slot.begin(), nobody.slot.end(), 0);
    const std::vector<std::vector<int>> scratch = scratch_of(b.program);
    return renamed_text(b.program, b.program.steps[0], swap, scratch[0]) ==
           renamed_text(b.program, b.program.steps[1], nobody, scratch[1]);
  };
  EXPECT_TRUE(same(3, 0, 0, false));
  EXPECT_FALSE(same(2, 0, 0, false));  // an error where the other is none
  EXPECT_FALSE(same(3, 1, 0, false));  // not what it was at first
  EXPECT_FALSE(same(3, 0, 1, false));
  EXPECT_FALSE(same(3, 1, 1, false));  // begins with something else
  EXPECT_FALSE(same(3, 0, 0, true));   // a property sees it
}

// Whoever else reads or writes it makes it nobody's own, wherever in a step or property that is.
TEST(Scratch, IsNotWhatOthersUse) {
  const ir::ExprRef read = get(0);
  const ir::Stmt back = set(0, 0);
  const auto statement = [](ir::Stmt::Kind kind, ir::ExprRef condition, ir::Block inside = {}) {
    ir::Stmt s;
    s.kind = kind;
    s.condition = std::move(condition);
    s.then_block = std::move(inside);
    return s;
  };
  using Kind = ir::Stmt::Kind;
  ir::Stmt otherwise = statement(Kind::kIf, yes());
  otherwise.else_block = {set(0, 1)};
  const auto scratch = [&](const ir::Block& own, const ir::Block& of_another,
                           const ir::ExprRef& guard) {
    interp::test::Builder b;
    b.variable("own", range(0, 3));
    b.variable("other", range(0, 3));
    b.variable("row", range(0, 3), 0, {range(0, 3)});
    b.property("asserts");
    b.step("keeps", ir::StepKind::kEventual, yes(), own);
    b.step("another", ir::StepKind::kEventual, guard, of_another);
    b.program.finish();
    return scratch_of(b.program)[0] == std::vector<int>{0};
  };
  const ir::Block own{set(0, get(1)), set(1, read), back};
  EXPECT_TRUE(scratch(own, {}, yes()));
  EXPECT_FALSE(scratch(own, {}, eq(read, lit(0))));
  const ir::Block others[] = {{set(0, 0)},
                              {set(1, read)},
                              {assign({2, {read}, ir::Order::kPlain}, lit(1))},
                              {statement(Kind::kIf, eq(read, lit(1)))},
                              {statement(Kind::kIf, yes(), {set(0, 1)})},
                              {otherwise},
                              {interp::test::check(0, eq(read, lit(1)))}};
  for (const ir::Block& other : others) {
    EXPECT_FALSE(scratch(own, other, yes()));
    ir::Block later = own;
    later.insert(later.end(), other.begin(), other.end());
    // Its own step may give it its first value once more.
    EXPECT_EQ(scratch(later, {}, yes()), &other == &others[0]);
  }
}

TEST_F(RenamedText, PlacesOfOneAssignmentMayBeOne) {
  const auto both = [](std::vector<ir::ExprRef> index, std::vector<int> values) {
    ir::Stmt s;
    for (std::size_t i = 0; i < index.size(); ++i) {
      s.places.push_back({2, {index[i]}, ir::Order::kPlain});
      s.values.push_back(lit(values[i]));
    }
    return ir::Block{s};
  };
  EXPECT_TRUE(becomes(both({lit(0), lit(1)}, {1, 0}), both({lit(0), lit(1)}, {0, 1})));
  EXPECT_FALSE(becomes(both({lit(0), lit(1)}, {1, 0}), both({lit(0), lit(1)}, {1, 0})));
  EXPECT_FALSE(becomes(both({get(0), lit(1)}, {1, 0}), both({lit(0), get(0)}, {0, 1})));
  EXPECT_FALSE(becomes(both({lit(0), lit(0)}, {1, 0}), both({lit(1), lit(1)}, {0, 1})));
}

}  // namespace
}  // namespace stalemate::engine::test
