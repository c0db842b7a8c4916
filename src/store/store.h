// Results of sweeps in an SQLite database.
//
// A row is there completely or not at all, whenever the process or the machine dies.  A file that
// is somebody else's, newer or damaged is refused and left as it is.  Everything that goes wrong is
// a StoreError with a text to print. Tested by tests/sweep/.
#ifndef STALEMATE_STORE_STORE_H_
#define STALEMATE_STORE_STORE_H_

#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

struct sqlite3;

namespace stalemate::store {

class StoreError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// The columns of the same name in store/schema.h.
struct Night {
  std::int64_t id = 0;
  std::string started;
  std::string finished;  // empty: not finished
  std::string tool;
  std::string sweep_file;
  std::string sweep_hash;
  std::string shard;
  std::string filter;
  std::string plan;
};

struct Run {
  std::string cell;
  std::string model;
  int line = 1;
  std::string variant;
  int cpus = 0;
  std::string machine;
  std::string params;
  std::string model_hash;
  std::string fingerprint;
  std::string identity;
  std::string checker;
  std::string checked;
  std::string expected;
  std::string status;
  std::string verdict;
  std::string properties;
  std::string wrong;
  std::string note;
  std::int64_t states = 0;
  std::int64_t transitions = 0;
  double seconds = 0;
  std::int64_t peak_memory = 0;
  int exit = 0;
  bool reused = false;
  std::string trace;
  std::string steps;
};

// What is the same size for every run.
struct Summary {
  std::string cell;
  std::string status;
  std::string verdict;
  std::int64_t states = 0;
  double seconds = 0;
  bool reused = false;
};

// f("cell", run.cell), ... for each of them, in this order.
template <class AnyRun, class Function>
void for_each_column(AnyRun& run, Function f) {
  f("cell", run.cell);
  f("model", run.model);
  f("line", run.line);
  f("variant", run.variant);
  f("cpus", run.cpus);
  f("machine", run.machine);
  f("params", run.params);
  f("model_hash", run.model_hash);
  f("fingerprint", run.fingerprint);
  f("identity", run.identity);
  f("checker", run.checker);
  f("checked", run.checked);
  f("expected", run.expected);
  f("status", run.status);
  f("verdict", run.verdict);
  f("properties", run.properties);
  f("wrong", run.wrong);
  f("note", run.note);
  f("states", run.states);
  f("transitions", run.transitions);
  f("seconds", run.seconds);
  f("peak_memory", run.peak_memory);
  f("exit", run.exit);
  f("reused", run.reused);
  f("trace", run.trace);
  f("steps", run.steps);
}

class Store {
 public:
  enum class Open { kCreate, kExisting };

  // ":memory:" is a database that nobody keeps.
  Store(const std::string& path, Open how);
  ~Store();
  Store(const Store&) = delete;
  Store& operator=(const Store&) = delete;

  const std::string& path() const { return path_; }

  std::int64_t begin_night(const Night& night);
  void finish_night(std::int64_t id, const std::string& when);
  // One transaction.  A run of the same cell and night is replaced.
  void add(std::int64_t night, const Run& run);
  // All of a night at once: all of it arrives, or nothing.
  std::int64_t add_night(const Night& night, const std::vector<Run>& runs);

  std::vector<Night> nights() const;                         // by id
  std::vector<Run> runs(std::int64_t night) const;           // by cell
  std::vector<Summary> summaries(std::int64_t night) const;  // the same
  // The last run of the cell with this identity and checker that came to a conclusion on each of
  // its properties.
  std::optional<Run> conclusive(const std::string& cell, const std::string& identity,
                                const std::string& checker) const;
  // How long the cell took the last time that it ran.
  std::optional<double> last_seconds(const std::string& cell) const;

 private:
  void prepare(bool create);

  std::string path_;
  sqlite3* db_ = nullptr;
};

}  // namespace stalemate::store

#endif  // STALEMATE_STORE_STORE_H_
