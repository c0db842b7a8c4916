// States in the order they were found, kept as their names.
//
// It holds the frontier of the search, the states of each level for the shortest counterexample,
// and what a checkpoint is written from.  A state is what names.h says of its name at the time it
// was appended, also when names have become others since.  Tested by
// tests/unit/engine/state_log_test.cc.
#ifndef STALEMATE_ENGINE_STATE_LOG_H_
#define STALEMATE_ENGINE_STATE_LOG_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "engine/log.h"
#include "engine/names.h"

namespace stalemate::engine {

class StateLog {
 public:
  explicit StateLog(const Names& names) : names_(&names), short_(1), long_(2) {}

  int words() const { return names_->words(); }  // of a state
  std::uint64_t size() const { return short_.size() + long_.size(); }
  // Names as they are now.  Throws std::bad_alloc; then nothing has been appended.
  void append(const Name* names, std::size_t count);
  // The names now, and the states, of first .. first + count - 1.  Threads may read at the same
  // time as long as nobody does anything else.  Throw LogError.
  void read_names(std::uint64_t first, std::uint64_t count, Name* out) const;
  void read(std::uint64_t first, std::uint64_t count, Word* out) const;
  // Both: for those who need the states anyway.
  void read(std::uint64_t first, std::uint64_t count, Name* names, Word* out) const;

  // See Log.
  std::uint64_t bytes_in_memory() const {
    return short_.bytes_in_memory() + long_.bytes_in_memory();
  }
  std::uint64_t bytes_on_disk() const { return short_.bytes_on_disk() + long_.bytes_on_disk(); }
  void spill(const std::string& folder) {
    short_.spill(folder);
    long_.spill(folder);
  }

 private:
  // Calls visit(generation, names, count) for parts of one generation each, in order.
  template <typename Visit>
  void for_each_part(std::uint64_t first, std::uint64_t count, Visit&& visit) const;

  const Names* names_;
  Log short_, long_;  // one word for each name as long as that is enough for all, then two
  std::vector<std::uint64_t> ends_;  // per generation of names that is over: its states end here
};

}  // namespace stalemate::engine

#endif  // STALEMATE_ENGINE_STATE_LOG_H_
