// What expressions, statements and traces mean, and what every model error says.
#include "interp/eval.h"

#include <gtest/gtest.h>

#include "build.h"

namespace stalemate::interp::test {
namespace {

// Two CPUs, a sort of two pages, one variable of every kind of domain.
struct Eval : ::testing::Test {
  Eval() {
    b.program.sorts.push_back({"page", {"old", "new"}, false});
    flag = b.variable("flag", boolean(), 1);
    count = b.variable("count", range(1, 5), 3);
    owner = b.variable("owner", option_of(0, 2), ir::kNone);
    page = b.variable("page", member_of(1, 2));
    ic = b.variable("ic", range(0, 3), 2, {member_of(0, 2)});
    grid = b.variable("grid", range(0, 9), 0, {member_of(0, 2), range(1, 3)});
    b.program.finish();
    s = initial_state(b.program);
  }

  int value(const ExprRef& e, const Choices& choices = {}) {
    return evaluate(b.program, e, s, choices);
  }
  // The message of the model error that evaluation or execution ends in.
  std::string error(const ExprRef& e) {
    try {
      value(e);
    } catch (const ModelError& error) {
      return error.what();
    }
    return "";
  }
  std::string error(ir::Block body) {
    ir::Step step;
    step.body = std::move(body);
    try {
      fire(b.program, step, s, {});
    } catch (const ModelError& error) {
      return error.what();
    }
    return "";
  }
  Effects run(ir::Block body, const Choices& choices = {}) {
    ir::Step step;
    step.body = std::move(body);
    return fire(b.program, step, s, choices);
  }

  // An operator that the constructors do not fold away.
  static ExprRef node(Op op, std::vector<ExprRef> args) {
    auto e = std::make_shared<ir::Expr>();
    e->op = op;
    e->args = std::move(args);
    return e;
  }

  Builder b;
  int flag, count, owner, page, ic, grid;
  State s;
};

TEST_F(Eval, InitialStateHoldsTheInitsInOrderOfSlots) {
  EXPECT_EQ(s, (State{1, 3, -1, 0, 2, 2, 0, 0, 0, 0, 0, 0}));
}

TEST_F(Eval, ReadsScalarsElementsAndChoices) {
  EXPECT_EQ(value(get(count)), 3);
  EXPECT_EQ(value(get(owner)), ir::kNone);
  s[5] = 1;
  EXPECT_EQ(value(get(ic, {lit(1)})), 1);
  EXPECT_EQ(value(get(ic, {ir::choice(1)}), {7, 1}), 1);
}

TEST_F(Eval, ArraysAreInRowMajorOrderAndCountFromTheLowestIndex) {
  for (int i = 0; i < 6; ++i) s[static_cast<std::size_t>(6 + i)] = static_cast<ir::Value>(i);
  EXPECT_EQ(value(get(grid, {lit(0), lit(1)})), 0);
  EXPECT_EQ(value(get(grid, {lit(0), lit(3)})), 2);
  EXPECT_EQ(value(get(grid, {lit(1), lit(1)})), 3);
  EXPECT_EQ(value(get(grid, {lit(1), lit(3)})), 5);
}

TEST_F(Eval, Operators) {
  const ExprRef three = get(count), one = get(flag);
  EXPECT_EQ(value(node(Op::kNot, {three})), 0);
  EXPECT_EQ(value(node(Op::kNot, {lit(0)})), 1);
  EXPECT_EQ(value(node(Op::kEq, {three, lit(3)})), 1);
  EXPECT_EQ(value(node(Op::kNe, {three, lit(3)})), 0);
  EXPECT_EQ(value(node(Op::kLt, {three, lit(3)})), 0);
  EXPECT_EQ(value(node(Op::kLt, {one, three})), 1);
  EXPECT_EQ(value(node(Op::kLe, {three, lit(3)})), 1);
  EXPECT_EQ(value(node(Op::kLe, {three, one})), 0);
  EXPECT_EQ(value(node(Op::kAdd, {three, one})), 4);
  EXPECT_EQ(value(node(Op::kSub, {one, three})), -2);
  EXPECT_EQ(value(node(Op::kMul, {three, lit(1000000)})), 3000000);
  EXPECT_EQ(value(node(Op::kDiv, {lit(7), three})), 2);
  EXPECT_EQ(value(node(Op::kMod, {lit(7), three})), 1);
  EXPECT_EQ(value(node(Op::kDiv, {lit(-7), three})), -2);
  EXPECT_EQ(value(node(Op::kMod, {lit(-7), three})), -1);
  EXPECT_EQ(value(node(Op::kAnd, {})), 1);
  EXPECT_EQ(value(node(Op::kOr, {})), 0);
  EXPECT_EQ(value(node(Op::kAnd, {one, three, lit(2)})), 1);
  EXPECT_EQ(value(node(Op::kOr, {lit(0), three})), 1);
}

TEST_F(Eval, AndOrAndIteStopAtTheFirstDecision) {
  const ExprRef bad = node(Op::kDiv, {lit(1), lit(0)});
  EXPECT_EQ(value(node(Op::kAnd, {get(flag), lit(0), bad})), 0);
  EXPECT_EQ(value(node(Op::kOr, {lit(0), get(flag), bad})), 1);
  EXPECT_EQ(value(node(Op::kIte, {get(flag), lit(4), bad})), 4);
  s[0] = 0;
  EXPECT_EQ(value(node(Op::kIte, {get(flag), bad, lit(5)})), 5);
  EXPECT_THROW(value(node(Op::kAnd, {bad, lit(0)})), ModelError);
  EXPECT_THROW(value(node(Op::kOr, {bad, lit(1)})), ModelError);
}

TEST_F(Eval, IndexErrorsNameVariableIndexAndDomain) {
  EXPECT_EQ(error(get(ic, {get(count)})), "ic[3]: index 3 is outside cpu0..cpu1");
  EXPECT_EQ(error(get(ic, {get(owner)})), "ic[none]: index none is outside cpu0..cpu1");
  EXPECT_EQ(error(get(grid, {get(flag), get(page)})), "grid[cpu1][0]: index 0 is outside 1..3");
  EXPECT_EQ(error(get(grid, {get(count), lit(9)})), "grid[3][9]: index 3 is outside cpu0..cpu1");
  EXPECT_EQ(error({assign({ic, {get(count)}, ir::Order::kPlain}, lit(0))}),
            "ic[3]: index 3 is outside cpu0..cpu1");
}

TEST_F(Eval, IndexOutsideADomainThatIsPartOfASortHasItsName) {
  Builder c;
  c.program.sorts[0].members = {"cpu0", "cpu1", "cpu2", "cpu3"};
  const int part = c.variable("ic", boolean(), 0, {member_of(0, 2)});
  c.program.finish();
  try {
    evaluate(c.program, get(part, {lit(3)}), initial_state(c.program), {});
    FAIL();
  } catch (const ModelError& e) {
    EXPECT_STREQ(e.what(), "ic[cpu3]: index 3 is outside cpu0..cpu1");
  }
}

TEST_F(Eval, ValueErrorsNameVariableValueAndDomain) {
  EXPECT_EQ(error({set(count, 6)}), "count: value 6 is outside 1..5");
  EXPECT_EQ(error({set(flag, 2)}), "flag: value 2 is outside false..true");
  EXPECT_EQ(error({set(owner, 2)}), "owner: value 2 is outside none, cpu0..cpu1");
  EXPECT_EQ(error({set(page, get(owner))}), "page: value none is outside old..new");
  EXPECT_EQ(error({set(page, 2)}), "page: value 2 is outside old..new");
  EXPECT_EQ(error({assign({ic, {lit(0)}, ir::Order::kPlain}, lit(100000))}),
            "ic: value 100000 is outside 0..3");
}

TEST_F(Eval, DomainsOfOneValueAreNamedOnce) {
  Builder c;
  const int one = c.variable("one", range(4, 4), 4);
  const int none = c.variable("none", option_of(0, 0), ir::kNone);
  const int cpu = c.variable("cpu", option_of(0, 1), ir::kNone);
  c.program.finish();
  const auto message = [&](int variable) -> std::string {
    ir::Step step;
    step.body = {set(variable, 9)};
    State state = initial_state(c.program);
    try {
      fire(c.program, step, state, {});
    } catch (const ModelError& e) {
      return e.what();
    }
    return "";
  };
  EXPECT_EQ(message(one), "one: value 9 is outside 4");
  EXPECT_EQ(message(none), "none: value 9 is outside none");
  EXPECT_EQ(message(cpu), "cpu: value 9 is outside none, cpu0");
}

TEST_F(Eval, ArithmeticErrors) {
  EXPECT_EQ(error(node(Op::kDiv, {get(count), lit(0)})), "division by zero: 3 / 0");
  EXPECT_EQ(error(node(Op::kMod, {get(count), lit(0)})), "division by zero: 3 % 0");
  const ExprRef big = lit(2147483647);
  EXPECT_EQ(error(node(Op::kAdd, {big, get(flag)})), "arithmetic overflow: 2147483647 + 1");
  EXPECT_EQ(error(node(Op::kSub, {lit(-2), big})), "arithmetic overflow: -2 - 2147483647");
  EXPECT_EQ(error(node(Op::kMul, {big, big})), "arithmetic overflow: 2147483647 * 2147483647");
  EXPECT_EQ(error(node(Op::kDiv, {lit(-2147483647 - 1), lit(-1)})),
            "arithmetic overflow: -2147483648 / -1");
}

TEST_F(Eval, ErrorsPointAtTheInnermostStatementOrElseAtTheStep) {
  const auto source = std::make_shared<const Source>("m", "0123456789");
  ir::Step step;
  step.span = {source, 0, 9};
  step.guard = node(Op::kDiv, {lit(1), lit(0)});
  ir::Stmt branch;
  branch.kind = ir::Stmt::Kind::kIf;
  branch.condition = yes();
  branch.then_block = {set(count, 9)};
  const auto begin = [&](bool body) -> int {
    try {
      if (body) {
        fire(b.program, step, s, {});
      } else {
        enabled(b.program, step, s, {});
      }
    } catch (const ModelError& e) {
      return static_cast<int>(e.span.begin);
    }
    return -1;
  };
  EXPECT_EQ(begin(false), 0);
  step.body = {branch};
  EXPECT_EQ(begin(true), 0);
  step.body[0].span = {source, 3, 9};
  EXPECT_EQ(begin(true), 3);
  step.body[0].then_block[0].span = {source, 5, 9};
  EXPECT_EQ(begin(true), 5);
}

TEST_F(Eval, AssignmentIsSimultaneous) {
  ir::Stmt swap;
  swap.places = {{ic, {lit(0)}, ir::Order::kPlain}, {ic, {lit(1)}, ir::Order::kPlain}};
  swap.values = {get(ic, {lit(1)}), get(ic, {lit(0)})};
  s[4] = 1;
  s[5] = 3;
  run({swap});
  EXPECT_EQ(s[4], 3);
  EXPECT_EQ(s[5], 1);

  // Indices too are those of the state before.
  ir::Stmt shift;
  shift.places = {{flag, {}, ir::Order::kPlain}, {ic, {get(flag)}, ir::Order::kPlain}};
  shift.values = {lit(0), lit(2)};
  run({shift});
  EXPECT_EQ(s[0], 0);
  EXPECT_EQ(s[4], 3);
  EXPECT_EQ(s[5], 2);
}

TEST_F(Eval, AFailingAssignmentWritesNothing) {
  ir::Stmt both;
  both.places = {{count, {}, ir::Order::kPlain}, {flag, {}, ir::Order::kPlain}};
  both.values = {lit(5), lit(2)};
  EXPECT_NE(error({both}), "");
  EXPECT_EQ(s[1], 3);
}

TEST_F(Eval, StatementsSeeTheEffectOfEarlierOnes) {
  run({set(count, 5), set(flag, eq(get(count), lit(4)))});
  EXPECT_EQ(s[0], 0);
}

TEST_F(Eval, IfTakesOneBranch) {
  ir::Stmt branch;
  branch.kind = ir::Stmt::Kind::kIf;
  branch.condition = get(flag);
  branch.then_block = {set(count, 4), set(flag, 0)};
  branch.else_block = {set(count, 5)};
  run({branch});
  EXPECT_EQ(s[1], 4);
  run({branch});
  EXPECT_EQ(s[1], 5);
}

TEST_F(Eval, AViolatedAssertionIsNotedAndTheRunGoesOn) {
  ir::Text message;
  message.pieces = {{"owner is ", nullptr, {}},
                    {"", get(owner), option_of(0, 2)},
                    {", page ", nullptr, {}},
                    {"", get(page), member_of(1, 2)}};
  const Effects effects = run({set(page, 1), check(7, lit(0), message), check(8, yes(), message),
                               set(count, 1), check(7, eq(get(count), lit(2)), text("again"))});
  ASSERT_EQ(effects.violations.size(), 2u);
  EXPECT_EQ(effects.violations[0].property, 7);
  EXPECT_EQ(effects.violations[0].message, "owner is none, page new");
  EXPECT_EQ(effects.violations[1].message, "again");
  EXPECT_EQ(s[1], 1);
}

TEST_F(Eval, CoverReachesItsGoalWhenTheConditionHolds) {
  EXPECT_EQ(run({cover(4, get(flag)), cover(5, lit(0)), cover(6)}).goals, (std::vector<int>{4, 6}));
}

TEST_F(Eval, FailIsAModelErrorWithItsText) {
  ir::Text message;
  message.pieces = {{"count is ", nullptr, {}}, {"", get(count), range(1, 5)}};
  EXPECT_EQ(error({fail(message)}), "count is 3");
}

TEST_F(Eval, FenceDoesNothing) {
  ir::Stmt fence;
  fence.kind = ir::Stmt::Kind::kFence;
  fence.fence = "smp_mb";
  const State before = s;
  run({fence});
  EXPECT_EQ(s, before);
}

TEST_F(Eval, TextShowsNamesNumbersAndChoices) {
  ir::Text t;
  t.pieces = {{"", get(flag), boolean()},           {" ", nullptr, {}},
              {"", ir::choice(0), member_of(0, 2)}, {" ", nullptr, {}},
              {"", get(count), range(1, 5)},        {" ", nullptr, {}},
              {"", lit(5), member_of(0, 2)}};
  EXPECT_EQ(render(b.program, t, s, {1}), "true cpu1 3 5");
}

TEST_F(Eval, AGuardMayDependOnTheChoice) {
  ir::Step step;
  step.choices = {{"c", member_of(0, 2)}};
  step.guard = eq(ir::choice(0), get(flag));
  EXPECT_FALSE(enabled(b.program, step, s, {0}));
  EXPECT_TRUE(enabled(b.program, step, s, {1}));
}

TEST_F(Eval, ChoicesComeInOrderTheLastOneFastest) {
  const auto all = [](std::vector<ir::Choice> choices) {
    ir::Step step;
    step.choices = std::move(choices);
    std::vector<Choices> out;
    for_each_choice(step, [&](const Choices& c) { out.push_back(c); });
    return out;
  };
  using List = std::vector<Choices>;
  EXPECT_EQ(all({}), List{Choices{}});
  EXPECT_EQ(all({{"a", range(2, 4)}}), (List{{2}, {3}, {4}}));
  EXPECT_EQ(all({{"a", option_of(0, 1)}, {"b", boolean()}}),
            (List{{-1, 0}, {-1, 1}, {0, 0}, {0, 1}}));
}

TEST(Replay, FillsTheStatesAndReturnsTheLastEffects) {
  Builder b;
  const int x = b.variable("x", range(0, 3));
  b.step("up", StepKind::kProgram, ir::binary(Op::kLt, get(x), lit(3)),
         {set(x, ir::binary(Op::kAdd, get(x), lit(1))), cover(0, is(x, 2))});
  const int put = b.step("put", StepKind::kEventual, yes(), {set(x, ir::choice(0))});
  b.program.steps[static_cast<std::size_t>(put)].choices = {{"v", range(1, 2)}};
  b.program.finish();

  Trace trace;
  trace.events = {{1, {2}}, {0, {}}};
  EXPECT_TRUE(replay(b.program, trace).goals.empty());
  EXPECT_EQ(trace.states, (std::vector<State>{{0}, {2}, {3}}));
  trace.events = {{0, {}}, {0, {}}};
  EXPECT_EQ(replay(b.program, trace).goals, std::vector<int>{0});

  const auto error = [&](std::vector<Event> events) -> std::string {
    Trace t;
    t.events = std::move(events);
    try {
      replay(b.program, t);
    } catch (const ModelError& e) {
      return e.what();
    }
    return "";
  };
  EXPECT_EQ(error({{1, {2}}, {0, {}}, {0, {}}}), "event 3: up is not enabled");
  EXPECT_EQ(error({{1, {3}}}), "event 1: put has no such choice");
  EXPECT_EQ(error({{1, {}}}), "event 1: put has no such choice");
  EXPECT_EQ(error({{0, {}}, {2, {}}}), "event 2: there is no step 2");
}

}  // namespace
}  // namespace stalemate::interp::test
