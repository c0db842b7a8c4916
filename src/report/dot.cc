// A wait-for graph for Graphviz.
#include <fmt/format.h>

#include <algorithm>

#include "report/report.h"
#include "report/text.h"
#include "report/waits.h"

namespace stalemate::report {

namespace {

std::string quoted(const std::string& text) {
  std::string out = "\"";
  for (const char c : printable(text)) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out + "\"";
}

}  // namespace

std::string dot(const ir::Program& p, const Run& run, const PropertyResult& r,
                const Render& render) {
  const WaitGraph& graph = r.wait_graph;
  std::vector<int> processes = r.stuck;
  for (const Wait& w : graph.waits) processes.insert(processes.end(), {w.waiter, w.on});
  std::sort(processes.begin(), processes.end());
  processes.erase(std::unique(processes.begin(), processes.end()), processes.end());

  const std::string& property = p.properties[static_cast<std::size_t>(r.property)].name;
  std::string out = fmt::format(
      "digraph waits {{\n  label={};\n",
      quoted(fmt::format("{}: {} violated, {}", run.file, property, configuration(p, run))));
  for (const int i : processes) {
    const bool stuck = std::binary_search(r.stuck.begin(), r.stuck.end(), i);
    out += fmt::format("  p{} [label={}{}];\n", i, quoted(process_name(p, i)),
                       stuck ? ", shape=box" : "");
  }
  for (std::size_t i = 0; i < graph.waits.size(); ++i) {
    const Wait& w = graph.waits[i];
    const bool in_cycle =
        std::find(graph.cycle.begin(), graph.cycle.end(), static_cast<int>(i)) != graph.cycle.end();
    out += fmt::format("  p{} -> p{} [label={}{}];\n", w.waiter, w.on,
                       quoted(wait_reason(p, w, r.trace.states.back(), render)),
                       in_cycle ? ", color=red" : "");
  }
  return out + "}\n";
}

}  // namespace stalemate::report
