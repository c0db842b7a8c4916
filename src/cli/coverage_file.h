// The file of --coverage: the sources of the configurations checked, with how often each line ran.
#ifndef STALEMATE_CLI_COVERAGE_FILE_H_
#define STALEMATE_CLI_COVERAGE_FILE_H_

#include <cstdint>
#include <map>
#include <memory>
#include <string>

#include "cli/exploring.h"
#include "interp/line_counts.h"

namespace stalemate::cli {

class CoverageFile {
 public:
  CoverageFile(std::string model, const std::string& path)
      : model_(std::move(model)), file_("--coverage", path) {}

  bool open() { return file_.open(); }
  bool close();  // writes what was added
  bool wanted() const { return file_.wanted(); }
  // Of one configuration; `complete`: these are all of its transitions.
  void add(const interp::LineCounts& lines, std::uint64_t transitions, bool complete);

 private:
  std::string model_;
  OutputFile file_;
  int configurations_ = 0;
  std::uint64_t transitions_ = 0;
  bool complete_ = true;
  std::map<std::shared_ptr<const Source>, interp::LineCounts::OfFile> lines_;
};

}  // namespace stalemate::cli

#endif  // STALEMATE_CLI_COVERAGE_FILE_H_
