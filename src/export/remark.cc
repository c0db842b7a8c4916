#include "export/remark.h"

#include <algorithm>

#include "ir/dump.h"
#include "ir/names.h"

namespace stalemate::exporter {

std::string plain(const std::string& text) {
  std::string out;
  for (const char c : text) {
    const bool printable = c >= ' ' && c <= '~';
    const char shown = !printable ? '?' : c == '"' ? '\'' : c == '\\' ? '|' : c;
    if (shown == '%') {  // a word of printf()
      out += "mod";
      continue;
    }
    // "*/" would end a comment of Promela, and "(*" begin one of TLA+.
    const char before = out.empty() ? ' ' : out.back();
    const bool begins = shown == '*' && (before == '/' || before == '(');
    const bool ends = before == '*' && (shown == '/' || shown == ')');
    if (begins || ends) out += ' ';
    out += shown;
  }
  return out;
}

std::string text_of(const ir::Program& p, const ir::Text& text,
                    const std::vector<ir::Choice>& choices) {
  std::string out;
  for (const ir::Text::Piece& piece : text.pieces) {
    out += piece.value ? "{" + ir::to_source(p, piece.value, choices) + "}" : piece.literal;
  }
  return out;
}

std::string remark(const ir::Program& p, const ir::Step& step) {
  std::string out = text_of(p, step.text, step.choices);
  if (out.empty()) out = step.name;
  if (step.process >= 0) {
    const ir::Process& x = p.processes[static_cast<std::size_t>(step.process)];
    out += "; " + x.name + " on " + p.sorts[0].members[static_cast<std::size_t>(x.cpu)];
  }
  if (step.kind != ir::StepKind::kProgram) out += std::string("; ") + ir::step_kind_name(step.kind);
  if (step.span) {
    out += "; " + step.span.where();
  } else if (!step.module.empty()) {
    out += "; " + step.module;
  }
  return plain(out);
}

std::vector<std::string> header(const Subject& subject) {
  const ir::Program& p = subject.program;
  std::vector<std::string> lines = subject.title;
  lines.push_back("machine " + p.machine + ", " + std::to_string(p.cpus()) +
                  " CPUs, memory: " + p.memory_order);
  for (const std::string& b : p.bounds) lines.push_back("bound: " + b);
  lines.emplace_back();
  lines.emplace_back(
      "Each step of the model, with one choice of values, is one atomic transition here.  A state");
  lines.emplace_back(
      "holds the variables of the model and nothing else; all that the machine may do on its own "
      "is");
  lines.emplace_back("a step.  The counts are those of: stalemate check --speculation explicit");
  lines.emplace_back();
  for (std::size_t i = 0; i < p.properties.size(); ++i) {
    const ir::Property& property = p.properties[i];
    const bool asked = std::find(subject.properties.begin(), subject.properties.end(),
                                 static_cast<int>(i)) != subject.properties.end();
    if (!asked) continue;
    switch (property.kind) {
      case ir::Property::Kind::kAsserts:
        lines.push_back("property " + property.name + ": assertions in the steps");
        break;
      case ir::Property::Kind::kInvariant:
        lines.push_back("property " + property.name + ": an invariant");
        break;
      case ir::Property::Kind::kNoStuck:
        lines.push_back(
            "property " + property.name +
            ": NOT exported: it needs the whole state graph (deadlock of all is not it)");
        break;
      case ir::Property::Kind::kLeadsTo:
        throw Unsupported("property " + property.name +
                          " is about fair runs; choose others with --prop");
    }
  }
  lines.emplace_back(
      "A model error (value or index out of range, division by zero) is an error too.");
  lines.emplace_back(
      "Where a violated property does not end the search, the run goes on as in the model.");
  lines.emplace_back(
      "Goals, which tell a vacuous model from a safe one, and counters are NOT exported.");
  for (std::string& line : lines) line = plain(line);
  return lines;
}

std::vector<int> invariants(const Subject& subject) {
  std::vector<int> out;
  for (const int i : subject.properties) {
    const ir::Property& property = subject.program.properties[static_cast<std::size_t>(i)];
    if (property.kind == ir::Property::Kind::kInvariant) out.push_back(i);
  }
  return out;
}

}  // namespace stalemate::exporter
