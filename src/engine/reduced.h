// Successors of states: all of them, or those that are enough (stubborn.h).
#ifndef STALEMATE_ENGINE_REDUCED_H_
#define STALEMATE_ENGINE_REDUCED_H_

#include <algorithm>
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
    std::vector<std::uint32_t> ways;                          // that fire in one state
    std::vector<std::uint8_t> taken;
    std::vector<std::uint8_t> general_taken;  // per state of the batch and step that is evaluated

   public:
    std::uint64_t bytes() const { return successors.bytes(); }
  };

  // Like Successors::find(), without those that are left out.
  template <typename Visit>
  void find(Phase phase, const Word* states, const Name* names, std::size_t count, Memory& m,
            Visit&& visit) const {
    if (stubborn_ == nullptr) {
      successors_.find(phase, states, names, count, m.successors, visit);
      return;
    }
    // Which steps of one phase are enough is seen from those of both.
    const auto wanted = static_cast<std::size_t>(phase);
    const auto look = [&](Phase each) {
      auto& found = m.found[static_cast<std::size_t>(each)];
      found.clear();
      if (!executor_.any(each)) return;
      successors_.find(each, states, names, count, m.successors,
                       [&](const Successors::Successor& s) { found.push_back(s); });
      // Which of two equally small sets is taken must not depend on what is looked up together.
      std::sort(found.begin(), found.end(), [](const auto& a, const auto& b) {
        return a.state != b.state ? a.state < b.state : a.cube < b.cube;
      });
    };
    look(phase);
    if (m.found[wanted].empty() && !executor_.any_general(phase)) return;
    look(phase == Phase::kEnvironment ? Phase::kProgram : Phase::kEnvironment);
    const std::size_t generals = executor_.steps().general.size();
    m.general_taken.assign(count * generals, 0);
    std::array<std::size_t, 2> at{};
    for (std::size_t i = 0; i < count; ++i) {
      const Word* const state = states + i * executor_.words();
      m.ways.clear();
      std::array<std::size_t, 2> end = at;
      for (std::size_t each = 0; each < 2; ++each) {
        const auto& found = m.found[each];
        for (; end[each] < found.size() && found[end[each]].state == i; ++end[each]) {
          m.ways.push_back(stubborn_->way_of_cube(found[end[each]].cube));
        }
      }
      const std::size_t cubes = m.ways.size();
      for (std::size_t g = 0; g < generals; ++g) {
        if (executor_.fires_general(g, state)) m.ways.push_back(stubborn_->way_of_general(g));
      }
      if (end[wanted] == at[wanted] && cubes == m.ways.size()) {
        at = end;
        continue;
      }
      if (check_ && !stubborn_->check(state, m.ways)) failed_ = true;
      stubborn_->choose(state, m.ways, m.stubborn, m.taken);
      for (std::size_t k = cubes; k < m.ways.size(); ++k) {
        const std::size_t g = m.ways[k] - stubborn_->way_of_general(0);
        m.general_taken[i * generals + g] = m.taken[k];
      }
      const std::size_t before = wanted == 0 ? 0 : end[0] - at[0];
      for (std::size_t k = at[wanted]; k < end[wanted]; ++k) {
        if (m.taken[before + k - at[wanted]] != 0) visit(m.found[wanted][k]);
      }
      at = end;
    }
  }

  // Like Executor::fire_general(), without those that are left out, for the state `i` of the batch
  // that find() had last, of the same phase.
  template <typename Visit>
  void fire_general(Phase phase, std::size_t i, const Word* state, Word* scratch, Memory& m,
                    Visit&& visit) const {
    const std::size_t generals = executor_.steps().general.size();
    for (const std::uint32_t g : executor_.generals(phase)) {
      if (stubborn_ != nullptr && m.general_taken[i * generals + g] == 0) continue;
      executor_.fire_general(g, state, scratch, visit);
    }
  }

  // Two ways were taken to accord that do not: no verdict can be given.
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
