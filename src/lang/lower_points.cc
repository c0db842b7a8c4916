// What a run should come by for a safe verdict to mean something: the arms of the model's own
// conditions and choices, its assertions where they could fail, its handlers between two steps.
// docs/language.md, "Vacuous", tells the rules users see; verdict/words.h what becomes of them.
#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <set>

#include "lang/lowering.h"

namespace stalemate::lang {

namespace {

using ir::ExprRef;
using ir::Op;

bool is_binary(const Expr& e, const char* op) { return e.kind == ExprKind::kBinary && e.op == op; }

bool is_quantifier(const Expr& e, const char* op) {
  return e.kind == ExprKind::kQuantifier && e.op == op;
}

// Nothing but numbers and parameters.
bool is_configuration(const Expr& e) {
  switch (e.kind) {
    case ExprKind::kNumber:
    case ExprKind::kBool:
    case ExprKind::kNone:
      return true;
    case ExprKind::kName:
      return e.member >= 0 || (e.decl != nullptr && e.decl->kind == DeclKind::kParam);
    case ExprKind::kNot:
    case ExprKind::kNegate:
    case ExprKind::kBinary:
    case ExprKind::kTernary:
      return std::all_of(e.args.begin(), e.args.end(),
                         [](const ExprPtr& a) { return is_configuration(*a); });
    default:
      return false;
  }
}

// Does a step set the variable to the value?
bool writes(const ir::Block& body, int variable, int value) {
  return std::any_of(body.begin(), body.end(), [&](const ir::Stmt& s) {
    for (std::size_t i = 0; i < s.places.size(); ++i) {
      if (s.places[i].variable == variable && ir::is_const(s.values[i], value)) return true;
    }
    return writes(s.then_block, variable, value) || writes(s.else_block, variable, value);
  });
}

bool writes(const std::vector<ir::Step>& steps, int variable, int value) {
  return std::any_of(steps.begin(), steps.end(),
                     [&](const ir::Step& step) { return writes(step.body, variable, value); });
}

}  // namespace

// The value that a condition has whatever the state is, if the configuration says so.  It may also
// be constant in one alternative of a step, which has chosen what it reads; that does not count.
std::optional<bool> Lowering::known(const Expr& e, const Env& env) {
  if (is_configuration(e)) return scalar(e, env)->value != 0;
  if (e.kind == ExprKind::kNot) {
    const std::optional<bool> inner = known(*e.args[0], env);
    return inner ? std::optional<bool>(!*inner) : std::nullopt;
  }
  for (const bool decisive : {true, false}) {
    if (!is_binary(e, decisive ? "||" : "&&")) continue;
    const std::optional<bool> a = known(*e.args[0], env), b = known(*e.args[1], env);
    if (a == decisive || b == decisive) return decisive;
    if (a && b) return !decisive;
  }
  return std::nullopt;
}

// Where evaluating `e`, which is to be `wanted`, comes to the part that decides: the last of
// several alternatives counts when the others have failed, and of parts that must all hold each one
// counts. So the condition of `!when || what` could fail where `when` holds.
ExprRef Lowering::could_fail(const Expr& e, bool wanted, const Env& env) {
  if (e.kind == ExprKind::kNot) return could_fail(*e.args[0], !wanted, env);
  if (const std::optional<bool> value = known(e, env)) {
    return ir::constant(*value == wanted ? 0 : 1);
  }
  if (is_binary(e, wanted ? "||" : "&&")) {
    if (known(*e.args[1], env)) return could_fail(*e.args[0], wanted, env);
    const ExprRef first = scalar(*e.args[0], env);
    return ir::all_of({wanted ? ir::negate(first) : first, could_fail(*e.args[1], wanted, env)});
  }
  if (is_binary(e, wanted ? "&&" : "||")) {
    // The second is asked where the first is as wanted.
    const ExprRef first = scalar(*e.args[0], env);
    return ir::any_of(
        {could_fail(*e.args[0], wanted, env),
         ir::all_of({wanted ? first : ir::negate(first), could_fail(*e.args[1], wanted, env)})});
  }
  if (is_quantifier(e, wanted ? "forall" : "exists")) {
    std::vector<ExprRef> any;
    for (const Env& inner : each_value(e, env)) {
      any.push_back(could_fail(*e.args[0], wanted, inner));
    }
    return ir::any_of(std::move(any));
  }
  return ir::constant(1);
}

bool Lowering::in_model(const Span& span) const {
  return span && span.source == unit_.files.at(0)->source;
}

// The goal for a place in the model file: one for all CPUs and calls.
int Lowering::point(ir::Goal::Kind kind, const Span& span, const std::string& name) {
  const auto [it, fresh] = points_.emplace(std::pair(kind, span.begin), -1);
  if (fresh) {
    it->second = static_cast<int>(program_.goals.size());
    ir::Goal& goal = program_.goals.emplace_back();
    goal.name = fmt::format("{} ({})", name, short_place(span));
    goal.kind = kind;
    goal.span = span;
    for (const auto& d : unit_.files.at(0)->decls) {
      if (d->span.begin <= span.begin && span.end <= d->span.end) goal.inside = d->name.text;
    }
  }
  return it->second;
}

// One for all processes: whose step it is says whose loop turns.
int Lowering::goal_of_turns() {
  if (turn_ < 0) {
    turn_ = static_cast<int>(program_.goals.size());
    ir::Goal& goal = program_.goals.emplace_back();
    goal.name = "(turn of an endless loop)";
    goal.kind = ir::Goal::Kind::kTurn;
  }
  return turn_;
}

// Points that no step has: constant conditions leave them out.
void Lowering::drop_unused_points() {
  std::set<int> used;
  const std::function<void(const ir::Block&)> add = [&](const ir::Block& body) {
    for (const ir::Stmt& s : body) {
      if (s.kind == ir::Stmt::Kind::kCover) used.insert(s.goal);
      add(s.then_block);
      add(s.else_block);
    }
  };
  for (const ir::Step& step : program_.steps) add(step.body);
  std::vector<int> number;
  std::vector<ir::Goal> kept;
  for (std::size_t g = 0; g < program_.goals.size(); ++g) {
    number.push_back(static_cast<int>(kept.size()));
    ir::Goal& goal = program_.goals[g];
    if (goal.kind != ir::Goal::Kind::kNamed && used.count(static_cast<int>(g)) == 0) continue;
    if (taken_at_start_.count(static_cast<int>(g)) > 0) goal.kind = ir::Goal::Kind::kNamed;
    kept.push_back(std::move(goal));
  }
  program_.goals = std::move(kept);
  const std::function<void(ir::Block&)> renumber = [&](ir::Block& body) {
    for (ir::Stmt& s : body) {
      if (s.kind == ir::Stmt::Kind::kCover) s.goal = number[static_cast<std::size_t>(s.goal)];
      renumber(s.then_block);
      renumber(s.else_block);
    }
  };
  for (ir::Step& step : program_.steps) renumber(step.body);
  for (ir::Property& p : program_.properties) {
    for (int& g : p.watches) g = number[static_cast<std::size_t>(g)];
  }
}

// At the begin of one way to go on: its statements are what happens only there.  Nothing where
// nobody asks: in libraries, rules and observers.
ir::Block Lowering::arm(const Stmts& statements, const std::string& name) {
  if (statements.empty() || configuration_.counting || now_.process < 0) return {};
  if (now_.access == ir::Order::kObserve || !in_model(statements[0]->span)) return {};
  const Span span = join(statements.front()->span, statements.back()->span);
  return {cover(point(ir::Goal::Kind::kArm, span, name), ir::constant(1), span)};
}

int Lowering::node_of_arm(const Stmts& statements, const std::string& name, int body) {
  ir::Block mark = arm(statements, name);
  if (mark.empty()) return body;
  const int at = new_node();
  silent(at, std::move(mark), body);
  return at;
}

std::string Lowering::name_of_if(const Stmt& s) const {
  return fmt::format("if ({})", snippet(s.value->span));
}

std::string Lowering::name_of_else(const Stmt& s) const { return "else of " + name_of_if(s); }

std::string Lowering::name_of_alternative(const Stmts& option) const {
  return option.empty() ? std::string() : "alternative " + snippet(option.front()->span);
}

// An assertion, after the note that it could fail here, if somebody asks for that.
ir::Block Lowering::judged(const Stmt& s, const Env& env) {
  ir::Block out{assertion(s, env)};
  if (s.kind != StmtKind::kAssert || configuration_.counting) return out;
  int goal = now_.watch;
  if (goal < 0) {
    // `assert false` says that nobody comes here.
    const bool asked = now_.access != ir::Order::kObserve && in_model(s.span);
    if (!asked || now_.process < 0 || known(*s.value, env)) return out;
    goal = point(ir::Goal::Kind::kAssertion, s.span, "assert " + snippet(s.value->span));
  }
  const ExprRef when = could_fail(*s.value, true, env);
  if (!ir::is_const(when, 0)) out.insert(out.begin(), cover(goal, when, s.span));
  return out;
}

// That a handler interrupts a program after its first step and before its last one, or a handler of
// a lower level.  Nothing where no program of this CPU is as long as that.
ir::Block Lowering::delivery(const Decl& handler) {
  if (configuration_.counting || !in_model(handler.span)) return {};
  const ir::Process& self = program_.processes[static_cast<std::size_t>(now_.process)];
  std::vector<ExprRef> between;
  bool asked = false;
  for (const ir::Process& p : program_.processes) {
    if (p.cpu != self.cpu || p.level >= self.level) continue;
    std::vector<ExprRef> inside;
    const auto is_not_at = [&](int location) {
      inside.push_back(ir::binary(Op::kNe, ir::read(p.control), ir::constant(location)));
    };
    const bool thread = p.role == ir::Role::kThread;
    // A loop comes back to where the thread began, after a step.
    if (!thread || !writes(threads_, p.control, 0)) is_not_at(0);
    for (std::size_t i = 1; thread && i < p.locations.size(); ++i) {
      if (p.locations[i].final) is_not_at(static_cast<int>(i));
    }
    asked = asked || (thread && p.locations.size() > inside.size());
    between.push_back(ir::all_of(std::move(inside)));
  }
  if (!asked) return {};
  return {cover(point(ir::Goal::Kind::kDelivery, handler.name.span, handler.name.text),
                ir::any_of(std::move(between)), handler.span)};
}

}  // namespace stalemate::lang
