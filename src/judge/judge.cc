#include "judge/judge.h"

#include <sys/resource.h>

#include <algorithm>
#include <chrono>
#include <exception>
#include <utility>

#include "interp/confirm.h"
#include "interp/eval.h"
#include "interp/lasso.h"
#include "interp/shortest_trace.h"
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
      if (out.message.empty()) {
        out.message = remark(property(out.property), explored_.findings.waited[i]);
      }
    }
  }

  void show(const Violated& v, PropertyResult& out) const {
    try {
      if (property(v.property).kind != Property::Kind::kNoStuck) {
        out = interp::confirm(p_, v.property, v.run, 0, v.loop);
        return;
      }
      // Who is stuck is known from all states, which the reference interpreter has not seen.
      out.trace.events = v.run;
      interp::complete_trace(p_, out.trace);
    } catch (const interp::NotConfirmed& e) {
      disagree(e);
    } catch (const interp::ModelError& e) {
      disagree(e);
    }
    out.stuck = v.stuck;
    out.wait_graph = v.waits;
    out.message = stuck_message(p_, out.stuck, out.trace.states.back());
  }

  void report_error() {
    for (PropertyResult& r : result_.properties) r.outcome = Outcome::kError;
    std::vector<Event> run = explored_.error_run;
    if (explored_.error_event) run.push_back(*explored_.error_event);
    std::vector<int> properties;
    for (const PropertyResult& r : result_.properties) properties.push_back(r.property);
    try {
      Result found = interp::confirm_model_error(p_, properties, run);
      result_.model_error = std::move(found.model_error);
      result_.model_error_span = found.model_error_span;
      result_.model_error_trace = std::move(found.model_error_trace);
    } catch (const interp::NotConfirmed& e) {
      disagree(e);
    }
  }

  [[noreturn]] static void disagree(const std::exception& e) {
    throw Disagreement(std::string("the reference interpreter cannot repeat a run: ") + e.what());
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
  const auto lasso = [&](const ir::LeadsTo& leads, const State& start,
                         const interp::ComponentOf& component) {
    return interp::find_lasso(p, leads, start, component);
  };
  Judged out;
  const Explored explored = [&] {
    try {
      return engine::explore(p, options, waits, lasso);
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
