#include "analyse/moves.h"

#include <algorithm>

namespace stalemate::analyse {

namespace {

class Finder {
 public:
  Finder(const interp::Graph& graph, Moves& out) : p_(graph.program), graph_(graph), out_(out) {}

  // Everything that can happen in a state.
  void expand(StateId id) {
    graph_.states.copy(id, before_);
    bool quiet = at_rest();
    for (std::size_t s = 0; s < p_.steps.size(); ++s) {
      const ir::Step& step = p_.steps[s];
      for (const interp::Choices& choices : graph_.choices[s]) {
        if (!interp::enabled(p_, step, before_, choices)) continue;
        if (step.kind != ir::StepKind::kSpeculative) quiet = false;
        after_ = before_;
        const interp::Effects effects = interp::fire(p_, step, after_, choices);
        add({*graph_.states.find(after_), counts(effects.counted)}, id);
      }
    }
    out_.first.push_back(out_.list.size());
    out_.ends.push_back(quiet);
  }

 private:
  // Every thread has come to its end or rests, and no handler is active.
  bool at_rest() const {
    return std::all_of(p_.processes.begin(), p_.processes.end(), [&](const ir::Process& process) {
      const ir::Variable& control = p_.variables[static_cast<std::size_t>(process.control)];
      const ir::Value at = before_[static_cast<std::size_t>(control.first)];
      if (process.role != ir::Role::kThread) return at == 0;
      const ir::Location& where = process.locations.at(static_cast<std::size_t>(at));
      return where.final || where.rest;
    });
  }

  // Moves that differ in nothing but their step are one; those that count nothing and change
  // nothing are none.
  void add(const Move& move, StateId from) {
    if (move.to == from && move.counts == 0) return;
    for (std::size_t i = out_.first.back(); i < out_.list.size(); ++i) {
      if (out_.list[i].to == move.to && out_.list[i].counts == move.counts) return;
    }
    out_.list.push_back(move);
  }

  std::uint32_t counts(const std::vector<int>& counted) {
    if (counted.empty()) return 0;
    std::vector<std::uint32_t> sum(p_.counters.size());
    for (const int counter : counted) ++sum[static_cast<std::size_t>(counter)];
    const auto known = std::find(out_.counts.begin(), out_.counts.end(), sum);
    if (known == out_.counts.end()) {
      out_.counts.push_back(std::move(sum));
      return static_cast<std::uint32_t>(out_.counts.size() - 1);
    }
    return static_cast<std::uint32_t>(known - out_.counts.begin());
  }

  const ir::Program& p_;
  const interp::Graph& graph_;
  Moves& out_;
  State before_, after_;
};

}  // namespace

Moves find_moves(const interp::Graph& graph, interp::Budget& budget, std::string& stopped) {
  Moves out;
  out.counts.emplace_back(graph.program.counters.size());  // number 0: nothing is counted
  out.first.push_back(0);
  Finder finder(graph, out);
  for (StateId id = 0; id < graph.states.size(); ++id) {
    stopped = budget.exceeded([&](interp::Progress& progress) {
      progress.states = graph.states.size();
      progress.transitions = out.list.size();
      progress.queue = graph.states.size() - id;
      progress.bytes = graph.bytes() + out.bytes();
    });
    if (!stopped.empty()) return out;
    finder.expand(id);
  }
  return out;
}

}  // namespace stalemate::analyse
