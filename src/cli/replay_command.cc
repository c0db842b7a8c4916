// stalemate replay: a run that was written with --json, repeated step by step.
#include <fmt/format.h>

#include <algorithm>
#include <exception>
#include <fstream>
#include <iostream>
#include <nlohmann/json.hpp>
#include <optional>
#include <stdexcept>
#include <utility>

#include "cli/exploring.h"
#include "interp/eval.h"
#include "interp/lasso.h"
#include "ir/dump.h"
#include "report/text.h"

namespace stalemate::cli {

namespace {

using Json = nlohmann::json;

// What is wrong with the file, and what to do.
struct Unusable : std::runtime_error {
  using std::runtime_error::runtime_error;
};

// The first object of the file that has a run.
Json object_with_run(const std::string& path) {
  std::ifstream in(path);
  if (!in) throw Unusable(fmt::format("{}: cannot be read\n  name a file of check --json", path));
  Json all;
  try {
    all = Json::parse(in);
  } catch (const Json::exception& e) {
    throw Unusable(
        fmt::format("{}: is no JSON, or not all of it: {}\n  write it again with check --json",
                    path, e.what()));
  }
  if (all.is_object()) all = Json::array({all});
  for (const Json& j : all) {
    if (j.is_object() && j.contains("run") && j["run"].is_array()) return j;
  }
  throw Unusable(fmt::format(
      "{}: has no run\n  only violated properties have one, in what check --json writes", path));
}

class Replay {
 public:
  Replay(const std::string& trace, const std::string& model, bool steps)
      : trace_(trace), path_(model), steps_(steps), model_(library_roots()) {}

  int run() {
    const Json j = object_with_run(trace_);
    Diagnostics diagnostics;
    if (!model_.load(path_, diagnostics)) return complaints_.tell(diagnostics);
    try {
      if (!compile(j)) return kExitError;
      read_run(j);
    } catch (const Json::exception& e) {
      throw Unusable(fmt::format("{}: is not what check --json writes: {}\n  write it again",
                                 trace_, e.what()));
    }
    const int code = repeat(j);
    return flush_output() ? code : kExitError;
  }

 private:
  const ir::Program& program() const { return compiled_->program; }

  // The configuration that the file names, which must be the same program as then.
  bool compile(const Json& j) {
    lang::Request request;
    if (j.at("variant").is_string()) request.variant = j.at("variant").get<std::string>();
    request.machine = j.at("machine").get<std::string>();
    request.cpus = j.at("cpus").get<int>();
    for (const auto& [name, value] : j.at("params").items()) {
      request.sets.emplace_back(name, value.get<std::string>());
    }
    const std::string wanted = j.at("fingerprint").get<std::string>();
    // With the properties of the variant, or with those that --prop asked for.
    for (const bool named : {false, true}) {
      if (named) {
        for (const Json& p : j.at("properties")) {
          request.properties.push_back(p.at("name").get<std::string>());
        }
      }
      Diagnostics diagnostics;
      compiled_ = model_.compile(request, diagnostics);
      if (!compiled_) {
        complaints_.tell(diagnostics);
        return false;
      }
      if (ir::fingerprint(program()) == wanted) return true;
    }
    throw Unusable(
        fmt::format("{} is a run of another model than {} is now\n  its compiled form is {}, that "
                    "of the run {}; "
                    "check the model again",
                    trace_, path_, ir::fingerprint(program()), wanted));
  }

  void read_run(const Json& j) {
    for (const Json& e : j.at("run")) {
      Event event;
      event.step = e.at("step").get<int>();
      if (event.step < 0 || event.step >= static_cast<int>(program().steps.size())) {
        throw Unusable(
            fmt::format("{}: there is no step {}\n  the file is damaged", trace_, event.step));
      }
      const ir::Step& step = program().steps[static_cast<std::size_t>(event.step)];
      for (const Json& c : e.at("choices")) {
        const long value = c.get<long>();
        const std::size_t i = event.choices.size();
        if (i >= step.choices.size() || !step.choices[i].domain.contains(value)) break;
        event.choices.push_back(static_cast<ir::Value>(value));
      }
      if (event.choices.size() != step.choices.size() ||
          event.choices.size() != e.at("choices").size()) {
        throw Unusable(
            fmt::format("{}: step {} has other choices\n  the file is damaged", trace_, step.name));
      }
      result_.trace.events.push_back(std::move(event));
    }
    if (j.contains("loop") && j["loop"].is_number()) {
      result_.trace.loop = j["loop"].get<int>();
      if (result_.trace.loop < 0 || j["loop"].get<std::size_t>() > result_.trace.events.size()) {
        throw Unusable(fmt::format("{}: its circle begins nowhere\n  the file is damaged", trace_));
      }
    }
    const std::string name =
        j.at("property").is_string() ? j.at("property").get<std::string>() : "";
    for (std::size_t i = 0; i < program().properties.size(); ++i) {
      if (program().properties[i].name == name) result_.property = static_cast<int>(i);
    }
    if (result_.property < 0) {
      throw Unusable(
          fmt::format("{}: does not say which property its run violates\n  "
                      "a run into a model error is not repeated",
                      trace_));
    }
    for (const Json& p : j.at("properties")) {
      if (p.at("name") == name) result_.message = p.at("message").get<std::string>();
    }
    result_.outcome = Outcome::kViolated;
  }

  int repeat(const Json& j) {
    const ir::Program& p = program();
    const ir::Property& property = p.properties[static_cast<std::size_t>(result_.property)];
    interp::Effects last;
    try {
      last = interp::replay(p, result_.trace);
    } catch (const interp::ModelError& e) {
      print(fmt::format("not repeated: {}\n", e.what()));
      return 1;
    }
    bool violated = true;
    std::string note;
    switch (property.kind) {
      case ir::Property::Kind::kAsserts:
        violated = std::any_of(last.violations.begin(), last.violations.end(),
                               [&](const auto& v) { return v.property == result_.property; });
        break;
      case ir::Property::Kind::kInvariant:
        violated = interp::evaluate(p, property.condition, result_.trace.states.back(), {}) == 0;
        break;
      case ir::Property::Kind::kNoStuck:
        note = "; that nobody gets out of its last state is what check found";
        break;
      case ir::Property::Kind::kLeadsTo:
        violated =
            std::any_of(property.leads.begin(), property.leads.end(),
                        [&](const ir::LeadsTo& l) { return interp::shows(p, l, result_.trace); });
        note = ", by what its last steps do again and again";
        break;
    }
    const report::View v = report::view(p, result_, renderer(p));
    if (steps_) {
      step_through(v);
    } else {
      print(report::ascii_trace(v, report::Style()));
      if (property.kind == ir::Property::Kind::kNoStuck) {
        for (const Json& line : j.at("ending")) print(" " + line.get<std::string>() + "\n");
      }
    }
    print(fmt::format("\n{}: {} steps, {} {}{}\n", violated ? "replayed" : "not as told",
                      result_.trace.events.size(), violated ? "violates" : "does not violate",
                      property.name, violated ? note : ""));
    return violated ? 0 : 1;
  }

  void step_through(const report::View& v) const {
    const std::size_t n = result_.trace.events.size();
    for (std::size_t at = 0;;) {
      print(fmt::format("{} of {}> ", at, n));
      flush_output();
      std::string line;
      if (!std::getline(std::cin, line) || line == "q") break;
      if (line == "s") {
        show_state(result_.trace.states[at]);
      } else if (line == "b") {
        at -= at > 0 ? 1 : 0;
      } else if (line.empty() && at < n) {
        const report::Row& row = v.rows[at++];
        const std::string who = row.cpu < 0 ? "machine" : fmt::format("CPU{}", row.cpu);
        print(fmt::format("{:8}{}   {}{}{}\n", who, row.action, fmt::join(row.changes, ", "),
                          row.violation.empty() ? "" : "   *** ", row.violation));
      } else if (line.empty()) {
        for (const std::string& end : v.ending) print(end + "\n");
        break;
      } else {
        print("Enter: the next step; b: back; s: the state; q: quit\n");
      }
    }
    print("\n");
  }

  // What is not as it was at first.
  void show_state(const State& s) const {
    const ir::Program& p = program();
    const State& first = result_.trace.states.front();
    for (std::size_t slot = 0; slot < s.size(); ++slot) {
      if (s[slot] == first[slot]) continue;
      const ir::Variable& v = p.variable_at(static_cast<int>(slot));
      print(fmt::format("  {} = {}\n", p.slot_name(static_cast<int>(slot)),
                        p.value_name(v.domain, s[slot])));
    }
  }

  const std::string& trace_;
  const std::string& path_;
  const bool steps_;
  lang::Model model_;
  std::optional<lang::Compiled> compiled_;
  PropertyResult result_;
  Complaints complaints_;
};

}  // namespace

int replay(const std::string& trace, const std::string& model, bool steps) {
  try {
    return Replay(trace, model, steps).run();
  } catch (const Unusable& e) {
    complain(fmt::format("error: {}", e.what()));
  }
  return kExitError;
}

}  // namespace stalemate::cli
