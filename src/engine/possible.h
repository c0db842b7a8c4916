// Which values each slot of a Program may ever hold.
//
// The least sets, one per slot, that hold the initial value and that no step leaves, whatever the
// other slots hold within theirs: an over-approximation of the reachable states that knows nothing
// of order.  Most slots of a compiled model turn out to hold one value for ever. Tested by
// tests/unit/engine/layout_test.cc.
#ifndef STALEMATE_ENGINE_POSSIBLE_H_
#define STALEMATE_ENGINE_POSSIBLE_H_

#include <cstdint>
#include <vector>

#include "ir/ir.h"

namespace stalemate::engine {

// A set of integers: exact as long as all are within -1 .. 62, otherwise all from `lo` to `hi`.
class ValueSet {
 public:
  ValueSet() = default;  // empty
  ValueSet(int lo, int hi);
  static ValueSet one(int value) { return {value, value}; }

  int lo() const { return lo_; }
  int hi() const { return hi_; }
  bool empty() const { return lo_ > hi_; }
  bool single() const { return lo_ == hi_; }
  bool contains(int value) const {
    return value >= lo_ && value <= hi_ && (!exact() || ((bits_ >> (value + 1)) & 1) != 0);
  }
  // Does it hold anything but 0: may a condition be true?
  bool may_hold() const { return !empty() && (lo_ != 0 || hi_ != 0); }
  bool meets(const ValueSet& other) const;
  // Are all values within -1 .. 62, and then, those from lo() on as bits.
  bool exact() const { return lo_ >= -1 && hi_ <= 62; }
  std::uint64_t bits() const { return bits_ >> (lo_ + 1); }
  // Adds the values of `other`; true when there were new ones.
  bool add(const ValueSet& other);
  // Drops what is not within lo .. hi.
  void clip(int lo, int hi);

 private:
  int lo_ = 1, hi_ = 0;
  std::uint64_t bits_ = 0;  // when exact: bit v + 1 is the value v
};

// One set per slot.
std::vector<ValueSet> possible_values(const ir::Program& p);

}  // namespace stalemate::engine

#endif  // STALEMATE_ENGINE_POSSIBLE_H_
