// stalemate check: one configuration in full, or all variants of a file, a line each; stalemate
// resume: one that was stopped.
#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <optional>
#include <set>
#include <string>
#include <system_error>
#include <utility>

#include "base/size.h"
#include "cli/certifier.h"
#include "cli/checkpoint_request.h"
#include "cli/coverage_file.h"
#include "cli/exploring.h"
#include "cli/machine.h"
#include "ir/dump.h"
#include "judge/judge.h"
#include "reduce/put_back.h"
#include "reduce/saturate.h"

namespace stalemate::cli {

namespace {

struct Outcomes {
  bool mismatch = false;
  bool inconclusive = false;
  bool error = false;
};

class Check {
 public:
  Check(const CheckOptions& options, bool resuming)
      : options_(options),
        resuming_(resuming),
        model_(library_roots()),
        slow_(options.engine == "reference" || !options.coverage.empty()),
        json_(options.json),
        dot_("--dot", options.dot),
        coverage_(options.file, options.coverage),
        certifier_(options) {}

  int run() {
    if (!read_request(options_, request_) || !read_limits(options_, limits_)) return kExitError;
    if (!coverage_fits() || !outputs_differ()) return kExitError;
    if (slow_ && !options_.reduce.empty() && options_.reduce != "none") {
      complain("error: --reduce takes the fast engine\n  leave out --engine reference");
      return kExitError;
    }
    if (slow_ && options_.lossy) {
      complain("error: --lossy takes the fast engine\n  leave out --engine reference");
      return kExitError;
    }
    if (options_.check_reduction && !reduces(options_, "por")) {
      complain("error: --check-por without --reduce por\n  add --reduce por");
      return kExitError;
    }
    Diagnostics diagnostics;
    if (!model_.load(options_.file, diagnostics)) return complaints_.tell(diagnostics);
    const std::vector<std::string> variants = model_.variants();
    const bool all = asks_for_all_variants(options_) && !variants.empty();
    if (!certifier_.open(all) || !json_.open() || !dot_.open() || !coverage_.open() ||
        !open_checkpoint(all)) {
      return kExitError;
    }
    const int code = all ? check_variants(variants) : check_one();
    const bool json_closed = json_.close();
    const bool coverage_closed = coverage_.close();
    if (!dot_.close() || !json_closed || !coverage_closed) return kExitError;
    return flush_output() ? code : kExitError;
  }

 private:
  // Searches what reductions make of the program, and tells what was found in terms of the program.
  Result explore(const lang::Compiled& compiled) {
    // From here on an interrupt ends the search with what it has seen; before, it ends the program.
    catch_signals();
    if (options_.speculation == "explicit") {
      Result result = search(compiled.program, compiled.properties);
      result.reductions = reduce::explicit_copies(compiled.program, "--speculation explicit");
      return with_reductions(std::move(result));
    }
    const reduce::Saturated saturated = reduce::saturate(compiled.program);
    return with_reductions(reduce::put_back(compiled.program, saturated,
                                            search(saturated.program, compiled.properties)));
  }

  Result with_reductions(Result result) const {
    result.reductions.insert(result.reductions.end(), in_search_.begin(), in_search_.end());
    return result;
  }

  Result search(const ir::Program& program, const std::vector<int>& properties) {
    return slow_ ? search_slowly(program, properties) : search_fast(program, properties);
  }

  Result search_slowly(const ir::Program& program, const std::vector<int>& properties) {
    interp::Options o;
    std::optional<interp::LineCounts> lines;
    if (coverage_.wanted()) o.lines = &lines.emplace(program);
    o.max_states = limits_.max_states;
    o.time_limit = limits_.time_limit;
    o.mem_limit = limits_.mem_limit;
    o.properties = properties;
    o.interrupted = &interrupted();
    ProgressLine line;
    o.progress = [&](const interp::Progress& p) { line.show(p); };
    o.each_state = certifier_.each_state(program, properties, o.mem_limit);
    Result result = interp::explore(program, o);
    if (lines) coverage_.add(*lines, result.counts.transitions, result.complete);
    return result;
  }

  // Each would be written over the one before; not what is no file, as /dev/null.
  bool outputs_differ() const {
    std::set<std::string> paths;
    std::error_code ignored;
    for (const std::string* path :
         {&options_.json, &options_.dot, &options_.coverage, &options_.certificate}) {
      if (path->empty() || (std::filesystem::exists(*path, ignored) &&
                            !std::filesystem::is_regular_file(*path, ignored))) {
        continue;
      }
      if (paths.insert(std::filesystem::path(*path).lexically_normal().string()).second) continue;
      complain(fmt::format("error: {}: two results would go into one file\n  name two", *path));
      return false;
    }
    return true;
  }

  // The fast engine knows neither which lines a transition executes nor, with reductions, how many
  // transitions one stands for.
  bool coverage_fits() const {
    if (options_.coverage.empty()) return true;
    const char* other = options_.engine == "fast"                               ? "--engine fast"
                        : !options_.reduce.empty() && options_.reduce != "none" ? "--reduce"
                        : options_.check_reduction                              ? "--check-por"
                        : options_.lossy                                        ? "--lossy"
                        : !options_.checkpoint.empty()                          ? "--checkpoint"
                                                                                : nullptr;
    if (other == nullptr) return true;
    complain(fmt::format(
        "error: --coverage counts every transition, with the reference interpreter\n  leave out {}",
        other));
    return false;
  }

  Result search_fast(const ir::Program& program, const std::vector<int>& properties) {
    engine::Options o = engine_options(options_, limits_);
    o.properties = properties;
    o.checkpoint = checkpoint_ ? &*checkpoint_ : nullptr;
    o.checkpoint_seconds = checkpoint_seconds_;
    o.fingerprint = ir::fingerprint(program);
    o.request = checkpoint_request(options_);
    o.partial_order = reduces(options_, "por");
    o.symmetry = reduces(options_, "symmetry");
    o.check_partial_order = options_.check_reduction;
    o.lossy = options_.lossy;
    ProgressLine line;
    o.progress = [&](const engine::Progress& p) { line.show(p); };
    if (resuming_) o.resume_from = options_.checkpoint;
    o.each_state = certifier_.each_state(program, properties, o.mem_limit);
    judge::Judged judged = judge::judge(program, o);
    if (checkpoint_ && checkpoint_->any() && !judged.result.complete && !judged.stats.hashes_told &&
        judged.result.model_error.empty()) {
      judged.result.stopped +=
          fmt::format("; 'stalemate resume {}' goes on from there", options_.checkpoint);
    }
    stats_ = judged.stats;
    in_search_.clear();
    if (o.partial_order) {
      in_search_.push_back(
          {"partial order", "steps", judged.stats.reduced, judged.stats.not_reduced});
    }
    for (const engine::Symmetry::OfSort& s : judged.stats.symmetry) {
      const char* const unsure = s.any && judged.stats.symmetry_unsure
                                     ? "; some states were counted under several names"
                                     : "";
      in_search_.push_back({"symmetry", program.sorts[static_cast<std::size_t>(s.sort)].name, s.any,
                            s.explanation + unsure});
    }
    return std::move(judged.result);
  }

  // Before anything is compiled: a folder that cannot be used must not cost an hour.
  bool open_checkpoint(bool all) {
    if (options_.checkpoint.empty()) return true;
    if (all) {
      complain(
          "error: --checkpoint is for one configuration\n  name it with --variant, --set, --cpus, "
          "--machine or --prop");
      return false;
    }
    if (slow_) {
      complain("error: --checkpoint takes the fast engine\n  leave out --engine reference");
      return false;
    }
    if (!options_.checkpoint_every.empty()) {
      const auto t = parse_time(options_.checkpoint_every);
      if (!t || *t <= 0) {
        complain(fmt::format(
            "error: --checkpoint-every {}: expected a time above 0\n  as in 90s, 15m, 2h",
            options_.checkpoint_every));
        return false;
      }
      checkpoint_seconds_ = *t;
    }
    checkpoint_.emplace(options_.checkpoint, resuming_);
    return true;
  }

  int check_one() {
    Diagnostics diagnostics;
    const auto compiled = model_.compile(request_, diagnostics);
    if (!compiled) return complaints_.tell(diagnostics);
    if (!certifier_.covers(compiled->program, compiled->properties)) return kExitError;
    const Result result = explore(*compiled);
    const report::Run run = describe(options_, *compiled, options_.variant);
    report::Style style;
    style.colour = colour_output();
    print(report::ascii_report(compiled->program, run, result, style, renderer(compiled->program)));
    if (options_.explain) print(report::reductions_text(result, style));
    if (options_.stats && stats_) print(stats_text(*stats_, result.counts));
    add_to_files(*compiled, run, result);
    if (!certifier_.finish(run, result, compiled->program)) return kExitError;
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
      complaints_.tell(diagnostics);
      seen.error = true;
      return;
    }
    const Result result = explore(*compiled);
    const report::Run run = describe(options_, *compiled, name);
    add_to_files(*compiled, run, result);
    tell(name, width, *compiled, result, seen);
    if (options_.explain) print(report::reductions_text(result, report::Style()));
  }

  // The line of a variant.
  void tell(const std::string& name, std::size_t width, const lang::Compiled& compiled,
            const Result& result, Outcomes& seen) const {
    const ir::Program& p = compiled.program;
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
      const std::string want = lang::expected_outcome(compiled.expected, property);
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
    const std::string where = qualification(p, result.counts, report::judged(result));
    if (!wrong.empty()) {
      print(fmt::format("{:10}{:{}}  {}  ({})\n", "MISMATCH", name, width, wrong, where));
      seen.mismatch = true;
    } else if (inconclusive) {
      print(fmt::format("{:10}{:{}}  {}  ({})\n", "-", name, width,
                        "inconclusive: " + result.stopped, where));
      seen.inconclusive = true;
    } else {
      print(fmt::format("{:10}{:{}}  {}  ({})\n", "ok", name, width, summary(compiled, result),
                        where));
    }
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

  void add_to_files(const lang::Compiled& compiled, const report::Run& run, const Result& result) {
    const ir::Program& p = compiled.program;
    if (json_.wanted()) json_.add(report::json_object(p, run, result, renderer(p)));
    for (const PropertyResult& r : result.properties) {
      if (r.stuck.empty() || !dot_.wanted()) continue;
      dot_.write(report::dot(p, run, r, renderer(p)));
    }
  }

  const CheckOptions& options_;
  const bool resuming_;
  lang::Model model_;
  const bool slow_;  // with the reference explorer
  lang::Request request_;
  Limits limits_;
  std::optional<engine::CheckpointWriter> checkpoint_;
  double checkpoint_seconds_ = 300;
  std::optional<engine::Stats> stats_;
  std::vector<Reduction> in_search_;  // of the last search
  Complaints complaints_;
  JsonFile json_;
  OutputFile dot_;
  CoverageFile coverage_;
  Certifier certifier_;
};

}  // namespace

int check(const CheckOptions& options) {
  try {
    return Check(options, false).run();
  } catch (const engine::CheckpointError& e) {
    complain(fmt::format("error: {}", e.what()));
  }
  return kExitError;
}

int resume(const std::string& folder, const CheckOptions& limits) {
  try {
    const engine::Loaded manifest = engine::read_manifest(folder);
    CheckOptions options = limits;
    options.checkpoint = folder;
    const auto request = manifest.facts.find("request");
    if (request == manifest.facts.end() || !read_checkpoint_request(request->second, options)) {
      throw engine::CheckpointError("the checkpoint in " + folder +
                                    " does not say what it is a check of; start the check again");
    }
    return Check(options, true).run();
  } catch (const engine::CheckpointError& e) {
    complain(fmt::format("error: {}", e.what()));
  }
  return kExitError;
}

}  // namespace stalemate::cli
