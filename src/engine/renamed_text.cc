#include "engine/renamed_text.h"

#include <algorithm>
#include <climits>
#include <cstddef>
#include <map>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "engine/split.h"

namespace stalemate::engine {

namespace {

using ir::Expr;
using ir::ExprRef;
using ir::Op;

std::size_t at(int i) { return static_cast<std::size_t>(i); }

// Is a value a member of the sort that is renamed?
enum class Type : std::uint8_t { kOther, kMember, kEither };  // kEither: a constant

class Writer {
 public:
  struct Mixed {};  // thrown where members meet something else

  Writer(const ir::Program& p, const Renaming& renaming, const std::vector<int>& scratch = {})
      : p_(p), renaming_(renaming), scratch_(scratch) {}

  std::string text(const ir::Step& s) {
    choices_ = &s.choices;
    std::string out = text(*s.guard, Type::kOther);
    block(s.body, out);
    return out;
  }

  std::string text(const Expr& e, Type expected) {
    const Type own = type(e);
    if (own != Type::kEither && own != expected) throw Mixed{};
    switch (e.op) {
      case Op::kConst: {
        const bool member =
            expected == Type::kMember && e.value >= 0 && at(e.value) < renaming_.member.size();
        return std::to_string(member ? renaming_.member[at(e.value)] : e.value);
      }
      case Op::kRead:
        return place(e.variable, e.args);
      case Op::kChoice:
        return "choice" + std::to_string(e.value);
      case Op::kIte:
        return call(e.op, {text(*e.args[0], Type::kOther), text(*e.args[1], expected),
                           text(*e.args[2], expected)});
      case Op::kEq:
      case Op::kNe: {
        const Type both = joint(*e.args[0], *e.args[1]);
        std::vector<std::string> args{text(*e.args[0], both), text(*e.args[1], both)};
        std::sort(args.begin(), args.end());
        return call(e.op, std::move(args));
      }
      case Op::kAnd:
      case Op::kOr: {
        std::vector<std::string> terms;
        add_terms(e, e.op, terms);
        // Which term decides makes a difference only to whether another is a model error.
        if (faults(e)) {
          std::sort(terms.begin(), terms.end());
          terms.erase(std::unique(terms.begin(), terms.end()), terms.end());
        }
        return call(e.op, std::move(terms));
      }
      default: {
        std::vector<std::string> args;
        for (const ExprRef& a : e.args) args.push_back(text(*a, Type::kOther));
        return call(e.op, std::move(args));
      }
    }
  }

 private:
  Type type(const ir::Domain& d) const {
    return d.sort == renaming_.sort ? Type::kMember : Type::kOther;
  }
  Type type(const Expr& e) const {
    switch (e.op) {
      case Op::kConst:
        return Type::kEither;
      case Op::kRead:
        return type(p_.variables[at(e.variable)].domain);
      case Op::kChoice:
        return type(choices_->at(at(e.value)).domain);
      case Op::kIte:
        return joint(*e.args[1], *e.args[2], Type::kEither);
      default:
        return Type::kOther;
    }
  }
  Type joint(const Expr& a, const Expr& b, Type constants = Type::kOther) const {
    if (const Type t = type(a); t != Type::kEither) return t;
    if (const Type t = type(b); t != Type::kEither) return t;
    return constants;
  }

  // Conditions of which each makes the expression a model error, and nothing else does; nothing:
  // it may depend on more.
  using Faults = std::optional<std::set<std::string>>;
  Faults faults(const Expr& e) {
    std::set<std::string> all;
    const auto add = [&](const Faults& more) {
      if (more) all.insert(more->begin(), more->end());
      return more.has_value();
    };
    switch (e.op) {
      case Op::kAdd:
      case Op::kSub:
      case Op::kMul:
        if (!interval(e)) return std::nullopt;
        break;
      case Op::kDiv:
      case Op::kMod:
        return may_fail(e) ? std::nullopt : Faults(all);
      case Op::kIte: {
        if (!add(faults(*e.args[0]))) return std::nullopt;
        const Faults yes = faults(*e.args[1]), no = faults(*e.args[2]);
        return yes == no && add(yes) ? Faults(all) : std::nullopt;
      }
      case Op::kAnd:
      case Op::kOr: {
        // The first term is evaluated; where it is none, no other is a fault.
        if (e.args.empty()) return all;
        const Faults first = faults(*e.args[0]);
        const bool same = first && std::all_of(e.args.begin(), e.args.end(), [&](const ExprRef& a) {
                            return faults(*a) == first;
                          });
        return same ? first : std::nullopt;
      }
      case Op::kRead: {
        const ir::Variable& v = p_.variables[at(e.variable)];
        for (std::size_t i = 0; i < e.args.size(); ++i) {
          if (!add(faults(*e.args[i]))) return std::nullopt;
          if (!within(*e.args[i], v.dims[i])) {
            all.insert(std::to_string(v.dims[i].lo) + " " + std::to_string(v.dims[i].hi) + " " +
                       text(*e.args[i], type(v.dims[i])));
          }
        }
        return all;
      }
      default:
        break;
    }
    return std::all_of(e.args.begin(), e.args.end(),
                       [&](const ExprRef& a) { return add(faults(*a)); })
               ? Faults(all)
               : std::nullopt;
  }
  // Where the values of an expression are, by the domains of what it reads; nothing: a sum,
  // difference or product may be no number that there is, which is a model error.
  struct Interval {
    long long lo = 0, hi = 1;
  };
  std::optional<Interval> interval(const Expr& e) const {
    const auto of = [&](std::size_t i) { return interval(*e.args[i]); };
    switch (e.op) {
      case Op::kConst:
        return Interval{e.value, e.value};
      case Op::kRead:
        return of_domain(p_.variables[at(e.variable)].domain);
      case Op::kChoice:
        return of_domain(choices_->at(at(e.value)).domain);
      case Op::kIte: {
        const auto a = of(1), b = of(2);
        if (!a || !b) return std::nullopt;
        return Interval{std::min(a->lo, b->lo), std::max(a->hi, b->hi)};
      }
      case Op::kAdd:
      case Op::kSub:
      case Op::kMul: {
        const auto a = of(0), b = of(1);
        if (!a || !b) return std::nullopt;
        if (e.op == Op::kAdd) return limited({a->lo + b->lo, a->hi + b->hi});
        if (e.op == Op::kSub) return limited({a->lo - b->hi, a->hi - b->lo});
        const auto [lo, hi] =
            std::minmax({a->lo * b->lo, a->lo * b->hi, a->hi * b->lo, a->hi * b->hi});
        return limited({lo, hi});
      }
      case Op::kDiv:
      case Op::kMod:
        return std::nullopt;
      default:
        return Interval{};  // conditions
    }
  }
  static Interval of_domain(const ir::Domain& d) { return {d.lo, d.hi}; }
  static std::optional<Interval> limited(Interval i) {
    if (i.lo < INT_MIN || i.hi > INT_MAX) return std::nullopt;
    return i;
  }
  bool within(const Expr& e, const ir::Domain& d) const {
    if (e.op == Op::kConst) return d.contains(e.value);
    const ir::Domain* own = nullptr;
    if (e.op == Op::kRead) own = &p_.variables[at(e.variable)].domain;
    if (e.op == Op::kChoice) own = &choices_->at(at(e.value)).domain;
    return own != nullptr && d.contains(own->lo) && d.contains(own->hi);
  }

  void add_terms(const Expr& e, Op op, std::vector<std::string>& terms) {
    for (const ExprRef& a : e.args) {
      if (a->op == op) {
        add_terms(*a, op, terms);
      } else {
        terms.push_back(text(*a, Type::kOther));
      }
    }
  }

  static std::string call(Op op, std::vector<std::string> args) {
    std::string out = "(" + std::to_string(static_cast<int>(op));
    for (const std::string& a : args) out += " " + a;
    return out + ")";
  }

  std::string place(int variable, const std::vector<ExprRef>& index) {
    const ir::Variable& v = p_.variables[at(variable)];
    if (std::find(scratch_.begin(), scratch_.end(), variable) != scratch_.end()) {
      return own(variable);
    }
    const ir::Variable& to = p_.variable_at(renaming_.slot[at(v.first)]);
    std::string out = "v" + std::to_string(to.first);
    for (std::size_t i = 0; i < index.size(); ++i) {
      out += "[" + text(*index[i], type(v.dims[i])) + "]";
    }
    return out;
  }

  // A variable of this step alone: which one, what it may hold, and what it holds before.
  std::string own(int variable) {
    const ir::Variable& v = p_.variables[at(variable)];
    const std::size_t number = own_.try_emplace(variable, own_.size()).first->second;
    return "own" + std::to_string(number) + ":" + std::to_string(v.domain.sort) + ":" +
           std::to_string(v.domain.lo) + ":" + std::to_string(v.domain.hi) + ":" +
           std::to_string(v.init.front());
  }

  // Slots that a statement reads and writes, whatever it decides.
  struct Touched {
    std::set<int> reads, writes;

    bool apart(const Touched& other) const {
      return disjoint(writes, other.reads) && disjoint(writes, other.writes) &&
             disjoint(reads, other.writes);
    }
    static bool disjoint(const std::set<int>& a, const std::set<int>& b) {
      return std::none_of(a.begin(), a.end(), [&](int slot) { return b.count(slot) != 0; });
    }
  };
  void add_slots(int variable, const std::vector<ExprRef>& index, std::set<int>& to) const {
    std::vector<int> slots;
    ir::add_slots(p_, variable, index, *choices_, slots);
    to.insert(slots.begin(), slots.end());
  }
  void add_reads(const Expr& e, Touched& t) const {
    if (e.op == Op::kRead) add_slots(e.variable, e.args, t.reads);
    for (const ExprRef& a : e.args) add_reads(*a, t);
  }
  void add_touched(const ir::Stmt& s, Touched& t) const {
    for (const ir::Place& to : s.places) {
      add_slots(to.variable, to.index, t.writes);
      for (const ExprRef& i : to.index) add_reads(*i, t);
    }
    for (const ExprRef& v : s.values) add_reads(*v, t);
    if (s.condition) add_reads(*s.condition, t);
    for (const ir::Text::Piece& piece : s.text.pieces) {
      if (piece.value) add_reads(*piece.value, t);
    }
    for (const ir::Stmt& inner : s.then_block) add_touched(inner, t);
    for (const ir::Stmt& inner : s.else_block) add_touched(inner, t);
  }

  // Next comes the least of the statements that may be done before all that are left.
  void block(const ir::Block& b, std::string& out) {
    struct Item {
      std::string text;
      Touched touched;
    };
    std::vector<Item> left;
    for (const ir::Stmt& s : b) {
      if (s.kind == ir::Stmt::Kind::kFence) continue;
      Item& item = left.emplace_back();
      statement(s, item.text);
      add_touched(s, item.touched);
    }
    out += "{";
    while (!left.empty()) {
      auto next = left.begin();
      for (auto i = left.begin() + 1; i != left.end(); ++i) {
        if (i->text < next->text && std::all_of(left.begin(), i, [&](const Item& before) {
              return before.touched.apart(i->touched);
            })) {
          next = i;
        }
      }
      out += next->text;
      left.erase(next);
    }
    out += "}";
  }

  void statement(const ir::Stmt& s, std::string& out) {
    out += "s" + std::to_string(static_cast<int>(s.kind)) + " " + std::to_string(s.property) + " " +
           std::to_string(s.goal) + " ";
    if (s.condition) out += text(*s.condition, Type::kOther);
    if (s.kind == ir::Stmt::Kind::kAssign) assignment(s, out);
    for (const ir::Text::Piece& piece : s.text.pieces) {  // may be a model error
      if (piece.value) out += text(*piece.value, joint(*piece.value, *piece.value));
    }
    if (s.kind == ir::Stmt::Kind::kIf) {
      block(s.then_block, out);
      block(s.else_block, out);
    }
  }

  // Places that are known and written once may stand in any order.
  void assignment(const ir::Stmt& s, std::string& out) {
    std::vector<std::string> all;
    std::set<std::string> places;
    bool known = true;
    for (std::size_t i = 0; i < s.places.size(); ++i) {
      const ir::Place& to = s.places[i];
      const std::string name = place(to.variable, to.index);
      known = known && places.insert(name).second &&
              std::all_of(to.index.begin(), to.index.end(),
                          [](const ExprRef& e) { return ir::is_const(e); });
      all.push_back(name + "=" + text(*s.values[i], type(p_.variables[at(to.variable)].domain)));
    }
    if (known) std::sort(all.begin(), all.end());
    for (const std::string& a : all) out += a + ";";
  }

  const ir::Program& p_;
  const Renaming& renaming_;
  const std::vector<ir::Choice>* choices_ = nullptr;
  const std::vector<int>& scratch_;
  std::map<int, std::size_t> own_;  // per variable of the step: which one it is
};

}  // namespace

std::optional<std::string> renamed_text(const ir::Program& p, const ir::Step& step,
                                        const Renaming& renaming, const std::vector<int>& scratch) {
  try {
    return Writer(p, renaming, scratch).text(step);
  } catch (const Writer::Mixed&) {
    return std::nullopt;
  }
}

std::optional<std::string> renamed_text(const ir::Program& p, const ir::ExprRef& condition,
                                        const Renaming& renaming) {
  try {
    return Writer(p, renaming).text(*condition, Type::kOther);
  } catch (const Writer::Mixed&) {
    return std::nullopt;
  }
}

}  // namespace stalemate::engine
