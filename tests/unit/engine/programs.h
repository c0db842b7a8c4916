// Programs of all sorts, their states, and what the reference interpreter says about their steps.
#ifndef STALEMATE_TESTS_UNIT_ENGINE_PROGRAMS_H_
#define STALEMATE_TESTS_UNIT_ENGINE_PROGRAMS_H_

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <memory>
#include <random>
#include <set>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "../interp/random_program.h"
#include "engine/layout.h"
#include "interp/eval.h"
#include "ir/parse.h"
#include "lang/compile.h"

namespace stalemate::engine::test {

using interp::test::kEvery;

struct Named {
  std::string name;
  ir::Program program;
};

// The hand-written models of tests/unit/ir/models.
inline std::vector<Named> ir_models() {
  std::vector<Named> all;
  std::set<std::filesystem::path> files;
  for (const auto& entry :
       std::filesystem::directory_iterator(STALEMATE_SOURCE_ROOT "/tests/unit/ir/models")) {
    if (entry.path().extension() == ".ir") files.insert(entry.path());
  }
  for (const auto& file : files) {
    std::ifstream in(file);
    std::ostringstream text;
    text << in.rdbuf();
    Diagnostics diagnostics;
    auto program = ir::parse(std::make_shared<Source>(file.string(), text.str()), diagnostics);
    EXPECT_TRUE(program) << diagnostics.format(false);
    if (program) all.push_back({file.filename().string(), std::move(*program)});
  }
  EXPECT_GE(all.size(), 3u);
  return all;
}

inline Named random_program(unsigned seed) {
  return {"seed " + std::to_string(seed),
          interp::test::without_leads_to(interp::test::RandomProgram(seed, seed % 3 == 0).build())};
}

// Every n-th variant of a model in models/; `cpus` 0: as many as the model says.
inline std::vector<Named> variants(const std::string& path, std::size_t n, int cpus = 0) {
  std::vector<Named> all;
  lang::Model model({STALEMATE_SOURCE_ROOT});
  Diagnostics diagnostics;
  EXPECT_TRUE(model.load(STALEMATE_SOURCE_ROOT "/models/" + path, diagnostics))
      << diagnostics.format(false);
  const std::vector<std::string> names = model.variants();
  for (std::size_t i = 0; i < names.size(); i += n) {
    auto compiled = model.compile(
        {.variant = names[i], .machine = {}, .cpus = cpus, .sets = {}, .properties = {}},
        diagnostics);
    EXPECT_TRUE(compiled) << diagnostics.format(false);
    if (compiled) all.push_back({path + " " + names[i], std::move(compiled->program)});
  }
  EXPECT_FALSE(all.empty());
  return all;
}

// Models that are as large as they get.
inline std::vector<Named> real_models() {
  std::vector<Named> all;
  const auto add = [&](std::vector<Named> some) {
    for (Named& named : some) all.push_back(std::move(named));
  };
  add(variants("seeds/arm64_set_pte_ipi.flush", 12));
  add(variants("seeds/arm_set_pte_at.flush", 8));
  add(variants("seeds/mips_cache_ipi.flush", 8));
  add(variants("seeds/parisc_user_flush.flush", 8));
  add(variants("seeds/riscv_flush_cache_vmap.flush", 8));
  add(variants("seeds/riscv_vmap_cost.flush", 6));
  add(variants("seeds/x86_mtrr_rendezvous.flush", 4));
  add(variants("bench/shootdown.flush", 1, 4));
  add(variants("bench/mtrr.flush", 1, 3));
  add(variants("litmus/tlb.flush", 2));
  add(variants("litmus/rights.flush", 2));
  return all;
}

// What firing one step does.
struct Move {
  enum class Kind { kDisabled, kFired, kError };
  Kind kind = Kind::kDisabled;
  State after;                         // the state before, unless it fired
  std::vector<int> violations, goals;  // ascending, once each
  bool operator==(const Move&) const = default;
};

inline std::ostream& operator<<(std::ostream& out, const Move& m) {
  const auto list = [&](const char* name, const auto& numbers) {
    out << " " << name;
    for (const int i : numbers) out << " " << i;
  };
  out << (m.kind == Move::Kind::kFired ? "fired" : m.kind == Move::Kind::kError ? "error" : "no");
  list("to", m.after);
  list("violates", m.violations);
  list("reaches", m.goals);
  return out;
}

inline Move reference(const ir::Program& p, const ir::Step& step, const State& before,
                      const interp::Choices& choices) {
  Move move;
  move.after = before;
  try {
    if (!interp::enabled(p, step, before, choices)) return move;
    const interp::Effects effects = interp::fire(p, step, move.after, choices);
    move.kind = Move::Kind::kFired;
    std::set<int> violations;
    for (const interp::Violation& v : effects.violations) violations.insert(v.property);
    move.violations.assign(violations.begin(), violations.end());
    const std::set<int> goals(effects.goals.begin(), effects.goals.end());
    move.goals.assign(goals.begin(), goals.end());
  } catch (const interp::ModelError&) {
    move.kind = Move::Kind::kError;
    move.after = before;
  }
  return move;
}

// -1: a model error.
inline int reference(const ir::Program& p, const ir::ExprRef& condition, const State& s) {
  try {
    return interp::evaluate(p, condition, s, {}) != 0 ? 1 : 0;
  } catch (const interp::ModelError&) {
    return -1;
  }
}

// Calls `visit(step, choice, choices)` for all steps and their combinations of choices.
template <typename Visit>
void for_each_move(const ir::Program& p, const Visit& visit) {
  for (std::size_t i = 0; i < p.steps.size(); ++i) {
    int choice = 0;
    interp::for_each_choice(p.steps[i], [&](const interp::Choices& choices) {
      visit(static_cast<int>(i), choice++, choices);
    });
  }
}

// The first states that are reachable, breadth first; `check` looks at each one and gives its
// moves.
template <typename Check>
std::size_t for_each_reachable(const ir::Program& p, std::size_t most, const Check& check) {
  std::set<State> seen{interp::initial_state(p)};
  std::vector<const State*> queue{&*seen.begin()};
  for (std::size_t i = 0; i < queue.size(); ++i) {
    for (const Move& move : check(*queue[i])) {
      if (move.kind != Move::Kind::kFired || seen.size() >= most) continue;
      const auto [at, is_new] = seen.insert(move.after);
      if (is_new) queue.push_back(&*at);
    }
    if (testing::Test::HasFailure()) break;
  }
  return queue.size();
}

inline std::vector<Move> moves(const ir::Program& p, const State& s) {
  std::vector<Move> all;
  for_each_move(p, [&](int step, int, const interp::Choices& choices) {
    Move move = reference(p, p.steps[static_cast<std::size_t>(step)], s, choices);
    if (move.kind != Move::Kind::kDisabled) all.push_back(std::move(move));
  });
  return all;
}

// A state of possible values, which need not be reachable; near the initial one every other time.
inline State random_state(const ir::Program& p, const Layout& layout, std::mt19937& random) {
  State s = interp::initial_state(p);
  const unsigned changed = random() % 2 == 0 ? 1 : 8;  // of 8 slots
  for (std::size_t i = 0; i < s.size(); ++i) {
    const ValueSet& values = layout.possible[i];
    if (random() % 8 >= changed) continue;
    const auto span = static_cast<unsigned>(values.hi() - values.lo() + 1);
    int v = 0;
    do {
      v = values.lo() + static_cast<int>(random() % span);
    } while (!values.contains(v));
    s[i] = static_cast<ir::Value>(v);
  }
  return s;
}

}  // namespace stalemate::engine::test

#endif  // STALEMATE_TESTS_UNIT_ENGINE_PROGRAMS_H_
