// A sweep file: which models, in which configurations, with which limits.
//
//   models = ["models/litmus/*.flush"]    globs, relative to the root; see root_of()
//   cpus = [2, 3]                         axes: each cell is a variant with one value of each
//   machine = ["armv7", "x86_64"]
//   exclude = ["models/litmus/tlb.flush:no_*"]    globs on "model:variant"
//   time_limit = "15m"                    of a cell
//   mem_limit = "4G"
//   [set]
//   flush = ["full", "none"]
//   [[group]]                             the same keys again, for other models
//
// The keys at the top are a group of their own when there is `models` among them; `exclude` and the
// limits there hold for all groups.
// Tested by tests/sweep/, as is all of this layer.
#ifndef STALEMATE_SWEEP_FILE_H_
#define STALEMATE_SWEEP_FILE_H_

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "base/diagnostic.h"

namespace stalemate::sweep {

// A text of the file and where it stands.
struct Text {
  std::string text;
  Span span;
};

struct Group {
  std::vector<Text> models;
  std::vector<int> cpus;  // the axes; empty: not one
  std::vector<std::string> machines;
  std::vector<std::pair<std::string, std::vector<std::string>>> sets;
  std::vector<std::size_t> excludes;  // in SweepFile::excludes
  double time_limit = 0;              // seconds; 0: none
  std::uint64_t mem_limit = 0;        // bytes; 0: none
};

struct SweepFile {
  std::string name;  // relative to the root
  std::string root;
  std::string hash;  // of its text
  std::vector<Text> excludes;
  std::vector<Group> groups;
};

// The folder that the names of models start from: the nearest one, from that of the file upwards,
// which holds a folder `models`; the folder of the file when there is none.
std::string root_of(const std::string& path);

// False, with diagnostics, when something is wrong with it.
bool read_sweep_file(const std::string& path, SweepFile& file, Diagnostics& diagnostics);

// XXH3-128, as 32 hex digits.
std::string hash_of(const std::string& text);

}  // namespace stalemate::sweep

#endif  // STALEMATE_SWEEP_FILE_H_
