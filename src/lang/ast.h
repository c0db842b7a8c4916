// Syntax tree, as written; the checker fills in the fields marked "checked".
#ifndef STALEMATE_LANG_AST_H_
#define STALEMATE_LANG_AST_H_

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "base/source.h"

namespace stalemate::lang {

struct Type;  // types.h
struct Decl;
struct Local;

struct Name {
  std::string text;
  Span span;
};

struct Expr;
using ExprPtr = std::unique_ptr<Expr>;
struct TypeExpr;
using TypeExprPtr = std::unique_ptr<TypeExpr>;
struct Stmt;
using StmtPtr = std::unique_ptr<Stmt>;

// "locked by {owner}": literal pieces and expressions.
struct TextPiece {
  std::string literal;
  ExprPtr value;  // null for a literal
};
struct Text {
  Span span;
  std::vector<TextPiece> pieces;
};

struct TypeExpr {
  enum class Kind { kBool, kNamed, kRange, kEnum, kSet, kQueue, kFn };
  Kind kind = Kind::kBool;
  Span span;
  Name name;                      // kNamed
  std::vector<Name> members;      // kEnum
  ExprPtr lo, hi;                 // kRange; kQueue: lo is the capacity
  TypeExprPtr element;            // kSet, kQueue
  std::vector<TypeExprPtr> args;  // kFn
  bool option = false;            // T?
};

enum class ExprKind {
  kNumber,
  kBool,
  kNone,
  kName,
  kMe,
  kOthers,
  kCpu,
  kNot,
  kNegate,
  kBinary,
  kTernary,
  kIndex,
  kField,
  kCall,
  kSet,
  kStruct,
  kQuantifier,
  kAll,
  kNext,
  kUse,
  kStar,
};

struct FieldInit {
  Name name;
  ExprPtr value;
};

struct Expr {
  ExprKind kind = ExprKind::kNumber;
  Span span;
  long number = 0;                // kNumber; kBool: 0 or 1
  std::string op;                 // kBinary; kQuantifier: "exists", "forall", "count"
  Name name;                      // kName, kField, kStruct, kQuantifier (the variable)
  std::vector<ExprPtr> args;      // operands; kIndex: base, index; kCall: callee, arguments...
  std::vector<FieldInit> fields;  // kStruct
  bool held = false;              // kUse: what is held already, not what a miss loads
  TypeExprPtr type_expr;          // kQuantifier, kAll

  // checked
  const Type* type = nullptr;
  const Decl* decl = nullptr;    // kName: a global; kCall: the def, fn, step called
  const Local* local = nullptr;  // kName: a local; kQuantifier: its variable
  int member = -1;               // kName: position of an enum member or instance in its type
};

enum class StmtKind {
  kCall,
  kAssign,
  kLet,
  kVar,
  kIf,
  kWhile,
  kLoop,
  kRepeat,
  kFor,
  kBreak,
  kContinue,
  kReturn,
  kAwait,
  kChoose,
  kChooseAlt,
  kAtomic,
  kAssert,
  kCover,
  kRaise,
  kEmit,
  kDrop,
  kFence,
  kBlock,
};

struct Stmt {
  StmtKind kind = StmtKind::kBlock;
  Span span;
  Name name;                   // kLet, kVar, kFor, kChoose, kCover, kRaise, kEmit, kFence
  TypeExprPtr type_expr;       // kVar, kChoose; may be null for kVar
  ExprPtr target;              // kAssign, kDrop
  ExprPtr value;               // the expression of the statement; may be null
  std::vector<ExprPtr> args;   // kRaise, kEmit
  std::vector<StmtPtr> body;   // kIf (then), loops, kAtomic, kBlock
  std::vector<StmtPtr> other;  // kIf (else)
  std::vector<std::vector<StmtPtr>> alternatives;  // kChooseAlt
  Text text;                                       // kAssert
  bool ascending = false;                          // kFor
  bool rest = false;                               // kAwait: waiting here for ever is allowed
  Name label;                                      // kAwait: "as lock"; empty text: none
  Name trap;  // "on NAME handler": empty text when there is none
  StmtPtr handler;

  // checked
  const Local* local = nullptr;  // kLet, kVar, kFor, kChoose
  const Decl* decl = nullptr;    // kRaise, kEmit, trap
};

struct Param {
  Name name;
  TypeExprPtr type_expr;
  bool ref = false;
  const Local* local = nullptr;  // checked
};

struct Field {
  Name name;
  std::vector<TypeExprPtr> dims;
  TypeExprPtr type_expr;
};

struct Setting {
  Name name;
  ExprPtr value;
  ExprPtr high;  // of "cpus = 2..4"
};

// Does an assertion stand anywhere in these statements?
inline bool has_assert(const std::vector<StmtPtr>& list) {
  return std::any_of(list.begin(), list.end(), [](const StmtPtr& s) {
    return s->kind == StmtKind::kAssert || has_assert(s->body) || has_assert(s->other);
  });
}

// One "on EVENT(args) -> result { ... }".
struct Observer {
  Span span;
  Name event;
  std::vector<Name> args;
  Name result;  // empty text: none
  std::vector<StmtPtr> body;
  // checked
  const Decl* decl = nullptr;
  std::vector<const Local*> locals;
  const Local* result_local = nullptr;
};

// "safe {a, b}, violates c, reaches d".
struct Expectation {
  Span span;
  std::string outcome;      // "safe", "violates", "inconclusive", "vacuous", "reaches"
  std::vector<Name> names;  // properties, or what must be reached; empty: all that is checked
};

enum class DeclKind {
  kModule,
  kModel,
  kSource,
  kMachine,
  kMemory,
  kCpus,
  kImport,
  kSetting,
  kParam,
  kEnum,
  kStruct,
  kType,
  kSymmetric,
  kInstance,
  kVariable,
  kInit,
  kDef,
  kFn,
  kStep,
  kThread,
  kInterrupt,
  kNmi,
  kTrap,
  kRule,
  kCache,
  kEvent,
  kHook,
  kProperty,
  kGoal,
  kCounter,
  kCheck,
  kVariant,
  kAssume,
  kAllow,
};

struct Decl {
  DeclKind kind = DeclKind::kModel;
  Span span;
  Name name;
  std::string doc;                // the /// lines above it
  std::string space;              // kVariable: "var", "mem", "percpu", "ghost"; kRule: its kind
  std::vector<Name> members;      // kEnum, kInstance, kCheck
  std::vector<Param> params;      // functions, rules, traps, events; kCache: the value; kInit:
                                  // indices that stand for all their values
  std::vector<Field> fields;      // kStruct
  std::vector<TypeExprPtr> dims;  // kVariable, kCache
  std::vector<Name> dim_names;    // kCache: names of the index variables
  TypeExprPtr type_expr;          // of a variable, param, alias; result of a function
  ExprPtr value;                  // initial value, default, size, condition, def body
  ExprPtr target, when;           // kInit: what starts with `value`, and under which condition
                                  // (when: of a property, too)
  ExprPtr low, high;              // kCpus; kInterrupt: low is its level
  std::vector<StmtPtr> body;
  bool has_body = false;  // kFn: false for a declaration that the model must define
  bool has_shows = false;
  Text shows;                       // kStep, kRule, kVariable; kCache: display
  Text fills;                       // kCache: text of a fill step
  bool every_cpu = false;           // kThread: on every cpu
  std::vector<ExprPtr> cpus;        // kThread: on cpu 0, 1; with every_cpu: except these
  bool resume = false;              // kTrap: go on after the trapping statement instead of retrying
  bool single = false;              // kCache
  std::vector<Observer> observers;  // kProperty; one: kGoal, kCounter
  std::vector<Setting> settings;    // kVariant
  std::vector<Expectation> expectations;  // kVariant
  bool no_stuck = false;                  // kProperty; `when` says while what holds for `me`
  std::vector<Name> cycle;                // kProperty, no_stuck: in a cycle with these waits
  struct StateCheck {
    ExprPtr condition;
    bool never = false;
    Text text;
  };
  std::vector<StateCheck> states;  // kProperty: invariant, never
  // "waiting[me] leads to inside[me]": for each CPU, if it says `me`.
  struct LeadsTo {
    Span span;
    ExprPtr from, to;
    Text text;
  };
  std::vector<LeadsTo> leads;  // kProperty
  // "at most 1 flushes per vunmap".
  struct Bound {
    Span span;
    ExprPtr most;
    Name counter, fn;  // fn: empty text: in the whole run
    // checked
    long limit = 0;
    const Decl* counter_decl = nullptr;
    const Decl* fn_decl = nullptr;
  };
  std::vector<Bound> bounds;                  // kProperty
  std::vector<std::unique_ptr<Decl>> ghosts;  // kProperty

  // checked
  const Type* type = nullptr;                 // of a variable, param, alias, result
  std::vector<const Local*> locals;           // kCache: index variables, then the value
  std::vector<std::unique_ptr<Local>> owned;  // every local declared inside
  int module = -1;                            // position in Unit::files
};

// One parsed file.
struct File {
  std::string path;    // as shown to the user
  std::string module;  // path below its root without suffix, "lib/mm"; empty for the model file
  std::shared_ptr<const Source> source;
  std::vector<std::unique_ptr<Decl>> decls;
};

// A name bound inside a function: a parameter, a let, a loop variable.
struct Local {
  std::string name;
  Span span;
  const Type* type = nullptr;
  bool is_mutable = false;
  bool ref = false;
  const Decl* owner = nullptr;
  int order = 0;  // of declaration, in the whole unit
};

}  // namespace stalemate::lang

#endif  // STALEMATE_LANG_AST_H_
