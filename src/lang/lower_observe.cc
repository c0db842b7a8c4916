// What watches the program: assertions, properties, goals, hooks.
#include <fmt/format.h>

#include <algorithm>

#include "lang/lowering.h"

namespace stalemate::lang {

using ir::ExprRef;

ir::Stmt cover(int goal, ExprRef condition, const Span& span) {
  ir::Stmt s;
  s.kind = ir::Stmt::Kind::kCover;
  s.condition = std::move(condition);
  s.goal = goal;
  s.span = span;
  return s;
}

ir::Stmt Lowering::assertion(const Stmt& s, const Env& env) {
  ir::Stmt out;
  out.kind = s.kind == StmtKind::kAssert ? ir::Stmt::Kind::kAssert : ir::Stmt::Kind::kCover;
  out.span = s.span;
  out.condition = scalar(*s.value, env);
  if (s.kind == StmtKind::kAssert) {
    out.property = assertions_;
    out.text = s.text.pieces.empty() ? plain_text(snippet(s.value->span) + " does not hold")
                                     : text(s.text, env);
  } else {
    // The same statement on several CPUs is one goal; so are named covers of one name.
    const std::string key = s.name.text.empty() ? s.span.where() : s.name.text;
    const auto [it, fresh] = goal_of_.emplace(key, static_cast<int>(program_.goals.size()));
    if (fresh) {
      const std::string name =
          s.name.text.empty() ? fmt::format("{} ({})", snippet(s.value->span), short_place(s.span))
                              : key;
      ir::Goal& goal = program_.goals.emplace_back();
      goal.name = name;
      goal.required = s.name.text.empty();
    }
    out.goal = it->second;
  }
  return out;
}

// "expect reaches STEP": the step was taken, by itself or as part of another.
void Lowering::reach(ir::Block& body, const Decl& d) const {
  const auto it = reach_.find(&d);
  if (it == reach_.end()) return;
  body.push_back(cover(it->second, ir::constant(1), {}));
}

// Does an active property or goal watch this event?
bool Lowering::observed(const Decl& event) const {
  if (bounded(event)) return true;
  return std::any_of(active_properties_.begin(), active_properties_.end(), [&](const Decl* d) {
    return std::any_of(d->observers.begin(), d->observers.end(),
                       [&](const Observer& o) { return o.decl == &event; });
  });
}

// Ghost code of the properties that watch this event.
void Lowering::observe(Alternative& alt, const Decl& event, const std::vector<Binding>& args,
                       const std::optional<Value>& result) {
  // Ghosts are invisible to guards: what only observes must not forbid the step to wait after it.
  const bool wrote = alt.wrote;
  // The names that an observer gives to the arguments and the result.
  const auto bound = [&](const Observer& o) {
    Env env = alt.env;
    for (std::size_t i = 0; i < o.locals.size() && i < args.size(); ++i) env[o.locals[i]] = args[i];
    if (o.result_local != nullptr && result) {
      Binding b;
      b.value = *result;
      env[o.result_local] = std::move(b);
    }
    return env;
  };
  const ir::Order saved_access = now_.access;
  now_.access = ir::Order::kObserve;
  for (const Decl* d : active_properties_) {
    for (const Observer& o : d->observers) {
      if (o.decl != &event) continue;
      const Env saved = alt.env;
      alt.env = bound(o);
      const int saved_assertions = assertions_;
      if (d->kind == DeclKind::kGoal) {
        alt.body.push_back(cover(goal_of_.at(d->name.text), scalar(*d->value, alt.env), o.span));
      } else {
        assertions_ = property_of_.at(d);
        if (const auto w = watch_of_.find(&o); w != watch_of_.end()) {
          alt.body.push_back(cover(w->second, ir::constant(1), o.span));
          now_.watch = w->second + 1;
        }
        // Observers neither wait nor choose: exactly one alternative comes back.
        alt = sequence(o.body, 0, std::move(alt), {}, [](Alternative a) {
                return std::vector<Alternative>{std::move(a)};
              }).at(0);
        now_.watch = -1;
      }
      assertions_ = saved_assertions;
      alt.env = saved;
    }
  }
  count(alt, event, bound);
  now_.access = saved_access;
  alt.wrote = wrote;
}

// Code of the machine library that runs at every exception entry or return.
void Lowering::hook(Alternative& alt, const std::string& which) {
  for (const Decl* d : checked_.hooks) {
    if (d->name.text != which) continue;
    const Env saved = alt.env;
    const std::size_t guards = alt.guard.size();
    const std::size_t choices = alt.choices.size();
    std::vector<Alternative> out = sequence(d->body, 0, std::move(alt), {}, [](Alternative a) {
      return std::vector<Alternative>{std::move(a)};
    });
    if (out.size() != 1 || out[0].guard.size() != guards || out[0].choices.size() != choices) {
      diagnostics_.error(d->name.span, fmt::format("'{}' cannot wait or choose", which),
                         "an exception is taken whatever the hook does");
      throw Bail();
    }
    alt = std::move(out[0]);
    alt.env = saved;
  }
}

}  // namespace stalemate::lang
