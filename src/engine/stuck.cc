#include "engine/stuck.h"

#include <algorithm>
#include <atomic>
#include <cstring>

namespace stalemate::engine {

namespace {

constexpr std::uint64_t kListable = std::uint64_t{1} << 22;  // states worth a list of their places

std::uint8_t bit(std::size_t process) { return static_cast<std::uint8_t>(1U << (process % 8)); }

std::uint8_t load(const std::uint8_t& byte) {
  return __atomic_load_n(&byte, __ATOMIC_RELAXED);
}

}  // namespace

Stuck::Stuck(Space& space)
    : space_(space),
      processes_(space.program.processes.size()),
      stride_((processes_ + 7) / 8),
      counts_(space.program.steps.size()) {
  const ir::Program& p = space.program;
  for (const ir::Process& process : p.processes) {
    const int slot = p.variables[static_cast<std::size_t>(process.control)].first;
    const Field& f = space.layout.fields[static_cast<std::size_t>(slot)];
    Where w{f.word, f.shift, (Word{1} << f.bits) - 1, f.lo, {}, {}};
    bool unmarked = process.role == ir::Role::kThread;
    for (const ir::Location& l : process.locations) {
      unmarked = unmarked && !l.final && !l.rest && !l.progress;
    }
    for (const ir::Location& l : process.locations) {
      const bool inactive = process.role != ir::Role::kThread && w.fine.empty();
      w.fine.push_back(l.final || l.rest || inactive ? 1 : 0);
      w.progress.push_back(unmarked || l.progress ? 1 : 0);
    }
    where_.push_back(std::move(w));
  }
  for (std::size_t i = 0; i < p.steps.size(); ++i) {
    const ir::Step& step = p.steps[i];
    counts_[i] = step.kind != ir::StepKind::kSpeculative && !step.relies_on_copy ? 1 : 0;
  }
  std::uint64_t places = 0;
  for (int part = 0; part < Table::kParts; ++part) {
    base_.push_back(places);
    places += space.table->places(part);
  }
  base_.push_back(places);
  threads_.resize(static_cast<std::size_t>(space.pool.threads()));
}

std::uint64_t Stuck::bytes_needed() const { return 2 * base_.back() * stride_; }

std::uint64_t Stuck::place_of(Table::Mixed m) const {
  const std::int64_t place = space_.table->find(m);
  return base_[static_cast<std::size_t>(space_.table->part(m))] + static_cast<std::uint64_t>(place);
}

bool Stuck::full(const Bits& bits, std::uint64_t place) const {
  for (std::size_t b = 0; b < stride_; ++b) {
    const std::size_t left = processes_ - 8 * b;
    const auto all = static_cast<std::uint8_t>(left >= 8 ? 0xff : (1U << left) - 1);
    if (load(bits[place * stride_ + b]) != all) return false;
  }
  return true;
}

std::vector<int> Stuck::missing(const Bits& bits, const Word* state) const {
  Name name = 0;
  space_.names.name(state, name);
  const std::uint64_t place = place_of(space_.table->mix(name));
  std::vector<int> out;
  for (std::size_t i = 0; i < processes_; ++i) {
    if ((bits[place * stride_ + i / 8] & bit(i)) == 0) out.push_back(static_cast<int>(i));
  }
  return out;
}

// What a state knows without looking at others, apart from the steps it can take.
void Stuck::own_bits(What what, const Word* state, std::uint8_t* bits) const {
  std::fill(bits, bits + stride_, 0);
  if (what == What::kSteps) return;
  for (std::size_t i = 0; i < processes_; ++i) {
    const Where& w = where_[i];
    const auto at = static_cast<std::size_t>(w.lo) + (state[w.word] >> w.shift & w.mask);
    if (w.fine[at] != 0) bits[i / 8] |= bit(i);
  }
}

bool Stuck::work(What what, Bits& bits, std::uint64_t count, Thread& t) const {
  const std::size_t words = space_.words();
  const Table& table = *space_.table;
  t.place.resize(count);
  t.bits.resize(count * stride_);
  t.begin.resize(count + 1);
  t.successors.clear();
  for (std::uint64_t i = 0; i < count; ++i) {
    Name name = 0;
    space_.names.name(&t.states[i * words], name);
    t.successors.push_back(table.mix(name).value);
    table.prefetch({t.successors.back()});
  }
  for (std::uint64_t i = 0; i < count; ++i) t.place[i] = place_of({t.successors[i]});
  t.successors.clear();
  for (std::uint64_t i = 0; i < count; ++i) {
    t.begin[i] = static_cast<std::uint32_t>(t.successors.size());
    if (full(bits, t.place[i])) continue;
    const Word* state = &t.states[i * words];
    std::uint8_t* own = &t.bits[i * stride_];
    own_bits(what, state, own);
    space_.names.name(state, t.numbers);
    for (const Phase phase : {Phase::kEnvironment, Phase::kProgram}) {
      space_.executor.fire(phase, state, t.after.data(), [&](const Firing& f) {
        if (counts_[static_cast<std::size_t>(f.step)] == 0) return;
        const ir::Step& step = space_.program.steps[static_cast<std::size_t>(f.step)];
        if (phase == Phase::kProgram && step.process >= 0) {
          const auto i_process = static_cast<std::size_t>(step.process);
          const Where& w = where_[i_process];
          const auto at = static_cast<std::size_t>(w.lo) + (state[w.word] >> w.shift & w.mask);
          if (what == What::kSteps || w.progress[at] != 0) own[i_process / 8] |= bit(i_process);
        }
        if (std::memcmp(f.after, state, words * sizeof(Word)) == 0) return;
        Name name = 0;
        if (!space_.names.rename(f.after, f.changed, t.numbers, name)) return;
        t.successors.push_back(table.mix(name).value);
        table.prefetch({t.successors.back()});
      });
    }
  }
  t.begin[count] = static_cast<std::uint32_t>(t.successors.size());
  t.successor_place.resize(t.successors.size());
  for (std::size_t i = 0; i < t.successors.size(); ++i) {
    t.successor_place[i] = place_of({t.successors[i]});
    __builtin_prefetch(&bits[t.successor_place[i] * stride_]);
  }
  bool changed = false;
  for (std::uint64_t i = count; i-- > 0;) {
    if (full(bits, t.place[i])) continue;
    std::uint8_t* own = &t.bits[i * stride_];
    for (std::uint32_t k = t.begin[i]; k < t.begin[i + 1]; ++k) {
      const std::uint8_t* other = &bits[t.successor_place[k] * stride_];
      for (std::size_t b = 0; b < stride_; ++b) own[b] |= load(other[b]);
    }
    std::uint8_t* mine = &bits[t.place[i] * stride_];
    for (std::size_t b = 0; b < stride_; ++b) {
      const std::uint8_t before = __atomic_fetch_or(&mine[b], own[b], __ATOMIC_RELAXED);
      changed = changed || (before | own[b]) != before;
    }
  }
  return changed;
}

template <typename Index>
bool Stuck::pass(What what, Bits& bits, std::uint64_t count, const Index& index,
                 const std::function<bool()>& give_up, bool& gave_up) {
  std::atomic<bool> changed{false};
  const std::uint64_t chunks = chunks_of(count);
  constexpr std::uint64_t kAtOnce = 64;
  // From the end: most steps lead to states that were found later.
  for (std::uint64_t end = chunks; end > 0;) {
    const std::uint64_t n = std::min(kAtOnce, end);
    if (give_up()) {
      gave_up = true;
      return false;
    }
    space_.pool.run(n, [&](std::size_t i, int thread) {
      Thread& t = threads_[static_cast<std::size_t>(thread)];
      const std::uint64_t chunk = end - 1 - i;
      const std::uint64_t in_chunk = std::min(kChunk, count - chunk * kChunk);
      t.states.resize(kChunk * space_.words());
      t.after.resize(space_.words());
      index(chunk * kChunk, in_chunk, t.states.data());
      if (work(what, bits, in_chunk, t)) changed = true;
    });
    end -= n;
  }
  return changed;
}

bool Stuck::solve(const std::function<bool()>& give_up) {
  const std::uint64_t states = space_.log.size();
  const auto from_log = [&](std::uint64_t first, std::uint64_t n, Word* out) {
    space_.log.read(first, n, out);
  };
  const auto from_list = [&](std::uint64_t first, std::uint64_t n, Word* out) {
    for (std::uint64_t i = 0; i < n; ++i) {
      space_.log.read(stuck_[first + i], 1, out + i * space_.words());
    }
  };
  // Fills stuck_ with the states that are not known to be fine yet.
  const auto list = [&](bool all) {
    std::vector<Word> chunk(kChunk * space_.words());
    std::vector<std::uint64_t> out;
    const std::uint64_t count = all ? states : stuck_.size();
    for (std::uint64_t first = 0; first < count; first += kChunk) {
      const std::uint64_t n = std::min(kChunk, count - first);
      if (all) {
        from_log(first, n, chunk.data());
      } else {
        from_list(first, n, chunk.data());
      }
      for (std::uint64_t i = 0; i < n; ++i) {
        Name name = 0;
        space_.names.name(&chunk[i * space_.words()], name);
        if (full(fine_, place_of(space_.table->mix(name)))) continue;
        out.push_back(all ? first + i : stuck_[first + i]);
        if (all && out.size() > kListable) return false;
      }
    }
    stuck_ = std::move(out);
    return true;
  };

  bool gave_up = false;
  fine_.assign(base_.back() * stride_, 0);
  bool listed = false;
  for (bool again = true; again && !gave_up;) {
    again = listed ? pass(What::kFine, fine_, stuck_.size(), from_list, give_up, gave_up)
                   : pass(What::kFine, fine_, states, from_log, give_up, gave_up);
    if (gave_up) return false;
    listed = list(!listed) || listed;
    if (listed && stuck_.empty()) return true;
  }
  if (!listed) {
    // So many are stuck that they do not fit into the list for passes: list them all the same.
    std::vector<Word> state(space_.words());
    for (std::uint64_t i = 0; i < states; ++i) {
      space_.log.read(i, 1, state.data());
      Name name = 0;
      space_.names.name(state.data(), name);
      if (!full(fine_, place_of(space_.table->mix(name)))) stuck_.push_back(i);
    }
  }
  // What is stuck leads to what is stuck only, so the others need not be looked at.
  steps_.assign(base_.back() * stride_, 0);
  for (bool again = true; again && !gave_up;) {
    again = pass(What::kSteps, steps_, stuck_.size(), from_list, give_up, gave_up);
  }
  return !gave_up;
}

}  // namespace stalemate::engine
