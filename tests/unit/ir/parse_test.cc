// What the parser says about mistakes, and what it accepts beyond what dump() writes.
#include <gtest/gtest.h>

#include "fixture.h"
#include "ir/dump.h"

namespace stalemate::ir {
namespace {

// Declarations on one line, so that what a test adds starts at line 2.
const std::string kHead =
    "(ir 1) (sort cpu (cpu0 cpu1)) (sort state (free used)) (var flag (cpu) bool) "
    "(var page state) (var pc (range 0 1) control) (goal done) (property safe asserts) "
    "(process user cpu0 (control pc) (locations a b))\n";

TEST(Parse, Defaults) {
  const Program p = must_parse(kHead + "(step s (process user cpu0))");
  EXPECT_EQ(p.memory_order, "sc");
  EXPECT_EQ(p.variables[1].space, Space::kShared);
  EXPECT_EQ(p.variables[0].init, (std::vector<Value>{0, 0}));
  EXPECT_EQ(p.steps[0].kind, StepKind::kProgram);
  EXPECT_EQ(p.steps[0].cpu, 0);
  EXPECT_TRUE(is_const(p.steps[0].guard, 1));
}

TEST(Parse, FormsInAnyOrderAndComments) {
  const Program p = must_parse(
      "; a comment\n(ir 1)(step s eventual ; one more\n(when (== x P)))(var x page)"
      "(sort cpu (c))(sort page (P))");
  EXPECT_EQ(p.sorts[0].name, "cpu");
  EXPECT_EQ(p.steps[0].guard->op, Op::kEq);
}

TEST(Parse, NumbersStandForMembers) {
  EXPECT_EQ(dump(must_parse(kHead + "(step s eventual (when (and (== page 1) (flag 0))))")),
            dump(must_parse(kHead + "(step s eventual (when (and (== page used) (flag cpu0))))")));
}

TEST(Parse, ChoicesComeBeforeVariablesAndVariablesBeforeMembers) {
  const Program p = must_parse(
      "(ir 1) (sort cpu (c)) (sort page (P Q)) (var P page) (var v page)"
      "(step s eventual (choose (v page)) (when (and (== v P) (== (v) Q))))");
  const Expr& guard = *p.steps[0].guard;
  EXPECT_EQ(guard.args[0]->args[0]->op, Op::kChoice);
  EXPECT_EQ(guard.args[0]->args[1]->op, Op::kRead);
  EXPECT_EQ(guard.args[1]->args[0]->op, Op::kRead);
  EXPECT_EQ(guard.args[1]->args[1]->op, Op::kConst);
}

TEST(Parse, SpansPointIntoTheText) {
  const Program p = must_parse(kHead + "(step s eventual\n  (do (set page used)))");
  EXPECT_EQ(p.steps[0].span.where(), "test.ir:2:1");
  EXPECT_EQ(p.steps[0].body[0].span.where(), "test.ir:3:7");
}

TEST(ParseErrors, EveryErrorIsReported) {
  EXPECT_EQ(errors_of(kHead + "(step s eventual\n"
                              "  (when (== pagee used))\n"
                              "  (do (set (flag cpu2) true)\n"
                              "      (sett page free)))\n"),
            "test.ir:3:13: error: unknown name 'pagee'\n"
            "    (when (== pagee used))\n"
            "              ^~~~~\n"
            "  did you mean 'page'?\n"
            "test.ir:3:19: error: unknown name 'used'\n"
            "    (when (== pagee used))\n"
            "                    ^~~~\n"
            "test.ir:4:18: error: unknown name 'cpu2'\n"
            "    (do (set (flag cpu2) true)\n"
            "                   ^~~~\n"
            "  did you mean 'cpu0'?\n"
            "test.ir:5:7: error: unknown statement 'sett'\n"
            "        (sett page free)))\n"
            "        ^~~~~~~~~~~~~~~~\n"
            "  did you mean 'set'?\n");
}

// First line of each error of one form added to the declarations.
std::string complaints(const std::string& form) {
  std::string out;
  const std::string all = errors_of(kHead + form);
  for (std::size_t at = all.find("error: "); at != std::string::npos;
       at = all.find("error: ", at + 1)) {
    out += all.substr(at + 7, all.find('\n', at) - at - 6);
  }
  return out;
}

TEST(ParseErrors, Forms) {
  EXPECT_EQ(complaints("(stepp s)"), "unknown form 'stepp'\n");
  EXPECT_EQ(complaints("((step s))"), "expected a form such as (step ...)\n");
  EXPECT_EQ(complaints("(ir 1)"), "a file has one form (ir 1 ...), at its start\n");
  EXPECT_EQ(errors_of("(sort cpu (c))"),
            "test.ir:1:1: error: the first form is not (ir 1 ...)\n"
            "  (sort cpu (c))\n"
            "  ^~~~~~~~~~~~~~\n");
  EXPECT_EQ(errors_of("(ir 2)"),
            "test.ir:1:5: error: this reads version 1 of the text form\n"
            "  (ir 2)\n"
            "      ^\n");
}

TEST(ParseErrors, Declarations) {
  EXPECT_EQ(complaints("(sort s ())"), "a sort has 1 to 32767 members\n");
  EXPECT_EQ(complaints("(sort cpu (x))"), "there is already a sort 'cpu'\n");
  EXPECT_EQ(complaints("(var page bool)"), "there is already a variable 'page'\n");
  EXPECT_EQ(complaints("(var x stat)"), "unknown sort 'stat'\n");
  EXPECT_EQ(complaints("(var x (range 3 2))"), "expected a number from 3 to 32767\n");
  EXPECT_EQ(complaints("(var x (option bool))"),
            "an option holds a sort or a range that starts at 0\n");
  EXPECT_EQ(complaints("(var x (set 1 2))"),
            "unknown sort 'set'\nunknown sort '1'\nunknown sort '2'\nthe variable has no domain\n");
  EXPECT_EQ(complaints("(var x (cpu) state (init used free used))"),
            "'x' has 2 elements, this gives 3 values\n");
  EXPECT_EQ(complaints("(var x state (init busy))"), "'busy' is not a value here\n");
  EXPECT_EQ(complaints("(var x state (init 2))"), "2 is not in the domain\n");
  EXPECT_EQ(complaints("(var x state (intt free))"), "a variable has no part 'intt'\n");
  EXPECT_EQ(complaints("(var x state (display \"a\") (display \"b\"))"),
            "'display' is given twice\n");
  EXPECT_EQ(complaints("(process user cpu0 (control pc))"),
            "there is already a process 'user' on this CPU\n");
  EXPECT_EQ(complaints("(property p invariant (watches don))"), "unknown goal 'don'\n");
  EXPECT_EQ(complaints("(property p no_stuck (cycle))"),
            "'cycle' takes at least 1 part, this one has 0\n");
  EXPECT_EQ(complaints("(property p leads_to (leads ((flag cpu0))))"),
            "what leads to what is (CONDITION CONDITION TEXT...)\n");
  EXPECT_EQ(complaints("(property p leads_to (leads (true fleg)))"), "unknown name 'fleg'\n");
  EXPECT_EQ(complaints("(property p no_stuck (when fleg))"), "unknown name 'fleg'\n");
  EXPECT_EQ(complaints("(property p no_stuck (cycel ack))"), "a property has no part 'cycel'\n");
  EXPECT_EQ(complaints("(cache c fleg)"), "unknown variable 'fleg'\n");
}

TEST(ParseErrors, Steps) {
  EXPECT_EQ(complaints("(step s eventual (when))"), "'when' takes 1 part, this one has 0\n");
  EXPECT_EQ(complaints("(step s eventual (from a))"), "a step with a location names its process\n");
  EXPECT_EQ(complaints("(step s (process user cpu1))"), "unknown process 'user' on this CPU\n");
  EXPECT_EQ(complaints("(step s (process user cpu0) (from c))"), "'c' is not a value here\n");
  EXPECT_EQ(complaints("(step s eventual (choose x))"), "a choice is (NAME DOMAIN)\n");
  EXPECT_EQ(complaints("(step s eventual (text (value 1)))"),
            "the domain of this value is not known\n");
  EXPECT_EQ(complaints("(step s eventual (do (set page)))"),
            "'set' takes at least 2 parts, this one has 1\n");
  EXPECT_EQ(complaints("(step s eventual (do (set page free page)))"),
            "'set' takes places and values in turn; the last place has no value\n");
  EXPECT_EQ(complaints("(step s eventual (do (assert saef true)))"), "unknown property 'saef'\n");
  EXPECT_EQ(complaints("(step s eventual (do page))"), "expected a statement\n");
}

TEST(ParseErrors, Expressions) {
  const auto guard = [](const std::string& e) {
    return complaints("(step s eventual (when " + e + "))");
  };
  EXPECT_EQ(guard("(not)"), "'not' takes 1 part, this one has 0\n");
  EXPECT_EQ(guard("(== 1 2 3)"), "'==' takes 2 parts, this one has 3\n");
  EXPECT_EQ(guard("()"), "expected an expression, not an empty list\n");
  EXPECT_EQ(guard("flag"), "'flag' takes 1 index, this has 0\n");
  EXPECT_EQ(guard("((flag) cpu0)"), "expected the name of a variable, not a list\n");
  EXPECT_EQ(guard("(flagg cpu0)"), "unknown variable 'flagg'\n");
  EXPECT_EQ(guard("(== page 99999999999)"), "99999999999 does not fit in 32 bits\n");
}

TEST(ParseErrors, ChecksPointAtTheirForm) {
  EXPECT_EQ(errors_of(kHead + "(step s eventual (when page))"),
            "test.ir:2:1: error: a condition is a member of 'state'\n"
            "  (step s eventual (when page))\n"
            "  ^~~~~~~~~~~~~~~~~~~~~~~~~~~~~\n");
}

}  // namespace
}  // namespace stalemate::ir
