// The parser builds exactly the expression that is written, without folding: the text form must
// be able to hold any Program.
#include "ir/parse_body.h"

#include <utility>

#include "ir/names.h"

namespace stalemate::ir {

ExprRef BodyParser::expr(NodeId n, const Hint& hint) {
  if (!s_.is_list(n)) return atom(n, hint);
  if (const auto op = operator_of(s_.head(n))) return operation(n, *op, hint);
  Place place = access(n);
  if (place.variable < 0) return constant(0);
  return read(place.variable, std::move(place.index), place.order);
}

ExprRef BodyParser::atom(NodeId n, const Hint& hint) {
  if (const auto v = literal(c_, n)) return constant(*v);
  const std::string word = s_.text(n);
  const int position = choice_of(word);
  if (position >= 0) return choice(position);
  if (c_.variables.count(word) > 0) {
    Place place = access(n);
    return read(place.variable, std::move(place.index));
  }
  if (const auto v = c_.member(hint, word)) return constant(*v);
  std::string suggestion = c_.suggest(word, c_.members(hint));
  if (suggestion.empty()) suggestion = c_.suggest(word, c_.variables);
  c_.error(n, "unknown name '" + word + "'", suggestion);
  return constant(0);
}

ExprRef BodyParser::operation(NodeId n, Op op, const Hint& hint) {
  auto e = std::make_shared<Expr>();
  e->op = op;
  std::vector<NodeId> items;
  Hint inner = Hint::none();
  switch (op) {
    case Op::kNot: items = c_.arguments(n, 1, 1); break;
    case Op::kAnd:
    case Op::kOr: items = c_.arguments(n, 0); break;
    case Op::kIte: items = c_.arguments(n, 3, 3); break;
    default: items = c_.arguments(n, 2, 2); break;
  }
  if (items.empty() && op != Op::kAnd && op != Op::kOr) return constant(0);
  if (op == Op::kNot || op == Op::kAnd || op == Op::kOr) inner = Hint::boolean();
  if (op == Op::kIte) inner = hint;
  if (op == Op::kEq || op == Op::kNe || op == Op::kLt || op == Op::kLe) {
    inner = peek(items[0]);
    if (!inner.known) inner = peek(items[1]);
  }
  for (std::size_t i = 0; i < items.size(); ++i) {
    e->args.push_back(op == Op::kIte && i == 0 ? condition(items[0]) : expr(items[i], inner));
  }
  return e;
}

Place BodyParser::access(NodeId n) {
  Place place;
  if (const auto order = access_order(s_.head(n))) {
    const auto items = c_.arguments(n, 1, 1);
    if (items.empty()) return place;
    place = access(items[0]);
    place.order = *order;
    return place;
  }
  std::vector<NodeId> items = s_.is_list(n) ? s_.children(n) : std::vector<NodeId>{n};
  if (items.empty()) {
    c_.error(n, "expected an expression, not an empty list");
    return place;
  }
  place.variable = c_.find(items[0], c_.variables, "variable");
  if (place.variable < 0) return place;
  const Variable& v = variable(place.variable);
  items.erase(items.begin());
  if (items.size() != v.dims.size()) {
    c_.error(n, "'" + v.name + "' takes " + std::to_string(v.dims.size()) +
                    (v.dims.size() == 1 ? " index" : " indices") + ", this has " +
                    std::to_string(items.size()));
  }
  long selected = 1;
  for (std::size_t i = 0; i < items.size(); ++i) {
    const bool known = i < v.dims.size();
    place.index.push_back(expr(items[i], known ? Hint::of(v.dims[i]) : Hint::none()));
    if (known && !is_const(place.index.back())) selected *= v.dims[i].size();
  }
  touched_ += selected;
  return place;
}

Hint BodyParser::peek(NodeId n) const {
  if (!s_.is_list(n)) {
    const std::string word = s_.text(n);
    if (!s_.is_string(n) && (is_number(word) || is_reserved(word))) return Hint::none();
    const int position = choice_of(word);
    if (position >= 0) return Hint::of(choices_[static_cast<std::size_t>(position)].domain);
    const auto found = c_.variables.find(word);
    return found == c_.variables.end() ? Hint::none() : Hint::of(variable(found->second));
  }
  const std::vector<NodeId> items = s_.children(n);
  if (items.empty()) return Hint::none();
  const std::string_view head = s_.head(n);
  if (access_order(head) && items.size() > 1) return peek(items[1]);
  const auto op = operator_of(head);
  if (!op) {
    const auto found = c_.variables.find(s_.text(items[0]));
    return found == c_.variables.end() ? Hint::none() : Hint::of(variable(found->second));
  }
  switch (*op) {
    case Op::kIte: {
      if (items.size() != 4) return Hint::none();
      const Hint then = peek(items[2]);
      return then.known ? then : peek(items[3]);
    }
    case Op::kAdd:
    case Op::kSub:
    case Op::kMul:
    case Op::kDiv:
    case Op::kMod: return Hint::none();
    default: return Hint::boolean();
  }
}

int BodyParser::choice_of(const std::string& name) const {
  for (std::size_t i = 0; i < choices_.size(); ++i) {
    if (choices_[i].name == name) return static_cast<int>(i);
  }
  return -1;
}

Block BodyParser::block(const std::vector<NodeId>& items) {
  Block out;
  for (const NodeId n : items) out.push_back(statement(n));
  return out;
}

Stmt BodyParser::statement(NodeId n) {
  Stmt out;
  out.span = s_.span(n);
  const std::string head(s_.head(n));
  if (head == "set") {
    const auto items = c_.arguments(n, 2);
    if (items.size() % 2 != 0) {
      c_.error(n, "'set' takes places and values in turn; the last place has no value");
    }
    for (std::size_t i = 0; i + 1 < items.size(); i += 2) {
      Place place = access(items[i]);
      const Hint hint = place.variable < 0 ? Hint::none() : Hint::of(variable(place.variable));
      out.places.push_back(std::move(place));
      out.values.push_back(expr(items[i + 1], hint));
    }
  } else if (head == "if") {
    out.kind = Stmt::Kind::kIf;
    const auto items = c_.arguments(n, 1, 3);
    if (items.empty()) return out;
    out.condition = condition(items[0]);
    const Fields fields = c_.fields(items, 1, "statement 'if'", {"then", "else"});
    if (const auto f = fields.find("then")) out.then_block = block(c_.arguments(*f, 0));
    if (const auto f = fields.find("else")) out.else_block = block(c_.arguments(*f, 0));
  } else if (head == "assert") {
    out.kind = Stmt::Kind::kAssert;
    const auto items = c_.arguments(n, 2);
    if (items.empty()) return out;
    out.property = c_.find(items[0], c_.properties, "property");
    out.condition = condition(items[1]);
    out.text = text(items, 2);
  } else if (head == "cover") {
    out.kind = Stmt::Kind::kCover;
    const auto items = c_.arguments(n, 1, 2);
    if (items.empty()) return out;
    out.goal = c_.find(items[0], c_.goals, "goal");
    out.condition = items.size() == 2 ? condition(items[1]) : constant(1);
  } else if (head == "count") {
    out.kind = Stmt::Kind::kCount;
    const auto items = c_.arguments(n, 1, 2);
    if (items.empty()) return out;
    out.counter = c_.find(items[0], c_.counters, "counter");
    out.condition = items.size() == 2 ? condition(items[1]) : constant(1);
  } else if (head == "fail") {
    out.kind = Stmt::Kind::kFail;
    out.text = text(c_.arguments(n, 0));
  } else if (head == "fence") {
    out.kind = Stmt::Kind::kFence;
    const auto items = c_.arguments(n, 1, 1);
    if (!items.empty()) out.fence = c_.name(items[0], "fence");
  } else if (head.empty()) {
    c_.error(n, "expected a statement");
  } else {
    c_.error(n, "unknown statement '" + head + "'",
             c_.suggest(head, std::vector<std::string>{"set", "if", "assert", "cover", "count",
                                                       "fail", "fence"}));
  }
  return out;
}

Text BodyParser::text(const std::vector<NodeId>& items, std::size_t from) {
  Text out;
  for (std::size_t i = from; i < items.size(); ++i) {
    const NodeId n = items[i];
    if (s_.is_string(n)) {
      out.pieces.push_back({s_.text(n), nullptr, {}});
      continue;
    }
    if (s_.head(n) != "value") {
      c_.error(n, "expected a string in quotes or (value EXPRESSION DOMAIN)");
      continue;
    }
    const auto parts = c_.arguments(n, 1, 2);
    if (parts.empty()) continue;
    Hint hint = peek(parts[0]);
    if (parts.size() == 2) {
      const auto domain = c_.domain(parts[1]);
      if (!domain) continue;
      hint = Hint::of(*domain);
    } else if (!hint.known) {
      c_.error(n, "the domain of this value is not known", "write (value EXPRESSION DOMAIN)");
    }
    out.pieces.push_back({{}, expr(parts[0], hint), hint.domain});
  }
  return out;
}

}  // namespace stalemate::ir
