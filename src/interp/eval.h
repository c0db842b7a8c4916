// Evaluation of IR on plain values: the meaning of a Program, as directly as C++ can say it.
// Tested by tests/unit/interp/eval_test.cc.
#ifndef STALEMATE_INTERP_EVAL_H_
#define STALEMATE_INTERP_EVAL_H_

#include <functional>
#include <stdexcept>
#include <string>
#include <vector>

#include "ir/ir.h"
#include "verdict/verdict.h"

namespace stalemate::interp {

// The model did something meaningless (index out of range, value out of its domain, ...).
struct ModelError : std::runtime_error {
  ModelError(const std::string& what, Span where)
      : std::runtime_error(what), span(std::move(where)) {}
  Span span;
};

using Choices = std::vector<ir::Value>;

State initial_state(const ir::Program& p);

// Value of an expression; throws ModelError.
int evaluate(const ir::Program& p, const ir::ExprRef& e, const State& s, const Choices& choices);
// All that a property asks of states, to see whether that is a model error.
void evaluate_conditions(const ir::Program& p, const ir::Property& property, const State& s);

// Text with its holes filled from the state.
std::string render(const ir::Program& p, const ir::Text& t, const State& s, const Choices& choices);

struct Violation {
  int property = -1;
  std::string message;
};

// What firing a step did besides changing the state.
struct Effects {
  std::vector<Violation> violations;
  std::vector<int> goals;
  std::vector<int> counted;  // counters, once for each occurrence
};

// Is the step enabled for these choices?
bool enabled(const ir::Program& p, const ir::Step& step, const State& s, const Choices& choices);
// Executes the body on `s`.  `executed`, if it is there, sees each statement that is.
Effects fire(const ir::Program& p, const ir::Step& step, State& s, const Choices& choices,
             const std::function<void(const ir::Stmt&)>& executed = {});

// Calls `visit` for every combination of choices of the step, in order.
void for_each_choice(const ir::Step& step, const std::function<void(const Choices&)>& visit);

// Runs the events from the initial state, checking that each is enabled; fills trace.states.
// Throws ModelError when an event is not enabled.  Returns the effects of the last event.
Effects replay(const ir::Program& p, Trace& trace);

}  // namespace stalemate::interp

#endif  // STALEMATE_INTERP_EVAL_H_
