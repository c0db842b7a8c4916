#include "engine/round.h"

#include <algorithm>
#include <chrono>
#include <utility>

namespace stalemate::engine {

namespace {

using Clock = std::chrono::steady_clock;
double seconds_since(Clock::time_point t) {
  return std::chrono::duration<double>(Clock::now() - t).count();
}

void merge(std::vector<std::uint8_t>& into, const std::vector<std::uint8_t>& from) {
  for (std::size_t i = 0; i < into.size(); ++i) into[i] |= from[i];
}

}  // namespace

Seen::Seen(const Space& space)
    : fired(space.program.steps.size()),
      outcomes(space.executor.outcomes().size()),
      violations(space.program.properties.size()),
      goals(space.program.goals.size()) {}

void Seen::add(const Seen& other) {
  merge(fired, other.fired);
  merge(outcomes, other.outcomes);
  merge(violations, other.violations);
  merge(goals, other.goals);
}

Rounds::Thread::Thread(const Space& space)
    : read(kChunk), states(kChunk * space.words()), after(space.words()), seen(space) {}

Rounds::Rounds(Space& space, std::vector<Executor::Test> conditions)
    : space_(space),
      conditions_(std::move(conditions)),
      taken_(Table::kParts),
      seen_(space),
      violated_(conditions_.size()),
      held_(conditions_.size()) {
  for (int i = 0; i < space.pool.threads(); ++i) {
    threads_.emplace_back(space);
    threads_.back().violated.resize(conditions_.size());
    threads_.back().held.resize(conditions_.size());
  }
}

void Rounds::clear_seen() {
  seen_ = Seen(space_);
  std::fill(violated_.begin(), violated_.end(), 0);
  std::fill(held_.begin(), held_.end(), 0);
}

Rounds::Result Rounds::expand(Phase phase, const StateLog& from, std::uint64_t first,
                              std::uint64_t count, bool settle, StateLog& to) {
  const auto chunks = static_cast<std::size_t>(chunks_of(count));
  if (chunks_.size() < chunks) chunks_.resize(chunks);
  const Clock::time_point began = Clock::now();
  const auto expand_all = [&] {
    space_.pool.run(chunks, [&](std::size_t c, int thread) {
      const std::uint64_t begin = c * kChunk;
      expand_chunk(phase, from, first + begin, std::min(kChunk, count - begin), chunks_[c],
                   threads_[static_cast<std::size_t>(thread)]);
    });
  };
  expand_all();
  while (!name_unknown(chunks)) expand_all();
  expanding_ += seconds_since(began);

  const Clock::time_point inserted = Clock::now();
  take(chunks, settle, to);
  inserting_ += seconds_since(inserted);

  Result result;
  for (std::size_t c = 0; c < chunks; ++c) {
    result.transitions += chunks_[c].transitions;
    result.error = result.error || chunks_[c].error;
  }
  for (Thread& t : threads_) {
    seen_.add(t.seen);
    merge(violated_, t.violated);
    merge(held_, t.held);
    t.seen = Seen(space_);
    std::fill(t.violated.begin(), t.violated.end(), 0);
    std::fill(t.held.begin(), t.held.end(), 0);
  }
  return result;
}

void Rounds::remember(const Log& from, std::uint64_t first, std::uint64_t count, bool settled,
                      StateLog& to) {
  std::vector<Word> states(kChunk * space_.words());
  std::vector<const Word*> pointers;
  for (const std::uint64_t end = first + count; first < end; first += kChunk) {
    const std::uint64_t n = std::min(kChunk, end - first);
    from.read(first, n, states.data());
    pointers.clear();
    for (std::uint64_t i = 0; i < n; ++i) pointers.push_back(&states[i * space_.words()]);
    learn_states(pointers);
    for (const Word* state : pointers) {
      Name name = 0;
      space_.names.name(state, name);
      const Table::Mixed m = space_.mix(name);
      const Table::Found f = space_.table->put(m);
      if (settled) space_.table->set_flag(space_.table->part(m), f.place);
      to.append(&name, 1);
    }
  }
}

void Rounds::settle(const StateLog& from, std::uint64_t first, std::uint64_t count, StateLog& to) {
  const auto chunks = static_cast<std::size_t>(chunks_of(count));
  if (chunks_.size() < chunks) chunks_.resize(chunks);
  space_.pool.run(chunks, [&](std::size_t c, int thread) {
    Thread& t = threads_[static_cast<std::size_t>(thread)];
    const std::uint64_t begin = c * kChunk;
    const std::uint64_t n = std::min(kChunk, count - begin);
    from.read_names(first + begin, n, t.read.data());
    start(t);
    for (std::uint64_t i = 0; i < n; ++i) t.names.push_back(t.read[i]);
    sort(t, chunks_[c]);
  });
  take(chunks, true, to);
}

void Rounds::take(std::size_t chunks, bool claim, StateLog& to) {
  space_.pool.run(Table::kParts, [&](std::size_t part, int thread) {
    Taken& taken = taken_[part];
    std::vector<std::uint32_t>& accepted = threads_[static_cast<std::size_t>(thread)].accepted;
    taken.names.clear();
    taken.end.assign(chunks, 0);
    for (std::size_t c = 0; c < chunks; ++c) {
      const Chunk& chunk = chunks_[c];
      accepted.clear();
      space_.table->take(static_cast<int>(part), chunk.mixed, chunk.begin[part],
                         chunk.begin[part + 1], claim, accepted);
      for (const std::uint32_t i : accepted) {
        taken.names.push_back(space_.lossy ? chunk.names[i]
                                           : space_.table->unmix({chunk.mixed[i]}));
      }
      taken.end[c] = taken.names.size();
    }
  });
  // Chunk by chunk: states that were found from near states are near each other.
  for (std::size_t c = 0; c < chunks; ++c) {
    for (const Taken& taken : taken_) {
      const std::size_t begin = c == 0 ? 0 : taken.end[c - 1];
      if (taken.end[c] != begin) to.append(&taken.names[begin], taken.end[c] - begin);
    }
  }
}

void Rounds::expand_chunk(Phase phase, const StateLog& from, std::uint64_t first,
                          std::uint64_t count, Chunk& chunk, Thread& t) const {
  chunk.unknown.clear();
  chunk.transitions = 0;
  chunk.error = false;
  start(t);
  from.read(first, count, t.read.data(), t.states.data());
  const std::size_t words = space_.words();
  const std::vector<Outcome>& outcomes = space_.executor.outcomes();
  if (phase == Phase::kEnvironment) judge(count, chunk, t);
  for (std::uint64_t begin = 0; begin < count; begin += Successors::kBatch) {
    const Word* const states = &t.states[begin * words];
    const std::uint64_t n = std::min<std::uint64_t>(Successors::kBatch, count - begin);
    space_.reduced.find(
        phase, states, &t.read[begin], n, t.memory, [&](const Successors::Successor& s) {
          t.seen.outcomes[static_cast<std::size_t>(s.outcome)] = 1;
          if (s.outcome > 0 && outcomes[static_cast<std::size_t>(s.outcome)].error) {
            chunk.error = true;
            return;
          }
          ++chunk.transitions;
          t.seen.fired[static_cast<std::size_t>(s.step)] = 1;
          if (space_.orbits != nullptr) {
            space_.executor.apply(s.cube, states + s.state * words, t.after.data());
            take_representative(states + s.state * words, chunk, t);
          } else if (!s.known) {
            space_.executor.apply(s.cube, states + s.state * words, t.after.data());
            chunk.unknown.insert(chunk.unknown.end(), t.after.begin(), t.after.end());
          } else if (s.name != s.before) {
            t.names.push_back(s.name);
          }
        });
    if (space_.executor.any_general(phase)) evaluate(phase, states, n, chunk, t);
  }
  sort(t, chunk);
}

bool Rounds::name_unknown(std::size_t chunks) {
  std::vector<const Word*> unknown;
  std::vector<std::size_t> of_chunks;
  for (std::size_t c = 0; c < chunks; ++c) {
    const std::vector<Word>& states = chunks_[c].unknown;
    for (std::size_t w = 0; w < states.size(); w += space_.words()) unknown.push_back(&states[w]);
    if (!states.empty()) of_chunks.push_back(c);
  }
  if (unknown.empty()) return true;
  if (learn_states(unknown)) return false;
  space_.pool.run(of_chunks.size(), [&](std::size_t i, int thread) {
    name_unknown(chunks_[of_chunks[i]], threads_[static_cast<std::size_t>(thread)]);
  });
  return true;
}

void Rounds::name_unknown(Chunk& chunk, Thread& t) const {
  start(t);
  for (std::size_t i = 0; i < chunk.mixed.size(); ++i) t.mixed.push_back(chunk.mixed[i]);
  for (std::size_t i = 0; i < chunk.names.size(); ++i) t.names.push_back(chunk.names[i]);
  for (std::size_t w = 0; w < chunk.unknown.size(); w += space_.words()) {
    Name name = 0;
    space_.names.name(&chunk.unknown[w], name);
    t.mixed.push_back(space_.mix(name).value);
    if (space_.lossy) t.names.push_back(name);
  }
  sort_by_part(t, chunk);
  chunk.unknown = std::vector<Word>();  // much memory, which is rarely needed again
}

void Rounds::take_representative(const Word* before, Chunk& chunk, Thread& t) const {
  const std::size_t words = space_.words();
  if (same(t.after.data(), before, words)) return;
  space_.orbits->representative(t.after.data(), t.orbits);
  if (same(t.after.data(), before, words)) return;
  Name name = 0;
  if (space_.names.name(t.after.data(), name)) {
    t.names.push_back(name);
  } else {
    chunk.unknown.insert(chunk.unknown.end(), t.after.begin(), t.after.end());
  }
}

bool Rounds::unsure() const {
  return std::any_of(threads_.begin(), threads_.end(),
                     [](const Thread& t) { return t.orbits.unsure(); });
}

void Rounds::judge(std::uint64_t count, Chunk& chunk, Thread& t) const {
  for (std::size_t k = 0; k < conditions_.size(); ++k) {
    for (std::uint64_t i = 0; i < count; ++i) {
      const Word* const state = &t.states[i * space_.words()];
      const Executor::Verdict v = space_.executor.judge(conditions_[k], state);
      t.held[k] |= v == Executor::Verdict::kHolds ? 1 : 0;
      t.violated[k] |= v == Executor::Verdict::kViolated ? 1 : 0;
      chunk.error = chunk.error || v == Executor::Verdict::kError;
    }
  }
}

// The steps that have no cubes, of a batch.
void Rounds::evaluate(Phase phase, const Word* states, std::size_t count, Chunk& chunk,
                      Thread& t) const {
  const std::size_t words = space_.words();
  for (std::size_t i = 0; i < count; ++i) {
    const Word* const state = states + i * words;
    space_.names.name(state, t.numbers);
    space_.reduced.fire_general(phase, i, state, t.after.data(), t.memory, [&](const Firing& f) {
      for (const int v : f.unusual->violations) t.seen.violations[static_cast<std::size_t>(v)] = 1;
      for (const int g : f.unusual->goals) t.seen.goals[static_cast<std::size_t>(g)] = 1;
      if (f.unusual->error) {
        chunk.error = true;
        return;
      }
      ++chunk.transitions;
      t.seen.fired[static_cast<std::size_t>(f.step)] = 1;
      if (same(f.after, state, words)) return;
      if (space_.orbits != nullptr) {
        take_representative(state, chunk, t);
        return;
      }
      Name name = 0;
      if (space_.names.rename(f.after, f.changed, t.numbers, name)) {
        t.names.push_back(name);
      } else {
        chunk.unknown.insert(chunk.unknown.end(), f.after, f.after + words);
      }
    });
  }
}

void Rounds::start(Thread& t) const {
  t.mixed.clear(space_.table->key_bits());
  t.names.clear(space_.names.bits());
}

void Rounds::sort(Thread& t, Chunk& chunk) const {
  t.mixed.resize(space_.table->key_bits(), t.names.size());
  for (std::size_t i = 0; i < t.names.size(); ++i) t.mixed.set(i, space_.mix(t.names[i]).value);
  sort_by_part(t, chunk);
}

void Rounds::sort_by_part(const Thread& t, Chunk& chunk) const {
  const Table& table = *space_.table;
  std::array<std::uint32_t, Table::kParts> next{};
  for (std::size_t i = 0; i < t.mixed.size(); ++i) {
    ++next[static_cast<std::size_t>(table.part({t.mixed[i]}))];
  }
  std::uint32_t sum = 0;
  for (std::size_t p = 0; p < next.size(); ++p) {
    chunk.begin[p] = sum;
    sum += next[p];
    next[p] = chunk.begin[p];
  }
  chunk.begin[Table::kParts] = sum;
  chunk.mixed.resize(table.key_bits(), t.mixed.size());
  chunk.names.resize(space_.names.bits(), space_.lossy ? t.names.size() : 0);
  for (std::size_t i = 0; i < t.mixed.size(); ++i) {
    const Name m = t.mixed[i];
    const std::uint32_t at = next[static_cast<std::size_t>(table.part({m}))]++;
    chunk.mixed.set(at, m);
    if (space_.lossy) chunk.names.set(at, t.names[i]);
  }
}

bool Rounds::learn_states(const std::vector<const Word*>& states) {
  const bool all_new = space_.names.learn(states, [this](const std::function<void(Name)>& visit) {
    if (space_.lossy) {
      throw LogError("states have to be named anew, which --lossy cannot do; go on without it");
    }
    for (int part = 0; part < Table::kParts; ++part) {
      space_.table->for_each(part, [&](Name name, bool) { visit(name); });
    }
  });
  space_.successors.update(all_new);
  if (!all_new) {
    space_.widen_table();
    return false;
  }
  auto table = std::make_unique<Table>(space_.names.bits());
  for (int part = 0; part < Table::kParts; ++part) {
    space_.table->for_each(part, [&](Name name, bool flag) {
      const Table::Mixed m =
          table->mix(space_.names.translate(name, space_.names.generation() - 1));
      const Table::Found f = table->put(m);
      if (flag) table->set_flag(table->part(m), f.place);
    });
    space_.table->clear_part(part);
  }
  space_.table = std::move(table);
  for (Thread& t : threads_) t.numbers = {};
  return true;
}

void Rounds::release() {
  chunks_ = {};
  for (Taken& t : taken_) t = {};
}

std::uint64_t Rounds::bytes() const {
  std::uint64_t bytes = 0;
  for (const Chunk& c : chunks_) {
    bytes += c.mixed.bytes() + c.names.bytes() + c.unknown.capacity() * sizeof(Word);
  }
  for (const Thread& t : threads_) {
    bytes += t.read.capacity() * sizeof(Name) + t.states.capacity() * sizeof(Word) +
             t.mixed.bytes() + t.names.bytes() + t.memory.bytes();
  }
  for (const Taken& t : taken_) {
    bytes += t.names.capacity() * sizeof(Name) + t.end.capacity() * sizeof(std::size_t);
  }
  return bytes;
}

}  // namespace stalemate::engine
