// The states found so far: how they are packed, the set they are in, and the order they were found
// in.
#ifndef STALEMATE_ENGINE_SPACE_H_
#define STALEMATE_ENGINE_SPACE_H_

#include <compare>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "engine/executor.h"
#include "engine/layout.h"
#include "engine/names.h"
#include "engine/orbits.h"
#include "engine/pool.h"
#include "engine/reduced.h"
#include "engine/state_log.h"
#include "engine/stubborn.h"
#include "engine/successors.h"
#include "engine/symmetry.h"
#include "engine/table.h"
#include "ir/ir.h"

namespace stalemate::engine {

// How far a state is from the initial one, as shortest counterexamples count: program steps first.
struct Distance {
  std::uint32_t program = 0;
  std::uint32_t environment = 0;

  auto operator<=>(const Distance&) const = default;
  std::uint32_t steps() const { return program + environment; }
  Distance after(Phase phase) const {
    return phase == Phase::kProgram ? Distance{program + 1, environment}
                                    : Distance{program, environment + 1};
  }
};

// All states at one distance: so many, from `first` on in Space::log.
struct Level {
  Distance distance;
  std::uint64_t first = 0;
  std::uint64_t count = 0;
};

struct Space {
  // `reduce`: leave out steps that make no difference to properties with these conditions, where
  // that is possible; `check`: and see whether they make one.
  struct Reduction {
    bool reduce = false;
    bool check = false;
    std::vector<ir::ExprRef> conditions;
    bool stuck = false;           // it is asked who is
    bool symmetry = false;        // one state for all that are the same but for names
    std::vector<int> properties;  // that are judged
  };
  // `lossy`: the set holds 64 bits of hash of each state: two states may be taken for one.
  Space(const ir::Program& p, int threads, const Reduction& reduction, bool lossy,
        const NameLimits& limits = {});

  std::size_t words() const { return static_cast<std::size_t>(layout.words); }
  // The level at a distance; null when it is not there or empty.
  const Level* level_at(const Distance& d) const;
  std::uint64_t bytes() const;  // of memory, logs included
  // What the set knows a state by.
  Table::Mixed mix(Name name) const { return table->mix(lossy ? hash(name) : name); }
  // After Names::learn().
  void widen_table() {
    if (!lossy && names.bits() > table->key_bits()) table->widen(names.bits());
  }
  // What a checkpoint is of, besides the program: the states of another symmetry are others.
  std::string mark() const;
  // The number changes when representatives do.
  static constexpr const char* kSymmetryMark = " symmetry 1";

  const ir::Program& program;
  Layout layout;
  Executor executor;
  Names names;
  Successors successors;
  std::unique_ptr<Orbits> orbits;      // null: every state stands for itself
  std::unique_ptr<Symmetry> symmetry;  // null: not asked for
  std::unique_ptr<Stubborn> stubborn;  // null: all steps are taken
  Reduced reduced;
  const bool lossy;
  std::unique_ptr<Table> table;
  StateLog log;               // settled states, by distance
  std::vector<Level> levels;  // ascending distance
  Pool pool;

 private:
  static std::uint64_t hash(Name name);
};

// A loop, since most states are a few words.
inline bool same(const Word* a, const Word* b, std::size_t words) {
  Word differs = 0;
  for (std::size_t i = 0; i < words; ++i) differs |= a[i] ^ b[i];
  return differs == 0;
}

// States of a log, read chunk by chunk.  A chunk is small enough for a cache.
constexpr std::uint64_t kChunk = 1024;
inline std::uint64_t chunks_of(std::uint64_t states) { return (states + kChunk - 1) / kChunk; }

}  // namespace stalemate::engine

#endif  // STALEMATE_ENGINE_SPACE_H_
