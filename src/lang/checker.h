// The checker: names, types, and the rules of the language that need no control flow.
// Private to check_decl.cc, check_stmt.cc, check_expr.cc.
#ifndef STALEMATE_LANG_CHECKER_H_
#define STALEMATE_LANG_CHECKER_H_

#include <optional>
#include <set>

#include "lang/unit.h"

namespace stalemate::lang {

constexpr long kMaxElements = 1L << 20;  // scalars of one variable

class Checker {
 public:
  Checker(Unit& unit, const Configuration& configuration, Checked& out, Diagnostics& diagnostics)
      : unit_(unit),
        configuration_(configuration),
        out_(out),
        types_(out.types),
        diagnostics_(diagnostics) {}

  void run();

 private:
  // What the code being checked may do.
  struct Context {
    Decl* owner = nullptr;  // declaration that owns the locals
    bool atomic = false;    // inside a step, an atomic block, a rule, an observer
    bool observer = false;  // inside a property or goal: reads all, writes ghosts only
    bool in_loop = false;
    bool in_handler = false;  // irqs_were_on has a meaning
    bool ghost_reads = false;
    bool cells = false;            // a cache may be named here
    bool any_cpu = false;          // `cpu 2` need not exist: this is not used, or looked at later
    const Type* result = nullptr;  // of the function; null: return is not allowed
  };

  // check_decl.cc
  void collect();
  void bind_global(Decl& d, const std::string& name, const Span& span);
  void collect_instances();
  void resolve(Decl& d);  // type of a global, on demand
  void resolve_param(Decl& d);
  void resolve_enum(Decl& d);
  void resolve_struct(Decl& d);
  void resolve_variable(Decl& d);
  void resolve_signature(Decl& d);
  void check_bodies(Decl& d);
  void check_cache(Decl& d);
  void check_init(Decl& d);
  void check_bounds(Decl& d);
  void check_counted_ghosts();
  void check_property(Decl& d);
  void check_observer(Decl& owner, Observer& o, std::vector<StmtPtr>* body, Expr* condition);
  void check_defined_once();
  void check_member_names();
  void finish_function_sorts();
  const Type* resolve_type(TypeExpr& t);
  const Type* plain_type(TypeExpr& t);
  const Type* index_type(TypeExpr& t);
  const Type* named_type(TypeExpr& t);
  const Type* with_dims(const std::vector<TypeExprPtr>& dims, const Type* t, const Span& span);
  bool has_default(const Type* t, std::string& culprit) const;
  void require_small(const Type* t, const Span& span);
  // The type itself if its values can be enumerated one by one; an error type otherwise.
  const Type* require_plain(const Type* t, const Span& span);

  // check_stmt.cc
  void check_block(std::vector<StmtPtr>& list);
  void check_stmt(Stmt& s);
  void check_assign(Stmt& s);
  void check_let(Stmt& s);
  void check_for(Stmt& s);
  void check_choose(Stmt& s);
  void check_return(Stmt& s);
  void check_raise_or_emit(Stmt& s);
  void check_on_clause(Stmt& s);
  void check_condition(Expr& e, bool calls_allowed);
  void check_text(Text& t);
  void check_args(const Decl& callee, std::vector<ExprPtr>& args, std::size_t first,
                  const Span& at);

  // check_expr.cc
  const Type* check_expr(Expr& e, const Type* expected = nullptr);
  const Type* check_name(Expr& e, const Type* expected);
  const Type* check_binary(Expr& e, const Type* expected);
  const Type* check_index(Expr& e);
  const Type* check_field(Expr& e);
  const Type* check_set(Expr& e, const Type* expected);
  const Type* check_struct(Expr& e);
  const Type* check_quantifier(Expr& e);
  const Type* check_plain_call(Expr& e);  // def or value method, usable inside expressions
  const Type* check_call(Expr& e);        // any call, as a statement or a whole right-hand side
  const Type* check_method(Expr& e, Expr& base, const std::string& method);
  const Type* check_rhs(Expr& e, const Type* expected);  // check_expr, or a call, or `use`
  const Type* check_use(Expr& e);
  const Type* check_cell(Expr& e);
  bool check_lvalue(Expr& e, bool for_write);
  bool is_call_to_code(const Expr& e) const;
  const Type* member_type(const std::string& name, const Type* expected, int& member) const;
  bool assignable(const Type* from, const Type* to) const;
  void expect_present(const Expr& e, const Type* from, const Type* to);
  bool expect_type(const Expr& e, const Type* from, const Type* to, const std::string& what);
  bool is_constant(const Expr& e) const;
  // Checks what is left out where the condition is known to be `value`.
  template <typename F>
  void unless(const Expr& condition, bool value, F check) {
    const bool saved = context_.any_cpu;
    const std::optional<long> known = const_eval(condition);
    context_.any_cpu = saved || (known && (*known != 0) == value);
    check();
    context_.any_cpu = saved;
  }
  std::optional<long> const_eval(const Expr& e);
  long const_int(Expr& e, long lo, long hi, const std::string& what);

  // names
  Local* declare(const Name& name, const Type* type);
  const Local* find_local(const std::string& name) const;
  void unknown_name(const Name& name, const std::string& what, const Type* expected = nullptr);
  // Names that could stand where `what` is expected: "function", "trap", "name", ...
  std::vector<std::string> visible_names(const std::string& what) const;
  std::string described(const Type* t) const;

  struct Scope {
    explicit Scope(Checker& c) : checker(c), size(c.scope_.size()) {}
    ~Scope() { checker.scope_.resize(size); }
    Scope(const Scope&) = delete;
    Scope& operator=(const Scope&) = delete;
    Checker& checker;
    std::size_t size;
  };

  Unit& unit_;
  const Configuration& configuration_;
  Checked& out_;
  Types& types_;
  Diagnostics& diagnostics_;
  Context context_;
  std::vector<const Local*> scope_;
  std::vector<Decl*> all_;
  std::map<const Decl*, const Decl*> noted_;  // ghosts that a property assigns, and which one
  std::vector<std::pair<const Decl*, Span>> counted_;  // ghosts that conditions of counters read
  std::set<const Decl*> resolving_, resolved_;
  int locals_ = 0;
  std::map<const TypeExpr*, int> inline_enums_;           // sort of each enum written in place
  std::map<std::string, std::pair<int, int>> instances_;  // name -> sort, member
};

}  // namespace stalemate::lang

#endif  // STALEMATE_LANG_CHECKER_H_
