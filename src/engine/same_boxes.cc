#include "engine/same_boxes.h"

#include <algorithm>
#include <cstddef>
#include <limits>
#include <map>
#include <optional>

namespace stalemate::engine {

namespace {

std::size_t at(int i) { return static_cast<std::size_t>(i); }

constexpr std::size_t kMostPairs = std::size_t{1} << 22;

// Any order will do.
bool before(const Box& a, const Box& b) {
  const auto key = [](const Box& box) {
    std::vector<std::uint64_t> k{static_cast<std::uint64_t>(box.outcome)};
    for (const Box::Part& p : box.when) {
      k.push_back(static_cast<std::uint64_t>(p.slot));
      k.push_back(p.codes.hash());
    }
    k.push_back(std::numeric_limits<std::uint64_t>::max());
    for (const Box::Put& p : box.then) {
      k.push_back(static_cast<std::uint64_t>(p.slot) << 32 | static_cast<unsigned>(p.code));
    }
    return k;
  };
  return key(a) < key(b);
}

bool equal(const Box& a, const Box& b) {
  return a.outcome == b.outcome && a.when == b.when && a.then == b.then;
}

const Subset* tested(const Box& box, int slot) {
  const auto part = std::lower_bound(box.when.begin(), box.when.end(), slot,
                                     [](const Box::Part& p, int s) { return p.slot < s; });
  return part != box.when.end() && part->slot == slot ? &part->codes : nullptr;
}

const Box::Put* put(const Box& box, int slot) {
  const auto found = std::lower_bound(box.then.begin(), box.then.end(), slot,
                                      [](const Box::Put& p, int s) { return p.slot < s; });
  return found != box.then.end() && found->slot == slot ? &*found : nullptr;
}

bool disjoint(const Box& a, const Box& b) {
  return std::any_of(a.when.begin(), a.when.end(), [&](const Box::Part& part) {
    const Subset* other = tested(b, part.slot);
    if (other == nullptr) return false;
    Subset both = part.codes;
    both &= *other;
    return both.empty();
  });
}

void sort_slots(Box& box) {
  std::sort(box.when.begin(), box.when.end(), [](auto& a, auto& b) { return a.slot < b.slot; });
  std::sort(box.then.begin(), box.then.end(), [](auto& a, auto& b) { return a.slot < b.slot; });
}

}  // namespace

Boxes::Boxes(const Layout& layout) : layout_(layout), slots_of_word_(at(layout.words)) {
  for (std::size_t slot = 0; slot < layout.fields.size(); ++slot) {
    possible_.push_back(Subset::possible(layout, static_cast<int>(slot)));
    if (layout.fields[slot].bits != 0) {
      slots_of_word_[layout.fields[slot].word].push_back(static_cast<int>(slot));
    }
  }
}

void Boxes::find_values(const std::vector<ir::Value>& initial, const std::vector<const Box*>& boxes,
                        const std::vector<bool>& open) {
  std::vector<Subset> found;
  for (std::size_t slot = 0; slot < initial.size(); ++slot) {
    Subset& values = found.emplace_back(possible_[slot]);
    if (open[slot]) continue;
    values -= possible_[slot];
    values.insert(initial[slot] - layout_.fields[slot].lo);
  }
  possible_ = std::move(found);
  for (bool again = true; again;) {
    again = false;
    for (const Box* box : boxes) {
      Box narrowed = *box;
      if (!narrow(narrowed)) continue;
      for (const Box::Put& put : box->then) {
        if (possible(put.slot).has(put.code)) continue;
        possible_[at(put.slot)].insert(put.code);
        again = true;
      }
    }
  }
}

bool Boxes::narrow(Box& box) const {
  for (Box::Part& part : box.when) part.codes &= possible(part.slot);
  std::erase_if(box.when, [&](const Box::Part& part) { return part.codes == possible(part.slot); });
  // What is there already is not written.
  std::erase_if(box.then, [&](const Box::Put& put) {
    const Subset* test = tested(box, put.slot);
    const Subset& codes = test != nullptr ? *test : possible(put.slot);
    return codes.count() == 1 && codes.has(put.code);
  });
  return std::none_of(box.when.begin(), box.when.end(),
                      [](const Box::Part& part) { return part.codes.empty(); });
}

Box Boxes::box(const std::vector<Literal>& when, const std::vector<Write>& then,
               int outcome) const {
  Box out;
  out.outcome = outcome;
  for (const Literal& l : when) {
    for (const int slot : slots_of_word_[l.word]) {
      const Field& f = layout_.fields[at(slot)];
      if ((l.mask & f.mask()) == 0) continue;
      Subset codes(layout_.possible[at(slot)].hi() - f.lo + 1);
      possible(slot).for_each([&](int code) {
        if (((static_cast<Word>(code) << f.shift ^ l.value) & l.mask & f.mask()) == 0) {
          codes.insert(code);
        }
      });
      if (codes != possible(slot)) out.when.push_back({slot, std::move(codes)});
    }
  }
  for (const Write& w : then) {
    for (const int slot : slots_of_word_[w.word]) {
      const Field& f = layout_.fields[at(slot)];
      if ((w.clear & f.mask()) == 0) continue;
      out.then.push_back({slot, static_cast<int>((w.set & f.mask()) >> f.shift)});
    }
  }
  sort_slots(out);
  return out;
}

Box Boxes::renamed(const Box& box, const Renaming& renaming, const Addresses& addresses) const {
  const auto code = [&](int slot, int code) {
    const int value = layout_.fields[at(slot)].lo + code;
    const int to = renaming.slot[at(slot)];
    return renaming.value(addresses.domain(slot), value) - layout_.fields[at(to)].lo;
  };
  Box out;
  out.outcome = box.outcome;
  for (const Box::Part& part : box.when) {
    const int to = renaming.slot[at(part.slot)];
    Subset codes(layout_.possible[at(to)].hi() - layout_.fields[at(to)].lo + 1);
    part.codes.for_each([&](int c) { codes.insert(code(part.slot, c)); });
    out.when.push_back({to, std::move(codes)});
  }
  for (const Box::Put& p : box.then) {
    out.then.push_back({renaming.slot[at(p.slot)], code(p.slot, p.code)});
  }
  sort_slots(out);
  return out;
}

// Is the effect of both the same wherever both apply?
bool Boxes::alike(const Box& a, const Box& b) const {
  if (a.outcome != b.outcome) return false;
  // What only one of them writes must have that value already.
  const auto writes_no_more = [&](const Box& x, const Box& y) {
    return std::all_of(x.then.begin(), x.then.end(), [&](const Box::Put& p) {
      if (const Box::Put* other = put(y, p.slot)) return other->code == p.code;
      Subset codes = possible(p.slot);
      for (const Box* box : {&x, &y}) {
        if (const Subset* t = tested(*box, p.slot)) codes &= *t;
      }
      return codes.count() == 1 && codes.has(p.code);
    });
  };
  return writes_no_more(a, b) && writes_no_more(b, a);
}

// Is every state of `a` in one of the disjoint boxes, with the same effect?  States are counted, by
// the values of those slots alone that one of the boxes tests.
bool Boxes::covered(const Box& a, const std::vector<Box>& by) const {
  std::vector<const Box*> meet;
  std::map<int, Subset> counted;  // per slot: its values in `a`
  for (const Box& b : by) {
    if (disjoint(a, b)) continue;
    if (!alike(a, b)) return false;
    meet.push_back(&b);
    for (const Box::Part& part : b.when) {
      const Subset* own = tested(a, part.slot);
      counted.try_emplace(part.slot, own != nullptr ? *own : possible(part.slot));
    }
  }
  __extension__ using Count = unsigned __int128;
  const auto count = [&](const Box* b) -> std::optional<Count> {
    Count n = 1;
    for (const auto& [slot, values] : counted) {
      Subset codes = values;
      const Subset* t = b != nullptr ? tested(*b, slot) : nullptr;
      if (t != nullptr) codes &= *t;
      const auto factor = static_cast<Count>(codes.count());
      if (n > ~Count{0} / 2 / factor) return std::nullopt;
      n *= factor;
    }
    return n;
  };
  const std::optional<Count> all = count(nullptr);
  if (!all) return false;
  Count found = 0;
  for (const Box* b : meet) found += *count(b);  // a part of all
  return found == *all;
}

bool Boxes::same(std::vector<Box> a, std::vector<Box> b) const {
  std::sort(a.begin(), a.end(), before);
  std::sort(b.begin(), b.end(), before);
  if (std::equal(a.begin(), a.end(), b.begin(), b.end(), equal)) return true;
  if (a.empty() || b.empty() || a.size() * b.size() > kMostPairs) return false;
  return std::all_of(a.begin(), a.end(), [&](const Box& x) { return covered(x, b); }) &&
         std::all_of(b.begin(), b.end(), [&](const Box& x) { return covered(x, a); });
}

}  // namespace stalemate::engine
