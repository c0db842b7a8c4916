// Counters, and the ghosts that properties with a bound count in.
#include <fmt/format.h>

#include <algorithm>

#include "lang/lowering.h"

namespace stalemate::lang {

namespace {

using ir::ExprRef;
using ir::Op;

constexpr int kOutside = -1;  // the count of a process that is not in the call

ir::Stmt assignment(int variable, std::vector<ExprRef> index, ExprRef value, const Span& span) {
  ir::Stmt s;
  s.span = span;
  s.places.push_back({variable, std::move(index), ir::Order::kPlain});
  s.values.push_back(std::move(value));
  return s;
}

bool watches(const Decl& counter, const Decl& event) {
  return counter.observers.at(0).decl == &event;
}

}  // namespace

void Lowering::declare_counters() {
  if (!configuration_.counting) return;
  for (const Decl* d : checked_.counters) {
    counter_of_[d] = static_cast<int>(program_.counters.size());
    program_.counters.push_back({d->name.text});
  }
}

// What is counted up to one more than the bound: in the whole run, or by each process that is in
// the call.
void Lowering::declare_bound(const Decl& property, const Decl::Bound& b, int id) {
  BoundGhost g;
  g.bound = &b;
  g.property = id;
  if (b.fn_decl != nullptr) {
    g.goal = static_cast<int>(program_.goals.size());
    program_.goals.emplace_back().name =
        fmt::format("{}: call of {}", property.name.text, b.fn.text);
    program_.properties[static_cast<std::size_t>(id)].watches.push_back(g.goal);
  }
  g.variable = static_cast<int>(program_.variables.size());
  ir::Variable v;
  v.name = property.name.text + ".count";  // a word of the language: no ghost has this name
  v.space = ir::Space::kGhost;
  const bool call = b.fn_decl != nullptr;
  v.domain = {ir::Domain::Kind::kRange, static_cast<ir::Value>(call ? kOutside : 0),
              static_cast<ir::Value>(b.limit + 1), -1};
  v.init = {v.domain.lo};
  program_.variables.push_back(std::move(v));
  bounds_.push_back(g);
}

// Each call of a process is counted apart.
void Lowering::size_bounds() {
  const auto processes = program_.processes.size();
  for (const BoundGhost& g : bounds_) {
    if (g.bound->fn_decl == nullptr || processes == 0) continue;
    ir::Variable& v = program_.variables[static_cast<std::size_t>(g.variable)];
    v.dims = {{ir::Domain::Kind::kRange, 0, static_cast<ir::Value>(processes - 1), -1}};
    v.init.assign(processes, kOutside);
  }
}

// Only counters watch this event, no property: it is counted in silence.
bool Lowering::counted(const Decl& event) const {
  return std::any_of(counter_of_.begin(), counter_of_.end(),
                     [&](const auto& c) { return watches(*c.first, event); });
}

bool Lowering::bounded(const Decl& event) const {
  return std::any_of(bounds_.begin(), bounds_.end(),
                     [&](const BoundGhost& g) { return watches(*g.bound->counter_decl, event); });
}

void Lowering::count(Alternative& alt, const Decl& event,
                     const std::function<Env(const Observer&)>& bind) {
  const auto condition = [&](const Decl& counter) {
    if (counter.value == nullptr) return ir::constant(1);
    return scalar(*counter.value, bind(counter.observers[0]));
  };
  for (const Decl* counter : checked_.counters) {
    const auto it = counter_of_.find(counter);
    if (it == counter_of_.end() || !watches(*counter, event)) continue;
    ir::Stmt s;
    s.kind = ir::Stmt::Kind::kCount;
    s.condition = condition(*counter);
    s.counter = it->second;
    s.span = counter->span;
    if (!ir::is_const(s.condition, 0)) alt.body.push_back(std::move(s));
  }
  for (const BoundGhost& g : bounds_) {
    const Decl& counter = *g.bound->counter_decl;
    if (!watches(counter, event)) continue;
    const ExprRef when = condition(counter);
    if (g.bound->fn_decl == nullptr) {
      count_for(alt, g, {}, when);
      continue;
    }
    // By this CPU while one of its processes is in the call: that one itself, or what interrupts
    // it.  A rule is no work of a CPU.
    for (std::size_t p = 0; now_.process >= 0 && p < program_.processes.size(); ++p) {
      if (program_.processes[p].cpu != now_.cpu) continue;
      count_for(alt, g, {ir::constant(static_cast<int>(p))}, when);
    }
  }
}

void Lowering::count_for(Alternative& alt, const BoundGhost& g, const std::vector<ExprRef>& index,
                         const ExprRef& when) {
  const auto limit = static_cast<int>(g.bound->limit);
  const ExprRef now = ir::read(g.variable, index);
  const ExprRef full = ir::binary(Op::kLt, ir::constant(limit), now);
  ir::Stmt check;
  check.kind = ir::Stmt::Kind::kAssert;
  check.span = g.bound->span;
  check.property = g.property;
  check.condition = ir::negate(full);
  check.text = plain_text(
      fmt::format("{} {} in one {}; at most {} allowed", limit + 1, g.bound->counter.text,
                  g.bound->fn_decl == nullptr ? "run" : g.bound->fn.text, limit));
  ir::Stmt counts;
  counts.kind = ir::Stmt::Kind::kIf;
  counts.span = g.bound->span;
  counts.condition = ir::all_of({when, ir::binary(Op::kLe, ir::constant(0), now)});
  counts.then_block.push_back(
      assignment(g.variable, index, ir::ite(full, now, ir::binary(Op::kAdd, now, ir::constant(1))),
                 g.bound->span));
  counts.then_block.push_back(std::move(check));
  if (!ir::is_const(counts.condition, 0)) alt.body.push_back(std::move(counts));
}

// Where a process enters and leaves a fn that a bound speaks of.  A call inside a call of the same
// fn needs no count of its own: whatever happens in it happens in the outer one, too.
Lowering::CallCount Lowering::call_count(const Decl& fn) {
  CallCount out;
  if (now_.process < 0 || now_.inside.count(&fn) > 0) return out;
  for (const BoundGhost& g : bounds_) {
    if (g.bound->fn_decl != &fn) continue;
    ir::Stmt reached;
    reached.kind = ir::Stmt::Kind::kCover;
    reached.goal = g.goal;
    reached.condition = ir::constant(1);
    reached.span = fn.name.span;
    out.enter.push_back(std::move(reached));
    const std::vector<ExprRef> index{ir::constant(now_.process)};
    out.enter.push_back(assignment(g.variable, index, ir::constant(0), fn.name.span));
    out.leave.push_back(assignment(g.variable, index, ir::constant(kOutside), fn.name.span));
  }
  return out;
}

}  // namespace stalemate::lang
