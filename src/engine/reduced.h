// Successors of states: all of them, or those that are enough (stubborn.h).
#ifndef STALEMATE_ENGINE_REDUCED_H_
#define STALEMATE_ENGINE_REDUCED_H_

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "engine/stubborn.h"
#include "engine/successors.h"

namespace stalemate::engine {

class Reduced {
 public:
  // `stubborn`: null to leave nothing out.  `check`: compare both orders of all pairs that are
  // taken to accord, see failed().
  Reduced(const Executor& executor, const Successors& successors, const Stubborn* stubborn,
          bool check)
      : executor_(executor), successors_(successors), stubborn_(stubborn), check_(check) {}

  // What one thread works with.
  class Memory {
    friend class Reduced;
    Successors::Memory successors;
    Stubborn::Scratch stubborn;
    std::array<std::vector<Successors::Successor>, 2> found;  // per phase
    std::vector<std::uint32_t> cubes;
    std::vector<std::uint8_t> taken;

   public:
    std::uint64_t bytes() const { return successors.bytes(); }
  };

  // Like Successors::find(), without those that are left out.
  template <typename Visit>
  void find(Phase phase, const Word* states, std::size_t count, Memory& m, Visit&& visit) const {
    if (stubborn_ == nullptr) {
      successors_.find(phase, states, count, m.successors, visit);
      return;
    }
    // Which steps of one phase are enough is seen from those of both.
    for (const Phase each : {Phase::kEnvironment, Phase::kProgram}) {
      auto& found = m.found[static_cast<std::size_t>(each)];
      found.clear();
      if (!executor_.any(each)) continue;
      successors_.find(each, states, count, m.successors,
                       [&](const Successors::Successor& s) { found.push_back(s); });
    }
    std::array<std::size_t, 2> at{};
    for (std::size_t i = 0; i < count; ++i) {
      m.cubes.clear();
      std::array<std::size_t, 2> end = at;
      for (std::size_t each = 0; each < 2; ++each) {
        const auto& found = m.found[each];
        for (; end[each] < found.size() && found[end[each]].state == i; ++end[each]) {
          m.cubes.push_back(found[end[each]].cube);
        }
      }
      const Word* const state = states + i * executor_.words();
      if (check_ && !stubborn_->check(state, m.cubes)) failed_ = true;
      stubborn_->choose(state, m.cubes, m.stubborn, m.taken);
      const auto wanted = static_cast<std::size_t>(phase);
      const std::size_t before = wanted == 0 ? 0 : end[0] - at[0];
      for (std::size_t k = at[wanted]; k < end[wanted]; ++k) {
        if (m.taken[before + k - at[wanted]] != 0) visit(m.found[wanted][k]);
      }
      at = end;
    }
  }

  // Two cubes were taken to accord that do not: no verdict can be given.
  bool failed() const { return failed_; }

 private:
  const Executor& executor_;
  const Successors& successors_;
  const Stubborn* stubborn_;
  bool check_;
  mutable std::atomic<bool> failed_{false};
};

}  // namespace stalemate::engine

#endif  // STALEMATE_ENGINE_REDUCED_H_
