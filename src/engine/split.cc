#include "engine/split.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "engine/operators.h"

namespace stalemate::engine {

using ir::Expr;
using ir::ExprRef;
using ir::Op;
using ir::Stmt;

bool may_fail(const Expr& e) {
  switch (e.op) {
    case Op::kRead:
      for (const ExprRef& index : e.args) {
        if (!ir::is_const(index)) return true;
      }
      return false;
    case Op::kAdd:
    case Op::kSub:
    case Op::kMul:
    case Op::kDiv:
    case Op::kMod:
      return true;  // overflow or division by zero
    default:
      return std::any_of(e.args.begin(), e.args.end(),
                         [](const ExprRef& a) { return may_fail(*a); });
  }
}

int Outcomes::number(Outcome&& outcome) {
  const auto at = std::find(all_.begin(), all_.end(), outcome);
  if (at != all_.end()) return static_cast<int>(at - all_.begin());
  all_.push_back(std::move(outcome));
  return static_cast<int>(all_.size()) - 1;
}

Splitter::Splitter(const ir::Program& p, const Layout& layout, Outcomes& outcomes)
    : p_(p), layout_(layout), outcomes_(outcomes), known_(static_cast<std::size_t>(p.slots)) {}

// Each evaluation goes down one path of the tree of splits.  `evaluate` says whether its states are
// wanted.
template <typename Evaluate>
bool Splitter::all(int work, std::size_t boxes, std::vector<Box>& out, const Evaluate& evaluate) {
  out.clear();
  decisions_.clear();
  int done = 0;
  do {
    if (++done > work) return false;
    begin();
    try {
      if (evaluate()) emit(false, out);
    } catch (const Fault&) {
      emit(true, out);
    }
    if (out.size() > boxes) return false;
  } while (next());
  return true;
}

// Turns to the path after this one; false: it was the last.
bool Splitter::next() {
  while (!decisions_.empty() && decisions_.back() == 0) decisions_.pop_back();
  if (decisions_.empty()) return false;
  decisions_.back() = 0;
  return true;
}

void Splitter::begin() {
  if (++evaluation_ == 0) {  // wrapped: nothing old may look new
    std::fill(known_.begin(), known_.end(), Known());
    evaluation_ = 1;
  }
  decided_ = 0;
  tests_.clear();
  writes_.clear();
  outcome_ = {};
}

void Splitter::emit(bool error, std::vector<Box>& out) {
  Box box;
  for (const Test& test : tests_) {
    if (test.narrowed) box.when.push_back(test.part);
  }
  std::sort(box.when.begin(), box.when.end(),
            [](const Box::Part& a, const Box::Part& b) { return a.slot < b.slot; });
  if (error) {
    outcome_ = {};
    outcome_.error = true;
  } else {
    std::sort(writes_.begin(), writes_.end());
    for (const int slot : writes_) {
      const Known& known = known_[static_cast<std::size_t>(slot)];
      if (!known.value.known()) continue;  // it has what it had, see settle_writes()
      const int code = known.value.value - lo(slot);
      if (known.tested == evaluation_) {
        const Subset& codes = tests_[known.at].part.codes;
        if (codes.has(code) && codes.count() == 1) continue;  // it is there already
      }
      box.then.push_back({slot, code});
    }
    for (std::vector<int>* list : {&outcome_.violations, &outcome_.goals}) {
      std::sort(list->begin(), list->end());
      list->erase(std::unique(list->begin(), list->end()), list->end());
    }
  }
  box.outcome = outcomes_.number(std::move(outcome_));
  out.push_back(std::move(box));
}

Subset& Splitter::codes_of(int slot) {
  Known& known = known_[static_cast<std::size_t>(slot)];
  if (known.tested != evaluation_) {
    known.tested = evaluation_;
    known.at = static_cast<std::uint32_t>(tests_.size());
    tests_.push_back({{slot, Subset::possible(layout_, slot)}, false});
  }
  return tests_[known.at].part.codes;
}

// Is the slot among these codes?
bool Splitter::split(int slot, const Subset& codes) {
  Subset& now = codes_of(slot);
  Subset in = now;
  in &= codes;
  if (in.empty()) return false;
  if (in == now) return true;
  if (decided_ == decisions_.size()) decisions_.push_back(1);
  const bool first = decisions_[decided_++] != 0;
  tests_[known_[static_cast<std::size_t>(slot)].at].narrowed = true;
  if (first) {
    now = std::move(in);
  } else {
    now -= codes;
  }
  return first;
}

template <typename Holds>
bool Splitter::split_where(int slot, const Holds& holds) {
  const Subset& now = codes_of(slot);
  Subset codes = now;
  codes -= now;
  now.for_each([&](int code) {
    if (holds(code + lo(slot))) codes.insert(code);
  });
  return split(slot, codes);
}

// The value of a slot, one of them after the other.
int Splitter::settle(int slot) {
  for (;;) {
    const Subset& now = codes_of(slot);
    const int code = now.lowest();
    if (now.count() == 1) return code + lo(slot);
    Subset one = now;
    one -= now;
    one.insert(code);
    if (split(slot, one)) return code + lo(slot);
  }
}

// Where the guess leaves it open, evaluates as the reference does, splitting on the way.
bool Splitter::holds(const Expr& e) {
  switch (e.op) {
    case Op::kNot:
      return !holds(*e.args[0]);
    case Op::kAnd:
    case Op::kOr: {
      const Guess known = guess_junction(e);
      if (known.kind == Guess::Kind::kKnown) return known.holds();
      const bool decisive = e.op == Op::kOr;
      for (const ExprRef& a : e.args) {
        if (holds(*a) == decisive) return decisive;
      }
      return !decisive;
    }
    case Op::kIte:
      return holds(holds(*e.args[0]) ? *e.args[1] : *e.args[2]);
    case Op::kEq:
    case Op::kNe:
    case Op::kLt:
    case Op::kLe: {
      const Operand a = operand(*e.args[0]);
      return compare(e.op, a, operand(*e.args[1]));
    }
    default: {
      const Operand a = operand(e);
      if (a.known()) return a.value != 0;
      return split_where(a.slot, [](int v) { return v != 0; });
    }
  }
}

bool Splitter::compare(Op op, Operand a, Operand b) {
  // Evaluating one may have settled the other.
  const Guess known = guess_compare(op, guess(a), guess(b));
  if (known.kind == Guess::Kind::kKnown) return known.holds();
  if (!a.known() && !b.known()) b = {-1, settle(b.slot)};
  if (!a.known()) {
    return split_where(a.slot, [&](int v) { return compare_values(op, v, b.value); });
  }
  return split_where(b.slot, [&](int v) { return compare_values(op, a.value, v); });
}

Splitter::Operand Splitter::operand(const Expr& e) {
  switch (e.op) {
    case Op::kConst:
      return {-1, e.value};
    case Op::kChoice:
      return {-1, (*choices_)[static_cast<std::size_t>(e.value)]};
    case Op::kRead: {
      const int at = slot(e.variable, e.args);
      if (layout_.fields[static_cast<std::size_t>(at)].bits == 0) return {-1, lo(at)};
      return before_or_written(at);
    }
    case Op::kIte:
      return operand(holds(*e.args[0]) ? *e.args[1] : *e.args[2]);
    case Op::kAdd:
    case Op::kSub:
    case Op::kMul:
    case Op::kDiv:
    case Op::kMod: {
      const int a = value(*e.args[0]);
      const std::optional<int> result = arithmetic(e.op, a, value(*e.args[1]));
      if (!result) throw Fault();
      return {-1, *result};
    }
    default: {
      const Guess known = guess(e);
      if (known.kind == Guess::Kind::kKnown || known.kind == Guess::Kind::kSlot) {
        return known.operand;
      }
      return {-1, holds(e) ? 1 : 0};
    }
  }
}

int Splitter::value(const Expr& e) {
  const Operand a = operand(e);
  return a.known() ? a.value : settle(a.slot);
}

int Splitter::slot(int variable, const std::vector<ExprRef>& index) {
  const ir::Variable& v = p_.variables[static_cast<std::size_t>(variable)];
  int offset = 0;
  for (std::size_t i = 0; i < index.size(); ++i) {
    const int at = value(*index[i]);
    if (!v.dims[i].contains(at)) throw Fault();
    offset = offset * v.dims[i].size() + (at - v.dims[i].lo);
  }
  return v.first + offset;
}

void Splitter::run(const ir::Block& block) {
  for (const Stmt& stmt : block) run(stmt);
}

void Splitter::run(const Stmt& stmt) {
  switch (stmt.kind) {
    case Stmt::Kind::kAssign:
      pending_.clear();
      for (std::size_t i = 0; i < stmt.places.size(); ++i) {
        const ir::Place& place = stmt.places[i];
        const int to = slot(place.variable, place.index);
        pending_.emplace_back(to, assigned(place.variable, *stmt.values[i]));
      }
      for (const auto& [to, value] : pending_) write(to, value);
      return;
    case Stmt::Kind::kIf:
      run(holds(*stmt.condition) ? stmt.then_block : stmt.else_block);
      return;
    case Stmt::Kind::kAssert:
      if (holds(*stmt.condition)) return;
      outcome_.violations.push_back(stmt.property);
      for (const ir::Text::Piece& piece : stmt.text.pieces) {  // the message may be an error
        if (piece.value && may_fail(*piece.value)) value(*piece.value);
      }
      return;
    case Stmt::Kind::kCover:
      if (holds(*stmt.condition)) outcome_.goals.push_back(stmt.goal);
      return;
    case Stmt::Kind::kCount:
      if (may_fail(*stmt.condition)) holds(*stmt.condition);
      return;
    case Stmt::Kind::kFail:
      throw Fault();
    case Stmt::Kind::kFence:
      return;
  }
}

// What is assigned to a variable, which has to be in its domain.
Splitter::Operand Splitter::assigned(int variable, const Expr& e) {
  const ir::Domain& domain = p_.variables[static_cast<std::size_t>(variable)].domain;
  const Operand a = operand(e);
  const bool fits = a.known() ? domain.contains(a.value)
                              : split_where(a.slot, [&](int v) { return domain.contains(v); });
  if (!fits) throw Fault();
  return a;
}

void Splitter::write(int slot, Operand value) {
  if (layout_.fields[static_cast<std::size_t>(slot)].bits == 0) return;  // it is that already
  Known& known = known_[static_cast<std::size_t>(slot)];
  if (known.written != evaluation_) {
    known.written = evaluation_;
    writes_.push_back(slot);
  }
  known.value = value;
}

// The value of whatever got the value of another slot.
void Splitter::settle_writes() {
  for (const int slot : writes_) {
    Operand& value = known_[static_cast<std::size_t>(slot)].value;
    if (!value.known() && value.slot != slot) value = {-1, settle(value.slot)};
  }
}

bool Splitter::step(const ir::Step& step, const Choices& choices, int work, std::size_t boxes,
                    std::vector<Box>& out) {
  choices_ = &choices;
  return all(work, boxes, out, [&] {
    if (!holds(*step.guard)) return false;
    run(step.body);
    settle_writes();
    return true;
  });
}

bool Splitter::condition(const Expr& e, bool wanted, const Choices& choices, int work,
                         std::size_t boxes, std::vector<Box>& out) {
  choices_ = &choices;
  return all(work, boxes, out, [&] { return holds(e) == wanted; });
}

}  // namespace stalemate::engine
