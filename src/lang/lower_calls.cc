// Calls of steps and functions, and the traps that steps take.
#include <fmt/format.h>

#include <algorithm>

#include "lang/lowering.h"

namespace stalemate::lang {

namespace {

using ir::ExprRef;
using ir::Op;

}  // namespace

// Control from a step that traps into the handler, and back.
std::vector<Alternative> Lowering::trap_to(Alternative alt, const Stmt& step, const Stmt& raise,
                                           std::vector<Value> args, int retry, int resume,
                                           std::vector<TrapEntry>& built) {
  const Decl& trap = *raise.decl;
  const OnClause* clause = now_.on;
  while (clause != nullptr && clause->trap != &trap) clause = clause->outer;
  if (clause == nullptr && !trap.has_body) {
    std::string from;
    for (const Frame* f = now_.frame; f != nullptr; f = f->caller) {
      if (f->call) from += fmt::format(", in the call at {}", f->call.where());
    }
    diagnostics_.error(step.span, fmt::format("nobody handles trap '{}' here", trap.name.text),
                       fmt::format("call the step with 'on {} handler();', or give the trap a "
                                   "body; it is raised at {}{}",
                                   trap.name.text, raise.span.where(), from));
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
    now_.frame = clause->frame;  // it is code of the caller, whoever raises
    control(*clause->handler, entry, exit, handler_env);
  } else {
    Frame frame{&trap, exit, std::nullopt, {}, now_.frame};
    now_.frame = &frame;
    block(trap.body, entry, exit, handler_env);
  }
  Alternative back;
  back.body.push_back(mask);
  back.body.back().values[0] = now_.were_on;
  now_ = saved;
  hook(back, "exception_return");
  return_from(trap, entry, exit, std::move(back), trap.resume ? resume : retry);
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
    return trap_to(std::move(a), s, raise, std::move(values), at, next, built);
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
  if (CallCount counts = call_count(fn); !counts.enter.empty()) {
    const int begin = new_node();
    const int exit = new_node();
    silent(at, std::move(counts.enter), begin);
    silent(exit, std::move(counts.leave), next);
    at = begin;
    next = exit;
    now_.inside.insert(&fn);
  }
  Frame frame{&fn, next, to, s.span, now_.frame};
  // A place of the same type checks for itself what is stored in it.
  if (to && fn.type != nullptr && fn.type != to->type)
    frame.destination->through.push_back(fn.type);
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
    // Where the function is known, the others are not looked at: the arguments need not suit them.
    const ir::Expr& known = *f.scalars[0];
    if (known.op == Op::kConst && known.value != static_cast<int>(m)) continue;
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
    int yes = new_node();
    const int no = new_node();
    branch(at, ir::binary(Op::kEq, f.scalars[0], ir::constant(static_cast<int>(m))), yes, no,
           s.span, {});
    for (std::size_t i = 0; i < args.size(); ++i) {
      // A local that never changes is as good as a copy of it.
      const bool keep = reads_changeable(args[i].value);
      yes = take_argument(s, fn.params[i], *e.args[i + 1], args[i], keep, yes, env);
    }
    call_fn(s, fn, std::move(args), std::nullopt, yes, next);
    at = no;
  }
  ir::Stmt fail;
  fail.kind = ir::Stmt::Kind::kFail;
  fail.span = callee.span;
  fail.text = plain_text(fmt::format("{} names no function here", snippet(callee.span)));
  silent(at, {std::move(fail)}, next);
}

// Evaluates an argument at the call.  `keep`: what the function is given must not change with what
// it is read from.  Gives the node at which the code goes on.
int Lowering::take_argument(const Stmt& s, const Param& param, const Expr& e, Binding& b, bool keep,
                            int at, const Env& env) {
  if (!keep) {
    Alternative check;
    narrow(check, b.given, param.local->type, e.span);
    if (check.body.empty()) return at;
    const int after = new_node();
    silent(at, std::move(check.body), after);
    return after;
  }
  const PlaceRef home = new_local(b.value.type, param.name.text);
  const int after = new_node();
  Alternative a;
  a.env = env;
  if (is_local(b.value)) {
    assign(a, home, b.given, s.span);
    silent(at, std::move(a.body), after);
  } else {
    a.guard.push_back(ir::constant(1));
    assign(a, home, b.given, s.span);
    a.body.push_back(jump(after));
    check_accesses(a, e.span);
    const std::string shown = "read " + snippet(e.span);
    add_edges(at, shown, plain_text(shown), {a}, s.span, module_here());
  }
  b.value = read_place(home);
  return after;
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
                  module_here());
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
    clause = {s.decl, s.handler.get(), env, now_.on, now_.frame};
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
      if (!b.is_place) {
        const bool keep = !is_fixed(b.value);
        at = take_argument(s, e.decl->params[i], *e.args[i + 1], b, keep, at, env);
      }
      args.push_back(std::move(b));
    }
    call_fn(s, *e.decl, std::move(args), to, at, next);
  }
  now_.on = saved_on;
}

}  // namespace stalemate::lang
