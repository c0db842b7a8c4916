// An action for each step.  A statement is a definition of the new value of each variable that it
// writes: x_2 in terms of x_1.  TLC evaluates a definition when it is used and not before, so that
// nothing is asked of a branch that is not taken.
#include <algorithm>
#include <functional>
#include <map>

#include "export/action.h"
#include "export/defined.h"
#include "export/export.h"
#include "export/remark.h"
#include "export/writer.h"

namespace stalemate::exporter {

namespace {

const std::vector<ir::Choice> kNoChoices;

constexpr Signs kSigns = {"TRUE", "FALSE", "~", "/\\", "\\/", "=", "#", true};

class Tla : public Writer {
 public:
  Tla(const Subject& subject, Identifiers& ids)
      : Writer(subject.program, ids, kSigns), subject_(subject), names_(ids.names()) {}

  std::string all(const std::string& module) {
    std::string out = "---- MODULE " + module + " ----\n";
    for (const std::string& line : header(subject_))
      out += line.empty() ? "\\*\n" : "\\* " + line + "\n";
    out += "\\*\n\\* java -cp tla2tools.jar tlc2.TLC " + module + "      (with " + module +
           ".cfg beside it)\n";
    out +=
        "EXTENDS Integers, TLC\n" + arithmetic() + constants() + variables() + types() + initial();
    std::string next;
    for (const ir::Step& step : p_.steps) out += action(step, next);
    return out + "\nNext ==\n" + (next.empty() ? "  FALSE\n" : next) +
           "\nSpec == Init /\\ [][Next]_vars\n" + properties() + "====\n";
  }

  std::string element(int variable, const std::vector<std::string>& index) const override {
    std::string out = now(variable);
    for (const std::string& i : index) out += "[" + i + "]";
    return out;
  }

 protected:
  std::string choose(const std::string& condition, const std::string& then,
                     const std::string& otherwise) const override {
    return "(IF " + condition + " THEN " + then + " ELSE " + otherwise + ")";
  }
  std::string divide(const std::string& a, const std::string& b) const override {
    return "Quot(" + a + ", " + b + ")";
  }
  std::string remainder(const std::string& a, const std::string& b) const override {
    return "Rem(" + a + ", " + b + ")";
  }

 private:
  // What the variable is called after the statements so far.
  const std::string& now(int variable) const {
    const auto found = current_.find(variable);
    return found == current_.end() ? ids_.variable(variable) : found->second;
  }

  std::string constants() const {
    std::string out;
    const auto list = [&out](const std::string& title, const std::vector<Constant>& all) {
      if (!all.empty()) out += "\\* " + plain(title) + "\n";
      for (const Constant& c : all) out += c.name + " == " + std::to_string(c.value) + "\n";
    };
    out += "\n" + ids_.none() + " == -1\n";
    for (std::size_t i = 0; i < p_.sorts.size(); ++i) {
      list(p_.sorts[i].name, ids_.members(static_cast<int>(i)));
    }
    for (std::size_t i = 0; i < p_.processes.size(); ++i) {
      const auto control = static_cast<std::size_t>(p_.processes[i].control);
      list("locations of " + p_.variables[control].name, ids_.locations(static_cast<int>(i)));
    }
    return out;
  }

  std::string tuple(const std::vector<int>& variables) const {
    std::string out;
    for (const int v : variables) out += (out.empty() ? "" : ", ") + ids_.variable(v);
    return "<<" + out + ">>";
  }

  std::string variables() const {
    std::string out = "\nVARIABLES\n";
    std::vector<int> all;
    for (std::size_t i = 0; i < p_.variables.size(); ++i) {
      all.push_back(static_cast<int>(i));
      const std::string& name = ids_.variable(all.back());
      out += "  " + name + (i + 1 < p_.variables.size() ? "," : "");
      if (name != p_.variables[i].name) out += "  \\* " + plain(p_.variables[i].name);
      out += "\n";
    }
    return out + "\nvars == " + tuple(all) + "\n";
  }

  // Those of TLA+ round down, and divide by no negative number.  They stand before everything else:
  // a parameter may not have the name of anything defined before it.
  static std::string arithmetic() {
    return "\nAbs(a) == IF a < 0 THEN -a ELSE a\n"
           "Quot(a, b) == IF (a < 0) = (b < 0) THEN Abs(a) \\div Abs(b) ELSE -(Abs(a) \\div "
           "Abs(b))\n"
           "Rem(a, b) == a - (b * Quot(a, b))\n";
  }

  static std::string set_of(const ir::Domain& d) {
    if (d.kind == ir::Domain::Kind::kBool) return "BOOLEAN";
    return std::to_string(d.lo) + ".." + std::to_string(d.hi);
  }
  // Indices are numbers, those of a `bool` dimension too.
  static std::string index_set(const ir::Domain& d) {
    return std::to_string(d.lo) + ".." + std::to_string(d.hi);
  }

  std::string types() const {
    std::string out = "\nTypeOK ==\n";
    for (std::size_t i = 0; i < p_.variables.size(); ++i) {
      const ir::Variable& v = p_.variables[i];
      std::string set = set_of(v.domain);
      for (auto d = v.dims.rbegin(); d != v.dims.rend(); ++d) {
        set = "[" + index_set(*d) + " -> " + set + "]";
      }
      out += "  /\\ " + ids_.variable(static_cast<int>(i)) + " \\in " + set + "\n";
    }
    return out;
  }

  std::string initial() const {
    std::string out = "\nInit ==\n";
    for (std::size_t i = 0; i < p_.variables.size(); ++i) {
      const int variable = static_cast<int>(i);
      out += "  /\\ " + ids_.variable(variable) + " = " + function(variable, 0, 0) + "\n";
    }
    return out;
  }

  // The initial value of the part of a variable that begins at this element.
  std::string function(int variable, std::size_t dimension, int first) const {
    const ir::Variable& v = p_.variables[static_cast<std::size_t>(variable)];
    if (dimension == v.dims.size()) {
      return value(variable, ir::constant(v.init[static_cast<std::size_t>(first)]));
    }
    const ir::Domain& d = v.dims[dimension];
    int part = 1;
    for (std::size_t i = dimension + 1; i < v.dims.size(); ++i) part *= v.dims[i].size();
    std::vector<std::string> parts;
    for (int i = 0; i < d.size(); ++i)
      parts.push_back(function(variable, dimension + 1, first + i * part));
    if (std::adjacent_find(parts.begin(), parts.end(), std::not_equal_to<>()) == parts.end()) {
      return "[i" + std::to_string(dimension + 1) + "_ \\in " + index_set(d) + " |-> " + parts[0] +
             "]";
    }
    std::string out;
    for (int i = 0; i < d.size(); ++i) {
      out += (out.empty() ? "(" : " @@ ") + index(variable, dimension, ir::constant(d.lo + i)) +
             " :> " + parts[static_cast<std::size_t>(i)];
    }
    return out + ")";
  }

  // Adds the action to `next`, too.
  std::string action(const ir::Step& step, std::string& next) {
    local_ = Names(&names_);
    const std::string name = names_.fresh(step.name);
    std::string parameters, sets;
    std::vector<std::string> choices;
    for (const ir::Choice& c : step.choices) {
      choices.push_back(local_.fresh(c.name));
      parameters += (parameters.empty() ? "(" : ", ") + choices.back();
      sets += (sets.empty() ? "\\E " : ", ") + choices.back() + " \\in " + set_of(c.domain);
    }
    if (!parameters.empty()) parameters += ")";
    next += "  \\/ " + (sets.empty() ? "" : sets + " : ") + name + parameters + "\n";

    enter(step.choices, choices);
    current_.clear();
    definitions_.clear();
    conditions_.clear();
    asserted_.clear();
    const Move move = move_of(p_, step, subject_.properties);
    std::string out = "\n\\* " + remark(p_, step) + "\n" + name + parameters + " ==\n";
    if (!ir::is_const(move.defined, 1)) {
      out +=
          "  /\\ " + assertion(condition(move.defined), "model error: no value of a guard") + "\n";
    }
    for (const std::string& term : conjuncts(move.guard)) out += "  /\\ " + term + "\n";
    execute(move.body);
    return out + result();
  }

  // New values, in the order of the variables.
  std::string result() const {
    std::string conjuncts = asserted_;
    std::vector<int> unchanged;
    for (std::size_t i = 0; i < p_.variables.size(); ++i) {
      const int variable = static_cast<int>(i);
      if (current_.count(variable) == 0) {
        unchanged.push_back(variable);
      } else {
        conjuncts += "     /\\ " + ids_.variable(variable) + "' = " + now(variable) + "\n";
      }
    }
    if (!unchanged.empty()) conjuncts += "     /\\ UNCHANGED " + tuple(unchanged) + "\n";
    if (definitions_.empty()) return "  /\\\n" + conjuncts;
    return "  /\\ LET\n" + definitions_ + "     IN\n" + conjuncts;
  }

  std::string define(const std::string& base, const std::string& value) {
    const std::string name = local_.fresh(base);
    definitions_ += "       " + name + " == " + value + "\n";
    return name;
  }

  static std::string assertion(const std::string& condition, const std::string& message) {
    return "Assert(" + condition + ", \"" + plain(message) + "\")";
  }

  // Has to hold if this is executed at all.
  void require(const ir::ExprRef& e, const std::string& message, const std::string& comment) {
    std::string path;
    for (const std::string& c : conditions_) path += (path.empty() ? "" : " /\\ ") + c;
    const std::string held = condition(e);
    asserted_ += "     /\\ " +
                 assertion(path.empty() ? held : "(" + path + ") => " + held, message) + comment +
                 "\n";
  }

  void execute(const Actions& actions) {
    for (const Action& a : actions) {
      switch (a.kind) {
        case Action::Kind::kCheck:
          require(a.condition, "model error: " + a.message, "");
          break;
        case Action::Kind::kAssert: {
          const std::string& name = p_.properties[static_cast<std::size_t>(a.property)].name;
          require(a.condition, name, "  \\* property " + plain(name));
          break;
        }
        case Action::Kind::kAssign:
          assign(a);
          break;
        case Action::Kind::kIf:
          branch(a);
          break;
      }
    }
  }

  void assign(const Action& a) {
    // Of each variable, what is different; all in terms of the values before.
    std::map<int, std::string> changes;
    for (const Write& w : a.writes) {
      std::string& change = changes[w.place.variable];
      const std::string new_value = value(w.place.variable, w.value);
      if (w.place.index.empty()) {
        change = new_value;
        continue;
      }
      change += change.empty() ? "!" : ", !";
      for (std::size_t i = 0; i < w.place.index.size(); ++i) {
        change += "[" + index(w.place.variable, i, w.place.index[i]) + "]";
      }
      change += " = " + new_value;
    }
    std::map<int, std::string> after;
    for (const auto& [variable, change] : changes) {
      const bool array = !p_.variables[static_cast<std::size_t>(variable)].dims.empty();
      after[variable] = define(ids_.variable(variable),
                               array ? "[" + now(variable) + " EXCEPT " + change + "]" : change);
    }
    for (const auto& [variable, name] : after) current_[variable] = name;
  }

  void branch(const Action& a) {
    const std::string taken = define("taken", condition(a.condition));
    const std::map<int, std::string> before = current_;
    conditions_.push_back(taken);
    execute(a.then_block);
    const std::map<int, std::string> then = current_;
    current_ = before;
    conditions_.back() = "~" + taken;
    execute(a.else_block);
    conditions_.pop_back();
    for (std::size_t i = 0; i < p_.variables.size(); ++i) {
      const int variable = static_cast<int>(i);
      const auto found = then.find(variable);
      const std::string in_then = found == then.end() ? ids_.variable(variable) : found->second;
      const std::string& in_else = now(variable);
      if (in_then == in_else) continue;
      current_[variable] =
          define(ids_.variable(variable), "IF " + taken + " THEN " + in_then + " ELSE " + in_else);
    }
  }

  std::string properties() {
    std::string out;
    enter({}, {});
    current_.clear();
    for (const int i : invariants(subject_)) {
      const ir::Property& property = p_.properties[static_cast<std::size_t>(i)];
      const ir::ExprRef defined = Defined(p_, kNoChoices).expression(property.condition);
      out +=
          "\n\\* invariant " + plain(property.name) + "\nInvariant" + std::to_string(i) + " ==\n";
      if (!ir::is_const(defined, 1)) {
        out += "  /\\ " + assertion(condition(defined), "model error: no value of an invariant") +
               "\n";
      }
      out += "  /\\ " + condition(property.condition) + "\n";
    }
    return out;
  }

  const Subject& subject_;
  Names& names_;
  // Of the action being written:
  Names local_;
  std::map<int, std::string> current_;   // variables that are not what they were before the step
  std::string definitions_;              // of its LET
  std::string asserted_;                 // conjuncts that are assertions
  std::vector<std::string> conditions_;  // of the branches around the statement being written
};

}  // namespace

std::string to_tla(const Subject& subject, const std::string& module) {
  Identifiers ids(subject.program);
  ids.names().fresh(module);
  return Tla(subject, ids).all(module);
}

std::string tla_configuration(const Subject& subject) {
  std::string out =
      "INIT Init\nNEXT Next\n\\* A state without a step is no error: see the header of the "
      "module.\n"
      "CHECK_DEADLOCK FALSE\nINVARIANT TypeOK\n";
  for (const int i : invariants(subject)) out += "INVARIANT Invariant" + std::to_string(i) + "\n";
  return out;
}

}  // namespace stalemate::exporter
