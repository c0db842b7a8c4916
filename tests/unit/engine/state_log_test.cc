// A log gives back the states that were appended, whatever has become of their names.
#include "engine/state_log.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <vector>

namespace stalemate::engine {
namespace {

using Packed = std::vector<Word>;

// Names that get longer than a word, and then too long, and a log of all states named so far.
class Growing {
 public:
  static constexpr std::size_t kCells = 8;
  static constexpr std::size_t kWords = kCells / 2;

  explicit Growing(const std::string& folder) : folder_(folder) {}

  // `count` more states, appended by up to `together`.
  void add(std::uint32_t count, std::size_t together) {
    std::vector<Packed> states;
    for (std::uint32_t i = 0; i < count; ++i) {
      states.push_back(nth(static_cast<std::uint32_t>(log_.size() + i)));
    }
    std::vector<const Word*> packed;
    for (const Packed& p : states) packed.push_back(p.data());
    std::vector<Name> before(log_.size());
    log_.read_names(0, before.size(), before.data());
    names_.learn(packed, [&](const std::function<void(Name)>& visit) {
      for (const Name n : before) visit(n);
    });
    std::vector<Name> fresh(count);
    for (std::uint32_t i = 0; i < count; ++i) {
      ASSERT_TRUE(names_.name(states[i].data(), fresh[i]));
    }
    for (std::size_t i = 0; i < count; i += together) {
      log_.append(&fresh[i], std::min(together, count - i));
    }
  }
  void spill() { log_.spill(folder_); }

  // Reads it by `together`.
  void expect_holds(std::size_t together) {
    std::vector<Name> names(together), both(together);
    Packed states(together * kWords), again(together * kWords);
    for (std::uint64_t first = 0; first < log_.size(); first += together) {
      const auto n =
          static_cast<std::size_t>(std::min<std::uint64_t>(together, log_.size() - first));
      log_.read_names(first, n, names.data());
      log_.read(first, n, states.data());
      log_.read(first, n, both.data(), again.data());
      for (std::size_t i = 0; i < n; ++i) {
        const Packed expected = nth(static_cast<std::uint32_t>(first + i));
        Name name = 0;
        ASSERT_TRUE(names_.name(expected.data(), name));
        ASSERT_TRUE(names[i] == name) << first + i;
        ASSERT_TRUE(both[i] == name) << first + i;
        ASSERT_TRUE(std::equal(expected.begin(), expected.end(), &states[i * kWords]));
        ASSERT_TRUE(std::equal(expected.begin(), expected.end(), &again[i * kWords]));
      }
    }
  }

  const Names& names() const { return names_; }
  const StateLog& log() const { return log_; }

 private:
  // No two have a cell in common: numbers grow as fast as they can.
  static Packed nth(std::uint32_t n) {
    Packed s(kWords);
    for (std::size_t c = 0; c < kCells; ++c) {
      const std::uint32_t content = n * (2 * static_cast<std::uint32_t>(c) + 0x9e3779b1u);
      s[c / 2] |= Word{content} << (c % 2 * 32);
    }
    return s;
  }

  std::string folder_;
  Names names_{std::vector<int>(kCells, 32)};
  StateLog log_{names_};
};

TEST(StateLog, KeepsStatesWhileNamesChange) {
  Growing all(::testing::TempDir());
  all.add(1, 1);
  all.add(200, 7);  // 8 * 8 bits
  EXPECT_EQ(all.names().bits(), 64);
  all.expect_holds(50);
  all.add(100, 100);
  EXPECT_GT(all.names().bits(), 64);
  all.expect_holds(1000);
  all.add(32000, 999);
  all.expect_holds(77);
  EXPECT_EQ(all.names().generation(), 0u);
  all.add(1000, 1000);
  EXPECT_EQ(all.names().generation(), 1u);
  all.expect_holds(300);
  all.spill();
  all.add(97000, 4096);
  all.spill();
  all.add(10000, 10000);
  EXPECT_EQ(all.names().generation(), 2u);
  all.spill();
  EXPECT_GT(all.log().bytes_on_disk(), 0u);
  all.expect_holds(1024);
}

TEST(StateLog, OfNamesThatAreStates) {
  const Names names(std::vector<int>{20, 0, 17, 27});
  StateLog log(names);
  EXPECT_EQ(log.words(), 2);
  std::vector<Name> appended;
  for (std::uint64_t i = 0; i < 1000; ++i) appended.push_back(Name{i * 0x9e3779b97f4a7c15u});
  log.append(appended.data(), 600);
  log.append(&appended[600], 400);
  ASSERT_EQ(log.size(), 1000u);
  std::vector<Name> read(900);
  std::vector<Word> states(1800);
  log.read(100, 900, read.data(), states.data());
  for (std::size_t i = 0; i < read.size(); ++i) {
    ASSERT_TRUE(read[i] == appended[100 + i]);
    Name name = 0;
    ASSERT_TRUE(names.name(&states[2 * i], name));
    ASSERT_TRUE(name == appended[100 + i]);
  }
}

}  // namespace
}  // namespace stalemate::engine
