#include "report/changes.h"

#include "report/json_head.h"

namespace stalemate::report {

std::string changes_json(const ir::Program& p, const Run& run, Outcome outcome,
                         const std::string& why, const std::vector<std::string>& checked,
                         std::uint64_t states, const std::vector<Change>& changes) {
  Json j = json_head(p, run);
  j["verdict"] = outcome_name(outcome);
  j["why"] = text_or_null(why);
  j["checked"] = checked;
  j["states"] = states;
  j["bounds"] = bounds(p);
  j["changes"] = Json::array();
  for (const Change& c : changes) {
    Json row;
    row["number"] = c.number;
    row["file"] = c.file;
    row["line"] = c.line;
    row["owner"] = c.owner;
    row["change"] = c.swapped ? "swapped" : "left out";
    row["statement"] = c.statement;
    row["other"] = text_or_null(c.other);
    row["with"] = Json::array();
    for (const Change::With& w : c.with) {
      Json one;
      one["file"] = w.file;
      one["line"] = w.line;
      one["statement"] = w.statement;
      row["with"].push_back(std::move(one));
    }
    row["alone"] = c.alone;
    row["fate"] = c.fate;
    row["why"] = text_or_null(c.why);
    j["changes"].push_back(std::move(row));
  }
  return written(j);
}

}  // namespace stalemate::report
