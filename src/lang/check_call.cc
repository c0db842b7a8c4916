// Calls, uses of copies, and what may be assigned to.
#include <fmt/format.h>

#include <algorithm>

#include "lang/checker.h"

namespace stalemate::lang {

namespace {
using Kind = Type::Kind;
}  // namespace

bool Checker::is_call_to_code(const Expr& e) const {
  if (e.kind != ExprKind::kCall) return false;
  const Expr& callee = *e.args[0];
  if (callee.kind == ExprKind::kName && find_local(callee.name.text) == nullptr) {
    const auto it = out_.globals.find(callee.name.text);
    return it == out_.globals.end() || it->second->kind == DeclKind::kFn ||
           it->second->kind == DeclKind::kStep || it->second->kind == DeclKind::kVariable;
  }
  return true;
}

const Type* Checker::check_plain_call(Expr& e) {
  Expr& callee = *e.args[0];
  if (callee.kind != ExprKind::kName) {
    diagnostics_.error(e.span, "a call of code cannot stand inside an expression",
                       "give its result a name first: let x = ...;");
    return types_.error();
  }
  const auto it = out_.globals.find(callee.name.text);
  if (it == out_.globals.end() && find_local(callee.name.text) == nullptr) {
    unknown_name(callee.name, "function");
    return types_.error();
  }
  if (find_local(callee.name.text) != nullptr || it->second->kind != DeclKind::kDef) {
    diagnostics_.error(
        e.span,
        fmt::format("'{}' is code: it cannot be called inside an expression", callee.name.text),
        "give its result a name first: let x = ...;");
    return types_.error();
  }
  resolve(*it->second);
  e.decl = it->second;
  check_args(*e.decl, e.args, 1, e.span);
  for (std::size_t i = 1; i < e.args.size() && i <= e.decl->params.size(); ++i) {
    const Param& p = e.decl->params[i - 1];
    if (p.local != nullptr) expect_present(*e.args[i], e.args[i]->type, p.local->type);
  }
  return e.decl->type == nullptr ? types_.error() : e.decl->type;
}

const Type* Checker::check_method(Expr& e, Expr& base, const std::string& method) {
  const Type* t = check_expr(base);
  if (t->kind == Kind::kError) return t;
  const bool queue = t->kind == Kind::kQueue && (method == "push" || method == "pop");
  const bool set = t->kind == Kind::kSet && (method == "add" || method == "remove");
  if (!queue && !set) {
    // A function value held in a field.
    const Type* f = check_expr(*e.args[0]);
    if (f->kind == Kind::kError) return f;
    const FnSort* sort = f->sort >= 0 ? types_.fn_sort(f->sort) : nullptr;
    if (sort == nullptr) {
      diagnostics_.error(e.span, fmt::format("{} cannot be called", types_.name(f)));
      return types_.error();
    }
    if (e.args.size() - 1 != sort->args.size()) {
      diagnostics_.error(
          e.span, fmt::format("{} takes {} argument{}, {} given", types_.name(f), sort->args.size(),
                              sort->args.size() == 1 ? "" : "s", e.args.size() - 1));
      return types_.error();
    }
    for (std::size_t i = 1; i < e.args.size(); ++i) {
      expect_type(*e.args[i], check_expr(*e.args[i], sort->args[i - 1]), sort->args[i - 1],
                  "this argument");
    }
    return types_.void_type();
  }
  check_lvalue(base, true);
  const std::size_t want = method == "pop" ? 0 : 1;
  if (e.args.size() - 1 != want) {
    diagnostics_.error(e.span,
                       fmt::format("'{}' takes {} argument{}", method, want, want == 1 ? "" : "s"));
    return types_.error();
  }
  if (want == 1) {
    expect_type(*e.args[1], check_expr(*e.args[1], t->element), t->element, "this element");
  }
  return method == "pop" ? t->element : types_.void_type();
}

const Type* Checker::check_call(Expr& e) {
  Expr& callee = *e.args[0];
  if (callee.kind == ExprKind::kField) return check_method(e, *callee.args[0], callee.name.text);
  if (callee.kind != ExprKind::kName) {
    diagnostics_.error(callee.span, "this cannot be called");
    return types_.error();
  }
  const auto global = out_.globals.find(callee.name.text);
  const bool variable = global != out_.globals.end() && global->second->kind == DeclKind::kVariable;
  if (find_local(callee.name.text) != nullptr || variable) {
    const Type* f = check_expr(callee);
    const FnSort* sort = f->sort >= 0 ? types_.fn_sort(f->sort) : nullptr;
    if (sort == nullptr) {
      if (f->kind != Kind::kError) {
        diagnostics_.error(callee.span, fmt::format("'{}' is {}: it cannot be called",
                                                    callee.name.text, types_.name(f)));
      }
      return types_.error();
    }
    if (e.args.size() - 1 != sort->args.size()) {
      diagnostics_.error(e.span, fmt::format("'{}' takes {} argument{}, {} given", callee.name.text,
                                             sort->args.size(), sort->args.size() == 1 ? "" : "s",
                                             e.args.size() - 1));
      return types_.error();
    }
    for (std::size_t i = 1; i < e.args.size(); ++i) {
      expect_type(*e.args[i], check_expr(*e.args[i], sort->args[i - 1]), sort->args[i - 1],
                  "this argument");
    }
    return types_.void_type();
  }
  const auto it = out_.globals.find(callee.name.text);
  if (it == out_.globals.end()) {
    unknown_name(callee.name, "function");
    for (std::size_t i = 1; i < e.args.size(); ++i) check_expr(*e.args[i]);
    return types_.error();
  }
  Decl& d = *it->second;
  if (d.kind == DeclKind::kDef) return check_plain_call(e);
  if (d.kind != DeclKind::kFn && d.kind != DeclKind::kStep) {
    diagnostics_.error(callee.span, fmt::format("'{}' cannot be called", callee.name.text),
                       d.kind == DeclKind::kEvent  ? "write: emit " + callee.name.text + "(...);"
                       : d.kind == DeclKind::kTrap ? "write: raise " + callee.name.text + "(...);"
                                                   : "");
    return types_.error();
  }
  resolve(d);
  e.decl = &d;
  if (context_.observer) {
    diagnostics_.error(e.span, "a property only observes: it cannot call code");
  }
  // Code is part of the program: no ghost gets into it as an argument.
  const bool ghosts = context_.ghost_reads;
  context_.ghost_reads = false;
  check_args(d, e.args, 1, e.span);
  context_.ghost_reads = ghosts;
  return d.type == nullptr ? types_.void_type() : d.type;
}

// An expression that may name cells of a cache: in use, drop and after 'in'.
const Type* Checker::check_cell(Expr& e) {
  const bool saved = context_.cells;
  context_.cells = true;
  const Type* t = check_expr(e);
  context_.cells = saved;
  return t;
}

const Type* Checker::check_use(Expr& e) {
  Expr& cell = *e.args[0];
  const Type* t = check_cell(cell);
  if (t->kind == Kind::kError) return t;
  if (context_.observer) {
    diagnostics_.error(e.span, "a property only observes: it cannot use a copy");
    return types_.error();
  }
  if (cell.decl == nullptr || cell.decl->kind != DeclKind::kCache || cell.kind == ExprKind::kName ||
      t->kind == Kind::kArray) {
    diagnostics_.error(cell.span, "'use' needs one cell of a cache, as in 'use tlb[me][p]'");
    return types_.error();
  }
  if (!context_.atomic) {
    diagnostics_.error(e.span, "'use' belongs in a step",
                       "what the hardware does with a copy is one event: put it in a step");
  }
  return cell.decl->locals.back()->type;
}

const Type* Checker::check_rhs(Expr& e, const Type* expected) {
  if (e.kind == ExprKind::kUse) return e.type = check_use(e);
  if (is_call_to_code(e)) return e.type = check_call(e);
  return check_expr(e, expected);
}

bool Checker::check_lvalue(Expr& e, bool for_write) {
  const Expr* base = &e;
  while (base->kind == ExprKind::kIndex || base->kind == ExprKind::kField) {
    const Type* of = base->args[0]->type;
    const bool computed = base->kind == ExprKind::kField && of != nullptr &&
                          (of->kind == Kind::kSet || of->kind == Kind::kQueue);
    if (computed) {
      diagnostics_.error(base->span,
                         fmt::format("'{}' is computed, it is not a variable", base->name.text),
                         of->kind == Kind::kQueue ? "a queue changes with push() and pop()"
                                                  : "a set changes with add(), remove() and '='");
      return false;
    }
    base = base->args[0].get();
  }
  if (base->kind == ExprKind::kName && base->local != nullptr) {
    if (base->local->ref || (base->local->is_mutable)) return true;
    diagnostics_.error(base->span, fmt::format("'{}' cannot be changed", base->name.text),
                       "a local that changes is declared with 'var'");
    return false;
  }
  if (base->kind != ExprKind::kName || base->decl == nullptr ||
      base->decl->kind != DeclKind::kVariable) {
    if (e.type != nullptr && e.type->kind == Kind::kError) return false;
    if (base->decl != nullptr && base->decl->kind == DeclKind::kCache) {
      diagnostics_.error(e.span, "a cache is changed by the machine only",
                         "use 'drop' to invalidate copies");
    } else if (base->decl != nullptr && base->decl->kind == DeclKind::kParam) {
      diagnostics_.error(e.span,
                         fmt::format("parameter '{}' cannot be changed", base->decl->name.text),
                         "it is fixed before the model runs; what changes is declared with 'var'");
    } else {
      diagnostics_.error(e.span, "this is not a variable",
                         "what changes is declared with var, mem, percpu or ghost");
    }
    return false;
  }
  const bool ghost = base->decl->space == "ghost";
  if (for_write && context_.observer && ghost) noted_.emplace(base->decl, context_.owner);
  if (for_write && context_.observer && !ghost) {
    diagnostics_.error(
        e.span,
        fmt::format("a property only observes: it cannot change '{}'", base->decl->name.text),
        "a property may have ghost variables of its own");
    return false;
  }
  return true;
}

}  // namespace stalemate::lang
