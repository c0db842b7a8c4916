// What each interchangeable member has to itself: the slots that are about it alone, side by side.
//
// A record says all of its member that no renaming of others can change, and a renaming moves whole
// records.  The bits of one member mostly stand together in a packed state, as those of the next
// member do, so that a few rotations take them out and put them back.
// Tested by tests/unit/engine/symmetry_test.cc.
#ifndef STALEMATE_ENGINE_RECORDS_H_
#define STALEMATE_ENGINE_RECORDS_H_

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "engine/layout.h"

namespace stalemate::engine {

class Records {
 public:
  // Of the members of one class: what they have, a list for each kind of slot, of where it is for
  // each member.  The fields of one kind have the same bits and the same lo.
  using Fields = std::vector<Field>;
  void add_class(std::size_t members, std::vector<Fields> kinds);

  // Words of all records; those of one class follow each other, of `words(cls)` each.
  std::size_t size() const { return size_; }
  std::size_t words(std::size_t cls) const { return classes_[cls].words; }
  std::size_t begin(std::size_t cls, std::size_t member) const {
    return classes_[cls].record + member * classes_[cls].words;
  }

  void read(const Word* state, Word* records) const {
    std::fill_n(records, size_, Word{0});
    for (const Piece& p : pieces_) {
      records[p.record] |= std::rotl(state[p.word] & p.mask, p.rotation);
    }
  }
  // The record at `from` becomes that of a member, whose bits in `state` are 0.
  void write(std::size_t cls, std::size_t member, const Word* from, Word* state) const {
    const Class& c = classes_[cls];
    const std::size_t record = begin(cls, member);
    const std::size_t first = first_piece_[c.first + member];
    const std::size_t last = first_piece_[c.first + member + 1];
    for (std::size_t i = first; i < last; ++i) {
      const Piece& p = pieces_[i];
      state[p.word] |= std::rotr(from[p.record - record], p.rotation) & p.mask;
    }
  }
  void clear(std::size_t cls, std::size_t member, Word* state) const {
    const std::size_t at = classes_[cls].first + member;
    for (std::size_t i = first_piece_[at]; i < first_piece_[at + 1]; ++i) {
      state[pieces_[i].word] &= ~pieces_[i].mask;
    }
  }

 private:
  struct Piece {
    std::uint32_t word = 0;
    std::uint32_t record = 0;  // word of all records
    Word mask = 0;
    int rotation = 0;
  };
  struct Class {
    std::size_t first = 0;   // member, of all classes
    std::size_t record = 0;  // its first word
    std::size_t words = 0;
  };

  std::vector<Class> classes_;
  std::vector<Piece> pieces_;
  std::vector<std::size_t> first_piece_{0};  // per member of all classes, and the end
  std::size_t size_ = 0;
};

}  // namespace stalemate::engine

#endif  // STALEMATE_ENGINE_RECORDS_H_
