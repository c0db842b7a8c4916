// Packed states in order: appended at the end, read anywhere, and on disk when memory gets short.
//
// It holds the frontier of the search, the states of each level for the shortest counterexample, and
// what a checkpoint needs.  Blocks that are full may be written to an unlinked temporary file, or to a
// named file of a checkpoint; reading them back goes through the page cache, which the machine can
// take away at any time.
// Tested by tests/unit/engine/log_test.cc.
#ifndef STALEMATE_ENGINE_LOG_H_
#define STALEMATE_ENGINE_LOG_H_

#include <cstdint>
#include <stdexcept>
#include <string>
#include <vector>

#include "engine/layout.h"

namespace stalemate::engine {

// A file that cannot be written or read: full disk, no permission, ...; what() says which and why.
struct LogError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

class Log {
 public:
  explicit Log(int words);  // of each state
  ~Log();
  Log(Log&&) noexcept;
  Log& operator=(Log&&) noexcept;

  std::uint64_t size() const;       // states
  void append(const Word* states, std::uint64_t count);
  // Copies states first .. first + count - 1 to `out`.  Threads may read at the same time as long as
  // nobody appends or spills.
  void read(std::uint64_t first, std::uint64_t count, Word* out) const;

  std::uint64_t bytes_in_memory() const;
  std::uint64_t bytes_on_disk() const;
  // Moves what is in memory to disk (all full blocks); `folder` is where the temporary file is made
  // the first time.  Throws LogError; then everything is still readable.
  void spill(const std::string& folder);
  void truncate(std::uint64_t size);  // forgets states from the end

 private:
  // (the helper who builds this decides)
};

}  // namespace stalemate::engine

#endif  // STALEMATE_ENGINE_LOG_H_
