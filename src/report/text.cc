#include "report/text.h"

#include <fmt/format.h>

#include <algorithm>

namespace stalemate::report {

namespace {

bool continues(char c) { return (static_cast<unsigned char>(c) & 0xC0U) == 0x80U; }

// Byte offset after the first `columns` columns.
std::size_t prefix_bytes(std::string_view text, int columns) {
  std::size_t i = 0;
  while (i < text.size() && columns-- > 0) {
    do ++i;
    while (i < text.size() && continues(text[i]));
  }
  return i;
}

// Where to end a line that is full in the middle of a word.
std::size_t line_end(std::string_view line) {
  const std::size_t blank = line.rfind(' ');
  if (blank != std::string_view::npos) return blank;
  // A mark near the start would leave a line of almost nothing.
  const std::size_t mark = line.find_last_of(",(_");
  return mark == std::string_view::npos || mark < line.size() / 3 ? line.size() : mark + 1;
}

}  // namespace

int width(std::string_view text) {
  return static_cast<int>(
      std::count_if(text.begin(), text.end(), [](char c) { return !continues(c); }));
}

std::vector<std::string> wrap(std::string_view text, int limit, int hanging) {
  std::vector<std::string> lines;
  for (;;) {
    text.remove_prefix(std::min(text.find_first_not_of(' '), text.size()));
    if (text.empty()) return lines;
    const int indent = lines.empty() ? 0 : hanging;
    std::size_t end = prefix_bytes(text, limit - indent);
    if (end < text.size() && text[end] != ' ') end = line_end(text.substr(0, end));
    const std::string_view line = text.substr(0, text.substr(0, end).find_last_not_of(' ') + 1);
    lines.push_back(std::string(static_cast<std::size_t>(indent), ' ') + std::string(line));
    text.remove_prefix(end);
  }
}

std::string paint(std::string_view text, std::string_view code, bool colour) {
  if (!colour || code.empty() || text.empty()) return std::string(text);
  return fmt::format("\x1b[{}m{}\x1b[0m", code, text);
}

std::string counted(std::uint64_t n, std::string_view noun) {
  std::string digits = std::to_string(n);
  for (std::size_t i = digits.size(); i > 3;) {
    i -= 3;
    digits.insert(i, 1, ',');
  }
  return fmt::format("{} {}{}", digits, noun, n == 1 ? "" : "s");
}

}  // namespace stalemate::report
