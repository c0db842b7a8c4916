#include "engine/never_comes.h"

#include <algorithm>
#include <utility>
#include <vector>

namespace stalemate::engine {

std::optional<NeverComes::Answer> NeverComes::judge(int property,
                                                    const std::function<bool()>& give_up) {
  const std::vector<ir::LeadsTo>& all =
      space_.program.properties[static_cast<std::size_t>(property)].leads;
  Answer out;
  for (const ir::LeadsTo& said : all) {
    auto one = std::make_unique<LeadsTo>(space_, graph_, said);
    if (!one->solve(give_up)) return std::nullopt;
    out.ever = out.ever || one->ever();
    out.waited = out.waited || one->waited();
    if (!one->first()) continue;
    const auto level =
        std::find_if(space_.levels.begin(), space_.levels.end(),
                     [&](const Level& l) { return *one->first() < l.first + l.count; });
    if (out.violated && level->distance >= *out.violated) continue;
    out.violated = level->distance;
    violated_[property] = std::move(one);
  }
  return out;
}

int NeverComes::component(int property, const State& s) const {
  std::vector<Word> packed(space_.words());
  space_.layout.pack(s, packed.data());
  return violated_.at(property)->component(graph_.number(packed.data()));
}

}  // namespace stalemate::engine
