#include "engine/stubborn.h"

#include <algorithm>
#include <bit>

#include "engine/preemption.h"
#include "engine/sticky.h"

namespace stalemate::engine {

Stubborn::Stubborn(const ir::Program& p, const Layout& layout, const Executor& executor,
                   const std::vector<ir::ExprRef>& conditions, bool stuck,
                   const std::vector<int>& alike)
    : executor_(executor),
      stuck_(stuck),
      dependence_(p, layout, executor.steps()),
      visible_(dependence_.none()),
      all_(dependence_.none()) {
  std::vector<int> slots;
  for (const ir::ExprRef& e : conditions) add_reads(p, *e, {}, slots);
  std::vector<std::uint8_t> sticky = sticky_steps(p, layout, dependence_.ways());
  const auto& units = dependence_.units();
  for (const int slot : slots) {
    const Field& f = layout.fields[static_cast<std::size_t>(slot)];
    for (std::uint32_t i = 0; i < f.bits; ++i) {
      for (const bool value : {false, true}) {
        visible_.add(dependence_.writers({f.word, f.shift + i}, value));
      }
    }
  }
  std::vector<std::uint8_t> any_sticky(p.steps.size()), any_visible(p.steps.size());
  const auto class_of = [&](std::size_t step) {
    return alike.empty() ? step : static_cast<std::size_t>(alike[step]);
  };
  for (std::size_t i = 0; i < sticky.size(); ++i) any_sticky[class_of(i)] |= sticky[i];
  for (std::size_t i = 0; i < sticky.size(); ++i) sticky[i] = any_sticky[class_of(i)];
  for (std::size_t u = 0; u < units.size(); ++u) {
    if (visible_.has(u)) any_visible[class_of(static_cast<std::size_t>(units[u].step))] = 1;
  }
  for (std::size_t u = 0; u < units.size(); ++u) {
    const ir::Step& step = p.steps[static_cast<std::size_t>(units[u].step)];
    const std::size_t cls = class_of(static_cast<std::size_t>(units[u].step));
    if (!alike.empty() && any_visible[cls] != 0) visible_.add(u);
    all_.add(u);
    sticky_.push_back(sticky[static_cast<std::size_t>(units[u].step)]);
    counted_.push_back(step.kind != ir::StepKind::kSpeculative && !step.relies_on_copy ? 1 : 0);
    is_visible_.push_back(visible_.has(u) ? 1 : 0);
    const bool evaluated = units[u].ways.front() >= executor.steps().cubes.size();
    wakes_.push_back(evaluated ? dependence_.writers_for(u) : Units());
  }
  spared_ = spared(p, layout, dependence_, visible_);
  for (std::uint32_t w = 0; w < spared_.size(); ++w) dependence_.spare(w, spared_[w]);
}

// False: `best` of the units in the set fire now, or a sticky one does, so it is of no use.
bool Stubborn::add(const Units& units, int best, Scratch& s) const {
  for (std::size_t w = 0; w < units.words(); ++w) {
    std::uint64_t fresh = units.word(w) & ~s.set.word(w);
    if (fresh == 0) continue;
    if ((fresh & s.sticky.word(w)) != 0) return false;
    if (const std::uint64_t fires = fresh & s.firing.word(w); fires != 0) {
      s.weight += std::popcount(fires);
      if (s.weight >= best) return false;
    }
    s.set.add_word(w, fresh);
    for (; fresh != 0; fresh &= fresh - 1) {
      s.todo.push_back(
          static_cast<std::uint32_t>(w * 64 + static_cast<unsigned>(std::countr_zero(fresh))));
    }
  }
  return true;
}

// The units of which one has to fire before this guard can hold, by the bit that fails and adds
// least to `in`; `found` is false when the guard holds.
const Units& Stubborn::enabling(const Word* state, const std::vector<Literal>& guard,
                                const Units& in, bool& found) const {
  const Units* best = &all_;
  int least = 0;
  found = false;
  for (const Literal& l : guard) {
    for (Word fails = (state[l.word] ^ l.value) & l.mask; fails != 0; fails &= fails - 1) {
      const Dependence::Bit bit{l.word, static_cast<std::uint32_t>(std::countr_zero(fails))};
      const int process = dependence_.process_at(bit);
      const Units& units = process >= 0
                               ? dependence_.at(process, dependence_.location(process, state))
                               : dependence_.writers(bit, (l.value >> bit.shift & 1) != 0);
      const int more = units.count_outside(in);
      if (found && more >= least) continue;
      found = true;
      best = &units;
      least = more;
      if (more == 0) return *best;
    }
  }
  return *best;
}

bool Stubborn::add_enabling(const Word* state, std::size_t unit, int best, Scratch& s) const {
  const Dependence::Unit& u = dependence_.units()[unit];
  if (u.process >= 0 && u.from >= 0 && dependence_.moves_itself(u.process)) {
    const int at = dependence_.location(u.process, state);
    if (at != u.from) return add(dependence_.at(u.process, at), best, s);
  }
  bool found = false;
  const Units& units = enabling(state, u.common, s.set, found);
  if (found) return add(units, best, s);
  if (wakes_[unit].words() > 0) return add(wakes_[unit], best, s);
  return std::all_of(u.ways.begin(), u.ways.end(), [&](std::uint32_t w) {
    return add(enabling(state, dependence_.ways()[w].when, s.set, found), best, s);
  });
}

// The least set with this unit, if fewer than `best` of its units fire.
bool Stubborn::close(const Word* state, std::uint32_t seed, int best, Scratch& s) const {
  s.set.clear();
  s.todo.clear();
  s.set.add(seed);
  s.todo.push_back(seed);
  s.weight = 1;
  while (!s.todo.empty()) {
    const std::uint32_t u = s.todo.back();
    s.todo.pop_back();
    const std::int32_t way = s.way[u];
    if (way < 0) {
      if (!add_enabling(state, u, best, s)) return false;
      continue;
    }
    if (is_visible_[u] != 0 && !add(visible_, best, s)) return false;
    if (!add(dependence_.discord(static_cast<std::uint32_t>(way)), best, s)) return false;
  }
  return true;
}

void Stubborn::choose(const Word* state, const std::vector<std::uint32_t>& ways, Scratch& s,
                      std::vector<std::uint8_t>& taken) const {
  taken.assign(ways.size(), 1);
  if (ways.size() < 2) return;
  if (s.way.size() != dependence_.units().size()) {
    s.way.assign(dependence_.units().size(), -1);
    s.set = s.best = s.firing = s.sticky = dependence_.none();
  }
  s.fires.clear();
  s.firing.clear();
  s.sticky.clear();
  for (const std::uint32_t way : ways) {
    const auto unit = static_cast<std::uint32_t>(dependence_.unit_of(way));
    s.way[unit] = static_cast<std::int32_t>(way);
    s.fires.push_back(unit);
    s.firing.add(unit);
    if (sticky_[unit] != 0) s.sticky.add(unit);
  }
  const int all = static_cast<int>(ways.size());
  int best = all;
  for (const std::uint32_t seed : s.fires) {
    if (sticky_[seed] != 0 || (stuck_ && counted_[seed] == 0)) continue;
    if (!close(state, seed, best, s)) continue;
    best = s.weight;
    std::swap(s.set, s.best);
    if (best == 1) break;
  }
  for (std::size_t i = 0; i < ways.size(); ++i) {
    if (best != all && !s.best.has(s.fires[i])) taken[i] = 0;
    s.way[s.fires[i]] = -1;
  }
}

bool Stubborn::fire(std::uint32_t way, const Word* state, Word* after) const {
  const std::vector<Cube>& cubes = executor_.steps().cubes;
  if (way >= cubes.size()) {
    bool fired = false;
    executor_.fire_general(way - cubes.size(), state, after, [&](const Firing&) { fired = true; });
    return fired;
  }
  std::copy_n(state, executor_.words(), after);
  for (const Literal& l : cubes[way].when) {
    if ((state[l.word] & l.mask) != l.value) return false;
  }
  for (const Write& w : cubes[way].then) after[w.word] = (after[w.word] & ~w.clear) | w.set;
  return true;
}

bool Stubborn::check(const Word* state, const std::vector<std::uint32_t>& ways) const {
  const std::size_t words = executor_.words();
  std::vector<Word> a_first(words), b_first(words), a_then_b(words), b_then_a(words);
  for (const std::uint32_t a : ways) {
    for (const std::uint32_t b : ways) {
      const std::size_t unit = dependence_.unit_of(b);
      if (dependence_.unit_of(a) == unit || dependence_.discord(a).has(unit)) continue;
      fire(a, state, a_first.data());
      fire(b, state, b_first.data());
      if (!fire(b, a_first.data(), a_then_b.data())) return false;
      // As if the handler that b enters were not active.
      Word active = 0;
      std::uint32_t word = 0;
      if (spared_[a].has(unit)) {
        const Field& f = dependence_.control(dependence_.units()[unit].process);
        word = f.word;
        active = (b_first[word] ^ state[word]) & f.mask();
      }
      b_first[word] ^= active;
      if (!fire(a, b_first.data(), b_then_a.data())) return false;
      b_then_a[word] ^= active;
      if (a_then_b != b_then_a) return false;
    }
  }
  return true;
}

}  // namespace stalemate::engine
