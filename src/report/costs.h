// What complete executions cost, as a table and as JSON.
// Tested by tests/unit/analyse/costs_test.cc.
#ifndef STALEMATE_REPORT_COSTS_H_
#define STALEMATE_REPORT_COSTS_H_

#include <string>
#include <vector>

#include "report/report.h"
#include "verdict/costs.h"

namespace stalemate::report {

// "2", "0..2", "1..unbounded", "never completes".
std::string figure(const Costs& costs, std::size_t position);

// The costs of one configuration: a line for each of these counters, which are positions in
// Program::counters; then counts, and what they leave out.
std::string cost_report(const ir::Program& p, const Run& run, const Costs& costs,
                        const std::vector<int>& counters, const Style& style);

// The costs of several variants: a column for each counter, a line for each variant.
class CostTable {
 public:
  CostTable(const std::vector<std::string>& variants, std::vector<std::string> counters);

  std::string head() const;
  // `qualification` is what the figures hold for.
  std::string line(const std::string& variant, const Costs& costs, const std::vector<int>& counters,
                   const std::string& qualification) const;

 private:
  std::size_t first_ = 0;  // width of the first column
  std::vector<std::string> counters_;
};

// One JSON object on one line, without a newline.  Keys, in this order, always all of them:
//   tool, version, fingerprint, model, variant, machine, cpus, params  as for a check
//   completes      some execution is complete; null when that is not known
//   may_hang       from some state no complete execution leads on; null when that is not known
//   counters       array of {name, least, most}: most is null when there is no bound; empty when
//                  nothing completes or is known
//   states, transitions, seconds, stopped, model_error, bounds  as for a check
std::string cost_json(const ir::Program& p, const Run& run, const Costs& costs,
                      const std::vector<int>& counters);

}  // namespace stalemate::report

#endif  // STALEMATE_REPORT_COSTS_H_
