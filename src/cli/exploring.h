// What the commands that explore a model share: limits, progress, mistakes, the JSON file.
#ifndef STALEMATE_CLI_EXPLORING_H_
#define STALEMATE_CLI_EXPLORING_H_

#include <cstdint>
#include <cstdio>
#include <optional>
#include <string>

#include "base/diagnostic.h"
#include "cli/cli.h"
#include "engine/search.h"
#include "interp/explore.h"
#include "lang/compile.h"
#include "report/report.h"

namespace stalemate::cli {

// Progress on a terminal, from the second second on; erased before anything else is printed.
class ProgressLine {
 public:
  ProgressLine();
  ~ProgressLine() { clear(); }
  ProgressLine(const ProgressLine&) = delete;
  ProgressLine& operator=(const ProgressLine&) = delete;

  void show(const interp::Progress& p);
  void show(const engine::Progress& p);

 private:
  void write(const std::string& line);
  void clear();

  bool on_;
  bool shown_ = false;
};

// 0: no limit.
struct Limits {
  std::uint64_t max_states = 0;
  double time_limit = 0;        // seconds
  std::uint64_t mem_limit = 0;  // bytes
};

// The limits and the configuration that the options ask for; complains and returns false when one
// of them makes no sense.
bool read_limits(const CheckOptions& options, Limits& limits);
bool read_request(const CheckOptions& options, lang::Request& request);
// Is this asked for, by --reduce or as the default: "por", "symmetry"?
bool reduces(const CheckOptions& options, const std::string& what);
// Do the options leave the choice of the configuration to the variants of the file?
bool asks_for_all_variants(const CheckOptions& options);

// The one configuration that the options name; complains when there is none.
std::optional<lang::Compiled> compile_one(const CheckOptions& options);

// What limits and threads come to, for the fast engine; an interrupt ends its search.
engine::Options engine_options(const CheckOptions& options, const Limits& limits);

// The holes of texts are filled by the reference interpreter.  Refers to `p`.
report::Render renderer(const ir::Program& p);

report::Run describe(const CheckOptions& options, const lang::Compiled& compiled,
                     const std::string& variant);

// "armv7, 2 CPUs; memory: sc; 20 states, 0.10 s": what a line about a variant ends with.
std::string qualification(const ir::Program& p, const Counts& counts,
                          const std::vector<int>& properties = {});

// Tells the mistakes of a model.  Variants of one file mostly share theirs: each is told once.
class Complaints {
 public:
  int tell(const Diagnostics& diagnostics);  // gives the exit code

 private:
  std::string last_;
};

// A file that an option asks for.  It is opened before the search: a path that cannot be written
// must not cost an hour.
class OutputFile {
 public:
  // `option`: "--json".  An empty path: not asked for; then the rest does nothing.
  OutputFile(const char* option, const std::string& path) : option_(option), path_(path) {}

  bool open();  // these two complain when they return false
  bool close();
  void write(const std::string& text);
  bool wanted() const { return file_ != nullptr; }

 private:
  const char* option_;
  std::string path_;
  std::FILE* file_ = nullptr;
};

// The file of --json: an array with an object for each configuration.
class JsonFile {
 public:
  explicit JsonFile(const std::string& path) : file_("--json", path) {}

  bool open() { return file_.open(); }
  bool close();
  void add(const std::string& object);
  bool wanted() const { return file_.wanted(); }

 private:
  OutputFile file_;
  int objects_ = 0;
};

}  // namespace stalemate::cli

#endif  // STALEMATE_CLI_EXPLORING_H_
