#include "engine/runs.h"

#include <absl/container/flat_hash_set.h>
#include <absl/numeric/int128.h>

#include <algorithm>
#include <cstring>
#include <map>
#include <utility>

namespace stalemate::engine {

namespace {

using Set = absl::flat_hash_set<absl::uint128>;
constexpr Phase kPhases[] = {Phase::kEnvironment, Phase::kProgram};

class Walk {
 public:
  Walk(Space& space, const Distance& length, const End& end, const std::function<bool()>& give_up)
      : space_(space), length_(length), end_(end), give_up_(give_up) {}

  bool backwards() {
    for (auto level = space_.levels.rbegin(); level != space_.levels.rend(); ++level) {
      if (level->distance > length_ || level->count == 0) continue;
      const bool worth_it = leads_on(level->distance) || ends_at(level->distance);
      if (worth_it && !scan(*level)) return false;
    }
    return true;
  }

  std::vector<Event> forwards(std::vector<Word>& state) {
    std::vector<Event> run;
    state.resize(space_.words());
    space_.log.read(0, 1, state.data());
    std::vector<Word> after(space_.words());
    Orbits::Scratch orbits;
    for (Distance at; at != length_;) {
      int step = -1, choice = 0;
      const bool found = space_.executor.first(
          state.data(), after.data(),
          [&](const Firing& f) { return goes_on(at, state.data(), f, orbits); }, step, choice);
      if (!found) return {};
      run.push_back(
          {step, choice_values(space_.program.steps[static_cast<std::size_t>(step)], choice)});
      const Phase phase = phase_of(space_.program.steps[static_cast<std::size_t>(step)].kind);
      at = at.after(phase);
      if (at == length_ && end_.step) break;
      space_.executor.fire(phase, state.data(), after.data(), [&](const Firing& f) {
        if (f.step == step && f.choice == choice) next_.assign(f.after, f.after + space_.words());
      });
      state = next_;
    }
    return run;
  }

 private:
  // May a state at this distance end the run, or its next step?
  bool ends_at(const Distance& d) const {
    if (!end_.step) return d == length_;
    return std::any_of(std::begin(kPhases), std::end(kPhases),
                       [&](Phase phase) { return d.after(phase) == length_; });
  }
  bool leads_on(const Distance& d) const {
    return std::any_of(std::begin(kPhases), std::end(kPhases), [&](Phase phase) {
      const auto set = good_.find(d.after(phase));
      return set != good_.end() && !set->second.empty();
    });
  }

  bool goes_on(const Distance& d, const Word* state, const Firing& f,
               Orbits::Scratch& orbits) const {
    const Outcome* o = f.unusual;
    if (o == nullptr) o = &space_.executor.outcomes()[static_cast<std::size_t>(f.outcome)];
    const Phase phase = phase_of(space_.program.steps[static_cast<std::size_t>(f.step)].kind);
    const Distance after = d.after(phase);
    if (end_.step && after == length_) return end_.step(state, f);
    if (o->error) return false;
    const auto set = good_.find(after);
    if (set == good_.end() || set->second.empty()) return false;
    Name name = 0;
    if (space_.orbits == nullptr) {
      return space_.names.name(f.after, name) && set->second.count(name) != 0;
    }
    std::vector<Word> standing(f.after, f.after + space_.words());
    space_.orbits->representative(standing.data(), orbits);
    return space_.names.name(standing.data(), name) && set->second.count(name) != 0;
  }

  bool scan(const Level& level) {
    const auto chunks = static_cast<std::size_t>(chunks_of(level.count));
    std::vector<std::vector<absl::uint128>> good(chunks);
    constexpr std::size_t kAtOnce = 64;
    for (std::size_t begin = 0; begin < chunks; begin += kAtOnce) {
      if (give_up_()) return false;
      space_.pool.run(std::min(kAtOnce, chunks - begin),
                      [&](std::size_t i, int) { scan_chunk(level, begin + i, good[begin + i]); });
    }
    Set& set = good_[level.distance];
    for (const auto& names : good) set.insert(names.begin(), names.end());
    return true;
  }

  void scan_chunk(const Level& level, std::size_t chunk, std::vector<absl::uint128>& good) const {
    const std::size_t words = space_.words();
    const std::uint64_t n = std::min(kChunk, level.count - chunk * kChunk);
    std::vector<Word> states(n * words), after(words);
    Orbits::Scratch orbits;
    space_.log.read(level.first + chunk * kChunk, n, states.data());
    for (std::uint64_t i = 0; i < n; ++i) {
      const Word* state = &states[i * words];
      bool is_good = false;
      if (end_.state && level.distance == length_) {
        is_good = end_.state(state);
      } else {
        for (const Phase phase : kPhases) {
          space_.executor.fire(phase, state, after.data(), [&](const Firing& f) {
            is_good = is_good || goes_on(level.distance, state, f, orbits);
          });
        }
      }
      Name name = 0;
      if (is_good && space_.names.name(state, name)) good.emplace_back(name);
    }
  }

  Space& space_;
  const Distance length_;
  const End& end_;
  const std::function<bool()>& give_up_;
  std::map<Distance, Set> good_;  // states of runs that end as they should
  std::vector<Word> next_;
};

}  // namespace

std::vector<Event> least_run(Space& space, const Distance& length, const End& end,
                             const std::function<bool()>& give_up, std::vector<Word>& last) {
  Walk walk(space, length, end, give_up);
  if (!walk.backwards()) return {};
  return walk.forwards(last);
}

std::vector<Event> renamed_run(Space& space, const std::vector<Event>& run,
                               const Orbits::Points& renaming, std::vector<Word>& last) {
  std::vector<Event> out;
  std::vector<Word> state(space.words()), after(space.words()), next(space.words());
  std::vector<Word> wanted(space.words());
  space.log.read(0, 1, state.data());
  last = state;
  for (const Event& e : run) {
    const Phase phase = phase_of(space.program.steps[static_cast<std::size_t>(e.step)].kind);
    space.executor.fire(phase, state.data(), after.data(), [&](const Firing& f) {
      const ir::Step& step = space.program.steps[static_cast<std::size_t>(f.step)];
      if (f.step != e.step || choice_values(step, f.choice) != e.choices) return;
      next.assign(f.after, f.after + space.words());
    });
    state = next;
    space.orbits->rename(state.data(), renaming, wanted.data());
    int step = -1, choice = 0;
    const bool found = space.executor.first(
        last.data(), after.data(),
        [&](const Firing& f) {
          return same(f.after, wanted.data(), space.words()) &&
                 phase_of(space.program.steps[static_cast<std::size_t>(f.step)].kind) == phase;
        },
        step, choice);
    if (!found) return {};
    out.push_back(
        {step, choice_values(space.program.steps[static_cast<std::size_t>(step)], choice)});
    last = wanted;
  }
  return out;
}

std::vector<ir::Value> choice_values(const ir::Step& step, int choice) {
  std::vector<ir::Value> values(step.choices.size());
  // The last choice turns fastest.
  for (std::size_t i = values.size(); i-- > 0;) {
    const ir::Domain& d = step.choices[i].domain;
    values[i] = static_cast<ir::Value>(d.lo + choice % d.size());
    choice /= d.size();
  }
  return values;
}

}  // namespace stalemate::engine
