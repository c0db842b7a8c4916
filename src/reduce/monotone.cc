#include "reduce/monotone.h"

#include <algorithm>

namespace stalemate::reduce {

namespace {

using ir::Expr;
using ir::ExprRef;
using ir::Op;

// Is each value that the expression can have an index of this dimension?
bool within(const ir::Program& p, const Expr& e, const ir::Domain& d, const Choices& choices) {
  const auto fits = [&](const ir::Domain& x) { return x.lo >= d.lo && x.hi <= d.hi; };
  switch (e.op) {
    case Op::kConst:
      return d.contains(e.value);
    case Op::kChoice:
      return fits(choices.at(static_cast<std::size_t>(e.value)).domain);
    case Op::kRead:
      return fits(p.variables[static_cast<std::size_t>(e.variable)].domain);
    case Op::kIte:
      return within(p, *e.args[1], d, choices) && within(p, *e.args[2], d, choices);
    default:
      return false;
  }
}

void collect(const Monotone& copies, const Expr& e, std::vector<int>& out) {
  if (e.op == Op::kRead && copies.is_copy(e.variable)) out.push_back(e.variable);
  for (const ExprRef& a : e.args) collect(copies, *a, out);
}

}  // namespace

void add_evaluated(const ir::Program& p, const Expr& e, Evaluated& out) {
  // Of these only the first operand is evaluated in any case.
  const bool lazy = e.op == Op::kAnd || e.op == Op::kOr || e.op == Op::kIte;
  for (std::size_t i = 0; i < (lazy ? std::min<std::size_t>(e.args.size(), 1) : e.args.size());
       ++i) {
    if (e.op == Op::kRead) {
      out.emplace_back(e.args[i], p.variables[static_cast<std::size_t>(e.variable)].dims[i]);
    }
    add_evaluated(p, *e.args[i], out);
  }
}

bool may_fail(const ir::Program& p, const Expr& e, const Choices& choices,
              const Evaluated& before) {
  switch (e.op) {
    case Op::kAdd:
    case Op::kSub:
    case Op::kMul:
    case Op::kDiv:
    case Op::kMod:
      return true;  // division by zero, or a number that does not fit
    case Op::kRead: {
      const auto& dims = p.variables[static_cast<std::size_t>(e.variable)].dims;
      for (std::size_t i = 0; i < e.args.size(); ++i) {
        const bool known = std::any_of(before.begin(), before.end(), [&](const auto& b) {
          return dims[i].lo <= b.second.lo && b.second.hi <= dims[i].hi &&
                 ir::equal(b.first, e.args[i]);
        });
        if (known) continue;
        if (!within(p, *e.args[i], dims[i], choices)) return true;
        if (may_fail(p, *e.args[i], choices, before)) return true;
      }
      return false;
    }
    default:
      break;
  }
  return std::any_of(e.args.begin(), e.args.end(),
                     [&](const ExprRef& a) { return may_fail(p, *a, choices, before); });
}

bool Monotone::reads(const Expr& e) const { return !read_by(e).empty(); }

std::vector<int> Monotone::read_by(const Expr& e) const {
  std::vector<int> out;
  collect(*this, e, out);
  std::sort(out.begin(), out.end());
  out.erase(std::unique(out.begin(), out.end()), out.end());
  return out;
}

std::optional<Objection> Monotone::check(const Expr& e, bool positive,
                                         const Choices& choices) const {
  const std::vector<int> copies = read_by(e);
  if (copies.empty()) return std::nullopt;
  switch (e.op) {
    case Op::kRead: {
      for (const ExprRef& index : e.args) {
        const std::vector<int> inside = read_by(*index);
        if (!inside.empty()) return Objection{inside, "an index depends on what it holds"};
      }
      if (!positive) return Objection{copies, "something tests that a copy is absent"};
      return std::nullopt;
    }
    case Op::kNot:
      return check(*e.args[0], !positive, choices);
    case Op::kAnd:
    case Op::kOr: {
      // Where one more copy decides early, what stands behind it is no longer evaluated: that must
      // not hide a model error.
      const bool may_decide = (e.op == Op::kOr) == positive;
      std::vector<int> before;
      Evaluated evaluated;
      for (const ExprRef& a : e.args) {
        if (auto no = check(*a, positive, choices)) return no;
        if (may_decide && !before.empty() && may_fail(p_, *a, choices, evaluated)) {
          return Objection{before, "a copy decides whether something that can fail is evaluated"};
        }
        const std::vector<int> more = read_by(*a);
        before.insert(before.end(), more.begin(), more.end());
        add_evaluated(p_, *a, evaluated);
      }
      return std::nullopt;
    }
    case Op::kIte: {
      const std::vector<int> decides = read_by(*e.args[0]);
      if (!decides.empty()) return Objection{decides, "a value depends on what it holds"};
      if (auto no = check(*e.args[1], positive, choices)) return no;
      return check(*e.args[2], positive, choices);
    }
    default:
      return Objection{copies, "a value depends on what it holds"};
  }
}

}  // namespace stalemate::reduce
