#include "interp/search.h"

#include <algorithm>
#include <cstddef>
#include <map>

namespace stalemate::interp {

namespace {

class Search {
 public:
  Search(const Options& options, Budget& budget, Graph& graph, StuckAnalysis* stuck,
         Findings& findings)
      : p_(graph.program),
        options_(options),
        budget_(budget),
        graph_(graph),
        stuck_(stuck),
        out_(findings) {}

  // Dijkstra's algorithm.  A bucket holds the states that can be reached at its cost; every step
  // leads to a later bucket, so the first one is final.
  void run() {
    discover(initial_state(p_), Cost{});
    while (!buckets_.empty() && !done()) {
      const auto bucket = buckets_.extract(buckets_.begin());
      cost_ = bucket.key();
      queued_ -= bucket.mapped().size();
      for (const StateId id : bucket.mapped()) {
        if (graph_.costs[id] != cost_) continue;  // it was settled at a lower cost
        if (stop()) return;
        settle(id);
        if (done()) return;
      }
    }
    out_.complete = !done();
  }

 private:
  bool done() const { return !out_.stopped.empty() || out_.error; }

  // Is there a reason to stop before the next state?
  bool stop() {
    if (options_.stop_when_violated && all_violated()) {
      out_.stopped = "every property asked for is violated, after " +
                     std::to_string(graph_.states.size()) +
                     " states; explore without stopping there to see the rest";
    } else {
      ask_budget();
    }
    return done();
  }

  void ask_budget() {
    out_.stopped = budget_.exceeded([this](Progress& progress) {
      progress.states = graph_.states.size();
      progress.transitions = out_.transitions;
      progress.queue = queued_;
      progress.program_steps = static_cast<int>(cost_.program);
      progress.bytes = graph_.bytes() + queued_ * sizeof(StateId);
      if (stuck_ != nullptr) progress.bytes += stuck_->bytes();
    });
  }

  // All shortest counterexamples are known: whatever comes is at least as long.
  bool all_violated() const {
    for (const auto& cost : out_.violated) {
      if (!cost || *cost > cost_) return false;
    }
    return !out_.violated.empty();
  }

  void settle(StateId id) {
    out_.depth = std::max(out_.depth, cost_.steps());
    graph_.states.copy(id, before_);
    step_ = kNoStep;
    try {
      if (stuck_ != nullptr) stuck_->add_state(id, before_);
      check_conditions();
      expand(id);
    } catch (const ModelError& e) {
      out_.error = ErrorFound{e, id, std::nullopt};
      if (step_ != kNoStep) {
        out_.error->event = Event{static_cast<int>(step_), graph_.choices[step_][choice_]};
      }
    }
  }

  void check_conditions() {
    for (std::size_t i = 0; i < options_.properties.size(); ++i) {
      const ir::Property& property =
          p_.properties[static_cast<std::size_t>(options_.properties[i])];
      for (const ir::LeadsTo& l : property.leads) {
        evaluate(p_, l.from, before_, {});
        evaluate(p_, l.to, before_, {});
      }
      if (property.kind != ir::Property::Kind::kInvariant) continue;
      // Also when it is known to be violated: it may still turn out to be meaningless somewhere.
      const bool holds = evaluate(p_, property.condition, before_, {}) != 0;
      if (!holds && !out_.violated[i]) out_.violated[i] = cost_;
      for (const ir::ExprRef& e : property.when) {
        if (evaluate(p_, e, before_, {}) != 0) out_.could_fail[i] = true;
      }
    }
  }

  void expand(StateId id) {
    for (step_ = 0; step_ < p_.steps.size(); ++step_) {
      const ir::Step& step = p_.steps[step_];
      const std::vector<Choices>& all = graph_.choices[step_];
      for (choice_ = 0; choice_ < all.size(); ++choice_) {
        if (!enabled(p_, step, before_, all[choice_])) continue;
        take(id, step, all[choice_]);
        if (done()) return;
      }
    }
  }

  void take(StateId id, const ir::Step& step, const Choices& choices) {
    after_ = before_;
    const Effects effects = options_.lines != nullptr
                                ? fire(p_, step, after_, choices,
                                       [&](const ir::Stmt& s) { options_.lines->executed(s); })
                                : fire(p_, step, after_, choices);
    if (options_.lines != nullptr) options_.lines->fired(step);
    const Cost cost = cost_ + step.kind;
    ++out_.transitions;
    out_.fired[step_] = true;
    for (const int goal : effects.goals) out_.goals[static_cast<std::size_t>(goal)] = true;
    for (const Violation& violation : effects.violations) note(violation.property, cost);
    const std::optional<StateId> next = discover(after_, cost);
    if (!next) return;
    if (stuck_ != nullptr) stuck_->add_move(id, step, ir::any_turn(p_, effects.goals), *next);
    if (out_.transitions % 1000 == 0) ask_budget();
  }

  void note(int property, const Cost& cost) {
    for (std::size_t i = 0; i < options_.properties.size(); ++i) {
      std::optional<Cost>& known = out_.violated[i];
      if (options_.properties[i] == property && (!known || cost < *known)) known = cost;
    }
  }

  // The number of a state that can be reached at `cost`; nothing when there is no room for it.
  std::optional<StateId> discover(const State& s, const Cost& cost) {
    const std::optional<StateId> known = graph_.states.find(s);
    if (known) {
      if (cost < graph_.costs[*known]) {
        graph_.costs[*known] = cost;
        enqueue(*known, cost);
      }
      return known;
    }
    out_.stopped = budget_.full(graph_.states.size());
    if (!out_.stopped.empty()) return std::nullopt;
    graph_.costs.push_back(cost);  // first: a state in the store always has a cost
    const StateId id = graph_.states.insert(s);
    enqueue(id, cost);
    return id;
  }

  void enqueue(StateId id, const Cost& cost) {
    buckets_[cost].push_back(id);
    ++queued_;
  }

  static constexpr std::size_t kNoStep = static_cast<std::size_t>(-1);

  const ir::Program& p_;
  const Options& options_;
  Budget& budget_;
  Graph& graph_;
  StuckAnalysis* stuck_;
  Findings& out_;

  std::map<Cost, std::vector<StateId>> buckets_;
  std::uint64_t queued_ = 0;
  Cost cost_;                                // of the states being settled
  State before_, after_;                     // of the step being fired
  std::size_t step_ = kNoStep, choice_ = 0;  // being evaluated or fired
};

}  // namespace

void search(const Options& options, Budget& budget, Graph& graph, StuckAnalysis* stuck,
            Findings& findings) {
  Search(options, budget, graph, stuck, findings).run();
}

}  // namespace stalemate::interp
