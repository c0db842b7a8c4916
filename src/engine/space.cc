#include "engine/space.h"

#include <algorithm>

namespace stalemate::engine {

Space::Space(const ir::Program& p, int threads)
    : program(p),
      layout(p),
      executor(p, layout),
      names(layout),
      successors(executor, names),
      table(std::make_unique<Table>(names.bits())),
      log(layout.words),
      pool(threads) {}

const Level* Space::level_at(const Distance& d) const {
  const auto at =
      std::lower_bound(levels.begin(), levels.end(), d,
                       [](const Level& l, const Distance& x) { return l.distance < x; });
  return at != levels.end() && at->distance == d && at->count != 0 ? &*at : nullptr;
}

std::uint64_t Space::bytes() const {
  return names.bytes() + table->bytes() + log.bytes_in_memory();
}

}  // namespace stalemate::engine
