// A night next to the one before: what changed, worst first.
#ifndef STALEMATE_SWEEP_COMPARE_H_
#define STALEMATE_SWEEP_COMPARE_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "store/store.h"

namespace stalemate::sweep {

struct Finding {
  std::string cell;
  std::string what;
  bool trace = false;  // the run has one that explains it
};

struct Section {
  std::string key;    // in JSON: "verdict_changes"
  std::string title;  // for people: "Verdict changes"
  std::vector<Finding> findings;
};

struct Comparison {
  store::Night night;
  std::optional<store::Night> before;
  std::vector<store::Run> runs;  // of the night, by cell
  // Verdict changes, mismatches and crashes, inconclusive cells, changed counts, slower cells, new
  // cells, cells that are gone; each of them always, even when it is empty.
  std::vector<Section> sections;

  // "12 cells: 10 as expected, 2 not as expected"
  std::string summary() const;
  const store::Run* run(const std::string& cell) const;
};

// Nights that are compared with each other: the same sweep file, shard and filter.
bool same_sweep(const store::Night& a, const store::Night& b);

// 0: the last night; the last finished one before it of the same sweep file, shard and filter, if
// there is one.  A StoreError when there is no such night.
Comparison compare(const store::Store& store, std::int64_t night, std::int64_t against);

}  // namespace stalemate::sweep

#endif  // STALEMATE_SWEEP_COMPARE_H_
