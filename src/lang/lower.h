// Lowering: from the checked tree to the IR.
//
// Everything is inlined and instantiated: a thread on two CPUs becomes two processes, a fn becomes
// the code of each of its calls.  Control becomes a graph of nodes.  A node is either a point
// where something visible happens (its edges are atomic steps), or silent: code over values that
// only this process sees, executed at the end of the step that leads to it.  So local bookkeeping
// adds no states.  docs/language.md, "Steps", tells the rules users see.
//
// Private to lower_*.cc; the entry point is lower() below.
#ifndef STALEMATE_LANG_LOWER_H_
#define STALEMATE_LANG_LOWER_H_

#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/diagnostic.h"
#include "ir/ir.h"
#include "lang/unit.h"

namespace stalemate::lang {

// The IR of a checked unit for one configuration; nothing after errors.
std::optional<ir::Program> lower(const Unit& unit, const Configuration& configuration,
                                 const Checked& checked, Diagnostics& diagnostics);

// Scalars of a value of some type, in the order of Types::leaves().
struct Value {
  const Type* type = nullptr;
  std::vector<ir::ExprRef> scalars;
};

// A variable or a part of one: per leaf the IR variable and the indices fixed so far.
struct LeafPlace {
  int variable = -1;
  std::vector<ir::ExprRef> index;
  std::vector<ir::Domain> rest;  // inner dims not yet fixed
  std::string path;              // field path not yet walked, ".frame"
  ir::Domain domain;
};
struct PlaceRef {
  const Type* type = nullptr;
  std::vector<LeafPlace> leaves;
  std::string name;                  // as the trace shows it: "ptl[P]"
  std::vector<const Type*> through;  // what is stored here passes functions with these results
  bool mem = false;
};

// What a local name stands for: a value, or (a ref, a local that changes) a place.
struct Binding {
  bool is_place = false;
  Value value;
  Value given;  // of an argument: with the type it had before it became one
  PlaceRef place;
};
// In the order of declaration: code is compiled in this order, and must come out the same each time.
struct DeclaredBefore {
  bool operator()(const Local* a, const Local* b) const { return a->order < b->order; }
};
using Env = std::map<const Local*, Binding, DeclaredBefore>;

// One alternative of an atomic piece of code while it is built.
struct Alternative {
  Env env;
  std::vector<ir::Choice> choices;
  std::vector<ir::ExprRef> guard;
  ir::Block body;
  bool wrote = false;           // something was written: no guard may follow
  bool relies_on_copy = false;  // fires only because a copy happens to be held
  std::string waits;            // label of what its guard waits for: "lock"
  std::set<const Decl*> used;   // single caches this step has used
  // What a guard after the fill of a single cache has to read instead: see before_fills().
  std::vector<std::pair<ir::ExprRef, ir::ExprRef>> kept;  // a kept value, and what it was read from
  std::vector<std::pair<int, std::vector<ir::ExprRef>>> filled;  // copies that are held since then
  std::string note;  // added to what the trace shows: the trap taken
};

struct Edge {
  std::string name;
  ir::Text text;
  std::vector<ir::Choice> choices;
  ir::ExprRef guard;
  ir::Block body;  // ends in jump() statements
  ir::StepKind kind = ir::StepKind::kProgram;
  bool relies_on_copy = false;
  std::string waits;  // label of what the guard waits for
  bool rest = false;  // waiting for this edge for ever is allowed
  std::string module;
  Span span;
  std::vector<Span> calls;  // of the functions that it stands in
};

struct Node {
  bool built = false;  // its code is known; a built node without edges never goes on
  bool silent = false;
  ir::Block code;           // silent: ends in jump() statements
  std::vector<Edge> edges;  // not silent
  std::string name;
  bool final = false, rest = false;
  Span span;
};

}  // namespace stalemate::lang

#endif  // STALEMATE_LANG_LOWER_H_
