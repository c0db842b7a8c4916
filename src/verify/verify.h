// All that the verifier consists of: text becomes a Model, a file becomes a Certificate, and
// verify() asks whether the one proves something of the other.
// docs/ir.md is the definition of the text; the words here are those of that page.  What
// read_model() does not know it refuses: a part that it left out could be the one that matters.  It
// does not repeat the checks of types, which only tell a careless author of his mistake.
#ifndef STALEMATE_VERIFY_VERIFY_H_
#define STALEMATE_VERIFY_VERIFY_H_

#include <algorithm>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace stalemate::verify {
// A file that is damaged, or none of the kind that was expected.
using BadFile = std::runtime_error;

// clang-format off
enum Op { kConstant, kRead, kChoice, kNot, kAnd, kOr, kIte, kEq, kNe, kLt, kLe,
          kAdd, kSub, kMul, kDiv, kMod,
          kSet, kIf, kBlock, kAssert, kCover, kCount, kFail, kFence };
// clang-format on

// Text as a tree; read_model() adds what expressions and statements mean.
struct Node {
  enum Kind { kList, kWord, kString } kind = kList;
  int line = 0;
  // Of a word or a string, without quotes, with escapes: equal names are written equally.
  std::string text;
  std::vector<Node> items;
  Op op = kConstant;
  int value = 0;  // the constant, the variable, the choice of the step, the property, the goal

  bool is_word(std::string_view word) const { return kind == kWord && text == word; }
  // The word that a list begins with; of others nothing.
  std::string_view head() const {
    return items.empty() || items[0].kind != kWord ? std::string_view() : items[0].text;
  }
};
using Nodes = std::vector<Node>;
using Names = std::vector<std::string>;  // the place in the list is what they name
inline const Names kNone;
using Values = std::vector<std::int16_t>;  // of slots, or of choices

struct Sort {
  std::string name;
  Names members;
};

struct Domain {
  int lo = 0, hi = 1;
  int sort = -1;  // of whose members it is; -1: it has numbers or truth values

  bool contains(int v) const { return lo <= v && v <= hi; }
  int size() const { return hi - lo + 1; }
};

// A scalar, or an array in row-major order.  Its elements are the slots `first`, `first` + 1, ...
struct Variable {
  std::string name;
  Domain domain;
  std::vector<Domain> dimensions = {};
  int process = -1;  // whose location it holds
  int first = 0, elements = 1;
};

struct Process {
  std::string name;
  int cpu = 0, slot = -1;  // of its location
  bool thread = true;      // otherwise a handler, which is not active at location 0
  std::string control;     // the variable with its location
  Names locations;
  std::vector<bool> at_ease;  // per location: `final` or `rest`
};

struct Property {
  std::string name;
  bool no_stuck = false;
  Nodes holds;               // of an invariant: the one
  Nodes when;                // of no_stuck: per process; of an invariant: one; or none
  std::vector<int> watches;  // goals
  Names cycle;               // of no_stuck: labels it asks for and no step has
};

struct Goal {
  std::string name;
  bool required = false, turn = false;  // a step that reaches a turn is progress of its process
};

struct Step {
  std::string name;
  int process = -1;    // of program steps and entries
  bool counts = true;  // it has to happen some time: neither speculative nor relying on a copy
  std::vector<Variable> choices;  // name and domain
  long combinations = 1;          // of choices
  Nodes when, body;
};

struct Model {
  std::vector<Sort> sorts;  // the first one is the CPUs
  std::vector<Process> processes;
  std::vector<Variable> variables;
  std::vector<Goal> goals;
  std::vector<Property> properties;
  std::vector<Step> steps;
  Values initial;

  // What values are called: members, or locations; numbers are not.
  const Names& names(const Domain& d) const { return d.sort < 0 ? kNone : sorts[d.sort].members; }
  const Names& names(const Variable& v) const {
    return v.process < 0 ? names(v.domain) : processes[v.process].locations;
  }
};

// Both throw BadFile.  All forms of a text, and what they say.
Nodes read_forms(std::string_view text);
Model read_model(std::string_view text);

// The place in `list` of what is called so; -1: nothing is.
template <typename T>
int position(const std::vector<T>& list, std::string_view name) {
  const auto called = [&](const T& x) { return x.name == name; };
  const auto place = std::find_if(list.begin(), list.end(), called);
  return place == list.end() ? -1 : static_cast<int>(place - list.begin());
}

// An index or a value outside its domain, a division by zero, `fail`.
struct ModelError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

// Assertions that failed, and goals that were reached.
using Effects = std::vector<const Node*>;

// The value of an expression; a statement is executed on `state`, and has none.
int evaluate(const Model& m, const Node& n, Values& state, const Values& choices, Effects& effects);

// A certificate: which model it is of, what it claims, and the states.
//   stalemate-certificate 1 FINGERPRINT STATES PROPERTY...
//   ; lines for people
//   an empty line
//   one zlib stream
//   the fingerprint of all that stands before, 32 digits
// What stands before the empty line is text as in docs/ir.md.  A fingerprint is an XXH3-128 in
// hexadecimal; the first one is of the IR text.  They tell when files were damaged or mixed up; no
// proof hangs on them.  The stream has all values of the first state, of the second one, and so on,
// each as its difference from that of the state before, 16 bits, the low byte first.
struct Certificate {
  std::string about;           // the lines for people
  std::vector<int> claims;     // properties
  std::vector<Values> states;  // ascending
};

// Throws BadFile when the bytes are no certificate of this model, whose text has this fingerprint.
Certificate read_certificate(const Model& m, std::string_view bytes,
                             const std::string& fingerprint);
std::string fingerprint(std::string_view text);

// What is not proven and, where one is to blame, the state.
struct NotVerified : std::runtime_error {
  explicit NotVerified(const std::string& why, const Values& where = {})
      : std::runtime_error(why), state(where) {}
  Values state;
};

// Do the states prove what is claimed?  Returns the number of transitions; throws NotVerified.
std::uint64_t verify(const Model& m, const Certificate& certificate);

}  // namespace stalemate::verify

#endif  // STALEMATE_VERIFY_VERIFY_H_
