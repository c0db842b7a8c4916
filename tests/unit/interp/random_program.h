// Random small programs: whatever two explorers agree on here, they did not agree on by habit.
#ifndef STALEMATE_TESTS_UNIT_INTERP_RANDOM_PROGRAM_H_
#define STALEMATE_TESTS_UNIT_INTERP_RANDOM_PROGRAM_H_

#include <algorithm>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "build.h"

namespace stalemate::interp::test {

// One in so many random programs is enough for the thread sanitizer: it looks for races, which any
// program shows, and takes many times as long.
#if defined(__SANITIZE_THREAD__)
constexpr int kEvery = 20;
#else
constexpr int kEvery = 1;
#endif

// Property 0: assertions, 1: an invariant, 2: no process is stuck, 3: assertions, 4: none is stuck
// while something holds of it, 5: no cycle with a label, 6: with two, 7: something leads to
// something (without_leads_to() takes that away).  Goal 0: any, 1: of turns.
class RandomProgram {
 public:
  // With `errors`, some assignments may leave the domain of their variable.  With `copies`, there
  // are stale-copy caches: most of them are such that nothing can tell that a copy is absent.
  RandomProgram(unsigned seed, bool errors, bool copies = false)
      : random_(seed), errors_(errors), copies_(copies) {}

  ir::Program build() {
    const int scalars = 1 + pick(4);
    for (int i = 0; i < scalars; ++i) {
      add("v" + std::to_string(i), pick(2) == 0 ? boolean() : range(0, 1 + pick(3)), 0);
    }
    if (pick(2) == 0) add("a", boolean(), 2);
    if (copies_) add_caches();
    const int processes = 1 + pick(2);
    for (int i = 0; i < processes; ++i) add_process(i);
    b_.property("asserts");
    b_.property("invariant", ir::Property::Kind::kInvariant,
                ir::any_of({condition(0), condition(0), tolerant(condition(0))}));
    b_.property("stuck", ir::Property::Kind::kNoStuck);
    b_.property("more asserts");
    b_.property("when", ir::Property::Kind::kNoStuck);
    for (int i = 0; i < processes; ++i) {
      const bool odd = copies_ && pick(40) == 0;
      b_.program.properties[4].when.push_back(odd ? membership() : condition(1));
    }
    for (const std::vector<std::string>& labels : {Labels{"lock"}, Labels{"ack", "lock"}}) {
      b_.property("cycle " + labels[0], ir::Property::Kind::kNoStuck);
      b_.program.properties.back().cycle = labels;
    }
    b_.goal("goal");
    b_.turn();
    if (copies_) add_fills();

    const int environment = pick(5);
    for (int i = 0; i < environment; ++i) {
      choices_ = pick(3) == 0 ? 1 + pick(2) : 0;
      const StepKind kind = pick(2) == 0 ? StepKind::kEventual : StepKind::kSpeculative;
      const ExprRef when = kind == StepKind::kSpeculative ? use(guard()) : guard();
      b_.step("e" + std::to_string(i), kind, when, body());
      finish_step();
    }
    for (int i = 0; i < processes; ++i) add_moves(i);
    add_leads_to();
    if (pick(2) == 0) b_.program.properties[1].when.push_back(occasion());
    // Much of it is never taken, and that is not what is compared.
    for (const ir::Step& step : b_.program.steps) {
      b_.program.may_be_unreached.push_back(step.name);
    }
    b_.program.finish();
    return std::move(b_.program);
  }

 private:
  using Labels = std::vector<std::string>;
  // After everything else, so that it is the same with and without.
  void add_leads_to() {
    choices_ = 0;
    for (ir::Step& step : b_.program.steps) {
      if (step.kind == StepKind::kEventual && pick(2) == 0) step.rule = "rule";
    }
    b_.property("leads to", ir::Property::Kind::kLeadsTo);
    const int n = 1 + pick(2);
    for (int i = 0; i < n; ++i) {
      ir::LeadsTo leads{condition(0), condition(pick(2)), text("it never comes")};
      if (copies_ && pick(40) == 0) leads.to = membership();
      b_.program.properties.back().leads.push_back(std::move(leads));
    }
  }

  struct Data {
    int variable, top;
    bool array;
  };

  // The copies of a cache: a cell for each of two indices, or one; each may hold two values.
  struct Copies {
    int variable;
    bool array;
  };

  int pick(int n) { return static_cast<int>(random_() % static_cast<unsigned>(n)); }

  void add(const std::string& name, ir::Domain domain, int elements) {
    std::vector<ir::Domain> dims;
    if (elements > 0) dims.push_back(member_of(0, elements));
    data_.push_back({b_.variable(name, domain, 0, dims), domain.hi, elements > 0});
  }

  void add_caches() {
    const int n = 1 + pick(3);
    for (int i = 0; i < n; ++i) {
      const bool array = pick(2) == 0;
      std::vector<ir::Domain> dims;
      if (array) dims.push_back(member_of(0, 2));
      dims.push_back(boolean());
      const std::string name = "c" + std::to_string(i);
      const int held = b_.variable(name, boolean(), 0, dims);
      b_.program.variables.back().space = ir::Space::kCopy;
      if (pick(6) == 0) b_.program.variables.back().init[0] = 1;
      b_.program.caches.push_back({name, held, array ? 1 : 0, pick(12) == 0});
      caches_.push_back({held, array});
    }
  }

  void add_fills() {
    for (std::size_t c = 0; c < caches_.size(); ++c) {
      for (int cell = 0; cell < (caches_[c].array ? 2 : 1); ++cell) {
        for (int value = 0; value < 2; ++value) add_fill(static_cast<int>(c), cell, value);
      }
    }
  }

  void add_fill(int c, int cell, int value) {
    const ExprRef bit = copy(caches_[static_cast<std::size_t>(c)], lit(cell), lit(value));
    ExprRef gate = condition(1);
    if (pick(3) == 0 && (c > 0 || pick(8) == 0)) {
      // Mostly of a cache before this one: caches do not load from each other.
      const int n = pick(16) == 0 ? static_cast<int>(caches_.size()) : std::max(c, 1);
      const ExprRef other = copy(caches_[static_cast<std::size_t>(pick(n))]);
      gate = pick(2) == 0 ? ir::all_of({gate, other}) : ir::any_of({condition(0), other});
      if (pick(24) == 0) gate = ir::negate(gate);
    }
    if (errors_ && pick(12) == 0) gate = ir::all_of({gate, risky()});
    gates_.emplace_back(bit, gate);
    const bool single = b_.program.caches[static_cast<std::size_t>(c)].single;
    ExprRef absent = ir::negate(bit);
    if (single) {
      const ExprRef other = copy(caches_[static_cast<std::size_t>(c)], lit(cell), lit(1 - value));
      absent = ir::negate(ir::any_of({bit, other}));
    }
    b_.step("fill", StepKind::kSpeculative, ir::all_of({absent, gate}),
            {assign({bit->variable, bit->args, ir::Order::kPlain}, lit(1))});
    b_.program.steps.back().fills = c;
    if (!single) return;
    b_.step("evict", StepKind::kSpeculative, bit,
            {assign({bit->variable, bit->args, ir::Order::kPlain}, lit(0))});
  }

  static ExprRef copy(const Copies& c, const ExprRef& cell, const ExprRef& value) {
    return get(c.variable, c.array ? std::vector<ExprRef>{cell, value} : std::vector{value});
  }
  ExprRef copy(const Copies& c) {
    const auto index = [&] { return choices_ > 0 && pick(3) == 0 ? ir::choice(0) : lit(pick(2)); };
    const ExprRef cell = index();
    return copy(c, cell, index());
  }
  const Copies& any_cache() {
    return caches_[static_cast<std::size_t>(pick(static_cast<int>(caches_.size())))];
  }
  ExprRef membership() { return copy(any_cache()); }

  // It divides by what may be zero.
  ExprRef risky() { return eq(ir::binary(Op::kMod, lit(3), get_it(any())), lit(1)); }

  // Holds, unless something is held.
  ExprRef tolerant(ExprRef e) {
    if (!copies_ || pick(2) == 0) return e;
    const ExprRef held = membership();
    return ir::any_of({std::move(e), pick(20) == 0 ? held : ir::negate(held)});
  }

  // Of which is asked whether it ever holds.
  ExprRef occasion() {
    if (!copies_ || pick(2) != 0) return condition(1);
    const ExprRef held = membership();
    return ir::all_of({condition(1), pick(8) == 0 ? ir::negate(held) : held});
  }

  // What a step that uses a copy waits for; it is marked, mostly.
  ExprRef use(ExprRef e) {
    if (!copies_ || pick(2) == 0) return e;
    relies_ = pick(25) != 0;
    switch (pick(12)) {
      case 0:
      case 1:
      case 2:
      case 3:
        return ir::all_of({std::move(e), membership()});
      case 4:
        if (errors_) return ir::any_of({membership(), risky()});
        [[fallthrough]];
      case 5:
        return ir::any_of({std::move(e), membership()});
      case 6:
        if (pick(6) == 0) return ir::all_of({std::move(e), ir::negate(membership())});
        [[fallthrough]];
      default: {  // held, or to be loaded now
        const auto& [bit, gate] =
            gates_[static_cast<std::size_t>(pick(static_cast<int>(gates_.size())))];
        used_ = bit;
        if (pick(3) != 0) return ir::all_of({std::move(e), ir::any_of({bit, gate})});
        relies_ = true;
        return ir::all_of({std::move(e), gate});
      }
    }
  }

  ir::Stmt change_copies() {
    const Copies& c = any_cache();
    if (pick(4) == 0) {
      const ExprRef bit = copy(c);
      const ir::Place place{bit->variable, bit->args, ir::Order::kPlain};
      if (pick(4) == 0) return assign(place, ir::all_of({bit, condition(0)}));
      if (pick(16) == 0) return assign(place, ir::negate(membership()));
      return assign(place, lit(pick(6) == 0 ? 1 : 0));
    }
    ir::Stmt drop;
    const ExprRef cell = choices_ > 0 && pick(2) == 0 ? ir::choice(0) : lit(pick(2));
    for (int value = 0; value < 2; ++value) {
      drop.places.push_back({c.variable, copy(c, cell, lit(value))->args, ir::Order::kPlain});
      drop.values.push_back(lit(0));
    }
    return drop;
  }

  void add_process(int i) {
    std::vector<ir::Location> locations;
    std::vector<bool>& turns = turns_.emplace_back();
    const int n = 2 + pick(4);
    const bool marked = pick(4) != 0;
    for (int l = 0; l < n; ++l) {
      locations.push_back(location("l" + std::to_string(l)));
      locations.back().final = marked && pick(4) == 0;
      locations.back().rest = marked && pick(5) == 0;
      turns.push_back(marked ? pick(5) == 0 : true);
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
      const ExprRef when = use(guard());
      b_.move(process, pick(n), pick(n), when, body(), kind);
      ir::Step& step = b_.program.steps.back();
      if (turns_[static_cast<std::size_t>(process)][static_cast<std::size_t>(step.from)]) {
        step.body.insert(step.body.begin(), cover(1));
      }
      b_.program.steps.back().waits = Labels{"lock", "ack", ""}[static_cast<std::size_t>(pick(3))];
      finish_step();
    }
  }

  void finish_step() {
    b_.program.steps.back().relies_on_copy = pick(8) == 0 || relies_;
    relies_ = false;
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
    if (copies_ && pick(60) == 0) return membership();
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
    if (used_) {
      const auto at = out.begin() + (pick(3) == 0 ? statements : 0);
      out.insert(at, assign({used_->variable, used_->args, ir::Order::kPlain}, lit(1)));
    }
    used_ = nullptr;
    return out;
  }

  ir::Stmt statement(int depth) {
    if (copies_ && pick(3) == 0) return change_copies();
    switch (pick(8)) {
      case 0:
        return check(pick(2) == 0 ? 0 : 3, tolerant(condition(1)), text("violated"));
      case 1:
        return cover(covers_++ % 2, occasion());
      case 2:
        if (depth > 0) {
          ir::Stmt s;
          s.kind = ir::Stmt::Kind::kIf;
          s.condition = copies_ && pick(40) == 0 ? membership() : condition(1);
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
  bool errors_, copies_;
  Builder b_;
  std::vector<Data> data_;
  std::vector<Copies> caches_;
  std::vector<std::pair<ExprRef, ExprRef>> gates_;  // a copy, and when it can be loaded
  ExprRef used_;                                    // by the step being built
  bool relies_ = false;                             // the step being built
  int choices_ = 0;                                 // of the step being built, each 0 or 1
  std::vector<std::vector<bool>> turns_;            // per process and location: a step from there
  int covers_ = 0;
};

// For what leaves out steps and names, which that property does not allow.
inline ir::Program without_leads_to(ir::Program p) {
  p.properties.pop_back();
  return p;
}

}  // namespace stalemate::interp::test

#endif  // STALEMATE_TESTS_UNIT_INTERP_RANDOM_PROGRAM_H_
