// A search that is saved and told again from its checkpoint; for the tests of checkpoints.
#ifndef STALEMATE_TESTS_UNIT_ENGINE_CHECKPOINT_SEARCH_H_
#define STALEMATE_TESTS_UNIT_ENGINE_CHECKPOINT_SEARCH_H_

#include <gtest/gtest.h>

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <functional>
#include <map>
#include <optional>
#include <sstream>
#include <string>
#include <vector>

#include "engine/checkpoint.h"
#include "engine/manifest.h"

namespace stalemate::engine {

namespace fs = std::filesystem;

// What is saved: content that follows from a number, so that it can be told again.

inline Word content(std::uint64_t seed, std::uint64_t state, int word) {
  return (seed * 1000003 + state * 64 + static_cast<Word>(word)) * 0x9e3779b97f4a7c15u;
}

inline void append(Log& log, std::uint64_t seed, std::uint64_t count) {
  std::vector<Word> states;
  for (std::uint64_t i = log.size(); i < log.size() + count; ++i) {
    for (int w = 0; w < log.words(); ++w) states.push_back(content(seed, i, w));
  }
  log.append(states.data(), count);
}

inline ::testing::AssertionResult holds(const Log& log, std::uint64_t seed, std::uint64_t size) {
  if (log.size() != size) return ::testing::AssertionFailure() << log.size() << " states";
  const std::uint64_t words = static_cast<std::uint64_t>(log.words());
  std::vector<Word> states(size * words);
  log.read(0, size, states.data());
  for (std::uint64_t i = 0; i < states.size(); ++i) {
    if (states[i] != content(seed, i / words, static_cast<int>(i % words))) {
      return ::testing::AssertionFailure() << "state " << i / words;
    }
  }
  return ::testing::AssertionSuccess();
}

// A search as it is at its step n: a log that grows, one that stays empty for a while, and one that
// is replaced again and again.
struct Search {
  static constexpr int kWords = 3;
  Log all{kWords}, late{kWords}, frontier{kWords};

  static std::uint64_t all_size(std::uint64_t n) { return 10 * n + (n > 7 ? 3000 : 0); }
  static std::uint64_t late_size(std::uint64_t n) { return n < 3 ? 0 : n / 2; }
  static std::uint64_t generation(std::uint64_t n) { return n / 3; }
  static std::uint64_t frontier_size(std::uint64_t n) { return n * 7 % 31 + n % 3 * 40; }

  void go_to(std::uint64_t n) {
    append(all, 1, all_size(n) - all.size());
    append(late, 2, late_size(n) - late.size());
    frontier = Log(kWords);
    append(frontier, 3 + generation(n), frontier_size(n));
  }
  Saved saved(std::uint64_t n) const {
    return {"fingerprint",
            {{"step", std::to_string(n)}, {"options", R"({"a": [1.50, "\u00e9"]})"}, {"empty", ""}},
            {{"all", saved_log(all, 0)}, {"late", saved_log(late, 0)}, {"frontier", saved_log(frontier, generation(n))}}};
  }
};

// The step whose checkpoint this is, after a look at everything; nothing if something is wrong.
inline std::optional<std::uint64_t> step_of(const Loaded& loaded) {
  if (loaded.fingerprint != "fingerprint" || loaded.facts.size() != 3 || loaded.logs.size() != 3) {
    return {};
  }
  const std::uint64_t n = std::stoull(loaded.facts.at("step"));
  const auto& frontier = loaded.logs.at("frontier");
  const bool good = loaded.facts.at("options") == R"({"a": [1.50, "\u00e9"]})" &&
                    loaded.facts.at("empty").empty() &&
                    holds(loaded.logs.at("all").log, 1, Search::all_size(n)) &&
                    holds(loaded.logs.at("late").log, 2, Search::late_size(n)) &&
                    frontier.generation == Search::generation(n) &&
                    holds(frontier.log, 3 + frontier.generation, Search::frontier_size(n));
  return good ? std::optional(n) : std::nullopt;
}

inline std::map<std::string, std::uint64_t> sizes(const std::string& folder) {
  std::map<std::string, std::uint64_t> sizes;
  for (const auto& entry : fs::directory_iterator(folder)) {
    const std::string name = entry.path().filename();
    if (segment_number(name) != 0) sizes[name] = entry.file_size();
  }
  return sizes;
}

inline bool is_segment(int fd) {
  const std::string name = fs::read_symlink("/proc/self/fd/" + std::to_string(fd)).filename();
  return segment_number(name) != 0;
}

inline std::string text_of(const std::string& name) {
  std::ostringstream text;
  text << std::ifstream(name, std::ios::binary).rdbuf();
  return text.str();
}

inline void put(const std::string& name, const std::string& text) {
  std::ofstream(name, std::ios::binary | std::ios::trunc) << text;
}

// The message of the CheckpointError, or "".
inline std::string error_of(const std::function<void()>& what) {
  try {
    what();
  } catch (const CheckpointError& error) {
    return error.what();
  }
  return "";
}

inline std::string read_error(const std::string& folder) {
  return error_of([&] { read_checkpoint(folder, Search::kWords); });
}

inline ::testing::AssertionResult says(const std::string& text,
                                       const std::vector<std::string>& parts) {
  for (const std::string& part : parts) {
    if (text.find(part) == std::string::npos) {
      return ::testing::AssertionFailure() << "not \"" << part << "\" in \"" << text << '"';
    }
  }
  return ::testing::AssertionSuccess();
}

// A small checkpoint in a folder; the writer is gone.
inline void make_checkpoint(const std::string& folder, std::uint64_t step = 4) {
  Search search;
  CheckpointWriter writer(folder, false);
  search.go_to(1);
  writer.write(search.saved(1));
  search.go_to(step);
  writer.write(search.saved(step));
}

}  // namespace stalemate::engine

#endif  // STALEMATE_TESTS_UNIT_ENGINE_CHECKPOINT_SEARCH_H_
