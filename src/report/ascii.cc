// A trace as kernel people paste it into mails: one column per CPU, changes at the right.
#include <fmt/format.h>

#include <algorithm>
#include <numeric>
#include <optional>

#include "report/report.h"
#include "report/text.h"

namespace stalemate::report {

namespace {

constexpr int kMargin = 1;
constexpr int kGap = 3;         // between columns
constexpr int kMinColumn = 12;  // narrower text is not readable
constexpr int kHanging = 2;     // tells a wrapped action from the next one
constexpr int kMinWidth = kMargin + kMinColumn + kGap + kMinColumn;

// The rows, cleaned for printing and assigned to columns.
struct Line {
  std::size_t column = 0;
  std::string action;
  std::string changes;
  std::string violation;
  bool speculative = false;
};

struct Table {
  std::vector<std::string> titles;  // of the columns; none: one column for all CPUs
  std::vector<Line> lines;
};

struct Layout {
  std::vector<int> start;
  std::vector<int> width;
  int changes_start = 0;
  int changes_width = 0;
};

// Text at a column of an output line.
struct Piece {
  int column = 0;
  std::string text;
  std::string_view code;
};

std::string output_line(const std::vector<Piece>& pieces, bool colour) {
  std::string out;
  int at = 0;
  for (const Piece& piece : pieces) {
    out.append(static_cast<std::size_t>(piece.column - at), ' ');
    out += paint(piece.text, piece.code, colour);
    at = piece.column + width(piece.text);
  }
  return out + '\n';
}

Line line_of(const Row& row) {
  Line line;
  line.action = printable(row.action);
  for (const std::string& change : row.changes) {
    line.changes += (line.changes.empty() ? "" : ", ") + printable(change);
  }
  if (!row.violation.empty()) line.violation = printable("*** " + row.violation);
  line.speculative = row.kind == ir::StepKind::kSpeculative;
  return line;
}

// One column for each of `cpus`; what belongs to no CPU goes to the first.
Table columns_table(const View& v, const std::vector<int>& cpus) {
  Table table;
  for (const int cpu : cpus) table.titles.push_back(fmt::format("CPU{}", cpu));
  for (const Row& row : v.rows) {
    Line line = line_of(row);
    const auto found = std::find(cpus.begin(), cpus.end(), row.cpu);
    if (found != cpus.end()) line.column = static_cast<std::size_t>(found - cpus.begin());
    table.lines.push_back(std::move(line));
  }
  return table;
}

// One column for all CPUs.
Table list_table(const View& v) {
  Table table;
  for (const Row& row : v.rows) {
    Line line = line_of(row);
    if (row.cpu >= 0) line.action = fmt::format("CPU{}: {}", row.cpu, line.action);
    table.lines.push_back(std::move(line));
  }
  return table;
}

// Columns as wide as their text, or, when that is too wide, cut to the largest common limit that
// fits; so a column that needs little leaves room to the others.  Nothing when the limit would be
// less than kMinColumn.
std::optional<Layout> fit(const Table& table, int total) {
  const std::size_t columns = std::max<std::size_t>(table.titles.size(), 1);
  std::vector<int> natural(columns, kMinColumn);
  int changes = 0;
  for (const Line& line : table.lines) {
    natural[line.column] = std::max(natural[line.column], width(line.action));
    changes = std::max(changes, width(line.changes));
  }
  if (changes > 0) natural.push_back(changes);
  const int gaps = kMargin + kGap * static_cast<int>(natural.size() - 1);
  for (int limit = total; limit >= kMinColumn; --limit) {
    std::vector<int> widths = natural;
    for (int& w : widths) w = std::min(w, limit);
    if (gaps + std::accumulate(widths.begin(), widths.end(), 0) > total) continue;
    Layout layout;
    int at = kMargin;
    for (std::size_t i = 0; i < columns; ++i) {
      layout.start.push_back(at);
      layout.width.push_back(widths[i]);
      at += widths[i] + kGap;
    }
    layout.changes_start = at;
    if (changes > 0) layout.changes_width = widths.back();
    return layout;
  }
  return std::nullopt;
}

std::string header(const Table& table, const Layout& layout) {
  std::vector<Piece> titles;
  std::vector<Piece> underlines;
  for (std::size_t i = 0; i < table.titles.size(); ++i) {
    titles.push_back({layout.start[i], table.titles[i], {}});
    underlines.push_back({layout.start[i], std::string(table.titles[i].size(), '-'), {}});
  }
  return titles.empty() ? std::string()
                        : output_line(titles, false) + output_line(underlines, false);
}

// A message in lines of its own.
std::string message(const std::string& text, int column, const Style& style) {
  std::string out;
  for (const std::string& line : wrap(text, style.width - column, 4)) {
    out += output_line({{column, line, code::kBoldRed}}, style.colour);
  }
  return out;
}

std::string row(const Line& line, const Layout& layout, const Style& style) {
  const int start = layout.start[line.column];
  const std::vector<std::string> action = wrap(line.action, layout.width[line.column], kHanging);
  const std::vector<std::string> changes = line.changes.empty()
                                               ? std::vector<std::string>()
                                               : wrap(line.changes, layout.changes_width, 0);
  const std::string_view code = line.speculative ? code::kDim : std::string_view();
  const int marked = start + kGap + width(line.violation);
  const bool beside = !line.violation.empty() && action.size() == 1 && changes.empty() &&
                      marked + width(action[0]) <= style.width;
  std::string out;
  for (std::size_t i = 0; i < std::max(action.size(), changes.size()); ++i) {
    std::vector<Piece> pieces;
    if (i < action.size()) pieces.push_back({start, action[i], code});
    if (i < changes.size()) pieces.push_back({layout.changes_start, changes[i], code});
    if (beside) {
      pieces.push_back({start + width(action[i]) + kGap, line.violation, code::kBoldRed});
    }
    out += output_line(pieces, style.colour);
  }
  if (beside) return out;
  // Below the action if it fits there on one line, else from the margin, where there is most room.
  const bool below = start + width(line.violation) <= style.width;
  return out + message(line.violation, below ? start : kMargin, style);
}

// CPUs in order, all of them or only those that do something.
std::vector<int> cpu_list(const View& v, bool acting_only) {
  std::vector<int> cpus;
  if (!acting_only) {
    cpus.resize(static_cast<std::size_t>(std::max(v.cpus, 0)));
    std::iota(cpus.begin(), cpus.end(), 0);
  }
  for (const Row& row : v.rows) {
    if (row.cpu >= 0) cpus.push_back(row.cpu);
  }
  if (cpus.empty()) cpus.push_back(0);
  std::sort(cpus.begin(), cpus.end());
  cpus.erase(std::unique(cpus.begin(), cpus.end()), cpus.end());
  return cpus;
}

}  // namespace

std::string ascii_trace(const View& v, const Style& given) {
  Style style = given;
  style.width = std::max(style.width, kMinWidth);
  std::string out;
  if (!v.rows.empty()) {
    Table table = columns_table(v, cpu_list(v, false));
    std::optional<Layout> layout = fit(table, style.width);
    if (!layout) {
      table = columns_table(v, cpu_list(v, true));
      layout = fit(table, style.width);
    }
    if (!layout) {
      table = list_table(v);
      layout = fit(table, style.width);
    }
    // kMinWidth holds one column and the changes, so the last layout fits.
    out = header(table, layout.value());
    for (std::size_t i = 0; i < table.lines.size(); ++i) {
      if (static_cast<int>(i) == v.loop) {
        out += output_line({{kMargin, "-- again and again:", code::kBoldRed}}, style.colour);
      }
      out += row(table.lines[i], *layout, style);
    }
    if (!v.ending.empty()) out += '\n';
  }
  for (const std::string& line : v.ending) out += message(printable("*** " + line), kMargin, style);
  return out;
}

}  // namespace stalemate::report
