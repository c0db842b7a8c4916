#include "engine/stubborn.h"

#include <algorithm>
#include <bit>

#include "engine/sticky.h"

namespace stalemate::engine {

namespace {

void add_reads(const ir::Program& p, const ir::Expr& e, std::vector<int>& slots) {
  if (e.op == ir::Op::kRead) ir::add_slots(p, e.variable, e.args, {}, slots);
  for (const ir::ExprRef& a : e.args) add_reads(p, *a, slots);
}

}  // namespace

Stubborn::Stubborn(const ir::Program& p, const Layout& layout, const Executor& executor,
                   const std::vector<ir::ExprRef>& conditions, const std::vector<int>& alike)
    : executor_(executor),
      dependence_(p, layout, executor.steps()),
      visible_(dependence_.none()),
      all_(dependence_.none()) {
  if (!executor.steps().general.empty()) {
    const int step = executor.steps().general.front().step;
    refused_ = "the step " + p.steps[static_cast<std::size_t>(step)].name +
               " reads too much for its dependences to be known";
  }
  std::vector<int> slots;
  for (const ir::ExprRef& e : conditions) add_reads(p, *e, slots);
  std::vector<std::uint8_t> sticky = sticky_steps(p, layout, executor.steps());
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
  }
}

void Stubborn::add(const Units& units, Scratch& s) const {
  for (std::size_t w = 0; w < units.words(); ++w) {
    std::uint64_t fresh = units.word(w) & ~s.set.word(w);
    if (fresh == 0) continue;
    s.set.add_word(w, fresh);
    for (; fresh != 0; fresh &= fresh - 1) {
      s.todo.push_back(
          static_cast<std::uint32_t>(w * 64 + static_cast<unsigned>(std::countr_zero(fresh))));
    }
  }
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

void Stubborn::add_enabling(const Word* state, std::size_t unit, Scratch& s) const {
  const Dependence::Unit& u = dependence_.units()[unit];
  if (u.process >= 0 && u.from >= 0 && dependence_.moves_itself(u.process)) {
    const int at = dependence_.location(u.process, state);
    if (at != u.from) {
      add(dependence_.at(u.process, at), s);
      return;
    }
  }
  bool found = false;
  const Units& units = enabling(state, u.common, s.set, found);
  if (found) {
    add(units, s);
    return;
  }
  for (const std::uint32_t c : u.cubes) {
    add(enabling(state, executor_.steps().cubes[c].when, s.set, found), s);
  }
}

// The least set with this unit, if not more than `best` of its units fire.
bool Stubborn::close(const Word* state, std::uint32_t seed, int best, Scratch& s,
                     int& weight) const {
  s.set.clear();
  s.todo.clear();
  s.set.add(seed);
  s.todo.push_back(seed);
  weight = 0;
  while (!s.todo.empty()) {
    const std::uint32_t u = s.todo.back();
    s.todo.pop_back();
    const std::int32_t cube = s.cube[u];
    if (cube < 0) {
      add_enabling(state, u, s);
      continue;
    }
    if (++weight >= best || sticky_[u] != 0) return false;
    if (is_visible_[u] != 0) add(visible_, s);
    add(dependence_.discord(static_cast<std::uint32_t>(cube)), s);
  }
  return true;
}

void Stubborn::choose(const Word* state, const std::vector<std::uint32_t>& cubes, Scratch& s,
                      std::vector<std::uint8_t>& taken) const {
  taken.assign(cubes.size(), 1);
  if (cubes.size() < 2 || !refused_.empty()) return;
  if (s.cube.size() != dependence_.units().size()) {
    s.cube.assign(dependence_.units().size(), -1);
    s.set = s.best = dependence_.none();
  }
  s.fires.clear();
  bool any_counted = false;
  for (const std::uint32_t c : cubes) {
    const std::uint32_t cube = executor_.cube(c);
    const auto unit = static_cast<std::uint32_t>(dependence_.unit_of(cube));
    s.cube[unit] = static_cast<std::int32_t>(cube);
    s.fires.push_back(unit);
    any_counted = any_counted || counted_[unit] != 0;
  }
  int best = static_cast<int>(cubes.size());
  for (const std::uint32_t seed : s.fires) {
    int weight = 0;
    if (sticky_[seed] != 0 || (any_counted && counted_[seed] == 0)) continue;
    if (!close(state, seed, best, s, weight)) continue;
    best = weight;
    std::swap(s.set, s.best);
    if (best == 1) break;
  }
  const bool all = best == static_cast<int>(cubes.size());
  for (std::size_t i = 0; i < cubes.size(); ++i) {
    if (!all && !s.best.has(s.fires[i])) taken[i] = 0;
    s.cube[s.fires[i]] = -1;
  }
}

bool Stubborn::check(const Word* state, const std::vector<std::uint32_t>& cubes) const {
  const std::size_t words = executor_.words();
  std::vector<Word> first(words), second(words), other(words);
  for (const std::uint32_t a : cubes) {
    const std::uint32_t cube = executor_.cube(a);
    for (const std::uint32_t b : cubes) {
      const std::size_t unit = dependence_.unit_of(executor_.cube(b));
      if (a == b || dependence_.discord(cube).has(unit) || dependence_.unit_of(cube) == unit)
        continue;
      executor_.apply(a, state, first.data());
      executor_.apply(b, state, other.data());
      if (!executor_.fires(b, first.data()) || !executor_.fires(a, other.data())) return false;
      executor_.apply(b, first.data(), second.data());
      executor_.apply(a, other.data(), first.data());
      if (first != second) return false;
    }
  }
  return true;
}

}  // namespace stalemate::engine
