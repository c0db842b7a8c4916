#include "engine/split.h"

#include <algorithm>
#include <limits>
#include <utility>

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
      const int code = known.value - lo(slot);
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

bool Splitter::holds(const Expr& e) {
  switch (e.op) {
    case Op::kNot:
      return !holds(*e.args[0]);
    case Op::kAnd:
      for (const ExprRef& a : e.args) {
        if (!holds(*a)) return false;
      }
      return true;
    case Op::kOr:
      for (const ExprRef& a : e.args) {
        if (holds(*a)) return true;
      }
      return false;
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
      if (a.slot < 0) return a.value != 0;
      return split_where(a.slot, [](int v) { return v != 0; });
    }
  }
}

namespace {

bool compare_values(Op op, int a, int b) {
  switch (op) {
    case Op::kEq:
      return a == b;
    case Op::kNe:
      return a != b;
    case Op::kLt:
      return a < b;
    default:
      return a <= b;
  }
}

}  // namespace

bool Splitter::compare(Op op, Operand a, Operand b) {
  // Evaluating b may have settled what a is.
  if (a.slot >= 0 && a.slot == b.slot) return compare_values(op, 0, 0);
  if (a.slot >= 0 && b.slot >= 0) b = {-1, settle(b.slot)};
  if (a.slot >= 0) {
    return split_where(a.slot, [&](int v) { return compare_values(op, v, b.value); });
  }
  if (b.slot >= 0) {
    return split_where(b.slot, [&](int v) { return compare_values(op, a.value, v); });
  }
  return compare_values(op, a.value, b.value);
}

Splitter::Operand Splitter::operand(const Expr& e) {
  if (e.op == Op::kIte) return operand(holds(*e.args[0]) ? *e.args[1] : *e.args[2]);
  if (e.op != Op::kRead) return {-1, value(e)};
  const int at = slot(e.variable, e.args);
  const Known& known = known_[static_cast<std::size_t>(at)];
  if (known.written == evaluation_) return {-1, known.value};
  if (layout_.fields[static_cast<std::size_t>(at)].bits == 0) return {-1, lo(at)};
  return {at, 0};
}

int Splitter::value(const Expr& e) {
  switch (e.op) {
    case Op::kConst:
      return e.value;
    case Op::kChoice:
      return (*choices_)[static_cast<std::size_t>(e.value)];
    case Op::kRead:
    case Op::kIte: {
      const Operand a = operand(e);
      return a.slot < 0 ? a.value : settle(a.slot);
    }
    case Op::kAdd:
    case Op::kSub:
    case Op::kMul:
    case Op::kDiv:
    case Op::kMod: {
      const int a = value(*e.args[0]);
      return arithmetic(e.op, a, value(*e.args[1]));
    }
    default:
      return holds(e) ? 1 : 0;
  }
}

int Splitter::arithmetic(Op op, std::int64_t a, std::int64_t b) {
  std::int64_t result = 0;
  switch (op) {
    case Op::kAdd:
      result = a + b;
      break;
    case Op::kSub:
      result = a - b;
      break;
    case Op::kMul:
      result = a * b;
      break;
    default:
      if (b == 0) throw Fault();
      result = op == Op::kDiv ? a / b : a % b;
  }
  if (result < std::numeric_limits<int>::min() || result > std::numeric_limits<int>::max()) {
    throw Fault();
  }
  return static_cast<int>(result);
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
        const int assigned = value(*stmt.values[i]);
        const ir::Variable& v = p_.variables[static_cast<std::size_t>(place.variable)];
        if (!v.domain.contains(assigned)) throw Fault();
        pending_.emplace_back(to, assigned);
      }
      for (const auto& [to, assigned] : pending_) write(to, assigned);
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

void Splitter::write(int slot, int value) {
  if (layout_.fields[static_cast<std::size_t>(slot)].bits == 0) return;  // it is that already
  Known& known = known_[static_cast<std::size_t>(slot)];
  if (known.written != evaluation_) {
    known.written = evaluation_;
    writes_.push_back(slot);
  }
  known.value = value;
}

bool Splitter::step(const ir::Step& step, const Choices& choices, int work, std::size_t boxes,
                    std::vector<Box>& out) {
  choices_ = &choices;
  return all(work, boxes, out, [&] {
    if (!holds(*step.guard)) return false;
    run(step.body);
    return true;
  });
}

bool Splitter::condition(const Expr& e, bool wanted, const Choices& choices, int work,
                         std::size_t boxes, std::vector<Box>& out) {
  choices_ = &choices;
  return all(work, boxes, out, [&] { return holds(e) == wanted; });
}

}  // namespace stalemate::engine
