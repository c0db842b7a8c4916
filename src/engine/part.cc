#include "engine/part.h"

#include <absl/container/flat_hash_map.h>
#include <absl/hash/hash.h>

#include <algorithm>
#include <array>
#include <cassert>
#include <limits>
#include <type_traits>
#include <utility>
#include <vector>

namespace stalemate::engine {

struct Part::Extra {
  struct Hash {
    std::size_t operator()(const PartKey& k) const {
      return absl::HashOf(k.home, static_cast<std::uint64_t>(k.rest),
                          static_cast<std::uint64_t>(k.rest >> 64));
    }
  };
  std::vector<Entry> entries;
  absl::flat_hash_map<PartKey, std::uint64_t, Hash> index;  // in entries

  void add(const PartKey& key, bool flag);
  std::uint64_t bytes() const;
};

void Part::Extra::add(const PartKey& key, bool flag) {
  entries.push_back({key, flag});
  try {
    index.emplace(key, entries.size() - 1);
  } catch (...) {
    entries.pop_back();
    throw;
  }
}

std::uint64_t Part::Extra::bytes() const {
  return sizeof(Extra) + entries.capacity() * sizeof(Entry) +
         index.capacity() * (sizeof(decltype(index)::value_type) + 1);
}

Part::Part(int home_bits, int rest_bits, int stagger)
    : home_bits_(home_bits), rest_bits_(rest_bits), stagger_(stagger) {}
Part::~Part() = default;
Part::Part(Part&&) noexcept = default;
Part& Part::operator=(Part&&) noexcept = default;

std::uint64_t Part::places() const {
  return shape_.buckets == 0 ? 0 : shape_.places() + (extra_ ? extra_->entries.size() : 0);
}

std::uint64_t Part::bytes() const { return block_.bytes() + (extra_ ? extra_->bytes() : 0); }

// --- Slots. ---
//
// The remainder and, above it, the rest; the low 8 bits of that are the tag.  The body is, from its
// lowest bit on, the flag, the steps from the home bucket plus 1, and what is above the tag.

template <int S>
typename Bucket<S>::Slot Part::slot(std::uint64_t remainder, Name rest) const {
  using Bits = std::conditional_t<(S <= 8), std::uint64_t, Name>;
  const Bits bits = static_cast<Bits>(rest) << shape_.remainder_bits | remainder;
  using Body = typename Bucket<S>::Body;
  return {static_cast<std::uint8_t>(bits),
          static_cast<Body>(static_cast<Body>(bits >> 8) << kBodyShift | kStep)};
}

template <int S>
Part::Entry Part::entry(std::uint64_t bucket, const typename Bucket<S>::Slot& slot) const {
  const auto low = static_cast<std::uint64_t>(slot.body);
  const std::uint64_t away = distance((low >> 1 & kReach) - 1);
  while (bucket < away) bucket += shape_.buckets;
  const std::uint64_t home_bucket = bucket - away;
  const Name bits = Name{slot.body} >> kBodyShift << 8 | slot.tag;
  const std::uint64_t remainder =
      static_cast<std::uint64_t>(bits) & ((std::uint64_t{1} << shape_.remainder_bits) - 1);
  return {{home_bucket * shape_.divisor + remainder, bits >> shape_.remainder_bits},
          (low & 1) != 0};
}

// --- Finding and adding. ---

template <int S>
std::int64_t Part::find_in(std::uint64_t home, Name rest) const {
  using B = Bucket<S>;
  Walk walk{quotient(home)};
  auto wanted = slot<S>(home - walk.bucket * shape_.divisor, rest);
  for (std::uint32_t i = 0; i < reach_; ++i) {
    const std::byte* const at = block_.data() + walk.bucket * B::kBytes;
    if (const int found = B::find(at, wanted); found >= 0) {
      return static_cast<std::int64_t>(walk.bucket * B::kSlots) + found;
    }
    if (!B::full(at)) return -1;
    wanted.body += kStep;
    advance(walk);
  }
  return find_extra({home, rest});
}

std::int64_t Part::find_extra(const PartKey& key) const {
  if (!extra_) return -1;
  const auto it = extra_->index.find(key);
  if (it == extra_->index.end()) return -1;
  return static_cast<std::int64_t>(shape_.places() + it->second);
}

std::int64_t Part::find(std::uint64_t home, Name rest) const {
  assert(home >> home_bits_ == 0 && rest >> rest_bits_ == 0);
  if (size_ == 0) return -1;
  return with_slot_bytes(shape_.slot_bytes, [&]<int S>() { return find_in<S>(home, rest); });
}

template <int S>
Part::Found Part::put_in(std::uint64_t home, Name rest) {
  using B = Bucket<S>;
  Walk walk{quotient(home)};
  auto wanted = slot<S>(home - walk.bucket * shape_.divisor, rest);
  for (std::uint32_t i = 0; i < reach_; ++i) {
    std::byte* const at = block_.data() + walk.bucket * B::kBytes;
    if (const int found = B::find(at, wanted); found >= 0) {
      return {false, walk.bucket * B::kSlots + static_cast<unsigned>(found)};
    }
    if (!B::full(at)) {
      if (size_ >= most_) break;
      const int free = B::first_free(at);
      B::store(at, free, wanted);
      ++size_;
      return {true, walk.bucket * B::kSlots + static_cast<unsigned>(free)};
    }
    wanted.body += kStep;
    advance(walk);
  }
  return put_slowly({home, rest});
}

// A key that is not in the buckets.
Part::Found Part::put_slowly(const PartKey& key) {
  if (const std::int64_t place = find_extra(key); place >= 0) {
    return {false, static_cast<std::uint64_t>(place)};
  }
  if (size_ >= most_) grow();
  return {true, add(key, false)};
}

Part::Found Part::put(std::uint64_t home, Name rest) {
  assert(home >> home_bits_ == 0 && rest >> rest_bits_ == 0);
  if (size_ == 0) return put_slowly({home, rest});
  return with_slot_bytes(shape_.slot_bytes, [&]<int S>() { return put_in<S>(home, rest); });
}

// Returns before a key that may change the size of slots, or has none.
template <int S, bool Claim>
std::uint32_t Part::take_in(const Keys& keys, std::uint32_t first, std::uint32_t last,
                            const Split& split, std::vector<std::uint32_t>& taken) {
  // So many ahead: what is asked for now is in the cache then.
  constexpr std::uint32_t kAhead = 24;
  using B = Bucket<S>;
  const auto home_of = [&](Name key) { return static_cast<std::uint64_t>(key) & split.home_mask; };
  for (std::uint32_t i = first; i < std::min(last, first + kAhead); ++i) prefetch(home_of(keys[i]));
  for (std::uint32_t i = first; i < last; ++i) {
    if (last - i > kAhead) prefetch(home_of(keys[i + kAhead]));
    const Name key = keys[i];
    const std::uint64_t home = home_of(key);
    Walk walk{quotient(home)};
    auto wanted = slot<S>(home - walk.bucket * shape_.divisor, key >> split.low_bits);
    for (std::uint32_t step = 0;; ++step) {
      if (step == reach_) return i;
      std::byte* const at = block_.data() + walk.bucket * B::kBytes;
      int found = B::find(at, wanted);
      if (found < 0 && B::full(at)) {
        wanted.body += kStep;
        advance(walk);
        continue;
      }
      const bool is_new = found < 0;
      if (is_new) {
        if (size_ >= most_) return i;
        found = B::first_free(at);
        B::store(at, found, wanted);
        ++size_;
      }
      if (Claim ? !B::flag(at, found) : is_new) taken.push_back(i);
      if constexpr (Claim) B::set_flag(at, found);
      break;
    }
  }
  return last;
}

void Part::take(const Keys& keys, std::uint32_t first, std::uint32_t last, const Split& split,
                bool claim, std::vector<std::uint32_t>& taken) {
  while (first < last) {
    if (size_ > 0) {
      first = with_slot_bytes(shape_.slot_bytes, [&]<int S>() {
        return claim ? take_in<S, true>(keys, first, last, split, taken)
                     : take_in<S, false>(keys, first, last, split, taken);
      });
      if (first == last) return;
    }
    const Found f = put(static_cast<std::uint64_t>(keys[first]) & split.home_mask,
                        keys[first] >> split.low_bits);
    if (claim ? !flag(f.place) : f.inserted) taken.push_back(first);
    if (claim) set_flag(f.place);
    ++first;
  }
}

template <int S>
std::uint64_t Part::add_in(const PartKey& key, bool flag) {
  using B = Bucket<S>;
  Walk walk{quotient(key.home)};
  auto added = slot<S>(key.home - walk.bucket * shape_.divisor, key.rest);
  added.body |= static_cast<unsigned>(flag);
  for (std::uint32_t i = 0; i < reach_; ++i) {
    std::byte* const at = block_.data() + walk.bucket * B::kBytes;
    if (!B::full(at)) {
      const int free = B::first_free(at);
      B::store(at, free, added);
      ++size_;
      return walk.bucket * B::kSlots + static_cast<unsigned>(free);
    }
    added.body += kStep;
    advance(walk);
  }
  return add_extra(key, flag);
}

std::uint64_t Part::add_extra(const PartKey& key, bool flag) {
  if (!extra_) extra_ = std::make_unique<Extra>();
  extra_->add(key, flag);
  ++size_;
  return shape_.places() + extra_->entries.size() - 1;
}

template <int S>
void Part::move_in(const Entry& e, std::vector<std::uint8_t>& used) {
  using B = Bucket<S>;
  Walk walk{quotient(e.key.home)};
  auto added = slot<S>(e.key.home - walk.bucket * shape_.divisor, e.key.rest);
  added.body |= static_cast<unsigned>(e.flag);
  for (std::uint32_t i = 0; i < reach_; ++i) {
    std::uint8_t& count = used[walk.bucket];
    if (count < B::kSlots) {
      B::store(block_.data() + walk.bucket * B::kBytes, count++, added);
      ++size_;
      return;
    }
    added.body += kStep;
    advance(walk);
  }
  add_extra(e.key, e.flag);
}

std::uint64_t Part::add(const PartKey& key, bool flag) {
  return with_slot_bytes(shape_.slot_bytes, [&]<int S>() { return add_in<S>(key, flag); });
}

bool Part::flag(std::uint64_t place) const {
  if (place >= shape_.places()) return extra_->entries[place - shape_.places()].flag;
  return with_slot_bytes(shape_.slot_bytes, [&]<int S>() {
    using B = Bucket<S>;
    const std::byte* const at = block_.data() + place / B::kSlots * B::kBytes;
    return B::flag(at, static_cast<int>(place % B::kSlots));
  });
}

void Part::set_flag(std::uint64_t place) {
  if (place >= shape_.places()) {
    extra_->entries[place - shape_.places()].flag = true;
    return;
  }
  with_slot_bytes(shape_.slot_bytes, [&]<int S>() {
    using B = Bucket<S>;
    std::byte* const at = block_.data() + place / B::kSlots * B::kBytes;
    B::set_flag(at, static_cast<int>(place % B::kSlots));
  });
}

void Part::for_each(const std::function<void(const PartKey& key, bool flag)>& visit) const {
  if (size_ == 0) return;
  with_slot_bytes(shape_.slot_bytes, [&]<int S>() {
    using B = Bucket<S>;
    for (std::uint64_t bucket = 0; bucket < shape_.buckets; ++bucket) {
      const std::byte* const at = block_.data() + bucket * B::kBytes;
      for (int i = 0; i < B::kSlots && B::used(at, i); ++i) {
        const Entry e = entry<S>(bucket, B::load(at, i));
        visit(e.key, e.flag);
      }
    }
  });
  if (!extra_) return;
  for (const Entry& e : extra_->entries) visit(e.key, e.flag);
}

void Part::clear() { *this = Part(home_bits_, rest_bits_, stagger_); }

// --- Growing. ---

Part::Shape Part::shape_with(std::uint64_t places, int rest_bits) const {
  // More buckets leave shorter remainders, which may fit into smaller slots, of which fewer buckets
  // are needed: the smallest slots in which it works out.
  for (int slot_bytes = kMinSlotBytes;; ++slot_bytes) {
    const auto slots = static_cast<unsigned>(bucket_slots(slot_bytes));
    const std::uint64_t homes = std::uint64_t{1} << home_bits_;
    Shape shape;
    // At least 2: the reciprocal of 1 does not fit into a word.
    shape.divisor = std::max<std::uint64_t>(2, homes / ((places + slots - 1) / slots));
    shape.buckets = (homes + shape.divisor - 1) / shape.divisor;
    shape.remainder_bits = std::bit_width(shape.divisor - 1);
    shape.slot_bytes = slot_bytes;
    const int bits = kBodyShift + shape.remainder_bits + rest_bits;
    if (bits <= 8 * slot_bytes) return shape;
    assert(slot_bytes < kMaxSlotBytes);
  }
}

// The sizes are a geometric series from some hundred places on, which starts a bit higher for each
// part.  Small parts double.
std::uint64_t Part::next_places() const {
  constexpr double kSeries = 256;
  constexpr double kGrowth = 1.3;
  constexpr double kLeast = 1.1;  // the sizes in use are only near those of the series
  const std::uint64_t now = shape_.buckets == 0 ? 0 : shape_.places();
  if (now == 0) return 1;
  if (2 * now <= static_cast<std::uint64_t>(kSeries)) return 2 * now;
  double places = kSeries * (1 + (kGrowth - 1) * stagger_ / 64);
  while (places < static_cast<double>(now) * kLeast) places *= kGrowth;
  return static_cast<std::uint64_t>(places);
}

std::uint64_t Part::bytes_to_grow() const {
  if (size_ < most_) return 0;
  return shape_with(next_places(), rest_bits_).bytes_to_build();
}

void Part::grow() { rebuild(shape_with(next_places(), rest_bits_), rest_bits_); }

bool Part::fits(int rest_bits) const {
  return kBodyShift + shape_.remainder_bits + rest_bits <= 8 * shape_.slot_bytes;
}

std::uint64_t Part::bytes_to_widen(int rest_bits) const {
  if (size_ == 0 || fits(rest_bits)) return 0;
  return shape_with(shape_.places(), rest_bits).bytes_to_build();
}

void Part::widen(int rest_bits) {
  if (size_ == 0) {
    *this = Part(home_bits_, rest_bits, stagger_);
  } else if (fits(rest_bits)) {
    rest_bits_ = rest_bits;
  } else {
    rebuild(shape_with(shape_.places(), rest_bits), rest_bits);
  }
}

// The keys come in the order of their homes and go to places in the same order: both blocks are
// passed through once.
void Part::rebuild(const Shape& shape, int rest_bits) {
  Part fresh(home_bits_, rest_bits, stagger_);
  fresh.block_ = Block(shape.bytes());
  fresh.shape_ = shape;
  fresh.reciprocal_ = (~std::uint64_t{0} / shape.divisor) + 1;
  fresh.stride_ = static_cast<std::uint32_t>(bucket_bytes(shape.slot_bytes));
  fresh.reach_ = static_cast<std::uint32_t>(std::min<std::uint64_t>(kReach, shape.buckets));
  fresh.longer_ = shape.buckets < kFewBuckets ? 0 : 1;
  // A part with as many buckets as there can be never grows.
  fresh.most_ = shape.divisor == 2 ? std::numeric_limits<std::uint64_t>::max()
                                   : shape.places() - shape.places() / 10;

  std::vector<std::uint8_t> used(shape.buckets);
  std::array<Entry, 64> waiting;
  std::size_t count = 0;
  const auto flush = [&] {
    with_slot_bytes(shape.slot_bytes, [&]<int S>() {
      for (std::size_t i = 0; i < count; ++i) fresh.move_in<S>(waiting[i], used);
    });
    count = 0;
  };
  if (size_ > 0) {
    with_slot_bytes(shape_.slot_bytes, [&]<int S>() {
      using B = Bucket<S>;
      for (std::uint64_t bucket = 0; bucket < shape_.buckets; ++bucket) {
        const std::byte* const at = block_.data() + bucket * B::kBytes;
        for (int i = 0; i < B::kSlots && B::used(at, i); ++i) {
          if (count == waiting.size()) flush();
          waiting[count++] = entry<S>(bucket, B::load(at, i));
        }
      }
    });
    flush();
    if (extra_) {
      for (const Entry& e : extra_->entries) fresh.add(e.key, e.flag);
    }
  }
  *this = std::move(fresh);
}

}  // namespace stalemate::engine
