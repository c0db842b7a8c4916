// Boxes: sets of states in which each slot has one of some values, and an effect that is the same
// in all of them.  What a step does is a list of disjoint boxes before it is a list of cubes.
// Tested by tests/unit/engine/cube_test.cc.
#ifndef STALEMATE_ENGINE_BOX_H_
#define STALEMATE_ENGINE_BOX_H_

#include <bit>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "engine/layout.h"

namespace stalemate::engine {

// Some values of one field: codes, which are values less the `lo` of the field.  Subsets meet only
// subsets of the same field.
class Subset {
 public:
  Subset() = default;
  explicit Subset(int codes) : more_(static_cast<std::size_t>(codes - 1) / 64) {}  // empty
  static Subset possible(const Layout& layout, int slot);

  bool has(int code) const { return ((word(code) >> (code % 64)) & 1) != 0; }
  void insert(int code) {
    const Word bit = Word{1} << (code % 64);
    (code < 64 ? first_ : more_[static_cast<std::size_t>(code) / 64 - 1]) |= bit;
  }
  bool empty() const {
    for (const Word w : more_) {
      if (w != 0) return false;
    }
    return first_ == 0;
  }
  int count() const {
    int n = std::popcount(first_);
    for (const Word w : more_) n += std::popcount(w);
    return n;
  }
  int lowest() const;  // of one that is not empty
  int highest() const;

  Subset& operator&=(const Subset& o) {
    return combine(o, [](Word a, Word b) { return a & b; });
  }
  Subset& operator|=(const Subset& o) {
    return combine(o, [](Word a, Word b) { return a | b; });
  }
  Subset& operator-=(const Subset& o) {
    return combine(o, [](Word a, Word b) { return a & ~b; });
  }
  bool operator==(const Subset&) const = default;
  std::uint64_t hash() const {
    std::uint64_t h = first_;
    for (const Word w : more_) h = h * 0x9e3779b97f4a7c15 + w;
    return h;
  }

  template <typename Visit>
  void for_each(const Visit& visit) const {
    for_each_in(first_, 0, visit);
    for (std::size_t i = 0; i < more_.size(); ++i) {
      for_each_in(more_[i], 64 * (static_cast<int>(i) + 1), visit);
    }
  }

 private:
  Word word(int code) const {
    return code < 64 ? first_ : more_[static_cast<std::size_t>(code) / 64 - 1];
  }
  template <typename F>
  Subset& combine(const Subset& o, const F& f) {
    first_ = f(first_, o.first_);
    for (std::size_t i = 0; i < more_.size(); ++i) more_[i] = f(more_[i], o.more_[i]);
    return *this;
  }
  template <typename Visit>
  static void for_each_in(Word w, int base, const Visit& visit) {
    for (; w != 0; w &= w - 1) visit(base + std::countr_zero(w));
  }

  Word first_ = 0;
  std::vector<Word> more_;  // for fields of more than 64 values
};

struct Box {
  struct Part {
    int slot;
    Subset codes;  // not all that are possible
    bool operator==(const Part&) const = default;
  };
  struct Put {
    int slot;
    int code;
    bool operator==(const Put&) const = default;
  };
  std::vector<Part> when;  // ascending slots
  std::vector<Put> then;   // ascending slots; none that `when` says is there already
  int outcome = 0;
};

// Joins boxes of the same effect that differ in one slot only, as long as there are any.  They stay
// disjoint, and what they say stays the same.
void join(const Layout& layout, std::vector<Box>& boxes);

// (code & mask) == value
struct Pattern {
  unsigned mask, value;
};
// Disjoint patterns that match just these of the possible codes of the slot.
std::vector<Pattern> patterns(const Layout& layout, int slot, const Subset& codes);
// The narrowest single pattern that matches all of the codes, which are not none.
Pattern hull(const Layout& layout, int slot, const Subset& codes);

}  // namespace stalemate::engine

#endif  // STALEMATE_ENGINE_BOX_H_
