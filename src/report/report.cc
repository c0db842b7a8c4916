// The report of one configuration in plain text.
#include "report/report.h"

#include <fmt/format.h>

#include <algorithm>

#include "report/text.h"
#include "verdict/words.h"

namespace stalemate::report {

namespace {

const char* verdict_word(Outcome o) {
  switch (o) {
    case Outcome::kSafe:
      return "safe";
    case Outcome::kViolated:
      return "VIOLATED";
    case Outcome::kError:
      return "ERROR";
    case Outcome::kInconclusive:
      return "INCONCLUSIVE";
    case Outcome::kVacuous:
      return "VACUOUS";
  }
  return "ERROR";
}

std::string_view verdict_colour(Outcome o) {
  if (o == Outcome::kViolated) return code::kRed;
  if (o == Outcome::kSafe) return code::kGreen;
  return {};
}

std::string joined(const std::vector<std::string>& parts, const char* separator) {
  return fmt::format("{}", fmt::join(parts, separator));
}

std::string coloured_verdict_line(const ir::Program& p, const Run& run, const PropertyResult& r,
                                  bool colour) {
  return fmt::format("{} {}   {}",
                     printable(p.properties[static_cast<std::size_t>(r.property)].name),
                     paint(verdict_word(r.outcome), verdict_colour(r.outcome), colour),
                     configuration(p, run, {r.property}));
}

// Lines of a paragraph, indented by `margin` and further after the first.
std::string paragraph(const std::string& text, int margin, const Style& style) {
  std::string out;
  for (const std::string& line : wrap(printable(text), std::max(style.width, 28) - margin, 2)) {
    out += std::string(static_cast<std::size_t>(margin), ' ') + line + '\n';
  }
  return out;
}

// What is wrong in the last row and after it.
std::vector<std::string> endings(const View& v) {
  std::vector<std::string> out;
  if (!v.rows.empty() && !v.rows.back().violation.empty()) out.push_back(v.rows.back().violation);
  out.insert(out.end(), v.ending.begin(), v.ending.end());
  return out;
}

std::string trace_counts(const Trace& trace, const Style& style) {
  std::string line =
      counted(static_cast<std::uint64_t>(trace.program_steps), "program step") + ", " +
      counted(static_cast<std::uint64_t>(trace.environment_steps), "environment step");
  // Only a replay fills all the states.
  if (trace.states.size() == trace.events.size() + 1) {
    line += "; replayed by the reference interpreter";
  }
  return paragraph(line, 1, style);
}

std::string trace_block(const View& v, const Trace& trace, const Style& style) {
  return "\n" + ascii_trace(v, style) + "\n" + trace_counts(trace, style);
}

// What an earlier property shows already: only how it ends for this one, if that is something else.
std::string same_run_block(const std::string& earlier, const View& shown, const View& v,
                           const Style& style) {
  View end;
  end.ending = endings(v);
  std::string out = "\n" + paragraph("the same run as for " + earlier, 1, style);
  if (end.ending != endings(shown)) out += "\n" + ascii_trace(end, style);
  return out;
}

// Names what the counts are of, when that is not the model as it stands.
std::string counts_line(const Result& result) {
  const Counts& c = result.counts;
  std::vector<std::string> reductions;
  for (const Reduction& r : result.reductions) {
    const bool known = std::find(reductions.begin(), reductions.end(), r.name) != reductions.end();
    if (r.applied && !known) reductions.push_back(r.name);
  }
  return fmt::format("{}, {}, depth {}, {:.2f} s{}{}", counted(c.states, "state"),
                     counted(c.transitions, "transition"), c.depth, c.seconds,
                     reductions.empty() ? "" : "; ", joined(reductions, ", "));
}

// Why the exploration ended early.  A violation found before that stands.
std::string stopped_line(const Result& result) {
  const bool open =
      overall(result) == Outcome::kInconclusive ||
      std::any_of(result.properties.begin(), result.properties.end(),
                  [](const PropertyResult& r) { return r.outcome == Outcome::kInconclusive; });
  return (open ? "inconclusive: " : "stopped: ") + result.stopped;
}

std::string model_error_block(const ir::Program& p, const Result& result, const Style& style,
                              const Render& render) {
  const std::string where = result.model_error_span.where();
  return paragraph((where.empty() ? "" : where + ": ") + "model error: " + result.model_error, 0,
                   style) +
         trace_block(view_of_model_error(p, result, render), result.model_error_trace, style);
}

}  // namespace

std::string configuration(const ir::Program& p, const Run& run,
                          const std::vector<int>& properties) {
  std::vector<std::string> parts = {run.machine,
                                    counted(static_cast<std::uint64_t>(run.cpus), "CPU")};
  for (const auto& [name, value] : run.params) parts.push_back(name + "=" + value);
  return printable(joined(parts, ", ")) + "   " + printable(joined(bounds(p, properties), "; "));
}

std::string verdict_line(const ir::Program& p, const Run& run, const PropertyResult& r) {
  return coloured_verdict_line(p, run, r, false);
}

std::string reductions_text(const Result& result, const Style& style) {
  if (result.reductions.empty()) return "reductions: nothing to reduce\n";
  std::string out = "reductions\n";
  for (const Reduction& r : result.reductions) {
    out += paragraph(r.name + ", " + r.object + ": " + (r.applied ? "yes" : "no") +
                         (r.why.empty() ? "" : ": " + r.why),
                     1, style);
  }
  return out;
}

std::string ascii_report(const ir::Program& p, const Run& run, const Result& result,
                         const Style& style, const Render& render) {
  std::string out;
  for (auto r = result.properties.begin(); r != result.properties.end(); ++r) {
    out += coloured_verdict_line(p, run, *r, style.colour) + "\n";
    if (r->outcome != Outcome::kViolated) {
      out += paragraph(r->message, 1, style);
      continue;
    }
    const View v = view(p, *r, render);
    const auto earlier = std::find_if(result.properties.begin(), r, [&](const auto& other) {
      return other.outcome == Outcome::kViolated && other.trace.events == r->trace.events &&
             other.trace.loop == r->trace.loop;
    });
    out += earlier == r
               ? trace_block(v, r->trace, style)
               : same_run_block(p.properties[static_cast<std::size_t>(earlier->property)].name,
                                view(p, *earlier, render), v, style);
    out += "\n";
  }
  out += paragraph(counts_line(result), 0, style);
  // After a part of the states, what was not seen yet may still come.
  for (const std::string& phrase : phrases(missed(p, result), !result.complete)) {
    const bool told =
        std::any_of(result.properties.begin(), result.properties.end(), [&](const auto& r) {
          return r.outcome == Outcome::kVacuous && r.message.find(phrase) != std::string::npos;
        });
    if (!told) out += paragraph(phrase, 0, style);
  }
  if (!result.stopped.empty()) out += paragraph(stopped_line(result), 0, style);
  if (!result.model_error.empty()) out += model_error_block(p, result, style, render);
  return out;
}

}  // namespace stalemate::report
