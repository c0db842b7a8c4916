#include "judge/judge.h"

#include <sys/resource.h>

#include <algorithm>
#include <chrono>

#include "interp/eval.h"
#include "interp/wait_for.h"
#include "verdict/words.h"

namespace stalemate::judge {

namespace {

using engine::Explored;
using engine::Violated;
using ir::Property;

class Judge {
 public:
  Judge(const ir::Program& p, const Explored& explored, Result& result)
      : p_(p), explored_(explored), result_(result) {}

  void run(const std::vector<int>& properties) {
    const engine::Findings& found = explored_.findings;
    result_.counts.states = found.states;
    result_.counts.transitions = found.transitions;
    result_.counts.depth = static_cast<int>(found.depth);
    result_.complete = found.complete;
    result_.stopped = found.stopped;
    result_.fired = found.fired;
    result_.goals = found.goals;
    for (const int property : properties) {
      PropertyResult& out = result_.properties.emplace_back();
      out.property = property;
    }
    if (found.error) {
      report_error();
    } else {
      for (std::size_t i = 0; i < properties.size(); ++i) {
        report(i, result_.properties[i]);
      }
    }
    require_all(p_, result_);
  }

 private:
  const Property& property(int i) const { return p_.properties[static_cast<std::size_t>(i)]; }

  void report(std::size_t i, PropertyResult& out) {
    if (explored_.findings.violated[i]) {
      const auto v = std::find_if(explored_.violated.begin(), explored_.violated.end(),
                                  [&](const Violated& x) { return x.property == out.property; });
      if (v == explored_.violated.end()) return;  // given up before its run was found
      show(*v, out);
      out.outcome = Outcome::kViolated;
    } else if (explored_.findings.complete) {
      out.message = vacuity(p_, property(out.property), explored_.findings.goals,
                            explored_.findings.counted[i]);
      out.outcome = out.message.empty() ? Outcome::kSafe : Outcome::kVacuous;
    }
  }

  interp::Effects replay(const std::vector<Event>& run, Trace& trace) const {
    trace.events = run;
    interp::Effects last;
    try {
      last = interp::replay(p_, trace);
    } catch (const interp::ModelError& e) {
      throw Disagreement(std::string("the reference interpreter cannot repeat a run: ") + e.what());
    }
    for (const Event& e : run) {
      const ir::StepKind kind = p_.steps[static_cast<std::size_t>(e.step)].kind;
      ++(ir::is_program(kind) ? trace.program_steps : trace.environment_steps);
    }
    return last;
  }

  void show(const Violated& v, PropertyResult& out) const {
    const Property& violated = property(v.property);
    const interp::Effects last = replay(v.run, out.trace);
    const State& end = out.trace.states.back();
    bool confirmed = true;
    switch (violated.kind) {
      case Property::Kind::kAsserts: {
        const auto found =
            std::find_if(last.violations.begin(), last.violations.end(),
                         [&](const interp::Violation& x) { return x.property == v.property; });
        confirmed = found != last.violations.end();
        if (confirmed) out.message = found->message;
        break;
      }
      case Property::Kind::kInvariant:
        confirmed = interp::evaluate(p_, violated.condition, end, {}) == 0;
        out.message = interp::render(p_, violated.text, end, {});
        break;
      case Property::Kind::kNoStuck:
        out.stuck = v.stuck;
        out.wait_graph = v.waits;
        out.message = stuck_message(p_, out.stuck, end);
        break;
    }
    if (!confirmed) {
      throw Disagreement("the reference interpreter does not see " + violated.name +
                         " violated at the end of its run");
    }
    if (out.message.empty()) out.message = violated.name + " does not hold";
  }

  void report_error() {
    for (PropertyResult& r : result_.properties) r.outcome = Outcome::kError;
    Trace& trace = result_.model_error_trace;
    replay(explored_.error_run, trace);
    const State there = trace.states.back();
    try {
      if (explored_.error_event) {
        const Event& event = *explored_.error_event;
        const ir::Step& step = p_.steps[static_cast<std::size_t>(event.step)];
        // The event that fails has no state after it; the trace shows the one before it again.
        trace.events.push_back(event);
        trace.states.push_back(there);
        ++(ir::is_program(step.kind) ? trace.program_steps : trace.environment_steps);
        State after = there;
        if (interp::enabled(p_, step, after, event.choices)) {
          interp::fire(p_, step, after, event.choices);
        }
      } else {
        for (const PropertyResult& r : result_.properties)
          evaluate_all(property(r.property), there);
      }
    } catch (const interp::ModelError& e) {
      result_.model_error = e.what();
      result_.model_error_span = e.span;
      return;
    }
    throw Disagreement("the reference interpreter sees no model error where the engine does");
  }

  void evaluate_all(const Property& property, const State& s) const {
    if (property.condition) interp::evaluate(p_, property.condition, s, {});
    for (const ir::ExprRef& e : property.when) interp::evaluate(p_, e, s, {});
  }

  const ir::Program& p_;
  const Explored& explored_;
  Result& result_;
};

}  // namespace

Judged judge(const ir::Program& p, const engine::Options& options) {
  const auto began = std::chrono::steady_clock::now();
  const interp::WaitFor wait_for(p);
  const auto waits = [&](const State& s, const std::vector<int>& stuck,
                         const std::vector<int>& hanging, const std::vector<std::string>& labels) {
    return wait_for.graph(s, stuck, hanging, labels);
  };
  Judged out;
  const Explored explored = [&] {
    try {
      return engine::explore(p, options, waits);
    } catch (const engine::ReductionError& e) {
      throw Disagreement(e.what());
    }
  }();
  out.stats = explored.stats;
  Judge(p, explored, out.result).run(options.properties);
  out.result.counts.seconds =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
  rusage usage{};
  if (getrusage(RUSAGE_SELF, &usage) == 0) {
    out.result.counts.peak_rss_bytes = static_cast<std::uint64_t>(usage.ru_maxrss) * 1024;
  }
  return out;
}

}  // namespace stalemate::judge
