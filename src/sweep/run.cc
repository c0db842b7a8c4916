#include "sweep/run.h"

#include <fmt/format.h>
#include <poll.h>

#include <algorithm>
#include <csignal>
#include <limits>
#include <list>
#include <map>
#include <nlohmann/json.hpp>
#include <numeric>

#include "sweep/child.h"
#include "sweep/expectation.h"

namespace stalemate::sweep {

namespace {

using Json = nlohmann::json;

constexpr int kProgressMilliseconds = 500;
// A check ends itself at its limit; one that is still there at this many times the limit hangs.
constexpr double kPatience = 2;

store::Run description(const Cell& cell, const Prepared& prepared, const Options& options) {
  store::Run run;
  run.checker = options.checker;
  run.checked = options.now();
  run.cell = cell.key;
  run.model = cell.model;
  run.line = cell.line;
  run.variant = cell.request.variant;
  run.cpus = cell.request.cpus;
  run.machine = cell.request.machine;
  run.params = params_text(cell.request);
  run.model_hash = cell.model_hash;
  run.fingerprint = prepared.fingerprint;
  run.identity = prepared.identity;
  return run;
}

std::string first_line(const std::string& text) { return text.substr(0, text.find('\n')); }

std::vector<std::string> arguments(const Cell& cell, std::uint64_t mem_limit) {
  std::vector<std::string> words = {"check", cell.path, "--json", kJsonPath, "-j", "1"};
  const auto option = [&](const char* name, const std::string& value) {
    words.emplace_back(name);
    words.push_back(value);
  };
  if (!cell.request.variant.empty()) option("--variant", cell.request.variant);
  if (cell.request.cpus != 0) option("--cpus", std::to_string(cell.request.cpus));
  if (!cell.request.machine.empty()) option("--machine", cell.request.machine);
  for (const auto& [name, value] : cell.request.sets) option("--set", name + "=" + value);
  if (cell.time_limit > 0) option("--time-limit", fmt::format("{:.0f}ms", cell.time_limit * 1000));
  const std::uint64_t memory = cell.mem_limit != 0 ? cell.mem_limit : mem_limit;
  if (memory != 0) option("--mem-limit", std::to_string(memory));
  return words;
}

// False: the text is not the report of one check.
bool read_report(const std::string& text, store::Run& run) {
  try {
    const Json j = Json::parse(text).at(0);
    run.fingerprint = j.at("fingerprint").get<std::string>();
    run.identity = j.at("identity").get<std::string>();
    run.verdict = j.at("verdict").get<std::string>();
    run.states = j.at("states").get<std::int64_t>();
    run.transitions = j.at("transitions").get<std::int64_t>();
    run.seconds = j.at("seconds").get<double>();
    run.peak_memory = j.at("peak_rss_bytes").get<std::int64_t>();
    for (const Json& p : j.at("properties")) {
      run.properties +=
          fmt::format("{}{}={}", run.properties.empty() ? "" : "\n",
                      p.at("name").get<std::string>(), p.at("verdict").get<std::string>());
    }
    if (!j.at("trace").is_null()) {
      run.steps = Json{{"property", j.at("property")},
                       {"cpus", j.at("cpus")},
                       {"rows", j.at("trace")},
                       {"ending", j.at("ending")}}
                      .dump();
    }
    if (!j.at("stopped").is_null()) run.note = first_line(j.at("stopped").get<std::string>());
    if (!j.at("model_error").is_null()) {
      run.note = "the model did something meaningless: " +
                 first_line(j.at("model_error").at("message").get<std::string>());
    }
  } catch (const Json::exception&) {
    return false;
  }
  return true;
}

struct Running {
  const Cell* cell;
  Prepared prepared;
  Child child;
  bool late = false;  // it was killed for that

  Running(const Cell& c, Prepared p, std::uint64_t mem_limit)
      : cell(&c), prepared(std::move(p)), child(arguments(c, mem_limit)) {}
};

class Runner {
 public:
  Runner(const std::vector<Cell>& cells, store::Store& store, std::int64_t night,
         const Options& options)
      : store_(store), night_(night), options_(options), total_(cells.size()) {
    for (store::Run& run : store.runs(night)) done_.emplace(run.cell, std::move(run));
    order(cells);
  }

  Counts run() {
    while (!interrupted() && (next_ < queue_.size() || !running_.empty())) {
      while (!interrupted() && next_ < queue_.size() &&
             running_.size() < static_cast<std::size_t>(options_.jobs)) {
        start(*queue_[next_++]);
      }
      if (options_.progress) options_.progress(progress());
      wait();
      collect();
    }
    running_.clear();  // ends what an interrupt left
    counts_.missing = static_cast<int>(total_) - counts_.done();
    return counts_;
  }

 private:
  bool interrupted() const { return options_.interrupted != nullptr && *options_.interrupted; }

  // Longest first, so that the last minutes of a night keep all cores busy.  A cell that never ran
  // may take any time.
  void order(const std::vector<Cell>& cells) {
    std::vector<double> expected;
    for (const Cell& cell : cells) {
      expected.push_back(
          store_.last_seconds(cell.key).value_or(std::numeric_limits<double>::infinity()));
    }
    std::vector<std::size_t> by_time(cells.size());
    std::iota(by_time.begin(), by_time.end(), 0);
    std::stable_sort(by_time.begin(), by_time.end(),
                     [&](std::size_t a, std::size_t b) { return expected[a] > expected[b]; });
    for (const std::size_t i : by_time) queue_.push_back(&cells[i]);
  }

  void start(const Cell& cell) {
    Prepared prepared = prepare(cell);
    const auto kept = done_.find(cell.key);
    if (kept != done_.end() && same_check(prepared, kept->second) &&
        kept->second.checker == options_.checker &&
        kept->second.expected == expected_text(prepared)) {
      ++counts_.kept;
      tell(kept->second);
      return;
    }
    store::Run run = description(cell, prepared, options_);
    if (prepared.fingerprint.empty()) {
      run.verdict = "error";
      run.note = "does not compile: " + first_line(prepared.mistakes);
      run.trace = prepared.mistakes;
      run.exit = 2;
      finish(prepared, std::move(run));
      return;
    }
    if (options_.only_changed) {
      auto before = store_.conclusive(cell.key, prepared.identity, options_.checker);
      if (before && same_check(prepared, *before)) {
        before->model_hash = cell.model_hash;
        before->line = cell.line;
        before->reused = true;
        before->note.clear();
        finish(prepared, std::move(*before));
        return;
      }
    }
    try {
      running_.emplace_back(cell, prepared, options_.mem_limit);
    } catch (const std::runtime_error& e) {
      run.verdict = "crashed";
      run.note = e.what();
      finish(prepared, std::move(run));
    }
  }

  void wait() {
    if (running_.empty()) return;
    std::vector<pollfd> ends;
    for (const Running& r : running_) ends.push_back({r.child.end(), POLLIN, 0});
    poll(ends.data(), ends.size(), kProgressMilliseconds);
    ends_ = std::move(ends);
  }

  void collect() {
    std::size_t i = 0;
    for (auto r = running_.begin(); r != running_.end(); ++i) {
      if (ends_[i].revents == 0) {
        const double patience = r->cell->time_limit * kPatience;
        if (patience > 0 && !r->late && r->child.seconds() > patience) {
          r->late = true;
          r->child.kill();
        }
        ++r;
        continue;
      }
      finish(r->prepared, result(*r));
      r = running_.erase(r);
    }
  }

  store::Run result(Running& r) const {
    store::Run told = description(*r.cell, r.prepared, options_);
    const double seconds = r.child.seconds();
    told.exit = r.child.wait();
    const std::string err = r.child.err();
    const bool reported = told.exit >= 0 && read_report(r.child.json(), told);
    if (reported && same_check(r.prepared, told)) {
      if (told.verdict != "safe") told.trace = r.child.out();
      return told;
    }
    store::Run run = description(*r.cell, r.prepared, options_);
    run.verdict = "crashed";
    run.exit = told.exit;
    // The check reads the model again.  What it read is not known where it reports nothing, and
    // what it reports of something else is no result of this cell.
    if (run.exit >= 0) {
      run.fingerprint.clear();
      run.identity.clear();
    }
    run.seconds = seconds;
    run.peak_memory = r.child.peak_memory();
    run.trace = err;
    if (reported) {
      run.note = "the model changed while the sweep ran; run it again";
    } else if (r.late) {
      run.note = fmt::format("still there after {:.0f} s, killed", seconds);
    } else if (run.exit == -SIGKILL) {
      run.note = "killed by signal 9; was there no memory left?";
    } else if (run.exit < 0) {
      run.note = fmt::format("killed by signal {} ({})", -run.exit, strsignal(-run.exit));
    } else {
      run.note = fmt::format("exit code {}: {}", run.exit, first_line(err));
    }
    return run;
  }

  void finish(const Prepared& prepared, store::Run run) {
    judge(prepared, run);
    store_.add(night_, run);
    tell(run);
  }

  void tell(const store::Run& run) {
    counts_.add(run.status, run.reused);
    if (options_.finished) options_.finished(run);
  }

  std::string progress() const {
    double longest = 0;
    const Cell* cell = nullptr;
    for (const Running& r : running_) {
      if (cell != nullptr && r.child.seconds() <= longest) continue;
      longest = r.child.seconds();
      cell = r.cell;
    }
    std::string text = fmt::format("{} of {} done", counts_.done(), total_);
    const int wrong = counts_.mismatch + counts_.crashed;
    if (wrong != 0) text += fmt::format(", {} not as expected", wrong);
    if (cell != nullptr) text += fmt::format("; {:.0f} s: {}", longest, cell->key);
    return text;
  }

  store::Store& store_;
  const std::int64_t night_;
  const Options& options_;
  const std::size_t total_;
  std::map<std::string, store::Run> done_;  // before the sweep was stopped
  std::vector<const Cell*> queue_;
  std::size_t next_ = 0;
  std::list<Running> running_;
  std::vector<pollfd> ends_;  // of running_, after wait()
  Counts counts_;
};

}  // namespace

void Counts::add(const std::string& status, bool was_reused) {
  if (was_reused) ++reused;
  if (status == "ok") {
    ++ok;
  } else if (status == "mismatch") {
    ++mismatch;
  } else if (status == "inconclusive") {
    ++inconclusive;
  } else {
    ++crashed;
  }
}

Counts run(const std::vector<Cell>& cells, store::Store& store, std::int64_t night,
           const Options& options) {
  return Runner(cells, store, night, options).run();
}

}  // namespace stalemate::sweep
