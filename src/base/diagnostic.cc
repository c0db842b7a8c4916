#include "base/diagnostic.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

namespace stalemate {

namespace {

constexpr std::size_t kWindow = 100;

std::string paint(std::string_view text, const char* code, bool colour) {
  return colour ? fmt::format("\x1b[{}m{}\x1b[0m", code, text) : std::string(text);
}

// The source line and the caret line under it.  Tabs and control bytes are shown as one blank, so
// that the caret stands under the right column in every terminal.
std::string excerpt(const Span& span, bool colour) {
  const Source::Position begin = span.source->position(span.begin);
  const Source::Position end = span.source->position(std::max(span.begin, span.end));
  std::string line;
  for (const char c : span.source->line(begin.line)) {
    line += static_cast<unsigned char>(c) < 0x20 || c == 0x7f ? ' ' : c;
  }
  const auto column = static_cast<std::size_t>(begin.column - 1);
  std::size_t width = 1;
  if (end.line == begin.line && end.column > begin.column) {
    width = static_cast<std::size_t>(end.column - begin.column);
  } else if (end.line > begin.line && line.size() > column) {
    width = line.size() - column;
  }
  // Columns count code points, the cut below counts bytes: cut only plain ASCII lines.
  const bool ascii = std::all_of(line.begin(), line.end(),
                                 [](char c) { return static_cast<unsigned char>(c) < 0x80; });
  std::size_t shift = 0;
  if (line.size() > kWindow) {
    if (!ascii) return {};
    if (column > kWindow / 2) shift = column - kWindow / 2;
    line = line.substr(shift, kWindow);
    width = std::min(width, kWindow - std::min(kWindow - 1, column - shift));
  }
  const std::string caret =
      std::string(column - shift, ' ') + "^" + std::string(width > 0 ? width - 1 : 0, '~');
  return fmt::format("  {}\n  {}\n", line, paint(caret, "1;32", colour));
}

std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t up = row[j];
      row[j] = std::min({row[j] + 1, row[j - 1] + 1, diagonal + (a[i - 1] == b[j - 1] ? 0 : 1)});
      diagonal = up;
    }
  }
  return row[b.size()];
}

}  // namespace

void Diagnostics::error(const Span& span, std::string message, std::string hint) {
  if (errors_++ >= kMaxErrors) return;
  list_.push_back({span, std::move(message), std::move(hint)});
}

std::string Diagnostics::format(bool colour) const {
  std::string out;
  for (const Diagnostic& d : list_) {
    if (d.span) out += d.span.where() + ": ";
    out += fmt::format("{} {}\n", paint("error:", "1;31", colour), d.message);
    if (d.span) out += excerpt(d.span, colour);
    if (!d.hint.empty()) out += fmt::format("  {}\n", d.hint);
  }
  if (errors_ > kMaxErrors) out += fmt::format("and {} more errors\n", errors_ - kMaxErrors);
  return out;
}

std::string did_you_mean(std::string_view word, const std::vector<std::string>& candidates) {
  // Long words come from damaged input; comparing them costs a product of lengths.
  if (word.size() > 64) return {};
  std::size_t best = std::numeric_limits<std::size_t>::max();
  std::string found;
  for (const std::string& c : candidates) {
    if (c.size() > 64) continue;
    const std::size_t d = edit_distance(word, c);
    if (d < best) {
      best = d;
      found = c;
    }
  }
  const std::size_t limit = std::max<std::size_t>(1, std::min(word.size(), std::size_t{12}) / 3);
  return best <= limit && best < word.size() ? found : std::string();
}

}  // namespace stalemate
