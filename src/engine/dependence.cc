#include "engine/dependence.h"

#include <algorithm>
#include <bit>

namespace stalemate::engine {

namespace {

// Of a state in which `guard` holds: does a write keep it from holding?
bool disables(const std::vector<Write>& writes, const std::vector<Literal>& guard) {
  for (const Write& w : writes) {
    for (const Literal& l : guard) {
      if (w.word == l.word && ((w.set ^ l.value) & w.clear & l.mask) != 0) return true;
    }
  }
  return false;
}

bool co_enabled(const Cube& a, const Cube& b) {
  for (const Literal& x : a.when) {
    for (const Literal& y : b.when) {
      if (x.word == y.word && ((x.value ^ y.value) & x.mask & y.mask) != 0) return false;
    }
  }
  return true;
}

bool write_apart(const Cube& a, const Cube& b) {
  for (const Write& x : a.then) {
    for (const Write& y : b.then) {
      if (x.word == y.word && ((x.set ^ y.set) & x.clear & y.clear) != 0) return true;
    }
  }
  return false;
}

// Per word: what is read or written by a unit's cubes.
struct Touched {
  std::vector<Word> read, written;
};

template <typename Visit>
void for_each_bit(Word bits, const Visit& visit) {
  for (; bits != 0; bits &= bits - 1) visit(static_cast<std::uint32_t>(std::countr_zero(bits)));
}

}  // namespace

int Units::count_outside(const Units& other) const {
  int n = 0;
  for (std::size_t i = 0; i < words_.size(); ++i) n += std::popcount(words_[i] & ~other.words_[i]);
  return n;
}

bool accord(const Cube& a, const Cube& b) {
  if (!co_enabled(a, b)) return true;
  return !disables(a.then, b.when) && !disables(b.then, a.when) && !write_apart(a, b);
}

Dependence::Dependence(const ir::Program& p, const Layout& layout, const Steps& steps) {
  std::map<std::pair<int, int>, std::size_t> number;
  unit_of_.resize(steps.cubes.size());
  for (std::uint32_t c = 0; c < steps.cubes.size(); ++c) {
    const Cube& cube = steps.cubes[c];
    const auto [at, fresh] = number.try_emplace({cube.step, cube.choice}, units_.size());
    if (fresh) {
      const ir::Step& step = p.steps[static_cast<std::size_t>(cube.step)];
      units_.push_back({cube.step, cube.choice, {}, step.process, step.from, cube.when});
    }
    Unit& u = units_[at->second];
    u.cubes.push_back(c);
    unit_of_[c] = static_cast<std::uint32_t>(at->second);
    for (Literal& l : u.common) {
      Word same = 0;
      for (const Literal& k : cube.when) {
        if (k.word == l.word) same = l.mask & k.mask & ~(l.value ^ k.value);
      }
      l.mask &= same;
      l.value &= same;
    }
  }
  empty_ = none();
  bits_.assign(static_cast<std::size_t>(layout.words) * 64, {none(), none(), -1});
  for (std::size_t u = 0; u < units_.size(); ++u) {
    for (const std::uint32_t c : units_[u].cubes) {
      for (const Write& w : steps.cubes[c].then) {
        for_each_bit(w.clear, [&](std::uint32_t shift) {
          OfBit& bit = of({w.word, shift});
          ((w.set >> shift & 1) != 0 ? bit.one : bit.zero).add(u);
        });
      }
    }
    if (units_[u].process >= 0 && units_[u].from >= 0) {
      at_.try_emplace({units_[u].process, units_[u].from}, none()).first->second.add(u);
    }
  }
  for (std::size_t i = 0; i < p.processes.size(); ++i) {
    const int slot = p.variables[static_cast<std::size_t>(p.processes[i].control)].first;
    Control control{layout.fields[static_cast<std::size_t>(slot)], true};
    for_each_bit(control.field.mask(), [&](std::uint32_t shift) {
      for (const bool value : {false, true}) {
        const Units& w = writers({control.field.word, shift}, value);
        for (std::size_t u = 0; u < units_.size(); ++u) {
          if (w.has(u) && units_[u].process != static_cast<int>(i)) control.own = false;
        }
      }
    });
    // A unit of the process that is not at a location would be found nowhere.
    for (const Unit& u : units_) {
      if (u.process == static_cast<int>(i) && u.from < 0) control.own = false;
    }
    for_each_bit(control.field.mask(), [&](std::uint32_t shift) {
      if (control.own) of({control.field.word, shift}).process = static_cast<int>(i);
    });
    control_.push_back(control);
  }
  find_discord(steps);
}

void Dependence::find_discord(const Steps& steps) {
  std::vector<Touched> touched;
  std::size_t words = 0;
  for (const Cube& c : steps.cubes) {
    for (const Literal& l : c.when) words = std::max<std::size_t>(words, l.word + 1);
    for (const Write& w : c.then) words = std::max<std::size_t>(words, w.word + 1);
  }
  for (const Unit& u : units_) {
    Touched t{std::vector<Word>(words), std::vector<Word>(words)};
    for (const std::uint32_t c : u.cubes) {
      for (const Literal& l : steps.cubes[c].when) t.read[l.word] |= l.mask;
      for (const Write& w : steps.cubes[c].then) t.written[w.word] |= w.clear;
    }
    touched.push_back(std::move(t));
  }
  const auto may_differ = [&](const Touched& a, const Touched& b) {
    for (std::size_t w = 0; w < words; ++w) {
      if ((a.written[w] & (b.read[w] | b.written[w])) != 0 || (b.written[w] & a.read[w]) != 0) {
        return true;
      }
    }
    return false;
  };
  discord_.assign(steps.cubes.size(), none());
  for (std::size_t u = 0; u < units_.size(); ++u) {
    for (std::size_t v = u + 1; v < units_.size(); ++v) {
      if (!may_differ(touched[u], touched[v])) continue;
      // Many pairs take long to compare, and gain little.
      constexpr std::size_t kMany = 4096;
      const bool all = units_[u].cubes.size() * units_[v].cubes.size() > kMany;
      for (const std::uint32_t a : units_[u].cubes) {
        for (const std::uint32_t b : units_[v].cubes) {
          if (!all && accord(steps.cubes[a], steps.cubes[b])) continue;
          discord_[a].add(v);
          discord_[b].add(u);
        }
      }
    }
  }
}

const Units& Dependence::at(int process, int location) const {
  const auto at = at_.find({process, location});
  return at == at_.end() ? empty_ : at->second;
}

}  // namespace stalemate::engine
