#include "verdict/words.h"

#include <algorithm>
#include <cstddef>

namespace stalemate {

namespace {

// The names of those of `which` that were not reached.
std::string unmet(const ir::Program& p, const std::vector<int>& which,
                  const std::vector<bool>& goals) {
  std::string names;
  for (const int goal : which) {
    const auto g = static_cast<std::size_t>(goal);
    if (!goals[g]) names += (names.empty() ? "" : ", ") + p.goals[g].name;
  }
  return names;
}

}  // namespace

std::string vacuity(const ir::Program& p, const ir::Property& property,
                    const std::vector<bool>& goals, bool counted) {
  const std::string unseen = unmet(p, property.watches, goals);
  const std::string what = property.name + " judges what never happened: ";
  if (!unseen.empty()) return what + unseen;
  if (!counted) return what + "its condition never held";
  for (const std::string& label : property.cycle) {
    const bool any = std::any_of(p.steps.begin(), p.steps.end(),
                                 [&](const ir::Step& step) { return step.waits == label; });
    if (!any) return what + "nobody waits as " + label;
  }
  std::vector<int> required;
  for (std::size_t g = 0; g < p.goals.size(); ++g) {
    if (p.goals[g].required) required.push_back(static_cast<int>(g));
  }
  const std::string missed = unmet(p, required, goals);
  return missed.empty() ? "" : "never reached: " + missed;
}

std::string stuck_message(const ir::Program& p, const std::vector<int>& processes, const State& s) {
  std::string out;
  for (const int i : processes) {
    const ir::Process& process = p.processes[static_cast<std::size_t>(i)];
    const int control = p.variables[static_cast<std::size_t>(process.control)].first;
    const auto at = static_cast<std::size_t>(s[static_cast<std::size_t>(control)]);
    if (!out.empty()) out += "; ";
    out += p.sorts.at(0).members.at(static_cast<std::size_t>(process.cpu)) + " " + process.name +
           " waits for ever at \"" + process.locations.at(at).name + "\"";
  }
  return out;
}

}  // namespace stalemate
