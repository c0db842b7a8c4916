// stalemate sweep: many configurations of many models in one night; stalemate merge: the databases
// of shards in one.
#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <ctime>

#include "base/printable.h"
#include "cli/cli.h"
#include "cli/machine.h"
#include "engine/memory.h"
#include "store/merge.h"
#include "store/shard.h"
#include "sweep/checker.h"
#include "sweep/plan.h"
#include "sweep/run.h"

namespace stalemate::cli {

namespace {

std::string now() {
  const std::time_t t = std::time(nullptr);
  std::tm utc{};
  gmtime_r(&t, &utc);
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}Z", utc.tm_year + 1900, utc.tm_mon + 1,
                     utc.tm_mday, utc.tm_hour, utc.tm_min, utc.tm_sec);
}

const char* status_word(const std::string& status) {
  if (status == "ok") return "ok";
  if (status == "mismatch") return "MISMATCH";
  return status == "inconclusive" ? "inconclusive" : "crashed";
}

bool read_shard(const std::string& text, store::Shard& shard) {
  if (text.empty()) return true;
  if (const auto read = store::read_shard(text)) {
    shard = *read;
    return true;
  }
  complain(fmt::format(
      "error: --shard {}: expected K/N with K in 1..N\n  as in --shard 2/4, the second of four; "
      "there may be {}",
      text, store::kMostShards));
  return false;
}

// Cells that are done, a line each, and below them on a terminal how far it is.
class Lines {
 public:
  Lines() : terminal_(isatty(STDERR_FILENO) != 0) {}
  ~Lines() { clear(); }
  Lines(const Lines&) = delete;
  Lines& operator=(const Lines&) = delete;

  void cell(const store::Run& run) {
    clear();
    const bool plain = run.status == "ok";
    std::string line = fmt::format("{:13}{}  {}", status_word(run.status), printable(run.cell),
                                   printable(plain || run.note.empty() ? run.verdict : run.note));
    if (plain && run.expected.empty()) line += ", nothing expected";
    if (run.reused) {
      line += fmt::format("  (reused, checked {})", run.checked);
    } else if (run.states != 0) {
      line += fmt::format("  ({} states, {:.2f} s)", run.states, run.seconds);
    }
    print(line + "\n");
    std::fflush(stdout);
  }

  void progress(const std::string& text) {
    if (!terminal_) return;
    // A line that wraps could not be erased.
    struct winsize size {};
    const bool known = ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 1;
    const std::size_t width = known ? size.ws_col - std::size_t{1} : 79;
    std::fputs(("\r\x1b[K" + printable(text).substr(0, width)).c_str(), stderr);
    shown_ = true;
  }

  void clear() {
    if (shown_) std::fputs("\r\x1b[K", stderr);
    shown_ = false;
  }

 private:
  const bool terminal_;
  bool shown_ = false;
};

class Sweep {
 public:
  explicit Sweep(const SweepOptions& options) : options_(options) {}

  int run() {
    if (options_.db.empty() && (options_.resume || options_.only_changed)) {
      complain(fmt::format("error: {} without --db\n  name the database of the nights before",
                           options_.resume ? "--resume" : "--only-changed"));
      return kExitError;
    }
    store::Shard shard;
    if (!read_shard(options_.shard, shard) || !read(shard)) return kExitError;
    const bool keep = !options_.db.empty();
    store::Store store(keep ? options_.db : ":memory:", options_.resume
                                                            ? store::Store::Open::kExisting
                                                            : store::Store::Open::kCreate);
    std::int64_t night = 0;
    if (!choose_night(store, night)) return kExitError;

    catch_signals();
    Lines lines;
    sweep::Options o;
    o.jobs = options_.jobs != 0 ? options_.jobs : cores();
    // The cells that run at once share what one check may have.
    o.mem_limit = engine::default_memory_limit() / static_cast<std::uint64_t>(o.jobs);
    o.checker = checker_;
    o.now = now;
    o.only_changed = options_.only_changed;
    o.interrupted = &interrupted();
    o.finished = [&](const store::Run& run) { lines.cell(run); };
    o.progress = [&](const std::string& text) { lines.progress(text); };
    const sweep::Counts counts = sweep::run(cells_, store, night, o);
    lines.clear();
    if (counts.missing == 0) store.finish_night(night, now());
    print(last_line(counts, night));
    if (counts.missing != 0) {
      complain(keep ? "interrupted; the same command with --resume goes on from here"
                    : "interrupted; with --db FILE, --resume could go on from here");
    }
    if (!flush_output()) return kExitError;
    if (counts.mismatch + counts.crashed > 0) return 1;
    return counts.inconclusive + counts.missing > 0 ? 3 : 0;
  }

 private:
  bool read(const store::Shard& shard) {
    Diagnostics diagnostics;
    std::vector<sweep::Cell> all;
    if (!sweep::read_sweep_file(options_.file, file_, diagnostics) ||
        !sweep::plan(file_, library_roots(), all, diagnostics)) {
      complain(diagnostics.format(isatty(STDERR_FILENO) != 0));
      return false;
    }
    std::vector<std::string> matching;
    for (sweep::Cell& cell : all) {
      if (cell.key.find(options_.filter) == std::string::npos) continue;
      const bool here = matching.size() % shard.count == shard.index;
      matching.push_back(cell.key);
      if (here) cells_.push_back(std::move(cell));
    }
    plan_ = store::plan_of(matching);
    // A shard may be empty, when there are more of them than cells.
    if (!matching.empty()) return true;
    complain(options_.filter.empty()
                 ? fmt::format("error: {}: all cells are excluded", options_.file)
                 : fmt::format("error: --filter {}: no cell has this in its name\n  a name is "
                               "MODEL:VARIANT, as in models/litmus/tlb.flush:full",
                               options_.filter));
    return false;
  }

  bool choose_night(store::Store& store, std::int64_t& id) const {
    if (!options_.resume) {
      id = store.begin_night({0, now(), "", STALEMATE_VERSION, file_.name, file_.hash,
                              options_.shard, options_.filter, plan_});
      return true;
    }
    const std::vector<store::Night> nights = store.nights();
    const auto last = std::find_if(nights.rbegin(), nights.rend(), [&](const store::Night& n) {
      return n.sweep_file == file_.name && n.shard == options_.shard && n.filter == options_.filter;
    });
    std::string wrong;
    if (last == nights.rend()) {
      wrong = "there is no night of this sweep file, shard and filter";
    } else if (!last->finished.empty()) {
      wrong = fmt::format("night {} is finished", last->id);
    } else if (last->tool != STALEMATE_VERSION) {
      wrong = fmt::format("night {} was begun by stalemate {}", last->id, last->tool);
    } else if (last->sweep_hash != file_.hash) {
      wrong = fmt::format("{} has changed since night {} was begun", options_.file, last->id);
    } else if (!options_.shard.empty() && last->plan != plan_) {
      // Cut by position, it would take what another shard has, and leave out what none has.
      wrong = fmt::format("night {} was begun with other cells", last->id);
    } else {
      id = last->id;
      return true;
    }
    complain(fmt::format("error: --resume: {}\n  leave out --resume to begin a new night", wrong));
    return false;
  }

  std::string last_line(const sweep::Counts& c, std::int64_t night) const {
    std::string line = fmt::format("{} cells: {} as expected", cells_.size(), c.ok);
    const auto add = [&](int n, const char* what) {
      if (n != 0) line += fmt::format(", {} {}", n, what);
    };
    add(c.mismatch, "not as expected");
    add(c.crashed, "crashed");
    add(c.inconclusive, "inconclusive");
    add(c.missing, "not done");
    if (c.kept != 0) line += fmt::format("; {} were done before", c.kept);
    if (c.reused != 0) {
      line += fmt::format("; {} reused, of the same program by the same build of stalemate ({})",
                          c.reused, checker_.substr(0, 8));
    }
    if (!options_.db.empty()) line += fmt::format("; night {}", night);
    return line + "\n";
  }

  const SweepOptions& options_;
  const std::string checker_ = sweep::checker_identity();
  sweep::SweepFile file_;
  std::vector<sweep::Cell> cells_;
  std::string plan_;  // of all shards
};

}  // namespace

int sweep(const SweepOptions& options) {
  try {
    return Sweep(options).run();
  } catch (const std::runtime_error& e) {
    complain(e.what());
  }
  return kExitError;
}

int merge(const std::string& out, const std::vector<std::string>& in) {
  try {
    const store::Merged merged = store::merge(out, in);
    print(fmt::format("{}: {} cells of {} shards; night {}\n", out, merged.cells, in.size(),
                      merged.night));
    return flush_output() ? 0 : kExitError;
  } catch (const store::StoreError& e) {
    complain(e.what());
  }
  return kExitError;
}

}  // namespace stalemate::cli
