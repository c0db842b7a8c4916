#include "cli/coverage_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "report/coverage.h"
#include "report/text.h"

namespace stalemate::cli {

void CoverageFile::add(const interp::LineCounts& lines, std::uint64_t transitions, bool complete) {
  ++configurations_;
  transitions_ += transitions;
  complete_ = complete_ && complete;
  for (const auto& [source, counts] : lines.counts()) {
    for (const auto& [line, count] : counts) lines_[source][line] += count;
  }
}

bool CoverageFile::close() {
  if (!wanted()) return true;
  file_.write(
      fmt::format("{}, {}{}, no reductions{}\n",
                  report::counted(static_cast<std::uint64_t>(configurations_), "configuration"),
                  complete_ ? "all " : "", report::counted(transitions_, "transition"),
                  complete_ ? "" : "; not all, since the search was stopped"));
  // The model first, then what it takes from the library, by name.
  std::vector<std::shared_ptr<const Source>> files;
  for (const auto& entry : lines_) files.push_back(entry.first);
  std::sort(files.begin(), files.end(), [&](const auto& a, const auto& b) {
    return std::pair(a->name() != model_, a->name()) < std::pair(b->name() != model_, b->name());
  });
  for (const auto& source : files) {
    file_.write(
        fmt::format("\n{}\n{}", source->name(), report::annotated(*source, lines_[source])));
  }
  return file_.close();
}

}  // namespace stalemate::cli
