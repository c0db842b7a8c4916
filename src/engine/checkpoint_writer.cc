#include <fcntl.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <set>
#include <utility>
#include <vector>

#include "engine/checkpoint.h"
#include "engine/file.h"
#include "engine/folder.h"
#include "engine/manifest.h"

namespace stalemate::engine {

namespace {

constexpr std::size_t kBuffer = std::size_t{1} << 20;

// So many segments that were copied equally often are made one.  Reading a checkpoint holds all its
// segments open, and a process may have only some hundreds of files: after n writes there are at
// most kMerge * log n segments, bases kMerge, and each state has been copied at most log n times.
constexpr std::uint64_t kMerge = 16;

// Makes the folder when there is none.
void make_folder(const std::string& path) {
  if (mkdir(path.c_str(), 0777) != 0) {
    if (errno == EEXIST) return;
    throw CheckpointError("cannot make the folder " + path + ": " + reason(errno) +
                          "; name another folder, in one that is there");
  }
  // Its name has to be on disk as well.
  const std::filesystem::path parent =
      std::filesystem::path(path + "/.").parent_path().parent_path();
  const File dir(open(parent.empty() ? "." : parent.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (dir) fsync(dir.fd());
}

// For a first checkpoint.  What was made for something else is refused before anything is put into
// it.
Folder new_folder(const std::string& path) {
  make_folder(path);
  Folder folder(path);
  for (const std::string& file : folder.files()) {
    if (file != kManifestFile && file != kNewManifestFile && file != kLockFile &&
        segment_number(file) == 0) {
      throw CheckpointError("the folder " + folder.path() + " holds " + file +
                            ", which is not of a checkpoint; name an empty or a new folder");
    }
  }
  return folder;
}

File lock(const Folder& folder) {
  const std::string name = folder.path(kLockFile);
  File file(openat(folder.fd(), kLockFile, O_RDWR | O_CREAT | O_CLOEXEC, 0666));
  if (!file) {
    throw CheckpointError("cannot make the file " + name + ": " + reason(errno) +
                          "; name a folder that can be written to");
  }
  while (flock(file.fd(), LOCK_EX | LOCK_NB) != 0) {
    if (errno == EINTR) continue;
    if (errno == EWOULDBLOCK) {
      throw CheckpointError("another check that is still running writes its checkpoints to " +
                            folder.path() + "; wait for it, or name another folder");
    }
    throw CheckpointError("cannot lock the file " + name + ": " + reason(errno) +
                          "; name a folder on another file system");
  }
  return file;
}

}  // namespace

struct CheckpointWriter::Impl {
  Impl(const std::string& path, bool resuming);
  void write(const Saved& saved);
  bool any() const { return any_; }

 private:
  [[noreturn]] void fail(const std::string& file, int error) const;
  void sync_folder() const;
  void write_file(const std::string& file, const std::string& text) const;
  ManifestLog save(const std::string& name, const SavedLog& log);
  Segment write_segment(const std::string& name, const SavedLog& log, std::uint64_t first);
  void remove_unused() const;

  Folder folder_;
  File lock_;
  bool any_ = false;                  // there is a checkpoint in the folder,
  Manifest current_;                  // and this is its manifest
  std::uint64_t next_ = 1;            // number of a segment
  std::vector<std::string> written_;  // by the write() under way, no manifest has it yet
};

CheckpointWriter::Impl::Impl(const std::string& path, bool resuming)
    : folder_(resuming ? Folder(path) : new_folder(path)), lock_(lock(folder_)) {
  if (resuming) {
    current_ = folder_.manifest();
    any_ = true;
  } else if (folder_.has(kManifestFile)) {
    throw CheckpointError("the folder " + path + " holds a checkpoint already; resume from it, " +
                          "delete the folder, or name another one");
  }
  remove_unused();  // what a check that was killed has left
  for (const std::string& file : folder_.files()) {
    next_ = std::max(next_, segment_number(file) + 1);
  }
}

void CheckpointWriter::Impl::fail(const std::string& file, int error) const {
  throw CheckpointError("cannot write the checkpoint: " + folder_.path(file) + ": " +
                        reason(error) +
                        (any_ ? "; the checkpoint before is still there and whole" : "") +
                        "; free some space in " + folder_.path() + " or name another folder");
}

void CheckpointWriter::Impl::sync_folder() const {
  if (fsync(folder_.fd()) != 0) fail(".", errno);
}

void CheckpointWriter::Impl::write_file(const std::string& file, const std::string& text) const {
  const File out(
      openat(folder_.fd(), file.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666));
  if (!out) fail(file, errno);
  if (const int error = write_at(out.fd(), text.data(), text.size(), 0)) fail(file, error);
  if (fsync(out.fd()) != 0) fail(file, errno);
}

// States first .. end of `log` in a file of their own.
Segment CheckpointWriter::Impl::write_segment(const std::string& name, const SavedLog& log,
                                              std::uint64_t first) {
  Segment segment;
  segment.file = segment_file(next_++);
  const File out(
      openat(folder_.fd(), segment.file.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666));
  if (!out) fail(segment.file, errno);
  written_.push_back(segment.file);
  Checksum checksum;
  const std::uint64_t words = static_cast<std::uint64_t>(log.words);
  const std::uint64_t step = std::max<std::uint64_t>(1, kBuffer / (words * sizeof(Word)));
  std::vector<Word> buffer(std::min(step, log.size - first) * words);
  for (std::uint64_t at = first; at < log.size; at += step) {
    const std::uint64_t n = std::min(step, log.size - at);
    try {
      log.read(at, n, buffer.data());
    } catch (const LogError& error) {
      throw CheckpointError("cannot write the states of " + name +
                            " to the checkpoint: " + error.what() +
                            (any_ ? "; the checkpoint before is still there and whole" : ""));
    }
    const std::size_t bytes = n * words * sizeof(Word);
    checksum.add(buffer.data(), bytes);
    if (const int error = write_at(out.fd(), buffer.data(), bytes, segment.bytes)) {
      fail(segment.file, error);
    }
    segment.bytes += bytes;
  }
  segment.checksum = checksum.text();
  if (fdatasync(out.fd()) != 0) fail(segment.file, errno);
  return segment;
}

ManifestLog CheckpointWriter::Impl::save(const std::string& name, const SavedLog& log) {
  ManifestLog next;
  next.words = static_cast<std::uint64_t>(log.words);
  next.generation = log.generation;
  if (const auto it = current_.logs.find(name); it != current_.logs.end()) {
    const ManifestLog& before = it->second;
    if (before.words == next.words && before.generation == next.generation &&
        before.states <= log.size) {
      next = before;
    }
  }
  if (next.states == log.size) return next;
  std::uint64_t merges = 0;
  const auto last_of_kind = [&] {
    std::uint64_t n = 0;
    while (n < next.segments.size() && next.segments.rbegin()[n].merges == merges) ++n;
    return n;
  };
  for (std::uint64_t n = last_of_kind(); n >= kMerge - 1; n = last_of_kind()) {
    for (; n > 0; --n) {
      next.states -= next.segments.back().bytes / (next.words * sizeof(Word));
      next.segments.pop_back();
    }
    ++merges;
  }
  next.segments.push_back(write_segment(name, log, next.states));
  next.segments.back().merges = merges;
  next.states = log.size;
  return next;
}

void CheckpointWriter::Impl::write(const Saved& saved) {
  Manifest next{saved.fingerprint, saved.facts, {}};
  written_.clear();
  try {
    for (const auto& [name, log] : saved.logs) next.logs[name] = save(name, log);
    sync_folder();
    write_file(kNewManifestFile, manifest_text(next, folder_.path(kManifestFile)));
  } catch (...) {
    // A full disk may have room again for the search itself.
    for (const std::string& file : written_) unlinkat(folder_.fd(), file.c_str(), 0);
    unlinkat(folder_.fd(), kNewManifestFile, 0);
    throw;
  }
  // From here on nothing is removed on failure: over a network a rename that failed may be done.
  if (renameat(folder_.fd(), kNewManifestFile, folder_.fd(), kManifestFile) != 0) {
    fail(kManifestFile, errno);
  }
  current_ = std::move(next);
  any_ = true;
  if (fsync(folder_.fd()) != 0) {
    throw CheckpointError("a checkpoint was written to " + folder_.path() +
                          ", but it may not survive a crash of the machine: " + reason(errno));
  }
  try {
    remove_unused();
  } catch (const CheckpointError&) {  // the checkpoint is there, and the next write() tries again
  }
}

void CheckpointWriter::Impl::remove_unused() const {
  std::set<std::string> used;
  for (const auto& [name, log] : current_.logs) {
    for (const Segment& segment : log.segments) used.insert(segment.file);
  }
  for (const std::string& file : folder_.files()) {
    if (file == kNewManifestFile || (segment_number(file) != 0 && !used.contains(file))) {
      unlinkat(folder_.fd(), file.c_str(), 0);
    }
  }
}

CheckpointWriter::CheckpointWriter(const std::string& folder, bool resuming)
    : impl_(std::make_unique<Impl>(folder, resuming)) {}
CheckpointWriter::~CheckpointWriter() = default;
void CheckpointWriter::write(const Saved& saved) { impl_->write(saved); }
bool CheckpointWriter::any() const { return impl_->any(); }

}  // namespace stalemate::engine
