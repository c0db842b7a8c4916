#include "reduce/implied.h"

#include <algorithm>
#include <utility>

#include "reduce/monotone.h"

namespace stalemate::reduce {

namespace {

using ir::ExprRef;
using ir::Op;

std::vector<ExprRef> terms_of(const ExprRef& e) {
  return e->op == Op::kAnd ? e->args : std::vector<ExprRef>{e};
}

}  // namespace

void Implied::add(int slot, const ExprRef& gate) {
  const auto [known, fresh] = gates_.try_emplace(slot, gate);
  if (!fresh) known->second = ir::any_of({known->second, gate});
}

int Implied::copy(const ir::Expr& e) const {
  if (e.op != Op::kRead) return -1;
  for (const ExprRef& index : e.args) {
    if (!ir::is_const(index)) return -1;
  }
  std::vector<int> slots;
  ir::add_slots(p_, e.variable, e.args, {}, slots);
  return slots.size() == 1 && gates_.count(slots[0]) != 0 ? slots[0] : -1;
}

bool Implied::follows(const Terms& terms, const ExprRef& e) const {
  if (ir::is_const(e)) return e->value != 0;
  const auto is_e = [&](const ExprRef& t) { return ir::equal(t, e); };
  if (std::any_of(terms.begin(), terms.end(), is_e)) return true;
  const auto also = [&](const ExprRef& a) { return follows(terms, a); };
  if (e->op == Op::kAnd) return std::all_of(e->args.begin(), e->args.end(), also);
  if (e->op == Op::kOr) return std::any_of(e->args.begin(), e->args.end(), also);
  // Ends: no copy is loaded from itself.
  const int slot = copy(*e);
  return slot >= 0 && follows(terms, gates_.at(slot));
}

bool Implied::held(const ExprRef& condition, int slot) const {
  const Terms terms = terms_of(condition);
  for (const ExprRef& t : terms) {
    if (copy(*t) == slot) return true;
  }
  return gates_.count(slot) != 0 && follows(terms, gates_.at(slot));
}

ExprRef Implied::simplified(const ExprRef& e, const std::vector<ir::Choice>& choices) const {
  if (e->op != Op::kAnd && e->op != Op::kOr && e->op != Op::kNot) return e;
  std::vector<ExprRef> args;
  for (const ExprRef& a : e->args) args.push_back(simplified(a, choices));
  if (e->op == Op::kNot) return ir::negate(args[0]);
  if (e->op == Op::kAnd) return ir::all_of(std::move(args));
  // `held or could be loaded`
  std::vector<ExprRef> kept;
  for (const ExprRef& a : args) {
    const bool spare = copy(*a) < 0 && !may_fail(p_, *a, choices) &&
                       std::any_of(args.begin(), args.end(), [&](const ExprRef& other) {
                         const int slot = copy(*other);
                         return slot >= 0 && held(a, slot);
                       });
    if (!spare) kept.push_back(a);
  }
  return ir::any_of(std::move(kept));
}

}  // namespace stalemate::reduce
