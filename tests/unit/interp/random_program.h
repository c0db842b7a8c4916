// Random small programs: whatever two explorers agree on here, they did not agree on by habit.
#ifndef STALEMATE_TESTS_UNIT_INTERP_RANDOM_PROGRAM_H_
#define STALEMATE_TESTS_UNIT_INTERP_RANDOM_PROGRAM_H_

#include <random>
#include <string>
#include <vector>

#include "build.h"

namespace stalemate::interp::test {

// Property 0: assertions, 1: an invariant, 2: no process is stuck, 3: assertions, 4: none is stuck
// while something holds of it, 5: no cycle with a label, 6: with two; one goal.
class RandomProgram {
 public:
  // With `errors`, some assignments may leave the domain of their variable.
  RandomProgram(unsigned seed, bool errors) : random_(seed), errors_(errors) {}

  ir::Program build() {
    const int scalars = 1 + pick(4);
    for (int i = 0; i < scalars; ++i) {
      add("v" + std::to_string(i), pick(2) == 0 ? boolean() : range(0, 1 + pick(3)), 0);
    }
    if (pick(2) == 0) add("a", boolean(), 2);
    const int processes = 1 + pick(2);
    for (int i = 0; i < processes; ++i) add_process(i);
    b_.property("asserts");
    b_.property("invariant", ir::Property::Kind::kInvariant,
                ir::any_of({condition(0), condition(0), condition(0)}));
    b_.property("stuck", ir::Property::Kind::kNoStuck);
    b_.property("more asserts");
    b_.property("when", ir::Property::Kind::kNoStuck);
    for (int i = 0; i < processes; ++i) b_.program.properties[4].when.push_back(condition(1));
    for (const std::vector<std::string>& labels : {Labels{"lock"}, Labels{"ack", "lock"}}) {
      b_.property("cycle " + labels[0], ir::Property::Kind::kNoStuck);
      b_.program.properties.back().cycle = labels;
    }
    b_.goal("goal");

    const int environment = pick(5);
    for (int i = 0; i < environment; ++i) {
      choices_ = pick(3) == 0 ? 1 + pick(2) : 0;
      const StepKind kind = pick(2) == 0 ? StepKind::kEventual : StepKind::kSpeculative;
      const ExprRef when = guard();
      b_.step("e" + std::to_string(i), kind, when, body());
      finish_step();
    }
    for (int i = 0; i < processes; ++i) add_moves(i);
    b_.program.finish();
    return std::move(b_.program);
  }

 private:
  using Labels = std::vector<std::string>;
  struct Data {
    int variable, top;
    bool array;
  };

  int pick(int n) { return static_cast<int>(random_() % static_cast<unsigned>(n)); }

  void add(const std::string& name, ir::Domain domain, int elements) {
    std::vector<ir::Domain> dims;
    if (elements > 0) dims.push_back(member_of(0, elements));
    data_.push_back({b_.variable(name, domain, 0, dims), domain.hi, elements > 0});
  }

  void add_process(int i) {
    std::vector<ir::Location> locations;
    const int n = 2 + pick(4);
    const bool marked = pick(4) != 0;
    for (int l = 0; l < n; ++l) {
      locations.push_back(location("l" + std::to_string(l)));
      locations.back().final = marked && pick(4) == 0;
      locations.back().rest = marked && pick(5) == 0;
      locations.back().progress = marked && pick(5) == 0;
    }
    b_.process("p" + std::to_string(i), i, std::move(locations),
               pick(3) == 0 ? ir::Role::kInterrupt : ir::Role::kThread);
  }

  void add_moves(int process) {
    const auto n =
        static_cast<int>(b_.program.processes[static_cast<std::size_t>(process)].locations.size());
    const int moves = n + pick(2 * n);
    for (int i = 0; i < moves; ++i) {
      choices_ = pick(5) == 0 ? 1 : 0;
      const StepKind kind = pick(6) == 0 ? StepKind::kEntry : StepKind::kProgram;
      const ExprRef when = guard();
      b_.move(process, pick(n), pick(n), when, body(), kind);
      b_.program.steps.back().waits = Labels{"lock", "ack", ""}[static_cast<std::size_t>(pick(3))];
      finish_step();
    }
  }

  void finish_step() {
    b_.program.steps.back().relies_on_copy = pick(8) == 0;
    for (int i = 0; i < choices_; ++i) b_.program.steps.back().choices.push_back({"c", boolean()});
  }

  ir::Place place(const Data& d) {
    if (!d.array) return {d.variable, {}, ir::Order::kPlain};
    return {d.variable, {choices_ > 0 ? ir::choice(0) : lit(pick(2))}, ir::Order::kPlain};
  }
  ExprRef get_it(const Data& d) { return get(d.variable, place(d).index); }
  const Data& any() {
    return data_[static_cast<std::size_t>(pick(static_cast<int>(data_.size())))];
  }

  ExprRef condition(int depth) {
    const Data& d = any();
    switch (pick(depth == 0 ? 3 : 5)) {
      case 0:
        return eq(get_it(d), lit(pick(d.top + 1)));
      case 1:
        return ir::binary(Op::kLt, get_it(d), get_it(any()));
      case 2:
        return ir::negate(eq(get_it(d), choices_ > 0 ? ir::choice(0) : lit(0)));
      case 3:
        return ir::all_of({condition(depth - 1), condition(depth - 1)});
      default:
        return ir::any_of({condition(depth - 1), condition(depth - 1)});
    }
  }
  ExprRef guard() { return pick(4) == 0 ? yes() : condition(2); }

  // A value for a place whose values are 0..top.
  ExprRef value(int top) {
    switch (pick(4)) {
      case 0:
        return lit(pick(top + 1));
      case 1:
        return choices_ > 0 ? ir::choice(choices_ - 1) : condition(1);
      case 2:
        return ir::ite(condition(1), lit(top), lit(0));
      default: {
        const ExprRef next = ir::binary(Op::kAdd, get_it(any()), lit(1));
        return errors_ && pick(2) == 0 ? next : ir::binary(Op::kMod, next, lit(top + 1));
      }
    }
  }

  ir::Block body() {
    ir::Block out;
    const int statements = pick(3);
    for (int i = 0; i < statements; ++i) out.push_back(statement(1));
    return out;
  }

  ir::Stmt statement(int depth) {
    switch (pick(8)) {
      case 0:
        return check(pick(2) == 0 ? 0 : 3, condition(1), text("violated"));
      case 1:
        return cover(0, condition(1));
      case 2:
        if (depth > 0) {
          ir::Stmt s;
          s.kind = ir::Stmt::Kind::kIf;
          s.condition = condition(1);
          s.then_block = {statement(depth - 1)};
          s.else_block = {statement(depth - 1)};
          return s;
        }
        break;
      case 3: {  // two at once
        ir::Stmt s;
        for (int i = 0; i < 2; ++i) {
          const Data& d = any();
          s.places.push_back(place(d));
          s.values.push_back(value(d.top));
        }
        return s;
      }
      default:
        break;
    }
    const Data& d = any();
    const ir::Place to = place(d);
    return assign(to, value(d.top));
  }

  std::mt19937 random_;
  bool errors_;
  Builder b_;
  std::vector<Data> data_;
  int choices_ = 0;  // of the step being built, each 0 or 1
};

}  // namespace stalemate::interp::test

#endif  // STALEMATE_TESTS_UNIT_INTERP_RANDOM_PROGRAM_H_
