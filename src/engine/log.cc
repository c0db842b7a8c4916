#include "engine/log.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cassert>
#include <cerrno>
#include <cstring>
#include <new>
#include <utility>

namespace stalemate::engine {

namespace {

// The size of a huge page on most machines: with huge pages, appending to new memory costs a
// quarter.
constexpr std::size_t kBlockBytes = std::size_t{1} << 21;
constexpr std::uint64_t kBlockWords = kBlockBytes / sizeof(Word);
constexpr std::size_t kFirstBytes = 512;                 // of the first block at first
constexpr std::size_t kMapBytes = std::size_t{1} << 18;  // blocks from here on are mapped
// Blocks between two calls of fdatasync: memory is given back in steps of this.
constexpr std::uint64_t kSyncBlocks = 32;

Word* map(std::size_t bytes) {
  void* const at = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (at == MAP_FAILED) throw std::bad_alloc();
  return static_cast<Word*>(at);
}

// A huge page has to begin at a multiple of its size: maps twice as much and gives back the rest.
Word* map_block() {
  char* const at = reinterpret_cast<char*>(map(2 * kBlockBytes));
  const std::size_t before = -reinterpret_cast<std::uintptr_t>(at) % kBlockBytes;
  char* const block = at + before;
  if (before > 0) munmap(at, before);
  munmap(block + kBlockBytes, kBlockBytes - before);
#ifdef MADV_HUGEPAGE
  madvise(block, kBlockBytes, MADV_HUGEPAGE);  // small pages do as well
#endif
  return reinterpret_cast<Word*>(block);
}

// A file nobody else can see and that is gone with its descriptor.
File temporary_file(const std::string& folder) {
  // Not all file systems know O_TMPFILE, and they say so with different errors.
  if (const int fd = open(folder.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600); fd >= 0) {
    return File(fd);
  }
  std::string name = folder + "/stalemate-XXXXXX";
  const int fd = mkostemp(name.data(), O_CLOEXEC);
  if (fd < 0) {
    throw LogError("cannot make a temporary file in " + folder + ": " + reason(errno) +
                   "; name another folder with TMPDIR");
  }
  unlink(name.c_str());
  return File(fd);
}

}  // namespace

Log::Block::Block(std::size_t bytes) : bytes_(bytes) {
  if (bytes < kMapBytes) {
    data_ = static_cast<Word*>(::operator new(bytes));
  } else {
    data_ = bytes == kBlockBytes ? map_block() : map(bytes);
  }
}

Log::Block::~Block() {
  if (data_ == nullptr) return;
  if (bytes_ < kMapBytes) {
    ::operator delete(data_);
  } else {
    munmap(data_, bytes_);
  }
}

Log::Block::Block(Block&& other) noexcept
    : data_(std::exchange(other.data_, nullptr)), bytes_(std::exchange(other.bytes_, 0)) {}

Log::Block& Log::Block::operator=(Block&& other) noexcept {
  std::swap(data_, other.data_);
  std::swap(bytes_, other.bytes_);
  return *this;
}

Log::Log(int words) : words_(words) { assert(words >= 1); }

Log::Log(int words, std::vector<Piece> pieces) : Log(words) {
  for (Piece& piece : pieces) {
    parts_.push_back({std::move(piece), size_});
    size_ += parts_.back().piece.states;
  }
  in_parts_ = size_;
}

Log::~Log() = default;

Log::Log(Log&& other) noexcept : Log(other.words_) { *this = std::move(other); }

Log& Log::operator=(Log&& other) noexcept {
  if (this == &other) return *this;
  words_ = other.words_;
  size_ = std::exchange(other.size_, 0);
  in_parts_ = std::exchange(other.in_parts_, 0);
  parts_ = std::exchange(other.parts_, {});
  blocks_ = std::exchange(other.blocks_, {});
  spilled_ = std::exchange(other.spilled_, 0);
  bytes_in_memory_ = std::exchange(other.bytes_in_memory_, 0);
  file_ = std::exchange(other.file_, File());
  folder_ = std::exchange(other.folder_, {});
  return *this;
}

std::uint64_t Log::room() const {
  if (blocks_.size() == 1 && spilled_ == 0) return blocks_[0].bytes() / sizeof(Word);
  return blocks_.size() * kBlockWords;
}

void Log::add_room() {
  // The first block grows in powers of two, since many a log has a few states only.
  const bool grow = blocks_.size() == 1 && spilled_ == 0 && blocks_[0].bytes() < kBlockBytes;
  if (grow) {
    Block block(blocks_[0].bytes() * 2);
    std::memcpy(block.data(), blocks_[0].data(), blocks_[0].bytes());
    bytes_in_memory_ += block.bytes() - blocks_[0].bytes();
    blocks_[0] = std::move(block);
  } else {
    blocks_.emplace_back(blocks_.empty() ? kFirstBytes : kBlockBytes);
    bytes_in_memory_ += blocks_.back().bytes();
  }
}

void Log::append(const Word* states, std::uint64_t count) {
  std::uint64_t at = words_in_blocks();
  const std::uint64_t end = at + in_words(count);
  while (at < end) {
    const std::uint64_t limit = room();
    if (at == limit) {
      add_room();
      continue;
    }
    const std::uint64_t block = at / kBlockWords;
    const std::uint64_t n = std::min({end, limit, (block + 1) * kBlockWords}) - at;
    std::memcpy(blocks_[block].data() + at % kBlockWords, states, n * sizeof(Word));
    states += n;
    at += n;
  }
  size_ += count;  // only now: if memory ran out on the way, nothing has been appended
}

void Log::read(std::uint64_t first, std::uint64_t count, Word* out) const {
  assert(first <= size_ && count <= size_ - first);
  if (first < in_parts_ && count > 0) {
    const std::uint64_t n = std::min(count, in_parts_ - first);
    read_parts(first, n, out);
    first += n;
    count -= n;
    out += in_words(n);
  }
  std::uint64_t at = in_words(first - in_parts_);
  const std::uint64_t end = at + in_words(count);
  while (at < end) {
    const std::uint64_t block = at / kBlockWords;
    const std::uint64_t n = std::min(end, (block + 1) * kBlockWords) - at;
    if (block < spilled_) {
      read_spilled(at, n, out);
    } else {
      std::memcpy(out, blocks_[block].data() + at % kBlockWords, n * sizeof(Word));
    }
    at += n;
    out += n;
  }
}

void Log::read_parts(std::uint64_t first, std::uint64_t count, Word* out) const {
  auto part = std::upper_bound(parts_.begin(), parts_.end(), first,
                               [](std::uint64_t at, const Part& p) { return at < p.first; });
  for (--part; count > 0; ++part) {
    const std::uint64_t skip = first - part->first;
    const std::uint64_t n = std::min(count, part->piece.states - skip);
    if (const int error = read_at(part->piece.file.fd(), out, in_words(n) * sizeof(Word),
                                  in_words(skip) * sizeof(Word))) {
      throw LogError("cannot read " + part->piece.name + ": " + reason(error));
    }
    first += n;
    count -= n;
    out += in_words(n);
  }
}

void Log::read_spilled(std::uint64_t first_word, std::uint64_t words, Word* out) const {
  if (const int error = read_at(file_.fd(), out, words * sizeof(Word), first_word * sizeof(Word))) {
    throw LogError("cannot read back a temporary file in " + folder_ + ": " + reason(error) +
                   "; name another folder with TMPDIR");
  }
}

std::uint64_t Log::bytes_on_disk() const {
  return in_words(in_parts_) * sizeof(Word) + spilled_ * kBlockBytes;
}

void Log::spill(const std::string& folder) {
  const std::uint64_t full = words_in_blocks() / kBlockWords;
  if (spilled_ >= full) return;
  if (!file_ || spilled_ == 0) {  // nothing is in the file of an attempt that failed
    file_ = temporary_file(folder);
    folder_ = folder;
  }
  while (spilled_ < full) {
    const std::uint64_t end = std::min(full, spilled_ + kSyncBlocks);
    int error = 0;
    for (std::uint64_t i = spilled_; i < end && error == 0; ++i) {
      error = write_at(file_.fd(), blocks_[i].data(), kBlockBytes, i * kBlockBytes);
    }
    // Without this a disk that fails or is full may show only after the memory was given up, and
    // the kernel then drops pages it could not write: reading would give zeros, and no error.
    if (error == 0 && fdatasync(file_.fd()) != 0) error = errno;
    if (error != 0) {
      throw LogError("cannot write to a temporary file in " + folder_ + ": " + reason(error) +
                     "; free some space in " + folder_ + " or name another folder with TMPDIR");
    }
    for (; spilled_ < end; ++spilled_) {
      blocks_[spilled_] = Block();
      bytes_in_memory_ -= kBlockBytes;
    }
  }
}

void Log::truncate(std::uint64_t size) {
  if (size >= size_) return;
  const std::uint64_t words = size > in_parts_ ? in_words(size - in_parts_) : 0;
  const std::uint64_t full = words / kBlockWords;
  const std::uint64_t rest = words % kBlockWords;
  // Only full blocks are on disk: the end of the log is where the next state goes.
  if (rest > 0 && full < spilled_) {
    Block block(kBlockBytes);
    read_spilled(full * kBlockWords, rest, block.data());
    blocks_[full] = std::move(block);
    bytes_in_memory_ += kBlockBytes;
    spilled_ = full;
  }
  const std::uint64_t kept = full + (rest > 0 ? 1 : 0);
  for (std::uint64_t i = std::max(kept, spilled_); i < blocks_.size(); ++i) {
    bytes_in_memory_ -= blocks_[i].bytes();
  }
  blocks_.erase(blocks_.begin() + static_cast<std::ptrdiff_t>(kept), blocks_.end());
  spilled_ = std::min(spilled_, full);
  if (spilled_ == 0) {
    file_ = File();
  } else {
    // Gives space back, and does no harm if it cannot: the next blocks are written over the old
    // ones.
    [[maybe_unused]] const int done =
        ftruncate(file_.fd(), static_cast<off_t>(spilled_ * kBlockBytes));
  }
  while (!parts_.empty() && parts_.back().first >= size) parts_.pop_back();
  in_parts_ = std::min(in_parts_, size);
  size_ = size;
}

}  // namespace stalemate::engine
