#include "interp/eval.h"

#include <cstddef>
#include <cstdint>
#include <limits>
#include <utility>

namespace stalemate::interp {

namespace {

using ir::Domain;
using ir::Expr;
using ir::ExprRef;
using ir::Op;
using ir::Program;
using ir::Stmt;
using ir::Value;

// "cpu0..cpu1", "0..3", "none, new..old".
std::string domain_words(const Program& p, const Domain& domain) {
  std::string words;
  int lo = domain.lo;
  if (domain.kind == Domain::Kind::kOption && lo == ir::kNone) {
    words = "none";
    if (++lo > domain.hi) return words;
    words += ", ";
  }
  words += p.value_name(domain, lo);
  if (lo < domain.hi) words += ".." + p.value_name(domain, domain.hi);
  return words;
}

const char* sign(Op op) {
  switch (op) {
    case Op::kAdd:
      return "+";
    case Op::kSub:
      return "-";
    case Op::kMul:
      return "*";
    case Op::kDiv:
      return "/";
    default:
      return "%";
  }
}

// Evaluates expressions in one state for one choice; `where` is blamed for model errors.
class Evaluator {
 public:
  Evaluator(const Program& p, const State& s, const Choices& choices, const Span& where)
      : p_(p), s_(s), choices_(choices), where_(where) {}

  int value(const ExprRef& e) const { return value(*e); }
  bool holds(const ExprRef& e) const { return value(*e) != 0; }

  // The slot of variable[index...].
  std::size_t slot(int variable, const std::vector<ExprRef>& index) const {
    const ir::Variable& v = p_.variables[static_cast<std::size_t>(variable)];
    int offset = 0;
    for (std::size_t i = 0; i < index.size(); ++i) {
      const int at = value(*index[i]);
      if (!v.dims[i].contains(at)) fail_index(v, index, i);
      offset = offset * v.dims[i].size() + (at - v.dims[i].lo);
    }
    return static_cast<std::size_t>(v.first + offset);
  }

  // The value of `e`, which has to fit `variable`.
  Value value_for(int variable, const ExprRef& e) const {
    const ir::Variable& v = p_.variables[static_cast<std::size_t>(variable)];
    const int result = value(*e);
    if (!v.domain.contains(result)) {
      fail(v.name + ": value " + outsider(v.domain, result) + " is outside " +
           domain_words(p_, v.domain));
    }
    return static_cast<Value>(result);
  }

  std::string text(const ir::Text& t) const {
    std::string out;
    for (const ir::Text::Piece& piece : t.pieces) {
      out += piece.value ? p_.value_name(piece.domain, value(*piece.value)) : piece.literal;
    }
    return out;
  }

 private:
  int value(const Expr& e) const {
    switch (e.op) {
      case Op::kConst:
        return e.value;
      case Op::kRead:
        return s_[slot(e.variable, e.args)];
      case Op::kChoice:
        return choices_.at(static_cast<std::size_t>(e.value));
      case Op::kNot:
        return value(*e.args[0]) == 0 ? 1 : 0;
      case Op::kAnd:
        for (const ExprRef& a : e.args) {
          if (value(*a) == 0) return 0;
        }
        return 1;
      case Op::kOr:
        for (const ExprRef& a : e.args) {
          if (value(*a) != 0) return 1;
        }
        return 0;
      case Op::kIte:
        return value(value(*e.args[0]) != 0 ? *e.args[1] : *e.args[2]);
      default:
        break;
    }
    const int a = value(*e.args[0]);
    const int b = value(*e.args[1]);
    switch (e.op) {
      case Op::kEq:
        return a == b ? 1 : 0;
      case Op::kNe:
        return a != b ? 1 : 0;
      case Op::kLt:
        return a < b ? 1 : 0;
      case Op::kLe:
        return a <= b ? 1 : 0;
      default:
        return arithmetic(e.op, a, b);
    }
  }

  // Operands are 32 bits wide, so a 64 bit result is exact and only has to be checked to fit.
  int arithmetic(Op op, std::int64_t a, std::int64_t b) const {
    const auto written = [&] {
      return std::to_string(a) + " " + sign(op) + " " + std::to_string(b);
    };
    std::int64_t result = 0;
    switch (op) {
      case Op::kAdd:
        result = a + b;
        break;
      case Op::kSub:
        result = a - b;
        break;
      case Op::kMul:
        result = a * b;
        break;
      default:
        if (b == 0) fail("division by zero: " + written());
        result = op == Op::kDiv ? a / b : a % b;
    }
    if (result < std::numeric_limits<int>::min() || result > std::numeric_limits<int>::max()) {
      fail("arithmetic overflow: " + written());
    }
    return static_cast<int>(result);
  }

  // A value outside its domain.  The members of a sort are numbered from 0, so that a -1 among
  // them can only be the `none` of an optional.
  static bool is_stray_none(const Domain& domain, int value) {
    return domain.kind == Domain::Kind::kSort && value == ir::kNone;
  }
  static std::string outsider(const Domain& domain, int value) {
    return is_stray_none(domain, value) ? "none" : std::to_string(value);
  }

  [[noreturn]] void fail(const std::string& what) const { throw ModelError(what, where_); }

  // Index `bad` is outside its domain.  The later ones are evaluated only here, to be shown.
  [[noreturn]] void fail_index(const ir::Variable& v, const std::vector<ExprRef>& index,
                               std::size_t bad) const {
    std::string name = v.name;
    for (std::size_t i = 0; i < index.size(); ++i) {
      const int at = value(*index[i]);
      name += "[" + (is_stray_none(v.dims[i], at) ? "none" : p_.value_name(v.dims[i], at)) + "]";
    }
    fail(name + ": index " + outsider(v.dims[bad], value(*index[bad])) + " is outside " +
         domain_words(p_, v.dims[bad]));
  }

  const Program& p_;
  const State& s_;
  const Choices& choices_;
  const Span& where_;
};

// Executes statements on a state.
class Executor {
 public:
  Executor(const Program& p, State& s, const Choices& choices, Effects& effects,
           const std::function<void(const Stmt&)>& executed)
      : p_(p), s_(s), choices_(choices), effects_(effects), executed_(executed) {}

  // `where` is the place of whatever encloses the block, for statements that have none.
  void run(const ir::Block& block, const Span& where) {
    for (const Stmt& stmt : block) run(stmt, stmt.span ? stmt.span : where);
  }

 private:
  void run(const Stmt& stmt, const Span& where) {
    const Evaluator in(p_, s_, choices_, where);
    if (executed_) executed_(stmt);
    switch (stmt.kind) {
      case Stmt::Kind::kAssign: {
        std::vector<std::pair<std::size_t, Value>> writes;
        writes.reserve(stmt.places.size());
        for (std::size_t i = 0; i < stmt.places.size(); ++i) {
          const ir::Place& place = stmt.places[i];
          writes.emplace_back(in.slot(place.variable, place.index),
                              in.value_for(place.variable, stmt.values[i]));
        }
        for (const auto& [slot, value] : writes) s_[slot] = value;
        return;
      }
      case Stmt::Kind::kIf:
        run(in.holds(stmt.condition) ? stmt.then_block : stmt.else_block, where);
        return;
      case Stmt::Kind::kAssert:
        if (!in.holds(stmt.condition)) {
          effects_.violations.push_back({stmt.property, in.text(stmt.text)});
        }
        return;
      case Stmt::Kind::kCover:
        if (in.holds(stmt.condition)) effects_.goals.push_back(stmt.goal);
        return;
      case Stmt::Kind::kCount:
        if (in.holds(stmt.condition)) effects_.counted.push_back(stmt.counter);
        return;
      case Stmt::Kind::kFail:
        throw ModelError(in.text(stmt.text), where);
      case Stmt::Kind::kFence:
        return;  // the memory order here is sc: every access is in order
    }
  }

  const Program& p_;
  State& s_;
  const Choices& choices_;
  Effects& effects_;
  const std::function<void(const Stmt&)>& executed_;
};

const Span kNowhere;

}  // namespace

State initial_state(const Program& p) {
  State s(static_cast<std::size_t>(p.slots));
  for (const ir::Variable& v : p.variables) {
    for (std::size_t i = 0; i < v.init.size(); ++i) {
      s[static_cast<std::size_t>(v.first) + i] = v.init[i];
    }
  }
  return s;
}

int evaluate(const Program& p, const ExprRef& e, const State& s, const Choices& choices) {
  return Evaluator(p, s, choices, kNowhere).value(e);
}

void evaluate_conditions(const Program& p, const ir::Property& property, const State& s) {
  if (property.condition) evaluate(p, property.condition, s, {});
  for (const ExprRef& e : property.when) evaluate(p, e, s, {});
  for (const ir::LeadsTo& l : property.leads) {
    evaluate(p, l.from, s, {});
    evaluate(p, l.to, s, {});
  }
}

std::string render(const Program& p, const ir::Text& t, const State& s, const Choices& choices) {
  return Evaluator(p, s, choices, kNowhere).text(t);
}

bool enabled(const Program& p, const ir::Step& step, const State& s, const Choices& choices) {
  return Evaluator(p, s, choices, step.span).holds(step.guard);
}

Effects fire(const Program& p, const ir::Step& step, State& s, const Choices& choices,
             const std::function<void(const Stmt&)>& executed) {
  Effects effects;
  Executor(p, s, choices, effects, executed).run(step.body, step.span);
  return effects;
}

void for_each_choice(const ir::Step& step, const std::function<void(const Choices&)>& visit) {
  Choices choices;
  for (const ir::Choice& c : step.choices) choices.push_back(c.domain.lo);
  // Counts like an odometer: the last choice turns fastest.
  for (;;) {
    visit(choices);
    std::size_t digit = choices.size();
    for (;;) {
      if (digit == 0) return;
      --digit;
      const Domain& domain = step.choices[digit].domain;
      if (choices[digit] < domain.hi) break;
      choices[digit] = domain.lo;
    }
    ++choices[digit];
  }
}

Effects replay(const Program& p, Trace& trace) {
  State s = initial_state(p);
  trace.states.assign(1, s);
  Effects effects;
  for (std::size_t i = 0; i < trace.events.size(); ++i) {
    const Event& event = trace.events[i];
    const std::string place = "event " + std::to_string(i + 1) + ": ";
    if (event.step < 0 || static_cast<std::size_t>(event.step) >= p.steps.size()) {
      throw ModelError(place + "there is no step " + std::to_string(event.step), kNowhere);
    }
    const ir::Step& step = p.steps[static_cast<std::size_t>(event.step)];
    bool fits = event.choices.size() == step.choices.size();
    for (std::size_t c = 0; fits && c < event.choices.size(); ++c) {
      fits = step.choices[c].domain.contains(event.choices[c]);
    }
    if (!fits) throw ModelError(place + step.name + " has no such choice", step.span);
    if (!enabled(p, step, s, event.choices)) {
      throw ModelError(place + step.name + " is not enabled", step.span);
    }
    effects = fire(p, step, s, event.choices);
    trace.states.push_back(s);
  }
  return effects;
}

}  // namespace stalemate::interp
