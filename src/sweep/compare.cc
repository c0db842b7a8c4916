#include "sweep/compare.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "sweep/expectation.h"

namespace stalemate::sweep {

namespace {

// A cell is slower when both hold: small ones vary by more than half.
constexpr double kSlowerFactor = 1.5;
constexpr double kSlowerSeconds = 1;

const store::Night& find(const std::vector<store::Night>& nights, std::int64_t id,
                         const std::string& path) {
  const auto found =
      std::find_if(nights.begin(), nights.end(), [&](const store::Night& n) { return n.id == id; });
  if (found == nights.end()) {
    throw store::StoreError(fmt::format("error: {}: there is no night {}\n  the last one is {}",
                                        path, id, nights.back().id));
  }
  return *found;
}

std::string join(const std::vector<std::string>& parts) {
  return fmt::format("{}", fmt::join(parts, "; "));
}

std::string verdict_change(const store::Run& old, const store::Run& now) {
  std::vector<std::string> changes;
  const auto before = outcomes(old.properties);
  for (const auto& [property, outcome] : outcomes(now.properties)) {
    for (const auto& [name, other] : before) {
      if (name == property && other != outcome) {
        changes.push_back(fmt::format("{}: {} -> {}", property, other, outcome));
      }
    }
  }
  if (changes.empty() && old.verdict != now.verdict) {
    changes.push_back(fmt::format("{} -> {}", old.verdict, now.verdict));
  }
  return join(changes);
}

bool conclusive(const store::Run& run) { return run.status == "ok" || run.status == "mismatch"; }

std::string count_change(const store::Run& old, const store::Run& now) {
  std::vector<std::string> changes;
  if (old.states != now.states) {
    changes.push_back(fmt::format("states {} -> {}", old.states, now.states));
  }
  if (old.transitions != now.transitions) {
    changes.push_back(fmt::format("transitions {} -> {}", old.transitions, now.transitions));
  }
  if (changes.empty()) return {};
  changes.emplace_back(old.fingerprint != now.fingerprint ? "the program changed"
                       : old.checker != now.checker
                           ? "of the same program, by another build of stalemate"
                           : "of the same program");
  return join(changes);
}

}  // namespace

std::string Comparison::summary() const {
  const auto count = [&](const char* status) {
    return std::count_if(runs.begin(), runs.end(),
                         [&](const store::Run& r) { return r.status == status; });
  };
  std::string text = fmt::format("{} cells: {} as expected", runs.size(), count("ok"));
  const std::pair<const char*, const char*> others[] = {
      {"mismatch", "not as expected"}, {"crashed", "crashed"}, {"inconclusive", "inconclusive"}};
  for (const auto& [status, words] : others) {
    if (const auto n = count(status); n != 0) text += fmt::format(", {} {}", n, words);
  }
  const auto reused = std::count_if(runs.begin(), runs.end(), [](auto& r) { return r.reused; });
  if (reused != 0) text += fmt::format("; {} reused", reused);
  if (night.finished.empty()) text += "; the night is not finished";
  return text;
}

const store::Run* Comparison::run(const std::string& cell) const {
  const auto at =
      std::lower_bound(runs.begin(), runs.end(), cell,
                       [](const store::Run& r, const std::string& key) { return r.cell < key; });
  return at != runs.end() && at->cell == cell ? &*at : nullptr;
}

bool same_sweep(const store::Night& a, const store::Night& b) {
  return a.sweep_file == b.sweep_file && a.shard == b.shard && a.filter == b.filter;
}

Comparison compare(const store::Store& store, std::int64_t night, std::int64_t against) {
  Comparison c;
  const std::vector<store::Night> nights = store.nights();
  if (nights.empty()) {
    throw store::StoreError(fmt::format("error: {}: holds no night", store.path()));
  }
  c.night = night == 0 ? nights.back() : find(nights, night, store.path());
  if (against != 0) {
    c.before = find(nights, against, store.path());
  } else {
    for (const store::Night& n : nights) {
      if (n.id < c.night.id && !n.finished.empty() && same_sweep(n, c.night)) c.before = n;
    }
  }
  c.runs = store.runs(c.night.id);
  std::map<std::string, store::Run> old;
  if (c.before) {
    for (store::Run& r : store.runs(c.before->id)) old.emplace(r.cell, std::move(r));
  }

  Section verdicts{"verdict_changes", "Verdict changes", {}};
  Section wrong{"mismatches", "Not as expected", {}};
  Section inconclusive{"inconclusive", "Inconclusive", {}};
  Section counts{"count_changes", "Other counts", {}};
  Section slower{"slower", "Slower", {}};
  Section added{"new", "New cells", {}};
  Section gone{"gone", "Cells that are gone", {}};
  for (const store::Run& now : c.runs) {
    if (now.status == "mismatch" || now.status == "crashed") {
      const char* word = now.status == "crashed" ? "crashed: " : "";
      wrong.findings.push_back({now.cell, word + now.note, !now.trace.empty()});
    }
    if (now.status == "inconclusive") inconclusive.findings.push_back({now.cell, now.note, false});
    if (!c.before) continue;
    const auto found = old.find(now.cell);
    if (found == old.end()) {
      added.findings.push_back({now.cell, now.verdict, false});
      continue;
    }
    const store::Run& then = found->second;
    if (std::string what = verdict_change(then, now); !what.empty()) {
      verdicts.findings.push_back({now.cell, std::move(what), !now.trace.empty()});
    } else if (conclusive(then) && conclusive(now)) {
      if (what = count_change(then, now); !what.empty()) {
        counts.findings.push_back({now.cell, std::move(what), false});
      }
    }
    if (!now.reused && now.seconds > then.seconds * kSlowerFactor &&
        now.seconds - then.seconds > kSlowerSeconds) {
      slower.findings.push_back(
          {now.cell, fmt::format("{:.2f} s -> {:.2f} s", then.seconds, now.seconds), false});
    }
  }
  for (const auto& [cell, run] : old) {
    // A night that is not finished has not got to them yet.
    if (c.night.finished.empty() || c.run(cell) != nullptr) continue;
    gone.findings.push_back({cell, "was " + run.verdict, false});
  }
  for (Section* s : {&verdicts, &wrong, &inconclusive, &counts, &slower, &added, &gone}) {
    c.sections.push_back(std::move(*s));
  }
  return c;
}

}  // namespace stalemate::sweep
