// Places of the visited set as numbers, and those of the states of the log.
// Tested by tests/unit/judge/judge_test.cc.
#ifndef STALEMATE_ENGINE_PLACES_H_
#define STALEMATE_ENGINE_PLACES_H_

#include <cstdint>
#include <vector>

#include "engine/space.h"

namespace stalemate::engine {

class Places {
 public:
  // Of a search that is over.
  explicit Places(Space& space);

  std::uint64_t count() const { return base_.back(); }
  // Of a state that is in the set.
  std::uint64_t of(Table::Mixed m) const {
    const std::int64_t place = space_.table->find(m);
    return base_[static_cast<std::size_t>(space_.table->part(m))] +
           static_cast<std::uint64_t>(place);
  }

  // Finds those of all states of the log.  Throws std::bad_alloc where places are no 32-bit
  // numbers.
  void find();
  static std::uint64_t bytes_needed(const Space& space) {
    return space.log.size() * sizeof(std::uint32_t);
  }
  // After find(): of the state with this number in the log.
  std::uint32_t operator[](std::uint64_t state) const { return place_[state]; }
  std::uint64_t states() const { return place_.size(); }

 private:
  Space& space_;
  std::vector<std::uint64_t> base_;   // per part: its first place
  std::vector<std::uint32_t> place_;  // per state of the log
};

}  // namespace stalemate::engine

#endif  // STALEMATE_ENGINE_PLACES_H_
