#include "engine/components.h"

#include <algorithm>

namespace stalemate::engine {

Components::Components(const Edges& edges, const std::vector<std::uint8_t>& in)
    : edges_(edges),
      in_(in),
      component_(edges.states(), kNone),
      order_(edges.states()),
      low_(edges.states()) {}

void Components::enter(Edges::State s) {
  order_[s] = low_[s] = ++entered_;
  open_.push_back(s);
  path_.push_back({s, 0});
}

void Components::from(Edges::State root, const Found& found) {
  if (in_[root] == 0 || order_[root] != 0) return;
  enter(root);
  while (!path_.empty()) {
    Frame& top = path_.back();
    const Edges::State s = top.state;
    const std::span<const Edges::State> to = edges_.of(s);
    if (top.next < to.size()) {
      const Edges::State t = to[top.next++];
      if (in_[t] == 0) continue;
      if (order_[t] == 0) {
        enter(t);
      } else if (component_[t] == kNone) {
        low_[s] = std::min(low_[s], order_[t]);
      }
      continue;
    }
    path_.pop_back();
    if (!path_.empty()) {
      std::uint32_t& low = low_[path_.back().state];
      low = std::min(low, low_[s]);
    }
    if (low_[s] != order_[s]) continue;
    const auto first = std::find(open_.rbegin(), open_.rend(), s).base() - 1;
    for (auto it = first; it != open_.end(); ++it) component_[*it] = components_;
    found(components_++, {&*first, static_cast<std::size_t>(open_.end() - first)});
    open_.erase(first, open_.end());
  }
}

}  // namespace stalemate::engine
