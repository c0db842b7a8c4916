// Reading.  The writer is in checkpoint_writer.cc.
#include "engine/checkpoint.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <utility>
#include <vector>

#include "engine/file.h"
#include "engine/folder.h"
#include "engine/manifest.h"

namespace stalemate::engine {

namespace {

constexpr std::size_t kBuffer = std::size_t{1} << 20;

[[noreturn]] void refuse(const std::string& file, const std::string& what) {
  throw CheckpointError(file + ": " + what + "; start the check again without this checkpoint");
}

// A segment, open and verified.
Log::Piece open_segment(const Folder& folder, const Segment& segment, std::uint64_t state_bytes) {
  const std::string name = folder.path(segment.file);
  // O_NONBLOCK: should something have put a pipe there, it is to be refused and not waited for.
  File file(openat(folder.fd(), segment.file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (!file) {
    refuse(name, errno == ENOENT ? "this file of the checkpoint is missing"
                                 : "cannot open it: " + reason(errno));
  }
  struct stat status;
  if (fstat(file.fd(), &status) != 0) refuse(name, "cannot read it: " + reason(errno));
  const std::uint64_t bytes = static_cast<std::uint64_t>(status.st_size);
  if (bytes != segment.bytes) {
    refuse(name, "it is damaged: it has " + std::to_string(bytes) + " bytes and should have " +
                     std::to_string(segment.bytes));
  }
  Checksum checksum;
  std::vector<char> buffer(std::min<std::uint64_t>(bytes, kBuffer));
  for (std::uint64_t at = 0; at < bytes; at += buffer.size()) {
    const std::size_t n = std::min<std::uint64_t>(buffer.size(), bytes - at);
    if (const int error = read_at(file.fd(), buffer.data(), n, at)) {
      refuse(name, "cannot read it: " + reason(error));
    }
    checksum.add(buffer.data(), n);
  }
  if (checksum.text() != segment.checksum) {
    refuse(name, "it is damaged: its checksum is not that of its content");
  }
  return {std::move(file), name, bytes / state_bytes};
}

}  // namespace

Loaded read_manifest(const std::string& path) {
  Manifest manifest = Folder(path).manifest();
  return {std::move(manifest.fingerprint), std::move(manifest.facts), {}};
}

Loaded read_checkpoint(const std::string& path, int words) {
  const Folder folder(path);
  Manifest manifest = folder.manifest();
  Loaded loaded{std::move(manifest.fingerprint), std::move(manifest.facts), {}};
  for (const auto& [name, log] : manifest.logs) {
    if (log.words != static_cast<std::uint64_t>(words)) {
      refuse(folder.path(kManifestFile),
             "the states of its log " + name + " have " + std::to_string(log.words) +
                 " words, and those of this model have " + std::to_string(words));
    }
    std::vector<Log::Piece> pieces;
    for (const Segment& segment : log.segments) {
      pieces.push_back(open_segment(folder, segment, log.words * sizeof(Word)));
    }
    loaded.logs.emplace(name, LoadedLog{Log(words, std::move(pieces)), log.generation});
  }
  return loaded;
}

}  // namespace stalemate::engine
