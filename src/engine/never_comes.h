// Properties of kind kLeadsTo, after a search that is complete: which do not hold, and from where on
// what should come need never come.
// Tested by tests/unit/judge/leads_to_test.cc and tests/unit/judge/judge_test.cc.
#ifndef STALEMATE_ENGINE_NEVER_COMES_H_
#define STALEMATE_ENGINE_NEVER_COMES_H_

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>

#include "engine/leads_to.h"
#include "engine/space.h"
#include "engine/state_graph.h"

namespace stalemate::engine {

class NeverComes {
 public:
  // Of a search that left nothing out.
  explicit NeverComes(Space& space) : space_(space), graph_(space) {}

  // What the rest will need, besides what there is.
  std::uint64_t bytes_needed(std::uint64_t transitions) const {
    return graph_.bytes_needed(transitions) + LeadsTo::bytes_needed(space_.log.size());
  }
  // First of all.  False when `give_up`, asked now and then, said so.
  bool find_graph(const std::function<bool()>& give_up) { return graph_.find(give_up); }

  struct Answer {
    bool ever = false, waited = false;  // of one of Property::leads, as in LeadsTo
    std::optional<Distance> violated;   // of the nearest state from which it need not come
  };
  // Nothing when `give_up` said so.
  std::optional<Answer> judge(int property, const std::function<bool()>& give_up);

  // Of a violated property: the one of Property::leads that does not hold; is this a state from
  // which it need not come (called by several threads at a time); LeadsTo::component().
  const ir::LeadsTo& leads(int property) const { return violated_.at(property)->said(); }
  bool starts(int property, const Word* state) const {
    return violated_.at(property)->starts(graph_.number(state));
  }
  int component(int property, const State& s) const;

 private:
  Space& space_;
  StateGraph graph_;
  std::map<int, std::unique_ptr<LeadsTo>> violated_;
};

}  // namespace stalemate::engine

#endif  // STALEMATE_ENGINE_NEVER_COMES_H_
