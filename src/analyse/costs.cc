#include "analyse/costs.h"

#include <algorithm>
#include <boost/graph/compressed_sparse_row_graph.hpp>
#include <boost/graph/dijkstra_shortest_paths.hpp>
#include <boost/graph/strong_components.hpp>
#include <boost/property_map/function_property_map.hpp>
#include <limits>
#include <new>
#include <numeric>
#include <stdexcept>
#include <utility>

#include "analyse/moves.h"
#include "interp/search.h"

namespace stalemate::analyse {

namespace {

// Its edge number i is Moves::list[i].
using Net =
    boost::compressed_sparse_row_graph<boost::directedS, boost::no_property, boost::no_property,
                                       boost::no_property, StateId, std::uint64_t>;
using Edge = boost::graph_traits<Net>::edge_descriptor;

Net net_of(const Moves& moves) {
  const auto states = static_cast<StateId>(moves.ends.size());
  std::vector<std::pair<StateId, StateId>> edges;
  edges.reserve(moves.list.size());
  for (StateId from = 0; from < states; ++from) {
    for (std::uint64_t i = moves.first[from]; i < moves.first[from + std::size_t{1}]; ++i) {
      edges.emplace_back(from, moves.list[i].to);
    }
  }
  return {boost::edges_are_sorted, edges.begin(), edges.end(), states};
}

// The strong components of the graph, and those of them that complete executions pass through.
class Components {
 public:
  explicit Components(const Moves& moves, const Net& net)
      : moves_(moves), of_(moves.ends.size()), order_(moves.ends.size()) {
    const StateId components = boost::strong_components(
        net, boost::make_iterator_property_map(of_.begin(), get(boost::vertex_index, net)));
    std::iota(order_.begin(), order_.end(), StateId{0});
    std::stable_sort(order_.begin(), order_.end(),
                     [this](StateId a, StateId b) { return of_[a] < of_[b]; });
    useful_.resize(components);
    for (const StateId s : order_) {
      if (moves_.ends[s]) useful_[of_[s]] = true;
      each_move(s, [&](StateId to, std::uint32_t) {
        // Everything below rests on this: a component is numbered after those it leads to.
        if (of_[to] > of_[s]) throw std::logic_error("components are out of order");
        if (useful_[of_[to]]) useful_[of_[s]] = true;
      });
    }
  }

  bool completes() const { return useful_[of_[0]]; }
  bool all_useful() const {
    return std::all_of(useful_.begin(), useful_.end(), [](bool useful) { return useful; });
  }

  // The longest path from the initial state to an end; none when a cycle makes it longer and
  // longer.
  std::optional<std::uint64_t> longest(std::size_t counter) const {
    std::vector<std::uint64_t> most(useful_.size());
    for (const StateId s : order_) {
      if (!useful_[of_[s]]) continue;
      bool cycle = false;
      each_move(s, [&](StateId to, std::uint32_t counts) {
        if (!useful_[of_[to]]) return;
        const std::uint64_t here = moves_.counts[counts][counter];
        if (of_[to] != of_[s])
          most[of_[s]] = std::max(most[of_[s]], here + most[of_[to]]);
        else
          cycle = cycle || here > 0;
      });
      if (cycle) return std::nullopt;
    }
    return most[of_[0]];
  }

 private:
  template <typename F>
  void each_move(StateId s, F visit) const {
    for (std::uint64_t i = moves_.first[s]; i < moves_.first[s + std::size_t{1}]; ++i) {
      visit(moves_.list[i].to, moves_.list[i].counts);
    }
  }

  const Moves& moves_;
  std::vector<StateId> of_;     // per state: its component
  std::vector<StateId> order_;  // the states, component after component
  std::vector<bool> useful_;    // per component: an end can be reached from it
};

// The shortest path from the initial state to an end.
std::uint64_t shortest(const Moves& moves, const Net& net, std::size_t counter) {
  std::vector<std::uint64_t> distance(moves.ends.size());
  const auto weight = boost::make_function_property_map<Edge>([&](const Edge& e) {
    return std::uint64_t{moves.counts[moves.list[get(boost::edge_index, net, e)].counts][counter]};
  });
  boost::dijkstra_shortest_paths(
      net, StateId{0},
      boost::weight_map(weight).distance_map(
          boost::make_iterator_property_map(distance.begin(), get(boost::vertex_index, net))));
  std::uint64_t least = std::numeric_limits<std::uint64_t>::max();
  for (std::size_t s = 0; s < distance.size(); ++s) {
    if (moves.ends[s]) least = std::min(least, distance[s]);
  }
  return least;
}

void find(const ir::Program& p, const interp::Options& options, interp::Budget& budget,
          Costs& out) {
  interp::Graph graph(p);
  interp::Findings found(p, options);
  interp::search(options, budget, graph, nullptr, found);
  out.counts.states = graph.states.size();
  out.counts.transitions = found.transitions;
  out.counts.depth = static_cast<int>(found.depth);
  out.stopped = found.stopped;
  if (found.error) {
    out.model_error = found.error->error.what();
    out.model_error_span = found.error->error.span;
  }
  if (!found.complete) return;
  const Moves moves = find_moves(graph, budget, out.stopped);
  if (!out.stopped.empty()) return;
  const Net net = net_of(moves);
  const Components components(moves, net);
  std::vector<Figure> figures;
  for (std::size_t c = 0; components.completes() && c < p.counters.size(); ++c) {
    out.stopped = budget.exceeded([&](interp::Progress& progress) {
      progress.states = graph.states.size();
      progress.transitions = found.transitions;
      progress.bytes = graph.bytes() + 3 * moves.bytes();
    });
    if (!out.stopped.empty()) return;
    figures.push_back({shortest(moves, net, c), components.longest(c)});
  }
  out.completes = components.completes();
  out.may_hang = !components.all_useful();
  out.figures = std::move(figures);
}

}  // namespace

Costs find_costs(const ir::Program& program, const interp::Options& options) {
  interp::Options limits = options;
  limits.properties.clear();
  limits.stop_when_violated = false;
  interp::Budget budget(limits);
  Costs out;
  try {
    find(program, limits, budget, out);
  } catch (const std::bad_alloc&) {
    out = {};
    out.stopped = "out of memory; free some memory or make the model smaller to go on";
  }
  out.counts.seconds = budget.seconds();
  return out;
}

}  // namespace stalemate::analyse
