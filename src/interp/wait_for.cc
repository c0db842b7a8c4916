#include "interp/wait_for.h"

#include <algorithm>
#include <boost/graph/adjacency_list.hpp>
#include <boost/graph/strong_components.hpp>
#include <cstddef>
#include <deque>
#include <iterator>
#include <map>
#include <set>
#include <utility>

namespace stalemate::interp {

namespace {

using ir::ExprRef;
using ir::Op;

std::size_t index(int i) { return static_cast<std::size_t>(i); }

// The slots that `e` reads in this state, with its indices as they are.
void slots_read(const ir::Program& p, const ExprRef& e, const State& s, const Choices& choices,
                std::vector<int>& slots) {
  for (const ExprRef& a : e->args) slots_read(p, a, s, choices, slots);
  if (e->op != Op::kRead) return;
  const ir::Variable& v = p.variables[index(e->variable)];
  int offset = 0;
  for (std::size_t i = 0; i < e->args.size(); ++i) {
    const int at = evaluate(p, e->args[i], s, choices);
    if (!v.dims[i].contains(at)) return;
    offset = offset * v.dims[i].size() + (at - v.dims[i].lo);
  }
  const int slot = v.first + offset;
  if (std::find(slots.begin(), slots.end(), slot) == slots.end()) slots.push_back(slot);
}

// The CPU that a slot names; -1 when it names none.
int cpu_named(const ir::Program& p, int slot, const State& s) {
  const ir::Domain& d = p.variable_at(slot).domain;
  return d.sort == 0 ? s[index(slot)] : -1;
}

// Where a step takes its process, by what it assigns to the control variable; none: it stays.
struct Targets {
  std::vector<int> known;
  bool any = false;  // anywhere
};
void targets_of(const ExprRef& e, Targets& out) {
  if (e->op == Op::kConst) {
    out.known.push_back(e->value);
  } else if (e->op == Op::kIte) {
    targets_of(e->args[1], out);
    targets_of(e->args[2], out);
  } else {
    out.any = true;
  }
}
void targets_of(const ir::Block& block, int control, Targets& out) {
  for (const ir::Stmt& s : block) {
    for (std::size_t i = 0; i < s.places.size(); ++i) {
      if (s.places[i].variable == control) targets_of(s.values[i], out);
    }
    targets_of(s.then_block, control, out);
    targets_of(s.else_block, control, out);
  }
}

// Finds cycles among the waits of one strongly connected component.
class Cycles {
 public:
  Cycles(const ir::Program& p, const std::vector<Wait>& waits, std::vector<int> component)
      : p_(p), waits_(waits), component_(std::move(component)) {}

  // A short round that starts with wait `first` and has waits with all of `labels`: from one label
  // to the nearest wait with the next.  Empty: there is none.
  std::vector<int> round(int first, const std::vector<std::string>& labels) const {
    std::vector<int> out{first};
    for (const std::string& label : labels) {
      if (std::any_of(out.begin(), out.end(), [&](int w) { return has(w, label); })) continue;
      std::vector<int> best;
      for (const int w : component_) {
        if (!has(w, label)) continue;
        std::vector<int> more;
        if (!append_way(wait(out.back()).on, wait(w).waiter, more)) continue;
        more.push_back(w);
        if (best.empty() || more.size() < best.size()) best = more;
      }
      if (best.empty()) return {};
      out.insert(out.end(), best.begin(), best.end());
    }
    if (!append_way(wait(out.back()).on, wait(first).waiter, out)) return {};
    return out;
  }

 private:
  const Wait& wait(int i) const { return waits_[index(i)]; }
  bool has(int w, const std::string& label) const {
    return p_.steps[index(wait(w).step)].waits == label;
  }

  // Appends the shortest way from one process to another.
  bool append_way(int from, int to, std::vector<int>& out) const {
    std::map<int, int> came_by{{from, -1}};
    std::deque<int> todo{from};
    while (!todo.empty() && came_by.count(to) == 0) {
      const int at = todo.front();
      todo.pop_front();
      for (const int w : component_) {
        if (wait(w).waiter == at && came_by.emplace(wait(w).on, w).second) {
          todo.push_back(wait(w).on);
        }
      }
    }
    if (came_by.count(to) == 0) return false;
    std::vector<int> way;
    for (int at = to; came_by[at] >= 0; at = wait(came_by[at]).waiter) way.push_back(came_by[at]);
    out.insert(out.end(), way.rbegin(), way.rend());
    return true;
  }

  const ir::Program& p_;
  const std::vector<Wait>& waits_;
  const std::vector<int> component_;
};

// The shortest of the rounds among processes that may be in cycles, from one that is stuck on.
std::vector<int> shortest_cycle(const ir::Program& p, const std::vector<Wait>& waits,
                                const std::vector<bool>& in_cycles, const std::vector<int>& stuck,
                                const std::vector<std::string>& labels) {
  const std::size_t nodes = p.processes.size();
  boost::adjacency_list<boost::vecS, boost::vecS, boost::directedS> graph(nodes);
  std::vector<int> edges;
  for (std::size_t i = 0; i < waits.size(); ++i) {
    if (!in_cycles[index(waits[i].waiter)] || !in_cycles[index(waits[i].on)]) continue;
    boost::add_edge(index(waits[i].waiter), index(waits[i].on), graph);
    edges.push_back(static_cast<int>(i));
  }
  std::vector<int> component(nodes);
  boost::strong_components(graph, boost::make_iterator_property_map(
                                      component.begin(), boost::get(boost::vertex_index, graph)));
  std::vector<int> best;
  for (const int first : edges) {
    if (std::find(stuck.begin(), stuck.end(), waits[index(first)].waiter) == stuck.end()) continue;
    const int c = component[index(waits[index(first)].waiter)];
    std::vector<int> inside;
    for (const int e : edges) {
      const Wait& w = waits[index(e)];
      if (component[index(w.waiter)] == c && component[index(w.on)] == c) inside.push_back(e);
    }
    const std::vector<int> found = Cycles(p, waits, std::move(inside)).round(first, labels);
    if (!found.empty() && (best.empty() || found.size() < best.size())) best = found;
  }
  return best;
}

}  // namespace

struct WaitFor::Part {
  ExprRef what;
  bool wanted = true;
};

WaitFor::WaitFor(const ir::Program& p)
    : p_(p), steps_of_(p.processes.size()), writers_of_(index(p.slots)) {
  std::vector<Targets> targets(p.steps.size());
  for (std::size_t i = 0; i < p.steps.size(); ++i) {
    const ir::Step& step = p.steps[i];
    if (step.process < 0) continue;
    targets_of(step.body, p.processes[index(step.process)].control, targets[i]);
    steps_of_[index(step.process)].push_back(static_cast<int>(i));
    for (const int slot : step.footprint.writes) {
      writers_of_[index(slot)].push_back(static_cast<int>(i));
    }
  }
  for (std::size_t i = 0; i < p.processes.size(); ++i) {
    const ir::Process& process = p.processes[i];
    std::vector<std::vector<int>> next(process.locations.size());
    for (const int step : steps_of_[i]) {
      const Targets& t = targets[index(step)];
      for (std::size_t from = 0; from < next.size(); ++from) {
        if (p.steps[index(step)].from >= 0 && index(p.steps[index(step)].from) != from) continue;
        next[from].insert(next[from].end(), t.known.begin(), t.known.end());
        for (std::size_t to = 0; t.any && to < next.size(); ++to) {
          next[from].push_back(static_cast<int>(to));
        }
      }
    }
    next_.push_back(std::move(next));
  }
}

int WaitFor::location(int process, const State& s) const {
  return s[index(p_.variables[index(p_.processes[index(process)].control)].first)];
}

bool WaitFor::is_active(int process, const State& s) const {
  return p_.processes[index(process)].role == ir::Role::kThread || location(process, s) != 0;
}

// A part of a guard that is decided by something other than and, or, not, if.
void WaitFor::false_parts(const ExprRef& e, bool wanted, const State& s, const Choices& choices,
                          std::vector<Part>& parts) const {
  if ((evaluate(p_, e, s, choices) != 0) == wanted) return;
  switch (e->op) {
    case Op::kNot:
      false_parts(e->args[0], !wanted, s, choices, parts);
      return;
    case Op::kAnd:
    case Op::kOr: {
      // Up to the first decision: what stands after it may not even have a meaning here.
      const bool decides = e->op == Op::kOr;
      for (const ExprRef& a : e->args) {
        const bool value = evaluate(p_, a, s, choices) != 0;
        if (value != wanted) false_parts(a, wanted, s, choices, parts);
        if (value == decides) return;
      }
      return;
    }
    case Op::kIte:
      false_parts(evaluate(p_, e->args[0], s, choices) != 0 ? e->args[1] : e->args[2], wanted, s,
                  choices, parts);
      return;
    default:
      parts.push_back({e, wanted});
  }
}

// The locations that a process is at or can come to, a handler before it returns.
std::vector<bool> WaitFor::ahead(int process, const State& s) const {
  const auto& next = next_[index(process)];
  const bool handler = p_.processes[index(process)].role != ir::Role::kThread;
  std::vector<bool> out(next.size());
  std::vector<int> todo{location(process, s)};
  out[index(todo[0])] = true;
  while (!todo.empty()) {
    const int at = todo.back();
    todo.pop_back();
    for (const int to : next[index(at)]) {
      const bool returned = handler && to == 0;
      if (returned || out[index(to)]) continue;
      out[index(to)] = true;
      todo.push_back(to);
    }
  }
  return out;
}

// Would the step, taken once or again and again (a count that it lowers), make the part true?  Or
// can that not be known yet?
bool WaitFor::mends(const ir::Step& step, const Part& part, int slot, const State& s,
                    const Choices& choices) const {
  // Its locals are what they will be only once it is there.
  const bool there = step.from < 0 || location(step.process, s) == step.from;
  const std::vector<int>& reads = step.footprint.reads;
  if (!there && std::any_of(reads.begin(), reads.end(), [&](int read) {
        return p_.variable_at(read).space == ir::Space::kLocal;
      })) {
    return true;
  }
  const int most = p_.variable_at(slot).domain.size();
  bool found = false;
  for_each_choice(step, [&](const Choices& c) {
    if (found) return;
    State after = s;
    try {
      for (int i = 0; i < most && !found; ++i) {
        const State before = after;
        fire(p_, step, after, c);
        found = (evaluate(p_, part.what, after, choices) != 0) == part.wanted;
        if (after[index(slot)] == before[index(slot)]) break;
      }
    } catch (const ModelError&) {
      // From where it stands it would not have been taken.
    }
  });
  return found;
}

std::vector<int> WaitFor::who_can_mend(int process, const Part& part, int slot, const State& s,
                                       const Choices& choices) const {
  const int owner = cpu_named(p_, slot, s);
  const auto owns = [&](int i) { return p_.processes[index(i)].cpu == owner; };
  std::set<int> able, all;
  std::map<int, std::vector<bool>> ahead_of;
  for (const int i : writers_of_[index(slot)]) {
    const ir::Step& step = p_.steps[index(i)];
    if (able.count(step.process) != 0) continue;
    // An owner is one also when it forgot to let go.
    if (!owns(step.process) && step.from >= 0) {
      const auto [known, fresh] = ahead_of.try_emplace(step.process);
      if (fresh) known->second = ahead(step.process, s);
      if (!known->second[index(step.from)]) continue;
    }
    all.insert(step.process);
    if (mends(step, part, slot, s, choices)) able.insert(step.process);
  }
  constexpr int kNever = 5;
  const auto rank = [&](int i) {
    if (i == process) return owns(i) ? 1 : kNever;
    return (owns(i) ? 0 : 3) + (is_active(i, s) ? 0 : owns(i) ? 2 : 1);
  };
  for (const std::set<int>* candidates : {&able, &all}) {
    std::vector<int> best;
    for (const int i : *candidates) {
      if (!best.empty() && rank(i) < rank(best[0])) best.clear();
      if (rank(i) != kNever && (best.empty() || rank(i) == rank(best[0]))) best.push_back(i);
    }
    if (!best.empty()) return best;
  }
  return {};
}

void WaitFor::add_waits(int process, int step, const Choices& choices, const State& s,
                        std::vector<Wait>& waits) const {
  const std::string& label = p_.steps[index(step)].waits;
  std::vector<Part> parts;
  try {
    false_parts(p_.steps[index(step)].guard, true, s, choices, parts);
    for (const Part& part : parts) {
      std::vector<int> slots;
      slots_read(p_, part.what, s, choices, slots);
      for (const int slot : slots) {
        for (const int on : who_can_mend(process, part, slot, s, choices)) {
          const auto known = std::find_if(waits.begin(), waits.end(), [&](const Wait& w) {
            return w.on == on && p_.steps[index(w.step)].waits == label;
          });
          if (known == waits.end()) {
            waits.push_back({process, on, step, choices, {slot}});
          } else if (known->step == step && known->choices == choices &&
                     std::find(known->slots.begin(), known->slots.end(), slot) ==
                         known->slots.end()) {
            known->slots.push_back(slot);
          }
        }
      }
    }
  } catch (const ModelError&) {
    // A guard without a meaning here is nobody's to mend.
  }
}

std::vector<Wait> WaitFor::waits_of(int process, const State& s) const {
  std::vector<Wait> waits;
  const int at = location(process, s);
  for (const int i : steps_of_[index(process)]) {
    const ir::Step& step = p_.steps[index(i)];
    if (step.from != at || step.relies_on_copy || !ir::is_program(step.kind)) continue;
    for_each_choice(step, [&](const Choices& c) { add_waits(process, i, c, s, waits); });
  }
  return waits;
}

WaitGraph WaitFor::graph(const State& s, const std::vector<int>& stuck,
                         const std::vector<int>& hanging,
                         const std::vector<std::string>& labels) const {
  WaitGraph out;
  std::vector<bool> hangs(p_.processes.size()), seen(p_.processes.size());
  for (const int i : hanging) hangs[index(i)] = true;
  std::deque<int> todo;
  const auto visit = [&](int i) {
    if (!hangs[index(i)] || seen[index(i)]) return;
    seen[index(i)] = true;
    todo.push_back(i);
  };
  for (const int i : stuck) visit(i);
  while (!todo.empty()) {
    const int at = todo.front();
    todo.pop_front();
    for (Wait& w : waits_of(at, s)) {
      visit(w.on);
      out.waits.push_back(std::move(w));
    }
  }
  out.cycle = shortest_cycle(p_, out.waits, hangs, stuck, labels);
  return out;
}

}  // namespace stalemate::interp
