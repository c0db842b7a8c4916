#include "report/certificate.h"

#define XXH_INLINE_ALL
#include <xxhash.h>
#include <zlib.h>

#include <algorithm>
#include <cinttypes>
#include <limits>
#include <new>
#include <numeric>

#include "ir/dump.h"
#include "ir/names.h"

namespace stalemate::report {

namespace {

// What a claim covers.
std::string claim(const ir::Property& p) {
  switch (p.kind) {
    case ir::Property::Kind::kAsserts:
      return "no assertion of it fails in any step from any of these states";
    case ir::Property::Kind::kInvariant:
      return "it holds in each of these states";
    case ir::Property::Kind::kNoStuck:
    case ir::Property::Kind::kLeadsTo:  // has no certificate
      break;
  }
  const std::string stuck = "in none of these states is a process stuck for good";
  return p.when.empty() ? stuck : stuck + " while it counts";
}

// Writes text, then one zlib stream, and seals both with their hash.
class Sealed {
 public:
  explicit Sealed(std::FILE* file) : file_(file) {
    XXH3_128bits_reset(&hash_);
    good_ = deflateInit(&stream_, Z_DEFAULT_COMPRESSION) == Z_OK;
  }
  ~Sealed() { deflateEnd(&stream_); }
  Sealed(const Sealed&) = delete;
  Sealed& operator=(const Sealed&) = delete;

  void text(const std::string& text) { write(text.data(), text.size()); }
  void compressed(std::vector<unsigned char>& bytes) { deflate_all(bytes, Z_NO_FLUSH); }
  bool finish() {
    std::vector<unsigned char> nothing;
    deflate_all(nothing, Z_FINISH);
    const XXH128_hash_t seal = XXH3_128bits_digest(&hash_);
    return good_ && std::fprintf(file_, "%016" PRIx64 "%016" PRIx64, seal.high64, seal.low64) == 32;
  }

 private:
  void deflate_all(std::vector<unsigned char>& bytes, int flush) {
    stream_.next_in = bytes.data();
    stream_.avail_in = static_cast<uInt>(bytes.size());
    do {
      unsigned char out[1 << 14];
      stream_.next_out = out;
      stream_.avail_out = sizeof out;
      good_ = good_ && deflate(&stream_, flush) != Z_STREAM_ERROR;
      write(out, sizeof out - stream_.avail_out);
    } while (good_ && stream_.avail_out == 0);
  }
  void write(const void* data, std::size_t bytes) {
    XXH3_128bits_update(&hash_, data, bytes);
    good_ = good_ && std::fwrite(data, 1, bytes, file_) == bytes;
  }

  std::FILE* file_;
  XXH3_state_t hash_;
  z_stream stream_{};
  bool good_;
};

}  // namespace

Certificate::Certificate(const ir::Program& p, const std::vector<int>& properties,
                         std::uint64_t most)
    : fingerprint_(ir::fingerprint(p)), width_(static_cast<std::size_t>(p.slots)), most_(most) {
  for (const int i : properties) {
    const ir::Property& property = p.properties[static_cast<std::size_t>(i)];
    names_ += ' ' + ir::name_token(property.name);
    claims_.push_back(property.name + ": " + claim(property));
  }
}

void Certificate::add(const State& s) {
  const std::uint64_t bytes = (values_.size() + width_) * sizeof(ir::Value) + states_ * 4;
  if ((most_ != 0 && bytes > most_) || states_ == std::numeric_limits<std::uint32_t>::max()) {
    throw std::bad_alloc();
  }
  values_.insert(values_.end(), s.begin(), s.end());
  ++states_;
}

std::vector<std::uint32_t> Certificate::ascending() const {
  std::vector<std::uint32_t> order(states_);
  std::iota(order.begin(), order.end(), 0U);
  std::sort(order.begin(), order.end(), [this](std::uint32_t a, std::uint32_t b) {
    return std::lexicographical_compare(row(a), row(a) + width_, row(b), row(b) + width_);
  });
  return order;
}

bool Certificate::write(std::FILE* file, const std::vector<std::string>& about) const {
  Sealed sealed(file);
  sealed.text("stalemate-certificate 1 " + fingerprint_ + ' ' + std::to_string(states_) + names_ +
              '\n');
  for (const std::vector<std::string>* lines : {&about, &claims_}) {
    for (std::string line : *lines) {
      std::replace_if(
          line.begin(), line.end(), [](char c) { return c >= 0 && c < ' '; }, '?');
      sealed.text("; " + line + '\n');
    }
  }
  sealed.text("\n");
  std::vector<ir::Value> before(width_);
  std::vector<unsigned char> bytes(width_ * 2);
  for (const std::uint32_t state : ascending()) {
    for (std::size_t i = 0; i < width_; ++i) {
      const auto difference = static_cast<std::uint16_t>(row(state)[i] - before[i]);
      bytes[2 * i] = static_cast<unsigned char>(difference & 0xff);
      bytes[2 * i + 1] = static_cast<unsigned char>(difference >> 8);
    }
    before.assign(row(state), row(state) + width_);
    sealed.compressed(bytes);
  }
  return sealed.finish();
}

}  // namespace stalemate::report
