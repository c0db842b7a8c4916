// One part of the visited set: an exact set of keys (home, rest) with a flag each.
//
// The home, a number of up to 32 bits that is spread evenly, is divided by a constant: the quotient
// is the bucket of the key, and the remainder and the rest are stored in it.  When it is full, the
// key goes to the next one that is not, in steps that get longer, and says after how many; when all
// within reach are full, to a hash map beside the buckets.  One key in ten thousand does, of a part
// that is about to grow; only homes made to collide bring more. Tested by
// tests/unit/engine/table_test.cc.
#ifndef STALEMATE_ENGINE_PART_H_
#define STALEMATE_ENGINE_PART_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "engine/block.h"
#include "engine/keys.h"
#include "engine/names.h"
#include "engine/slots.h"

namespace stalemate::engine {

struct PartKey {
  std::uint64_t home = 0;
  Name rest = 0;
  bool operator==(const PartKey&) const = default;
};

class alignas(128) Part {  // two threads never write to one line
 public:
  // For homes below 2^home_bits (at most 32) and rests below 2^rest_bits (at most 82).  `stagger`,
  // of 0 to 63, moves the sizes at which the part grows: parts that fill evenly do not all grow at
  // once.
  Part(int home_bits, int rest_bits, int stagger);
  ~Part();
  Part(Part&&) noexcept;
  Part& operator=(Part&&) noexcept;

  struct Found {
    bool inserted = false;
    std::uint64_t place = 0;
  };
  // Both throw std::bad_alloc, and then leave the part as it was.
  Found put(std::uint64_t home, Name rest);
  void grow();
  // put() of the keys first .. last - 1 of a list, in order: bits of each are its home, and what is
  // above a number of low bits is its rest.  Appends those (their place in the list) that were not
  // there to `taken`, or, with `claim`, those that had no flag, which they get.
  struct Split {
    std::uint64_t home_mask = 0;
    int low_bits = 0;
  };
  void take(const Keys& keys, std::uint32_t first, std::uint32_t last, const Split& split,
            bool claim, std::vector<std::uint32_t>& taken);
  std::int64_t find(std::uint64_t home, Name rest) const;  // a place, -1 when absent
  // Always inline: g++ takes a function that does nothing but prefetch for one without effect, and
  // drops the calls.
  [[gnu::always_inline]] void prefetch(std::uint64_t home) const {
    if (stride_ == 0) return;
    const std::byte* const at = block_.data() + quotient(home) * stride_;
    __builtin_prefetch(at + stride_ - 64);  // the tags
    __builtin_prefetch(at);
  }

  bool flag(std::uint64_t place) const;
  void set_flag(std::uint64_t place);

  std::uint64_t size() const { return size_; }
  std::uint64_t places() const;
  std::uint64_t bytes() const;
  int slot_bytes() const { return shape_.slot_bytes; }
  // What put() of one more key would allocate before it frees anything; 0 unless it has to grow.
  std::uint64_t bytes_to_grow() const;

  // Rests may be longer from now on.  Throws like put().
  void widen(int rest_bits);
  std::uint64_t bytes_to_widen(int rest_bits) const;

  void for_each(const std::function<void(const PartKey& key, bool flag)>& visit) const;
  void clear();

 private:
  static constexpr std::uint32_t kReach = (1 << kStepBits) - 1;  // 0 is an empty slot
  static constexpr int kBodyShift = 1 + kStepBits;

  // How the buckets are laid out.
  struct Shape {
    std::uint64_t divisor = 0;  // of homes
    std::uint64_t buckets = 0;
    int remainder_bits = 0;
    int slot_bytes = 0;

    std::uint64_t places() const {
      return buckets * static_cast<unsigned>(bucket_slots(slot_bytes));
    }
    std::uint64_t bytes() const {
      return buckets * static_cast<unsigned>(bucket_bytes(slot_bytes));
    }
    // With what is counted while they are filled.
    std::uint64_t bytes_to_build() const { return Block::bytes_for(bytes()) + buckets; }
  };

  struct Entry {
    PartKey key;
    bool flag = false;
  };
  struct Extra;  // the keys that fit nowhere

  Shape shape_with(std::uint64_t places, int rest_bits) const;  // at least so many places
  std::uint64_t next_places() const;
  bool fits(int rest_bits) const;  // in the slots as they are
  void rebuild(const Shape& shape, int rest_bits);
  std::uint64_t quotient(std::uint64_t home) const {
    return static_cast<std::uint64_t>(Name{home} * reciprocal_ >> 64);
  }

  // The buckets where a key may be, its home bucket first.  Steps of 1, 2, 3, ... keep full buckets
  // from growing together; among few buckets steps of 1 miss none.
  struct Walk {
    std::uint64_t bucket;
    std::uint32_t step = 1;
  };
  static constexpr std::uint64_t kFewBuckets = 16;
  void advance(Walk& w) const {
    w.bucket += w.step;
    if (w.bucket >= shape_.buckets) w.bucket -= shape_.buckets;
    w.step += longer_;
  }
  std::uint64_t distance(std::uint64_t steps) const {
    return longer_ == 0 ? steps : steps * (steps + 1) / 2;
  }

  // Of a key in its home bucket; each step from there adds kStep.
  static constexpr std::uint64_t kStep = 2;
  template <int S>
  typename Bucket<S>::Slot slot(std::uint64_t remainder, Name rest) const;
  template <int S>
  Entry entry(std::uint64_t bucket, const typename Bucket<S>::Slot& slot) const;
  template <int S>
  std::int64_t find_in(std::uint64_t home, Name rest) const;
  template <int S>
  Found put_in(std::uint64_t home, Name rest);
  Found put_slowly(const PartKey& key);
  template <int S, bool Claim>
  std::uint32_t take_in(const Keys& keys, std::uint32_t first, std::uint32_t last,
                        const Split& split, std::vector<std::uint32_t>& taken);
  std::uint64_t add(const PartKey& key, bool flag);  // of a new key, where there is room; its place
  template <int S>
  std::uint64_t add_in(const PartKey& key, bool flag);
  // The same where `used` says how many slots of each bucket are: it only writes to the buckets.
  template <int S>
  void move_in(const Entry& e, std::vector<std::uint8_t>& used);
  std::uint64_t add_extra(const PartKey& key, bool flag);
  std::int64_t find_extra(const PartKey& key) const;

  // What a search reads comes first, in one line.
  Block block_;
  std::uint64_t reciprocal_ = 0;  // ceil(2^64 / divisor): multiply, take the upper word
  Shape shape_;
  std::uint32_t stride_ = 0;  // bytes of a bucket
  std::uint32_t reach_ = 0;   // buckets a key may be in
  std::uint32_t longer_ = 0;  // by how much each step is longer than the one before
  std::uint64_t size_ = 0;
  std::uint64_t most_ = 0;        // keys before it grows
  std::unique_ptr<Extra> extra_;  // most often none
  int home_bits_;
  int rest_bits_;
  int stagger_;
};

}  // namespace stalemate::engine

#endif  // STALEMATE_ENGINE_PART_H_
