// Successors of states as names, found from what steps read.
//
// A list of cubes (executor.h) tests few parts of a state, and these have few different contents:
// what fires for one of them is remembered, and so is what a write makes of the number of a root
// (names.h).  So most successors take neither a cube to be tested nor a packed state to be named.
// What is remembered is bounded; the rest is computed, as at first.
//
// States come in batches, and each look-up is done for all of a batch before the next: what it
// reads is in the cache then.
//
// Between two calls of Names::learn() everything is read-only, and each thread has its own memory,
// so that threads may find successors at the same time; what they find, and in which order, is the
// same whatever is remembered. Tested by tests/unit/engine/successors_test.cc.
#ifndef STALEMATE_ENGINE_SUCCESSORS_H_
#define STALEMATE_ENGINE_SUCCESSORS_H_

#include <bit>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "engine/executor.h"
#include "engine/names.h"

namespace stalemate::engine {

class Successors {
  // By what a list remembers: the numbers of the roots it reads, or, where these have too many
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
  Successors(const Executor& executor, const Names& names);

  // After Names::learn(), whose result is `renamed`.
  void update(bool renamed);

  static constexpr std::size_t kBatch = 32;

  // What one thread remembers.
  class Memory {
   public:
    std::uint64_t bytes() const;

   private:
    friend class Successors;
    struct List {  // what fires, of one list of cubes, where the name has these bits
      Name key = 0;
      std::uint32_t tag = ~std::uint32_t{0};
      std::uint32_t begin = 0, end = 0;  // in fires
    };
    struct alignas(64) Lists {  // the one used first, and the one that was there before
      List list[2];
    };
    struct Edited {  // the bits of a root after one edit of its number
      Name set = 0;
      std::uint32_t edit = ~std::uint32_t{0};
      Number number = 0;
    };
    struct Use {
      Key key = Key::kRoots;
      std::uint32_t found = 0, missed = 0;  // since `key` is what it is
    };
    struct Item {  // one list of one state of the batch
      Name key = 0;
      std::uint32_t state = 0;
      std::uint32_t list = 0;
      std::size_t place = 0;
      std::uint32_t begin = 0, end = 0;
      bool remembered = true;
    };

    std::uint64_t generation = ~std::uint64_t{0};
    std::vector<Lists> lists;
    std::vector<Fire> fires;
    std::vector<Edited> edited;
    std::vector<Use> uses;  // per list
    // Of a batch.
    Names::Numbers numbers_of_one;
    std::vector<Number> numbers;  // of the roots of each state
    std::vector<Name> names;      // of each state
    std::vector<Item> items;      // room for those of a batch
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
  // which are known: state by state.  A model error leaves the name as it is.  Steps that are
  // evaluated (Executor::fire_general) are not among them.
  template <typename Visit>
  void find(Phase phase, const Word* states, std::size_t count, Memory& m, Visit&& visit) const {
    begin_batch(states, count, m);
    Memory::Item* const items = m.items.data();  // as many as there can be
    Memory::Item* end = items;
    for (std::size_t i = 0; i < count; ++i) {
      const Word* const state = states + i * words_;
      executor_.for_each_list(phase, state, [&](std::uint32_t list) {
        const Name key = key_of(list, m.uses[list].key, m.names[i], state);
        const std::size_t at = place(key, list);
        __builtin_prefetch(&m.lists[at]);
        *end++ = {key, static_cast<std::uint32_t>(i), list, at, 0, 0, true};
      });
    }
    const std::span<Memory::Item> all(items, end);
    for (Memory::Item& item : all) {
      look_up(item, states + item.state * words_, m);
      __builtin_prefetch(fires(item, m));
    }
    if (any_pairs_) {
      for (const Memory::Item& item : all) prefetch_edited(item, m);
    }
    for (const Memory::Item& item : all) {
      const Fire* const first = fires(item, m);
      for (std::uint32_t k = 0; k < item.end - item.begin; ++k) {
        const Fire& f = first[k];
        const Name before = m.names[item.state];
        Successor s{item.state, true,   before,   (before & ~f.clear) | f.set,
                    f.cube,     f.step, f.outcome};
        for (std::uint32_t e = f.first_edit; e < f.first_edit + f.edits; ++e) {
          s.known = s.known && apply(edit_lists_[e], states + item.state * words_, numbers(item, m),
                                     m, s.name);
        }
        visit(s);
      }
    }
  }

 private:
  // A write to one root; `alone` when that is a cell.
  struct Edit {
    std::uint32_t root = 0;
    bool alone = false;
    Names::CellWrite first;
    std::vector<Names::CellWrite> writes;
    bool operator==(const Edit&) const = default;
  };
  // Those of a cube in edit_lists_: the first `open` ones are to roots that the list of the cube
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

  static constexpr int kListsBits = 15;
  static constexpr int kEditedBits = 14;
  static constexpr std::size_t kMostFires = std::size_t{1} << 17;
  // After so many misses a list has to have so many times as many hits, or tries another key.
  static constexpr std::uint32_t kPatience = 8192, kWorthIt = 2;

  static std::uint32_t tag(std::uint32_t list, Key key) {
    return list << 2 | static_cast<std::uint32_t>(key);
  }
  static std::size_t place(Name key, std::uint32_t list) {
    std::uint64_t x = static_cast<std::uint64_t>(key) ^
                      static_cast<std::uint64_t>(key >> 64) * 0xbb67ae8584caa73bu;
    x = (x ^ x >> 32 ^ std::uint64_t{list} << 40) * 0x9e3779b97f4a7c15u;
    return x >> (64 - kListsBits);
  }
  Name key_of(std::uint32_t list, Key key, Name name, const Word* state) const {
    if (key == Key::kRoots) return name & roots_[list];
    return key == Key::kBits ? bits_[list].of(state) : 0;
  }
  static const Fire* fires(const Memory::Item& item, const Memory& m) {
    return (item.remembered ? m.fires : m.not_remembered).data() + item.begin;
  }
  const Number* numbers(const Memory::Item& item, const Memory& m) const {
    return m.numbers.data() + item.state * number_of_roots_;
  }

  void look_up(Memory::Item& item, const Word* state, Memory& m) const {
    Memory::Use& use = m.uses[item.list];
    const std::uint32_t wanted = tag(item.list, use.key);
    for (const Memory::List& known : m.lists[item.place].list) {
      if (known.tag != wanted || known.key != item.key) continue;
      ++use.found;
      item.begin = known.begin;
      item.end = known.end;
      return;
    }
    compute(item, state, m);
  }
  static std::size_t place_of_edited(std::uint32_t edit, Number number) {
    return (std::uint64_t{edit} << 32 | number) * 0x9e3779b97f4a7c15u >> (64 - kEditedBits);
  }
  void prefetch_edited(const Memory::Item& item, const Memory& m) const {
    const Fire* const first = fires(item, m);
    for (std::uint32_t k = 0; k < item.end - item.begin; ++k) {
      for (std::uint32_t e = first[k].first_edit; e < first[k].first_edit + first[k].edits; ++e) {
        const std::uint32_t edit = edit_lists_[e];
        if (edits_[edit].alone) continue;
        const Number number = numbers(item, m)[edits_[edit].root];
        __builtin_prefetch(&m.edited[place_of_edited(edit, number)]);
      }
    }
  }
  // False when the result has no number yet.
  bool apply(std::uint32_t edit, const Word* state, const Number* numbers, Memory& m,
             Name& name) const {
    const Edit& e = edits_[edit];
    Name set = 0;
    if (e.alone) {
      const std::uint32_t content = Names::content_of(state, e.first.cell);
      const Number after = names_.find(e.root, (content & ~e.first.clear) | e.first.set);
      if (after == kNoNumber) return false;
      set = names_.encode(e.root, after);
    } else {
      Memory::Edited& known = m.edited[place_of_edited(edit, numbers[e.root])];
      if (known.edit != edit || known.number != numbers[e.root]) {
        const Number after = names_.write(e.root, e.writes, numbers[e.root]);
        if (after == kNoNumber) return false;
        known = {names_.encode(e.root, after), edit, numbers[e.root]};
      }
      set = known.set;
    }
    name = (name & ~names_.mask(e.root)) | set;
    return true;
  }

  void build();
  void add_cube(std::uint32_t cube, const std::vector<std::uint8_t>& read);
  void clear(Memory& m) const;
  void begin_batch(const Word* states, std::size_t count, Memory& m) const;
  void compute(Memory::Item& item, const Word* state, Memory& m) const;

  const Executor& executor_;
  const Names& names_;
  std::size_t words_;
  std::size_t number_of_roots_ = 0;
  std::uint64_t generation_ = 0;
  std::vector<Name> roots_;      // per list: the bits of a name that say what it reads
  std::vector<Bits> bits_;       // per list: the bits it reads
  std::vector<Fire> by_itself_;  // per cube: without its edits
  std::vector<Edits> of_cube_;
  std::vector<std::uint32_t> edit_lists_;  // in edits_
  std::vector<Edit> edits_;
  bool any_pairs_ = false;  // among the roots that are written
};

}  // namespace stalemate::engine

#endif  // STALEMATE_ENGINE_SUCCESSORS_H_
