#include "engine/names.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <cstdint>
#include <functional>
#include <map>
#include <new>
#include <numeric>
#include <random>
#include <set>
#include <thread>
#include <vector>

#include "engine/gather.h"

namespace stalemate::engine {
namespace {

using Rng = std::mt19937_64;
using Packed = std::vector<Word>;

// Machines without the instruction take the other way: both are the same.
TEST(Gather, FastAndSlow) {
  Rng rng(3);
  EXPECT_EQ(gather_slowly(Name{0b101100}, Name{0b111010}), Number{0b1010});
  for (int i = 0; i < 1000 && has_gather(); ++i) {
    const Name name = Name{rng()} << 64 | rng();
    Name mask = 0;
    for (int bit = 0; bit < 32; ++bit) mask |= Name{1} << (rng() % 128);
    ASSERT_EQ(gather_slowly(name, mask), gather_fast(name, mask));
  }
}

// --- Numbers. ---

TEST(CellNumbers, AreThoseOfAMap) {
  Rng rng(10);
  for (const int bits : {1, 2, 11, 12, 13, 20, 32}) {
    CellNumbers numbers(bits);
    std::map<std::uint32_t, Number> model;
    for (int i = 0; i < 3000; ++i) {
      const auto content = static_cast<std::uint32_t>(rng() & ((std::uint64_t{1} << bits) - 1));
      const auto known = model.find(content);
      ASSERT_EQ(numbers.find(content), known == model.end() ? kNoNumber : known->second);
      if (i % 2 == 0) continue;
      const auto next = static_cast<Number>(model.size());
      ASSERT_EQ(numbers.learn(content), model.emplace(content, next).first->second);
      ASSERT_EQ(numbers.size(), model.size());
    }
    for (const auto& [content, number] : model) EXPECT_EQ(numbers.content(number), content);
  }
}

// Small tables, where many pairs meet, and numbers that differ in their upper halves only.
TEST(PairNumbers, AreThoseOfAMap) {
  Rng rng(11);
  for (int trial = 0; trial < 3000; ++trial) {
    PairNumbers numbers;
    std::map<std::pair<Number, Number>, Number> model;
    const int upper = 1 + trial % 3;
    const int lessons = trial % 100 == 0 ? 500 : 8;
    for (int i = 0; i < 4 * lessons; ++i) {
      const auto number = [&] { return static_cast<Number>(rng() % 3 + (rng() % upper << 16)); };
      const PairNumbers::Pair p = {number(), i < lessons ? number() : number() + (1 << 16)};
      const std::pair key = {p.left, p.right};
      const auto known = model.find(key);
      ASSERT_EQ(numbers.find(p), known == model.end() ? kNoNumber : known->second);
      const PairNumbers::Pair other = {p.left + (1 << 16), p.right - 1};  // the sum of both stays
      const auto other_known = model.find({other.left, other.right});
      ASSERT_EQ(numbers.find(other), other_known == model.end() ? kNoNumber : other_known->second);
      if (i >= lessons) continue;
      const auto next = static_cast<Number>(model.size());
      ASSERT_EQ(numbers.learn(p), model.emplace(key, next).first->second);
      ASSERT_TRUE(numbers.pair(numbers.find(p)) == p);
    }
  }
}

// --- Names. ---

std::vector<int> random_cells(Rng& rng, int words, int most_bits) {
  std::vector<int> cells;
  for (int i = 0; i < 2 * words; ++i) {
    cells.push_back(rng() % 5 == 0 ? 0 : 1 + static_cast<int>(rng() % most_bits));
  }
  return cells;
}

// Up to `contents` different values in each cell, spread over the range of the cell.
std::uint32_t random_content(Rng& rng, int bits, int contents) {
  const std::uint32_t k = static_cast<std::uint32_t>(rng() % contents) * 0x9e3779b1u;
  return bits == 0 ? 0 : k >> (32 - bits);
}

void set_cell(Packed& s, std::size_t cell, std::uint32_t content) {
  const int shift = cell % 2 == 0 ? 0 : 32;
  s[cell / 2] = (s[cell / 2] & ~(Word{0xffffffff} << shift)) | Word{content} << shift;
}

Packed random_state(Rng& rng, const std::vector<int>& cells, int contents) {
  Packed s(cells.size() / 2);
  for (std::size_t c = 0; c < cells.size(); ++c) {
    set_cell(s, c, random_content(rng, cells[c], contents));
  }
  return s;
}

std::uint64_t changed_words(const Packed& a, const Packed& b) {
  std::uint64_t changed = 0;
  for (std::size_t w = 0; w < a.size(); ++w) {
    if (a[w] != b[w]) changed |= std::uint64_t{1} << std::min<std::size_t>(w, 63);
  }
  return changed;
}

const Names::ForEachName kNoNames = [](const std::function<void(Name)>&) {
  FAIL() << "asked for names";
};

bool learn(Names& names, const std::vector<Packed>& states,
           const Names::ForEachName& all = kNoNames) {
  std::vector<const Word*> rows;
  for (const Packed& s : states) rows.push_back(s.data());
  return names.learn(rows, all);
}

// What name() says, in both of its forms.
bool name_of(const Names& names, const Packed& s, Name& out) {
  Names::Numbers numbers;
  const bool known = names.name(s.data(), out);
  EXPECT_EQ(names.name(s.data(), numbers), known);
  if (known) {
    EXPECT_TRUE(numbers.name() == out);
  }
  return known;
}

void expect_inverse(const Names& names, const Packed& s) {
  Name n = 0;
  ASSERT_TRUE(name_of(names, s, n));
  ASSERT_TRUE(n >> names.bits() == 0);
  Packed back(s.size(), ~Word{0});
  names.states(&n, 1, names.generation(), back.data());
  ASSERT_EQ(back, s);
}

TEST(Names, OfAModelOfOneWordIsTheWordWithoutGaps) {
  const Names names(std::vector<int>{20, 12});
  EXPECT_EQ(names.bits(), 32);
  EXPECT_EQ(names.words(), 1);
  const Packed s = {Word{0xabc} << 32 | 0x12345};
  Name n = 0;
  ASSERT_TRUE(name_of(names, s, n));
  EXPECT_EQ(static_cast<std::uint64_t>(n), 0xabc12345u);
}

TEST(Names, OfAModelWithoutBitsIsZero) {
  Names names(std::vector<int>{0, 0});
  EXPECT_EQ(names.bits(), 1);
  expect_inverse(names, {0});
  EXPECT_FALSE(learn(names, {{0}}));
}

TEST(Names, OfASmallModelAreItsBits) {
  Rng rng(1);
  for (int trial = 0; trial < 300; ++trial) {
    std::vector<int> cells;
    do {
      cells = random_cells(rng, 1 + static_cast<int>(rng() % 6), trial % 2 == 0 ? 10 : 32);
    } while (std::accumulate(cells.begin(), cells.end(), 0) > 64);
    Names names(cells);
    EXPECT_EQ(names.bits(), std::max(1, std::accumulate(cells.begin(), cells.end(), 0)));
    for (int i = 0; i < 20; ++i) {
      const Packed a = random_state(rng, cells, 1 << 30);
      const Packed b = random_state(rng, cells, 1 << 30);
      // No learning: anything has a name.
      expect_inverse(names, a);
      EXPECT_FALSE(learn(names, {a}));
      Name name_b = 0;
      ASSERT_TRUE(name_of(names, b, name_b));
      Names::Numbers near;
      ASSERT_TRUE(names.name(a.data(), near));
      Name renamed = 0;
      ASSERT_TRUE(names.rename(b.data(), changed_words(a, b), near, renamed));
      EXPECT_TRUE(renamed == name_b);
    }
  }
}

TEST(Names, OfASmallModelMayFill64Bits) {
  for (const std::vector<int>& cells :
       {std::vector<int>{32, 32}, {0, 32, 32, 0}, {32, 0, 0, 31, 1, 0}, {0, 0, 32, 32, 0, 0}}) {
    const Names names(cells);
    EXPECT_EQ(names.bits(), 64);
    Packed s(cells.size() / 2);
    for (std::size_t c = 0; c < cells.size(); ++c) {
      set_cell(s, c, static_cast<std::uint32_t>((Word{1} << cells[c]) - 1));
    }
    Name n = 0;
    ASSERT_TRUE(name_of(names, s, n));
    EXPECT_TRUE(n == ~std::uint64_t{0});
    expect_inverse(names, s);
  }
}

TEST(Names, HaveAsManyBitsAsTheNumbersNeed) {
  Rng rng(2);
  const std::vector<int> cells = {32, 13, 0, 32, 12, 11, 30, 0, 8, 32};  // 8 in use: no pairs
  Names names(cells);
  std::vector<std::set<std::uint32_t>> contents(cells.size());
  EXPECT_EQ(names.bits(), Names::kMinBits);
  for (int i = 0; i < 3000; ++i) {
    const Packed s = random_state(rng, cells, 1 << 20);
    EXPECT_FALSE(learn(names, {s}));
    int bits = 0;
    for (std::size_t c = 0; c < cells.size(); ++c) {
      contents[c].insert(static_cast<std::uint32_t>(s[c / 2] >> (c % 2 * 32)));
      bits += std::bit_width(contents[c].size() - 1);
    }
    EXPECT_EQ(names.bits(), std::max(bits, Names::kMinBits));
  }
  EXPECT_GT(names.bits(), 80);
}

// A search: states that are learned in batches, and their neighbours.
class Walk {
 public:
  Walk(std::uint64_t seed, const std::vector<int>& cells, int contents)
      : rng_(seed), cells_(cells), contents_(contents), names_(cells) {}

  void batch(int count) {
    std::vector<Packed> unknown;
    for (int i = 0; i < count; ++i) {
      Packed s =
          known_.empty() || rng_() % 10 == 0 ? random_state(rng_, cells_, contents_) : neighbour();
      Name n = 0;
      const bool known = name_of(names_, s, n);
      if (known_.count(s) > 0) {
        ASSERT_TRUE(known);
      }
      if (known) {
        check(s, n);
      } else {
        unknown.push_back(std::move(s));
      }
    }
    EXPECT_FALSE(learn(names_, unknown));
    for (const Packed& s : unknown) {
      Name n = 0;
      ASSERT_TRUE(name_of(names_, s, n));
      check(s, n);
    }
    // Names from before are still good.
    for (const auto& [s, n] : known_) {
      Name now = 0;
      ASSERT_TRUE(name_of(names_, s, now));
      ASSERT_TRUE(now == n);
      expect_inverse(names_, s);
    }
  }

  void check_renames(int count) {
    Names::Numbers near;
    for (int i = 0; i < count; ++i) {
      const Packed a = any();
      ASSERT_TRUE(names_.name(a.data(), near));
      const Packed other = random_state(rng_, cells_, 1 << 30);
      if (Name n = 0; !name_of(names_, other, n)) {
        ASSERT_FALSE(names_.name(other.data(), near));  // and `near` is still that of a
      }
      ASSERT_TRUE(near.name() == known_.at(a));
      for (int j = 0; j < 4; ++j) {  // `near` is used again
        Packed b = a;
        const int changes = static_cast<int>(rng_() % 4);
        for (int k = 0; k < changes; ++k) change(b, j == 3 ? 1 << 30 : contents_);
        std::uint64_t changed = changed_words(a, b);
        if (rng_() % 2 == 0) changed |= std::uint64_t{1} << rng_() % std::min(64, names_.words());
        Name expected = 0;
        const bool known = name_of(names_, b, expected);
        Name renamed = 0;
        ASSERT_EQ(names_.rename(b.data(), changed, near, renamed), known);
        if (known) {
          ASSERT_TRUE(renamed == expected);
        }
      }
    }
  }

  Names& names() { return names_; }
  const std::map<Packed, Name>& known() const { return known_; }

 private:
  const Packed& any() {
    auto it = known_.lower_bound(random_state(rng_, cells_, contents_));
    return it == known_.end() ? known_.begin()->first : it->first;
  }
  void change(Packed& s, int contents) {
    const std::size_t cell = rng_() % cells_.size();
    set_cell(s, cell, random_content(rng_, cells_[cell], contents));
  }
  Packed neighbour() {
    Packed s = any();
    for (std::uint64_t k = 1 + rng_() % 3; k > 0; --k) change(s, contents_);
    return s;
  }
  void check(const Packed& s, Name n) {
    const auto [it, inserted] = known_.emplace(s, n);
    ASSERT_TRUE(it->second == n);
    if (inserted) {
      ASSERT_TRUE(taken_.insert(n).second) << "two states with one name";
    }
    expect_inverse(names_, s);
  }

  Rng rng_;
  std::vector<int> cells_;
  int contents_;
  Names names_;
  std::map<Packed, Name> known_;
  std::set<Name> taken_;
};

TEST(Names, AreDifferentStableAndInvertible) {
  Rng rng(3);
  for (int trial = 0; trial < 60; ++trial) {
    std::vector<int> cells;
    do {
      cells = random_cells(rng, 2 + static_cast<int>(rng() % 20), trial % 2 == 0 ? 32 : 14);
    } while (std::accumulate(cells.begin(), cells.end(), 0) <= 64);
    Walk walk(rng(), cells, trial % 3 == 0 ? 3 : 40);
    for (int i = 0; i < 6; ++i) walk.batch(30);
    walk.check_renames(100);
  }
}

TEST(Names, WorkWithMoreWordsThanBitsOfAMask) {
  Rng rng(4);
  for (const int words : {63, 64, 65, 90}) {
    Walk walk(rng(), random_cells(rng, words, 32), 4);
    for (int i = 0; i < 4; ++i) walk.batch(25);
    walk.check_renames(150);
  }
}

TEST(Names, AreTheSameForTheSameLessons) {
  Rng rng(5);
  const std::vector<int> cells = random_cells(rng, 12, 32);
  Walk a(7, cells, 30);
  Walk b(7, cells, 30);
  for (int i = 0; i < 5; ++i) {
    a.batch(40);
    b.batch(40);
  }
  EXPECT_TRUE(a.known() == b.known());
  EXPECT_EQ(a.names().bits(), b.names().bits());
}

TEST(Names, CanBeGivenByManyThreads) {
  Rng rng(6);
  const std::vector<int> cells = random_cells(rng, 16, 32);
  Walk walk(rng(), cells, 10);
  walk.batch(100);
  const Names& names = walk.names();
  std::vector<std::thread> threads;
  std::vector<int> wrong(2);
  for (std::size_t t = 0; t < wrong.size(); ++t) {
    threads.emplace_back([&, t] {
      Names::Numbers near;
      for (const auto& [a, name_a] : walk.known()) {
        if (!names.name(a.data(), near)) ++wrong[t];
        for (const auto& [b, name_b] : walk.known()) {
          Name renamed = 0;
          if (!names.rename(b.data(), changed_words(a, b), near, renamed) || renamed != name_b) {
            ++wrong[t];
          }
        }
      }
    });
  }
  for (std::thread& t : threads) t.join();
  EXPECT_EQ(wrong, std::vector<int>(2));
}

// States of which no two have a cell in common: numbers grow as fast as they can.
Packed nth_state(std::size_t cells, std::uint32_t n) {
  Packed s(cells / 2);
  for (std::size_t c = 0; c < cells; ++c) {
    set_cell(s, c, n * (2 * static_cast<std::uint32_t>(c) + 0x9e3779b1u));
  }
  return s;
}

// One state, all of which is new, makes all dictionaries grow at once.
TEST(Names, SayWhatTheyMayTake) {
  constexpr std::size_t kCells = 20;
  Names names(std::vector<int>(kCells, 32));
  for (std::uint32_t i = 0; i < 3000; ++i) {
    const std::uint64_t limit = names.bytes() + names.bytes_to_grow();
    learn(names, {nth_state(kCells, i)}, [](const auto&) {});
    ASSERT_LE(names.bytes(), limit) << i;
  }
}

// Learns `steps[i]` further states at a time; says how often names became void.
int expect_translated(std::size_t cells, const std::vector<std::uint32_t>& steps) {
  Names names(std::vector<int>(cells, 32));
  std::vector<Name> given;  // by state
  int changes = 0;
  for (const std::uint32_t step : steps) {
    std::vector<Packed> unknown;
    for (std::uint32_t i = 0; i < step; ++i) {
      unknown.push_back(nth_state(cells, static_cast<std::uint32_t>(given.size() + i)));
    }
    const bool changed = learn(names, unknown, [&](const std::function<void(Name)>& visit) {
      for (const Name n : given) visit(n);
    });
    EXPECT_LE(names.bits(), Names::kMaxBits);
    changes += changed;
    if (changed) {
      std::vector<Name> all = given;
      const std::size_t words = cells / 2;
      Packed read(all.size() * words);
      names.states(all.data(), all.size(), names.generation() - 1, read.data());
      for (std::uint32_t i = 0; i < all.size(); ++i) {
        const Packed s = nth_state(cells, i);
        EXPECT_TRUE(std::equal(s.begin(), s.end(), read.begin() + i * words)) << i;
      }
      for (Name& n : given) n = names.translate(n, names.generation() - 1);
    }
    const std::size_t before = given.size();
    Names::Numbers near;
    for (std::uint32_t i = 0; i < before + step; ++i) {
      const Packed s = nth_state(cells, i);
      EXPECT_TRUE(names.name(s.data(), near));
      if (i < before) {
        EXPECT_TRUE(near.name() == given[i]) << i;
      } else {
        given.push_back(near.name());
      }
      if (i % 64 == 0) expect_inverse(names, s);
    }
    std::vector<Name> sorted = given;
    std::sort(sorted.begin(), sorted.end());
    EXPECT_TRUE(std::adjacent_find(sorted.begin(), sorted.end()) == sorted.end());
    if (given.size() < 2) continue;
    // A mixture of two states is not known, unless it is one of them; Numbers fit the new roots.
    Packed mixed = nth_state(cells, 0);
    set_cell(mixed, 0, static_cast<std::uint32_t>(nth_state(cells, 1)[0]));
    EXPECT_TRUE(names.name(nth_state(cells, 0).data(), near));
    Name expected = 0;
    Name renamed = 0;
    const bool known = names.name(mixed.data(), expected);
    EXPECT_EQ(names.rename(mixed.data(), 1, near, renamed), known);
    if (known) {
      EXPECT_TRUE(expected == renamed);
    }
  }
  return changes;
}

TEST(Names, PairRootsWhenTheyGetTooLong) {
  EXPECT_EQ(expect_translated(8, {1, 99, 32600, 68}), 0);  // 8 * 15 bits
  EXPECT_EQ(expect_translated(8, {1, 99, 32600, 68, 1, 100}), 1);
}

TEST(Names, PairRootsForOneBit) {
  Names names(std::vector<int>(8, 32));
  std::vector<Packed> states;
  for (std::uint32_t i = 0; i < 32768; ++i) states.push_back(nth_state(8, i));
  EXPECT_FALSE(learn(names, states));
  EXPECT_EQ(names.bits(), 120);
  std::vector<Name> given;
  for (const Packed& s : states) {
    given.emplace_back();
    ASSERT_TRUE(names.name(s.data(), given.back()));
  }
  Packed one_more = states[7];
  set_cell(one_more, 3, static_cast<std::uint32_t>(nth_state(8, 32768)[1] >> 32));
  EXPECT_TRUE(learn(names, {one_more}, [&](const std::function<void(Name)>& visit) {
    for (const Name n : given) visit(n);
  }));
  EXPECT_LT(names.bits(), 120);
  expect_inverse(names, one_more);
  for (std::size_t i = 0; i < states.size(); ++i) {
    Name n = 0;
    ASSERT_TRUE(names.name(states[i].data(), n));
    ASSERT_TRUE(n == names.translate(given[i], 0));
  }
}

TEST(Names, PairRootsAgain) {
  // 7 * 17 bits are left; one more state needs 6 roots.
  EXPECT_EQ(expect_translated(8, {32768, 5000, 93304, 1}), 2);
}

// Memory may run out while roots are paired: then what was named can still be read.
TEST(Names, ThatCannotBePairedStayReadable) {
  constexpr std::size_t kCells = 8;
  Names names(std::vector<int>(kCells, 32));
  std::vector<Packed> states;
  for (std::uint32_t i = 0; i < 32768; ++i) states.push_back(nth_state(kCells, i));
  ASSERT_FALSE(learn(names, states));
  std::vector<Name> given(states.size());
  for (std::size_t i = 0; i < states.size(); ++i) {
    ASSERT_TRUE(names.name(states[i].data(), given[i]));
  }
  for (const std::size_t visited : {std::size_t{0}, std::size_t{1000}}) {
    const std::vector<Packed> more = {nth_state(kCells, 40000), nth_state(kCells, 40001)};
    EXPECT_THROW(learn(names, more,
                       [&](const std::function<void(Name)>& visit) {
                         for (std::size_t i = 0; i < visited; ++i) visit(given[i]);
                         throw std::bad_alloc();
                       }),
                 std::bad_alloc);
    EXPECT_EQ(names.generation(), 0u);
    Packed read(kCells / 2);
    for (std::size_t i = 0; i < states.size(); ++i) {
      names.states(&given[i], 1, 0, read.data());
      ASSERT_EQ(read, states[i]) << i;
      Name again = 0;
      ASSERT_TRUE(names.name(states[i].data(), again));
      ASSERT_TRUE(again == given[i]);
    }
    Name none = 0;
    EXPECT_FALSE(names.name(more[0].data(), none));
    Names::Numbers near;
    ASSERT_TRUE(names.name(states[0].data(), near));
    EXPECT_FALSE(names.rename(more[1].data(), ~std::uint64_t{0}, near, none));
  }
}

TEST(Names, PairSeveralRootsAtOnce) { EXPECT_EQ(expect_translated(8, {30000, 102000}), 1); }

TEST(Names, PairRootsAboveOtherPairs) { EXPECT_EQ(expect_translated(22, {30000, 3000}), 1); }

TEST(Names, SayWhatTheyOccupy) {
  Names names(std::vector<int>(12, 32));
  const std::uint64_t before = names.bytes();
  std::vector<Packed> states;
  for (std::uint32_t i = 0; i < 10000; ++i) states.push_back(nth_state(12, i));
  learn(names, states);
  // 12 cells of 12 bytes or more, 4 pairs of 16 or more, for each state.
  EXPECT_GT(names.bytes(), before + 10000 * (12 * 12 + 4 * 16));
  EXPECT_LT(names.bytes(), before + 10000 * (12 * 40 + 4 * 48) + 500000);
}

}  // namespace
}  // namespace stalemate::engine
