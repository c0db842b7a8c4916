#include "sweep/expectation.h"

#include <fmt/format.h>

#include <algorithm>
#include <exception>

#include "ir/dump.h"
#include "ir/identity.h"

namespace stalemate::sweep {

namespace {

// What a clause calls an outcome: "violates" where a verdict says "violated".
std::string outcome_of(const std::string& clause) {
  return clause == "violates" ? "violated" : clause;
}

Prepared prepare_loaded(const Cell& cell) {
  Prepared p;
  Diagnostics diagnostics;
  const auto compiled = cell.loaded->compile(cell.request, diagnostics);
  if (!compiled) {
    p.mistakes = diagnostics.format(false);
    return p;
  }
  p.fingerprint = ir::fingerprint(compiled->program);
  p.identity = ir::identity(compiled->program);
  for (const int property : compiled->properties) {
    p.properties.push_back(compiled->program.properties[static_cast<std::size_t>(property)].name);
  }
  p.expected = compiled->expected;
  p.expects = cell.own;
  if (cell.own) return p;
  // With axes: the same program as one of the variant's own is its configuration.
  for (const int cpus : cell.loaded->cpu_counts(cell.request.variant)) {
    lang::Request own;
    own.variant = cell.request.variant;
    own.cpus = cpus;
    const auto other = cell.loaded->compile(own, diagnostics);
    if (other && ir::fingerprint(other->program) == p.fingerprint) p.expects = true;
  }
  return p;
}

}  // namespace

Prepared prepare(const Cell& cell) {
  Prepared failed;
  if (!cell.loaded) {
    failed.mistakes = cell.mistakes;
    return failed;
  }
  // A mistake of the compiler, or too little memory for one model, must not end the night.
  try {
    return prepare_loaded(cell);
  } catch (const std::exception& e) {
    failed.mistakes = fmt::format("internal error: {}", e.what());
  }
  return failed;
}

bool same_check(const Prepared& prepared, const store::Run& run) {
  if (prepared.identity != run.identity) return false;
  // Nobody knows what was checked.
  if (run.identity.empty() && run.verdict != "error") return false;
  // One that crashed tells of no property.
  if (run.properties.empty()) return true;
  std::vector<std::string> now = prepared.properties;
  std::vector<std::string> then;
  for (const auto& [property, outcome] : outcomes(run.properties)) then.push_back(property);
  std::sort(now.begin(), now.end());
  std::sort(then.begin(), then.end());
  return now == then;
}

std::string expected_text(const Prepared& prepared) {
  if (!prepared.expects) return {};
  if (prepared.expected.empty()) return "safe";
  std::string text;
  for (const lang::Expected& e : prepared.expected) {
    if (!text.empty()) text += ", ";
    text += e.outcome;
    if (e.properties.size() == 1) text += " " + e.properties[0];
    if (e.properties.size() > 1) text += fmt::format(" {{{}}}", fmt::join(e.properties, ", "));
  }
  return text;
}

void judge(const Prepared& prepared, store::Run& run) {
  run.expected = expected_text(prepared);
  if (run.verdict == "crashed" || run.verdict == "error") {
    run.status = "crashed";
    return;
  }
  run.wrong.clear();
  std::string why;
  bool inconclusive = !prepared.expects && run.verdict == "inconclusive";
  for (const auto& [property, got] : outcomes(run.properties)) {
    const std::string want =
        prepared.expects ? outcome_of(lang::expected_outcome(prepared.expected, property)) : got;
    if (want == got) continue;
    if (got == "inconclusive") {
      inconclusive = true;
    } else {
      run.wrong += fmt::format("{}{}={}", run.wrong.empty() ? "" : "\n", property, want);
      why += fmt::format("{}{} is {}, expected {}", why.empty() ? "" : "; ", property, got, want);
    }
  }
  run.status = !why.empty() ? "mismatch" : inconclusive ? "inconclusive" : "ok";
  if (!why.empty()) run.note = why;
}

std::vector<std::pair<std::string, std::string>> outcomes(const std::string& lines) {
  std::vector<std::pair<std::string, std::string>> found;
  std::size_t at = 0;
  while (at < lines.size()) {
    const std::size_t end = std::min(lines.find('\n', at), lines.size());
    const std::string line = lines.substr(at, end - at);
    const std::size_t equals = line.rfind('=');
    if (equals != std::string::npos) {
      found.emplace_back(line.substr(0, equals), line.substr(equals + 1));
    }
    at = end + 1;
  }
  return found;
}

}  // namespace stalemate::sweep
