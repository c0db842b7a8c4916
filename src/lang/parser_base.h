// What the three parts of the parser share: the token cursor, errors, recovery.
// Private to the parser: parse_expr.cc, parse_stmt.cc, parse_decl.cc.
#ifndef STALEMATE_LANG_PARSER_BASE_H_
#define STALEMATE_LANG_PARSER_BASE_H_

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "lang/ast.h"
#include "lang/lexer.h"
#include "lang/parser.h"

namespace stalemate::lang {

class Parser {
 public:
  Parser(std::shared_ptr<const Source> source, std::vector<Token> tokens, Diagnostics& diagnostics)
      : source_(std::move(source)), tokens_(std::move(tokens)), diagnostics_(diagnostics) {}

  std::vector<std::unique_ptr<Decl>> file();
  ExprPtr whole_expression();

 private:
  // Thrown after an error was reported, caught where parsing can go on.
  struct Bail {};
  // Counts nesting for the life of one recursive call.
  class Deeper {
   public:
    explicit Deeper(Parser& p) : parser_(p) {
      if (++parser_.depth_ > kMaxNesting) {
        parser_.depth_ = 0;
        parser_.fail_fatally("nested deeper than 100 levels",
                             "give the inner part a name of its own");
      }
    }
    ~Deeper() { --parser_.depth_; }
    Deeper(const Deeper&) = delete;
    Deeper& operator=(const Deeper&) = delete;

   private:
    Parser& parser_;
  };

  // Cursor.
  const Token& at(std::size_t ahead = 0) const;
  bool is(std::string_view text, std::size_t ahead = 0) const;
  bool is_name(std::size_t ahead = 0) const;  // a name that is not a keyword
  bool accept(std::string_view text);
  bool at_declaration() const;  // at a word that only a declaration starts with, in column 1
  Token take();
  Span expect(std::string_view text, std::string_view after);
  Name expect_name(std::string_view what);
  Span from(const Span& begin) const;  // from `begin` to the last token taken

  // Errors.
  [[noreturn]] void fail(const Span& span, std::string message, std::string hint = {});
  [[noreturn]] void fail_expected(std::string_view what, std::string hint = {});
  // What is missing at the end of a line is shown there, not on the line below.
  [[noreturn]] void fail_missing(std::string_view what, std::string hint = {});
  [[noreturn]] void fail_fatally(std::string message, std::string hint);
  std::string found() const;
  ExprPtr expression_before_block();
  void skip_statement();
  void skip_declaration();

  // parse_expr.cc
  ExprPtr expression();
  ExprPtr ternary();
  ExprPtr binary(int level);
  ExprPtr unary();
  ExprPtr postfix();
  ExprPtr primary();
  ExprPtr quantifier();
  ExprPtr set_or_struct(Name name, const Span& begin);
  std::vector<ExprPtr> call_arguments();
  ExprPtr node(ExprKind kind, const Span& span);
  Name expect_field_name(std::string_view what = "the name of a field");
  void expect_word(std::string_view word, std::string_view after);
  TypeExprPtr type();
  TypeExprPtr plain_type();
  Text text();
  Text raw_text();

  // parse_stmt.cc
  std::vector<StmtPtr> block(std::string_view what);
  StmtPtr statement();
  StmtPtr statement_body(const Span& begin);
  StmtPtr if_statement(StmtPtr s);
  StmtPtr for_statement(StmtPtr s);
  StmtPtr let_statement(StmtPtr s);
  StmtPtr choose_statement(StmtPtr s);
  StmtPtr assert_statement(StmtPtr s);
  StmtPtr expression_statement(StmtPtr s);
  void on_clause(Stmt& s);
  StmtPtr stmt(StmtKind kind, const Span& begin) const;
  std::vector<StmtPtr> one_or_block(std::string_view what);

  // parse_decl.cc
  std::unique_ptr<Decl> declaration();
  std::unique_ptr<Decl> declaration_body(std::unique_ptr<Decl> d);
  void header_decl(Decl& d, const std::string& word);
  void import_decl(Decl& d);
  void param_decl(Decl& d);
  void enum_decl(Decl& d);
  void struct_decl(Decl& d);
  void variable_decl(Decl& d);
  void init_decl(Decl& d);
  void function_decl(Decl& d, const std::string& word);
  void thread_decl(Decl& d);
  void handler_decl(Decl& d, const std::string& word);
  void rule_decl(Decl& d, const std::string& word);
  void cache_decl(Decl& d);
  void property_decl(Decl& d);
  void property_item(Decl& d);
  bool at_leads_to() const;
  void goal_decl(Decl& d);
  void allow_decl(Decl& d);
  void counter_decl(Decl& d);
  void variant_decl(Decl& d);
  Observer observer();
  std::vector<StmtPtr> single_statement();
  std::vector<Param> parameters(bool with_types);
  std::vector<TypeExprPtr> dimensions();
  std::vector<Name> name_list(std::string_view what);
  std::string dotted_name(Name& name, std::string_view what);

  std::shared_ptr<const Source> source_;
  std::vector<Token> tokens_;
  std::size_t pos_ = 0;
  int depth_ = 0;
  int parts_ = 0;  // of the expressions of this statement or declaration
  bool fatal_ = false;
  bool block_follows_ = false;  // after this expression: "name { }" is a name and an empty block
  Diagnostics& diagnostics_;
};

}  // namespace stalemate::lang

#endif  // STALEMATE_LANG_PARSER_BASE_H_
