#include "engine/sticky.h"

#include <algorithm>
#include <bit>
#include <utility>

namespace stalemate::engine {

namespace {

// A part of the state that changes as a whole: a field of at most kWide bits, or a bit of a wider
// one.
struct Part {
  std::uint32_t word = 0;
  Word mask = 0;
};

class Circles {
 public:
  Circles(const Layout& layout, const std::vector<Way>& ways) : ways_(ways) {
    constexpr int kWide = 10;
    for (const Field& f : layout.fields) {
      if (f.bits == 0) continue;
      if (f.bits <= kWide) {
        parts_.push_back({f.word, f.mask()});
        continue;
      }
      for (int i = 0; i < f.bits; ++i) parts_.push_back({f.word, Word{1} << (f.shift + i)});
    }
    for (const Part& p : parts_) {
      count_.emplace_back(std::size_t{1} << std::popcount(p.mask));
      waiting_.emplace_back(std::size_t{1} << std::popcount(p.mask));
    }
    in_.assign(ways.size(), 1);
    for (std::uint32_t w = 0; w < ways.size(); ++w) add(w);
    std::vector<std::uint32_t> out;
    for (std::size_t p = 0; p < parts_.size(); ++p) {
      for (std::size_t v = 0; v < count_[p].size(); ++v) {
        if (count_[p][v] == 0) out.insert(out.end(), waiting_[p][v].begin(), waiting_[p][v].end());
      }
    }
    remove(std::move(out));
  }

  bool in(std::uint32_t way) const { return in_[way] != 0; }

  // These are in no circle any more, and then others are not, either.
  void remove(std::vector<std::uint32_t> ways) {
    while (!ways.empty()) {
      const std::uint32_t w = ways.back();
      ways.pop_back();
      if (in_[w] == 0) continue;
      in_[w] = 0;
      for_each_given(w, [&](std::size_t part, std::size_t value) {
        if (--count_[part][value] != 0) return;
        ways.insert(ways.end(), waiting_[part][value].begin(), waiting_[part][value].end());
      });
    }
  }

 private:
  // Its value in bits that lie under a mask, side by side from the lowest on.
  static std::size_t value_of(Word bits, Word mask) {
    std::size_t v = 0;
    for (int i = 0; mask != 0; ++i, mask &= mask - 1) {
      if ((bits & mask & -mask) != 0) v |= std::size_t{1} << i;
    }
    return v;
  }

  void add(std::uint32_t number) {
    for_each_given(number, [&](std::size_t part, std::size_t value) { ++count_[part][value]; });
    const Way& way = ways_[number];
    for (std::size_t p = 0; p < parts_.size(); ++p) {
      const Part& part = parts_[p];
      for (const Write& w : way.then) {
        if (w.word != part.word || (w.clear & part.mask) == 0) continue;
        for (const Literal& l : way.when) {
          if (l.word != part.word || (l.mask & part.mask) != part.mask) continue;
          if (((l.value ^ w.set) & w.clear & part.mask) == 0) continue;  // it stays as it is
          waiting_[p][value_of(l.value, part.mask)].push_back(number);
        }
      }
    }
  }

  // All values that a way may give a part: those that agree with what it writes there.
  template <typename Visit>
  void for_each_given(std::uint32_t number, const Visit& visit) const {
    const Way& way = ways_[number];
    for (std::size_t p = 0; p < parts_.size() && !way.wild.empty(); ++p) {
      if ((way.wild[parts_[p].word] & parts_[p].mask) == 0) continue;
      for (std::size_t v = 0; v < count_[p].size(); ++v) visit(p, v);
    }
    for (const Write& w : way.then) {
      for (std::size_t p = 0; p < parts_.size(); ++p) {
        const Word written = w.word == parts_[p].word ? w.clear & parts_[p].mask : 0;
        if (written == 0) continue;
        const std::size_t fixed = value_of(written, parts_[p].mask);
        const std::size_t value = value_of(w.set & written, parts_[p].mask);
        for (std::size_t v = 0; v < count_[p].size(); ++v) {
          if ((v & fixed) == value) visit(p, v);
        }
      }
    }
  }

  const std::vector<Way>& ways_;
  std::vector<Part> parts_;
  std::vector<std::vector<std::uint32_t>>
      count_;  // per part and value: ways in circles that give it
  std::vector<std::vector<std::vector<std::uint32_t>>> waiting_;  // ways that change it from there
  std::vector<std::uint8_t> in_;
};

// May a way take its process back, or leave it where it is?
bool leads_back(const ir::Program& p, const Layout& layout, const Way& way) {
  const ir::Step& step = p.steps[static_cast<std::size_t>(way.step)];
  if (step.process < 0 || step.from < 0) return false;
  const int control = p.processes[static_cast<std::size_t>(step.process)].control;
  const Field& f =
      layout.fields[static_cast<std::size_t>(p.variables[static_cast<std::size_t>(control)].first)];
  const Word from = static_cast<Word>(step.from - f.lo) << f.shift & f.mask();
  if (!way.wild.empty() && (way.wild[f.word] & f.mask()) != 0) return true;
  Word to = from;
  for (const Write& w : way.then) {
    if (w.word == f.word) to = (to & ~(w.clear & f.mask())) | (w.set & f.mask());
  }
  return to <= from;
}

}  // namespace

std::vector<std::uint8_t> sticky_steps(const ir::Program& p, const Layout& layout,
                                       const std::vector<Way>& ways) {
  std::vector<std::uint8_t> sticky(p.steps.size());
  Circles circles(layout, ways);
  const auto pick = [&](const auto& wanted) {
    for (std::uint32_t w = 0; w < ways.size(); ++w) {
      const int step = ways[w].step;
      if (!circles.in(w) || !wanted(ways[w], p.steps[static_cast<std::size_t>(step)])) continue;
      sticky[static_cast<std::size_t>(step)] = 1;
      std::vector<std::uint32_t> all;
      for (std::uint32_t other = 0; other < ways.size(); ++other) {
        if (ways[other].step == step) all.push_back(other);
      }
      circles.remove(std::move(all));
    }
  };
  pick([&](const Way& w, const ir::Step& s) {
    return s.kind == ir::StepKind::kProgram &&
           p.processes[static_cast<std::size_t>(s.process)].role == ir::Role::kThread &&
           leads_back(p, layout, w);
  });
  pick([&](const Way&, const ir::Step& s) { return s.kind == ir::StepKind::kEntry; });
  pick([&](const Way& w, const ir::Step& s) {
    return s.kind == ir::StepKind::kProgram && leads_back(p, layout, w);
  });
  pick([](const Way&, const ir::Step&) { return true; });
  return sticky;
}

}  // namespace stalemate::engine
