#include "engine/leads_to.h"

#include <algorithm>

namespace stalemate::engine {

LeadsTo::LeadsTo(Space& space, const StateGraph& graph, const ir::LeadsTo& leads)
    : space_(space),
      graph_(graph),
      leads_(leads),
      from_(graph.states()),
      waits_(graph.states()),
      components_(graph.edges(), waits_) {}

bool LeadsTo::judge_states(const std::function<bool()>& give_up) {
  constexpr std::uint64_t kAtOnce = 256;
  const Executor::Test from = space_.executor.test(leads_.from);
  const Executor::Test to = space_.executor.test(leads_.to);
  const std::uint64_t states = graph_.states();
  for (std::uint64_t begin = 0; begin < chunks_of(states); begin += kAtOnce) {
    if (give_up()) return false;
    space_.pool.run(std::min(kAtOnce, chunks_of(states) - begin), [&](std::size_t c, int) {
      const std::uint64_t first = (begin + c) * kChunk;
      const std::uint64_t n = std::min(kChunk, states - first);
      std::vector<Word> words(n * space_.words());
      space_.log.read(first, n, words.data());
      for (std::uint64_t i = 0; i < n; ++i) {
        const Word* const state = &words[i * space_.words()];
        const auto holds = [&](const Executor::Test& t) {
          return space_.executor.judge(t, state) == Executor::Verdict::kHolds;
        };
        from_[first + i] = holds(from) ? 1 : 0;
        waits_[first + i] = holds(to) ? 0 : 1;
      }
    });
  }
  return true;
}

// Is there a way to meet each duty?
bool LeadsTo::can_stay(std::uint32_t number, std::span<const Edges::State> states) const {
  const std::span<const std::uint8_t> open = graph_.open(states[0]);
  std::vector<std::uint8_t> left(open.begin(), open.end());
  for (const Edges::State s : states) {
    for (std::size_t b = 0; b < left.size(); ++b) left[b] &= graph_.open(s)[b];
    const std::span<const Edges::State> to = graph_.edges().of(s);
    const std::span<const Edges::Label> duties = graph_.edges().labels_of(s);
    for (std::size_t e = 0; e < to.size(); ++e) {
      if (components_.of(to[e]) != number || duties[e] == Duties::kNobody) continue;
      left[duties[e] / 8U] &= static_cast<std::uint8_t>(~(1U << duties[e] % 8U));
    }
  }
  return std::all_of(left.begin(), left.end(), [](std::uint8_t b) { return b == 0; });
}

// Can it get to another component, found before, from which a fair run need not come back?
bool LeadsTo::can_leave(std::uint32_t number, std::span<const Edges::State> states) const {
  return std::any_of(states.begin(), states.end(), [&](Edges::State s) {
    const std::span<const Edges::State> to = graph_.edges().of(s);
    return std::any_of(to.begin(), to.end(), [&](Edges::State t) {
      return waits_[t] != 0 && components_.of(t) != number && reaches_[components_.of(t)] != 0;
    });
  });
}

bool LeadsTo::solve(const std::function<bool()>& give_up) {
  if (!judge_states(give_up)) return false;
  const auto found = [&](std::uint32_t number, std::span<const Edges::State> states) {
    const bool stays = can_stay(number, states);
    stays_.push_back(stays ? 1 : 0);
    reaches_.push_back(stays || can_leave(number, states) ? 1 : 0);
  };
  for (Edges::State s = 0; s < graph_.states(); ++s) {
    if (from_[s] == 0) continue;
    ever_ = true;
    if (waits_[s] == 0) continue;
    waited_ = true;
    if (components_.of(s) == Components::kNone) {
      if (give_up()) return false;
      components_.from(s, found);
    }
    if (!first_ && starts(s)) first_ = s;
  }
  return true;
}

bool LeadsTo::starts(Edges::State s) const {
  return from_[s] != 0 && waits_[s] != 0 && reaches_[components_.of(s)] != 0;
}

int LeadsTo::component(Edges::State s) const {
  const std::uint32_t c = components_.of(s);
  return c != Components::kNone && stays_[c] != 0 ? static_cast<int>(c) : -1;
}

}  // namespace stalemate::engine
