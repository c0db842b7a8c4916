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
    e.waits = a.waits;
    e.module = module;
    e.span = span;
    for (const Frame* f = now_.frame; f != nullptr; f = f->caller) {
      if (f->call) e.calls.push_back(f->call);
    }
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
  add_edges(at, snippet(s.span), source_text(s.span, env), alts, s.span, module_here());
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
  add_edges(at, static_text(shown), shown, {a}, span, module_here());
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
  branch(at, c, node_of_arm(s.body, name_of_if(s), yes), node_of_arm(s.other, name_of_else(s), no),
         s.value->span, prefixed("if ", source_text(s.value->span, env)));
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
    const std::string name = fmt::format("while ({})", snippet(s.value->span));
    branch(test, c, node_of_arm(s.body, name, body), next, s.value->span,
           prefixed("while ", source_text(s.value->span, env)));
    block(s.body, body, back, env);
  }
  now_ = saved;
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
      add_edges(at, shown, plain_text(shown), {a}, s.span, module_here());
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
      silent(at, std::move(check.body), next);
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
    const ir::Block mark = arm(option, name_of_alternative(option));
    for (Edge& e : entry_edges(start, start, s.span)) {
      e.body.insert(e.body.begin(), mark.begin(), mark.end());
      edges.push_back(std::move(e));
    }
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
    if (!ir::is_const(a.guard.back(), 1)) a.waits = s.label.text;
    a.body.push_back(jump(next));
    return std::vector<Alternative>{std::move(a)};
  });
  nodes_[static_cast<std::size_t>(at)].rest = s.rest;
  if (nodes_[static_cast<std::size_t>(at)].name.empty())
    nodes_[static_cast<std::size_t>(at)].name = snippet(s.span);
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
        return trap_to(std::move(a), s, raise, std::move(values), at, next, built);
      };
      const std::vector<Alternative> alts =
          sequence(s.body, 0, std::move(start), ends, [&](Alternative a) {
            a.body.push_back(jump(next));
            return std::vector<Alternative>{std::move(a)};
          });
      add_edges(at, snippet(s.span), source_text(s.span, env), alts, s.span, module_here());
      return;
    }
    case StmtKind::kEmit: {
      // Where nobody watches nothing happens.  What somebody watches is an event of its own: other
      // CPUs run before and after it.
      if (!observed(*s.decl)) {
        Alternative a;
        a.env = env;
        if (counted(*s.decl)) {
          a = statement(s, std::move(a), {}, [](Alternative x) {
                return std::vector<Alternative>{std::move(x)};
              }).at(0);
        }
        silent(at, std::move(a.body), next);
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
      add_edges(at, s.name.text, shown, alts, s.span, module_here());
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
      const ir::Block checks = judged(s, env);
      if (is_local(checks.back().condition)) {
        silent(at, checks, next);
        return;
      }
      atomic_edge(s, at, env, [&](Alternative a) {
        a.body = checks;
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
