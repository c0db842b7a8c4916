// What every part of the parser shares: the nodes, the names declared so far, and the checks that
// turn a node into a name, a number, a domain or a list of fields.
//
// Errors never stop the parser.  A helper that fails reports the mistake and returns something
// harmless of the right type; the Program is thrown away at the end.
#ifndef STALEMATE_IR_PARSE_CONTEXT_H_
#define STALEMATE_IR_PARSE_CONTEXT_H_

#include <initializer_list>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "ir/ir.h"
#include "ir/names.h"
#include "ir/sexpr.h"

namespace stalemate::ir {

using NameTable = std::unordered_map<std::string, int>;

// The optional parts of a form, by their keyword: a list that starts with it, or the bare word.
class Fields {
 public:
  void add(std::string_view key, NodeId node) { list_.emplace_back(key, node); }
  std::optional<NodeId> find(std::string_view key) const;

 private:
  std::vector<std::pair<std::string_view, NodeId>> list_;
};

class ParseContext {
 public:
  ParseContext(const Sexprs& nodes, Diagnostics& diagnostics)
      : s(nodes), diagnostics_(diagnostics) {}

  void error(NodeId n, std::string message, std::string hint = {});
  // "did you mean 'x'?", or empty.
  std::string suggest(std::string_view word, const std::vector<std::string>& candidates) const;
  std::string suggest(std::string_view word, const NameTable& table) const;

  // The fields among items[from...]; reports unknown and repeated ones.
  Fields fields(const std::vector<NodeId>& items, std::size_t from, const char* form,
                std::initializer_list<std::string_view> known);
  // Items of the list after its head; reports a count outside [least, most] and returns nothing.
  std::vector<NodeId> arguments(NodeId n, std::size_t least,
                                std::size_t most = std::numeric_limits<std::size_t>::max());

  // A name of something: "expected the name of a sort".
  std::string name(NodeId n, const char* what);
  std::string string(NodeId n);
  int number(NodeId n, int lo, int hi);
  // Index of a declared name, -1 after reporting an unknown one.
  int find(NodeId n, const NameTable& table, const char* what);
  // Enters a name; reports a second one.
  void declare(NodeId n, NameTable& table, int index, const char* what);

  std::optional<Domain> domain(NodeId n);
  int cpu(NodeId n);
  // "(process user cpu0)"
  int process(NodeId n);
  // A value that stands alone: an init, a location.
  int value(NodeId n, const Hint& hint);
  // The literal, member or location that a name denotes under the hint.
  std::optional<int> member(const Hint& hint, const std::string& name) const;
  // All names that member() knows under the hint.
  std::vector<std::string> members(const Hint& hint) const;

  const Sexprs& s;
  Program p;
  NameTable sorts, variables, caches, properties, goals, counters;
  std::map<std::pair<std::string, int>, int> processes;  // by name and CPU

 private:
  Diagnostics& diagnostics_;
};

// The value of a node that is true, false, none or a number; reports numbers that do not fit.
std::optional<int> literal(ParseContext& c, NodeId n);

}  // namespace stalemate::ir

#endif  // STALEMATE_IR_PARSE_CONTEXT_H_
