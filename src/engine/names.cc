#include "engine/names.h"

#include <algorithm>
#include <bit>
#include <cassert>
#include <numeric>

#include "engine/gather.h"

namespace stalemate::engine {

Names::Names(const std::vector<int>& cell_bits, const NameLimits& limits)
    : words_(static_cast<int>(cell_bits.size() / 2)), limits_(limits) {
  const int sum = std::accumulate(cell_bits.begin(), cell_bits.end(), 0);
  if (sum <= limits.plain_bits) {
    for (std::uint32_t word = 0; 2 * word < cell_bits.size(); ++word) {
      const int low = cell_bits[2 * word];
      const int high = cell_bits[2 * word + 1];
      if (low + high > 0) plain_.push_back({word, low, high, bits_});
      bits_ += low + high;
    }
    bits_ = std::max(bits_, 1);
    return;
  }

  bits_ = kMinBits;
  leaf_of_cell_.resize(cell_bits.size(), kNone);
  std::vector<int> weights;
  for (std::uint32_t cell = 0; cell < cell_bits.size(); ++cell) {
    if (cell_bits[cell] == 0) continue;
    const auto leaf = static_cast<std::uint32_t>(leaves_.size());
    leaf_of_cell_[cell] = leaf;
    leaves_.push_back({cell, CellNumbers(cell_bits[cell])});
    nodes_.push_back({kNone, leaf});
    roots_.emplace_back(leaf);
    weights.push_back(cell_bits[cell]);
  }
  while (roots_.size() > kMostRoots) {
    pair_lightest([&](std::uint32_t node) { return weights[node]; });
    weights.push_back(weights[pairs_.back().left] + weights[pairs_.back().right]);
  }
}

// --- The forest. ---

void Names::pair_lightest(const std::function<int(std::uint32_t node)>& weight) {
  std::size_t best = 0;
  int least = 0;
  for (std::size_t i = 0; i + 1 < roots_.size(); ++i) {
    const int sum = weight(roots_[i].node) + weight(roots_[i + 1].node);
    if (i > 0 && sum >= least) continue;
    best = i;
    least = sum;
  }
  const auto node = static_cast<std::uint32_t>(nodes_.size());
  const std::uint32_t left = roots_[best].node;
  const std::uint32_t right = roots_[best + 1].node;
  nodes_.reserve(nodes_.size() + 1);  // both or none
  pairs_.push_back({left, right, PairNumbers()});
  nodes_.push_back({});
  nodes_[left] = {node, kNone};
  nodes_[right] = {node, kNone};
  roots_[best] = Root(node);
  roots_.erase(roots_.begin() + static_cast<std::ptrdiff_t>(best) + 1);
  for (std::uint32_t i = 0; i < roots_.size(); ++i) nodes_[roots_[i].node].root = i;
}

int Names::bits_needed(std::uint32_t node) const {
  const std::uint64_t count = node < leaves_.size() ? leaves_[node].numbers.size()
                                                    : pairs_[node - leaves_.size()].numbers.size();
  return count == 0 ? 0 : std::bit_width(count - 1);
}

int Names::bits_needed() const {
  int sum = 0;
  for (const Root& r : roots_) sum += bits_needed(r.node);
  return sum;
}

// --- Roots in names. ---

void Names::Root::add_bit(int position) {
  const std::size_t byte = positions.size() / 8;
  const std::size_t bit = positions.size() % 8;
  if (byte == spread.size()) spread.emplace_back();
  positions.push_back(static_cast<std::uint8_t>(position));
  mask |= Name{1} << position;
  for (std::size_t value = 0; value < 256; ++value) {
    if (value >> bit & 1) spread[byte][value] |= Name{1} << position;
  }
}

void Names::add_bits() {
  const auto short_of = [this](const Root& r) {
    return static_cast<int>(r.positions.size()) < bits_needed(r.node);
  };
  int position = 0;
  for (const Root& r : roots_) position += static_cast<int>(r.positions.size());
  if (std::any_of(roots_.begin(), roots_.end(), short_of)) {
    std::vector<Root> longer = roots_;  // all of them get their bits, or none
    for (Root& r : longer) {
      while (short_of(r)) r.add_bit(position++);
    }
    roots_.swap(longer);
  }
  bits_ = std::max(position, kMinBits);
}

Name Names::encode(const std::vector<Number>& numbers) const {
  Name name = 0;
  for (const Root& r : roots_) name |= r.encode(numbers[r.node]);
  return name;
}

// --- Naming. ---

bool Names::name(const Word* packed, Name& out) const {
  if (is_plain()) {
    out = plain_name(packed);
    return true;
  }
  Numbers numbers;
  if (!name(packed, numbers)) return false;
  out = numbers.name_;
  return true;
}

bool Names::name(const Word* packed, Numbers& out) const {
  if (is_plain()) {
    out.name_ = plain_name(packed);
    return true;
  }
  // States that come one after the other have much in common.
  if (out.of_node_.size() == nodes_.size()) {
    Name name = 0;
    const bool known = follow(packed, ~std::uint64_t{0}, out, name);
    if (known) {
      out.name_ = name;
      std::copy_n(packed, words_, out.packed_.begin());
    } else {
      go_back(out);
    }
    return known;
  }
  std::vector<Number> numbers(nodes_.size());
  auto node = numbers.begin();
  for (const Leaf& leaf : leaves_) {
    *node = leaf.numbers.find(content_of(packed, leaf.cell));
    if (*node++ == kNoNumber) return false;
  }
  for (const Pair& p : pairs_) {
    *node = p.numbers.find({numbers[p.left], numbers[p.right]});
    if (*node++ == kNoNumber) return false;
  }
  for (const Root& r : roots_) {
    if (!fits(r, numbers[r.node])) return false;
  }
  out.name_ = encode(numbers);
  out.of_node_ = std::move(numbers);
  out.packed_.assign(packed, packed + words_);
  out.stale_.assign((pairs_.size() + 63) / 64, 0);
  out.changed_.resize(nodes_.size());
  return true;
}

bool Names::rename(const Word* packed, std::uint64_t changed, Numbers& near, Name& out) const {
  if (is_plain()) {
    out = plain_name(packed);
    return true;
  }
  const bool known = follow(packed, changed, near, out);
  go_back(near);
  return known;
}

inline bool Names::follow(const Word* packed, std::uint64_t changed, Numbers& near,
                          Name& out) const {
  Name name = near.name_;
  bool known = true;
  Number* const of_node = near.of_node_.data();
  std::uint64_t* const stale = near.stale_.data();
  Numbers::Changed* next = near.changed_.data();
  const auto change = [&](std::uint32_t node, Number now) {
    const Number before = of_node[node];
    *next++ = {node, before};
    of_node[node] = now;
    const Node& n = nodes_[node];
    if (n.parent == kNone) {
      known = known && fits(roots_[n.root], now);
      if (known) name ^= roots_[n.root].encode(before ^ now);
    } else {
      const std::size_t pair = n.parent - leaves_.size();
      stale[pair / 64] |= std::uint64_t{1} << pair % 64;
    }
  };
  const auto cell = [&](std::uint32_t cell) {
    const std::uint32_t leaf = leaf_of_cell_[cell];
    const Number now = leaves_[leaf].numbers.find(content_of(packed, cell));
    if (now == kNoNumber) {
      known = false;
    } else {
      change(leaf, now);
    }
  };
  const auto word = [&](std::uint32_t word) {
    const Word difference = packed[word] ^ near.packed_[word];
    if (difference == 0) return;
    // Most often it is one of the two, and nobody can predict which.
    const bool upper = static_cast<std::uint32_t>(difference) == 0;
    cell(2 * word + upper);
    if (!upper && difference >> 32 != 0) cell(2 * word + 1);
  };
  const auto words = static_cast<std::uint32_t>(words_);
  if (words < 64) changed &= (std::uint64_t{1} << words) - 1;
  for (; changed != 0; changed &= changed - 1) {
    const auto first = static_cast<std::uint32_t>(std::countr_zero(changed));
    word(first);
    if (first < 63) continue;
    for (std::uint32_t w = 64; w < words; ++w) word(w);
  }
  // A parent comes after its children.
  for (std::size_t i = 0; i < near.stale_.size(); ++i) {
    while (stale[i] != 0 && known) {
      const auto pair = 64 * i + static_cast<unsigned>(std::countr_zero(stale[i]));
      stale[i] &= stale[i] - 1;
      const Pair& p = pairs_[pair];
      const Number now = p.numbers.find({of_node[p.left], of_node[p.right]});
      if (now == kNoNumber) {
        known = false;
      } else {
        change(static_cast<std::uint32_t>(leaves_.size() + pair), now);
      }
    }
    stale[i] = 0;
  }
  near.changes_ = static_cast<std::size_t>(next - near.changed_.data());
  out = name;
  return known;
}

inline void Names::go_back(Numbers& near) const {
  for (std::size_t i = 0; i < near.changes_; ++i) {
    near.of_node_[near.changed_[i].node] = near.changed_[i].before;
  }
}

// --- Reading names. ---

namespace {

constexpr std::size_t kBatch = 32;  // names that are read together

}  // namespace

Names::Generation Names::present() const {
  Generation g;
  for (const Root& r : roots_) g.roots.push_back({r.node, r.mask});
  g.pairs = pairs_.size();
  return g;
}

void Names::read_roots(const Generation& g, Name name, std::vector<Number>& numbers) const {
  for (const Generation::Part& r : g.roots) gather(&name, 1, r.mask, &numbers[r.node]);
}

// The numbers of all nodes of up to kBatch names; those of a node are side by side.
void Names::read(const Generation& g, const Name* names, std::size_t count, Number* numbers) const {
  for (const Generation::Part& r : g.roots) {
    gather(names, count, r.mask, numbers + r.node * kBatch);
  }
  for (std::size_t i = g.pairs; i-- > 0;) {
    const Pair& p = pairs_[i];
    const Number* const own = numbers + (leaves_.size() + i) * kBatch;
    for (std::size_t k = 0; k < count; ++k) {
      const PairNumbers::Pair pair = p.numbers.pair(own[k]);
      numbers[p.left * kBatch + k] = pair.left;
      numbers[p.right * kBatch + k] = pair.right;
    }
  }
}

void Names::states(const Name* names, std::size_t count, std::size_t generation,
                   Word* packed) const {
  const auto words = static_cast<std::size_t>(words_);
  std::fill_n(packed, count * words, Word{0});
  for (const Piece& p : plain_) {
    const Word low_mask = (Word{1} << p.low_bits) - 1;
    const Word high_mask = (Word{1} << p.high_bits) - 1;
    for (std::size_t k = 0; k < count; ++k) {
      const auto bits = static_cast<Word>(names[k] >> p.position);
      packed[k * words + p.word] = (bits & low_mask) | (bits >> p.low_bits & high_mask) << 32;
    }
  }
  if (is_plain()) return;
  thread_local std::vector<Number> numbers;  // one for all calls
  numbers.resize(nodes_.size() * kBatch);
  const Generation g = generation < past_.size() ? past_[generation] : present();
  for (std::size_t first = 0; first < count; first += kBatch) {
    const std::size_t n = std::min(count - first, kBatch);
    read(g, names + first, n, numbers.data());
    for (std::size_t i = 0; i < leaves_.size(); ++i) {
      const Leaf& leaf = leaves_[i];
      const std::uint32_t shift = leaf.cell % 2 * 32;
      for (std::size_t k = 0; k < n; ++k) {
        const Word content = leaf.numbers.content(numbers[i * kBatch + k]);
        packed[(first + k) * words + leaf.cell / 2] |= content << shift;
      }
    }
  }
}

// --- Writing to names. ---

Name Names::plain_bits(std::uint32_t word, Word bits) const {
  Name out = 0;
  for (const Piece& p : plain_) {
    if (p.word == word) out |= Name{(bits & 0xffffffff) | (bits >> 32 << p.low_bits)} << p.position;
  }
  return out;
}

std::uint32_t Names::root_of(std::uint32_t cell) const {
  std::uint32_t node = leaf_of_cell_[cell];
  while (nodes_[node].parent != kNone) node = nodes_[node].parent;
  return nodes_[node].root;
}

std::vector<std::uint8_t> Names::roots_of(const std::vector<Word>& words) const {
  std::vector<std::uint8_t> out(roots_.size());
  for (std::uint32_t w = 0; w < words.size(); ++w) {
    if (static_cast<std::uint32_t>(words[w]) != 0) out[root_of(2 * w)] = 1;
    if (words[w] >> 32 != 0) out[root_of(2 * w + 1)] = 1;
  }
  return out;
}

Name Names::bits_of(const std::vector<Word>& words) const {
  Name out = 0;
  if (is_plain()) {
    for (std::uint32_t w = 0; w < words.size(); ++w) out |= plain_bits(w, words[w]);
    return out;
  }
  const std::vector<std::uint8_t> read = roots_of(words);
  for (std::uint32_t r = 0; r < roots_.size(); ++r) {
    if (read[r] != 0) out |= mask(r);
  }
  return out;
}

Number Names::write(std::uint32_t root, const std::vector<CellWrite>& writes, Number n) const {
  const Number after = write_node(roots_[root].node, writes, n);
  return fits(roots_[root], after) ? after : kNoNumber;
}

Number Names::write_node(std::uint32_t node, const std::vector<CellWrite>& writes, Number n) const {
  if (node < leaves_.size()) {
    const Leaf& leaf = leaves_[node];
    std::uint32_t content = leaf.numbers.content(n);
    for (const CellWrite& w : writes) {
      if (w.cell == leaf.cell) content = (content & ~w.clear) | w.set;
    }
    return leaf.numbers.find(content);
  }
  const Pair& p = pairs_[node - leaves_.size()];
  const PairNumbers::Pair before = p.numbers.pair(n);
  const PairNumbers::Pair after{write_node(p.left, writes, before.left),
                                write_node(p.right, writes, before.right)};
  if (after == before) return n;
  if (after.left == kNoNumber || after.right == kNoNumber) return kNoNumber;
  return p.numbers.find(after);
}

// --- Learning. ---

void Names::learn_state(const Word* packed, std::vector<Number>& numbers) {
  auto node = numbers.begin();
  for (Leaf& leaf : leaves_) *node++ = leaf.numbers.learn(content_of(packed, leaf.cell));
  for (Pair& p : pairs_) *node++ = p.numbers.learn({numbers[p.left], numbers[p.right]});
}

bool Names::learn(const std::vector<const Word*>& packed, const ForEachName& all) {
  if (is_plain()) return false;
  interrupted_ = true;
  std::vector<Number> numbers(nodes_.size());
  for (const Word* p : packed) learn_state(p, numbers);
  const bool longer = too_long();
  if (longer) {
    pair_roots(packed, all);
  } else {
    add_bits();
  }
  interrupted_ = false;
  return longer;
}

void Names::pair_roots(const std::vector<const Word*>& packed, const ForEachName& all) {
  std::vector<Root> roots_before = roots_;
  const int bits_before = bits_;
  past_.push_back(present());
  const Generation& before = past_.back();
  try {
    std::vector<Number> numbers;
    while (too_long()) {
      pair_lightest([&](std::uint32_t node) { return bits_needed(node); });
      numbers.resize(nodes_.size());
      all([&](Name name) {
        read_roots(before, name, numbers);
        for (std::size_t i = before.pairs; i < pairs_.size(); ++i) {
          Pair& p = pairs_[i];
          numbers[leaves_.size() + i] = p.numbers.learn({numbers[p.left], numbers[p.right]});
        }
      });
      for (const Word* p : packed) learn_state(p, numbers);
    }
    for (Root& r : roots_) r = Root(r.node);
    add_bits();
  } catch (...) {
    unpair(before.pairs);
    roots_.swap(roots_before);
    bits_ = bits_before;
    for (std::uint32_t i = 0; i < roots_.size(); ++i) nodes_[roots_[i].node] = {kNone, i};
    past_.pop_back();
    throw;
  }
}

// Takes the last pairs apart again.
void Names::unpair(std::size_t pairs) {
  while (pairs_.size() > pairs) {
    nodes_[pairs_.back().left].parent = kNone;
    nodes_[pairs_.back().right].parent = kNone;
    pairs_.pop_back();
    nodes_.pop_back();
  }
}

Name Names::translate(Name before, std::size_t generation) const {
  std::vector<Number> numbers(nodes_.size());
  const Generation& g = past_[generation];
  read_roots(g, before, numbers);
  for (std::size_t i = g.pairs; i < pairs_.size(); ++i) {
    const Pair& p = pairs_[i];
    numbers[leaves_.size() + i] = p.numbers.find({numbers[p.left], numbers[p.right]});
    assert(numbers[leaves_.size() + i] != kNoNumber);
  }
  return encode(numbers);
}

std::uint64_t Names::bytes() const {
  std::uint64_t sum = sizeof *this;
  for (const Leaf& l : leaves_) sum += sizeof l + sizeof(Node) + l.numbers.bytes();
  for (const Pair& p : pairs_) sum += sizeof p + sizeof(Node) + p.numbers.bytes();
  for (const Root& r : roots_) sum += r.spread.capacity() * sizeof(r.spread[0]);
  return sum;
}

std::uint64_t Names::bytes_to_grow() const {
  std::uint64_t most = 0;
  for (const Leaf& l : leaves_) most = std::max(most, l.numbers.bytes());
  for (const Pair& p : pairs_) most = std::max(most, p.numbers.bytes());
  return bytes() + most;
}

}  // namespace stalemate::engine
