// Expressions, types and texts with holes.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "lang/parser_base.h"

namespace stalemate::lang {

const Token& Parser::at(std::size_t ahead) const {
  return tokens_[std::min(pos_ + ahead, tokens_.size() - 1)];
}

bool Parser::is(std::string_view text, std::size_t ahead) const {
  const Token& t = at(ahead);
  return (t.kind == Tok::kPunct || t.kind == Tok::kName) && t.text == text;
}

bool Parser::is_name(std::size_t ahead) const {
  return at(ahead).kind == Tok::kName && !is_keyword(at(ahead).text);
}

bool Parser::accept(std::string_view text) {
  if (!is(text)) return false;
  ++pos_;
  return true;
}

Token Parser::take() {
  const Token t = at();
  if (t.kind != Tok::kEnd) ++pos_;
  return t;
}

Span Parser::expect(std::string_view text, std::string_view after) {
  if (!is(text)) fail_missing(fmt::format("'{}' {}", text, after));
  return take().span;
}

Name Parser::expect_name(std::string_view what) {
  if (is_name()) {
    const Token t = take();
    return {std::string(t.text), t.span};
  }
  if (at().kind == Tok::kName) {
    fail(at().span, fmt::format("expected {}, but '{}' is a word of the language", what, at().text),
         "choose another name");
  }
  fail_expected(what);
}

Span Parser::from(const Span& begin) const {
  return pos_ == 0 ? begin : join(begin, tokens_[pos_ - 1].span);
}

void Parser::fail(const Span& span, std::string message, std::string hint) {
  // What the lexer could not read, or an error at this very place, explains this one as well.
  const std::uint32_t here = at().span.begin;
  const std::uint32_t last = pos_ == 0 ? 0 : tokens_[pos_ - 1].span.begin;
  const bool text = pos_ > 0 && tokens_[pos_ - 1].kind == Tok::kString;
  const bool told =
      std::any_of(diagnostics_.all().begin(), diagnostics_.all().end(), [&](const Diagnostic& d) {
        const std::uint32_t begin = d.span.begin;
        return d.span.source == source_ && begin <= here &&
               (begin > last || (begin == last && (text || begin == here || pos_ == 0)));
      });
  if (!told) diagnostics_.error(span, std::move(message), std::move(hint));
  throw Bail();
}

std::string Parser::found() const {
  const Token& t = at();
  switch (t.kind) {
    case Tok::kEnd:
      return "the end of the file";
    case Tok::kString:
      return "a string";
    case Tok::kDoc:
      return "a /// comment";
    case Tok::kNumber:
    case Tok::kName:
    case Tok::kPunct:
      break;
  }
  return fmt::format("'{}'", t.text.substr(0, 40));
}

void Parser::fail_expected(std::string_view what, std::string hint) {
  if (hint.empty() && at().kind == Tok::kDoc) hint = "/// describes a declaration; write // here";
  fail(at().span, fmt::format("expected {}, found {}", what, found()), std::move(hint));
}

void Parser::fail_missing(std::string_view what, std::string hint) {
  Span span = at().span;
  if (pos_ > 0) {
    const Span& last = tokens_[pos_ - 1].span;
    const std::string_view between =
        std::string_view(source_->text()).substr(last.end, span.begin - last.end);
    if (between.find('\n') != std::string_view::npos) span = {source_, last.end, last.end};
  }
  fail(span, fmt::format("expected {}, found {}", what, found()), std::move(hint));
}

void Parser::fail_fatally(std::string message, std::string hint) {
  // Skipping to the next declaration could run into the same nest again: give up on the file.
  if (!fatal_) diagnostics_.error(at().span, std::move(message), std::move(hint));
  fatal_ = true;
  pos_ = tokens_.size() - 1;
  throw Bail();
}

ExprPtr Parser::node(ExprKind kind, const Span& span) {
  // A chain of operators is as deep a tree as it is long.
  if (++parts_ > kMaxParts) {
    fail_fatally(fmt::format("an expression of more than {} parts", kMaxParts),
                 "give parts of it names with 'let' or 'def'");
  }
  auto e = std::make_unique<Expr>();
  e->kind = kind;
  e->span = span;
  return e;
}

ExprPtr Parser::whole_expression() {
  try {
    ExprPtr e = expression();
    if (at().kind != Tok::kEnd) fail_expected("the end of the value");
    return e;
  } catch (const Bail&) {
    return nullptr;
  }
}

ExprPtr Parser::expression() {
  const Deeper deeper(*this);
  return ternary();
}

// The body of a loop or a handler comes next.
ExprPtr Parser::expression_before_block() {
  block_follows_ = true;
  ExprPtr e = expression();
  block_follows_ = false;
  return e;
}

ExprPtr Parser::ternary() {
  const Span begin = at().span;
  ExprPtr condition = binary(0);
  if (!accept("?")) return condition;
  auto e = node(ExprKind::kTernary, begin);
  e->args.push_back(std::move(condition));
  e->args.push_back(expression());
  expect(":", "between the two values of '?'");
  e->args.push_back(expression());
  e->span = from(begin);
  return e;
}

namespace {
// Binding strength, weakest first; the operators of one row associate to the left.
const std::array<std::vector<std::string_view>, 7> kOperators = {
    {{"||"},
     {"&&"},
     {"==", "!=", "<", "<=", ">", ">=", "in"},
     {"|"},
     {"&"},
     {"+", "-"},
     {"*", "/", "%"}}};
constexpr int kComparison = 2;
}  // namespace

ExprPtr Parser::binary(int level) {
  if (level == static_cast<int>(kOperators.size())) return unary();
  const Span begin = at().span;
  ExprPtr left = binary(level + 1);
  int count = 0;
  while (true) {
    std::string_view op;
    for (const std::string_view candidate : kOperators[static_cast<std::size_t>(level)]) {
      if (is(candidate)) op = candidate;
    }
    if (op.empty()) return left;
    if (level == kComparison && ++count > 1) {
      fail(at().span, "comparisons do not chain", "write a < b && b < c");
    }
    take();
    auto e = node(ExprKind::kBinary, begin);
    e->op = op;
    e->args.push_back(std::move(left));
    e->args.push_back(binary(level + 1));
    e->span = from(begin);
    left = std::move(e);
  }
}

ExprPtr Parser::unary() {
  const Span begin = at().span;
  if (is("!") || is("-")) {
    const Deeper deeper(*this);
    auto e = node(is("!") ? ExprKind::kNot : ExprKind::kNegate, begin);
    take();
    e->args.push_back(unary());
    e->span = from(begin);
    return e;
  }
  return postfix();
}

std::vector<ExprPtr> Parser::call_arguments() {
  std::vector<ExprPtr> args;
  expect("(", "before the arguments");
  while (!is(")")) {
    args.push_back(expression());
    if (!accept(",")) break;
  }
  expect(")", "after the arguments");
  return args;
}

ExprPtr Parser::postfix() {
  const Span begin = at().span;
  ExprPtr e = primary();
  while (true) {
    if (is("[")) {
      take();
      auto outer = node(ExprKind::kIndex, begin);
      outer->args.push_back(std::move(e));
      if (is("*")) {
        outer->args.push_back(node(ExprKind::kStar, take().span));
      } else {
        outer->args.push_back(expression());
      }
      expect("]", "after the index");
      outer->span = from(begin);
      e = std::move(outer);
    } else if (is(".")) {
      take();
      auto outer = node(ExprKind::kField, begin);
      outer->name = expect_field_name();
      outer->args.push_back(std::move(e));
      outer->span = from(begin);
      e = std::move(outer);
    } else if (is("(")) {
      auto outer = node(ExprKind::kCall, begin);
      outer->args.push_back(std::move(e));
      for (ExprPtr& a : call_arguments()) outer->args.push_back(std::move(a));
      outer->span = from(begin);
      e = std::move(outer);
    } else {
      return e;
    }
  }
}

ExprPtr Parser::quantifier() {
  const Token word = take();
  auto e = node(ExprKind::kQuantifier, word.span);
  e->op = word.text;
  expect("(", fmt::format("after '{}', as in {}(c : cpu, condition)", word.text, word.text));
  e->name = expect_name("the name of a variable");
  expect(":", "between the variable and its type");
  e->type_expr = type();
  expect(",", "between the type and the condition");
  e->args.push_back(expression());
  expect(")", "after the condition");
  e->span = from(word.span);
  return e;
}

ExprPtr Parser::set_or_struct(Name name, const Span& begin) {
  const bool is_struct = !name.text.empty();
  auto e = node(is_struct ? ExprKind::kStruct : ExprKind::kSet, begin);
  e->name = std::move(name);
  expect("{", "before the elements");
  while (!is("}")) {
    if (is_struct) {
      FieldInit init;
      init.name = expect_field_name();
      expect(":", "after the name of the field");
      init.value = expression();
      e->fields.push_back(std::move(init));
    } else {
      e->args.push_back(expression());
    }
    if (!accept(",")) break;
  }
  expect("}", "after the elements");
  e->span = from(begin);
  return e;
}

ExprPtr Parser::primary() {
  const Token t = at();
  if (t.kind == Tok::kNumber) {
    take();
    auto e = node(ExprKind::kNumber, t.span);
    if (t.text.size() > 6 || std::stol(std::string(t.text)) > 32767) {
      diagnostics_.error(t.span, "this number is larger than 32767",
                         "values of a model are small; scale it down");
      return e;
    }
    e->number = std::stol(std::string(t.text));
    return e;
  }
  if (is("true") || is("false")) {
    take();
    auto e = node(ExprKind::kBool, t.span);
    e->number = t.text == "true" ? 1 : 0;
    return e;
  }
  if (is("none")) return node(ExprKind::kNone, take().span);
  if (is("me")) return node(ExprKind::kMe, take().span);
  if (is("others")) return node(ExprKind::kOthers, take().span);
  if (is("exists") || is("forall") || is("count")) return quantifier();
  if (is("cpu")) {
    take();
    auto e = node(ExprKind::kCpu, t.span);
    if (at().kind != Tok::kNumber) fail_expected("the number of a CPU, as in 'cpu 0'");
    e->args.push_back(primary());
    e->span = from(t.span);
    return e;
  }
  if (is("all") || is("next")) {
    const bool all = take().text == "all";
    auto e = node(all ? ExprKind::kAll : ExprKind::kNext, t.span);
    expect("(", all ? "after 'all', as in all(cpu)" : "after 'next', as in next(v)");
    if (all) {
      e->type_expr = type();
    } else {
      e->args.push_back(expression());
    }
    expect(")", "to close it");
    e->span = from(t.span);
    return e;
  }
  if (is("use")) {
    take();
    auto e = node(ExprKind::kUse, t.span);
    // A cache may be called `held`: an index follows then, and no name.
    e->held = at().text == "held" && is_name(1);
    if (e->held) take();
    e->args.push_back(postfix());
    e->span = from(t.span);
    return e;
  }
  if (is("(")) {
    take();
    ExprPtr e = expression();
    expect(")", "to close the parenthesis");
    return e;
  }
  if (is("{")) return set_or_struct({}, t.span);
  if (is_name()) {
    take();
    Name name{std::string(t.text), t.span};
    // A struct literal is "name{field: value" or "name{}"; anything else before '{' is a name
    // that a block follows.
    const bool empty_block = block_follows_ && (at(2).kind != Tok::kPunct || is("}", 2)) &&
                             !is("in", 2) && !is("shows", 2);
    const bool literal =
        is("{") && ((is("}", 1) && !empty_block) || (at(1).kind == Tok::kName && is(":", 2)));
    if (literal) return set_or_struct(std::move(name), t.span);
    auto e = node(ExprKind::kName, t.span);
    e->name = std::move(name);
    return e;
  }
  fail_expected("an expression");
}

Name Parser::expect_field_name(std::string_view what) {
  // A field may be called like a type or a word of the language: it only ever follows '.' or '{'.
  if (at().kind != Tok::kName) fail_expected(what);
  const Token t = take();
  return {std::string(t.text), t.span};
}

TypeExprPtr Parser::type() {
  TypeExprPtr t = plain_type();
  if (is("?")) {
    take();
    t->option = true;
    t->span = from(t->span);
  }
  return t;
}

TypeExprPtr Parser::plain_type() {
  const Deeper deeper(*this);
  auto t = std::make_unique<TypeExpr>();
  t->span = at().span;
  if (accept("bool")) {
    t->kind = TypeExpr::Kind::kBool;
  } else if (is("set") || is("queue")) {
    const bool queue = take().text == "queue";
    t->kind = queue ? TypeExpr::Kind::kQueue : TypeExpr::Kind::kSet;
    if (queue) {
      expect("[", "after 'queue', as in queue[4] of cpu");
      t->lo = expression();
      expect("]", "after the capacity");
    }
    expect_word("of", queue ? "after the capacity" : "after 'set', as in set of cpu");
    t->element = plain_type();
  } else if (accept("fn")) {
    t->kind = TypeExpr::Kind::kFn;
    expect("(", "after 'fn', as in fn(info)");
    while (!is(")")) {
      t->args.push_back(type());
      if (!accept(",")) break;
    }
    expect(")", "after the argument types");
  } else if (is("{") && !is("}", 1)) {
    t->kind = TypeExpr::Kind::kEnum;
    take();
    t->members = name_list("the name of a member");
    expect("}", "after the members");
  } else if (at().kind == Tok::kNumber || (is_name() && is("..", 1)) || is("(") || is("-")) {
    t->kind = TypeExpr::Kind::kRange;
    t->lo = binary(5);
    expect("..", "in a range, as in 0..3");
    t->hi = binary(5);
  } else if (accept("cpu")) {
    t->kind = TypeExpr::Kind::kNamed;
    t->name = {"cpu", t->span};
  } else if (is_name()) {
    t->kind = TypeExpr::Kind::kNamed;
    t->name = expect_name("a type");
  } else {
    fail_expected("a type", "bool, 0..3, cpu, set of T, queue[n] of T, fn(T), {a, b}, or a name");
  }
  t->span = from(t->span);
  return t;
}

void Parser::expect_word(std::string_view word, std::string_view after) {
  if (at().kind != Tok::kName || at().text != word) {
    fail_expected(fmt::format("'{}' {}", word, after));
  }
  take();
}

Text Parser::text() {
  if (at().kind != Tok::kString) fail_expected("a text in double quotes");
  const Token t = take();
  Text out;
  out.span = t.span;
  std::string literal;
  const auto base = static_cast<std::uint32_t>(t.text.data() - source_->text().data());
  for (std::uint32_t i = 0; i < t.text.size(); ++i) {
    if (t.text[i] != '{') {
      literal += t.text[i];
      continue;
    }
    std::uint32_t close = i + 1;
    for (int open = 1; close < t.text.size(); ++close) {
      if (t.text[close] == '{') ++open;
      if (t.text[close] == '}' && --open == 0) break;
    }
    if (close >= t.text.size()) {
      fail({source_, base + i, base + static_cast<std::uint32_t>(t.text.size())},
           "this '{' is never closed", "a text shows a value as {expression}");
    }
    if (!literal.empty()) out.pieces.push_back({std::move(literal), nullptr});
    literal.clear();
    Parser hole(source_, lex(source_, base + i + 1, base + close, diagnostics_), diagnostics_);
    hole.depth_ = depth_;
    TextPiece piece;
    piece.value = hole.whole_expression();
    if (piece.value == nullptr) throw Bail();
    out.pieces.push_back(std::move(piece));
    i = close;
  }
  if (!literal.empty()) out.pieces.push_back({std::move(literal), nullptr});
  return out;
}

ExprPtr parse_expression(const std::shared_ptr<const Source>& source, Diagnostics& diagnostics) {
  return Parser(source,
                lex(source, 0, static_cast<std::uint32_t>(source->text().size()), diagnostics),
                diagnostics)
      .whole_expression();
}

}  // namespace stalemate::lang
