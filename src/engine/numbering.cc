#include "engine/numbering.h"

#include <new>

namespace stalemate::engine {

namespace {

constexpr int kSmallest = 60;  // shift of a table with 16 slots

// The largest number means that there is none.
template <typename Contents>
Number next_number(const Contents& contents) {
  if (contents.size() >= kNoNumber) throw std::bad_alloc();
  return static_cast<Number>(contents.size());
}

}  // namespace

NumberTable::NumberTable() : NumberTable(kSmallest) {}

NumberTable::NumberTable(int shift)
    : shift_(shift), mask_((std::size_t{1} << (64 - shift)) - 1), slots_(mask_ + 1) {}

CellNumbers::CellNumbers(int bits) {
  if (bits <= kDirectBits) direct_.assign(std::size_t{1} << bits, kNone);
}

Number CellNumbers::learn(std::uint32_t content) {
  if (const Number known = find(content); known != kNoNumber) return known;
  const Number number = next_number(contents_);
  if (direct_.empty()) {
    table_.make_room(std::size_t{number} + 1, [&](Number n) { return hash(contents_[n]); });
  }
  contents_.push_back(content);
  if (direct_.empty()) {
    table_.add(hash(content), content, number);
  } else {
    direct_[content] = static_cast<std::uint16_t>(number);
  }
  return number;
}

std::uint64_t CellNumbers::bytes() const {
  return direct_.capacity() * sizeof(direct_[0]) + table_.bytes() +
         contents_.capacity() * sizeof(contents_[0]);
}

Number PairNumbers::learn(Pair p) {
  if (const Number known = find(p); known != kNoNumber) return known;
  const Number number = next_number(pairs_);
  table_.make_room(std::size_t{number} + 1, [&](Number n) { return hash(pairs_[n]); });
  pairs_.push_back(p);
  table_.add(hash(p), check(p), number);
  short_ = short_ && is_short(p);
  return number;
}

std::uint64_t PairNumbers::bytes() const {
  return table_.bytes() + pairs_.capacity() * sizeof(Pair);
}

}  // namespace stalemate::engine
