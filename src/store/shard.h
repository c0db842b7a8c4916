// The parts in which several machines take one sweep.
//
// A shard is cut by position among all cells, so those of one sweep fit together only where all
// machines see the same cells.  Tested by tests/sweep/run.py, shards.
#ifndef STALEMATE_STORE_SHARD_H_
#define STALEMATE_STORE_SHARD_H_

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace stalemate::store {

constexpr std::size_t kMostShards = 10000;

// K/N: the cells K, K + N, K + 2 N, ... of all.
struct Shard {
  std::size_t index = 0;  // from 0
  std::size_t count = 1;
};

// Nothing when it is not K/N with K in 1..N and N in 1..kMostShards.
std::optional<Shard> read_shard(const std::string& text);

// XXH3-128 of the names of all cells, as 32 hex digits; their order does not matter.
std::string plan_of(std::vector<std::string> cells);

}  // namespace stalemate::store

#endif  // STALEMATE_STORE_SHARD_H_
