// The search collects facts; here they become verdicts.
#include "interp/explore.h"

#include <sys/resource.h>

#include <cstddef>
#include <memory>
#include <new>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "interp/budget.h"
#include "interp/graph.h"
#include "interp/search.h"
#include "interp/shortest_trace.h"
#include "interp/stuck.h"

namespace stalemate::interp {

namespace {

using ir::Property;

class Explorer {
 public:
  Explorer(const ir::Program& p, const Options& options, Budget& budget, Result& result)
      : p_(p), options_(options), budget_(budget), result_(result), graph_(p), found_(p, options) {
    for (const int property : options.properties) {
      if (kind(property) == Property::Kind::kNoStuck) {
        stuck_ = std::make_unique<StuckAnalysis>(p);
      }
    }
  }

  void run() {
    try {
      search(options_, budget_, graph_, stuck_.get(), found_);
      if (found_.complete && stuck_) solve_stuck();
    } catch (const std::bad_alloc&) {
      found_.complete = false;
      found_.stopped = "out of memory after " + std::to_string(graph_.states.size()) +
                       " states; free some memory or make the model smaller to go on";
    }
    result_.counts.states = graph_.states.size();
    result_.counts.transitions = found_.transitions;
    result_.counts.depth = static_cast<int>(found_.depth);
    result_.complete = found_.complete;
    result_.stopped = found_.stopped;
    result_.fired = found_.fired;
    result_.goals = found_.goals;
    if (found_.error) {
      report_error(*found_.error);
    } else {
      for (std::size_t i = 0; i < options_.properties.size(); ++i) judge(i);
    }
  }

 private:
  const Property& property(int i) const { return p_.properties.at(static_cast<std::size_t>(i)); }
  Property::Kind kind(int i) const { return property(i).kind; }

  void solve_stuck() {
    const auto give_up = [this] {
      found_.stopped = budget_.exceeded([this](Progress& progress) {
        progress.states = graph_.states.size();
        progress.transitions = found_.transitions;
        progress.program_steps = static_cast<int>(found_.depth);
        progress.bytes = graph_.bytes() + stuck_->bytes();
      });
      return !found_.stopped.empty();
    };
    if (!stuck_->solve(graph_.states.size(), give_up)) {
      found_.complete = false;
      return;
    }
    std::optional<Cost> least;
    for (StateId id = 0; id < graph_.states.size(); ++id) {
      if ((!least || graph_.costs[id] < *least) && stuck_->any_stuck(id)) least = graph_.costs[id];
    }
    for (std::size_t i = 0; i < options_.properties.size(); ++i) {
      if (kind(options_.properties[i]) == Property::Kind::kNoStuck) found_.violated[i] = least;
    }
  }

  void judge(std::size_t i) {
    PropertyResult& out = result_.properties[i];
    if (found_.violated[i]) {
      show_violation(*found_.violated[i], out);
      out.outcome = Outcome::kViolated;
    } else if (!found_.complete) {
      out.outcome = Outcome::kInconclusive;
    } else {
      out.message = vacuity(property(out.property));
      out.outcome = out.message.empty() ? Outcome::kSafe : Outcome::kVacuous;
    }
  }

  // Why a property that was never violated says nothing; empty: it does.
  std::string vacuity(const Property& property) const {
    const std::string unseen = unmet(property.watches);
    if (!unseen.empty()) return property.name + " judges what never happened: " + unseen;
    std::vector<int> required;
    for (std::size_t g = 0; g < p_.goals.size(); ++g) {
      if (p_.goals[g].required) required.push_back(static_cast<int>(g));
    }
    const std::string missed = unmet(required);
    return missed.empty() ? "" : "never reached: " + missed;
  }

  // The names of those of the goals that were not reached.
  std::string unmet(const std::vector<int>& goals) const {
    std::string names;
    for (const int goal : goals) {
      const auto g = static_cast<std::size_t>(goal);
      if (!found_.goals[g]) names += (names.empty() ? "" : ", ") + p_.goals[g].name;
    }
    return names;
  }

  void show_violation(const Cost& cost, PropertyResult& out) const {
    const Property& violated = property(out.property);
    Target target{cost, {}};
    switch (violated.kind) {
      case Property::Kind::kAsserts:
        target.reached = [&](const Effects& effects, const State&) {
          return find(effects, out.property) != nullptr;
        };
        break;
      case Property::Kind::kInvariant:
        target.reached = [&](const Effects&, const State& s) {
          return evaluate(p_, violated.condition, s, {}) == 0;
        };
        break;
      case Property::Kind::kNoStuck:
        target.reached = [&](const Effects&, const State& s) {
          return stuck_->any_stuck(*graph_.states.find(s));
        };
        break;
    }
    out.trace.events = least_run(graph_, target);
    const Effects last = complete_trace(p_, out.trace);
    const State& end = out.trace.states.back();
    switch (violated.kind) {
      case Property::Kind::kAsserts:
        out.message = find(last, out.property)->message;
        break;
      case Property::Kind::kInvariant:
        out.message = render(p_, violated.text, end, {});
        break;
      case Property::Kind::kNoStuck:
        out.stuck = stuck_->stuck(*graph_.states.find(end));
        out.message = stuck_->message(out.stuck, end);
        break;
    }
    if (out.message.empty()) out.message = violated.name + " does not hold";
  }

  static const Violation* find(const Effects& effects, int property) {
    for (const Violation& v : effects.violations) {
      if (v.property == property) return &v;
    }
    return nullptr;
  }

  void report_error(const ErrorFound& found) {
    result_.model_error = found.error.what();
    result_.model_error_span = found.error.span;
    for (PropertyResult& r : result_.properties) r.outcome = Outcome::kError;

    State there;
    graph_.states.copy(found.state, there);
    const Target target{graph_.costs[found.state],
                        [&](const Effects&, const State& s) { return s == there; }};
    Trace& trace = result_.model_error_trace;
    trace.events = least_run(graph_, target);
    complete_trace(p_, trace);
    if (!found.event) return;
    // The event that fails has no state after it; the trace shows the one before it again.
    trace.events.push_back(*found.event);
    trace.states.push_back(there);
    const ir::StepKind failing = p_.steps[static_cast<std::size_t>(found.event->step)].kind;
    ++(ir::is_program(failing) ? trace.program_steps : trace.environment_steps);
  }

  const ir::Program& p_;
  const Options& options_;
  Budget& budget_;
  Result& result_;
  Graph graph_;
  std::unique_ptr<StuckAnalysis> stuck_;  // null unless a property asks for it
  Findings found_;
};

}  // namespace

Result explore(const ir::Program& program, const Options& options) {
  Budget budget(options);
  Result result;
  for (const int property : options.properties) {
    result.properties.push_back({property, Outcome::kInconclusive, {}, {}, {}});
  }
  try {
    Explorer(program, options, budget, result).run();
  } catch (const std::bad_alloc&) {
    // No room even for showing what was found.
    result.complete = false;
    result.stopped = "out of memory; free some memory or make the model smaller to go on";
    for (PropertyResult& r : result.properties) {
      if (r.outcome != Outcome::kViolated) r = {r.property, Outcome::kInconclusive, {}, {}, {}};
    }
  }
  result.counts.seconds = budget.seconds();
  rusage usage{};
  if (getrusage(RUSAGE_SELF, &usage) == 0) {
    result.counts.peak_rss_bytes = static_cast<std::uint64_t>(usage.ru_maxrss) * 1024;
  }
  return result;
}

}  // namespace stalemate::interp
