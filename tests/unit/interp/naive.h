// A second, independent way to explore a Program, slow and blunt: for comparison only.
#ifndef STALEMATE_TESTS_UNIT_INTERP_NAIVE_H_
#define STALEMATE_TESTS_UNIT_INTERP_NAIVE_H_

#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "ir/ir.h"
#include "verdict/verdict.h"

namespace stalemate::interp::test {

class Naive {
 public:
  using Cost = std::pair<int, int>;  // program steps, environment steps

  // Explores everything, whatever goes wrong.
  explicit Naive(const ir::Program& p);

  std::size_t states() const { return cost_.size(); }
  std::size_t transitions() const { return edges_.size(); }
  int depth() const;
  const Cost& cost(const State& s) const { return cost_.at(s); }

  // Messages of the model errors in the guards and bodies, by cost of the state they happen in.
  const std::multimap<Cost, std::string>& errors() const { return errors_; }
  // The shortest counterexample, by the definition in explore.h; nothing: safe.
  std::optional<std::vector<Event>> counterexample(int property) const;
  // The processes that are stuck and count for the property.
  std::vector<int> stuck(const State& s, int property) const;
  // Of kind kLeadsTo: the states from which on what should come need never come.
  std::set<State> never_comes(int property) const;
  // It is of kind kNoStuck or kLeadsTo, and what it speaks of is nowhere.
  bool vacuous(int property) const;
  std::vector<int> hanging(const State& s) const;
  bool reached(int goal) const;

 private:
  struct Edge {
    State from, to;
    Event event;
    std::vector<int> violated, goals;
  };
  using Run = std::vector<Event>;
  using Memo = std::map<std::pair<State, Cost>, std::optional<Run>>;

  bool holds(const ir::ExprRef& e, const State& s) const;
  std::set<State> fair_for_ever(std::set<State> within) const;
  std::set<State> reach(const std::set<State>& goal, const std::set<State>& within) const;
  void collect();
  void relax();
  void find_stuck();
  void close(std::map<State, std::vector<bool>>& can) const;
  bool counts(std::size_t property, std::size_t process, const State& s) const;
  std::vector<int> all_stuck(const State& s) const;
  WaitGraph waits(const State& s, int property) const;
  Cost weight(const Edge& e) const;
  bool bad(const State& s, int property) const;
  bool shows_it_best(const State& s, int property) const;
  std::optional<Run> least(const State& from, Cost left, int property, bool best_only,
                           Memo& memo) const;

  const ir::Program& p_;
  std::map<State, Cost> cost_;
  std::vector<Edge> edges_;  // by state, step and choices in order
  std::map<State, std::vector<const Edge*>> out_;
  // Per property of kind kNoStuck, state and process: it can be fine again, or does not count.
  std::map<int, std::map<State, std::vector<bool>>> fine_;
  std::map<State, std::vector<bool>> steps_;  // per process: it can take a step now or later
  std::vector<std::pair<State, std::string>> failures_;
  std::multimap<Cost, std::string> errors_;
};

}  // namespace stalemate::interp::test

#endif  // STALEMATE_TESTS_UNIT_INTERP_NAIVE_H_
