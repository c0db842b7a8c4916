// The operators of the IR on known values, as interp/eval.cc has them.
// Tested by tests/unit/engine/cube_test.cc.
#ifndef STALEMATE_ENGINE_OPERATORS_H_
#define STALEMATE_ENGINE_OPERATORS_H_

#include <cstdint>
#include <limits>
#include <optional>

#include "ir/ir.h"

namespace stalemate::engine {

// kEq, kNe, kLt, kLe.
inline bool compare_values(ir::Op op, int a, int b) {
  switch (op) {
    case ir::Op::kEq:
      return a == b;
    case ir::Op::kNe:
      return a != b;
    case ir::Op::kLt:
      return a < b;
    default:
      return a <= b;
  }
}

// kAdd, kSub, kMul, kDiv, kMod; nothing for a model error.  The operands have 32 bits, so that 64
// are exact.
inline std::optional<int> arithmetic(ir::Op op, std::int64_t a, std::int64_t b) {
  std::int64_t result = 0;
  switch (op) {
    case ir::Op::kAdd:
      result = a + b;
      break;
    case ir::Op::kSub:
      result = a - b;
      break;
    case ir::Op::kMul:
      result = a * b;
      break;
    default:
      if (b == 0) return std::nullopt;
      result = op == ir::Op::kDiv ? a / b : a % b;
  }
  if (result < std::numeric_limits<int>::min() || result > std::numeric_limits<int>::max()) {
    return std::nullopt;
  }
  return static_cast<int>(result);
}

}  // namespace stalemate::engine

#endif  // STALEMATE_ENGINE_OPERATORS_H_
