#include "engine/manifest.h"

#include <bit>
#include <charconv>
#include <cstdio>
#include <limits>
#include <nlohmann/json.hpp>
#include <set>
#include <string_view>

#define XXH_INLINE_ALL
#include <xxhash.h>

namespace stalemate::engine {

using Json = nlohmann::json;

namespace {

// A manifest is kBegin VERSION kChecksum DIGITS kEnd REST, and the checksum is that of REST.
constexpr std::string_view kBegin = R"({"format":"stalemate checkpoint","version":)";
constexpr std::string_view kChecksum = R"(,"checksum":")";
constexpr std::string_view kEnd = "\",\n";
constexpr std::size_t kDigits = 32;

const char* byte_order() { return std::endian::native == std::endian::little ? "little" : "big"; }

std::string checksum_of(std::string_view text) {
  Checksum checksum;
  checksum.add(text.data(), text.size());
  return checksum.text();
}

// Takes `start` off the front of `text`.
bool take(std::string_view& text, std::string_view start) {
  if (!text.starts_with(start)) return false;
  text.remove_prefix(start.size());
  return true;
}

// Fields of a JSON object.  The checksum has already spoken, so what is wrong here was not an
// accident; it must not do any harm all the same.
class Reader {
 public:
  explicit Reader(const std::string& file) : file_(file) {}

  [[noreturn]] void fail(const std::string& what) const {
    throw CheckpointError(file_ + ": " + what + "; start the check again without this checkpoint");
  }
  void object(const Json& json, const std::string& what) const {
    if (!json.is_object()) fail(what + " is not an object");
  }
  const Json& field(const Json& object, const char* name) const {
    const auto it = object.find(name);
    if (it == object.end()) fail(std::string("it has no field ") + name);
    return *it;
  }
  std::uint64_t number(const Json& object, const char* name) const {
    const Json& value = field(object, name);
    if (!value.is_number_unsigned()) fail(std::string("its field ") + name + " is no whole number");
    return value.get<std::uint64_t>();
  }
  std::string string(const Json& object, const char* name) const {
    const Json& value = field(object, name);
    if (!value.is_string()) fail(std::string("its field ") + name + " is no string");
    return value.get<std::string>();
  }

 private:
  const std::string& file_;
};

Segment parse_segment(const Json& json, const Reader& reader) {
  reader.object(json, "a segment");
  Segment segment;
  segment.file = reader.string(json, "file");
  segment.bytes = reader.number(json, "bytes");
  segment.checksum = reader.string(json, "checksum");
  segment.merges = reader.number(json, "merges");
  // Above all no way out of the folder.
  if (segment_number(segment.file) == 0) reader.fail("it names a file that is no segment");
  return segment;
}

ManifestLog parse_log(const Json& json, const Reader& reader) {
  reader.object(json, "a log");
  ManifestLog log;
  log.words = reader.number(json, "words");
  log.states = reader.number(json, "states");
  log.generation = reader.number(json, "generation");
  if (log.words == 0 || log.words > std::numeric_limits<std::int32_t>::max()) {
    reader.fail("its states have an impossible width");
  }
  const std::uint64_t state_bytes = log.words * sizeof(Word);
  const Json& segments = reader.field(json, "segments");
  if (!segments.is_array()) reader.fail("its field segments is no array");
  std::uint64_t states = 0;  // never more than log.states, so that the sum does not overflow
  for (const Json& segment : segments) {
    log.segments.push_back(parse_segment(segment, reader));
    if (log.segments.back().bytes % state_bytes != 0) {
      reader.fail("a segment does not end with a whole state");
    }
    const std::uint64_t more = log.segments.back().bytes / state_bytes;
    if (more > log.states - states) reader.fail("segments have more states than their log");
    states += more;
  }
  if (states != log.states) reader.fail("segments have fewer states than their log");
  return log;
}

}  // namespace

std::string manifest_text(const Manifest& manifest, const std::string& file) {
  Json logs = Json::object();
  for (const auto& [name, log] : manifest.logs) {
    Json segments = Json::array();
    for (const Segment& s : log.segments) {
      segments.push_back(
          {{"file", s.file}, {"bytes", s.bytes}, {"checksum", s.checksum}, {"merges", s.merges}});
    }
    logs[name] = {{"words", log.words},
                  {"states", log.states},
                  {"generation", log.generation},
                  {"segments", std::move(segments)}};
  }
  const Json json = {{"fingerprint", manifest.fingerprint},
                     {"facts", manifest.facts},
                     {"byte_order", byte_order()},
                     {"logs", std::move(logs)}};
  std::string rest;
  try {
    rest = json.dump(1).substr(2) + "\n";  // what follows "{\n"
  } catch (const Json::exception&) {
    throw CheckpointError(file +
                          ": cannot be written, since a fact, a name or the fingerprint is " +
                          "not UTF-8 text; this is a mistake in the program");
  }
  std::string text(kBegin);
  text += std::to_string(kCheckpointVersion);
  text += kChecksum;
  text += checksum_of(rest);
  text += kEnd;
  text += rest;
  if (text.size() > kMaxManifestBytes) {
    throw CheckpointError(file + ": cannot be written, since its facts take too much space; " +
                          "this is a mistake in the program");
  }
  return text;
}

Manifest parse_manifest(const std::string& text, const std::string& file) {
  const Reader reader(file);
  std::string_view left = text;
  if (!take(left, kBegin)) {
    reader.fail("this is not the manifest of a checkpoint, or it is damaged at its beginning");
  }
  // Before all else: another version may have its checksum elsewhere.
  const std::string_view version = left.substr(0, left.find_first_not_of("0123456789"));
  const std::string expected = std::to_string(kCheckpointVersion);
  if (version.empty() || version.size() > 9) reader.fail("the version of its format is damaged");
  if (version != expected) {
    throw CheckpointError(
        file + ": the format of this checkpoint has version " + std::string(version) +
        ", and this program reads version " + expected +
        " only; go on with the program that wrote it, or start the check again without it");
  }
  left.remove_prefix(version.size());
  const std::string_view digits = take(left, kChecksum) ? left.substr(0, kDigits) : "";
  left.remove_prefix(digits.size());
  if (!take(left, kEnd) || checksum_of(left) != digits) {
    reader.fail("it is damaged: its checksum is not that of its content");
  }

  const Json json = Json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (json.is_discarded()) reader.fail("it is not JSON");
  Manifest manifest;
  manifest.fingerprint = reader.string(json, "fingerprint");
  const Json& facts = reader.field(json, "facts");
  reader.object(facts, "its field facts");
  for (const auto& [name, value] : facts.items()) {
    if (!value.is_string()) reader.fail("the fact " + name + " is no string");
    manifest.facts[name] = value.get<std::string>();
  }
  if (reader.string(json, "byte_order") != byte_order()) {
    throw CheckpointError(file +
                          ": this checkpoint was written on a machine with another byte order; " +
                          "go on there, or start the check again without it");
  }
  const Json& logs = reader.field(json, "logs");
  reader.object(logs, "its field logs");
  std::set<std::string> files;
  for (const auto& [name, log] : logs.items()) {
    const ManifestLog& parsed = manifest.logs[name] = parse_log(log, reader);
    for (const Segment& segment : parsed.segments) {
      if (!files.insert(segment.file).second) reader.fail("it names " + segment.file + " twice");
    }
  }
  return manifest;
}

std::string segment_file(std::uint64_t number) { return std::to_string(number) + ".states"; }

std::uint64_t segment_number(const std::string& file) {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(file.data(), file.data() + file.size(), number);
  return error == std::errc() && file == segment_file(number) ? number : 0;
}

struct Checksum::State {
  XXH3_state_t xxh;
};

Checksum::Checksum() : state_(std::make_unique<State>()) { XXH3_128bits_reset(&state_->xxh); }
Checksum::~Checksum() = default;

void Checksum::add(const void* data, std::size_t bytes) {
  XXH3_128bits_update(&state_->xxh, data, bytes);
}

std::string Checksum::text() const {
  const XXH128_hash_t hash = XXH3_128bits_digest(&state_->xxh);
  char digits[kDigits + 1];
  std::snprintf(digits, sizeof digits, "%016llx%016llx",
                static_cast<unsigned long long>(hash.high64),
                static_cast<unsigned long long>(hash.low64));
  return digits;
}

}  // namespace stalemate::engine
