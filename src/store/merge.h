// The nights of shards as one night.
#ifndef STALEMATE_STORE_MERGE_H_
#define STALEMATE_STORE_MERGE_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "store/store.h"

namespace stalemate::store {

struct Merged {
  std::int64_t night = 0;
  std::size_t cells = 0;
};

// Adds to `out`, which is created when it is not there, one night with all runs of the last nights
// of `in`.  These must be all the shards of one sweep, finished, by the same version, and hold each
// of its cells once; else a StoreError, and `out` stays as it is.
Merged merge(const std::string& out, const std::vector<std::string>& in);

}  // namespace stalemate::store

#endif  // STALEMATE_STORE_MERGE_H_
