// From a Result to what people read: one verdict line per property, the counterexample in CPU
// columns, and JSON.
//
// view.h turns a trace into rows and columns once; each format prints that view.
#ifndef STALEMATE_REPORT_REPORT_H_
#define STALEMATE_REPORT_REPORT_H_

#include <map>
#include <string>
#include <vector>

#include "ir/ir.h"
#include "verdict/verdict.h"

namespace stalemate::report {

// What was run: everything needed to run it again.
struct Run {
  std::string file;      // model file as given
  std::string variant;   // empty: none chosen
  std::string machine;
  int cpus = 0;
  std::vector<std::pair<std::string, std::string>> params;  // those a variant or --set chose
};

// One row of a trace.
struct Row {
  int cpu = -1;                        // column; -1: the machine, no CPU
  std::string action;                  // "set_pte P -> N", "(speculative) prefetch N"
  bool speculative = false;
  bool environment = false;            // speculative or eventual
  std::vector<std::string> changes;    // "PoU[N]=v1", one per changed variable shown
  std::string violation;               // set on the last row of a violation
};

struct View {
  int cpus = 0;
  std::vector<Row> rows;
};

// Rows of a replayed trace (trace.states filled).
View view(const ir::Program& p, const PropertyResult& r);

struct Style {
  int width = 100;
  bool colour = false;
};

// The two-column form: one column per CPU, one row per step, changes at the right.  Lines never
// exceed style.width; long text wraps inside its column.
std::string ascii_trace(const View& v, const Style& style);

// "no_stale_exec VIOLATED   armv7, 2 CPUs, iflush=after_publish   memory: sc (armv7 is weaker)"
std::string verdict_line(const ir::Program& p, const Run& run, const PropertyResult& r);

// Whole report of a check of one configuration: verdict lines, traces, counts, what was never
// reached.
std::string ascii_report(const ir::Program& p, const Run& run, const Result& result,
                         const Style& style);

// Worst outcome of all properties: error, violated, inconclusive, vacuous, safe, in that order.
Outcome overall(const Result& result);

// "memory: sc (armv7 is weaker)" and the bounds in force, the same phrases as in the verdict line.
std::vector<std::string> bounds(const ir::Program& p);

// Names of program steps written in the model file that never fired, each once.
std::vector<std::string> unreached(const ir::Program& p, const Result& result);

// One JSON object (tool, version, model, variant, machine, cpus, params, verdict, exit, property,
// states, transitions, depth, seconds, peak_rss_bytes, bounds, unreached, trace).  `property` is
// the property that decided the verdict; all of them are in `properties`.
std::string json_object(const ir::Program& p, const Run& run, const Result& result);

}  // namespace stalemate::report

#endif  // STALEMATE_REPORT_REPORT_H_
