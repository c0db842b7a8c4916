// stalemate replay: runs that were written with --json, repeated by the reference interpreter.
#include <fmt/format.h>

#include <algorithm>
#include <iostream>
#include <optional>
#include <stdexcept>
#include <utility>

#include "cli/counterexample.h"
#include "cli/exploring.h"
#include "interp/confirm.h"
#include "ir/dump.h"

namespace stalemate::cli {

namespace {

using Json = nlohmann::json;

// That may be looked at to see who is stuck.
constexpr std::uint64_t kMaxStates = 2'000'000;

// The run does not do what the file says.
struct Differs : std::runtime_error {
  using std::runtime_error::runtime_error;
};

// The beginning of what may be long.
std::string shown(const Json& j) {
  const std::string text = j.dump(-1, ' ', false, Json::error_handler_t::replace);
  return text.size() > 200 ? text.substr(0, 200) + "..." : text;
}

// Compares a part of the file with what the run makes of it.
void compare(const std::string& where, const Json& file, const Json& run) {
  if (file == run) return;
  if (file.is_array() && run.is_array()) {
    for (std::size_t i = 0; i < std::min(file.size(), run.size()); ++i) {
      compare(fmt::format("{} {}", where, i + 1), file[i], run[i]);
    }
    throw Differs(fmt::format("{}: {} in the file, {} in the run", where, file.size(), run.size()));
  }
  if (file.is_object() && run.is_object()) {
    Json all = file;
    all.update(run);
    for (const auto& [key, value] : all.items()) {
      compare(where + ", " + key, file.value(key, Json()), run.value(key, Json()));
    }
  }
  throw Differs(fmt::format("{}: the file says {}, the run {}", where, shown(file), shown(run)));
}

class Replay {
 public:
  Replay(const std::string& trace, const std::string& model, bool steps)
      : trace_(trace), path_(model), steps_(steps), model_(library_roots()) {}

  int run() {
    const std::vector<Counterexample> all = read_counterexamples(trace_);
    Diagnostics diagnostics;
    if (!model_.load(path_, diagnostics)) return complaints_.tell(diagnostics);
    int worst = 0;
    for (const Counterexample& c : all) {
      if (all.size() > 1) print(fmt::format("{}\n\n", configuration_of(c)));
      const int code = repeat(c);
      if (code == kExitError) return code;
      // A run that is not as told is worse than one of which it is not known.
      if (worst != 1 && code != 0) worst = code;
      if (quit_) break;
    }
    return flush_output() ? worst : kExitError;
  }

 private:
  int repeat(const Counterexample& c) {
    const std::optional<lang::Compiled> compiled = compile(c);
    if (!compiled) return kExitError;
    const ir::Program& p = compiled->program;
    try {
      const Result result = confirmed(c, *compiled);
      const report::Run run = {path_,    c.request.variant, p.machine,
                               p.cpus(), compiled->params,  c.speculation};
      compare_all(c, Json::parse(report::json_object(p, run, result, renderer(p))));
      tell(c, p, result);
      return 0;
    } catch (const interp::NotConfirmed& e) {
      print(fmt::format("not as told: {}\n", e.what()));
    } catch (const Differs& e) {
      print(fmt::format("not as told: {}\n", e.what()));
    } catch (const interp::TooManyStates& e) {
      print(fmt::format("inconclusive: {}, and who is stuck takes them all\n", e.what()));
      return 3;
    }
    return 1;
  }

  // The configuration that the file names, which must be the same program as then.
  std::optional<lang::Compiled> compile(const Counterexample& c) {
    std::string now;
    // With the properties of the variant, or with those that --prop asked for.
    for (const bool named : {false, true}) {
      lang::Request request = c.request;
      if (!named) request.properties.clear();
      Diagnostics diagnostics;
      std::optional<lang::Compiled> compiled = model_.compile(request, diagnostics);
      if (!compiled) {
        complaints_.tell(diagnostics);
        return std::nullopt;
      }
      now = ir::fingerprint(compiled->program);
      if (now == c.fingerprint) return compiled;
    }
    throw InputError(fmt::format(
        "is a run of another model than {} is now ({})\n  its compiled form is {}, that of the run "
        "{}; check the model again",
        path_, configuration_of(c), now, c.fingerprint));
  }

  static Result confirmed(const Counterexample& c, const lang::Compiled& compiled) {
    const ir::Program& p = compiled.program;
    if (c.property.empty()) return interp::confirm_model_error(p, compiled.properties, c.run);
    const auto found = std::find_if(p.properties.begin(), p.properties.end(),
                                    [&](const ir::Property& x) { return x.name == c.property; });
    if (found == p.properties.end()) {
      throw Differs(fmt::format("property: the model has none called {}", c.property));
    }
    Result result;
    const auto i = static_cast<int>(found - p.properties.begin());
    result.properties.push_back(interp::confirm(p, i, c.run, kMaxStates, c.loop));
    return result;
  }

  // `again`: the object that a check would write that finds just this.
  static void compare_all(const Counterexample& c, const Json& again) {
    const bool error = c.property.empty();
    const Json& found = error ? again.at("model_error") : again.at("properties").at(0);
    compare("run", c.steps, error ? again.at("run") : found.at("run"));
    compare("loop", c.loop < 0 ? Json() : Json(c.loop), error ? Json() : found.at("loop"));
    compare("message", c.message, found.at("message"));
    std::vector<const char*> keys{"machine", "cpus", "params"};
    if (c.shown) {
      keys.insert(keys.end(),
                  {"property", "trace", "run", "loop", "ending", "program_steps", "environment_steps"});
    }
    for (const char* key : keys) compare(key, c.object.value(key, Json()), again.at(key));
  }

  void tell(const Counterexample& c, const ir::Program& p, const Result& result) {
    const bool error = c.property.empty();
    const report::View v = error ? report::view_of_model_error(p, result, renderer(p))
                                 : report::view(p, result.properties[0], renderer(p));
    const Trace& trace = error ? result.model_error_trace : result.properties[0].trace;
    if (steps_) {
      step_through(p, trace, v);
    } else {
      print(report::ascii_trace(v, report::Style()));
    }
    print(fmt::format(
        "\nreplayed: {} steps, {}\n", trace.events.size(),
        error ? "ends in the model error: " + result.model_error : "violates " + c.property));
  }

  void step_through(const ir::Program& p, const Trace& trace, const report::View& v) {
    const std::size_t n = trace.events.size();
    for (std::size_t at = 0;;) {
      print(fmt::format("{} of {}> ", at, n));
      flush_output();
      std::string line;
      quit_ = !std::getline(std::cin, line) || line == "q";
      if (quit_) break;
      if (line == "s") {
        show_state(p, trace, at);
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
  static void show_state(const ir::Program& p, const Trace& trace, std::size_t at) {
    const State& first = trace.states.front();
    const State& s = trace.states[at];
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
  bool quit_ = false;  // the user has seen enough
  lang::Model model_;
  Complaints complaints_;
};

}  // namespace

int replay(const std::string& trace, const std::string& model, bool steps) {
  try {
    return Replay(trace, model, steps).run();
  } catch (const InputError& e) {
    complain(fmt::format("error: {}: {}", trace, e.what()));
  }
  return kExitError;
}

}  // namespace stalemate::cli
