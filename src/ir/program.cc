// State layout and footprints.
// Tested by tests/unit/ir/footprint_test.cc.
#include <algorithm>
#include <limits>

#include "ir/ir.h"

namespace stalemate::ir {

namespace {

struct Interval {
  long lo = std::numeric_limits<long>::min();
  long hi = std::numeric_limits<long>::max();
};

// Values that an expression can have; everything when that takes more than a look at domains.
Interval interval(const Program& p, const Expr& e, const std::vector<Choice>& choices) {
  switch (e.op) {
    case Op::kConst: return {e.value, e.value};
    case Op::kRead: {
      const Domain& d = p.variables.at(static_cast<std::size_t>(e.variable)).domain;
      return {d.lo, d.hi};
    }
    case Op::kChoice: {
      const Domain& d = choices.at(static_cast<std::size_t>(e.value)).domain;
      return {d.lo, d.hi};
    }
    case Op::kIte: {
      const Interval a = interval(p, *e.args[1], choices);
      const Interval b = interval(p, *e.args[2], choices);
      return {std::min(a.lo, b.lo), std::max(a.hi, b.hi)};
    }
    case Op::kNot:
    case Op::kAnd:
    case Op::kOr:
    case Op::kEq:
    case Op::kNe:
    case Op::kLt:
    case Op::kLe: return {0, 1};
    case Op::kAdd:
    case Op::kSub:
    case Op::kMul:
    case Op::kDiv:
    case Op::kMod: break;
  }
  return {};
}

void sort_unique(std::vector<int>& v) {
  std::sort(v.begin(), v.end());
  v.erase(std::unique(v.begin(), v.end()), v.end());
}

class FootprintBuilder {
 public:
  FootprintBuilder(const Program& p, const Step& step) : p_(p), step_(step) {}

  Footprint build() {
    reads(*step_.guard);
    block(step_.body);
    sort_unique(out_.reads);
    sort_unique(out_.writes);
    return std::move(out_);
  }

 private:
  void add(int variable, const std::vector<ExprRef>& index, std::vector<int>& slots) {
    add_slots(p_, variable, index, step_.choices, slots);
    // Many reads of one array with computed indices would pile up copies of all its elements.
    if (slots.size() > 1024 + 4 * static_cast<std::size_t>(p_.slots)) sort_unique(slots);
  }

  void reads(const Expr& e) {
    if (e.op == Op::kRead) add(e.variable, e.args, out_.reads);
    for (const ExprRef& a : e.args) reads(*a);
  }

  void block(const Block& b) {
    for (const Stmt& s : b) {
      for (const Place& place : s.places) {
        add(place.variable, place.index, out_.writes);
        for (const ExprRef& i : place.index) reads(*i);
      }
      for (const ExprRef& v : s.values) reads(*v);
      if (s.condition) reads(*s.condition);
      block(s.then_block);
      block(s.else_block);
    }
  }

  const Program& p_;
  const Step& step_;
  Footprint out_;
};

}  // namespace

int Variable::elements() const {
  int n = 1;
  for (const Domain& d : dims) n *= d.size();
  return n;
}

void Program::finish() {
  slots = 0;
  for (Variable& v : variables) {
    v.first = slots;
    slots += v.elements();
  }
  for (Step& s : steps) s.footprint = FootprintBuilder(*this, s).build();
}

const Variable& Program::variable_at(int slot) const {
  const auto after = std::upper_bound(variables.begin(), variables.end(), slot,
                                      [](int s, const Variable& v) { return s < v.first; });
  return *(after - 1);
}

std::string Program::slot_name(int slot) const {
  const Variable& v = variable_at(slot);
  int rest = slot - v.first;
  std::string index;
  for (auto d = v.dims.rbegin(); d != v.dims.rend(); ++d) {
    index.insert(0, "[" + value_name(*d, d->lo + rest % d->size()) + "]");
    rest /= d->size();
  }
  return v.name + index;
}

std::string Program::value_name(const Domain& domain, int value) const {
  if (domain.kind == Domain::Kind::kBool && domain.contains(value)) {
    return value != 0 ? "true" : "false";
  }
  if (domain.kind == Domain::Kind::kOption && value == kNone) return "none";
  if (domain.sort >= 0 && value >= 0) {
    const Sort& s = sorts.at(static_cast<std::size_t>(domain.sort));
    if (static_cast<std::size_t>(value) < s.members.size()) {
      return s.members[static_cast<std::size_t>(value)];
    }
  }
  return std::to_string(value);
}

bool any_turn(const Program& p, const std::vector<int>& goals) {
  return std::any_of(goals.begin(), goals.end(), [&](int g) {
    return p.goals[static_cast<std::size_t>(g)].kind == Goal::Kind::kTurn;
  });
}

void add_slots(const Program& p, int variable, const std::vector<ExprRef>& index,
               const std::vector<Choice>& choices, std::vector<int>& slots) {
  const Variable& v = p.variables.at(static_cast<std::size_t>(variable));
  // Offsets of the elements that the indices so far can select, in ascending order.
  std::vector<int> offsets{0};
  for (std::size_t i = 0; i < v.dims.size(); ++i) {
    const Domain& d = v.dims[i];
    const Interval range = interval(p, *index.at(i), choices);
    const long lo = std::max<long>(range.lo, d.lo) - d.lo;
    const long hi = std::min<long>(range.hi, d.hi) - d.lo;
    std::vector<int> next;
    for (const int o : offsets) {
      for (long x = lo; x <= hi; ++x) next.push_back(o * d.size() + static_cast<int>(x));
    }
    offsets = std::move(next);
  }
  for (const int o : offsets) slots.push_back(v.first + o);
}

}  // namespace stalemate::ir
