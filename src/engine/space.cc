#include "engine/space.h"

#include <xxhash.h>

#include <algorithm>
#include <utility>

namespace stalemate::engine {

namespace {

std::unique_ptr<Symmetry> symmetry_of(const ir::Program& p, const Layout& layout,
                                      const Executor& executor, const Space::Reduction& reduction,
                                      std::unique_ptr<Orbits>& orbits) {
  if (!reduction.symmetry) return nullptr;
  const Addresses addresses(p);
  auto symmetry = std::make_unique<Symmetry>(p, layout, executor, addresses, reduction.properties);
  if (!symmetry->classes.empty()) {
    orbits = std::make_unique<Orbits>(p, layout, addresses, symmetry->classes);
  }
  return symmetry;
}

std::unique_ptr<Stubborn> stubborn_of(const ir::Program& p, const Layout& layout,
                                      const Executor& executor, const Space::Reduction& reduction,
                                      const Symmetry* symmetry) {
  if (!reduction.reduce) return nullptr;
  const std::vector<int> alike = symmetry != nullptr ? symmetry->step_class : std::vector<int>();
  return std::make_unique<Stubborn>(p, layout, executor, reduction.conditions, reduction.stuck,
                                    alike);
}

}  // namespace

Space::Space(const ir::Program& p, int threads, const Reduction& reduction, bool by_hash,
             const NameLimits& limits)
    : program(p),
      layout(p),
      executor(p, layout),
      names(layout, limits),
      successors(executor, names),
      symmetry(symmetry_of(p, layout, executor, reduction, orbits)),
      stubborn(stubborn_of(p, layout, executor, reduction, symmetry.get())),
      reduced(executor, successors, stubborn.get(), reduction.check),
      lossy(by_hash),
      table(std::make_unique<Table>(lossy ? 64 : names.bits())),
      log(names),
      pool(threads) {}

// A name keeps its hash when it gets more bits, which are zeros.
std::uint64_t Space::hash(Name name) {
  const std::uint64_t halves[2] = {static_cast<std::uint64_t>(name),
                                   static_cast<std::uint64_t>(name >> 64)};
  return XXH3_64bits(halves, sizeof halves);
}

const Level* Space::level_at(const Distance& d) const {
  const auto at =
      std::lower_bound(levels.begin(), levels.end(), d,
                       [](const Level& l, const Distance& x) { return l.distance < x; });
  return at != levels.end() && at->distance == d && at->count != 0 ? &*at : nullptr;
}

std::string Space::mark() const {
  std::string out;
  if (orbits == nullptr) return out;
  for (const Symmetry::Class& c : symmetry->classes) {
    out += kSymmetryMark;
    out += " " + program.sorts[static_cast<std::size_t>(c.sort)].name;
    for (const int m : c.members) out += " " + std::to_string(m);
  }
  return out;
}

std::uint64_t Space::bytes() const {
  return names.bytes() + table->bytes() + log.bytes_in_memory();
}

}  // namespace stalemate::engine
