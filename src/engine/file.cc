#include "engine/file.h"

#include <sys/types.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

namespace stalemate::engine {

File::~File() {
  // An error of close() would come too late to be of use: what must be on disk is synced before.
  if (fd_ >= 0) close(fd_);
}

int write_at(int fd, const void* data, std::size_t bytes, std::uint64_t offset) {
  const char* from = static_cast<const char*>(data);
  while (bytes > 0) {
    const ssize_t done = pwrite(fd, from, bytes, static_cast<off_t>(offset));
    if (done < 0) {
      if (errno == EINTR) continue;
      return errno;
    }
    if (done == 0)
      return EIO;  // no file does this; waiting for it to change its mind may be forever
    from += done;
    bytes -= static_cast<std::size_t>(done);
    offset += static_cast<std::uint64_t>(done);
  }
  return 0;
}

int read_at(int fd, void* data, std::size_t bytes, std::uint64_t offset) {
  char* to = static_cast<char*>(data);
  while (bytes > 0) {
    const ssize_t done = pread(fd, to, bytes, static_cast<off_t>(offset));
    if (done < 0) {
      if (errno == EINTR) continue;
      return errno;
    }
    if (done == 0) return kFileTooShort;
    to += done;
    bytes -= static_cast<std::size_t>(done);
    offset += static_cast<std::uint64_t>(done);
  }
  return 0;
}

std::string reason(int error) {
  if (error == kFileTooShort) return "the file has become shorter than it was";
  return std::generic_category().message(error);
}

}  // namespace stalemate::engine
