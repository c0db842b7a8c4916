#include "sweep/trends.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "sweep/compare.h"

namespace stalemate::sweep {

namespace {

constexpr std::size_t kMostNights = 30;

}  // namespace

Trends trends(const store::Store& store, const store::Night& last) {
  Trends t;
  for (store::Night& night : store.nights()) {
    const bool earlier = night.id < last.id && !night.finished.empty();
    if ((earlier || night.id == last.id) && same_sweep(night, last)) {
      t.nights.push_back({std::move(night), {}, 0, 0});
    }
  }
  if (t.nights.size() > kMostNights) {
    t.nights.erase(t.nights.begin(), std::prev(t.nights.end(), kMostNights));
  }
  // The last first: it says which cells there are.
  for (std::size_t i = t.nights.size(); i-- > 0;) {
    Totals& totals = t.nights[i];
    for (store::Summary& run : store.summaries(totals.night.id)) {
      totals.counts.add(run.status, run.reused);
      totals.states += run.states;
      if (!run.reused) totals.seconds += run.seconds;
      const bool of_last = i + 1 == t.nights.size();
      const auto cell = of_last ? t.cells.try_emplace(run.cell).first : t.cells.find(run.cell);
      if (cell != t.cells.end()) cell->second.push_back({i, std::move(run)});
    }
  }
  for (auto& [cell, points] : t.cells) std::reverse(points.begin(), points.end());
  return t;
}

}  // namespace stalemate::sweep
