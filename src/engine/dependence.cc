#include "engine/dependence.h"

#include <algorithm>
#include <bit>
#include <map>
#include <optional>
#include <utility>

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

bool co_enabled(const Way& a, const Way& b) {
  for (const Literal& x : a.when) {
    for (const Literal& y : b.when) {
      if (x.word == y.word && ((x.value ^ y.value) & x.mask & y.mask) != 0) return false;
    }
  }
  return true;
}

bool write_apart(const Way& a, const Way& b) {
  for (const Write& x : a.then) {
    for (const Write& y : b.then) {
      if (x.word == y.word && ((x.set ^ y.set) & x.clear & y.clear) != 0) return true;
    }
  }
  return false;
}

// Does one write what the other reads or writes?
bool meet(const Touched& a, const Touched& b) {
  for (std::size_t w = 0; w < a.read.size(); ++w) {
    if ((a.written[w] & (b.read[w] | b.written[w])) != 0 || (b.written[w] & a.read[w]) != 0) {
      return true;
    }
  }
  return false;
}

template <typename Visit>
void for_each_bit(Word bits, const Visit& visit) {
  for (; bits != 0; bits &= bits - 1) visit(static_cast<std::uint32_t>(std::countr_zero(bits)));
}

// The one value that a step that is evaluated gives to the control of its process, if its body says
// so outright.
std::optional<int> target(const ir::Program& p, const ir::Step& step) {
  if (step.process < 0) return std::nullopt;
  const int control = p.processes[static_cast<std::size_t>(step.process)].control;
  std::optional<int> to;
  for (const ir::Stmt& s : step.body) {
    if (s.kind == ir::Stmt::Kind::kIf || s.kind == ir::Stmt::Kind::kFail) return std::nullopt;
    for (std::size_t i = 0; i < s.places.size(); ++i) {
      if (s.places[i].variable != control) continue;
      if (!ir::is_const(s.values[i])) return std::nullopt;
      to = s.values[i]->value;
    }
  }
  return to;
}

// What messages of assertions read, which footprints leave out: one that has no value is a model
// error.
void add_messages(const ir::Program& p, const ir::Block& block,
                  const std::vector<ir::Choice>& choices, std::vector<int>& slots) {
  for (const ir::Stmt& s : block) {
    for (const ir::Text::Piece& piece : s.text.pieces) {
      if (piece.value) add_reads(p, *piece.value, choices, slots);
    }
    add_messages(p, s.then_block, choices, slots);
    add_messages(p, s.else_block, choices, slots);
  }
}

Way way_of(const ir::Program& p, const Layout& layout, const GeneralStep& g) {
  const auto words = static_cast<std::size_t>(layout.words);
  const ir::Step& step = p.steps[static_cast<std::size_t>(g.step)];
  Way way{g.step, g.choice, g.when, {}, std::vector<Word>(words), {}};
  way.touched = {std::vector<Word>(words), std::vector<Word>(words)};
  const auto field = [&](int slot) { return layout.fields[static_cast<std::size_t>(slot)]; };
  std::vector<int> reads = step.footprint.reads;
  add_messages(p, step.body, step.choices, reads);
  for (const int slot : reads) {
    way.touched.read[field(slot).word] |= field(slot).mask();
  }
  for (const int slot : step.footprint.writes) {
    way.touched.written[field(slot).word] |= field(slot).mask();
  }
  for (const Literal& l : g.when) way.touched.read[l.word] |= l.mask;
  way.wild = way.touched.written;
  if (const std::optional<int> to = target(p, step)) {
    const int control = p.processes[static_cast<std::size_t>(step.process)].control;
    const Field f = field(p.variables[static_cast<std::size_t>(control)].first);
    way.then.push_back({f.word, f.mask(), static_cast<Word>(*to - f.lo) << f.shift & f.mask()});
    way.wild[f.word] &= ~f.mask();
  }
  return way;
}

}  // namespace

void add_reads(const ir::Program& p, const ir::Expr& e, const std::vector<ir::Choice>& choices,
               std::vector<int>& slots) {
  if (e.op == ir::Op::kRead) ir::add_slots(p, e.variable, e.args, choices, slots);
  for (const ir::ExprRef& a : e.args) add_reads(p, *a, choices, slots);
}

int Units::count_outside(const Units& other) const {
  int n = 0;
  for (std::size_t i = 0; i < words_.size(); ++i) {
    const std::uint64_t outside = words_[i] & ~other.words_[i];
    if (outside != 0) n += std::popcount(outside);
  }
  return n;
}

std::vector<Way> ways_of(const ir::Program& p, const Layout& layout, const Steps& steps) {
  const auto words = static_cast<std::size_t>(layout.words);
  std::vector<Way> ways;
  for (const Cube& c : steps.cubes) {
    Way way{c.step, c.choice, c.when, c.then, {}, {}};
    way.touched = {std::vector<Word>(words), std::vector<Word>(words)};
    for (const Literal& l : c.when) way.touched.read[l.word] |= l.mask;
    for (const Write& w : c.then) way.touched.written[w.word] |= w.clear;
    ways.push_back(std::move(way));
  }
  for (const GeneralStep& g : steps.general) ways.push_back(way_of(p, layout, g));
  return ways;
}

bool accord(const Way& a, const Way& b) {
  if (!co_enabled(a, b)) return true;
  if (!a.wild.empty() || !b.wild.empty()) return !meet(a.touched, b.touched);
  return !disables(a.then, b.when) && !disables(b.then, a.when) && !write_apart(a, b);
}

Dependence::Dependence(const ir::Program& p, const Layout& layout, const Steps& steps)
    : ways_(ways_of(p, layout, steps)) {
  find_units(p);
  find_writers(static_cast<std::size_t>(layout.words));
  find_controls(p, layout);
  find_discord();
}

void Dependence::find_units(const ir::Program& p) {
  std::map<std::pair<int, int>, std::size_t> number;
  unit_of_.resize(ways_.size());
  for (std::uint32_t w = 0; w < ways_.size(); ++w) {
    const Way& way = ways_[w];
    const auto [at, fresh] = number.try_emplace({way.step, way.choice}, units_.size());
    if (fresh) {
      const ir::Step& step = p.steps[static_cast<std::size_t>(way.step)];
      units_.push_back({way.step, way.choice, {}, step.process, step.from, way.when});
    }
    Unit& u = units_[at->second];
    u.ways.push_back(w);
    unit_of_[w] = static_cast<std::uint32_t>(at->second);
    for (Literal& l : u.common) {
      Word same = 0;
      for (const Literal& k : way.when) {
        if (k.word == l.word) same = l.mask & k.mask & ~(l.value ^ k.value);
      }
      l.mask &= same;
      l.value &= same;
    }
  }
  for (const ir::Process& process : p.processes) {
    at_.emplace_back(process.locations.size(), none());
  }
  for (std::size_t u = 0; u < units_.size(); ++u) {
    if (units_[u].process < 0 || units_[u].from < 0) continue;
    at_[static_cast<std::size_t>(units_[u].process)][static_cast<std::size_t>(units_[u].from)].add(
        u);
  }
}

void Dependence::find_writers(std::size_t words) {
  bits_.assign(words * 64, {none(), none(), -1});
  for (std::uint32_t w = 0; w < ways_.size(); ++w) {
    const std::size_t u = unit_of_[w];
    for (const Write& write : ways_[w].then) {
      for_each_bit(write.clear, [&](std::uint32_t shift) {
        OfBit& bit = of({write.word, shift});
        ((write.set >> shift & 1) != 0 ? bit.one : bit.zero).add(u);
      });
    }
    for (std::uint32_t word = 0; word < ways_[w].wild.size(); ++word) {
      for_each_bit(ways_[w].wild[word], [&](std::uint32_t shift) {
        of({word, shift}).one.add(u);
        of({word, shift}).zero.add(u);
      });
    }
  }
}

void Dependence::find_controls(const ir::Program& p, const Layout& layout) {
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
}

Touched Dependence::touched_by(const Unit& u) const {
  Touched all = ways_[u.ways.front()].touched;
  for (const std::uint32_t w : u.ways) {
    for (std::size_t i = 0; i < all.read.size(); ++i) {
      all.read[i] |= ways_[w].touched.read[i];
      all.written[i] |= ways_[w].touched.written[i];
    }
  }
  return all;
}

void Dependence::find_discord() {
  std::vector<Touched> touched;
  for (const Unit& u : units_) touched.push_back(touched_by(u));
  discord_.assign(ways_.size(), none());
  for (std::size_t u = 0; u < units_.size(); ++u) {
    for (std::size_t v = u + 1; v < units_.size(); ++v) {
      if (!meet(touched[u], touched[v])) continue;
      // Many pairs take long to compare, and gain little.
      constexpr std::size_t kMany = 4096;
      const bool all = units_[u].ways.size() * units_[v].ways.size() > kMany;
      for (const std::uint32_t a : units_[u].ways) {
        for (const std::uint32_t b : units_[v].ways) {
          if (!all && accord(ways_[a], ways_[b])) continue;
          discord_[a].add(v);
          discord_[b].add(u);
        }
      }
    }
  }
}

Units Dependence::writers_for(std::size_t unit) const {
  const Touched touched = touched_by(units_[unit]);
  Units out = none();
  for (std::uint32_t word = 0; word < touched.read.size(); ++word) {
    for_each_bit(touched.read[word], [&](std::uint32_t shift) {
      out.add(writers({word, shift}, false));
      out.add(writers({word, shift}, true));
    });
  }
  return out;
}

const Units& Dependence::at(int process, int location) const {
  return at_[static_cast<std::size_t>(process)][static_cast<std::size_t>(location)];
}

}  // namespace stalemate::engine
