#include "interp/leads_to.h"

#include <algorithm>
#include <boost/graph/compressed_sparse_row_graph.hpp>
#include <boost/graph/strong_components.hpp>
#include <cstddef>
#include <numeric>
#include <stdexcept>
#include <utility>

#include "interp/eval.h"

namespace stalemate::interp {

namespace {

using Net =
    boost::compressed_sparse_row_graph<boost::directedS, boost::no_property, boost::no_property,
                                       boost::no_property, StateId, std::uint64_t>;

}  // namespace

LeadsToAnalysis::LeadsToAnalysis(const Graph& graph) : graph_(graph), fairness_(graph.program) {}

bool LeadsToAnalysis::find_moves(const std::function<bool()>& give_up) {
  const ir::Program& p = graph_.program;
  State before, after;
  for (StateId s = 0; s < graph_.states.size(); ++s) {
    if (s % 1000 == 0 && give_up()) return false;
    graph_.states.copy(s, before);
    open_.push_back(fairness_.open(before));
    for (std::size_t i = 0; i < p.steps.size(); ++i) {
      for (const Choices& c : graph_.choices[i]) {
        if (!enabled(p, p.steps[i], before, c)) continue;
        after = before;
        fire(p, p.steps[i], after, c);
        moves_.push_back({s, *graph_.states.find(after), fairness_.duty(static_cast<int>(i))});
      }
    }
  }
  return true;
}

NeverCame LeadsToAnalysis::judge(const ir::LeadsTo& leads) const {
  const std::size_t states = graph_.states.size();
  NeverCame out;
  out.starts.resize(states);
  std::vector<bool> waits(states);
  State values;
  for (StateId s = 0; s < states; ++s) {
    graph_.states.copy(s, values);
    waits[s] = evaluate(graph_.program, leads.to, values, {}) == 0;
    const bool from = evaluate(graph_.program, leads.from, values, {}) != 0;
    out.ever = out.ever || from;
    out.starts[s] = from && waits[s];
    out.waited = out.waited || out.starts[s];
  }

  std::vector<StateId> component;
  std::vector<bool> leads_on;
  const std::vector<bool> fair = fair_components(waits, component, leads_on);
  out.component.assign(states, -1);
  for (StateId s = 0; s < states; ++s) {
    if (fair[component[s]]) out.component[s] = static_cast<int>(component[s]);
    if (!leads_on[component[s]]) out.starts[s] = false;
  }
  return out;
}

// The components of the graph of the states that wait: in which of them a fair run can stay, and
// from which it can get to one of those.
std::vector<bool> LeadsToAnalysis::fair_components(const std::vector<bool>& waits,
                                                   std::vector<StateId>& component,
                                                   std::vector<bool>& leads_on) const {
  std::vector<Move> moves;
  std::vector<std::pair<StateId, StateId>> edges;
  for (const Move& m : moves_) {
    if (!waits[m.from] || !waits[m.to]) continue;
    moves.push_back(m);
    edges.emplace_back(m.from, m.to);
  }
  const Net net(boost::edges_are_sorted, edges.begin(), edges.end(),
                static_cast<StateId>(waits.size()));
  component.resize(waits.size());
  const StateId count = boost::strong_components(
      net, boost::make_iterator_property_map(component.begin(), get(boost::vertex_index, net)));

  // Duties that are open in all of a component and not done by any step in it.
  std::vector<std::vector<bool>> left(count, std::vector<bool>(fairness_.duties(), true));
  std::vector<bool> fair(count);
  for (StateId s = 0; s < waits.size(); ++s) {
    fair[component[s]] = waits[s];  // the others are alone in theirs
    for (std::size_t d = 0; d < fairness_.duties(); ++d) {
      if (!open_[s][d]) left[component[s]][d] = false;
    }
  }
  for (const Move& m : moves) {
    if (m.duty < 0 || component[m.from] != component[m.to]) continue;
    left[component[m.from]][static_cast<std::size_t>(m.duty)] = false;
  }
  for (StateId c = 0; c < count; ++c) {
    fair[c] = fair[c] && std::find(left[c].begin(), left[c].end(), true) == left[c].end();
  }

  leads_on = fair;
  std::stable_sort(moves.begin(), moves.end(), [&](const Move& a, const Move& b) {
    return component[a.from] < component[b.from];
  });
  for (const Move& m : moves) {
    // A component is numbered after those it leads to.
    if (component[m.to] > component[m.from]) throw std::logic_error("components out of order");
    if (leads_on[component[m.to]]) leads_on[component[m.from]] = true;
  }
  return fair;
}

std::uint64_t LeadsToAnalysis::bytes() const {
  // What judge() needs as well: a second list of moves, as pairs and as edges, and components.
  return moves_.size() * (2 * sizeof(Move) + 3 * sizeof(StateId)) +
         open_.size() * (2 * (fairness_.duties() / 8 + sizeof(open_[0]) + 8) + sizeof(StateId) + 4);
}

}  // namespace stalemate::interp
