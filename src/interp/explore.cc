// The search collects facts; here they become verdicts.
#include "interp/explore.h"

#include <sys/resource.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <new>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "interp/budget.h"
#include "interp/graph.h"
#include "interp/lasso.h"
#include "interp/leads_to.h"
#include "interp/search.h"
#include "interp/shortest_trace.h"
#include "interp/stuck.h"
#include "interp/wait_for.h"
#include "verdict/words.h"

namespace stalemate::interp {

namespace {

using ir::Property;

class Explorer {
 public:
  Explorer(const ir::Program& p, const Options& options, Budget& budget, Result& result)
      : p_(p),
        options_(options),
        budget_(budget),
        result_(result),
        graph_(p),
        waits_(p),
        hung_(options.properties.size()),
        came_(options.properties.size()),
        found_(p, options) {
    std::vector<int> asked;
    for (const int i : options.properties) {
      if (kind(i) == Property::Kind::kNoStuck) asked.push_back(i);
    }
    if (!asked.empty()) stuck_ = std::make_unique<StuckAnalysis>(p, asked);
  }

  void run() {
    try {
      search(options_, budget_, graph_, stuck_.get(), found_);
      if (found_.complete && stuck_) solve_stuck();
      if (found_.complete) judge_leads_to();
      if (found_.complete && options_.each_state && may_be_certified()) tell_states();
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
    require_all(p_, result_);
  }

 private:
  // What was found out about a property of kind kLeadsTo.
  struct Came {
    bool ever = false, waited = false;  // for one of its conditions, as in NeverCame
    std::size_t which = 0;              // violated: the one of Property::leads that is not so
    NeverCame not_so;                   // violated: where that is
  };

  const Property& property(int i) const { return p_.properties.at(static_cast<std::size_t>(i)); }
  Property::Kind kind(int i) const { return property(i).kind; }

  // Nothing is violated; and where a property is about a cycle, nobody is stuck at all.
  bool may_be_certified() const {
    for (std::size_t i = 0; i < options_.properties.size(); ++i) {
      if (found_.violated[i]) return false;
      if (property(options_.properties[i]).cycle.empty()) continue;
      for (StateId id = 0; id < graph_.states.size(); ++id) {
        if (!stuck_->stuck(id, options_.properties[i]).empty()) return false;
      }
    }
    return true;
  }

  void tell_states() const {
    State s;
    for (StateId id = 0; id < graph_.states.size(); ++id) {
      graph_.states.copy(id, s);
      options_.each_state(s);
    }
  }

  // Asks the budget whether to stop; `bytes` says what the analysis at work keeps.
  std::function<bool()> give_up(const std::function<std::uint64_t()>& bytes) {
    return [this, bytes] {
      found_.stopped = budget_.exceeded([this, &bytes](Progress& progress) {
        progress.states = graph_.states.size();
        progress.transitions = found_.transitions;
        progress.program_steps = static_cast<int>(found_.depth);
        progress.bytes = graph_.bytes() + bytes();
      });
      return !found_.stopped.empty();
    };
  }

  void solve_stuck() {
    const auto give_up = this->give_up([this] { return stuck_->bytes(); });
    if (!stuck_->solve(graph_.states.size(), give_up)) {
      found_.complete = false;
      return;
    }
    std::vector<StateId> states;
    for (StateId id = 0; id < graph_.states.size(); ++id) {
      if (stuck_->any_stuck(id)) states.push_back(id);
    }
    std::stable_sort(states.begin(), states.end(),
                     [this](StateId a, StateId b) { return graph_.costs[a] < graph_.costs[b]; });
    for (std::size_t i = 0; i < options_.properties.size(); ++i) {
      if (kind(options_.properties[i]) == Property::Kind::kNoStuck) find_least_stuck(states, i);
    }
  }

  // Notes the cost of the first of `states`, which are in order of cost, that violates the
  // property: of the first one in which all hang, if there is one.
  void find_least_stuck(const std::vector<StateId>& states, std::size_t i) {
    State s;
    for (const StateId id : states) {
      graph_.states.copy(id, s);
      const Stuck how = judge_stuck(options_.properties[i], id, s);
      if (how == Stuck::kNo) continue;
      if (!found_.violated[i]) found_.violated[i] = graph_.costs[id];
      if (how == Stuck::kMoving) continue;
      found_.violated[i] = graph_.costs[id];
      hung_[i] = true;
      return;
    }
  }

  // How a state violates a property of kind kNoStuck: with processes that go on for a while or poll
  // for ever, or with ones that hang, as all do that they wait for.
  enum class Stuck : std::uint8_t { kNo, kMoving, kHung };
  Stuck judge_stuck(int i, StateId id, const State& s) const {
    if (stuck_->stuck(id, i).empty()) return Stuck::kNo;
    const std::vector<int> stuck = stuck_->stuck(id);
    const std::vector<int> hanging = stuck_->hanging(id);
    const bool hang = std::includes(hanging.begin(), hanging.end(), stuck.begin(), stuck.end());
    const std::vector<std::string>& cycle = property(i).cycle;
    if (cycle.empty() && !hang) return Stuck::kMoving;
    const WaitGraph graph = waits_.graph(s, stuck, hanging, cycle);
    if (!cycle.empty() && graph.cycle.empty()) return Stuck::kNo;
    const bool others_hang = std::all_of(
        graph.waits.begin(), graph.waits.end(),
        [&](const Wait& w) { return std::binary_search(hanging.begin(), hanging.end(), w.on); });
    return hang && others_hang ? Stuck::kHung : Stuck::kMoving;
  }

  void judge_leads_to() {
    std::unique_ptr<LeadsToAnalysis> analysis;
    for (std::size_t i = 0; i < options_.properties.size(); ++i) {
      if (kind(options_.properties[i]) != Property::Kind::kLeadsTo) continue;
      if (!analysis) {
        analysis = std::make_unique<LeadsToAnalysis>(graph_);
        if (!analysis->find_moves(give_up([&] { return analysis->bytes(); }))) {
          found_.complete = false;
          return;
        }
      }
      const std::vector<ir::LeadsTo>& leads = property(options_.properties[i]).leads;
      for (std::size_t k = 0; k < leads.size(); ++k) {
        NeverCame answer = analysis->judge(leads[k]);
        came_[i].ever = came_[i].ever || answer.ever;
        came_[i].waited = came_[i].waited || answer.waited;
        std::optional<Cost>& least = found_.violated[i];
        for (StateId s = 0; s < graph_.states.size(); ++s) {
          if (!answer.starts[s] || (least && graph_.costs[s] >= *least)) continue;
          least = graph_.costs[s];
          came_[i].which = k;
        }
        if (least && came_[i].which == k) came_[i].not_so = std::move(answer);
      }
    }
  }

  void judge(std::size_t i) {
    PropertyResult& out = result_.properties[i];
    if (found_.violated[i]) {
      show_violation(i, out);
      out.outcome = Outcome::kViolated;
    } else if (!found_.complete) {
      out.outcome = Outcome::kInconclusive;
    } else {
      out.message = vacuity(p_, property(out.property), found_.goals, counted(i));
      out.outcome = out.message.empty() ? Outcome::kSafe : Outcome::kVacuous;
      if (out.message.empty()) out.message = remark(property(out.property), came_[i].waited);
    }
  }

  // Did that ever hold without which the property means nothing?
  bool counted(std::size_t i) const {
    const int property = options_.properties[i];
    switch (kind(property)) {
      case Property::Kind::kInvariant:
        return this->property(property).when.empty() || found_.could_fail[i];
      case Property::Kind::kNoStuck:
        return stuck_->ever_counts(property);
      case Property::Kind::kLeadsTo:
        return came_[i].ever;
      default:
        return true;
    }
  }

  void show_violation(std::size_t index, PropertyResult& out) const {
    const Property& violated = property(out.property);
    Target target{*found_.violated[index], {}};
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
        target.reached = [&, hung = hung_[index]](const Effects&, const State& s) {
          const Stuck how = judge_stuck(out.property, *graph_.states.find(s), s);
          return hung ? how == Stuck::kHung : how != Stuck::kNo;
        };
        break;
      case Property::Kind::kLeadsTo:
        target.reached = [&](const Effects&, const State& s) {
          return came_[index].not_so.starts[*graph_.states.find(s)];
        };
        break;
    }
    out.trace.events = least_run(graph_, target);
    if (violated.kind == Property::Kind::kLeadsTo) add_lasso(came_[index], violated, out.trace);
    const Effects last = complete_trace(p_, out.trace);
    const State& end = out.trace.states.back();
    StateId at = 0;
    switch (violated.kind) {
      case Property::Kind::kAsserts:
        out.message = find(last, out.property)->message;
        break;
      case Property::Kind::kInvariant:
        out.message = render(p_, violated.text, end, {});
        break;
      case Property::Kind::kNoStuck:
        at = *graph_.states.find(end);
        out.stuck = stuck_->stuck(at, out.property);
        out.wait_graph = waits_.graph(end, stuck_->stuck(at), stuck_->hanging(at), violated.cycle);
        out.message = stuck_message(p_, out.stuck, end);
        break;
      case Property::Kind::kLeadsTo: {
        const ir::LeadsTo* const leads = shown_by(p_, violated, out.trace);
        if (leads == nullptr) throw Disagreement("the circle of " + violated.name + " is none");
        out.message = render(p_, leads->text, end, {});
        break;
      }
    }
    if (out.message.empty()) out.message = violated.name + " does not hold";
  }

  // What goes on for ever after a run to where it begins.
  void add_lasso(const Came& came, const Property& violated, Trace& trace) const {
    Trace stem;
    stem.events = trace.events;
    replay(p_, stem);
    const std::optional<Lasso> lasso =
        find_lasso(p_, violated.leads[came.which], stem.states.back(), [&](const State& s) {
          const std::optional<StateId> id = graph_.states.find(s);
          return id ? came.not_so.component[*id] : -1;
        });
    if (!lasso) throw Disagreement("no fair circle where " + violated.name + " is violated");
    trace.loop = static_cast<int>(trace.events.size() + lasso->loop);
    trace.events.insert(trace.events.end(), lasso->events.begin(), lasso->events.end());
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
  WaitFor waits_;
  std::vector<bool> hung_;  // per property asked for: what is shown are processes that are hung
  std::vector<Came> came_;  // per property asked for
  Findings found_;
};

PropertyResult undecided(int property) {
  PropertyResult out;
  out.property = property;
  return out;
}

}  // namespace

Result explore(const ir::Program& program, const Options& options) {
  Budget budget(options);
  Result result;
  for (const int property : options.properties) {
    result.properties.push_back(undecided(property));
  }
  try {
    Explorer(program, options, budget, result).run();
  } catch (const std::bad_alloc&) {
    // No room even for showing what was found.
    result.complete = false;
    result.stopped = "out of memory; free some memory or make the model smaller to go on";
    for (PropertyResult& r : result.properties) {
      if (r.outcome != Outcome::kViolated) r = undecided(r.property);
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
