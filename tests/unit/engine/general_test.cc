// Firing on packed states says what the reference interpreter says, step by step.
#include "engine/general.h"

#include <gtest/gtest.h>

#include <thread>

#include "programs.h"

namespace stalemate::engine::test {
namespace {

using interp::test::Builder;
using interp::test::get;
using interp::test::lit;
using interp::test::range;
using interp::test::set;
using interp::test::yes;
using ir::Op;
using ir::StepKind;

class Firing {
 public:
  explicit Firing(const ir::Program& p) : layout(p), general(p, layout) {}

  Move move(int step, int choice, const State& before) const {
    std::vector<Word> packed(static_cast<std::size_t>(layout.words));
    layout.pack(before, packed.data());
    // Leftovers of an earlier call, which must not show.
    std::vector<Word> after(packed.size(), ~Word{0});
    Outcome outcome{{7, 8}, {9}, true};
    Move move;
    move.after = before;
    const General::Fired fired = general.fire(step, choice, packed.data(), after.data(), outcome);
    if (fired == General::Fired::kDisabled) return move;
    EXPECT_EQ(outcome.error, fired == General::Fired::kError);
    move.kind = outcome.error ? Move::Kind::kError : Move::Kind::kFired;
    move.violations = outcome.violations;
    move.goals = outcome.goals;
    layout.unpack(after.data(), move.after);
    return move;
  }
  General::Truth holds(const ir::ExprRef& e, const State& s) const {
    std::vector<Word> packed(static_cast<std::size_t>(layout.words));
    layout.pack(s, packed.data());
    return general.holds(e, packed.data());
  }

  Layout layout;
  General general;
};

General::Truth truth(int reference) {
  return reference < 0    ? General::Truth::kError
         : reference == 0 ? General::Truth::kFalse
                          : General::Truth::kTrue;
}

struct Seen {
  std::size_t states = 0, fired = 0, errors = 0, violations = 0, goals = 0;
};

std::vector<Move> compare(const ir::Program& p, const Firing& firing, const State& s, Seen& seen) {
  std::vector<Move> all;
  ++seen.states;
  for (const ir::Property& property : p.properties) {
    if (!property.condition) continue;
    const General::Truth expected = truth(reference(p, property.condition, s));
    EXPECT_EQ(firing.holds(property.condition, s), expected);
  }
  for_each_move(p, [&](int step, int choice, const interp::Choices& choices) {
    const ir::Step& source = p.steps[static_cast<std::size_t>(step)];
    Move expected = reference(p, source, s, choices);
    EXPECT_EQ(firing.move(step, choice, s), expected)
        << source.name << " #" << step << " choice " << choice;
    if (choices.empty()) {  // guards are as good as any condition
      EXPECT_EQ(firing.holds(source.guard, s), truth(reference(p, source.guard, s)));
    }
    if (expected.kind == Move::Kind::kDisabled) return;
    ++(expected.kind == Move::Kind::kError ? seen.errors : seen.fired);
    seen.violations += expected.violations.size();
    seen.goals += expected.goals.size();
    all.push_back(std::move(expected));
  });
  return all;
}

void compare_all(const Named& named, std::size_t most, int randoms, Seen& seen) {
  SCOPED_TRACE(named.name);
  const ir::Program& p = named.program;
  const Firing firing(p);
  for_each_reachable(p, most, [&](const State& s) { return compare(p, firing, s, seen); });
  std::mt19937 random(4);
  for (int i = 0; i < randoms; ++i) {
    compare(p, firing, random_state(p, firing.layout, random), seen);
  }
}

TEST(General, IrModels) {
  Seen seen;
  for (const Named& named : ir_models()) compare_all(named, 1000, 200, seen);
  EXPECT_GT(seen.fired, 1000u);
}

TEST(General, RandomPrograms) {
  Seen seen;
  for (unsigned seed = 0; seed < 1000; ++seed) {
    compare_all(random_program(seed), 20000, 20, seen);
    if (HasFailure()) return;
  }
  EXPECT_GT(seen.fired, 10000u);
  EXPECT_GT(seen.errors, 1000u);
  EXPECT_GT(seen.violations, 1000u);
  EXPECT_GT(seen.goals, 1000u);
}

TEST(General, RealModels) {
  Seen seen;
  for (const Named& named : real_models()) {
    compare_all(named, 40, 20, seen);
    if (HasFailure()) return;
  }
  EXPECT_GT(seen.fired, 2000u);
  EXPECT_GT(seen.errors, 100u);
}

// One step, fired from x = 3, against the reference.
void check_body(ir::Block body, Move::Kind expected) {
  Builder b;
  b.variable("x", range(0, 100), 3);
  b.variable("a", range(0, 100), 1, {range(2, 4)});
  b.property("p");
  b.step("s", StepKind::kEventual, yes(), std::move(body));
  // Whatever the variables are, they are not constants.
  b.step("t", StepKind::kEventual, yes(), {set(0, ir::choice(0))});
  b.program.steps.back().choices.push_back({"c", range(0, 100)});
  b.step("u", StepKind::kEventual, yes(),
         {interp::test::assign({1, {ir::choice(0)}, ir::Order::kPlain}, ir::choice(1))});
  b.program.steps.back().choices.push_back({"i", range(2, 4)});
  b.program.steps.back().choices.push_back({"v", range(0, 100)});
  b.program.finish();
  const Firing firing(b.program);
  Seen seen;
  compare(b.program, firing, interp::initial_state(b.program), seen);
  EXPECT_EQ(firing.move(0, 0, interp::initial_state(b.program)).kind, expected);
}

ir::ExprRef arithmetic(Op op, ir::ExprRef a, ir::ExprRef b) {
  return ir::binary(op, std::move(a), std::move(b));
}

TEST(General, ModelErrors) {
  const auto fired = Move::Kind::kFired, error = Move::Kind::kError;
  const ir::ExprRef x = get(0), zero = arithmetic(Op::kSub, x, x);
  check_body({set(0, arithmetic(Op::kMul, x, lit(33)))}, fired);
  check_body({set(0, arithmetic(Op::kMul, x, lit(34)))}, error);
  check_body({set(0, arithmetic(Op::kDiv, x, zero))}, error);
  check_body({set(0, arithmetic(Op::kMod, x, zero))}, error);
  check_body({set(0, arithmetic(Op::kDiv, zero, x))}, fired);
  const ir::ExprRef large = arithmetic(Op::kMul, x, lit(700000000));
  check_body({set(0, arithmetic(Op::kDiv, large, lit(100000000)))}, fired);
  check_body({set(0, arithmetic(Op::kDiv, arithmetic(Op::kAdd, large, large), large))}, error);
  check_body({set(0, get(1, {x}))}, fired);
  check_body({set(0, get(1, {arithmetic(Op::kAdd, x, lit(2))}))}, error);
  check_body({set(0, get(1, {arithmetic(Op::kSub, x, lit(2))}))}, error);
  check_body({interp::test::fail({})}, error);
  // What is not reached is no error.
  const ir::ExprRef bad = interp::test::eq(arithmetic(Op::kDiv, lit(1), zero), lit(1));
  check_body({set(0, ir::ite(ir::all_of({interp::test::is(0, 4), bad}), lit(1), lit(2)))}, fired);
  check_body({set(0, ir::ite(ir::any_of({interp::test::is(0, 3), bad}), lit(1), lit(2)))}, fired);
  check_body({set(0, ir::ite(ir::all_of({interp::test::is(0, 3), bad}), lit(1), lit(2)))}, error);
  check_body({set(0, ir::ite(bad, lit(1), lit(2)))}, error);
  // The message of an assertion is evaluated when it fails, and only then.
  ir::Text message;
  message.pieces.push_back({"", arithmetic(Op::kDiv, lit(1), zero), range(0, 3)});
  check_body({interp::test::check(0, interp::test::is(0, 3), message)}, fired);
  check_body({interp::test::check(0, interp::test::is(0, 4), message)}, error);
  check_body({interp::test::check(0, interp::test::is(0, 4))}, fired);
  // A counter changes nothing, but its condition may be an error.
  ir::Stmt count;
  count.kind = ir::Stmt::Kind::kCount;
  count.counter = 0;
  count.condition = bad;
  check_body({count}, error);
  count.condition = interp::test::is(0, 3);
  check_body({count}, fired);
}

TEST(General, ChoicesAreNumberedInOrder) {
  Builder b;
  for (int i = 0; i < 3; ++i) b.variable("v" + std::to_string(i), range(-1, 5));
  b.step("s", StepKind::kEventual, yes(),
         {set(0, ir::choice(0)), set(1, ir::choice(1)), set(2, ir::choice(2))});
  b.program.steps.back().choices = {{"a", range(-1, 2)}, {"b", range(3, 5)}, {"c", range(0, 1)}};
  b.program.finish();
  const Firing firing(b.program);
  Seen seen;
  compare(b.program, firing, interp::initial_state(b.program), seen);
  EXPECT_EQ(seen.fired, 24u);
}

TEST(General, AssignmentsAreSimultaneous) {
  ir::Stmt swap;
  const int n = 3;
  for (int i = 0; i < n; ++i) {
    swap.places.push_back({1, {lit(2 + i)}, ir::Order::kPlain});
    swap.values.push_back(get(1, {lit(2 + (i + 1) % n)}));
  }
  for (int i = 0; i < 40; ++i) {  // more than a few, and the last one wins
    swap.places.push_back({0, {}, ir::Order::kPlain});
    swap.values.push_back(arithmetic(Op::kAdd, get(0), lit(i)));
  }
  const ir::Stmt first = interp::test::assign({1, {get(0)}, ir::Order::kPlain}, lit(50));
  check_body({first, swap, swap}, Move::Kind::kFired);
}

TEST(General, ThreadsMayShareIt) {
  const Named named = variants("bench/shootdown.flush", 9).at(0);
  const ir::Program& p = named.program;
  const Firing firing(p);
  std::vector<std::thread> threads;
  std::vector<Seen> seen(4);
  for (Seen& own : seen) {
    threads.emplace_back([&] { compare(p, firing, interp::initial_state(p), own); });
  }
  for (std::thread& t : threads) t.join();
  for (const Seen& own : seen) EXPECT_EQ(own.fired, seen[0].fired);
}

}  // namespace
}  // namespace stalemate::engine::test
