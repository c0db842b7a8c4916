#include "export/action.h"

#include <algorithm>
#include <numeric>
#include <utility>

#include "export/defined.h"
#include "export/remark.h"

namespace stalemate::exporter {

namespace {

using ir::ExprRef;
using ir::Stmt;

class Lowering {
 public:
  Lowering(const ir::Program& p, const ir::Step& step, const std::vector<int>& properties)
      : p_(p), step_(step), properties_(properties), defined_(p, step.choices) {}

  Move move() const { return {defined_.expression(step_.guard), step_.guard, block(step_.body)}; }

 private:
  Actions block(const ir::Block& b) const {
    Actions out;
    for (const Stmt& s : b) add(s, out);
    return out;
  }

  void add(const Stmt& s, Actions& out) const {
    // Even a condition that decides nothing here must have a value.
    if (s.condition) check(defined_.expression(s.condition), "no value", out);
    switch (s.kind) {
      case Stmt::Kind::kAssign:
        assign(s, out);
        return;
      case Stmt::Kind::kIf: {
        Action a;
        a.kind = Action::Kind::kIf;
        a.condition = s.condition;
        a.then_block = block(s.then_block);
        a.else_block = block(s.else_block);
        if (!a.then_block.empty() || !a.else_block.empty()) out.push_back(std::move(a));
        return;
      }
      case Stmt::Kind::kAssert: {
        if (std::find(properties_.begin(), properties_.end(), s.property) == properties_.end())
          return;
        Action a;
        a.kind = Action::Kind::kAssert;
        a.condition = s.condition;
        a.property = s.property;
        out.push_back(std::move(a));
        return;
      }
      case Stmt::Kind::kFail:
        check(ir::constant(0), text_of(p_, s.text, step_.choices), out);
        return;
      case Stmt::Kind::kCover:
      case Stmt::Kind::kCount:
      case Stmt::Kind::kFence:
        return;
    }
  }

  static void check(ExprRef condition, std::string message, Actions& out) {
    if (ir::is_const(condition) && !ir::is_const(condition, 0)) return;
    Action a;
    a.kind = Action::Kind::kCheck;
    a.condition = std::move(condition);
    a.message = std::move(message);
    out.push_back(std::move(a));
  }

  void assign(const Stmt& s, Actions& out) const {
    Action a;
    std::vector<int> written;
    for (std::size_t i = 0; i < s.places.size(); ++i) {
      const ir::Place& place = s.places[i];
      const ir::Variable& v = p_.variables[static_cast<std::size_t>(place.variable)];
      check(defined_.access(place.variable, place.index), "index of " + v.name, out);
      check(ir::all_of({defined_.expression(s.values[i]), defined_.fits(s.values[i], v.domain)}),
            "value of " + v.name, out);
      std::vector<int> array(static_cast<std::size_t>(v.elements()));
      std::iota(array.begin(), array.end(), v.first);
      Write w{place, s.values[i], reads(s.values[i], written), {}};
      for (const ExprRef& e : place.index) {
        w.index_first.push_back(reads(e, written) || reads(e, array));
      }
      ir::add_slots(p_, place.variable, place.index, step_.choices, written);
      a.writes.push_back(std::move(w));
    }
    out.push_back(std::move(a));
  }

  // Does the expression read one of these slots?
  bool reads(const ExprRef& e, const std::vector<int>& slots) const {
    if (slots.empty()) return false;
    if (e->op == ir::Op::kRead) {
      std::vector<int> own;
      ir::add_slots(p_, e->variable, e->args, step_.choices, own);
      for (const int slot : own) {
        if (std::find(slots.begin(), slots.end(), slot) != slots.end()) return true;
      }
    }
    return std::any_of(e->args.begin(), e->args.end(),
                       [&](const ExprRef& a) { return reads(a, slots); });
  }

  const ir::Program& p_;
  const ir::Step& step_;
  const std::vector<int>& properties_;
  Defined defined_;
};

using Values = std::vector<ir::Value>;

// Folding may drop a bad index: whatever can fail has its explicit condition already.
ExprRef bind(const ExprRef& e, const Values& choices) {
  if (e->op == ir::Op::kConst) return e;
  if (e->op == ir::Op::kChoice) return ir::constant(choices[static_cast<std::size_t>(e->value)]);
  std::vector<ExprRef> args;
  for (const ExprRef& a : e->args) args.push_back(bind(a, choices));
  switch (e->op) {
    case ir::Op::kRead:
      return ir::read(e->variable, std::move(args), e->order);
    case ir::Op::kNot:
      return ir::negate(args[0]);
    case ir::Op::kAnd:
      return ir::all_of(std::move(args));
    case ir::Op::kOr:
      return ir::any_of(std::move(args));
    case ir::Op::kIte:
      return ir::ite(args[0], args[1], args[2]);
    default:
      return ir::binary(e->op, args[0], args[1]);
  }
}

Actions bind(const Actions& actions, const Values& choices) {
  Actions out = actions;
  for (Action& a : out) {
    if (a.condition) a.condition = bind(a.condition, choices);
    for (Write& w : a.writes) {
      w.value = bind(w.value, choices);
      for (ExprRef& e : w.place.index) e = bind(e, choices);
    }
    a.then_block = bind(a.then_block, choices);
    a.else_block = bind(a.else_block, choices);
  }
  return out;
}

}  // namespace

Move move_of(const ir::Program& p, const ir::Step& step, const std::vector<int>& properties) {
  return Lowering(p, step, properties).move();
}

Move bind(const Move& move, const Values& choices) {
  return {bind(move.defined, choices), bind(move.guard, choices), bind(move.body, choices)};
}

}  // namespace stalemate::exporter
