// What is not as expected as SARIF 2.1.0, with the fields that GitHub code scanning asks for.
#include <fmt/format.h>

#include <map>
#include <nlohmann/json.hpp>

#include "base/printable.h"
#include "sweep/expectation.h"
#include "sweep/file.h"
#include "sweep/tell.h"

namespace stalemate::sweep {

namespace {

using Json = nlohmann::ordered_json;

// No property has a '-' in its name.
constexpr const char* kNoVerdict = "no-verdict";
constexpr const char* kRoot = "%SRCROOT%";  // as others call it

Json text(const std::string& t) { return {{"text", t}}; }

// The name of a file as part of a URI.
std::string uri(const std::string& path) {
  std::string out;
  for (const char c : path) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       std::string_view("-._~/").find(c) != std::string_view::npos;
    out += plain ? std::string(1, c) : fmt::format("%{:02X}", static_cast<unsigned char>(c));
  }
  return out;
}

class Writer {
 public:
  explicit Writer(const Comparison& c) : c_(c) {
    rule(kNoVerdict, "The check of a cell ends with a verdict.",
         "A check crashed, was killed, or refused its model.");
    for (const store::Run& run : c.runs) {
      for (const auto& [name, verdict] : outcomes(run.properties)) {
        rule(name, fmt::format("The property {} has the verdict that the variant expects.", name),
             "The model says which verdict it expects; a check found another one, or none.");
      }
    }
    for (const store::Run& run : c.runs) add(run);
  }

  std::string written() const {
    Json run;
    run["tool"]["driver"] = {{"name", "stalemate"},
                             {"version", c_.night.tool},
                             {"semanticVersion", c_.night.tool},
                             {"rules", rules_}};
    // Another sweep file has alerts of its own.
    run["automationDetails"]["id"] = fmt::format("stalemate/{}/", printable(c_.night.sweep_file));
    run["originalUriBaseIds"][kRoot]["description"] =
        text("The folder that the names of models start from.");
    Json invocation = {{"executionSuccessful", !c_.night.finished.empty()},
                       {"startTimeUtc", c_.night.started}};
    if (!c_.night.finished.empty()) invocation["endTimeUtc"] = c_.night.finished;
    run["invocations"] = Json::array({invocation});
    run["results"] = results_;
    const Json log = {{"$schema", "https://json.schemastore.org/sarif-2.1.0.json"},
                      {"version", "2.1.0"},
                      {"runs", Json::array({run})}};
    return log.dump(1, ' ', false, Json::error_handler_t::replace) + "\n";
  }

 private:
  void rule(const std::string& id, const std::string& what, const std::string& help) {
    if (!numbers_.emplace(id, numbers_.size()).second) return;
    rules_.push_back({{"id", id},
                      {"shortDescription", text(what)},
                      {"fullDescription", text(what)},
                      {"help", text(help + "  docs/verdicts.md says what the verdicts mean.")}});
  }

  void add(const store::Run& run) {
    if (run.status == "mismatch") {
      const auto expected = outcomes(run.wrong);
      const std::map<std::string, std::string> want(expected.begin(), expected.end());
      for (const auto& [name, got] : outcomes(run.properties)) {
        const auto at = want.find(name);
        if (at == want.end()) continue;
        add(run, name, "error", fmt::format("{} is {}, expected {}", name, got, at->second));
      }
    } else if (run.status == "inconclusive") {
      for (const auto& [name, got] : outcomes(run.properties)) {
        if (got == "inconclusive")
          add(run, name, "warning", name + " is inconclusive: " + run.note);
      }
    } else if (run.status != "ok") {
      add(run, kNoVerdict, "error", run.note);
    }
  }

  void add(const store::Run& run, const std::string& rule, const char* level,
           const std::string& what) {
    const std::string cell = printable(run.cell);
    const std::string sentence = fmt::format("{}: {}.", cell, printable(what));
    const std::string again = fmt::format("To see why: {}", printable(command(run)));
    Json message = text(sentence + "  " + again);
    message["markdown"] = fmt::format("{}\n\n{}\n\n{}", as_code(sentence), as_code(again),
                                      run.trace.empty() ? "" : fenced(run.trace));
    Json location;
    location["physicalLocation"] = {
        {"artifactLocation", {{"uri", uri(run.model)}, {"uriBaseId", kRoot}}},
        {"region", {{"startLine", run.line}}}};
    location["logicalLocations"] = Json::array({{{"fullyQualifiedName", cell}}});
    results_.push_back({{"ruleId", rule},
                        {"ruleIndex", numbers_.at(rule)},
                        {"level", level},
                        {"message", message},
                        {"locations", Json::array({location})},
                        // The same alert in each night, wherever the line has moved.
                        {"partialFingerprints", {{"cell/v1", hash_of(run.cell + '\n' + rule)}}}});
  }

  const Comparison& c_;
  std::map<std::string, std::size_t> numbers_;  // of the rules
  Json rules_ = Json::array();
  Json results_ = Json::array();
};

}  // namespace

std::string as_sarif(const Comparison& c) { return Writer(c).written(); }

}  // namespace stalemate::sweep
