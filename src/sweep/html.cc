// The page of a night: what changed as text, and all cells as data for page/page.js.
#include <fmt/format.h>

#include <cmath>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "base/printable.h"
#include "sweep/page_files.h"
#include "sweep/tell.h"

namespace stalemate::sweep {

namespace {

using Json = nlohmann::ordered_json;

// So many of one kind are seen without a click.
constexpr std::size_t kAtOnce = 20;

Json json_of(const Totals& t) {
  return {{"id", t.night.id},
          {"when", t.night.started},
          {"ok", t.counts.ok},
          {"mismatch", t.counts.mismatch},
          {"crashed", t.counts.crashed},
          {"inconclusive", t.counts.inconclusive},
          {"reused", t.counts.reused},
          {"states", t.states},
          {"seconds", t.seconds}};
}

// To two decimals: a page may hold some 100,000 of them.
double rounded(double seconds) { return static_cast<double>(std::llround(seconds * 100)) / 100; }

using Facts = std::vector<std::pair<std::string, std::string>>;

// Name and value, for people; those without a value are left out.
Json json_of(const Facts& facts) {
  Json list = Json::array();
  for (const auto& [name, value] : facts) {
    if (!value.empty()) list.push_back({name, value});
  }
  return list;
}

Facts facts(const store::Run& r) {
  return {
      {"states", fmt::format("{}, {} transitions", r.states, r.transitions)},
      {"time", fmt::format("{:.2f} s", r.seconds)},
      {"memory", fmt::format("{:.1f} MiB", static_cast<double>(r.peak_memory) / 1048576)},
      {"exit code", std::to_string(r.exit)},
      {"checked", fmt::format("{}{}", r.checked, r.reused ? ", taken over" : "")},
      {"build", r.checker},
      {"program", r.fingerprint},
      {"again", command(r)},
  };
}

Json json_of(const store::Run& r, bool changed, const std::vector<Point>& points) {
  Json j = {{"name", printable(r.cell)},
            {"model", printable(r.model)},
            {"variant", printable(r.variant)},
            {"cpus", r.cpus},
            {"machine", r.machine},
            {"params", r.params},
            {"status", r.status},
            {"verdict", r.verdict},
            {"asked", json_of({{"expected", r.expected}, {"properties", r.properties}})},
            {"facts", json_of(facts(r))}};
  if (changed) j["changed"] = true;
  if (!r.note.empty()) j["note"] = printable(r.note);
  if (!r.trace.empty()) j["trace"] = r.trace;
  if (!r.steps.empty()) j["steps"] = Json::parse(r.steps, nullptr, false);
  if (points.size() < 2) return j;
  j["history"] = Json::array();
  for (const auto& [night, run] : points) {
    Json point = {night, run.status, run.verdict, run.states, rounded(run.seconds)};
    if (run.reused) point.push_back(1);
    j["history"].push_back(std::move(point));
  }
  return j;
}

// As text that ends no <script>.
std::string in_script(const Json& j) {
  std::string text;
  for (const char c : j.dump(-1, ' ', false, Json::error_handler_t::replace)) {
    if (c == '<') {
      text += "\\u003c";
    } else {
      text += c;
    }
  }
  return text;
}

std::string changes(const Comparison& c, const std::map<std::string, std::size_t>& numbers) {
  std::string text;
  for (const Section& s : c.sections) {
    if (s.findings.empty()) continue;
    text += fmt::format("<h3>{} ({})</h3>\n<ul>\n", escaped(s.title), s.findings.size());
    const bool many = s.findings.size() > kAtOnce;
    std::size_t n = 0;
    for (const Finding& f : s.findings) {
      if (many && n++ == kAtOnce) {
        text += fmt::format("</ul>\n<details><summary>{} more</summary>\n<ul>\n",
                            s.findings.size() - kAtOnce);
      }
      const auto at = numbers.find(f.cell);
      const std::string name = escaped(f.cell);
      text += fmt::format(
          "<li>{}<br>{}</li>\n",
          at == numbers.end() ? name : fmt::format("<a href=\"#c{}\">{}</a>", at->second, name),
          escaped(f.what));
    }
    text += many ? "</ul>\n</details>\n" : "</ul>\n";
  }
  return text.empty() ? "<p class=\"dim\">Nothing.</p>\n" : text;
}

// {0} title, {1} style, {2} against, {3} summary, {4} what changed, {5} data, {6} and {7} scripts.
constexpr const char* kPageText = R"html(<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{0}</title>
<style>
{1}</style>
</head>
<body>
<main>
<h1>{0}</h1>
<p>{3}</p>
<p class="dim">{2}</p>
<h2>New or wrong</h2>
{4}<h2>Trends</h2>
<div id="trends"></div>
<h2>All cells</h2>
<div class="filter" id="filter" role="group" aria-label="filters">
<input id="words" type="search" aria-label="words in the name, the status or the verdict"
 placeholder="words in name, status or verdict" autocomplete="off">
</div>
<p class="dim" id="count" role="status"></p>
<div id="matrix" role="group" aria-label="cells; the arrow keys go from one to the next"></div>
<noscript><p>Trends and cells need JavaScript; 'stalemate report' prints what is here as text.</p></noscript>
</main>
<dialog id="cell" aria-labelledby="cell-name">
<header><h2 id="cell-name"></h2><button type="button" id="close">Close</button></header>
<div id="cell-content"></div>
</dialog>
<script type="application/json" id="data">{5}</script>
<script>
{6}{7}</script>
</body>
</html>
)html";

}  // namespace

std::string as_html(const Comparison& c, const Trends& t) {
  std::set<std::string> changed;
  for (const Section& s : c.sections) {
    if (s.key == "mismatches" || s.key == "inconclusive") continue;  // a status tells these
    for (const Finding& f : s.findings) changed.insert(f.cell);
  }
  std::map<std::string, std::size_t> numbers;
  Json data = {{"nights", Json::array()}, {"cells", Json::array()}};
  for (const Totals& night : t.nights) data["nights"].push_back(json_of(night));
  for (const store::Run& r : c.runs) {
    numbers.emplace(r.cell, numbers.size());
    data["cells"].push_back(json_of(r, changed.count(r.cell) != 0, t.cells.at(r.cell)));
  }
  return fmt::format(kPageText, escaped(headline(c)), kStyle, escaped(subline(c)),
                     escaped(c.summary()), changes(c, numbers), in_script(data), kPlots, kPage);
}

}  // namespace stalemate::sweep
