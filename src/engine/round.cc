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
    : states(kChunk * space.words()), after(space.words()), seen(space) {}

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

Rounds::Result Rounds::expand(Phase phase, const Log& from, std::uint64_t first,
                              std::uint64_t count, bool settle, Log& to) {
  const auto chunks = static_cast<std::size_t>(chunks_of(count));
  if (chunks_.size() < chunks) chunks_.resize(chunks);
  const Clock::time_point began = Clock::now();
  std::vector<std::size_t> todo(chunks);
  for (std::size_t c = 0; c < chunks; ++c) todo[c] = c;
  // Once more for the chunks with successors that had no name.
  while (!todo.empty()) {
    space_.pool.run(todo.size(), [&](std::size_t i, int thread) {
      const std::uint64_t begin = todo[i] * kChunk;
      expand_chunk(phase, from, first + begin, std::min(kChunk, count - begin), chunks_[todo[i]],
                   threads_[static_cast<std::size_t>(thread)]);
    });
    std::vector<const Word*> unknown;
    std::vector<std::size_t> again;
    for (const std::size_t c : todo) {
      const Chunk& chunk = chunks_[c];
      for (std::size_t w = 0; w < chunk.unknown.size(); w += space_.words()) {
        unknown.push_back(&chunk.unknown[w]);
      }
      if (!chunk.unknown.empty()) again.push_back(c);
    }
    if (!unknown.empty() && learn_states(unknown)) {
      again.resize(chunks);
      for (std::size_t c = 0; c < chunks; ++c) again[c] = c;
    }
    todo = std::move(again);
  }
  expanding_ += seconds_since(began);

  const Clock::time_point inserted = Clock::now();
  Table& table = *space_.table;
  if (settle) {
    take(
        chunks,
        [&](int part, Table::Mixed m) {
          const Table::Found f = table.put(m);
          if (!f.inserted && table.flag(part, f.place)) return false;
          table.set_flag(part, f.place);
          return true;
        },
        to);
  } else {
    take(
        chunks, [&](int, Table::Mixed m) { return table.put(m).inserted; }, to);
  }
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

void Rounds::remember(const Log& log, bool settled) {
  std::vector<Word> states(kChunk * space_.words());
  std::vector<const Word*> pointers;
  for (std::uint64_t first = 0; first < log.size(); first += kChunk) {
    const std::uint64_t n = std::min(kChunk, log.size() - first);
    log.read(first, n, states.data());
    pointers.clear();
    for (std::uint64_t i = 0; i < n; ++i) pointers.push_back(&states[i * space_.words()]);
    learn_states(pointers);
    for (const Word* state : pointers) {
      Name name = 0;
      space_.names.name(state, name);
      const Table::Mixed m = space_.table->mix(name);
      const Table::Found f = space_.table->put(m);
      if (settled) space_.table->set_flag(space_.table->part(m), f.place);
    }
  }
}

void Rounds::settle(const Log& from, std::uint64_t first, std::uint64_t count, Log& to) {
  const auto chunks = static_cast<std::size_t>(chunks_of(count));
  if (chunks_.size() < chunks) chunks_.resize(chunks);
  Table& table = *space_.table;
  space_.pool.run(chunks, [&](std::size_t c, int thread) {
    Thread& t = threads_[static_cast<std::size_t>(thread)];
    const std::uint64_t begin = c * kChunk;
    const std::uint64_t n = std::min(kChunk, count - begin);
    from.read(first + begin, n, t.states.data());
    t.mixed.resize(n);
    for (std::uint64_t i = 0; i < n; ++i) {
      Name name = 0;
      space_.names.name(&t.states[i * space_.words()], name);
      t.mixed[i] = table.mix(name).value;
    }
    sort_by_part(table, t.mixed, chunks_[c]);
  });
  take(
      chunks,
      [&](int part, Table::Mixed m) {
        const auto place = static_cast<std::uint64_t>(table.find(m));
        if (table.flag(part, place)) return false;
        table.set_flag(part, place);
        return true;
      },
      to);
}

template <typename Accept>
void Rounds::take(std::size_t chunks, const Accept& accept, Log& to) {
  const std::size_t words = space_.words();
  space_.pool.run(Table::kParts, [&](std::size_t part, int) {
    // So many names ahead, through the end of a chunk: what is asked for now is in the cache then.
    constexpr std::size_t kAhead = 32;
    const Table& table = *space_.table;
    Taken& taken = taken_[part];
    taken.states.clear();
    taken.end.assign(chunks, 0);
    std::size_t ahead_chunk = 0;
    std::uint32_t ahead = chunks_[0].begin[part];
    const auto look_ahead = [&] {
      while (ahead == chunks_[ahead_chunk].begin[part + 1]) {
        if (ahead_chunk + 1 == chunks) return;
        ahead = chunks_[++ahead_chunk].begin[part];
      }
      table.prefetch({chunks_[ahead_chunk].mixed[ahead++]});
    };
    for (std::size_t i = 0; i < kAhead; ++i) look_ahead();
    for (std::size_t c = 0; c < chunks; ++c) {
      const Chunk& chunk = chunks_[c];
      for (std::uint32_t i = chunk.begin[part]; i < chunk.begin[part + 1]; ++i) {
        look_ahead();
        const Table::Mixed m{chunk.mixed[i]};
        if (!accept(static_cast<int>(part), m)) continue;
        taken.states.resize(taken.states.size() + words);
        space_.names.state(table.unmix(m), &taken.states[taken.states.size() - words]);
      }
      taken.end[c] = taken.states.size();
    }
  });
  // Chunk by chunk: states that were found from near states are near each other.
  for (std::size_t c = 0; c < chunks; ++c) {
    for (const Taken& taken : taken_) {
      const std::size_t begin = c == 0 ? 0 : taken.end[c - 1];
      if (taken.end[c] != begin) to.append(&taken.states[begin], (taken.end[c] - begin) / words);
    }
  }
}

void Rounds::expand_chunk(Phase phase, const Log& from, std::uint64_t first, std::uint64_t count,
                          Chunk& chunk, Thread& t) const {
  chunk.unknown.clear();
  chunk.transitions = 0;
  chunk.error = false;
  t.mixed.clear();
  from.read(first, count, t.states.data());
  const std::size_t words = space_.words();
  const Names& names = space_.names;
  const Table& table = *space_.table;
  for (std::uint64_t i = 0; i < count; ++i) {
    const Word* state = &t.states[i * words];
    if (phase == Phase::kEnvironment) {
      for (std::size_t k = 0; k < conditions_.size(); ++k) {
        const Executor::Verdict v = space_.executor.judge(conditions_[k], state);
        t.held[k] |= v == Executor::Verdict::kHolds ? 1 : 0;
        t.violated[k] |= v == Executor::Verdict::kViolated ? 1 : 0;
        chunk.error = chunk.error || v == Executor::Verdict::kError;
      }
    }
    names.name(state, t.numbers);  // it is in the set, so it has one
    space_.executor.fire(phase, state, t.after.data(), [&](const Firing& f) {
      bool error = false;
      if (f.outcome >= 0) {
        t.seen.outcomes[static_cast<std::size_t>(f.outcome)] = 1;
        error =
            f.outcome > 0 && space_.executor.outcomes()[static_cast<std::size_t>(f.outcome)].error;
      } else {
        for (const int v : f.unusual->violations)
          t.seen.violations[static_cast<std::size_t>(v)] = 1;
        for (const int g : f.unusual->goals) t.seen.goals[static_cast<std::size_t>(g)] = 1;
        error = f.unusual->error;
      }
      if (error) {
        chunk.error = true;
        return;
      }
      ++chunk.transitions;
      t.seen.fired[static_cast<std::size_t>(f.step)] = 1;
      if (same(f.after, state, words)) return;
      Name name = 0;
      if (names.rename(f.after, f.changed, t.numbers, name)) {
        t.mixed.push_back(table.mix(name).value);
      } else {
        chunk.unknown.insert(chunk.unknown.end(), f.after, f.after + words);
      }
    });
  }
  sort_by_part(table, t.mixed, chunk);
}

void Rounds::sort_by_part(const Table& table, const std::vector<Name>& mixed, Chunk& chunk) {
  std::array<std::uint32_t, Table::kParts> next{};
  for (const Name m : mixed) ++next[static_cast<std::size_t>(table.part({m}))];
  std::uint32_t sum = 0;
  for (std::size_t p = 0; p < next.size(); ++p) {
    chunk.begin[p] = sum;
    sum += next[p];
    next[p] = chunk.begin[p];
  }
  chunk.begin[Table::kParts] = sum;
  chunk.mixed.resize(mixed.size());
  for (const Name m : mixed) chunk.mixed[next[static_cast<std::size_t>(table.part({m}))]++] = m;
}

bool Rounds::learn_states(const std::vector<const Word*>& states) {
  const bool all_new = space_.names.learn(states, [this](const std::function<void(Name)>& visit) {
    for (int part = 0; part < Table::kParts; ++part) {
      space_.table->for_each(part, [&](Name name, bool) { visit(name); });
    }
  });
  if (!all_new) {
    if (space_.names.bits() > space_.table->key_bits()) space_.table->widen(space_.names.bits());
    return false;
  }
  auto table = std::make_unique<Table>(space_.names.bits());
  for (int part = 0; part < Table::kParts; ++part) {
    space_.table->for_each(part, [&](Name name, bool flag) {
      const Table::Mixed m = table->mix(space_.names.translate(name));
      const Table::Found f = table->put(m);
      if (flag) table->set_flag(table->part(m), f.place);
    });
    space_.table->clear_part(part);
  }
  space_.table = std::move(table);
  for (Thread& t : threads_) t.numbers = {};
  return true;
}

std::uint64_t Rounds::bytes() const {
  std::uint64_t bytes = 0;
  for (const Chunk& c : chunks_) {
    bytes += c.mixed.capacity() * sizeof(Name) + c.unknown.capacity() * sizeof(Word);
  }
  for (const Thread& t : threads_) {
    bytes += t.states.capacity() * sizeof(Word) + t.mixed.capacity() * sizeof(Name);
  }
  for (const Taken& t : taken_) {
    bytes += t.states.capacity() * sizeof(Word) + t.end.capacity() * sizeof(std::size_t);
  }
  return bytes;
}

}  // namespace stalemate::engine
