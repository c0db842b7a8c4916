// The explored part of the state graph.
#ifndef STALEMATE_INTERP_GRAPH_H_
#define STALEMATE_INTERP_GRAPH_H_

#include <cstdint>
#include <vector>

#include "interp/cost.h"
#include "interp/eval.h"
#include "interp/state_store.h"
#include "ir/ir.h"

namespace stalemate::interp {

// States and what it costs to reach them.  Edges are not stored: firing gives them again.
struct Graph {
  explicit Graph(const ir::Program& p) : program(p), states(p.slots) {
    for (const ir::Step& step : p.steps) {
      choices.emplace_back();
      for_each_choice(step, [this](const Choices& c) { choices.back().push_back(c); });
    }
  }

  std::uint64_t bytes() const { return states.bytes() + costs.capacity() * sizeof(Cost); }

  const ir::Program& program;
  std::vector<std::vector<Choices>> choices;  // per step: all combinations, in order
  StateStore states;                          // state 0 is the initial one
  std::vector<Cost> costs;                    // per state: the least known
};

}  // namespace stalemate::interp

#endif  // STALEMATE_INTERP_GRAPH_H_
