// Control flow of threads, handlers and functions: statements become nodes and edges.
#include <fmt/format.h>

#include <algorithm>

#include "lang/lowering.h"

namespace stalemate::lang {

namespace {

using ir::ExprRef;
using ir::Op;

constexpr std::size_t kMaxNodes = 20000;  // of one process, after inlining

// One memory location: its group and the indices that select it.
struct Location {
  int group;
  std::vector<ExprRef> index;
  std::string name;
  bool operator==(const Location& o) const {
    return group == o.group && index.size() == o.index.size() &&
           std::equal(index.begin(), index.end(), o.index.begin(), ir::equal);
  }
};

class Accesses {
 public:
  explicit Accesses(const ir::Program& p) : program_(p) {}
  std::vector<Location> read, written;

  void expr(const ExprRef& e) {
    if (e->op == Op::kRead && e->order != ir::Order::kWalk && e->order != ir::Order::kObserve) {
      touch(e->variable, e->args, read);
    }
    for (const ExprRef& a : e->args) expr(a);
  }
  void block(const ir::Block& b) {
    for (const ir::Stmt& s : b) {
      for (const ir::Place& p : s.places) {
        touch(p.variable, p.index, written);
        for (const ExprRef& i : p.index) expr(i);
      }
      for (const ExprRef& v : s.values) expr(v);
      if (s.condition != nullptr && s.kind == ir::Stmt::Kind::kIf) expr(s.condition);
      block(s.then_block);
      block(s.else_block);
    }
  }

 private:
  void touch(int variable, const std::vector<ExprRef>& index, std::vector<Location>& out) {
    const ir::Variable& v = program_.variables[static_cast<std::size_t>(variable)];
    if (v.space != ir::Space::kMemory) return;
    Location l{v.location, {index.begin(), index.begin() + v.location_dims}, v.name};
    l.name = l.name.substr(0, l.name.find('.'));
    if (std::find(out.begin(), out.end(), l) == out.end()) out.push_back(std::move(l));
  }

  const ir::Program& program_;
};

ir::Text prefixed(std::string prefix, ir::Text t) {
  t.pieces.insert(t.pieces.begin(), {std::move(prefix), nullptr, {}});
  return t;
}

ExprRef substitute(const ExprRef& e, int variable, const ExprRef& by) {
  if (e->op == Op::kRead && e->variable == variable && e->args.empty()) return by;
  if (e->args.empty()) return e;
  auto copy = std::make_shared<ir::Expr>(*e);
  for (ExprRef& a : copy->args) a = substitute(a, variable, by);
  return copy;
}

}  // namespace

bool is_code_call(const Expr& e) {
  return e.kind == ExprKind::kCall && (e.decl == nullptr || e.decl->kind != DeclKind::kDef);
}

std::string fresh_choice(const std::string& name, const std::vector<ir::Choice>& choices) {
  std::string fresh = name;
  const auto taken = [&] {
    return std::any_of(choices.begin(), choices.end(),
                       [&](const ir::Choice& c) { return c.name == fresh; });
  };
  for (int k = 2; taken(); ++k) fresh = fmt::format("{}#{}", name, k);
  return fresh;
}

ir::Stmt jump(int node) {
  ir::Stmt s;
  s.kind = ir::Stmt::Kind::kFence;
  s.fence = "jump";
  s.goal = node;
  return s;
}

bool is_jump(const ir::Stmt& s) { return s.kind == ir::Stmt::Kind::kFence && s.goal >= 0; }

int Lowering::new_node(const std::string& name, const Span& span) {
  if (nodes_.size() >= kMaxNodes) {
    diagnostics_.error(span,
                       fmt::format("this code has more than {} points after inlining", kMaxNodes),
                       "use smaller 'repeat' counts, or split the model");
    throw Bail();
  }
  Node n;
  n.name = name;
  n.span = span;
  nodes_.push_back(std::move(n));
  return static_cast<int>(nodes_.size()) - 1;
}

int Lowering::new_local_variable(const std::vector<ir::Domain>& dims, ir::Domain domain,
                                 const std::string& name) {
  const std::string owner =
      now_.process >= 0
          ? fmt::format("{}@{}", program_.processes[static_cast<std::size_t>(now_.process)].name,
                        now_.cpu)
          : std::string("rule");
  ir::Variable v;
  v.name = fmt::format("{}.{}", owner, name);
  for (int k = 2; !local_names_.insert(v.name).second; ++k) {
    v.name = fmt::format("{}.{}#{}", owner, name, k);
  }
  v.dims = dims;
  // A dead local holds the lowest value; for an interchangeable member that must be `none`, or the
  // state would single one member out.
  if (domain.kind == ir::Domain::Kind::kSort) {
    domain.kind = ir::Domain::Kind::kOption;
    domain.lo = ir::kNone;
  }
  v.domain = domain;
  v.init.assign(static_cast<std::size_t>(elements(dims)), domain.lo);
  v.space = ir::Space::kLocal;
  v.process = now_.process;
  program_.variables.push_back(std::move(v));
  const int id = static_cast<int>(program_.variables.size()) - 1;
  locals_of_process_.push_back(id);
  return id;
}

int Lowering::new_local_scalar(const ir::Domain& domain, const std::string& name) {
  return new_local_variable({}, domain, name);
}

PlaceRef Lowering::new_local(const Type* t, const std::string& name) {
  PlaceRef p;
  p.type = t;
  p.name = name;
  for (const Leaf& l : types_.leaves(t)) {
    const int id = new_local_variable(l.dims, l.domain, name + l.path);
    p.leaves.push_back({id, {}, l.dims, l.path, l.domain});
  }
  return p;
}

void Lowering::silent(int at, ir::Block code, int next) {
  Node& n = nodes_[static_cast<std::size_t>(at)];
  n.built = true;
  n.silent = true;
  n.code = std::move(code);
  if (next >= 0) n.code.push_back(jump(next));
}

void Lowering::add_edges(int at, const std::string& name, ir::Text text,
                         const std::vector<Alternative>& alts, const Span& span,
                         const std::string& module) {
  Node& n = nodes_[static_cast<std::size_t>(at)];
  n.built = true;
  if (n.name.empty()) n.name = static_text(text);
  if (!n.span) n.span = span;
  for (const Alternative& a : alts) {
    Edge e;
    e.name = name;
    e.text = text;
    if (!a.note.empty()) e.text.pieces.push_back({a.note, nullptr, {}});
    e.choices = a.choices;
    e.guard = ir::all_of(a.guard);
    e.body = a.body;
    e.relies_on_copy = a.relies_on_copy;
    e.module = module;
    e.span = span;
    if (!ir::is_const(e.guard, 0)) n.edges.push_back(std::move(e));
  }
}

void Lowering::check_accesses(const Alternative& alt, const Span& span) {
  Accesses a(program_);
  for (const ExprRef& g : alt.guard) a.expr(g);
  a.block(alt.body);
  std::vector<Location> all = a.read;
  for (const Location& l : a.written) {
    if (std::find(all.begin(), all.end(), l) == all.end()) all.push_back(l);
  }
  if (all.size() > 1) {
    diagnostics_.error(
        span,
        fmt::format("this statement touches {} memory locations, {} and {}", all.size(),
                    all[0].name,
                    all[1].name == all[0].name ? "another element of it" : all[1].name),
        "each access is an event of its own: split it, or say atomic { ... }");
    throw Bail();
  }
  if (!a.read.empty() && !a.written.empty()) {
    diagnostics_.error(
        span, fmt::format("this statement loads and stores {}: two events in one", a.read[0].name),
        "load it into a local first, or say atomic { ... } for a read-modify-write");
    throw Bail();
  }
}

// An ordinary statement that is one atomic step.
void Lowering::atomic_edge(const Stmt& s, int at, Env& env,
                           const std::function<std::vector<Alternative>(Alternative)>& build) {
  Alternative start;
  start.env = env;
  const std::vector<Alternative> alts = build(std::move(start));
  for (const Alternative& a : alts) check_accesses(a, s.span);
  add_edges(at, snippet(s.span), source_text(s.span, env), alts, s.span,
            now_.frame != nullptr ? module_of(*now_.frame->fn) : std::string());
}

void Lowering::block(const Stmts& list, int at, int next, Env& env) {
  spend(static_cast<long>(env.size()), {});
  Env inner = env;
  for (std::size_t i = 0; i < list.size(); ++i) {
    const int after = i + 1 == list.size() ? next : new_node();
    control(*list[i], at, after, inner);
    at = after;
  }
  if (list.empty()) silent(at, {}, next);
}

// Both ways of a condition: eagerly when only this process can see it, else as one read step.
void Lowering::branch(int at, const ExprRef& condition, int yes, int no, const Span& span,
                      const ir::Text& shown) {
  if (ir::is_const(condition)) {
    silent(at, {}, condition->value != 0 ? yes : no);
    return;
  }
  ir::Stmt s;
  s.kind = ir::Stmt::Kind::kIf;
  s.span = span;
  s.condition = condition;
  s.then_block.push_back(jump(yes));
  s.else_block.push_back(jump(no));
  if (is_local(condition)) {
    silent(at, {std::move(s)}, -1);
    return;
  }
  Alternative a;
  a.guard.push_back(ir::constant(1));
  a.body.push_back(std::move(s));
  check_accesses(a, span);
  add_edges(at, static_text(shown), shown, {a}, span,
            now_.frame != nullptr ? module_of(*now_.frame->fn) : std::string());
}

void Lowering::control_if(const Stmt& s, int at, int next, Env& env) {
  const Expr& condition = s.value->kind == ExprKind::kNot ? *s.value->args[0] : *s.value;
  const bool negated = s.value->kind == ExprKind::kNot;
  const bool calls = is_code_call(condition);
  ExprRef c;
  if (calls) {
    const PlaceRef result = new_local(types_.boolean(), "condition");
    const int test = new_node();
    call(s, condition, result, at, test, env);
    at = test;
    c = read_place(result).scalars[0];
    if (negated) c = ir::negate(c);
  } else {
    c = scalar(*s.value, env);
  }
  if (ir::is_const(c)) {
    block(c->value != 0 ? s.body : s.other, at, next, env);
    return;
  }
  const int yes = new_node();
  const int no = s.other.empty() ? next : new_node();
  branch(at, c, yes, no, s.value->span, prefixed("if ", source_text(s.value->span, env)));
  block(s.body, yes, next, env);
  if (!s.other.empty()) block(s.other, no, next, env);
}

void Lowering::control_while(const Stmt& s, int at, int next, Env& env) {
  const Current saved = now_;
  // Every turn of the loop passes here: the mark tells a loop that goes round from one inside it.
  const int back = new_node();
  ir::Stmt turn;
  turn.kind = ir::Stmt::Kind::kFence;
  turn.fence = "turn";
  turn.property = ++now_.loop_depth;
  silent(back, {std::move(turn)}, at);
  nodes_[static_cast<std::size_t>(back)].span = s.span;
  now_.break_node = next;
  now_.continue_node = back;
  if (s.kind == StmtKind::kLoop) {
    block(s.body, at, back, env);
    now_ = saved;
    return;
  }
  const Expr& condition = s.value->kind == ExprKind::kNot ? *s.value->args[0] : *s.value;
  int test = at;
  ExprRef c;
  if (is_code_call(condition)) {
    const PlaceRef result = new_local(types_.boolean(), "condition");
    test = new_node();
    call(s, condition, result, at, test, env);
    c = read_place(result).scalars[0];
    if (s.value->kind == ExprKind::kNot) c = ir::negate(c);
  } else {
    c = scalar(*s.value, env);
  }
  if (ir::is_const(c, 0)) {
    silent(test, {}, next);
  } else {
    const int body = new_node();
    branch(test, c, body, next, s.value->span, prefixed("while ", source_text(s.value->span, env)));
    block(s.body, body, back, env);
  }
  now_ = saved;
}

namespace {
bool has_jump(const ir::Stmt& s) {
  const auto any = [](const ir::Block& b) { return std::any_of(b.begin(), b.end(), has_jump); };
  return is_jump(s) || any(s.then_block) || any(s.else_block);
}
}  // namespace

// What silent code assigned before a step: values by variable and constant indices.
struct Lowering::Assigned {
  std::map<int, std::map<std::vector<int>, ExprRef>> values;

  ExprRef apply(const ir::Program& p, const ExprRef& e) const {
    if (e == nullptr || values.empty()) return e;
    std::vector<ExprRef> args;
    for (const ExprRef& a : e->args) args.push_back(apply(p, a));
    if (e->op == Op::kRead) {
      const auto known = values.find(e->variable);
      if (known == values.end()) return ir::read(e->variable, std::move(args), e->order);
      // An element that nobody assigned keeps what it had.
      ExprRef out = ir::read(e->variable, args, e->order);
      for (const auto& [index, value] : known->second) {
        std::vector<ExprRef> same;
        for (std::size_t i = 0; i < index.size(); ++i) {
          same.push_back(ir::binary(Op::kEq, args[i], ir::constant(index[i])));
        }
        out = ir::ite(ir::all_of(std::move(same)), value, out);
      }
      return out;
    }
    if (e->args.empty()) return e;
    auto copy = std::make_shared<ir::Expr>(*e);
    copy->args = std::move(args);
    return copy;
  }
};

// Edges by which code that starts at `node` can begin, for merging them into another node: the
// silent code before them is carried along, its values filled into their guards.  Only nodes from
// `first` on belong to that code; a jump that leaves it is a step of its own that only goes there.
std::vector<Edge> Lowering::entry_edges(int node, int first, const Span& span) {
  return edges_of_code({jump(node)}, first, {}, {}, ir::constant(1), span);
}

std::vector<Edge> Lowering::edges_of_code(const ir::Block& code, int first, Assigned assigned,
                                          ir::Block before, const ExprRef& when, const Span& span) {
  for (const ir::Stmt& s : code) {
    // A check has no jump in it; what follows it is still to come.
    if (s.kind == ir::Stmt::Kind::kIf && has_jump(s)) {
      const ExprRef c = assigned.apply(program_, s.condition);
      std::vector<Edge> out;
      if (!ir::is_const(c, 0)) {
        out = edges_of_code(s.then_block, first, assigned, before, ir::all_of({when, c}), span);
      }
      if (!ir::is_const(c, 1)) {
        for (Edge& e : edges_of_code(s.else_block, first, assigned, before,
                                     ir::all_of({when, ir::negate(c)}), span)) {
          out.push_back(std::move(e));
        }
      }
      return out;
    }
    if (is_jump(s)) {
      const Node& n = nodes_[static_cast<std::size_t>(s.goal)];
      if (s.goal >= first && n.silent) {
        if (++silent_depth_ > 500) {
          silent_depth_ = 0;
          diagnostics_.error(n.span ? n.span : span,
                             "this loop may run for ever without a step that others could see",
                             "wait for something with 'await', or do a step in it");
          throw Bail();
        }
        const ir::Block silent_code = n.code;
        std::vector<Edge> out =
            edges_of_code(silent_code, first, std::move(assigned), std::move(before), when, span);
        if (silent_depth_ > 0) --silent_depth_;
        return out;
      }
      if (s.goal >= first && n.built) {
        std::vector<Edge> out = n.edges;
        for (Edge& e : out) {
          e.rest = e.rest || n.rest;
          e.guard = ir::all_of({when, assigned.apply(program_, e.guard)});
          for (auto& piece : e.text.pieces) piece.value = assigned.apply(program_, piece.value);
          e.body.insert(e.body.begin(), before.begin(), before.end());
        }
        out.erase(std::remove_if(out.begin(), out.end(),
                                 [](const Edge& e) { return ir::is_const(e.guard, 0); }),
                  out.end());
        return out;
      }
      Edge e;
      e.name = "choose";
      e.text = plain_text("choose");
      e.guard = when;
      e.body = std::move(before);
      e.body.push_back(s);
      e.span = span;
      e.module = now_.frame != nullptr ? module_of(*now_.frame->fn) : std::string();
      return {e};
    }
    if (s.kind == ir::Stmt::Kind::kAssign) {
      // Right-hand sides see what was there before the statement.
      Assigned next = assigned;
      for (std::size_t i = 0; i < s.places.size(); ++i) {
        std::vector<int> index;
        for (const ExprRef& x : s.places[i].index) {
          const ExprRef known = assigned.apply(program_, x);
          if (ir::is_const(known)) index.push_back(known->value);
        }
        if (index.size() == s.places[i].index.size()) {
          next.values[s.places[i].variable][index] = assigned.apply(program_, s.values[i]);
          continue;
        }
        // An element that is not known here: stop merging before this statement.
        ir::Block rest(code.begin() + (&s - code.data()), code.end());
        const int here = new_node();
        silent(here, std::move(rest), -1);
        return edges_of_code({jump(here)}, here + 1, std::move(assigned), std::move(before), when,
                             span);
      }
      assigned = std::move(next);
    }
    before.push_back(s);
  }
  return {};
}

void Lowering::control_for(const Stmt& s, int at, int next, Env& env) {
  const Value set = expr(*s.value, env);
  if (set.scalars.empty()) {
    silent(at, {}, next);
    return;
  }
  const ir::Domain domain = types_.domain(set.type->element);
  const bool local = is_local(set);
  const Current saved = now_;
  // What is left to do, read once when the loop starts.
  PlaceRef left;
  const bool keep = !s.ascending || !is_fixed(set);
  int head = at;
  if (keep) {
    left = new_local(set.type, s.name.text + ".left");
    head = new_node();
    ir::Stmt start;
    start.span = s.span;
    const Value targets = read_place(left);
    for (std::size_t i = 0; i < targets.scalars.size(); ++i) {
      start.places.push_back(
          {targets.scalars[i]->variable, targets.scalars[i]->args, ir::Order::kPlain});
      start.values.push_back(set.scalars[i]);
    }
    if (local) {
      silent(at, {std::move(start)}, head);
    } else {
      Alternative a;
      a.guard.push_back(ir::constant(1));
      a.body = {std::move(start), jump(head)};
      check_accesses(a, s.value->span);
      const std::string shown = fmt::format("for {} in {}", s.name.text, snippet(s.value->span));
      add_edges(at, shown, plain_text(shown), {a}, s.span,
                now_.frame != nullptr ? module_of(*now_.frame->fn) : std::string());
    }
  }
  now_.break_node = next;
  if (s.ascending) {
    int from = head;
    for (int i = domain.lo; i <= domain.hi; ++i) {
      const ExprRef member = keep
                                 ? read_place(left).scalars[static_cast<std::size_t>(i - domain.lo)]
                                 : set.scalars[static_cast<std::size_t>(i - domain.lo)];
      const int after = i == domain.hi ? next : new_node();
      Env inner = env;
      inner[s.local].value = {s.local->type, {ir::constant(i)}};
      now_.continue_node = after;
      const int body = new_node();
      branch(from, member, body, after, s.span, {});
      block(s.body, body, after, inner);
      from = after;
    }
    now_ = saved;
    return;
  }
  // Any order: at the head, one of those left is picked together with the first step of its body.
  const int pick = new_node();
  ir::Stmt more;
  more.kind = ir::Stmt::Kind::kIf;
  more.span = s.span;
  more.condition = ir::any_of(read_place(left).scalars);
  more.then_block.push_back(jump(pick));
  more.else_block.push_back(jump(next));
  silent(head, {std::move(more)}, -1);
  const PlaceRef variable = new_local(s.local->type, s.name.text);
  const int slot = variable.leaves[0].variable;
  Env inner = env;
  Binding b;
  b.value = read_place(variable);
  inner[s.local] = std::move(b);
  now_.continue_node = head;
  const int body = new_node();
  block(s.body, body, head, inner);
  now_ = saved;
  std::vector<Edge> merged;
  for (Edge e : entry_edges(body, body, s.span)) {
    const ExprRef chosen = ir::choice(static_cast<int>(e.choices.size()));
    e.choices.push_back({fresh_choice(s.name.text, e.choices), domain});
    e.guard = ir::all_of(
        {read_place(index_place(left, chosen, "")).scalars[0], substitute(e.guard, slot, chosen)});
    for (auto& piece : e.text.pieces) {
      if (piece.value != nullptr) piece.value = substitute(piece.value, slot, chosen);
    }
    ir::Stmt take;
    take.span = s.span;
    take.places = {{slot, {}, ir::Order::kPlain},
                   {left.leaves[0].variable, {chosen}, ir::Order::kPlain}};
    take.values = {chosen, ir::constant(0)};
    e.body.insert(e.body.begin(), std::move(take));
    merged.push_back(std::move(e));
  }
  Node& n = nodes_[static_cast<std::size_t>(pick)];
  n.name = merged.empty() ? std::string("for") : static_text(merged[0].text);
  n.built = true;
  n.span = s.span;
  n.rest = std::any_of(merged.begin(), merged.end(), [](const Edge& e) { return e.rest; });
  n.edges = std::move(merged);
}

void Lowering::control_rhs(const Stmt& s, const Expr& e, const PlaceRef& to, int at, int next,
                           Env& env) {
  if (is_code_call(e)) {
    call(s, e, to, at, next, env);
    return;
  }
  const Value v = expr(e, env);
  const auto all_in = [&](ir::Space space) {
    return std::all_of(to.leaves.begin(), to.leaves.end(), [&](const LeafPlace& l) {
      const bool here = std::all_of(l.index.begin(), l.index.end(),
                                    [&](const ExprRef& i) { return is_local(i); });
      if (space == ir::Space::kLocal && !here) return false;
      return program_.variables[static_cast<std::size_t>(l.variable)].space == space;
    });
  };
  if (all_in(ir::Space::kLocal) && is_local(v)) {
    Alternative a;
    a.env = env;
    assign(a, to, v, s.span);
    silent(at, std::move(a.body), next);
    return;
  }
  atomic_edge(s, at, env, [&](Alternative a) {
    assign(a, to, v, s.span);
    a.body.push_back(jump(next));
    return std::vector<Alternative>{std::move(a)};
  });
}

void Lowering::control_let(const Stmt& s, int at, int next, Env& env) {
  const Type* type = s.local->type;
  if (s.kind == StmtKind::kLet && s.value != nullptr && !is_code_call(*s.value)) {
    // A value that nothing can change any more is only a name.
    const Value v = converted(expr(*s.value, env), type);
    const bool frozen = std::all_of(v.scalars.begin(), v.scalars.end(),
                                    [&](const ExprRef& e) { return is_local(e); });
    if (frozen && is_fixed(v)) {
      Alternative check;
      narrow(check, expr(*s.value, env), type, s.span);
      Binding b;
      b.value = v;
      env[s.local] = std::move(b);
      silent(at, {}, next);
      return;
    }
  }
  const PlaceRef home = new_local(type, s.name.text);
  Binding b;
  b.is_place = s.kind == StmtKind::kVar;
  if (b.is_place) {
    for (const LeafPlace& l : home.leaves) mutable_locals_.insert(l.variable);
  }
  if (b.is_place)
    b.place = home;
  else
    b.value = read_place(home);
  if (s.value != nullptr) {
    control_rhs(s, *s.value, home, at, next, env);
  } else {
    Alternative a;
    a.env = env;
    assign(a, home, zero(type), s.span);
    silent(at, std::move(a.body), next);
  }
  env[s.local] = std::move(b);
}

void Lowering::control_assign(const Stmt& s, int at, int next, Env& env) {
  control_rhs(s, *s.value, *place(*s.target, env), at, next, env);
}

void Lowering::control_return(const Stmt& s, int at, Env& env) {
  const Frame* f = now_.frame;
  if (s.value == nullptr || !f->destination) {
    if (s.value != nullptr && is_code_call(*s.value)) {
      call(s, *s.value, std::nullopt, at, f->return_node, env);
    } else {
      silent(at, {}, f->return_node);
    }
    return;
  }
  control_rhs(s, *s.value, *f->destination, at, f->return_node, env);
}

void Lowering::control_choose(const Stmt& s, int at, int next, Env& env) {
  if (s.kind == StmtKind::kChoose) {
    const PlaceRef home = new_local(s.local->type, s.name.text);
    atomic_edge(s, at, env, [&](Alternative a) {
      return atomic_choose(s, std::move(a), [&](Alternative chosen) {
        const Value v = chosen.env.at(s.local).value;
        assign(chosen, home, v, s.span);
        chosen.body.push_back(jump(next));
        return std::vector<Alternative>{std::move(chosen)};
      });
    });
    Binding b;
    b.value = read_place(home);
    env[s.local] = std::move(b);
    return;
  }
  std::vector<Edge> edges;
  for (const Stmts& option : s.alternatives) {
    const int start = new_node();
    block(option, start, next, env);
    for (Edge& e : entry_edges(start, start, s.span)) edges.push_back(std::move(e));
  }
  Node& n = nodes_[static_cast<std::size_t>(at)];
  n.built = true;
  n.rest = std::any_of(edges.begin(), edges.end(), [](const Edge& e) { return e.rest; });
  n.edges = std::move(edges);
  n.span = s.span;
  if (n.name.empty()) n.name = "choose";
}

void Lowering::control_await(const Stmt& s, int at, int next, Env& env) {
  atomic_edge(s, at, env, [&](Alternative a) {
    a.guard.push_back(scalar(*s.value, a.env));
    a.body.push_back(jump(next));
    return std::vector<Alternative>{std::move(a)};
  });
  nodes_[static_cast<std::size_t>(at)].rest = s.rest;
  if (nodes_[static_cast<std::size_t>(at)].name.empty())
    nodes_[static_cast<std::size_t>(at)].name = snippet(s.span);
}

// Control from a step that traps into the handler, and back.
std::vector<Alternative> Lowering::trap_to(Alternative alt, const Stmt& raise,
                                           std::vector<Value> args, int retry, int resume,
                                           std::vector<TrapEntry>& built) {
  const Decl& trap = *raise.decl;
  const OnClause* clause = now_.on;
  while (clause != nullptr && clause->trap != &trap) clause = clause->outer;
  if (clause == nullptr && !trap.has_body) {
    diagnostics_.error(raise.span, fmt::format("nobody handles trap '{}' here", trap.name.text),
                       fmt::format("call the step with 'on {} handler();', or give the trap a body",
                                   trap.name.text));
    throw Bail();
  }
  if (clause == nullptr && now_.traps.count(&trap) > 0) {
    diagnostics_.error(raise.span,
                       fmt::format("the handler of trap '{}' can trap into itself", trap.name.text),
                       "call the step that traps with an 'on' clause of its own");
    throw Bail();
  }
  const Current saved = now_;
  std::vector<Binding> bound;
  TrapEntry made;
  made.trap = &trap;
  bool fixed = true;
  for (Value& v : args) {
    for (const ExprRef& x : v.scalars) {
      fixed = fixed && (ir::is_const(x) || clause != nullptr);
      made.args.push_back(ir::is_const(x) && clause == nullptr ? x->value : 0);
    }
    Binding b;
    b.value = std::move(v);
    bound.push_back(std::move(b));
  }
  observe(alt, trap, bound, std::nullopt);
  const auto known = std::find_if(built.begin(), built.end(), [&](const TrapEntry& t) {
    return fixed && t.trap == made.trap && t.args == made.args;
  });
  const bool again = known != built.end();
  const int exit = again ? -1 : new_node();
  const int entry = again ? known->entry : new_node();
  // Trap entry: mask interrupts, remember whether they were on, then what the machine does.
  const PlaceRef were_on = again ? known->were_on : new_local(types_.boolean(), "were_on");
  const ExprRef irqs = ir::read(irqs_on_, {ir::constant(now_.cpu)});
  assign(alt, were_on, {types_.boolean(), {irqs}}, raise.span);
  Env handler_env = clause != nullptr ? clause->env : Env();
  if (clause == nullptr) {
    for (std::size_t i = 0; i < bound.size(); ++i) {
      Binding b = bound[i];
      if (!is_fixed(b.value)) {
        const PlaceRef home = new_local(b.value.type, trap.params[i].name.text);
        assign(alt, home, b.value, raise.span);
        b.value = read_place(home);
      }
      handler_env[trap.params[i].local] = std::move(b);
    }
  }
  ir::Stmt mask;
  mask.span = raise.span;
  mask.places.push_back({irqs_on_, {ir::constant(now_.cpu)}, ir::Order::kPlain});
  mask.values.push_back(ir::constant(0));
  alt.body.push_back(mask);
  hook(alt, "exception_entry");
  alt.body.push_back(jump(entry));
  alt.note = ": " + trap.name.text;
  if (again) return {std::move(alt)};
  made.entry = entry;
  made.were_on = were_on;
  if (fixed) built.push_back(std::move(made));

  now_.were_on = read_place(were_on).scalars[0];
  now_.on = clause != nullptr ? clause->outer : nullptr;
  now_.break_node = now_.continue_node = -1;
  if (clause == nullptr) now_.traps.insert(&trap);
  if (clause != nullptr) {
    control(*clause->handler, entry, exit, handler_env);
  } else {
    Frame frame{&trap, exit, std::nullopt, now_.frame};
    now_.frame = &frame;
    block(trap.body, entry, exit, handler_env);
  }
  Alternative back;
  back.body.push_back(mask);
  back.body.back().values[0] = now_.were_on;
  now_ = saved;
  hook(back, "exception_return");
  silent(exit, std::move(back.body), trap.resume ? resume : retry);
  return {std::move(alt)};
}

void Lowering::call_step(const Stmt& s, const Expr& e, const std::optional<PlaceRef>& to, int at,
                         int next, Env& env) {
  const Decl& step = *e.decl;
  Alternative start;
  start.env = env;
  std::vector<Binding> args;
  for (std::size_t i = 0; i < step.params.size(); ++i)
    args.push_back(argument(step, i, *e.args[i + 1], env));
  Env shown = env;
  for (std::size_t i = 0; i < step.params.size(); ++i) shown[step.params[i].local] = args[i];
  ir::Text label;
  if (step.has_shows) {
    label = text(step.shows, shown);
  } else {
    label = plain_text(step.name.text);
    for (std::size_t i = 0; i < args.size(); ++i) {
      label.pieces.push_back({i == 0 ? " " : ", ", nullptr, {}});
      if (args[i].is_place)
        label.pieces.push_back({args[i].place.name, nullptr, {}});
      else if (args[i].value.type->is_scalar())
        label.pieces.push_back({"", args[i].value.scalars[0], types_.domain(args[i].value.type)});
      else
        label.pieces.push_back({snippet(e.args[i + 1]->span), nullptr, {}});
    }
  }
  std::vector<TrapEntry> built;
  StepEnds ends;
  ends.raises = [&](Alternative a, const Stmt& raise, std::vector<Value> values) {
    if (to && raise.decl->resume) {
      diagnostics_.error(s.span,
                         fmt::format("'{}' gives no value when trap '{}' resumes after it",
                                     step.name.text, raise.decl->name.text),
                         "do not use its value, or let the trap retry");
      throw Bail();
    }
    return trap_to(std::move(a), raise, std::move(values), at, next, built);
  };
  const std::vector<Alternative> alts =
      body_of(step, args, std::move(start), ends, [&](Alternative a, Value v) {
        if (to && v.type->kind != Type::Kind::kVoid) assign(a, *to, v, s.span);
        a.body.push_back(jump(next));
        return std::vector<Alternative>{std::move(a)};
      });
  add_edges(at, step.name.text, label, alts, s.span, module_of(step));
}

void Lowering::call_fn(const Stmt& s, const Decl& fn, std::vector<Binding> args,
                       const std::optional<PlaceRef>& to, int at, int next) {
  if (!fn.has_body) {
    diagnostics_.error(s.span, fmt::format("'{}' is declared but nobody defines it", fn.name.text),
                       fmt::format("define it in the model: fn {}(...) {{ ... }}", fn.name.text));
    throw Bail();
  }
  if (++call_depth_ > 64) {
    diagnostics_.error(s.span, fmt::format("'{}' calls itself", fn.name.text),
                       "code is inlined; recursion has no end");
    call_depth_ = 0;
    throw Bail();
  }
  Env inner;
  for (std::size_t i = 0; i < fn.params.size(); ++i) inner[fn.params[i].local] = std::move(args[i]);
  const Current saved = now_;
  Frame frame{&fn, next, to, now_.frame};
  now_.frame = &frame;
  now_.break_node = now_.continue_node = -1;
  int end = next;
  if (fn.type != nullptr && fn.type->kind != Type::Kind::kVoid) {
    // Falling off the end of a function that promised a value.
    end = new_node();
    ir::Stmt fail;
    fail.kind = ir::Stmt::Kind::kFail;
    fail.span = fn.name.span;
    fail.text = plain_text(fmt::format("'{}' ended without returning a value", fn.name.text));
    silent(end, {std::move(fail)}, next);
  }
  block(fn.body, at, end, inner);
  now_ = saved;
  --call_depth_;
}

// Calls the function that a value names: a branch for each candidate.
void Lowering::call_value(const Stmt& s, const Expr& e, int at, int next, Env& env) {
  const Expr& callee = *e.args[0];
  Value f = expr(callee, env);
  const FnSort* sort = types_.fn_sort(f.type->sort);
  if (!is_local(f)) {
    const PlaceRef home = new_local(f.type, "callee");
    const int loaded = new_node();
    atomic_edge(s, at, env, [&](Alternative a) {
      assign(a, home, f, s.span);
      a.body.push_back(jump(loaded));
      return std::vector<Alternative>{std::move(a)};
    });
    f = read_place(home);
    at = loaded;
  }
  for (std::size_t m = 0; m < sort->members.size(); ++m) {
    const Decl& fn = *sort->members[m];
    std::vector<Binding> args;
    for (std::size_t i = 0; i < fn.params.size(); ++i) {
      args.push_back(argument(fn, i, *e.args[i + 1], env));
      if (!args.back().is_place && !is_local(args.back().value)) {
        diagnostics_.error(e.args[i + 1]->span,
                           "the arguments of a function value must be local here",
                           "load it into a local first: let x = ...;");
        throw Bail();
      }
    }
    const int yes = new_node();
    const int no = new_node();
    branch(at, ir::binary(Op::kEq, f.scalars[0], ir::constant(static_cast<int>(m))), yes, no,
           s.span, {});
    call_fn(s, fn, std::move(args), std::nullopt, yes, next);
    at = no;
  }
  ir::Stmt fail;
  fail.kind = ir::Stmt::Kind::kFail;
  fail.span = callee.span;
  fail.text = plain_text(fmt::format("{} names no function here", snippet(callee.span)));
  silent(at, {std::move(fail)}, next);
}

// A reference names the element that its indices select at the call, as &a[k] does in C.
int Lowering::capture_indices(const Stmt& s, PlaceRef& place, int at, const Env& env) {
  for (LeafPlace& leaf : place.leaves) {
    const ir::Variable variable = program_.variables[static_cast<std::size_t>(leaf.variable)];
    for (std::size_t i = 0; i < leaf.index.size(); ++i) {
      if (is_fixed({types_.boolean(), {leaf.index[i]}})) continue;
      const int home = new_local_scalar(variable.dims[i], "index");
      const int after = new_node();
      ir::Stmt keep;
      keep.span = s.span;
      keep.places.push_back({home, {}, ir::Order::kPlain});
      keep.values.push_back(leaf.index[i]);
      if (is_local(leaf.index[i])) {
        silent(at, {std::move(keep)}, after);
      } else {
        Alternative a;
        a.env = env;
        a.guard.push_back(ir::constant(1));
        a.body = {std::move(keep), jump(after)};
        check_accesses(a, s.span);
        add_edges(at, "index of " + place.name, plain_text("index of " + place.name), {a}, s.span,
                  now_.frame != nullptr ? module_of(*now_.frame->fn) : std::string());
      }
      leaf.index[i] = ir::read(home);
      at = after;
    }
  }
  return at;
}

void Lowering::call(const Stmt& s, const Expr& e, const std::optional<PlaceRef>& to, int at,
                    int next, Env& env) {
  const OnClause* saved_on = now_.on;
  OnClause clause;
  if (s.handler != nullptr) {
    clause = {s.decl, s.handler.get(), env, now_.on};
    now_.on = &clause;
  }
  if (e.decl == nullptr) {
    const bool method =
        e.args[0]->kind == ExprKind::kField &&
        types_.fn_sort(e.args[0]->type == nullptr ? -1 : e.args[0]->type->sort) == nullptr;
    if (method) {
      atomic_edge(s, at, env, [&](Alternative a) {
        return atomic_call(e, std::move(a), {}, [&](Alternative done, Value v) {
          if (to) assign(done, *to, v, s.span);
          done.body.push_back(jump(next));
          return std::vector<Alternative>{std::move(done)};
        });
      });
    } else {
      call_value(s, e, at, next, env);
    }
  } else if (e.decl->kind == DeclKind::kStep) {
    call_step(s, e, to, at, next, env);
  } else {
    // Arguments are evaluated at the call; what others can change is loaded in a step of its own.
    std::vector<Binding> args;
    for (std::size_t i = 0; i < e.decl->params.size(); ++i) {
      Binding b = argument(*e.decl, i, *e.args[i + 1], env);
      if (b.is_place) at = capture_indices(s, b.place, at, env);
      if (!b.is_place && is_fixed(b.value)) {
        Alternative check;
        narrow(check, b.given, e.decl->params[i].local->type, e.args[i + 1]->span);
      }
      if (!b.is_place && !is_fixed(b.value)) {
        const PlaceRef home = new_local(b.value.type, e.decl->params[i].name.text);
        const int after = new_node();
        const Value v = b.value;
        if (is_local(v)) {
          Alternative a;
          a.env = env;
          assign(a, home, v, s.span);
          silent(at, std::move(a.body), after);
        } else {
          Alternative a;
          a.env = env;
          a.guard.push_back(ir::constant(1));
          assign(a, home, v, s.span);
          a.body.push_back(jump(after));
          check_accesses(a, e.args[i + 1]->span);
          const std::string shown = "read " + snippet(e.args[i + 1]->span);
          add_edges(at, shown, plain_text(shown), {a}, s.span,
                    now_.frame != nullptr ? module_of(*now_.frame->fn) : std::string());
        }
        b.value = read_place(home);
        at = after;
      }
      args.push_back(std::move(b));
    }
    call_fn(s, *e.decl, std::move(args), to, at, next);
  }
  now_.on = saved_on;
}

void Lowering::control(const Stmt& s, int at, int next, Env& env) {
  switch (s.kind) {
    case StmtKind::kBlock:
      block(s.body, at, next, env);
      return;
    case StmtKind::kIf:
      control_if(s, at, next, env);
      return;
    case StmtKind::kWhile:
    case StmtKind::kLoop:
      control_while(s, at, next, env);
      return;
    case StmtKind::kRepeat: {
      const Current saved = now_;
      now_.break_node = next;
      const int rounds = scalar(*s.value, env)->value;
      if (rounds == 0) silent(at, {}, next);
      for (int i = 0; i < rounds; ++i) {
        const int after = i + 1 == rounds ? next : new_node();
        now_.continue_node = after;
        block(s.body, at, after, env);
        at = after;
      }
      now_ = saved;
      return;
    }
    case StmtKind::kFor:
      control_for(s, at, next, env);
      return;
    case StmtKind::kLet:
    case StmtKind::kVar:
      control_let(s, at, next, env);
      return;
    case StmtKind::kAssign:
      control_assign(s, at, next, env);
      return;
    case StmtKind::kReturn:
      control_return(s, at, env);
      return;
    case StmtKind::kBreak:
      silent(at, {}, now_.break_node);
      return;
    case StmtKind::kContinue:
      silent(at, {}, now_.continue_node);
      return;
    case StmtKind::kAwait:
      control_await(s, at, next, env);
      return;
    case StmtKind::kChoose:
    case StmtKind::kChooseAlt:
      control_choose(s, at, next, env);
      return;
    case StmtKind::kCall:
      call(s, *s.value, std::nullopt, at, next, env);
      return;
    case StmtKind::kAtomic: {
      Alternative start;
      start.env = env;
      std::vector<TrapEntry> built;
      StepEnds ends;
      ends.returns = [&](Alternative a, const std::optional<Value>& v) {
        if (v && now_.frame->destination) assign(a, *now_.frame->destination, *v, s.span);
        a.body.push_back(jump(now_.frame->return_node));
        return std::vector<Alternative>{std::move(a)};
      };
      ends.raises = [&](Alternative a, const Stmt& raise, std::vector<Value> values) {
        return trap_to(std::move(a), raise, std::move(values), at, next, built);
      };
      const std::vector<Alternative> alts =
          sequence(s.body, 0, std::move(start), ends, [&](Alternative a) {
            a.body.push_back(jump(next));
            return std::vector<Alternative>{std::move(a)};
          });
      add_edges(at, snippet(s.span), source_text(s.span, env), alts, s.span,
                now_.frame != nullptr ? module_of(*now_.frame->fn) : std::string());
      return;
    }
    case StmtKind::kEmit: {
      // Where nobody watches nothing happens.  What somebody watches is an event of its own: other
      // CPUs run before and after it.
      if (!observed(*s.decl)) {
        silent(at, {}, next);
        return;
      }
      ir::Text shown = plain_text(s.name.text);
      for (std::size_t i = 0; i < s.args.size(); ++i) {
        const Value v = expr(*s.args[i], env);
        shown.pieces.push_back({i == 0 ? " " : ", ", nullptr, {}});
        if (v.type->is_scalar()) {
          shown.pieces.push_back({"", v.scalars[0], types_.domain(v.type)});
        } else {
          shown.pieces.push_back({snippet(s.args[i]->span), nullptr, {}});
        }
      }
      Alternative start;
      start.env = env;
      const std::vector<Alternative> alts = statement(s, std::move(start), {}, [&](Alternative a) {
        a.body.push_back(jump(next));
        return std::vector<Alternative>{std::move(a)};
      });
      add_edges(at, s.name.text, shown, alts, s.span,
                now_.frame != nullptr ? module_of(*now_.frame->fn) : std::string());
      return;
    }
    case StmtKind::kFence: {
      // Nothing that another CPU could see under sc.
      Alternative a;
      a.env = env;
      a = statement(s, std::move(a), {}, [](Alternative x) {
            return std::vector<Alternative>{std::move(x)};
          }).at(0);
      silent(at, std::move(a.body), next);
      return;
    }
    case StmtKind::kAssert:
    case StmtKind::kCover: {
      ir::Stmt check = assertion(s, env);
      if (is_local(check.condition)) {
        silent(at, {std::move(check)}, next);
        return;
      }
      atomic_edge(s, at, env, [&](Alternative a) {
        a.body.push_back(check);
        a.body.push_back(jump(next));
        return std::vector<Alternative>{std::move(a)};
      });
      return;
    }
    case StmtKind::kDrop:
      atomic_edge(s, at, env, [&](Alternative a) {
        drop(a, *s.target);
        a.body.push_back(jump(next));
        return std::vector<Alternative>{std::move(a)};
      });
      return;
    case StmtKind::kRaise:
      break;
  }
  diagnostics_.error(s.span, "this cannot stand here");
  throw Bail();
}

}  // namespace stalemate::lang
