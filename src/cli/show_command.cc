// stalemate show: the compiled model for reading.  stalemate list: what the library ships.
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>

#include "cli/exploring.h"
#include "ir/dump.h"
#include "lang/compile.h"
#include "reduce/saturate.h"

namespace stalemate::cli {

namespace {

// Steps grouped by who takes them, guards and effects in infix form.
std::string readable(const ir::Program& p) {
  std::string out = fmt::format("{}\nmachine {}, {} CPUs, memory: {}\n", p.model, p.machine,
                                p.cpus(), p.memory_order);
  const auto body = [&](const auto& self, const ir::Block& b,
                        const std::vector<ir::Choice>& choices, int depth) -> void {
    const std::string pad(static_cast<std::size_t>(depth) * 2, ' ');
    for (const ir::Stmt& s : b) {
      switch (s.kind) {
        case ir::Stmt::Kind::kAssign:
          for (std::size_t i = 0; i < s.places.size(); ++i) {
            out += fmt::format(
                "{}{} = {}\n", pad,
                ir::to_source(p, ir::read(s.places[i].variable, s.places[i].index), choices),
                ir::to_source(p, s.values[i], choices));
          }
          break;
        case ir::Stmt::Kind::kIf:
          out += fmt::format("{}if {}\n", pad, ir::to_source(p, s.condition, choices));
          self(self, s.then_block, choices, depth + 1);
          if (!s.else_block.empty()) out += pad + "else\n";
          self(self, s.else_block, choices, depth + 1);
          break;
        case ir::Stmt::Kind::kAssert:
          out += fmt::format("{}assert {}: {}\n", pad,
                             p.properties[static_cast<std::size_t>(s.property)].name,
                             ir::to_source(p, s.condition, choices));
          break;
        case ir::Stmt::Kind::kCover:
          out += fmt::format("{}cover {}\n", pad, p.goals[static_cast<std::size_t>(s.goal)].name);
          break;
        case ir::Stmt::Kind::kCount:
          out += fmt::format("{}count {}\n", pad,
                             p.counters[static_cast<std::size_t>(s.counter)].name);
          break;
        case ir::Stmt::Kind::kFail:
          out += pad + "model error\n";
          break;
        case ir::Stmt::Kind::kFence:
          out += fmt::format("{}fence {}\n", pad, s.fence);
          break;
      }
    }
  };
  int last = -2;
  for (const ir::Step& s : p.steps) {
    if (s.process != last) {
      const std::string who =
          s.process < 0
              ? std::string("the machine")
              : fmt::format("{} on cpu {}", p.processes[static_cast<std::size_t>(s.process)].name,
                            p.processes[static_cast<std::size_t>(s.process)].cpu);
      out += fmt::format("\n== {}\n", who);
      last = s.process;
    }
    static constexpr const char* kKinds[] = {"step", "entry", "eventual", "speculative"};
    out += fmt::format("\n{} {}", kKinds[static_cast<int>(s.kind)], s.name);
    for (const ir::Choice& c : s.choices) out += fmt::format(" any {}", c.name);
    out += fmt::format("\n  when {}\n", ir::to_source(p, s.guard, s.choices));
    body(body, s.body, s.choices, 1);
  }
  return out;
}

}  // namespace

int show(const CheckOptions& options, bool ir, bool saturated) {
  const std::optional<lang::Compiled> compiled = compile_one(options);
  if (!compiled) return kExitError;
  const ir::Program p =
      saturated ? reduce::saturate(compiled->program).program : compiled->program;
  print(ir ? ir::dump(p) : readable(p));
  return flush_output() ? 0 : kExitError;
}

int list(const std::string& what) {
  lang::Model model(library_roots());
  const std::vector<std::string> kinds =
      what.empty() ? std::vector<std::string>{"models", "props", "machines"}
                   : std::vector<std::string>{what};
  for (const std::string& kind : kinds) {
    if (kinds.size() > 1) print(kind + ":\n");
    const auto entries = model.list(kind);
    std::size_t width = 0;
    for (const auto& e : entries) width = std::max(width, e.name.size());
    for (const auto& e : entries) print(fmt::format("  {:{}}  {}\n", e.name, width, e.story));
    if (entries.empty()) {
      complain(fmt::format(
          "error: no {} found\n  set STALEMATE_PATH to the folder that holds models/ and props/",
          kind));
      return kExitError;
    }
  }
  return flush_output() ? 0 : kExitError;
}

}  // namespace stalemate::cli
