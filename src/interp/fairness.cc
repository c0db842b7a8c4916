#include "interp/fairness.h"

#include <map>
#include <string>

#include "interp/eval.h"

namespace stalemate::interp {

Fairness::Fairness(const ir::Program& p) : p_(p), duties_(p.processes.size()) {
  std::map<std::string, int> rules;
  for (const ir::Step& step : p.steps) {
    int duty = -1;
    if (ir::is_program(step.kind)) {
      duty = step.process;
    } else if (step.kind == ir::StepKind::kEventual) {
      const int next = static_cast<int>(duties_);
      duty = step.rule.empty() ? next : rules.emplace(step.rule, next).first->second;
      if (duty == next) ++duties_;
    }
    duty_of_.push_back(duty);
  }
}

std::vector<bool> Fairness::open(const State& s) const {
  std::vector<bool> out(duties_);
  for (std::size_t i = 0; i < p_.steps.size(); ++i) {
    const ir::Step& step = p_.steps[i];
    if (duty_of_[i] < 0 || step.relies_on_copy) continue;
    const auto duty = static_cast<std::size_t>(duty_of_[i]);
    if (out[duty]) continue;
    for_each_choice(step, [&](const Choices& c) {
      if (!out[duty] && enabled(p_, step, s, c)) out[duty] = true;
    });
  }
  return out;
}

}  // namespace stalemate::interp
