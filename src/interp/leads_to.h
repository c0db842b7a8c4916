// Where something never comes: for properties of kind kLeadsTo.
//
// It is a question to the states without `to`: can a weakly fair run (fairness.h) stay among them
// for ever?  It can stay in a strong component if for each duty there is a state in it where that
// is not open, or a step in it that is one of the duty: the run goes through all of the component
// again and again.  A state alone without a step to itself is such a component, too: a run ends
// there if no duty is open. Tested by tests/unit/judge/leads_to_test.cc and
// tests/unit/interp/random_test.cc.
#ifndef STALEMATE_INTERP_LEADS_TO_H_
#define STALEMATE_INTERP_LEADS_TO_H_

#include <cstdint>
#include <functional>
#include <vector>

#include "interp/fairness.h"
#include "interp/graph.h"
#include "ir/ir.h"

namespace stalemate::interp {

// What is true of one LeadsTo in a complete graph.
struct NeverCame {
  bool ever = false;           // `from` holds somewhere
  bool waited = false;         // and does somewhere where `to` does not
  std::vector<bool> starts;    // per state: `from` holds, and from here `to` need never come
  std::vector<int> component;  // per state: the number of its component, if a fair run can stay in
                               // it, or -1
};

class LeadsToAnalysis {
 public:
  // Of a complete graph without model errors, which is kept by reference.
  explicit LeadsToAnalysis(const Graph& graph);

  // False when `give_up`, asked now and then, said so.
  bool find_moves(const std::function<bool()>& give_up);
  // After find_moves().
  NeverCame judge(const ir::LeadsTo& leads) const;

  std::uint64_t bytes() const;

 private:
  struct Move {
    StateId from, to;
    int duty;
  };

  std::vector<bool> fair_components(const std::vector<bool>& waits, std::vector<StateId>& component,
                                    std::vector<bool>& leads_on) const;

  const Graph& graph_;
  Fairness fairness_;
  std::vector<Move> moves_;
  std::vector<std::vector<bool>> open_;  // per state and duty
};

}  // namespace stalemate::interp

#endif  // STALEMATE_INTERP_LEADS_TO_H_
