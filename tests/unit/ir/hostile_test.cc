// Damaged and malicious text: an error, never a crash, and no more memory than the limits allow.
#include <gtest/gtest.h>

#include <random>

#include "base/diagnostic.h"
#include "fixture.h"
#include "ir/parse.h"

namespace stalemate::ir {
namespace {

// Parses and drops the result; the text may be good or bad.
void survive(const std::string& text) {
  Diagnostics diagnostics;
  const auto p = parse(std::make_shared<Source>("test.ir", text), diagnostics);
  EXPECT_NE(p.has_value(), diagnostics.has_errors());
  diagnostics.format(false);
}

std::string repeat(const std::string& piece, int times) {
  std::string out;
  for (int i = 0; i < times; ++i) out += piece;
  return out;
}

TEST(Hostile, Reader) {
  EXPECT_EQ(errors_of(""),
            "test.ir:1:1: error: the first form is not (ir 1 ...)\n"
            "  \n"
            "  ^\n");
  EXPECT_EQ(errors_of("(ir 1"),
            "test.ir:1:1: error: this '(' is never closed\n"
            "  (ir 1\n"
            "  ^\n");
  EXPECT_EQ(errors_of("(ir 1))"),
            "test.ir:1:7: error: this ')' closes nothing\n"
            "  (ir 1))\n"
            "        ^\n");
  EXPECT_EQ(errors_of("(ir 1 (model \"abc\n\"))"),
            "test.ir:1:14: error: this string does not end on its line\n"
            "  (ir 1 (model \"abc\n"
            "               ^\n");
  EXPECT_EQ(errors_of("(ir 1 (model \"a\\q\"))"),
            "test.ir:1:16: error: unknown escape\n"
            "  (ir 1 (model \"a\\q\"))\n"
            "                 ^\n"
            "  known are \\\" \\\\ \\n and \\x with two hex digits\n");
  EXPECT_EQ(errors_of("(ir 1 (machine \xc3\xa9))"),
            "test.ir:1:16: error: bytes outside printable ASCII stand only in strings\n"
            "  (ir 1 (machine \xc3\xa9))\n"
            "                 ^\n"
            "  put the name in quotes\n");
}

TEST(Hostile, DeepNesting) {
  EXPECT_EQ(errors_of(repeat("(", 100000)).substr(0, 60),
            "test.ir:1:201: error: parentheses are nested deeper than 200");
  const std::string head = "(ir 1) (sort cpu (c)) (var x bool) (step s eventual (when ";
  must_parse(head + repeat("(not ", 198) + "x" + repeat(")", 198) + "))");
  EXPECT_NE(errors_of(head + repeat("(not ", 199) + "x" + repeat(")", 199) + "))"), "");
}

TEST(Hostile, Sizes) {
  const auto complaint = [](const std::string& forms) {
    const std::string all = errors_of("(ir 1) (sort cpu (c))\n" + forms);
    return all.substr(0, all.find('\n'));
  };
  EXPECT_EQ(complaint("(var x ((range 0 2000) (range 0 2000)) bool)"),
            "test.ir:2:1: error: the variable has more than 1048576 elements");
  EXPECT_EQ(complaint("(var x (" + repeat("(range 0 32767) ", 100) + ") bool)"),
            "test.ir:2:1: error: the variable has more than 1048576 elements");
  EXPECT_EQ(complaint("(var x ((range 0 1000) (range 0 1000)) bool)\n"
                      "(var y ((range 0 1000) (range 0 1000)) bool)"),
            "test.ir:3:1: error: the state up to this variable has more than 1048576 slots");
  EXPECT_EQ(complaint("(step s eventual (choose (a (range 0 2000)) (b (range 0 2000))))"),
            "test.ir:2:1: error: there are more than 1048576 combinations of choices");
  // 17 times a million slots in the footprints.
  EXPECT_EQ(complaint("(var x ((range 0 1000) (range 0 1000)) bool)" +
                      repeat("(step s eventual (choose (a (range 0 1000))) (when (x a a)))", 17)),
            "test.ir:2:1005: error: the steps up to this one may access too many slots");
  EXPECT_EQ(complaint(std::string(std::size_t{65} << 20, ' ')),
            "test.ir:1:1: error: the text is longer than 64 MiB");
  EXPECT_EQ(complaint(repeat("a ", 1 << 23)),
            "test.ir:2:16777198: error: the text has more than 8388608 tokens");
}

TEST(Hostile, ManyErrorsAreCounted) {
  Diagnostics diagnostics;
  EXPECT_FALSE(parse(std::make_shared<Source>("test.ir", repeat("(x)", 20000)), diagnostics));
  EXPECT_EQ(diagnostics.errors(), 20001);
  EXPECT_EQ(diagnostics.all().size(), 100U);
}

TEST(Hostile, EveryTruncation) {
  const std::string text = model_text("swtlb.ir");
  for (std::size_t n = 0; n < text.size(); n += 7) survive(text.substr(0, n));
}

TEST(Hostile, EveryFormLeftOut) {
  for (const char* name : {"tso.ir", "swtlb.ir"}) {
    const std::string text = model_text(name);
    for (std::size_t at = text.find("\n("); at != std::string::npos;
         at = text.find("\n(", at + 1)) {
      const std::size_t next = text.find("\n(", at + 1);
      survive(text.substr(0, at) + (next == std::string::npos ? "" : text.substr(next)));
    }
  }
}

TEST(Hostile, RandomDamage) {
  std::mt19937 random(1);
  const std::string text = model_text("swtlb.ir");
  const std::string alphabet = "() \"\\;\n-0129abtrue";
  for (int i = 0; i < 3000; ++i) {
    std::string damaged = text;
    for (unsigned k = random() % 6; k < 6; ++k) {
      const std::size_t at = random() % damaged.size();
      switch (random() % 4) {
        case 0: damaged[at] = static_cast<char>(random()); break;
        case 1: damaged[at] = alphabet[random() % alphabet.size()]; break;
        case 2: damaged.erase(at, random() % 40); break;
        // Text that is well formed in itself, at a place where it may not belong.
        default: damaged.insert(at, text.substr(random() % text.size(), random() % 40)); break;
      }
    }
    survive(damaged);
  }
}

// Swaps tokens, which leaves the parentheses alone and so reaches the checks behind the reader.
TEST(Hostile, RandomTokens) {
  std::mt19937 random(2);
  const std::string text = model_text("swtlb.ir");
  std::vector<std::pair<std::size_t, std::size_t>> words;
  for (std::size_t i = 0; i < text.size();) {
    const std::size_t begin = text.find_first_not_of("() \n", i);
    if (begin == std::string::npos) break;
    i = text.find_first_of("() \n", begin);
    words.emplace_back(begin, i - begin);
  }
  for (int i = 0; i < 3000; ++i) {
    const auto [to, size] = words[random() % words.size()];
    const auto [from, length] = words[random() % words.size()];
    survive(text.substr(0, to) + text.substr(from, length) + text.substr(to + size));
  }
}

}  // namespace
}  // namespace stalemate::ir
