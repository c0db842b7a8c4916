// Runs the cells of a night, several at once, and stores each as soon as it is done.
#ifndef STALEMATE_SWEEP_RUN_H_
#define STALEMATE_SWEEP_RUN_H_

#include <atomic>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "store/store.h"
#include "sweep/plan.h"

namespace stalemate::sweep {

struct Counts {
  int ok = 0;
  int mismatch = 0;
  int inconclusive = 0;
  int crashed = 0;
  int reused = 0;   // of these: taken over from a night before
  int kept = 0;     // of these: done before the sweep was stopped
  int missing = 0;  // not done: it was interrupted

  void add(const std::string& status, bool was_reused);
  int done() const { return ok + mismatch + inconclusive + crashed; }
};

struct Options {
  int jobs = 1;
  std::uint64_t mem_limit = 0;  // of a cell whose group says nothing
  std::string checker;          // checker_identity()
  std::function<std::string()> now;
  bool only_changed = false;
  const std::atomic<bool>* interrupted = nullptr;
  std::function<void(const store::Run&)> finished;   // each cell of this night, once
  std::function<void(const std::string&)> progress;  // twice a second
};

// The cells that `night` has already stay as they are, unless their model or the checker changed
// since.  Throws
// what the store throws; then no process of it is left.
Counts run(const std::vector<Cell>& cells, store::Store& store, std::int64_t night,
           const Options& options);

}  // namespace stalemate::sweep

#endif  // STALEMATE_SWEEP_RUN_H_
