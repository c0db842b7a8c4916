// Bookkeeping before the first step of a thread, done on the initial values.
#include <algorithm>

#include "lang/lowering.h"

namespace stalemate::lang {

namespace {

using ir::ExprRef;
using ir::Op;

// Evaluation on the initial values met what would be a model error in a run.
struct InitFails {};

}  // namespace

long Lowering::evaluate_init(const ExprRef& e) {
  const auto arg = [&](std::size_t i) { return evaluate_init(e->args[i]); };
  switch (e->op) {
    case Op::kConst:
      return e->value;
    case Op::kRead:
      return *init_slot(e->variable, e->args);
    case Op::kChoice:
      throw InitFails();
    case Op::kNot:
      return arg(0) == 0 ? 1 : 0;
    case Op::kAnd:
      return std::all_of(e->args.begin(), e->args.end(),
                         [&](const ExprRef& a) { return evaluate_init(a) != 0; })
                 ? 1
                 : 0;
    case Op::kOr:
      return std::any_of(e->args.begin(), e->args.end(),
                         [&](const ExprRef& a) { return evaluate_init(a) != 0; })
                 ? 1
                 : 0;
    case Op::kIte:
      return arg(arg(0) != 0 ? 1 : 2);
    case Op::kEq:
      return arg(0) == arg(1) ? 1 : 0;
    case Op::kNe:
      return arg(0) != arg(1) ? 1 : 0;
    case Op::kLt:
      return arg(0) < arg(1) ? 1 : 0;
    case Op::kLe:
      return arg(0) <= arg(1) ? 1 : 0;
    case Op::kAdd:
      return arg(0) + arg(1);
    case Op::kSub:
      return arg(0) - arg(1);
    case Op::kMul:
      return arg(0) * arg(1);
    case Op::kDiv:
    case Op::kMod:
      if (arg(1) == 0) throw InitFails();
      return e->op == Op::kDiv ? arg(0) / arg(1) : arg(0) % arg(1);
  }
  throw InitFails();
}

ir::Value* Lowering::init_slot(int variable, const std::vector<ExprRef>& index) {
  long offset = 0;
  for (std::size_t d = 0; d < index.size(); ++d) {
    const ir::Domain domain = program_.variables[static_cast<std::size_t>(variable)].dims[d];
    const long at = evaluate_init(index[d]);
    if (!domain.contains(at)) throw InitFails();
    offset = offset * domain.size() + (at - domain.lo);
  }
  return &program_.variables[static_cast<std::size_t>(variable)].init.at(
      static_cast<std::size_t>(offset));
}

bool Lowering::is_arm(const ir::Stmt& s) const {
  return s.kind == ir::Stmt::Kind::kCover &&
         program_.goals[static_cast<std::size_t>(s.goal)].kind == ir::Goal::Kind::kArm;
}

// Silent code before the first step of a thread runs on the initial values.
void Lowering::execute_init(const ir::Block& b, int& target) {
  for (const ir::Stmt& s : b) {
    if (is_jump(s)) {
      target = s.goal;
    } else if (s.kind == ir::Stmt::Kind::kIf) {
      execute_init(evaluate_init(s.condition) != 0 ? s.then_block : s.else_block, target);
    } else if (s.kind == ir::Stmt::Kind::kAssign) {
      std::vector<std::pair<ir::Value*, long>> writes;
      for (std::size_t i = 0; i < s.places.size(); ++i) {
        const long value = evaluate_init(s.values[i]);
        const ir::Variable& v = program_.variables[static_cast<std::size_t>(s.places[i].variable)];
        if (!v.domain.contains(value)) throw InitFails();
        writes.emplace_back(init_slot(s.places[i].variable, s.places[i].index), value);
      }
      for (const auto& [slot, value] : writes) *slot = static_cast<ir::Value>(value);
    } else if (is_arm(s)) {
      taken_at_start_.insert(s.goal);
    } else if (s.kind != ir::Stmt::Kind::kFence) {
      throw InitFails();  // what judges belongs into the run
    }
  }
}

// Bookkeeping before the first step of a thread happens before the run.  What judges or can fail
// must happen in the run: it gets a step of its own.
void Lowering::run_at_start(int& node) {
  std::vector<int> path;
  ir::Block code = resolve({jump(node)}, path);
  settle_turns(code, 0, -1);
  std::vector<std::vector<ir::Value>> before;
  for (const ir::Variable& v : program_.variables) before.push_back(v.init);
  const std::set<int> taken_before = taken_at_start_;
  try {
    execute_init(code, node);
    return;
  } catch (const InitFails&) {
    taken_at_start_ = taken_before;
    for (std::size_t i = 0; i < before.size(); ++i) program_.variables[i].init = before[i];
  }
  Edge e;
  e.name = "start";
  e.text = plain_text("start");
  e.guard = ir::constant(1);
  e.body.push_back(jump(node));
  e.span = nodes_[static_cast<std::size_t>(node)].span;
  e.module = "core";
  node = new_node("start", e.span);
  nodes_[static_cast<std::size_t>(node)].edges.push_back(std::move(e));
}

}  // namespace stalemate::lang
