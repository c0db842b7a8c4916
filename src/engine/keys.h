// A sequence of names, in 8 bytes each as long as they have at most 64 bits.
#ifndef STALEMATE_ENGINE_KEYS_H_
#define STALEMATE_ENGINE_KEYS_H_

#include <cstddef>
#include <cstdint>
#include <vector>

#include "engine/names.h"

namespace stalemate::engine {

class Keys {
 public:
  // Of names below 2^bits; what was there is forgotten.
  void clear(int bits) {
    wide_ = bits > 64;
    low_.clear();
    high_.clear();
  }
  // The same with `size` names, which are to be set.
  void resize(int bits, std::size_t size) {
    wide_ = bits > 64;
    low_.resize(size);
    high_.resize(wide_ ? size : 0);
  }
  std::size_t size() const { return low_.size(); }
  [[gnu::always_inline]] void push_back(Name n) {
    low_.push_back(static_cast<std::uint64_t>(n));
    if (wide_) high_.push_back(static_cast<std::uint64_t>(n >> 64));
  }
  Name operator[](std::size_t i) const {
    return wide_ ? Name{high_[i]} << 64 | low_[i] : Name{low_[i]};
  }
  void set(std::size_t i, Name n) {
    low_[i] = static_cast<std::uint64_t>(n);
    if (wide_) high_[i] = static_cast<std::uint64_t>(n >> 64);
  }
  std::uint64_t bytes() const { return (low_.capacity() + high_.capacity()) * 8; }

 private:
  bool wide_ = false;
  std::vector<std::uint64_t> low_, high_;
};

}  // namespace stalemate::engine

#endif  // STALEMATE_ENGINE_KEYS_H_
