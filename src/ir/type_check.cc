#include "ir/type_check.h"

#include "ir/names.h"

namespace stalemate::ir {

namespace {

Type type_of(const Hint& hint) {
  if (!hint.known) return {Type::Kind::kNumber, -1};
  if (hint.process >= 0) return {Type::Kind::kLocation, hint.process};
  if (hint.domain.kind == Domain::Kind::kBool) return {Type::Kind::kBool, -1};
  if (hint.domain.sort >= 0) return {Type::Kind::kSort, hint.domain.sort};
  return {Type::Kind::kNumber, -1};
}

bool is_numeric(const Type& t) {
  return t.kind != Type::Kind::kSort && t.kind != Type::Kind::kLocation;
}

bool mix(const Type& a, const Type& b) {
  return a == b || a.kind == Type::Kind::kConstant || b.kind == Type::Kind::kConstant ||
         (is_numeric(a) && is_numeric(b));
}

// Built of the constants 0 and 1 only, which have no type of their own.
bool is_truth(const Expr& e) {
  if (e.op == Op::kIte) return is_truth(*e.args[1]) && is_truth(*e.args[2]);
  return e.op == Op::kConst && (e.value == 0 || e.value == 1);
}

template <typename List>
bool has(const List& list, int i) {
  return i >= 0 && static_cast<std::size_t>(i) < list.size();
}

}  // namespace

void TypeChecker::assignment(const Place& place, const ExprRef& value) {
  if (!access(place.variable, place.index)) return;
  const Hint hint = Hint::of(at(place.variable));
  const Type wanted = type_of(hint);
  const Type type = expr(value);
  const bool boolean = wanted.kind != Type::Kind::kBool || type.kind != Type::Kind::kNumber;
  if (!mix(wanted, type) || !boolean) {
    wrong("'" + at(place.variable).name + "' is " + spell(wanted) + ", the value assigned is " +
          spell(type));
  }
}

void TypeChecker::condition(const ExprRef& e) {
  if (!e) {
    wrong("a condition is missing");
    return;
  }
  const int before = mistakes_;
  const Type t = expr(e);
  if (mistakes_ == before && t.kind != Type::Kind::kBool && !is_truth(*e)) {
    wrong("a condition is " + spell(t));
  }
}

bool TypeChecker::access(int variable, const std::vector<ExprRef>& index) {
  if (!has(p_.variables, variable)) {
    wrong("a variable does not exist");
    return false;
  }
  const Variable& v = at(variable);
  if (index.size() != v.dims.size()) {
    wrong("'" + v.name + "' takes " + std::to_string(v.dims.size()) + " indices, not " +
          std::to_string(index.size()));
    return true;
  }
  for (std::size_t i = 0; i < index.size(); ++i) {
    const Type wanted = type_of(Hint::of(v.dims[i]));
    const Type type = expr(index[i]);
    if (!mix(wanted, type)) {
      wrong("an index of '" + v.name + "' is " + spell(type) + ", not " + spell(wanted));
    } else if (index[i] && is_const(index[i]) && !v.dims[i].contains(index[i]->value)) {
      wrong("the index " + std::to_string(index[i]->value) + " is out of the range of '" + v.name +
            "'");
    }
  }
  return true;
}

Type TypeChecker::expr(const ExprRef& e) {
  if (!e) {
    wrong("an expression is missing");
    return {};
  }
  const std::size_t operands = e->op == Op::kNot ? 1 : e->op == Op::kIte ? 3 : 2;
  switch (e->op) {
    case Op::kConst: return {};
    case Op::kRead:
      if (!access(e->variable, e->args)) return {};
      return type_of(Hint::of(at(e->variable)));
    case Op::kChoice:
      if (!has(*choices_, e->value)) {
        wrong("a choice is not bound");
        return {};
      }
      return type_of(Hint::of((*choices_)[static_cast<std::size_t>(e->value)].domain));
    case Op::kAnd:
    case Op::kOr:
      for (const ExprRef& a : e->args) condition(a);
      return {Type::Kind::kBool, -1};
    default: break;
  }
  if (e->args.size() != operands) {
    wrong(std::string("'") + operator_name(e->op) + "' has " + std::to_string(e->args.size()) +
          " operands");
    return {};
  }
  if (e->op == Op::kNot) {
    condition(e->args[0]);
    return {Type::Kind::kBool, -1};
  }
  if (e->op == Op::kIte) condition(e->args[0]);
  const Type a = expr(e->args[operands - 2]);
  const Type b = expr(e->args[operands - 1]);
  if (!mix(a, b)) {
    wrong(std::string("'") + operator_name(e->op) + "' mixes " + spell(a) + " and " + spell(b));
    return {};
  }
  return result(*e, a, b);
}

Type TypeChecker::result(const Expr& e, const Type& a, const Type& b) {
  switch (e.op) {
    case Op::kIte:
      if (a.kind == Type::Kind::kConstant) return b;
      if (b.kind == Type::Kind::kConstant || a == b) return a;
      return {Type::Kind::kNumber, -1};
    case Op::kEq:
    case Op::kNe:
    case Op::kLt:
    case Op::kLe: return {Type::Kind::kBool, -1};
    default:
      if (!is_numeric(a) || !is_numeric(b)) {
        wrong(std::string("'") + operator_name(e.op) + "' computes with " +
              spell(is_numeric(a) ? b : a));
      }
      return {Type::Kind::kNumber, -1};
  }
}

std::string TypeChecker::spell(const Type& t) const {
  switch (t.kind) {
    case Type::Kind::kConstant: return "a constant";
    case Type::Kind::kBool: return "a bool";
    case Type::Kind::kNumber: return "a number";
    case Type::Kind::kSort:
      return "a member of '" + p_.sorts[static_cast<std::size_t>(t.of)].name + "'";
    case Type::Kind::kLocation:
      return "a location of '" + p_.processes[static_cast<std::size_t>(t.of)].name + "'";
  }
  return {};
}

}  // namespace stalemate::ir
