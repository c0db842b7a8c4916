// Who waits for whom.
#include "interp/wait_for.h"

#include <gtest/gtest.h>

#include "build.h"
#include "interp/eval.h"

namespace stalemate::interp::test {
namespace {

using Labels = std::vector<std::string>;

// Waits of processes that all hang, in the initial state.
struct Waits : ::testing::Test {
  int lock(const std::string& name, int owner) { return b.variable(name, option_of(0, 2), owner); }
  int thread(const std::string& name, int cpu) {
    return b.process(name, cpu, {location("waits"), location("after"), final_location("end")});
  }
  // The process waits, as `label`, for `guard`.
  void waits(int process, ExprRef guard, const std::string& label, ir::Block body = {}) {
    b.move(process, 0, 1, std::move(guard), std::move(body));
    b.program.steps.back().waits = label;
  }
  // ... and would do this after that.
  void then(int process, ir::Block body) { b.move(process, 1, 2, yes(), std::move(body)); }

  WaitGraph graph(const std::vector<int>& stuck, const Labels& labels = {}) {
    b.program.finish();
    std::vector<int> all;
    for (std::size_t i = 0; i < b.program.processes.size(); ++i) all.push_back(static_cast<int>(i));
    return WaitFor(b.program).graph(initial_state(b.program), stuck, all, labels);
  }
  // "p -> q, q -> p"
  std::string cycle(const WaitGraph& g) {
    std::string out;
    for (const int i : g.cycle) {
      const Wait& w = g.waits[static_cast<std::size_t>(i)];
      out += (out.empty() ? "" : ", ") + name(w.waiter) + " -> " + name(w.on);
    }
    return out;
  }
  std::string name(int process) {
    return b.program.processes[static_cast<std::size_t>(process)].name;
  }

  Builder b;
};

ExprRef free_lock(int lock) { return is(lock, ir::kNone); }

TEST_F(Waits, TwoLocksInOppositeOrder) {
  const int k = lock("k", 1), l = lock("l", 0);
  const int p = thread("p", 0), q = thread("q", 1);
  waits(p, free_lock(k), "lock");
  waits(q, free_lock(l), "lock");
  then(p, {set(l, ir::kNone)});
  then(q, {set(k, ir::kNone)});
  const WaitGraph g = graph({p, q});
  EXPECT_EQ(cycle(g), "p -> q, q -> p");
  EXPECT_EQ(g.waits[0].slots, std::vector<int>{b.program.variables[0].first});
  EXPECT_EQ(cycle(graph({p, q}, {"lock"})), "p -> q, q -> p");
  EXPECT_EQ(cycle(graph({p, q}, {"ack"})), "");
  EXPECT_EQ(cycle(graph({p, q}, {"lock", "ack"})), "");
}

// The owner of a lock is waited for, and not another one that waits for the same lock.
TEST_F(Waits, ForTheOwnerOfALock) {
  const int l = lock("l", 0);
  const int p = thread("p", 0), q = thread("q", 1);
  const int r = thread("r", 1);
  waits(p, is(b.variable("never", boolean()), 1), "");
  for (const int waiter : {q, r}) {
    waits(waiter, free_lock(l), "lock");
    then(waiter, {set(l, ir::kNone)});
  }
  then(p, {set(l, ir::kNone)});
  const WaitGraph g = graph({p, q, r});
  ASSERT_EQ(g.waits.size(), 2u);
  EXPECT_EQ(g.waits[0].on, p);
  EXPECT_EQ(g.waits[1].on, p);
  EXPECT_TRUE(g.cycle.empty());
}

TEST_F(Waits, ForItselfWhenItTookTheLockTwice) {
  const int l = lock("l", 0);
  const int p = thread("p", 0);
  waits(p, free_lock(l), "lock", {set(l, 0)});
  EXPECT_EQ(cycle(graph({p}, {"lock"})), "p -> p");
}

// ... although the handler of its CPU takes the lock, too.
TEST_F(Waits, ForItselfRatherThanForItsHandler) {
  const int l = lock("l", 0);
  const int p = thread("p", 0);
  const int h = b.process("h", 0, {location("inactive"), location("holds")}, ir::Role::kInterrupt);
  waits(p, free_lock(l), "lock", {set(l, 0)});
  then(p, {set(l, ir::kNone)});
  b.move(h, 0, 1, free_lock(l), {set(l, 0)}, StepKind::kEntry);
  b.move(h, 1, 0, yes(), {set(l, ir::kNone)});
  EXPECT_EQ(cycle(graph({p})), "p -> p");
}

// The owner is at its end, and nobody else lets go of what is not his.
TEST_F(Waits, ForAnOwnerThatForgot) {
  const int l = lock("l", 0);
  const int p = thread("p", 0), q = thread("q", 1), r = thread("r", 1);
  b.program.variables[static_cast<std::size_t>(b.program.processes[0].control)].init = {2};
  waits(p, free_lock(l), "lock", {set(l, 0)});
  then(p, {set(l, ir::kNone)});
  for (const int waiter : {q, r}) {
    waits(waiter, free_lock(l), "lock", {set(l, 1)});
    then(waiter, {set(l, ir::kNone)});
  }
  const WaitGraph g = graph({q, r});
  ASSERT_EQ(g.waits.size(), 2u);
  EXPECT_EQ(g.waits[0].on, p);
  EXPECT_EQ(g.waits[1].on, p);
  EXPECT_TRUE(g.cycle.empty());
}

// A slot may name a CPU that is not its owner: the sender of a letter, which another one takes out.
TEST_F(Waits, ForWhoEmptiesTheMailbox) {
  const int box = lock("box", 0);
  const int p = thread("p", 0), q = thread("q", 1);
  waits(p, free_lock(box), "", {set(box, 0)});
  waits(q, is(b.variable("never", boolean()), 1), "", {set(box, ir::kNone)});
  const WaitGraph g = graph({p});
  ASSERT_EQ(g.waits.size(), 1u);
  EXPECT_EQ(g.waits[0].on, q);
}

// What would have helped lies behind it.
TEST_F(Waits, NotForWhatIsOver) {
  const int x = b.variable("x", boolean());
  const int p = thread("p", 0), q = thread("q", 1);
  b.program.variables[static_cast<std::size_t>(b.program.processes[1].control)].init = {1};
  waits(p, is(x, 1), "ack");
  b.move(q, 0, 1, yes(), {set(x, 1)});
  then(q, {});
  EXPECT_TRUE(graph({p}).waits.empty());
}

// A handler that spins on a lock of the thread it interrupted.
TEST_F(Waits, AThreadGoesOnWhenTheHandlerIsDone) {
  const int l = lock("l", 0);
  const int p = thread("p", 0);
  const int h = b.process("h", 0, {location("inactive"), location("spins"), location("exit")},
                          ir::Role::kInterrupt);
  const int at = b.program.processes[static_cast<std::size_t>(h)].control;
  b.program.variables[static_cast<std::size_t>(at)].init = {1};
  b.move(h, 1, 2, free_lock(l), {set(l, 0)});
  b.program.steps.back().waits = "lock";
  b.move(h, 2, 0);
  waits(p, is(at, 0), "", {set(l, ir::kNone)});
  EXPECT_EQ(cycle(graph({p, h})), "p -> h, h -> p");
}

// The acknowledgement comes from a handler, which is masked by a thread that waits for the lock of
// the one that called.
struct Call : Waits {
  Call() {
    acked = b.variable("acked", boolean());
    pending = b.variable("pending", boolean(), 1);
    irqs = b.variable("irqs_on", boolean());
    l = lock("l", 0);
    p = thread("p", 0);
    q = thread("q", 1);
    h = b.process("h", 1, {location("inactive"), location("works")}, ir::Role::kInterrupt);
    waits(p, is(acked, 1), "ack", {set(acked, 0), set(pending, 1)});
    then(p, {set(l, ir::kNone)});
    b.move(h, 0, 1, ir::all_of({is(irqs, 1), is(pending, 1)}), {set(pending, 0), set(irqs, 0)},
           StepKind::kEntry);
    b.move(h, 1, 0, yes(), {set(acked, 1), set(irqs, 1)});
  }
  int acked, pending, irqs, l, p, q, h;
};

TEST_F(Call, FromAWaiterWithInterruptsMasked) {
  waits(q, free_lock(l), "lock", {set(l, 1)});
  then(q, {set(l, ir::kNone), set(irqs, 1)});
  for (const Labels& labels : {Labels{}, Labels{"ack"}, Labels{"lock", "ack"}}) {
    EXPECT_EQ(cycle(graph({p, q}, labels)), "p -> h, h -> q, q -> p");
  }
  EXPECT_EQ(cycle(graph({p, q}, {"rendezvous"})), "");
}

// Interrupts that were saved in a local will be restored from it: another handler, which would put
// them on for sure, is not the one.
TEST_F(Call, FromOneWithInterruptsSaved) {
  const int flags = b.variable("flags", boolean());
  b.program.variables[static_cast<std::size_t>(flags)].space = ir::Space::kLocal;
  const int other =
      b.process("other", 1, {location("inactive"), location("works")}, ir::Role::kInterrupt);
  b.move(other, 0, 1, is(irqs, 1), {set(irqs, 0)}, StepKind::kEntry);
  b.move(other, 1, 0, yes(), {set(irqs, 1)});
  waits(q, free_lock(l), "lock", {set(l, 1)});
  then(q, {set(l, ir::kNone), set(irqs, get(flags))});
  EXPECT_EQ(cycle(graph({p, q}, {"ack", "lock"})), "p -> h, h -> q, q -> p");
}

// What hangs for a reason of its own is in no cycle.
TEST_F(Call, FromOneThatIsDead) {
  waits(q, is(b.variable("never", boolean()), 1), "");
  then(q, {set(irqs, 1)});
  const WaitGraph g = graph({p, q});
  EXPECT_EQ(g.waits.size(), 2u);
  EXPECT_EQ(cycle(g), "");
}

// Nothing is pending: who could send the interrupt is the one that waits.
TEST_F(Call, ThatNobodyKnowsOf) {
  b.program.variables[static_cast<std::size_t>(pending)].init = {0};
  b.program.variables[static_cast<std::size_t>(irqs)].init = {1};
  EXPECT_EQ(cycle(graph({p}, {"ack"})), "p -> h, h -> p");
}

// Only processes that hang are waited for.
TEST_F(Call, FromOneThatGoesOn) {
  waits(q, free_lock(l), "lock", {set(l, 1)});
  then(q, {set(l, ir::kNone), set(irqs, 1)});
  b.program.finish();
  const WaitGraph g = WaitFor(b.program).graph(initial_state(b.program), {p}, {p, h}, {});
  EXPECT_EQ(g.waits.size(), 2u);
  EXPECT_TRUE(g.cycle.empty());
}

// A count that several have to lower, and one could raise.
TEST_F(Waits, ForAllThatCount) {
  const int count = b.variable("count", range(0, 2), 2);
  const int p = thread("p", 0), q = thread("q", 1), r = thread("r", 1);
  waits(thread("s", 1), is(b.variable("not now", boolean()), 1), "", {set(count, 2)});
  waits(p, is(count, 0), "rendezvous");
  for (const int other : {q, r}) {
    waits(other, is(b.variable("never", boolean()), 1), "",
          {set(count, ir::binary(Op::kSub, get(count), lit(1)))});
  }
  const WaitGraph g = graph({p});
  ASSERT_EQ(g.waits.size(), 2u);
  EXPECT_EQ(g.waits[0].on, q);
  EXPECT_EQ(g.waits[1].on, r);
}

// Parts behind the first decision are not looked at: they may have no meaning here.
TEST_F(Waits, APartWithoutMeaning) {
  const int i = b.variable("i", range(0, 2), 2);
  const int a = b.variable("a", boolean(), 0, {range(0, 1)});
  const int p = thread("p", 0), q = thread("q", 1);
  waits(p, ir::all_of({ir::binary(Op::kLt, get(i), lit(2)), eq(get(a, {get(i)}), lit(1))}), "");
  waits(q, is(b.variable("never", boolean()), 1), "", {set(i, 0)});
  const WaitGraph g = graph({p});
  ASSERT_EQ(g.waits.size(), 1u);
  EXPECT_EQ(g.waits[0].on, q);
  EXPECT_EQ(g.waits[0].slots, std::vector<int>{b.program.variables[0].first});
}

// Either of two things would do.
TEST_F(Waits, ForEitherOfTwo) {
  const int x = b.variable("x", boolean()), y = b.variable("y", boolean());
  const int p = thread("p", 0), q = thread("q", 1), r = thread("r", 1);
  waits(p, ir::any_of({is(x, 1), ir::negate(is(y, 0))}), "");
  waits(q, is(b.variable("never", boolean()), 1), "", {set(x, 1)});
  waits(r, is(b.variable("at no time", boolean()), 1), "", {set(y, 1)});
  const WaitGraph g = graph({p});
  ASSERT_EQ(g.waits.size(), 2u);
  EXPECT_EQ(g.waits[0].on, q);
  EXPECT_EQ(g.waits[1].on, r);
}

}  // namespace
}  // namespace stalemate::interp::test
