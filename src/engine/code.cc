#include "engine/code.h"

#include <array>
#include <limits>
#include <utility>

#include "engine/split.h"

namespace stalemate::engine {

namespace {

int field_value(const Field& f, const Word* state) {
  return f.lo + static_cast<int>((state[f.word] >> f.shift) & ((Word{1} << f.bits) - 1));
}

}  // namespace

Code::Code(const ir::Program& p, const Layout& layout, const ir::Step& step)
    : p_(p), layout_(layout) {
  set_choices(step.choices);
  root_ = compile(*step.guard);
  compile(step.body);
}

Code::Code(const ir::Program& p, const Layout& layout, const ir::Expr& condition)
    : p_(p), layout_(layout), root_(compile(condition)) {}

void Code::set_choices(const std::vector<ir::Choice>& choices) {
  choices_.resize(choices.size());
  At below = 1;  // combinations of the choices after this one
  for (std::size_t i = choices.size(); i-- > 0;) {
    const ir::Domain& d = choices[i].domain;
    choices_[i].op = Op::kChoice;
    choices_[i].value = d.lo;
    choices_[i].first = below;
    choices_[i].count = static_cast<At>(d.size());
    below *= choices_[i].count;
  }
}

Code::At Code::add(Node node) {
  nodes_.push_back(node);
  return static_cast<At>(nodes_.size()) - 1;
}

// variable == constant, without computed indices.
bool Code::compile_test(const ir::Expr& e, Node& node) const {
  if (e.op != ir::Op::kEq) return false;
  const bool turned = ir::is_const(e.args[0]);
  const ir::Expr& read = *e.args[turned ? 1 : 0];
  const ir::Expr& other = *e.args[turned ? 0 : 1];
  if (read.op != ir::Op::kRead || other.op != ir::Op::kConst || may_fail(read)) return false;
  int offset = 0;
  const ir::Variable& v = p_.variables[static_cast<std::size_t>(read.variable)];
  for (std::size_t i = 0; i < read.args.size(); ++i) {
    if (!v.dims[i].contains(read.args[i]->value)) return false;
    offset = offset * v.dims[i].size() + (read.args[i]->value - v.dims[i].lo);
  }
  const auto slot = static_cast<std::size_t>(v.first + offset);
  if (!layout_.possible[slot].contains(other.value)) {
    node = Node();  // false
    return true;
  }
  node.op = Op::kTest;
  node.field = layout_.fields[slot];
  node.code = static_cast<Word>(other.value - node.field.lo) << node.field.shift;
  return true;
}

Code::At Code::compile(const ir::Expr& e) {
  Node node;
  switch (e.op) {
    case ir::Op::kConst:
      node.value = e.value;
      return add(node);
    case ir::Op::kChoice:
      return add(choices_[static_cast<std::size_t>(e.value)]);
    case ir::Op::kRead: {
      node.first = compile_element(e.variable, e.args);
      const Element& element = elements_[node.first];
      node.op = element.count == 0 ? Op::kField : Op::kElement;
      if (element.count == 0) node.field = layout_.fields[static_cast<std::size_t>(element.first)];
      return add(node);
    }
    default:
      break;
  }
  if (compile_test(e, node)) return add(node);
  switch (e.op) {
    case ir::Op::kNot:
      node.op = Op::kNot;
      break;
    case ir::Op::kAnd:
      node.op = Op::kAnd;
      break;
    case ir::Op::kOr:
      node.op = Op::kOr;
      break;
    case ir::Op::kIte:
      node.op = Op::kIte;
      break;
    case ir::Op::kEq:
      node.op = Op::kEq;
      break;
    case ir::Op::kNe:
      node.op = Op::kNe;
      break;
    case ir::Op::kLt:
      node.op = Op::kLt;
      break;
    case ir::Op::kLe:
      node.op = Op::kLe;
      break;
    case ir::Op::kAdd:
      node.op = Op::kAdd;
      break;
    case ir::Op::kSub:
      node.op = Op::kSub;
      break;
    case ir::Op::kMul:
      node.op = Op::kMul;
      break;
    case ir::Op::kDiv:
      node.op = Op::kDiv;
      break;
    default:
      node.op = Op::kMod;
      break;
  }
  std::vector<At> args;
  for (const ir::ExprRef& a : e.args) args.push_back(compile(*a));
  node.first = static_cast<At>(args_.size());
  node.count = static_cast<At>(args.size());
  args_.insert(args_.end(), args.begin(), args.end());
  return add(node);
}

// An element that is known has no dimensions.
Code::At Code::compile_element(int variable, const std::vector<ir::ExprRef>& index) {
  const ir::Variable& v = p_.variables[static_cast<std::size_t>(variable)];
  Element element;
  int offset = 0;
  std::vector<Dimension> dims;
  bool known = true;
  for (std::size_t i = 0; i < index.size(); ++i) {
    const ir::Domain& d = v.dims[i];
    known = known && ir::is_const(index[i]) && d.contains(index[i]->value);
    if (known) offset = offset * d.size() + (index[i]->value - d.lo);
    dims.push_back({compile(*index[i]), d.lo, d.size()});
  }
  element.first = v.first;
  if (known) {
    element.first += offset;
  } else {
    element.dims = static_cast<At>(dims_.size());
    element.count = static_cast<At>(dims.size());
    dims_.insert(dims_.end(), dims.begin(), dims.end());
  }
  elements_.push_back(element);
  return static_cast<At>(elements_.size()) - 1;
}

void Code::compile(const ir::Block& block) {
  for (const ir::Stmt& stmt : block) compile(stmt);
}

void Code::compile(const ir::Stmt& stmt) {
  Action action;
  if (stmt.condition) action.node = compile(*stmt.condition);
  switch (stmt.kind) {
    case ir::Stmt::Kind::kAssign: {
      std::vector<Assignment> all;
      for (std::size_t i = 0; i < stmt.places.size(); ++i) {
        const ir::Place& place = stmt.places[i];
        const ir::Domain& d = p_.variables[static_cast<std::size_t>(place.variable)].domain;
        const At element = compile_element(place.variable, place.index);
        all.push_back({element, compile(*stmt.values[i]), d.lo, d.hi});
      }
      action.what = Do::kAssign;
      action.first = static_cast<At>(assignments_.size());
      action.count = static_cast<At>(all.size());
      assignments_.insert(assignments_.end(), all.begin(), all.end());
      break;
    }
    case ir::Stmt::Kind::kIf: {
      action.what = Do::kUnless;
      const std::size_t branch = actions_.size();
      actions_.push_back(action);
      compile(stmt.then_block);
      if (!stmt.else_block.empty()) {
        const std::size_t skip = actions_.size();
        actions_.emplace_back().what = Do::kGoTo;
        actions_[branch].first = static_cast<At>(actions_.size());
        compile(stmt.else_block);
        actions_[skip].first = static_cast<At>(actions_.size());
      } else {
        actions_[branch].first = static_cast<At>(actions_.size());
      }
      return;
    }
    case ir::Stmt::Kind::kAssert: {
      action.what = Do::kAssert;
      action.number = stmt.property;
      std::vector<At> values;  // of the message, where they may be an error
      for (const ir::Text::Piece& piece : stmt.text.pieces) {
        if (piece.value && may_fail(*piece.value)) values.push_back(compile(*piece.value));
      }
      action.first = static_cast<At>(args_.size());
      action.count = static_cast<At>(values.size());
      args_.insert(args_.end(), values.begin(), values.end());
      break;
    }
    case ir::Stmt::Kind::kCover:
      action.what = Do::kCover;
      action.number = stmt.goal;
      break;
    case ir::Stmt::Kind::kCount:
      if (!may_fail(*stmt.condition)) return;
      action.what = Do::kEvaluate;
      break;
    case ir::Stmt::Kind::kFail:
      action.what = Do::kFail;
      break;
    case ir::Stmt::Kind::kFence:
      return;
  }
  actions_.push_back(action);
}

int Code::slot(const Element& element, const Word* state, int choice) const {
  int offset = 0;
  for (At i = 0; i < element.count; ++i) {
    const Dimension& d = dims_[element.dims + i];
    const std::int64_t at = std::int64_t{value(d.index, state, choice)} - d.lo;
    if (at < 0 || at >= d.size) throw Fault();
    offset = offset * d.size + static_cast<int>(at);
  }
  return element.first + offset;
}

int Code::value(At at, const Word* state, int choice) const {
  const Node& node = nodes_[at];
  const At* const args = args_.data() + node.first;
  switch (node.op) {
    case Op::kConst:
      return node.value;
    case Op::kField:
      return field_value(node.field, state);
    case Op::kTest:
      return (state[node.field.word] & node.field.mask()) == node.code ? 1 : 0;
    case Op::kElement: {
      const int s = slot(elements_[node.first], state, choice);
      return field_value(layout_.fields[static_cast<std::size_t>(s)], state);
    }
    case Op::kChoice:
      return node.value + static_cast<int>(static_cast<At>(choice) / node.first % node.count);
    case Op::kNot:
      return value(args[0], state, choice) == 0 ? 1 : 0;
    case Op::kAnd:
      for (At i = 0; i < node.count; ++i) {
        if (value(args[i], state, choice) == 0) return 0;
      }
      return 1;
    case Op::kOr:
      for (At i = 0; i < node.count; ++i) {
        if (value(args[i], state, choice) != 0) return 1;
      }
      return 0;
    case Op::kIte:
      return value(args[value(args[0], state, choice) != 0 ? 1 : 2], state, choice);
    default:
      break;
  }
  const int a = value(args[0], state, choice);
  const int b = value(args[1], state, choice);
  switch (node.op) {
    case Op::kEq:
      return a == b ? 1 : 0;
    case Op::kNe:
      return a != b ? 1 : 0;
    case Op::kLt:
      return a < b ? 1 : 0;
    case Op::kLe:
      return a <= b ? 1 : 0;
    default:
      return arithmetic(node.op, a, b);
  }
}

int Code::arithmetic(Op op, std::int64_t a, std::int64_t b) {
  std::int64_t result = 0;
  switch (op) {
    case Op::kAdd:
      result = a + b;
      break;
    case Op::kSub:
      result = a - b;
      break;
    case Op::kMul:
      result = a * b;
      break;
    default:
      if (b == 0) throw Fault();
      result = op == Op::kDiv ? a / b : a % b;
  }
  if (result < std::numeric_limits<int>::min() || result > std::numeric_limits<int>::max()) {
    throw Fault();
  }
  return static_cast<int>(result);
}

void Code::assign(const Action& action, Word* state, int choice) const {
  // All are evaluated before any is written.
  std::array<Pending, 32> few;
  std::vector<Pending> many;
  Pending* pending = few.data();
  if (action.count > few.size()) {
    many.resize(action.count);
    pending = many.data();
  }
  for (At i = 0; i < action.count; ++i) {
    const Assignment& a = assignments_[action.first + i];
    pending[i].slot = slot(elements_[a.element], state, choice);
    pending[i].value = value(a.value, state, choice);
    if (pending[i].value < a.lo || pending[i].value > a.hi) throw Fault();
  }
  for (At i = 0; i < action.count; ++i) {
    const Field& f = layout_.fields[static_cast<std::size_t>(pending[i].slot)];
    // It fits: what is assigned is possible (see Layout), and so is `lo` alone without bits.
    state[f.word] = (state[f.word] & ~f.mask()) | static_cast<Word>(pending[i].value - f.lo)
                                                      << f.shift;
  }
}

void Code::run(Word* state, int choice, std::vector<int>& violations,
               std::vector<int>& goals) const {
  for (std::size_t at = 0; at < actions_.size();) {
    const Action& action = actions_[at++];
    switch (action.what) {
      case Do::kAssign:
        assign(action, state, choice);
        break;
      case Do::kUnless:
        if (value(action.node, state, choice) == 0) at = action.first;
        break;
      case Do::kGoTo:
        at = action.first;
        break;
      case Do::kAssert:
        if (value(action.node, state, choice) != 0) break;
        violations.push_back(action.number);
        for (At i = 0; i < action.count; ++i) value(args_[action.first + i], state, choice);
        break;
      case Do::kCover:
        if (value(action.node, state, choice) != 0) goals.push_back(action.number);
        break;
      case Do::kEvaluate:
        value(action.node, state, choice);
        break;
      case Do::kFail:
        throw Fault();
    }
  }
}

}  // namespace stalemate::engine
