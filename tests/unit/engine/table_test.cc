#include "engine/table.h"

#include <gtest/gtest.h>
#include <sys/resource.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <map>
#include <new>
#include <random>
#include <set>
#include <string>
#include <vector>

namespace stalemate::engine {
namespace {

using Rng = std::mt19937_64;

Name ones(int bits) { return (Name{1} << bits) - 1; }
Name random_name(Rng& rng, int bits) { return (Name{rng()} << 64 | rng()) & ones(bits); }

// --- The bijection. ---

TEST(Mixer, IsABijectionOfSmallDomains) {
  for (int bits = 1; bits <= 16; ++bits) {
    const Mixer m(bits);
    std::vector<bool> seen(std::size_t{1} << bits);
    for (std::uint64_t k = 0; k < seen.size(); ++k) {
      const auto image = static_cast<std::uint64_t>(m.mix(k));
      ASSERT_LT(image, seen.size());
      EXPECT_FALSE(seen[image]) << bits << " " << k;
      seen[image] = true;
      EXPECT_TRUE(m.unmix(image) == k);
    }
  }
}

TEST(Mixer, IsUndoneForAllWidths) {
  Rng rng(1);
  for (int bits = 1; bits <= Names::kMaxBits; ++bits) {
    const Mixer m(std::min(bits, Mixer::kMaxBits));
    for (int i = 0; i < 300; ++i) {
      const Name key = i == 0 ? Name{0} : i == 1 ? ones(bits) : random_name(rng, bits);
      const Name image = m.mix(key);
      EXPECT_TRUE(image >> bits == 0);
      EXPECT_TRUE(m.unmix(image) == key) << bits;
    }
  }
}

// Keys as a search makes them: numbers of few states, side by side, which count up.
struct Structured {
  const char* what;
  int bits;
  std::function<Name(std::uint64_t)> key;  // all different
};

std::vector<Structured> structured() {
  std::vector<Structured> all;
  for (const int bits : {30, 38, 39, 50, 60, 64, 65, 80, 102, 103, 120}) {
    all.push_back({"counter", bits, [](std::uint64_t i) { return Name{i}; }});
    all.push_back({"downwards", bits, [=](std::uint64_t i) { return ones(bits) - i; }});
    all.push_back({"high bits", bits, [=](std::uint64_t i) { return Name{i} << (bits - 18); }});
    all.push_back(
        {"middle bits", bits, [=](std::uint64_t i) { return Name{i} << (bits - 18) / 2; }});
    all.push_back({"two counters", bits,
                   [=](std::uint64_t i) { return Name{i & 1023} | Name{i >> 10} << (bits - 10); }});
    all.push_back({"four counters", bits, [=](std::uint64_t i) {
                     Name key = 0;
                     for (int f = 0; f < 4; ++f) key |= Name{i >> 5 * f & 31} << bits / 4 * f;
                     return key;
                   }});
    all.push_back({"spread bits", bits, [=](std::uint64_t i) {
                     Name key = 0;
                     for (int b = 0; b < 18; ++b) key |= Name{i >> b & 1} << b * bits / 18;
                     return key;
                   }});
    all.push_back({"together", bits,
                   [=](std::uint64_t i) { return (Name{i} | Name{i} << bits / 2) & ones(bits); }});
    all.push_back({"even", bits, [](std::uint64_t i) { return Name{16 * i}; }});
  }
  return all;
}

// How far counts are from even, in standard deviations of the chi-square statistic.
double unevenness(const std::vector<std::uint64_t>& counts, double total) {
  const double expected = total / static_cast<double>(counts.size());
  double chi = 0;
  for (const std::uint64_t c : counts) {
    const double d = static_cast<double>(c) - expected;
    chi += d * d / expected;
  }
  const double freedom = static_cast<double>(counts.size()) - 1;
  return (chi - freedom) / std::sqrt(2 * freedom);
}

TEST(Mixer, SpreadsStructuredKeysOverPartsAndHomes) {
  constexpr std::uint64_t kKeys = 1 << 18;
  for (const Structured& s : structured()) {
    if (std::string(s.what) == "together" && s.bits < 40) continue;  // not all different
    const Mixer m(std::min(s.bits, Mixer::kMaxBits));
    std::vector<std::uint64_t> parts(64);
    std::vector<std::uint64_t> homes(1 << 14);
    std::vector<std::uint64_t> finer(1 << 14);  // within a sixteenth
    std::uint64_t in_finer = 0;
    for (std::uint64_t i = 0; i < kKeys; ++i) {
      const std::uint64_t low = m.low(m.mix(s.key(i)));
      ++parts[low >> (m.bits() - 6)];
      ++homes[low >> (m.bits() - 14)];
      if (low >> (m.bits() - 4) == 5) {
        ++finer[low >> (m.bits() - 18) & 0x3fff];
        ++in_finer;
      }
    }
    // Below: a regular pattern may well be more even than chance.
    const double bound = 6;
    EXPECT_LT(unevenness(parts, kKeys), bound) << s.what << " " << s.bits;
    EXPECT_LT(unevenness(homes, kKeys), bound) << s.what << " " << s.bits;
    EXPECT_LT(unevenness(finer, static_cast<double>(in_finer)), bound) << s.what << " " << s.bits;
  }
}

// --- The set against std::map. ---

using Model = std::map<Name, bool>;  // with the flag

void expect_same(const Table& t, const Model& model) {
  ASSERT_EQ(t.size(), model.size());
  Model seen;
  std::uint64_t sum = 0;
  for (int part = 0; part < Table::kParts; ++part) {
    sum += t.size(part);
    t.for_each(part, [&](Name key, bool flag) {
      EXPECT_EQ(t.part(t.mix(key)), part);
      EXPECT_TRUE(seen.emplace(key, flag).second);
    });
  }
  EXPECT_EQ(sum, model.size());
  EXPECT_TRUE(seen == model);
  std::set<std::pair<int, std::uint64_t>> places;
  for (const auto& [key, flag] : model) {
    const Table::Mixed m = t.mix(key);
    const std::int64_t place = t.find(m);
    ASSERT_GE(place, 0);
    ASSERT_LT(static_cast<std::uint64_t>(place), t.places(t.part(m)));
    EXPECT_TRUE(places.emplace(t.part(m), place).second);
    EXPECT_EQ(t.flag(t.part(m), static_cast<std::uint64_t>(place)), flag);
  }
}

void put(Table& t, Model& model, Name key, bool flag) {
  const Table::Mixed m = t.mix(key);
  t.prefetch(m);
  const bool known = model.count(key) > 0;
  ASSERT_EQ(t.find(m) >= 0, known);
  const Table::Found found = t.put(m);
  ASSERT_EQ(found.inserted, !known);
  ASSERT_EQ(t.find(m), static_cast<std::int64_t>(found.place));
  ASSERT_EQ(t.flag(t.part(m), found.place), known && model[key]);
  if (flag) t.set_flag(t.part(m), found.place);
  model[key] |= flag;
}

TEST(Table, IsEmptyAtFirst) {
  for (int bits = 1; bits <= Names::kMaxBits; ++bits) {
    const Table t(bits);
    EXPECT_EQ(t.size(), 0u);
    EXPECT_EQ(t.load(), 0);
    EXPECT_LT(t.bytes(), 32768u);
    EXPECT_EQ(t.find(t.mix(0)), -1);
    t.prefetch(t.mix(0));
    EXPECT_EQ(t.places(0), 0u);
    expect_same(t, {});
  }
}

TEST(Table, HoldsRandomKeysOfAllWidths) {
  Rng rng(2);
  for (int bits = 1; bits <= Names::kMaxBits; ++bits) {
    Table t(bits);
    Model model;
    std::vector<Name> keys;
    for (int i = 0; i < 1500; ++i) {
      const bool again = !keys.empty() && rng() % 3 == 0;
      const Name key = again ? keys[rng() % keys.size()] : random_name(rng, bits);
      keys.push_back(key);
      put(t, model, key, rng() % 4 == 0);
    }
    expect_same(t, model);
    for (int i = 0; i < 500; ++i) {
      const Name key = random_name(rng, bits);
      EXPECT_EQ(t.find(t.mix(key)) >= 0, model.count(key) > 0);
    }
  }
}

TEST(Table, TellsKeysApartThatDifferInOneBit) {
  Rng rng(3);
  for (const int bits : {7, 20, 38, 39, 63, 64, 65, 90, 119, 120}) {
    Table t(bits);
    Model model;
    for (int i = 0; i < 40; ++i) {
      const Name key = random_name(rng, bits);
      put(t, model, key, i % 2 == 0);
      for (int b = 0; b < bits; ++b) put(t, model, key ^ Name{1} << b, b % 2 == 0);
    }
    expect_same(t, model);
  }
}

TEST(Table, TellsMixedKeysApartThatDifferInOneBit) {
  Rng rng(4);
  for (const int bits : {7, 20, 38, 39, 63, 64, 65, 90, 119, 120}) {
    Table t(bits);
    Model model;
    for (int i = 0; i < 40; ++i) {
      const Name mixed = random_name(rng, bits);
      for (int b = 0; b < bits; ++b) put(t, model, t.unmix({mixed ^ Name{1} << b}), b % 2 == 0);
    }
    expect_same(t, model);
  }
}

TEST(Table, HoldsAllKeysOfASmallDomain) {
  for (const int bits : {1, 2, 5, 6, 7, 8, 9, 11, 13, 16, 18}) {
    Table t(bits);
    const std::uint64_t all = std::uint64_t{1} << bits;
    for (int round = 0; round < 2; ++round) {
      for (std::uint64_t k = 0; k < all; ++k) {
        ASSERT_EQ(t.put(t.mix(k)).inserted, round == 0) << bits << " " << k;
      }
    }
    EXPECT_EQ(t.size(), all);
    std::vector<int> seen(all);
    for (int part = 0; part < Table::kParts; ++part) {
      t.for_each(part, [&](Name key, bool flag) {
        EXPECT_FALSE(flag);
        ++seen[static_cast<std::size_t>(key)];
      });
    }
    EXPECT_EQ(std::count(seen.begin(), seen.end(), 1), static_cast<std::ptrdiff_t>(all));
  }
}

TEST(Table, HoldsManySequentialKeys) {
  for (const int bits : {24, 38, 60, 100, 120}) {
    Table t(bits);
    constexpr std::uint64_t kKeys = 200000;
    const int shift = bits - 18;
    for (std::uint64_t i = 0; i < kKeys; ++i) {
      const Table::Found found = t.put(t.mix(Name{i} << shift));
      ASSERT_TRUE(found.inserted);
      if (i % 3 == 0) t.set_flag(t.part(t.mix(Name{i} << shift)), found.place);
    }
    for (std::uint64_t i = 0; i < kKeys; ++i) {
      const Table::Mixed m = t.mix(Name{i} << shift);
      ASSERT_FALSE(t.put(m).inserted);
      const std::int64_t place = t.find(m);
      ASSERT_GE(place, 0);
      ASSERT_EQ(t.flag(t.part(m), static_cast<std::uint64_t>(place)), i % 3 == 0);
    }
    EXPECT_EQ(t.size(), kKeys);
    EXPECT_GT(t.load(), 0.65);
    EXPECT_LE(t.load(), 0.9);
    std::uint64_t sum = 0;
    for (int part = 0; part < Table::kParts; ++part) {
      t.for_each(part, [&](Name key, bool flag) {
        ASSERT_TRUE(key >> shift < kKeys && (key & ones(shift)) == 0);
        ASSERT_EQ(flag, static_cast<std::uint64_t>(key >> shift) % 3 == 0);
        ++sum;
      });
    }
    EXPECT_EQ(sum, kKeys);
  }
}

// --- Keys made to collide. ---

TEST(Table, IsExactWhenAllKeysHaveOneHome) {
  for (const int bits : {45, 60, 64, 70, 100, 120}) {
    for (const std::uint64_t home : {std::uint64_t{0}, std::uint64_t{0x155555555},
                                     (std::uint64_t{1} << Mixer::kMaxBits) - 1}) {
      Table t(bits);
      Model model;
      const int above = std::min(12, bits - Mixer::kMaxBits);
      for (std::uint64_t i = 0; i < std::uint64_t{1} << above; ++i) {
        // Half of them differ in their lowest bits above the home, half in the highest.
        const int shift = i % 2 == 0 ? Mixer::kMaxBits : bits - above;
        put(t, model, t.unmix({Name{i} << shift | home}), i % 5 == 0);
      }
      expect_same(t, model);
      EXPECT_LT(t.bytes(), 32768 + 300 * model.size());
    }
  }
}

TEST(Table, IsExactWhenAllKeysAreInOnePart) {
  Rng rng(5);
  for (const int bits : {38, 64, 100}) {
    Table t(bits);
    Model model;
    for (int i = 0; i < 5000; ++i) {
      const Name above_part = random_name(rng, bits) >> Mixer::kMaxBits << Mixer::kMaxBits;
      const Name home = Name{63} << 32 | rng() % 3000;  // close together, too
      put(t, model, t.unmix({above_part | home}), i % 7 == 0);
    }
    expect_same(t, model);
  }
}

TEST(Table, KeepsTheFlagsOfCollidingKeysWhenItGrows) {
  Table t(80);
  Model model;
  for (std::uint64_t i = 0; i < 3000; ++i) {
    put(t, model, t.unmix({Name{i} << Mixer::kMaxBits | 77}), i % 2 == 0);
  }
  for (int i = 0; i < 6; ++i) {
    t.grow(t.part({77}));
    expect_same(t, model);
  }
}

// --- Growing, widening, clearing. ---

TEST(Table, SaysWhenItGrowsAndByHowMuch) {
  Rng rng(6);
  for (const int bits : {40, 60, 64, 100}) {
    Table t(bits);
    for (int i = 0; i < 60000; ++i) {
      const Table::Mixed m = t.mix(random_name(rng, bits));
      if (t.find(m) >= 0) continue;
      const int part = t.part(m);
      const std::uint64_t before = t.bytes();
      const std::uint64_t places = t.places(part);
      const std::uint64_t more = t.bytes_to_grow(part);
      t.put(m);
      EXPECT_EQ(more > 0, t.places(part) > places + 1);  // 1: a key that fits nowhere is a place
      EXPECT_LE(t.bytes(), before + more + 1024);
    }
  }
}

TEST(Table, PartsGrowAtDifferentTimes) {
  Table t(64);
  double least = 1;
  double most = 0;
  for (std::uint64_t i = 0; i < 400000; ++i) {
    t.put(t.mix(i));
    if (i < 100000 || i % 1000 != 0) continue;
    least = std::min(least, t.load());
    most = std::max(most, t.load());
  }
  EXPECT_GT(least, 0.72);
  EXPECT_LT(most, 0.88);
}

TEST(Table, GrowsWhenAsked) {
  Table t(50);
  t.grow(3);
  EXPECT_GT(t.places(3), 0u);
  Model model;
  for (std::uint64_t i = 0; i < 500; ++i) put(t, model, i * i, false);
  for (int part = 0; part < Table::kParts; ++part) {
    const std::uint64_t places = t.places(part);
    t.grow(part);
    EXPECT_GT(t.places(part), places);
  }
  expect_same(t, model);
}

TEST(Table, Widens) {
  Rng rng(7);
  for (int trial = 0; trial < 8; ++trial) {
    int bits = Mixer::kMaxBits + static_cast<int>(rng() % 10);
    Table t(bits);
    Model model;
    while (bits < Names::kMaxBits) {
      for (int i = 0; i < 400; ++i) put(t, model, random_name(rng, bits), i % 3 == 0);
      const Name key = random_name(rng, bits);
      const Name mixed = t.mix(key).value;
      const std::uint64_t before = t.bytes();
      bits = std::min<int>(Names::kMaxBits, bits + 1 + static_cast<int>(rng() % 9));
      const std::uint64_t more = t.bytes_to_widen(bits);
      t.widen(bits);
      EXPECT_EQ(t.key_bits(), bits);
      EXPECT_LE(t.bytes(), before + more);
      EXPECT_TRUE(t.mix(key).value == mixed);
      if (bits % 4 == 0) expect_same(t, model);
    }
    expect_same(t, model);
  }
}

TEST(Table, WidensWithCollidingKeys) {
  int bits = 50;
  Table t(bits);
  Model model;
  for (; bits < Names::kMaxBits; t.widen(bits += 10)) {
    for (std::uint64_t i = 0; i < 600; ++i) {
      put(t, model, t.unmix({Name{i} << (bits - 12) | 5}), i % 2 == 0);
    }
  }
  expect_same(t, model);
}

TEST(Table, ClearsAPart) {
  Table t(70);
  Model model;
  for (std::uint64_t i = 0; i < 100000; ++i) t.put(t.mix(i));
  const std::uint64_t before = t.bytes();
  std::uint64_t left = t.size();
  for (int part = 0; part < Table::kParts; ++part) {
    left -= t.size(part);
    t.clear_part(part);
    EXPECT_EQ(t.size(part), 0u);
    EXPECT_EQ(t.size(), left);
  }
  EXPECT_LT(t.bytes(), before / 10);
  expect_same(t, {});
  for (std::uint64_t i = 0; i < 1000; ++i) put(t, model, i, i % 2 == 0);
  expect_same(t, model);
}

// What a state takes, at any size: see the bound in docs of the engine.
TEST(Table, IsCompact) {
  struct Case {
    int bits;
    double bytes;
  };
  for (const Case c : {Case{60, 10.5}, Case{80, 14}, Case{100, 17}}) {
    Table t(c.bits);
    Rng rng(8);
    for (int i = 0; i < 300000; ++i) {
      t.put(t.mix(random_name(rng, c.bits)));
      if (i < 100000 || i % 5000 != 0) continue;
      EXPECT_LT(static_cast<double>(t.bytes()) / static_cast<double>(t.size()), c.bytes) << c.bits;
    }
  }
}

// --- Out of memory. ---

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool kCanLimitMemory = false;  // a sanitizer needs address space of its own
#else
constexpr bool kCanLimitMemory = true;
#endif

std::uint64_t address_space() {
  std::uint64_t pages = 0;
  std::FILE* const f = std::fopen("/proc/self/statm", "r");
  if (f == nullptr || std::fscanf(f, "%lu", &pages) != 1) return 0;
  std::fclose(f);
  return pages * 4096;
}

// Fills a table until memory runs out, and says what is wrong with it then; run in a child.
const char* fill_until_out_of_memory() {
  Table t(100);
  const rlimit limit = {address_space() + (std::uint64_t{24} << 20), RLIM_INFINITY};
  if (setrlimit(RLIMIT_AS, &limit) != 0) return "no limit";
  std::uint64_t count = 0;
  const auto key = [](std::uint64_t i) { return Name{i} << 64 | i; };
  int refused = 0;
  std::vector<bool> in(std::size_t{1} << 23);
  for (; refused < 100; ++count) {
    if (count == in.size()) return "never refused";
    const std::uint64_t size = t.size();
    const std::uint64_t bytes = t.bytes();
    try {
      if (!t.put(t.mix(key(count))).inserted) return "was there";
      in[count] = true;
    } catch (const std::bad_alloc&) {
      ++refused;
      if (t.size() != size || t.bytes() != bytes) return "changed by a refusal";
      if (t.find(t.mix(key(count))) >= 0) return "refused, but there";
    }
  }
  std::uint64_t seen = 0;
  for (std::uint64_t i = 0; i < count; ++i) {
    if ((t.find(t.mix(key(i))) >= 0) != in[i]) return "lost or gained";
    seen += in[i];
  }
  if (t.size() != seen) return "wrong size";
  try {
    t.widen(120);
    return "room to widen";
  } catch (const std::bad_alloc&) {
  }
  for (std::uint64_t i = 0; i < count; ++i) {
    if ((t.find(t.mix(key(i))) >= 0) != in[i]) return "lost or gained by widening";
  }
  return "";
}

TEST(TableDeathTest, LosesNothingWhenMemoryRunsOut) {
  if (!kCanLimitMemory || address_space() == 0) GTEST_SKIP();
  EXPECT_EXIT(
      {
        const char* const wrong = fill_until_out_of_memory();
        std::fprintf(stderr, "result: %s.", wrong);
        std::exit(*wrong == 0 ? 0 : 1);
      },
      testing::ExitedWithCode(0), "result: \\.");
}

}  // namespace
}  // namespace stalemate::engine
