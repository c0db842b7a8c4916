// What a step does, reduced to what the target languages have in common.
//
// Every way to a model error is an explicit condition here, goals and counters are gone, and an
// assignment says which of its operands have to be read before it writes anything.
#ifndef STALEMATE_EXPORT_ACTION_H_
#define STALEMATE_EXPORT_ACTION_H_

#include <string>
#include <vector>

#include "ir/ir.h"

namespace stalemate::exporter {

struct Write {
  ir::Place place;
  ir::ExprRef value;
  // An earlier write of the same assignment may change what these read, or an index reads the array
  // that it is of, which SPIN refuses.
  bool value_first = false;
  std::vector<bool> index_first;
};

struct Action {
  enum class Kind {
    kCheck,   // it is a model error when the condition is false; nothing after it is executed
    kAssert,  // the property is violated when the condition is false
    kAssign,
    kIf,
  };
  Kind kind = Kind::kAssign;
  ir::ExprRef condition;                       // all but kAssign
  std::string message;                         // kCheck
  int property = -1;                           // kAssert
  std::vector<Write> writes;                   // kAssign
  std::vector<Action> then_block, else_block;  // kIf
};
using Actions = std::vector<Action>;

// A step for all of its choices, or for one.
struct Move {
  ir::ExprRef defined;  // the guard has a value
  ir::ExprRef guard;    // to be looked at where it is defined only
  Actions body;
};

// `properties`: the assertions to keep.  Throws Unsupported.
Move move_of(const ir::Program& p, const ir::Step& step, const std::vector<int>& properties);
// The move with values for the choices.
Move bind(const Move& move, const std::vector<ir::Value>& choices);

}  // namespace stalemate::exporter

#endif  // STALEMATE_EXPORT_ACTION_H_
