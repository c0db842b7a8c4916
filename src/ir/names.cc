#include "ir/names.h"

#include <algorithm>
#include <utility>

namespace stalemate::ir {

namespace {

constexpr std::pair<Op, const char*> kOperators[] = {
    {Op::kNot, "not"}, {Op::kAnd, "and"}, {Op::kOr, "or"}, {Op::kIte, "ite"}, {Op::kEq, "=="},
    {Op::kNe, "!="},   {Op::kLt, "<"},    {Op::kLe, "<="}, {Op::kAdd, "+"},   {Op::kSub, "-"},
    {Op::kMul, "*"},   {Op::kDiv, "/"},   {Op::kMod, "%"}};

// The member at `value`, unless an earlier member has the same name.
std::optional<ConstantName> unique_member(const std::vector<std::string>& members, int value) {
  if (value < 0 || static_cast<std::size_t>(value) >= members.size()) return std::nullopt;
  const auto at = members.begin() + value;
  if (std::find(members.begin(), at, *at) != at) return std::nullopt;
  return ConstantName{*at, false};
}

}  // namespace

Hint hint_of(const Program& p, const Expr& e, const std::vector<Choice>& choices) {
  switch (e.op) {
    case Op::kRead: return Hint::of(p.variables.at(static_cast<std::size_t>(e.variable)));
    case Op::kChoice: return Hint::of(choices.at(static_cast<std::size_t>(e.value)).domain);
    case Op::kNot:
    case Op::kAnd:
    case Op::kOr:
    case Op::kEq:
    case Op::kNe:
    case Op::kLt:
    case Op::kLe: return Hint::boolean();
    case Op::kIte: {
      const Hint then = hint_of(p, *e.args[1], choices);
      return then.known ? then : hint_of(p, *e.args[2], choices);
    }
    case Op::kConst:
    case Op::kAdd:
    case Op::kSub:
    case Op::kMul:
    case Op::kDiv:
    case Op::kMod: break;
  }
  return Hint::none();
}

Hint comparison_hint(const Program& p, const Expr& e, const std::vector<Choice>& choices) {
  const Hint left = hint_of(p, *e.args[0], choices);
  return left.known ? left : hint_of(p, *e.args[1], choices);
}

std::optional<ConstantName> constant_name(const Program& p, const Hint& hint, int value) {
  if (!hint.known || !hint.domain.contains(value)) return std::nullopt;
  if (hint.process >= 0) {
    std::vector<std::string> locations;
    for (const Location& l : p.processes.at(static_cast<std::size_t>(hint.process)).locations) {
      locations.push_back(l.name);
    }
    return unique_member(locations, value);
  }
  if (hint.domain.kind == Domain::Kind::kBool) {
    return ConstantName{value != 0 ? "true" : "false", true};
  }
  if (hint.domain.kind == Domain::Kind::kOption && value == kNone) {
    return ConstantName{"none", true};
  }
  if (hint.domain.sort < 0) return std::nullopt;
  return unique_member(p.sorts.at(static_cast<std::size_t>(hint.domain.sort)).members, value);
}

const char* operator_name(Op op) {
  for (const auto& [known, name] : kOperators) {
    if (known == op) return name;
  }
  return nullptr;
}

std::optional<Op> operator_of(std::string_view name) {
  for (const auto& [op, known] : kOperators) {
    if (known == name) return op;
  }
  return std::nullopt;
}

bool is_number(std::string_view word) {
  if (!word.empty() && word.front() == '-') word.remove_prefix(1);
  return !word.empty() &&
         std::all_of(word.begin(), word.end(), [](char c) { return c >= '0' && c <= '9'; });
}

bool is_plain(std::string_view name) {
  return !name.empty() && !is_number(name) && std::all_of(name.begin(), name.end(), [](char c) {
    return c > ' ' && c < 0x7f && c != '(' && c != ')' && c != '"' && c != ';';
  });
}

bool is_reserved(std::string_view word) {
  return word == "true" || word == "false" || word == "none" || access_order(word).has_value() ||
         operator_of(word).has_value();
}

std::optional<Order> access_order(std::string_view word) {
  if (word == "acquire") return Order::kAcquire;
  if (word == "release") return Order::kRelease;
  if (word == "walk") return Order::kWalk;
  if (word == "observe") return Order::kObserve;
  return std::nullopt;
}

std::string quote(std::string_view text) {
  constexpr const char* kHex = "0123456789abcdef";
  std::string out = "\"";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (c == '\n') {
      out += "\\n";
    } else if (byte < 0x20 || byte == 0x7f) {
      out += "\\x";
      out += kHex[byte / 16];
      out += kHex[byte % 16];
    } else {
      out += c;
    }
  }
  return out + '"';
}

std::string name_token(std::string_view name) {
  return is_plain(name) ? std::string(name) : quote(name);
}

std::string expression_token(std::string_view name) {
  return is_plain(name) && !is_reserved(name) ? std::string(name) : quote(name);
}

const char* space_name(Space s) {
  switch (s) {
    case Space::kShared: return "shared";
    case Space::kMemory: return "mem";
    case Space::kGhost: return "ghost";
    case Space::kLocal: return "local";
    case Space::kControl: return "control";
    case Space::kCopy: return "copy";
  }
  return "shared";
}

const char* step_kind_name(StepKind k) {
  switch (k) {
    case StepKind::kProgram: return "program";
    case StepKind::kEntry: return "entry";
    case StepKind::kEventual: return "eventual";
    case StepKind::kSpeculative: return "speculative";
  }
  return "program";
}

const char* role_name(Role r) {
  switch (r) {
    case Role::kThread: return "thread";
    case Role::kInterrupt: return "interrupt";
    case Role::kNmi: return "nmi";
  }
  return "thread";
}

const char* property_kind_name(Property::Kind k) {
  switch (k) {
    case Property::Kind::kAsserts: return "asserts";
    case Property::Kind::kInvariant: return "invariant";
    case Property::Kind::kNoStuck: return "no_stuck";
    case Property::Kind::kLeadsTo: return "leads_to";
  }
  return "asserts";
}

const char* goal_kind_name(Goal::Kind k) {
  switch (k) {
    case Goal::Kind::kNamed: return "named";
    case Goal::Kind::kArm: return "arm";
    case Goal::Kind::kAssertion: return "assertion";
    case Goal::Kind::kDelivery: return "delivery";
    case Goal::Kind::kTurn: return "turn";
  }
  return "named";
}

}  // namespace stalemate::ir
