// What the complete executions of a program cost: plain data.
//
// An execution is complete when it ends in a state where every thread is at its end or rests, no
// handler is active, and nothing is enabled but what the machine may do and need not do.
#ifndef STALEMATE_VERDICT_COSTS_H_
#define STALEMATE_VERDICT_COSTS_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/source.h"
#include "verdict/verdict.h"

namespace stalemate {

// How often something happens in a complete execution.
struct Figure {
  std::uint64_t least = 0;
  std::optional<std::uint64_t> most;  // none: there is no bound

  bool operator==(const Figure&) const = default;
};

struct Costs {
  std::vector<Figure> figures;  // per counter of the program; none when no execution is complete
  bool completes = false;       // some execution is complete
  bool may_hang = false;        // from some state no complete execution leads on
  Counts counts;
  std::string stopped;      // not empty: which budget or signal ended it; nothing is known
  std::string model_error;  // not empty: the model did something meaningless; nothing is known
  Span model_error_span;
};

}  // namespace stalemate

#endif  // STALEMATE_VERDICT_COSTS_H_
