// The whole graph of a search that is over: all steps between its states, and whose they are.
//
// For questions that a pass over the states cannot answer.  States have the numbers that they have
// in the log.
// Tested by tests/unit/judge/leads_to_test.cc.
#ifndef STALEMATE_ENGINE_STATE_GRAPH_H_
#define STALEMATE_ENGINE_STATE_GRAPH_H_

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "engine/edges.h"
#include "engine/fairness.h"
#include "engine/places.h"
#include "engine/space.h"

namespace stalemate::engine {

class StateGraph {
 public:
  // Of a search that left nothing out: each state stands for itself.
  explicit StateGraph(Space& space);

  // What find() will need, besides what there is.
  std::uint64_t bytes_needed(std::uint64_t transitions) const;
  // False when `give_up`, asked now and then, said so.
  bool find(const std::function<bool()>& give_up);

  // After find().
  std::size_t states() const { return edges_.states(); }
  // The label says whose duty the step is; Duties::kNobody.  Steps that change nothing are there.
  const Edges& edges() const { return edges_; }
  // A bit for each duty that is open in the state.
  std::span<const std::uint8_t> open(Edges::State s) const {
    return {open_.data() + s * stride_, stride_};
  }
  // Of a state that was reached.
  Edges::State number(const Word* state) const;

 private:
  struct Move {
    std::uint32_t of;  // which state of the chunk
    Edges::State to;
    Edges::Label duty;
  };
  struct Thread {
    std::vector<Name> names;
    std::vector<Word> states, after;
    Names::Numbers numbers;
    Reduced::Memory memory;
  };

  void expand(std::uint64_t first, std::uint64_t count, Thread& t, std::vector<Move>& moves);

  Space& space_;
  const Duties duties_;
  const std::size_t stride_;
  Places places_;
  std::vector<Edges::State> at_place_;
  Edges edges_;
  std::vector<std::uint8_t> open_;
  std::vector<Thread> threads_;
};

}  // namespace stalemate::engine

#endif  // STALEMATE_ENGINE_STATE_GRAPH_H_
