// Expressions as people write them: infix, with the precedences of C and no parentheses beyond
// those they need.
#include <algorithm>

#include "ir/dump.h"
#include "ir/names.h"

namespace stalemate::ir {

namespace {

constexpr int kIteLevel = 1;
constexpr int kUnaryLevel = 8;

int level(Op op) {
  switch (op) {
    case Op::kIte: return kIteLevel;
    case Op::kOr: return 2;
    case Op::kAnd: return 3;
    case Op::kEq:
    case Op::kNe: return 4;
    case Op::kLt:
    case Op::kLe: return 5;
    case Op::kAdd:
    case Op::kSub: return 6;
    case Op::kMul:
    case Op::kDiv:
    case Op::kMod: return 7;
    case Op::kNot: return kUnaryLevel;
    case Op::kConst:
    case Op::kRead:
    case Op::kChoice: return 9;
  }
  return 9;
}

class Writer {
 public:
  Writer(const Program& p, const std::vector<Choice>& choices) : p_(p), choices_(choices) {}

  // Puts parentheses around anything that binds less tightly than `least`.
  std::string write(const Expr& e, const Hint& hint, int least) const {
    const std::string text = bare(e, hint);
    return level(e.op) < least ? "(" + text + ")" : text;
  }

 private:
  std::string bare(const Expr& e, const Hint& hint) const {
    const int own = level(e.op);
    switch (e.op) {
      case Op::kConst: {
        const auto name = constant_name(p_, hint, e.value);
        return name ? name->text : std::to_string(e.value);
      }
      case Op::kRead: {
        const Variable& v = p_.variables.at(static_cast<std::size_t>(e.variable));
        std::string out = v.name;
        for (std::size_t i = 0; i < e.args.size(); ++i) {
          const Hint dim = i < v.dims.size() ? Hint::of(v.dims[i]) : Hint::none();
          out += "[" + write(*e.args[i], dim, kIteLevel) + "]";
        }
        return out;
      }
      case Op::kChoice: return choices_.at(static_cast<std::size_t>(e.value)).name;
      case Op::kNot: return "!" + write(*e.args[0], Hint::boolean(), kUnaryLevel);
      case Op::kAnd:
      case Op::kOr: {
        if (e.args.empty()) return e.op == Op::kAnd ? "true" : "false";
        std::string out;
        for (const ExprRef& a : e.args) {
          if (!out.empty()) out += e.op == Op::kAnd ? " && " : " || ";
          out += write(*a, Hint::boolean(), own);
        }
        return out;
      }
      case Op::kIte:
        return write(*e.args[0], Hint::boolean(), own + 1) + " ? " +
               write(*e.args[1], hint, own) + " : " + write(*e.args[2], hint, own);
      case Op::kEq:
      case Op::kNe:
      case Op::kLt:
      case Op::kLe: {
        // A comparison of comparisons is clearer in parentheses on either side.
        const Hint both = comparison_hint(p_, e, choices_);
        const int least = level(Op::kAdd);
        return write(*e.args[0], both, least) + " " + operator_name(e.op) + " " +
               write(*e.args[1], both, least);
      }
      case Op::kAdd:
      case Op::kSub:
      case Op::kMul:
      case Op::kDiv:
      case Op::kMod:
        return write(*e.args[0], Hint::none(), own) + " " + operator_name(e.op) + " " +
               write(*e.args[1], Hint::none(), own + 1);
    }
    return {};
  }

  const Program& p_;
  const std::vector<Choice>& choices_;
};

}  // namespace

std::string to_source(const Program& p, const ExprRef& e, const std::vector<Choice>& choices) {
  return Writer(p, choices).write(*e, hint_of(p, *e, choices), kIteLevel);
}

}  // namespace stalemate::ir
