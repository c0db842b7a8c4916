#include "engine/layout.h"

#include <gtest/gtest.h>

#include <bit>

#include "programs.h"

namespace stalemate::engine::test {
namespace {

using interp::test::assign;
using interp::test::Builder;
using interp::test::eq;
using interp::test::get;
using interp::test::is;
using interp::test::lit;
using interp::test::member_of;
using interp::test::option_of;
using interp::test::range;
using interp::test::set;
using interp::test::yes;
using ir::StepKind;

std::size_t at(int i) { return static_cast<std::size_t>(i); }

// What any layout keeps to.
void check_form(const ir::Program& p, const Layout& layout) {
  ASSERT_EQ(layout.fields.size(), at(p.slots));
  ASSERT_EQ(layout.possible.size(), at(p.slots));
  ASSERT_GE(layout.words, 1);
  ASSERT_EQ(layout.cell_bits.size(), 2 * at(layout.words));
  std::vector<Word> used(at(layout.words));
  int bits = 0;
  const State initial = interp::initial_state(p);
  for (std::size_t i = 0; i < layout.fields.size(); ++i) {
    const Field& f = layout.fields[i];
    const ValueSet& values = layout.possible[i];
    EXPECT_TRUE(values.contains(initial[i]));
    EXPECT_EQ(f.lo, values.lo());
    EXPECT_EQ(f.bits, std::bit_width(static_cast<unsigned>(values.hi() - values.lo())));
    ASSERT_LT(f.word, used.size());
    if (f.bits == 0) {
      EXPECT_EQ(f.mask(), 0u);
      EXPECT_EQ(f.lo, initial[i]);
      continue;
    }
    EXPECT_EQ(f.shift / 32, (f.shift + f.bits - 1) / 32) << "crosses a cell";
    ASSERT_LE(f.shift + f.bits, 64);
    EXPECT_EQ(used[f.word] & f.mask(), 0u) << "overlaps";
    used[f.word] |= f.mask();
    bits += f.bits;
  }
  EXPECT_EQ(layout.bits, bits);
  for (std::size_t c = 0; c < layout.cell_bits.size(); ++c) {
    // Used from the lowest bit on, without holes.
    const auto cell = static_cast<std::uint32_t>(used[c / 2] >> (c % 2 == 0 ? 0 : 32));
    EXPECT_EQ(std::uint64_t{cell}, (std::uint64_t{1} << layout.cell_bits[c]) - 1);
  }
  EXPECT_TRUE(bits > 60 || layout.words == 1);
}

void check(const Named& named, std::size_t most) {
  SCOPED_TRACE(named.name);
  const ir::Program& p = named.program;
  const Layout layout(p);
  check_form(p, layout);
  const auto check_state = [&](const State& s) {
    for (std::size_t i = 0; i < s.size(); ++i) {
      EXPECT_TRUE(layout.possible[i].contains(s[i])) << p.slot_name(static_cast<int>(i));
    }
    std::vector<Word> packed(at(layout.words), ~Word{0});
    layout.pack(s, packed.data());
    State back;
    layout.unpack(packed.data(), back);
    EXPECT_EQ(back, s);
    std::vector<Word> unused = packed;
    for (const Field& f : layout.fields) unused[f.word] &= ~f.mask();
    EXPECT_EQ(unused, std::vector<Word>(at(layout.words), 0)) << "one state, two packings";
    return moves(p, s);
  };
  for_each_reachable(p, most, check_state);
  // No step leaves what is possible, whatever is reachable.
  std::mt19937 random(2);
  for (int i = 0; i < 30; ++i) {
    for (const Move& move : check_state(random_state(p, layout, random))) {
      for (std::size_t slot = 0; slot < move.after.size(); ++slot) {
        EXPECT_TRUE(layout.possible[slot].contains(move.after[slot]));
      }
    }
  }
}

TEST(Layout, IrModels) {
  for (const Named& named : ir_models()) check(named, 20000);
}

TEST(Layout, RandomPrograms) {
  for (unsigned seed = 0; seed < 500; ++seed) {
    check(random_program(seed), 20000);
    if (HasFailure()) return;
  }
}

TEST(Layout, RealModels) {
  for (const Named& named : real_models()) {
    check(named, 150);
    if (HasFailure()) return;
  }
}

TEST(Layout, ConstantsTakeNoBits) {
  Builder b;
  const int never = b.variable("never", range(3, 9), 5);
  const int same = b.variable("same", range(0, 9), 4);
  const int copied = b.variable("copied", range(0, 9), 4);
  const int dead = b.variable("dead", range(0, 9), 1);
  const int behind = b.variable("behind", range(0, 9), 1);
  const int outside = b.variable("outside", range(0, 2), 1);
  const int moves = b.variable("moves", range(-3, 9), 2);
  const int array = b.variable("array", range(0, 1), 0, {range(2, 4)});
  b.step("a", StepKind::kEventual, yes(),
         {set(same, 4), set(copied, get(same)), set(moves, 5), set(outside, 7),
          assign({array, {lit(3)}, ir::Order::kPlain}, lit(1))});
  b.step("b", StepKind::kEventual, is(never, 6), {set(dead, 2)});
  ir::Stmt branch;
  branch.kind = ir::Stmt::Kind::kIf;
  branch.condition = is(never, 6);
  branch.then_block = {set(behind, 2)};
  b.step("c", StepKind::kEventual, yes(), {branch});
  b.program.finish();
  const Layout layout(b.program);
  check_form(b.program, layout);
  for (const int v : {never, same, copied, dead, behind, outside}) {
    EXPECT_EQ(layout.fields[at(b.program.variables[at(v)].first)].bits, 0) << v;
  }
  // 2 and 5, stored from 2 on; and the middle element.
  EXPECT_EQ(layout.fields[at(b.program.variables[at(moves)].first)].bits, 2);
  const auto first = at(b.program.variables[at(array)].first);
  EXPECT_EQ(layout.fields[first].bits, 0);
  EXPECT_EQ(layout.fields[first + 1].bits, 1);
  EXPECT_EQ(layout.fields[first + 2].bits, 0);
  EXPECT_EQ(layout.bits, 3);
  EXPECT_EQ(layout.words, 1);
}

TEST(Layout, ComputedIndicesWriteWhatTheyMaySelect) {
  Builder b;
  const int index = b.variable("index", range(0, 3), 1);
  const int array = b.variable("array", range(0, 7), 0, {range(0, 3)});
  const int copy = b.variable("copy", range(0, 7), 0);
  b.step("a", StepKind::kEventual, yes(), {set(index, 2)});
  b.step("b", StepKind::kEventual, yes(),
         {assign({array, {get(index)}, ir::Order::kPlain}, lit(6))});
  b.step("c", StepKind::kEventual, yes(), {set(copy, get(array, {get(index)}))});
  b.program.finish();
  const Layout layout(b.program);
  const auto first = at(b.program.variables[at(array)].first);
  EXPECT_TRUE(layout.possible[first].single());
  EXPECT_TRUE(layout.possible[first + 1].contains(6));
  EXPECT_TRUE(layout.possible[first + 2].contains(6));
  EXPECT_TRUE(layout.possible[first + 3].single());
  const ValueSet& copied = layout.possible[at(b.program.variables[at(copy)].first)];
  EXPECT_TRUE(copied.contains(0));
  EXPECT_TRUE(copied.contains(6));
  EXPECT_FALSE(copied.contains(3));
}

TEST(Layout, ArithmeticAndChoicesMayGiveAnything) {
  Builder b;
  const int counter = b.variable("counter", range(-100, 100), 7);
  const int chosen = b.variable("chosen", option_of(0, 2), 0);
  const int wide = b.variable("wide", range(-32768, 32767), 0);
  b.step("a", StepKind::kEventual, yes(),
         {set(counter, ir::binary(ir::Op::kAdd, get(counter), lit(1))), set(chosen, ir::choice(0)),
          set(wide, ir::binary(ir::Op::kMul, get(wide), get(counter)))});
  b.program.steps.back().choices.push_back({"c", member_of(0, 2)});
  b.step("b", StepKind::kEventual, yes(), {set(wide, get(counter))});
  b.program.finish();
  const Layout layout(b.program);
  check_form(b.program, layout);
  EXPECT_EQ(layout.fields[0].bits, 8);
  EXPECT_EQ(layout.fields[1].bits, 1);
  EXPECT_EQ(layout.fields[2].bits, 16);
}

// 2 CPUs with 40 bits each and 20 shared ones.
TEST(Layout, CpusDoNotShareCells) {
  Builder b;
  const int mine = b.variable("mine", range(0, 1), 0, {member_of(0, 2), range(0, 39)});
  const int shared = b.variable("shared", range(0, 1), 0, {range(0, 19)});
  ir::Block body;
  for (int c = 0; c < 2; ++c) {
    for (int i = 0; i < 40; ++i) {
      body.push_back(assign({mine, {lit(c), lit(i)}, ir::Order::kPlain}, lit(1)));
    }
  }
  for (int i = 0; i < 20; ++i) {
    body.push_back(assign({shared, {lit(i)}, ir::Order::kPlain}, lit(1)));
  }
  b.step("a", StepKind::kEventual, yes(), body);
  b.program.finish();
  const Layout layout(b.program);
  check_form(b.program, layout);
  EXPECT_EQ(layout.bits, 100);
  std::map<std::size_t, std::set<int>> cpus;  // by cell
  for (int i = 0; i < 80; ++i) {
    const Field& f = layout.fields[at(b.program.variables[at(mine)].first + i)];
    cpus[2 * f.word + f.shift / 32].insert(i / 40);
  }
  for (const auto& [cell, owners] : cpus) EXPECT_EQ(owners.size(), 1u) << cell;
  EXPECT_EQ(layout.words, 3);
}

// What belongs to one process stays in one cell where it can.
// What CPUs send to each other is with those that write to more of it: receivers that take all of
// what was sent to them, or senders.
TEST(Layout, WhatIsSentIsWithWhoWritesMore) {
  for (const bool receivers : {true, false}) {
    Builder b;
    const int sent =
        b.variable("sent", range(0, 3), 0, {member_of(0, 2), member_of(0, 2), range(0, 9)});
    for (int c = 0; c < 2; ++c) {
      b.process("p", c, {interp::test::location("a")});
      ir::Block all, one;
      for (int other = 0; other < 2; ++other) {
        for (int i = 0; i < 10; ++i) {
          const int from = receivers ? other : c;
          const int to = receivers ? c : other;
          all.push_back(assign({sent, {lit(from), lit(to), lit(i)}, ir::Order::kPlain}, lit(0)));
        }
        const int from = receivers ? c : other;
        const int to = receivers ? other : c;
        for (int i = 0; i < 5; ++i) {
          one.push_back(assign({sent, {lit(from), lit(to), lit(i)}, ir::Order::kPlain}, lit(3)));
        }
        for (int i = 5; i < 10; ++i) {
          b.step("set", StepKind::kEventual, yes(),
                 {assign({sent, {lit(from), lit(to), lit(i)}, ir::Order::kPlain}, lit(3))});
        }
      }
      b.move(c, 0, 0, yes(), all);
      b.move(c, 0, 0, yes(), one);
    }
    b.program.finish();
    const Layout layout(b.program);
    check_form(b.program, layout);
    std::map<std::size_t, std::set<int>> cpus;  // by cell
    for (int i = 0; i < 40; ++i) {
      const Field& f = layout.fields[at(b.program.variables[at(sent)].first + i)];
      cpus[2 * f.word + f.shift / 32].insert(receivers ? i / 10 % 2 : i / 20);
    }
    for (const auto& [cell, owners] : cpus) {
      EXPECT_EQ(owners.size(), 1u) << cell << (receivers ? " receivers" : " senders");
    }
  }
}

TEST(Layout, AProcessKeepsToACell) {
  Builder b;
  ir::Block body;
  std::vector<int> locals;
  for (int process = 0; process < 4; ++process) {
    b.process("p" + std::to_string(process), process / 2,
              {interp::test::location("a"), interp::test::location("b")});
    for (int i = 0; i < 23; ++i) {
      locals.push_back(b.variable("l" + std::to_string(process) + "." + std::to_string(i),
                                  interp::test::boolean()));
      b.program.variables.back().space = ir::Space::kLocal;
      b.program.variables.back().process = process;
      body.push_back(set(locals.back(), 1));
    }
  }
  b.step("a", StepKind::kEventual, yes(), body);
  b.program.finish();
  const Layout layout(b.program);
  check_form(b.program, layout);
  for (std::size_t i = 0; i < locals.size(); ++i) {
    const auto cell = [&](int v) {
      const Field& f = layout.fields[at(b.program.variables[at(v)].first)];
      return 2 * f.word + f.shift / 32;
    };
    EXPECT_EQ(cell(locals[i]), cell(locals[i / 23 * 23])) << i;
  }
  EXPECT_EQ(layout.words, 2);
}

TEST(Layout, AProgramThatNeverChangesHasOneWord) {
  Builder b;
  b.variable("x", range(0, 3), 1);
  b.program.finish();
  const Layout layout(b.program);
  check_form(b.program, layout);
  EXPECT_EQ(layout.bits, 0);
  EXPECT_EQ(layout.words, 1);
}

TEST(ValueSet, AgreesWithASetOfIntegers) {
  std::mt19937 random(3);
  for (int round = 0; round < 20000; ++round) {
    std::set<int> model;
    ValueSet values;
    bool exact = true;
    for (int i = 0; i < 5; ++i) {
      const int lo = static_cast<int>(random() % 70) - 3;
      const int hi = lo + static_cast<int>(random() % 4);
      if (random() % 4 == 0) {
        values.clip(lo - 9, hi + 9);
        std::erase_if(model, [&](int v) { return v < lo - 9 || v > hi + 9; });
      } else {
        const std::set<int> before = model;
        for (int v = lo; v <= hi; ++v) model.insert(v);
        const bool grew = values.add(ValueSet(lo, hi));
        if (exact && *model.begin() >= -1 && *model.rbegin() <= 62) {
          EXPECT_EQ(grew, model != before);
        }
      }
      exact = exact && (model.empty() || (*model.begin() >= -1 && *model.rbegin() <= 62));
      for (const int v : model) ASSERT_TRUE(values.contains(v));
      if (!exact) continue;
      ASSERT_EQ(values.empty(), model.empty());
      for (int v = -5; v < 80; ++v) ASSERT_EQ(values.contains(v), model.contains(v)) << v;
      if (model.empty()) continue;
      ASSERT_EQ(values.lo(), *model.begin());
      ASSERT_EQ(values.hi(), *model.rbegin());
      ASSERT_EQ(values.single(), model.size() == 1);
      ASSERT_EQ(values.may_hold(), model != std::set<int>{0});
    }
  }
}

}  // namespace
}  // namespace stalemate::engine::test
