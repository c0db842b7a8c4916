// Text in columns: how wide it is, how it wraps, how it is coloured.
//
// All of it is for text that printable() made.  One code point counts as one column.  Escape codes
// are added last, by paint(), so that no width is ever computed from them.
// Tested by tests/unit/report/text_test.cc.
#ifndef STALEMATE_REPORT_TEXT_H_
#define STALEMATE_REPORT_TEXT_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/printable.h"

namespace stalemate::report {

// In columns.
int width(std::string_view text);

// Lines of at most `limit` columns, broken at blanks where possible.  A word longer than a line is
// broken after a ',', '(' or '_' that is not too near its start, else anywhere.
// Lines after the first are indented by `hanging` columns, less than `limit`.  No line has blanks
// at its end; empty text gives no lines.
std::vector<std::string> wrap(std::string_view text, int limit, int hanging);

// The text in a colour; as it is when `colour` is false or `code` or the text is empty.
std::string paint(std::string_view text, std::string_view code, bool colour);

namespace code {
constexpr std::string_view kRed = "31";
constexpr std::string_view kBoldRed = "1;31";
constexpr std::string_view kGreen = "32";
constexpr std::string_view kDim = "2";
}  // namespace code

// "12,345 states", "1 state".
std::string counted(std::uint64_t n, std::string_view noun);

}  // namespace stalemate::report

#endif  // STALEMATE_REPORT_TEXT_H_
