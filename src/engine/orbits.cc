#include "engine/orbits.h"

#include <algorithm>
#include <map>
#include <numeric>
#include <set>
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

// The permutation of 0 .. n - 1 with this number in lexical order.
std::vector<std::size_t> permutation(std::size_t n, std::size_t number) {
  std::vector<std::size_t> left(n), out, digits;
  std::iota(left.begin(), left.end(), std::size_t{0});
  for (std::size_t i = 1; i <= n; ++i) {
    digits.push_back(number % i);
    number /= i;
  }
  for (std::size_t i = n; i-- > 0;) {
    out.push_back(left[digits[i]]);
    left.erase(left.begin() + static_cast<std::ptrdiff_t>(digits[i]));
  }
  return out;
}

}  // namespace

Orbits::Orbits(const ir::Program& p, const Layout& layout, const Addresses& addresses,
               const std::vector<Symmetry::Class>& classes)
    : words_(static_cast<std::size_t>(layout.words)) {
  std::map<std::pair<int, int>, Point> point_of;  // of sort and member
  for (const Symmetry::Class& c : classes) {
    classes_.push_back({point_count_, c.members.size(), c.sort == kCpuSort});
    for (const int member : c.members) {
      point_of[{c.sort, member}] = static_cast<Point>(point_count_++);
      class_of_.push_back(classes_.size() - 1);
      value_of_point_.push_back(member);
    }
  }
  std::map<int, int> values_of_sort;
  for (std::size_t sort = 0; sort < p.sorts.size(); ++sort) {
    const bool any = std::any_of(classes.begin(), classes.end(),
                                 [&](const auto& c) { return at(c.sort) == sort; });
    if (!any) continue;
    values_of_sort[static_cast<int>(sort)] = static_cast<int>(point_of_value_.size());
    for (std::size_t m = 0; m < p.sorts[sort].members.size(); ++m) {
      const auto point = point_of.find({static_cast<int>(sort), static_cast<int>(m)});
      point_of_value_.push_back(point == point_of.end() ? kNobody : point->second);
    }
  }

  // Slots that go to each other: of one family, and of the same members that are no points.  A slot
  // takes no bits where it never changes, which a layout may see of one and not of another: then
  // either has its one value, and both have to be there.
  const auto family_of = [&](int s) {
    std::vector<int> family{addresses.of(s).family};
    for (const Addresses::Reference& r : addresses.of(s).of) {
      const auto point = point_of.find({r.sort, r.member});
      family.push_back(point == point_of.end() ? r.member
                                               : -1 - static_cast<int>(class_of_[point->second]));
    }
    return family;
  };
  std::set<std::vector<int>> changing;
  for (int s = 0; s < p.slots; ++s) {
    if (layout.fields[at(s)].bits != 0) changing.insert(family_of(s));
  }
  about_.resize(classes_.size());
  std::map<std::vector<int>, std::uint32_t> targets_of;
  for (int s = 0; s < p.slots; ++s) {
    const std::vector<int> family = family_of(s);
    if (changing.count(family) == 0) continue;
    Slot slot;
    slot.field = layout.fields[at(s)];
    slot.first = static_cast<std::uint32_t>(references_.size());
    std::uint32_t size = 1, place = 0;
    std::vector<bool> changes(classes_.size());
    for (const Addresses::Reference& r : addresses.of(s).of) {
      const auto point = point_of.find({r.sort, r.member});
      if (point == point_of.end()) continue;
      const Class& c = classes_[class_of_[point->second]];
      references_.push_back({point->second, size});
      place += size * static_cast<std::uint32_t>(point->second - c.first);
      size *= static_cast<std::uint32_t>(c.count);
      changes[class_of_[point->second]] = true;
      ++slot.count;
    }
    const auto [table, fresh] =
        targets_of.try_emplace(family, static_cast<std::uint32_t>(targets_.size()));
    if (fresh) targets_.resize(targets_.size() + size);
    slot.targets = table->second;
    slot.family = mix(table->second);
    targets_[table->second + place] = static_cast<std::uint32_t>(slots_.size());
    const auto values = values_of_sort.find(addresses.domain(s).sort);
    if (values != values_of_sort.end()) {
      slot.values = values->second;
      for (std::size_t c = 0; c < classes_.size(); ++c) {
        if (classes[c].sort == addresses.domain(s).sort) changes[c] = true;
      }
    }
    slot.alone = slot.count == 1 && slot.values < 0;
    for (std::size_t c = 0; c < classes_.size(); ++c) {
      if (changes[c]) about_[c].push_back(static_cast<std::uint32_t>(slots_.size()));
    }
    slots_.push_back(slot);
  }

  for (const ir::Process& process : p.processes) {
    OfProcess of;
    const auto point = point_of.find({kCpuSort, process.cpu});
    if (point != point_of.end()) {
      of.point = point->second;
      const Class& c = classes_[class_of_[of.point]];
      for (std::size_t i = 0; i < c.count; ++i) {
        const auto there =
            std::find_if(p.processes.begin(), p.processes.end(), [&](const auto& other) {
              return other.name == process.name && other.cpu == value_of_point_[c.first + i];
            });
        of.on.push_back(static_cast<int>(there - p.processes.begin()));
      }
    }
    processes_.push_back(std::move(of));
  }
  std::size_t kinds = 1;
  for (const Class& c : classes_) {
    for (std::size_t i = 2; c.cpus && i <= c.count; ++i) kinds *= i;
  }
  for (std::size_t kind = 0; kind < kinds; ++kind) {
    Points to(point_count_);
    std::iota(to.begin(), to.end(), Point{0});
    std::size_t rest = kind;
    for (const Class& c : classes_) {
      if (!c.cpus) continue;
      std::size_t all = 1;
      for (std::size_t i = 2; i <= c.count; ++i) all *= i;
      const std::vector<std::size_t> order = permutation(c.count, rest % all);
      rest /= all;
      for (std::size_t i = 0; i < c.count; ++i)
        to[c.first + i] = static_cast<Point>(c.first + order[i]);
    }
    std::vector<std::uint16_t>& processes = processes_of_kind_.emplace_back();
    for (std::size_t i = 0; i < processes_.size(); ++i) {
      processes.push_back(static_cast<std::uint16_t>(process(static_cast<int>(i), to)));
    }
  }
}

int Orbits::process(int process, const Points& renaming) const {
  const OfProcess& of = processes_[at(process)];
  if (of.point == kNobody) return process;
  return of.on[renaming[of.point] - classes_[class_of_[of.point]].first];
}

// The inverse of what permutation() does, for the classes in turn.
std::uint16_t Orbits::kind(const Points& renaming) const {
  std::size_t number = 0, scale = 1;
  for (const Class& c : classes_) {
    if (!c.cpus) continue;
    for (std::size_t left = c.count; left > 0; --left) {
      const std::size_t i = c.count - left;
      std::size_t smaller = 0;
      for (std::size_t k = i + 1; k < c.count; ++k) {
        smaller += renaming[c.first + k] < renaming[c.first + i] ? 1 : 0;
      }
      std::size_t below = scale;
      for (std::size_t k = 2; k < left; ++k) below *= k;
      number += smaller * below;
    }
    for (std::size_t k = 2; k <= c.count; ++k) scale *= k;
  }
  return static_cast<std::uint16_t>(number);
}

void Orbits::unpack(const Word* state, std::vector<int>& values) const {
  values.resize(slots_.size());
  for (std::size_t i = 0; i < slots_.size(); ++i) {
    const Field& f = slots_[i].field;
    values[i] = f.lo + static_cast<int>((state[f.word] & f.mask()) >> f.shift);
  }
}

void Orbits::rename(const Scratch& s, const Points& to, Word* out) const {
  std::fill_n(out, words_, Word{0});
  for (std::size_t i = 0; i < slots_.size(); ++i) {
    const Slot& slot = slots_[i];
    std::uint32_t target = slot.targets;
    for (std::uint32_t r = slot.first; r < slot.first + slot.count; ++r) {
      const Point point = references_[r].point;
      target += references_[r].stride *
                static_cast<std::uint32_t>(to[point] - classes_[class_of_[point]].first);
    }
    int value = s.values_[i];
    const Point held = point_held(slot, value);
    if (held != kNobody) value = value_of_point_[to[held]];
    const Field& f = slots_[targets_[target]].field;
    out[f.word] |= static_cast<Word>(value - f.lo) << f.shift;
  }
}

void Orbits::add_alone(Scratch& s) const {
  for (std::size_t i = 0; i < slots_.size(); ++i) {
    const Slot& slot = slots_[i];
    if (!slot.alone) continue;
    s.keys_[references_[slot.first].point] +=
        mix(slot.family, static_cast<std::uint64_t>(s.values_[i]));
  }
}

// What a slot that is about several points says to each of them of the others.
void Orbits::add_others(Scratch& s) const {
  s.sums_.assign(point_count_, 0);
  for (std::size_t i = 0; i < slots_.size(); ++i) {
    const Slot& slot = slots_[i];
    const Point held = point_held(slot, s.values_[i]);
    if (slot.alone || (slot.count == 0 && held == kNobody)) continue;
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
  for (const Class& c : classes_) {
    for (std::size_t i = c.first; i < c.first + c.count; ++i) {
      for (std::size_t k = i + 1; k < c.first + c.count; ++k) {
        if (s.keys_[i] == s.keys_[k]) return true;
      }
    }
  }
  return false;
}

void Orbits::find_keys(Scratch& s) const {
  constexpr int kRounds = 2;
  s.keys_.assign(point_count_, 0);
  add_alone(s);
  for (int round = 0; round < kRounds && any_tie(s); ++round) add_others(s);
}

bool Orbits::are_twins(Point a, Point b, Scratch& s) const {
  const auto swapped = [&](Point x) { return x == a ? b : x == b ? a : x; };
  for (const std::uint32_t i : about_[class_of_[a]]) {
    const Slot& slot = slots_[i];
    std::uint32_t target = slot.targets;
    for (std::uint32_t r = slot.first; r < slot.first + slot.count; ++r) {
      const Point point = references_[r].point;
      target += references_[r].stride *
                static_cast<std::uint32_t>(swapped(point) - classes_[class_of_[point]].first);
    }
    int value = s.values_[i];
    const Point held = point_held(slot, value);
    if (held != kNobody) value = value_of_point_[swapped(held)];
    if (s.values_[targets_[target]] != value) return false;
  }
  return true;
}

// Sorts the points of each class into order_: at each place, who comes there.
void Orbits::find_blocks(Scratch& s) const {
  s.blocks_.clear();
  s.order_.resize(point_count_);
  std::iota(s.order_.begin(), s.order_.end(), Point{0});
  for (std::size_t c = 0; c < classes_.size(); ++c) {
    const auto begin = s.order_.begin() + static_cast<std::ptrdiff_t>(classes_[c].first);
    const auto end = begin + static_cast<std::ptrdiff_t>(classes_[c].count);
    std::stable_sort(begin, end, [&](Point a, Point b) { return s.keys_[a] < s.keys_[b]; });
    for (auto first = begin; first != end;) {
      const auto last =
          std::find_if(first, end, [&](Point x) { return s.keys_[x] != s.keys_[*first]; });
      Scratch::Block block{c, static_cast<std::size_t>(first - s.order_.begin()), {}, {}};
      for (auto i = first; i != last; ++i) {
        const auto kind =
            std::find_if(block.kinds.begin(), block.kinds.end(),
                         [&](const Points& k) { return are_twins(k.front(), *i, s); });
        block.twins.push_back(static_cast<int>(kind - block.kinds.begin()));
        if (kind == block.kinds.end()) {
          block.kinds.push_back({*i});
        } else {
          kind->push_back(*i);
        }
      }
      if (block.kinds.size() > 1) {
        std::sort(block.twins.begin(), block.twins.end());
        s.blocks_.push_back(std::move(block));
      }
      first = last;
    }
  }
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
  unpack(state, s.values_);
  find_keys(s);
  find_blocks(s);
  s.state_.resize(words_);
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
  unpack(state, s.values_);
  rename(s, renaming, out);
}

bool Orbits::any_image(const Word* state,
                       const std::function<bool(const Word*, const Points&)>& visit) const {
  Scratch s;
  unpack(state, s.values_);
  s.state_.resize(words_);
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
