// Short words for building tiny programs by hand in tests.
#ifndef STALEMATE_TESTS_UNIT_INTERP_BUILD_H_
#define STALEMATE_TESTS_UNIT_INTERP_BUILD_H_

#include <string>
#include <utility>
#include <vector>

#include "interp/explore.h"
#include "ir/ir.h"

namespace stalemate::interp::test {

using ir::ExprRef;
using ir::Op;
using ir::StepKind;

inline ir::Domain boolean() { return {}; }
inline ir::Domain range(int lo, int hi) {
  return {ir::Domain::Kind::kRange, static_cast<ir::Value>(lo), static_cast<ir::Value>(hi), -1};
}
inline ir::Domain member_of(int sort, int size) {
  return {ir::Domain::Kind::kSort, 0, static_cast<ir::Value>(size - 1), sort};
}
inline ir::Domain option_of(int sort, int size) {
  return {ir::Domain::Kind::kOption, ir::kNone, static_cast<ir::Value>(size - 1), sort};
}

inline ExprRef lit(int value) { return ir::constant(value); }
inline ExprRef get(int variable, std::vector<ExprRef> index = {}) {
  return ir::read(variable, std::move(index));
}
inline ExprRef eq(ExprRef a, ExprRef b) { return ir::binary(Op::kEq, std::move(a), std::move(b)); }
inline ExprRef is(int variable, int value) { return eq(get(variable), lit(value)); }
inline ExprRef yes() { return lit(1); }

inline ir::Stmt assign(ir::Place place, ExprRef value) {
  ir::Stmt s;
  s.places.push_back(std::move(place));
  s.values.push_back(std::move(value));
  return s;
}
inline ir::Stmt set(int variable, ExprRef value) {
  return assign({variable, {}, ir::Order::kPlain}, std::move(value));
}
inline ir::Stmt set(int variable, int value) { return set(variable, lit(value)); }

inline ir::Text text(std::string literal) { return {{{std::move(literal), nullptr, {}}}}; }

inline ir::Location location(std::string name) {
  ir::Location l;
  l.name = std::move(name);
  return l;
}
inline ir::Location final_location(std::string name) {
  ir::Location l = location(std::move(name));
  l.final = true;
  return l;
}

inline ir::Stmt check(int property, ExprRef condition, ir::Text message = {}) {
  ir::Stmt s;
  s.kind = ir::Stmt::Kind::kAssert;
  s.property = property;
  s.condition = std::move(condition);
  s.text = std::move(message);
  return s;
}
inline ir::Stmt cover(int goal, ExprRef condition = yes()) {
  ir::Stmt s;
  s.kind = ir::Stmt::Kind::kCover;
  s.goal = goal;
  s.condition = std::move(condition);
  return s;
}
inline ir::Stmt fail(ir::Text message) {
  ir::Stmt s;
  s.kind = ir::Stmt::Kind::kFail;
  s.text = std::move(message);
  return s;
}

// A program in the making.  It has the CPUs cpu0 and cpu1.
struct Builder {
  Builder() { program.sorts.push_back({"cpu", {"cpu0", "cpu1"}, true}); }

  int variable(std::string name, ir::Domain domain, int init = 0,
               std::vector<ir::Domain> dims = {}) {
    ir::Variable v;
    v.name = std::move(name);
    v.domain = domain;
    v.dims = std::move(dims);
    v.init.assign(static_cast<std::size_t>(v.elements()), static_cast<ir::Value>(init));
    program.variables.push_back(std::move(v));
    return static_cast<int>(program.variables.size()) - 1;
  }

  // With its control variable; starts at location 0.
  int process(std::string name, int cpu, std::vector<ir::Location> locations,
              ir::Role role = ir::Role::kThread) {
    ir::Process p;
    p.name = std::move(name);
    p.cpu = cpu;
    p.role = role;
    p.control = variable("at." + p.name, range(0, static_cast<int>(locations.size()) - 1));
    p.locations = std::move(locations);
    program.processes.push_back(std::move(p));
    return static_cast<int>(program.processes.size()) - 1;
  }

  int step(std::string name, StepKind kind, ExprRef guard, ir::Block body) {
    ir::Step s;
    s.name = std::move(name);
    s.kind = kind;
    s.guard = std::move(guard);
    s.body = std::move(body);
    program.steps.push_back(std::move(s));
    return static_cast<int>(program.steps.size()) - 1;
  }

  // The process goes from one location to another, if `guard` holds as well.
  int move(int process, int from, int to, ExprRef guard = yes(), ir::Block body = {},
           StepKind kind = StepKind::kProgram) {
    const int control = program.processes.at(static_cast<std::size_t>(process)).control;
    body.push_back(set(control, to));
    const int number = step("move" + std::to_string(from) + std::to_string(to), kind,
                            ir::all_of({is(control, from), std::move(guard)}), std::move(body));
    program.steps.back().process = process;
    program.steps.back().from = from;
    return number;
  }

  int property(std::string name, ir::Property::Kind kind = ir::Property::Kind::kAsserts,
               ExprRef condition = nullptr, ir::Text message = {}) {
    ir::Property p;
    p.name = std::move(name);
    p.kind = kind;
    p.condition = std::move(condition);
    p.text = std::move(message);
    program.properties.push_back(std::move(p));
    return static_cast<int>(program.properties.size()) - 1;
  }

  int goal(std::string name, bool required = false) {
    ir::Goal& goal = program.goals.emplace_back();
    goal.name = std::move(name);
    goal.required = required;
    return static_cast<int>(program.goals.size()) - 1;
  }

  // That the endless loop of a process turns.
  int turn() {
    const int number = goal("turn");
    program.goals.back().kind = ir::Goal::Kind::kTurn;
    return number;
  }

  // Judges all properties.
  Result explore() { return explore(Options{}); }
  Result explore(Options options) {
    program.finish();
    if (options.properties.empty()) {
      for (std::size_t i = 0; i < program.properties.size(); ++i) {
        options.properties.push_back(static_cast<int>(i));
      }
    }
    return interp::explore(program, options);
  }

  ir::Program program;
};

// "a b c": the names of the steps of a trace, with choices as "fill(1,0)".
inline std::string names(const ir::Program& p, const Trace& trace) {
  std::string out;
  for (const Event& e : trace.events) {
    if (!out.empty()) out += " ";
    out += p.steps.at(static_cast<std::size_t>(e.step)).name;
    for (std::size_t i = 0; i < e.choices.size(); ++i) {
      out += (i == 0 ? "(" : ",") + std::to_string(e.choices[i]);
    }
    if (!e.choices.empty()) out += ")";
  }
  return out;
}

}  // namespace stalemate::interp::test

#endif  // STALEMATE_TESTS_UNIT_INTERP_BUILD_H_
