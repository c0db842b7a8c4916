// Buckets of slots of a fixed number of bytes, in one or two cache lines.
//
// A slot is a number of 8 * S bits: 0 when it is empty, else with a flag in bit 0 and something
// that is not 0 above it.  Slots are used from the first one on and never emptied. Tested by
// tests/unit/engine/table_test.cc.
#ifndef STALEMATE_ENGINE_SLOTS_H_
#define STALEMATE_ENGINE_SLOTS_H_

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <type_traits>

#include "engine/names.h"

namespace stalemate::engine {

constexpr int kMinSlotBytes = 2;
constexpr int kMaxSlotBytes = 15;

// One line where little of it is wasted; wider slots need two, to lose less and to have enough
// slots that few buckets overflow.
constexpr int bucket_bytes(int slot_bytes) { return slot_bytes <= 9 ? 64 : 128; }
constexpr int bucket_slots(int slot_bytes) { return bucket_bytes(slot_bytes) / slot_bytes; }

inline std::uint64_t load_word(const std::byte* at) {
  std::uint64_t x;
  std::memcpy(&x, at, sizeof x);
  if constexpr (std::endian::native == std::endian::big) x = __builtin_bswap64(x);
  return x;
}

template <int S>
struct Bucket {
  static constexpr int kSlots = bucket_slots(S);
  static constexpr int kBytes = bucket_bytes(S);
  // What is compared at once is the low word of a slot, or all of it.
  static constexpr int kLowBits = S < 8 ? 8 * S : 64;
  static constexpr std::uint64_t kLowMask = ~std::uint64_t{0} >> (64 - kLowBits);
  using Value = std::conditional_t<(S <= 8), std::uint64_t, Name>;

  // The low bits of slot i.  Never reads beyond the bucket: for the last slots it reads the last
  // word.
  static std::uint64_t low(const std::byte* bucket, int i) {
    const int at = i * S;
    if (at + 8 <= kBytes) return load_word(bucket + at) & kLowMask;
    return load_word(bucket + kBytes - 8) >> (8 * (at + 8 - kBytes)) & kLowMask;
  }

  static Value load(const std::byte* bucket, int i) {
    if constexpr (S <= 8) {
      return low(bucket, i);
    } else {
      // The high word overlaps the low one unless the slot has 16 bytes.
      const std::uint64_t high = load_word(bucket + i * S + S - 8) >> (8 * (16 - S));
      return Name{high} << 64 | load_word(bucket + i * S);
    }
  }

  static void store(std::byte* bucket, int i, Value value) {
    std::byte* const at = bucket + i * S;
    for (int byte = 0; byte < S; ++byte) {
      at[byte] = static_cast<std::byte>(value);
      value >>= 8;
    }
  }

  // The slot that holds `value`, whose flag is not looked at; -1: none.
  static int find(const std::byte* bucket, Value value) {
    const std::uint64_t wanted = static_cast<std::uint64_t>(value);
    std::uint32_t equal =
        0;  // without a branch for each slot: where the match is, nobody can predict
    for (int i = 0; i < kSlots; ++i) {
      equal |= std::uint32_t{((low(bucket, i) ^ wanted) & kLowMask) <= 1} << i;
    }
    if constexpr (S <= 8) {
      return equal == 0 ? -1 : std::countr_zero(equal);
    } else {
      for (; equal != 0; equal &= equal - 1) {
        const int i = std::countr_zero(equal);
        if ((load(bucket, i) ^ value) <= 1) return i;
      }
      return -1;
    }
  }

  static bool used(const std::byte* bucket, int i) { return bucket[i * S] > std::byte{1}; }
  static bool full(const std::byte* bucket) { return used(bucket, kSlots - 1); }
  // Of a bucket that is not full.
  static int first_free(const std::byte* bucket) {
    int i = 0;
    while (used(bucket, i)) ++i;
    return i;
  }
};

// Calls f.template operator()<S>() for S = slot_bytes.
template <typename F>
decltype(auto) with_slot_bytes(int slot_bytes, F&& f) {
  switch (slot_bytes) {
    case 2:
      return f.template operator()<2>();
    case 3:
      return f.template operator()<3>();
    case 4:
      return f.template operator()<4>();
    case 5:
      return f.template operator()<5>();
    case 6:
      return f.template operator()<6>();
    case 7:
      return f.template operator()<7>();
    case 8:
      return f.template operator()<8>();
    case 9:
      return f.template operator()<9>();
    case 10:
      return f.template operator()<10>();
    case 11:
      return f.template operator()<11>();
    case 12:
      return f.template operator()<12>();
    case 13:
      return f.template operator()<13>();
    case 14:
      return f.template operator()<14>();
    default:
      return f.template operator()<15>();
  }
}

}  // namespace stalemate::engine

#endif  // STALEMATE_ENGINE_SLOTS_H_
