// The folder of a checkpoint, held open: it stays the same one if the program changes its working
// directory or somebody renames the folder.
// Tested by tests/unit/engine/checkpoint_test.cc.
#ifndef STALEMATE_ENGINE_FOLDER_H_
#define STALEMATE_ENGINE_FOLDER_H_

#include <string>
#include <vector>

#include "engine/file.h"
#include "engine/manifest.h"

namespace stalemate::engine {

class Folder {
 public:
  // Opens it.  All throw CheckpointError.
  explicit Folder(const std::string& path);

  int fd() const { return dir_.fd(); }
  const std::string& path() const { return path_; }
  std::string path(const std::string& file) const { return path_ + "/" + file; }  // for complaints
  std::vector<std::string> files() const;  // names of all that is in it, sorted
  bool has(const std::string& file) const;
  // Reads and parses it.
  Manifest manifest() const;

 private:
  std::string path_;
  File dir_;
};

}  // namespace stalemate::engine

#endif  // STALEMATE_ENGINE_FOLDER_H_
