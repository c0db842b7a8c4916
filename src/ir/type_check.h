// Types of expressions: the operands of an operation fit each other and the place that takes the
// result.
#ifndef STALEMATE_IR_TYPE_CHECK_H_
#define STALEMATE_IR_TYPE_CHECK_H_

#include <cstdint>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "ir/ir.h"

namespace stalemate::ir {

// What an expression may evaluate to.  Booleans count as the numbers 0 and 1 in arithmetic and
// comparisons; members of a sort and locations mix with nothing but constants.
struct Type {
  enum class Kind : std::uint8_t { kConstant, kBool, kNumber, kSort, kLocation };
  Kind kind = Kind::kConstant;
  int of = -1;  // the sort, or the process of the locations
  bool operator==(const Type&) const = default;
};

class TypeChecker {
 public:
  // Calls `wrong` with one phrase for each mistake.  The variables, sorts and processes of the
  // program are well formed already; expressions may hold anything.
  TypeChecker(const Program& p, std::function<void(std::string)> wrong)
      : p_(p), wrong_(std::move(wrong)) {}

  // What kChoice refers to from now on.
  void bind(const std::vector<Choice>* choices) { choices_ = choices; }

  // The type of an expression; a constant, which mixes with all, after a mistake.
  Type expr(const ExprRef& e);
  void condition(const ExprRef& e);
  void assignment(const Place& place, const ExprRef& value);

 private:
  // Variable and indices; false when there is no such variable.
  bool access(int variable, const std::vector<ExprRef>& index);
  Type result(const Expr& e, const Type& a, const Type& b);
  std::string spell(const Type& t) const;
  void wrong(std::string phrase) {
    ++mistakes_;
    wrong_(std::move(phrase));
  }
  const Variable& at(int variable) const {
    return p_.variables[static_cast<std::size_t>(variable)];
  }

  const Program& p_;
  std::function<void(std::string)> wrong_;
  int mistakes_ = 0;
  const std::vector<Choice>* choices_ = nullptr;
};

}  // namespace stalemate::ir

#endif  // STALEMATE_IR_TYPE_CHECK_H_
