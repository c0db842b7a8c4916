// A trace as rows: who did what, and which displayed cells changed.
#include <algorithm>
#include <stdexcept>
#include <utility>

#include "report/report.h"
#include "report/waits.h"

namespace stalemate::report {

namespace {

// Index values of element `element` of an array of these dims, in row-major order.
std::vector<int> index_of(const std::vector<ir::Domain>& dims, int element) {
  std::vector<int> index(dims.size());
  for (std::size_t i = dims.size(); i-- > 0;) {
    index[i] = dims[i].lo + element % dims[i].size();
    element /= dims[i].size();
  }
  return index;
}

// An index as the templates print it.  A CPU is a bare number, so that "I${0}" becomes "I$1".
std::string index_name(const ir::Program& p, const ir::Domain& domain, int value) {
  const bool is_cpu = domain.kind == ir::Domain::Kind::kSort && domain.sort == 0;
  return is_cpu ? std::to_string(value) : p.value_name(domain, value);
}

// Replaces "{0}", "{1}", ... by the names of the indices; every other text stays.
std::string expand(const ir::Program& p, const ir::Variable& v, const std::vector<int>& index) {
  std::string out;
  const std::string& text = v.display;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool hole = text[i] == '{' && i + 2 < text.size() && text[i + 2] == '}' &&
                      text[i + 1] >= '0' && text[i + 1] <= '9';
    const std::size_t dim = hole ? static_cast<std::size_t>(text[i + 1] - '0') : v.dims.size();
    if (dim < v.dims.size()) {
      out += index_name(p, v.dims[dim], index[dim]);
      i += 2;
    } else {
      out += text[i];
    }
  }
  return out;
}

// A field of a cached value.  The name of a bool field is not known here, so it prints as a digit.
std::string field_name(const ir::Program& p, const ir::Domain& domain, int value) {
  return domain.kind == ir::Domain::Kind::kBool ? std::to_string(value)
                                                : p.value_name(domain, value);
}

// Content of the cell whose membership bits start at slot `first`: "{v0,v1}", or the value alone
// for a cache that never holds two.
std::string cell_content(const ir::Program& p, const ir::Cache& cache, int first, int size,
                         const State& s) {
  const auto& dims = p.variables[static_cast<std::size_t>(cache.held)].dims;
  const std::vector<ir::Domain> fields(dims.begin() + cache.index_dims, dims.end());
  std::string values;
  for (int i = 0; i < size; ++i) {
    if (s[static_cast<std::size_t>(first + i)] == 0) continue;
    if (!values.empty()) values += ',';
    const std::vector<int> value = index_of(fields, i);
    for (std::size_t k = 0; k < fields.size(); ++k) {
      if (k > 0) values += '/';
      values += field_name(p, fields[k], value[k]);
    }
  }
  return cache.single && !values.empty() ? values : "{" + values + "}";
}

// The cache whose membership bits are this variable.  One without value fields is a plain bit.
const ir::Cache* cache_of(const ir::Program& p, int variable) {
  const auto found = std::find_if(p.caches.begin(), p.caches.end(),
                                  [&](const ir::Cache& c) { return c.held == variable; });
  if (found == p.caches.end()) return nullptr;
  const auto dims = p.variables[static_cast<std::size_t>(variable)].dims.size();
  return static_cast<std::size_t>(found->index_dims) < dims ? &*found : nullptr;
}

std::vector<std::string> changes_between(const ir::Program& p, const State& before,
                                         const State& after) {
  std::vector<std::string> changes;
  for (std::size_t i = 0; i < p.variables.size(); ++i) {
    const ir::Variable& v = p.variables[i];
    if (v.display.empty()) continue;
    const ir::Cache* cache = cache_of(p, static_cast<int>(i));
    // Slots per cell: all membership bits of a cache cell make one change.
    int cell = 1;
    if (cache != nullptr) {
      for (auto d = static_cast<std::size_t>(cache->index_dims); d < v.dims.size(); ++d) {
        cell *= v.dims[d].size();
      }
    }
    for (int element = 0; element < v.elements(); element += cell) {
      const auto slot = before.begin() + v.first + element;
      if (std::equal(slot, slot + cell, after.begin() + v.first + element)) continue;
      const int value = after[static_cast<std::size_t>(v.first + element)];
      changes.push_back(expand(p, v, index_of(v.dims, element)) + "=" +
                        (cache != nullptr ? cell_content(p, *cache, v.first + element, cell, after)
                                          : p.value_name(v.domain, value)));
    }
  }
  return changes;
}

const char* prefix(ir::StepKind kind) {
  switch (kind) {
    case ir::StepKind::kProgram:
    case ir::StepKind::kEntry:
      return "";
    case ir::StepKind::kEventual:
      return "(hardware) ";
    case ir::StepKind::kSpeculative:
      return "(speculative) ";
  }
  return "";
}

View view_of_trace(const ir::Program& p, const Trace& trace, const Render& render) {
  View v;
  v.cpus = p.cpus();
  for (std::size_t i = 0; i < trace.events.size(); ++i) {
    const Event& event = trace.events[i];
    const ir::Step& step = p.steps[static_cast<std::size_t>(event.step)];
    const State* before = i < trace.states.size() ? &trace.states[i] : nullptr;
    const State* after = i + 1 < trace.states.size() ? &trace.states[i + 1] : nullptr;
    Row row;
    row.cpu = step.cpu;
    if (row.cpu < 0 && step.process >= 0) {
      row.cpu = p.processes[static_cast<std::size_t>(step.process)].cpu;
    }
    row.kind = step.kind;
    row.action = action_text(step, before, event.choices, render);
    if (after != nullptr) row.changes = changes_between(p, *before, *after);
    v.rows.push_back(std::move(row));
  }
  if (trace.loop < static_cast<int>(trace.events.size())) v.loop = trace.loop;
  return v;
}

// Says on the last row, or at the end when nothing happened before it, what went wrong.
void mark(View& v, const std::string& message) {
  if (v.rows.empty()) {
    v.ending.push_back(message);
  } else {
    v.rows.back().violation = message;
  }
}

std::string stuck_line(const ir::Program& p, int process, const Trace& trace) {
  const ir::Process& who = p.processes[static_cast<std::size_t>(process)];
  std::string line = "CPU" + std::to_string(who.cpu) + " " + who.name + " waits for ever";
  if (trace.states.size() <= trace.events.size()) return line;
  const int slot = p.variables[static_cast<std::size_t>(who.control)].first;
  const auto location =
      static_cast<std::size_t>(trace.states.back()[static_cast<std::size_t>(slot)]);
  // Quoted: the name may be a condition of the source.
  return line + " at \"" + who.locations[location].name + "\"";
}

// "and so on for ever: CPU1 waiter stays at "await !lock"": those that take no step in the circle
// and have not come to their end.
std::string for_ever(const ir::Program& p, const Trace& trace) {
  const auto loop = static_cast<std::size_t>(trace.loop);
  const bool ends = loop == trace.events.size();
  std::string stay;
  for (std::size_t i = 0; i < p.processes.size(); ++i) {
    const ir::Process& who = p.processes[i];
    const bool acts =
        std::any_of(trace.events.begin() + trace.loop, trace.events.end(), [&](const Event& e) {
          return p.steps[static_cast<std::size_t>(e.step)].process == static_cast<int>(i);
        });
    if (acts || trace.states.size() <= loop) continue;
    const int slot = p.variables[static_cast<std::size_t>(who.control)].first;
    const auto at = static_cast<std::size_t>(trace.states[loop][static_cast<std::size_t>(slot)]);
    const ir::Location& location = who.locations[at];
    if (location.final || (who.role != ir::Role::kThread && at == 0)) continue;
    stay += (stay.empty() ? "" : ", ") + process_name(p, static_cast<int>(i)) + " stays at \"" +
            location.name + "\"";
  }
  return std::string(ends ? "nothing has to happen any more" : "and so on for ever") +
         (stay.empty() ? "" : ": ") + stay;
}

}  // namespace

std::string action_text(const ir::Step& step, const State* before,
                        const std::vector<ir::Value>& choices, const Render& render) {
  std::string text;
  if (before != nullptr) {
    try {
      text = render(step.text, *before, choices);
    } catch (const std::runtime_error&) {
      text.clear();
    }
  }
  return prefix(step.kind) + (text.empty() ? step.name : text);
}

std::string shown_slot(const ir::Program& p, int slot) {
  const ir::Variable& v = p.variable_at(slot);
  return v.display.empty() ? p.slot_name(slot) : expand(p, v, index_of(v.dims, slot - v.first));
}

View view(const ir::Program& p, const PropertyResult& r, const Render& render) {
  View v = view_of_trace(p, r.trace, render);
  if (r.trace.loop >= 0) {
    v.ending = {r.message, for_ever(p, r.trace)};
  } else if (r.stuck.empty()) {
    mark(v, r.message);
  } else {
    for (const int process : r.stuck) v.ending.push_back(stuck_line(p, process, r.trace));
    for (std::string& line : wait_lines(p, r, render)) v.ending.push_back(std::move(line));
  }
  return v;
}

View view_of_model_error(const ir::Program& p, const Result& result, const Render& render) {
  View v = view_of_trace(p, result.model_error_trace, render);
  mark(v, result.model_error);
  return v;
}

}  // namespace stalemate::report
