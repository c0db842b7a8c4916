// A small program made by hand, with everything a trace can show: an ordinary array, a bool, a
// single-copy cache, a cache of two-field values, and steps of all four kinds.
#ifndef STALEMATE_TESTS_REPORT_FIXTURE_H_
#define STALEMATE_TESTS_REPORT_FIXTURE_H_

#include <string>
#include <vector>

#include "interp/eval.h"
#include "ir/ir.h"
#include "report/report.h"
#include "verdict/verdict.h"

namespace stalemate::report {

// Positions in Program::variables.
enum Var { kICache, kTlb, kData, kDirty, kPoU, kPte, kSeen, kControl0, kControl1 };
// Positions in Program::steps.
enum StepNumber { kPrefetch, kDrain, kFault, kWrite, kClean, kSetPte, kExec, kIpi, kLibrary };
// Positions in Program::properties.
enum PropertyNumber { kNoStaleExec, kBound, kNoStuckProcess };
constexpr ir::Value kOld = 0;
constexpr ir::Value kNew = 1;

// Two CPUs, page P, frames O and N.
ir::Program example_program();

// Builds a trace by hand: each step fires and the slots it is said to write change.
class TraceBuilder {
 public:
  explicit TraceBuilder(const ir::Program& p);

  struct Write {
    int variable;
    int element;  // in row-major order
    ir::Value value;
  };
  TraceBuilder& step(int number, std::vector<ir::Value> choices, const std::vector<Write>& writes);
  Trace done() { return trace_; }

 private:
  const ir::Program& p_;
  Trace trace_;
};

// The trace of the example in report.h: CPU1 runs the old contents of N.
Trace stale_exec_trace(const ir::Program& p);

// A violation of `property` at the end of the trace.
PropertyResult violated(int property, std::string message, Trace trace);

// A complete check of the example in which everything fired.
Result complete_result(const ir::Program& p, std::vector<PropertyResult> properties);

Render renderer(const ir::Program& p);

Run example_run();

// Lines without their newlines.
std::vector<std::string> lines_of(const std::string& text);

// The text without escape codes.
std::string without_colour(const std::string& text);

// The text without the newline it begins with: raw strings read best when they start on a line of
// their own.
std::string golden(const std::string& text);

}  // namespace stalemate::report

#endif  // STALEMATE_TESTS_REPORT_FIXTURE_H_
