// One program for each condition of docs/soundness.md, "Saturated copies".
#include "reduce/saturable.h"

#include <gtest/gtest.h>

#include <functional>

#include "copies.h"

namespace stalemate::reduce::test {
namespace {

std::string objection(const std::function<void(OneTlb&)>& spoil) {
  OneTlb b;
  b.write(2);
  b.flush();
  b.use(1);
  spoil(b);
  return find_saturable(b.finished()).why_not.at(0);
}

// The same to a step that is written by hand.
std::string objection_to(ExprRef (*guard)(const OneTlb&), bool relies = true) {
  return objection([&](OneTlb& b) {
    b.move(b.user, 0, 0, guard(b));
    b.program.steps.back().relies_on_copy = relies;
  });
}
std::string objection_to(ir::Stmt (*statement)(const OneTlb&)) {
  return objection([&](OneTlb& b) { b.use(2, {statement(b)}); });
}

TEST(Saturable, NothingSpoilt) {
  EXPECT_EQ(objection([](OneTlb&) {}), "");
  EXPECT_EQ(objection_to([](const OneTlb& b) {
              return ir::any_of({b.held(1), is(b.pte, 2)});
            }),
            "");
  EXPECT_EQ(objection_to([](const OneTlb& b) { return b.hold(1, lit(0)); }), "");
  EXPECT_EQ(objection_to([](const OneTlb& b) {
              return b.hold(1, ir::all_of({b.held(1), is(b.pte, 2)}));
            }),
            "");
  EXPECT_EQ(objection_to([](const OneTlb& b) { return check(0, ir::negate(b.held(1))); }), "");
}

TEST(Saturable, FillsInOrder) {
  OneTlb b;
  const auto [p, found] = [&] {
    const ir::Program program = b.finished();
    return std::pair(program, find_saturable(program));
  }();
  ASSERT_EQ(found.fills.size(), 2u);
  EXPECT_TRUE(ir::equal(found.fills[1].gate, is(b.pte, 2)));
  EXPECT_TRUE(ir::equal(found.fills[1].bit, b.held(2)));
  EXPECT_EQ(p.slot_name(found.fills[1].slot), "tlb[2]");
}

TEST(Saturable, FillsThatDoMore) {  // a
  const std::string why = "one of its fills does more than to set a copy";
  EXPECT_EQ(objection([](OneTlb& b) { b.program.steps[0].body.push_back(set(b.pte, 1)); }), why);
  EXPECT_EQ(objection([](OneTlb& b) { b.program.steps[0].body.push_back(check(0, yes())); }), why);
  EXPECT_EQ(objection([](OneTlb& b) { b.program.steps[0].body = {b.hold(1, lit(0))}; }), why);
  EXPECT_EQ(objection([](OneTlb& b) {
              b.program.steps[0].choices.push_back({"c", boolean()});
            }),
            why);
}

TEST(Saturable, Gates) {  // b
  EXPECT_EQ(
      objection([](OneTlb& b) {
        b.program.steps[0].guard = ir::all_of({b.program.steps[0].guard, ir::negate(b.held(2))});
      }),
      "something tests that a copy is absent");
  EXPECT_EQ(objection([](OneTlb& b) {
              const int a = b.variable("a", boolean(), 0, {range(0, 1)});
              b.program.steps[0].guard = get(a, {get(b.pte)});
            }),
            "the condition of a fill may be a model error");
  EXPECT_EQ(objection([](OneTlb& b) {
              const int l = b.variable("l", boolean());
              b.program.variables.back().space = ir::Space::kLocal;
              b.program.variables.back().process = b.user;
              b.program.steps[0].guard = get(l);
            }),
            "the condition of a fill reads a local of a process");
}

TEST(Saturable, Circles) {  // c
  EXPECT_EQ(objection([](OneTlb& b) {
              b.program.steps[0].guard = b.held(2);
              b.program.steps[1].guard = b.held(1);
            }),
            "its copies are loaded from each other in a circle");
}

TEST(Saturable, Guards) {  // d, e
  EXPECT_EQ(objection_to([](const OneTlb& b) { return ir::negate(b.held(2)); }),
            "step move00: something tests that a copy is absent");
  EXPECT_EQ(objection_to([](const OneTlb& b) { return b.held(2); }, false),
            "step move00 waits for a copy and counts as progress");
  EXPECT_EQ(objection([](OneTlb& b) { b.step("drain", StepKind::kEventual, b.held(2), {}); }),
            "step drain waits for a copy and counts as progress");
  EXPECT_EQ(objection([](OneTlb& b) {
              b.step("evict", StepKind::kSpeculative, b.held(2), {b.hold(2, lit(0))});
            }),
            "");
}

TEST(Saturable, WritesToCopies) {  // f
  EXPECT_EQ(objection_to([](const OneTlb& b) { return b.hold(1, ir::negate(b.held(2))); }),
            "step use2: something tests that a copy is absent");
  EXPECT_EQ(objection_to([](const OneTlb& b) { return b.hold(1, b.held(2)); }), "");
}

TEST(Saturable, Leaks) {  // g
  EXPECT_EQ(objection_to([](const OneTlb& b) { return set(b.pte, b.held(2)); }),
            "step use2: a value depends on what it holds");
  EXPECT_EQ(objection_to([](const OneTlb& b) {
              ir::Stmt s;
              s.kind = ir::Stmt::Kind::kIf;
              s.condition = b.held(2);
              return s;
            }),
            "step use2: what happens depends on what it holds");
  EXPECT_EQ(objection_to([](const OneTlb& b) {
              ir::Stmt s;
              s.kind = ir::Stmt::Kind::kCount;
              s.counter = 0;
              s.condition = b.held(2);
              return s;
            }),
            "step use2: a count depends on what it holds");
  EXPECT_EQ(objection_to([](const OneTlb& b) {
              return check(0, is(b.pte, 1), {{{"", b.held(1), boolean()}}});
            }),
            "step use2: a message depends on what it holds");
  EXPECT_EQ(objection_to([](const OneTlb& b) { return ir::binary(Op::kEq, b.held(1), b.held(2)); }),
            "step move00: a value depends on what it holds");
  EXPECT_EQ(objection_to([](const OneTlb& b) { return get(b.tlb, {b.held(2)}); }),
            "step move00: an index depends on what it holds");
}

TEST(Saturable, Properties) {  // h
  EXPECT_EQ(objection_to([](const OneTlb& b) { return check(0, b.held(1)); }),
            "step use2: something tests that a copy is absent");
  EXPECT_EQ(objection([](OneTlb& b) { b.use(2, {cover(b.goal("goal"), ir::negate(b.held(1)))}); }),
            "step use2: something tests that a copy is absent");
  EXPECT_EQ(objection([](OneTlb& b) { b.use(2, {cover(b.turn(), b.held(1))}); }),
            "step use2: whether a loop turns depends on what it holds");
  EXPECT_EQ(objection([](OneTlb& b) { b.use(2, {cover(b.turn(), is(b.pte, 2))}); }), "");
  const auto invariant = [](bool wanted) {
    return objection([&](OneTlb& b) {
      b.property("inv", ir::Property::Kind::kInvariant, wanted ? b.held(1) : ir::negate(b.held(1)));
    });
  };
  EXPECT_EQ(invariant(false), "");
  EXPECT_EQ(invariant(true), "property inv: something tests that a copy is absent");
  const auto could_fail = [](bool wanted) {
    return objection([&](OneTlb& b) {
      b.property("inv", ir::Property::Kind::kInvariant, ir::negate(b.held(1)));
      b.program.properties.back().when = {wanted ? b.held(2) : ir::negate(b.held(2))};
    });
  };
  EXPECT_EQ(could_fail(true), "");
  EXPECT_EQ(could_fail(false),
            "where property inv could fail: something tests that a copy is absent");
  EXPECT_EQ(objection([](OneTlb& b) {
              b.property("stuck", ir::Property::Kind::kNoStuck);
              b.program.properties.back().when = {b.held(1), yes()};
            }),
            "property stuck waits for a copy");
}

TEST(Saturable, HiddenErrors) {  // i
  EXPECT_EQ(objection_to([](const OneTlb& b) {
              return ir::any_of({b.held(2), ir::binary(Op::kDiv, lit(1), get(b.pte))});
            }),
            "step move00: a copy decides whether something that can fail is evaluated");
  EXPECT_EQ(objection_to([](const OneTlb& b) {
              return ir::all_of({b.held(2), ir::binary(Op::kDiv, lit(1), get(b.pte))});
            }),
            "");
}

TEST(Saturable, SingleAndShared) {  // j
  EXPECT_EQ(objection([](OneTlb& b) { b.program.caches[0].single = true; }),
            "a single cache: a copy keeps others out");
  EXPECT_EQ(objection([](OneTlb& b) {
              b.program.caches.push_back({"twin", b.tlb, 0, false});
            }),
            "another cache has the same copies");
}

// What a cache that stays explicit holds is plain state: another one may depend on it in any way.
TEST(Saturable, OneOfTwo) {
  OneTlb b;
  b.program.caches[0].single = true;
  const int walk = b.variable("walk", boolean(), 0, {range(0, 2)});
  b.program.variables.back().space = ir::Space::kCopy;
  b.program.caches.push_back({"walk", walk, 0, false});
  b.step("fill walk", StepKind::kSpeculative, ir::negate(b.held(1)),
         {assign({walk, {lit(1)}, ir::Order::kPlain}, lit(1))});
  b.program.steps.back().fills = 1;
  const Saturable found = find_saturable(b.finished());
  EXPECT_NE(found.why_not[0], "");
  EXPECT_EQ(found.why_not[1], "");
  EXPECT_EQ(found.fills.size(), 1u);
}

}  // namespace
}  // namespace stalemate::reduce::test
