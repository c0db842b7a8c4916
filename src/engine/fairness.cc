#include "engine/fairness.h"

#include <map>
#include <new>

namespace stalemate::engine {

Duties::Duties(const ir::Program& p) : count(p.processes.size()) {
  std::map<std::string, std::size_t> known;
  for (const ir::Step& s : p.steps) {
    std::size_t duty = kNobody;
    switch (s.kind) {
      case ir::StepKind::kProgram:
      case ir::StepKind::kEntry:
        duty = static_cast<std::size_t>(s.process);
        break;
      case ir::StepKind::kEventual:
        if (s.rule.empty()) {
          duty = count++;
        } else {
          const auto [at, is_new] = known.try_emplace(s.rule, count);
          if (is_new) ++count;
          duty = at->second;
        }
        break;
      case ir::StepKind::kSpeculative:
        break;
    }
    of.push_back(static_cast<std::uint16_t>(duty));
    owed.push_back(duty != kNobody && !s.relies_on_copy ? 1 : 0);
  }
  if (count >= kNobody) throw std::bad_alloc();
}

std::string needs_all_steps(const ir::Program& p, const std::vector<int>& properties) {
  for (const int i : properties) {
    const ir::Property& property = p.properties[static_cast<std::size_t>(i)];
    if (property.kind != ir::Property::Kind::kLeadsTo) continue;
    return property.name + " asks for weakly fair runs, where it matters whose steps are taken";
  }
  return "";
}

}  // namespace stalemate::engine
