// A bijection of keys whose result is spread evenly in its low bits, however regular the keys are.
//
// Keys have any number of bits, up to 120, and may get longer later: the low bits, at most kMaxBits
// of them, are scrambled, together with a hash of all bits above them; the bits above stay as they
// are.  So a key keeps its image when it gets zeros in front, and the inverse needs no division.
// Tested by tests/unit/engine/table_test.cc.
#ifndef STALEMATE_ENGINE_MIX_H_
#define STALEMATE_ENGINE_MIX_H_

#include <cstdint>

#include "engine/names.h"

namespace stalemate::engine {

class Mixer {
 public:
  // 6 bits choose one of 64 parts, 32 a place in it.
  static constexpr int kMaxBits = 38;

  // Scrambles the low `bits` bits: 1 to kMaxBits.
  explicit Mixer(int bits)
      : bits_(bits), half_((bits + 1) / 2), mask_((std::uint64_t{1} << bits) - 1) {}

  int bits() const { return bits_; }
  std::uint64_t low(Name n) const { return static_cast<std::uint64_t>(n) & mask_; }

  Name mix(Name key) const {
    const std::uint64_t before = low(key);
    std::uint64_t x = before ^ hash_above(key);
    x ^= x >> half_;
    x = (x * kFirst) & mask_;
    x ^= x >> half_;
    x = (x * kSecond) & mask_;
    x ^= x >> half_;
    x = (x * kThird) & mask_;
    return key ^ (before ^ x);
  }

  Name unmix(Name mixed) const {
    const std::uint64_t before = low(mixed);
    std::uint64_t x = (before * inverse(kThird)) & mask_;
    x ^= x >> half_;  // undoes itself, since it moves at least half of the bits out
    x = (x * inverse(kSecond)) & mask_;
    x ^= x >> half_;
    x = (x * inverse(kFirst)) & mask_;
    x ^= x >> half_;
    x ^= hash_above(mixed);
    return mixed ^ (before ^ x);
  }

 private:
  // Odd numbers without a pattern: digits of the fractions of the golden ratio and of square roots.
  static constexpr std::uint64_t kFirst = 0x9e3779b97f4a7c15;
  static constexpr std::uint64_t kSecond = 0xbb67ae8584caa73b;
  static constexpr std::uint64_t kThird = 0x510e527fade682d1;
  static constexpr std::uint64_t kAbove = 0x3c6ef372fe94f82b;
  static constexpr std::uint64_t kTop = 0xa54ff53a5f1d36f1;

  // Of an odd number, modulo 2^64 and so modulo any smaller power of two.
  static constexpr std::uint64_t inverse(std::uint64_t a) {
    std::uint64_t x = a;  // right in 3 bits; each round doubles them
    for (int i = 0; i < 5; ++i) x *= 2 - a * x;
    return x;
  }

  // bits_ bits of hash of what is above the low ones.  A product carries upwards only: its upper
  // bits depend on all of a factor.
  std::uint64_t hash_above(Name n) const {
    const std::uint64_t low_word = static_cast<std::uint64_t>(n);
    const std::uint64_t high_word = static_cast<std::uint64_t>(n >> 64);
    const std::uint64_t above = (low_word >> bits_) | (high_word << (64 - bits_));
    const std::uint64_t top = high_word >> bits_;
    return (above * kAbove + top * kTop) >> (64 - bits_);
  }

  int bits_;
  int half_;
  std::uint64_t mask_;
};

}  // namespace stalemate::engine

#endif  // STALEMATE_ENGINE_MIX_H_
