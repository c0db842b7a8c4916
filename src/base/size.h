// Numbers with units, as options take them.
#ifndef STALEMATE_BASE_SIZE_H_
#define STALEMATE_BASE_SIZE_H_

#include <cstdint>
#include <optional>
#include <string>

namespace stalemate {

// "512M", "4GiB", "1000000": bytes; K, M, G, T are powers of 1024.  Nothing for anything else.
std::optional<std::uint64_t> parse_size(const std::string& text);

// "90", "90s", "15m", "2h", "500ms": seconds.  Nothing for anything else.
std::optional<double> parse_time(const std::string& text);

}  // namespace stalemate

#endif  // STALEMATE_BASE_SIZE_H_
