// What the commands share: where output goes, where the library is, how a run ends.
#ifndef STALEMATE_CLI_CLI_H_
#define STALEMATE_CLI_CLI_H_

#include <atomic>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace stalemate::cli {

// Exit code when nothing could be concluded: wrong model, wrong command line, broken environment.
constexpr int kExitError = 2;

struct CheckOptions {
  std::string file;
  std::string variant;
  std::vector<std::string> sets;
  int cpus = 0;
  std::string machine;
  std::vector<std::string> properties;
  std::string json;
  std::string dot;
  std::uint64_t max_states = 0;
  std::string time_limit;
  std::string mem_limit;
  // check only
  std::string engine;  // empty: the fast one, unless something takes the other
  std::string speculation = "saturated";
  std::string reduce;  // empty: all, where the engine knows it; none for a certificate
  bool check_reduction = false;
  std::string coverage;
  bool lossy = false;
  std::string certificate;
  int threads = 0;  // 0: as many as there are cores
  std::string checkpoint;
  std::string checkpoint_every;
  bool stats = false;
  bool explain = false;
};

struct MutateOptions {
  bool library = false;  // statements of lib/, too
  bool swaps = true;     // two statements in the other order
  std::size_t show = 0;  // the report of this change, from 1 on
  std::string json;
};

struct ExportOptions {
  std::string target;  // "promela", "murphi", "tla"
  std::string output;  // empty: standard output
};

struct SweepOptions {
  std::string file;
  int jobs = 0;  // 0: as many as there are cores
  std::string db;
  std::string shard;
  bool resume = false;
  bool only_changed = false;
  std::string filter;
};

struct ReportOptions {
  std::string db;
  std::int64_t night = 0;    // 0: the last one
  std::int64_t against = 0;  // 0: the one before of the same sweep
  std::string format = "text";
};

// Folders that hold models/ and props/: STALEMATE_PATH, the source tree the executable stands in,
// the install prefix; in this order.
std::vector<std::string> library_roots();
// How the program was called; to be told before library_roots() is asked.
void set_program(const char* argv0);

// stdout is a terminal that shows colours.
bool colour_output();

// Set by Ctrl-C and SIGTERM; a second signal ends the process at once.
const std::atomic<bool>& interrupted();
void catch_signals();
void ignore_closed_pipes();
// Has this process end with the sweep that started it, if one did.
void end_with_sweep();

int check(const CheckOptions& options);
int cost(const CheckOptions& options, const std::vector<std::string>& counters);
int export_model(const CheckOptions& options, const ExportOptions& wanted);
int list(const std::string& what);
int merge(const std::string& out, const std::vector<std::string>& in);
int mutate(const CheckOptions& options, const MutateOptions& mutate);
// `steps`: stops after each.
int replay(const std::string& trace, const std::string& model, bool steps);
int report(const ReportOptions& options);
int resume(const std::string& folder, const CheckOptions& limits);
int show(const CheckOptions& options, bool ir, bool saturated);
int sweep(const SweepOptions& options);

// Writes and checks that it arrived; a closed or full stdout is an error.
bool print(const std::string& text);
bool flush_output();
void complain(const std::string& text);

// NAME=VALUE; complains and returns false when there is no '='.
bool split_sets(const std::vector<std::string>& sets,
                std::vector<std::pair<std::string, std::string>>& out);

}  // namespace stalemate::cli

#endif  // STALEMATE_CLI_CLI_H_
