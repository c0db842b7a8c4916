#include "engine/block.h"

#include <sys/mman.h>
#include <unistd.h>

#include <cstdint>
#include <cstring>
#include <new>

namespace stalemate::engine {

namespace {

constexpr std::size_t kMapped = std::size_t{1} << 17;    // from here on pages of our own
constexpr std::size_t kHugePage = std::size_t{1} << 21;  // x86-64, AArch64 with pages of 4 KiB

void* map(std::size_t bytes) {
  void* const at = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (at == MAP_FAILED) throw std::bad_alloc();
  return at;
}

std::size_t whole_pages(std::size_t bytes) {
  static const std::size_t page = static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
  return (bytes + page - 1) / page * page;
}

// Huge pages need an aligned block: ask for more, give the ends back.
std::byte* map_huge(std::size_t bytes) {
  std::byte* const all = static_cast<std::byte*>(map(bytes + kHugePage));
  const std::size_t before = -reinterpret_cast<std::uintptr_t>(all) % kHugePage;
  if (before > 0) munmap(all, before);
  munmap(all + before + bytes, kHugePage - before);
#ifdef MADV_HUGEPAGE
  madvise(all + before, bytes, MADV_HUGEPAGE);  // advice: it works without as well
#endif
  return all + before;
}

}  // namespace

std::size_t Block::bytes_for(std::size_t bytes) {
  return bytes < kMapped ? bytes : whole_pages(bytes);
}

Block::Block(std::size_t bytes) : bytes_(bytes_for(bytes)) {
  if (bytes_ < kMapped) {
    data_ = static_cast<std::byte*>(::operator new (bytes, std::align_val_t{kAlignment}));
    std::memset(data_, 0, bytes);
  } else if (bytes_ < kHugePage) {
    data_ = static_cast<std::byte*>(map(bytes_));
  } else {
    data_ = map_huge(bytes_);
  }
}

Block::~Block() {
  if (data_ == nullptr) return;
  if (bytes_ < kMapped) {
    ::operator delete (data_, std::align_val_t{kAlignment});
  } else {
    munmap(data_, bytes_);
  }
}

}  // namespace stalemate::engine
