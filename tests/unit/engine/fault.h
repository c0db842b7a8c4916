// Faults in what the program asks of its files: this program's own open, pwrite, ... stand before
// those of the C library, ask the test what is to happen, and go on to the kernel.
//
// To be included by one source of a test program.
#ifndef STALEMATE_TESTS_UNIT_ENGINE_FAULT_H_
#define STALEMATE_TESTS_UNIT_ENGINE_FAULT_H_

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include <cerrno>
#include <cstdarg>
#include <filesystem>
#include <functional>
#include <string>

struct Call {
  std::string name;       // "open", "pwrite", "pread", "sync", "rename", "unlink"
  int fd = -1;            // of the folder for "rename" and "unlink", none for "open"
  std::size_t bytes = 0;  // of "pwrite" and "pread": the hook may take some away
  int flags = 0;          // of "open"
};

// Returns 0 or the errno to fail with.  Empty: everything works.  Set it in a single thread only.
inline std::function<int(Call&)> fault_hook;

inline bool fault(Call& call) {
  if (!fault_hook) return false;
  const int error = fault_hook(call);
  if (error != 0) errno = error;
  return error != 0;
}

// Sets the hook for a scope.
struct Fault {
  explicit Fault(std::function<int(Call&)> hook) { fault_hook = std::move(hook); }
  ~Fault() { fault_hook = nullptr; }
  Fault(const Fault&) = delete;
  Fault& operator=(const Fault&) = delete;
};

extern "C" {

int open(const char* name, int flags, ...) {
  va_list arguments;
  va_start(arguments, flags);
  const bool has_mode = (flags & O_CREAT) != 0 || (flags & O_TMPFILE) == O_TMPFILE;
  const mode_t mode = has_mode ? va_arg(arguments, mode_t) : 0;
  va_end(arguments);
  Call call{.name = "open", .flags = flags};
  return fault(call) ? -1 : openat(AT_FDCWD, name, flags, mode);
}

ssize_t pwrite(int fd, const void* data, size_t bytes, off_t offset) {
  Call call{.name = "pwrite", .fd = fd, .bytes = bytes};
  if (fault(call)) return -1;
  const iovec all{const_cast<void*>(data), call.bytes};
  return pwritev(fd, &all, 1, offset);
}

ssize_t pread(int fd, void* data, size_t bytes, off_t offset) {
  Call call{.name = "pread", .fd = fd, .bytes = bytes};
  if (fault(call)) return -1;
  const iovec all{data, call.bytes};
  return preadv(fd, &all, 1, offset);
}

// With a hook nothing is synced: killing a process loses nothing that the kernel has, and a slow
// disk would make the tests slow.
int fsync(int fd) {
  Call call{.name = "sync", .fd = fd};
  if (fault_hook) return fault(call) ? -1 : 0;
  return static_cast<int>(syscall(SYS_fsync, fd));
}

int fdatasync(int fd) {
  Call call{.name = "sync", .fd = fd};
  if (fault_hook) return fault(call) ? -1 : 0;
  return static_cast<int>(syscall(SYS_fdatasync, fd));
}

int renameat(int from_fd, const char* from, int to_fd, const char* to) noexcept {
  Call call{.name = "rename", .fd = to_fd};
  return fault(call) ? -1 : renameat2(from_fd, from, to_fd, to, 0);
}

int unlinkat(int fd, const char* name, int flags) noexcept {
  Call call{.name = "unlink", .fd = fd};
  return fault(call) ? -1 : static_cast<int>(syscall(SYS_unlinkat, fd, name, flags));
}

}  // extern "C"

// A folder for one test, removed at its end.
class TemporaryFolder {
 public:
  TemporaryFolder() {
    std::string name = (std::filesystem::temp_directory_path() / "stalemate-test-XXXXXX").string();
    if (mkdtemp(name.data()) == nullptr) throw std::runtime_error("no temporary folder");
    path_ = name;
  }
  ~TemporaryFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  const std::string& path() const { return path_; }
  std::string operator/(const std::string& file) const { return path_ + "/" + file; }

 private:
  std::string path_;
};

#endif  // STALEMATE_TESTS_UNIT_ENGINE_FAULT_H_
