// The bits of a name under a mask, side by side.
// Tested by tests/unit/engine/names_test.cc.
#ifndef STALEMATE_ENGINE_GATHER_H_
#define STALEMATE_ENGINE_GATHER_H_

#include <bit>
#include <cstddef>
#include <cstdint>

#include "engine/names.h"

#if defined(__x86_64__) && defined(__GNUC__)
#include <immintrin.h>
#endif

namespace stalemate::engine {

// Bit by bit, on any machine.
inline Number gather_slowly(Name name, Name mask) {
  Number n = 0;
  for (int bit = 0; mask != 0; ++bit, mask &= mask - 1) {
    if ((name & mask & -mask) != 0) n |= Number{1} << bit;
  }
  return n;
}

#if defined(__x86_64__) && defined(__GNUC__)
// In one instruction for each word, where the machine has it.
[[gnu::target("bmi2,popcnt")]] inline Number gather_fast(Name name, Name mask) {
  const auto low_mask = static_cast<std::uint64_t>(mask);
  const auto high_mask = static_cast<std::uint64_t>(mask >> 64);
  const std::uint64_t low = _pext_u64(static_cast<std::uint64_t>(name), low_mask);
  const std::uint64_t high = _pext_u64(static_cast<std::uint64_t>(name >> 64), high_mask);
  return static_cast<Number>(low | high << std::popcount(low_mask));
}
// Of many names: a call for each would take longer than what it does.
[[gnu::target("bmi2,popcnt")]] inline void gather_fast(const Name* names, std::size_t count,
                                                       Name mask, Number* out) {
  for (std::size_t i = 0; i < count; ++i) out[i] = gather_fast(names[i], mask);
}
inline bool has_gather() {
  return __builtin_cpu_supports("bmi2") && __builtin_cpu_supports("popcnt");
}
#else
inline Number gather_fast(Name name, Name mask) { return gather_slowly(name, mask); }
inline void gather_fast(const Name*, std::size_t, Name, Number*) {}
inline bool has_gather() { return false; }
#endif

// Of each name, as fast as this machine can.
inline void gather(const Name* names, std::size_t count, Name mask, Number* out) {
  static const bool fast = has_gather();
  if (fast) {
    gather_fast(names, count, mask, out);
  } else {
    for (std::size_t i = 0; i < count; ++i) out[i] = gather_slowly(names[i], mask);
  }
}

}  // namespace stalemate::engine

#endif  // STALEMATE_ENGINE_GATHER_H_
