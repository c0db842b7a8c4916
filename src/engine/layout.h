// How a state of a Program is packed into machine words.
//
// A slot that can never leave its initial value takes no bits; each other slot takes the bits of
// the values it may hold, inside one 32-bit cell.  Slots that change together (of one process, of
// one CPU, of one variable) share cells, since the visited set names the contents of each cell by a
// small number. Tested by tests/unit/engine/layout_test.cc.
#ifndef STALEMATE_ENGINE_LAYOUT_H_
#define STALEMATE_ENGINE_LAYOUT_H_

#include <cstdint>
#include <vector>

#include "engine/possible.h"
#include "ir/ir.h"
#include "verdict/verdict.h"

namespace stalemate::engine {

using Word = std::uint64_t;  // two cells: cell 2i is the low half of word i

// Where one slot is: (words[word] >> shift) & ((1 << bits) - 1), plus lo, is its value.
struct Field {
  std::uint32_t word = 0;
  std::uint8_t shift = 0;
  std::uint8_t bits = 0;  // 0: the slot always holds `lo`
  ir::Value lo = 0;

  Word mask() const { return ((Word{1} << bits) - 1) << shift; }
};

struct Layout {
  explicit Layout(const ir::Program& p);

  std::vector<Field> fields;       // per slot of the Program
  std::vector<ValueSet> possible;  // per slot: what it may hold
  int words = 1;                   // of a packed state
  std::vector<int> cell_bits;      // used bits of each cell, at most 32; 2 * words of them
  int bits = 0;                    // sum of cell_bits

  // Each value of `s` must be possible for its slot, as it is in every reachable state.
  void pack(const State& s, Word* packed) const;
  void unpack(const Word* packed, State& s) const;
};

}  // namespace stalemate::engine

#endif  // STALEMATE_ENGINE_LAYOUT_H_
