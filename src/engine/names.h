// Short names for packed states.
//
// A reachable state has few different contents in each of its cells: the visited set stores not the
// cells but the numbers of their contents.  Cells are leaves of a forest; where there are many, pairs
// of numbers are named in turn, until few roots are left.  A name is the numbers of the roots, side by
// side, each with as many bits as the largest one so far needs.  A model of at most 64 bits is its own
// name.
//
// Between two calls of learn() everything is read-only, so that threads may name states at the same
// time.  What is not known yet is collected and learned in between, in an order that does not depend
// on the threads: then names do not, either.
// Tested by tests/unit/engine/names_test.cc.
#ifndef STALEMATE_ENGINE_NAMES_H_
#define STALEMATE_ENGINE_NAMES_H_

#include <cstdint>
#include <vector>

#include "engine/layout.h"

namespace stalemate::engine {

using Name = unsigned __int128;

class Names {
 public:
  explicit Names(const Layout& layout);

  // Bits of a name: names are below 2^bits().  At most kMaxBits.
  int bits() const;
  static constexpr int kMaxBits = 120;
  int words() const;  // of a packed state

  // False: something in the state has no number yet (see learn).
  bool name(const Word* packed, Name& out) const;
  // The same for a state that differs from one with name `near` only in `words`' worth of changed
  // words: bit i of `changed` is word i (bit 63: word 63 and all after it).  Must give what name()
  // gives.
  bool rename(const Word* packed, const Word* near_packed, Name near, std::uint64_t changed,
              Name& out) const;
  // The state of a name that name() gave.
  void state(Name name, Word* packed) const;

  // Gives numbers to whatever is new in these states, in order.  True: names have changed their
  // width, so names given before are void (translate() maps them).
  bool learn(const std::vector<const Word*>& packed);
  // After learn() was true: the new name for a name from before.  Valid until the next learn().
  Name translate(Name before) const;

  std::uint64_t bytes() const;

 private:
  // (the helper who builds this decides)
};

}  // namespace stalemate::engine

#endif  // STALEMATE_ENGINE_NAMES_H_
