// A search on disk: what `stalemate resume` goes on from.
//
// A folder with a manifest and files of packed states.  A checkpoint is written beside the one before,
// synced, and put in its place by one rename, so that a kill at any moment leaves a whole one.  The
// manifest has a version, a checksum of itself and of every file, and the fingerprint of the compiled
// model.  Whatever does not fit is refused with a sentence that says what is wrong and what to do.
// Tested by tests/unit/engine/checkpoint_test.cc.
#ifndef STALEMATE_ENGINE_CHECKPOINT_H_
#define STALEMATE_ENGINE_CHECKPOINT_H_

#include <cstdint>
#include <map>
#include <stdexcept>
#include <string>
#include <vector>

#include "engine/layout.h"
#include "engine/log.h"

namespace stalemate::engine {

struct CheckpointError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

// Facts by name; values are JSON text of the caller's choice.  The file keeps them as they are.
using Facts = std::map<std::string, std::string>;

// What is saved.  States of `logs` are written as they are; a log that has only grown since the last
// write to the same folder has only its new part written.
struct Saved {
  std::string fingerprint;   // of the compiled model
  Facts facts;               // counters, levels, options, ...
  std::map<std::string, const Log*> logs;  // by name
};

// One writer per folder: takes a lock on it (flock), so that two searches do not share one.
class CheckpointWriter {
 public:
  // Makes the folder when there is none.  Refuses one that holds something else, one that is locked,
  // and, unless `resuming`, one that holds a checkpoint already.
  CheckpointWriter(const std::string& folder, bool resuming);
  ~CheckpointWriter();
  CheckpointWriter(const CheckpointWriter&) = delete;
  CheckpointWriter& operator=(const CheckpointWriter&) = delete;
  void write(const Saved& saved);   // throws CheckpointError; the checkpoint before is untouched then
 private:
  struct Impl;
  Impl* impl_;
};

struct Loaded {
  std::string fingerprint;
  Facts facts;
  std::map<std::string, Log> logs;
};
// Only the manifest: for the command line, which has to compile the model before logs are read.
Loaded read_manifest(const std::string& folder);
// All of it, verified.  `words` is the width of the states expected.
Loaded read_checkpoint(const std::string& folder, int words);

}  // namespace stalemate::engine

#endif  // STALEMATE_ENGINE_CHECKPOINT_H_
