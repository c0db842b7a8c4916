#include "engine/stuck.h"

#include <algorithm>
#include <atomic>
#include <limits>
#include <new>
#include <numeric>

namespace stalemate::engine {

namespace {

std::uint8_t bit(std::size_t process) { return static_cast<std::uint8_t>(1U << (process % 8)); }

std::uint8_t load(const std::uint8_t& byte) { return __atomic_load_n(&byte, __ATOMIC_RELAXED); }

}  // namespace

Stuck::Stuck(Space& space, const std::vector<ir::ExprRef>& when)
    : space_(space),
      processes_(space.program.processes.size()),
      stride_(processes_ / 8 + 1),
      places_(space),
      counts_(space.program.steps.size()) {
  const ir::Program& p = space.program;
  for (const ir::ExprRef& e : when) when_.push_back(space.executor.test(e));
  for (const ir::Process& process : p.processes) {
    const int slot = p.variables[static_cast<std::size_t>(process.control)].first;
    const Field& f = space.layout.fields[static_cast<std::size_t>(slot)];
    Where w{f.word, f.shift, (Word{1} << f.bits) - 1, f.lo, {}};
    for (const ir::Location& l : process.locations) {
      const bool inactive = process.role != ir::Role::kThread && w.fine.empty();
      w.fine.push_back(l.final || l.rest || inactive ? 1 : 0);
    }
    where_.push_back(std::move(w));
  }
  for (std::size_t i = 0; i < p.steps.size(); ++i) {
    const ir::Step& step = p.steps[i];
    counts_[i] = step.kind != ir::StepKind::kSpeculative && !step.relies_on_copy ? 1 : 0;
  }
  for (const Outcome& o : space.executor.outcomes()) {
    turns_.push_back(ir::any_turn(p, o.goals) ? 1 : 0);
  }
  threads_.resize(static_cast<std::size_t>(space.pool.threads()));
}

std::uint64_t Stuck::bytes_needed() const {
  return 2 * places_.count() * stride_ + Places::bytes_needed(space_);
}

std::uint64_t Stuck::bytes() const {
  return fine_.capacity() + steps_.capacity() + places_.states() * sizeof(std::uint32_t) +
         stuck_.capacity() * sizeof(stuck_[0]);
}

std::uint64_t Stuck::bytes_needed_with_edges(std::uint64_t transitions) const {
  const std::uint64_t states = space_.log.size();
  return bytes_needed() + 2 * Edges::bytes(states, transitions, space_.orbits != nullptr) +
         8 * states + (stride_ + 4) * states + places_.count() * sizeof(Edges::State);
}

bool Stuck::has_all(const Bits& bits, std::uint64_t place) const {
  for (std::size_t b = 0; b < stride_; ++b) {
    const std::size_t left = processes_ - 8 * b;
    const auto all = static_cast<std::uint8_t>(left >= 8 ? 0xff : (1U << left) - 1);
    if ((load(bits[place * stride_ + b]) & all) != all) return false;
  }
  return true;
}

// Is there nothing more to find out about a state?
bool Stuck::full(const Bits& bits, std::uint64_t place) const {
  const std::uint8_t& last = bits[place * stride_ + processes_ / 8];
  return (initial_has_all_ && &bits == &fine_ && (load(last) & bit(processes_)) != 0) ||
         has_all(bits, place);
}

std::vector<int> Stuck::missing(const Bits& bits, const Word* state) const {
  Orbits::Scratch orbits;
  std::vector<Word> standing(state, state + space_.words());
  if (space_.orbits != nullptr) space_.orbits->representative(standing.data(), orbits);
  Name name = 0;
  space_.names.name(standing.data(), name);
  const std::uint64_t place = places_.of(space_.mix(name));
  std::vector<int> out;
  if (full(bits, place)) return out;
  for (std::size_t i = 0; i < processes_; ++i) {
    std::size_t there = i;
    if (space_.orbits != nullptr) {
      there = static_cast<std::size_t>(
          space_.orbits->processes().process(static_cast<int>(i), orbits.renaming()));
    }
    if ((bits[place * stride_ + there / 8] & bit(there)) == 0) out.push_back(static_cast<int>(i));
  }
  return out;
}

bool Stuck::learn(Edges::Label label, const std::uint8_t* known, std::uint8_t* own) const {
  bool learned = false;
  const auto add = [&](std::size_t from, std::size_t to) {
    if ((load(known[from / 8]) & bit(from)) == 0 || (own[to / 8] & bit(to)) != 0) return;
    own[to / 8] |= bit(to);
    learned = true;
  };
  const std::vector<std::uint16_t>& there = space_.orbits->processes().of_kind(label);
  for (std::size_t i = 0; i < processes_; ++i) add(there[i], i);
  add(processes_, processes_);  // the initial state stands for itself only
  return learned;
}

// What a state knows without looking at others, apart from the steps it can take.
void Stuck::own_bits(What what, const Word* state, std::uint8_t* bits) const {
  std::fill(bits, bits + stride_, 0);
  if (what == What::kSteps) return;
  for (std::size_t i = 0; i < processes_; ++i) {
    const Where& w = where_[i];
    const auto at = static_cast<std::size_t>(w.lo) + (state[w.word] >> w.shift & w.mask);
    const bool counts =
        when_.empty() || space_.executor.judge(when_[i], state) == Executor::Verdict::kHolds;
    if (w.fine[at] != 0 || !counts) bits[i / 8] |= bit(i);
  }
}

// Of `count` states of t.todo from `first` on, with what each knows by its own steps.
void Stuck::find_successors(What what, std::size_t first, std::size_t count, Thread& t) const {
  const std::size_t words = space_.words();
  const Table& table = *space_.table;
  const Word* const states = &t.states[first * words];
  const auto add = [&](std::size_t i, Name name) {
    t.successors.push_back(space_.mix(name).value);
    t.of.push_back(static_cast<std::uint32_t>(first + i));
    table.prefetch({t.successors.back()});
  };
  // t.after, or what stands for it.
  const auto add_after = [&](std::size_t i) {
    space_.orbits->representative(t.after.data(), t.orbits);
    const Edges::Label label = space_.orbits->processes().kind(t.orbits.renaming());
    Name name = 0;
    if (label == 0 && same(t.after.data(), states + i * words, words)) return;
    if (!space_.names.name(t.after.data(), name)) return;
    add(i, name);
    t.labels.push_back(label);
  };
  const auto takes = [&](std::size_t i, int number, bool turns) {
    if (counts_[static_cast<std::size_t>(number)] == 0) return false;
    const ir::Step& step = space_.program.steps[static_cast<std::size_t>(number)];
    if (!ir::is_program(step.kind) || step.process < 0) return true;
    const auto process = static_cast<std::size_t>(step.process);
    if (what == What::kSteps || turns) {
      t.bits[(first + i) * stride_ + process / 8] |= bit(process);
    }
    return true;
  };
  for (const Phase phase : {Phase::kEnvironment, Phase::kProgram}) {
    space_.reduced.find(
        phase, states, &t.names[first], count, t.memory, [&](const Successors::Successor& s) {
          const bool turns = turns_[static_cast<std::size_t>(s.outcome)] != 0;
          if (!takes(s.state, s.step, turns)) return;
          if (space_.orbits != nullptr) {
            if (space_.executor.outcomes()[static_cast<std::size_t>(s.outcome)].error) return;
            space_.executor.apply(s.cube, states + s.state * words, t.after.data());
            add_after(s.state);
          } else if (s.known && s.name != s.before) {
            add(s.state, s.name);
          }
        });
    if (!space_.executor.any_general(phase)) continue;
    for (std::size_t i = 0; i < count; ++i) {
      const Word* const state = states + i * words;
      space_.names.name(state, t.numbers);
      space_.reduced.fire_general(phase, i, state, t.after.data(), t.memory, [&](const Firing& f) {
        const bool turns = ir::any_turn(space_.program, f.unusual->goals);
        if (!takes(i, f.step, turns) || same(f.after, state, words)) return;
        if (space_.orbits != nullptr) {
          add_after(i);
          return;
        }
        Name name = 0;
        if (space_.names.rename(f.after, f.changed, t.numbers, name)) add(i, name);
      });
    }
  }
}

// Their own facts and the places of their successors.
void Stuck::gather(What what, Thread& t) const {
  const std::size_t words = space_.words();
  t.after.resize(words);
  t.bits.resize(t.todo.size() * stride_);
  t.successors.clear();
  t.of.clear();
  t.labels.clear();
  for (std::size_t i = 0; i < t.todo.size(); ++i) {
    own_bits(what, &t.states[i * words], &t.bits[i * stride_]);
  }
  t.successor_place.clear();
  for (std::size_t i = 0; i < t.todo.size(); i += Successors::kBatch) {
    find_successors(what, i, std::min(Successors::kBatch, t.todo.size() - i), t);
    for (std::size_t k = t.successor_place.size(); k < t.successors.size(); ++k) {
      t.successor_place.push_back(places_.of({t.successors[k]}));  // in the cache by now
    }
  }
}

bool Stuck::work(What what, Bits& bits, Thread& t) const {
  gather(what, t);
  for (const std::uint64_t place : t.successor_place) __builtin_prefetch(&bits[place * stride_]);
  for (std::size_t k = 0; k < t.successors.size(); ++k) {
    std::uint8_t* own = &t.bits[t.of[k] * stride_];
    const std::uint8_t* other = &bits[t.successor_place[k] * stride_];
    if (!t.labels.empty()) {
      learn(t.labels[k], other, own);
      continue;
    }
    for (std::size_t b = 0; b < stride_; ++b) own[b] |= load(other[b]);
  }
  bool changed = false;
  for (std::size_t i = 0; i < t.todo.size(); ++i) {
    std::uint8_t* mine = &bits[places_[t.todo[i]] * stride_];
    for (std::size_t b = 0; b < stride_; ++b) {
      const std::uint8_t own = t.bits[i * stride_ + b];
      const std::uint8_t before = __atomic_fetch_or(&mine[b], own, __ATOMIC_RELAXED);
      changed = changed || (before | own) != before;
    }
  }
  return changed;
}

// The states of t.todo; all at once if they are among `count` ones in a row.
void Stuck::read_states(bool in_a_row, std::uint64_t first, std::uint64_t count, Thread& t) const {
  const std::size_t words = space_.words();
  t.names.resize(kChunk);
  if (in_a_row) space_.log.read_names(first, count, t.names.data());
  for (std::size_t i = 0; i < t.todo.size(); ++i) {
    if (in_a_row) {
      t.names[i] = t.names[t.todo[i] - first];
    } else {
      space_.log.read_names(t.todo[i], 1, &t.names[i]);
    }
  }
  t.states.resize(kChunk * words);
  space_.names.states(t.names.data(), t.todo.size(), space_.names.generation(), t.states.data());
}

bool Stuck::close(What what, Bits& bits, bool all, const std::function<bool()>& give_up) {
  constexpr std::uint64_t kAtOnce = 64;
  const std::uint64_t count = all ? space_.log.size() : stuck_.size();
  for (std::atomic<bool> changed{true}; changed;) {
    changed = false;
    initial_has_all_ = has_all(fine_, places_[0]);
    // From the end: most steps lead to states that were found later.
    for (std::uint64_t end = chunks_of(count); end > 0;) {
      if (give_up()) return false;
      const std::uint64_t n = std::min(kAtOnce, end);
      space_.pool.run(n, [&](std::size_t i, int thread) {
        Thread& t = threads_[static_cast<std::size_t>(thread)];
        const std::uint64_t first = (end - 1 - i) * kChunk;
        const std::uint64_t n = std::min(kChunk, count - first);
        t.todo.clear();
        for (std::uint64_t k = first; k < first + n; ++k) {
          const std::uint64_t at = all ? k : stuck_[k];
          if (!full(bits, places_[at])) t.todo.push_back(at);
        }
        read_states(all && !t.todo.empty(), first, n, t);
        if (!t.todo.empty() && work(what, bits, t)) changed = true;
      });
      end -= n;
    }
  }
  return true;
}

// The steps between all states, and what each state knows by itself.
std::optional<Edges> Stuck::find_edges(Bits& facts, const std::function<bool()>& give_up) {
  constexpr std::uint64_t kAtOnce = 64;
  const std::uint64_t states = space_.log.size();
  std::vector<Edges::State> at_place(places_.count());
  for (std::uint64_t i = 0; i < states; ++i) at_place[places_[i]] = static_cast<Edges::State>(i);
  facts.assign(states * stride_, 0);
  Edges edges;
  struct Chunk {
    std::vector<Edges::State> to;
    std::vector<Edges::Label> labels;
    std::vector<std::uint32_t> count;  // per state
  };
  std::vector<Chunk> chunks(kAtOnce);
  for (std::uint64_t begin = 0; begin < chunks_of(states); begin += kAtOnce) {
    if (give_up()) return std::nullopt;
    const std::uint64_t n = std::min(kAtOnce, chunks_of(states) - begin);
    space_.pool.run(n, [&](std::size_t c, int thread) {
      Thread& t = threads_[static_cast<std::size_t>(thread)];
      const std::uint64_t first = (begin + c) * kChunk;
      const std::uint64_t count = std::min(kChunk, states - first);
      t.todo.resize(count);
      std::iota(t.todo.begin(), t.todo.end(), first);
      read_states(true, first, count, t);
      gather(What::kFine, t);
      std::copy(t.bits.begin(), t.bits.end(), &facts[first * stride_]);
      // By state: each is in two runs at most for each kind of steps.
      Chunk& chunk = chunks[c];
      chunk.count.assign(count, 0);
      for (const std::uint32_t s : t.of) ++chunk.count[s];
      std::vector<std::uint32_t> next(count);
      std::exclusive_scan(chunk.count.begin(), chunk.count.end(), next.begin(), 0U);
      chunk.to.resize(t.of.size());
      chunk.labels.resize(t.labels.size());
      for (std::size_t k = 0; k < t.of.size(); ++k) {
        const std::uint32_t there = next[t.of[k]]++;
        chunk.to[there] = at_place[t.successor_place[k]];
        if (!t.labels.empty()) chunk.labels[there] = t.labels[k];
      }
    });
    for (std::uint64_t c = 0; c < n; ++c) {
      const std::span<const Edges::State> to = chunks[c].to;
      const std::span<const Edges::Label> labels = chunks[c].labels;
      std::size_t first = 0;
      for (const std::uint32_t count : chunks[c].count) {
        const std::size_t with_label = labels.empty() ? 0 : count;
        edges.add(to.subspan(first, count), labels.subspan(labels.empty() ? 0 : first, with_label));
        first += count;
      }
    }
  }
  return edges;
}

// The initial state can reach what is reachable from it, and so can all that lead back to it; what
// does not lead back leads to such states only.
bool Stuck::close_with_edges(const std::function<bool()>& give_up) {
  const std::uint64_t states = space_.log.size();
  Bits facts;
  std::optional<Edges> edges = find_edges(facts, give_up);
  if (!edges) return false;
  Bits initial(stride_);
  const bool all_count = std::find(counts_.begin(), counts_.end(), 0) == counts_.end();
  const std::vector<std::uint8_t> from_initial =
      all_count ? std::vector<std::uint8_t>(states, 1) : reachable(*edges, 0);
  for (std::uint64_t s = 0; s < states; ++s) {
    if (from_initial[s] == 0) continue;
    for (std::size_t b = 0; b < stride_; ++b) initial[b] |= facts[s * stride_ + b];
  }
  // It is the same under all renamings: what it knows of one process it knows of those it goes to.
  const Bits known = initial;
  for (std::size_t kind = 0; space_.orbits != nullptr && kind < space_.orbits->processes().kinds();
       ++kind) {
    learn(static_cast<Edges::Label>(kind), known.data(), initial.data());
  }
  const Edges back = edges->reversed();
  edges.reset();
  const std::vector<std::uint8_t> to_initial = reachable(back, 0);
  initial[processes_ / 8] |= bit(processes_);
  for (std::uint64_t s = 0; s < states; ++s) {
    if (to_initial[s] == 0) continue;
    for (std::size_t b = 0; b < stride_; ++b) facts[s * stride_ + b] |= initial[b];
  }
  // A state that leads back knows what the initial one does, which is all that it can reach, if it
  // can be reached from there; the others have to be asked.
  std::vector<std::uint8_t> settled(states);
  for (std::uint64_t s = 0; s < states; ++s) settled[s] = to_initial[s] & from_initial[s];
  if (!spread_back(
          back, stride_, settled, facts,
          [this](Edges::Label label, const std::uint8_t* known, std::uint8_t* own) {
            return learn(label, known, own);
          },
          give_up))
    return false;
  for (std::uint64_t s = 0; s < states; ++s) {
    std::copy_n(&facts[s * stride_], stride_, &fine_[places_[s] * stride_]);
  }
  return true;
}

bool Stuck::solve(bool hangs, bool edges, const std::function<bool()>& give_up) {
  places_.find();
  fine_.assign(places_.count() * stride_, 0);
  fine_[places_[0] * stride_ + processes_ / 8] |=
      bit(processes_);  // the first one is the initial one
  const bool closed = edges ? close_with_edges(give_up) : close(What::kFine, fine_, true, give_up);
  if (!closed) return false;
  initial_has_all_ = has_all(fine_, places_[0]);
  for (std::uint64_t i = 0; i < places_.states(); ++i) {
    if (!full(fine_, places_[i])) stuck_.push_back(i);
  }
  if (stuck_.empty() || !hangs) return true;
  // What is stuck leads to what is stuck only, so the others need not be looked at.
  steps_.assign(places_.count() * stride_, 0);
  return close(What::kSteps, steps_, false, give_up);
}

}  // namespace stalemate::engine
