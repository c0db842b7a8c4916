#include "reduce/saturable.h"

#include <algorithm>
#include <map>
#include <optional>
#include <utility>

#include "reduce/monotone.h"

namespace stalemate::reduce {

namespace {

using ir::Expr;
using ir::ExprRef;
using ir::Op;
using ir::Program;
using ir::Step;
using ir::Stmt;

std::size_t at(int i) { return static_cast<std::size_t>(i); }

bool reads_local(const Program& p, const Expr& e) {
  if (e.op == Op::kRead && p.variables[at(e.variable)].space == ir::Space::kLocal) return true;
  return std::any_of(e.args.begin(), e.args.end(),
                     [&](const ExprRef& a) { return reads_local(p, *a); });
}

// The fill that a step is; nothing when it is more than that, or something else.
std::optional<Fill> as_fill(const Program& p, int number) {
  const Step& step = p.steps[at(number)];
  const int held = p.caches[at(step.fills)].held;
  if (!step.choices.empty() || step.body.size() != 1) return std::nullopt;
  const Stmt& set = step.body[0];
  if (set.kind != Stmt::Kind::kAssign || set.places.size() != 1) return std::nullopt;
  const ir::Place& place = set.places[0];
  const bool known = std::all_of(place.index.begin(), place.index.end(),
                                 [](const ExprRef& i) { return ir::is_const(i); });
  if (place.variable != held || !known || !ir::is_const(set.values[0], 1)) return std::nullopt;
  Fill fill;
  fill.step = number;
  fill.cache = step.fills;
  fill.bit = ir::read(held, place.index);
  std::vector<int> slots;
  ir::add_slots(p, held, place.index, {}, slots);
  if (slots.size() != 1) return std::nullopt;
  fill.slot = slots[0];
  // That the copy is not held yet only spares a step that changes nothing.
  std::vector<ExprRef> gate;
  const auto add = [&](const ExprRef& term) {
    const bool absent = term->op == Op::kNot && ir::equal(term->args[0], fill.bit);
    if (!absent) gate.push_back(term);
  };
  if (step.guard->op == Op::kAnd) {
    for (const ExprRef& term : step.guard->args) add(term);
  } else {
    add(step.guard);
  }
  fill.gate = ir::all_of(std::move(gate));
  return fill;
}

class Finder {
 public:
  explicit Finder(const Program& p) : p_(p) { out_.why_not.resize(p.caches.size()); }

  Saturable run() {
    look_at_caches();
    look_at_fills();
    // An objection makes a cache explicit, and its copies plain state: then others may saturate
    // less.  Each round takes one away.
    while (const auto no = objection()) refuse(*no);
    out_.fills = order(candidates(), nullptr);
    return std::move(out_);
  }

 private:
  bool saturates(int cache) const { return out_.why_not[at(cache)].empty(); }
  void refuse(int cache, const std::string& why) {
    if (saturates(cache)) out_.why_not[at(cache)] = why;
  }
  void refuse(const Objection& no) {
    for (std::size_t c = 0; c < p_.caches.size(); ++c) {
      const auto& all = no.variables;
      if (std::find(all.begin(), all.end(), p_.caches[c].held) != all.end()) {
        refuse(static_cast<int>(c), no.why);
      }
    }
  }

  void look_at_caches() {
    std::map<int, int> users;
    for (const ir::Cache& c : p_.caches) ++users[c.held];
    for (std::size_t c = 0; c < p_.caches.size(); ++c) {
      if (p_.caches[c].single) {
        refuse(static_cast<int>(c), "a single cache: a copy keeps others out");
      } else if (users[p_.caches[c].held] > 1) {
        refuse(static_cast<int>(c), "another cache has the same copies");
      }
    }
  }

  void look_at_fills() {
    for (std::size_t i = 0; i < p_.steps.size(); ++i) {
      if (p_.steps[i].fills < 0) continue;
      std::optional<Fill> fill = as_fill(p_, static_cast<int>(i));
      if (!fill) {
        refuse(p_.steps[i].fills, "one of its fills does more than to set a copy");
      } else if (may_fail(p_, *fill->gate, {})) {
        refuse(fill->cache, "the condition of a fill may be a model error");
      } else if (reads_local(p_, *fill->gate)) {
        refuse(fill->cache, "the condition of a fill reads a local of a process");
      } else {
        all_.push_back(std::move(*fill));
      }
    }
  }

  std::vector<Fill> candidates() const {
    std::vector<Fill> out;
    std::copy_if(all_.begin(), all_.end(), std::back_inserter(out),
                 [&](const Fill& f) { return saturates(f.cache); });
    return out;
  }

  std::optional<Objection> objection() const {
    std::vector<bool> copies(p_.variables.size());
    for (std::size_t c = 0; c < p_.caches.size(); ++c) {
      if (saturates(static_cast<int>(c))) copies[at(p_.caches[c].held)] = true;
    }
    const Monotone monotone(p_, std::move(copies));
    for (const Step& s : p_.steps) {
      if (s.fills >= 0 && saturates(s.fills)) continue;
      if (auto no = objection(monotone, s)) return no;
    }
    const std::vector<Fill> fills = candidates();
    for (const Fill& f : fills) {
      if (auto no = monotone.unless_positive(*f.gate, {})) return no;
    }
    for (const ir::Property& x : p_.properties) {
      if (auto no = objection(monotone, x)) return no;
    }
    Objection circle;
    order(fills, &circle);
    if (!circle.variables.empty()) return circle;
    return std::nullopt;
  }

  static std::optional<Objection> objection(const Monotone& monotone, const ir::Property& x) {
    if (x.condition) {
      if (auto no = monotone.unless_negative(*x.condition, {})) {
        no->why = "property " + x.name + ": " + no->why;
        return no;
      }
    }
    for (const ExprRef& e : x.when) {
      if (x.kind == ir::Property::Kind::kInvariant) {
        if (auto no = monotone.unless_positive(*e, {})) {
          no->why = "where property " + x.name + " could fail: " + no->why;
          return no;
        }
        continue;
      }
      const std::vector<int> copies = monotone.read_by(*e);
      if (!copies.empty()) return Objection{copies, "property " + x.name + " waits for a copy"};
    }
    for (const ir::LeadsTo& l : x.leads) {
      for (const ExprRef& e : {l.from, l.to}) {
        const std::vector<int> copies = monotone.read_by(*e);
        if (!copies.empty()) return Objection{copies, "property " + x.name + " waits for a copy"};
      }
    }
    return std::nullopt;
  }

  std::optional<Objection> objection(const Monotone& monotone, const Step& s) const {
    // What counts as progress must be possible with no copy at all.
    if (s.kind != ir::StepKind::kSpeculative && !s.relies_on_copy) {
      const std::vector<int> copies = monotone.read_by(*s.guard);
      if (!copies.empty()) {
        return Objection{copies, "step " + s.name + " waits for a copy and counts as progress"};
      }
    }
    auto no = monotone.unless_positive(*s.guard, s.choices);
    if (!no) no = block(monotone, s, s.body);
    if (no) no->why = "step " + s.name + ": " + no->why;
    return no;
  }

  std::optional<Objection> block(const Monotone& monotone, const Step& s,
                                 const ir::Block& b) const {
    for (const Stmt& stmt : b) {
      if (auto no = statement(monotone, s, stmt)) return no;
      if (auto no = block(monotone, s, stmt.then_block)) return no;
      if (auto no = block(monotone, s, stmt.else_block)) return no;
    }
    return std::nullopt;
  }

  std::optional<Objection> statement(const Monotone& monotone, const Step& s,
                                     const Stmt& stmt) const {
    const auto untouched = [&](const Expr& e, const char* why) -> std::optional<Objection> {
      const std::vector<int> copies = monotone.read_by(e);
      if (copies.empty()) return std::nullopt;
      return Objection{copies, why};
    };
    switch (stmt.kind) {
      case Stmt::Kind::kAssign:
        for (std::size_t i = 0; i < stmt.places.size(); ++i) {
          for (const ExprRef& index : stmt.places[i].index) {
            if (auto no = untouched(*index, "an index depends on what it holds")) return no;
          }
          const Expr& value = *stmt.values[i];
          auto no = monotone.is_copy(stmt.places[i].variable)
                        ? monotone.unless_positive(value, s.choices)
                        : untouched(value, "a value depends on what it holds");
          if (no) return no;
        }
        return std::nullopt;
      case Stmt::Kind::kIf:
        return untouched(*stmt.condition, "what happens depends on what it holds");
      case Stmt::Kind::kAssert:
        for (const ir::Text::Piece& piece : stmt.text.pieces) {
          if (!piece.value) continue;
          if (auto no = untouched(*piece.value, "a message depends on what it holds")) return no;
        }
        return monotone.unless_negative(*stmt.condition, s.choices);
      case Stmt::Kind::kCover:
        if (ir::any_turn(p_, {stmt.goal})) {
          return untouched(*stmt.condition, "whether a loop turns depends on what it holds");
        }
        return monotone.unless_positive(*stmt.condition, s.choices);
      case Stmt::Kind::kCount:
        return untouched(*stmt.condition, "a count depends on what it holds");
      case Stmt::Kind::kFail:
      case Stmt::Kind::kFence:
        return std::nullopt;
    }
    return std::nullopt;
  }

  // Puts the fills in an order in which one pass over them sets all that can be set.  With `circle`
  // it names the copies for which there is none.
  std::vector<Fill> order(std::vector<Fill> fills, Objection* circle) const {
    std::map<int, std::vector<std::size_t>> of_slot;
    for (std::size_t i = 0; i < fills.size(); ++i) of_slot[fills[i].slot].push_back(i);
    enum class Mark : std::uint8_t { kNew, kOpen, kDone };
    std::vector<Mark> marks(fills.size(), Mark::kNew);
    std::vector<Fill> out;
    const auto visit = [&](const auto& self, std::size_t i) -> void {
      if (marks[i] == Mark::kDone) return;
      if (marks[i] == Mark::kOpen) {
        if (circle == nullptr) return;
        circle->variables = {p_.caches[at(fills[i].cache)].held};
        circle->why = "its copies are loaded from each other in a circle";
        return;
      }
      marks[i] = Mark::kOpen;
      std::vector<int> slots;
      slots_read(*fills[i].gate, slots);
      for (const int slot : slots) {
        const auto found = of_slot.find(slot);
        if (found == of_slot.end()) continue;
        for (const std::size_t before : found->second) self(self, before);
      }
      marks[i] = Mark::kDone;
      out.push_back(fills[i]);
    };
    for (std::size_t i = 0; i < fills.size(); ++i) visit(visit, i);
    return out;
  }

  void slots_read(const Expr& e, std::vector<int>& slots) const {
    if (e.op == Op::kRead) ir::add_slots(p_, e.variable, e.args, {}, slots);
    for (const ExprRef& a : e.args) slots_read(*a, slots);
  }

  const Program& p_;
  std::vector<Fill> all_;
  Saturable out_;
};

}  // namespace

Saturable find_saturable(const Program& p) { return Finder(p).run(); }

}  // namespace stalemate::reduce
