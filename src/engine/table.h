// The visited set: exact, compact, in parts that belong to one thread at a time.
//
// A key of B bits goes through a bijection of B bits; some bits of the result choose the part and
// the home bucket in it, and only the rest is stored.  Nothing is lost: the key can be computed
// back from the place and what is stored.  Parts grow one by one, each by about a third and each at
// another size, so that the set is never far from full and never twice in memory. Tested by
// tests/unit/engine/table_test.cc.
#ifndef STALEMATE_ENGINE_TABLE_H_
#define STALEMATE_ENGINE_TABLE_H_

#include <cstdint>
#include <functional>
#include <vector>

#include "engine/mix.h"
#include "engine/names.h"
#include "engine/part.h"

namespace stalemate::engine {

class Table {
 public:
  static constexpr int kParts = 64;

  // For keys below 2^key_bits, 1 to Names::kMaxBits.  Narrow keys that will be widened should be
  // declared with Mixer::kMaxBits bits at least, or they will always be spread as the narrow ones.
  explicit Table(int key_bits);

  int key_bits() const { return key_bits_; }
  // From now on for longer keys.  Those in the table, and their Mixed, stay what they are; places
  // do not.  Throws std::bad_alloc; then the table is for the keys from before, and nothing is
  // lost.
  void widen(int key_bits);
  std::uint64_t bytes_to_widen(int key_bits) const;  // by how much bytes() may grow on the way

  // A key after the bijection.  Computed by any thread; cheap.
  struct Mixed {
    Name value;
  };
  Mixed mix(Name key) const { return {mixer_.mix(key)}; }
  Name unmix(Mixed m) const { return mixer_.unmix(m.value); }
  int part(Mixed m) const { return static_cast<int>(mixer_.low(m.value) >> home_bits_); }
  // What put() and find() will read.
  [[gnu::always_inline]] void prefetch(Mixed m) const {  // see Part::prefetch
    const std::uint64_t low = mixer_.low(m.value);
    parts_[low >> home_bits_].prefetch(low & home_mask_);
  }

  // Only one thread at a time may use a part.
  using Found = Part::Found;  // `inserted`: it was not there; `place` in its part, until that grows
  // Throws std::bad_alloc; then nothing has changed.
  Found put(Mixed m) {
    const std::uint64_t low = mixer_.low(m.value);
    return parts_[low >> home_bits_].put(low & home_mask_, m.value >> mixer_.bits());
  }
  // Of keys that all belong to one part: see Part::take().
  void take(int part, const Keys& mixed, std::uint32_t first, std::uint32_t last, bool claim,
            std::vector<std::uint32_t>& taken) {
    at(part).take(mixed, first, last, {home_mask_, mixer_.bits()}, claim, taken);
  }
  // -1 when absent.
  std::int64_t find(Mixed m) const {
    const std::uint64_t low = mixer_.low(m.value);
    return parts_[low >> home_bits_].find(low & home_mask_, m.value >> mixer_.bits());
  }
  // A bit that comes with each key, false at first.
  bool flag(int part, std::uint64_t place) const { return at(part).flag(place); }
  void set_flag(int part, std::uint64_t place) { at(part).set_flag(place); }

  // Does put() of one more key possibly grow the part, and to how many more bytes at its peak?
  std::uint64_t bytes_to_grow(int part) const { return at(part).bytes_to_grow(); }  // 0: no
  void grow(int part) { at(part).grow(); }  // put() grows by itself, too

  std::uint64_t size() const;  // keys
  std::uint64_t size(int part) const { return at(part).size(); }
  std::uint64_t places(int part) const { return at(part).places(); }  // places are below this
  std::uint64_t bytes() const;                                        // of memory, all parts
  double load() const;                                                // keys over places
  int slot_bytes() const;                                             // the largest of all parts

  // All keys of a part, in no particular order, with their flag.
  void for_each(int part, const std::function<void(Name key, bool flag)>& visit) const;
  // Forgets the keys of a part and gives its memory back.
  void clear_part(int part) { at(part).clear(); }

 private:
  const Part& at(int part) const { return parts_[static_cast<std::size_t>(part)]; }
  Part& at(int part) { return parts_[static_cast<std::size_t>(part)]; }

  int key_bits_;
  Mixer mixer_;
  int home_bits_;  // of the low bits of a Mixed; those above choose the part
  std::uint64_t home_mask_;
  std::vector<Part> parts_;
};

}  // namespace stalemate::engine

#endif  // STALEMATE_ENGINE_TABLE_H_
