// The manifest of a checkpoint: what is in it, as data and as text.
//
// The text is JSON with every byte significant: a fixed beginning with the version of the format,
// and a checksum of all that follows it.  So whatever happens to a manifest, it is refused. Tested
// by tests/unit/engine/checkpoint_test.cc.
#ifndef STALEMATE_ENGINE_MANIFEST_H_
#define STALEMATE_ENGINE_MANIFEST_H_

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "engine/checkpoint.h"

namespace stalemate::engine {

struct Segment {
  std::string file;  // "12.states", in the folder of the manifest
  std::uint64_t bytes = 0;
  std::string checksum;      // XXH3-128 of the file
  std::uint64_t merges = 0;  // how often the states in it were copied from older segments
};

struct ManifestLog {
  std::uint64_t words = 0;  // of each state
  std::uint64_t states = 0;
  std::uint64_t generation = 0;
  std::vector<Segment> segments;  // in order
};

struct Manifest {
  std::string fingerprint;
  Facts facts;
  std::map<std::string, ManifestLog> logs;
};

inline constexpr int kCheckpointVersion = 1;
// A file that is larger is not taken for a manifest.
inline constexpr std::uint64_t kMaxManifestBytes = std::uint64_t{1} << 28;

// Both throw CheckpointError, with `file` as the place.
std::string manifest_text(const Manifest& manifest, const std::string& file);
Manifest parse_manifest(const std::string& text, const std::string& file);

// The names of files in a folder of a checkpoint.
inline constexpr const char* kManifestFile = "manifest.json";
inline constexpr const char* kNewManifestFile = "manifest.new";
inline constexpr const char* kLockFile = "lock";
std::string segment_file(std::uint64_t number);
// 0: it is not the name of a segment.  Numbers begin with 1.
std::uint64_t segment_number(const std::string& file);

// The checksum of a stream of bytes, as 32 hex digits.
class Checksum {
 public:
  Checksum();
  ~Checksum();
  Checksum(const Checksum&) = delete;
  Checksum& operator=(const Checksum&) = delete;
  void add(const void* data, std::size_t bytes);
  std::string text() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace stalemate::engine

#endif  // STALEMATE_ENGINE_MANIFEST_H_
