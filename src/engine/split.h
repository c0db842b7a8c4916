// Evaluates a step on all states at once: whenever a value is needed that is not known, the states
// are split in two, and the evaluation is repeated for either part.
//
// It follows interp/eval.cc in what is evaluated and what is a model error.
// Tested by tests/unit/engine/cube_test.cc.
#ifndef STALEMATE_ENGINE_SPLIT_H_
#define STALEMATE_ENGINE_SPLIT_H_

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "engine/box.h"
#include "engine/cube.h"
#include "engine/layout.h"
#include "ir/ir.h"

namespace stalemate::engine {

using Choices = std::vector<ir::Value>;

// Could evaluating this be a model error, as far as a short look tells?
bool may_fail(const ir::Expr& e);

// Outcomes, each once; number 0 is the empty one.
class Outcomes {
 public:
  int number(Outcome&& outcome);
  std::vector<Outcome> take() { return std::move(all_); }

 private:
  std::vector<Outcome> all_{Outcome{}};
};

class Splitter {
 public:
  Splitter(const ir::Program& p, const Layout& layout, Outcomes& outcomes);

  // The disjoint boxes in which the step fires or is a model error.  False: more than `work`
  // evaluations would be needed, or more than `boxes` boxes; then `out` is of no use.
  bool step(const ir::Step& step, const Choices& choices, int work, std::size_t boxes,
            std::vector<Box>& out);
  // The same for where a condition is `wanted`, or a model error.
  bool condition(const ir::Expr& e, bool wanted, const Choices& choices, int work,
                 std::size_t boxes, std::vector<Box>& out);

 private:
  struct Fault {};  // thrown for a model error
  // A value: known, or what a slot had before the step, which may be several.
  struct Operand {
    int slot;  // -1: known
    int value;
    bool known() const { return slot < 0; }
  };
  // What can be said of an expression without splitting.
  struct Guess {
    enum class Kind {
      kKnown,   // a known operand
      kSlot,    // an operand that is a slot
      kOpen,    // several values, and no model error
      kUnsafe,  // maybe a model error
    };
    Kind kind;
    Operand operand{-1, 0};
    bool is(int value) const { return kind == Kind::kKnown && operand.value == value; }
    bool holds() const { return kind == Kind::kKnown && operand.value != 0; }
    bool safe() const { return kind != Kind::kUnsafe; }
  };

  template <typename Evaluate>
  bool all(int work, std::size_t boxes, std::vector<Box>& out, const Evaluate& evaluate);
  bool next();
  void begin();
  void emit(bool error, std::vector<Box>& out);

  bool split(int slot, const Subset& codes);
  template <typename Holds>
  bool split_where(int slot, const Holds& holds);
  Subset& codes_of(int slot);
  int settle(int slot);

  int lowest(int slot) const;
  int highest(int slot) const;
  bool may_be(int slot, int value) const;
  Guess guess(const ir::Expr& e) const;
  Guess guess(Operand a) const;
  Guess guess_junction(const ir::Expr& e) const;
  Guess guess_compare(ir::Op op, const Guess& a, const Guess& b) const;
  int guess_slot(int variable, const std::vector<ir::ExprRef>& index) const;
  Operand before_or_written(int slot) const;

  bool holds(const ir::Expr& e);
  bool compare(ir::Op op, Operand a, Operand b);
  Operand operand(const ir::Expr& e);
  int value(const ir::Expr& e);
  int slot(int variable, const std::vector<ir::ExprRef>& index);
  int lo(int slot) const { return layout_.fields[static_cast<std::size_t>(slot)].lo; }

  void run(const ir::Block& block);
  void run(const ir::Stmt& stmt);
  Operand assigned(int variable, const ir::Expr& e);
  void write(int slot, Operand value);
  void settle_writes();

  const ir::Program& p_;
  const Layout& layout_;
  Outcomes& outcomes_;
  const Choices* choices_ = nullptr;

  std::vector<char> decisions_;  // of this evaluation: 1: the first part, 0: the other
  std::size_t decided_ = 0;      // so many of them were met
  std::uint32_t evaluation_ = 0;

  // What a slot is known to be: valid when of this evaluation.
  struct Known {
    std::uint32_t tested = 0;   // evaluation
    std::uint32_t written = 0;  // evaluation
    std::uint32_t at = 0;       // in tests_ when tested
    Operand value{-1, 0};       // when written
  };
  struct Test {
    Box::Part part;
    bool narrowed;  // some possible codes were excluded
  };
  std::vector<Known> known_;                      // per slot
  std::vector<Test> tests_;                       // of this evaluation
  std::vector<int> writes_;                       // slots written by this evaluation
  std::vector<std::pair<int, Operand>> pending_;  // of an assignment, slot and value
  Outcome outcome_;
};

}  // namespace stalemate::engine

#endif  // STALEMATE_ENGINE_SPLIT_H_
