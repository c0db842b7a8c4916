#include "engine/search.h"

#include <algorithm>
#include <new>
#include <sstream>
#include <utility>

namespace stalemate::engine {

namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point t) {
  return std::chrono::duration<double>(Clock::now() - t).count();
}

// 5, 0.25: as the user may have typed it.
std::string plain(double number) {
  std::ostringstream out;
  out << number;
  return out.str();
}

std::vector<Executor::Test> tests_of(const Space& space, const Options& options) {
  std::vector<Executor::Test> out;
  for (const StateCondition& c : conditions(space.program, options)) {
    out.push_back(space.executor.test(c.expression));
  }
  return out;
}

}  // namespace

std::vector<StateCondition> conditions(const ir::Program& p, const Options& options) {
  std::vector<StateCondition> out;
  for (std::size_t i = 0; i < options.properties.size(); ++i) {
    const ir::Property& property = p.properties[static_cast<std::size_t>(options.properties[i])];
    using Holds = StateCondition::Holds;
    if (property.condition) out.push_back({i, property.condition, Holds::kEverywhere});
    for (const ir::ExprRef& e : property.when) out.push_back({i, e, Holds::kSomewhere});
    for (const ir::LeadsTo& l : property.leads) {
      out.push_back({i, l.from, Holds::kLater});
      out.push_back({i, l.to, Holds::kLater});
    }
  }
  return out;
}

double Budget::seconds() const { return options_.spent + seconds_since(start_); }

std::string Budget::exceeded(const std::function<void(Progress&)>& measure) {
  const Clock::time_point now = Clock::now();
  const bool tell = options_.progress && now - told_ >= std::chrono::milliseconds(100);
  const bool late = options_.time_limit > 0 && seconds() >= options_.time_limit;
  const bool interrupted =
      options_.interrupted != nullptr && options_.interrupted->load(std::memory_order_relaxed);
  if (!tell && !late && !interrupted) return {};
  Progress progress;
  measure(progress);
  progress.seconds = seconds();
  if (tell) {
    told_ = now;
    options_.progress(progress);
  }
  const std::string seen = std::to_string(progress.states) + " states and " +
                           std::to_string(progress.transitions) + " transitions";
  if (interrupted) return "interrupted after " + seen;
  if (late) {
    return "reached --time-limit " + plain(options_.time_limit) + " after " + seen +
           "; raise it to go on";
  }
  return {};
}

Search::Search(Space& space, const Options& options, Budget& budget, Findings& findings,
               Stats& stats)
    : space_(space),
      options_(options),
      budget_(budget),
      out_(findings),
      stats_(stats),
      rounds_(space, tests_of(space, options)),
      conditions_(conditions(space.program, options)),
      environment_(space.executor.any(Phase::kEnvironment)),
      generation_(options.generation << 32),
      saved_(Clock::now()) {
  out_.counted.resize(options.properties.size(), true);
  for (const StateCondition& c : conditions_) {
    if (c.holds == StateCondition::Holds::kSomewhere) out_.counted[c.property] = false;
  }
  out_.waited.resize(options.properties.size());
  out_.violated.resize(options.properties.size());
  out_.fired.resize(space.program.steps.size());
  out_.goals.resize(space.program.goals.size());
}

void Search::start() {
  State initial;
  for (const ir::Variable& v : space_.program.variables) {
    initial.insert(initial.end(), v.init.begin(), v.init.end());
  }
  std::vector<Word> packed(space_.words());
  space_.layout.pack(initial, packed.data());
  space_.names.learn({packed.data()}, [](const auto&) {});
  space_.successors.update(false);
  space_.widen_table();
  Name name = 0;
  space_.names.name(packed.data(), name);
  space_.table->put(space_.mix(name));
  seeds_.emplace(0, space_.names).first->second.append(&name, 1);
  out_.states = 1;
  space_.levels.push_back({{0, 0}, 0, 0});
}

void Search::run() {
  try {
    if (space_.levels.empty()) start();
    began_ = Clock::now();
    began_with_ = expanded(Phase::kProgram) + (environment_ ? expanded(Phase::kEnvironment) : 0);
    while (stage_ != Stage::kDone && !out_.error && out_.stopped.empty()) {
      if (stop()) break;
      step();
      if (options_.until_violated && violated()) return;
    }
    out_.complete = stage_ == Stage::kDone && !out_.error && out_.stopped.empty();
    if (!out_.complete && !out_.error) save(true);
  } catch (const std::bad_alloc&) {
    out_.stopped = "out of memory after " + std::to_string(out_.states) +
                   " states; free some memory, or lower --mem-limit to stop in time";
  } catch (const LogError& e) {
    out_.stopped = e.what();
  } catch (const CheckpointError& e) {
    out_.stopped = e.what();
  }
  // What the level at work has shown stands, whatever ended the search.
  if (!out_.error) collect();
  stats_.expanding = rounds_.expanding_seconds();
  stats_.inserting = rounds_.inserting_seconds();
  stats_.round_bytes = rounds_.bytes();
  rounds_.release();
  stats_.table_bytes = space_.table->bytes();
  stats_.names_bytes = space_.names.bytes();
  stats_.log_bytes = space_.log.bytes_in_memory();
  stats_.disk_bytes = space_.log.bytes_on_disk();
  stats_.load = space_.table->load();
  stats_.slot_bytes = space_.table->slot_bytes();
  stats_.name_bits = space_.names.bits();
  stats_.name_generations = space_.names.generation();
  stats_.state_bits = space_.layout.bits;
  stats_.symmetry_unsure = unsure_ || rounds_.unsure();
  for (int part = 0; part < Table::kParts; ++part) stats_.places += space_.table->places(part);
  peak_.sample();
  stats_.peak_anonymous = peak_.bytes();
}

bool Search::violated() const {
  return std::any_of(out_.violated.begin(), out_.violated.end(),
                     [](const std::optional<Distance>& d) { return d.has_value(); });
}

void Search::step() {
  switch (stage_) {
    case Stage::kSettle:
      settle_seeds();
      return;
    case Stage::kEnvironment:
      expand_environment();
      return;
    case Stage::kProgram:
      expand_program();
      return;
    case Stage::kDone:
      return;
  }
}

// The level at at_ gets those of its seeds that are not settled yet.
void Search::settle_seeds() {
  const Clock::time_point began = Clock::now();
  Level& level = space_.levels.back();
  const auto seeds = seeds_.find(at_.environment);
  if (seeds != seeds_.end() && cursor_ < seeds->second.size()) {
    const std::uint64_t n = round_size(seeds->second.size() - cursor_);
    if (environment_) {
      rounds_.settle(seeds->second, cursor_, n, space_.log);
    } else {
      std::vector<Name> names(kChunk);
      for (std::uint64_t i = 0; i < n; i += kChunk) {
        const std::uint64_t m = std::min(kChunk, n - i);
        seeds->second.read_names(cursor_ + i, m, names.data());
        space_.log.append(names.data(), static_cast<std::size_t>(m));
      }
    }
    cursor_ += n;
  }
  level.count = space_.log.size() - level.first;
  stats_.settling += seconds_since(began);
  if (seeds != seeds_.end()) {
    if (cursor_ < seeds->second.size()) return;
    seeds_.erase(seeds);
  }
  cursor_ = 0;
  if (level.count != 0) {
    out_.depth = std::max(out_.depth, at_.steps());
    stage_ = Stage::kEnvironment;
    return;
  }
  // Nothing is so far away; seeds may be farther.
  if (seeds_.empty()) {
    space_.levels.pop_back();
    stage_ = Stage::kProgram;
    level_ = first_level_of_program();
    return;
  }
  at_.environment = seeds_.begin()->first;
  level.distance = at_;
}

void Search::expand_environment() {
  const Level level = space_.levels.back();
  const bool any = environment_ || !conditions_.empty();
  if (any && cursor_ < level.count) {
    const std::uint64_t n = round_size(level.count - cursor_);
    const Rounds::Result r = rounds_.expand(Phase::kEnvironment, space_.log, level.first + cursor_,
                                            n, environment_, space_.log);
    out_.transitions += r.transitions;
    cursor_ += n;
    if (r.error) error_at(Phase::kEnvironment, at_);
    if (cursor_ < level.count && !r.error) return;
  }
  collect();
  cursor_ = 0;
  ++at_.environment;
  space_.levels.push_back({at_, level.first + level.count, 0});
  stage_ = Stage::kSettle;
}

std::size_t Search::first_level_of_program() const {
  std::size_t i = space_.levels.size();
  while (i > 0 && space_.levels[i - 1].distance.program == at_.program) --i;
  return i;
}

void Search::expand_program() {
  if (level_ == space_.levels.size()) {
    next_program_level();
    return;
  }
  const Level& level = space_.levels[level_];
  const std::uint64_t n = round_size(level.count - cursor_);
  const auto to = pending_.try_emplace(level.distance.environment, space_.names).first;
  const Rounds::Result r =
      rounds_.expand(Phase::kProgram, space_.log, level.first + cursor_, n, false, to->second);
  out_.transitions += r.transitions;
  cursor_ += n;
  if (r.error) error_at(Phase::kProgram, level.distance);
  if (cursor_ < level.count && !r.error) return;
  collect();
  cursor_ = 0;
  ++level_;
}

void Search::next_program_level() {
  for (auto i = pending_.begin(); i != pending_.end();) {
    i = i->second.size() == 0 ? pending_.erase(i) : std::next(i);
  }
  if (pending_.empty()) {
    stage_ = Stage::kDone;
    return;
  }
  seeds_ = std::move(pending_);
  pending_.clear();
  ++generation_;
  at_ = {at_.program + 1, seeds_.begin()->first};
  space_.levels.push_back({at_, space_.log.size(), 0});
  stage_ = Stage::kSettle;
  cursor_ = 0;
}

void Search::note(std::size_t property, const Distance& at) {
  for (std::size_t i = 0; i < options_.properties.size(); ++i) {
    if (static_cast<std::size_t>(options_.properties[i]) != property) continue;
    std::optional<Distance>& known = out_.violated[i];
    if (!known || at < *known) known = at;
  }
}

void Search::collect() {
  if (stage_ != Stage::kEnvironment && stage_ != Stage::kProgram) return;
  const bool program = stage_ == Stage::kProgram;
  if (program && level_ == space_.levels.size()) return;
  const Phase phase = program ? Phase::kProgram : Phase::kEnvironment;
  const Distance at = program ? space_.levels[level_].distance : at_;
  const Seen& seen = rounds_.seen();
  for (std::size_t i = 0; i < seen.fired.size(); ++i) {
    if (seen.fired[i] != 0) out_.fired[i] = true;
  }
  for (std::size_t i = 0; i < seen.goals.size(); ++i) {
    if (seen.goals[i] != 0) out_.goals[i] = true;
  }
  for (std::size_t i = 0; i < seen.violations.size(); ++i) {
    if (seen.violations[i] != 0) note(i, at.after(phase));
  }
  for (std::size_t i = 0; i < seen.outcomes.size(); ++i) {
    const Outcome& o = space_.executor.outcomes()[i];
    if (seen.outcomes[i] == 0 || o.error) continue;
    for (const int g : o.goals) out_.goals[static_cast<std::size_t>(g)] = true;
    for (const int v : o.violations) note(static_cast<std::size_t>(v), at.after(phase));
  }
  for (std::size_t k = 0; k < conditions_.size() && phase == Phase::kEnvironment; ++k) {
    const auto [i, e, holds] = conditions_[k];
    if (holds == StateCondition::Holds::kSomewhere && rounds_.held()[k] != 0) {
      out_.counted[i] = true;
    }
    if (holds == StateCondition::Holds::kEverywhere && rounds_.violated()[k] != 0 &&
        !out_.violated[i]) {
      out_.violated[i] = at;
    }
  }
  rounds_.clear_seen();
}

// Of the states with a model error the nearest count; program steps of levels before this one were
// not tried yet if it was the environment's step that failed.
void Search::error_at(Phase phase, const Distance& at) {
  out_.error = at;
  if (phase == Phase::kProgram) return;
  for (const Level& level : space_.levels) {
    if (level.distance.program != at.program || level.distance >= at) continue;
    if (!has_error(level, Phase::kProgram)) continue;
    out_.error = level.distance;
    return;
  }
}

bool Search::has_error(const Level& level, Phase phase) {
  std::vector<Word> state(space_.words()), after(space_.words());
  bool found = false;
  for (std::uint64_t i = 0; i < level.count && !found; ++i) {
    space_.log.read(level.first + i, 1, state.data());
    space_.executor.fire(phase, state.data(), after.data(), [&](const Firing& f) {
      const Outcome& o = f.unusual != nullptr
                             ? *f.unusual
                             : space_.executor.outcomes()[static_cast<std::size_t>(f.outcome)];
      found = found || o.error;
    });
  }
  return found;
}

// Small rounds for small limits: a round is finished before limits are looked at.
std::uint64_t Search::round_size(std::uint64_t left) const {
  std::uint64_t most = Rounds::kMost;
  if (options_.mem_limit != 0) {
    // Up to some thirty successors of 16 bytes each.
    const std::uint64_t fits = options_.mem_limit / 16 / (kChunk * 512);
    most = std::clamp<std::uint64_t>(fits, 1, Rounds::kMost / kChunk) * kChunk;
  }
  return std::min(left, most);
}

std::uint64_t Search::expanded(Phase phase) const {
  if (space_.levels.empty()) return 0;
  const bool program = stage_ == Stage::kProgram || stage_ == Stage::kDone;
  if (phase == Phase::kEnvironment) {
    if (program) return space_.log.size();
    return space_.levels.back().first + (stage_ == Stage::kEnvironment ? cursor_ : 0);
  }
  if (!program) return space_.levels[first_level_of_program()].first;
  return level_ == space_.levels.size() ? space_.log.size() : space_.levels[level_].first + cursor_;
}

// How many more states there are cannot be known: the estimate is for those that were found.  A
// state is expanded twice where the environment can do something.
void Search::estimate(Progress& progress) const {
  const std::uint64_t program = expanded(Phase::kProgram);
  const std::uint64_t environment = environment_ ? expanded(Phase::kEnvironment) : 0;
  const std::uint64_t all = (environment_ ? 2 : 1) * out_.states;
  progress.waiting = out_.states - program;
  const std::uint64_t done = program + environment - began_with_;
  if (done == 0) return;
  progress.waiting_seconds = seconds_since(began_) / static_cast<double>(done) *
                             static_cast<double>(all - program - environment);
}

std::uint64_t Search::bytes() const {
  std::uint64_t n = space_.bytes() + rounds_.bytes();
  for (const Logs* logs : {&seeds_, &pending_}) {
    for (const auto& entry : *logs) n += entry.second.bytes_in_memory();
  }
  return n;
}

// Asked before each round.
bool Search::stop() {
  out_.states = space_.table->size();
  if (options_.max_states != 0 && out_.states >= options_.max_states) {
    out_.stopped = "reached --max-states " + std::to_string(options_.max_states) + " with " +
                   std::to_string(out_.states) + " states; raise it to go on";
    return true;
  }
  out_.stopped = budget_.exceeded([this](Progress& progress) {
    progress.states = out_.states;
    progress.transitions = out_.transitions;
    estimate(progress);
    progress.program_steps = at_.program;
    progress.bytes = bytes();
    progress.bytes_on_disk = space_.log.bytes_on_disk();
    progress.load = space_.table->load();
    peak_.sample();
  });
  if (!out_.stopped.empty()) return true;
  spill_old_states(space_.log);
  if (options_.mem_limit != 0 && !make_room()) return true;
  if (options_.checkpoint != nullptr && seconds_since(saved_) >= options_.checkpoint_seconds) {
    save(false);
  }
  return false;
}

// States of levels that are done are read again once or twice, and in order: they may as well be on
// disk, where the machine keeps them in memory as long as it likes.
void Search::spill_old_states(StateLog& log) {
  constexpr std::uint64_t kKept = std::uint64_t{16} << 20;
  if (cannot_spill_ || log.bytes_in_memory() <= kKept) return;
  try {
    log.spill(options_.spill_folder);
  } catch (const LogError&) {
    cannot_spill_ = true;  // what is in memory stays there; make_room() tells when that is too much
  }
}

// What a round may need besides what there is: larger parts of the visited set, wider ones if a
// name gets one more bit, and larger dictionaries.
std::uint64_t Search::growth() const {
  std::uint64_t n = space_.names.bytes_to_grow();
  for (int part = 0; part < Table::kParts; ++part) n += space_.table->bytes_to_grow(part);
  const int bits = std::min(space_.names.bits() + 1, Names::kMaxBits);
  if (!space_.lossy && bits > space_.table->key_bits()) n += space_.table->bytes_to_widen(bits);
  return n;
}

// Is there memory for one more round?  If not, the logs go to disk; false when that is not enough.
bool Search::make_room() {
  const auto needed = [this] { return bytes() + growth(); };
  if (needed() <= options_.mem_limit) return true;
  try {
    space_.log.spill(options_.spill_folder);
    for (Logs* logs : {&seeds_, &pending_}) {
      for (auto& entry : *logs) entry.second.spill(options_.spill_folder);
    }
  } catch (const LogError& e) {
    out_.stopped = e.what();
    return false;
  }
  stats_.spilled = true;
  if (needed() <= options_.mem_limit) return true;
  out_.stopped = "reached --mem-limit " + std::to_string(options_.mem_limit) + " after " +
                 std::to_string(out_.states) + " states and " + std::to_string(out_.transitions) +
                 " transitions, with the frontier on disk; raise it to go on";
  return false;
}

}  // namespace stalemate::engine
