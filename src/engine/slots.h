// Buckets of slots of a fixed number of bytes, in one or two cache lines.
//
// A slot is a tag of 8 bits, by which it is found, and a body of all others: bit 0 of the body is a
// flag, the next kStepBits are not all 0 unless the slot is empty.  The tags of a bucket are side
// by side at its end, so that they are compared at once.  Slots are used from the first one on and
// never emptied. Tested by tests/unit/engine/table_test.cc.
#ifndef STALEMATE_ENGINE_SLOTS_H_
#define STALEMATE_ENGINE_SLOTS_H_

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <type_traits>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

#include "engine/names.h"

namespace stalemate::engine {

constexpr int kMinSlotBytes = 2;
constexpr int kMaxSlotBytes = 15;
constexpr int kStepBits = 4;

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

// The low `Bytes` bytes of a word.
template <int Bytes>
void store_word(std::byte* at, std::uint64_t x) {
  if constexpr (std::endian::native == std::endian::big) x = __builtin_bswap64(x);
  std::memcpy(at, &x, Bytes);
}

// Bit i: byte i of 16 is `tag`.
inline std::uint32_t equal_bytes(const std::byte* at, std::uint8_t tag) {
#ifdef __SSE2__
  const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(at));
  const __m128i equal = _mm_cmpeq_epi8(bytes, _mm_set1_epi8(static_cast<char>(tag)));
  return static_cast<std::uint32_t>(_mm_movemask_epi8(equal));
#else
  std::uint32_t equal = 0;
  for (int i = 0; i < 16; ++i) equal |= std::uint32_t{at[i] == std::byte{tag}} << i;
  return equal;
#endif
}

template <int S>
struct Bucket {
  static constexpr int kSlots = bucket_slots(S);
  static constexpr int kBytes = bucket_bytes(S);
  static constexpr int kBody = S - 1;  // bytes; bodies begin at the beginning
  static constexpr int kTags = kBytes - kSlots;
  static_assert(kSlots * kBody + 8 - kBody <= kBytes, "a body is read as a word");
  static_assert(kSlots <= 32);

  using Body = std::conditional_t<(S <= 9), std::uint64_t, Name>;
  struct Slot {
    std::uint8_t tag = 0;
    Body body = 0;
  };

  static Body body(const std::byte* bucket, int i) {
    const std::byte* const at = bucket + i * kBody;
    if constexpr (kBody <= 8) {
      return load_word(at) & ~std::uint64_t{0} >> (64 - 8 * kBody);
    } else {  // the high word overlaps the low one
      return Name{load_word(at + kBody - 8) >> (8 * (16 - kBody))} << 64 | load_word(at);
    }
  }
  static Slot load(const std::byte* bucket, int i) {
    return {std::to_integer<std::uint8_t>(bucket[kTags + i]), body(bucket, i)};
  }
  static void store(std::byte* bucket, int i, const Slot& slot) {
    std::byte* const at = bucket + i * kBody;
    store_word<std::min(kBody, 8)>(at, static_cast<std::uint64_t>(slot.body));
    if constexpr (kBody > 8) {
      store_word<kBody - 8>(at + 8, static_cast<std::uint64_t>(slot.body >> 64));
    }
    bucket[kTags + i] = std::byte{slot.tag};
  }

  // Where `slot` is, whatever its flag; -1: nowhere.
  static int find(const std::byte* bucket, const Slot& slot) {
    std::uint32_t equal;
    if constexpr (kSlots <= 16) {
      equal = equal_bytes(bucket + kBytes - 16, slot.tag) >> (16 - kSlots);
    } else {
      equal = equal_bytes(bucket + kBytes - 32, slot.tag) |
              equal_bytes(bucket + kBytes - 16, slot.tag) << 16;
      equal >>= 32 - kSlots;
    }
    for (; equal != 0; equal &= equal - 1) {
      const int i = std::countr_zero(equal);
      if ((body(bucket, i) ^ slot.body) <= 1) return i;
    }
    return -1;
  }

  static bool used(const std::byte* bucket, int i) {
    constexpr std::byte kSteps{((1 << kStepBits) - 1) << 1};
    return (bucket[i * kBody] & kSteps) != std::byte{0};
  }
  static bool full(const std::byte* bucket) { return used(bucket, kSlots - 1); }
  // Of a bucket that is not full.
  static int first_free(const std::byte* bucket) {
    int i = 0;
    while (used(bucket, i)) ++i;
    return i;
  }
  static bool flag(const std::byte* bucket, int i) {
    return (bucket[i * kBody] & std::byte{1}) != std::byte{0};
  }
  static void set_flag(std::byte* bucket, int i) { bucket[i * kBody] |= std::byte{1}; }
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
