#include "engine/folder.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <memory>

namespace stalemate::engine {

Folder::Folder(const std::string& path)
    : path_(path), dir_(open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)) {
  if (!dir_) {
    throw CheckpointError("cannot open the folder " + path + ": " + reason(errno) +
                          "; name the folder of a checkpoint");
  }
}

std::vector<std::string> Folder::files() const {
  // A descriptor of its own: a directory stream closes its own, and its place is not to be shared.
  const int fd = openat(dir_.fd(), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  const std::unique_ptr<DIR, int (*)(DIR*)> stream(fd < 0 ? nullptr : fdopendir(fd), closedir);
  if (stream == nullptr) {
    const int error = errno;
    if (fd >= 0) close(fd);
    throw CheckpointError("cannot list the folder " + path_ + ": " + reason(error) +
                          "; name another folder");
  }
  std::vector<std::string> names;
  errno = 0;
  while (const dirent* entry = readdir(stream.get())) {
    const std::string name = entry->d_name;
    if (name != "." && name != "..") names.push_back(name);
    errno = 0;
  }
  if (errno != 0) {
    throw CheckpointError("cannot list the folder " + path_ + ": " + reason(errno) +
                          "; name another folder");
  }
  std::sort(names.begin(), names.end());
  return names;
}

bool Folder::has(const std::string& file) const {
  return faccessat(dir_.fd(), file.c_str(), F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

Manifest Folder::manifest() const {
  const std::string name = path(kManifestFile);
  const File file(openat(dir_.fd(), kManifestFile, O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (!file && errno == ENOENT) {
    throw CheckpointError("there is no checkpoint in the folder " + path_ + " (it has no " +
                          kManifestFile + "); start the check without it");
  }
  struct stat status;
  if (!file || fstat(file.fd(), &status) != 0) {
    throw CheckpointError(name + ": cannot read it: " + reason(errno) +
                          "; start the check again without this checkpoint");
  }
  const std::uint64_t bytes = static_cast<std::uint64_t>(status.st_size);
  if (!S_ISREG(status.st_mode) || bytes > kMaxManifestBytes) {
    throw CheckpointError(name + ": this is not the manifest of a checkpoint" +
                          "; start the check again without this checkpoint");
  }
  std::string text(bytes, '\0');
  if (const int error = read_at(file.fd(), text.data(), text.size(), 0)) {
    throw CheckpointError(name + ": cannot read it: " + reason(error) +
                          "; start the check again without this checkpoint");
  }
  return parse_manifest(text, name);
}

}  // namespace stalemate::engine
