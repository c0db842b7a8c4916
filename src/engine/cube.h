// The steps of a Program as tests and writes of bits of a packed state.
//
// A cube is one way in which a step, for one choice of values, may fire: it fires in the states
// that have `value` under `mask`, and then puts `set` under `clear`.  The cubes of a step and a
// choice are disjoint: in any state at most one of them fires.  A step that would take too many
// cubes becomes a general one, which is evaluated (general.h). Tested by
// tests/unit/engine/cube_test.cc: all cubes against the reference interpreter.
#ifndef STALEMATE_ENGINE_CUBE_H_
#define STALEMATE_ENGINE_CUBE_H_

#include <cstdint>
#include <string>
#include <vector>

#include "engine/layout.h"
#include "ir/ir.h"

namespace stalemate::engine {

struct Literal {  // (words[word] & mask) == value
  std::uint32_t word = 0;
  Word mask = 0;
  Word value = 0;
};
struct Write {  // words[word] = (words[word] & ~clear) | set
  std::uint32_t word = 0;
  Word clear = 0;
  Word set = 0;
};

// What firing does besides changing the state.  Interned: many cubes have the same.
struct Outcome {
  std::vector<int> violations;  // properties whose assertion fails, ascending, once each
  std::vector<int> goals;       // reached, ascending, once each
  bool error = false;           // a model error: the state does not change
  bool operator==(const Outcome&) const = default;
};

struct Cube {
  std::vector<Literal> when;  // ascending words, one per word
  std::vector<Write> then;    // ascending words, one per word
  int outcome = 0;            // in Steps::outcomes; 0 is the empty one
  int step = -1;              // in Program::steps
  int choice = 0;             // number of the combination of choices, in order
};

// A condition as a disjunction of cubes (without effects); those of one condition are disjoint.
struct Condition {
  std::vector<std::vector<Literal>> when;
  bool general = false;  // too many cubes: evaluate the expression
};

// One step for one choice of values that has too many cubes.
struct GeneralStep {
  int step = -1;
  int choice = 0;
  std::vector<Literal> when;  // necessary for the guard: what tests it cheaply first
};

struct Steps {
  std::vector<Cube> cubes;           // ascending (step, choice)
  std::vector<GeneralStep> general;  // ascending (step, choice)
  std::vector<Outcome> outcomes;
};

struct CubeLimits {
  int cubes_per_choice = 256;   // more: general
  int work_per_choice = 20000;  // evaluations of the step while its cubes are sought
};

// All steps of the program.  A choice that can never fire has no cube.
Steps compile_steps(const ir::Program& p, const Layout& layout, const CubeLimits& limits = {});
// When `e` (boolean, without choices) is false.  An evaluation that is a model error counts as
// false.
Condition compile_violation(const ir::Program& p, const Layout& layout, const ir::ExprRef& e,
                            const CubeLimits& limits = {});

}  // namespace stalemate::engine

#endif  // STALEMATE_ENGINE_CUBE_H_
