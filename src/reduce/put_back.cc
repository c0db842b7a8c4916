#include "reduce/put_back.h"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>

#include "interp/eval.h"
#include "interp/lasso.h"
#include "reduce/loads.h"
#include "verdict/words.h"

namespace stalemate::reduce {

namespace {

using ir::Property;

std::size_t at(int i) { return static_cast<std::size_t>(i); }

class PutBack {
 public:
  PutBack(const ir::Program& p, const Saturated& saturated) : p_(p), saturated_(saturated) {}

  void run(Result& result) const {
    std::vector<bool> fired(p_.steps.size(), true);
    for (std::size_t i = 0; i < result.fired.size(); ++i) {
      fired[at(saturated_.step_of[i])] = result.fired[i];
    }
    result.fired = std::move(fired);
    for (PropertyResult& r : result.properties) {
      if (r.outcome == Outcome::kViolated) show(r);
    }
    if (!result.model_error.empty()) show_error(result);
  }

 private:
  // The events of a trace of the saturated program, by the numbers of the original.
  std::vector<Event> events(const Trace& trace) const {
    std::vector<Event> out = trace.events;
    for (Event& e : out) e.step = saturated_.step_of[at(e.step)];
    return out;
  }

  std::vector<Event> with_loads(const std::vector<Event>& events, bool at_end, const Shows& shows,
                                const std::string& what) const {
    auto run = Loads(p_, saturated_.fills, shows).add_to(events, at_end);
    if (run) return std::move(*run);
    throw Disagreement("the reference interpreter does not see " + what +
                       " at the end of its run when the loads are put back");
  }

  Trace traced(std::vector<Event> run) const {
    Trace trace;
    trace.events = std::move(run);
    for (const Event& e : trace.events) {
      const bool program = ir::is_program(p_.steps[at(e.step)].kind);
      ++(program ? trace.program_steps : trace.environment_steps);
    }
    return trace;
  }

  void show(PropertyResult& r) const {
    const Property& violated = p_.properties[at(r.property)];
    const std::size_t others = at(std::max(r.trace.loop, 0));
    const auto message = [&](const std::vector<Event>& run) -> std::optional<std::string> {
      Trace trace;
      trace.events = run;
      const interp::Effects last = interp::replay(p_, trace);
      const State& end = trace.states.back();
      switch (violated.kind) {
        case Property::Kind::kAsserts:
          for (const interp::Violation& v : last.violations) {
            if (v.property == r.property) return v.message;
          }
          return std::nullopt;
        case Property::Kind::kInvariant:
          if (interp::evaluate(p_, violated.condition, end, {}) != 0) return std::nullopt;
          return interp::render(p_, violated.text, end, {});
        case Property::Kind::kNoStuck:
          return same_but_copies(end, r.trace.states.back()) ? stuck_message(p_, r.stuck, end)
                                                             : std::optional<std::string>();
        case Property::Kind::kLeadsTo:
          trace.loop = loop_of(run, others);
          if (const ir::LeadsTo* const l = interp::shown_by(p_, violated, trace)) {
            return interp::render(p_, l->text, end, {});
          }
          return std::nullopt;
      }
      return std::nullopt;
    };
    const Shows shows = [&](const std::vector<Event>& run) { return message(run).has_value(); };
    const bool at_end =
        violated.kind == Property::Kind::kInvariant || violated.kind == Property::Kind::kLeadsTo;
    Trace trace = traced(with_loads(events(r.trace), at_end, shows, violated.name + " violated"));
    r.message = *message(trace.events);
    if (r.message.empty()) r.message = violated.name + " does not hold";
    interp::replay(p_, trace);
    if (r.trace.loop >= 0) trace.loop = loop_of(trace.events, others);
    r.trace = std::move(trace);
    for (Wait& w : r.wait_graph.waits) {
      w.step = saturated_.step_of[at(w.step)];
      if (interp::enabled(p_, p_.steps[at(w.step)], r.trace.states.back(), w.choices)) {
        throw Disagreement("the reference interpreter does not see who waits for whom");
      }
    }
  }

  // Where the circle of a run begins, after so many events that are no loads: with the next of
  // those.
  int loop_of(const std::vector<Event>& run, std::size_t others) const {
    std::size_t i = 0;
    for (; i < run.size(); ++i) {
      const bool load = std::any_of(saturated_.fills.begin(), saturated_.fills.end(),
                                    [&](const Fill& f) { return f.step == run[i].step; });
      if (!load && others-- == 0) break;
    }
    return static_cast<int>(i);
  }

  // Who is stuck depends on nothing else.
  bool same_but_copies(const State& a, const State& b) const {
    for (std::size_t c = 0, slot = 0; c < p_.variables.size(); ++c) {
      const ir::Variable& v = p_.variables[c];
      for (int i = 0; i < v.elements(); ++i, ++slot) {
        if (a[slot] != b[slot] && v.space != ir::Space::kCopy) return false;
      }
    }
    return true;
  }

  void show_error(Result& result) const {
    std::vector<Event> run = events(result.model_error_trace);
    // The event that fails is the last one, with the state before it shown again; there is none
    // when a condition of a property fails.
    std::optional<Event> failing;
    Trace whole;
    whole.events = result.model_error_trace.events;
    try {
      interp::replay(saturated_.program, whole);
    } catch (const interp::ModelError&) {
      failing = run.back();
      run.pop_back();
    }
    std::optional<interp::ModelError> error;
    const Shows shows = [&](const std::vector<Event>& events) {
      error = error_after(events, failing, result);
      return error && error->what() == result.model_error;
    };
    Trace trace = traced(with_loads(run, true, shows, "the model error"));
    error = error_after(trace.events, failing, result);
    result.model_error_span = error->span;
    interp::replay(p_, trace);
    if (failing) {
      const bool program = ir::is_program(p_.steps[at(failing->step)].kind);
      ++(program ? trace.program_steps : trace.environment_steps);
      trace.events.push_back(*failing);
      trace.states.push_back(State(trace.states.back()));
    }
    result.model_error_trace = std::move(trace);
  }

  std::optional<interp::ModelError> error_after(const std::vector<Event>& run,
                                                const std::optional<Event>& failing,
                                                const Result& result) const {
    Trace trace;
    trace.events = run;
    interp::replay(p_, trace);
    State s = trace.states.back();
    try {
      if (failing) {
        const ir::Step& step = p_.steps[at(failing->step)];
        if (interp::enabled(p_, step, s, failing->choices)) {
          interp::fire(p_, step, s, failing->choices);
        }
        return std::nullopt;
      }
      for (const PropertyResult& r : result.properties) {
        interp::evaluate_conditions(p_, p_.properties[at(r.property)], s);
      }
    } catch (const interp::ModelError& e) {
      return e;
    }
    return std::nullopt;
  }

  const ir::Program& p_;
  const Saturated& saturated_;
};

}  // namespace

Result put_back(const ir::Program& original, const Saturated& saturated, Result result) {
  result.reductions = saturated.reductions;
  PutBack(original, saturated).run(result);
  return result;
}

}  // namespace stalemate::reduce
