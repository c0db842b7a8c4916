#include "engine/memory.h"

#include <sys/resource.h>

#include <charconv>
#include <fstream>
#include <limits>
#include <sstream>
#include <string_view>

namespace stalemate::engine {

namespace {

constexpr std::uint64_t kNoLimit = std::numeric_limits<std::uint64_t>::max();

// The number at the beginning of `text`, after blanks; kNoLimit for "max", for what is no number,
// for a number too large, and for 0, under which nothing runs.
std::uint64_t number(std::string_view text) {
  text.remove_prefix(std::min(text.find_first_not_of(" \t"), text.size()));
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc() && value > 0 ? value : kNoLimit;
}

std::uint64_t number_in_file(const std::string& name) {
  std::ifstream in(name);
  std::string line;
  return std::getline(in, line) ? number(line) : kNoLimit;
}

// "Key:   123 kB", as in proc/meminfo and proc/self/status; kNoLimit when it is not there.
std::uint64_t kilobytes(const std::string& name, std::string_view key) {
  std::ifstream in(name);
  for (std::string line; std::getline(in, line);) {
    if (line.starts_with(key) && line.substr(key.size()).starts_with(":")) {
      const std::uint64_t value = number(std::string_view(line).substr(key.size() + 1));
      return value > kNoLimit / 1024 ? kNoLimit : value * 1024;
    }
  }
  return kNoLimit;
}

// The least limit in the files `limit` of the group `path` and of all groups above it.  In a
// container the path may be that of the host, and the group itself is what is mounted: then only
// the root is found, which is read in any case.
std::uint64_t least_on_path(const std::string& mount, std::string path,
                            std::initializer_list<const char*> limits) {
  // A group outside of this namespace is shown as /../x.
  if (path.find("/..") != std::string::npos) path.clear();
  std::uint64_t least = kNoLimit;
  while (true) {
    for (const char* limit : limits) {
      least = std::min(least, number_in_file(mount + path + "/" + limit));
    }
    const std::size_t slash = path.rfind('/');
    if (slash == std::string::npos) return least;
    path.resize(slash);
  }
}

std::uint64_t least_of_groups(const std::string& root) {
  const std::string mount = root + "/sys/fs/cgroup";
  std::uint64_t least = kNoLimit;
  std::ifstream in(root + "/proc/self/cgroup");
  for (std::string line; std::getline(in, line);) {  // hierarchy:controller,controller:/path
    const std::size_t first = line.find(':');
    const std::size_t second = first == std::string::npos ? first : line.find(':', first + 1);
    if (second == std::string::npos) continue;
    const std::string controllers = "," + line.substr(first + 1, second - first - 1) + ",";
    const std::string path = line.substr(second + 1);
    if (controllers == ",,") {  // version 2, alone or beside version 1
      for (const char* at : {"", "/unified"}) {
        // Above memory.high a process is not killed but hardly gets anywhere.
        least = std::min(least, least_on_path(mount + at, path, {"memory.max", "memory.high"}));
      }
    } else if (controllers.find(",memory,") != std::string::npos) {
      least = std::min(least, least_on_path(mount + "/memory", path, {"memory.limit_in_bytes"}));
    }
  }
  return least;
}

}  // namespace

std::uint64_t memory_of_machine(const std::string& root) {
  std::uint64_t least =
      std::min(kilobytes(root + "/proc/meminfo", "MemTotal"), least_of_groups(root));
  for (const auto resource : {RLIMIT_AS, RLIMIT_DATA}) {
    rlimit limit;
    if (getrlimit(resource, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY) {
      least = std::min(least, static_cast<std::uint64_t>(limit.rlim_cur));
    }
  }
  return least == kNoLimit ? 0 : least;
}

std::uint64_t default_memory_limit() { return memory_of_machine() / 4 * 3; }

std::uint64_t anonymous_resident(const std::string& root) {
  const std::uint64_t bytes = kilobytes(root + "/proc/self/status", "RssAnon");
  return bytes == kNoLimit ? 0 : bytes;
}

}  // namespace stalemate::engine
