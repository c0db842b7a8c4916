#include "engine/box.h"

#include <algorithm>
#include <iterator>

namespace stalemate::engine {

Subset Subset::possible(const Layout& layout, int slot) {
  const ValueSet& values = layout.possible[static_cast<std::size_t>(slot)];
  Subset all(values.hi() - values.lo() + 1);
  if (values.exact()) {
    all.first_ = values.bits();
  } else {
    for (int v = values.lo(); v <= values.hi(); ++v) all.insert(v - values.lo());
  }
  return all;
}

int Subset::lowest() const {
  if (first_ != 0) return std::countr_zero(first_);
  std::size_t i = 0;
  while (more_[i] == 0) ++i;
  return 64 * (static_cast<int>(i) + 1) + std::countr_zero(more_[i]);
}

int Subset::highest() const {
  for (std::size_t i = more_.size(); i-- > 0;) {
    if (more_[i] != 0) return 64 * (static_cast<int>(i) + 2) - 1 - std::countl_zero(more_[i]);
  }
  return 63 - std::countl_zero(first_);
}

namespace {

constexpr int kKeep = -1;  // the effect on a slot that is not written

std::uint64_t mix(std::uint64_t x) {
  x ^= x >> 32;
  x *= 0xd6e8feb86659fd93;
  x ^= x >> 32;
  x *= 0xd6e8feb86659fd93;
  return x ^ (x >> 32);
}
std::uint64_t hash(const Box::Part& part) {
  return mix(part.codes.hash() + (static_cast<std::uint64_t>(part.slot) << 40));
}
std::uint64_t hash(const Box::Put& put) {
  return mix((static_cast<std::uint64_t>(put.slot) << 32) + static_cast<unsigned>(put.code) + 1);
}

class Joiner {
 public:
  Joiner(const Layout& layout, std::vector<Box>& boxes) : layout_(layout) {
    for (Box& box : boxes) {
      std::uint64_t h = mix(static_cast<std::uint64_t>(box.outcome));
      for (const Box::Part& part : box.when) {
        h += hash(part);
        slots_.push_back(part.slot);
      }
      for (const Box::Put& put : box.then) h += hash(put);
      boxes_.push_back({std::move(box), h});
    }
    std::sort(slots_.begin(), slots_.end());
    slots_.erase(std::unique(slots_.begin(), slots_.end()), slots_.end());
  }

  std::vector<Box> run() {
    // Until a whole round over the slots has joined nothing.
    for (std::size_t i = 0, idle = 0; idle < slots_.size(); i = (i + 1) % slots_.size()) {
      idle = join_on(slots_[slots_.size() - 1 - i]) ? 0 : idle + 1;
    }
    std::vector<Box> out;
    out.reserve(boxes_.size());
    for (Hashed& h : boxes_) out.push_back(std::move(h.box));
    return out;
  }

 private:
  struct Hashed {
    Box box;
    std::uint64_t hash;  // sum over the parts, so that one is easily left out
  };

  static const Box::Part* part(const Box& box, int slot) {
    const auto at = std::lower_bound(box.when.begin(), box.when.end(), slot,
                                     [](const Box::Part& p, int s) { return p.slot < s; });
    return at != box.when.end() && at->slot == slot ? &*at : nullptr;
  }
  static const Box::Put* put(const Box& box, int slot) {
    const auto at = std::lower_bound(box.then.begin(), box.then.end(), slot,
                                     [](const Box::Put& p, int s) { return p.slot < s; });
    return at != box.then.end() && at->slot == slot ? &*at : nullptr;
  }
  static int code_put(const Box& box, int slot) {
    const Box::Put* p = put(box, slot);
    return p != nullptr ? p->code : kKeep;
  }

  template <typename T>
  static bool equal_but(const std::vector<T>& a, const std::vector<T>& b, int slot) {
    std::size_t i = 0, j = 0;
    for (;; ++i, ++j) {
      if (i < a.size() && a[i].slot == slot) ++i;
      if (j < b.size() && b[j].slot == slot) ++j;
      if (i == a.size() || j == b.size()) return i == a.size() && j == b.size();
      if (!(a[i] == b[j])) return false;
    }
  }
  // Do they differ in this slot only?
  static bool alike(const Box& a, const Box& b, int slot) {
    return a.outcome == b.outcome && equal_but(a.when, b.when, slot) &&
           equal_but(a.then, b.then, slot);
  }

  bool join_on(int slot) {
    order_.clear();
    for (std::size_t i = 0; i < boxes_.size(); ++i) {
      const Box::Part* const tested = part(boxes_[i].box, slot);
      if (tested == nullptr) continue;
      std::uint64_t rest = boxes_[i].hash - hash(*tested);
      if (const Box::Put* written = put(boxes_[i].box, slot)) rest -= hash(*written);
      order_.emplace_back(rest, i);
    }
    if (order_.size() < 2) return false;
    std::sort(order_.begin(), order_.end());
    bool joined = false;
    dead_.assign(boxes_.size(), 0);
    for (std::size_t first = 0; first < order_.size();) {
      std::size_t last = first + 1;
      while (last < order_.size() && order_[last].first == order_[first].first) ++last;
      if (last - first > 1) joined |= join_bucket(slot, first, last);
      first = last;
    }
    if (!joined) return false;
    std::size_t kept = 0;
    for (std::size_t i = 0; i < boxes_.size(); ++i) {
      if (dead_[i] != 0) continue;
      if (kept != i) boxes_[kept] = std::move(boxes_[i]);
      ++kept;
    }
    boxes_.resize(kept);
    return true;
  }

  // Boxes order_[first .. last - 1] have one hash without the slot.
  bool join_bucket(int slot, std::size_t first, std::size_t last) {
    bool joined = false;
    for (; first < last; ++first) {
      alike_.assign(1, order_[first].second);
      std::size_t others = first + 1;
      for (std::size_t i = first + 1; i < last; ++i) {
        if (alike(boxes_[order_[first].second].box, boxes_[order_[i].second].box, slot)) {
          alike_.push_back(order_[i].second);
        } else {
          order_[others++] = order_[i];
        }
      }
      last = others;
      if (alike_.size() > 1) joined |= join_alike(slot);
    }
    return joined;
  }

  // The boxes alike_ differ in the slot only: those that put the same code there become one.
  bool join_alike(int slot) {
    struct Sum {
      int put;
      std::size_t box;
      Subset codes;
    };
    std::vector<Sum> sums;
    const auto sum_of = [&](int put) {
      return std::find_if(sums.begin(), sums.end(), [&](const Sum& s) { return s.put == put; });
    };
    for (const std::size_t i : alike_) {
      const int put = code_put(boxes_[i].box, slot);
      const Subset& codes = part(boxes_[i].box, slot)->codes;
      const auto sum = sum_of(put);
      if (sum == sums.end()) {
        sums.push_back({put, i, codes});
      } else {
        sum->codes |= codes;
        dead_[i] = 1;
      }
    }
    // Leaving a code as it is is putting it: the box that keeps goes if all of it fits elsewhere.
    const auto keeps = sum_of(kKeep);
    if (keeps != sums.end() && sums.size() > 1) {
      bool fits = true;
      keeps->codes.for_each([&](int code) { fits = fits && sum_of(code) != sums.end(); });
      if (fits) {
        keeps->codes.for_each([&](int code) { sum_of(code)->codes.insert(code); });
        dead_[keeps->box] = 1;
        sums.erase(keeps);
      }
    }
    for (const Sum& sum : sums) set_codes(boxes_[sum.box], slot, sum.codes);
    return sums.size() < alike_.size();
  }

  void set_codes(Hashed& h, int slot, const Subset& codes) const {
    const auto at = h.box.when.begin() + (part(h.box, slot) - h.box.when.data());
    h.hash -= hash(*at);
    if (codes == Subset::possible(layout_, slot)) {
      h.box.when.erase(at);
    } else {
      at->codes = codes;
      h.hash += hash(*at);
    }
  }

  const Layout& layout_;
  std::vector<Hashed> boxes_;
  std::vector<int> slots_;                                    // that some box tests
  std::vector<std::pair<std::uint64_t, std::size_t>> order_;  // hash without a slot, box
  std::vector<std::size_t> alike_;
  std::vector<char> dead_;
};

}  // namespace

void join(const Layout& layout, std::vector<Box>& boxes) {
  if (boxes.size() < 2) return;
  boxes = Joiner(layout, boxes).run();
}

namespace {

// Halves the codes by their bits until each part is all in or all out.
class Cover {
 public:
  Cover(int bits, std::vector<Pattern>& out) : bits_(bits), out_(out) {}

  void run(const std::vector<unsigned>& in, const std::vector<unsigned>& out, Pattern so_far) {
    if (in.empty()) return;
    if (out.empty()) {
      out_.push_back(so_far);
      return;
    }
    // The bit that leaves the fewest parts undecided; of these, the one that gives fewer patterns.
    int best = -1, least = 0;
    for (int b = bits_ - 1; b >= 0; --b) {
      if (((so_far.mask >> b) & 1) != 0) continue;
      int cost = 0;
      for (unsigned half = 0; half < 2; ++half) {
        const bool some_in = any(in, b, half), some_out = any(out, b, half);
        cost += some_in && some_out ? 4 : some_in ? 1 : 0;
      }
      if (best < 0 || cost < least) best = b, least = cost;
    }
    so_far.mask |= 1U << best;
    for (unsigned half = 0; half < 2; ++half) {
      run(filter(in, best, half), filter(out, best, half),
          {so_far.mask, so_far.value | half << best});
    }
  }

 private:
  static bool any(const std::vector<unsigned>& codes, int b, unsigned half) {
    return std::any_of(codes.begin(), codes.end(),
                       [&](unsigned c) { return ((c >> b) & 1) == half; });
  }
  static std::vector<unsigned> filter(const std::vector<unsigned>& codes, int b, unsigned half) {
    std::vector<unsigned> some;
    std::copy_if(codes.begin(), codes.end(), std::back_inserter(some),
                 [&](unsigned c) { return ((c >> b) & 1) == half; });
    return some;
  }

  int bits_;
  std::vector<Pattern>& out_;
};

unsigned all_bits(const Layout& layout, int slot) {
  return (1U << layout.fields[static_cast<std::size_t>(slot)].bits) - 1;
}

}  // namespace

std::vector<Pattern> patterns(const Layout& layout, int slot, const Subset& codes) {
  if (codes.count() == 1) {
    return {{all_bits(layout, slot), static_cast<unsigned>(codes.lowest())}};
  }
  std::vector<unsigned> in, out;
  Subset::possible(layout, slot).for_each([&](int code) {
    (codes.has(code) ? in : out).push_back(static_cast<unsigned>(code));
  });
  std::vector<Pattern> all;
  Cover(layout.fields[static_cast<std::size_t>(slot)].bits, all).run(in, out, {0, 0});
  return all;
}

Pattern hull(const Layout& layout, int slot, const Subset& codes) {
  const auto first = static_cast<unsigned>(codes.lowest());
  unsigned differ = 0;
  codes.for_each([&](int code) { differ |= first ^ static_cast<unsigned>(code); });
  const unsigned mask = all_bits(layout, slot) & ~differ;
  return {mask, first & mask};
}

}  // namespace stalemate::engine
