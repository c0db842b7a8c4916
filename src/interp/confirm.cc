#include "interp/confirm.h"

#include <algorithm>
#include <cstddef>
#include <utility>

#include "interp/budget.h"
#include "interp/eval.h"
#include "interp/graph.h"
#include "interp/lasso.h"
#include "interp/search.h"
#include "interp/shortest_trace.h"
#include "interp/stuck.h"
#include "interp/wait_for.h"
#include "verdict/words.h"

namespace stalemate::interp {

namespace {

using ir::Property;

// The effects of the last event.
Effects execute(const ir::Program& p, const std::vector<Event>& run, Trace& trace) {
  trace.events = run;
  try {
    return complete_trace(p, trace);
  } catch (const ModelError& e) {
    throw NotConfirmed(e.what());
  }
}

// What has to happen some time after `s`: the program, begun there, without the steps that may
// never be taken.  Nobody relies on these, so who is stuck is the same.
ir::Program what_follows(const ir::Program& p, const State& s) {
  ir::Program out = p;
  for (ir::Variable& v : out.variables) {
    for (std::size_t i = 0; i < v.init.size(); ++i) {
      v.init[i] = s[static_cast<std::size_t>(v.first) + i];
    }
  }
  std::erase_if(out.steps, [](const ir::Step& step) {
    return step.kind == ir::StepKind::kSpeculative || step.relies_on_copy;
  });
  return out;
}

void confirm_stuck(const ir::Program& p, std::uint64_t max_states, PropertyResult& out) {
  const State& end = out.trace.states.back();
  const Property& property = p.properties[static_cast<std::size_t>(out.property)];
  const ir::Program after = what_follows(p, end);
  Options options;
  options.properties = {out.property};
  options.max_states = max_states;
  Budget budget(options);
  Graph graph(after);
  StuckAnalysis analysis(after, options.properties);
  Findings found(after, options);
  search(options, budget, graph, &analysis, found);
  if (found.error) {
    throw NotConfirmed(std::string("after the last step the model fails: ") +
                       found.error->error.what());
  }
  if (!found.complete) {
    throw TooManyStates("more than " + std::to_string(max_states) +
                        " states can be reached from the last one");
  }
  analysis.solve(graph.states.size(), [] { return false; });
  out.stuck = analysis.stuck(0, out.property);
  if (out.stuck.empty()) throw NotConfirmed("nobody is stuck after the last step");
  out.wait_graph = WaitFor(p).graph(end, analysis.stuck(0), analysis.hanging(0), property.cycle);
  if (!property.cycle.empty() && out.wait_graph.cycle.empty()) {
    throw NotConfirmed("after the last step there is no such cycle");
  }
  out.message = stuck_message(p, out.stuck, end);
}

bool exists(const ir::Program& p, const Event& e) {
  if (e.step < 0 || static_cast<std::size_t>(e.step) >= p.steps.size()) return false;
  const std::vector<ir::Choice>& choices = p.steps[static_cast<std::size_t>(e.step)].choices;
  return std::equal(e.choices.begin(), e.choices.end(), choices.begin(), choices.end(),
                    [](ir::Value v, const ir::Choice& c) { return c.domain.contains(v); });
}

}  // namespace

PropertyResult confirm(const ir::Program& p, int property, const std::vector<Event>& run,
                       std::uint64_t max_states, int loop) {
  PropertyResult out;
  out.property = property;
  const Effects last = execute(p, run, out.trace);
  const State& end = out.trace.states.back();
  const Property& violated = p.properties[static_cast<std::size_t>(property)];
  switch (violated.kind) {
    case Property::Kind::kAsserts: {
      const auto found = std::find_if(last.violations.begin(), last.violations.end(),
                                      [&](const Violation& v) { return v.property == property; });
      if (found == last.violations.end()) {
        throw NotConfirmed("no assertion of " + violated.name + " fails in the last step");
      }
      out.message = found->message;
      break;
    }
    case Property::Kind::kInvariant:
      if (evaluate(p, violated.condition, end, {}) != 0) {
        throw NotConfirmed(violated.name + " holds after the last step");
      }
      out.message = render(p, violated.text, end, {});
      break;
    case Property::Kind::kNoStuck:
      confirm_stuck(p, max_states, out);
      break;
    case Property::Kind::kLeadsTo: {
      out.trace.loop = loop;
      const ir::LeadsTo* const leads = shown_by(p, violated, out.trace);
      if (leads == nullptr) {
        throw NotConfirmed("what goes on for ever does not show that " + violated.name +
                           " is violated");
      }
      out.message = render(p, leads->text, end, {});
      break;
    }
  }
  if (out.message.empty()) out.message = violated.name + " does not hold";
  out.outcome = Outcome::kViolated;
  return out;
}

Result confirm_model_error(const ir::Program& p, const std::vector<int>& properties,
                           const std::vector<Event>& run) {
  Result out;
  const auto found = [&out](const ModelError& e) {
    out.model_error = e.what();
    out.model_error_span = e.span;
    return out;
  };
  if (!run.empty()) {
    Trace before;
    execute(p, {run.begin(), run.end() - 1}, before);
    if (exists(p, run.back())) {
      const ir::Step& step = p.steps[static_cast<std::size_t>(run.back().step)];
      State after = before.states.back();
      try {
        if (enabled(p, step, after, run.back().choices)) fire(p, step, after, run.back().choices);
      } catch (const ModelError& e) {
        // There is no state after it: the trace shows the one before it again.
        before.events.push_back(run.back());
        before.states.push_back(State(before.states.back()));
        ++(ir::is_program(step.kind) ? before.program_steps : before.environment_steps);
        out.model_error_trace = std::move(before);
        return found(e);
      }
    }
  }
  execute(p, run, out.model_error_trace);
  try {
    for (const int i : properties) {
      evaluate_conditions(p, p.properties[static_cast<std::size_t>(i)],
                          out.model_error_trace.states.back());
    }
  } catch (const ModelError& e) {
    return found(e);
  }
  throw NotConfirmed("the model does not fail at the end of the run");
}

}  // namespace stalemate::interp
