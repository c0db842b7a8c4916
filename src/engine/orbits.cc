#include "engine/orbits.h"

#include <algorithm>
#include <map>
#include <numeric>
#include <utility>

namespace stalemate::engine {

namespace {

std::size_t at(int i) { return static_cast<std::size_t>(i); }

std::uint64_t mix(std::uint64_t x) {
  x = (x ^ x >> 32) * 0xd6e8feb86659fd93u;
  x = (x ^ x >> 29) * 0x9e3779b97f4a7c15u;
  return x ^ x >> 32;
}
std::uint64_t mix(std::uint64_t a, std::uint64_t b) {
  return mix(a * 0xbb67ae8584caa73bu + mix(b));
}

// What stands for a point where it is about itself, and for a slot that holds it.
constexpr std::uint64_t kItself = 0x5bd1e995, kHeld = 0x1b873593;

}  // namespace

// What the constructor finds its tables with.
struct Orbits::Finder {
  const ir::Program& p;
  const Layout& layout;
  const Addresses& addresses;
  const std::vector<Symmetry::Class>& classes;
  std::map<std::pair<int, int>, Point> point_of;  // of sort and member
  std::map<int, int> values_of_sort;              // in point_of_value_

  // Slots that go to each other: of one family, and of the same members that are no points.  A slot
  // takes no bits where it never changes, which a layout may see of one and not of another: then
  // either has its one value, and both have to be there.
  struct Family {
    bool changes = false;
    bool alone = true;  // about one point, in the same bits for all, and holds none
    std::vector<int> slots;
  };
  std::map<std::vector<int>, Family> families;

  template <typename Visit>
  void for_each_point(int slot, Visit&& visit) const {
    for (const Addresses::Reference& r : addresses.of(slot).of) {
      const auto point = point_of.find({r.sort, r.member});
      if (point != point_of.end()) visit(point->second);
    }
  }
  const Field& field(int slot) const { return layout.fields[at(slot)]; }
};

Orbits::Orbits(const ir::Program& p, const Layout& layout, const Addresses& addresses,
               const std::vector<Symmetry::Class>& classes)
    : words_(static_cast<std::size_t>(layout.words)) {
  Finder f{p, layout, addresses, classes, {}, {}, {}};
  find_points(f);
  find_families(f);
  std::vector<std::vector<Records::Fields>> records(classes_.size());
  shares_.resize(classes_.size());
  slots_mask_.resize(words_);
  for (const auto& [key, family] : f.families) {
    if (!family.changes) continue;
    if (!family.alone) {
      add_slots(f, family.slots);
      continue;
    }
    Records::Fields fields(family.slots.size());
    std::size_t cls = 0;
    for (const int s : family.slots) {
      f.for_each_point(s, [&](Point point) {
        cls = class_of_[point];
        fields[point - classes_[cls].first] = f.field(s);
      });
    }
    records[cls].push_back(std::move(fields));
  }
  for (std::size_t c = 0; c < classes_.size(); ++c) {
    records_.add_class(classes_[c].count, std::move(records[c]));
  }
  std::vector<MovedProcesses::Class> cpus;
  for (std::size_t c = 0; c < classes.size(); ++c) {
    if (classes[c].sort == kCpuSort) cpus.push_back({classes_[c].first, classes[c].members});
  }
  processes_ = std::make_unique<MovedProcesses>(p, std::move(cpus), point_count_);
}

void Orbits::find_points(Finder& f) {
  for (const Symmetry::Class& c : f.classes) {
    classes_.push_back({point_count_, c.members.size()});
    for (const int member : c.members) {
      f.point_of[{c.sort, member}] = static_cast<Point>(point_count_++);
      class_of_.push_back(classes_.size() - 1);
      value_of_point_.push_back(member);
    }
  }
  for (std::size_t sort = 0; sort < f.p.sorts.size(); ++sort) {
    const bool any = std::any_of(f.classes.begin(), f.classes.end(),
                                 [&](const auto& c) { return at(c.sort) == sort; });
    if (!any) continue;
    f.values_of_sort[static_cast<int>(sort)] = static_cast<int>(point_of_value_.size());
    for (std::size_t m = 0; m < f.p.sorts[sort].members.size(); ++m) {
      const auto point = f.point_of.find({static_cast<int>(sort), static_cast<int>(m)});
      point_of_value_.push_back(point == f.point_of.end() ? kNobody : point->second);
    }
  }
}

void Orbits::find_families(Finder& f) const {
  for (int s = 0; s < f.p.slots; ++s) {
    std::vector<int> key{f.addresses.of(s).family};
    std::size_t points = 0;
    for (const Addresses::Reference& r : f.addresses.of(s).of) {
      const auto point = f.point_of.find({r.sort, r.member});
      const bool is_point = point != f.point_of.end();
      key.push_back(is_point ? -2 - static_cast<int>(class_of_[point->second]) : r.member);
      points += is_point ? 1 : 0;
    }
    Finder::Family& family = f.families[key];
    family.slots.push_back(s);
    family.changes = family.changes || f.field(s).bits != 0;
    const Field& first = f.field(family.slots.front());
    family.alone = family.alone && points == 1 && f.field(s).bits == first.bits &&
                   f.field(s).lo == first.lo &&
                   f.values_of_sort.count(f.addresses.domain(s).sort) == 0;
  }
}

void Orbits::add_slots(const Finder& f, const std::vector<int>& family) {
  const auto targets = static_cast<std::uint32_t>(targets_.size());
  targets_.resize(targets_.size() + family.size());
  const bool always =
      std::any_of(family.begin(), family.end(), [&](int s) { return f.field(s).lo != 0; });
  for (const int s : family) {
    Slot slot;
    slot.field = f.field(s);
    slot.first = static_cast<std::uint32_t>(references_.size());
    slot.place = targets;
    slot.family = mix(targets);
    slot.always = always;
    std::uint32_t size = 1;
    f.for_each_point(s, [&](Point point) {
      const std::size_t c = class_of_[point];
      references_.push_back({point, size});
      slot.place += size * static_cast<std::uint32_t>(point - classes_[c].first);
      size *= static_cast<std::uint32_t>(classes_[c].count);
      shares_[c] = 1;
      ++slot.count;
    });
    const int sort = f.addresses.domain(s).sort;
    if (const auto values = f.values_of_sort.find(sort); values != f.values_of_sort.end()) {
      slot.values = values->second;
      for (std::size_t c = 0; c < classes_.size(); ++c) {
        if (f.classes[c].sort == sort) shares_[c] = 1;
      }
    }
    if (slot.count == 0 && slot.values < 0) continue;  // no renaming changes it
    targets_[slot.place] = static_cast<std::uint32_t>(slots_.size());
    slots_mask_[slot.field.word] |= slot.field.mask();
    slots_.push_back(slot);
  }
}

void Orbits::read_records(const Word* state, Scratch& s) const {
  s.records_.resize(records_.size());
  records_.read(state, s.records_.data());
}

void Orbits::unpack(const Word* state, Scratch& s) const {
  s.values_.resize(slots_.size());
  s.active_.clear();
  for (std::uint32_t i = 0; i < slots_.size(); ++i) {
    const Field& f = slots_[i].field;
    const int value = f.lo + static_cast<int>((state[f.word] & f.mask()) >> f.shift);
    s.values_[i] = value;
    if (value != 0 || slots_[i].always || point_held(slots_[i], value) != kNobody) {
      s.active_.push_back(i);
    }
  }
}

void Orbits::rename(const Scratch& s, const Points& to, Word* out) const {
  for (std::size_t c = 0; c < classes_.size(); ++c) {
    const Class& cls = classes_[c];
    if (records_.words(c) == 0) continue;
    for (std::size_t i = 0; i < cls.count; ++i) {
      const std::size_t place = to[cls.first + i] - cls.first;
      records_.clear(c, place, out);
      records_.write(c, place, s.records_.data() + records_.begin(c, i), out);
    }
  }
  if (slots_.empty()) return;
  for (std::size_t w = 0; w < words_; ++w) out[w] &= ~slots_mask_[w];
  for (const std::uint32_t i : s.active_) {
    const Slot& slot = slots_[i];
    std::uint32_t place = slot.place;
    for (std::uint32_t r = slot.first; r < slot.first + slot.count; ++r) {
      const Point point = references_[r].point;
      place += references_[r].stride * (std::uint32_t{to[point]} - point);
    }
    int value = s.values_[i];
    const Point held = point_held(slot, value);
    if (held != kNobody) value = value_of_point_[to[held]];
    const Field& f = slots_[targets_[place]].field;
    out[f.word] |= static_cast<Word>(value - f.lo) << f.shift;
  }
}

int Orbits::compare(const Scratch& s, std::size_t cls, Point a, Point b) const {
  const Word* const x = record(s, cls, a);
  const Word* const y = record(s, cls, b);
  for (std::size_t w = 0; w < records_.words(cls); ++w) {
    if (x[w] != y[w]) return x[w] < y[w] ? -1 : 1;
  }
  return 0;
}

bool Orbits::sort_by_records(Scratch& s) const {
  bool open = false;
  s.order_.resize(point_count_);
  for (std::size_t c = 0; c < classes_.size(); ++c) {
    // Few, and nearly sorted, as the state before was.
    Point* const order = s.order_.data() + classes_[c].first;
    for (std::size_t i = 0; i < classes_[c].count; ++i) {
      const auto point = static_cast<Point>(classes_[c].first + i);
      std::size_t k = i;
      int last = -1;
      for (; k > 0; --k) {
        last = compare(s, c, order[k - 1], point);
        if (last <= 0) break;
        order[k] = order[k - 1];
      }
      order[k] = point;
      open = open || (k > 0 && last == 0 && shares_[c] != 0);
    }
  }
  return open;
}

// What a slot that is about several points, or holds one, says to each of them of the others.  The
// many that are 0 say what the others leave open.
void Orbits::add_shared(Scratch& s) const {
  s.sums_.assign(point_count_, 0);
  for (const std::uint32_t i : s.active_) {
    const Slot& slot = slots_[i];
    const Point held = point_held(slot, s.values_[i]);
    if (slot.count == 0 && held == kNobody) continue;
    const auto seen_by = [&](Point self) {
      std::uint64_t h = slot.family;
      const auto add = [&](Point other) { h = mix(h, other == self ? kItself : s.keys_[other]); };
      for (std::uint32_t r = slot.first; r < slot.first + slot.count; ++r) {
        add(references_[r].point);
      }
      if (held != kNobody) {
        add(held);
      } else {
        h = mix(h, static_cast<std::uint64_t>(s.values_[i]));
      }
      return h;
    };
    for (std::uint32_t r = slot.first; r < slot.first + slot.count; ++r) {
      s.sums_[references_[r].point] += seen_by(references_[r].point);
    }
    if (held != kNobody) s.sums_[held] += mix(seen_by(held), kHeld);
  }
  for (std::size_t k = 0; k < point_count_; ++k) s.keys_[k] = mix(s.keys_[k], s.sums_[k]);
}

bool Orbits::any_tie(const Scratch& s) const {
  for (std::size_t c = 0; c < classes_.size(); ++c) {
    if (shares_[c] == 0) continue;
    for (std::size_t i = classes_[c].first; i < classes_[c].first + classes_[c].count; ++i) {
      for (std::size_t k = i + 1; k < classes_[c].first + classes_[c].count; ++k) {
        if (s.keys_[i] == s.keys_[k]) return true;
      }
    }
  }
  return false;
}

void Orbits::find_keys(Scratch& s) const {
  constexpr int kRounds = 2;
  s.keys_.assign(point_count_, 0);
  for (std::size_t c = 0; c < classes_.size(); ++c) {
    for (std::size_t i = 0; i < classes_[c].count; ++i) {
      const std::size_t point = classes_[c].first + i;
      const Word* const words = record(s, c, static_cast<Point>(point));
      for (std::size_t w = 0; w < records_.words(c); ++w) {
        s.keys_[point] = mix(s.keys_[point], words[w]);
      }
    }
  }
  for (int round = 0; round < kRounds && any_tie(s); ++round) add_shared(s);
}

// Their records are equal.  The slots that are 0 go to each other when the rest does.
bool Orbits::are_twins(Point a, Point b, Scratch& s) const {
  const auto swapped = [&](Point x) { return x == a ? b : x == b ? a : x; };
  return std::all_of(s.active_.begin(), s.active_.end(), [&](std::uint32_t i) {
    const Slot& slot = slots_[i];
    std::uint32_t place = slot.place;
    for (std::uint32_t r = slot.first; r < slot.first + slot.count; ++r) {
      const Point point = references_[r].point;
      place += references_[r].stride * (std::uint32_t{swapped(point)} - point);
    }
    int value = s.values_[i];
    const Point held = point_held(slot, value);
    if (held != kNobody) value = value_of_point_[swapped(held)];
    return s.values_[targets_[place]] == value;
  });
}

void Orbits::sort_by_keys(Scratch& s) const {
  for (std::size_t c = 0; c < classes_.size(); ++c) {
    const auto begin = s.order_.begin() + static_cast<std::ptrdiff_t>(classes_[c].first);
    std::sort(begin, begin + static_cast<std::ptrdiff_t>(classes_[c].count), [&](Point a, Point b) {
      const int order = compare(s, c, a, b);
      if (order != 0) return order < 0;
      return s.keys_[a] != s.keys_[b] ? s.keys_[a] < s.keys_[b] : a < b;
    });
  }
}

void Orbits::find_blocks(Scratch& s) const {
  for (std::size_t c = 0; c < classes_.size(); ++c) {
    if (shares_[c] == 0) continue;  // who ties there is a twin
    const std::size_t end = classes_[c].first + classes_[c].count;
    for (std::size_t first = classes_[c].first, last = first; first != end; first = last) {
      const auto ties = [&](std::size_t i) { return tie(s, c, s.order_[first], s.order_[i]); };
      for (last = first + 1; last != end && ties(last); ++last) {
      }
      // Whoever is the twin of one is that of all its twins.
      bool twins = true;
      for (std::size_t i = first + 1; i != last; ++i) {
        twins = twins && are_twins(s.order_[first], s.order_[i], s);
      }
      if (!twins) find_block(c, first, last, s);
    }
  }
}

void Orbits::find_block(std::size_t cls, std::size_t first, std::size_t last, Scratch& s) const {
  Scratch::Block block{cls, first, {}, {}};
  for (std::size_t i = first; i != last; ++i) {
    const Point point = s.order_[i];
    const auto kind = std::find_if(block.kinds.begin(), block.kinds.end(),
                                   [&](const Points& k) { return are_twins(k.front(), point, s); });
    block.twins.push_back(static_cast<int>(kind - block.kinds.begin()));
    if (kind == block.kinds.end()) {
      block.kinds.push_back({point});
    } else {
      kind->push_back(point);
    }
  }
  std::sort(block.twins.begin(), block.twins.end());
  s.blocks_.push_back(std::move(block));
}

// From which kind is at each place to who comes there, and where each one goes.
void Orbits::arrange(Scratch& s) const {
  for (const Scratch::Block& block : s.blocks_) {
    std::vector<std::size_t> used(block.kinds.size());
    for (std::size_t i = 0; i < block.twins.size(); ++i) {
      const std::size_t kind = at(block.twins[i]);
      s.order_[block.first + i] = block.kinds[kind][used[kind]++];
    }
  }
  s.renaming_.resize(point_count_);
  for (std::size_t i = 0; i < point_count_; ++i) s.renaming_[s.order_[i]] = static_cast<Point>(i);
}

void Orbits::representative(Word* state, Scratch& s) const {
  read_records(state, s);
  s.blocks_.clear();
  const bool open = sort_by_records(s);
  if (open) {
    unpack(state, s);
    find_keys(s);
    sort_by_keys(s);
    find_blocks(s);
  }
  if (s.blocks_.empty()) {
    arrange(s);
    if (std::is_sorted(s.renaming_.begin(), s.renaming_.end())) return;  // nobody moves
    if (!open) unpack(state, s);
    rename(s, s.renaming_, state);
    return;
  }
  s.state_.assign(state, state + words_);
  s.least_.clear();
  for (std::size_t orders = 0;; ++orders) {
    if (orders == kMostOrders) {
      s.unsure_ = true;
      break;
    }
    arrange(s);
    rename(s, s.renaming_, s.state_.data());
    if (s.least_.empty() || s.state_ < s.least_) {
      s.least_ = s.state_;
      s.best_ = s.renaming_;
    }
    // The next arrangement, as one number after the other; none: all blocks are in order again.
    const bool more = std::any_of(s.blocks_.begin(), s.blocks_.end(), [](Scratch::Block& block) {
      return std::next_permutation(block.twins.begin(), block.twins.end());
    });
    if (!more) break;
  }
  std::copy(s.least_.begin(), s.least_.end(), state);
  s.renaming_ = s.best_;
}

void Orbits::rename(const Word* state, const Points& renaming, Word* out) const {
  Scratch s;
  read_records(state, s);
  unpack(state, s);
  std::copy_n(state, words_, out);
  rename(s, renaming, out);
}

bool Orbits::any_image(const Word* state,
                       const std::function<bool(const Word*, const Points&)>& visit) const {
  Scratch s;
  read_records(state, s);
  unpack(state, s);
  s.state_.assign(state, state + words_);
  Points to(point_count_);
  std::iota(to.begin(), to.end(), Point{0});
  while (true) {
    rename(s, to, s.state_.data());
    if (visit(s.state_.data(), to)) return true;
    const bool more = std::any_of(classes_.begin(), classes_.end(), [&](const Class& c) {
      const auto begin = to.begin() + static_cast<std::ptrdiff_t>(c.first);
      return std::next_permutation(begin, begin + static_cast<std::ptrdiff_t>(c.count));
    });
    if (!more) return false;
  }
}

}  // namespace stalemate::engine
