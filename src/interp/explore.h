// The reference explorer: every reachable state, breadth first, nothing clever.
//
// It is the oracle for everything faster, so it must stay obviously right.  It visits states in
// order of (program steps, environment steps) from the initial state, keeps each state whole, and
// judges each property on the full graph, independently of the other properties.
//
// The shortest counterexample of a property is the run with the fewest program steps, then the
// fewest environment steps, then the least sequence of (step number, choice values).  For kNoStuck,
// if there are such runs, only those count after which all that are stuck hang, and all they wait
// for: a process that is doomed may go on for a while, and where it stops says more.
//
// For kLeadsTo it is the shortest run to a state from which on what should come need never come,
// and from there the way that lasso.h says.
//
// Stuck for good: a process that can reach neither a location that is final or one to rest at, nor
// a step at the head of its endless loop.  What the machine may do, but need not do, never counts
// as progress.  stuck.h has the details.
#ifndef STALEMATE_INTERP_EXPLORE_H_
#define STALEMATE_INTERP_EXPLORE_H_

#include <atomic>
#include <cstdint>
#include <functional>
#include <vector>

#include "interp/line_counts.h"
#include "ir/ir.h"
#include "verdict/verdict.h"

namespace stalemate::interp {

struct Progress {
  std::uint64_t states = 0;
  std::uint64_t transitions = 0;
  std::uint64_t queue = 0;
  int program_steps = 0;  // of the states being expanded
  double seconds = 0;
  std::uint64_t bytes = 0;
};

struct Options {
  std::vector<int> properties;      // which to judge; in Program::properties
  std::uint64_t max_states = 0;     // 0: no limit
  double time_limit = 0;            // seconds, 0: no limit
  std::uint64_t mem_limit = 0;      // bytes of the stored graph, 0: no limit
  bool stop_when_violated = false;  // stop once every property asked for is violated and its
                                    // shortest counterexample is known
  LineCounts* lines = nullptr;                     // counts what the transitions execute
  const std::atomic<bool>* interrupted = nullptr;  // set by a signal handler
  std::function<void(const Progress&)> progress;   // called about ten times a second
  // Called with each state of a complete search, in any order, if nothing is violated and, where a
  // property is about a cycle, nobody is stuck.  May throw std::bad_alloc: then the search was not
  // complete.
  std::function<void(const State&)> each_state;
};

Result explore(const ir::Program& program, const Options& options);

}  // namespace stalemate::interp

#endif  // STALEMATE_INTERP_EXPLORE_H_
