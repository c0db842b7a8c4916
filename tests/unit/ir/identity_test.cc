// What makes two programs of the same text different to judge, and what does not.
#include "ir/identity.h"

#include <gtest/gtest.h>

#include "fixture.h"
#include "ir/dump.h"

namespace stalemate::ir {
namespace {

class Identity : public testing::Test {
 protected:
  Span at(std::uint32_t begin, std::uint32_t end) const { return {source_, begin, end}; }

  std::shared_ptr<const Source> source_ = std::make_shared<Source>("m", std::string(100, ' '));
  Program p_ = must_parse(R"((ir 1)
(sort cpu (cpu0))
(var x bool)
(goal arm arm)
(step s eventual (do (cover arm) (set x true)))
)");
};

TEST_F(Identity, IsOfTheText) {
  const std::string before = identity(p_);
  EXPECT_EQ(before.size(), 32U);
  EXPECT_EQ(identity(p_), before);
  p_.steps[0].name = "t";
  EXPECT_NE(identity(p_), before);
}

TEST_F(Identity, IsOfWhatMayBeUnreached) {
  const std::string before = identity(p_), text = dump(p_);
  p_.may_be_unreached = {"x = true", "y"};
  const std::string allowed = identity(p_);
  EXPECT_NE(allowed, before);
  p_.may_be_unreached = {"x = truey"};
  EXPECT_NE(identity(p_), allowed);
  p_.may_be_unreached.clear();
  p_.goals[0].inside = "s";
  EXPECT_NE(identity(p_), before);
  EXPECT_EQ(dump(p_), text);
}

TEST_F(Identity, IsOfWhatStandsWithinWhat) {
  const std::string nowhere = identity(p_);
  p_.goals[0].span = at(10, 30);
  p_.steps[0].span = at(12, 20);
  const std::string within = identity(p_);
  EXPECT_NE(within, nowhere);
  // A longer comment before it, and one in it.
  p_.goals[0].span = at(15, 45);
  p_.steps[0].span = at(27, 36);
  EXPECT_EQ(identity(p_), within);
  p_.steps[0].span = at(27, 45);
  EXPECT_NE(identity(p_), within);
  p_.steps[0].span = at(27, 50);
  EXPECT_NE(identity(p_), within);
  // In another file.
  p_.steps[0].span = {std::make_shared<Source>("m", source_->text()), 27, 36};
  EXPECT_NE(identity(p_), within);
}

}  // namespace
}  // namespace stalemate::ir
