// Where something never comes, on the whole graph: for properties of kind kLeadsTo.
//
// Of the graph of the states where `to` does not hold, a weakly fair run can stay in a strong
// component if it can meet each duty there: do a step of it, or come to a state where it is not
// open.  Whoever gets to such a component from a state where `from` holds need never see `to`.
// Tested by tests/unit/judge/leads_to_test.cc and tests/unit/judge/judge_test.cc.
#ifndef STALEMATE_ENGINE_LEADS_TO_H_
#define STALEMATE_ENGINE_LEADS_TO_H_

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <vector>

#include "engine/components.h"
#include "engine/space.h"
#include "engine/state_graph.h"

namespace stalemate::engine {

class LeadsTo {
 public:
  LeadsTo(Space& space, const StateGraph& graph, const ir::LeadsTo& leads);

  static std::uint64_t bytes_needed(std::uint64_t states) {
    return 4 * states + Components::bytes_needed(states);
  }
  // False when `give_up`, asked now and then, said so.
  bool solve(const std::function<bool()>& give_up);

  const ir::LeadsTo& said() const { return leads_; }
  // After solve().  `from` holds somewhere; and does where `to` does not.
  bool ever() const { return ever_; }
  bool waited() const { return waited_; }
  // The first state, in the order of the log, from which `to` need never come.
  std::optional<Edges::State> first() const { return first_; }
  // Is this one?  Called by several threads at a time.
  bool starts(Edges::State s) const;
  // The number of the component of a state, if a fair run can stay in it, or -1.
  int component(Edges::State s) const;

 private:
  bool judge_states(const std::function<bool()>& give_up);
  bool can_stay(std::uint32_t number, std::span<const Edges::State> states) const;
  bool can_leave(std::uint32_t number, std::span<const Edges::State> states) const;

  Space& space_;
  const StateGraph& graph_;
  const ir::LeadsTo& leads_;
  std::vector<std::uint8_t> from_;   // per state: it holds
  std::vector<std::uint8_t> waits_;  // per state: `to` does not hold
  Components components_;
  std::vector<std::uint8_t> stays_;    // per component: a fair run can stay
  std::vector<std::uint8_t> reaches_;  // per component: or get to one where it can
  bool ever_ = false, waited_ = false;
  std::optional<Edges::State> first_;
};

}  // namespace stalemate::engine

#endif  // STALEMATE_ENGINE_LEADS_TO_H_
