// The length of a run, as shortest counterexamples compare it.
#ifndef STALEMATE_INTERP_COST_H_
#define STALEMATE_INTERP_COST_H_

#include <compare>
#include <cstdint>

#include "ir/ir.h"

namespace stalemate::interp {

// Fewer program steps first, then fewer environment steps.
struct Cost {
  std::uint32_t program = 0;
  std::uint32_t environment = 0;

  auto operator<=>(const Cost&) const = default;
  std::uint32_t steps() const { return program + environment; }
};

inline Cost operator+(const Cost& cost, ir::StepKind kind) {
  return ir::is_program(kind) ? Cost{cost.program + 1, cost.environment}
                              : Cost{cost.program, cost.environment + 1};
}

}  // namespace stalemate::interp

#endif  // STALEMATE_INTERP_COST_H_
