#include "report/coverage.h"

#include <fmt/format.h>

namespace stalemate::report {

std::string annotated(const Source& source, const std::map<int, std::uint64_t>& counts) {
  const auto end = static_cast<std::uint32_t>(source.text().size());
  const Source::Position last = source.position(end);
  // What follows the newline at the end is no line.
  const int lines = last.column == 1 ? last.line - 1 : last.line;
  std::string out;
  for (int n = 1; n <= lines; ++n) {
    const auto known = counts.find(n);
    std::string count = "-";
    if (known != counts.end()) count = known->second == 0 ? "####" : std::to_string(known->second);
    const std::string_view line = source.line(n);
    out += fmt::format("{:>9}:{:>5}:{}{}\n", count, n, line.empty() ? "" : " ", line);
  }
  return out;
}

}  // namespace stalemate::report
