#include "engine/places.h"

#include <algorithm>
#include <limits>
#include <new>

namespace stalemate::engine {

Places::Places(Space& space) : space_(space) {
  std::uint64_t places = 0;
  for (int part = 0; part < Table::kParts; ++part) {
    base_.push_back(places);
    places += space.table->places(part);
  }
  base_.push_back(places);
}

void Places::find() {
  if (count() > std::numeric_limits<std::uint32_t>::max()) throw std::bad_alloc();
  const std::uint64_t states = space_.log.size();
  place_.resize(states);
  space_.pool.run(chunks_of(states), [&](std::size_t chunk, int) {
    const std::uint64_t first = chunk * kChunk;
    const std::uint64_t n = std::min(kChunk, states - first);
    std::vector<Word> words(n * space_.words());
    std::vector<Name> mixed(n);
    space_.log.read(first, n, words.data());
    for (std::uint64_t i = 0; i < n; ++i) {
      Name name = 0;
      space_.names.name(&words[i * space_.words()], name);
      mixed[i] = space_.mix(name).value;
      space_.table->prefetch({mixed[i]});
    }
    for (std::uint64_t i = 0; i < n; ++i) {
      place_[first + i] = static_cast<std::uint32_t>(of({mixed[i]}));
    }
  });
}

}  // namespace stalemate::engine
