// A rule for each step, in a ruleset for its choices.
#include <algorithm>
#include <functional>

#include "export/defined.h"
#include "export/export.h"
#include "export/imperative.h"
#include "export/remark.h"

namespace stalemate::exporter {

namespace {

const std::vector<ir::Choice> kNoChoices;

constexpr Signs kSigns = {"true", "false", "!", "&", "|", "=", "!=", true};

class Murphi : public Imperative {
 public:
  Murphi(const Subject& subject, Identifiers& ids)
      : Imperative(subject.program, ids, kSigns), subject_(subject), names_(ids.names()) {
    for (const ir::Sort& s : p_.sorts) types_.push_back(names_.fresh(s.name + " t"));
  }

  std::string all() {
    std::string out;
    for (const std::string& line : header(subject_))
      out += line.empty() ? "--\n" : "-- " + line + "\n";
    out +=
        "--\n-- rumur --deadlock-detection off --symmetry-reduction off --output model.c FILE\n"
        "-- cc -std=c11 -O2 -mcx16 -o model model.c -lpthread -latomic && ./model\n";
    out += constants() + types() + variables() + start();
    for (const ir::Step& step : p_.steps) out += rule(step);
    return out + properties();
  }

  std::string element(int variable, const std::vector<std::string>& index) const override {
    std::string out = ids_.variable(variable);
    for (const std::string& i : index) out += "[" + i + "]";
    return out;
  }

 protected:
  std::string choose(const std::string& condition, const std::string& then,
                     const std::string& otherwise) const override {
    return "(" + condition + " ? " + then + " : " + otherwise + ")";
  }
  std::string temporary(const ir::Domain& domain) override {
    const std::string name = local_.fresh("early");
    declared_ += "    var " + name + ": " + type_of(domain) + ";\n";
    return name;
  }
  std::string assignment(const std::string& place, const std::string& value) const override {
    return place + " := " + value + ";";
  }
  std::string check(const std::string& condition, const std::string& message) const override {
    return "assert \"model error: " + plain(message) + "\" " + condition + ";";
  }
  std::string assertion(const std::string& condition, const std::string& property) const override {
    return "assert \"" + plain(property) + "\" " + condition + ";  -- property " + plain(property);
  }
  std::string nothing() const override { return ""; }
  const Branches& branches() const override {
    static constexpr Branches kWords = {"if ", " then", "else", "", "end;"};
    return kWords;
  }

 private:
  std::string constants() const {
    std::string out;
    const auto list = [&out](const std::string& title, const std::vector<Constant>& all) {
      if (!all.empty()) out += "-- " + plain(title) + "\n";
      for (const Constant& c : all)
        out += "const " + c.name + ": " + std::to_string(c.value) + ";\n";
    };
    out += "\nconst " + ids_.none() + ": -1;\n";
    for (std::size_t i = 0; i < p_.sorts.size(); ++i) {
      list(p_.sorts[i].name, ids_.members(static_cast<int>(i)));
    }
    for (std::size_t i = 0; i < p_.processes.size(); ++i) {
      const auto control = static_cast<std::size_t>(p_.processes[i].control);
      list("locations of " + p_.variables[control].name, ids_.locations(static_cast<int>(i)));
    }
    return out;
  }

  static std::string range(int lo, int hi) {
    return std::to_string(lo) + ".." + std::to_string(hi);
  }

  std::string types() const {
    std::string out = "\n";
    for (std::size_t i = 0; i < p_.sorts.size(); ++i) {
      out += "type " + types_[i] + ": " +
             range(0, static_cast<int>(p_.sorts[i].members.size()) - 1) + ";\n";
    }
    return out;
  }

  std::string type_of(const ir::Domain& d) const {
    if (d.kind == ir::Domain::Kind::kBool) return "boolean";
    const bool sort = d.kind == ir::Domain::Kind::kSort;
    return sort ? types_[static_cast<std::size_t>(d.sort)] : range(d.lo, d.hi);
  }

  // Indices are numbers, those of a `bool` dimension too.
  std::string index_type(const ir::Domain& d) const {
    return d.kind == ir::Domain::Kind::kBool ? range(0, 1) : type_of(d);
  }

  std::string variables() const {
    std::string out = "\n";
    for (std::size_t i = 0; i < p_.variables.size(); ++i) {
      const ir::Variable& v = p_.variables[i];
      const std::string& name = ids_.variable(static_cast<int>(i));
      out += "var " + name + ": ";
      for (const ir::Domain& d : v.dims) out += "array [" + index_type(d) + "] of ";
      out += type_of(v.domain) + ";";
      if (name != v.name) out += "  -- " + plain(v.name);
      out += "\n";
    }
    return out;
  }

  std::string start() const {
    std::string out = "\nstartstate \"initial\"\nbegin\n";
    for (std::size_t i = 0; i < p_.variables.size(); ++i) {
      const ir::Variable& v = p_.variables[i];
      for (int e = 0; e < v.elements(); ++e) {
        std::vector<std::string> index(v.dims.size());
        int rest = e;
        for (std::size_t d = v.dims.size(); d-- > 0;) {
          const ir::Domain& dim = v.dims[d];
          index[d] = this->index(static_cast<int>(i), d, ir::constant(dim.lo + rest % dim.size()));
          rest /= dim.size();
        }
        out += "  " + element(static_cast<int>(i), index) + " := " +
               value(static_cast<int>(i), ir::constant(v.init[static_cast<std::size_t>(e)])) +
               ";\n";
      }
    }
    return out + "end;\n";
  }

  std::string rule(const ir::Step& step) {
    local_ = Names(&names_);
    std::vector<std::string> choices;
    std::string parameters;
    for (const ir::Choice& c : step.choices) {
      choices.push_back(local_.fresh(c.name));
      parameters += (parameters.empty() ? "" : "; ") + choices.back() + ": " + type_of(c.domain);
    }
    enter(step.choices, choices);
    const Move move = move_of(p_, step, subject_.properties);
    std::string rules = guarded(step.name, ir::all_of({move.defined, move.guard}), move.body);
    if (!ir::is_const(move.defined, 1)) {
      rules += "  rule \"model error: no value of the guard of " + plain(step.name) + "\"\n    !(" +
               condition(move.defined) + ")\n  ==> begin error \"model error\"; end;\n";
    }
    if (!parameters.empty()) rules = "ruleset " + parameters + " do\n" + rules + "end;\n";
    return "\n-- " + remark(p_, step) + "\n" + rules;
  }

  std::string guarded(const std::string& name, const ir::ExprRef& guard, const Actions& body) {
    std::string terms;
    for (const std::string& term : conjuncts(guard))
      terms += (terms.empty() ? "    " : "\n    & ") + term;
    declared_.clear();
    const std::string statements = this->statements(body, "    ");
    return "  rule \"" + plain(name) + "\"\n" + terms + "\n  ==>\n" + declared_ + "  begin\n" +
           statements + "  end;\n";
  }

  std::string properties() {
    std::string out = "\n";
    enter({}, {});
    for (const int i : invariants(subject_)) {
      const ir::Property& property = p_.properties[static_cast<std::size_t>(i)];
      const ir::ExprRef defined = Defined(p_, kNoChoices).expression(property.condition);
      if (!ir::is_const(defined, 1)) {
        out += "invariant \"model error: no value of " + plain(property.name) + "\" " +
               condition(defined) + ";\n";
      }
      out += "invariant \"" + plain(property.name) + "\" " +
             condition(ir::any_of({ir::negate(defined), property.condition})) + ";  -- property " +
             plain(property.name) + "\n";
    }
    return out;
  }

  const Subject& subject_;
  Names& names_;
  std::vector<std::string> types_;  // of the sorts
  Names local_;                     // of the rule being written
  std::string declared_;            // local variables of the rule being written
};

}  // namespace

std::string to_murphi(const Subject& subject) {
  Identifiers ids(subject.program);
  return Murphi(subject, ids).all();
}

}  // namespace stalemate::exporter
