// The intermediate representation: a finite state layout and a list of guarded atomic steps.
//
// Everything that decides a verdict works on this and on nothing else.  A Program is ground: every
// function is inlined, every thread and rule is instantiated for each CPU and each parameter.
// There is no hidden control: a thread's position is an ordinary variable, interrupt preemption is
// a conjunct of the guards of the interrupted process, and a stale-copy cache is a set of boolean
// variables with fill steps.  So the meaning of a Program is one sentence:
//
//   a step may fire, for one choice of values, when its guard holds; firing executes its body,
//   statement by statement, on a copy of the state, and the copy is the next state.
//
// The text form (dump.h, parse.h) holds all of this and parses back to an equal Program.
// docs/ir.md is the reference.
#ifndef STALEMATE_IR_IR_H_
#define STALEMATE_IR_IR_H_

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/source.h"

namespace stalemate::ir {

// All values are small integers.  bool: 0, 1.  enum or index type: position of the member.
// `none` of an optional: -1.
using Value = std::int16_t;
constexpr Value kNone = -1;

// An enumeration or an index type.  The members of a symmetric sort are interchangeable as far as
// the type system can tell; whether the program really is symmetric is decided by a check on its
// steps.  Sort 0 is always the CPUs.
struct Sort {
  std::string name;
  std::vector<std::string> members;
  bool symmetric = false;
};

struct Domain {
  enum class Kind : std::uint8_t { kBool, kRange, kSort, kOption };
  Kind kind = Kind::kBool;
  Value lo = 0;  // smallest value, kNone for an option
  Value hi = 1;  // largest value
  int sort = -1;  // for kSort and kOption

  int size() const { return hi - lo + 1; }
  bool contains(long v) const { return v >= lo && v <= hi; }
  bool operator==(const Domain&) const = default;
};

enum class Space : std::uint8_t {
  kShared,   // `var`: sequentially consistent by definition
  kMemory,   // `mem`: obeys the memory order of the machine
  kGhost,    // seen by properties only
  kLocal,    // private to one process; the lowest value of its domain wherever it is dead
  kControl,  // position of one process
  kCopy,     // membership bit of a stale-copy cache
};

// A scalar, or an array of scalars in row-major order.
struct Variable {
  std::string name;          // unique; a field of a struct is "pte.frame"
  std::vector<Domain> dims;  // index domains; empty for a scalar
  Domain domain;
  std::vector<Value> init;   // one value per element
  Space space = Space::kShared;
  int process = -1;          // owner, for kLocal and kControl
  int location = -1;         // kMemory: variables of one location group and equal leading indices
                             // are one memory location (a struct is read and written whole)
  int location_dims = 0;     // kMemory: how many leading dims select the location
  std::string display;       // how the trace names it: "I${0}[{1}]"; empty: not shown
  int first = 0;             // slot of element 0, set by Program::finish()

  int elements() const;
};

struct Expr;
using ExprRef = std::shared_ptr<const Expr>;

enum class Op : std::uint8_t {
  kConst,   // value
  kRead,    // variable[args...]; an index outside its domain is a model error
  kChoice,  // value = position in Step::choices
  kNot, kAnd, kOr,  // kAnd, kOr: any number of args, left to right, stop at the first decision
  kIte,             // args: condition, then, else; evaluates only the branch taken
  kEq, kNe, kLt, kLe,
  kAdd, kSub, kMul, kDiv, kMod,  // on wide integers; division by zero is a model error
};

// What a memory access is; means nothing under sequential consistency.  A load sees the stores of
// its own CPU first, a table walk or a fetch need not, and a property sees what is coherent.
enum class Order : std::uint8_t { kPlain, kAcquire, kRelease, kWalk, kObserve };

struct Expr {
  Op op = Op::kConst;
  int value = 0;
  int variable = -1;
  Order order = Order::kPlain;  // for kRead of a kMemory variable
  std::vector<ExprRef> args;
};

// Constructors; they fold constants, so that equal conditions look equal.
ExprRef constant(int value);
ExprRef read(int variable, std::vector<ExprRef> index = {}, Order order = Order::kPlain);
ExprRef choice(int position);
ExprRef negate(ExprRef a);
ExprRef all_of(std::vector<ExprRef> terms);  // true for no terms
ExprRef any_of(std::vector<ExprRef> terms);  // false for no terms
ExprRef ite(ExprRef condition, ExprRef then, ExprRef otherwise);
ExprRef binary(Op op, ExprRef a, ExprRef b);
bool is_const(const ExprRef& e);                  // a kConst
bool is_const(const ExprRef& e, int value);       // a kConst of this value
bool equal(const ExprRef& a, const ExprRef& b);   // structurally

// Text with holes: literal pieces, and values printed with the member names of their domain.
struct Text {
  struct Piece {
    std::string literal;  // when value is null
    ExprRef value;
    Domain domain;        // of value
  };
  std::vector<Piece> pieces;
};

struct Place {
  int variable = -1;
  std::vector<ExprRef> index;
  Order order = Order::kPlain;
};

struct Stmt;
using Block = std::vector<Stmt>;

struct Stmt {
  enum class Kind : std::uint8_t {
    kAssign,  // all right-hand sides and indices are evaluated, then all places are written; a
              // value outside the domain of its place is a model error
    kIf,      // condition, then_block, else_block
    kAssert,  // property `property` is violated when condition is false; the run goes on
    kCover,   // goal `goal` is reached when condition holds
    kCount,   // one occurrence of what `counter` counts, when condition holds
    kFail,    // a model error: `text` says what the model did wrong
    kFence,   // orders memory accesses of this process; `fence` names it; nothing under sc
  };
  Kind kind = Kind::kAssign;
  std::vector<Place> places;     // kAssign
  std::vector<ExprRef> values;   // kAssign
  ExprRef condition;             // kIf, kAssert, kCover, kCount
  Block then_block, else_block;  // kIf
  int property = -1;             // kAssert
  int goal = -1;                 // kCover
  int counter = -1;              // kCount
  Text text;                     // kAssert: message, kFail: message
  std::string fence;             // kFence
  Span span;                     // not part of the text form
};

struct Choice {
  std::string name;
  Domain domain;
};

enum class StepKind : std::uint8_t {
  kProgram,      // a thread or a handler executes
  kEntry,        // an interrupt is taken, with or without the first step of its handler
  kEventual,     // the machine does this at some time: a drain, a completion
  kSpeculative,  // the machine may do this and may never do it
};
// Program steps and entries count as program steps of a trace, the others as environment steps.
inline bool is_program(StepKind k) { return k == StepKind::kProgram || k == StepKind::kEntry; }

// Slots of the state that a step may read or write, ascending; computed by Program::finish().
// Accesses of memory locations are listed apart: a memory order needs them.
struct Footprint {
  std::vector<int> reads;
  std::vector<int> writes;
};

struct Step {
  std::string name;  // event or rule name of the source: "set_pte", "prefetch"
  Text text;         // what the trace shows, evaluated in the state before the step
  StepKind kind = StepKind::kProgram;
  int process = -1;  // kProgram, kEntry
  int cpu = -1;      // column of the trace; -1: none
  int from = -1;     // location of the process; the guard contains control == from
  std::vector<Choice> choices;  // all combinations are tried, in order
  ExprRef guard;                // over the state and the choices; no side effects
  Block body;
  int fills = -1;    // the cache whose copy this step fills; such a step is kSpeculative
  bool relies_on_copy = false;  // enabled only while a stale copy happens to be held: the hardware
                                // may have lost it, so nothing may rely on this step for progress
  std::string waits;        // a word for what the guard waits for: "lock", "ack"; may be empty
  std::string rule;         // kEventual: steps with one name are alternatives of one thing that the
                            // machine does at some time; empty: the step is a thing of its own
  std::string module;       // file the step was written in, relative to its root: "lib/mm.flush"
  Span span;                // not part of the text form
  std::vector<Span> calls;  // of functions that it stands in, the innermost first; nor these
  Footprint footprint;
};

struct Location {
  std::string name;
  bool final = false;  // the process is done here
  bool rest = false;   // waiting here for ever is allowed
};

enum class Role : std::uint8_t { kThread, kInterrupt, kNmi };

struct Process {
  std::string name;  // "user", "call_function"
  int cpu = 0;
  Role role = Role::kThread;
  int level = 0;     // 0 for threads; a higher level preempts a lower one
  int control = -1;  // the kControl variable; location 0 of a handler is "not active"
  std::vector<Location> locations;
};

// A stale-copy cache: cell[index] may hold any value its source had, while the gate was open,
// since it was last dropped.  `held` has the dims index ++ value fields and is of Space::kCopy.
struct Cache {
  std::string name;
  int held = -1;
  int index_dims = 0;    // how many leading dims of `held` are the index
  bool single = false;   // a cell holds at most one value, and fills when it is empty
};

// Wherever `from` holds, `to` holds there or later, in each weakly fair run.
struct LeadsTo {
  ExprRef from, to;
  Text text;  // message
};

struct Property {
  enum class Kind : std::uint8_t {
    kAsserts,    // kAssert statements name it
    kInvariant,  // `condition` holds in every reachable state
    kNoStuck,    // no process is stuck for good
    kLeadsTo,    // each of `leads` holds
  };
  std::string name;
  Kind kind = Kind::kAsserts;
  ExprRef condition;  // kInvariant
  Text text;          // kInvariant: message
  std::string story;
  std::vector<int> watches;  // goals that must all be reached for the property to mean anything:
                             // the events it judges; none: always meaningful
  std::vector<ExprRef> when;  // kNoStuck: per process, while what holds it must not get stuck: where
                              // it does not hold, the process is fine; none: it always holds.
                              // kInvariant: one at most, where the condition could fail
  std::vector<std::string> cycle;  // kNoStuck: violated only where processes wait for each other,
                                   // with each of these labels among their waits (Step::waits)
  std::vector<LeadsTo> leads;      // kLeadsTo: at least one
};

// Something that must happen somewhere in the state graph.
struct Goal {
  // What it is in the model file, for what is asked of every model.
  enum class Kind : std::uint8_t {
    kNamed,      // by the model, a variant or a property
    kArm,        // one way to go on: of an `if`, of a `choose`
    kAssertion,  // it is evaluated where it could fail
    kDelivery,   // a handler interrupts a program between two of its steps
    kTurn,       // the endless loop of the process comes round: this is its progress
  };
  std::string name;
  bool required = false;  // an unmet one makes a safe verdict vacuous
  Kind kind = Kind::kNamed;
  Span span;           // what it is of; not part of the text form
  std::string inside;  // the step or handler whose body that is in; not part of the text form
};

// Something whose occurrences in a run are counted.  Counting changes no state.
struct Counter {
  std::string name;
};

struct Program {
  std::string model;    // title
  std::string machine;  // profile name
  std::string memory_order;    // implemented here: "sc"
  std::string machine_order;   // the order of the machine: "sc", "tso", "weak", ...
  std::vector<std::string> bounds;  // approximations and bounds in force, one phrase each
  std::vector<Sort> sorts;
  std::vector<Variable> variables;
  std::vector<Process> processes;
  std::vector<Cache> caches;
  std::vector<Property> properties;
  std::vector<Goal> goals;
  std::vector<Counter> counters;
  std::vector<std::string> may_be_unreached;  // names of steps begin so; not in the text
  std::vector<Step> steps;  // in the order that breaks ties between traces of equal length

  int slots = 0;  // size of a state, set by finish()

  int cpus() const { return static_cast<int>(sorts.at(0).members.size()); }
  // Sets Variable::first, slots and all footprints.  Call once after construction.
  void finish();
  const Variable& variable_at(int slot) const;
  // Name of one slot as the text form writes it: "pte.frame[P]".
  std::string slot_name(int slot) const;
  // A value with its member name: "true", "new", "P", "none", "3".
  std::string value_name(const Domain& domain, int value) const;
};

// Is one of these goals that an endless loop turns?
bool any_turn(const Program& p, const std::vector<int>& goals);

// Slots of one place or read; all elements that a computed index may select.
void add_slots(const Program& p, int variable, const std::vector<ExprRef>& index,
               const std::vector<Choice>& choices, std::vector<int>& slots);

}  // namespace stalemate::ir

#endif  // STALEMATE_IR_IR_H_
