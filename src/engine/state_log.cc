#include "engine/state_log.h"

#include <algorithm>
#include <array>

namespace stalemate::engine {

namespace {

constexpr std::size_t kAtOnce = 256;  // names that are taken to words, and back

}  // namespace

void StateLog::append(const Name* names, std::size_t count) {
  ends_.resize(names_->generation(), size());
  const bool wide = names_->bits() > 64 || long_.size() > 0;
  Log& log = wide ? long_ : short_;
  const std::uint64_t before = log.size();
  std::array<Word, 2 * kAtOnce> words;
  try {
    for (std::size_t begin = 0; begin < count; begin += kAtOnce) {
      const std::size_t n = std::min(kAtOnce, count - begin);
      std::size_t w = 0;
      for (std::size_t i = begin; i < begin + n; ++i) {
        words[w++] = static_cast<Word>(names[i]);
        if (wide) words[w++] = static_cast<Word>(names[i] >> 64);
      }
      log.append(words.data(), n);
    }
  } catch (...) {
    log.truncate(before);
    throw;
  }
}

template <typename Visit>
void StateLog::for_each_part(std::uint64_t first, std::uint64_t count, Visit&& visit) const {
  std::array<Word, 2 * kAtOnce> words;
  std::array<Name, kAtOnce> names;
  while (count > 0) {
    std::uint64_t n = std::min<std::uint64_t>(count, kAtOnce);
    const auto end = std::upper_bound(ends_.begin(), ends_.end(), first);
    const auto generation = static_cast<std::size_t>(end - ends_.begin());
    if (end != ends_.end()) n = std::min(n, *end - first);
    if (first < short_.size()) {
      n = std::min(n, short_.size() - first);
      short_.read(first, n, words.data());
      std::copy_n(words.begin(), n, names.begin());
    } else {
      long_.read(first - short_.size(), n, words.data());
      for (std::size_t i = 0; i < n; ++i) names[i] = Name{words[2 * i + 1]} << 64 | words[2 * i];
    }
    visit(generation, names.data(), static_cast<std::size_t>(n));
    first += n;
    count -= n;
  }
}

void StateLog::read_names(std::uint64_t first, std::uint64_t count, Name* out) const {
  for_each_part(first, count, [&](std::size_t generation, const Name* names, std::size_t n) {
    if (generation == names_->generation()) {
      out = std::copy_n(names, n, out);
    } else {
      out = std::transform(names, names + n, out,
                           [&](Name name) { return names_->translate(name, generation); });
    }
  });
}

void StateLog::read(std::uint64_t first, std::uint64_t count, Word* out) const {
  for_each_part(first, count, [&](std::size_t generation, const Name* names, std::size_t n) {
    names_->states(names, n, generation, out);
    out += n * static_cast<std::size_t>(names_->words());
  });
}

void StateLog::read(std::uint64_t first, std::uint64_t count, Name* names, Word* out) const {
  read_names(first, count, names);
  names_->states(names, static_cast<std::size_t>(count), names_->generation(), out);
}

}  // namespace stalemate::engine
