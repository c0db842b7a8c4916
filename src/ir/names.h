// Names in the text form: when a constant is written as a member name, and how names are quoted.
//
// A constant has no type of its own.  It is written by name where its surroundings give it one: a
// place assigned to, an index, the other side of a comparison, a condition.  The dumper, the
// parser and to_source share these rules, so that what one writes the other reads.
#ifndef STALEMATE_IR_NAMES_H_
#define STALEMATE_IR_NAMES_H_

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ir/ir.h"

namespace stalemate::ir {

// What is known about the values expected somewhere.
struct Hint {
  bool known = false;
  Domain domain;
  int process = -1;  // values are locations of this process

  static Hint none() { return {}; }
  static Hint boolean() { return of(Domain{}); }
  static Hint of(const Domain& d) { return {true, d, -1}; }
  // Values stored in `v`.
  static Hint of(const Variable& v) {
    return {true, v.domain, v.space == Space::kControl ? v.process : -1};
  }
};

// What an expression evaluates to; unknown for constants and arithmetic.
Hint hint_of(const Program& p, const Expr& e, const std::vector<Choice>& choices);
// What both sides of a comparison are written with: the first side that knows.
Hint comparison_hint(const Program& p, const Expr& e, const std::vector<Choice>& choices);

// The name that the hint gives a value, if any.
struct ConstantName {
  std::string text;
  bool literal = false;  // true, false, none; otherwise a member or a location, which denotes the
                         // value only where no choice and no variable has the same name
};
std::optional<ConstantName> constant_name(const Program& p, const Hint& hint, int value);

// The operator of the text form: "and", "==", "+"; null for constants, reads and choices.
const char* operator_name(Op op);
std::optional<Op> operator_of(std::string_view name);

// May stand in the text without quotes: printable ASCII that no other token claims, not a number.
bool is_plain(std::string_view name);
// A string token with its escapes.
std::string quote(std::string_view text);
// A name where only names can stand.
std::string name_token(std::string_view name);
// A name where an expression can stand: quoted also when it spells a literal or an operator.
std::string expression_token(std::string_view name);

// The word of the text form that marks a memory access: acquire, release, walk, observe.
std::optional<Order> access_order(std::string_view word);

// Words that are literals and forms, not names, in expressions.
bool is_reserved(std::string_view word);
// A decimal integer.
bool is_number(std::string_view word);

const char* space_name(Space s);
const char* step_kind_name(StepKind k);
const char* role_name(Role r);
const char* property_kind_name(Property::Kind k);
const char* goal_kind_name(Goal::Kind k);

}  // namespace stalemate::ir

#endif  // STALEMATE_IR_NAMES_H_
