// Facts passed back along edges are those of all states that can be reached.
#include "engine/edges.h"

#include <gtest/gtest.h>

#include <random>

#include "engine/components.h"

namespace stalemate::engine::test {
namespace {

struct Graph {
  std::vector<std::vector<Edges::State>> to;
  Edges edges;

  Graph(std::mt19937& random, std::size_t states, std::size_t most) : to(states) {
    for (auto& targets : to) {
      targets.resize(random() % (most + 1));
      for (auto& t : targets) t = static_cast<Edges::State>(random() % states);
      edges.add(targets);
    }
  }
  std::vector<std::uint8_t> from(Edges::State s) const {
    std::vector<std::uint8_t> seen(to.size());
    const std::function<void(Edges::State)> visit = [&](Edges::State at) {
      if (seen[at] != 0) return;
      seen[at] = 1;
      for (const Edges::State t : to[at]) visit(t);
    };
    visit(s);
    return seen;
  }
};

TEST(Edges, ReversedTwiceIsTheSame) {
  std::mt19937 random(1);
  for (int i = 0; i < 50; ++i) {
    Graph g(random, 1 + random() % 40, 3);
    const Edges back = g.edges.reversed();
    const Edges again = back.reversed();
    ASSERT_EQ(again.states(), g.to.size());
    for (Edges::State s = 0; s < g.to.size(); ++s) {
      std::vector<Edges::State> targets(again.of(s).begin(), again.of(s).end());
      std::sort(targets.begin(), targets.end());
      std::sort(g.to[s].begin(), g.to[s].end());
      EXPECT_EQ(targets, g.to[s]);
    }
  }
}

TEST(Edges, Reachable) {
  std::mt19937 random(2);
  for (int i = 0; i < 200; ++i) {
    const Graph g(random, 1 + random() % 40, 2);
    EXPECT_EQ(reachable(g.edges, 0), g.from(0));
  }
}

// Two states are in one component if each can reach the other by states that are in.
TEST(Components, AreThoseThatReachEachOther) {
  std::mt19937 random(4);
  for (int i = 0; i < 300; ++i) {
    const std::size_t n = 1 + random() % 30;
    const Graph all(random, n, 3);
    std::vector<std::uint8_t> in(n);
    for (auto& x : in) x = random() % 4 != 0 ? 1 : 0;
    std::vector<std::vector<std::uint8_t>> reach(n, std::vector<std::uint8_t>(n));
    const std::function<void(Edges::State, Edges::State)> visit = [&](auto from, auto at) {
      if (in[at] == 0 || reach[from][at] != 0) return;
      reach[from][at] = 1;
      for (const Edges::State t : all.to[at]) visit(from, t);
    };
    for (Edges::State s = 0; s < n; ++s) visit(s, s);

    Components components(all.edges, in);
    std::vector<std::uint8_t> seen(n);
    std::uint32_t next = 0;
    for (Edges::State root = 0; root < n; root += 2) {
      components.from(root, [&](std::uint32_t number, std::span<const Edges::State> states) {
        EXPECT_EQ(number, next++);
        for (const Edges::State s : states) {
          EXPECT_EQ(components.of(s), number);
          EXPECT_EQ(seen[s]++, 0);
          for (const Edges::State t : all.to[s]) {
            if (in[t] == 0) continue;
            EXPECT_LE(components.of(t), number);
          }
        }
      });
    }
    for (Edges::State s = 0; s < n; ++s) {
      bool wanted = false;
      for (Edges::State root = 0; root < n; root += 2) wanted = wanted || reach[root][s] != 0;
      EXPECT_EQ(components.of(s) != Components::kNone, wanted);
      EXPECT_EQ(seen[s] != 0, wanted);
      for (Edges::State t = 0; t < n; ++t) {
        if (!wanted || components.of(t) == Components::kNone) continue;
        EXPECT_EQ(components.of(s) == components.of(t), reach[s][t] != 0 && reach[t][s] != 0);
      }
    }
  }
}

TEST(Edges, FactsAreThoseOfAllThatIsReachable) {
  std::mt19937 random(3);
  for (int i = 0; i < 300; ++i) {
    const std::size_t n = 1 + random() % 50;
    const std::size_t stride = 1 + random() % 3;
    const Graph g(random, n, 2);
    std::vector<std::uint8_t> facts(n * stride), expected(n * stride);
    for (auto& f : facts) f = random() % 4 == 0 ? static_cast<std::uint8_t>(random()) : 0;
    for (Edges::State s = 0; s < n; ++s) {
      const std::vector<std::uint8_t> from = g.from(s);
      for (std::size_t t = 0; t < n; ++t) {
        for (std::size_t b = 0; b < stride && from[t] != 0; ++b) {
          expected[s * stride + b] |= facts[t * stride + b];
        }
      }
    }
    const std::vector<std::uint8_t> none(n);
    EXPECT_TRUE(spread_back(g.edges.reversed(), stride, none, facts, {}, [] { return false; }));
    EXPECT_EQ(facts, expected);
  }
}

}  // namespace
}  // namespace stalemate::engine::test
