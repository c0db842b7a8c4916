// A search on disk: what `stalemate resume` goes on from.
//
// A folder with a manifest and files of packed states.  A checkpoint is written beside the one
// before, synced, and put in its place by one rename, so that a kill at any moment leaves a whole
// one.  The manifest has a version, a checksum of itself and of every file, and the fingerprint of
// the compiled model.  Whatever does not fit is refused with a sentence that says what is wrong and
// what to do. Tested by tests/unit/engine/checkpoint_test.cc.
#ifndef STALEMATE_ENGINE_CHECKPOINT_H_
#define STALEMATE_ENGINE_CHECKPOINT_H_

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <stdexcept>
#include <string>

#include "engine/log.h"

namespace stalemate::engine {

struct CheckpointError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

// Facts by name; values are JSON text of the caller's choice.  The file keeps them as they are.
using Facts = std::map<std::string, std::string>;

// A log that has only grown since the last write to the same folder has only its new part written.
// One that is shorter than it was, or has another generation, is written anew.  So the caller must
// change the generation of a log whose states before the old end are no longer the same: it has
// been replaced, or truncated and appended to.
struct SavedLog {
  int words = 0;  // of a state
  std::uint64_t size = 0;
  // Copies some states, from the first one on.  May throw LogError.
  std::function<void(std::uint64_t first, std::uint64_t count, Word* out)> read;
  std::uint64_t generation = 0;
};

template <typename L>  // Log or StateLog, which has to stay until it is written
SavedLog saved_log(const L& log, std::uint64_t generation) {
  return {
      log.words(), log.size(),
      [&log](std::uint64_t first, std::uint64_t count, Word* out) { log.read(first, count, out); },
      generation};
}

// What is saved.  States of `logs` are written as they are.
struct Saved {
  std::string fingerprint;               // of the compiled model
  Facts facts;                           // counters, levels, options, ...
  std::map<std::string, SavedLog> logs;  // by name
};

// One writer per folder: takes a lock on it (flock), so that two searches do not share one.
class CheckpointWriter {
 public:
  // Makes the folder when there is none.  Refuses one that holds something else, one that is
  // locked, and, unless `resuming`, one that holds a checkpoint already.  `resuming` wants one.
  //
  // To resume, make the writer first and read the checkpoint then, under its lock; the first
  // write() goes on from the logs and generations read.
  CheckpointWriter(const std::string& folder, bool resuming);
  ~CheckpointWriter();
  CheckpointWriter(const CheckpointWriter&) = delete;
  CheckpointWriter& operator=(const CheckpointWriter&) = delete;
  // Throws CheckpointError; then the checkpoint before, if any, is still there, and write() may be
  // called again.  (After one kind of failure, of the last sync, it is the new one that is there;
  // the message says so.)
  void write(const Saved& saved);
  // Is there one, which a search can go on from?
  bool any() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

struct LoadedLog {
  Log log;
  std::uint64_t generation = 0;
};

struct Loaded {
  std::string fingerprint;
  Facts facts;
  std::map<std::string, LoadedLog> logs;
};

// Only the manifest, without the logs: for the command line, which has to compile the model before
// logs are read.
Loaded read_manifest(const std::string& folder);
// All of it, every byte verified.  `words` is the width of the states expected.  The states stay in
// their files, which the logs hold open: a later checkpoint may remove them from the folder.
Loaded read_checkpoint(const std::string& folder, int words);

}  // namespace stalemate::engine

#endif  // STALEMATE_ENGINE_CHECKPOINT_H_
