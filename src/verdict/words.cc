#include "verdict/words.h"

#include <algorithm>
#include <cctype>
#include <cstddef>
#include <set>

namespace stalemate {

namespace {

// The names of those of `which` that were not reached.
std::string unmet(const ir::Program& p, const std::vector<int>& which,
                  const std::vector<bool>& goals) {
  std::string names;
  for (const int goal : which) {
    const auto g = static_cast<std::size_t>(goal);
    if (!goals[g]) names += (names.empty() ? "" : ", ") + p.goals[g].name;
  }
  return names;
}

// The text of a statement may be long: its beginning, up to the end of a word, names it.
bool begins_with(const std::string& name, const std::string& beginning) {
  const auto is_word = [](char c) {
    return c == '_' || std::isalnum(static_cast<unsigned char>(c));
  };
  return name.rfind(beginning, 0) == 0 && !beginning.empty() &&
         (name.size() == beginning.size() || !is_word(name[beginning.size()]) ||
          !is_word(beginning.back()));
}

// Has this the value by its form, in all states?  The compiler leaves a guard that is false where
// it makes a step for a loop that has no round.
bool always(const ir::Expr& e, bool value) {
  const auto is = [](bool v) { return [v](const ir::ExprRef& a) { return always(*a, v); }; };
  switch (e.op) {
    case ir::Op::kConst:
      return (e.value != 0) == value;
    case ir::Op::kNot:
      return always(*e.args.at(0), !value);
    case ir::Op::kAnd:
      return value ? std::all_of(e.args.begin(), e.args.end(), is(true))
                   : std::any_of(e.args.begin(), e.args.end(), is(false));
    case ir::Op::kOr:
      return value ? std::any_of(e.args.begin(), e.args.end(), is(true))
                   : std::all_of(e.args.begin(), e.args.end(), is(false));
    default:
      return false;
  }
}

}  // namespace

std::string vacuity(const ir::Program& p, const ir::Property& property,
                    const std::vector<bool>& goals, bool counted) {
  const std::string unseen = unmet(p, property.watches, goals);
  const std::string what = property.name + " judges what never happened: ";
  if (!unseen.empty()) return what + unseen;
  if (!counted) return what + "its condition never held";
  for (const std::string& label : property.cycle) {
    const bool any = std::any_of(p.steps.begin(), p.steps.end(),
                                 [&](const ir::Step& step) { return step.waits == label; });
    if (!any) return what + "nobody waits as " + label;
  }
  std::vector<int> required;
  for (std::size_t g = 0; g < p.goals.size(); ++g) {
    if (p.goals[g].required) required.push_back(static_cast<int>(g));
  }
  const std::string missed = unmet(p, required, goals);
  return missed.empty() ? "" : "never reached: " + missed;
}

void require_taken(const ir::Program& p, Result& result) {
  const bool violated =
      std::any_of(result.properties.begin(), result.properties.end(),
                  [](const PropertyResult& r) { return r.outcome == Outcome::kViolated; });
  if (violated || !result.complete || !result.model_error.empty()) return;
  std::string idle;
  for (const std::string& name : unreached(p, result.fired)) {
    const bool allowed =
        std::any_of(p.may_be_unreached.begin(), p.may_be_unreached.end(),
                    [&](const std::string& beginning) { return begins_with(name, beginning); });
    if (!allowed) idle += (idle.empty() ? "" : ", ") + name;
  }
  if (idle.empty()) return;
  for (PropertyResult& r : result.properties) {
    if (r.outcome != Outcome::kSafe) continue;
    r.outcome = Outcome::kVacuous;
    r.message = "never taken: " + idle;
  }
}

std::string remark(const ir::Property& property, bool waited) {
  if (property.kind != ir::Property::Kind::kLeadsTo || waited) return "";
  return "note: wherever the first condition holds, the second one does already";
}

std::vector<std::string> unreached(const ir::Program& p, const std::vector<bool>& fired) {
  std::vector<std::string> names;
  std::set<std::string> seen, taken;
  for (std::size_t i = 0; i < p.steps.size(); ++i) {
    const ir::Step& step = p.steps[i];
    if (!ir::is_program(step.kind) || !step.module.empty() || step.name.empty()) continue;
    if (step.guard != nullptr && always(*step.guard, false)) continue;
    if (seen.insert(step.name).second) names.push_back(step.name);
    if (i < fired.size() && fired[i]) taken.insert(step.name);
  }
  names.erase(std::remove_if(names.begin(), names.end(),
                             [&](const std::string& name) { return taken.count(name) > 0; }),
              names.end());
  return names;
}

std::string stuck_message(const ir::Program& p, const std::vector<int>& processes, const State& s) {
  std::string out;
  for (const int i : processes) {
    const ir::Process& process = p.processes[static_cast<std::size_t>(i)];
    const int control = p.variables[static_cast<std::size_t>(process.control)].first;
    const auto at = static_cast<std::size_t>(s[static_cast<std::size_t>(control)]);
    if (!out.empty()) out += "; ";
    out += p.sorts.at(0).members.at(static_cast<std::size_t>(process.cpu)) + " " + process.name +
           " waits for ever at \"" + process.locations.at(at).name + "\"";
  }
  return out;
}

}  // namespace stalemate
