// How much memory there is for a search.
// Tested by tests/unit/engine/memory_test.cc.
#ifndef STALEMATE_ENGINE_MEMORY_H_
#define STALEMATE_ENGINE_MEMORY_H_

#include <cstdint>
#include <string>

namespace stalemate::engine {

// What the machine, or the control group this process is in, lets it use: the least of physical
// memory, the cgroup v2 limits on the path to the root, the cgroup v1 limit, and RLIMIT_AS/DATA.
// `root` is where proc/ and sys/ are found; tests give another one.  0: not known.
std::uint64_t memory_of_machine(const std::string& root = "/");
// 75 % of that; 0 when it is not known.
std::uint64_t default_memory_limit();
// Anonymous resident memory of this process now and at its peak (VmHWM counts file pages, too);
// 0 without /proc.
std::uint64_t anonymous_resident();

}  // namespace stalemate::engine

#endif  // STALEMATE_ENGINE_MEMORY_H_
