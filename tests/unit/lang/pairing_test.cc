// Which endings go with which beginnings.
#include "lang/pairing.h"

#include <gtest/gtest.h>

#include "lang/compile.h"

namespace stalemate::lang {
namespace {

constexpr const char* kHead =
    "var l : bool; var m : bool; var x : 0..3;\n"
    "step lock(ref m : bool) { await !m; m = true; } step unlock(ref m : bool) { m = false; }\n"
    "param a : bool = true; param b : bool = true;\n";

class Pairing : public testing::Test {
 protected:
  // What is left out with each call of lock or thing_lock: "line: lines", from the line of `code`
  // on; "?" where it is not clear.
  std::string of(const std::string& code) {
    Model model({STALEMATE_SOURCE_ROOT});
    Diagnostics diagnostics;
    EXPECT_TRUE(model.load_text("m", kHead + code, diagnostics)) << diagnostics.format(false);
    const auto line = [](const Span& s) {
      return std::to_string(s.source->position(s.begin).line - 3);
    };
    std::string out;
    for (const Mutant& m : model.mutants(false)) {
      const bool begins = !ending_of(m.text.substr(0, m.text.find('('))).empty();
      if (m.swapped || !begins) continue;
      out += (out.empty() ? "" : "; ") + line(m.span) + ":";
      for (const Span& s : m.with) out += " " + line(s);
      if (m.alone) out += " ?";
    }
    return out;
  }
  std::string in_thread(const std::string& body) {
    return of("thread t on cpu 0 {\n" + body + "\n}");
  }
};

TEST_F(Pairing, OneSectionAfterTheOther) {
  EXPECT_EQ(in_thread("lock(l);\nx = 1;\nunlock(l);\nx = 2;\nlock(l);\nx = 3;\nunlock(l);"),
            "2: 4; 6: 8");
}

TEST_F(Pairing, OfOtherArguments) {
  EXPECT_EQ(in_thread("lock(l);\nlock(m);\nunlock(l);\nunlock(m);"), "2: 4; 3: 5");
}

TEST_F(Pairing, Nested) {
  EXPECT_EQ(in_thread("lock(l);\nlock(l);\nunlock(l);\nunlock(l);"), "2: 5; 3: 4");
}

TEST_F(Pairing, OnEachPath) {
  EXPECT_EQ(in_thread("lock(l);\nif (x == 1) {\nunlock(l);\nreturn;\n}\nunlock(l);\n"
                      "lock(l);\nunlock(l);"),
            "2: 4 7; 8: 9");
  EXPECT_EQ(in_thread("lock(l);\nif (x == 1) {\nunlock(l);\n} else {\nunlock(l);\n}"), "2: 4 6");
  EXPECT_EQ(in_thread("lock(l);\natomic {\nx = 1;\nunlock(l);\n}"), "2: 5");
}

TEST_F(Pairing, InLoops) {
  EXPECT_EQ(in_thread("loop {\nlock(l);\nif (x == 1) break;\nunlock(l);\n}\nunlock(l);"), "3: 5 7");
  EXPECT_EQ(in_thread("lock(l);\nloop {\nunlock(l);\nx = 1;\nlock(l);\n}"), "2: 4 6");
  EXPECT_EQ(in_thread("repeat 2 {\nlock(l);\nif (x == 1) { unlock(l); continue; }\nx = 0;\n"
                      "unlock(l);\n}"),
            "3: 4 6");
}

TEST_F(Pairing, SameConditions) {
  EXPECT_EQ(in_thread("if (a) lock(l);\nx = 1;\nif (a) unlock(l);\nif (b) lock(l);\nx = 2;\n"
                      "if (b) unlock(l);"),
            "2: 4; 5: 7");
  EXPECT_EQ(in_thread("if (!a) lock(l);\nif (b) x = 1;\nif (a) x = 2; else unlock(l);"), "2: 4");
}

TEST_F(Pairing, SameConditionsOfWhatChanges) {
  EXPECT_EQ(in_thread("if (x == 1) lock(l);\nx = 2;\nif (x == 1) x = 3; else unlock(l);"), "2: 4");
  EXPECT_EQ(in_thread("var c = true;\nif (c) lock(l);\nc = !c;\nif (!c) unlock(l);"), "3: 5");
}

TEST_F(Pairing, NotOnAllPaths) {
  EXPECT_EQ(in_thread("lock(l);\nif (x == 1) unlock(l);\nif (b) lock(l);\nif (b) unlock(l);"),
            "2: 3; 4: 5");
}

TEST_F(Pairing, SharedEndings) {
  EXPECT_EQ(in_thread("if (a) {\nlock(l);\n} else {\nx = 1;\nlock(l);\n}\nunlock(l);"), "3: 6 8");
  EXPECT_EQ(in_thread("lock(l);\nif (x == 1) {\nunlock(l);\nx = 2;\nlock(l);\n}\nunlock(l);"),
            "2: 4 6 8");
}

TEST_F(Pairing, SharedWithCodeOfTheSameName) {
  EXPECT_EQ(
      of("fn my_lock() {\nif (a) lock(l);\nif (x == 1) {\nunlock(l);\nreturn;\n}\n}\n"
         "fn my_unlock() {\nlock(m);\nunlock(m);\nif (a) unlock(l);\nlock(l);\nunlock(l);\n}\n"
         "thread t on cpu 0 {\nmy_lock();\nmy_unlock();\n}"),
      "2: 4 11; 9: 10; 12: 13; 16: 17");
}

TEST_F(Pairing, WhatIsNotClear) {
  // Which of the two is ended?
  EXPECT_EQ(in_thread("lock(l);\nlock(l);\nunlock(l);"), "2: ?; 3: ?");
  // Nothing after it ends it.
  EXPECT_EQ(in_thread("unlock(l);\nx = 1;\nlock(l);"), "4: ?");
  // Nothing ends it at all.
  EXPECT_EQ(in_thread("lock(l);"), "2:");
  // More ways than anybody reads.
  std::string much = "lock(l);\n";
  for (int i = 0; i < 12; ++i)
    much += "if (x == " + std::to_string(i) + ") { lock(l); unlock(l); }";
  EXPECT_EQ(in_thread(much + "\nunlock(l);").substr(0, 5), "2: ?;");
}

}  // namespace
}  // namespace stalemate::lang
