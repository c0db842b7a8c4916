#include "lang/rounds.h"

#include <algorithm>
#include <map>
#include <utility>
#include <vector>

namespace stalemate::lang {

namespace {

using ir::ExprRef;
using ir::Op;

constexpr int kMark = -2;  // no goal and no jump

// May two places be the same element?
bool overlap(const std::vector<ExprRef>& a, const std::vector<ExprRef>& b) {
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (ir::is_const(a[i]) && ir::is_const(b[i]) && a[i]->value != b[i]->value) return false;
  }
  return true;
}

struct Read {
  int variable;
  std::vector<ExprRef> index;
};

struct Write {
  int variable;
  std::vector<ExprRef> index;
  ExprRef value;  // what is written, if it is constant; what is added
  Op how;         // kConst, or the operation that adds; kRead: something else
};

struct Round {
  std::vector<Read> reads;
  std::vector<Write> writes;
};

// Two writes of one element leave the same, whichever comes last.
bool agree(const Write& a, const Write& b) {
  if (a.how != b.how || a.how == Op::kRead) return false;
  return a.how != Op::kConst || a.value->value == b.value->value;
}

class Rounds {
 public:
  Rounds(int loop, int own, const std::set<int>& keeps) : loop_(loop), own_(own), keeps_(keeps) {}

  // Follows the code of a step.  What comes after a round may stand within a branch of it.
  void walk(ir::Block& code, int round) {
    for (std::size_t i = 0; i < code.size();) {
      ir::Stmt& s = code[i];
      if (s.kind == ir::Stmt::Kind::kFence && s.goal == kMark && s.property == loop_) {
        round = s.counter;
        code.erase(code.begin() + static_cast<std::ptrdiff_t>(i));
        continue;
      }
      if (round >= 0) statement(s, rounds_[round]);
      walk(s.then_block, round);
      walk(s.else_block, round);
      ++i;
    }
  }

  int conflict() const {
    for (auto a = rounds_.begin(); a != rounds_.end(); ++a) {
      for (auto b = std::next(a); b != rounds_.end(); ++b) {
        for (const auto& [x, y] : {std::pair(&a->second, &b->second), {&b->second, &a->second}}) {
          const int variable = seen(*x, *y);
          if (variable >= 0) return variable;
        }
      }
    }
    return -1;
  }

 private:
  // The variable of which the first round sees what the second one writes, or writes otherwise.
  int seen(const Round& a, const Round& b) const {
    for (const Write& w : b.writes) {
      for (const Read& r : a.reads) {
        if (r.variable == w.variable && overlap(r.index, w.index)) return w.variable;
      }
      for (const Write& v : a.writes) {
        if (v.variable == w.variable && overlap(v.index, w.index) && !agree(v, w))
          return w.variable;
      }
    }
    return -1;
  }

  void statement(const ir::Stmt& s, Round& r) {
    if (s.condition != nullptr) expression(*s.condition, r);
    for (std::size_t i = 0; i < s.places.size(); ++i) {
      const ir::Place& p = s.places[i];
      if (p.variable >= own_ && keeps_.count(p.variable) > 0) continue;
      for (const ExprRef& x : p.index) expression(*x, r);
      Write w = write(p, s.values[i], r);
      if (p.variable < own_) r.writes.push_back(std::move(w));
    }
  }

  Write write(const ir::Place& p, const ExprRef& value, Round& r) {
    if (ir::is_const(value)) return {p.variable, p.index, value, Op::kConst};
    const bool adds = value->op == Op::kAdd || value->op == Op::kSub || value->op == Op::kOr ||
                      value->op == Op::kAnd;
    const ExprRef before = ir::read(p.variable, p.index, p.order);
    if (adds && ir::equal(value->args[0], before)) {
      for (std::size_t i = 1; i < value->args.size(); ++i) expression(*value->args[i], r);
      return {p.variable, p.index, value, value->op};
    }
    expression(*value, r);
    return {p.variable, p.index, value, Op::kRead};
  }

  void expression(const ir::Expr& e, Round& r) {
    for (const ExprRef& a : e.args) expression(*a, r);
    if (e.op == Op::kRead) r.reads.push_back({e.variable, e.args});
  }

  int loop_, own_;
  const std::set<int>& keeps_;
  std::map<int, Round> rounds_;
};

}  // namespace

ir::Stmt round_mark(int loop, int round) {
  ir::Stmt s;
  s.kind = ir::Stmt::Kind::kFence;
  s.goal = kMark;
  s.property = loop;
  s.counter = round;
  return s;
}

int take_rounds(ir::Block& code, int loop, int own, const std::set<int>& keeps) {
  Rounds rounds(loop, own, keeps);
  rounds.walk(code, -1);
  return rounds.conflict();
}

}  // namespace stalemate::lang
