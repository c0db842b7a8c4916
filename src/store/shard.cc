#include "store/shard.h"

#include <fmt/format.h>
#include <xxhash.h>

#include <algorithm>
#include <charconv>

namespace stalemate::store {

std::optional<Shard> read_shard(const std::string& text) {
  const char* const end = text.data() + text.size();
  Shard shard;
  std::size_t k = 0;
  const auto [slash, bad_k] = std::from_chars(text.data(), end, k);
  if (bad_k != std::errc() || slash == end || *slash != '/') return std::nullopt;
  const auto [rest, bad_n] = std::from_chars(slash + 1, end, shard.count);
  if (bad_n != std::errc() || rest != end || k < 1 || k > shard.count ||
      shard.count > kMostShards) {
    return std::nullopt;
  }
  shard.index = k - 1;
  return shard;
}

std::string plan_of(std::vector<std::string> cells) {
  std::sort(cells.begin(), cells.end());
  std::string text;
  for (const std::string& cell : cells) text += cell + '\0';  // which no name holds
  const XXH128_hash_t h = XXH3_128bits(text.data(), text.size());
  return fmt::format("{:016x}{:016x}", h.high64, h.low64);
}

}  // namespace stalemate::store
