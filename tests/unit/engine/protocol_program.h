// Random programs that look like protocols: threads on two or three CPUs that mostly mind their own
// business, interrupts that come in between, flags, locks, acknowledgements, stale copies, and what
// the machine does by itself.  Most end well, as no program of arbitrary steps does, and there are
// so many orders of steps that it pays to leave some out.
#ifndef STALEMATE_TESTS_UNIT_ENGINE_PROTOCOL_PROGRAM_H_
#define STALEMATE_TESTS_UNIT_ENGINE_PROTOCOL_PROGRAM_H_

#include <algorithm>
#include <random>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "../interp/build.h"

namespace stalemate::engine::test {

using interp::test::assign;
using interp::test::boolean;
using interp::test::eq;
using interp::test::get;
using interp::test::is;
using interp::test::lit;
using interp::test::location;
using interp::test::range;
using interp::test::set;
using interp::test::yes;
using ir::ExprRef;

// Property 0: assertions, 1: an invariant, 2: nobody is stuck, 3: not while something holds.  Goal
// 0: anything; of every other seed also goal 1 and 2: a handler, an NMI comes between two steps.
class ProtocolProgram {
 public:
  explicit ProtocolProgram(unsigned seed) : random_(seed), deliveries_(seed % 2 == 0) {}

  ir::Program build() {
    cpus_ = 2 + pick(2);
    b_.program.sorts[0].members.clear();
    for (int c = 0; c < cpus_; ++c)
      b_.program.sorts[0].members.push_back("cpu" + std::to_string(c));
    for (int i = 0; i < 5; ++i) {
      data_.push_back(b_.variable("v" + std::to_string(i), range(0, i < 3 ? 1 : 3)));
    }
    lock_ = b_.variable("lock", boolean());
    b_.property("asserts");
    b_.property("invariant", ir::Property::Kind::kInvariant, invariant());
    b_.property("stuck", ir::Property::Kind::kNoStuck);
    b_.property("when", ir::Property::Kind::kNoStuck);
    for (const char* goal : {"goal", "handler", "nmi"}) b_.goal(goal);
    for (const std::size_t goal : {1, 2}) {
      b_.program.goals[goal].kind = ir::Goal::Kind::kDelivery;
    }
    turn_ = b_.turn();
    handlers_ = pick(4) != 0;
    nmis_ = handlers_ && pick(5) == 0;
    copies_ = pick(4) != 0;
    kicks_ = pick(8) == 0;
    for (int c = 0; c < cpus_; ++c) add_cpu(c);
    for (int c = 0; c < cpus_; ++c) add_thread(c);
    for (int c = 0; c < cpus_; ++c) add_environment(c);
    for (const ir::Process& p : b_.program.processes) {
      b_.program.properties[3].when.push_back(pick(2) == 0 ? yes() : about(any(), p.cpu));
    }
    if (pick(3) == 0) {
      b_.program.properties[1].when = {ir::all_of({about(any(), 0), about(any(), 1)})};
    }
    for (const ir::Step& s : b_.program.steps) b_.program.may_be_unreached.push_back(s.name);
    b_.program.finish();
    return std::move(b_.program);
  }
  // Of the program that was built.
  bool interrupts_and_copies() const { return handlers_ && copies_; }

 private:
  struct Cpu {
    int thread = -1, handler = -1, nmi = -1;  // processes
    int own, irqs, pending, sent, copy, stored;
  };

  int pick(int n) { return static_cast<int>(random_() % static_cast<unsigned>(n)); }
  Cpu& at(int c) { return of_cpu_[static_cast<std::size_t>(c)]; }
  int any() { return data_[static_cast<std::size_t>(pick(static_cast<int>(data_.size())))]; }
  int top(int variable) const {
    return b_.program.variables[static_cast<std::size_t>(variable)].domain.hi;
  }
  int control(int process) const {
    return b_.program.processes[static_cast<std::size_t>(process)].control;
  }
  int other(int c) { return (c + 1 + pick(cpus_ - 1)) % cpus_; }

  ExprRef about(int variable, int c) {
    if (pick(4) == 0) variable = at(c).own;
    const ExprRef e = is(variable, pick(top(variable) + 1));
    return pick(3) == 0 ? ir::negate(e) : e;
  }
  ExprRef invariant() {
    if (pick(3) != 0) return yes();
    return ir::any_of({is(data_[0], pick(2)), is(data_[1], pick(2)), ir::negate(is(data_[3], 3))});
  }
  // More ways than the engine makes cubes of: it is evaluated.
  ExprRef sum_of_all() {
    ExprRef sum = get(at(0).own);
    for (const int v : data_) sum = ir::binary(ir::Op::kAdd, sum, get(v));
    for (int c = 1; c < cpus_; ++c) sum = ir::binary(ir::Op::kAdd, sum, get(at(c).own));
    return ir::binary(ir::Op::kMod, ir::binary(ir::Op::kAdd, sum, lit(1)), lit(4));
  }

  void add_cpu(int c) {
    const std::string name = std::to_string(c);
    Cpu cpu;
    cpu.own = b_.variable("own" + name, range(0, 2));
    cpu.irqs = b_.variable("irqs" + name, boolean(), 1);
    cpu.pending = b_.variable("pending" + name, boolean());
    cpu.sent = b_.variable("sent" + name, boolean());
    cpu.stored = b_.variable("stored" + name, boolean());
    cpu.copy = b_.variable("copy" + name, boolean());
    std::vector<ir::Location> locations;
    const int n = cpus_ == 2 ? 7 + pick(5) : 4 + pick(3);
    for (int l = 0; l < n; ++l) locations.push_back(location("l" + std::to_string(l)));
    locations.back().final = pick(10) != 0;
    locations[static_cast<std::size_t>(pick(n))].rest = pick(8) == 0;
    // Whence steps turn an endless loop: from one location, or all where it could never be fine.
    const bool one = pick(8) == 0;
    const int where = pick(n);
    const bool fine = one || std::any_of(locations.begin(), locations.end(),
                                         [](const auto& l) { return l.final || l.rest; });
    cpu.thread = b_.process("thread" + name, c, std::move(locations));
    for (int l = 0; l < n; ++l) {
      if (!fine || (one && l == where)) turning_.insert({cpu.thread, l});
    }
    if (handlers_) cpu.handler = add_handler("handler" + name, c, 1);
    if (nmis_) cpu.nmi = add_handler("nmi" + name, c, 2);
    of_cpu_.push_back(cpu);
    if (cpu.handler >= 0) add_steps_of_handler(c, cpu.handler, 1);
    if (cpu.nmi >= 0) add_steps_of_handler(c, cpu.nmi, 2);
  }

  int add_handler(const std::string& name, int c, int level) {
    std::vector<ir::Location> locations{location("idle"), location("a"), location("b")};
    if (pick(2) == 0) locations.push_back(location("c"));
    locations[0].rest = true;
    const int process = b_.process(name, c, std::move(locations),
                                   level == 1 ? ir::Role::kInterrupt : ir::Role::kNmi);
    b_.program.processes.back().level = level;
    return process;
  }

  // But for what interrupts it.
  ExprRef not_interrupted(int c, int level) {
    std::vector<ExprRef> terms;
    if (level < 1 && at(c).handler >= 0) terms.push_back(is(control(at(c).handler), 0));
    if (level < 2 && at(c).nmi >= 0) terms.push_back(is(control(at(c).nmi), 0));
    return ir::all_of(std::move(terms));
  }

  // What a handler of this level interrupts is neither at its begin nor at its end.
  ExprRef something_is_under_way(int c, int level) {
    const int thread = at(c).thread;
    const auto last = static_cast<int>(
        b_.program.processes[static_cast<std::size_t>(thread)].locations.size() - 1);
    std::vector<ExprRef> any{
        ir::all_of({ir::negate(is(control(thread), 0)), ir::negate(is(control(thread), last))})};
    if (level > 1 && at(c).handler >= 0) any.push_back(ir::negate(is(control(at(c).handler), 0)));
    return ir::any_of(std::move(any));
  }

  void add_steps_of_handler(int c, int process, int level) {
    const auto n =
        static_cast<int>(b_.program.processes[static_cast<std::size_t>(process)].locations.size());
    std::vector<ExprRef> when{not_interrupted(c, level)};
    if (level == 1) when.push_back(is(at(c).irqs, 1));
    const int pending = level == 1 ? at(c).pending : data_[0];
    when.push_back(is(pending, 1));
    ir::Block entry{set(pending, 0)};
    if (deliveries_) entry.push_back(interp::test::cover(level, something_is_under_way(c, level)));
    move(c, process, 0, 1, ir::all_of(when), std::move(entry), StepKind::kEntry);
    // Most handlers come to their end.
    const bool waits = pick(4) == 0;
    for (int l = 1; l < n; ++l) {
      ExprRef guard = not_interrupted(c, level);
      if (waits && pick(2) == 0) guard = ir::all_of({guard, about(any(), c)});
      const int to = l + 1 == n ? 0 : l + 1;
      move(c, process, l, pick(12) == 0 ? pick(n) : to, guard, {small_change(c)});
      if (pick(6) == 0) move(c, process, l, to, guard, {small_change(c)});
    }
  }

  ir::Stmt small_change(int c) {
    const int v = any();
    switch (pick(8)) {
      case 0:
        return set(at(c).sent, 1);
      case 1:
        if (kicks_) {  // a thread, mostly of another CPU, finds itself elsewhere
          const int thread = of_cpu_[random_() % of_cpu_.size()].thread;
          if (pick(3) == 0) return set(control(thread), pick(2));
        }
        return set(at(c).copy, 0);
      case 2:
        return set(v, pick(top(v) + 1));
      case 3:
        return interp::test::check(0, ir::any_of({about(any(), c), about(any(), c), about(v, c)}));
      case 4:
        return interp::test::cover(0, about(v, c));
      default:
        return set(at(c).own, ir::binary(ir::Op::kMod,
                                         ir::binary(ir::Op::kAdd, get(at(c).own), lit(1)), lit(3)));
    }
  }

  using StepKind = ir::StepKind;
  void move(int c, int process, int from, int to, ExprRef guard, ir::Block body,
            StepKind kind = StepKind::kProgram) {
    if (turning_.count({process, from}) > 0) {
      body.insert(body.begin(), interp::test::cover(turn_));
    }
    b_.move(process, from, to, std::move(guard), std::move(body), kind);
    b_.program.steps.back().cpu = c;
    b_.program.steps.back().waits = pick(3) == 0 ? "lock" : "";
  }

  void add_thread(int c) {
    const int process = at(c).thread;
    const auto n =
        static_cast<int>(b_.program.processes[static_cast<std::size_t>(process)].locations.size());
    for (int l = 0; l + 1 < n; ++l) {
      const ExprRef go = not_interrupted(c, 0);
      const int ways = pick(5) == 0 ? 2 : 1;
      for (int k = 0; k < ways; ++k) {
        const auto [guard, body] = event(c);
        move(c, process, l, l + 1, ir::all_of({go, guard}), body);
        b_.program.steps.back().relies_on_copy = uses_copy_;
        uses_copy_ = false;
      }
    }
    if (pick(4) == 0) {
      move(c, process, n - 1, pick(n), not_interrupted(c, 0), {small_change(c)});
    }
  }

  std::pair<ExprRef, ir::Block> event(int c) {
    const int v = any();
    Cpu& cpu = at(c);
    switch (pick(32)) {
      case 0:
        return {is(lock_, 0), {set(lock_, 1)}};
      case 1:
      case 2:
        return {yes(), {set(lock_, 0)}};
      case 3:
        return {about(v, c), {small_change(c)}};
      case 4:
      case 5:
        return {yes(), {set(at(other(c)).pending, 1)}};
      case 6:
        return {ir::any_of({is(at(other(c)).sent, 1), is(v, pick(top(v) + 1))}), {}};
      case 7:
        return {yes(), {set(cpu.irqs, pick(2))}};
      case 8:
        return {yes(), {set(cpu.stored, 1)}};
      case 9:
        if (copies_) {
          uses_copy_ = true;
          return {is(cpu.copy, 1), {small_change(c)}};
        }
        [[fallthrough]];
      case 10:
        return {pick(2) == 0 ? yes() : ir::binary(ir::Op::kLt, sum_of_all(), lit(3)),
                {set(data_[static_cast<std::size_t>(3 + pick(2))], sum_of_all())}};
      default:
        return {yes(), {small_change(c)}};
    }
  }

  void add_environment(int c) {
    Cpu& cpu = at(c);
    if (pick(2) == 0) {
      const int v = any();
      b_.step("drain", StepKind::kEventual, is(cpu.stored, 1),
              {set(cpu.stored, 0), set(v, pick(top(v) + 1))});
    }
    if (!copies_) return;
    b_.step("fill", StepKind::kSpeculative, ir::all_of({is(cpu.copy, 0), about(any(), c)}),
            {set(cpu.copy, 1)});
    if (pick(3) == 0) b_.step("evict", StepKind::kSpeculative, is(cpu.copy, 1), {set(cpu.copy, 0)});
  }

  std::mt19937 random_;
  interp::test::Builder b_;
  int cpus_ = 2, lock_ = -1, turn_ = -1;
  std::set<std::pair<int, int>> turning_;  // process and location
  const bool deliveries_;
  bool handlers_ = false, nmis_ = false, copies_ = false, kicks_ = false, uses_copy_ = false;
  std::vector<int> data_;
  std::vector<Cpu> of_cpu_;
};

}  // namespace stalemate::engine::test

#endif  // STALEMATE_TESTS_UNIT_ENGINE_PROTOCOL_PROGRAM_H_
