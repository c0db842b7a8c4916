#include "report/waits.h"

#include <fmt/format.h>

namespace stalemate::report {

namespace {

const ir::Process& process_of(const ir::Program& p, int process) {
  return p.processes[static_cast<std::size_t>(process)];
}

// "ptl[P].owner=cpu0, irqs_on[1]=false": slots as they are in a state.
std::string slots_text(const ir::Program& p, const std::vector<int>& slots, const State& s) {
  std::string out;
  for (const int slot : slots) {
    out += fmt::format("{}{}={}", out.empty() ? "" : ", ", shown_slot(p, slot),
                       p.value_name(p.variable_at(slot).domain, s[static_cast<std::size_t>(slot)]));
  }
  return out;
}

enum class Why { kInterrupted, kNotTaken, kGuard };

Why why(const ir::Program& p, const Wait& w) {
  const int control = process_of(p, w.on).control;
  if (w.slots == std::vector<int>{p.variables[static_cast<std::size_t>(control)].first}) {
    return Why::kInterrupted;
  }
  const ir::Step& step = p.steps[static_cast<std::size_t>(w.step)];
  return step.kind == ir::StepKind::kEntry ? Why::kNotTaken : Why::kGuard;
}

// `waits (ack) at "wait for acks"`
std::string wait_at(const ir::Program& p, const Wait& w, const State& s, const Render& render) {
  const ir::Step& step = p.steps[static_cast<std::size_t>(w.step)];
  return fmt::format("waits{} at \"{}\"",
                     step.waits.empty() ? "" : fmt::format(" ({})", step.waits),
                     action_text(step, &s, w.choices, render));
}

std::string wait_line(const ir::Program& p, const Wait& w, const State& s, const Render& render) {
  const std::string who = process_name(p, w.waiter);
  const std::string on = process_name(p, w.on);
  switch (why(p, w)) {
    case Why::kInterrupted:
      return fmt::format("{} does not go on before {} is done", who, on);
    case Why::kNotTaken:
      return fmt::format("{} is not taken before {} changes {}", who, on,
                         slots_text(p, w.slots, s));
    case Why::kGuard:
      break;
  }
  return fmt::format("{} {} for {}: {}", who, wait_at(p, w, s, render), on,
                     slots_text(p, w.slots, s));
}

}  // namespace

std::string process_name(const ir::Program& p, int process) {
  const ir::Process& who = process_of(p, process);
  return fmt::format("CPU{} {}", who.cpu, who.name);
}

std::string wait_reason(const ir::Program& p, const Wait& w, const State& s, const Render& render) {
  switch (why(p, w)) {
    case Why::kInterrupted:
      return "interrupted";
    case Why::kNotTaken:
      return "not taken: " + slots_text(p, w.slots, s);
    case Why::kGuard:
      break;
  }
  return wait_at(p, w, s, render) + ": " + slots_text(p, w.slots, s);
}

std::vector<std::string> wait_lines(const ir::Program& p, const PropertyResult& r,
                                    const Render& render) {
  std::vector<std::string> lines;
  if (r.trace.states.empty()) return lines;
  const State& s = r.trace.states.back();
  if (r.wait_graph.cycle.empty()) {
    for (const Wait& w : r.wait_graph.waits) lines.push_back(wait_line(p, w, s, render));
    return lines;
  }
  lines.emplace_back(r.wait_graph.cycle.size() == 1
                         ? "It waits for itself:"
                         : "Each of them waits for the next, and the last for the first:");
  for (const int w : r.wait_graph.cycle) {
    lines.push_back(wait_line(p, r.wait_graph.waits[static_cast<std::size_t>(w)], s, render));
  }
  return lines;
}

}  // namespace stalemate::report
