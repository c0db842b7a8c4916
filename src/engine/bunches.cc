#include "engine/bunches.h"

#include <algorithm>
#include <bit>

namespace stalemate::engine {

namespace {

using Choice = Executor::Choice;

int count(Name bits) {
  return std::popcount(static_cast<std::uint64_t>(bits)) +
         std::popcount(static_cast<std::uint64_t>(bits >> 64));
}

// What lists read, as bits: those of a name where names are states, otherwise one for each root.
class Reads {
 public:
  Reads(const Executor& executor, const Names& names) : executor_(executor), names_(names) {}

  Name of(const std::vector<Word>& words) const {
    if (names_.is_plain()) return names_.bits_of(words);
    Name out = 0;
    const std::vector<std::uint8_t> read = names_.roots_of(words);
    for (std::size_t r = 0; r < read.size(); ++r) out |= Name{read[r]} << r;
    return out;
  }
  Name of_list(std::uint32_t list) const { return of(executor_.reads(list)); }
  Name of_location(const Choice& c) const {
    std::vector<Word> words(executor_.words());
    words[c.word] = c.mask << c.shift;
    return of(words);
  }

 private:
  const Executor& executor_;
  const Names& names_;
};

// A choice without the lists that read too much for it.
struct Narrow {
  Choice choice;
  Name reads = 0;
};

}  // namespace

Bunches::Bunches(const Executor& executor, const Names& names) : of_list(executor.lists()) {
  const Reads reads(executor, names);
  const int most = names.is_plain() ? kMostBits : kMostRoots;
  const auto add = [&](const Choice& choice) {
    all.push_back({{choice}, std::vector<Word>(executor.words())});
    return static_cast<std::uint32_t>(all.size() - 1);
  };
  for (const Phase phase : {Phase::kEnvironment, Phase::kProgram}) {
    const auto at = static_cast<std::size_t>(phase);
    std::vector<Narrow> narrow;
    for (const Choice& choice : executor.choices(phase)) {
      Narrow n{choice, reads.of_location(choice)};
      std::vector<std::size_t> locations;
      for (std::size_t l = 0; l < choice.lists.size(); ++l) {
        if (choice.lists[l] != Choice::kNone) locations.push_back(l);
      }
      std::stable_sort(locations.begin(), locations.end(), [&](std::size_t a, std::size_t b) {
        return count(reads.of_list(choice.lists[a])) < count(reads.of_list(choice.lists[b]));
      });
      Choice wide{choice.word, choice.shift, choice.mask,
                  std::vector<std::uint32_t>(choice.lists.size(), Choice::kNone)};
      bool any_wide = false;
      for (const std::size_t l : locations) {
        const std::uint32_t list = choice.lists[l];
        const Name together = n.reads | reads.of_list(list);
        // One that is always there loses nothing by having a bunch of its own.
        if (count(together) <= most || choice.lists.size() == 1) {
          n.reads = together;
          continue;
        }
        n.choice.lists[l] = Choice::kNone;
        wide.lists[l] = add({0, 0, 0, {list}});
        any_wide = true;
      }
      if (any_wide) choices[at].push_back(std::move(wide));
      narrow.push_back(std::move(n));
    }

    // The widest first: others fit into it.
    std::stable_sort(narrow.begin(), narrow.end(), [](const Narrow& a, const Narrow& b) {
      return count(a.reads) > count(b.reads);
    });
    std::vector<Name> read;  // per bunch of this phase
    for (Narrow& n : narrow) {
      const auto& lists = n.choice.lists;
      if (std::all_of(lists.begin(), lists.end(), [](auto l) { return l == Choice::kNone; })) {
        continue;
      }
      const auto fits = std::find_if(read.begin(), read.end(), [&](Name r) {
        if (count(r) > most) return false;  // nothing is remembered of those for long
        return (n.reads & ~r) == 0 || (names.is_plain() && count(n.reads | r) <= most);
      });
      if (fits == read.end()) {
        read.push_back(n.reads);
        always[at].push_back(add(n.choice));
        continue;
      }
      *fits |= n.reads;
      const auto bunch = always[at][static_cast<std::size_t>(fits - read.begin())];
      all[bunch].choices.push_back(std::move(n.choice));
    }
  }
  for (std::uint32_t b = 0; b < all.size(); ++b) {
    for (const Choice& c : all[b].choices) {
      all[b].reads[c.word] |= c.mask << c.shift;
      for (const std::uint32_t list : c.lists) {
        if (list == Choice::kNone) continue;
        of_list[list] = b;
        const std::vector<Word>& words = executor.reads(list);
        for (std::size_t w = 0; w < words.size(); ++w) all[b].reads[w] |= words[w];
      }
    }
  }
}

}  // namespace stalemate::engine
