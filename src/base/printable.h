// Text that comes from outside, fit for a terminal and for every format that is written.
// Tested by tests/unit/base/printable_test.cc.
#ifndef STALEMATE_BASE_PRINTABLE_H_
#define STALEMATE_BASE_PRINTABLE_H_

#include <string>
#include <string_view>

namespace stalemate {

// The text as one line of valid UTF-8 without blanks at its end: control characters become blanks,
// bytes that are not UTF-8 become '?'.
std::string printable(std::string_view text);

}  // namespace stalemate

#endif  // STALEMATE_BASE_PRINTABLE_H_
