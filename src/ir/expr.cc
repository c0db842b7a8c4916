// Expression constructors.
//
// Folding must never hide a model error: a read with a computed index and a division may fail, so
// an operand that may fail is dropped only when evaluation would not have reached it.  A constant
// index counts as safe: when it is out of range the program is malformed, which validate() says.
// Folding is idempotent: rebuilding a folded expression gives the same expression.
// Tested by tests/unit/ir/expr_test.cc.
#include <limits>
#include <optional>
#include <utility>

#include "ir/ir.h"

namespace stalemate::ir {

namespace {

ExprRef node(Op op, std::vector<ExprRef> args) {
  auto e = std::make_shared<Expr>();
  e->op = op;
  e->args = std::move(args);
  return e;
}

bool may_fail(const ExprRef& e) {
  if (e->op == Op::kRead) {
    for (const ExprRef& index : e->args) {
      if (!is_const(index)) return true;
    }
    return false;
  }
  const bool divides = e->op == Op::kDiv || e->op == Op::kMod;
  if (divides && (!is_const(e->args[1]) || is_const(e->args[1], 0))) return true;
  for (const ExprRef& a : e->args) {
    if (may_fail(a)) return true;
  }
  return false;
}

// kAnd with decisive = 0, kOr with decisive = 1.
ExprRef junction(Op op, int decisive, std::vector<ExprRef> terms) {
  std::vector<ExprRef> kept;
  bool decided = false;
  const auto add = [&](const ExprRef& t) {
    if (decided) return;
    if (!is_const(t)) {
      kept.push_back(t);
    } else if ((t->value != 0) == (decisive != 0)) {
      decided = true;
    }
  };
  for (const ExprRef& t : terms) {
    if (t->op == op) {
      for (const ExprRef& inner : t->args) add(inner);
    } else {
      add(t);
    }
  }
  if (decided) {
    // A term before the deciding constant matters only if it can fail, or guards one that can.
    while (!kept.empty() && !may_fail(kept.back())) kept.pop_back();
    kept.push_back(constant(decisive));
  }
  if (kept.empty()) return constant(1 - decisive);
  if (kept.size() == 1) return kept[0];
  return node(op, std::move(kept));
}

// Nothing when the result is an error or does not fit.
std::optional<int> compute(Op op, long a, long b) {
  long r = 0;
  switch (op) {
    case Op::kEq: r = a == b; break;
    case Op::kNe: r = a != b; break;
    case Op::kLt: r = a < b; break;
    case Op::kLe: r = a <= b; break;
    case Op::kAdd: r = a + b; break;
    case Op::kSub: r = a - b; break;
    case Op::kMul: r = a * b; break;
    case Op::kDiv:
    case Op::kMod:
      if (b == 0) return std::nullopt;
      r = op == Op::kDiv ? a / b : a % b;
      break;
    default: return std::nullopt;
  }
  if (r < std::numeric_limits<int>::min() || r > std::numeric_limits<int>::max()) {
    return std::nullopt;
  }
  return static_cast<int>(r);
}

}  // namespace

ExprRef constant(int value) {
  auto e = std::make_shared<Expr>();
  e->value = value;
  return e;
}

ExprRef read(int variable, std::vector<ExprRef> index, Order order) {
  auto e = std::make_shared<Expr>();
  e->op = Op::kRead;
  e->variable = variable;
  e->order = order;
  e->args = std::move(index);
  return e;
}

ExprRef choice(int position) {
  auto e = std::make_shared<Expr>();
  e->op = Op::kChoice;
  e->value = position;
  return e;
}

ExprRef negate(ExprRef a) {
  switch (a->op) {
    case Op::kConst: return constant(a->value == 0 ? 1 : 0);
    case Op::kNot: return a->args[0];
    case Op::kEq: return node(Op::kNe, a->args);
    case Op::kNe: return node(Op::kEq, a->args);
    default: return node(Op::kNot, {std::move(a)});
  }
}

ExprRef all_of(std::vector<ExprRef> terms) { return junction(Op::kAnd, 0, std::move(terms)); }

ExprRef any_of(std::vector<ExprRef> terms) { return junction(Op::kOr, 1, std::move(terms)); }

ExprRef ite(ExprRef condition, ExprRef then, ExprRef otherwise) {
  if (is_const(condition)) return condition->value != 0 ? then : otherwise;
  if (equal(then, otherwise) && !may_fail(condition)) return then;
  return node(Op::kIte, {std::move(condition), std::move(then), std::move(otherwise)});
}

ExprRef binary(Op op, ExprRef a, ExprRef b) {
  if (is_const(a) && is_const(b)) {
    if (const auto r = compute(op, a->value, b->value)) return constant(*r);
  } else if ((op == Op::kEq || op == Op::kNe || op == Op::kLt || op == Op::kLe) && equal(a, b) &&
             !may_fail(a)) {
    return constant(op == Op::kEq || op == Op::kLe ? 1 : 0);
  }
  return node(op, {std::move(a), std::move(b)});
}

bool is_const(const ExprRef& e) { return e->op == Op::kConst; }

bool is_const(const ExprRef& e, int value) { return is_const(e) && e->value == value; }

bool equal(const ExprRef& a, const ExprRef& b) {
  if (a == b) return true;
  if (a->op != b->op || a->value != b->value || a->variable != b->variable ||
      a->order != b->order || a->args.size() != b->args.size()) {
    return false;
  }
  for (std::size_t i = 0; i < a->args.size(); ++i) {
    if (!equal(a->args[i], b->args[i])) return false;
  }
  return true;
}

}  // namespace stalemate::ir
