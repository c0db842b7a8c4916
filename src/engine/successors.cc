#include "engine/successors.h"

#include <algorithm>
#include <cstdio>
#include <new>

namespace stalemate::engine {

static_assert(Names::kMostRoots < 16, "the edits of a cube are counted in 4 bits");

void Successors::clear(Memory& m) const {
  m.generation = generation_;
  m.lists.assign(std::size_t{1} << kListsBits, {});
  m.edited.assign(std::size_t{1} << kEditedBits, {});
  m.fires.clear();
  m.uses.assign(roots_.size(), {});
  m.numbers_of_one = {};
  m.items.resize(kBatch * executor_.most_lists());
}

std::uint64_t Successors::Memory::bytes() const {
  return lists.capacity() * sizeof(Lists) + fires.capacity() * sizeof(Fire) +
         edited.capacity() * sizeof(Edited) + uses.capacity() * sizeof(Use) +
         numbers.capacity() * sizeof(Number) + items.capacity() * sizeof(Item) +
         not_remembered.capacity() * sizeof(Fire);
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

Successors::Successors(const Executor& executor, const Names& names)
    : executor_(executor), names_(names), words_(static_cast<std::size_t>(names.words())) {
  build();
}

void Successors::update(bool renamed) {
  if (renamed) {
    ++generation_;
    build();
    return;
  }
  // Numbers may have got more bits, which are 0 in all names from before: what is remembered of
  // those stays true.
  for (std::uint32_t list = 0; list < roots_.size(); ++list) {
    roots_[list] = names_.bits_of(executor_.reads(list));
  }
}

void Successors::build() {
  roots_.clear();
  bits_.clear();
  by_itself_.clear();
  of_cube_.clear();
  edit_lists_.clear();
  edits_.clear();
  number_of_roots_ = names_.roots();
  for (std::uint32_t list = 0; list < executor_.lists(); ++list) {
    roots_.push_back(names_.bits_of(executor_.reads(list)));
    bits_.emplace_back(executor_.reads(list));
    std::vector<std::uint8_t> read;  // per root
    if (!names_.is_plain()) read = names_.roots_of(executor_.reads(list));
    const auto [begin, end] = executor_.cubes(list);
    for (std::uint32_t cube = begin; cube < end; ++cube) add_cube(cube, read);
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
      if (edit == edits.end()) edit = edits.insert(edit, {root, names_.is_cell(root), {}, {}});
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
    e.first = e.writes.front();
    const auto known = std::find(edits_.begin(), edits_.end(), e);
    edit_lists_.push_back(static_cast<std::uint32_t>(known - edits_.begin()));
    if (known != edits_.end()) continue;
    any_pairs_ = any_pairs_ || !e.alone;
    edits_.push_back(std::move(e));
  }
}

void Successors::begin_batch(const Word* states, std::size_t count, Memory& m) const {
  if (m.generation != generation_) clear(m);
  if (m.fires.size() > kMostFires) {
    m.fires.clear();
    std::fill(m.lists.begin(), m.lists.end(), Memory::Lists{});
  }
  m.not_remembered.clear();
  m.names.resize(count);
  const std::size_t roots = any_pairs_ ? number_of_roots_ : 0;
  m.numbers.resize(count * number_of_roots_);
  for (std::size_t i = 0; i < count; ++i) {
    names_.name(states + i * words_, m.numbers_of_one);  // it is in the set, so it has one
    m.names[i] = m.numbers_of_one.name();
    for (std::uint32_t r = 0; r < roots; ++r) {
      m.numbers[i * number_of_roots_ + r] = names_.number(m.numbers_of_one, r);
    }
  }
}

// What fires, and remembers it if that is of use.
void Successors::compute(Memory::Item& item, const Word* state, Memory& m) const {
  Memory::Use& use = m.uses[item.list];
  if (++use.missed == kPatience) {
    if (use.found >= kWorthIt * kPatience) {
      use.found = use.missed = 0;
    } else if (use.key == Key::kRoots && bits_[item.list].fit) {
      use = {Key::kBits, 0, 0};
    } else {
      use = {Key::kNothing, 0, 0};
    }
    item.key = key_of(item.list, use.key, m.names[item.state], state);
    item.place = place(item.key, item.list);
  }
  item.remembered = use.key != Key::kNothing;
  std::vector<Fire>& fires = item.remembered ? m.fires : m.not_remembered;
  item.begin = static_cast<std::uint32_t>(fires.size());
  executor_.for_each_cube(item.list, state, [&](std::uint32_t cube) {
    Fire fire = by_itself_[cube];
    const Edits& edits = of_cube_[cube];
    fire.first_edit = edits.first;
    // The numbers of the others are the same wherever the key is.
    fire.edits = (use.key == Key::kRoots ? edits.open : edits.count) & 0xf;
    for (std::uint32_t e = edits.first + fire.edits; e < edits.first + edits.count; ++e) {
      Name after = 0;
      const std::uint32_t edit = edit_lists_[e];
      if (!apply(edit, state, numbers(item, m), m, after)) {
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
  item.end = static_cast<std::uint32_t>(fires.size());
  if (!item.remembered) return;
  Memory::Lists& at = m.lists[item.place];
  at.list[1] = at.list[0];
  at.list[0] = {item.key, tag(item.list, use.key), item.begin, item.end};
}

}  // namespace stalemate::engine
