// What a Splitter can say of an expression without splitting.
#include <optional>

#include "engine/operators.h"
#include "engine/split.h"

namespace stalemate::engine {

using ir::Expr;
using ir::ExprRef;
using ir::Op;

int Splitter::lowest(int slot) const {
  const Known& known = known_[static_cast<std::size_t>(slot)];
  if (known.tested != evaluation_) return lo(slot);
  return tests_[known.at].part.codes.lowest() + lo(slot);
}

int Splitter::highest(int slot) const {
  const Known& known = known_[static_cast<std::size_t>(slot)];
  if (known.tested != evaluation_) return layout_.possible[static_cast<std::size_t>(slot)].hi();
  return tests_[known.at].part.codes.highest() + lo(slot);
}

bool Splitter::may_be(int slot, int value) const {
  const Known& known = known_[static_cast<std::size_t>(slot)];
  if (!layout_.possible[static_cast<std::size_t>(slot)].contains(value)) return false;
  return known.tested != evaluation_ || tests_[known.at].part.codes.has(value - lo(slot));
}

Splitter::Operand Splitter::before_or_written(int slot) const {
  const Known& known = known_[static_cast<std::size_t>(slot)];
  return known.written == evaluation_ ? known.value : Operand{slot, 0};
}

Splitter::Guess Splitter::guess(Operand a) const {
  if (!a.known() && lowest(a.slot) == highest(a.slot)) a = {-1, lowest(a.slot)};
  return {a.known() ? Guess::Kind::kKnown : Guess::Kind::kSlot, a};
}

// -1: not known, or maybe a model error.
int Splitter::guess_slot(int variable, const std::vector<ExprRef>& index) const {
  const ir::Variable& v = p_.variables[static_cast<std::size_t>(variable)];
  int offset = 0;
  for (std::size_t i = 0; i < index.size(); ++i) {
    const Guess at = guess(*index[i]);
    if (at.kind != Guess::Kind::kKnown || !v.dims[i].contains(at.operand.value)) return -1;
    offset = offset * v.dims[i].size() + (at.operand.value - v.dims[i].lo);
  }
  return v.first + offset;
}

Splitter::Guess Splitter::guess(const Expr& e) const {
  constexpr Guess kOpen{Guess::Kind::kOpen}, kUnsafe{Guess::Kind::kUnsafe};
  switch (e.op) {
    case Op::kConst:
      return guess(Operand{-1, e.value});
    case Op::kChoice:
      return guess(Operand{-1, (*choices_)[static_cast<std::size_t>(e.value)]});
    case Op::kRead: {
      const int slot = guess_slot(e.variable, e.args);
      return slot < 0 ? kUnsafe : guess(before_or_written(slot));
    }
    case Op::kNot: {
      const Guess a = guess(*e.args[0]);
      if (a.kind == Guess::Kind::kKnown) return guess(Operand{-1, a.operand.value == 0 ? 1 : 0});
      return a.safe() ? kOpen : kUnsafe;
    }
    case Op::kAnd:
    case Op::kOr:
      return guess_junction(e);
    case Op::kIte: {
      const Guess condition = guess(*e.args[0]);
      if (condition.kind == Guess::Kind::kKnown) {
        return guess(condition.holds() ? *e.args[1] : *e.args[2]);
      }
      if (!condition.safe()) return kUnsafe;
      const Guess a = guess(*e.args[1]), b = guess(*e.args[2]);
      if (!a.safe() || !b.safe()) return kUnsafe;
      const bool same = a.kind == b.kind && a.kind != Guess::Kind::kOpen &&
                        a.operand.slot == b.operand.slot && a.operand.value == b.operand.value;
      return same ? a : kOpen;
    }
    default:
      break;
  }
  const Guess a = guess(*e.args[0]);
  if (!a.safe()) return kUnsafe;
  const Guess b = guess(*e.args[1]);
  if (!b.safe()) return kUnsafe;
  if (e.op == Op::kEq || e.op == Op::kNe || e.op == Op::kLt || e.op == Op::kLe) {
    return guess_compare(e.op, a, b);
  }
  if (a.kind != Guess::Kind::kKnown || b.kind != Guess::Kind::kKnown) return kUnsafe;
  const std::optional<int> result = arithmetic(e.op, a.operand.value, b.operand.value);
  return result ? guess(Operand{-1, *result}) : kUnsafe;
}

// A term that decides does so whatever comes before it, as long as that is no model error; and a
// single boolean among neutral ones is what it is.
Splitter::Guess Splitter::guess_junction(const Expr& e) const {
  const bool is_or = e.op == Op::kOr;
  Guess all = guess(Operand{-1, is_or ? 0 : 1});
  bool neutral = true;
  for (const ExprRef& term : e.args) {
    const Guess a = guess(*term);
    if (!a.safe()) return a;
    if (a.kind == Guess::Kind::kKnown) {
      if (a.holds() == is_or) return guess(Operand{-1, is_or ? 1 : 0});
      continue;
    }
    const bool boolean =
        a.kind == Guess::Kind::kSlot && lowest(a.operand.slot) >= 0 && highest(a.operand.slot) <= 1;
    all = neutral && boolean ? a : Guess{Guess::Kind::kOpen};
    neutral = false;
  }
  return all;
}

Splitter::Guess Splitter::guess_compare(Op op, const Guess& a, const Guess& b) const {
  const auto known = [&](bool value) { return guess(Operand{-1, value ? 1 : 0}); };
  const Guess open{Guess::Kind::kOpen};
  const bool equality = op == Op::kEq || op == Op::kNe;
  if (a.kind == Guess::Kind::kKnown && b.kind == Guess::Kind::kKnown) {
    return known(compare_values(op, a.operand.value, b.operand.value));
  }
  if (a.kind == Guess::Kind::kOpen || b.kind == Guess::Kind::kOpen) return open;
  if (a.kind == Guess::Kind::kSlot && b.kind == Guess::Kind::kSlot) {
    return a.operand.slot == b.operand.slot ? known(compare_values(op, 0, 0)) : open;
  }
  const bool turned = a.kind == Guess::Kind::kKnown;
  const int slot = turned ? b.operand.slot : a.operand.slot;
  const int value = turned ? a.operand.value : b.operand.value;
  if (equality) {
    if (!may_be(slot, value)) return known(op == Op::kNe);
    const bool boolean = lowest(slot) == 0 && highest(slot) == 1;
    return boolean && (op == Op::kEq) == (value == 1) ? guess(Operand{slot, 0}) : open;
  }
  const auto holds_for = [&](int v) {
    return turned ? compare_values(op, value, v) : compare_values(op, v, value);
  };
  const bool first = holds_for(lowest(slot));
  return first == holds_for(highest(slot)) ? known(first) : open;
}

}  // namespace stalemate::engine
