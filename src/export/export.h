// A Program as text for another model checker: SPIN, Rumur or TLC.
//
// One step of the Program with one choice of values is one atomic transition there, and a state
// holds the variables of the Program and nothing else.  So the other checker finds as many states
// and as many transitions as an exploration of the Program, unless it stops at an error first.
// Assertions and invariants are exported.  A model error (a value outside its domain, a bad index,
// `fail`, division by zero) is an error there.  What needs the whole state graph is left out and
// named in the header of the text: that no process is stuck for good, goals, counters.
// docs/export.md is the guide.  Tested by tests/export/run.py.
#ifndef STALEMATE_EXPORT_EXPORT_H_
#define STALEMATE_EXPORT_EXPORT_H_

#include <stdexcept>
#include <string>
#include <vector>

#include "ir/ir.h"

namespace stalemate::exporter {

struct Subject {
  const ir::Program& program;
  std::vector<int> properties;     // in Program::properties, those to export
  std::vector<std::string> title;  // lines for the header: where the Program comes from
};

// The language has no way to say this.
struct Unsupported : std::runtime_error {
  using std::runtime_error::runtime_error;
};

// These throw Unsupported.
std::string to_promela(const Subject& subject);
std::string to_murphi(const Subject& subject);
// `module` has to be the name of its file without ".tla"; see is_module_name().
std::string to_tla(const Subject& subject, const std::string& module);
// The configuration that TLC wants next to the module.
std::string tla_configuration(const Subject& subject);

bool is_module_name(const std::string& word);
// A word that may name a TLA+ module, or an identifier of any of the languages, made from any text.
std::string identifier(const std::string& text);

}  // namespace stalemate::exporter

#endif  // STALEMATE_EXPORT_EXPORT_H_
