// Expressions and bodies in a form that is quick to evaluate on a packed state: arrays that refer
// to themselves by position, with all that is known of places and domains written out. Tested by
// tests/unit/engine/general_test.cc.
#ifndef STALEMATE_ENGINE_CODE_H_
#define STALEMATE_ENGINE_CODE_H_

#include <cstddef>
#include <cstdint>
#include <vector>

#include "engine/layout.h"
#include "ir/ir.h"

namespace stalemate::engine {

// The code of one step, or of one condition.
class Code {
 public:
  Code(const ir::Program& p, const Layout& layout, const ir::Step& step);
  Code(const ir::Program& p, const Layout& layout, const ir::Expr& condition);

  struct Fault {};  // thrown for a model error

  // Of the guard or condition; `choice` is the number of the combination of choices.
  bool holds(const Word* state, int choice) const { return value(root_, state, choice) != 0; }
  // Executes the body on `state`.  Violations and goals are added as they come.
  void run(Word* state, int choice, std::vector<int>& violations, std::vector<int>& goals) const;

 private:
  using At = std::uint32_t;  // a position in one of the arrays below

  enum class Op : std::uint8_t {
    kConst,    // value
    kField,    // the value of `field`
    kTest,     // (word & mask) == code, of `field`
    kElement,  // of `element`
    kChoice,   // lo + choice / below % size
    kNot,
    kAnd,
    kOr,
    kIte,
    kEq,
    kNe,
    kLt,
    kLe,
    kAdd,
    kSub,
    kMul,
    kDiv,
    kMod,
  };
  struct Node {
    Op op = Op::kConst;
    Field field;    // kField, kTest
    int value = 0;  // kConst, kTest: the code in place; kChoice: lo
    At first = 0;   // arguments: positions in args_; kElement: in elements_; kChoice: below
    At count = 0;   // arguments; kChoice: size
    Word code = 0;  // kTest
  };
  struct Dimension {
    At index;  // node
    int lo, size;
  };
  struct Element {  // of an array
    int first = 0;  // slot of element 0
    At dims = 0;    // in dims_
    At count = 0;
  };
  struct Assignment {
    At element = 0;      // in elements_, without dimensions when it is known
    At value = 0;        // node
    int lo = 0, hi = 0;  // domain
  };
  enum class Do : std::uint8_t {
    kAssign,    // assignments first .. first + count - 1
    kUnless,    // goes to `first` when `node` does not hold
    kGoTo,      // `first`
    kAssert,    // `number`, unless `node` holds; and then evaluates messages first ..
    kCover,     // `number`, when `node` holds
    kEvaluate,  // `node`, which may be a model error
    kFail,
  };
  struct Action {
    Do what = Do::kFail;
    At node = 0;
    At first = 0, count = 0;
    int number = 0;
  };
  struct Pending {
    int slot, value;
  };

  void set_choices(const std::vector<ir::Choice>& choices);
  At compile(const ir::Expr& e);
  bool compile_test(const ir::Expr& e, Node& node) const;
  At compile_element(int variable, const std::vector<ir::ExprRef>& index);
  void compile(const ir::Block& block);
  void compile(const ir::Stmt& stmt);
  At add(Node node);

  int value(At node, const Word* state, int choice) const;
  static int arithmetic(Op op, std::int64_t a, std::int64_t b);
  int slot(const Element& element, const Word* state, int choice) const;
  void assign(const Action& action, Word* state, int choice) const;

  const ir::Program& p_;
  const Layout& layout_;
  std::vector<Node> nodes_;
  std::vector<At> args_;  // nodes
  std::vector<Dimension> dims_;
  std::vector<Element> elements_;
  std::vector<Assignment> assignments_;
  std::vector<Action> actions_;
  std::vector<Node> choices_;  // a node for each, of kind kChoice
  At root_ = 0;
};

}  // namespace stalemate::engine

#endif  // STALEMATE_ENGINE_CODE_H_
