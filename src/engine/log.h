// Records of a fixed number of words in order: appended at the end, read anywhere, and on disk when
// memory gets short.
//
// Blocks that are full may be moved to an unlinked temporary file, and the first records may be in
// the files of a checkpoint; reading them goes through the page cache, which the machine can take
// away at any time.  Files are read, not mapped: one that was cut or cannot be read is an exception
// then, and not a signal. Tested by tests/unit/engine/log_test.cc.
#ifndef STALEMATE_ENGINE_LOG_H_
#define STALEMATE_ENGINE_LOG_H_

#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <vector>

#include "engine/file.h"
#include "engine/layout.h"

namespace stalemate::engine {

// A file that cannot be written or read: full disk, no permission, ...; what() says which and why.
struct LogError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

class Log {
 public:
  // A file of states, open for reading.
  struct Piece {
    File file;
    std::string name;  // for complaints
    std::uint64_t states = 0;
  };

  explicit Log(int words);                    // of each state, at least 1
  Log(int words, std::vector<Piece> pieces);  // begins with these states, which stay where they are
  ~Log();
  Log(Log&& other) noexcept;  // leaves an empty log
  Log& operator=(Log&& other) noexcept;

  int words() const { return words_; }
  std::uint64_t size() const { return size_; }  // states
  void append(const Word* states, std::uint64_t count);
  // Copies states first .. first + count - 1 to `out`.  Threads may read at the same time as long
  // as nobody does anything else.  Throws LogError.
  void read(std::uint64_t first, std::uint64_t count, Word* out) const;

  std::uint64_t bytes_in_memory() const { return bytes_in_memory_; }
  std::uint64_t bytes_on_disk() const;
  // Moves what is in memory to disk (all full blocks); `folder` is where the temporary file is made
  // the first time.  Throws LogError; then everything is still readable, what was not written is
  // still in memory, and spill() may be called again.
  void spill(const std::string& folder);
  // Forgets states from the end until at most `size` are left.  Throws LogError if a block that is
  // partly kept cannot be read back; then nothing has changed.
  void truncate(std::uint64_t size);

 private:
  // Memory that goes back to the machine at once when it is given up, unless it is small.
  class Block {
   public:
    Block() = default;
    explicit Block(std::size_t bytes);
    ~Block();
    Block(Block&& other) noexcept;
    Block& operator=(Block&& other) noexcept;
    Word* data() const { return data_; }
    std::size_t bytes() const { return bytes_; }

   private:
    Word* data_ = nullptr;
    std::size_t bytes_ = 0;
  };
  struct Part {
    Piece piece;
    std::uint64_t first;  // state of the log
  };

  // Behind the parts the log is a sequence of words, in blocks of equal size: a state may begin in
  // one and end in the next.
  std::uint64_t in_words(std::uint64_t states) const {
    return states * static_cast<std::uint64_t>(words_);
  }
  std::uint64_t words_in_blocks() const { return in_words(size_ - in_parts_); }
  std::uint64_t room() const;  // words that fit into the blocks there are
  void add_room();
  void read_parts(std::uint64_t first, std::uint64_t count, Word* out) const;
  void read_spilled(std::uint64_t first_word, std::uint64_t words, Word* out) const;

  int words_ = 1;
  std::uint64_t size_ = 0;
  std::uint64_t in_parts_ = 0;  // so many states are in parts_, the others in blocks_
  std::vector<Part> parts_;
  std::vector<Block> blocks_;  // the first one is smaller as long as it is the only one
  std::uint64_t spilled_ = 0;  // so many blocks are on disk, in order, and empty here
  std::uint64_t bytes_in_memory_ = 0;
  File file_;
  std::string folder_;
};

}  // namespace stalemate::engine

#endif  // STALEMATE_ENGINE_LOG_H_
