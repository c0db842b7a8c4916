// Who waits for whom: why processes that are stuck do not get on.
//
// For each step that a process would take next, the first part of the guard that is false is found
// (all of them where one would do), and for each slot it reads the processes that it is up to:
// those with a step ahead of them that writes the slot.  If there are any, only those of them count
//
// - with a step that, taken once or again and again, would make the part true, or might, by the
//   values that its locals will have; then those
// - of the CPU that the slot names, as the owner of a lock, the process that waits among them if
//   nobody else there is at work: it took a lock twice; then those
// - at work: threads, and handlers that are active.
//
// The machine's own steps are no one to wait for: what is stuck stays stuck whatever they do.  An
// interrupt handler that is not active waits to be taken.
//
// That a process is stuck for good was found before, without this (stuck.h).  A cycle is one only
// among processes that hang, and somebody in it is stuck.
// Tested by tests/unit/interp/wait_for_test.cc.
#ifndef STALEMATE_INTERP_WAIT_FOR_H_
#define STALEMATE_INTERP_WAIT_FOR_H_

#include <string>
#include <vector>

#include "interp/eval.h"
#include "ir/ir.h"
#include "verdict/verdict.h"

namespace stalemate::interp {

class WaitFor {
 public:
  explicit WaitFor(const ir::Program& p);

  // The waits of those of the processes `stuck` that are `hanging`, and of those hanging ones that
  // they wait for, directly or not; with a short cycle that has waits with all of the `labels`, if
  // there is one.  With no labels any cycle will do.
  WaitGraph graph(const State& s, const std::vector<int>& stuck, const std::vector<int>& hanging,
                  const std::vector<std::string>& labels) const;

 private:
  struct Part;  // of a guard, false

  int location(int process, const State& s) const;
  bool is_active(int process, const State& s) const;
  std::vector<Wait> waits_of(int process, const State& s) const;
  void add_waits(int process, int step, const Choices& choices, const State& s,
                 std::vector<Wait>& waits) const;
  void false_parts(const ir::ExprRef& e, bool wanted, const State& s, const Choices& choices,
                   std::vector<Part>& parts) const;
  std::vector<int> who_can_mend(int process, const Part& part, int slot, const State& s,
                                const Choices& choices) const;
  bool mends(const ir::Step& step, const Part& part, int slot, const State& s,
             const Choices& choices) const;
  std::vector<bool> ahead(int process, const State& s) const;

  const ir::Program& p_;
  std::vector<std::vector<int>> steps_of_;           // per process
  std::vector<std::vector<int>> writers_of_;         // per slot: steps of processes
  std::vector<std::vector<std::vector<int>>> next_;  // per process and location: locations
};

}  // namespace stalemate::interp

#endif  // STALEMATE_INTERP_WAIT_FOR_H_
