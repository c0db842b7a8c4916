// Expressions and statements: docs/ir.md, line by line.
#include "verify/verify.h"

namespace stalemate::verify {

namespace {

int within(const Domain& d, int value, const char* what, const Variable& v) {
  if (d.contains(value)) return value;
  throw ModelError(what + std::to_string(value) + " of " + v.name + " is outside its domain");
}

// The operands have 32 bits, so that no result overflows 64.
int arithmetic(Op op, std::int64_t a, std::int64_t b) {
  if (op == kEq) return a == b;
  if (op == kNe) return a != b;
  if (op == kLt) return a < b;
  if (op == kLe) return a <= b;
  if (b == 0 && (op == kDiv || op == kMod)) throw ModelError("division by zero");
  const std::int64_t result = op == kAdd   ? a + b
                              : op == kSub ? a - b
                              : op == kMul ? a * b
                              : op == kDiv ? a / b
                                           : a % b;
  if (result < INT32_MIN || result > INT32_MAX) throw ModelError("arithmetic overflow");
  return static_cast<int>(result);
}

}  // namespace

int evaluate(const Model& m, const Node& n, Values& state, const Values& choices,
             Effects& effects) {
  const auto part = [&](std::size_t i) { return evaluate(m, n.items[i], state, choices, effects); };
  const std::size_t size = n.items.size();
  const auto slot = [&](const Node& place) {
    const Variable& v = m.variables[place.value];
    int element = 0;
    for (std::size_t i = 0; i < v.dimensions.size(); ++i) {
      const Domain& d = v.dimensions[i];
      const int index = evaluate(m, place.items[i + 1], state, choices, effects);
      element = element * d.size() + within(d, index, "index ", v) - d.lo;
    }
    return v.first + element;
  };
  if (n.op == kConstant) return n.value;
  if (n.op == kRead) return state[slot(n)];
  if (n.op == kChoice) return choices[n.value];
  if (n.op == kNot) return part(1) == 0;
  if (n.op == kIte) return part(1) != 0 ? part(2) : part(3);
  if (n.op == kAnd || n.op == kOr) {
    // From left to right, up to the first decision.
    for (std::size_t i = 1; i < size; ++i) {
      if ((part(i) != 0) == (n.op == kOr)) return n.op == kOr;
    }
    return n.op == kAnd;
  }
  if (n.op < kSet) return arithmetic(n.op, part(1), part(2));
  if (n.op == kSet) {
    // All is evaluated before anything is written.
    std::vector<std::pair<int, int>> writes;
    for (std::size_t i = 1; i < size; i += 2) {
      const Variable& v = m.variables[n.items[i].value];
      const int to = slot(n.items[i]);
      writes.emplace_back(to, within(v.domain, part(i + 1), "value ", v));
    }
    for (const auto& [to, value] : writes) state[to] = static_cast<std::int16_t>(value);
  }
  if (n.op == kIf) {
    const std::string_view branch = part(1) != 0 ? "then" : "else";
    for (std::size_t i = 2; i < size; ++i) {
      if (n.items[i].head() == branch) part(i);
    }
  }
  for (std::size_t i = 1; n.op == kBlock && i < size; ++i) part(i);
  if (n.op == kAssert && part(2) == 0) effects.push_back(&n);
  if (n.op == kCover && (size == 2 || part(2) != 0)) effects.push_back(&n);
  if (n.op == kCount && size > 2) part(2);
  if (n.op == kFail) throw ModelError("the model says that this must not happen");
  return 0;  // a fence does nothing: the order of memory is sc
}

}  // namespace stalemate::verify
