#include "engine/records.h"

#include <tuple>

namespace stalemate::engine {

void Records::add_class(std::size_t members, std::vector<Fields> kinds) {
  // As they stand for the first member, so that those of one word stay together.
  std::sort(kinds.begin(), kinds.end(), [](const Fields& a, const Fields& b) {
    return std::tuple(a[0].word, a[0].shift) < std::tuple(b[0].word, b[0].shift);
  });
  struct Place {
    std::size_t word;
    int shift;
  };
  std::vector<Place> places;
  Place next{0, 0};
  for (const Fields& kind : kinds) {
    if (next.shift + kind[0].bits > 64) next = {next.word + 1, 0};
    places.push_back(next);
    next.shift += kind[0].bits;
  }
  const Class c{first_piece_.size() - 1, size_, kinds.empty() ? 0 : next.word + 1};
  for (std::size_t m = 0; m < members; ++m) {
    for (std::size_t k = 0; k < kinds.size(); ++k) {
      const Field& f = kinds[k][m];
      const Piece piece{f.word, static_cast<std::uint32_t>(c.record + m * c.words + places[k].word),
                        f.mask(), (places[k].shift - f.shift) & 63};
      if (pieces_.size() > first_piece_.back()) {
        Piece& last = pieces_.back();
        if (last.word == piece.word && last.record == piece.record &&
            last.rotation == piece.rotation) {
          last.mask |= piece.mask;
          continue;
        }
      }
      pieces_.push_back(piece);
    }
    first_piece_.push_back(pieces_.size());
  }
  size_ += members * c.words;
  classes_.push_back(c);
}

}  // namespace stalemate::engine
