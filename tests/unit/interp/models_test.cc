// The hand-written models of tests/unit/ir/models, explored.
#include <gtest/gtest.h>

#include <array>
#include <fstream>
#include <memory>
#include <set>
#include <sstream>
#include <tuple>

#include "build.h"
#include "interp/eval.h"
#include "ir/parse.h"
#include "naive.h"

namespace stalemate::interp::test {
namespace {

ir::Program load(const std::string& name) {
  std::ifstream in(std::string(STALEMATE_IR_MODELS) + "/" + name);
  EXPECT_TRUE(in) << name;
  std::ostringstream text;
  text << in.rdbuf();
  Diagnostics diagnostics;
  auto program = ir::parse(std::make_shared<Source>(name, text.str()), diagnostics);
  EXPECT_TRUE(program) << diagnostics.format(false);
  return program.value_or(ir::Program{});
}

Result explore_all(const ir::Program& p) {
  Options options;
  for (std::size_t i = 0; i < p.properties.size(); ++i) {
    options.properties.push_back(static_cast<int>(i));
  }
  return explore(p, options);
}

// Everything the naive explorer knows is the same.
void compare(const ir::Program& p, const Result& r) {
  const Naive naive(p);
  EXPECT_TRUE(naive.errors().empty());
  EXPECT_EQ(r.model_error, "");
  EXPECT_TRUE(r.complete);
  EXPECT_EQ(r.counts.states, naive.states());
  EXPECT_EQ(r.counts.transitions, naive.transitions());
  EXPECT_EQ(r.counts.depth, naive.depth());
  for (const PropertyResult& result : r.properties) {
    EXPECT_EQ(result.outcome == Outcome::kViolated,
              naive.counterexample(result.property).has_value());
  }
  for (std::size_t g = 0; g < p.goals.size(); ++g) {
    EXPECT_EQ(r.goals[g], naive.reached(static_cast<int>(g)));
  }
}

// The I-cache protocol for two CPUs, written a second time and without any IR.
struct Icache {
  enum Pc { kUser, kFault, kCheck, kAlloc, kWrite, kClean, kInval, kWaitack, kPublish, kUnlock };
  enum Line { kEmpty, kStale, kFresh };
  bool pte = false, dirty = false, pou = false, lock = false;
  std::array<bool, 2> ipi{}, handler{};
  std::array<int, 2> ic{}, pc{};

  auto key() const { return std::tie(pte, dirty, pou, lock, ipi, handler, ic, pc); }
  bool operator<(const Icache& o) const { return key() < o.key(); }

  std::vector<Icache> successors() const {
    std::vector<Icache> out;
    const auto add = [&](auto change) {
      out.push_back(*this);
      change(out.back());
    };
    const int fetched = pou ? kFresh : kStale;
    if (dirty) add([](Icache& n) { n.pou = true, n.dirty = false; });
    for (std::size_t c = 0; c < 2; ++c) {
      add([&](Icache& n) { n.ic[c] = ic[c] == kEmpty ? fetched : kEmpty; });
      if (handler[c]) {
        add([&](Icache& n) { n.ipi[c] = n.handler[c] = false; });
        continue;
      }
      if (ipi[c]) add([&](Icache& n) { n.handler[c] = true, n.ic[c] = kEmpty; });
      const auto go = [&](int to, auto change) {
        add([&](Icache& n) {
          n.pc[c] = to;
          change(n);
        });
      };
      const auto nothing = [](Icache&) {};
      switch (pc[c]) {
        case kUser:
          if (pte) {
            go(kUser, [&](Icache& n) { n.ic[c] = ic[c] == kEmpty ? fetched : ic[c]; });
          } else {
            go(kFault, nothing);
          }
          break;
        case kFault:
          if (!lock) go(kCheck, [](Icache& n) { n.lock = true; });
          break;
        case kCheck:
          go(pte ? kUnlock : kAlloc, nothing);
          break;
        case kAlloc:
          go(kWrite, [](Icache& n) { n.pou = n.dirty = false; });
          break;
        case kWrite:
          go(kClean, [](Icache& n) { n.dirty = true; });
          break;
        case kClean:
          go(kInval, [](Icache& n) { n.pou |= n.dirty, n.dirty = false; });
          break;
        case kInval:
          go(kWaitack, [&](Icache& n) { n.ipi[1 - c] = true, n.ic[c] = kEmpty; });
          break;
        case kWaitack:
          if (!ipi[0] && !ipi[1]) go(kPublish, nothing);
          break;
        case kPublish:
          go(kUnlock, [](Icache& n) { n.pte = true; });
          break;
        case kUnlock:
          go(kUser, [](Icache& n) { n.lock = false; });
          break;
      }
    }
    return out;
  }
};

TEST(Models, IcacheHasTheStatesOfItsSecondVersion) {
  std::set<Icache> seen{Icache{}};
  std::vector<Icache> todo{Icache{}};
  std::uint64_t transitions = 0;
  while (!todo.empty()) {
    const Icache s = todo.back();
    todo.pop_back();
    for (const Icache& n : s.successors()) {
      ++transitions;
      if (seen.insert(n).second) todo.push_back(n);
    }
  }
  const ir::Program p = load("icache.ir");
  const Result r = explore_all(p);
  EXPECT_EQ(r.counts.states, seen.size());
  EXPECT_EQ(r.counts.transitions, transitions);
  for (const PropertyResult& result : r.properties) EXPECT_EQ(result.outcome, Outcome::kSafe);
  compare(p, r);
}

TEST(Models, StoreBufferingIsSeenWithStoreBuffers) {
  const ir::Program p = load("tso.ir");
  const Result r = explore_all(p);
  ASSERT_EQ(r.properties.size(), 2u);
  EXPECT_EQ(r.properties[0].outcome, Outcome::kViolated);
  EXPECT_EQ(r.properties[0].message, "r0=0 r1=0");
  std::string shown;
  for (std::size_t i = 0; i < r.properties[0].trace.events.size(); ++i) {
    const Event& e = r.properties[0].trace.events[i];
    const ir::Step& step = p.steps[static_cast<std::size_t>(e.step)];
    shown += render(p, step.text, r.properties[0].trace.states[i], e.choices) + "; ";
  }
  EXPECT_EQ(shown, "x = 1; y = 1; r0 = y; r1 = x; ");
  EXPECT_EQ(r.properties[1].outcome, Outcome::kSafe);
  compare(p, r);
}

TEST(Models, SoftwareRefilledTlb) {
  const ir::Program p = load("swtlb.ir");
  const Result r = explore_all(p);
  for (const PropertyResult& result : r.properties) {
    EXPECT_EQ(result.outcome, Outcome::kSafe) << result.message << " " << names(p, result.trace);
  }
  compare(p, r);
}

}  // namespace
}  // namespace stalemate::interp::test
