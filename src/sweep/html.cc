// The page of a night.
#include <fmt/format.h>

#include <map>

#include "sweep/tell.h"

namespace stalemate::sweep {

namespace {

constexpr const char* kStyle = R"css(
:root { color-scheme: light dark; --back: #fff; --text: #1b1b1f; --dim: #5b5b66; --line: #d8d8e0;
  --soft: #f4f4f8; --ok: #14703a; --bad: #b3131f; --open: #8a5a00; --link: #1a56b0; }
@media (prefers-color-scheme: dark) {
  :root { --back: #16161a; --text: #e6e6ea; --dim: #a0a0ac; --line: #35353f; --soft: #202027;
    --ok: #6fd394; --bad: #ff8a8a; --open: #f0bf5a; --link: #8ab8ff; }
}
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 1rem; max-width: 76rem; background: var(--back); color: var(--text);
  font: 1rem/1.45 system-ui, sans-serif; }
h1 { font-size: 1.3rem; margin: 0 0 .2rem; overflow-wrap: anywhere; }
h2 { font-size: 1.05rem; margin: 1.4rem 0 .4rem; }
p { margin: .2rem 0; color: var(--dim); }
a { color: var(--link); overflow-wrap: anywhere; }
ul { margin: 0; padding-left: 1.2rem; }
li { margin: .25rem 0; }
input { width: 100%; padding: .5rem .6rem; font: inherit; color: inherit; background: var(--soft);
  border: 1px solid var(--dim); border-radius: .3rem; }
table { width: 100%; border-collapse: collapse; margin-top: .6rem; }
th, td { text-align: left; vertical-align: top; padding: .35rem .6rem .35rem 0;
  border-bottom: 1px solid var(--line); }
th { font-weight: 600; }
td.n, th.n { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
td.cell { overflow-wrap: anywhere; width: 60%; }
tr:target td { background: var(--soft); }
.ok { color: var(--ok); } .mismatch, .crashed { color: var(--bad); font-weight: 600; }
.inconclusive { color: var(--open); font-weight: 600; }
summary { cursor: pointer; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .1rem .8rem; margin: .5rem 0;
  font-size: .9rem; }
dt { color: var(--dim); } dd { margin: 0; overflow-wrap: anywhere; white-space: pre-line; }
pre { margin: .5rem 0; padding: .6rem; overflow-x: auto; background: var(--soft);
  font: .8rem/1.35 ui-monospace, monospace; }
@media (max-width: 40rem) {
  thead { position: absolute; left: -9999px; }
  table, tbody, tr, td { display: block; width: 100%; }
  tr { border-bottom: 1px solid var(--line); padding: .5rem 0; }
  td, td.n { border: 0; padding: 0; text-align: left; }
  td.cell { width: 100%; }
  td.n { display: inline-block; width: auto; margin-right: 1rem; color: var(--dim); }
  td[data-name]::before { content: attr(data-name) " "; color: var(--dim); }
}
)css";

// Every word must be in the row; without a script all rows stay.
constexpr const char* kScript = R"js(
const box = document.getElementById('filter');
const rows = [...document.querySelectorAll('tbody tr')];
const names = rows.map(row => row.dataset.find.toLowerCase());
const count = document.getElementById('count');
function show() {
  const words = box.value.toLowerCase().split(/\s+/).filter(Boolean);
  let n = 0;
  rows.forEach((row, i) => {
    row.hidden = !words.every(word => names[i].includes(word));
    n += !row.hidden;
  });
  count.textContent = n + ' of ' + rows.length + ' cells';
}
function open() {
  const row = location.hash && document.getElementById(location.hash.slice(1));
  if (!row) return;
  box.value = '';
  show();
  row.querySelector('details').open = true;
  row.scrollIntoView();
}
box.addEventListener('input', show);
addEventListener('hashchange', open);
show();
open();
)js";

std::string fact(const char* name, const std::string& value) {
  if (value.empty()) return {};
  return fmt::format("<dt>{}</dt><dd>{}</dd>", name, escaped(value));
}

std::string row(const store::Run& r, std::size_t number) {
  const std::string memory =
      fmt::format("{:.1f} MiB", static_cast<double>(r.peak_memory) / 1048576);
  std::string details =
      fact("note", r.note) + fact("expected", r.expected) + fact("properties", r.properties) +
      fact("transitions", std::to_string(r.transitions)) + fact("memory", memory) +
      fact("exit code", std::to_string(r.exit)) + fact("fingerprint", r.fingerprint) +
      fact("reused", r.reused ? "from a night before" : "");
  details = "<dl>" + details + "</dl>";
  if (!r.trace.empty()) details += "<pre tabindex=\"0\">" + escaped(r.trace) + "</pre>";
  return fmt::format(
      "<tr id=\"c{0}\" data-find=\"{1} {2} {3}\"><td class=\"{1}\">{1}</td><td class=\"cell\">"
      "<details><summary>{2}</summary>{4}</details></td><td>{3}</td>"
      "<td class=\"n\" data-name=\"states\">{5}</td><td class=\"n\" data-name=\"seconds\">{6:.2f}"
      "</td></tr>\n",
      number, escaped(r.status), escaped(r.cell), escaped(r.verdict), details, r.states, r.seconds);
}

}  // namespace

std::string as_html(const Comparison& c) {
  std::string text = fmt::format(
      "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
      "<title>{0}</title>\n<style>{1}</style>\n</head>\n<body>\n<main>\n<h1>{0}</h1>\n"
      "<p>{2}</p>\n<p>{3}</p>\n",
      escaped(headline(c)), kStyle, escaped(subline(c)), escaped(c.summary()));
  std::map<std::string, std::size_t> numbers;
  for (const store::Run& r : c.runs) numbers.emplace(r.cell, numbers.size());
  for (const Section& s : c.sections) {
    if (s.findings.empty()) continue;
    text += fmt::format("<h2>{} ({})</h2>\n<ul>\n", escaped(s.title), s.findings.size());
    for (const Finding& f : s.findings) {
      const auto at = numbers.find(f.cell);
      const std::string name = escaped(f.cell);
      text += fmt::format(
          "<li>{}<br>{}</li>\n",
          at == numbers.end() ? name : fmt::format("<a href=\"#c{}\">{}</a>", at->second, name),
          escaped(f.what));
    }
    text += "</ul>\n";
  }
  text +=
      "<h2><label for=\"filter\">All cells</label></h2>\n<input id=\"filter\" type=\"search\" "
      "placeholder=\"words in name, status or verdict\" autocomplete=\"off\">\n"
      "<p id=\"count\" role=\"status\"></p>\n<table>\n<thead><tr><th>status</th><th>cell</th>"
      "<th>verdict</th><th class=\"n\">states</th><th class=\"n\">seconds</th></tr></thead>\n"
      "<tbody>\n";
  for (const store::Run& r : c.runs) text += row(r, numbers.at(r.cell));
  text +=
      fmt::format("</tbody>\n</table>\n</main>\n<script>{}</script>\n</body>\n</html>\n", kScript);
  return text;
}

}  // namespace stalemate::sweep
