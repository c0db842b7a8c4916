// The checks behind validate(), with the form each mistake is in, so that the parser can point
// at it.
#ifndef STALEMATE_IR_CHECK_H_
#define STALEMATE_IR_CHECK_H_

#include <cstdint>
#include <string>
#include <vector>

#include "ir/ir.h"

namespace stalemate::ir {

struct Mistake {
  enum class Form : std::uint8_t { kSort, kVariable, kProcess, kCache, kProperty, kGoal, kCounter, kStep };
  Form form = Form::kSort;
  int index = 0;  // in the list of the Program that holds this form
  std::string phrase;
};

std::vector<Mistake> find_mistakes(const Program& p);

constexpr int kMaxElements = 1 << 20;   // of one variable
constexpr int kMaxSlots = 1 << 20;      // of a state
constexpr long kMaxChoices = 1 << 20;   // combinations of the choices of one step

}  // namespace stalemate::ir

#endif  // STALEMATE_IR_CHECK_H_
