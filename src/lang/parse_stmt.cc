// Statements.
#include <fmt/format.h>

#include "lang/parser_base.h"

namespace stalemate::lang {

StmtPtr Parser::stmt(StmtKind kind, const Span& begin) const {
  auto s = std::make_unique<Stmt>();
  s->kind = kind;
  s->span = begin;
  return s;
}

void Parser::skip_statement() {
  int open = 0;
  while (at().kind != Tok::kEnd && !at_declaration()) {
    if (open == 0 && is("}")) return;
    const Token t = take();
    if (t.kind != Tok::kPunct) continue;
    if (t.text == "{") ++open;
    if (t.text == "}" && --open == 0) {
      accept(";");
      return;
    }
    if (t.text == ";" && open == 0) return;
  }
}

std::vector<StmtPtr> Parser::block(std::string_view what) {
  const Span begin = expect("{", what);
  std::vector<StmtPtr> list;
  while (!is("}") && at().kind != Tok::kEnd && !at_declaration()) {
    const std::size_t start = pos_;
    try {
      list.push_back(statement());
    } catch (const Bail&) {
      if (fatal_) throw;
      // The next statement, unless this one ended where something was missing.
      const bool ended =
          pos_ > start && (tokens_[pos_ - 1].text == "}" || tokens_[pos_ - 1].text == ";");
      if (!ended) skip_statement();
    }
  }
  if (!is("}")) {
    fail_missing("'}' to end the block",
                 fmt::format("it begins at line {}", source_->position(begin.begin).line));
  }
  take();
  return list;
}

std::vector<StmtPtr> Parser::one_or_block(std::string_view what) {
  if (is("{")) return block(what);
  std::vector<StmtPtr> list;
  list.push_back(statement());
  return list;
}

StmtPtr Parser::statement() {
  const Deeper deeper(*this);
  block_follows_ = false;
  parts_ = 0;
  while (at().kind == Tok::kDoc) take();
  const Span begin = at().span;
  StmtPtr s = statement_body(begin);
  s->span = from(begin);
  return s;
}

StmtPtr Parser::statement_body(const Span& begin) {
  if (is("if")) return if_statement(stmt(StmtKind::kIf, begin));
  if (is("for")) return for_statement(stmt(StmtKind::kFor, begin));
  if (is("let") || is("var")) {
    return let_statement(stmt(is("let") ? StmtKind::kLet : StmtKind::kVar, begin));
  }
  if (is("choose")) return choose_statement(stmt(StmtKind::kChoose, begin));
  if (is("assert") || is("cover")) {
    return assert_statement(stmt(is("assert") ? StmtKind::kAssert : StmtKind::kCover, begin));
  }
  if (is("{")) {
    StmtPtr s = stmt(StmtKind::kBlock, begin);
    s->body = block("");
    return s;
  }
  if (accept("while") || is("repeat")) {
    const bool repeat = accept("repeat");
    StmtPtr s = stmt(repeat ? StmtKind::kRepeat : StmtKind::kWhile, begin);
    if (repeat) {
      block_follows_ = true;
      s->value = binary(5);
      block_follows_ = false;
    } else {
      expect("(", "after 'while'");
      s->value = expression();
      expect(")", "after the condition");
    }
    s->body = block("before the body of the loop");
    return s;
  }
  if (accept("loop")) {
    StmtPtr s = stmt(StmtKind::kLoop, begin);
    s->body = block("after 'loop'");
    return s;
  }
  if (accept("atomic")) {
    StmtPtr s = stmt(StmtKind::kAtomic, begin);
    s->body = block("after 'atomic'");
    return s;
  }
  if (is("break") || is("continue")) {
    StmtPtr s = stmt(is("break") ? StmtKind::kBreak : StmtKind::kContinue, begin);
    const std::string word(take().text);
    expect(";", fmt::format("after '{}'", word));
    return s;
  }
  if (accept("return")) {
    StmtPtr s = stmt(StmtKind::kReturn, begin);
    if (!is(";")) s->value = expression();
    expect(";", "after 'return'");
    return s;
  }
  if (accept("await")) {
    StmtPtr s = stmt(StmtKind::kAwait, begin);
    s->value = expression();
    if (accept("as")) s->label = expect_name("a word for what is waited for, such as lock");
    if (at().kind == Tok::kName && at().text == "or" && at(1).text == "rest") {
      take();
      take();
      s->rest = true;
    }
    expect(";", "after the condition of 'await'");
    return s;
  }
  if (is("raise") || is("emit")) {
    StmtPtr s = stmt(is("raise") ? StmtKind::kRaise : StmtKind::kEmit, begin);
    const bool raise = take().text == "raise";
    s->name = expect_name(raise ? "the name of a trap" : "the name of an event");
    s->args = call_arguments();
    expect(";", "after the arguments");
    return s;
  }
  if (accept("drop")) {
    StmtPtr s = stmt(StmtKind::kDrop, begin);
    s->target = postfix();
    expect(";", "after the copies to drop");
    return s;
  }
  if (accept("fence")) {
    StmtPtr s = stmt(StmtKind::kFence, begin);
    s->name = expect_field_name("the kind of fence");
    expect(";", "after the kind of fence");
    return s;
  }
  if (!is_name()) fail_expected("a statement");
  return expression_statement(stmt(StmtKind::kCall, begin));
}

StmtPtr Parser::if_statement(StmtPtr s) {
  take();
  expect("(", "after 'if'");
  s->value = expression();
  expect(")", "after the condition");
  s->body = one_or_block("after the condition");
  if (accept("else")) s->other = one_or_block("after 'else'");
  return s;
}

StmtPtr Parser::for_statement(StmtPtr s) {
  take();
  s->name = expect_name("the name of the loop variable");
  expect("in", "after the loop variable, as in 'for c in others'");
  s->value = expression_before_block();
  if (at().kind == Tok::kName && at().text == "ascending") {
    take();
    s->ascending = true;
  }
  s->body = block("before the body of the loop");
  return s;
}

StmtPtr Parser::let_statement(StmtPtr s) {
  const bool is_let = take().text == "let";
  s->name = expect_name("the name of a local");
  if (accept(":")) s->type_expr = type();
  if (is_let || is("=")) {
    expect("=", "before the value");
    s->value = expression();
  } else if (s->type_expr == nullptr) {
    fail_expected("':' and a type, or '=' and a value");
  }
  on_clause(*s);
  if (s->handler == nullptr) expect(";", "after the value");
  return s;
}

StmtPtr Parser::choose_statement(StmtPtr s) {
  take();
  if (is("{")) {
    s->kind = StmtKind::kChooseAlt;
    s->alternatives.push_back(block("after 'choose'"));
    if (!is("or")) fail_missing("'or' and the other alternative");
    while (accept("or")) s->alternatives.push_back(block("after 'or'"));
    return s;
  }
  s->name = expect_name("the name of the value chosen, or '{'");
  expect(":", "between the name and its type, as in 'choose c : cpu where c != me'");
  s->type_expr = type();
  if (accept("where")) s->value = expression();
  expect(";", "after the choice");
  return s;
}

StmtPtr Parser::assert_statement(StmtPtr s) {
  const bool is_assert = take().text == "assert";
  if (is_assert) {
    s->value = expression();
    if (accept(",")) s->text = text();
    expect(";", "after the assertion");
    return s;
  }
  if (is_name() && is(":", 1)) {
    s->name = expect_name("a name");
    take();
  }
  s->value = expression();
  expect(";", "after 'cover'");
  return s;
}

// "on TRAP statement": where control goes when the step before it traps.
void Parser::on_clause(Stmt& s) {
  if (!accept("on")) return;
  s.trap = expect_name("the name of a trap");
  s.handler = statement();
}

StmtPtr Parser::expression_statement(StmtPtr s) {
  const Token first = at();
  ExprPtr e = postfix();
  if (is("=")) {
    take();
    s->kind = StmtKind::kAssign;
    s->target = std::move(e);
    s->value = expression();
    on_clause(*s);
    if (s->handler == nullptr) expect(";", "after the assignment");
    return s;
  }
  if (is("++") || is("--") || (is("+") && is("=", 1)) || (is("-") && is("=", 1))) {
    fail(at().span,
         fmt::format("the language has no '{}' statement", is("+")   ? "+="
                                                           : is("-") ? "-="
                                                                     : std::string(at().text)),
         "a load and a store are two events: write 'x = x + 1', or an atomic step");
  }
  if (e->kind != ExprKind::kCall) {
    if (at().kind == Tok::kName && e->kind == ExprKind::kName) {
      fail(first.span, fmt::format("unknown statement '{}'", e->name.text), [&] {
        const std::string close = did_you_mean(e->name.text, keywords());
        return close.empty() ? std::string() : fmt::format("did you mean '{}'?", close);
      }());
    }
    fail_expected("'=' or '(': a statement assigns or calls");
  }
  s->value = std::move(e);
  on_clause(*s);
  if (s->handler == nullptr) expect(";", "after the call");
  return s;
}

}  // namespace stalemate::lang
