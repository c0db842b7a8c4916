#include "engine/table.h"

#include <algorithm>
#include <cassert>

namespace stalemate::engine {

namespace {

constexpr int kPartBits = 6;
static_assert(1 << kPartBits == Table::kParts);
static_assert(Names::kMinBits == Mixer::kMaxBits,
              "a table may be made before the names get longer");

}  // namespace

Table::Table(int key_bits)
    : key_bits_(key_bits),
      mixer_(std::min(key_bits, Mixer::kMaxBits)),
      home_bits_(std::max(0, mixer_.bits() - kPartBits)),
      home_mask_((std::uint64_t{1} << home_bits_) - 1) {
  assert(key_bits >= 1 && key_bits <= Names::kMaxBits);
  parts_.reserve(kParts);
  for (int i = 0; i < kParts; ++i) parts_.emplace_back(home_bits_, key_bits - mixer_.bits(), i);
}

void Table::widen(int key_bits) {
  assert(key_bits >= key_bits_ && key_bits <= Names::kMaxBits);
  for (Part& p : parts_) p.widen(key_bits - mixer_.bits());
  key_bits_ = key_bits;
}

std::uint64_t Table::bytes_to_widen(int key_bits) const {
  // The part that is being rebuilt is there twice; those before it have grown already.
  std::uint64_t grown = 0;
  std::uint64_t peak = 0;
  for (const Part& p : parts_) {
    const std::uint64_t needed = p.bytes_to_widen(key_bits - mixer_.bits());
    if (needed == 0) continue;
    peak = std::max(peak, grown + needed);
    if (needed > p.bytes()) grown += needed - p.bytes();
  }
  return peak;
}

std::uint64_t Table::size() const {
  std::uint64_t sum = 0;
  for (const Part& p : parts_) sum += p.size();
  return sum;
}

std::uint64_t Table::bytes() const {
  std::uint64_t sum = sizeof *this + parts_.capacity() * sizeof(Part);
  for (const Part& p : parts_) sum += p.bytes();
  return sum;
}

double Table::load() const {
  std::uint64_t places = 0;
  for (const Part& p : parts_) places += p.places();
  return places == 0 ? 0 : static_cast<double>(size()) / static_cast<double>(places);
}

int Table::slot_bytes() const {
  int most = 0;
  for (const Part& p : parts_) most = std::max(most, p.slot_bytes());
  return most;
}

void Table::for_each(int part, const std::function<void(Name key, bool flag)>& visit) const {
  at(part).for_each([&](const PartKey& k, bool flag) {
    const Name low = static_cast<std::uint64_t>(part) << home_bits_ | k.home;
    visit(unmix({k.rest << mixer_.bits() | low}), flag);
  });
}

}  // namespace stalemate::engine
