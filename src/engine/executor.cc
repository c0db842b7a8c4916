#include "engine/executor.h"

#include <algorithm>
#include <bit>
#include <map>
#include <utility>

namespace stalemate::engine {

namespace {

// What a cube wants of one bit: 0, 1, or 2 when it does not care.
int wanted(const Cube& c, std::uint32_t word, std::uint32_t shift) {
  for (const Literal& l : c.when) {
    if (l.word == word && (l.mask >> shift & 1) != 0) return static_cast<int>(l.value >> shift & 1);
  }
  return 2;
}

// Per word: all bits of the cells that a cube reads.
std::vector<Word> cells_read(const Cube& c, std::size_t words) {
  constexpr Word kLow = 0xffffffff;
  std::vector<Word> cells(words);
  for (const Literal& l : c.when) {
    if ((l.mask & kLow) != 0) cells[l.word] |= kLow;
    if ((l.mask & ~kLow) != 0) cells[l.word] |= ~kLow;
  }
  return cells;
}

}  // namespace

Executor::Executor(const ir::Program& p, const Layout& layout)
    : p_(p),
      layout_(layout),
      words_(static_cast<std::size_t>(layout.words)),
      steps_(compile_steps(p, layout)),
      general_(p, layout) {
  add_phase(p, Phase::kEnvironment);
  add_phase(p, Phase::kProgram);
}

bool Executor::any(Phase phase) const {
  const Group& g = groups_[static_cast<std::size_t>(phase)];
  return !g.dispatches.empty() || !g.general.empty();
}

// Does it fire only where its process is at the location the step is from?  A guard puts it there,
// but may be a model error before it comes to that.
bool Executor::is_at_its_location(const ir::Program& p, const ir::Step& step, const Cube& c) const {
  if (step.process < 0 || step.from < 0) return false;
  const ir::Process& process = p.processes[static_cast<std::size_t>(step.process)];
  const int slot = p.variables[static_cast<std::size_t>(process.control)].first;
  const Field& f = layout_.fields[static_cast<std::size_t>(slot)];
  for (int at = 0; at < static_cast<int>(process.locations.size()); ++at) {
    const Word value = static_cast<Word>(at - f.lo);
    if (at == step.from || at < f.lo || value >> f.bits != 0) continue;
    const bool fires = std::none_of(c.when.begin(), c.when.end(), [&](const Literal& l) {
      return l.word == f.word && ((l.value ^ value << f.shift) & l.mask & f.mask()) != 0;
    });
    if (fires) return false;
  }
  return true;
}

void Executor::add_phase(const ir::Program& p, Phase phase) {
  Group& group = groups_[static_cast<std::size_t>(phase)];
  std::map<std::vector<Word>, std::vector<const Cube*>> always;       // by what they read
  std::map<int, std::map<int, std::vector<const Cube*>>> by_process;  // and location
  for (const Cube& c : steps_.cubes) {
    const ir::Step& step = p.steps[static_cast<std::size_t>(c.step)];
    if (phase_of(step.kind) != phase) continue;
    if (is_at_its_location(p, step, c)) {
      by_process[step.process][step.from].push_back(&c);
    } else {
      always[cells_read(c, words_)].push_back(&c);
    }
  }
  for (std::uint32_t i = 0; i < steps_.general.size(); ++i) {
    const auto step = static_cast<std::size_t>(steps_.general[i].step);
    if (phase_of(p.steps[step].kind) == phase) group.general.push_back(i);
  }
  for (const auto& [cells, cubes] : always) {
    group.dispatches.push_back({0, 0, 0, {add_list(cubes)}});
  }
  for (const auto& [process, lists] : by_process) {
    const int control = p.processes[static_cast<std::size_t>(process)].control;
    const int slot = p.variables[static_cast<std::size_t>(control)].first;
    const Field& f = layout_.fields[static_cast<std::size_t>(slot)];
    const Word values = Word{1} << f.bits;
    Dispatch dispatch{f.word, f.shift, values - 1, {}};
    for (Word at = 0; at < values; ++at) {
      const auto list = lists.find(f.lo + static_cast<int>(at));
      dispatch.lists.push_back(list == lists.end() ? Dispatch::kNone : add_list(list->second));
    }
    group.dispatches.push_back(std::move(dispatch));
  }
}

std::uint32_t Executor::add_list(const std::vector<const Cube*>& cubes) {
  List list;
  list.reads.resize(words_);
  for (const Cube* c : cubes) {
    for (const Literal& l : c->when) list.reads[l.word] |= l.mask;
  }
  list.begin = static_cast<std::uint32_t>(flat_.size());
  list.tree = add_tree(cubes);
  list.end = static_cast<std::uint32_t>(flat_.size());
  lists_.push_back(std::move(list));
  return static_cast<std::uint32_t>(lists_.size() - 1);
}

// Splits at the bit that leaves the fewest cubes on its larger side, as long as that is fewer by a
// third: cubes that do not care are on both.
Executor::Tree Executor::add_tree(const std::vector<const Cube*>& cubes) {
  constexpr std::size_t kFew = 4;
  if (cubes.size() <= kFew) return add_leaf(cubes);
  std::vector<Word> cared(words_);
  for (const Cube* c : cubes) {
    for (const Literal& l : c->when) cared[l.word] |= l.mask;
  }
  std::size_t best = cubes.size();
  Node node{};
  for (std::size_t w = 0; w < words_; ++w) {
    for (Word left = cared[w]; left != 0; left &= left - 1) {
      const auto word = static_cast<std::uint32_t>(w);
      const auto shift = static_cast<std::uint32_t>(std::countr_zero(left));
      std::size_t sides[2] = {0, 0};
      for (const Cube* c : cubes) {
        const int want = wanted(*c, word, shift);
        if (want != 1) ++sides[0];
        if (want != 0) ++sides[1];
      }
      const std::size_t larger = std::max(sides[0], sides[1]);
      if (larger >= best) continue;
      best = larger;
      node = {word, shift, {0, 0}};
    }
  }
  if (best * 3 > cubes.size() * 2) return add_leaf(cubes);
  for (const int side : {0, 1}) {
    std::vector<const Cube*> part;
    for (const Cube* c : cubes) {
      if (wanted(*c, node.word, node.shift) != 1 - side) part.push_back(c);
    }
    node.next[side] = add_tree(part);
  }
  nodes_.push_back(node);
  return static_cast<Tree>(nodes_.size() - 1);
}

Executor::Tree Executor::add_leaf(const std::vector<const Cube*>& cubes) {
  if (cubes.empty()) return kNothing;
  Leaf leaf{static_cast<std::uint32_t>(flat_.size()), 0};
  for (const Cube* c : cubes) {
    std::vector<Literal> literals = c->when;
    std::stable_sort(literals.begin(), literals.end(), [](const Literal& a, const Literal& b) {
      return std::popcount(a.mask) > std::popcount(b.mask);
    });
    if (literals.empty()) literals.push_back({0, 0, 0});
    const Flat f{literals[0].mask,
                 literals[0].value,
                 literals[0].word,
                 static_cast<std::uint32_t>(literals_.size()),
                 static_cast<std::uint32_t>(writes_.size()),
                 static_cast<std::uint16_t>(literals.size() - 1),
                 static_cast<std::uint16_t>(c->then.size()),
                 c->step,
                 c->choice,
                 c->outcome};
    literals_.insert(literals_.end(), literals.begin() + 1, literals.end());
    writes_.insert(writes_.end(), c->then.begin(), c->then.end());
    flat_.push_back(f);
    origin_.push_back(static_cast<std::uint32_t>(c - steps_.cubes.data()));
  }
  leaf.end = static_cast<std::uint32_t>(flat_.size());
  leaves_.push_back(leaf);
  return ~static_cast<Tree>(leaves_.size() - 1);
}

Executor::Test Executor::test(const ir::ExprRef& e) const {
  return {compile_violation(p_, layout_, e), e};
}

Executor::Verdict Executor::judge(const Test& t, const Word* state) const {
  bool suspect = t.condition.general;
  for (const std::vector<Literal>& cube : t.condition.when) {
    if (suspect) break;
    suspect = std::all_of(cube.begin(), cube.end(),
                          [&](const Literal& l) { return (state[l.word] & l.mask) == l.value; });
  }
  if (!suspect) return Verdict::kHolds;
  switch (general_.holds(t.expression, state)) {
    case General::Truth::kTrue:
      return Verdict::kHolds;
    case General::Truth::kFalse:
      return Verdict::kViolated;
    case General::Truth::kError:
      break;
  }
  return Verdict::kError;
}

}  // namespace stalemate::engine
