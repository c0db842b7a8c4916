// A comparison of nights in the forms that people and other programs read.
#ifndef STALEMATE_SWEEP_TELL_H_
#define STALEMATE_SWEEP_TELL_H_

#include <string>

#include "sweep/compare.h"
#include "sweep/trends.h"

namespace stalemate::sweep {

// For a terminal and for mails: no traces, `check` of the cell prints them.
std::string as_text(const Comparison& c);
// One object: night, before (or null), summary, an array for each section, runs with all columns.
std::string as_json(const Comparison& c);
// For an issue or a merge request: with the traces of what changed or is wrong.
std::string as_markdown(const Comparison& c);
// For a CI server: a test suite for each model, a test for each cell.
std::string as_junit(const Comparison& c);
// For code scanning: rules are properties, results are cells that are not as expected (errors) or
// inconclusive (warnings), at the line of their variant.
std::string as_sarif(const Comparison& c);
// One page that needs no network and no other file.
std::string as_html(const Comparison& c, const Trends& t);

// "Night 3 of sweeps/nightly.toml, 2025-01-31T01:00:00Z, stalemate 0.1.0"
std::string headline(const Comparison& c);
// "against night 2, ..."; says so when there is none.
std::string subline(const Comparison& c);

// & < > " ' as entities, lines as lines; what XML cannot hold is replaced as printable() does.
std::string escaped(const std::string& text);
// Markdown that shows the text: as code on one line, or in a block of lines.
std::string as_code(const std::string& text);
std::string fenced(const std::string& lines);
// What checks this cell again, in the root, as a command for a shell.
std::string command(const store::Run& run);

}  // namespace stalemate::sweep

#endif  // STALEMATE_SWEEP_TELL_H_
