// Atomic code: the body of a step, an atomic block, a rule, an observer.
//
// Before the first write, `await`, `use` and `choose` split the code into alternatives, each with
// choices and a guard over the state before the step.  After it only plain code may follow: the
// step is committed.  Written in continuation-passing style: what comes after a statement is
// lowered once for each alternative.
#include <fmt/format.h>

#include <algorithm>

#include "ir/check.h"
#include "lang/lowering.h"
#include "lang/rounds.h"

namespace stalemate::lang {

namespace {

using ir::ExprRef;
using ir::Op;

// Does this code decide whether or how the step happens?  A call does when what it calls does; its
// `return` is its own affair.
bool has_control(const Stmt& s, bool own_return = true, int depth = 0) {
  const auto any = [&](const std::vector<StmtPtr>& list, bool returns, int deep) {
    return std::any_of(list.begin(), list.end(),
                       [&](const StmtPtr& x) { return has_control(*x, returns, deep); });
  };
  switch (s.kind) {
    case StmtKind::kReturn:
      if (own_return) return true;
      break;
    case StmtKind::kRaise:
    case StmtKind::kAwait:
    case StmtKind::kChoose:
    case StmtKind::kChooseAlt:
      return true;
    default:
      break;
  }
  const Expr* e = s.value.get();
  if (e != nullptr && e->kind == ExprKind::kNot) e = e->args[0].get();
  if (e != nullptr && e->kind == ExprKind::kUse) return true;
  if (e != nullptr && e->kind == ExprKind::kCall && e->decl != nullptr) {
    // Deeper than this it is recursion, which is refused elsewhere.
    if (depth > 64 || any(e->decl->body, false, depth + 1)) return true;
  }
  return any(s.body, own_return, depth) || any(s.other, own_return, depth);
}

void collect_reads(const ExprRef& e, std::set<int>& out) {
  if (e->op == Op::kRead) out.insert(e->variable);
  for (const ExprRef& a : e->args) collect_reads(a, out);
}

void add_reads_of(const Binding& b, std::set<int>& out) {
  for (const ExprRef& e : b.value.scalars) collect_reads(e, out);
  for (const LeafPlace& leaf : b.place.leaves) {
    for (const ExprRef& e : leaf.index) collect_reads(e, out);
  }
}

}  // namespace

std::vector<Alternative> Lowering::sequence(const Stmts& list, std::size_t i, Alternative alt,
                                            const StepEnds& ends, const Continuation& then) {
  if (i == list.size()) return then(std::move(alt));
  // What follows is lowered inside this call, once for each alternative.
  spend(1 + static_cast<long>(alt.env.size() + alt.body.size()), list[i]->span);
  if (statement_depth_ > kMaxStepLength) {
    diagnostics_.error(list[i]->span,
                       fmt::format("a step of more than {} statements", kMaxStepLength),
                       "loops in a step are unrolled; split the step");
    throw Bail();
  }
  const Deeper deeper{statement_depth_};
  std::vector<Alternative> out = statement(*list[i], std::move(alt), ends, [&](Alternative next) {
    return sequence(list, i + 1, std::move(next), ends, then);
  });
  if (out.size() > kMaxAlternatives) {
    diagnostics_.error(list[i]->span,
                       fmt::format("a step with more than {} alternatives", kMaxAlternatives),
                       "each choice multiplies them; split the step");
    throw Bail();
  }
  return out;
}

void Lowering::add_guard(Alternative& alt, const ExprRef& g, const Span& span) {
  if (ir::is_const(g, 1)) return;
  std::set<int> reads;
  collect_reads(g, reads);
  for (const int v : reads) {
    const ir::Space space = program_.variables[static_cast<std::size_t>(v)].space;
    alt.relies_on_copy = alt.relies_on_copy || space == ir::Space::kCopy;
  }
  if (alt.wrote) {
    diagnostics_.error(span, "a step cannot wait after its first write",
                       "what it waits for comes first; or split the step");
    throw Bail();
  }
  alt.guard.push_back(before_fills(alt, g));
}

// One word says what the whole step waits for.
void Lowering::label(Alternative& alt, const Name& name) {
  if (name.text.empty()) return;
  if (!alt.waits.empty() && alt.waits != name.text) {
    diagnostics_.error(
        name.span, fmt::format("this step waits for {} already", alt.waits),
        "a step has one label: give all that it waits for the same one, or split the step");
    throw Bail();
  }
  alt.waits = name.text;
}

// Values that names stand for must not change when what they were read from is written.
void Lowering::protect_aliases(Alternative& alt, const std::set<int>& written) {
  protect_aliases(alt, [&](int v) { return written.count(v) > 0; });
}

// Before code whose writes are not known yet: whatever can change at all counts as written.
void Lowering::protect_all_aliases(Alternative& alt) {
  protect_aliases(alt, [&](int v) { return changeable(v); });
}

bool Lowering::changeable(int variable) const {
  const ir::Space space = program_.variables[static_cast<std::size_t>(variable)].space;
  if (is_witness(variable)) return false;
  return space != ir::Space::kLocal || mutable_locals_.count(variable) > 0;
}

bool Lowering::reads_changeable(const Value& v) const {
  std::set<int> reads;
  for (const ExprRef& e : v.scalars) collect_reads(e, reads);
  return std::any_of(reads.begin(), reads.end(),
                     [&](int variable) { return changeable(variable); });
}

void Lowering::protect_aliases(Alternative& alt, const std::function<bool(int)>& written) {
  for (auto& [local, binding] : alt.env) {
    if (binding.is_place) {
      protect_indices(alt, binding.place, written);
      continue;
    }
    std::set<int> reads;
    for (const ExprRef& e : binding.value.scalars) collect_reads(e, reads);
    const bool touched = std::any_of(reads.begin(), reads.end(), written);
    if (!touched) continue;
    const PlaceRef temp = new_local(binding.value.type, local->name);
    ir::Stmt s;
    s.span = local->span;
    const Value kept = read_place(temp);
    for (std::size_t k = 0; k < kept.scalars.size(); ++k) {
      s.places.push_back({kept.scalars[k]->variable, kept.scalars[k]->args, ir::Order::kPlain});
      s.values.push_back(binding.value.scalars[k]);
    }
    alt.body.push_back(std::move(s));
    alt.wrote = true;
    binding.value = kept;
  }
}

// The element that a reference names is the one it named when it was made.
void Lowering::protect_indices(Alternative& alt, PlaceRef& place,
                               const std::function<bool(int)>& written) {
  for (LeafPlace& leaf : place.leaves) {
    const ir::Variable& v = program_.variables[static_cast<std::size_t>(leaf.variable)];
    for (std::size_t i = 0; i < leaf.index.size(); ++i) {
      std::set<int> reads;
      collect_reads(leaf.index[i], reads);
      if (std::none_of(reads.begin(), reads.end(), written)) continue;
      const int home = new_local_scalar(v.dims[i], "index");
      ir::Stmt keep;
      keep.places.push_back({home, {}, ir::Order::kPlain});
      keep.values.push_back(leaf.index[i]);
      alt.body.push_back(std::move(keep));
      alt.wrote = true;
      leaf.index[i] = ir::read(home);
    }
  }
}

void Lowering::assign(Alternative& alt, const PlaceRef& to, const Value& v, const Span& span) {
  const Value targets = read_place(to);
  const Value from = converted(v, to.type);
  std::set<int> written;
  for (const LeafPlace& l : to.leaves) written.insert(l.variable);
  for (const Type* type : to.through) narrow(alt, v, type, span);
  if (to.type->kind == Type::Kind::kSort && v.type->kind == Type::Kind::kOption) {
    narrow(alt, v, to.type, span);
  } else {
    require_members(alt, to, v, span);
  }
  ir::Stmt s;
  s.span = span;
  for (std::size_t i = 0; i < targets.scalars.size(); ++i) {
    s.places.push_back(
        {targets.scalars[i]->variable, targets.scalars[i]->args, targets.scalars[i]->order});
    s.values.push_back(from.scalars.at(i));
  }
  protect_aliases(alt, written);
  // The value itself may be read from an alias that was just protected; both forms are equal here.
  alt.body.push_back(std::move(s));
  alt.wrote = true;
}

void Lowering::drop(Alternative& alt, const Expr& target) {
  const Decl& cache = *target.decl;
  const int held = copy_variable(cache);
  std::vector<const Expr*> index;
  for (const Expr* cell = &target; cell->kind == ExprKind::kIndex; cell = cell->args[0].get()) {
    index.insert(index.begin(), cell->args[1].get());
  }
  const std::vector<ir::Domain> dims = program_.variables[static_cast<std::size_t>(held)].dims;
  ir::Stmt s;
  s.span = target.span;
  std::vector<ExprRef> at;
  const std::function<void(std::size_t)> each = [&](std::size_t d) {
    if (d == dims.size()) {
      s.places.push_back({held, at, ir::Order::kPlain});
      s.values.push_back(ir::constant(0));
      return;
    }
    if (d < index.size() && index[d]->kind != ExprKind::kStar) {
      at.push_back(scalar(*index[d], alt.env));
      each(d + 1);
      at.pop_back();
      return;
    }
    for (int v = dims[d].lo; v <= dims[d].hi; ++v) {
      at.push_back(ir::constant(v));
      each(d + 1);
      at.pop_back();
    }
  };
  each(0);
  protect_aliases(alt, std::set<int>{held});
  alt.body.push_back(std::move(s));
  alt.wrote = true;
}

std::vector<Alternative> Lowering::atomic_if(const Stmt& s, Alternative alt, const StepEnds& ends,
                                             const Continuation& then) {
  const bool negated = s.value->kind == ExprKind::kNot;
  const Expr& condition = negated ? *s.value->args[0] : *s.value;
  if (is_code_call(condition)) {
    return atomic_call(condition, std::move(alt), ends, [&](Alternative a, const Value& v) {
      const ExprRef c = v.scalars.at(0);
      return atomic_branch(s, negated ? ir::negate(c) : c, std::move(a), ends, then);
    });
  }
  const ExprRef c = scalar(*s.value, alt.env);
  return atomic_branch(s, c, std::move(alt), ends, then);
}

std::vector<Alternative> Lowering::atomic_branch(const Stmt& s, const ExprRef& c, Alternative alt,
                                                 const StepEnds& ends, const Continuation& then) {
  if (ir::is_const(c))
    return sequence(c->value != 0 ? s.body : s.other, 0, std::move(alt), ends, then);
  const bool control = has_control(s);
  const ir::Block to_yes = arm(s.body, name_of_if(s));
  const ir::Block to_no = arm(s.other, name_of_else(s));
  if (control && !alt.wrote) {
    Alternative no = alt;
    const ExprRef before = before_fills(alt, c);
    alt.guard.push_back(before);
    alt.body.insert(alt.body.end(), to_yes.begin(), to_yes.end());
    no.guard.push_back(ir::negate(before));
    no.body.insert(no.body.end(), to_no.begin(), to_no.end());
    std::vector<Alternative> out = sequence(s.body, 0, std::move(alt), ends, then);
    for (Alternative& a : sequence(s.other, 0, std::move(no), ends, then))
      out.push_back(std::move(a));
    return out;
  }
  // Names bound before the branch keep their values in both arms.
  protect_all_aliases(alt);
  const auto lowered = [&](const Stmts& list, const ir::Block& mark) {
    Alternative inner = alt;
    inner.body = mark;
    inner.wrote = true;
    // With control inside, the rest of the step belongs to each arm.
    std::vector<Alternative> done = sequence(
        list, 0, std::move(inner), ends,
        control ? then : [](Alternative a) { return std::vector<Alternative>{std::move(a)}; });
    if (done.size() != 1 || done[0].guard.size() != alt.guard.size() ||
        done[0].choices.size() != alt.choices.size()) {
      diagnostics_.error(s.span, "a step cannot choose after its first write",
                         "choices come first; or split the step");
      throw Bail();
    }
    return std::move(done[0]);
  };
  Alternative yes = lowered(s.body, to_yes);
  Alternative no = lowered(s.other, to_no);
  ir::Stmt branch;
  branch.kind = ir::Stmt::Kind::kIf;
  branch.span = s.span;
  branch.condition = c;
  branch.then_block = std::move(yes.body);
  branch.else_block = std::move(no.body);
  alt.wrote = true;
  alt.body.push_back(std::move(branch));
  if (control) return {std::move(alt)};
  return then(std::move(alt));
}

std::vector<Alternative> Lowering::atomic_for(const Stmt& s, Alternative alt, const StepEnds& ends,
                                              const Continuation& then) {
  Value set = expr(*s.value, alt.env);
  if (set.scalars.empty()) return then(std::move(alt));
  const ir::Domain domain = types_.domain(set.type->element);
  if (!is_fixed(set)) {
    // The set is read once, when the loop starts.
    const PlaceRef once = new_local(set.type, s.name.text + ".set");
    assign(alt, once, set, s.span);
    set = read_place(once);
  }
  // Rounds in ascending order: nobody can tell, which is checked below.
  const int loop = ++loops_in_steps_;
  const int own = static_cast<int>(program_.variables.size());
  std::vector<const Local*> before;
  for (const auto& [local, binding] : alt.env) before.push_back(local);
  std::set<int> keeps;  // what a `let` before the loop was, and is no longer
  const std::function<std::vector<Alternative>(int, Alternative)> round =
      [&](int i, Alternative a) -> std::vector<Alternative> {
    a.body.push_back(round_mark(loop, i > domain.hi ? -1 : i));
    if (i > domain.hi) {
      for (const Local* local : before) add_reads_of(a.env.at(local), keeps);
      return then(std::move(a));
    }
    const ExprRef member = set.scalars[static_cast<std::size_t>(i - domain.lo)];
    Binding b;
    b.value = {s.local->type, {ir::constant(i)}};
    a.env[s.local] = std::move(b);
    if (ir::is_const(member, 0)) return round(i + 1, std::move(a));
    if (ir::is_const(member, 1)) {
      return sequence(s.body, 0, std::move(a), ends,
                      [&, i](Alternative x) { return round(i + 1, std::move(x)); });
    }
    if (std::any_of(s.body.begin(), s.body.end(),
                    [](const StmtPtr& x) { return has_control(*x); })) {
      diagnostics_.error(s.span, "in a step, the rounds of this loop must be known",
                         "loop over a constant set and test membership with 'if'");
      throw Bail();
    }
    protect_all_aliases(a);
    Alternative inner = a;
    inner.body.clear();
    std::vector<Alternative> done = sequence(s.body, 0, std::move(inner), ends, [](Alternative x) {
      return std::vector<Alternative>{std::move(x)};
    });
    if (done.size() != 1 || done[0].guard.size() != a.guard.size() ||
        done[0].choices.size() != a.choices.size()) {
      diagnostics_.error(s.span, "in a step, the rounds of this loop must be known",
                         "loop over a constant set and test membership with 'if'");
      throw Bail();
    }
    inner = std::move(done[0]);
    ir::Stmt branch;
    branch.kind = ir::Stmt::Kind::kIf;
    branch.span = s.span;
    branch.condition = member;
    branch.then_block = std::move(inner.body);
    a.wrote = true;
    a.body.push_back(std::move(branch));
    return round(i + 1, std::move(a));
  };
  std::vector<Alternative> out = round(domain.lo, std::move(alt));
  for (Alternative& a : out) {
    const int seen = take_rounds(a.body, loop, own, keeps);
    if (seen < 0 || s.ascending) continue;
    diagnostics_.error(
        s.span,
        fmt::format("the order of these rounds can be seen: one reads what another one writes, or "
                    "they write different values ({})",
                    program_.variables[static_cast<std::size_t>(seen)].name),
        "in a step they have one order: say 'ascending' if it is that one, or choose a member");
    throw Bail();
  }
  return out;
}

std::vector<Alternative> Lowering::atomic_choose(const Stmt& s, Alternative alt,
                                                 const Continuation& then) {
  Binding b;
  b.value.type = s.local->type;
  for (const Leaf& l : types_.leaves(s.local->type)) {
    b.value.scalars.push_back(ir::choice(static_cast<int>(alt.choices.size())));
    chosen_[b.value.scalars.back()] = l.domain;
    alt.choices.push_back({fresh_choice(s.name.text + l.path, alt.choices), l.domain});
  }
  long combinations = 1;
  for (const ir::Choice& c : alt.choices)
    combinations = std::min(combinations * c.domain.size(), ir::kMaxChoices + 1);
  if (combinations > ir::kMaxChoices) {
    diagnostics_.error(
        s.span, fmt::format("a step has more than {} combinations of choices", ir::kMaxChoices),
        "choose from a smaller type, or in several steps");
    throw Bail();
  }
  alt.env[s.local] = std::move(b);
  if (s.value != nullptr) add_guard(alt, scalar(*s.value, alt.env), s.value->span);
  return then(std::move(alt));
}

std::vector<Alternative> Lowering::atomic_rhs(
    const Expr& e, Alternative alt, const StepEnds& ends,
    const std::function<std::vector<Alternative>(Alternative, Value)>& then) {
  if (e.kind == ExprKind::kUse) return atomic_use(e, std::move(alt), then);
  if (e.kind == ExprKind::kCall && (e.decl == nullptr || e.decl->kind != DeclKind::kDef)) {
    return atomic_call(e, std::move(alt), ends, then);
  }
  Value v = expr(e, alt.env);
  return then(std::move(alt), std::move(v));
}

Binding Lowering::argument(const Decl& callee, std::size_t i, const Expr& e, const Env& env) {
  Binding b;
  const Param& p = callee.params[i];
  if (p.ref) {
    b.is_place = true;
    b.place = *place(e, env);
  } else {
    b.given = expr(e, env);
    b.value = converted(b.given, p.local->type);
  }
  return b;
}

std::vector<Alternative> Lowering::body_of(
    const Decl& d, const std::vector<Binding>& args, Alternative alt, const StepEnds& ends,
    const std::function<std::vector<Alternative>(Alternative, Value)>& then) {
  const Env saved = alt.env;
  for (std::size_t i = 0; i < d.params.size(); ++i) alt.env[d.params[i].local] = args[i];
  if (++call_depth_ > 64) {
    diagnostics_.error(d.name.span, fmt::format("'{}' calls itself", d.name.text),
                       "code is inlined; recursion has no end");
    call_depth_ = 0;
    throw Bail();
  }
  if (d.kind == DeclKind::kStep) reach(alt.body, d);
  for (std::size_t i = 0; i < d.params.size(); ++i) {
    if (!args[i].is_place)
      narrow(alt, args[i].given, d.params[i].local->type, d.params[i].name.span);
  }
  const CallCount counts = d.kind == DeclKind::kFn ? call_count(d) : CallCount();
  const bool counting = !counts.enter.empty();
  alt.body.insert(alt.body.end(), counts.enter.begin(), counts.enter.end());
  if (counting) now_.inside.insert(&d);
  // What comes after the call, or takes it over when it traps, is not in it.
  const auto outside = [&](Alternative& a, const auto& then) {
    if (counting) now_.inside.erase(&d);
    a.body.insert(a.body.end(), counts.leave.begin(), counts.leave.end());
    std::vector<Alternative> out = then();
    if (counting) now_.inside.insert(&d);
    return out;
  };
  const auto leave = [&](Alternative a, std::optional<Value> result) {
    if (result) narrow(a, *result, d.type, d.name.span);
    if (result) result = converted(*result, d.type);
    std::vector<Binding> now;
    for (const Param& p : d.params) now.push_back(a.env.at(p.local));
    if (d.kind == DeclKind::kStep) observe(a, d, now, result);
    // Locals of the caller come back; those that were protected meanwhile keep their new home.
    Env outer;
    for (const auto& [local, binding] : saved)
      outer[local] = a.env.count(local) > 0 ? a.env.at(local) : binding;
    a.env = std::move(outer);
    // What follows the call is not part of it.
    --call_depth_;
    std::vector<Alternative> out = outside(a, [&] {
      return then(std::move(a), result ? *result : Value{types_.void_type(), {}});
    });
    ++call_depth_;
    return out;
  };
  StepEnds inner = ends;
  inner.returns = leave;
  if (counting && ends.raises) {
    inner.raises = [&](Alternative a, const Stmt& raise, std::vector<Value> values) {
      return outside(a, [&] { return ends.raises(std::move(a), raise, std::move(values)); });
    };
  }
  std::vector<Alternative> out = sequence(d.body, 0, std::move(alt), inner, [&](Alternative a) {
    if (d.type != nullptr && d.type->kind != Type::Kind::kVoid) {
      diagnostics_.error(d.name.span,
                         fmt::format("'{}' may end without returning a value", d.name.text));
      throw Bail();
    }
    return leave(std::move(a), std::nullopt);
  });
  if (counting) now_.inside.erase(&d);
  --call_depth_;
  return out;
}

std::vector<Alternative> Lowering::atomic_call(
    const Expr& call, Alternative alt, const StepEnds& ends,
    const std::function<std::vector<Alternative>(Alternative, Value)>& then) {
  const Expr& callee = *call.args[0];
  if (call.decl != nullptr) {
    if (call.decl->kind == DeclKind::kFn && !call.decl->has_body) {
      diagnostics_.error(
          call.span, fmt::format("'{}' is declared but nobody defines it", call.decl->name.text));
      throw Bail();
    }
    std::vector<Binding> args;
    for (std::size_t i = 0; i < call.decl->params.size(); ++i)
      args.push_back(argument(*call.decl, i, *call.args[i + 1], alt.env));
    return body_of(*call.decl, args, std::move(alt), ends, then);
  }
  if (callee.kind == ExprKind::kField) {
    const Expr& base = *callee.args[0];
    const auto p = place(base, alt.env);
    const std::string& method = callee.name.text;
    if (p && p->type->kind == Type::Kind::kSet && (method == "add" || method == "remove")) {
      const ExprRef i = scalar(*call.args[1], alt.env);
      assign(alt, index_place(*p, i, ""),
             {types_.boolean(), {ir::constant(method == "add" ? 1 : 0)}}, call.span);
      return then(std::move(alt), {types_.void_type(), {}});
    }
    if (p && p->type->kind == Type::Kind::kQueue && (method == "push" || method == "pop")) {
      const PlaceRef len = field_place(*p, "len", types_.boolean());
      const PlaceRef slots = field_place(*p, "at", p->type);
      const ExprRef n = read_place(len).scalars.at(0);
      const int capacity = static_cast<int>(p->type->hi);
      const bool push = method == "push";
      ir::Stmt check;
      check.kind = ir::Stmt::Kind::kIf;
      check.span = call.span;
      check.condition = ir::binary(Op::kEq, n, ir::constant(push ? capacity : 0));
      ir::Stmt fail;
      fail.kind = ir::Stmt::Kind::kFail;
      fail.span = call.span;
      fail.text = plain_text(fmt::format(
          "queue {} is {}", p->name,
          push ? fmt::format("full ({} elements): wait until it is not, or enlarge it", capacity)
               : "empty"));
      check.then_block.push_back(std::move(fail));
      alt.body.push_back(std::move(check));
      alt.wrote = true;
      if (push) {
        const Value v = expr(*call.args[1], alt.env);
        assign(alt, index_place(slots, n, ""), v, call.span);
        assign(alt, len, {types_.boolean(), {ir::binary(Op::kAdd, n, ir::constant(1))}}, call.span);
        return then(std::move(alt), {types_.void_type(), {}});
      }
      // The front is kept aside, the rest moves up: equal contents are equal states.
      const Value front = read_place(index_place(slots, ir::constant(0), "0"));
      const PlaceRef temp = new_local(p->type->element, "front");
      assign(alt, temp, front, call.span);
      for (int i = 0; i < capacity; ++i) {
        const Value next = i + 1 < capacity
                               ? read_place(index_place(slots, ir::constant(i + 1), ""))
                               : zero(p->type->element);
        assign(alt, index_place(slots, ir::constant(i), ""), next, call.span);
      }
      assign(alt, len, {types_.boolean(), {ir::binary(Op::kSub, n, ir::constant(1))}}, call.span);
      return then(std::move(alt), read_place(temp));
    }
  }
  diagnostics_.error(call.span, "a function value cannot be called inside a step",
                     "call it from a fn or a thread");
  throw Bail();
}

std::vector<Alternative> Lowering::statement(const Stmt& s, Alternative alt, const StepEnds& ends,
                                             const Continuation& then) {
  if (s.handler != nullptr) {
    diagnostics_.error(s.trap.span, "a step cannot handle a trap",
                       "this fn is called from a step; the handler runs after the step that traps");
    throw Bail();
  }
  switch (s.kind) {
    case StmtKind::kBlock:
    case StmtKind::kAtomic:
      return sequence(s.body, 0, std::move(alt), ends, then);
    case StmtKind::kIf:
      return atomic_if(s, std::move(alt), ends, then);
    case StmtKind::kFor:
      return atomic_for(s, std::move(alt), ends, then);
    case StmtKind::kRepeat: {
      std::vector<Alternative> alts{std::move(alt)};
      const std::function<std::vector<Alternative>(long, Alternative)> round = [&](long i,
                                                                                   Alternative a) {
        if (i == 0) return then(std::move(a));
        return sequence(s.body, 0, std::move(a), ends,
                        [&, i](Alternative x) { return round(i - 1, std::move(x)); });
      };
      return round(scalar(*s.value, alts[0].env)->value, std::move(alts[0]));
    }
    case StmtKind::kChoose:
      return atomic_choose(s, std::move(alt), then);
    case StmtKind::kChooseAlt: {
      if (alt.wrote) {
        diagnostics_.error(s.span, "a step cannot choose after its first write",
                           "choices come first; or split the step");
        throw Bail();
      }
      std::vector<Alternative> out;
      for (const Stmts& option : s.alternatives) {
        Alternative begin = alt;
        for (ir::Stmt& x : arm(option, name_of_alternative(option)))
          begin.body.push_back(std::move(x));
        for (Alternative& a : sequence(option, 0, std::move(begin), ends, then)) {
          out.push_back(std::move(a));
        }
      }
      return out;
    }
    case StmtKind::kAwait: {
      const ExprRef g = scalar(*s.value, alt.env);
      if (ir::is_const(g, 0)) return {};  // never goes on: what follows need not make sense
      add_guard(alt, g, s.value->span);
      if (!ir::is_const(g, 1)) label(alt, s.label);
      return then(std::move(alt));
    }
    case StmtKind::kLet:
    case StmtKind::kVar: {
      const auto bind = [&](Alternative a, Value v) {
        // The home of a `var` checks what is stored in it.
        if (s.kind == StmtKind::kLet || v.type != s.local->type)
          narrow(a, v, s.local->type, s.span);
        v = converted(std::move(v), s.local->type);
        Binding b;
        if (s.kind == StmtKind::kVar) {
          b.is_place = true;
          b.place = new_local(s.local->type, s.name.text);
          for (const LeafPlace& l : b.place.leaves) mutable_locals_.insert(l.variable);
          assign(a, b.place, v, s.span);
        } else {
          b.value = std::move(v);
        }
        a.env[s.local] = std::move(b);
        return then(std::move(a));
      };
      if (s.value == nullptr) return bind(std::move(alt), zero(s.local->type));
      return atomic_rhs(*s.value, std::move(alt), ends, bind);
    }
    case StmtKind::kAssign:
      return atomic_rhs(*s.value, std::move(alt), ends, [&](Alternative a, Value v) {
        assign(a, *place(*s.target, a.env), v, s.span);
        return then(std::move(a));
      });
    case StmtKind::kCall:
      return atomic_call(*s.value, std::move(alt), ends,
                         [&](Alternative a, const Value&) { return then(std::move(a)); });
    case StmtKind::kReturn:
      if (s.value == nullptr) return ends.returns(std::move(alt), std::nullopt);
      return atomic_rhs(*s.value, std::move(alt), ends, [&](Alternative a, Value v) {
        return ends.returns(std::move(a), std::move(v));
      });
    case StmtKind::kRaise: {
      std::vector<Value> args;
      for (std::size_t i = 0; i < s.args.size(); ++i) {
        const Type* type = s.decl->params[i].local->type;
        Value given = expr(*s.args[i], alt.env);
        narrow(alt, given, type, s.args[i]->span);
        args.push_back(converted(std::move(given), type));
      }
      if (!ends.raises) {
        diagnostics_.error(s.span, "nothing here can take a trap",
                           "only a step that a thread or a handler executes can raise one");
        throw Bail();
      }
      return ends.raises(std::move(alt), s, std::move(args));
    }
    case StmtKind::kEmit: {
      std::vector<Binding> args;
      for (std::size_t i = 0; i < s.args.size(); ++i) {
        args.push_back(argument(*s.decl, i, *s.args[i], alt.env));
        if (!args.back().is_place && (observed(*s.decl) || counted(*s.decl))) {
          narrow(alt, args.back().given, s.decl->params[i].local->type, s.args[i]->span);
        }
      }
      observe(alt, *s.decl, args, std::nullopt);
      return then(std::move(alt));
    }
    case StmtKind::kDrop:
      drop(alt, *s.target);
      return then(std::move(alt));
    case StmtKind::kAssert:
    case StmtKind::kCover:
      for (ir::Stmt& x : judged(s, alt.env)) alt.body.push_back(std::move(x));
      return then(std::move(alt));
    case StmtKind::kFence: {
      ir::Stmt f;
      f.kind = ir::Stmt::Kind::kFence;
      f.fence = s.name.text;
      f.span = s.span;
      alt.body.push_back(std::move(f));
      return then(std::move(alt));
    }
    case StmtKind::kWhile:
    case StmtKind::kLoop:
    case StmtKind::kBreak:
    case StmtKind::kContinue:
      break;
  }
  diagnostics_.error(s.span, "this cannot stand in a step");
  throw Bail();
}

}  // namespace stalemate::lang
