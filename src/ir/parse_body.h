// Expressions, statements and texts of the text form.
#ifndef STALEMATE_IR_PARSE_BODY_H_
#define STALEMATE_IR_PARSE_BODY_H_

#include <vector>

#include "ir/parse_context.h"

namespace stalemate::ir {

class BodyParser {
 public:
  // Names of `choices` come before all others.
  BodyParser(ParseContext& context, const std::vector<Choice>& choices)
      : c_(context), s_(context.s), choices_(choices) {}

  // Never null.
  ExprRef expr(NodeId n, const Hint& hint);
  ExprRef condition(NodeId n) { return expr(n, Hint::boolean()); }
  Stmt statement(NodeId n);
  Block block(const std::vector<NodeId>& items);
  Text text(const std::vector<NodeId>& items, std::size_t from = 0);

  // How many slots the accesses so far may select, counted once for each access.
  long touched() const { return touched_; }

 private:
  ExprRef atom(NodeId n, const Hint& hint);
  ExprRef operation(NodeId n, Op op, const Hint& hint);
  // A variable with its indices: a scalar name or a list.
  Place access(NodeId n);
  // What the node will evaluate to, before it is built; agrees with hint_of() of the result.
  Hint peek(NodeId n) const;
  int choice_of(const std::string& name) const;
  const Variable& variable(int i) const { return c_.p.variables[static_cast<std::size_t>(i)]; }

  ParseContext& c_;
  const Sexprs& s_;
  const std::vector<Choice>& choices_;
  long touched_ = 0;
};

}  // namespace stalemate::ir

#endif  // STALEMATE_IR_PARSE_BODY_H_
