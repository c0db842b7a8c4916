#include "export/imperative.h"

#include <algorithm>

namespace stalemate::exporter {

namespace {

// What an index is: a number, where a truth value is none.
ir::Domain numbers(const ir::Domain& d) {
  if (d.kind != ir::Domain::Kind::kBool) return d;
  return {ir::Domain::Kind::kRange, d.lo, d.hi, -1};
}

}  // namespace

std::string Imperative::statements(const Actions& actions, const std::string& indent) {
  std::string out;
  for (const Action& a : actions) {
    switch (a.kind) {
      case Action::Kind::kCheck:
        out += indent + check(condition(a.condition), a.message) + "\n";
        break;
      case Action::Kind::kAssert:
        out += indent +
               assertion(condition(a.condition),
                         p_.properties[static_cast<std::size_t>(a.property)].name) +
               "\n";
        break;
      case Action::Kind::kAssign:
        assign(a, indent, out);
        break;
      case Action::Kind::kIf: {
        const Branches& words = branches();
        out += indent + words.open + condition(a.condition) + words.then + "\n" +
               statements(a.then_block, indent + "  ");
        if (a.else_block.empty()) {
          if (*words.no_otherwise != '\0') out += indent + words.no_otherwise + "\n";
        } else {
          out += indent + words.otherwise + "\n" + statements(a.else_block, indent + "  ");
        }
        out += indent + words.close + "\n";
        break;
      }
    }
  }
  const bool empty = std::all_of(actions.begin(), actions.end(),
                                 [](const Action& a) { return a.kind == Action::Kind::kAssert; });
  if (empty && !nothing().empty()) out += indent + nothing() + "\n";
  return out;
}

void Imperative::assign(const Action& a, const std::string& indent, std::string& out) {
  std::string writes;
  const auto early = [&](const std::string& value, const ir::Domain& domain) {
    const std::string name = temporary(domain);
    out += indent + assignment(name, value) + "\n";
    return name;
  };
  for (const Write& w : a.writes) {
    const ir::Variable& v = p_.variables[static_cast<std::size_t>(w.place.variable)];
    std::string what = value(w.place.variable, w.value);
    if (w.value_first) what = early(what, v.domain);
    std::vector<std::string> at;
    for (std::size_t i = 0; i < w.place.index.size(); ++i) {
      at.push_back(index(w.place.variable, i, w.place.index[i]));
      if (w.index_first[i]) at.back() = early(at.back(), numbers(v.dims[i]));
    }
    writes += indent + assignment(element(w.place.variable, at), what) + "\n";
  }
  out += writes;
}

}  // namespace stalemate::exporter
