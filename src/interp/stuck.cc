#include "interp/stuck.h"

#include <cstddef>

#include "interp/eval.h"

namespace stalemate::interp {

namespace {

// For each state, the states from which one edge leads to it.
struct Predecessors {
  Predecessors(std::size_t states, const std::deque<std::pair<StateId, StateId>>& edges)
      : first(states + 1), from(edges.size()) {
    for (const auto& edge : edges) ++first[edge.second + std::size_t{1}];
    for (std::size_t i = 0; i < states; ++i) first[i + 1] += first[i];
    std::vector<std::uint64_t> free(first.begin(), first.end() - 1);
    for (const auto& edge : edges) from[free[edge.second]++] = edge.first;
  }

  std::vector<std::uint64_t> first;  // of state s: from[first[s]] .. from[first[s + 1] - 1]
  std::vector<StateId> from;
};

// Adds all states to `set` from which one of it can be reached.  False when told to give up.
bool close_backwards(const Predecessors& edges, std::vector<bool>& set,
                     const std::function<bool()>& give_up) {
  std::vector<StateId> work;
  std::uint64_t looked_at = 0;
  for (std::size_t root = 0; root < set.size(); ++root) {
    if (!set[root]) continue;
    work.push_back(static_cast<StateId>(root));
    while (!work.empty()) {
      if (++looked_at % 100000 == 0 && give_up()) return false;
      const StateId to = work.back();
      work.pop_back();
      for (std::uint64_t i = edges.first[to]; i < edges.first[to + std::size_t{1}]; ++i) {
        const StateId from = edges.from[i];
        if (set[from]) continue;
        set[from] = true;
        work.push_back(from);
      }
    }
  }
  return true;
}

}  // namespace

StuckAnalysis::StuckAnalysis(const ir::Program& p, const std::vector<int>& properties)
    : p_(p), fine_(p.processes.size()), steps_(p.processes.size()) {
  for (const int i : properties) {
    if (p.properties[static_cast<std::size_t>(i)].when.empty()) continue;
    counted_[i].fine.resize(p.processes.size());
  }
}

void StuckAnalysis::add_state(StateId id, const State& s) {
  for (std::size_t i = 0; i < p_.processes.size(); ++i) {
    const ir::Process& process = p_.processes[i];
    const int at = location(static_cast<int>(i), s);
    const ir::Location& where = process.locations.at(static_cast<std::size_t>(at));
    const bool inactive = process.role != ir::Role::kThread && at == 0;
    const bool fine = where.final || where.rest || inactive;
    if (fine) insert(fine_[i], id);
    for (auto& [property, counted] : counted_) {
      const auto& when = p_.properties[static_cast<std::size_t>(property)].when;
      const bool counts = evaluate(p_, when[i], s, {}) != 0;
      if (fine || !counts) insert(counted.fine[i], id);
      counted.ever = counted.ever || counts;
    }
  }
}

void StuckAnalysis::add_move(StateId from, const ir::Step& step, bool turns, StateId to) {
  if (step.kind == ir::StepKind::kSpeculative || step.relies_on_copy) return;
  if (ir::is_program(step.kind) && step.process >= 0) {
    const auto process = static_cast<std::size_t>(step.process);
    if (turns) {
      insert(fine_[process], from);
      for (auto& [property, counted] : counted_) insert(counted.fine[process], from);
    }
    insert(steps_[process], from);
  }
  if (from != to) edges_.emplace_back(from, to);
}

bool StuckAnalysis::solve(std::size_t states, const std::function<bool()>& give_up) {
  const Predecessors predecessors(states, edges_);
  edges_.clear();
  std::vector<std::vector<Set>*> all{&fine_, &steps_};
  for (auto& [property, counted] : counted_) all.push_back(&counted.fine);
  for (std::vector<Set>* sets : all) {
    for (Set& set : *sets) {
      set.resize(states);
      if (give_up() || !close_backwards(predecessors, set, give_up)) return false;
    }
  }
  return true;
}

bool StuckAnalysis::any_stuck(StateId id) const {
  for (const Set& set : fine_) {
    if (!set[id]) return true;
  }
  return false;
}

std::vector<int> StuckAnalysis::missing(const std::vector<Set>& sets, StateId id) {
  std::vector<int> out;
  for (std::size_t i = 0; i < sets.size(); ++i) {
    if (!sets[i][id]) out.push_back(static_cast<int>(i));
  }
  return out;
}

std::vector<int> StuckAnalysis::stuck(StateId id) const { return missing(fine_, id); }

std::vector<int> StuckAnalysis::stuck(StateId id, int property) const {
  const auto counted = counted_.find(property);
  return missing(counted == counted_.end() ? fine_ : counted->second.fine, id);
}

std::vector<int> StuckAnalysis::hanging(StateId id) const { return missing(steps_, id); }

bool StuckAnalysis::ever_counts(int property) const {
  const auto counted = counted_.find(property);
  return counted == counted_.end() || counted->second.ever;
}

std::uint64_t StuckAnalysis::bytes() const {
  std::uint64_t bits = 0;
  for (const Set& set : fine_) bits += set.capacity();
  for (const Set& set : steps_) bits += set.capacity();
  for (const auto& [property, counted] : counted_) {
    for (const Set& set : counted.fine) bits += set.capacity();
  }
  return bits / 8 + edges_.size() * (sizeof(edges_.front()) + sizeof(StateId));
}

int StuckAnalysis::location(int process, const State& s) const {
  const int control = p_.processes[static_cast<std::size_t>(process)].control;
  return s[static_cast<std::size_t>(p_.variables[static_cast<std::size_t>(control)].first)];
}

void StuckAnalysis::insert(Set& set, StateId id) {
  if (set.size() <= id) set.resize(std::size_t{id} + 1);
  set[id] = true;
}

}  // namespace stalemate::interp
