#include "report/costs.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "report/json_head.h"
#include "report/text.h"

namespace stalemate::report {

namespace {

constexpr const char* kNever = "never completes";
constexpr const char* kMayHang = "some executions never complete";

std::string counter_name(const ir::Program& p, int counter) {
  return printable(p.counters[static_cast<std::size_t>(counter)].name);
}

// Text and blanks after it.
std::string cell(const std::string& text, std::size_t columns) {
  const auto used = static_cast<std::size_t>(width(text));
  return text + std::string(columns > used ? columns - used : 0, ' ');
}

bool known(const Costs& costs) { return costs.stopped.empty() && costs.model_error.empty(); }

// Why there are no figures.
std::string excuse(const Costs& costs) {
  if (costs.model_error.empty()) return "inconclusive: " + printable(costs.stopped);
  return "the model did something meaningless: " + printable(costs.model_error);
}

std::string without_end(std::string line) {
  line.erase(line.find_last_not_of(' ') + 1);
  return line + "\n";
}

}  // namespace

std::string figure(const Costs& costs, std::size_t position) {
  if (!costs.completes) return kNever;
  const Figure& f = costs.figures.at(position);
  if (f.most == f.least) return std::to_string(f.least);
  return fmt::format("{}..{}", f.least, f.most ? std::to_string(*f.most) : "unbounded");
}

std::string cost_report(const ir::Program& p, const Run& run, const Costs& costs,
                        const std::vector<int>& counters, const Style& style) {
  std::string out = "cost of complete executions   " + configuration(p, run) + "\n";
  if (known(costs)) {
    std::size_t columns = 0;
    for (const int c : counters) {
      columns = std::max(columns, static_cast<std::size_t>(width(counter_name(p, c))));
    }
    for (const int c : counters) {
      out += " " + cell(counter_name(p, c), columns + 3) +
             figure(costs, static_cast<std::size_t>(c)) + "\n";
    }
  }
  out += fmt::format("{}, {}, {:.2f} s\n", counted(costs.counts.states, "state"),
                     counted(costs.counts.transitions, "transition"), costs.counts.seconds);
  const auto paragraph = [&](const std::string& text) {
    for (const std::string& line : wrap(text, std::max(style.width, 28), 2)) out += line + "\n";
  };
  if (!known(costs)) {
    const std::string where = costs.model_error_span.where();
    paragraph((costs.model_error.empty() || where.empty() ? "" : where + ": ") + excuse(costs));
  } else if (costs.completes && costs.may_hang) {
    paragraph(std::string(kMayHang) + ": the figures are those of the others");
  }
  return out;
}

CostTable::CostTable(const std::vector<std::string>& variants, std::vector<std::string> counters)
    : counters_(std::move(counters)) {
  for (const std::string& v : variants) {
    first_ = std::max(first_, static_cast<std::size_t>(width(v)));
  }
}

std::string CostTable::head() const {
  std::string out = cell("", first_);
  for (const std::string& name : counters_) {
    out += "  " + cell(name, static_cast<std::size_t>(width("0..unbounded")));
  }
  return without_end(std::move(out));
}

std::string CostTable::line(const std::string& variant, const Costs& costs,
                            const std::vector<int>& counters,
                            const std::string& qualification) const {
  std::string out = cell(variant, first_);
  if (!known(costs) || !costs.completes) {
    out += "  " + (known(costs) ? std::string(kNever) : excuse(costs));
  } else {
    for (std::size_t i = 0; i < counters.size(); ++i) {
      const int columns = std::max(width(counters_.at(i)), width("0..unbounded"));
      out += "  " + cell(figure(costs, static_cast<std::size_t>(counters[i])),
                         static_cast<std::size_t>(columns));
    }
  }
  const bool others = known(costs) && costs.completes && costs.may_hang;
  out += fmt::format("  ({}{}{})", qualification, others ? "; " : "", others ? kMayHang : "");
  return out + "\n";
}

std::string cost_json(const ir::Program& p, const Run& run, const Costs& costs,
                      const std::vector<int>& counters) {
  Json j = json_head(p, run);
  j["completes"] = known(costs) ? Json(costs.completes) : Json();
  j["may_hang"] = known(costs) ? Json(costs.may_hang) : Json();
  j["counters"] = Json::array();
  for (const int c : counters) {
    if (!known(costs) || !costs.completes) continue;
    const Figure& f = costs.figures.at(static_cast<std::size_t>(c));
    Json row;
    row["name"] = p.counters[static_cast<std::size_t>(c)].name;
    row["least"] = f.least;
    row["most"] = f.most ? Json(*f.most) : Json();
    j["counters"].push_back(std::move(row));
  }
  j["states"] = costs.counts.states;
  j["transitions"] = costs.counts.transitions;
  j["seconds"] = costs.counts.seconds;
  j["stopped"] = text_or_null(costs.stopped);
  j["model_error"] = error_or_null(costs.model_error, costs.model_error_span);
  j["bounds"] = bounds(p);
  return written(j);
}

}  // namespace stalemate::report
