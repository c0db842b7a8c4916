#include "fixture.h"

#include <algorithm>
#include <sstream>

namespace stalemate::report {

namespace {

enum SortNumber { kCpu, kPage, kFrame, kContents };

ir::Domain of_sort(const ir::Program& p, int sort) {
  const auto size = p.sorts[static_cast<std::size_t>(sort)].members.size();
  return {ir::Domain::Kind::kSort, 0, static_cast<ir::Value>(size - 1), sort};
}

ir::Domain option_of(const ir::Program& p, int sort) {
  ir::Domain d = of_sort(p, sort);
  d.kind = ir::Domain::Kind::kOption;
  d.lo = ir::kNone;
  return d;
}

void add_variable(ir::Program& p, std::string name, std::vector<ir::Domain> dims, ir::Domain domain,
                  ir::Space space, std::string display) {
  ir::Variable v;
  v.name = std::move(name);
  v.dims = std::move(dims);
  v.domain = domain;
  v.init.assign(static_cast<std::size_t>(v.elements()), domain.lo);
  v.space = space;
  v.display = std::move(display);
  p.variables.push_back(std::move(v));
}

ir::Step make_step(std::string name, ir::StepKind kind, int process, int cpu, ir::Text text) {
  ir::Step s;
  s.name = std::move(name);
  s.kind = kind;
  s.process = process;
  s.cpu = cpu;
  s.text = std::move(text);
  s.guard = ir::constant(1);
  return s;
}

ir::Text::Piece literal(std::string text) { return {std::move(text), nullptr, {}}; }

ir::Process make_process(std::string name, int cpu, int control) {
  ir::Process process;
  process.name = std::move(name);
  process.cpu = cpu;
  process.control = control;
  process.locations = {{"start", false, false}, {"wait_ack", false, false}, {"done", true, false}};
  return process;
}

void add_property(ir::Program& p, std::string name, ir::Property::Kind kind) {
  ir::Property property;
  property.name = std::move(name);
  property.kind = kind;
  p.properties.push_back(std::move(property));
}

void add_steps(ir::Program& p) {
  using ir::StepKind;
  const ir::Domain frame = of_sort(p, kFrame);
  ir::Step prefetch =
      make_step("prefetch", StepKind::kSpeculative, -1, 1,
                {{literal("prefetch "), {"", ir::choice(0), frame}, literal(" via kernel map")}});
  prefetch.choices = {{"frame", frame}};
  ir::Step set_pte =
      make_step("set_pte", StepKind::kProgram, 0, -1,
                {{literal("set_pte_at(P -> "), {"", ir::choice(0), frame}, literal(", exec)")}});
  set_pte.choices = {{"frame", frame}};
  ir::Step library =
      make_step("flush", StepKind::kProgram, 0, -1, {{literal("flush_icache_range")}});
  library.module = "lib/flush";
  p.steps = {
      std::move(prefetch),
      make_step("drain", StepKind::kEventual, -1, -1, {{literal("drain N")}}),
      make_step("fault", StepKind::kProgram, 0, -1, {{literal("page fault on P, lock ptl")}}),
      make_step("write", StepKind::kProgram, 0, -1, {{literal("write N (PIO)")}}),
      make_step("clean", StepKind::kProgram, 0, -1, {{literal("D-clean N")}}),
      std::move(set_pte),
      make_step("exec", StepKind::kProgram, 1, -1, {{literal("exec P")}}),
      make_step("ipi", StepKind::kEntry, 1, -1, {}),
      std::move(library),
  };
}

}  // namespace

ir::Program example_program() {
  ir::Program p;
  p.model = "example";
  p.machine = "armv7";
  p.memory_order = "sc";
  p.machine_order = "weak";
  p.sorts = {{"cpu", {"cpu0", "cpu1"}, true},
             {"page", {"P"}, false},
             {"frame", {"O", "N"}, false},
             {"contents", {"old", "new"}, false}};
  const ir::Domain boolean;
  const ir::Domain cpu = of_sort(p, kCpu);
  const ir::Domain page = of_sort(p, kPage);
  const ir::Domain frame = of_sort(p, kFrame);
  const ir::Domain contents = of_sort(p, kContents);
  add_variable(p, "I.held", {cpu, frame, contents}, boolean, ir::Space::kCopy, "I${0}[{1}]");
  add_variable(p, "tlb.held", {cpu, page, frame, boolean}, boolean, ir::Space::kCopy,
               "TLB{0}[{1}]");
  add_variable(p, "data", {frame}, contents, ir::Space::kShared, "D$[{0}]");
  add_variable(p, "dirty", {frame}, boolean, ir::Space::kShared, "dirty[{0}]");
  add_variable(p, "pou", {frame}, contents, ir::Space::kShared, "PoU[{0}]");
  add_variable(p, "pte.frame", {page}, option_of(p, kFrame), ir::Space::kMemory, "pte[{0}]");
  add_variable(p, "seen", {}, boolean, ir::Space::kGhost, "");
  const ir::Domain location{ir::Domain::Kind::kRange, 0, 2, -1};
  add_variable(p, "user@0", {}, location, ir::Space::kControl, "");
  add_variable(p, "user@1", {}, location, ir::Space::kControl, "");
  p.caches = {{"I", kICache, 2, true}, {"tlb", kTlb, 2, false}};
  p.processes = {make_process("user", 0, kControl0), make_process("user", 1, kControl1)};
  add_property(p, "no_stale_exec", ir::Property::Kind::kAsserts);
  add_property(p, "bound", ir::Property::Kind::kInvariant);
  add_property(p, "no_stuck", ir::Property::Kind::kNoStuck);
  add_steps(p);
  p.finish();
  return p;
}

TraceBuilder::TraceBuilder(const ir::Program& p) : p_(p) {
  State initial;
  for (const ir::Variable& v : p.variables) {
    initial.insert(initial.end(), v.init.begin(), v.init.end());
  }
  trace_.states.push_back(std::move(initial));
}

TraceBuilder& TraceBuilder::step(int number, std::vector<ir::Value> choices,
                                 const std::vector<Write>& writes) {
  State next = trace_.states.back();
  for (const Write& w : writes) {
    const int first = p_.variables[static_cast<std::size_t>(w.variable)].first;
    next[static_cast<std::size_t>(first + w.element)] = w.value;
  }
  trace_.events.push_back({number, std::move(choices)});
  trace_.states.push_back(std::move(next));
  const bool program = ir::is_program(p_.steps[static_cast<std::size_t>(number)].kind);
  ++(program ? trace_.program_steps : trace_.environment_steps);
  return *this;
}

Trace stale_exec_trace(const ir::Program& p) {
  constexpr int kCpu1FrameNOld = 6;  // of I.held: ((1 * 2) + 1) * 2 + 0
  return TraceBuilder(p)
      .step(kPrefetch, {1}, {{kICache, kCpu1FrameNOld, 1}})
      .step(kFault, {}, {{kControl0, 0, 1}})
      .step(kWrite, {}, {{kData, 1, kNew}, {kDirty, 1, 1}})
      .step(kClean, {}, {{kPoU, 1, kNew}, {kDirty, 1, 0}})
      .step(kSetPte, {1}, {{kPte, 0, 1}})
      .step(kExec, {}, {{kSeen, 0, 1}})
      .done();
}

PropertyResult violated(int property, std::string message, Trace trace) {
  PropertyResult r;
  r.property = property;
  r.outcome = Outcome::kViolated;
  r.message = std::move(message);
  r.trace = std::move(trace);
  return r;
}

Result complete_result(const ir::Program& p, std::vector<PropertyResult> properties) {
  Result result;
  result.properties = std::move(properties);
  result.counts = {12345, 67890, 23, 0.123, 1 << 20};
  result.complete = true;
  result.fired.assign(p.steps.size(), true);
  return result;
}

Render renderer(const ir::Program& p) {
  return [&p](const ir::Text& text, const State& state, const std::vector<ir::Value>& choices) {
    return interp::render(p, text, state, choices);
  };
}

Run example_run() {
  Run run;
  run.file = "icache.stm";
  run.variant = "buggy";
  run.machine = "armv7";
  run.cpus = 2;
  run.params = {{"iflush", "after_publish"}};
  return run;
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

std::string without_colour(const std::string& text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\x1b') {
      i = std::min(text.find('m', i), text.size() - 1);
    } else {
      out += text[i];
    }
  }
  return out;
}

std::string golden(const std::string& text) { return text.substr(1); }

}  // namespace stalemate::report
