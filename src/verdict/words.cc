#include "verdict/words.h"

#include <algorithm>
#include <cctype>
#include <cstddef>
#include <cstdint>
#include <set>
#include <utility>

namespace stalemate {

namespace {

// The names of those of `which` that were not reached; not of one that says more of the one before.
std::string unmet(const ir::Program& p, const std::vector<int>& which,
                  const std::vector<bool>& goals) {
  std::string names, last;
  for (const int goal : which) {
    const auto g = static_cast<std::size_t>(goal);
    const std::string& name = p.goals[g].name;
    if (goals[g] || (!last.empty() && name.rfind(last + ",", 0) == 0)) continue;
    names += (names.empty() ? "" : ", ") + name;
    last = name;
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

// A program step that the model file writes, and that can be taken as far as its form tells.
bool of_model(const ir::Step& step) {
  return ir::is_program(step.kind) && step.module.empty() && !step.name.empty() &&
         (step.guard == nullptr || !always(*step.guard, false));
}

// The steps of one statement: those of all CPUs and calls have its name and its place.
using Statement = std::pair<std::string, std::uint32_t>;
Statement statement(const ir::Step& step) { return {step.name, step.span.begin}; }

// Those of the model file of which no step fired.
struct Idle {
  std::set<Statement> statements;
  std::set<std::string> names;   // of which all statements are idle
  std::set<std::string> others;  // of which some are

  Idle(const ir::Program& p, const std::vector<bool>& fired) {
    std::set<Statement> taken;
    for (std::size_t i = 0; i < p.steps.size(); ++i) {
      if (!of_model(p.steps[i])) continue;
      names.insert(p.steps[i].name);
      if (i < fired.size() && fired[i]) taken.insert(statement(p.steps[i]));
    }
    for (const ir::Step& step : p.steps) {
      if (!of_model(step)) continue;
      if (taken.count(statement(step)) == 0) {
        statements.insert(statement(step));
      } else if (names.erase(step.name) > 0) {
        others.insert(step.name);
      }
    }
  }
  bool has(const ir::Step& step) const {
    return of_model(step) && statements.count(statement(step)) > 0;
  }
  // The name tells which one it is, or else the place does.
  std::string tell(const ir::Step& step) const {
    if (others.count(step.name) == 0 || !step.span) return step.name;
    const std::string where = step.span.where();
    return step.name + " (" + where.substr(where.rfind('/') + 1) + ")";
  }
};

bool covers(const ir::Block& body, int goal) {
  return std::any_of(body.begin(), body.end(), [&](const ir::Stmt& s) {
    return s.kind == ir::Stmt::Kind::kCover && s.goal == goal;
  });
}

bool contains(const Span& outer, const Span& inner) {
  return outer && outer.source == inner.source && outer.begin <= inner.begin &&
         inner.end <= outer.end;
}

}  // namespace

std::string vacuity(const ir::Program& p, const ir::Property& property,
                    const std::vector<bool>& goals, bool counted) {
  const std::string unseen = unmet(p, property.watches, goals);
  const std::string what = property.name + " judges what never happened: ";
  if (!unseen.empty()) return what + unseen;
  if (!counted) {
    const bool invariant = property.kind == ir::Property::Kind::kInvariant;
    return what +
           (invariant ? "a state in which its condition could fail" : "its condition never held");
  }
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

Missed missed(const ir::Program& p, const Result& result) {
  Missed out;
  std::vector<Span> places;  // of what is told already
  const Idle idle(p, result.fired);
  std::set<std::string> told;
  for (const ir::Step& step : p.steps) {
    if (!idle.has(step)) continue;
    places.push_back(step.span);
    const std::string name = idle.tell(step);
    if (told.insert(name).second) out.taken.push_back(name);
  }
  const auto each = [&](ir::Goal::Kind kind, const auto& visit) {
    for (std::size_t g = 0; g < p.goals.size(); ++g) {
      const bool reached = g < result.goals.size() && result.goals[g];
      if (p.goals[g].kind == kind && !reached) visit(p.goals[g]);
    }
  };
  std::vector<Span> arms;
  each(ir::Goal::Kind::kArm, [&](const ir::Goal& g) {
    arms.push_back(g.span);
    const auto told_by = [&](const Span& s) { return contains(g.span, s) || contains(s, g.span); };
    const bool known =
        idle.names.count(g.inside) > 0 || std::any_of(places.begin(), places.end(), told_by);
    if (!known) out.taken.push_back(g.name);
  });
  places.insert(places.end(), arms.begin(), arms.end());
  each(ir::Goal::Kind::kAssertion, [&](const ir::Goal& g) {
    const auto around = [&](const Span& s) { return contains(s, g.span); };
    const bool known =
        idle.names.count(g.inside) > 0 || std::any_of(places.begin(), places.end(), around);
    if (!known) out.tested.push_back(g.name);
  });
  each(ir::Goal::Kind::kDelivery, [&](const ir::Goal& g) {
    // It came to a CPU that has a program with something between its steps.
    const auto number = static_cast<int>(&g - p.goals.data());
    bool came = false;
    for (std::size_t i = 0; i < p.steps.size() && i < result.fired.size(); ++i) {
      came = came || (result.fired[i] && covers(p.steps[i].body, number));
    }
    if (came) out.delivered.push_back(g.name);
  });
  return out;
}

std::vector<std::string> phrases(const Missed& missed, bool so_far) {
  std::vector<std::string> out;
  const auto add = [&](const char* never, const char* not_yet,
                       const std::vector<std::string>& names) {
    std::string list;
    for (const std::string& name : names) list += (list.empty() ? "" : ", ") + name;
    if (!list.empty()) out.push_back((so_far ? not_yet : never) + list);
  };
  add("never taken: ", "not taken so far: ", missed.taken);
  add("never tested: ", "not tested so far: ", missed.tested);
  add("never delivered between two steps: ", "not delivered between two steps so far: ",
      missed.delivered);
  return out;
}

void require_all(const ir::Program& p, Result& result) {
  const bool violated =
      std::any_of(result.properties.begin(), result.properties.end(),
                  [](const PropertyResult& r) { return r.outcome == Outcome::kViolated; });
  if (violated || !result.complete || !result.model_error.empty()) return;
  Missed asked = missed(p, result);
  for (std::vector<std::string>* names : {&asked.taken, &asked.tested, &asked.delivered}) {
    std::erase_if(*names, [&](const std::string& name) {
      return std::any_of(
          p.may_be_unreached.begin(), p.may_be_unreached.end(),
          [&](const std::string& beginning) { return begins_with(name, beginning); });
    });
  }
  std::string all;
  for (const std::string& phrase : phrases(asked, false)) all += (all.empty() ? "" : "; ") + phrase;
  if (all.empty()) return;
  for (PropertyResult& r : result.properties) {
    if (r.outcome != Outcome::kSafe) continue;
    r.outcome = Outcome::kVacuous;
    r.message = all;
  }
}

std::string remark(const ir::Property& property, bool waited) {
  if (property.kind != ir::Property::Kind::kLeadsTo || waited) return "";
  return "note: wherever the first condition holds, the second one does already";
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
