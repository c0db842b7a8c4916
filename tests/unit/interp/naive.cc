#include "naive.h"

#include <algorithm>
#include <limits>
#include <set>

#include "interp/eval.h"
#include "interp/wait_for.h"

namespace stalemate::interp::test {

namespace {

bool program_kind(ir::StepKind k) {
  return k == ir::StepKind::kProgram || k == ir::StepKind::kEntry;
}

bool relied_on(const ir::Step& step) {
  return step.kind != ir::StepKind::kSpeculative && !step.relies_on_copy;
}

bool before(const std::vector<Event>& a, const std::vector<Event>& b) {
  return std::lexicographical_compare(
      a.begin(), a.end(), b.begin(), b.end(), [](const Event& x, const Event& y) {
        return std::tie(x.step, x.choices) < std::tie(y.step, y.choices);
      });
}

}  // namespace

Naive::Naive(const ir::Program& p) : p_(p) {
  collect();
  for (const Edge& e : edges_) out_[e.from].push_back(&e);
  relax();
  find_stuck();
  for (const auto& [state, message] : failures_) errors_.emplace(cost_.at(state), message);
}

void Naive::collect() {
  constexpr int kFar = std::numeric_limits<int>::max() / 2;
  std::vector<State> todo{initial_state(p_)};
  cost_[todo[0]] = {0, 0};
  while (!todo.empty()) {
    const State s = todo.back();
    todo.pop_back();
    for (std::size_t i = 0; i < p_.steps.size(); ++i) {
      for_each_choice(p_.steps[i], [&](const Choices& c) {
        Edge e{s, s, {static_cast<int>(i), c}, {}, {}};
        try {
          if (!enabled(p_, p_.steps[i], s, c)) return;
          const Effects effects = fire(p_, p_.steps[i], e.to, c);
          for (const Violation& v : effects.violations) e.violated.push_back(v.property);
          e.goals = effects.goals;
        } catch (const ModelError& error) {
          failures_.emplace_back(s, error.what());
          return;
        }
        if (cost_.emplace(e.to, Cost{kFar, kFar}).second) todo.push_back(e.to);
        edges_.push_back(std::move(e));
      });
    }
  }
}

Naive::Cost Naive::weight(const Edge& e) const {
  const bool program = program_kind(p_.steps[static_cast<std::size_t>(e.event.step)].kind);
  return program ? Cost{1, 0} : Cost{0, 1};
}

// Bellman-Ford.
void Naive::relax() {
  for (bool again = true; again;) {
    again = false;
    for (const Edge& e : edges_) {
      const Cost from = cost_.at(e.from), w = weight(e);
      const Cost to{from.first + w.first, from.second + w.second};
      if (to < cost_.at(e.to)) {
        cost_[e.to] = to;
        again = true;
      }
    }
  }
}

void Naive::find_stuck() {
  for (const auto& entry : cost_) {
    const State& s = entry.first;
    for (std::size_t i = 0; i < p_.processes.size(); ++i) {
      const ir::Process& process = p_.processes[i];
      const ir::Variable& control = p_.variables[static_cast<std::size_t>(process.control)];
      const int at = s[static_cast<std::size_t>(control.first)];
      const ir::Location& l = process.locations[static_cast<std::size_t>(at)];
      const bool thread = process.role == ir::Role::kThread;
      bool can_move = false, can_turn = false;
      for (const Edge* e : out_[s]) {
        const ir::Step& step = p_.steps[static_cast<std::size_t>(e->event.step)];
        if (!relied_on(step) || !program_kind(step.kind) || step.process != static_cast<int>(i)) {
          continue;
        }
        can_move = true;
        for (const int g : e->goals) {
          const ir::Goal& goal = p_.goals[static_cast<std::size_t>(g)];
          can_turn = can_turn || goal.kind == ir::Goal::Kind::kTurn;
        }
      }
      steps_[s].push_back(can_move);
      const bool fine = l.final || l.rest || (!thread && at == 0) || can_turn;
      for (std::size_t k = 0; k < p_.properties.size(); ++k) {
        if (p_.properties[k].kind != ir::Property::Kind::kNoStuck) continue;
        fine_[static_cast<int>(k)][s].push_back(fine || !counts(k, i, s));
      }
    }
  }
  close(steps_);
  for (auto& entry : fine_) close(entry.second);
}

bool Naive::counts(std::size_t property, std::size_t process, const State& s) const {
  const std::vector<ir::ExprRef>& when = p_.properties[property].when;
  return when.empty() || evaluate(p_, when[process], s, {}) != 0;
}

// What a process can do later it can do in this sense now.
void Naive::close(std::map<State, std::vector<bool>>& can) const {
  for (bool again = true; again;) {
    again = false;
    for (const Edge& e : edges_) {
      if (!relied_on(p_.steps[static_cast<std::size_t>(e.event.step)])) continue;
      for (std::size_t i = 0; i < p_.processes.size(); ++i) {
        if (can[e.to][i] && !can[e.from][i]) can[e.from][i] = again = true;
      }
    }
  }
}

int Naive::depth() const {
  int most = 0;
  for (const auto& entry : cost_) most = std::max(most, entry.second.first + entry.second.second);
  return most;
}

std::vector<int> Naive::stuck(const State& s, int property) const {
  std::vector<int> out;
  for (std::size_t i = 0; i < p_.processes.size(); ++i) {
    if (!fine_.at(property).at(s)[i]) out.push_back(static_cast<int>(i));
  }
  return out;
}

std::vector<int> Naive::hanging(const State& s) const {
  std::vector<int> out;
  for (std::size_t i = 0; i < p_.processes.size(); ++i) {
    if (!steps_.at(s)[i]) out.push_back(static_cast<int>(i));
  }
  return out;
}

bool Naive::reached(int goal) const {
  return std::any_of(edges_.begin(), edges_.end(), [&](const Edge& e) {
    return std::find(e.goals.begin(), e.goals.end(), goal) != e.goals.end();
  });
}

bool Naive::bad(const State& s, int property) const {
  const ir::Property& p = p_.properties[static_cast<std::size_t>(property)];
  switch (p.kind) {
    case ir::Property::Kind::kAsserts:
      return false;
    case ir::Property::Kind::kInvariant:
      return evaluate(p_, p.condition, s, {}) == 0;
    case ir::Property::Kind::kNoStuck:
      if (stuck(s, property).empty()) return false;
      return p.cycle.empty() || !waits(s, property).cycle.empty();
    case ir::Property::Kind::kLeadsTo:
      return false;
  }
  return false;
}

bool Naive::holds(const ir::ExprRef& e, const State& s) const {
  return evaluate(p_, e, s, {}) != 0;
}

// The states within a set from which, in it, one of the goal can be reached.
std::set<State> Naive::reach(const std::set<State>& goal, const std::set<State>& within) const {
  std::set<State> out = goal;
  for (bool again = true; again;) {
    again = false;
    for (const Edge& e : edges_) {
      if (out.count(e.to) != 0 && within.count(e.from) != 0 && out.insert(e.from).second) {
        again = true;
      }
    }
  }
  return out;
}

// Emerson and Lei: what is left when states are taken away from which some duty cannot be met with
// the others, until nothing changes.
std::set<State> Naive::fair_for_ever(std::set<State> within) const {
  // Whose step it is, in words; nobody's: empty.
  const auto duty = [this](const Edge& e) -> std::string {
    const ir::Step& step = p_.steps[static_cast<std::size_t>(e.event.step)];
    if (program_kind(step.kind)) return "process " + std::to_string(step.process);
    if (step.kind == ir::StepKind::kSpeculative) return "";
    return step.rule.empty() ? "step " + std::to_string(e.event.step) : "rule " + step.rule;
  };
  std::set<std::string> duties;
  std::map<State, std::set<std::string>> open;
  for (const Edge& e : edges_) {
    if (duty(e).empty()) continue;
    duties.insert(duty(e));
    if (relied_on(p_.steps[static_cast<std::size_t>(e.event.step)])) open[e.from].insert(duty(e));
  }
  for (bool again = true; again;) {
    again = false;
    for (const std::string& d : duties) {
      std::set<State> met;
      for (const State& s : within) {
        if (open[s].count(d) == 0) met.insert(s);
      }
      for (const Edge& e : edges_) {
        if (duty(e) == d && within.count(e.from) != 0 && within.count(e.to) != 0) {
          met.insert(e.from);
        }
      }
      const std::set<State> left = reach(met, within);
      again = again || left.size() < within.size();
      within = left;
    }
  }
  return within;
}

std::set<State> Naive::never_comes(int property) const {
  std::set<State> out;
  for (const ir::LeadsTo& l : p_.properties[static_cast<std::size_t>(property)].leads) {
    std::set<State> without;
    for (const auto& entry : cost_) {
      if (!holds(l.to, entry.first)) without.insert(entry.first);
    }
    for (const State& s : reach(fair_for_ever(without), without)) {
      if (holds(l.from, s)) out.insert(s);
    }
  }
  return out;
}

WaitGraph Naive::waits(const State& s, int property) const {
  return WaitFor(p_).graph(s, all_stuck(s), hanging(s),
                           p_.properties[static_cast<std::size_t>(property)].cycle);
}

bool Naive::vacuous(int property) const {
  const ir::Property& p = p_.properties[static_cast<std::size_t>(property)];
  const auto in_some_state = [&](const auto& holds) {
    return std::any_of(cost_.begin(), cost_.end(), [&](const auto& e) { return holds(e.first); });
  };
  const auto one_counts = [&](const State& s) {
    for (std::size_t i = 0; i < p_.processes.size(); ++i) {
      if (counts(static_cast<std::size_t>(property), i, s)) return true;
    }
    return false;
  };
  if (p.kind == ir::Property::Kind::kNoStuck && !in_some_state(one_counts)) return true;
  const auto begins = [&](const State& s) {
    return std::any_of(p.leads.begin(), p.leads.end(),
                       [&](const ir::LeadsTo& l) { return holds(l.from, s); });
  };
  if (p.kind == ir::Property::Kind::kLeadsTo && !in_some_state(begins)) return true;
  if (p.kind == ir::Property::Kind::kInvariant && !p.when.empty() &&
      !in_some_state([&](const State& s) { return evaluate(p_, p.when[0], s, {}) != 0; })) {
    return true;
  }
  return !std::all_of(p.cycle.begin(), p.cycle.end(), [&](const std::string& label) {
    return std::any_of(p_.steps.begin(), p_.steps.end(),
                       [&](const ir::Step& step) { return step.waits == label; });
  });
}

// Whatever the properties count.
std::vector<int> Naive::all_stuck(const State& s) const {
  for (std::size_t k = 0; k < p_.properties.size(); ++k) {
    const ir::Property& p = p_.properties[k];
    if (p.kind == ir::Property::Kind::kNoStuck && p.when.empty()) {
      return stuck(s, static_cast<int>(k));
    }
  }
  return {};
}

// A violation of kNoStuck is best shown where all that are stuck hang, and all that they wait for.
bool Naive::shows_it_best(const State& s, int property) const {
  const ir::Property& p = p_.properties[static_cast<std::size_t>(property)];
  if (p.kind != ir::Property::Kind::kNoStuck) return true;
  std::vector<int> must = all_stuck(s);
  for (const Wait& w : waits(s, property).waits) must.push_back(w.on);
  return std::none_of(must.begin(), must.end(),
                      [&](int i) { return steps_.at(s)[static_cast<std::size_t>(i)]; });
}

std::optional<std::vector<Event>> Naive::counterexample(int property) const {
  std::optional<Cost> best;
  const auto offer = [&](const Cost& c) {
    if (!best || c < *best) best = c;
  };
  const bool best_only = std::any_of(cost_.begin(), cost_.end(), [&](const auto& entry) {
    return bad(entry.first, property) && shows_it_best(entry.first, property);
  });
  for (const auto& [state, cost] : cost_) {
    if (bad(state, property) && (!best_only || shows_it_best(state, property))) offer(cost);
  }
  for (const Edge& e : edges_) {
    if (std::find(e.violated.begin(), e.violated.end(), property) == e.violated.end()) continue;
    const Cost from = cost_.at(e.from), w = weight(e);
    offer({from.first + w.first, from.second + w.second});
  }
  if (!best) return std::nullopt;
  Memo memo;
  return least(initial_state(p_), *best, property, best_only, memo);
}

// The least run from a state that costs exactly `left` and ends in a violation.
std::optional<Naive::Run> Naive::least(const State& from, Cost left, int property, bool best_only,
                                       Memo& memo) const {
  if (left == Cost{0, 0}) {
    const bool there = bad(from, property) && (!best_only || shows_it_best(from, property));
    return there ? std::optional<Run>(Run{}) : std::nullopt;
  }
  const auto key = std::make_pair(from, left);
  const auto known = memo.find(key);
  if (known != memo.end()) return known->second;
  std::optional<Run> best;
  const auto edges = out_.find(from);
  for (const Edge* e : edges == out_.end() ? std::vector<const Edge*>{} : edges->second) {
    const Cost w = weight(*e);
    const Cost rest{left.first - w.first, left.second - w.second};
    if (rest.first < 0 || rest.second < 0) continue;
    const bool violates = rest == Cost{0, 0} && std::find(e->violated.begin(), e->violated.end(),
                                                          property) != e->violated.end();
    std::optional<Run> tail = violates ? Run{} : least(e->to, rest, property, best_only, memo);
    if (!tail) continue;
    tail->insert(tail->begin(), e->event);
    if (!best || before(*tail, *best)) best = std::move(tail);
  }
  return memo[key] = best;
}

}  // namespace stalemate::interp::test
