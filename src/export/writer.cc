#include "export/writer.h"

#include <algorithm>
#include <utility>

namespace stalemate::exporter {

using ir::Expr;
using ir::ExprRef;
using ir::Hint;
using ir::Op;

namespace {

bool is_bit(const Expr& e) { return e.op == Op::kConst && (e.value == 0 || e.value == 1); }

}  // namespace

void Writer::enter(const std::vector<ir::Choice>& choices, std::vector<std::string> names) {
  choices_ = choices;
  choice_names_ = std::move(names);
}

std::vector<std::string> Writer::conjuncts(const ExprRef& e) const {
  if (e->op != Op::kAnd) return {condition(e)};
  std::vector<std::string> terms;
  for (const ExprRef& a : e->args) terms.push_back(condition(a));
  return terms;
}

std::string Writer::value(int variable, const ExprRef& e) const {
  const ir::Variable& v = p_.variables[static_cast<std::size_t>(variable)];
  return write(*e, v.domain.kind == ir::Domain::Kind::kBool, Hint::of(v));
}

std::string Writer::index(int variable, std::size_t dimension, const ExprRef& e) const {
  const ir::Variable& v = p_.variables[static_cast<std::size_t>(variable)];
  return write(*e, false, Hint::of(v.dims[dimension]));
}

std::string Writer::constant(const Hint& hint, int value) const {
  if (hint.known && hint.domain.contains(value)) {
    if (hint.process >= 0) {
      const auto& all = ids_.locations(hint.process);
      if (static_cast<std::size_t>(value) < all.size()) {
        return all[static_cast<std::size_t>(value)].name;
      }
    } else if (hint.domain.kind == ir::Domain::Kind::kOption && value == ir::kNone) {
      return ids_.none();
    } else if (hint.domain.sort >= 0) {
      const auto& all = ids_.members(hint.domain.sort);
      if (static_cast<std::size_t>(value) < all.size()) {
        return all[static_cast<std::size_t>(value)].name;
      }
    }
  }
  const std::string digits = std::to_string(value);
  return value < 0 ? "(" + digits + ")" : digits;
}

std::string Writer::divide(const std::string& a, const std::string& b) const {
  return "(" + a + " / " + b + ")";
}

std::string Writer::remainder(const std::string& a, const std::string& b) const {
  return "(" + a + " % " + b + ")";
}

bool Writer::is_boolean(const Expr& e) const {
  switch (e.op) {
    case Op::kRead:
      return p_.variables[static_cast<std::size_t>(e.variable)].domain.kind ==
             ir::Domain::Kind::kBool;
    case Op::kChoice:
      return choices_[static_cast<std::size_t>(e.value)].domain.kind == ir::Domain::Kind::kBool;
    case Op::kIte: {
      const Expr &a = *e.args[1], &b = *e.args[2];
      const bool a_is = is_boolean(a), b_is = is_boolean(b);
      return (a_is && b_is) || (a_is && is_bit(b)) || (is_bit(a) && b_is);
    }
    case Op::kConst:
    case Op::kAdd:
    case Op::kSub:
    case Op::kMul:
    case Op::kDiv:
    case Op::kMod:
      return false;
    default:
      return true;
  }
}

std::string Writer::write(const Expr& e, bool condition, const Hint& hint) const {
  if (e.op == Op::kConst) {
    return condition ? (e.value != 0 ? signs_.yes : signs_.no) : constant(hint, e.value);
  }
  const std::string text = bare(e, hint);
  const bool boolean = is_boolean(e);
  if (!signs_.booleans || boolean == condition) return text;
  return boolean ? choose(text, "1", "0") : "(" + text + " " + signs_.different + " 0)";
}

std::string Writer::bare(const Expr& e, const Hint& hint) const {
  const auto number = [&](std::size_t i) { return write(*e.args[i], false, Hint::none()); };
  switch (e.op) {
    case Op::kConst:
      break;  // write() has done it
    case Op::kRead: {
      std::vector<std::string> at;
      for (std::size_t i = 0; i < e.args.size(); ++i) {
        at.push_back(index(e.variable, i, e.args[i]));
      }
      return element(e.variable, at);
    }
    case Op::kChoice:
      return choice_names_[static_cast<std::size_t>(e.value)];
    case Op::kNot:
      return signs_.negate + ("(" + condition(e.args[0]) + ")");
    case Op::kAnd:
      return junction(e, signs_.conjunction);
    case Op::kOr:
      return junction(e, signs_.disjunction);
    case Op::kIte: {
      const bool boolean = is_boolean(e);
      return choose(condition(e.args[0]), write(*e.args[1], boolean, hint),
                    write(*e.args[2], boolean, hint));
    }
    case Op::kEq:
    case Op::kNe:
    case Op::kLt:
    case Op::kLe:
      return comparison(e);
    case Op::kAdd:
      return "(" + number(0) + " + " + number(1) + ")";
    case Op::kSub:
      return "(" + number(0) + " - " + number(1) + ")";
    case Op::kMul:
      return "(" + number(0) + " * " + number(1) + ")";
    case Op::kDiv:
      return divide(number(0), number(1));
    case Op::kMod:
      return remainder(number(0), number(1));
  }
  return {};
}

std::string Writer::comparison(const Expr& e) const {
  const Expr &a = *e.args[0], &b = *e.args[1];
  const Hint hint = ir::comparison_hint(p_, e, choices_);
  const bool order = e.op == Op::kLt || e.op == Op::kLe;
  const bool booleans = !order && (is_boolean(a) || is_boolean(b)) &&
                        (is_boolean(a) || is_bit(a)) && (is_boolean(b) || is_bit(b));
  const char* sign = e.op == Op::kEq   ? signs_.equal
                     : e.op == Op::kNe ? signs_.different
                     : e.op == Op::kLt ? "<"
                                       : "<=";
  return "(" + write(a, booleans, hint) + " " + sign + " " + write(b, booleans, hint) + ")";
}

std::string Writer::junction(const Expr& e, const char* sign) const {
  std::string out;
  for (const ExprRef& a : e.args) {
    if (!out.empty()) out += std::string(" ") + sign + " ";
    out += condition(a);
  }
  if (out.empty()) return e.op == Op::kAnd ? signs_.yes : signs_.no;
  return "(" + out + ")";
}

}  // namespace stalemate::exporter
