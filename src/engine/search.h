// Visits all reachable states, in order of their distance, and notes what goes wrong on the way.
//
// States with equally many program steps on their shortest runs are found together: first those
// that the environment can make of each other, level by level, then what program steps make of
// them.  The set marks states that are settled; one that a program step has found with so many
// environment steps may turn out to be nearer by fewer of them, until its turn comes. Tested by
// tests/unit/judge/judge_test.cc.
#ifndef STALEMATE_ENGINE_SEARCH_H_
#define STALEMATE_ENGINE_SEARCH_H_

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "engine/checkpoint.h"
#include "engine/memory.h"
#include "engine/round.h"
#include "engine/space.h"

namespace stalemate::engine {

struct Progress {
  std::uint64_t states = 0;
  std::uint64_t transitions = 0;
  std::uint64_t waiting = 0;        // states found whose programs did not take their steps yet
  double waiting_seconds = 0;       // what these take at the rate so far; 0: not known
  std::uint32_t program_steps = 0;  // of the states being expanded
  double seconds = 0;
  std::uint64_t bytes = 0;  // of memory
  std::uint64_t bytes_on_disk = 0;
  double load = 0;  // of the visited set
  const char* doing = "searching";
};

struct Options {
  std::vector<int> properties;  // which to judge; in Program::properties
  int threads = 1;
  std::uint64_t max_states = 0;  // 0: no limit; the round that reaches it is finished
  double time_limit = 0;         // seconds, 0: no limit
  double spent = 0;              // seconds of it, by a search before this one
  std::uint64_t mem_limit = 0;   // bytes of memory of all that the engine keeps, 0: no limit
  std::string spill_folder = "/tmp";
  const std::atomic<bool>* interrupted = nullptr;
  std::function<void(const Progress&)> progress;  // about ten times a second
  CheckpointWriter* checkpoint = nullptr;         // written now and then, and when the search stops
  double checkpoint_seconds = 300;
  std::string resume_from;     // folder of a checkpoint to go on from; empty: none
  std::string fingerprint;     // of the program, for checkpoints
  bool partial_order = false;  // leave out steps whose order makes no difference (stubborn.h)
  bool check_partial_order = false;
  bool symmetry = false;  // one state for all that are the same but for names (symmetry.h)
  // Of logs in checkpoints: two searches that write into one folder have two.
  std::uint64_t generation = 0;
  bool lossy = false;           // know states by 64 bits of hash; then a search is never complete
  bool until_violated = false;  // stop when anything is found that is not as it should be
  std::string request;          // JSON of the caller's, kept in checkpoints
  NameLimits names;
  // Called with each state of a complete search, in any order, if nothing is violated and, where a
  // property is about a cycle, nobody is stuck.  May throw std::bad_alloc: then the search was not
  // complete.
  std::function<void(const State&)> each_state;
};

// What a property asked for says of states.
struct StateCondition {
  std::size_t property;  // in Options::properties
  ir::ExprRef expression;
  // kEverywhere, or the property is violated; kSomewhere, or it means nothing; kLater: what it says
  // is asked when all states are known.
  enum class Holds : std::uint8_t { kEverywhere, kSomewhere, kLater } holds;
};
std::vector<StateCondition> conditions(const ir::Program& p, const Options& options);

struct Findings {
  std::vector<std::optional<Distance>> violated;  // per property asked for; not for kNoStuck
                                                  // and kLeadsTo
  std::vector<bool> counted;  // per property asked for: its condition `when` held, if it has one
  std::vector<bool> waited;   // and, of kLeadsTo: it was not always fulfilled where it began
  std::vector<bool> fired, goals;
  std::uint64_t states = 0, transitions = 0;
  std::uint32_t depth = 0;
  bool complete = false;
  std::string stopped;
  std::optional<Distance> error;  // of the states in which a step or an invariant is a model error
};

// Where time and memory went.
struct Stats {
  double compiling = 0, expanding = 0, inserting = 0, settling = 0, saving = 0;
  double judging_stuck = 0, judging_fair = 0, showing = 0;
  std::uint64_t table_bytes = 0, names_bytes = 0, log_bytes = 0, disk_bytes = 0, round_bytes = 0;
  std::uint64_t peak_anonymous = 0;
  std::uint64_t places = 0;
  double load = 0;
  int slot_bytes = 0, name_bits = 0, state_bits = 0;
  std::size_t name_generations = 0;        // so many times names got too long
  bool reduced = false;                    // by partial order
  std::string not_reduced;                 // why not, where it was asked for
  std::vector<Symmetry::OfSort> symmetry;  // where it was asked for
  bool symmetry_unsure = false;            // some orbits may have been counted more than once
  bool spilled = false;
  bool hashes_told = false;  // all states were found that differ in their hash: Options::lossy
};

// Decides when a search has to stop early, and tells its user how far it is.
class Budget {
 public:
  explicit Budget(const Options& options)
      : options_(options), start_(Clock::now()), told_(start_) {}
  double seconds() const;
  // Why to stop, and how to go on; empty: go on.  `measure` fills in all of Progress but the time.
  std::string exceeded(const std::function<void(Progress&)>& measure);
  const Options& options() const { return options_; }

 private:
  using Clock = std::chrono::steady_clock;
  const Options& options_;
  Clock::time_point start_, told_;
};

class Search {
 public:
  Search(Space& space, const Options& options, Budget& budget, Findings& findings, Stats& stats);

  // Goes on from a checkpoint of the same program.  Throws CheckpointError.
  void restore(Loaded loaded);
  // Until all states are found, an error ends it, or the budget does.  What std::bad_alloc and
  // LogError end is told in findings.stopped.
  void run();

 private:
  enum class Stage : std::uint8_t { kSettle, kEnvironment, kProgram, kDone };
  using Logs = std::map<std::uint32_t, StateLog>;  // by environment steps

  void start();
  void step();
  bool violated() const;
  void settle_seeds();
  void expand_environment();
  void expand_program();
  void next_program_level();
  // Takes over what the rounds have seen of the level at work.
  void collect();
  void note(std::size_t property, const Distance& at);
  void error_at(Phase phase, const Distance& at);
  bool has_error(const Level& level, Phase phase);
  std::uint64_t round_size(std::uint64_t left) const;
  bool stop();
  void spill_old_states(StateLog& log);
  bool make_room();
  void save(bool last);
  Facts facts() const;
  // Of settled states: whose programs took their steps; and so the environment.
  std::uint64_t expanded(Phase phase) const;
  void estimate(Progress& progress) const;
  std::uint64_t bytes() const;
  std::uint64_t growth() const;
  std::size_t first_level_of_program() const;

  Space& space_;
  const Options& options_;
  Budget& budget_;
  Findings& out_;
  Stats& stats_;
  Rounds rounds_;
  const std::vector<StateCondition> conditions_;  // that the rounds judge
  const bool environment_;                        // can the environment do anything?

  Stage stage_ = Stage::kSettle;
  Distance at_;               // of the level at work
  std::size_t level_ = 0;     // kProgram: the level being expanded, in Space::levels
  std::uint64_t cursor_ = 0;  // states of the level, or of the seeds, that are done
  Logs seeds_;                // found by program steps from the level before
  Logs pending_;              // found by program steps from this one
  std::uint64_t generation_ = 0;
  bool cannot_spill_ = false;
  bool unsure_ = false;  // before a restart: Rounds::unsure()
  std::chrono::steady_clock::time_point began_, saved_;
  std::uint64_t began_with_ = 0;  // states expanded, for either phase
  PeakMemory peak_;
};

}  // namespace stalemate::engine

#endif  // STALEMATE_ENGINE_SEARCH_H_
