// Malformed Programs: each mistake by its phrase.
#include <gtest/gtest.h>

#include <functional>

#include "fixture.h"
#include "ir/parse.h"

namespace stalemate::ir {
namespace {

using Phrases = std::vector<std::string>;

const std::string kText = R"((ir 1)
(sort cpu (cpu0))
(sort page (P Q))
(var pc (range 0 1) control)
(var map (page) (option page))
(var n (range 0 5))
(var ok bool)
(process user cpu0 (control pc) (locations a b))
(property safe asserts)
(property always invariant (holds ok))
(goal done)
(step go (process user cpu0) (from a)
  (choose (v page))
  (when (and (== pc a) ok))
  (do (set (map v) P) (assert safe ok) (cover done)))
)";

Phrases after(const std::function<void(Program&)>& change) {
  Program p = must_parse(kText);
  change(p);
  return validate(p);
}

TEST(Validate, WellFormed) { EXPECT_EQ(validate(must_parse(kText)), Phrases{}); }

TEST(Validate, EmptyProgram) { EXPECT_EQ(validate(Program{}), Phrases{}); }

TEST(Validate, Layout) {
  EXPECT_EQ(after([](Program& p) { p.variables[2].init = {9}; }),
            Phrases{"variable n: the initial value 9 is not in the domain"});
  EXPECT_EQ(after([](Program& p) { p.variables[1].init.pop_back(); }),
            Phrases{"variable map: there are 1 initial values for 2 elements"});
  EXPECT_EQ(after([](Program& p) { p.variables[2].name = "ok"; }),
            Phrases{"variable ok: the name 'ok' is used twice"});
  EXPECT_EQ(after([](Program& p) {
              p.variables[1].dims[0].hi = 5;
              p.variables[1].init.resize(6);
            }),
            Phrases{"variable map: a dimension has bounds that do not fit its kind"});
  EXPECT_EQ(after([](Program& p) { p.variables[1].domain.sort = 7; }),
            Phrases{"variable map: the domain has bounds that do not fit its kind"});
  // Scratch of a rule: local to no process.
  EXPECT_EQ(after([](Program& p) { p.variables[3].space = Space::kLocal; }), Phrases{});
  EXPECT_EQ(after([](Program& p) { p.variables[3].location = 0; }),
            Phrases{"variable ok: only a variable of space mem has a memory location"});
  EXPECT_EQ(after([](Program& p) { p.processes[0].locations.pop_back(); }),
            Phrases{"variable pc: a control variable is one range from 0 to the last location of "
                    "its process"});
  EXPECT_EQ(after([](Program& p) { p.processes[0].control = 2; }),
            (Phrases{"variable pc: no process has this control variable",
                     "process user: the process has no control variable"}));
  EXPECT_EQ(after([](Program& p) { p.processes[0].cpu = 3; }),
            Phrases{"process user: the CPU does not exist"});
  EXPECT_EQ(after([](Program& p) { p.caches.push_back({"c", 3, 0, false}); }),
            Phrases{"cache c: a cache holds its copies in a bool variable of space copy"});
}

TEST(Validate, References) {
  EXPECT_EQ(after([](Program& p) { p.steps[0].process = 4; }),
            Phrases{"step 0 (go): the process does not exist"});
  EXPECT_EQ(after([](Program& p) { p.steps[0].from = 2; }),
            Phrases{"step 0 (go): the process has no such location"});
  EXPECT_EQ(after([](Program& p) { p.steps[0].from = 1; }),
            Phrases{"step 0 (go): the guard lacks the term (== pc b)"});
  EXPECT_EQ(after([](Program& p) { p.steps[0].body[1].property = 1; }),
            Phrases{"step 0 (go): an assertion names a property that is not of kind asserts"});
  EXPECT_EQ(after([](Program& p) { p.steps[0].body[2].goal = 1; }),
            Phrases{"step 0 (go): a covered goal does not exist"});
  EXPECT_EQ(after([](Program& p) {
              p.steps[0].body[2].kind = Stmt::Kind::kCount;
              p.steps[0].body[2].counter = 0;
            }),
            Phrases{"step 0 (go): a counter does not exist"});
  EXPECT_EQ(after([](Program& p) {
              p.counters = {{"ipis"}, {"ipis"}};
            }),
            Phrases{"counter ipis: the name 'ipis' is used twice"});
  EXPECT_EQ(after([](Program& p) { p.steps[0].choices.clear(); }),
            Phrases{"step 0 (go): a choice is not bound"});
  EXPECT_EQ(after([](Program& p) { p.steps[0].choices[0].domain.sort = 9; }),
            Phrases{"step 0 (go): a choice has bounds that do not fit its kind"});
  EXPECT_EQ(after([](Program& p) { p.steps[0].body[0].places[0].variable = 9; }),
            Phrases{"step 0 (go): a variable does not exist"});
  EXPECT_EQ(after([](Program& p) { p.properties[1].condition = nullptr; }),
            Phrases{"property always: an invariant has a condition, other properties have none"});
  EXPECT_EQ(after([](Program& p) { p.properties[0].watches = {1}; }),
            Phrases{"property safe: a watched goal does not exist"});
  EXPECT_EQ(after([](Program& p) { p.properties[0].cycle = {"ack"}; }),
            Phrases{"property safe: only a property of kind no_stuck has 'cycle'"});
  EXPECT_EQ(after([](Program& p) { p.properties[0].when = {read(3)}; }),
            Phrases{"property safe: only a property of kind no_stuck or invariant has 'when'"});
  EXPECT_EQ(after([](Program& p) { p.properties[1].when = {read(3)}; }), Phrases{});
  EXPECT_EQ(after([](Program& p) { p.properties[1].when = {read(3), read(3)}; }),
            Phrases{"property always: 'when' of an invariant is one condition"});
}

TEST(Validate, LeadsTo) {
  const auto with = [](std::vector<LeadsTo> leads, Property::Kind kind = Property::Kind::kLeadsTo) {
    return after([&](Program& p) {
      Property comes;
      comes.name = "comes";
      comes.kind = kind;
      comes.leads = leads;
      p.properties.push_back(comes);
    });
  };
  EXPECT_EQ(with({{read(3), read(3), {}}, {read(3), constant(1), {}}}), Phrases{});
  const Phrases none{
      "property comes: a property of kind leads_to says what leads to what, other properties do "
      "not"};
  EXPECT_EQ(with({}), none);
  EXPECT_EQ(with({{read(3), read(3), {}}}, Property::Kind::kNoStuck), none);
  EXPECT_EQ(with({{read(2), read(3), {}}}), Phrases{"property comes: a condition is a number"});
  EXPECT_EQ(with({{read(3), read(9), {}}}), Phrases{"property comes: a variable does not exist"});
  EXPECT_EQ(after([](Program& p) { p.steps[0].rule = "rule"; }),
            Phrases{"step 0 (go): only an eventual step is one of the alternatives of a rule"});
}

TEST(Validate, StuckProcesses) {
  const auto with = [](std::vector<ExprRef> when) {
    return after([&](Program& p) {
      Property stuck;
      stuck.name = "stuck";
      stuck.kind = Property::Kind::kNoStuck;
      stuck.when = when;
      p.properties.push_back(stuck);
    });
  };
  EXPECT_EQ(with({read(3)}), Phrases{});
  EXPECT_EQ(with({read(3), read(3)}),
            Phrases{"property stuck: 'when' has one condition for each process"});
  EXPECT_EQ(with({read(2)}), Phrases{"property stuck: a condition is a number"});
  EXPECT_EQ(with({read(9)}), Phrases{"property stuck: a variable does not exist"});
}

Phrases with_guard(const ExprRef& term) {
  return after([&](Program& p) { p.steps[0].guard = all_of({p.steps[0].guard, term}); });
}

TEST(Validate, Expressions) {
  EXPECT_EQ(with_guard(read(2)), Phrases{"step 0 (go): a condition is a number"});
  EXPECT_EQ(with_guard(read(9)), Phrases{"step 0 (go): a variable does not exist"});
  EXPECT_EQ(with_guard(read(3, {constant(0)})),
            Phrases{"step 0 (go): 'ok' takes 0 indices, not 1"});
  EXPECT_EQ(with_guard(binary(Op::kEq, read(1, {constant(2)}), constant(0))),
            Phrases{"step 0 (go): the index 2 is out of the range of 'map'"});
  EXPECT_EQ(with_guard(binary(Op::kEq, read(1, {read(2)}), constant(0))),
            Phrases{"step 0 (go): an index of 'map' is a number, not a member of 'page'"});
  EXPECT_EQ(with_guard(binary(Op::kEq, read(0), read(2))),
            Phrases{"step 0 (go): '==' mixes a location of 'user' and a number"});
  EXPECT_EQ(with_guard(binary(Op::kEq, binary(Op::kAdd, choice(0), constant(1)), constant(0))),
            Phrases{"step 0 (go): '+' computes with a member of 'page'"});
  EXPECT_EQ(with_guard(binary(Op::kEq, read(0), constant(1))),
            Phrases{"step 0 (go): the guard wants 'pc' at two locations"});
  EXPECT_EQ(with_guard(ite(read(3), constant(1), constant(0))), Phrases{});
  EXPECT_EQ(with_guard(binary(Op::kLt, binary(Op::kAdd, read(3), read(3)), constant(2))),
            Phrases{});
  auto lonely = std::make_shared<Expr>();
  lonely->op = Op::kEq;
  EXPECT_EQ(with_guard(lonely), Phrases{"step 0 (go): '==' has 0 operands"});
}

TEST(Validate, Assignments) {
  const auto assign = [](int variable, const ExprRef& value) {
    return after([&](Program& p) {
      p.steps[0].body[0].places[0] = {variable, {}, Order::kPlain};
      p.steps[0].body[0].values[0] = value;
    });
  };
  EXPECT_EQ(assign(2, read(3)), Phrases{});
  EXPECT_EQ(assign(3, read(2)),
            Phrases{"step 0 (go): 'ok' is a bool, the value assigned is a number"});
  EXPECT_EQ(assign(2, choice(0)),
            Phrases{"step 0 (go): 'n' is a number, the value assigned is a member of 'page'"});
  EXPECT_EQ(after([](Program& p) { p.steps[0].body[0].values.clear(); }),
            Phrases{"step 0 (go): an assignment does not have one value for each place"});
}

TEST(Validate, Steps) {
  EXPECT_EQ(after([](Program& p) { p.steps[0].kind = StepKind::kEventual; }),
            Phrases{"step 0 (go): program steps and entries have a process, other steps have "
                    "none"});
  EXPECT_EQ(after([](Program& p) { p.steps[0].guard = nullptr; }),
            Phrases{"step 0 (go): the step has no guard"});
  EXPECT_EQ(after([](Program& p) { p.steps[0].fills = 0; }),
            (Phrases{"step 0 (go): the cache does not exist",
                     "step 0 (go): a step that fills a cache is speculative"}));
  EXPECT_EQ(after([](Program& p) {
              p.steps[0].kind = StepKind::kEventual;
              p.steps[0].process = -1;
              p.steps[0].from = -1;
              p.steps[0].waits = "lock";
            }),
            Phrases{"step 0 (go): only a step of a process waits for something"});
}

}  // namespace
}  // namespace stalemate::ir
