// One process, one `do` loop, and for each step and each choice an option that is a d_step.  SPIN
// counts a d_step as one transition, and the process is at its loop in every state.
#include <algorithm>
#include <cstdint>
#include <functional>

#include "export/defined.h"
#include "export/export.h"
#include "export/imperative.h"
#include "export/remark.h"

namespace stalemate::exporter {

namespace {

// Options that SPIN and the compiler behind it can stand.
constexpr std::size_t kMostOptions = 65536;

const std::vector<ir::Choice> kNoChoices;

constexpr Signs kSigns = {"true", "false", "!", "&&", "||", "==", "!=", false};

class Promela : public Imperative {
 public:
  Promela(const Subject& subject, Identifiers& ids)
      : Imperative(subject.program, ids, kSigns), subject_(subject), names_(ids.names()) {}

  std::string all() {
    const std::string options = steps() + monitors();
    std::string out = "/*\n";
    for (const std::string& line : header(subject_))
      out += line.empty() ? " *\n" : " * " + line + "\n";
    out += " *\n * spin -o2 -a FILE && cc -O2 -DSAFETY -DNOREDUCE -DNOFAIR -DVECTORSZ=" +
           std::to_string(vector_size()) +
           " -o pan pan.c\n * ./pan -m1000000      (SPIN counts the initial state as a "
           "transition)\n */\n";
    out += constants() + variables();
    if (!temporaries_.empty())
      out += "\n/* in no state: values that are read before all is written */\n";
    for (const std::string& t : temporaries_) out += "hidden int " + t + ";\n";
    return out +
           "\nactive proctype model()\n{\nend_model:  /* nothing left to do is no error */\n  "
           "do\n" +
           options + "  od\n}\n";
  }

  std::string element(int variable, const std::vector<std::string>& index) const override {
    const std::string& name = ids_.variable(variable);
    if (index.empty()) return name;
    std::string at;
    for (const std::string& i : index) at += (at.empty() ? "" : ", ") + i;
    return is_plain_array(variable) ? name + "[" + at + "]" : name + "(" + at + ")";
  }

 protected:
  std::string choose(const std::string& condition, const std::string& then,
                     const std::string& otherwise) const override {
    return "(" + condition + " -> " + then + " : " + otherwise + ")";
  }
  std::string temporary(const ir::Domain&) override {
    if (used_ == temporaries_.size()) temporaries_.push_back(names_.fresh("early"));
    return temporaries_[used_++];
  }
  std::string assignment(const std::string& place, const std::string& value) const override {
    return place + " = " + value + ";";
  }
  std::string check(const std::string& condition, const std::string& message) const override {
    return "assert(" + condition + ");  /* model error: " + plain(message) + " */";
  }
  std::string assertion(const std::string& condition, const std::string& property) const override {
    return "assert(" + condition + ");  /* property " + plain(property) + " */";
  }
  std::string nothing() const override { return "skip;"; }
  const Branches& branches() const override {
    static constexpr Branches kWords = {"if :: ", " ->", ":: else ->", ":: else", "fi;"};
    return kWords;
  }

 private:
  const ir::Variable& at(int variable) const {
    return p_.variables[static_cast<std::size_t>(variable)];
  }

  // Others are flat and read through a macro of their name.
  bool is_plain_array(int variable) const {
    const auto& dims = at(variable).dims;
    return dims.size() == 1 && dims[0].lo == 0;
  }

  static std::string definition(const std::string& name, const std::string& meaning) {
    return "#define " + name + " " + meaning + "\n";
  }

  std::string constants() const {
    std::string out;
    const auto list = [&out](const std::string& title, const std::vector<Constant>& all) {
      out += "\n/* " + plain(title) + " */\n";
      for (const Constant& c : all) out += definition(c.name, std::to_string(c.value));
    };
    out += "\n" + definition(ids_.none(), "(-1)");
    for (std::size_t i = 0; i < p_.sorts.size(); ++i) {
      list(p_.sorts[i].name, ids_.members(static_cast<int>(i)));
    }
    for (std::size_t i = 0; i < p_.processes.size(); ++i) {
      const int control = p_.processes[i].control;
      list("locations of " + at(control).name, ids_.locations(static_cast<int>(i)));
    }
    return out;
  }

  static const char* type_of(const ir::Domain& d) {
    if (d.kind == ir::Domain::Kind::kBool) return "bool";
    return d.lo >= 0 && d.hi <= UINT8_MAX ? "byte" : "short";
  }

  std::string variables() const {
    std::string out = "\n";
    for (std::size_t i = 0; i < p_.variables.size(); ++i) {
      const ir::Variable& v = p_.variables[i];
      const int variable = static_cast<int>(i);
      const std::string& name = ids_.variable(variable);
      out += std::string(type_of(v.domain)) + " " + name;
      if (!v.dims.empty()) out += "[" + std::to_string(v.elements()) + "]";
      const bool uniform =
          std::adjacent_find(v.init.begin(), v.init.end(), std::not_equal_to<>()) == v.init.end();
      std::string init;
      for (std::size_t e = 0; e < (uniform ? 1 : v.init.size()); ++e) {
        if (e > 0) init += ", ";
        // A list may not hold a negative number; a short that is given 65535 is -1.
        const int value = v.init[e];
        init += uniform || value >= 0 ? initial(v, value) : std::to_string(value + 65536);
      }
      out += " = " + (uniform ? init : "{" + init + "}") + ";";
      std::string dims;
      for (const ir::Domain& d : v.dims) {
        dims += "[" + std::to_string(d.lo) + ".." + std::to_string(d.hi) + "]";
      }
      out += "  /* " + plain(v.name) + dims + ": " + std::to_string(v.domain.lo) + ".." +
             std::to_string(v.domain.hi) + " */\n";
      if (!v.dims.empty() && !is_plain_array(variable)) out += accessor(name, v);
    }
    return out;
  }

  std::string initial(const ir::Variable& v, int value) const {
    if (v.domain.kind == ir::Domain::Kind::kBool) return value != 0 ? "true" : "false";
    return constant(ir::Hint::of(v), value);
  }

  static std::string accessor(const std::string& name, const ir::Variable& v) {
    std::string parameters, offset;
    for (std::size_t i = 0; i < v.dims.size(); ++i) {
      const std::string parameter = "i" + std::to_string(i + 1);
      parameters += (i == 0 ? "" : ", ") + parameter;
      std::string term = "(" + parameter + ")";
      if (v.dims[i].lo != 0) term = "(" + term + " - (" + std::to_string(v.dims[i].lo) + "))";
      offset = i == 0
                   ? term
                   : "(" + offset + " * " + std::to_string(v.dims[i].size()) + " + " + term + ")";
    }
    return definition(name + "(" + parameters + ")", name + "[" + offset + "]");
  }

  // An upper bound of the bytes of a state.
  int vector_size() const {
    int bytes = 64;
    for (const ir::Variable& v : p_.variables) {
      bytes += v.elements() * (std::string(type_of(v.domain)) == "short" ? 2 : 1) + 4;
    }
    return std::max(1024, bytes);
  }

  std::string steps() {
    std::string out;
    std::size_t options = 0;
    for (const ir::Step& step : p_.steps) {
      const Move move = move_of(p_, step, subject_.properties);
      out += "  /* " + remark(p_, step) + " */\n";
      std::vector<ir::Value> choices;
      for (const ir::Choice& c : step.choices) choices.push_back(c.domain.lo);
      do {
        if (++options > kMostOptions) {
          throw Unsupported("more than " + std::to_string(kMostOptions) +
                            " steps and choices of steps; SPIN wants an option for each of them");
        }
        out += option(step, exporter::bind(move, choices), choices);
      } while (next(step, choices));
    }
    return out;
  }

  // Counts like an odometer, the last choice fastest; false after the last combination.
  static bool next(const ir::Step& step, std::vector<ir::Value>& choices) {
    for (std::size_t i = choices.size(); i-- > 0;) {
      if (choices[i] < step.choices[i].domain.hi) {
        ++choices[i];
        return true;
      }
      choices[i] = step.choices[i].domain.lo;
    }
    return false;
  }

  std::string option(const ir::Step& step, const Move& move,
                     const std::vector<ir::Value>& choices) {
    const ir::ExprRef guard = ir::all_of({move.defined, move.guard});
    std::string chosen;
    for (std::size_t i = 0; i < choices.size(); ++i) {
      chosen += (i == 0 ? "  /* " : ", ") + plain(step.choices[i].name) + " = " +
                plain(p_.value_name(step.choices[i].domain, choices[i]));
    }
    if (!choices.empty()) chosen += " */";
    std::string out;
    if (!ir::is_const(guard, 0)) {
      used_ = 0;
      out += "  :: d_step { " + condition(guard) + " ->" + chosen + "\n" +
             statements(move.body, "       ") + "     }\n";
    }
    return out + undefined(move.defined, "no value of a guard");
  }

  std::string undefined(const ir::ExprRef& defined, const std::string& what) const {
    if (ir::is_const(defined, 1)) return "";
    return "  :: d_step { !(" + condition(defined) +
           ") -> assert(false) }  /* model error: " + what + " */\n";
  }

  // An option that is enabled in states that violate an invariant, and in no others.
  std::string monitors() {
    std::string out;
    for (const int i : invariants(subject_)) {
      const ir::Property& property = p_.properties[static_cast<std::size_t>(i)];
      const ir::ExprRef defined = Defined(p_, kNoChoices).expression(property.condition);
      out += undefined(defined, "no value of an invariant");
      out += "  :: d_step { " + condition(ir::all_of({defined, ir::negate(property.condition)})) +
             " -> assert(false) }  /* property " + plain(property.name) + " */\n";
    }
    return out;
  }

  const Subject& subject_;
  Names& names_;
  std::vector<std::string> temporaries_;
  std::size_t used_ = 0;  // by the option being written
};

}  // namespace

std::string to_promela(const Subject& subject) {
  Identifiers ids(subject.program);
  return Promela(subject, ids).all();
}

}  // namespace stalemate::exporter
