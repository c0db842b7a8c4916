// stalemate check: one configuration in full, or all variants of a file, a line each.
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>

#include "cli/cli.h"
#include "cli/size.h"
#include "interp/eval.h"
#include "interp/explore.h"
#include "lang/compile.h"
#include "report/report.h"

namespace stalemate::cli {

namespace {

struct Outcomes {
  bool mismatch = false;
  bool inconclusive = false;
  bool error = false;
};

// Progress on a terminal, from the second second on; erased before anything else is printed.
class ProgressLine {
 public:
  ProgressLine() : on_(isatty(STDERR_FILENO) != 0) {}
  ~ProgressLine() { clear(); }
  ProgressLine(const ProgressLine&) = delete;
  ProgressLine& operator=(const ProgressLine&) = delete;

  void show(const interp::Progress& p) {
    if (!on_ || p.seconds < 1) return;
    const std::string line = fmt::format(
        "\r\x1b[K{} states, {:.0f}/s, {} program steps deep, {} queued, {} MiB, {:.0f} s", p.states,
        static_cast<double>(p.states) / p.seconds, p.program_steps, p.queue, p.bytes >> 20U,
        p.seconds);
    std::fputs(line.c_str(), stderr);
    shown_ = true;
  }
  void clear() {
    if (shown_) std::fputs("\r\x1b[K", stderr);
    shown_ = false;
  }

 private:
  bool on_;
  bool shown_ = false;
};

class Check {
 public:
  explicit Check(const CheckOptions& options) : options_(options), model_(library_roots()) {}

  int run() {
    if (!read_options()) return kExitError;
    Diagnostics diagnostics;
    if (!model_.load(options_.file, diagnostics)) return give_up(diagnostics);
    const std::vector<std::string> variants = model_.variants();
    const bool all = options_.variant.empty() && !variants.empty() && request_.sets.empty() &&
                     options_.machine.empty() && options_.cpus == 0 && options_.properties.empty();
    if (!options_.json.empty() && !open_json()) return kExitError;
    const int code = all ? check_variants(variants) : check_one();
    if (!close_json()) return kExitError;
    return flush_output() ? code : kExitError;
  }

 private:
  bool read_options() {
    if (!split_sets(options_.sets, request_.sets)) return false;
    limits_.max_states = options_.max_states;
    if (!options_.time_limit.empty()) {
      const auto t = parse_time(options_.time_limit);
      if (!t || *t <= 0) {
        complain(
            fmt::format("error: --time-limit {}: expected a time above 0\n  as in 90s, 15m, 2h",
                        options_.time_limit));
        return false;
      }
      limits_.time_limit = *t;
    }
    if (!options_.mem_limit.empty()) {
      const auto m = parse_size(options_.mem_limit);
      if (!m || *m == 0) {
        complain(fmt::format("error: --mem-limit {}: expected a size above 0\n  as in 512M, 4G",
                             options_.mem_limit));
        return false;
      }
      limits_.mem_limit = *m;
    }
    request_.variant = options_.variant;
    request_.machine = options_.machine;
    request_.cpus = options_.cpus;
    request_.properties = options_.properties;
    return true;
  }

  // Variants of one file mostly share their mistakes: each is told once.
  int give_up(const Diagnostics& diagnostics) {
    const std::string text = diagnostics.format(isatty(STDERR_FILENO) != 0);
    if (text != last_complaint_) complain(text);
    last_complaint_ = text;
    return kExitError;
  }

  Result explore(const lang::Compiled& compiled, bool stop_when_violated) {
    // From here on an interrupt ends the search with what it has seen; before, it ends the program.
    catch_signals();
    interp::Options o = limits_;
    o.properties = compiled.properties;
    o.stop_when_violated = stop_when_violated;
    o.interrupted = &interrupted();
    ProgressLine line;
    o.progress = [&](const interp::Progress& p) { line.show(p); };
    return interp::explore(compiled.program, o);
  }

  report::Run describe(const lang::Compiled& compiled, const std::string& variant) const {
    return {options_.file, variant, compiled.program.machine, compiled.program.cpus(),
            compiled.params};
  }

  static report::Render renderer(const ir::Program& p) {
    return [&p](const ir::Text& t, const State& s, const std::vector<ir::Value>& choices) {
      return interp::render(p, t, s, choices);
    };
  }

  int check_one() {
    Diagnostics diagnostics;
    const auto compiled = model_.compile(request_, diagnostics);
    if (!compiled) return give_up(diagnostics);
    const Result result = explore(*compiled, false);
    const report::Run run = describe(*compiled, options_.variant);
    report::Style style;
    style.colour = colour_output();
    print(report::ascii_report(compiled->program, run, result, style, renderer(compiled->program)));
    add_json(*compiled, run, result);
    return exit_code(report::overall(result));
  }

  int check_variants(const std::vector<std::string>& variants) {
    std::size_t width = 0;
    for (const std::string& v : variants) width = std::max(width, v.size());
    Outcomes seen;
    for (const std::string& name : variants) {
      if (interrupted()) {
        print(fmt::format("{:10}{:{}}  interrupted\n", "-", name, width));
        seen.inconclusive = true;
        continue;
      }
      for (const int cpus : model_.cpu_counts(name)) {
        check_variant(name, cpus, width, seen);
        std::fflush(stdout);
      }
    }
    if (seen.error) return kExitError;
    if (seen.mismatch) return 1;
    return seen.inconclusive ? 3 : 0;
  }

  void check_variant(const std::string& name, int cpus, std::size_t width, Outcomes& seen) {
    lang::Request request = request_;
    request.variant = name;
    request.cpus = cpus;
    Diagnostics diagnostics;
    const auto compiled = model_.compile(request, diagnostics);
    if (!compiled) {
      give_up(diagnostics);
      seen.error = true;
      return;
    }
    const Result result = explore(*compiled, false);
    const report::Run run = describe(*compiled, name);
    const ir::Program& p = compiled->program;
    add_json(*compiled, run, result);
    if (!result.model_error.empty()) {
      print(fmt::format("{:10}{:{}}  the model did something meaningless: {}\n", "ERROR", name,
                        width, result.model_error));
      seen.error = true;
      return;
    }
    std::string wrong;
    bool inconclusive = false;
    for (const PropertyResult& r : result.properties) {
      const std::string& property = p.properties[static_cast<std::size_t>(r.property)].name;
      const std::string want = expected(*compiled, property);
      const std::string got =
          r.outcome == Outcome::kViolated ? "violates" : outcome_name(r.outcome);
      if (want == got) continue;
      if (r.outcome == Outcome::kInconclusive)
        inconclusive = true;
      else
        wrong += fmt::format("{}{} is {}, expected {}", wrong.empty() ? "" : "; ", property,
                             got == "violates" ? "violated" : got,
                             want == "violates" ? "violated" : want);
    }
    const std::string where =
        fmt::format("{}, {} CPU{}; {}", p.machine, p.cpus(), p.cpus() == 1 ? "" : "s",
                    fmt::join(report::bounds(p), "; "));
    const std::string counts =
        fmt::format("{} states, {:.2f} s", result.counts.states, result.counts.seconds);
    if (!wrong.empty()) {
      print(
          fmt::format("{:10}{:{}}  {}  ({}; {})\n", "MISMATCH", name, width, wrong, where, counts));
      seen.mismatch = true;
    } else if (inconclusive) {
      print(fmt::format("{:10}{:{}}  {}  ({}; {})\n", "-", name, width,
                        "inconclusive: " + result.stopped, where, counts));
      seen.inconclusive = true;
    } else {
      print(fmt::format("{:10}{:{}}  {}  ({}; {})\n", "ok", name, width, summary(*compiled, result),
                        where, counts));
    }
  }

  // What the variant expects of one property; a property that no clause names is to be safe.
  static std::string expected(const lang::Compiled& compiled, const std::string& property) {
    std::string general = "safe";
    for (const lang::Expected& e : compiled.expected) {
      if (std::find(e.properties.begin(), e.properties.end(), property) != e.properties.end())
        return e.outcome;
      if (e.properties.empty()) general = e.outcome;
    }
    return general;
  }

  static std::string summary(const lang::Compiled& compiled, const Result& result) {
    std::string violated;
    std::string other;
    for (const PropertyResult& r : result.properties) {
      const std::string& property =
          compiled.program.properties[static_cast<std::size_t>(r.property)].name;
      const bool plain = property == "assertions" && result.properties.size() > 1;
      if (plain && r.outcome == Outcome::kSafe) continue;
      if (r.outcome == Outcome::kViolated) {
        violated += fmt::format("{}violates {} in {} steps", violated.empty() ? "" : ", ", property,
                                r.trace.program_steps + r.trace.environment_steps);
      } else {
        other +=
            fmt::format("{}{} {}", other.empty() ? "" : ", ", outcome_name(r.outcome), property);
      }
    }
    if (!violated.empty() && !other.empty()) violated += ", ";
    return violated + other;
  }

  // The file is opened before the search: a path that cannot be written must not cost an hour.
  bool open_json() {
    json_ = std::fopen(options_.json.c_str(), "w");
    if (json_ == nullptr) {
      complain(
          fmt::format("error: --json {}: cannot be written: {}\n  name a file in a folder that you "
                      "can write to",
                      options_.json, std::strerror(errno)));
    }
    return json_ != nullptr;
  }

  void add_json(const lang::Compiled& compiled, const report::Run& run, const Result& result) {
    if (json_ == nullptr) return;
    const std::string text =
        report::json_object(compiled.program, run, result, renderer(compiled.program));
    std::fputs(json_objects_++ == 0 ? "[\n" : ",\n", json_);
    std::fputs(text.c_str(), json_);
    std::fflush(json_);
  }

  bool close_json() {
    if (json_ == nullptr) return true;
    std::fputs(json_objects_ == 0 ? "[]\n" : "\n]\n", json_);
    const bool broken = std::ferror(json_) != 0;
    const bool closed = std::fclose(json_) == 0;
    json_ = nullptr;
    if (broken || !closed) {
      complain(
          fmt::format("error: --json {}: could not be written completely: {}\n  is the disk full?",
                      options_.json, std::strerror(errno)));
      return false;
    }
    return true;
  }

  const CheckOptions& options_;
  lang::Model model_;
  lang::Request request_;
  interp::Options limits_;
  std::string last_complaint_;
  std::FILE* json_ = nullptr;
  int json_objects_ = 0;
};

}  // namespace

int check(const CheckOptions& options) { return Check(options).run(); }

}  // namespace stalemate::cli
