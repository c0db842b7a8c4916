// Bunches have all lists that concern a state, each once.
#include "engine/bunches.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "programs.h"

namespace stalemate::engine::test {
namespace {

using Dispatch = Executor::Dispatch;

std::vector<std::uint32_t> lists_of(const std::vector<Dispatch>& dispatches, const Word* state) {
  std::vector<std::uint32_t> out;
  for (const Dispatch& d : dispatches) {
    if (const std::uint32_t list = d.list(state); list != Dispatch::kNone) out.push_back(list);
  }
  return out;
}

struct Totals {
  std::size_t lists = 0, look_ups = 0;
};

void check(const Named& m, Totals& totals) {
  SCOPED_TRACE(m.name);
  const Layout layout(m.program);
  const Executor executor(m.program, layout);
  const Names names(layout);
  const Bunches bunches(executor, names);

  for (std::uint32_t list = 0; list < executor.lists(); ++list) {
    const std::vector<Word>& reads = executor.reads(list);
    const std::vector<Word>& all = bunches.all.at(bunches.of_list[list]).reads;
    for (std::size_t w = 0; w < reads.size(); ++w) EXPECT_EQ(reads[w] & ~all[w], 0u) << list;
  }
  std::mt19937_64 rng(1);
  std::vector<Word> state(static_cast<std::size_t>(layout.words));
  for (int i = 0; i < 50; ++i) {
    for (Word& w : state) w = rng();
    for (const Phase phase : {Phase::kEnvironment, Phase::kProgram}) {
      const auto at = static_cast<std::size_t>(phase);
      std::vector<std::uint32_t> looked_up = bunches.always[at];
      for (const std::uint32_t b : lists_of(bunches.dispatches[at], state.data())) {
        looked_up.push_back(b);
      }
      std::vector<std::uint32_t> found;
      for (const std::uint32_t b : looked_up) {
        for (const std::uint32_t list : lists_of(bunches.all[b].dispatches, state.data())) {
          EXPECT_EQ(bunches.of_list[list], b);
          found.push_back(list);
        }
      }
      std::vector<std::uint32_t> expected = lists_of(executor.dispatches(phase), state.data());
      totals.lists += expected.size();
      totals.look_ups += looked_up.size();
      std::sort(expected.begin(), expected.end());
      std::sort(found.begin(), found.end());
      EXPECT_EQ(found, expected);
    }
  }
}

TEST(Bunches, OfModels) {
  Totals totals;
  for (const Named& m : real_models()) check(m, totals);
  for (const Named& m : ir_models()) check(m, totals);
  EXPECT_LT(totals.look_ups, totals.lists);
}

TEST(Bunches, OfRandomPrograms) {
  Totals totals;
  for (unsigned seed = 0; seed < 300 && !HasFailure(); ++seed) check(random_program(seed), totals);
  EXPECT_GT(totals.lists, 0u);
}

// The threads of a CPU and what they share: one look-up for each CPU.
TEST(Bunches, OfCpusAreAsManyAsThese) {
  for (const Named& m : variants("bench/mtrr.flush", 1, 7)) {
    SCOPED_TRACE(m.name);
    const Executor executor(m.program, Layout(m.program));
    const Bunches bunches(executor, Names(Layout(m.program)));
    EXPECT_EQ(executor.dispatches(Phase::kProgram).size(), 14u);
    EXPECT_EQ(bunches.always[static_cast<std::size_t>(Phase::kProgram)].size(), 7u);
  }
}

}  // namespace
}  // namespace stalemate::engine::test
