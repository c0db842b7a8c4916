#include "verify/verify.h"

#define XXH_INLINE_ALL
#include <xxhash.h>
#include <zlib.h>

#include <cinttypes>
#include <cstdio>
#include <cstdlib>
#include <functional>

namespace stalemate::verify {

namespace {

constexpr std::size_t kSeal = 32;  // bytes

// Exactly `size` bytes from one stream with nothing behind it.
std::vector<unsigned char> inflate_all(std::string_view packed, std::size_t size) {
  // A byte of the stream stands for 1032 bytes at most: a wrong size must not take all memory.
  if (size / 1032 > packed.size()) throw BadFile("it cannot hold as many states as it says");
  std::vector<unsigned char> out(size + 1);
  uLongf length = out.size();
  uLong used = packed.size();
  const auto* const from = reinterpret_cast<const unsigned char*>(packed.data());
  const int code = uncompress2(out.data(), &length, from, &used);
  if (code == Z_OK && length == size && used == packed.size()) return out;
  throw BadFile("it does not hold as many states as it says");
}

}  // namespace

std::string fingerprint(std::string_view text) {
  const XXH128_hash_t hash = XXH3_128bits(text.data(), text.size());
  char hex[kSeal + 1];
  std::snprintf(hex, sizeof hex, "%016" PRIx64 "%016" PRIx64, hash.high64, hash.low64);
  return hex;
}

Certificate read_certificate(const Model& m, std::string_view bytes,
                             const std::string& fingerprint) {
  const std::size_t end = bytes.find("\n\n");
  if (!bytes.starts_with("stalemate-certificate 1 ")) throw BadFile("it is no certificate");
  if (end == std::string_view::npos || bytes.size() - end < kSeal) throw BadFile("it is cut off");
  const std::string_view sealed = bytes.substr(0, bytes.size() - kSeal);
  if (verify::fingerprint(sealed) != bytes.substr(sealed.size())) throw BadFile("it is damaged");
  const std::string_view text = bytes.substr(0, end + 1);
  // It is printed, and could pass for words of the verifier.
  if (text.find_first_of("\x1b\r\b\f\v") + 1 != 0) throw BadFile("it moves the cursor");
  const Nodes head = read_forms(text);
  if (head.size() < 5 || head[2].text != fingerprint) {
    throw BadFile("it is of another IR text than the one with the fingerprint " + fingerprint);
  }
  Certificate out;
  out.about = text.substr(text.find('\n') + 1);
  for (std::size_t i = 4; i < head.size(); ++i) {
    out.claims.push_back(position(m.properties, head[i].text));
    if (out.claims.back() < 0) throw BadFile("the model has no property " + head[i].text);
  }
  const std::size_t states = std::strtoul(head[3].text.c_str(), nullptr, 10);
  if (states > UINT32_MAX) throw BadFile("no such number of states");
  const auto data = inflate_all(sealed.substr(end + 2), states * m.initial.size() * 2);
  Values state(m.initial.size());
  for (std::size_t at = 0; out.states.size() < states;) {
    for (std::int16_t& value : state) {
      value = static_cast<std::int16_t>(value + data[at] + data[at + 1] * 256);
      at += 2;
    }
    out.states.push_back(state);
  }
  const auto wrong =
      std::adjacent_find(out.states.begin(), out.states.end(), std::greater_equal<>());
  if (wrong != out.states.end()) throw BadFile("the states do not ascend");
  return out;
}

}  // namespace stalemate::verify
