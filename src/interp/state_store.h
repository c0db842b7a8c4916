// Every state met so far, kept whole, numbered in the order of insertion.
// Tested by tests/unit/interp/state_store_test.cc.
#ifndef STALEMATE_INTERP_STATE_STORE_H_
#define STALEMATE_INTERP_STATE_STORE_H_

#include <absl/container/flat_hash_set.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "ir/ir.h"
#include "verdict/verdict.h"

namespace stalemate::interp {

using StateId = std::uint32_t;

// The rows themselves.  They lie in blocks that never move, so that growing copies nothing.
class StateRows {
 public:
  explicit StateRows(int width) : width_(static_cast<std::size_t>(width)) {}

  const ir::Value* row(StateId id) const {
    return blocks_[id / kBlockRows].get() + (id % kBlockRows) * width_;
  }
  StateId append(const ir::Value* values);

  std::size_t width() const { return width_; }
  std::size_t size() const { return size_; }
  std::uint64_t bytes() const { return blocks_.size() * kBlockRows * width_ * sizeof(ir::Value); }

 private:
  static constexpr std::size_t kBlockRows = 1 << 12;

  std::size_t width_;
  std::size_t size_ = 0;
  std::vector<std::unique_ptr<ir::Value[]>> blocks_;
};

// A set of states.  It is exact: hashes only find candidates, whole rows are compared.
class StateStore {
 public:
  explicit StateStore(int width);

  std::optional<StateId> find(const State& s) const;
  // `s` must not be in the store yet.
  StateId insert(const State& s);
  // Writes state `id` to `s`.
  void copy(StateId id, State& s) const;

  std::size_t size() const { return rows_.size(); }
  // What the rows and the hash table occupy.
  std::uint64_t bytes() const;

 private:
  // Both look at the contents of rows, given by number or by address.
  struct Hash {
    using is_transparent = void;
    const StateRows* rows;
    std::size_t operator()(StateId id) const { return (*this)(rows->row(id)); }
    std::size_t operator()(const ir::Value* row) const;
  };
  struct Equal {
    using is_transparent = void;
    const StateRows* rows;
    bool operator()(StateId a, StateId b) const {
      return a == b || same(rows->row(a), rows->row(b));
    }
    bool operator()(StateId a, const ir::Value* b) const { return same(rows->row(a), b); }
    bool operator()(const ir::Value* a, StateId b) const { return same(a, rows->row(b)); }
    bool same(const ir::Value* a, const ir::Value* b) const;
  };

  StateStore(const StateStore&) = delete;  // the table points at rows_
  StateStore& operator=(const StateStore&) = delete;

  StateRows rows_;
  absl::flat_hash_set<StateId, Hash, Equal> table_;
};

}  // namespace stalemate::interp

#endif  // STALEMATE_INTERP_STATE_STORE_H_
