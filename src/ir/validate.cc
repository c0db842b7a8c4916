// Well-formedness of a Program.  References are checked before anything follows them, so that a
// malformed Program is reported and never crashes the checks.
#include <algorithm>
#include <set>
#include <unordered_set>
#include <utility>

#include "ir/check.h"
#include "ir/parse.h"
#include "ir/type_check.h"

namespace stalemate::ir {

namespace {

class Checker {
 public:
  explicit Checker(const Program& p)
      : p_(p), types_(p, [this](std::string phrase) { wrong(std::move(phrase)); }) {}

  std::vector<Mistake> run() {
    each(p_.sorts, Mistake::Form::kSort, [this](const Sort& s) { sort(s); });
    each(p_.variables, Mistake::Form::kVariable, [this](const Variable& v) { variable(v); });
    each(p_.processes, Mistake::Form::kProcess, [this](const Process& x) { process(x); });
    each(p_.caches, Mistake::Form::kCache, [this](const Cache& c) { cache(c); });
    each(p_.goals, Mistake::Form::kGoal, [this](const Goal& g) { unique(goal_names_, g.name); });
    each(p_.counters, Mistake::Form::kCounter,
         [this](const Counter& c) { unique(counter_names_, c.name); });
    // What follows reads domains and locations of what stands before.
    if (!mistakes_.empty()) return std::move(mistakes_);
    each(p_.properties, Mistake::Form::kProperty, [this](const Property& x) { property(x); });
    each(p_.steps, Mistake::Form::kStep, [this](const Step& s) { step(s); });
    return std::move(mistakes_);
  }

 private:
  template <typename List, typename F>
  void each(const List& list, Mistake::Form form, F check) {
    form_ = form;
    for (index_ = 0; static_cast<std::size_t>(index_) < list.size(); ++index_) {
      check(list[static_cast<std::size_t>(index_)]);
    }
  }

  void wrong(std::string phrase) { mistakes_.push_back({form_, index_, std::move(phrase)}); }

  void unique(std::unordered_set<std::string>& names, const std::string& name) {
    if (!names.insert(name).second) wrong("the name '" + name + "' is used twice");
  }

  template <typename List>
  bool has(const List& list, int i) const {
    return i >= 0 && static_cast<std::size_t>(i) < list.size();
  }

  const Variable& at(int variable) const {
    return p_.variables[static_cast<std::size_t>(variable)];
  }

  void sort(const Sort& s) {
    unique(sort_names_, s.name);
    if (s.members.empty() || s.members.size() > INT16_MAX) wrong("a sort has 1 to 32767 members");
    std::unordered_set<std::string> members;
    for (const std::string& m : s.members) unique(members, m);
  }

  void domain(const Domain& d, const char* what) {
    const bool sorted = has(p_.sorts, d.sort);
    const int members =
        sorted ? static_cast<int>(p_.sorts[static_cast<std::size_t>(d.sort)].members.size()) : 0;
    bool good = false;
    switch (d.kind) {
      case Domain::Kind::kBool: good = d.lo == 0 && d.hi == 1 && d.sort == -1; break;
      case Domain::Kind::kRange: good = d.lo <= d.hi && d.sort == -1; break;
      case Domain::Kind::kSort: good = sorted && d.lo == 0 && d.hi == members - 1; break;
      case Domain::Kind::kOption:
        good = d.lo == kNone && (sorted ? d.hi == members - 1 : d.sort == -1 && d.hi >= 0);
        break;
    }
    if (!good) wrong(std::string(what) + " has bounds that do not fit its kind");
  }

  void variable(const Variable& v) {
    unique(variable_names_, v.name);
    domain(v.domain, "the domain");
    long elements = 1;
    for (const Domain& d : v.dims) {
      domain(d, "a dimension");
      elements = std::min<long>(elements * std::max(d.size(), 0), kMaxElements + 1);
    }
    slots_ += elements;
    if (elements > kMaxElements) wrong("the variable has more than 1048576 elements");
    if (slots_ > kMaxSlots) wrong("the state up to this variable has more than 1048576 slots");
    if (v.init.size() != static_cast<std::size_t>(elements)) {
      wrong("there are " + std::to_string(v.init.size()) + " initial values for " +
            std::to_string(elements) + " elements");
    }
    for (const Value x : v.init) {
      if (v.domain.contains(x)) continue;
      wrong("the initial value " + std::to_string(x) + " is not in the domain");
      break;
    }
    if (v.process != -1 && !has(p_.processes, v.process)) wrong("the process does not exist");
    if (v.space == Space::kControl) control(v);
    if (v.location >= 0 && v.space != Space::kMemory) {
      wrong("only a variable of space mem has a memory location");
    }
    if (v.location_dims < 0 || static_cast<std::size_t>(v.location_dims) > v.dims.size()) {
      wrong("the memory location takes more indices than there are dimensions");
    }
  }

  void control(const Variable& v) {
    if (!has(p_.processes, v.process) ||
        p_.processes[static_cast<std::size_t>(v.process)].control != index_) {
      wrong("no process has this control variable");
      return;
    }
    const std::size_t n = p_.processes[static_cast<std::size_t>(v.process)].locations.size();
    if (!v.dims.empty() || v.domain.kind != Domain::Kind::kRange || v.domain.lo != 0 ||
        static_cast<std::size_t>(v.domain.hi) + 1 != n) {
      wrong("a control variable is one range from 0 to the last location of its process");
    }
  }

  void process(const Process& x) {
    if (!process_names_.emplace(x.name, x.cpu).second) {
      wrong("there is already a process '" + x.name + "' on this CPU");
    }
    if (p_.sorts.empty() || !has(p_.sorts[0].members, x.cpu)) wrong("the CPU does not exist");
    if (x.level < 0 || (x.role == Role::kThread) != (x.level == 0)) {
      wrong("a thread has level 0, a handler a higher one");
    }
    if (!has(p_.variables, x.control) || at(x.control).space != Space::kControl) {
      wrong("the process has no control variable");
    }
    if (x.locations.empty()) wrong("the process has no locations");
  }

  void cache(const Cache& c) {
    unique(cache_names_, c.name);
    if (!has(p_.variables, c.held)) {
      wrong("the variable of the cache does not exist");
    } else if (at(c.held).space != Space::kCopy || at(c.held).domain.kind != Domain::Kind::kBool) {
      wrong("a cache holds its copies in a bool variable of space copy");
    } else if (c.index_dims < 0 ||
               static_cast<std::size_t>(c.index_dims) > at(c.held).dims.size()) {
      wrong("the cache has more indices than its variable has dimensions");
    }
  }

  void property(const Property& x) {
    unique(property_names_, x.name);
    types_.bind(&no_choices_);
    const bool invariant = x.kind == Property::Kind::kInvariant;
    if (invariant != (x.condition != nullptr)) {
      wrong("an invariant has a condition, other properties have none");
    }
    if (x.condition) types_.condition(x.condition);
    const bool no_stuck = x.kind == Property::Kind::kNoStuck;
    if (!invariant && !no_stuck && !x.when.empty()) {
      wrong("only a property of kind no_stuck or invariant has 'when'");
    }
    if (!no_stuck && !x.cycle.empty()) {
      wrong("only a property of kind no_stuck has 'cycle'");
    }
    if (invariant && x.when.size() > 1) wrong("'when' of an invariant is one condition");
    if (no_stuck && !x.when.empty() && x.when.size() != p_.processes.size()) {
      wrong("'when' has one condition for each process");
    }
    for (const ExprRef& e : x.when) types_.condition(e);
    if ((x.kind == Property::Kind::kLeadsTo) == x.leads.empty()) {
      wrong("a property of kind leads_to says what leads to what, other properties do not");
    }
    for (const LeadsTo& l : x.leads) {
      types_.condition(l.from);
      types_.condition(l.to);
      text(l.text);
    }
    text(x.text);
    for (const int g : x.watches) {
      if (!has(p_.goals, g)) wrong("a watched goal does not exist");
    }
  }

  void step(const Step& s) {
    types_.bind(&s.choices);
    const std::size_t before = mistakes_.size();
    long combinations = 1;
    std::unordered_set<std::string> names;
    for (const Choice& c : s.choices) {
      unique(names, c.name);
      domain(c.domain, "a choice");
      combinations = std::min<long>(combinations * std::max(c.domain.size(), 0), kMaxChoices + 1);
    }
    if (mistakes_.size() > before) return;  // what follows reads the domains of the choices
    if (combinations > kMaxChoices) wrong("there are more than 1048576 combinations of choices");
    if (is_program(s.kind) != (s.process >= 0)) {
      wrong("program steps and entries have a process, other steps have none");
    }
    if (s.cpu != -1 && (p_.sorts.empty() || !has(p_.sorts[0].members, s.cpu))) {
      wrong("the CPU does not exist");
    }
    if (s.fills != -1 && !has(p_.caches, s.fills)) wrong("the cache does not exist");
    if (s.fills >= 0 && s.kind != StepKind::kSpeculative) {
      wrong("a step that fills a cache is speculative");
    }
    if (s.guard) {
      types_.condition(s.guard);
    } else {
      wrong("the step has no guard");
    }
    block(s.body);
    text(s.text);
    if (mistakes_.size() == before && s.guard) locations(s);
  }

  // The guard places every process at one location at most, and the process of the step at `from`.
  void locations(const Step& s) {
    if (s.process != -1 && !has(p_.processes, s.process)) {
      wrong("the process does not exist");
      return;
    }
    std::set<std::pair<int, int>> placed;  // control variable, location
    const auto place = [this, &placed](const Expr& e) {
      if (e.op != Op::kEq) return;
      for (const int side : {0, 1}) {
        const Expr& variable = *e.args[static_cast<std::size_t>(side)];
        const Expr& value = *e.args[static_cast<std::size_t>(1 - side)];
        if (variable.op == Op::kRead && at(variable.variable).space == Space::kControl &&
            value.op == Op::kConst) {
          placed.emplace(variable.variable, value.value);
        }
      }
    };
    place(*s.guard);
    if (s.guard->op == Op::kAnd) {
      for (const ExprRef& term : s.guard->args) place(*term);
    }
    int last = -1;
    for (const auto& [variable, location] : placed) {
      if (variable == last) wrong("the guard wants '" + at(variable).name + "' at two locations");
      last = variable;
    }
    if (!s.waits.empty() && s.process < 0) wrong("only a step of a process waits for something");
    if (!s.rule.empty() && s.kind != StepKind::kEventual) {
      wrong("only an eventual step is one of the alternatives of a rule");
    }
    if (s.from == -1) return;
    if (s.process < 0) {
      wrong("a step with a location has a process");
      return;
    }
    const Process& x = p_.processes[static_cast<std::size_t>(s.process)];
    if (!has(x.locations, s.from)) {
      wrong("the process has no such location");
    } else if (placed.count({x.control, s.from}) == 0) {
      wrong("the guard lacks the term (== " + at(x.control).name + " " +
            x.locations[static_cast<std::size_t>(s.from)].name + ")");
    }
  }

  void block(const Block& b) {
    for (const Stmt& s : b) statement(s);
  }

  void statement(const Stmt& s) {
    switch (s.kind) {
      case Stmt::Kind::kAssign:
        if (s.places.empty() || s.places.size() != s.values.size()) {
          wrong("an assignment does not have one value for each place");
          return;
        }
        for (std::size_t i = 0; i < s.places.size(); ++i) {
          types_.assignment(s.places[i], s.values[i]);
        }
        return;
      case Stmt::Kind::kIf:
        types_.condition(s.condition);
        block(s.then_block);
        block(s.else_block);
        return;
      case Stmt::Kind::kAssert:
        if (!has(p_.properties, s.property)) {
          wrong("the property of an assertion does not exist");
        } else if (p_.properties[static_cast<std::size_t>(s.property)].kind !=
                   Property::Kind::kAsserts) {
          wrong("an assertion names a property that is not of kind asserts");
        }
        types_.condition(s.condition);
        text(s.text);
        return;
      case Stmt::Kind::kCover:
        if (!has(p_.goals, s.goal)) wrong("a covered goal does not exist");
        types_.condition(s.condition);
        return;
      case Stmt::Kind::kCount:
        if (!has(p_.counters, s.counter)) wrong("a counter does not exist");
        types_.condition(s.condition);
        return;
      case Stmt::Kind::kFail: text(s.text); return;
      case Stmt::Kind::kFence: return;
    }
  }

  void text(const Text& x) {
    for (const Text::Piece& piece : x.pieces) {
      if (!piece.value) continue;
      domain(piece.domain, "a value in a text");
      types_.expr(piece.value);
    }
  }

  const Program& p_;
  TypeChecker types_;
  std::vector<Mistake> mistakes_;
  Mistake::Form form_ = Mistake::Form::kSort;
  int index_ = 0;
  long slots_ = 0;
  const std::vector<Choice> no_choices_;
  std::unordered_set<std::string> sort_names_, variable_names_, cache_names_, goal_names_,
      counter_names_, property_names_;
  std::set<std::pair<std::string, int>> process_names_;
};

}  // namespace

std::vector<Mistake> find_mistakes(const Program& p) { return Checker(p).run(); }

std::vector<std::string> validate(const Program& p) {
  std::vector<std::string> out;
  for (const Mistake& m : find_mistakes(p)) {
    const auto i = static_cast<std::size_t>(m.index);
    std::string where;
    switch (m.form) {
      case Mistake::Form::kSort: where = "sort " + p.sorts[i].name; break;
      case Mistake::Form::kVariable: where = "variable " + p.variables[i].name; break;
      case Mistake::Form::kProcess: where = "process " + p.processes[i].name; break;
      case Mistake::Form::kCache: where = "cache " + p.caches[i].name; break;
      case Mistake::Form::kProperty: where = "property " + p.properties[i].name; break;
      case Mistake::Form::kGoal: where = "goal " + p.goals[i].name; break;
      case Mistake::Form::kCounter: where = "counter " + p.counters[i].name; break;
      case Mistake::Form::kStep:
        where = "step " + std::to_string(i) + " (" + p.steps[i].name + ")";
        break;
    }
    out.push_back(where + ": " + m.phrase);
  }
  return out;
}

}  // namespace stalemate::ir
