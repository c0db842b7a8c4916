// Verdicts, traces and counts: plain data that every layer above hands around.
#ifndef STALEMATE_VERDICT_VERDICT_H_
#define STALEMATE_VERDICT_VERDICT_H_

#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <vector>

#include "ir/ir.h"

namespace stalemate {

enum class Outcome : std::uint8_t { kSafe, kViolated, kError, kInconclusive, kVacuous };

// "safe", "violated", "error", "inconclusive", "vacuous".
const char* outcome_name(Outcome o);
// 0, 1, 2, 3, 4.
int exit_code(Outcome o);

using State = std::vector<ir::Value>;

// One fired step: what fired and the choice made.  The states are recomputed by replay.
struct Event {
  int step = -1;
  std::vector<ir::Value> choices;
  bool operator==(const Event&) const = default;
};

// A run from the initial state.  The violation happens in the last event, or, for an invariant
// or a stuck process, in the state after it.  Where something never comes, the run goes on for
// ever: events from `loop` on lead back to the state before them, again and again.
struct Trace {
  std::vector<Event> events;
  std::vector<State> states;  // states[i] before events[i]; one more than events
  int program_steps = 0;
  int environment_steps = 0;
  int loop = -1;  // kLeadsTo: in `events`; as many as there are: the run ends; -1: no such run
};

// How a run goes on for ever: by these events, and those from `loop` on again and again.
struct Lasso {
  std::vector<Event> events;
  std::size_t loop = 0;
};

// One process cannot go on, and another one could change that.
struct Wait {
  int waiter = -1;  // process
  int on = -1;      // process
  int step = -1;    // of the waiter, whose guard fails
  std::vector<ir::Value> choices;  // for which it fails
  std::vector<int> slots;          // what the guard finds wrong and `on` can change
  bool operator==(const Wait&) const = default;
};

// Who waits for whom in one state.
struct WaitGraph {
  std::vector<Wait> waits;   // one for each waiter, process waited for, and label of the step
  std::vector<int> cycle;    // in `waits`: each waits for the waiter of the next, the last one for
                             // that of the first; empty: there is no cycle
};

// How one property came out.
struct PropertyResult {
  int property = -1;  // in Program::properties
  Outcome outcome = Outcome::kInconclusive;
  std::string message;  // violated: what went wrong, with values; vacuous: what never happened
  Trace trace;          // violated only
  std::vector<int> stuck;  // violated kNoStuck: the processes that are stuck
  WaitGraph wait_graph;    // violated kNoStuck: of the last state of the trace
};

// What was done to a Program before it was explored, or why not: one for each object that it might
// have been done to.
struct Reduction {
  std::string name;    // "saturated copies"
  std::string object;  // "tlb"
  bool applied = false;
  std::string why;  // not applied: the reason; applied: how, where there is something to say
  bool operator==(const Reduction&) const = default;
};

struct Counts {
  std::uint64_t states = 0;
  std::uint64_t transitions = 0;  // steps fired, self-loops included
  int depth = 0;                  // longest of the shortest paths, all steps counted
  double seconds = 0;
  std::uint64_t peak_rss_bytes = 0;
};

struct Result {
  std::vector<PropertyResult> properties;  // in the order asked for
  Counts counts;
  bool complete = false;         // every reachable state was explored
  std::string stopped;           // not complete: which budget or signal ended it, and how to go on
  std::string model_error;       // not empty: the model did something meaningless; outcome error
  Span model_error_span;
  Trace model_error_trace;
  std::vector<bool> fired;         // per step: it fired at least once; a fill that a reduction took
                                   // away counts as fired
  std::vector<bool> goals;         // per goal: it was reached
  std::vector<Reduction> reductions;  // of the Program that was explored; counts are of that one
};

// Two parts of Stalemate that must agree do not: a mistake of Stalemate.
struct Disagreement : std::runtime_error {
  using std::runtime_error::runtime_error;
};

}  // namespace stalemate

#endif  // STALEMATE_VERDICT_VERDICT_H_
