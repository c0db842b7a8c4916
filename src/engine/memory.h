// How much memory there is for a search, and how much of it this process has taken.
// Tested by tests/unit/engine/memory_test.cc.
#ifndef STALEMATE_ENGINE_MEMORY_H_
#define STALEMATE_ENGINE_MEMORY_H_

#include <algorithm>
#include <cstdint>
#include <string>

namespace stalemate::engine {

// What the machine, or the control group this process is in, lets it use: the least of physical
// memory, the cgroup v2 and v1 limits on the path to the root, and RLIMIT_AS/DATA.
// `root` is where proc/ and sys/ are found; tests give another one.  0: not known.
std::uint64_t memory_of_machine(const std::string& root = "/");
// 75 % of that; 0 when it is not known.
std::uint64_t default_memory_limit();
// Anonymous resident memory of this process now; 0 without /proc.
std::uint64_t anonymous_resident(const std::string& root = "/");

// The largest of the samples taken.  The kernel keeps no peak of anonymous memory alone: VmHWM
// counts the pages of files, too, which the machine can take away.
class PeakMemory {
 public:
  void sample() { bytes_ = std::max(bytes_, anonymous_resident()); }
  std::uint64_t bytes() const { return bytes_; }

 private:
  std::uint64_t bytes_ = 0;
};

}  // namespace stalemate::engine

#endif  // STALEMATE_ENGINE_MEMORY_H_
