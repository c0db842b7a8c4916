#include "interp/shortest_trace.h"

#include <cstddef>
#include <optional>

namespace stalemate::interp {

namespace {

// Depth first along cheapest edges.  Costs grow along every edge, so the edges followed have no
// cycle, and a state left without success never needs a second visit.
class Walk {
 public:
  Walk(const Graph& graph, const Target& target)
      : graph_(graph), target_(target), visited_(graph.states.size()) {}

  std::vector<Event> run() {
    path_.push_back({});
    visited_[0] = true;
    while (!path_.empty()) {
      const std::optional<StateId> next = advance(path_.back());
      if (arrived_) return events();
      if (next) {
        visited_[*next] = true;
        path_.push_back({*next, 0, 0});
      } else {
        path_.pop_back();
      }
    }
    return {};
  }

 private:
  // A state on the path.  The move taken from it is choice `tried - 1` of `step`.
  struct Frame {
    StateId state = 0;
    std::size_t step = 0;
    std::size_t tried = 0;
  };

  // Takes the next move from the frame that arrives or that leads to a state worth a visit.
  std::optional<StateId> advance(Frame& frame) {
    const ir::Program& p = graph_.program;
    const Cost cost = graph_.costs[frame.state];
    graph_.states.copy(frame.state, before_);
    for (; frame.step < p.steps.size(); ++frame.step, frame.tried = 0) {
      const ir::Step& step = p.steps[frame.step];
      const Cost after = cost + step.kind;
      if (after > target_.cost) continue;
      const std::vector<Choices>& all = graph_.choices[frame.step];
      while (frame.tried < all.size()) {
        const std::optional<StateId> next = take(step, all[frame.tried++], after);
        if (next || arrived_) return next;
      }
    }
    return std::nullopt;
  }

  std::optional<StateId> take(const ir::Step& step, const Choices& choices, const Cost& cost) {
    try {
      if (!enabled(graph_.program, step, before_, choices)) return std::nullopt;
      after_ = before_;
      const Effects effects = fire(graph_.program, step, after_, choices);
      if (cost == target_.cost) {
        arrived_ = target_.reached(effects, after_);
        return std::nullopt;
      }
    } catch (const ModelError&) {
      return std::nullopt;  // an event that makes no sense is not part of any run
    }
    const std::optional<StateId> next = graph_.states.find(after_);
    if (!next || visited_[*next] || graph_.costs[*next] != cost) return std::nullopt;
    return next;
  }

  std::vector<Event> events() const {
    std::vector<Event> out;
    for (const Frame& f : path_) {
      out.push_back({static_cast<int>(f.step), graph_.choices[f.step][f.tried - 1]});
    }
    return out;
  }

  const Graph& graph_;
  const Target& target_;
  std::vector<bool> visited_;
  std::vector<Frame> path_;
  State before_, after_;
  bool arrived_ = false;
};

}  // namespace

std::vector<Event> least_run(const Graph& graph, const Target& target) {
  if (target.cost == Cost{}) return {};
  return Walk(graph, target).run();
}

Effects complete_trace(const ir::Program& p, Trace& trace) {
  Effects last = replay(p, trace);
  Cost cost;
  for (const Event& e : trace.events) cost = cost + p.steps[static_cast<std::size_t>(e.step)].kind;
  trace.program_steps = static_cast<int>(cost.program);
  trace.environment_steps = static_cast<int>(cost.environment);
  return last;
}

}  // namespace stalemate::interp
