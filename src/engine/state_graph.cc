#include "engine/state_graph.h"

#include <algorithm>

namespace stalemate::engine {

StateGraph::StateGraph(Space& space)
    : space_(space),
      duties_(space.program),
      stride_(duties_.count / 8 + 1),
      places_(space),
      threads_(static_cast<std::size_t>(space.pool.threads())) {}

std::uint64_t StateGraph::bytes_needed(std::uint64_t transitions) const {
  const std::uint64_t states = space_.log.size();
  return Places::bytes_needed(space_) + places_.count() * sizeof(at_place_[0]) + states * stride_ +
         2 * Edges::bytes(states, transitions, true);  // a list that grows is there twice
}

Edges::State StateGraph::number(const Word* state) const {
  Name name = 0;
  space_.names.name(state, name);
  return at_place_[places_.of(space_.mix(name))];
}

// The steps of `count` states, and what is open in them.
void StateGraph::expand(std::uint64_t first, std::uint64_t count, Thread& t,
                        std::vector<Move>& moves) {
  const std::size_t words = space_.words();
  t.names.resize(kChunk);
  t.states.resize(kChunk * words);
  t.after.resize(words);
  moves.clear();
  space_.log.read(first, count, t.names.data(), t.states.data());
  const auto add = [&](std::uint64_t i, int step, Name name) {
    const auto s = static_cast<std::size_t>(step);
    const std::uint16_t duty = duties_.of[s];
    if (duties_.owed[s] != 0) {
      open_[(first + i) * stride_ + duty / 8U] |= static_cast<std::uint8_t>(1U << duty % 8U);
    }
    moves.push_back({static_cast<std::uint32_t>(i), at_place_[places_.of(space_.mix(name))], duty});
  };
  for (const Phase phase : {Phase::kEnvironment, Phase::kProgram}) {
    for (std::uint64_t begin = 0; begin < count; begin += Successors::kBatch) {
      const auto n =
          static_cast<std::size_t>(std::min<std::uint64_t>(Successors::kBatch, count - begin));
      space_.reduced.find(phase, &t.states[begin * words], &t.names[begin], n, t.memory,
                          [&](const Successors::Successor& s) {
                            if (s.known) add(begin + s.state, s.step, s.name);
                          });
    }
    if (!space_.executor.any_general(phase)) continue;
    for (std::uint64_t i = 0; i < count; ++i) {
      const Word* const state = &t.states[i * words];
      space_.names.name(state, t.numbers);
      space_.executor.fire_general(phase, state, t.after.data(), [&](const Firing& f) {
        Name name = 0;
        if (space_.names.rename(f.after, f.changed, t.numbers, name)) add(i, f.step, name);
      });
    }
  }
  std::stable_sort(moves.begin(), moves.end(),
                   [](const Move& a, const Move& b) { return a.of < b.of; });
}

bool StateGraph::find(const std::function<bool()>& give_up) {
  constexpr std::uint64_t kAtOnce = 64;
  const std::uint64_t states = space_.log.size();
  places_.find();
  at_place_.resize(places_.count());
  for (std::uint64_t i = 0; i < states; ++i) at_place_[places_[i]] = static_cast<Edges::State>(i);
  open_.assign(states * stride_, 0);
  std::vector<std::vector<Move>> chunks(kAtOnce);
  std::vector<Edges::State> to;
  std::vector<Edges::Label> duties;
  for (std::uint64_t begin = 0; begin < chunks_of(states); begin += kAtOnce) {
    if (give_up()) return false;
    const std::uint64_t n = std::min(kAtOnce, chunks_of(states) - begin);
    space_.pool.run(n, [&](std::size_t c, int thread) {
      const std::uint64_t first = (begin + c) * kChunk;
      expand(first, std::min(kChunk, states - first), threads_[static_cast<std::size_t>(thread)],
             chunks[c]);
    });
    for (std::uint64_t c = 0; c < n; ++c) {
      const std::uint64_t count = std::min(kChunk, states - (begin + c) * kChunk);
      auto m = chunks[c].begin();
      for (std::uint32_t s = 0; s < count; ++s) {
        to.clear();
        duties.clear();
        for (; m != chunks[c].end() && m->of == s; ++m) {
          to.push_back(m->to);
          duties.push_back(m->duty);
        }
        edges_.add(to, duties);
      }
    }
  }
  return true;
}

}  // namespace stalemate::engine
