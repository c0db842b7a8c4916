// Files: a descriptor that closes itself, and reads and writes that are whole or say why not.
// Tested by tests/unit/engine/log_test.cc and checkpoint_test.cc.
#ifndef STALEMATE_ENGINE_FILE_H_
#define STALEMATE_ENGINE_FILE_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>

namespace stalemate::engine {

class File {
 public:
  File() = default;
  explicit File(int fd) : fd_(fd) {}  // takes it over; negative: none
  ~File();
  File(File&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  File& operator=(File&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }

  int fd() const { return fd_; }
  explicit operator bool() const { return fd_ >= 0; }

 private:
  int fd_ = -1;
};

// Both return 0 when all `bytes` were moved, and otherwise an errno or kFileTooShort.  What a
// signal interrupts is gone on with.
int write_at(int fd, const void* data, std::size_t bytes, std::uint64_t offset);
int read_at(int fd, void* data, std::size_t bytes, std::uint64_t offset);
inline constexpr int kFileTooShort = -1;
std::string reason(int error);  // in words

}  // namespace stalemate::engine

#endif  // STALEMATE_ENGINE_FILE_H_
