#include "reduce/loads.h"

#include <algorithm>
#include <utility>

#include "interp/eval.h"

namespace stalemate::reduce {

namespace {

std::size_t at(int i) { return static_cast<std::size_t>(i); }

}  // namespace

Loads::Loads(const ir::Program& p, const std::vector<Fill>& fills, const Shows& shows)
    : p_(p), fills_(fills), shows_(shows), is_fill_(p.steps.size()) {
  for (const Fill& f : fills) is_fill_[at(f.step)] = true;
}

bool Loads::is_load(const Event& e) const { return is_fill_[at(e.step)]; }

std::size_t Loads::loads_in(const Run& run) const {
  return static_cast<std::size_t>(
      std::count_if(run.begin(), run.end(), [this](const Event& e) { return is_load(e); }));
}

// After each event all that can be loaded then, as in the saturated program.
Loads::Run Loads::with_all(const Run& run, bool at_end) const {
  Run out;
  State s = interp::initial_state(p_);
  const auto load = [&] {
    for (const Fill& f : fills_) {
      const ir::Step& step = p_.steps[at(f.step)];
      if (s[at(f.slot)] != 0 || !interp::enabled(p_, step, s, {})) continue;
      interp::fire(p_, step, s, {});
      out.push_back({f.step, {}});
    }
  };
  for (std::size_t i = 0; i < run.size(); ++i) {
    load();
    interp::fire(p_, p_.steps[at(run[i].step)], s, run[i].choices);
    out.push_back(run[i]);
  }
  if (at_end) load();
  return out;
}

// The run without the loads that are not possible in it; nothing when something else is not.
std::optional<Loads::Run> Loads::possible(const Run& run) const {
  Run out;
  State s = interp::initial_state(p_);
  try {
    for (const Event& e : run) {
      const ir::Step& step = p_.steps[at(e.step)];
      if (!interp::enabled(p_, step, s, e.choices)) {
        if (is_load(e)) continue;
        return std::nullopt;
      }
      interp::fire(p_, step, s, e.choices);
      out.push_back(e);
    }
  } catch (const interp::ModelError&) {
    return std::nullopt;
  }
  return out;
}

bool Loads::works(const Run& run) const {
  const auto all = possible(run);
  return all && all->size() == run.size() && shows_(run);
}

// Takes away loads as long as any can be spared: many at a time at first.
Loads::Run Loads::without_spare(const Run& all, bool latest_first) const {
  Run run = all;
  for (std::size_t some = std::max<std::size_t>(loads_in(run) / 2, 1);;) {
    const std::size_t before = loads_in(run);
    // Those before `tried`, counted from one end, are needed.
    for (std::size_t tried = 0;;) {
      const std::size_t loads = loads_in(run);
      if (tried >= loads) break;
      const std::size_t n = std::min(some, loads - tried);
      const std::size_t first = latest_first ? loads - tried - n : tried;
      Run less;
      std::size_t number = 0;
      for (const Event& e : run) {
        const bool spare = is_load(e) && number >= first && number < first + n;
        if (is_load(e)) ++number;
        if (!spare) less.push_back(e);
      }
      const auto left = possible(less);
      if (left && shows_(*left)) {
        run = *left;
      } else {
        tried += n;
      }
    }
    if (some <= 1 && loads_in(run) == before) return run;
    some = std::max<std::size_t>(some / 2, 1);
  }
}

// Moves each load as far to the end as the run allows.
Loads::Run Loads::delayed(Run run) const {
  for (std::size_t i = run.size(); i-- > 0;) {
    if (!is_load(run[i])) continue;
    for (std::size_t to = run.size() - 1; to > i; --to) {
      Run later = run;
      std::rotate(later.begin() + static_cast<std::ptrdiff_t>(i),
                  later.begin() + static_cast<std::ptrdiff_t>(i) + 1,
                  later.begin() + static_cast<std::ptrdiff_t>(to) + 1);
      if (!works(later)) continue;
      run = std::move(later);
      break;
    }
  }
  return run;
}

std::optional<std::vector<Event>> Loads::add_to(const Run& run, bool at_end) const {
  if (works(run)) return run;
  const Run all = with_all(run, at_end);
  if (!works(all)) return std::nullopt;
  // Which of them can be spared depends on which goes first.
  const Run late = without_spare(all, true);
  const Run early = without_spare(all, false);
  Run best = loads_in(early) < loads_in(late) ? early : late;
  for (;;) {
    best = delayed(std::move(best));
    Run less = without_spare(best, true);
    if (less.size() == best.size()) return best;
    best = std::move(less);  // one that came later did for another one, too
  }
}

}  // namespace stalemate::reduce
