// A model with everything it imports, and one configuration of it.
#ifndef STALEMATE_LANG_UNIT_H_
#define STALEMATE_LANG_UNIT_H_

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/diagnostic.h"
#include "lang/ast.h"
#include "lang/types.h"

namespace stalemate::lang {

// Parsed files: the model first, then its imports, each once, then the machine profile.
struct Unit {
  std::vector<std::unique_ptr<File>> files;
  const Decl* profile = nullptr;  // the `machine` declaration of the profile
};

// One configuration: what a variant, a machine and the command line chose.
struct Configuration {
  int cpus = 2;
  std::string machine;
  std::map<std::string, const Expr*> params;  // values by name; null never
  std::vector<std::string> properties;        // to compile, by name
  std::vector<std::string> reaches;           // steps and goals that must be reached
  bool counting = false;                      // compile the counters, and no property or goal
};

// Names resolved and types known, for one configuration.
struct Checked {
  Types types;
  std::map<std::string, Decl*> globals;
  std::map<const Decl*, long> param_values;
  std::vector<Decl*> variables, inits, threads, handlers, traps, rules, caches, hooks, properties,
      goals, counters;
};

// Checks every declaration of the unit, used or not, and annotates the tree.  After errors the
// result is not fit for lowering.
void check(Unit& unit, const Configuration& configuration, Checked& out, Diagnostics& diagnostics);

}  // namespace stalemate::lang

#endif  // STALEMATE_LANG_UNIT_H_
