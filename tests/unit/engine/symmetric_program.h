// Random programs in which all CPUs do the same, and what permuting the CPUs makes of their states:
// found from how they are built, and from nothing of the engine.
#ifndef STALEMATE_TESTS_UNIT_ENGINE_SYMMETRIC_PROGRAM_H_
#define STALEMATE_TESTS_UNIT_ENGINE_SYMMETRIC_PROGRAM_H_

#include <algorithm>
#include <numeric>
#include <random>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "../interp/build.h"

namespace stalemate::engine::test {

using interp::test::boolean;
using interp::test::eq;
using interp::test::get;
using interp::test::lit;
using interp::test::range;
using ir::ExprRef;

// Each CPU runs a thread, and a handler or not.  The same random numbers are drawn for each CPU, so
// that they do the same with another `me`; loops over CPUs are written out, in the order of CPUs.
class SymmetricProgram {
 public:
  explicit SymmetricProgram(unsigned seed, bool errors = false)
      : seed_(seed), errors_(errors), random_(seed) {
    cpus_ = 2 + pick(3);
    ir::Sort& sort = b_.program.sorts[0];
    sort.members.clear();
    for (int c = 0; c < cpus_; ++c) sort.members.push_back("cpu" + std::to_string(c));
    add_variables();
    handlers_ = pick(2) == 0;
    for (int c = 0; c < cpus_; ++c) add_processes(c);
    add_properties();
    const unsigned steps = random_();
    for (int c = 0; c < cpus_; ++c) {
      random_.seed(steps);
      add_steps(c);
    }
    b_.program.finish();
  }

  const ir::Program& program() const { return b_.program; }
  ir::Program& program() { return b_.program; }
  int cpus() const { return cpus_; }

  // The state in which CPU c is called to[c].
  State permuted(const State& s, const std::vector<int>& to) const {
    const ir::Program& p = b_.program;
    State out(s.size());
    for (std::size_t v = 0; v < p.variables.size(); ++v) {
      const ir::Variable& from = p.variables[v];
      const ir::Variable& there =
          p.variables[static_cast<std::size_t>(moved(static_cast<int>(v), to))];
      for (int e = 0; e < from.elements(); ++e) {
        int rest = e, element = 0;
        std::vector<int> index;
        for (std::size_t d = from.dims.size(); d-- > 0;) {
          index.push_back(to[static_cast<std::size_t>(rest % cpus_)]);  // all are indexed by CPUs
          rest /= cpus_;
        }
        while (!index.empty()) {
          element = element * cpus_ + index.back();
          index.pop_back();
        }
        int value = s[static_cast<std::size_t>(from.first + e)];
        if (from.domain.sort == 0 && value >= 0) value = to[static_cast<std::size_t>(value)];
        out[static_cast<std::size_t>(there.first + element)] = static_cast<ir::Value>(value);
      }
    }
    return out;
  }
  int moved_process(int process, const std::vector<int>& to) const {
    const ir::Process& p = b_.program.processes[static_cast<std::size_t>(process)];
    const auto kind = static_cast<std::size_t>(process) % processes_[0].size();
    return processes_[static_cast<std::size_t>(to[static_cast<std::size_t>(p.cpu)])][kind];
  }
  // Of all CPUs.
  std::vector<std::vector<int>> permutations() const {
    std::vector<int> to(static_cast<std::size_t>(cpus_));
    std::iota(to.begin(), to.end(), 0);
    std::vector<std::vector<int>> all;
    do {
      all.push_back(to);
    } while (std::next_permutation(to.begin(), to.end()));
    return all;
  }

 private:
  struct Data {
    int variable;
    int top;   // of numbers and bits: values are 0 .. top; -1: a CPU or none
    int dims;  // all CPUs
  };
  // What a process has for itself.
  struct Own {
    int flag, who;
  };

  int pick(int n) { return static_cast<int>(random_() % static_cast<unsigned>(n)); }
  ir::Domain cpu() const { return interp::test::member_of(0, cpus_); }
  ir::Domain maybe_cpu() const { return interp::test::option_of(0, cpus_); }

  int moved(int variable, const std::vector<int>& to) const {
    for (std::size_t c = 0; c < owned_.size(); ++c) {
      const auto found = std::find(owned_[c].begin(), owned_[c].end(), variable);
      if (found == owned_[c].end()) continue;
      return owned_[static_cast<std::size_t>(to[c])]
                   [static_cast<std::size_t>(found - owned_[c].begin())];
    }
    return variable;
  }

  void add_variables() {
    const int n = 2 + pick(2);
    for (int i = 0; i < n; ++i) {
      const int kind = pick(6);
      const std::string name = "v" + std::to_string(i);
      const auto dims = [&](int k) {
        return std::vector<ir::Domain>(static_cast<std::size_t>(k), cpu());
      };
      if (kind == 0) data_.push_back({b_.variable(name, boolean()), 1, 0});
      if (kind == 1) data_.push_back({b_.variable(name, maybe_cpu(), -1), -1, 0});
      if (kind == 2) data_.push_back({b_.variable(name, range(0, 2), 0, dims(1)), 2, 1});
      if (kind == 3) data_.push_back({b_.variable(name, boolean(), 0, dims(2)), 1, 2});
      if (kind == 4) data_.push_back({b_.variable(name, maybe_cpu(), -1, dims(1)), -1, 1});
      if (kind == 5) data_.push_back({b_.variable(name, boolean(), 1, dims(1)), 1, 1});
    }
  }

  void add_processes(int c) {
    std::mt19937 same(seed_ + 1);
    const auto draw = [&](unsigned n) { return static_cast<int>(same() % n); };
    std::vector<int> processes, owned;
    std::vector<Own> own;
    for (int handler = 0; handler <= (handlers_ ? 1 : 0); ++handler) {
      std::vector<ir::Location> locations;
      locations_ = 3;
      const bool marked = draw(4) != 0;
      for (int l = 0; l < locations_; ++l) {
        locations.push_back(interp::test::location("l" + std::to_string(l)));
        locations.back().final = marked && draw(4) == 0;
        if (!marked || draw(4) == 0)
          turning_.insert({static_cast<int>(b_.program.processes.size()), l});
      }
      const int process = b_.process(handler == 0 ? "thread" : "handler", c, std::move(locations),
                                     handler == 0 ? ir::Role::kThread : ir::Role::kInterrupt);
      processes.push_back(process);
      owned.push_back(b_.program.processes.back().control);
      const std::string name = std::to_string(handler) + "." + std::to_string(c);
      const Own o{b_.variable("flag" + name, boolean()),
                  b_.variable("who" + name, maybe_cpu(), -1)};
      for (const int v : {o.flag, o.who}) {
        b_.program.variables[static_cast<std::size_t>(v)].process = process;
        owned.push_back(v);
      }
      own.push_back(o);
    }
    processes_.push_back(std::move(processes));
    owned_.push_back(std::move(owned));
    own_.push_back(std::move(own));
  }

  // Properties 0: assertions, 1: an invariant, 2: nobody is stuck, 3: not while something holds, 4:
  // no cycle.  Goals 0 and 1: any, 2: of turns.
  void add_properties() {
    b_.property("asserts");
    b_.property("invariant", ir::Property::Kind::kInvariant,
                for_some([&](int c) { return about(c); }));
    b_.property("stuck", ir::Property::Kind::kNoStuck);
    b_.property("when", ir::Property::Kind::kNoStuck);
    const unsigned when = random_();
    for (std::size_t i = 0; i < b_.program.processes.size(); ++i) {
      random_.seed(when);
      b_.program.properties.back().when.push_back(about(b_.program.processes[i].cpu));
    }
    b_.property("cycle", ir::Property::Kind::kNoStuck);
    b_.program.properties.back().cycle = {"lock"};
    b_.goal("goal");
    b_.goal("other");
    b_.turn();
  }

  template <typename Of>
  ExprRef for_some(const Of& of) {
    std::vector<ExprRef> terms;
    const unsigned same = random_();
    const bool all = pick(2) == 0;
    for (int c = 0; c < cpus_; ++c) {
      random_.seed(same);
      terms.push_back(of(c));
    }
    return all ? ir::all_of(std::move(terms)) : ir::any_of(std::move(terms));
  }

  const Data& any() {
    return data_[static_cast<std::size_t>(pick(static_cast<int>(data_.size())))];
  }

  // A CPU that can be named where `me` is known: itself, or the choice of the step.
  ExprRef name(int me) { return chooses_ && pick(2) == 0 ? ir::choice(0) : lit(me); }
  std::vector<ExprRef> index(const Data& d, int me) {
    std::vector<ExprRef> out;
    for (int i = 0; i < d.dims; ++i) out.push_back(name(me));
    return out;
  }
  ExprRef about(int me) {
    const Data& d = any();
    const ExprRef value = get(d.variable, index(d, me));
    if (d.top < 0) return eq(value, pick(2) == 0 ? lit(-1) : name(me));
    return eq(value, lit(pick(d.top + 1)));
  }
  ExprRef condition(int me, const Own& own, int depth = 1) {
    switch (pick(depth == 0 ? 5 : 8)) {
      case 0:
        return eq(get(own.flag), lit(pick(2)));
      case 1:
        return eq(get(own.who), pick(2) == 0 ? lit(-1) : name(me));
      case 2:
      case 3:
      case 4:
        return about(me);
      case 5:
        return ir::all_of({condition(me, own, 0), condition(me, own, 0)});
      case 6:
        return ir::any_of({condition(me, own, 0), condition(me, own, 0)});
      default:
        return for_some([&](int c) { return about(c); });
    }
  }

  ir::Stmt statement(int me, const Own& own, int depth = 1) {
    const Data& d = any();
    const ir::Place place{d.variable, index(d, me), ir::Order::kPlain};
    switch (pick(depth == 0 ? 5 : 8)) {
      case 0:
        return interp::test::set(own.flag, condition(me, own, 0));
      case 1:
        return interp::test::set(own.who, pick(3) == 0 ? lit(-1) : name(me));
      case 2:
      case 3:
      case 4: {
        if (d.top < 0) return interp::test::assign(place, pick(2) == 0 ? get(own.who) : name(me));
        if (d.top == 1) return interp::test::assign(place, condition(me, own, 0));
        const ExprRef next = ir::binary(ir::Op::kAdd, get(d.variable, place.index), lit(1));
        return interp::test::assign(
            place, errors_ && pick(2) == 0 ? next : ir::binary(ir::Op::kMod, next, lit(3)));
      }
      case 5:
        return interp::test::check(
            0, ir::any_of({condition(me, own), condition(me, own), condition(me, own)}));
      case 6:
        return interp::test::cover(pick(2), condition(me, own));
      default: {
        ir::Stmt s;
        s.kind = ir::Stmt::Kind::kIf;
        s.condition = condition(me, own);
        s.then_block.push_back(statement(me, own, 0));
        if (pick(2) == 0) s.else_block.push_back(statement(me, own, 0));
        return s;
      }
    }
  }

  void add_steps(int me) {
    const auto c = static_cast<std::size_t>(me);
    for (std::size_t k = 0; k < processes_[c].size(); ++k) {
      const int moves = locations_ + pick(3);
      for (int i = 0; i < moves; ++i) {
        chooses_ = pick(3) == 0;
        const Own& own = own_[c][k];
        ir::Block body;
        for (int n = pick(3); n > 0; --n) body.push_back(statement(me, own));
        const int from = pick(locations_), to = pick(locations_);
        ExprRef guard = pick(3) == 0 ? lit(1) : condition(me, own);
        if (k == 0 && handlers_) {
          guard = ir::all_of(
              {interp::test::is(
                   b_.program.processes[static_cast<std::size_t>(processes_[c][1])].control, 0),
               guard});
        }
        if (turning_.count({processes_[c][k], from}) > 0) {
          body.insert(body.begin(), interp::test::cover(2));
        }
        b_.move(processes_[c][k], from, to, guard, std::move(body),
                pick(5) == 0 ? ir::StepKind::kEntry : ir::StepKind::kProgram);
        b_.program.steps.back().waits = pick(2) == 0 ? "lock" : "";
        finish_step();
      }
    }
    const int environment = pick(2);
    for (int i = 0; i < environment; ++i) {
      chooses_ = pick(3) == 0;
      const Own& own = own_[c][0];
      b_.step("e" + std::to_string(i),
              pick(2) == 0 ? ir::StepKind::kEventual : ir::StepKind::kSpeculative,
              condition(me, own), {statement(me, own)});
      finish_step();
    }
  }
  void finish_step() {
    b_.program.steps.back().relies_on_copy = pick(8) == 0;
    if (chooses_) b_.program.steps.back().choices.push_back({"c", cpu()});
    chooses_ = false;
  }

  const unsigned seed_;
  const bool errors_;
  std::mt19937 random_;
  interp::test::Builder b_;
  int cpus_ = 2, locations_ = 3;
  bool handlers_ = false, chooses_ = false;
  std::vector<Data> data_;
  std::vector<std::vector<int>> processes_, owned_;  // per CPU
  std::vector<std::vector<Own>> own_;
  std::set<std::pair<int, int>> turning_;  // process and location: a step from there turns a loop
};

}  // namespace stalemate::engine::test

#endif  // STALEMATE_TESTS_UNIT_ENGINE_SYMMETRIC_PROGRAM_H_
