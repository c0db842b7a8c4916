#include "sweep/tell.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <cstring>
#include <map>
#include <nlohmann/json.hpp>
#include <sstream>

#include "base/printable.h"

namespace stalemate::sweep {

namespace {

using Json = nlohmann::ordered_json;

Json json_of(const store::Night& n) {
  Json j;
  j["id"] = n.id;
  j["started"] = n.started;
  j["finished"] = n.finished.empty() ? Json() : Json(n.finished);
  j["tool"] = n.tool;
  j["sweep_file"] = n.sweep_file;
  j["shard"] = n.shard;
  j["filter"] = n.filter;
  return j;
}

Json json_of(const store::Run& run) {
  Json j;
  store::for_each_column(run, [&](const char* name, const auto& value) { j[name] = value; });
  return j;
}

// As one word of a shell.
std::string shell_word(const std::string& word) {
  const bool plain = std::all_of(word.begin(), word.end(), [](unsigned char c) {
    return std::isalnum(c) != 0 || std::strchr("_./=,+-:@", c) != nullptr;
  });
  if (plain && !word.empty()) return word;
  std::string out = "'";
  for (const char c : word) out += c == '\'' ? "'\\''" : std::string(1, c);
  return out + "'";
}

std::string printable_lines(const std::string& text) {
  std::string out;
  std::size_t at = 0;
  for (;;) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    out += printable(std::string_view(text).substr(at, end - at));
    if (end == text.size()) return out;
    out += '\n';
    at = end + 1;
  }
}

// One line of plain text in a paragraph of Markdown.
std::string in_markdown(const std::string& text) {
  std::string out;
  for (const char c : printable(text)) {
    if (std::strchr("\\`*[]|#", c) != nullptr) out += '\\';
    out += c == '&' ? "&amp;" : c == '<' ? "&lt;" : std::string(1, c);
  }
  return out;
}

}  // namespace

std::string as_code(const std::string& text) {
  const std::string line = printable(text);
  // Longer than any in the text, which must not touch one.
  std::string marks = "`";
  while (line.find(marks) != std::string::npos) marks += '`';
  const bool touches = line.empty() || line.front() == '`' || line.back() == '`';
  const char* blank = touches ? " " : "";
  return marks + blank + line + blank + marks;
}

std::string fenced(const std::string& lines) {
  const std::string text = printable_lines(lines);
  std::string fence = "```";
  while (text.find(fence) != std::string::npos) fence += '`';
  return fmt::format("{}text\n{}{}{}\n", fence, text, text.ends_with('\n') ? "" : "\n", fence);
}

std::string headline(const Comparison& c) {
  std::string text = fmt::format("Night {} of {}, {}, stalemate {}", c.night.id, c.night.sweep_file,
                                 c.night.started, c.night.tool);
  if (!c.night.shard.empty()) text += ", shard " + c.night.shard;
  if (!c.night.filter.empty()) text += fmt::format(", only '{}'", c.night.filter);
  return text;
}

std::string subline(const Comparison& c) {
  if (!c.before) return "no night before to compare with";
  return fmt::format("against night {}, {}, stalemate {}", c.before->id, c.before->started,
                     c.before->tool);
}

std::string as_text(const Comparison& c) {
  std::string text = fmt::format("{}\n{}\n{}\n", printable(headline(c)), subline(c), c.summary());
  for (const Section& s : c.sections) {
    if (s.findings.empty()) continue;
    text += fmt::format("\n{} ({})\n", s.title, s.findings.size());
    for (const Finding& f : s.findings) {
      text += fmt::format("  {}\n      {}\n", printable(f.cell), printable(f.what));
    }
  }
  return text;
}

std::string as_json(const Comparison& c) {
  Json j;
  j["night"] = json_of(c.night);
  j["before"] = c.before ? json_of(*c.before) : Json();
  j["summary"] = c.summary();
  for (const Section& s : c.sections) {
    j[s.key] = Json::array();
    for (const Finding& f : s.findings) j[s.key].push_back({{"cell", f.cell}, {"what", f.what}});
  }
  j["runs"] = Json::array();
  for (const store::Run& r : c.runs) j["runs"].push_back(json_of(r));
  return j.dump(1, ' ', false, Json::error_handler_t::replace) + "\n";
}

std::string as_markdown(const Comparison& c) {
  std::string text = fmt::format("# {}\n\n{}; {}.\n", in_markdown(headline(c)),
                                 in_markdown(subline(c)), c.summary());
  for (const Section& s : c.sections) {
    if (s.findings.empty()) continue;
    text += fmt::format("\n## {} ({})\n\n", s.title, s.findings.size());
    for (const Finding& f : s.findings) {
      text += fmt::format("- {}: {}\n", as_code(f.cell), in_markdown(f.what));
    }
    for (const Finding& f : s.findings) {
      const store::Run* run = f.trace ? c.run(f.cell) : nullptr;
      if (run != nullptr) text += fmt::format("\n{}:\n\n{}", as_code(f.cell), fenced(run->trace));
    }
  }
  return text;
}

std::string as_junit(const Comparison& c) {
  std::map<std::string, std::vector<const store::Run*>> models;
  for (const store::Run& r : c.runs) models[r.model].push_back(&r);
  std::string text =
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"stalemate\">\n";
  for (const auto& [model, runs] : models) {
    std::map<std::string, int> counts;
    std::string cases;
    for (const store::Run* r : runs) {
      ++counts[r->status];
      // The model is the class already.
      cases += fmt::format("    <testcase classname=\"{}\" name=\"{}\" time=\"{:.3f}\"",
                           escaped(printable(model)),
                           escaped(printable(r->cell.substr(model.size() + 1))), r->seconds);
      if (r->status == "ok") {
        cases += "/>\n";
        continue;
      }
      const char* element = r->status == "mismatch"       ? "failure"
                            : r->status == "inconclusive" ? "skipped"
                                                          : "error";
      cases += fmt::format(">\n      <{0} message=\"{1}\">{2}</{0}>\n    </testcase>\n", element,
                           escaped(printable(r->note)), escaped(r->trace));
    }
    text += fmt::format(
        "  <testsuite name=\"{}\" tests=\"{}\" failures=\"{}\" errors=\"{}\" skipped=\"{}\">\n{}"
        "  </testsuite>\n",
        escaped(printable(model)), runs.size(), counts["mismatch"], counts["crashed"],
        counts["inconclusive"], cases);
  }
  return text + "</testsuites>\n";
}

std::string escaped(const std::string& text) {
  std::string out;
  for (const char ch : printable_lines(text)) {
    switch (ch) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      case '\'':
        out += "&#39;";
        break;
      default:
        out += ch;
    }
  }
  return out;
}

std::string command(const store::Run& run) {
  std::string words = "stalemate check " + shell_word(run.model);
  if (!run.variant.empty()) words += " --variant " + shell_word(run.variant);
  if (run.cpus != 0) words += fmt::format(" --cpus {}", run.cpus);
  if (!run.machine.empty()) words += " --machine " + shell_word(run.machine);
  std::istringstream params(run.params);
  for (std::string param; params >> param;) words += " --set " + shell_word(param);
  return words;
}

}  // namespace stalemate::sweep
