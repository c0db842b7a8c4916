// The report of one configuration as a JSON object.
#include <algorithm>
#include <utility>

#include "ir/dump.h"
#include "ir/identity.h"
#include "report/json_head.h"
#include "verdict/words.h"

namespace stalemate::report {

namespace {

const char* kind_name(ir::StepKind kind) {
  switch (kind) {
    case ir::StepKind::kProgram:
      return "program";
    case ir::StepKind::kEntry:
      return "entry";
    case ir::StepKind::kEventual:
      return "eventual";
    case ir::StepKind::kSpeculative:
      return "speculative";
  }
  return "program";
}

const std::string& property_name(const ir::Program& p, const PropertyResult& r) {
  return p.properties[static_cast<std::size_t>(r.property)].name;
}

// What is needed to take the steps again, and all that they change, shown in traces or not.
Json run_json(const ir::Program& p, const Trace& trace) {
  Json run = Json::array();
  for (std::size_t i = 0; i < trace.events.size(); ++i) {
    Json set = Json::object();
    for (int slot = 0; slot < p.slots && i + 1 < trace.states.size(); ++slot) {
      const ir::Value after = trace.states[i + 1][static_cast<std::size_t>(slot)];
      if (after == trace.states[i][static_cast<std::size_t>(slot)]) continue;
      set[p.slot_name(slot)] = p.value_name(p.variable_at(slot).domain, after);
    }
    const Event& e = trace.events[i];
    run.push_back(Json{{"step", e.step}, {"choices", e.choices}, {"set", std::move(set)}});
  }
  return run;
}

Json loop_json(const Trace& trace) { return trace.loop >= 0 ? Json(trace.loop) : Json(); }

Json property_json(const ir::Program& p, const PropertyResult& r) {
  Json j;
  j["name"] = property_name(p, r);
  j["verdict"] = outcome_name(r.outcome);
  j["message"] = r.message;
  j["run"] = r.outcome == Outcome::kViolated ? run_json(p, r.trace) : Json();
  j["loop"] = loop_json(r.trace);
  return j;
}

Json reduction_json(const Reduction& r) {
  Json j;
  j["name"] = r.name;
  j["object"] = r.object;
  j["applied"] = r.applied;
  j["why"] = text_or_null(r.why);
  return j;
}

Json row_json(const Row& row) {
  Json j;
  j["cpu"] = row.cpu >= 0 ? Json(row.cpu) : Json();
  j["action"] = row.action;
  j["kind"] = kind_name(row.kind);
  j["changes"] = row.changes;
  if (!row.violation.empty()) j["violation"] = row.violation;
  return j;
}

// The property that decided the verdict; null for a safe one, which all of them decided, and for
// a model error.
const PropertyResult* deciding(const Result& result) {
  const Outcome outcome = overall(result);
  if (outcome == Outcome::kSafe || !result.model_error.empty()) return nullptr;
  const auto found = std::find_if(result.properties.begin(), result.properties.end(),
                                  [&](const PropertyResult& r) { return r.outcome == outcome; });
  return found == result.properties.end() ? nullptr : &*found;
}

void add_trace(Json& j, const ir::Program& p, const View& v, const Trace& trace) {
  j["trace"] = Json::array();
  for (const Row& row : v.rows) j["trace"].push_back(row_json(row));
  j["run"] = run_json(p, trace);
  j["loop"] = loop_json(trace);
  j["ending"] = v.ending;
  j["program_steps"] = trace.program_steps;
  j["environment_steps"] = trace.environment_steps;
}

void add_no_trace(Json& j) {
  j["trace"] = nullptr;
  j["run"] = nullptr;
  j["loop"] = nullptr;
  j["ending"] = Json::array();
  j["program_steps"] = nullptr;
  j["environment_steps"] = nullptr;
}

}  // namespace

Json text_or_null(const std::string& text) { return text.empty() ? Json() : Json(text); }

Json error_or_null(const std::string& message, const Span& where) {
  if (message.empty()) return {};
  Json j;
  j["message"] = message;
  j["where"] = where.where();
  return j;
}

Json json_head(const ir::Program& p, const Run& run) {
  Json j;
  j["tool"] = "stalemate";
  j["version"] = STALEMATE_VERSION;
  j["fingerprint"] = ir::fingerprint(p);  // of the compiled model
  j["model"] = run.file;
  j["variant"] = text_or_null(run.variant);
  j["machine"] = run.machine;
  j["cpus"] = run.cpus;
  j["params"] = Json::object();
  for (const auto& [name, value] : run.params) j["params"][name] = value;
  return j;
}

std::string written(const Json& j) {
  return j.dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::string json_object(const ir::Program& p, const Run& run, const Result& result,
                        const Render& render) {
  const PropertyResult* decider = deciding(result);
  Json j = json_head(p, run);
  j["identity"] = ir::identity(p);
  j["verdict"] = outcome_name(overall(result));
  j["exit"] = exit_code(overall(result));
  j["property"] = decider == nullptr ? Json() : Json(property_name(p, *decider));
  j["properties"] = Json::array();
  for (const PropertyResult& r : result.properties) j["properties"].push_back(property_json(p, r));
  j["states"] = result.counts.states;
  j["transitions"] = result.counts.transitions;
  j["depth"] = result.counts.depth;
  j["seconds"] = result.counts.seconds;
  j["peak_rss_bytes"] = result.counts.peak_rss_bytes;
  j["speculation"] = run.speculation;
  j["reductions"] = Json::array();
  for (const Reduction& r : result.reductions) j["reductions"].push_back(reduction_json(r));
  j["complete"] = result.complete;
  j["stopped"] = text_or_null(result.stopped);
  j["model_error"] = error_or_null(result.model_error, result.model_error_span);
  j["bounds"] = bounds(p, judged(result));
  const Missed never = missed(p, result);
  j["unreached"] = never.taken;
  j["untested"] = never.tested;
  j["undelivered"] = never.delivered;
  if (!result.model_error.empty()) {
    add_trace(j, p, view_of_model_error(p, result, render), result.model_error_trace);
  } else if (decider != nullptr && decider->outcome == Outcome::kViolated) {
    add_trace(j, p, view(p, *decider, render), decider->trace);
  } else {
    add_no_trace(j);
  }
  return written(j);
}

}  // namespace stalemate::report
