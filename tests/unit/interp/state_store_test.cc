// States are found again exactly when they are equal.
#include "interp/state_store.h"

#include <gtest/gtest.h>

#include <map>
#include <random>

namespace stalemate::interp {
namespace {

TEST(StateStore, AgreesWithAnOrderedMapOverManyBlocks) {
  std::mt19937 random(1);
  StateStore store(3);
  std::map<State, StateId> reference;
  for (int i = 0; i < 60000; ++i) {
    State s(3);
    for (ir::Value& v : s) v = static_cast<ir::Value>(static_cast<int>(random() % 40) - 1);
    const auto known = reference.find(s);
    const std::optional<StateId> found = store.find(s);
    ASSERT_EQ(found.has_value(), known != reference.end());
    if (found) {
      ASSERT_EQ(*found, known->second);
    } else {
      ASSERT_EQ(store.insert(s), reference.size());
      reference.emplace(s, static_cast<StateId>(reference.size()));
    }
  }
  ASSERT_GT(store.size(), 20000u);
  EXPECT_EQ(store.size(), reference.size());
  EXPECT_GE(store.bytes(), store.size() * (3 * sizeof(ir::Value) + sizeof(StateId)));
  State copy;
  for (const auto& [state, id] : reference) {
    store.copy(id, copy);
    ASSERT_EQ(copy, state);
  }
}

TEST(StateStore, HoldsTheOneStateWithoutVariables) {
  StateStore store(0);
  EXPECT_FALSE(store.find({}));
  EXPECT_EQ(store.insert({}), 0u);
  EXPECT_EQ(store.find({}), 0u);
}

}  // namespace
}  // namespace stalemate::interp
