#include "engine/possible.h"

#include <algorithm>
#include <bit>
#include <cstddef>
#include <limits>
#include <optional>
#include <utility>

#include "engine/operators.h"

namespace stalemate::engine {

namespace {

using ir::Expr;
using ir::ExprRef;
using ir::Op;

// Bits of the values lo .. hi, which are within -1 .. 62.
std::uint64_t window(int lo, int hi) {
  const int count = hi - lo + 1;
  const std::uint64_t ones = count == 64 ? ~std::uint64_t{0} : (std::uint64_t{1} << count) - 1;
  return ones << (lo + 1);
}

}  // namespace

ValueSet::ValueSet(int lo, int hi) : lo_(lo), hi_(hi) {
  if (!empty() && exact()) bits_ = window(lo, hi);
}

bool ValueSet::meets(const ValueSet& other) const {
  if (empty() || other.empty() || hi_ < other.lo_ || other.hi_ < lo_) return false;
  return !exact() || !other.exact() || (bits_ & other.bits_) != 0;
}

bool ValueSet::add(const ValueSet& other) {
  if (other.empty()) return false;
  if (empty()) {
    *this = other;
    return true;
  }
  const ValueSet before = *this;
  lo_ = std::min(lo_, other.lo_);
  hi_ = std::max(hi_, other.hi_);
  bits_ = exact() ? bits_ | other.bits_ : 0;
  return lo_ != before.lo_ || hi_ != before.hi_ || bits_ != before.bits_;
}

void ValueSet::clip(int lo, int hi) {
  const bool known = !empty() && exact();
  lo = std::max(lo, lo_);
  hi = std::min(hi, hi_);
  if (!known || lo > hi) {
    *this = lo > hi ? ValueSet() : ValueSet(lo, hi);
    return;
  }
  bits_ &= window(lo, hi);
  if (bits_ == 0) {
    *this = ValueSet();
    return;
  }
  lo_ = std::countr_zero(bits_) - 1;
  hi_ = 62 - std::countl_zero(bits_);
}

namespace {

// Runs all steps on sets instead of values, again and again, until no set grows.  Only executions
// without a model error matter, for an erroneous one changes no state.
class Fixpoint {
 public:
  explicit Fixpoint(const ir::Program& p)
      : p_(p), sets_(static_cast<std::size_t>(p.slots)), stale_(p.steps.size(), 1) {
    for (const ir::Variable& v : p.variables) {
      for (std::size_t i = 0; i < v.init.size(); ++i) {
        sets_[static_cast<std::size_t>(v.first) + i] = ValueSet::one(v.init[i]);
      }
    }
    index_readers();
  }

  // Ends, since sets only grow: an exact one at most 64 times, an interval only by constants,
  // choices and other sets, arithmetic on sets being everything at once.
  std::vector<ValueSet> run() {
    for (bool again = true; again;) {
      again = false;
      for (std::size_t i = 0; i < p_.steps.size(); ++i) {
        if (stale_[i] == 0) continue;
        stale_[i] = 0;
        again = true;
        step_ = &p_.steps[i];
        if (values(*step_->guard).may_hold()) block(step_->body);
      }
    }
    return std::move(sets_);
  }

 private:
  void index_readers() {
    const auto slots = static_cast<std::size_t>(p_.slots);
    first_reader_.assign(slots + 1, 0);
    for (const ir::Step& s : p_.steps) {
      for (const int slot : s.footprint.reads) ++first_reader_[static_cast<std::size_t>(slot) + 1];
    }
    for (std::size_t i = 0; i < slots; ++i) first_reader_[i + 1] += first_reader_[i];
    readers_.resize(first_reader_[slots]);
    std::vector<std::uint32_t> next = first_reader_;
    for (std::size_t i = 0; i < p_.steps.size(); ++i) {
      for (const int slot : p_.steps[i].footprint.reads) {
        readers_[next[static_cast<std::size_t>(slot)]++] = static_cast<std::uint32_t>(i);
      }
    }
  }

  void add(std::size_t slot, const ValueSet& values) {
    if (!sets_[slot].add(values)) return;
    for (std::uint32_t r = first_reader_[slot]; r < first_reader_[slot + 1]; ++r) {
      stale_[readers_[r]] = 1;
    }
  }

  void block(const ir::Block& statements) {
    for (const ir::Stmt& s : statements) {
      if (s.kind == ir::Stmt::Kind::kIf) {
        const ValueSet condition = values(*s.condition);
        if (condition.may_hold()) block(s.then_block);
        if (condition.contains(0)) block(s.else_block);
      } else if (s.kind == ir::Stmt::Kind::kAssign) {
        for (std::size_t i = 0; i < s.places.size(); ++i) assign(s.places[i], *s.values[i]);
      }
    }
  }

  void assign(const ir::Place& place, const Expr& value) {
    const ir::Domain& domain = variable(place.variable).domain;
    ValueSet assigned = values(value);
    assigned.clip(domain.lo, domain.hi);  // anything else is a model error
    if (assigned.empty()) return;
    for_each_element(place.variable, place.index, [&](std::size_t slot) { add(slot, assigned); });
  }

  const ir::Variable& variable(int v) const { return p_.variables[static_cast<std::size_t>(v)]; }

  // Calls `visit` for every slot that these indices may select.
  template <typename Visit>
  void for_each_element(int v, const std::vector<ExprRef>& index, const Visit& visit) {
    select(variable(v), index, 0, 0, visit);
  }
  template <typename Visit>
  void select(const ir::Variable& v, const std::vector<ExprRef>& index, std::size_t dim, int offset,
              const Visit& visit) {
    if (dim == index.size()) {
      visit(static_cast<std::size_t>(v.first + offset));
      return;
    }
    const ir::Domain& d = v.dims[dim];
    ValueSet at = values(*index[dim]);
    at.clip(d.lo, d.hi);
    for (int x = at.lo(); x <= at.hi(); ++x) {
      if (at.contains(x)) select(v, index, dim + 1, offset * d.size() + (x - d.lo), visit);
    }
  }

  static ValueSet truth(bool may_be_false, bool may_be_true) {
    if (!may_be_false && !may_be_true) return {};
    return {may_be_false ? 0 : 1, may_be_true ? 1 : 0};
  }

  ValueSet values(const Expr& e) {
    switch (e.op) {
      case Op::kConst:
        return ValueSet::one(e.value);
      case Op::kRead: {
        ValueSet all;
        for_each_element(e.variable, e.args, [&](std::size_t slot) { all.add(sets_[slot]); });
        return all;
      }
      case Op::kChoice: {
        const ir::Domain& d = step_->choices[static_cast<std::size_t>(e.value)].domain;
        return {d.lo, d.hi};
      }
      case Op::kNot: {
        const ValueSet a = values(*e.args[0]);
        return truth(a.may_hold(), a.contains(0));
      }
      case Op::kAnd:
      case Op::kOr: {
        // Goes on while the terms so far may all be neutral; each may decide.
        const bool is_or = e.op == Op::kOr;
        bool decided = false;
        for (const ExprRef& term : e.args) {
          const ValueSet a = values(*term);
          decided |= is_or ? a.may_hold() : a.contains(0);
          const bool goes_on = is_or ? a.contains(0) : a.may_hold();
          if (!goes_on) return is_or ? truth(false, decided) : truth(decided, false);
        }
        return is_or ? truth(true, decided) : truth(decided, true);
      }
      case Op::kIte: {
        const ValueSet condition = values(*e.args[0]);
        ValueSet all;
        if (condition.may_hold()) all.add(values(*e.args[1]));
        if (condition.contains(0)) all.add(values(*e.args[2]));
        return all;
      }
      default:
        return binary(e.op, values(*e.args[0]), values(*e.args[1]));
    }
  }

  static ValueSet binary(Op op, const ValueSet& a, const ValueSet& b) {
    if (a.empty() || b.empty()) return {};
    const bool same = a.single() && b.single() && a.lo() == b.lo();
    switch (op) {
      case Op::kEq:
        return truth(!same, a.meets(b));
      case Op::kNe:
        return truth(a.meets(b), !same);
      case Op::kLt:
        return truth(a.hi() >= b.lo(), a.lo() < b.hi());
      case Op::kLe:
        return truth(a.hi() > b.lo(), a.lo() <= b.hi());
      default:
        break;
    }
    if (!a.single() || !b.single()) {
      return {std::numeric_limits<int>::min(), std::numeric_limits<int>::max()};
    }
    const std::optional<int> result = arithmetic(op, a.lo(), b.lo());
    return result ? ValueSet::one(*result) : ValueSet();
  }

  const ir::Program& p_;
  std::vector<ValueSet> sets_;               // per slot
  std::vector<char> stale_;                  // per step: something it reads has grown
  std::vector<std::uint32_t> first_reader_;  // per slot, in readers_
  std::vector<std::uint32_t> readers_;       // steps
  const ir::Step* step_ = nullptr;           // being run
};

}  // namespace

std::vector<ValueSet> possible_values(const ir::Program& p) { return Fixpoint(p).run(); }

}  // namespace stalemate::engine
