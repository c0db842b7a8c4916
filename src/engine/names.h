// Short names for packed states.
//
// A reachable state has few different contents in each of its cells: the visited set stores not the
// cells but the numbers of their contents.  Cells are leaves of a forest; where there are many,
// pairs of numbers are named in turn, until few roots are left.  A name is the bits of the numbers
// of the roots.  When a number gets longer than all before it, its new bits go in front of all
// others, so that the names from before stay what they are.  A model of at most 64 bits is its own
// name.
//
// Between two calls of learn() everything is read-only, so that threads may name states at the same
// time.  What is not known yet is collected and learned in between, in an order that does not
// depend on the threads: then names do not, either. Tested by tests/unit/engine/names_test.cc.
#ifndef STALEMATE_ENGINE_NAMES_H_
#define STALEMATE_ENGINE_NAMES_H_

#include <array>
#include <bit>
#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "engine/layout.h"
#include "engine/numbering.h"

namespace stalemate::engine {

__extension__ using Name = unsigned __int128;

inline int count_bits(Name n) {
  return std::popcount(static_cast<std::uint64_t>(n)) +
         std::popcount(static_cast<std::uint64_t>(n >> 64));
}

// Tests let names get too long early.
struct NameLimits {
  int plain_bits = 64;  // a model of no more bits is its own name
  int most_bits = 120;  // of a name
};

class Names {
 public:
  explicit Names(const Layout& layout, const NameLimits& limits = {})
      : Names(layout.cell_bits, limits) {}
  // Two cells for each word.  Packed states have zeros in all bits that no cell uses.
  explicit Names(const std::vector<int>& cell_bits, const NameLimits& limits = {});

  // Names are below 2^bits().  It grows with learn(), up to NameLimits::most_bits; the visited set
  // has to be told (Table::widen).  Numbers that are still small are counted as kMinBits together,
  // which is what the visited set needs to spread them.
  int bits() const { return bits_; }
  static constexpr int kMaxBits = NameLimits{}.most_bits;
  static constexpr int kMinBits = 38;
  // More roots make names longer, fewer make more pairs to look up and to remember.
  static constexpr std::size_t kMostRoots = 8;
  int words() const { return words_; }  // of a packed state

  // A state taken apart: what the names of the states near it are found from.  Each thread has its
  // own, and uses it for one state after the other: the next is found from the one before as well.
  // After learn() was true, a fresh one is needed.
  class Numbers {
   public:
    Name name() const { return name_; }

   private:
    friend class Names;
    struct Changed {
      std::uint32_t node;
      Number before;
    };
    Name name_ = 0;
    std::vector<Word> packed_;
    std::vector<Number> of_node_;       // empty before the first state
    std::vector<std::uint64_t> stale_;  // a bit for each pair; zeros between two calls
    std::vector<Changed> changed_;      // room for all nodes; the first of them are in use
    std::size_t changes_ = 0;
  };

  // Both false: something in the state has no number yet (see learn); `out` is as before then.
  bool name(const Word* packed, Name& out) const;
  bool name(const Word* packed, Numbers& out) const;
  // The name of a state that differs from the one of `near` only in the words of `changed`: bit i
  // is word i (bit 63: word 63 and all after it).  False as above.  `near` is as before afterwards.
  bool rename(const Word* packed, std::uint64_t changed, Numbers& near, Name& out) const;
  // So many times learn() was true: names from before are of an earlier generation.
  std::size_t generation() const { return past_.size(); }
  // The states of names that name() gave in a generation, one after the other.
  void states(const Name* names, std::size_t count, std::size_t generation, Word* packed) const;

  // Calls its argument for all names that are in use.
  using ForEachName = std::function<void(const std::function<void(Name)>&)>;
  // Gives numbers to whatever is new in these states, in order.  True: names would have got too
  // long, so roots have been paired: a generation ends, and Numbers from before are void, but
  // translate() knows the new name for each of `all`, which is called in this case only, and for
  // each that was one of them in the generation before.  It may throw std::bad_alloc, and what
  // `all` throws; then all names are what they were, and nothing new has got one.
  bool learn(const std::vector<const Word*>& packed, const ForEachName& all);
  // The name now of one of an earlier generation.
  Name translate(Name before, std::size_t generation) const;

  // What a name is made of, for those who write to names themselves.  A model that is its own name
  // has no roots: plain_bits() are the bits of a name for bits of one word of a state.
  bool is_plain() const { return leaves_.empty(); }
  Name plain_bits(std::uint32_t word, Word bits) const;
  // Otherwise each cell belongs to a root, whose number has bits of its own in a name.
  struct CellWrite {  // content = (content & ~clear) | set
    std::uint32_t cell = 0;
    std::uint32_t clear = 0;
    std::uint32_t set = 0;
    bool operator==(const CellWrite&) const = default;
  };
  static std::uint32_t content_of(const Word* packed, std::uint32_t cell) {
    return static_cast<std::uint32_t>(packed[cell / 2] >> (cell % 2 * 32));
  }
  std::size_t roots() const { return roots_.size(); }
  std::uint32_t root_of(std::uint32_t cell) const;
  // Per root: do these bits of a state, one mask for each word, belong to it?
  std::vector<std::uint8_t> roots_of(const std::vector<Word>& words) const;
  Name mask(std::uint32_t root) const { return roots_[root].mask; }
  Name encode(std::uint32_t root, Number n) const { return roots_[root].encode(n); }
  // The number of a root after writes to its cells; kNoNumber: that has none yet.  Slow.
  Number write(std::uint32_t root, const std::vector<CellWrite>& writes, Number n) const;
  // The bits of a name that say all about these bits of a state.
  Name bits_of(const std::vector<Word>& words) const;

  std::uint64_t bytes() const;
  // What learn() may take besides where each dictionary grows once, and one of them is there twice.
  std::uint64_t bytes_to_grow() const;

 private:
  // A root of the forest and where in a name the bits of its numbers are.
  struct Root {
    std::uint32_t node;
    Name mask = 0;
    std::vector<std::uint8_t> positions;  // of each bit of a number, ascending
    // spread[i][b]: the bits of byte i of a number where they are in a name.  At least for two
    // bytes, so that most numbers take no loop, and for all that `positions` has.
    std::vector<std::array<Name, 256>> spread;

    explicit Root(std::uint32_t n) : node(n), spread(2) {}
    void add_bit(int position);
    Name encode(Number n) const {
      Name name = spread[0][n & 0xff] | spread[1][n >> 8 & 0xff];
      n >>= 16;
      for (std::size_t i = 2; n != 0; ++i, n >>= 8) name |= spread[i][n & 0xff];
      return name;
    }
  };
  struct Leaf {
    std::uint32_t cell = 0;
    CellNumbers numbers;
  };
  struct Pair {
    std::uint32_t left = 0;
    std::uint32_t right = 0;
    PairNumbers numbers;
  };
  static constexpr std::uint32_t kNone = ~std::uint32_t{0};
  struct Node {
    std::uint32_t parent = kNone;  // in nodes_
    std::uint32_t root = kNone;    // in roots_; one of the two is kNone
  };
  struct Generation {  // how its names are read
    struct Part {
      std::uint32_t node;
      Name mask;
    };
    std::vector<Part> roots;
    std::size_t pairs = 0;  // so many there were
  };
  // A word of a model that is its own name: its two cells side by side, at `position`.
  struct Piece {
    std::uint32_t word = 0;
    int low_bits = 0;
    int high_bits = 0;
    int position = 0;
  };

  Name plain_name(const Word* packed) const {
    Word name = 0;
    for (const Piece& p : plain_) {
      const Word w = packed[p.word];
      name |= ((w & 0xffffffff) | (w >> 32 << p.low_bits)) << p.position;
    }
    return name;
  }
  Generation present() const;
  void read_roots(const Generation& g, Name name, std::vector<Number>& numbers) const;
  void pair_roots(const std::vector<const Word*>& packed, const ForEachName& all);
  void unpair(std::size_t pairs);
  // After learn() threw, numbers may be longer than the bits there are for them.
  bool fits(const Root& root, Number n) const {
    return !interrupted_ || n == kNoNumber || std::uint64_t{n} >> root.positions.size() == 0;
  }
  void read(const Generation& g, const Name* names, std::size_t count, Number* numbers) const;
  Number write_node(std::uint32_t node, const std::vector<CellWrite>& writes, Number n) const;
  // Pairs the two neighbours among the roots that have the least weight together.
  void pair_lightest(const std::function<int(std::uint32_t node)>& weight);
  int bits_needed() const;
  bool too_long() const { return bits_needed() > limits_.most_bits && roots_.size() > 1; }
  int bits_needed(std::uint32_t node) const;
  void add_bits();
  void learn_state(const Word* packed, std::vector<Number>& numbers);
  Name encode(const std::vector<Number>& numbers) const;
  // Makes the numbers of `near`, but neither its name nor its state, those of another state; false
  // when there is none, somewhere on the way.  go_back() undoes it.
  bool follow(const Word* packed, std::uint64_t changed, Numbers& near, Name& name) const;
  void go_back(Numbers& near) const;

  int words_;
  NameLimits limits_;
  int bits_ = 0;
  std::vector<Piece> plain_;
  std::vector<Leaf> leaves_;
  std::vector<Pair> pairs_;  // after their children
  std::vector<Node> nodes_;  // the leaves, then the pairs
  std::vector<std::uint32_t> leaf_of_cell_;
  std::vector<Root> roots_;
  std::vector<Generation> past_;
  bool interrupted_ = false;  // the last learn() threw
};

}  // namespace stalemate::engine

#endif  // STALEMATE_ENGINE_NAMES_H_
