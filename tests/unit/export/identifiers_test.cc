// Names that all languages accept, each once.
#include "export/identifiers.h"

#include <gtest/gtest.h>

#include "export/export.h"

namespace stalemate::exporter {
namespace {

TEST(Identifiers, FitAllLanguages) {
  EXPECT_EQ(identifier("pte.frame"), "pte_frame");
  EXPECT_EQ(identifier("user@0 flush true"), "user_0_flush_true");
  EXPECT_EQ(identifier("2nd"), "n2nd");
  EXPECT_EQ(identifier("..."), "x");
  EXPECT_EQ(identifier(""), "x");
  EXPECT_LE(identifier(std::string(500, 'y')).size(), 40u);
}

TEST(Identifiers, AreFresh) {
  Names outer;
  EXPECT_EQ(outer.fresh("a b"), "a_b");
  EXPECT_EQ(outer.fresh("a.b"), "a_b_2");
  EXPECT_EQ(outer.fresh("a_b_2"), "a_b_2_2");
  Names inner(&outer);
  EXPECT_EQ(inner.fresh("a_b"), "a_b_3");
  EXPECT_EQ(inner.fresh("c"), "c");
  EXPECT_EQ(outer.fresh("c"), "c");
}

TEST(Identifiers, AreNoKeywords) {
  Names names;
  for (const char* word : {"init", "end", "rule", "Init", "TRUE", "proctype", "unix", "register"}) {
    EXPECT_EQ(names.fresh(word), std::string(word) + "_");
  }
}

TEST(Identifiers, OfModules) {
  EXPECT_TRUE(is_module_name("Lock_2"));
  EXPECT_FALSE(is_module_name(""));
  EXPECT_FALSE(is_module_name("2"));
  EXPECT_FALSE(is_module_name("a-b"));
}

}  // namespace
}  // namespace stalemate::exporter
