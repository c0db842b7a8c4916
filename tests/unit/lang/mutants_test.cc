// Which statements are left out, together with what, and that nothing stays changed.
#include "lang/mutants.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "ir/dump.h"

namespace stalemate::lang {
namespace {

class MutantsOf : public testing::Test {
 protected:
  void load(const std::string& text) {
    ASSERT_TRUE(model_.load_text("m", text, diagnostics_)) << diagnostics_.format(false);
    const auto whole = model_.compile({}, diagnostics_);
    ASSERT_TRUE(whole) << diagnostics_.format(false);
    dump_ = ir::dump(whole->program);
    mutants_ = model_.mutants(false);
  }
  std::vector<std::string> told() const {
    std::vector<std::string> out;
    for (const Mutant& m : mutants_) {
      out.push_back((m.swapped ? "swap " : "drop ") + m.text + (m.other.empty() ? "" : " | ") +
                    m.other + " in " + m.owner);
    }
    return out;
  }
  // The program with a change; what was compiled before comes out again after it.
  std::string changed(std::size_t which) {
    const auto c = model_.compile_mutant(which, {}, diagnostics_);
    const auto again = model_.compile({}, diagnostics_);
    EXPECT_TRUE(again && ir::dump(again->program) == dump_);
    return c ? ir::dump(c->program) : std::string();
  }

  Model model_{{STALEMATE_SOURCE_ROOT}};
  Diagnostics diagnostics_;
  std::vector<Mutant> mutants_;
  std::string dump_;
};

TEST_F(MutantsOf, WhatIsLeftOut) {
  load(
      "var x : bool; var y : bool;"
      "cache copies[c : cpu] of v : bool when v == x;"
      "step look() { let v = use copies[me]; y = v; }"
      "step flush() { drop copies[me]; }"
      "step mark() { x = true; }"
      "thread t on cpu 0 { mark(); if (y) { flush(); } await x; irqs_on[me] = false; look(); y = "
      "x; }");
  const std::vector<std::string> expected = {
      "drop drop copies[me]; in flush",
      "drop mark(); in t",
      "drop flush(); in t",
      "drop await x; in t",
      "swap await x; | irqs_on[me] = false; in t",
      "drop irqs_on[me] = false; in t",
      "swap irqs_on[me] = false; | look(); in t",
      "drop look(); in t",
  };
  EXPECT_EQ(told(), expected);
  for (std::size_t i = 0; i < mutants_.size(); ++i) {
    const std::string text = changed(i);
    EXPECT_FALSE(text.empty()) << told()[i];
    EXPECT_NE(text, dump_) << told()[i];
  }
}

TEST_F(MutantsOf, LocksGoWithTheirUnlocks) {
  load(
      "var l : bool; var x : 0..3;"
      "step lock(ref m : bool) { await !m; m = true; }"
      "step unlock(ref m : bool) { m = false; }"
      "fn pmd_lock() { lock(l); }"
      "fn pmd_unlock() { unlock(l); }"
      "thread t on every cpu {"
      "  pmd_lock(); if (x == 3) { pmd_unlock(); } else { x = 1; pmd_unlock(); } }");
  const std::vector<std::string> expected = {
      "drop await !m; in lock",
      "drop lock(l); | unlock(l); in pmd_lock",
      "drop pmd_lock(); | pmd_unlock(); in t",
  };
  EXPECT_EQ(told(), expected);
  const std::string text = changed(2);
  EXPECT_EQ(text.find("pmd_lock"), std::string::npos);
  EXPECT_EQ(text.find("pmd_unlock"), std::string::npos);
}

TEST_F(MutantsOf, PropertiesAndRulesStayAsTheyAre) {
  load(
      "var x : bool; ghost seen : bool;"
      "step mark() { x = true; }"
      "eventual done when x { x = false; }"
      "property p { on mark() { seen = true; assert seen; } }"
      "check p;"
      "thread t on cpu 0 { mark(); }");
  EXPECT_EQ(told(), std::vector<std::string>{"drop mark(); in t"});
}

}  // namespace
}  // namespace stalemate::lang
