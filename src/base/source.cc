#include "base/source.h"

#include <algorithm>

namespace stalemate {

Source::Source(std::string name, std::string text)
    : name_(std::move(name)), text_(std::move(text)) {
  line_starts_.push_back(0);
  for (std::uint32_t i = 0; i < text_.size(); ++i) {
    if (text_[i] == '\n') line_starts_.push_back(i + 1);
  }
}

Source::Position Source::position(std::uint32_t offset) const {
  offset = std::min(offset, static_cast<std::uint32_t>(text_.size()));
  const auto after = std::upper_bound(line_starts_.begin(), line_starts_.end(), offset);
  const auto line = static_cast<int>(after - line_starts_.begin());
  int column = 1;
  for (std::uint32_t i = line_starts_[static_cast<std::size_t>(line) - 1]; i < offset; ++i) {
    // Continuation bytes of UTF-8 do not start a new column.
    if ((static_cast<unsigned char>(text_[i]) & 0xC0U) != 0x80U) ++column;
  }
  return {line, column};
}

std::string_view Source::line(int number) const {
  if (number < 1 || static_cast<std::size_t>(number) > line_starts_.size()) return {};
  const std::uint32_t begin = line_starts_[static_cast<std::size_t>(number) - 1];
  std::size_t end = text_.find('\n', begin);
  if (end == std::string::npos) end = text_.size();
  std::string_view view = std::string_view(text_).substr(begin, end - begin);
  if (!view.empty() && view.back() == '\r') view.remove_suffix(1);
  return view;
}

std::string Span::where() const {
  if (source == nullptr) return {};
  const Source::Position p = source->position(begin);
  return source->name() + ":" + std::to_string(p.line) + ":" + std::to_string(p.column);
}

Span join(const Span& a, const Span& b) {
  if (!a) return b;
  if (!b || a.source != b.source) return a;
  return {a.source, std::min(a.begin, b.begin), std::max(a.end, b.end)};
}

}  // namespace stalemate
