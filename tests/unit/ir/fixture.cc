#include "fixture.h"

#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "base/diagnostic.h"
#include "ir/parse.h"

namespace stalemate::ir {

namespace {

class Describer {
 public:
  std::string take() { return std::move(out_).str(); }

  template <typename... Ts>
  void line(const Ts&... fields) {
    (item(fields), ...);
    out_ << '\n';
  }

  void item(const std::string& s) { out_ << '[' << s << "] "; }
  template <typename T>
    requires std::is_arithmetic_v<T> || std::is_enum_v<T>
  void item(T v) {
    out_ << static_cast<long>(v) << ' ';
  }
  void item(const Domain& d) { line("domain", d.kind, d.lo, d.hi, d.sort); }
  void item(const Choice& c) { line("choice", c.name, c.domain); }
  void item(const Location& l) { line("location", l.name, l.final, l.rest); }
  void item(const ExprRef& e) {
    if (!e) {
      out_ << "null ";
      return;
    }
    out_ << '(' << static_cast<int>(e->op) << ' ' << e->value << ' ' << e->variable << ' '
         << static_cast<int>(e->order) << ' ';
    item(e->args);
    out_ << ") ";
  }
  void item(const Text& t) {
    for (const auto& piece : t.pieces) line("piece", piece.literal, piece.value, piece.domain);
  }
  void item(const LeadsTo& x) { line("leads to", x.from, x.to, x.text); }
  void item(const Place& x) { line("place", x.variable, x.index, x.order); }
  void item(const Stmt& s) {
    line("stmt", s.kind, s.places, s.values, s.condition, s.then_block, s.else_block, s.property,
         s.goal, s.counter, s.text, s.fence);
  }
  template <typename T>
  void item(const std::vector<T>& list) {
    out_ << '{';
    for (const T& x : list) item(x);
    out_ << "} ";
  }

 private:
  std::ostringstream out_;
};

}  // namespace

std::string model_text(const std::string& name) {
  std::ifstream file(std::string(STALEMATE_IR_MODELS) + "/" + name);
  EXPECT_TRUE(file.good()) << name;
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

Program must_parse(const std::string& text) {
  Diagnostics diagnostics;
  auto p = parse(std::make_shared<Source>("test.ir", text), diagnostics);
  EXPECT_TRUE(p.has_value()) << diagnostics.format(false);
  return p ? *p : Program{};
}

std::string errors_of(const std::string& text) {
  Diagnostics diagnostics;
  const auto p = parse(std::make_shared<Source>("test.ir", text), diagnostics);
  EXPECT_NE(p.has_value(), diagnostics.has_errors());
  return diagnostics.format(false);
}

std::string describe(const Program& p) {
  Describer d;
  d.line(p.model, p.machine, p.memory_order, p.machine_order, p.bounds);
  for (const auto& x : p.sorts) d.line(x.name, x.members, x.symmetric);
  for (const auto& x : p.variables) {
    d.line(x.name, x.dims, x.domain, x.init, x.space, x.process, x.location, x.location_dims,
           x.display);
  }
  for (const auto& x : p.processes) {
    d.line(x.name, x.cpu, x.role, x.level, x.control, x.locations);
  }
  for (const auto& x : p.caches) d.line(x.name, x.held, x.index_dims, x.single);
  for (const auto& x : p.properties) {
    d.line(x.name, x.kind, x.condition, x.text, x.story, x.watches, x.when, x.cycle, x.leads);
  }
  for (const auto& x : p.goals) d.line(x.name, x.required, x.kind);
  for (const auto& x : p.counters) d.line(x.name);
  for (const auto& x : p.steps) {
    d.line(x.name, x.text, x.kind, x.process, x.cpu, x.from, x.choices, x.guard, x.body, x.fills,
           x.relies_on_copy, x.waits, x.rule, x.module);
  }
  return d.take();
}

}  // namespace stalemate::ir
