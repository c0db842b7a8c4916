#include "engine/memory.h"

#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <map>

namespace stalemate::engine {
namespace {

constexpr std::uint64_t kMeg = 1 << 20;
constexpr const char* kHuge = "9223372036854771712\n";  // what version 1 says for no limit
const std::string kMeminfo = "MemTotal:        8388608 kB\nMemFree:         10 kB\n";

using Files = std::map<std::string, std::string>;

// A root folder with these files.
class Root {
 public:
  explicit Root(const Files& files) {
    std::string name = (std::filesystem::temp_directory_path() / "stalemate-test-XXXXXX").string();
    if (mkdtemp(name.data()) == nullptr) throw std::runtime_error("no temporary folder");
    path_ = name;
    for (const auto& [file, text] : files) {
      std::filesystem::create_directories((path_ / file).parent_path());
      std::ofstream(path_ / file) << text;
    }
  }
  ~Root() { std::filesystem::remove_all(path_); }
  Root(const Root&) = delete;
  Root& operator=(const Root&) = delete;
  std::string path() const { return path_.string(); }

 private:
  std::filesystem::path path_;
};

std::uint64_t memory(const Files& files) { return memory_of_machine(Root(files).path()); }

TEST(Memory, PhysicalMemoryWhenThereAreNoGroups) {
  EXPECT_EQ(memory({{"proc/meminfo", kMeminfo}}), 8192 * kMeg);
  EXPECT_EQ(memory({{"proc/meminfo", "SwapTotal: 5 kB\nMemTotal:\t 1024 kB"}}), kMeg);
}

TEST(Memory, UnknownIsZero) {
  EXPECT_EQ(memory({}), 0u);
  EXPECT_EQ(memory({{"proc/meminfo", ""}}), 0u);
  EXPECT_EQ(memory({{"proc/meminfo", "MemTotal: kB\n"}}), 0u);
  EXPECT_EQ(memory({{"proc/meminfo", "MemTotalX: 7 kB\nMemTotal\n"}}), 0u);
  EXPECT_EQ(memory({{"proc/meminfo", "MemTotal: 99999999999999999999999999 kB\n"}}), 0u);
  EXPECT_EQ(memory({{"proc/meminfo", "MemTotal: 18446744073709551615 kB\n"}}), 0u);
}

TEST(Memory, Version2AtAnyLevel) {
  const Files none = {
      {"proc/meminfo", kMeminfo},
      {"proc/self/cgroup", "0::/a/b\n"},
      {"sys/fs/cgroup/a/b/memory.max", "max\n"},
      {"sys/fs/cgroup/a/memory.max", "max\n"},
  };
  EXPECT_EQ(memory(none), 8192 * kMeg);
  for (const char* level : {"sys/fs/cgroup/a/b", "sys/fs/cgroup/a", "sys/fs/cgroup"}) {
    for (const char* limit : {"/memory.max", "/memory.high"}) {
      auto files = none;
      files[std::string(level) + limit] = "104857600\n";
      EXPECT_EQ(memory(files), 100 * kMeg) << level << limit;
      files[std::string(level) + limit] = "18446744073709551616\n";
      EXPECT_EQ(memory(files), 8192 * kMeg) << level << limit;
    }
  }
  auto two = none;
  two["sys/fs/cgroup/a/b/memory.max"] = "209715200\n";
  two["sys/fs/cgroup/a/memory.max"] = "104857600\n";
  EXPECT_EQ(memory(two), 100 * kMeg);
  two["sys/fs/cgroup/a/memory.max"] = "max\n";
  EXPECT_EQ(memory(two), 200 * kMeg);
  two["proc/meminfo"] = "MemTotal: 1024 kB\n";
  EXPECT_EQ(memory(two), kMeg);
  two.erase("proc/meminfo");
  EXPECT_EQ(memory(two), 200 * kMeg);
}

TEST(Memory, OtherGroupsDoNotCount) {
  EXPECT_EQ(memory({{"proc/meminfo", kMeminfo},
                    {"proc/self/cgroup", "0::/a\n"},
                    {"sys/fs/cgroup/a/b/memory.max", "4096\n"},
                    {"sys/fs/cgroup/b/memory.max", "4096\n"}}),
            8192 * kMeg);
}

TEST(Memory, Version1) {
  Files files = {
      {"proc/meminfo", kMeminfo},
      {"proc/self/cgroup", "12:cpu,cpuacct:/y\n4:memory:/x/z\n1:name=systemd:/\n"},
      {"sys/fs/cgroup/memory/x/z/memory.limit_in_bytes", kHuge},
      {"sys/fs/cgroup/memory/x/memory.limit_in_bytes", kHuge},
      {"sys/fs/cgroup/memory/memory.limit_in_bytes", kHuge},
      {"sys/fs/cgroup/memory/y/memory.limit_in_bytes", "4096"},
  };
  EXPECT_EQ(memory(files), 8192 * kMeg);
  files["sys/fs/cgroup/memory/x/memory.limit_in_bytes"] = "104857600\n";
  EXPECT_EQ(memory(files), 100 * kMeg);
  files["sys/fs/cgroup/memory/x/z/memory.limit_in_bytes"] = "52428800\n";
  EXPECT_EQ(memory(files), 50 * kMeg);
  files["proc/self/cgroup"] = "3:cpu,memory:/x\n";
  EXPECT_EQ(memory(files), 100 * kMeg);
  files["proc/self/cgroup"] = "3:memoryless:/x\n";
  EXPECT_EQ(memory(files), 8192 * kMeg);
}

TEST(Memory, BothVersionsAtOnce) {
  Files files = {
      {"proc/meminfo", kMeminfo},
      {"proc/self/cgroup", "4:memory:/x\n0::/u\n"},
      {"sys/fs/cgroup/memory/x/memory.limit_in_bytes", "104857600\n"},
      {"sys/fs/cgroup/unified/u/cgroup.procs", "1\n"},
  };
  EXPECT_EQ(memory(files), 100 * kMeg);
  files["sys/fs/cgroup/unified/u/memory.max"] = "52428800\n";
  EXPECT_EQ(memory(files), 50 * kMeg);
}

// In a container the path is that of the host, or of a group outside, and the root is the group
// itself.
TEST(Memory, APathThatIsNotThere) {
  for (const char* path : {"/docker/0123", "/../../other", "/.."}) {
    EXPECT_EQ(memory({{"proc/meminfo", kMeminfo},
                      {"proc/self/cgroup", std::string("0::") + path + "\n"},
                      {"sys/fs/cgroup/memory.max", "104857600\n"}}),
              100 * kMeg)
        << path;
    EXPECT_EQ(memory({{"proc/meminfo", kMeminfo},
                      {"proc/self/cgroup", std::string("4:memory:") + path + "\n"},
                      {"sys/fs/cgroup/memory/memory.limit_in_bytes", "104857600\n"}}),
              100 * kMeg)
        << path;
  }
  // Not a way out of the mount.
  EXPECT_EQ(memory({{"proc/self/cgroup", "0::/../x\n"}, {"sys/fs/x/memory.max", "4096\n"}}), 0u);
}

TEST(Memory, NonsenseIsNoLimit) {
  for (const char* lines : {"", "\n", "0", "0:", "0::", "::::\n", "0::/a", "memory"}) {
    EXPECT_EQ(memory({{"proc/meminfo", kMeminfo},
                      {"proc/self/cgroup", lines},
                      {"sys/fs/cgroup/memory.max", "0\n"},
                      {"sys/fs/cgroup/a/memory.max", "-5\n"},
                      {"sys/fs/cgroup/a/memory.high", ""}}),
              8192 * kMeg)
        << lines;
  }
}

TEST(Memory, LimitsOfTheProcess) {
  // Far beyond what the sanitizers map, and below the memory of this machine.
  const Root root(Files{{"proc/meminfo", "MemTotal: 4503599627370496 kB\n"}});
  for (const auto resource : {RLIMIT_AS, RLIMIT_DATA}) {
    const pid_t child = fork();
    if (child == 0) {
      const rlimit limit{rlim_t{1} << 51, rlim_t{1} << 51};
      if (setrlimit(resource, &limit) != 0) _exit(2);
      _exit(memory_of_machine(root.path()) == std::uint64_t{1} << 51 ? 0 : 1);
    }
    int status = 0;
    ASSERT_EQ(waitpid(child, &status, 0), child);
    EXPECT_EQ(status, 0);
  }
}

TEST(Memory, OfThisMachine) {
  if (!std::filesystem::exists("/proc/meminfo")) GTEST_SKIP() << "no /proc";
  EXPECT_GE(memory_of_machine(), 16 * kMeg);
  EXPECT_LT(default_memory_limit(), memory_of_machine());
  EXPECT_GT(default_memory_limit(), memory_of_machine() / 2);
}

TEST(AnonymousResident, IsReadFromProc) {
  EXPECT_EQ(anonymous_resident("/no/such/folder"), 0u);
  EXPECT_EQ(anonymous_resident(Root(Files{{"proc/self/status", "Name: x\n"}}).path()), 0u);
  EXPECT_EQ(anonymous_resident(Root(Files{{"proc/self/status",
                                           "VmHWM:\t 9 kB\nRssAnon:\t   12 kB\nRssFile: 7 kB\n"}})
                                   .path()),
            12u * 1024);
}

TEST(AnonymousResident, FollowsWhatIsTouchedAndThePeakStays) {
  if (anonymous_resident() == 0) GTEST_SKIP() << "the kernel does not tell";
  PeakMemory peak;
  EXPECT_EQ(peak.bytes(), 0u);
  const std::uint64_t before = anonymous_resident();
  constexpr std::size_t kBytes = 64 * kMeg;
  void* const at =
      mmap(nullptr, kBytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  ASSERT_NE(at, MAP_FAILED);
  // Through a volatile: the compiler must not see that nobody reads it.
  for (std::size_t i = 0; i < kBytes; i += 4096) static_cast<volatile char*>(at)[i] = 1;
  peak.sample();
  EXPECT_GE(peak.bytes(), before + kBytes / 2);
  const std::uint64_t largest = peak.bytes();
  munmap(at, kBytes);
  EXPECT_LE(anonymous_resident(), largest - kBytes / 2);
  peak.sample();
  EXPECT_EQ(peak.bytes(), largest);
}

}  // namespace
}  // namespace stalemate::engine
