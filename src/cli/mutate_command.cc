// stalemate mutate: which statements of a safe model its properties need.
#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <optional>
#include <utility>

#include "cli/exploring.h"
#include "ir/dump.h"
#include "judge/judge.h"
#include "lang/pairing.h"
#include "reduce/put_back.h"
#include "reduce/saturate.h"
#include "report/changes.h"

namespace stalemate::cli {

namespace {

// What came of the model without a statement.
struct Fate {
  enum class Kind : std::uint8_t { kSurvives, kKilled, kVacuous, kOpen, kNoModel, kSame };
  Kind kind = Kind::kSurvives;
  std::string why;  // the properties that it violates and how soon; the limit; the mistake
};

// In the order of the report; the word is for JSON.
struct Group {
  Fate::Kind kind;
  const char* word;
  const char* head;
};
constexpr Group kGroups[] = {
    {Fate::Kind::kSurvives, "not needed", "not needed: all that is checked holds without it"},
    {Fate::Kind::kKilled, "needed", "needed"},
    {Fate::Kind::kVacuous, "means nothing", "what is checked means nothing without it"},
    {Fate::Kind::kOpen, "limit", "not known: a limit ended the search"},
    {Fate::Kind::kNoModel, "cannot express",
     "not known: without it the model does what it cannot express"},
    {Fate::Kind::kSame, "no difference",
     "no difference: never executed here, or nothing on this machine"},
};

class Mutate {
 public:
  Mutate(const CheckOptions& options, const MutateOptions& mutate)
      : options_(options), mutate_(mutate), model_(library_roots()), json_(mutate.json) {}

  int run() {
    if (!read_request(options_, request_) || !read_limits(options_, limits_)) return kExitError;
    Diagnostics diagnostics;
    if (!model_.load(options_.file, diagnostics)) return complaints_.tell(diagnostics);
    mutants_ = model_.mutants(mutate_.library);
    if (mutants_.empty()) {
      complain(
          fmt::format("error: {}: there is no statement to leave out\n  --library tries those "
                      "of lib/, too",
                      options_.file));
      return kExitError;
    }
    if (mutate_.show > mutants_.size()) {
      complain(
          fmt::format("error: --show {}: there are {} changes", mutate_.show, mutants_.size()));
      return kExitError;
    }
    if (mutate_.show != 0 && !mutate_.json.empty()) {
      complain("error: --show prints one change, --json writes all of them\n  leave out one");
      return kExitError;
    }
    if (!json_.open()) return kExitError;
    catch_signals();
    const std::vector<std::string> variants = model_.variants();
    if (!asks_for_all_variants(options_) || variants.empty()) {
      one_configuration(request_, true);
    } else if (mutate_.show != 0) {
      complain("error: --show is for one configuration\n  name it with --variant");
      return kExitError;
    } else {
      for (const std::string& name : variants) {
        if (interrupted() || wrong_) break;
        lang::Request request = request_;
        request.variant = name;
        request.cpus = model_.cpu_counts(name).front();
        one_configuration(request, false);
      }
      if (!wrong_ && tried_ == 0 && !interrupted()) {
        complain(
            fmt::format("error: {} has no variant that is expected to be safe", options_.file));
        wrong_ = true;
      }
    }
    const bool json_closed = json_.close();
    if (!json_closed || !flush_output() || wrong_ || meaningless_) return kExitError;
    if (unexpected_) return exit_code(Outcome::kViolated);
    return open_ || interrupted() ? exit_code(Outcome::kInconclusive) : 0;
  }

 private:
  // `asked`: the user named it, so one that is not safe is a mistake.
  void one_configuration(const lang::Request& request, bool asked) {
    Diagnostics diagnostics;
    const auto compiled = model_.compile(request, diagnostics);
    if (!compiled) {
      complaints_.tell(diagnostics);
      wrong_ = true;
      return;
    }
    const bool expects = request.variant.empty() || expects_safe(*compiled);
    if (!asked && !expects) return;
    ++tried_;
    const Result whole = explore(*compiled);
    if (const Outcome outcome = report::overall(whole); outcome != Outcome::kSafe) {
      if (!asked) return leave_out(request, *compiled, whole, outcome);
      complain(fmt::format(
          "error: {} is {}, not safe\n  only of what is safe it can be asked what it "
          "needs",
          request.variant.empty() ? options_.file : request.variant, outcome_name(outcome)));
      wrong_ = true;
      return;
    }
    if (mutate_.show != 0) {
      show(request);
      return;
    }
    tell(request, *compiled, whole);
  }

  // A variant that should be safe.
  void leave_out(const lang::Request& request, const lang::Compiled& compiled, const Result& whole,
                 Outcome outcome) {
    std::string why;
    switch (outcome) {
      case Outcome::kInconclusive:
        open_ = true;
        why = whole.stopped;
        break;
      case Outcome::kError:
        meaningless_ = true;
        why = whole.model_error;
        break;
      default:
        unexpected_ = true;
        why = told(compiled.program, whole, outcome);
    }
    print(fmt::format(
        "{} {}: {}\n  expected to be safe: only of what is safe it can be asked what it needs\n\n",
        request.variant, outcome_name(outcome), why));
    if (!json_.wanted()) return;
    json_.add(report::changes_json(compiled.program, describe(options_, compiled, request.variant),
                                   outcome, why, names(compiled), whole.counts.states, {}));
  }

  static std::vector<std::string> names(const lang::Compiled& compiled) {
    std::vector<std::string> all;
    for (const int i : compiled.properties) {
      all.push_back(compiled.program.properties[static_cast<std::size_t>(i)].name);
    }
    return all;
  }

  // The properties with this outcome; of those that are violated also how soon.
  static std::string told(const ir::Program& p, const Result& r, Outcome outcome) {
    std::string all;
    for (const PropertyResult& x : r.properties) {
      if (x.outcome != outcome) continue;
      all += (all.empty() ? "" : ", ") + p.properties[static_cast<std::size_t>(x.property)].name;
      if (outcome != Outcome::kViolated) continue;
      all += fmt::format(" in {} steps", x.trace.program_steps + x.trace.environment_steps);
    }
    return all;
  }

  static bool expects_safe(const lang::Compiled& compiled) {
    return std::all_of(compiled.expected.begin(), compiled.expected.end(),
                       [](const lang::Expected& e) { return e.outcome == "safe"; });
  }

  void tell(const lang::Request& request, const lang::Compiled& compiled, const Result& whole) {
    const ir::Program& p = compiled.program;
    const std::vector<std::string> properties = names(compiled);
    const report::Run run = describe(options_, compiled, request.variant);
    print(fmt::format("{}safe   {}\n", request.variant.empty() ? "" : request.variant + " ",
                      report::configuration(p, run)));
    print(
        fmt::format("checked: {}; {} states\n", fmt::join(properties, ", "), whole.counts.states));
    std::vector<std::pair<std::size_t, Fate>> fates;
    const std::string fingerprint = ir::fingerprint(p);
    for (std::size_t i = 0; i < mutants_.size() && !interrupted(); ++i) {
      if (mutants_[i].swapped && !mutate_.swaps) continue;
      if (auto fate = fate_of(i, request, fingerprint, whole.counts))
        fates.emplace_back(i, std::move(*fate));
    }
    // What is never executed cannot be judged by its order either.
    const auto all = fates;
    for (auto& [i, fate] : fates) {
      const bool idle = std::any_of(all.begin(), all.end(), [&, i = i](const auto& f) {
        return f.second.kind == Fate::Kind::kSame && part_of(mutants_[f.first], mutants_[i]);
      });
      if (idle && fate.kind == Fate::Kind::kSurvives) fate.kind = Fate::Kind::kSame;
    }
    for (const Group& g : kGroups) tell_group(g.kind, g.head, fates);
    if (json_.wanted()) {
      json_.add(report::changes_json(p, run, Outcome::kSafe, "", properties, whole.counts.states,
                                     changes(fates)));
    }
    const auto count = [&](Fate::Kind kind) {
      return std::count_if(fates.begin(), fates.end(),
                           [&](const auto& f) { return f.second.kind == kind; });
    };
    print(
        fmt::format("\n{} changes: {} needed, {} not needed for what is checked on this machine\n",
                    fates.size(), count(Fate::Kind::kKilled), count(Fate::Kind::kSurvives)));
    if (p.memory_order != p.machine_order) {
      print(fmt::format("memory is {}, and {} is weaker: a barrier may be needed all the same\n",
                        p.memory_order, p.machine));
    }
    print("\n");
  }

  void tell_group(Fate::Kind kind, const char* head,
                  const std::vector<std::pair<std::size_t, Fate>>& fates) const {
    bool first = true;
    for (const auto& [i, fate] : fates) {
      if (fate.kind != kind) continue;
      if (first) print(fmt::format("\n{}\n", head));
      first = false;
      const lang::Mutant& m = mutants_[i];
      std::string what = m.text;
      if (m.swapped) {
        what = fmt::format("{} after {}", m.text, m.other);
      } else if (!m.other.empty()) {
        what = fmt::format("{} and {}", m.text, m.other);
      } else if (m.alone) {
        what += " alone: it is not clear what ends it";
      }
      print(fmt::format("  [{}] {}  {}   (in {}){}{}\n", i + 1, where(m), what, m.owner,
                        fate.why.empty() ? "" : ": ", fate.why));
    }
  }

  std::vector<report::Change> changes(
      const std::vector<std::pair<std::size_t, Fate>>& fates) const {
    std::vector<report::Change> out;
    for (const auto& [i, fate] : fates) {
      const lang::Mutant& m = mutants_[i];
      const Group* const group =
          std::find_if(std::begin(kGroups), std::end(kGroups),
                       [kind = fate.kind](const Group& g) { return g.kind == kind; });
      report::Change change;
      change.number = i + 1;
      change.file = m.span.source->name();
      change.line = line_of(m.span);
      change.owner = m.owner;
      change.statement = m.text;
      change.other = m.other;
      change.swapped = m.swapped;
      change.alone = m.alone;
      change.fate = group->word;
      change.why = fate.why;
      for (const Span& s : m.with) {
        change.with.push_back({s.source->name(), line_of(s), lang::one_line(s)});
      }
      out.push_back(std::move(change));
    }
    return out;
  }

  static bool part_of(const lang::Mutant& left_out, const lang::Mutant& swapped) {
    return !left_out.swapped && swapped.swapped && left_out.span.source == swapped.span.source &&
           (left_out.span.begin == swapped.span.begin || left_out.span.end == swapped.span.end);
  }

  static int line_of(const Span& span) { return span.source->position(span.begin).line; }

  // The first line, and those of all that is left out with it: `m.flush:10,13`.
  static std::string where(const lang::Mutant& m) {
    std::string text;
    const Source* file = nullptr;
    const auto add = [&](const Span& s) {
      if (!text.empty()) text += ",";
      const std::string& path = s.source->name();
      if (s.source.get() != file) text += path.substr(path.rfind('/') + 1) + ":";
      file = s.source.get();
      text += std::to_string(line_of(s));
    };
    add(m.span);
    for (const Span& s : m.with) add(s);
    return text;
  }

  // Nothing when the configuration has no such statement.
  std::optional<Fate> fate_of(std::size_t i, const lang::Request& request,
                              const std::string& fingerprint, const Counts& counts) {
    Diagnostics diagnostics;
    const auto compiled = model_.compile_mutant(i, request, diagnostics);
    if (!compiled) return Fate{Fate::Kind::kNoModel, diagnostics.all().front().message};
    if (ir::fingerprint(compiled->program) == fingerprint) return std::nullopt;
    const Result r = explore(*compiled);
    if (!r.model_error.empty()) return Fate{Fate::Kind::kNoModel, r.model_error};
    std::string violated = told(compiled->program, r, Outcome::kViolated);
    std::string vacuous = told(compiled->program, r, Outcome::kVacuous);
    if (!violated.empty()) return Fate{Fate::Kind::kKilled, std::move(violated)};
    if (!r.complete) {
      open_ = true;
      return Fate{Fate::Kind::kOpen, r.stopped};
    }
    if (!vacuous.empty()) return Fate{Fate::Kind::kVacuous, std::move(vacuous)};
    const bool same =
        r.counts.states == counts.states && r.counts.transitions == counts.transitions;
    return Fate{same && !mutants_[i].swapped ? Fate::Kind::kSame : Fate::Kind::kSurvives, {}};
  }

  // The report of one mutant, with its run.
  void show(const lang::Request& request) {
    Diagnostics diagnostics;
    const auto compiled = model_.compile_mutant(mutate_.show - 1, request, diagnostics);
    if (!compiled) {
      complaints_.tell(diagnostics);
      wrong_ = true;
      return;
    }
    const Result r = explore(*compiled);
    const ir::Program& p = compiled->program;
    print(report::ascii_report(p, describe(options_, *compiled, request.variant), r,
                               report::Style(), renderer(p)));
    open_ = !r.complete;
  }

  Result explore(const lang::Compiled& compiled) {
    const reduce::Saturated saturated = reduce::saturate(compiled.program);
    engine::Options o = engine_options(options_, limits_);
    o.properties = compiled.properties;
    o.symmetry = true;
    ProgressLine line;
    o.progress = [&](const engine::Progress& p) { line.show(p); };
    return reduce::put_back(compiled.program, saturated, judge::judge(saturated.program, o).result);
  }

  const CheckOptions& options_;
  const MutateOptions& mutate_;
  lang::Model model_;
  lang::Request request_;
  Limits limits_;
  Complaints complaints_;
  JsonFile json_;
  std::vector<lang::Mutant> mutants_;
  int tried_ = 0;             // variants
  bool meaningless_ = false;  // one did what it cannot express
  bool unexpected_ = false;   // one is violated or vacuous, and should be safe
  bool open_ = false;         // of one, or of a change, it is not known
  bool wrong_ = false;        // something was told that ends the command
};

}  // namespace

int mutate(const CheckOptions& options, const MutateOptions& mutate) {
  return Mutate(options, mutate).run();
}

}  // namespace stalemate::cli
