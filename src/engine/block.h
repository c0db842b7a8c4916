// Zeroed memory of the visited set.
//
// Large blocks come from the system and go back to it at once, so that what the process occupies is
// what is in use: the heap would keep the gaps that growing blocks leave behind.
// Tested by tests/unit/engine/table_test.cc.
#ifndef STALEMATE_ENGINE_BLOCK_H_
#define STALEMATE_ENGINE_BLOCK_H_

#include <cstddef>
#include <utility>

namespace stalemate::engine {

class Block {
 public:
  static constexpr std::size_t kAlignment = 128;

  Block() = default;
  explicit Block(std::size_t bytes);                // throws std::bad_alloc
  static std::size_t bytes_for(std::size_t bytes);  // with what it is rounded up by
  ~Block();
  Block(Block&& other) noexcept
      : data_(std::exchange(other.data_, nullptr)), bytes_(std::exchange(other.bytes_, 0)) {}
  Block& operator=(Block&& other) noexcept {
    std::swap(data_, other.data_);
    std::swap(bytes_, other.bytes_);
    return *this;
  }

  std::byte* data() const { return data_; }
  std::size_t bytes() const { return bytes_; }

 private:
  std::byte* data_ = nullptr;
  std::size_t bytes_ = 0;
};

}  // namespace stalemate::engine

#endif  // STALEMATE_ENGINE_BLOCK_H_
