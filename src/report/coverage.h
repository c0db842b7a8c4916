// The text of a source with how often each line ran, as gcov writes it.
// Tested by tests/unit/report/coverage_test.cc.
#ifndef STALEMATE_REPORT_COVERAGE_H_
#define STALEMATE_REPORT_COVERAGE_H_

#include <cstdint>
#include <map>
#include <string>

#include "base/source.h"

namespace stalemate::report {

// A line of the text for each of the source: how often it ran, its number and itself.  Lines that
// are not in `counts` have `-`, those that never ran `####`.
std::string annotated(const Source& source, const std::map<int, std::uint64_t>& counts);

}  // namespace stalemate::report

#endif  // STALEMATE_REPORT_COVERAGE_H_
