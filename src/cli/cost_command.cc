// stalemate cost: how often what a model counts happens, at least and at most.
#include <fmt/format.h>

#include <algorithm>
#include <cstdio>

#include "analyse/costs.h"
#include "base/diagnostic.h"
#include "cli/exploring.h"
#include "report/costs.h"

namespace stalemate::cli {

namespace {

class CostCommand {
 public:
  CostCommand(const CheckOptions& options, const std::vector<std::string>& counters)
      : options_(options), wanted_(counters), model_(library_roots()), json_(options.json) {}

  int run() {
    if (!read_request(options_, request_) || !read_limits(options_, limits_)) return kExitError;
    request_.counting = true;
    Diagnostics diagnostics;
    if (!model_.load(options_.file, diagnostics)) return complaints_.tell(diagnostics);
    const std::vector<std::string> variants = model_.variants();
    const bool all = asks_for_all_variants(options_) && !variants.empty();
    if (!json_.open()) return kExitError;
    if (all)
      cost_of_all(variants);
    else
      cost_of_one();
    if (!json_.close() || !flush_output()) return kExitError;
    return error_ ? kExitError : inconclusive_ ? exit_code(Outcome::kInconclusive) : 0;
  }

 private:
  // The figures of one configuration; nothing when it has a mistake, which is told.
  bool find(const lang::Request& request, std::optional<lang::Compiled>& compiled, Costs& costs) {
    Diagnostics diagnostics;
    compiled = model_.compile(request, diagnostics);
    if (!compiled) {
      complaints_.tell(diagnostics);
      error_ = true;
      return false;
    }
    if (!choose_counters(compiled->program)) return false;
    // From here on an interrupt ends the search; before, it ends the program.
    catch_signals();
    interp::Options o;
    o.max_states = limits_.max_states;
    o.time_limit = limits_.time_limit;
    o.mem_limit = limits_.mem_limit;
    o.interrupted = &interrupted();
    {
      ProgressLine line;
      o.progress = [&](const interp::Progress& p) { line.show(p); };
      costs = analyse::find_costs(compiled->program, o);
    }
    error_ = error_ || !costs.model_error.empty();
    inconclusive_ = inconclusive_ || !costs.stopped.empty();
    if (json_.wanted()) {
      json_.add(report::cost_json(compiled->program, describe(options_, *compiled, request.variant),
                                  costs, shown_));
    }
    return true;
  }

  // All variants have the same counters.
  bool choose_counters(const ir::Program& p) {
    shown_.clear();
    names_.clear();
    std::vector<std::string> known;
    for (const ir::Counter& c : p.counters) known.push_back(c.name);
    if (known.empty()) {
      return wrong(fmt::format("error: {} has no counter\n  declare one: counter ipis on send_ipi;",
                               options_.file));
    }
    for (const std::string& name : wanted_.empty() ? known : wanted_) {
      const auto it = std::find(known.begin(), known.end(), name);
      if (it == known.end()) {
        const std::string close = did_you_mean(name, known);
        return wrong(fmt::format("error: {} has no counter '{}'\n  {}", options_.file, name,
                                 close.empty()
                                     ? fmt::format("its counters are {}", fmt::join(known, ", "))
                                     : fmt::format("did you mean '{}'?", close)));
      }
      if (std::find(names_.begin(), names_.end(), name) != names_.end()) continue;
      shown_.push_back(static_cast<int>(it - known.begin()));
      names_.push_back(name);
    }
    return true;
  }

  bool wrong(const std::string& text) {
    if (!wrong_) complain(text);
    wrong_ = error_ = true;
    return false;
  }

  void cost_of_one() {
    std::optional<lang::Compiled> compiled;
    Costs costs;
    if (!find(request_, compiled, costs)) return;
    print(report::cost_report(compiled->program, describe(options_, *compiled, options_.variant),
                              costs, shown_, report::Style()));
  }

  void cost_of_all(const std::vector<std::string>& variants) {
    std::optional<report::CostTable> table;
    for (const std::string& name : variants) {
      for (const int cpus : model_.cpu_counts(name)) {
        if (interrupted() || wrong_) break;
        lang::Request request = request_;
        request.variant = name;
        request.cpus = cpus;
        std::optional<lang::Compiled> compiled;
        Costs costs;
        if (!find(request, compiled, costs)) continue;
        if (!table) {
          table.emplace(variants, names_);
          print(table->head());
        }
        print(table->line(name, costs, shown_, qualification(compiled->program, costs.counts)));
        std::fflush(stdout);
      }
    }
    inconclusive_ = inconclusive_ || interrupted();
  }

  const CheckOptions& options_;
  const std::vector<std::string>& wanted_;
  lang::Model model_;
  lang::Request request_;
  Limits limits_;
  Complaints complaints_;
  JsonFile json_;
  std::vector<int> shown_;          // positions of the counters to show
  std::vector<std::string> names_;  // their names
  bool error_ = false, inconclusive_ = false;
  bool wrong_ = false;  // what is wrong is not a matter of one variant
};

}  // namespace

int cost(const CheckOptions& options, const std::vector<std::string>& counters) {
  return CostCommand(options, counters).run();
}

}  // namespace stalemate::cli
