// From a Result to what people read: one verdict line per property, the counterexample in CPU
// columns, and JSON.
//
// view.cc turns a trace into rows once; each format prints those rows.
// Tested by tests/unit/report/.
#ifndef STALEMATE_REPORT_REPORT_H_
#define STALEMATE_REPORT_REPORT_H_

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "ir/ir.h"
#include "verdict/verdict.h"

namespace stalemate::report {

// What was run: everything needed to run it again.
struct Run {
  std::string file;     // model file as given
  std::string variant;  // empty: none chosen
  std::string machine;
  int cpus = 0;
  std::vector<std::pair<std::string, std::string>> params;  // those a variant or --set chose
  std::string speculation =
      "explicit";  // "saturated": where a cache can be, see Result::reductions
};

// Fills the holes of a text from the state before a step and the choices of that step.  The caller
// passes interp::render, which this layer must not know.  A std::runtime_error it throws makes the
// row fall back to the step's name: a text that cannot be shown must not hide the trace.
using Render = std::function<std::string(const ir::Text&, const State&,
                                         const std::vector<ir::Value>& choices)>;

// One row of a trace.
struct Row {
  int cpu = -1;        // column; -1: the machine, no CPU
  std::string action;  // "set_pte P -> N", "(speculative) prefetch N"
  ir::StepKind kind = ir::StepKind::kProgram;
  std::vector<std::string> changes;  // "PoU[N]=v1", one per changed cell of a displayed variable
  std::string violation;             // set on the last row of a violation
};

struct View {
  int cpus = 0;
  std::vector<Row> rows;
  int loop = -1;  // rows from this one on come again and again; -1: no such rows
  // What is wrong after the last row, one line each: the processes that are stuck and where, what
  // never comes, or what the initial state violates.
  std::vector<std::string> ending;
};

// Rows of a trace.  States may be missing at its end, when the replay did not get there: a row
// without the state before it shows the name of the step, one without the state after it no
// changes.
View view(const ir::Program& p, const PropertyResult& r, const Render& render);

// The same for the trace that leads to the model error of a result.
View view_of_model_error(const ir::Program& p, const Result& result, const Render& render);

struct Style {
  int width = 100;  // below 28 counts as 28
  bool colour = false;
};

// The form for mails: one column per CPU, one row per step, changes at the right.  Lines never
// exceed style.width; long text wraps inside its column.  When not all CPUs fit, those that do
// nothing have no column; when the others do not fit either, there is one column for all of them.
std::string ascii_trace(const View& v, const Style& style);

// "armv7, 2 CPUs, iflush=after_publish   memory: sc (armv7 is weaker)"
// with the phrases of bounds().
std::string configuration(const ir::Program& p, const Run& run,
                          const std::vector<int>& properties = {});

// "no_stale_exec VIOLATED   armv7, 2 CPUs, iflush=after_publish   memory: sc (armv7 is weaker)"
std::string verdict_line(const ir::Program& p, const Run& run, const PropertyResult& r);

// Whole report of a check of one configuration: verdict lines, traces, counts, what was never
// taken, why the check ended early, and the model error.  A run that violates several properties
// stands there once.  Verdict lines stay on one line however
// long they are, so that grep finds all of them; the rest keeps to style.width.
std::string ascii_report(const ir::Program& p, const Run& run, const Result& result,
                         const Style& style, const Render& render);

// The wait-for graph of a violated property of kind kNoStuck, as text for Graphviz: processes that
// are stuck as boxes, the waits of the cycle in red.
std::string dot(const ir::Program& p, const Run& run, const PropertyResult& r,
                const Render& render);

// Worst outcome of all properties: error, violated, inconclusive, vacuous, safe, in that order.
// A model error is an error, and without a complete exploration nothing better than inconclusive.
Outcome overall(const Result& result);

// "memory: sc (armv7 is weaker)" and the bounds in force, the same phrases as in the verdict line;
// "weak fairness" where one of these properties rests on it.
std::vector<std::string> bounds(const ir::Program& p, const std::vector<int>& properties = {});
// The properties that a result is about.
std::vector<int> judged(const Result& result);

// What was reduced before the search, and what was not and why: a line for each object.
std::string reductions_text(const Result& result, const Style& style);

// One JSON object on one line, without a newline.  Keys, in this order, always all of them:
//   tool, version, fingerprint (of the compiled model), model (the file), variant (string or null),
//   machine, cpus,
//   params (object of strings), identity (ir/identity.h), verdict (outcome_name), exit,
//   property       the one that decided the verdict; null when safe or when no property did
//   properties     array of {name, verdict, message, run (null unless violated), loop}
//   states, transitions, depth, seconds, peak_rss_bytes
//   speculation    "saturated" or "explicit", as asked for
//   reductions     array of {name, object, applied, why (null when applied)}; what the counts are
//   of complete       every reachable state was explored stopped        why not, or null
//   model_error    {message, where} or null
//   bounds, unreached  arrays of strings
//   trace          null, or array of {cpu (number or null), action, kind, changes} with violation
//                  where there is one; it belongs to `property`, or else to `model_error`
//   run            null, or array of {step (in Program::steps), choices, set (all slots that it
//                  changes, with their values after it)}: the same for replay
//   loop           Trace::loop of that trace, or null
//   ending         View::ending of that trace
//   program_steps, environment_steps  of that trace; null without one
// Names that are not UTF-8 get replacement characters.
std::string json_object(const ir::Program& p, const Run& run, const Result& result,
                        const Render& render);

}  // namespace stalemate::report

#endif  // STALEMATE_REPORT_REPORT_H_
