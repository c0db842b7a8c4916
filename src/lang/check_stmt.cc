// Statements: what may stand where, and the types of what they use.
#include <fmt/format.h>

#include "lang/checker.h"

namespace stalemate::lang {

namespace {
using Kind = Type::Kind;
}  // namespace

void Checker::check_block(std::vector<StmtPtr>& list) {
  const Scope scope(*this);
  for (StmtPtr& s : list) check_stmt(*s);
}

// A condition of if, while, await: a bool, or one call of code (or its negation) where the
// statement is a step of its own.
void Checker::check_condition(Expr& e, bool calls_allowed) {
  Expr& inner = e.kind == ExprKind::kNot ? *e.args[0] : e;
  if (calls_allowed && is_call_to_code(inner)) {
    const Type* t = check_call(inner);
    inner.type = t;
    e.type = types_.boolean();
    if (t->kind != Kind::kBool && t->kind != Kind::kError) {
      diagnostics_.error(
          inner.span, fmt::format("a condition must be bool, this call gives {}", types_.name(t)));
    }
    return;
  }
  expect_type(e, check_expr(e, types_.boolean()), types_.boolean(), "a condition");
}

void Checker::check_text(Text& t) {
  for (TextPiece& p : t.pieces) {
    if (p.value == nullptr) continue;
    const Context saved = context_;
    context_.ghost_reads = true;
    const Type* type = check_expr(*p.value);
    context_ = saved;
    const bool shown = type->is_scalar() || type->kind == Kind::kError ||
                       type->kind == Kind::kSet ||
                       (p.value->local != nullptr && p.value->local->ref);
    if (!shown) {
      diagnostics_.error(p.value->span, fmt::format("a text cannot show {}", types_.name(type)),
                         "show one of its fields");
    }
  }
}

void Checker::check_args(const Decl& callee, std::vector<ExprPtr>& args, std::size_t first,
                         const Span& at) {
  const std::size_t given = args.size() - first;
  if (given != callee.params.size()) {
    diagnostics_.error(
        at, fmt::format("'{}' takes {} argument{}, {} given", callee.name.text,
                        callee.params.size(), callee.params.size() == 1 ? "" : "s", given));
  }
  for (std::size_t i = 0; i < given; ++i) {
    Expr& a = *args[first + i];
    const Param* p = i < callee.params.size() ? &callee.params[i] : nullptr;
    const Type* want = p == nullptr || p->local == nullptr ? nullptr : p->local->type;
    const Type* t = check_expr(a, want);
    if (want == nullptr) continue;
    if (p->ref) {
      if (check_lvalue(a, true) && t != want && t->kind != Kind::kError &&
          want->kind != Kind::kError) {
        diagnostics_.error(a.span, fmt::format("'{}' must be a variable of type {}, this is {}",
                                               p->name.text, types_.name(want), types_.name(t)));
      }
    } else {
      expect_type(a, t, want, fmt::format("argument '{}'", p->name.text));
    }
  }
}

void Checker::check_on_clause(Stmt& s) {
  if (s.handler == nullptr) return;
  const auto it = out_.globals.find(s.trap.text);
  if (it == out_.globals.end() || it->second->kind != DeclKind::kTrap) {
    unknown_name(s.trap, "trap");
  } else {
    resolve(*it->second);
    s.decl = it->second;
  }
  if (s.value == nullptr || !is_call_to_code(*s.value)) {
    diagnostics_.error(s.trap.span, "nothing here can trap",
                       "'on' follows the call of a step or a fn");
  }
  if (context_.atomic) {
    diagnostics_.error(s.trap.span, "a step cannot handle a trap",
                       "the handler runs after the step: call the step from a fn or a thread");
  }
  const Context saved = context_;
  context_.in_handler = true;
  // A handler ends with the exception return: it cannot leave for somewhere else.
  context_.in_loop = false;
  context_.result = nullptr;
  const Scope scope(*this);
  check_stmt(*s.handler);
  context_ = saved;
}

void Checker::check_assign(Stmt& s) {
  const Expr* base = s.target.get();
  while (base->kind == ExprKind::kIndex || base->kind == ExprKind::kField)
    base = base->args[0].get();
  const Context saved = context_;
  // A ghost may be written anywhere, and from other ghosts.
  const auto global = out_.globals.find(base->name.text);
  if (base->kind == ExprKind::kName && find_local(base->name.text) == nullptr &&
      global != out_.globals.end() && global->second->space == "ghost") {
    context_.ghost_reads = true;
  }
  const Type* to = check_expr(*s.target);
  const bool writable = check_lvalue(*s.target, true);
  const Type* from = check_rhs(*s.value, to);
  context_ = saved;
  if (writable) expect_type(*s.value, from, to, "the value assigned");
}

void Checker::check_let(Stmt& s) {
  const Type* declared = s.type_expr != nullptr ? resolve_type(*s.type_expr) : nullptr;
  const Type* t = s.value != nullptr ? check_rhs(*s.value, declared) : declared;
  if (declared != nullptr && s.value != nullptr) expect_type(*s.value, t, declared, "the value");
  if (declared != nullptr) t = declared;
  if (t->kind == Kind::kVoid) {
    diagnostics_.error(s.value->span, "this call gives no value");
    t = types_.error();
  }
  if (t->kind == Kind::kNone || t->kind == Kind::kEmptySet) {
    diagnostics_.error(s.value->span, "the type of this value is not known here",
                       fmt::format("write: let {} : TYPE = ...;", s.name.text));
    t = types_.error();
  }
  if (s.kind == StmtKind::kVar && declared == nullptr && t->kind == Kind::kInt) {
    diagnostics_.error(s.name.span, "a number that changes needs a range",
                       fmt::format("write: var {} : 0..7 = ...;", s.name.text));
  }
  check_on_clause(s);
  Local* local = declare(s.name, t);
  local->is_mutable = s.kind == StmtKind::kVar;
  s.local = local;
}

void Checker::check_for(Stmt& s) {
  const Type* t = check_expr(*s.value);
  const Type* element = types_.error();
  if (t->kind == Kind::kSet) {
    element = t->element;
  } else if (t->kind != Kind::kError) {
    diagnostics_.error(s.value->span, fmt::format("'for' needs a set, this is {}", types_.name(t)),
                       "as in: for c in others { ... }, for f in all(frame) { ... }");
  }
  const Scope scope(*this);
  s.local = declare(s.name, element);
  const Context saved = context_;
  context_.in_loop = true;
  check_block(s.body);
  context_ = saved;
}

void Checker::check_choose(Stmt& s) {
  if (s.kind == StmtKind::kChooseAlt) {
    for (auto& alternative : s.alternatives) check_block(alternative);
    return;
  }
  const Type* t = resolve_type(*s.type_expr);
  if (!t->is_scalar() && t->kind != Kind::kStruct && t->kind != Kind::kError) {
    diagnostics_.error(s.type_expr->span,
                       fmt::format("a value of {} cannot be chosen", types_.name(t)));
    t = types_.error();
  }
  t = require_plain(t, s.type_expr->span);
  s.local = declare(s.name, t);
  if (s.value != nullptr) check_condition(*s.value, false);
}

void Checker::check_return(Stmt& s) {
  if (context_.result == nullptr) {
    diagnostics_.error(s.span, "there is nothing to return from here",
                       "only a fn or a step returns; a thread or a handler ends with its code");
    return;
  }
  const bool wants = context_.result->kind != Kind::kVoid;
  if (!wants && s.value != nullptr) {
    check_rhs(*s.value, nullptr);
    diagnostics_.error(s.value->span, "this function gives no value", "declare it with '-> TYPE'");
  } else if (wants && s.value == nullptr) {
    diagnostics_.error(s.span,
                       fmt::format("this function must return {}", types_.name(context_.result)));
  } else if (wants) {
    expect_type(*s.value, check_rhs(*s.value, context_.result), context_.result,
                "the value returned");
  }
}

void Checker::check_raise_or_emit(Stmt& s) {
  const bool raise = s.kind == StmtKind::kRaise;
  const auto it = out_.globals.find(s.name.text);
  const DeclKind want = raise ? DeclKind::kTrap : DeclKind::kEvent;
  if (it == out_.globals.end() || it->second->kind != want) {
    unknown_name(s.name, raise ? "trap" : "event");
    for (ExprPtr& a : s.args) check_expr(*a);
    return;
  }
  resolve(*it->second);
  s.decl = it->second;
  if (raise && !context_.atomic) {
    diagnostics_.error(s.span, "'raise' belongs in a step", "the step that traps is one event");
  }
  check_args(*s.decl, s.args, 0, s.span);
}

void Checker::check_stmt(Stmt& s) {
  if (context_.observer && s.kind != StmtKind::kAssign && s.kind != StmtKind::kIf &&
      s.kind != StmtKind::kFor && s.kind != StmtKind::kAssert && s.kind != StmtKind::kLet &&
      s.kind != StmtKind::kBlock && s.kind != StmtKind::kCover) {
    diagnostics_.error(s.span, "a property only observes",
                       "it may assign to ghosts, assert, and use if, for and let");
    return;
  }
  const Context saved = context_;
  switch (s.kind) {
    case StmtKind::kCall:
      if (s.value->kind == ExprKind::kCall) {
        s.value->type = check_call(*s.value);
        if (s.value->decl != nullptr && s.value->decl->kind == DeclKind::kDef) {
          diagnostics_.error(s.span, "the value of this def is not used");
        }
      }
      check_on_clause(s);
      break;
    case StmtKind::kAssign:
      check_assign(s);
      check_on_clause(s);
      break;
    case StmtKind::kLet:
    case StmtKind::kVar:
      check_let(s);
      return;
    case StmtKind::kIf:
      check_condition(*s.value, !context_.atomic);
      unless(*s.value, false, [&] { check_block(s.body); });
      unless(*s.value, true, [&] { check_block(s.other); });
      break;
    case StmtKind::kWhile:
    case StmtKind::kLoop:
      if (context_.atomic) {
        diagnostics_.error(s.span, "a step cannot loop", "use 'for', whose rounds are known");
      }
      if (s.value != nullptr) check_condition(*s.value, true);
      context_.in_loop = true;
      check_block(s.body);
      break;
    case StmtKind::kRepeat:
      const_int(*s.value, 0, 64, "the number of rounds");
      context_.in_loop = true;
      check_block(s.body);
      break;
    case StmtKind::kFor:
      check_for(s);
      break;
    case StmtKind::kBreak:
    case StmtKind::kContinue:
      if (!context_.in_loop || context_.atomic) {
        diagnostics_.error(s.span, fmt::format("'{}' outside a loop",
                                               s.kind == StmtKind::kBreak ? "break" : "continue"));
      }
      break;
    case StmtKind::kReturn:
      check_return(s);
      break;
    case StmtKind::kAwait:
      if (s.rest && context_.atomic) {
        diagnostics_.error(s.span, "a step cannot rest",
                           "'or rest' belongs to an await of a thread");
      }
      check_condition(*s.value, false);
      break;
    case StmtKind::kChoose:
    case StmtKind::kChooseAlt:
      check_choose(s);
      break;
    case StmtKind::kAtomic:
      context_.atomic = true;
      check_block(s.body);
      break;
    case StmtKind::kBlock:
      check_block(s.body);
      break;
    case StmtKind::kAssert:
      context_.ghost_reads = true;
      check_condition(*s.value, false);
      check_text(s.text);
      break;
    case StmtKind::kCover:
      context_.ghost_reads = true;
      check_condition(*s.value, false);
      break;
    case StmtKind::kRaise:
    case StmtKind::kEmit:
      check_raise_or_emit(s);
      break;
    case StmtKind::kDrop: {
      check_cell(*s.target);
      const bool cell = s.target->kind == ExprKind::kIndex && s.target->decl != nullptr &&
                        s.target->decl->kind == DeclKind::kCache;
      if (!cell && s.target->type->kind != Kind::kError) {
        diagnostics_.error(s.target->span, "'drop' needs cells of a cache",
                           "as in: drop tlb[me][p]; or drop tlb[me][*];");
      }
      break;
    }
    case StmtKind::kFence:
      break;
  }
  context_ = saved;
}

}  // namespace stalemate::lang
