// The visited set: exact, compact, in parts that belong to one thread at a time.
//
// A key of B bits goes through a bijection of B bits; the high bits of the result choose the part and
// the home bucket in it, and only the rest, the remainder, is stored.  Nothing is lost: the key can be
// computed back from the place and the remainder.  Parts grow one by one, each by about a third, so
// that the set is never far from full and never twice in memory.
// Tested by tests/unit/engine/table_test.cc.
#ifndef STALEMATE_ENGINE_TABLE_H_
#define STALEMATE_ENGINE_TABLE_H_

#include <cstdint>
#include <functional>
#include <vector>

#include "engine/names.h"

namespace stalemate::engine {

class Table {
 public:
  static constexpr int kParts = 64;

  // For keys below 2^key_bits, 1 to Names::kMaxBits.
  explicit Table(int key_bits);

  // A key after the bijection.  Computed by any thread; cheap.
  struct Mixed { Name value; };
  Mixed mix(Name key) const;
  Name unmix(Mixed m) const;
  int part(Mixed m) const;            // 0 .. kParts - 1
  void prefetch(Mixed m) const;       // of its part's home bucket

  // Only one thread at a time may use a part.
  struct Found {
    bool inserted = false;  // it was not there before
    std::uint64_t place = 0;  // where it is in its part, until the part grows
  };
  Found put(Mixed m);
  // -1 when absent.
  std::int64_t find(Mixed m) const;
  // A bit that comes with each key, false at first.
  bool flag(int part, std::uint64_t place) const;
  void set_flag(int part, std::uint64_t place);

  // Does put() of one more key possibly grow the part, and to how many more bytes at its peak?
  std::uint64_t bytes_to_grow(int part) const;  // 0: no growth is due
  void grow(int part);                           // put() grows by itself, too

  std::uint64_t size() const;                    // keys
  std::uint64_t size(int part) const;
  std::uint64_t places(int part) const;          // places are below this
  std::uint64_t bytes() const;                   // of memory, all parts
  double load() const;                           // keys over places
  int slot_bytes() const;

  // All keys of a part, in no particular order, with their flag.
  void for_each(int part, const std::function<void(Name key, bool flag)>& visit) const;

 private:
  // (the helper who builds this decides)
};

}  // namespace stalemate::engine

#endif  // STALEMATE_ENGINE_TABLE_H_
