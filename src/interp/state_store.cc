#include "interp/state_store.h"

#include <algorithm>

#define XXH_INLINE_ALL
#include <xxhash.h>

namespace stalemate::interp {

StateId StateRows::append(const ir::Value* values) {
  if (size_ == blocks_.size() * kBlockRows) {
    blocks_.push_back(std::make_unique<ir::Value[]>(kBlockRows * width_));
  }
  ir::Value* row = blocks_.back().get() + (size_ % kBlockRows) * width_;
  std::copy_n(values, width_, row);
  return static_cast<StateId>(size_++);
}

std::size_t StateStore::Hash::operator()(const ir::Value* row) const {
  return static_cast<std::size_t>(XXH3_64bits(row, rows->width() * sizeof(ir::Value)));
}

bool StateStore::Equal::same(const ir::Value* a, const ir::Value* b) const {
  return std::equal(a, a + rows->width(), b);
}

StateStore::StateStore(int width) : rows_(width), table_(0, Hash{&rows_}, Equal{&rows_}) {}

std::optional<StateId> StateStore::find(const State& s) const {
  const auto it = table_.find(s.data());
  if (it == table_.end()) return std::nullopt;
  return *it;
}

StateId StateStore::insert(const State& s) {
  const StateId id = rows_.append(s.data());
  table_.insert(id);
  return id;
}

void StateStore::copy(StateId id, State& s) const {
  const ir::Value* row = rows_.row(id);
  s.assign(row, row + rows_.width());
}

std::uint64_t StateStore::bytes() const {
  return rows_.bytes() + table_.capacity() * (sizeof(StateId) + 1);  // one control byte per entry
}

}  // namespace stalemate::interp
