#include "base/size.h"

#include <charconv>
#include <cmath>

namespace stalemate {

namespace {

// Leading digits; nothing without any or beyond 64 bits.
std::optional<std::uint64_t> digits(const std::string& text, std::size_t& length) {
  std::uint64_t n = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), n);
  if (error != std::errc()) return std::nullopt;
  length = static_cast<std::size_t>(end - text.data());
  return n;
}

}  // namespace

std::optional<std::uint64_t> parse_size(const std::string& text) {
  std::size_t length = 0;
  const auto n = digits(text, length);
  if (!n) return std::nullopt;
  std::string unit = text.substr(length);
  for (const char* tail : {"iB", "B"}) {
    const std::string t(tail);
    if (unit.size() > t.size() && unit.compare(unit.size() - t.size(), t.size(), t) == 0) {
      unit.resize(unit.size() - t.size());
    }
  }
  if (unit.empty() || unit == "B") return n;
  const std::size_t power = std::string("KMGT").find(unit);
  if (unit.size() != 1 || power == std::string::npos) return std::nullopt;
  const unsigned shift = 10 * (static_cast<unsigned>(power) + 1);
  if (*n > (UINT64_MAX >> shift)) return std::nullopt;
  return *n << shift;
}

std::optional<double> parse_time(const std::string& text) {
  std::size_t length = 0;
  const auto n = digits(text, length);
  if (!n) return std::nullopt;
  const std::string unit = text.substr(length);
  const double factor = unit.empty() || unit == "s" ? 1
                        : unit == "ms"              ? 0.001
                        : unit == "m"               ? 60
                        : unit == "h"               ? 3600
                                                    : 0;
  if (factor == 0) return std::nullopt;
  return static_cast<double>(*n) * factor;
}

}  // namespace stalemate
