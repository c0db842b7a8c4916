// What has to happen in the end, for weakly fair runs (docs/verdicts.md, "What fair runs owe").
// Tested by tests/unit/judge/leads_to_test.cc.
#ifndef STALEMATE_ENGINE_FAIRNESS_H_
#define STALEMATE_ENGINE_FAIRNESS_H_

#include <cstdint>
#include <string>
#include <vector>

#include "ir/ir.h"

namespace stalemate::engine {

// A duty is a process, or one thing that the machine does at some time.
struct Duties {
  // Throws std::bad_alloc where there are more than fit into 16 bits.
  explicit Duties(const ir::Program& p);

  static constexpr std::uint16_t kNobody = 0xffff;

  std::size_t count;
  std::vector<std::uint16_t> of;   // per step: whose it is; kNobody for a speculative one
  std::vector<std::uint8_t> owed;  // per step: where it is possible, its duty is open
};

// Why reductions that leave out steps or names are not for a search that judges these properties;
// empty: they are.
std::string needs_all_steps(const ir::Program& p, const std::vector<int>& properties);

}  // namespace stalemate::engine

#endif  // STALEMATE_ENGINE_FAIRNESS_H_
