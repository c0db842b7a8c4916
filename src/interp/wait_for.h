// Who waits for whom: why processes that are stuck do not get on.
//
// For each step that a process would take next, the parts of the guard that are false are found,
// and for each of them the slots it reads and who could change them:
//
// - a slot that names a CPU (the owner of a lock) is up to the processes of that CPU that write it,
//   and if there is no other, to the one that waits itself: it took a lock twice;
// - any other one is up to the processes at work (threads, and handlers that are active) with a step
//   that would make this part true now; if there is none (a count that others have to lower, too), to
//   all at work that write it; if there is none of these either, to handlers, in the same order.
//
// The machine's own steps are no one to wait for: what is stuck stays stuck whatever they do.  An
// interrupt handler that is not active waits to be taken.
//
// The graph explains; that a process is stuck for good was found before, without it (stuck.h).  A
// cycle is one only among processes that hang.
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
  // they wait for, directly or not; with the shortest cycle that has waits with all of the
  // `labels`, if there is one.  With no labels any cycle will do.
  WaitGraph graph(const State& s, const std::vector<int>& stuck, const std::vector<int>& hanging,
                  const std::vector<std::string>& labels) const;

 private:
  struct Part;  // of a guard, false

  bool is_active(int process, const State& s) const;
  std::vector<Wait> waits_of(int process, const State& s) const;
  void add_waits(int process, int step, const Choices& choices, const State& s,
                 std::vector<Wait>& waits) const;
  void false_parts(const ir::ExprRef& e, bool wanted, const State& s, const Choices& choices,
                   std::vector<Part>& parts) const;
  std::vector<int> who_can_mend(int process, const Part& part, int slot, const State& s,
                                const Choices& choices) const;
  bool mends(const ir::Step& step, const Part& part, const State& s, const Choices& choices) const;

  const ir::Program& p_;
  std::vector<std::vector<int>> steps_of_;    // per process
  std::vector<std::vector<int>> writers_of_;  // per slot: steps of processes
};

}  // namespace stalemate::interp

#endif  // STALEMATE_INTERP_WAIT_FOR_H_
