// What a cell is expected to show, what it showed, and whether the two agree.
#ifndef STALEMATE_SWEEP_EXPECTATION_H_
#define STALEMATE_SWEEP_EXPECTATION_H_

#include <string>
#include <utility>
#include <vector>

#include "lang/compile.h"
#include "store/store.h"
#include "sweep/plan.h"

namespace stalemate::sweep {

// A cell that is ready to run.
struct Prepared {
  std::string fingerprint;  // empty: it does not compile
  std::string identity;     // of all that is judged: ir/identity.h
  std::string mistakes;     // then
  bool expects = false;     // false: the configuration is none that the variant speaks of
  std::vector<lang::Expected> expected;
  std::vector<std::string> properties;  // what is checked
};

Prepared prepare(const Cell& cell);

// "safe", "violates p, safe {q, r}"; empty when nothing is expected.
std::string expected_text(const Prepared& prepared);

// Is this the result of the very same check?  What is expected of it may differ.
bool same_check(const Prepared& prepared, const store::Run& run);

// Fills status, expected, wrong and note from verdict and properties.
void judge(const Prepared& prepared, store::Run& run);

// "name=verdict" of each line, as in Run::properties and Run::wrong.
std::vector<std::pair<std::string, std::string>> outcomes(const std::string& lines);

}  // namespace stalemate::sweep

#endif  // STALEMATE_SWEEP_EXPECTATION_H_
