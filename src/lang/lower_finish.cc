// From the control graph of one process to its steps: silent code is folded into the step before
// it, points become locations, dead locals are reset.
#include <fmt/format.h>

#include <algorithm>

#include "lang/lowering.h"

namespace stalemate::lang {

namespace {

using ir::ExprRef;
using ir::Op;

void collect_jumps(const ir::Block& b, std::vector<int>& out) {
  for (const ir::Stmt& s : b) {
    if (is_jump(s)) out.push_back(s.goal);
    collect_jumps(s.then_block, out);
    collect_jumps(s.else_block, out);
  }
}

void collect_written(const ir::Block& b, std::set<int>& out) {
  for (const ir::Stmt& s : b) {
    for (const ir::Place& p : s.places) out.insert(p.variable);
    collect_written(s.then_block, out);
    collect_written(s.else_block, out);
  }
}

}  // namespace

// Replaces jumps to silent nodes by their code, until only visible points are left.
ir::Block Lowering::resolve(const ir::Block& b, std::vector<int>& path) {
  ir::Block out;
  for (const ir::Stmt& s : b) {
    spend(1, s.span);
    if (is_jump(s) && nodes_[static_cast<std::size_t>(s.goal)].silent) {
      const Node& n = nodes_[static_cast<std::size_t>(s.goal)];
      if (std::find(path.begin(), path.end(), s.goal) != path.end() || path.size() > 2000) {
        diagnostics_.error(n.span ? n.span : now_.frame->fn->span,
                           "this loop may run for ever without a step that others could see",
                           "wait for something with 'await', or do a step in it");
        throw Bail();
      }
      path.push_back(s.goal);
      for (ir::Stmt& x : resolve(n.code, path)) out.push_back(std::move(x));
      path.pop_back();
      continue;
    }
    ir::Stmt copy = s;
    if (s.kind == ir::Stmt::Kind::kIf) {
      copy.then_block = resolve(s.then_block, path);
      copy.else_block = resolve(s.else_block, path);
    }
    out.push_back(std::move(copy));
  }
  return out;
}

void Lowering::add_reads(const ExprRef& e, std::set<int>& out) const {
  if (e == nullptr) return;
  if (e->op == Op::kRead &&
      program_.variables[static_cast<std::size_t>(e->variable)].space == ir::Space::kLocal) {
    out.insert(e->variable);
  }
  for (const ExprRef& a : e->args) add_reads(a, out);
}

// Locals whose value may still matter before the block, given those that matter after it.
std::set<int> Lowering::live_before(const ir::Block& b, std::set<int> live) const {
  for (auto it = b.rbegin(); it != b.rend(); ++it) {
    const ir::Stmt& s = *it;
    if (is_jump(s)) {
      const auto in = live_in_.find(s.goal);
      live = in == live_in_.end() ? std::set<int>() : in->second;
      continue;
    }
    if (s.kind == ir::Stmt::Kind::kIf) {
      std::set<int> yes = live_before(s.then_block, live);
      std::set<int> no = live_before(s.else_block, std::move(live));
      yes.insert(no.begin(), no.end());
      live = std::move(yes);
    }
    std::map<int, std::set<std::vector<int>>> overwritten;  // elements with known indices
    for (const ir::Place& p : s.places) {
      std::vector<int> at;
      for (const ExprRef& i : p.index) {
        if (ir::is_const(i)) at.push_back(i->value);
      }
      if (at.size() == p.index.size()) overwritten[p.variable].insert(std::move(at));
    }
    for (const auto& [v, written] : overwritten) {
      const int all = program_.variables[static_cast<std::size_t>(v)].elements();
      if (static_cast<int>(written.size()) == all) live.erase(v);
    }
    for (const ir::Place& p : s.places) {
      for (const ExprRef& i : p.index) add_reads(i, live);
    }
    for (const ExprRef& v : s.values) add_reads(v, live);
    add_reads(s.condition, live);
    for (const auto& piece : s.text.pieces) add_reads(piece.value, live);
  }
  return live;
}

// Turns each jump into the assignment of the new location, and resets what is dead there.
void Lowering::reset_dead(ir::Block& b, const std::set<int>& maybe) {
  ir::Block out;
  for (ir::Stmt& s : b) {
    if (!is_jump(s)) {
      reset_dead(s.then_block, maybe);
      reset_dead(s.else_block, maybe);
      out.push_back(std::move(s));
      continue;
    }
    ir::Stmt move;
    const std::set<int>& live = live_in_[s.goal];
    for (const int v : maybe) {
      if (live.count(v) > 0) continue;
      spend(program_.variables[static_cast<std::size_t>(v)].elements(), s.span);
      const ir::Variable& local = program_.variables[static_cast<std::size_t>(v)];
      for (int n = 0; n < local.elements(); ++n) {
        move.places.push_back({v, nth_index(local.dims, n), ir::Order::kPlain});
        move.values.push_back(ir::constant(local.domain.lo));
      }
    }
    const int control = program_.processes[static_cast<std::size_t>(now_.process)].control;
    move.places.push_back({control, {}, ir::Order::kPlain});
    move.values.push_back(ir::constant(location_of_.at(s.goal)));
    out.push_back(std::move(move));
  }
  b = std::move(out);
}

namespace {

bool is_turn(const ir::Stmt& s) {
  return s.kind == ir::Stmt::Kind::kFence && s.fence == "turn" && s.goal < 0;
}

int least_turn(const ir::Block& b) {
  int least = 0;
  const auto meet = [&](int depth) {
    if (depth > 0 && (least == 0 || depth < least)) least = depth;
  };
  for (const ir::Stmt& s : b) {
    if (is_turn(s)) meet(s.property);
    meet(least_turn(s.then_block));
    meet(least_turn(s.else_block));
  }
  return least;
}

}  // namespace

void settle_turns(ir::Block& b, int depth, int goal) {
  ir::Block kept;
  for (ir::Stmt& s : b) {
    if (is_turn(s)) {
      if (s.property == depth) kept.push_back(cover(goal, ir::constant(1), s.span));
      continue;
    }
    settle_turns(s.then_block, depth, goal);
    settle_turns(s.else_block, depth, goal);
    kept.push_back(std::move(s));
  }
  b = std::move(kept);
}

// For each point, how deep the loop is whose turns are the progress of a process that has no end:
// the outermost one among those that are never left, from that point on.  Spinning in a loop
// inside, or in one that can be left (0), is none.
std::map<int, int> Lowering::endless_loops(const std::vector<int>& points) const {
  std::map<int, std::vector<int>> next;
  for (const int id : points) {
    for (const Edge& e : nodes_[static_cast<std::size_t>(id)].edges) {
      collect_jumps(e.body, next[id]);
    }
  }
  // Strongly connected components (Tarjan, without recursion).
  std::map<int, int> index, low, component;
  std::vector<int> stack;
  std::vector<std::pair<int, std::size_t>> work;
  int components = 0;
  for (const int root : points) {
    if (index.count(root) > 0) continue;
    work.emplace_back(root, 0);
    while (!work.empty()) {
      const int at = work.back().first;
      if (work.back().second == 0) {
        const int number = static_cast<int>(index.size());
        index[at] = low[at] = number;
        stack.push_back(at);
      }
      if (work.back().second < next[at].size()) {
        const int to = next[at][work.back().second++];
        if (index.count(to) == 0)
          work.emplace_back(to, 0);
        else if (component.count(to) == 0)
          low[at] = std::min(low[at], index[to]);
        continue;
      }
      if (low[at] == index[at]) {
        while (true) {
          const int member = stack.back();
          stack.pop_back();
          component[member] = components;
          if (member == at) break;
        }
        ++components;
      }
      work.pop_back();
      if (!work.empty()) {
        const int parent = work.back().first;
        low[parent] = std::min(low[parent], low[at]);
      }
    }
  }
  std::set<int> left;  // components that something leaves
  std::map<int, int> outermost;
  for (const int id : points) {
    for (const int to : next[id]) {
      if (component[to] != component[id]) left.insert(component[id]);
    }
    for (const Edge& e : nodes_[static_cast<std::size_t>(id)].edges) {
      const int depth = least_turn(e.body);
      int& least = outermost[component[id]];
      if (depth > 0 && (least == 0 || depth < least)) least = depth;
    }
  }
  std::map<int, int> out;
  for (const int id : points) {
    out[id] = left.count(component[id]) > 0 ? 0 : outermost[component[id]];
  }
  return out;
}

void Lowering::finish_process(int process, int entry) {
  if (nodes_[static_cast<std::size_t>(entry)].silent) run_at_start(entry);
  // Reachable points in breadth-first order, with the code of their edges made whole.
  std::vector<int> order{entry};
  location_of_ = {{entry, 0}};
  live_in_.clear();
  bool ends = false;
  for (std::size_t i = 0; i < order.size(); ++i) {
    Node& n = nodes_[static_cast<std::size_t>(order[i])];
    ends = ends || n.final;
    for (Edge& e : n.edges) {
      std::vector<int> path;
      e.body = resolve(e.body, path);
      std::vector<int> targets;
      collect_jumps(e.body, targets);
      for (const int t : targets) {
        if (location_of_.emplace(t, static_cast<int>(order.size())).second) order.push_back(t);
      }
    }
  }
  for (bool changed = true; changed;) {
    changed = false;
    for (auto it = order.rbegin(); it != order.rend(); ++it) {
      std::set<int> live;
      for (const Edge& e : nodes_[static_cast<std::size_t>(*it)].edges) {
        const std::set<int> before = live_before(e.body, {});
        live.insert(before.begin(), before.end());
        add_reads(e.guard, live);
        for (const auto& piece : e.text.pieces) add_reads(piece.value, live);
      }
      if (live != live_in_[*it]) {
        live_in_[*it] = std::move(live);
        changed = true;
      }
    }
  }
  // What the code before the first step left in a local that no longer matters is not part of the
  // initial state.
  for (const int v : locals_of_process_) {
    ir::Variable& local = program_.variables[static_cast<std::size_t>(v)];
    if (live_in_[entry].count(v) == 0) local.init.assign(local.init.size(), local.domain.lo);
  }
  std::map<int, int> loops;
  if (!ends) loops = endless_loops(order);
  for (const int id : order) {
    const int loop = loops[id];
    for (Edge& e : nodes_[static_cast<std::size_t>(id)].edges) {
      settle_turns(e.body, loop, loop > 0 ? goal_of_turns() : -1);
    }
  }
  ir::Process& p = program_.processes[static_cast<std::size_t>(process)];
  ir::Variable& control = program_.variables[static_cast<std::size_t>(p.control)];
  control.domain = {ir::Domain::Kind::kRange, 0, static_cast<ir::Value>(order.size() - 1), -1};
  control.init = {0};
  std::vector<ExprRef> awake;  // no handler that preempts this process is active
  std::vector<ExprRef> entering;
  for (const ir::Process& h : program_.processes) {
    if (h.cpu != p.cpu || h.role == ir::Role::kThread || h.control == p.control) continue;
    const ExprRef inactive = ir::binary(Op::kEq, ir::read(h.control), ir::constant(0));
    if (h.level > p.level) awake.push_back(inactive);
    if (h.level >= p.level) entering.push_back(inactive);
  }
  for (const int id : order) {
    Node& n = nodes_[static_cast<std::size_t>(id)];
    ir::Location location;
    location.name = n.name;
    location.final = n.final;
    location.rest = n.rest;
    p.locations.push_back(std::move(location));
    const int here = location_of_.at(id);
    for (Edge& e : n.edges) {
      std::set<int> maybe = live_in_[id];
      std::set<int> written;
      collect_written(e.body, written);
      for (const int v : written) {
        if (program_.variables[static_cast<std::size_t>(v)].space == ir::Space::kLocal)
          maybe.insert(v);
      }
      reset_dead(e.body, maybe);
      ir::Step step;
      step.name = std::move(e.name);
      step.text = std::move(e.text);
      step.kind = e.kind;
      step.process = process;
      step.cpu = p.cpu;
      step.from = here;
      step.choices = std::move(e.choices);
      std::vector<ExprRef> guard{ir::binary(Op::kEq, ir::read(p.control), ir::constant(here))};
      const auto& others = e.kind == ir::StepKind::kEntry ? entering : awake;
      guard.insert(guard.end(), others.begin(), others.end());
      guard.push_back(e.guard);
      step.guard = ir::all_of(std::move(guard));
      step.body = std::move(e.body);
      step.relies_on_copy = e.relies_on_copy;
      step.waits = std::move(e.waits);
      step.module = std::move(e.module);
      step.span = e.span;
      step.calls = std::move(e.calls);
      threads_.push_back(std::move(step));
    }
  }
}

}  // namespace stalemate::lang
