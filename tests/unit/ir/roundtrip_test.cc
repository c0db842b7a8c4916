// dump() and parse() are inverse to each other, whatever the names.
#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <sstream>

#include "fixture.h"
#include "ir/dump.h"
#include "ir/parse.h"

namespace stalemate::ir {
namespace {

void expect_round_trip(const Program& p) {
  ASSERT_EQ(validate(p), std::vector<std::string>{});
  const std::string text = dump(p);
  const Program again = must_parse(text);
  EXPECT_EQ(describe(again), describe(p)) << text;
  EXPECT_EQ(dump(again), text);
  EXPECT_EQ(fingerprint(again), fingerprint(p));
}

TEST(RoundTrip, Models) {
  for (const char* name : {"icache.ir", "tso.ir", "swtlb.ir"}) {
    SCOPED_TRACE(name);
    expect_round_trip(must_parse(model_text(name)));
  }
}

TEST(RoundTrip, LinesStayWithinTheWidth) {
  for (const char* name : {"icache.ir", "tso.ir", "swtlb.ir"}) {
    std::istringstream lines(dump(must_parse(model_text(name))));
    for (std::string line; std::getline(lines, line);) EXPECT_LE(line.size(), 100U) << line;
  }
}

TEST(RoundTrip, TextIsStable) {
  const std::string text =
      R"((ir 1 (model "forms") (machine armv7) (memory sc weak) (bounds "two CPUs"))

(sort cpu symmetric (cpu0 cpu1))
(sort version (old new))

(var "pte present" (version) bool mem (location 0 1) (init false true) (display "P{0}"))
(var held (cpu version) bool copy)
(var pc (range 0 2) control)
(var tmp (option (range 0 3)) local (process user cpu1) (init 3))

(process user cpu1 nmi (level 2) (control pc) (locations a (b final) (c final rest)))

(cache icache held (index 1) single)

(property safe asserts (story "a \"quoted\" story\non two lines") (watches seen))
(property wet invariant (holds (or (== pc a) (held cpu0 new))) (message "pc=" (value pc)))
(property moving no_stuck)
(property calling no_stuck (when (not (held cpu0 new))) (story "while it calls"))
(property circle no_stuck (cycle ack "a lock"))
(property comes leads_to
  (leads ((held cpu0 new) (== pc c) "pc=" (value pc)) ((held cpu1 new) (held cpu1 old))))

(goal seen required)

(counter ipis)

(step fill speculative (cpu cpu0) (fills icache)
  (choose (v version))
  (when ("pte present" v))
  (do (set (held cpu0 v) true)))

(step "two words" program (process user cpu1) (cpu none) (from a) relies_on_copy (waits and)
  (when (and (== pc a) (acquire ("pte present" old))))
  (do
    (set (release ("pte present" new)) true tmp none pc b)
    (fence "dmb ish")
    (if (== tmp 2) (then (fail "no")) (else (cover seen (!= pc c))))
    (count ipis)
    (count ipis (held cpu0 new))
    (assert safe (not (held cpu1 old)) "old " (value new version)))
  (text "step " (value (ite true false true) bool))
  (module "lib/mm.flush"))
)";
  EXPECT_EQ(dump(must_parse(text)), text);
}

TEST(RoundTrip, FingerprintSeesEveryForm) {
  Program p = must_parse(model_text("tso.ir"));
  const std::string before = fingerprint(p);
  EXPECT_EQ(before.size(), 32U);
  p.steps.back().text.pieces[0].literal += '.';
  EXPECT_NE(fingerprint(p), before);
}

// Programs of random shape whose names collide with each other and with the syntax.
class Generator {
 public:
  explicit Generator(unsigned seed) : random_(seed) {}

  Program make() {
    static const std::vector<std::string> kNames{
        "P",   "Q",      "true", "none",  "and", "12",  "-3",   "bool",    "",       "a b",
        "(x)", "\"q\\",  "v",    "pc",    "é",   "set", "read", "acquire", "\n\x01", "range",
        ";c",  "option", "==",   "false", "w",   "ir",  "mem",  "process", "done",   "x.y"};
    const auto name = [this] { return kNames[below(static_cast<int>(kNames.size()))]; };
    Program p;
    p.model = name();
    p.machine = name();
    p.memory_order = name();
    p.machine_order = name();
    p.sorts = {{"cpu", distinct(kNames, 2), true}, {name() + "s", distinct(kNames, 4), false}};
    const std::vector<std::string> variables = distinct(kNames, 9);
    std::vector<Domain> domains{{},
                                {Domain::Kind::kRange, -2, 5, -1},
                                {Domain::Kind::kSort, 0, 3, 1},
                                {Domain::Kind::kOption, kNone, 3, 1},
                                {Domain::Kind::kOption, kNone, 6, -1},
                                {Domain::Kind::kSort, 0, 1, 0}};
    for (std::size_t i = 0; i < 8; ++i) {
      Variable v;
      v.name = variables[i];
      v.domain = domains[i % domains.size()];
      if (below(2) == 0) v.dims.push_back(domains[2]);
      for (int k = 0; k < v.elements(); ++k) v.init.push_back(any(v.domain));
      v.space = below(2) == 0 ? Space::kShared : Space::kMemory;
      if (v.space == Space::kMemory) v.location = static_cast<int>(below(3));
      v.display = name();
      p.variables.push_back(v);
    }
    Variable control;
    control.name = variables[8];
    control.domain = {Domain::Kind::kRange, 0, 3, -1};
    control.init = {0};
    control.space = Space::kControl;
    control.process = 0;
    p.variables.push_back(control);
    Process process{name(), 1, Role::kInterrupt, 1, 8, {}};
    for (const std::string& l : distinct(kNames, 4)) process.locations.push_back({l, false, true});
    p.processes.push_back(process);
    for (const std::string& goal : distinct(kNames, 5)) p.goals.emplace_back().name = goal;
    p.goals[0].required = true;
    p.goals[1].kind = Goal::Kind::kArm;
    p.goals[2].kind = Goal::Kind::kAssertion;
    p.goals[3].kind = Goal::Kind::kDelivery;
    p.goals[4].kind = Goal::Kind::kTurn;
    p.counters = {{name()}};
    const std::vector<std::string> properties = distinct(kNames, 4);
    p.properties = {{properties[0], Property::Kind::kAsserts, nullptr, {}, name(), {0}, {}, {}, {}},
                    {properties[1], Property::Kind::kNoStuck, nullptr, {}, name(), {}, {}, {}, {}},
                    {properties[2], Property::Kind::kNoStuck, nullptr, {}, name(), {}, {}, {}, {}},
                    {properties[3], Property::Kind::kLeadsTo, nullptr, {}, name(), {}, {}, {}, {}}};
    p.properties[1].when = {binary(Op::kLe, read(8), constant(2))};
    p.properties[2].cycle = {name(), name()};
    const ExprRef there = binary(Op::kLe, read(8), constant(1));
    p.properties[3].leads = {{there, negate(there), {{{name(), nullptr, {}}}}},
                             {negate(there), there, {}}};
    for (int i = 0; i < 6; ++i) {
      Step s;
      s.name = name();
      s.kind = below(2) == 0 ? StepKind::kEventual : StepKind::kSpeculative;
      if (s.kind == StepKind::kEventual) s.rule = name();
      s.cpu = static_cast<int>(below(3)) - 1;
      for (const std::string& c : distinct(kNames, 2)) s.choices.push_back({c, domains[2]});
      s.guard = condition(p, s, 4);
      s.text.pieces = {{name(), nullptr, {}}, {"", number(p, s, 2), domains[1]}};
      s.body = block(p, s, 3);
      s.module = name();
      p.steps.push_back(s);
    }
    p.finish();
    return p;
  }

 private:
  std::size_t below(int n) { return random_() % static_cast<unsigned>(n); }
  Value any(const Domain& d) {
    return static_cast<Value>(d.lo + static_cast<int>(below(d.size())));
  }

  std::vector<std::string> distinct(std::vector<std::string> from, std::size_t n) {
    std::shuffle(from.begin(), from.end(), random_);
    from.resize(n);
    return from;
  }

  // A read of a variable with this domain, or a constant.
  ExprRef leaf(const Program& p, const Step& s, const Domain& d) {
    if (below(3) == 0) return constant(any(d));
    if (d.kind == Domain::Kind::kSort && d.sort == 1 && below(2) == 0) {
      return choice(static_cast<int>(below(2)));
    }
    for (std::size_t i = 0; i < p.variables.size(); ++i) {
      if (p.variables[i].domain == d && below(2) == 0) return access(p, s, static_cast<int>(i));
    }
    return constant(any(d));
  }

  ExprRef access(const Program& p, const Step& s, int variable) {
    std::vector<ExprRef> index;
    for (const Domain& d : p.variables[static_cast<std::size_t>(variable)].dims) {
      index.push_back(leaf(p, s, d));
    }
    return read(variable, index, static_cast<Order>(below(3)));
  }

  ExprRef number(const Program& p, const Step& s, int depth) {
    if (depth == 0) return leaf(p, s, p.variables[1].domain);
    static constexpr Op kOps[] = {Op::kAdd, Op::kSub, Op::kMul, Op::kDiv, Op::kMod};
    if (below(4) == 0) {
      return ite(condition(p, s, depth - 1), number(p, s, depth - 1), number(p, s, depth - 1));
    }
    return binary(kOps[below(5)], number(p, s, depth - 1), number(p, s, depth - 1));
  }

  ExprRef condition(const Program& p, const Step& s, int depth) {
    const Domain& d = p.variables[below(9)].domain;
    if (depth == 0) return leaf(p, s, Domain{});
    static constexpr Op kOps[] = {Op::kEq, Op::kNe, Op::kLt, Op::kLe};
    switch (below(6)) {
      case 0: return negate(condition(p, s, depth - 1));
      case 1: return all_of({condition(p, s, depth - 1), condition(p, s, depth - 1)});
      case 2: return any_of({condition(p, s, depth - 1), condition(p, s, depth - 1)});
      case 3: return binary(kOps[below(4)], number(p, s, depth - 1), number(p, s, depth - 1));
      case 4: return binary(Op::kLe, read(8), constant(static_cast<int>(below(4))));
      default:
        return binary(kOps[below(4)], leaf(p, s, d),
                      ite(leaf(p, s, Domain{}), leaf(p, s, d), leaf(p, s, d)));
    }
  }

  Block block(const Program& p, const Step& s, int depth) {
    Block out;
    for (std::size_t n = below(3); n > 0; --n) {
      Stmt t;
      t.kind = static_cast<Stmt::Kind>(below(depth > 0 ? 7 : 1));
      t.property = t.kind == Stmt::Kind::kAssert ? 0 : -1;
      t.goal = t.kind == Stmt::Kind::kCover ? 0 : -1;
      t.counter = t.kind == Stmt::Kind::kCount ? 0 : -1;
      if (t.kind == Stmt::Kind::kAssign) {
        const int v = static_cast<int>(below(8));
        const ExprRef place = access(p, s, v);
        t.places.push_back({v, place->args, place->order});
        t.values.push_back(leaf(p, s, p.variables[static_cast<std::size_t>(v)].domain));
      } else if (t.kind == Stmt::Kind::kFence) {
        t.fence = s.name;
      } else if (t.kind != Stmt::Kind::kFail) {
        t.condition = condition(p, s, 2);
      }
      if (t.kind == Stmt::Kind::kIf) {
        t.then_block = block(p, s, depth - 1);
        t.else_block = block(p, s, depth - 1);
      }
      out.push_back(t);
    }
    return out;
  }

  std::mt19937 random_;
};

TEST(RoundTrip, RandomPrograms) {
  for (unsigned seed = 0; seed < 300; ++seed) {
    SCOPED_TRACE(seed);
    expect_round_trip(Generator(seed).make());
    if (HasFailure()) break;
  }
}

}  // namespace
}  // namespace stalemate::ir
