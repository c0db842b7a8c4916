// Helpers of the IR tests.
#ifndef STALEMATE_TESTS_UNIT_IR_FIXTURE_H_
#define STALEMATE_TESTS_UNIT_IR_FIXTURE_H_

#include <optional>
#include <string>

#include "ir/ir.h"

namespace stalemate::ir {

// Text of models/NAME.
std::string model_text(const std::string& name);
// Parses; fails the test and prints the errors when there are any.
Program must_parse(const std::string& text);
// The errors of a text as the user sees them, "" when it parses.
std::string errors_of(const std::string& text);
// Every field of a Program but spans and what finish() computes, by number: unlike dump(), it
// knows nothing of names, so that a lossy dump cannot hide behind it.
std::string describe(const Program& p);

}  // namespace stalemate::ir

#endif  // STALEMATE_TESTS_UNIT_IR_FIXTURE_H_
