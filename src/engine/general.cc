#include "engine/general.h"

#include <algorithm>
#include <cstddef>

namespace stalemate::engine {

General::General(const ir::Program& p, const Layout& layout)
    : p_(p), layout_(layout), steps_(std::make_unique<Lazy[]>(p.steps.size())) {
  const auto expect = [&](const ir::ExprRef& condition) {
    if (condition) conditions_.try_emplace(condition.get());
  };
  for (const ir::Property& property : p.properties) {
    expect(property.condition);
    for (const ir::ExprRef& when : property.when) expect(when);
    for (const ir::LeadsTo& said : property.leads) {
      expect(said.from);
      expect(said.to);
    }
  }
}

template <typename Source>
const Code& General::get(const Lazy& lazy, const Source& source) const {
  std::call_once(lazy.once, [&] { lazy.code = std::make_unique<Code>(p_, layout_, source); });
  return *lazy.code;
}

namespace {

void sort_unique(std::vector<int>& numbers) {
  std::sort(numbers.begin(), numbers.end());
  numbers.erase(std::unique(numbers.begin(), numbers.end()), numbers.end());
}

}  // namespace

General::Fired General::fire(int step, int choice, const Word* before, Word* after,
                             Outcome& outcome) const {
  const auto number = static_cast<std::size_t>(step);
  const Code& code = get(steps_[number], p_.steps[number]);
  outcome.violations.clear();
  outcome.goals.clear();
  outcome.error = false;
  try {
    if (!code.holds(before, choice)) return Fired::kDisabled;
    std::copy_n(before, layout_.words, after);
    code.run(after, choice, outcome.violations, outcome.goals);
  } catch (const Code::Fault&) {
    std::copy_n(before, layout_.words, after);
    outcome = {};
    outcome.error = true;
    return Fired::kError;
  }
  sort_unique(outcome.violations);
  sort_unique(outcome.goals);
  return Fired::kFired;
}

bool General::fires(int step, int choice, const Word* state) const {
  const auto number = static_cast<std::size_t>(step);
  try {
    return get(steps_[number], p_.steps[number]).holds(state, choice);
  } catch (const Code::Fault&) {
    return true;
  }
}

General::Truth General::holds(const ir::ExprRef& e, const Word* state) const {
  const auto known = conditions_.find(e.get());
  try {
    const bool is = known != conditions_.end() ? get(known->second, *e).holds(state, 0)
                                               : Code(p_, layout_, *e).holds(state, 0);
    return is ? Truth::kTrue : Truth::kFalse;
  } catch (const Code::Fault&) {
    return Truth::kError;
  }
}

}  // namespace stalemate::engine
