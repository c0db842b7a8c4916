// Dictionaries from the contents of a cell, and from pairs of numbers, to 0, 1, 2, ... in the order
// in which they are learned, and back.
//
// find() is const and may run in many threads; learn() may throw std::bad_alloc, and then nothing
// has changed. Tested by tests/unit/engine/names_test.cc.
#ifndef STALEMATE_ENGINE_NUMBERING_H_
#define STALEMATE_ENGINE_NUMBERING_H_

#include <cstddef>
#include <cstdint>
#include <vector>

namespace stalemate::engine {

using Number = std::uint32_t;
constexpr Number kNoNumber = ~Number{0};

// An open hash table of numbers, at most half full.  `check` decides alone, or, where it is only a
// hash of the key, together with a look at the key.
class NumberTable {
 public:
  NumberTable();

  template <typename Same>
  Number find(std::uint64_t hash, std::uint32_t check, Same&& same) const {
    for (std::size_t i = hash >> shift_;; i = (i + 1) & mask_) {
      const Slot s = slots_[i];
      if (s.number == kNoNumber) return kNoNumber;
      if (s.check == check && same(s.number)) return s.number;
    }
  }
  // `hash_of(number)` of those in the table serves to move them.
  template <typename HashOf>
  void make_room(std::size_t numbers, HashOf&& hash_of) {
    if (2 * numbers <= slots_.size()) return;
    NumberTable larger(shift_ - 1);
    for (const Slot& s : slots_) {
      if (s.number != kNoNumber) larger.add(hash_of(s.number), s.check, s.number);
    }
    *this = static_cast<NumberTable&&>(larger);
  }
  void add(std::uint64_t hash, std::uint32_t check, Number number) {
    std::size_t i = hash >> shift_;
    while (slots_[i].number != kNoNumber) i = (i + 1) & mask_;
    slots_[i] = {check, number};
  }
  std::uint64_t bytes() const { return slots_.capacity() * sizeof(Slot); }

 private:
  struct Slot {
    std::uint32_t check = 0;
    Number number = kNoNumber;
  };

  explicit NumberTable(int shift);

  int shift_;  // a hash's upper bits are the place
  std::size_t mask_;
  std::vector<Slot> slots_;
};

// Numbers of the contents of one cell, which has 1 to 32 bits.
class CellNumbers {
 public:
  explicit CellNumbers(int bits);

  Number find(std::uint32_t content) const {
    if (!direct_.empty()) {
      const std::uint16_t n = direct_[content];
      return n == kNone ? kNoNumber : n;
    }
    return table_.find(hash(content), content, [](Number) { return true; });
  }
  Number learn(std::uint32_t content);
  std::uint32_t content(Number n) const { return contents_[n]; }
  std::uint64_t size() const { return contents_.size(); }
  std::uint64_t bytes() const;

 private:
  static constexpr int kDirectBits = 12;  // at most 8 KiB
  static constexpr std::uint16_t kNone = 0xffff;

  static std::uint64_t hash(std::uint32_t content) { return content * 0x9e3779b97f4a7c15u; }

  std::vector<std::uint16_t> direct_;  // by content; empty for wide cells
  NumberTable table_;
  std::vector<std::uint32_t> contents_;
};

// Numbers of pairs of numbers.
class PairNumbers {
 public:
  struct Pair {
    Number left = 0;
    Number right = 0;
    bool operator==(const Pair&) const = default;
  };

  Number find(Pair p) const {
    // Two numbers of 16 bits are their own check: no need to look the pair up, which saves a miss.
    const bool sure = short_ && is_short(p);
    return table_.find(hash(p), check(p), [&](Number n) { return sure || pairs_[n] == p; });
  }
  Number learn(Pair p);
  Pair pair(Number n) const { return pairs_[n]; }
  std::uint64_t size() const { return pairs_.size(); }
  std::uint64_t bytes() const;

 private:
  static bool is_short(Pair p) { return (p.left | p.right) >> 16 == 0; }
  static std::uint32_t check(Pair p) { return p.left + (p.right << 16); }
  static std::uint64_t hash(Pair p) {
    return p.left * 0x9e3779b97f4a7c15u + p.right * 0xbb67ae8584caa73bu;
  }

  bool short_ = true;  // all pairs are
  NumberTable table_;
  std::vector<Pair> pairs_;
};

}  // namespace stalemate::engine

#endif  // STALEMATE_ENGINE_NUMBERING_H_
