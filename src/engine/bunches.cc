#include "engine/bunches.h"

#include <algorithm>
#include <utility>

namespace stalemate::engine {

using Dispatch = Executor::Dispatch;

// What lists read, as bits: those of a name where names are states, otherwise one for each root.
class Bunches::Reads {
 public:
  Reads(const Executor& executor, const Names& names)
      : most(names.is_plain() ? kMostBits : kMostRoots), executor_(executor), names_(names) {}

  const int most;  // of several lists together

  Name of_list(std::uint32_t list) const { return of(executor_.reads(list)); }
  Name of_location(const Dispatch& d) const {
    std::vector<Word> words(executor_.words());
    words[d.word] = d.mask << d.shift;
    return of(words);
  }
  // Where names are states, what is read apart is as good as what is read by both.
  bool fit(Name more, Name bunch) const {
    if (count_bits(bunch) > most) return false;  // nothing is remembered of those for long
    return (more & ~bunch) == 0 || (names_.is_plain() && count_bits(more | bunch) <= most);
  }

 private:
  Name of(const std::vector<Word>& words) const {
    if (names_.is_plain()) return names_.bits_of(words);
    Name out = 0;
    const std::vector<std::uint8_t> read = names_.roots_of(words);
    for (std::size_t r = 0; r < read.size(); ++r) out |= Name{read[r]} << r;
    return out;
  }

  const Executor& executor_;
  const Names& names_;
};

struct Bunches::Narrow {
  Dispatch dispatch;
  Name reads = 0;
  bool empty() const {
    return std::all_of(dispatch.lists.begin(), dispatch.lists.end(),
                       [](std::uint32_t list) { return list == Dispatch::kNone; });
  }
};

Bunches::Bunches(const Executor& executor, const Names& names) : of_list(executor.lists()) {
  const Reads reads(executor, names);
  for (const Phase phase : {Phase::kEnvironment, Phase::kProgram}) {
    std::vector<Narrow> narrow;
    for (const Dispatch& d : executor.dispatches(phase)) {
      narrow.push_back(narrowed(d, phase, reads));
    }
    join(std::move(narrow), phase, reads);
  }
  find_reads(executor);
}

std::uint32_t Bunches::add(const Dispatch& dispatch) {
  all.push_back({{dispatch}, {}});
  return static_cast<std::uint32_t>(all.size() - 1);
}

Bunches::Narrow Bunches::narrowed(const Dispatch& dispatch, Phase phase, const Reads& reads) {
  Narrow out{dispatch, reads.of_location(dispatch)};
  // One that is always there loses nothing by having a bunch of its own.
  if (dispatch.lists.size() == 1) {
    out.reads |= reads.of_list(dispatch.lists[0]);
    return out;
  }
  std::vector<std::size_t> locations;
  for (std::size_t l = 0; l < dispatch.lists.size(); ++l) {
    if (dispatch.lists[l] != Dispatch::kNone) locations.push_back(l);
  }
  std::stable_sort(locations.begin(), locations.end(), [&](std::size_t a, std::size_t b) {
    return count_bits(reads.of_list(dispatch.lists[a])) <
           count_bits(reads.of_list(dispatch.lists[b]));
  });
  Dispatch wide = dispatch;
  std::fill(wide.lists.begin(), wide.lists.end(), Dispatch::kNone);
  bool any_wide = false;
  for (const std::size_t l : locations) {
    const Name together = out.reads | reads.of_list(dispatch.lists[l]);
    if (count_bits(together) <= reads.most) {
      out.reads = together;
      continue;
    }
    wide.lists[l] = add({0, 0, 0, {dispatch.lists[l]}});
    out.dispatch.lists[l] = Dispatch::kNone;
    any_wide = true;
  }
  if (any_wide) dispatches[static_cast<std::size_t>(phase)].push_back(std::move(wide));
  return out;
}

// The widest first: others fit into it.
void Bunches::join(std::vector<Narrow> narrow, Phase phase, const Reads& reads) {
  std::stable_sort(narrow.begin(), narrow.end(), [](const Narrow& a, const Narrow& b) {
    return count_bits(a.reads) > count_bits(b.reads);
  });
  std::vector<std::uint32_t>& bunches = always[static_cast<std::size_t>(phase)];
  std::vector<Name> read;  // by each of them
  for (Narrow& n : narrow) {
    if (n.empty()) continue;
    const auto bunch =
        std::find_if(read.begin(), read.end(), [&](Name r) { return reads.fit(n.reads, r); });
    if (bunch == read.end()) {
      read.push_back(n.reads);
      bunches.push_back(add(n.dispatch));
      continue;
    }
    *bunch |= n.reads;
    const std::uint32_t number = bunches[static_cast<std::size_t>(bunch - read.begin())];
    all[number].dispatches.push_back(std::move(n.dispatch));
  }
}

void Bunches::find_reads(const Executor& executor) {
  for (std::uint32_t b = 0; b < all.size(); ++b) {
    std::vector<Word>& reads = all[b].reads;
    reads.resize(executor.words());
    for (const Dispatch& d : all[b].dispatches) {
      reads[d.word] |= d.mask << d.shift;
      for (const std::uint32_t list : d.lists) {
        if (list == Dispatch::kNone) continue;
        of_list[list] = b;
        const std::vector<Word>& words = executor.reads(list);
        for (std::size_t w = 0; w < words.size(); ++w) reads[w] |= words[w];
      }
    }
  }
}

}  // namespace stalemate::engine
