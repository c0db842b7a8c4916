// Successors of states as names, found from what steps read.
//
// A bunch of lists of cubes (bunches.h) tests few parts of a state, and these have few different
// contents: what fires for one of them is remembered, and so is what a write makes of the number of
// a root (names.h).  So most successors take neither a cube to be tested nor a packed state to be
// named.  Where the bits that say it are few, they are the place of what is remembered; otherwise
// it is hashed.  It is bounded; the rest is computed, as at first.
//
// States come in batches, and each look-up is done for all of a batch before the next: what it
// reads is in the cache then.
//
// Between two calls of Names::learn() everything is read-only, and each thread has its own memory,
// so that threads may find successors at the same time; what they find, and in which order, is the
// same whatever is remembered. Tested by tests/unit/engine/successors_test.cc.
#ifndef STALEMATE_ENGINE_SUCCESSORS_H_
#define STALEMATE_ENGINE_SUCCESSORS_H_

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "engine/bunches.h"
#include "engine/executor.h"
#include "engine/names.h"

namespace stalemate::engine {

class Successors {
  // By what a bunch remembers: the numbers of the roots it reads, or, where these have too many
  // different ones, the bits it reads, or nothing.
  enum class Key : std::uint8_t { kRoots, kBits, kNothing };

  // What one cube makes of a name: (name & ~clear) | set, and then the writes to roots whose
  // numbers were not part of what decided.
  struct Fire {
    Name clear = 0;
    Name set = 0;
    std::uint32_t first_edit = 0;  // in edit_lists_
    std::uint32_t edits : 4 = 0;   // at most one for each root
    std::uint32_t cube : 28 = 0;
    std::int32_t step = 0, outcome = 0;
  };

 public:
  // How much is remembered, and where.
  struct Limits {
    // Tables by number are for at most so many bits, and have so many bytes together.
    int numbered_bits = 16, edits_bits = 15;
    std::size_t numbered_bytes = std::size_t{1} << 22;
    std::size_t fires = std::size_t{1} << 17;  // more: all are forgotten
    // After so many misses a bunch has to have twice as many hits, or tries another key.
    std::uint32_t patience = 8192;
  };

  Successors(const Executor& executor, const Names& names, const Limits& limits);
  Successors(const Executor& executor, const Names& names)
      : Successors(executor, names, Limits()) {}

  // After Names::learn(), whose result is `renamed`.
  void update(bool renamed);

  static constexpr std::size_t kBatch = 32;
  static constexpr std::uint32_t kUnknown = ~std::uint32_t{0};
  // Half as wide as Number: these tables are read all over, and should stay in the cache.
  using ShortNumber = std::uint16_t;
  static constexpr ShortNumber kNotYet = 0xffff;

  // What one thread remembers.
  class Memory {
   public:
    std::uint64_t bytes() const;

   private:
    friend class Successors;
    struct Found {  // what fires: in fires, or kUnknown
      std::uint32_t begin = kUnknown, end = kUnknown;
    };
    struct Hashed {  // of one bunch, where the name has these bits
      Name key = 0;
      std::uint32_t tag = ~std::uint32_t{0};
      Found found;
    };
    struct alignas(64) Hashes {  // the one used first, and the one that was there before
      Hashed hashed[2];
    };
    struct Edited {  // the number of a root after one edit
      std::uint32_t edit = ~std::uint32_t{0};
      Number before = 0, after = 0;
    };
    struct Use {
      Key key = Key::kRoots;
      std::uint32_t found = 0, missed = 0;  // since `key` is what it is
    };
    struct Item {  // one bunch of one state of the batch
      Name key = 0;
      Key kind = Key::kRoots;  // what `key` is
      std::uint32_t bunch = 0;
      std::uint32_t place = 0;  // in numbered[bunch], or in hashes
      Found found;
      bool remembered = true;
    };

    std::uint64_t generation = 0, updates = 0;  // of Successors
    std::vector<Use> uses;                      // per bunch
    // Per bunch: by the bits of its key side by side; empty: they are too many, see `hashes`.
    std::vector<std::vector<Found>> numbered;
    std::vector<Hashes> hashes;  // empty: of no use so far
    std::vector<Fire> fires;
    // Per edit: by the number before, the one after, or kNotYet; empty: see `edited`.
    std::vector<std::vector<ShortNumber>> after;
    std::vector<Edited> edited;
    // Of a batch.
    const Name* names = nullptr;            // of each state
    std::vector<Number> numbers;            // kBatch for each root: those of the states
    std::vector<Number> places;             // kBatch: of one bunch
    std::vector<Item> items;                // room for all bunches of each state
    std::array<std::size_t, kBatch> count;  // items of each state
    std::vector<Fire> not_remembered;
  };

  // One firing of a cube.
  struct Successor {
    std::size_t state = 0;  // of the batch
    bool known = true;      // false: it has no name yet (see Executor::apply)
    Name before = 0;        // name of the state
    Name name = 0;          // and of the next one
    std::uint32_t cube = 0;
    std::int32_t step = 0, outcome = 0;
  };
  // Calls visit(Successor) for all cubes of the phase that fire in `count` states, at most kBatch,
  // which have these names: state by state.  A model error leaves the name as it is.  Steps that
  // are evaluated (Executor::fire_general) are not among them.
  template <typename Visit>
  void find(Phase phase, const Word* states, const Name* names, std::size_t count, Memory& m,
            Visit&& visit) const {
    begin_batch(names, count, m);
    const std::vector<std::uint32_t>& always = bunches_.always[static_cast<std::size_t>(phase)];
    for (std::size_t k = 0; k < always.size(); ++k) {
      place_all(always[k], states, count, m.items.data() + k, m);
    }
    for (std::size_t i = 0; i < count; ++i) {
      const Word* const state = states + i * words_;
      Memory::Item* next = m.items.data() + i * most_items_ + always.size();
      for (const Executor::Dispatch& d : bunches_.dispatches[static_cast<std::size_t>(phase)]) {
        const std::uint32_t bunch = d.list(state);
        if (bunch != Executor::Dispatch::kNone) place(bunch, i, state, *next++, m);
      }
      m.count[i] = static_cast<std::size_t>(next - m.items.data()) - i * most_items_;
    }
    for (std::size_t i = 0; i < count; ++i) {
      for (Memory::Item& item : items(i, m)) {
        look_up(item, i, states + i * words_, m);
        __builtin_prefetch(fires(item, m));
      }
    }
    for (std::size_t i = 0; i < count; ++i) {
      for (const Memory::Item& item : items(i, m)) prefetch_edits(item, i, m);
    }
    for (std::size_t i = 0; i < count; ++i) {
      const Name before = names[i];
      for (const Memory::Item& item : items(i, m)) {
        const Fire* const first = fires(item, m);
        for (std::uint32_t k = 0; k < item.found.end - item.found.begin; ++k) {
          const Fire& f = first[k];
          Successor s{i, true, before, (before & ~f.clear) | f.set, f.cube, f.step, f.outcome};
          for (std::uint32_t e = f.first_edit; e < f.first_edit + f.edits; ++e) {
            s.known = s.known && apply(edit_lists_[e], i, m, s.name);
          }
          visit(s);
        }
      }
    }
  }

 private:
  // A write to one root.
  struct Edit {
    std::uint32_t root = 0;
    std::vector<Names::CellWrite> writes;
    bool operator==(const Edit&) const = default;
  };
  // Those of a cube in edit_lists_: the first `open` ones are to roots that the bunch of the cube
  // does not read.
  struct Edits {
    std::uint32_t first = 0;
    std::uint8_t open = 0, count = 0;
  };
  // Some bits of a state, side by side in a key, if there is room for them.
  struct Bits {
    struct Piece {
      std::uint32_t word = 0;
      int rotation = 0;
      int half = 0;
      Word mask = 0;
    };
    bool fit = false;
    std::vector<Piece> pieces;

    explicit Bits(const std::vector<Word>& masks);
    Name of(const Word* state) const {
      Word halves[2] = {0, 0};
      for (const Piece& p : pieces) {
        halves[p.half] |= std::rotl(state[p.word] & p.mask, p.rotation);
      }
      return Name{halves[1]} << 64 | halves[0];
    }
  };

  static constexpr int kHashesBits = 15;
  static constexpr int kEditedBits = 14;
  static std::uint32_t tag(std::uint32_t bunch, Key key) {
    return bunch << 2 | static_cast<std::uint32_t>(key);
  }
  static std::uint32_t hash(Name key, std::uint32_t bunch) {
    std::uint64_t x = static_cast<std::uint64_t>(key) ^
                      static_cast<std::uint64_t>(key >> 64) * 0xbb67ae8584caa73bu;
    x = (x ^ x >> 32 ^ std::uint64_t{bunch} << 40) * 0x9e3779b97f4a7c15u;
    return static_cast<std::uint32_t>(x >> (64 - kHashesBits));
  }
  static std::size_t place_of_edited(std::uint32_t edit, Number number) {
    return (std::uint64_t{edit} << 32 | number) * 0x9e3779b97f4a7c15u >> (64 - kEditedBits);
  }
  static bool is_numbered(std::uint32_t bunch, const Memory& m) {
    return m.uses[bunch].key == Key::kRoots && !m.numbered[bunch].empty();
  }
  std::span<Memory::Item> items(std::size_t state, Memory& m) const {
    return {m.items.data() + state * most_items_, m.count[state]};
  }
  static const Fire* fires(const Memory::Item& item, const Memory& m) {
    return (item.remembered ? m.fires : m.not_remembered).data() + item.found.begin;
  }

  void look_up(Memory::Item& item, std::size_t i, const Word* state, Memory& m) const {
    Memory::Use& use = m.uses[item.bunch];
    if (is_numbered(item.bunch, m)) {
      item.found = m.numbered[item.bunch][item.place];
      if (item.found.begin != kUnknown) return;
    } else {
      if (item.kind != use.key) place(item.bunch, i, state, item, m);  // given up in this batch
      const std::uint32_t wanted = tag(item.bunch, item.kind);
      for (const Memory::Hashed& known : m.hashes[item.place].hashed) {
        if (known.tag != wanted || known.key != item.key) continue;
        ++use.found;
        item.found = known.found;
        return;
      }
    }
    compute(item, i, state, m);
  }
  void prefetch_edits(const Memory::Item& item, std::size_t i, const Memory& m) const {
    const Fire* const first = fires(item, m);
    for (std::uint32_t k = 0; k < item.found.end - item.found.begin; ++k) {
      for (std::uint32_t e = first[k].first_edit; e < first[k].first_edit + first[k].edits; ++e) {
        const std::uint32_t edit = edit_lists_[e];
        const Number before = m.numbers[edits_[edit].root * kBatch + i];
        if (m.after[edit].empty()) {
          __builtin_prefetch(&m.edited[place_of_edited(edit, before)]);
        } else {
          __builtin_prefetch(&m.after[edit][before]);
        }
      }
    }
  }
  // Of state `i` of the batch; false when the result has no number yet.
  bool apply(std::uint32_t edit, std::size_t i, Memory& m, Name& name) const {
    const Edit& e = edits_[edit];
    const Number before = m.numbers[e.root * kBatch + i];
    std::vector<ShortNumber>& table = m.after[edit];
    Number after = kNoNumber;
    if (!table.empty()) {
      after = table[before];
      if (after == kNotYet) {
        after = names_.write(e.root, e.writes, before);
        if (after != kNoNumber) table[before] = static_cast<ShortNumber>(after);
      }
    } else {
      Memory::Edited& known = m.edited[place_of_edited(edit, before)];
      if (known.edit != edit || known.before != before || known.after == kNoNumber) {
        known = {edit, before, names_.write(e.root, e.writes, before)};
      }
      after = known.after;
    }
    if (after == kNoNumber) return false;
    name = (name & ~names_.mask(e.root)) | names_.encode(e.root, after);
    return true;
  }

  void build();
  void add_cube(std::uint32_t cube, const std::vector<std::uint8_t>& read);
  void prepare(Memory& m) const;
  void forget(Memory& m) const;
  void begin_batch(const Name* names, std::size_t count, Memory& m) const;
  // Where to look one bunch up: for all states of a batch, whose items are most_items_ apart, or
  // for state `i`.
  void place_all(std::uint32_t bunch, const Word* states, std::size_t count, Memory::Item* first,
                 Memory& m) const;
  void place(std::uint32_t bunch, std::size_t i, const Word* state, Memory::Item& item,
             Memory& m) const;
  void compute(Memory::Item& item, std::size_t i, const Word* state, Memory& m) const;

  const Executor& executor_;
  const Names& names_;
  std::size_t words_;
  const Limits limits_;
  std::uint64_t generation_ = 0, updates_ = 0;
  Bunches bunches_;
  std::size_t most_items_ = 0;   // of a state
  std::vector<Name> roots_;      // per bunch: the bits of a name that say what it reads
  std::vector<Bits> bits_;       // per bunch: the bits it reads
  std::vector<Fire> by_itself_;  // per cube: without its edits
  std::vector<Edits> of_cube_;
  std::vector<std::uint32_t> edit_lists_;  // in edits_
  std::vector<Edit> edits_;
  std::vector<std::uint8_t> edited_roots_;  // per root: is it written to?
};

}  // namespace stalemate::engine

#endif  // STALEMATE_ENGINE_SUCCESSORS_H_
