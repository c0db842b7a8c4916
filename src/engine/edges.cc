#include "engine/edges.h"

namespace stalemate::engine {

Edges Edges::reversed() const {
  Edges back;
  back.begin_.assign(begin_.size(), 0);
  for (const State s : to_) ++back.begin_[s + 1];
  for (std::size_t s = 1; s < begin_.size(); ++s) back.begin_[s] += back.begin_[s - 1];
  back.to_.resize(to_.size());
  back.labels_.resize(labels_.size());
  std::vector<std::uint64_t> next(back.begin_.begin(), back.begin_.end() - 1);
  for (State s = 0; s < states(); ++s) {
    for (std::uint64_t e = begin_[s]; e < begin_[s + 1]; ++e) {
      const std::uint64_t there = next[to_[e]]++;
      back.to_[there] = s;
      if (labelled()) back.labels_[there] = labels_[e];
    }
  }
  return back;
}

std::vector<std::uint8_t> reachable(const Edges& edges, Edges::State from) {
  std::vector<std::uint8_t> seen(edges.states());
  std::vector<Edges::State> todo{from};
  seen[from] = 1;
  while (!todo.empty()) {
    const Edges::State s = todo.back();
    todo.pop_back();
    for (const Edges::State t : edges.of(s)) {
      if (seen[t] != 0) continue;
      seen[t] = 1;
      todo.push_back(t);
    }
  }
  return seen;
}

bool spread_back(const Edges& back, std::size_t stride, const std::vector<std::uint8_t>& settled,
                 std::vector<std::uint8_t>& facts, const Learn& learn,
                 const std::function<bool()>& give_up) {
  constexpr std::size_t kOften = std::size_t{1} << 16;
  // In turn, so that what a state learns from several others is passed on once.
  std::vector<Edges::State> todo, next;
  std::vector<std::uint8_t> waiting(back.states());
  for (Edges::State s = 0; s < back.states(); ++s) {
    if (settled[s] != 0) continue;
    todo.push_back(s);
    waiting[s] = 1;
  }
  for (std::size_t done = 0; !todo.empty(); todo.swap(next), next.clear()) {
    // What was found last is at the end of most runs.
    for (auto it = todo.rbegin(); it != todo.rend(); ++it) {
      if (++done % kOften == 0 && give_up()) return false;
      waiting[*it] = 0;
      const std::uint8_t* const known = &facts[*it * stride];
      const std::span<const Edges::State> all = back.of(*it);
      for (std::size_t e = 0; e < all.size(); ++e) {
        const Edges::State before = all[e];
        if (settled[before] != 0) continue;
        std::uint8_t* const own = &facts[before * stride];
        bool learned = false;
        if (back.labelled()) {
          learned = learn(back.labels_of(*it)[e], known, own);
        } else {
          for (std::size_t b = 0; b < stride; ++b) {
            learned = learned || (known[b] & ~own[b]) != 0;
            own[b] |= known[b];
          }
        }
        if (!learned || waiting[before] != 0) continue;
        waiting[before] = 1;
        next.push_back(before);
      }
    }
  }
  return true;
}

}  // namespace stalemate::engine
