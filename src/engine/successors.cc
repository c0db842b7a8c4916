#include "engine/successors.h"

#include <algorithm>
#include <new>

#include "engine/gather.h"

namespace stalemate::engine {

static_assert(Names::kMostRoots < 16, "the edits of a cube are counted in 4 bits");

namespace {

template <typename T>
std::uint64_t bytes_of(const std::vector<T>& v) {
  return v.capacity() * sizeof(T);
}

constexpr int kNoTable = 128;  // bits, more than any table has

}  // namespace

std::uint64_t Successors::Memory::bytes() const {
  std::uint64_t sum = bytes_of(hashes) + bytes_of(fires) + bytes_of(edited) + bytes_of(uses) +
                      bytes_of(numbers) + bytes_of(items) + bytes_of(not_remembered);
  for (const auto& table : numbered) sum += bytes_of(table);
  for (const auto& table : after) sum += bytes_of(table);
  return sum;
}

// The first rotation at which no bits meet: so simple that it finds none where bits are scattered
// over many words.
Successors::Bits::Bits(const std::vector<Word>& masks) {
  Word used[2] = {0, 0};
  for (std::uint32_t w = 0; w < masks.size(); ++w) {
    if (masks[w] == 0) continue;
    Piece piece{w, 0, 0, masks[w]};
    while (piece.half < 2 && (used[piece.half] & std::rotl(masks[w], piece.rotation)) != 0) {
      if (++piece.rotation < 64) continue;
      piece.rotation = 0;
      ++piece.half;
    }
    if (piece.half == 2) return;
    used[piece.half] |= std::rotl(masks[w], piece.rotation);
    pieces.push_back(piece);
  }
  fit = true;
}

Successors::Successors(const Executor& executor, const Names& names, const Limits& limits)
    : executor_(executor),
      names_(names),
      words_(static_cast<std::size_t>(names.words())),
      limits_(limits),
      bunches_(executor, names) {
  build();
}

void Successors::update(bool renamed) {
  if (renamed) {
    bunches_ = Bunches(executor_, names_);
    build();
    return;
  }
  ++updates_;
  // Numbers may have got more bits, which are 0 in all names from before: what is remembered of
  // those stays true, and where it is, since new bits are in front of all others.
  for (std::size_t b = 0; b < roots_.size(); ++b) {
    roots_[b] = names_.bits_of(bunches_.all[b].reads);
  }
}

void Successors::build() {
  ++generation_;
  ++updates_;
  most_items_ = 0;
  for (const std::size_t phase : {0, 1}) {
    most_items_ =
        std::max(most_items_, bunches_.always[phase].size() + bunches_.dispatches[phase].size());
  }
  roots_.clear();
  bits_.clear();
  by_itself_.clear();
  of_cube_.clear();
  edit_lists_.clear();
  edits_.clear();
  edited_roots_.assign(names_.roots(), 0);
  std::vector<std::vector<std::uint8_t>> read(bunches_.all.size());  // per bunch and root
  for (std::size_t b = 0; b < bunches_.all.size(); ++b) {
    const std::vector<Word>& reads = bunches_.all[b].reads;
    roots_.push_back(names_.bits_of(reads));
    bits_.emplace_back(reads);
    if (!names_.is_plain()) read[b] = names_.roots_of(reads);
  }
  for (std::uint32_t list = 0; list < executor_.lists(); ++list) {
    const auto [begin, end] = executor_.cubes(list);
    for (std::uint32_t cube = begin; cube < end; ++cube) {
      add_cube(cube, read[bunches_.of_list[list]]);
    }
  }
}

void Successors::add_cube(std::uint32_t cube, const std::vector<std::uint8_t>& read) {
  Fire fire;
  if (cube >> 28 != 0) throw std::bad_alloc();  // some 20 GiB of them
  fire.cube = cube & ((1U << 28) - 1);
  fire.step = executor_.step(cube);
  fire.outcome = executor_.outcome(cube);
  std::vector<Edit> edits;
  for (const Write& w : executor_.writes(cube)) {
    if (names_.is_plain()) {
      fire.clear |= names_.plain_bits(w.word, w.clear);
      fire.set |= names_.plain_bits(w.word, w.set);
      continue;
    }
    for (const std::uint32_t half : {0U, 1U}) {
      const auto clear = static_cast<std::uint32_t>(w.clear >> (32 * half));
      if (clear == 0) continue;
      const std::uint32_t cell = 2 * w.word + half;
      const std::uint32_t root = names_.root_of(cell);
      auto edit =
          std::find_if(edits.begin(), edits.end(), [&](const Edit& e) { return e.root == root; });
      if (edit == edits.end()) edit = edits.insert(edit, {root, {}});
      edit->writes.push_back({cell, clear, static_cast<std::uint32_t>(w.set >> (32 * half))});
    }
  }
  const auto open = std::stable_partition(edits.begin(), edits.end(),
                                          [&](const Edit& e) { return read[e.root] == 0; });
  by_itself_.push_back(fire);
  of_cube_.push_back({static_cast<std::uint32_t>(edit_lists_.size()),
                      static_cast<std::uint8_t>(open - edits.begin()),
                      static_cast<std::uint8_t>(edits.size())});
  for (Edit& e : edits) {
    edited_roots_[e.root] = 1;
    const auto known = std::find(edits_.begin(), edits_.end(), e);
    edit_lists_.push_back(static_cast<std::uint32_t>(known - edits_.begin()));
    if (known == edits_.end()) edits_.push_back(std::move(e));
  }
}

// Makes room for what was learned, or for all of it.
void Successors::prepare(Memory& m) const {
  static const bool fast = has_gather();
  if (m.generation != generation_) {
    m = Memory();
    m.uses.resize(roots_.size());
    m.numbered.resize(roots_.size());
    m.after.resize(edits_.size());
    m.numbers.resize(kBatch * names_.roots());
    m.places.resize(kBatch);
    m.items.resize(kBatch * most_items_);
  }
  std::size_t bytes = 0;
  const auto fit = [&]<typename T>(std::vector<T>& table, int bits, int most, T nothing) {
    const std::size_t size = std::size_t{1} << std::min(bits, most);
    if (fast && bits <= most && bytes + size * sizeof(T) <= limits_.numbered_bytes) {
      bytes += size * sizeof(T);
      if (table.size() < size) table.resize(size, nothing);
      return true;
    }
    table = std::vector<T>();
    return false;
  };
  bool all = true;
  for (std::size_t b = 0; b < roots_.size(); ++b) {
    const int bits = m.uses[b].key == Key::kRoots ? count_bits(roots_[b]) : kNoTable;
    all = fit(m.numbered[b], bits, limits_.numbered_bits, Memory::Found{}) && all;
  }
  if (!all && m.hashes.empty()) m.hashes.resize(std::size_t{1} << kHashesBits);
  all = true;
  for (std::size_t e = 0; e < edits_.size(); ++e) {
    all = fit(m.after[e], count_bits(names_.mask(edits_[e].root)), limits_.edits_bits, kNotYet) &&
          all;
  }
  if (!all && m.edited.empty()) m.edited.resize(std::size_t{1} << kEditedBits);
  m.generation = generation_;
  m.updates = updates_;
}

// What fires, wherever it is remembered.
void Successors::forget(Memory& m) const {
  m.fires.clear();
  std::fill(m.hashes.begin(), m.hashes.end(), Memory::Hashes{});
  for (auto& table : m.numbered) std::fill(table.begin(), table.end(), Memory::Found{});
}

void Successors::begin_batch(const Name* names, std::size_t count, Memory& m) const {
  if (m.updates != updates_) prepare(m);
  if (m.fires.size() > limits_.fires) forget(m);
  m.not_remembered.clear();
  m.names = names;
  for (std::uint32_t r = 0; r < edited_roots_.size(); ++r) {
    if (edited_roots_[r] != 0) gather(names, count, names_.mask(r), &m.numbers[r * kBatch]);
  }
}

void Successors::place_all(std::uint32_t bunch, const Word* states, std::size_t count,
                           Memory::Item* first, Memory& m) const {
  if (!is_numbered(bunch, m)) {
    for (std::size_t i = 0; i < count; ++i) {
      place(bunch, i, states + i * words_, first[i * most_items_], m);
    }
    return;
  }
  gather(m.names, count, roots_[bunch], m.places.data());
  const Memory::Found* const table = m.numbered[bunch].data();
  for (std::size_t i = 0; i < count; ++i) {
    __builtin_prefetch(table + m.places[i]);
    first[i * most_items_] = {0, Key::kRoots, bunch, m.places[i], {}, true};
  }
}

void Successors::place(std::uint32_t bunch, std::size_t i, const Word* state, Memory::Item& item,
                       Memory& m) const {
  const Key key = m.uses[bunch].key;
  item = {0, key, bunch, 0, {}, true};
  if (is_numbered(bunch, m)) {
    gather(m.names + i, 1, roots_[bunch], &item.place);
    __builtin_prefetch(&m.numbered[bunch][item.place]);
    return;
  }
  if (key == Key::kRoots) item.key = m.names[i] & roots_[bunch];
  if (key == Key::kBits) item.key = bits_[bunch].of(state);
  item.place = hash(item.key, bunch);
  __builtin_prefetch(&m.hashes[item.place]);
}

// What fires, and remembers it if that is of use.
void Successors::compute(Memory::Item& item, std::size_t i, const Word* state, Memory& m) const {
  Memory::Use& use = m.uses[item.bunch];
  const bool numbered = is_numbered(item.bunch, m);
  if (!numbered && ++use.missed == limits_.patience) {
    if (use.found / 2 >= limits_.patience) {
      use.found = use.missed = 0;
    } else if (use.key == Key::kRoots && bits_[item.bunch].fit) {
      use = {Key::kBits, 0, 0};
    } else {
      use = {Key::kNothing, 0, 0};
    }
    place(item.bunch, i, state, item, m);
  }
  item.remembered = item.kind != Key::kNothing;
  std::vector<Fire>& fires = item.remembered ? m.fires : m.not_remembered;
  item.found.begin = static_cast<std::uint32_t>(fires.size());
  for (const Executor::Dispatch& dispatch : bunches_.all[item.bunch].dispatches) {
    const std::uint32_t list = dispatch.list(state);
    if (list == Executor::Dispatch::kNone) continue;
    executor_.for_each_cube(list, state, [&](std::uint32_t cube) {
      Fire fire = by_itself_[cube];
      const Edits& edits = of_cube_[cube];
      fire.first_edit = edits.first;
      // The numbers of the others are the same wherever the key is.
      fire.edits = (item.kind == Key::kRoots ? edits.open : edits.count) & 0xf;
      for (std::uint32_t e = edits.first + fire.edits; e < edits.first + edits.count; ++e) {
        Name after = 0;
        const std::uint32_t edit = edit_lists_[e];
        if (!apply(edit, i, m, after)) {
          fire = by_itself_[cube];  // no name yet
          fire.first_edit = edits.first;
          fire.edits = edits.count & 0xf;
          break;
        }
        fire.clear |= names_.mask(edits_[edit].root);
        fire.set |= after;
      }
      fires.push_back(fire);
    });
  }
  item.found.end = static_cast<std::uint32_t>(fires.size());
  if (!item.remembered) return;
  if (numbered) {
    m.numbered[item.bunch][item.place] = item.found;
    return;
  }
  Memory::Hashes& at = m.hashes[item.place];
  at.hashed[1] = at.hashed[0];
  at.hashed[0] = {item.key, tag(item.bunch, item.kind), item.found};
}

}  // namespace stalemate::engine
