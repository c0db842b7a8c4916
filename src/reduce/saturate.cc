#include "reduce/saturate.h"

#include <algorithm>
#include <set>
#include <string>
#include <utility>

#include "interp/eval.h"
#include "reduce/implied.h"

namespace stalemate::reduce {

namespace {

using ir::Block;
using ir::Expr;
using ir::ExprRef;
using ir::Program;
using ir::Step;
using ir::Stmt;

constexpr const char* kName = "saturated copies";

std::size_t at(int i) { return static_cast<std::size_t>(i); }

class Saturator {
 public:
  explicit Saturator(const Program& p) : p_(p), implied_(p) {}

  Saturated run() {
    Saturable found = find_saturable(p_);
    for (std::size_t c = 0; c < p_.caches.size(); ++c) {
      const std::string& why = found.why_not[c];
      out_.reductions.push_back({kName, p_.caches[c].name, why.empty(), why});
    }
    out_.fills = std::move(found.fills);
    for (const Fill& f : out_.fills) {
      // The gates of the copies that this one reads are known by now, see Saturable::fills.
      gates_.push_back({implied_.simplified(f.gate, {}), {}});
      slots_read(*gates_.back().condition, gates_.back().reads);
      implied_.add(f.slot, gates_.back().condition);
    }
    out_.program = p_;
    out_.program.steps.clear();
    std::set<int> gone;
    for (const Fill& f : out_.fills) gone.insert(f.step);
    for (std::size_t i = 0; i < p_.steps.size(); ++i) {
      if (gone.count(static_cast<int>(i)) != 0) continue;
      out_.step_of.push_back(static_cast<int>(i));
      out_.program.steps.push_back(p_.steps[i]);
      if (!out_.fills.empty()) change(out_.program.steps.back());
    }
    out_.program.finish();
    saturate_initial_state();
    return std::move(out_);
  }

 private:
  struct Gate {
    ExprRef condition;
    std::vector<int> reads;  // slots
  };

  void slots_read(const Expr& e, std::vector<int>& slots) const {
    if (e.op == ir::Op::kRead) ir::add_slots(p_, e.variable, e.args, {}, slots);
    for (const ExprRef& a : e.args) slots_read(*a, slots);
  }

  void change(Step& step) const {
    step.guard = implied_.simplified(step.guard, step.choices);
    drop_loads(step);
    std::set<int> changed, reset;
    collect_writes(step.body, step, changed, reset);
    for (std::size_t i = 0; i < out_.fills.size(); ++i) {
      const Fill& f = out_.fills[i];
      const std::vector<int>& reads = gates_[i].reads;
      const bool matters =
          reset.count(f.slot) != 0 ||
          std::any_of(reads.begin(), reads.end(), [&](int s) { return changed.count(s) != 0; });
      if (!matters) continue;
      changed.insert(f.slot);
      step.body.push_back(load(f, gates_[i].condition));
    }
  }

  static Stmt load(const Fill& f, const ExprRef& gate) {
    Stmt set;
    set.places.push_back({f.bit->variable, f.bit->args, ir::Order::kPlain});
    set.values.push_back(ir::constant(1));
    if (ir::is_const(gate, 1)) return set;
    Stmt out;
    out.kind = Stmt::Kind::kIf;
    out.condition = gate;
    out.then_block.push_back(std::move(set));
    return out;
  }

  // A step that uses a copy loads it, which changes nothing where it is held anyway.
  void drop_loads(Step& step) const {
    std::set<int> changed, reset;
    Block kept;
    for (Stmt& s : step.body) {
      const bool loads = s.kind == Stmt::Kind::kAssign &&
                         std::all_of(s.places.begin(), s.places.end(),
                                     [&](const ir::Place& place) {
                                       const int slot = copy(place);
                                       return slot >= 0 && reset.count(slot) == 0 &&
                                              implied_.held(step.guard, slot);
                                     }) &&
                         std::all_of(s.values.begin(), s.values.end(),
                                     [](const ExprRef& v) { return ir::is_const(v, 1); });
      if (loads) continue;
      kept.push_back(std::move(s));
      collect_writes({kept.back()}, step, changed, reset);
    }
    step.body = std::move(kept);
  }

  int copy(const ir::Place& place) const {
    return implied_.copy(*ir::read(place.variable, place.index));
  }

  // `reset`: those written of which a copy may be gone.
  void collect_writes(const Block& block, const Step& step, std::set<int>& changed,
                      std::set<int>& reset) const {
    for (const Stmt& s : block) {
      for (std::size_t i = 0; i < s.places.size(); ++i) {
        std::vector<int> slots;
        ir::add_slots(p_, s.places[i].variable, s.places[i].index, step.choices, slots);
        changed.insert(slots.begin(), slots.end());
        if (!ir::is_const(s.values[i], 1)) reset.insert(slots.begin(), slots.end());
      }
      collect_writes(s.then_block, step, changed, reset);
      collect_writes(s.else_block, step, changed, reset);
    }
  }

  void saturate_initial_state() {
    State s = interp::initial_state(p_);
    for (std::size_t i = 0; i < out_.fills.size(); ++i) {
      if (interp::evaluate(p_, gates_[i].condition, s, {}) == 0) continue;
      s[at(out_.fills[i].slot)] = 1;
      ir::Variable& v = out_.program.variables[at(out_.fills[i].bit->variable)];
      v.init[at(out_.fills[i].slot - v.first)] = 1;
    }
  }

  const Program& p_;
  Implied implied_;
  std::vector<Gate> gates_;  // per fill, as the changed program says it
  Saturated out_;
};

}  // namespace

Saturated saturate(const Program& p) { return Saturator(p).run(); }

std::vector<Reduction> explicit_copies(const Program& p, const std::string& why) {
  std::vector<Reduction> out;
  for (const ir::Cache& c : p.caches) out.push_back({kName, c.name, false, why});
  return out;
}

}  // namespace stalemate::reduce
