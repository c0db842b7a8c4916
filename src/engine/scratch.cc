#include "engine/scratch.h"

#include <algorithm>
#include <cstddef>

namespace stalemate::engine {

namespace {

constexpr int kNobody = -1, kSeveral = -2;

class Finder {
 public:
  explicit Finder(const ir::Program& p) : p_(p), user_(p.variables.size(), kNobody) {
    for (std::size_t i = 0; i < p.steps.size(); ++i) {
      const ir::Step& step = p.steps[i];
      const int number = static_cast<int>(i);
      add(step.guard, number);
      add(step.body, number);
      add(step.text, number);
    }
    for (const ir::Property& property : p.properties) {
      add(property.condition, kSeveral);
      add(property.text, kSeveral);
      for (const ir::ExprRef& e : property.when) add(e, kSeveral);
      for (const ir::LeadsTo& l : property.leads) {
        add(l.from, kSeveral);
        add(l.to, kSeveral);
        add(l.text, kSeveral);
      }
    }
    for (const ir::Process& process : p.processes) use(process.control, kSeveral);
  }

  int of(std::size_t variable) const {
    const ir::Variable& v = p_.variables[variable];
    const int step = user_[variable];
    if (step < 0 || !v.dims.empty()) return kNobody;
    // The last statement that has to do with it gives it its first value back.
    const ir::Block& body = p_.steps[static_cast<std::size_t>(step)].body;
    const auto last = std::find_if(body.rbegin(), body.rend(), [&](const ir::Stmt& s) {
      Finder alone(p_, s);
      return alone.user_[variable] != kNobody;
    });
    if (last == body.rend() || last->kind != ir::Stmt::Kind::kAssign) return kNobody;
    int given = 0;
    for (std::size_t i = 0; i < last->places.size(); ++i) {
      if (last->places[i].variable != static_cast<int>(variable)) continue;
      const ir::ExprRef& value = last->values[i];
      if (!ir::is_const(value) || value->value != v.init.front()) return kNobody;
      ++given;
    }
    return given == 1 ? step : kNobody;
  }

 private:
  Finder(const ir::Program& p, const ir::Stmt& s) : p_(p), user_(p.variables.size(), kNobody) {
    add(s, 0);
  }

  void use(int variable, int by) {
    int& user = user_[static_cast<std::size_t>(variable)];
    user = user == kNobody || user == by ? by : kSeveral;
  }
  void add(const ir::ExprRef& e, int by) {
    if (!e) return;
    if (e->op == ir::Op::kRead) use(e->variable, by);
    for (const ir::ExprRef& a : e->args) add(a, by);
  }
  void add(const ir::Text& text, int by) {
    for (const ir::Text::Piece& piece : text.pieces) add(piece.value, by);
  }
  void add(const ir::Block& block, int by) {
    for (const ir::Stmt& s : block) add(s, by);
  }
  void add(const ir::Stmt& s, int by) {
    for (const ir::Place& to : s.places) {
      use(to.variable, by);
      for (const ir::ExprRef& i : to.index) add(i, by);
    }
    for (const ir::ExprRef& v : s.values) add(v, by);
    add(s.condition, by);
    add(s.text, by);
    add(s.then_block, by);
    add(s.else_block, by);
  }

  const ir::Program& p_;
  std::vector<int> user_;  // per variable
};

}  // namespace

std::vector<std::vector<int>> scratch_of(const ir::Program& p) {
  const Finder finder(p);
  std::vector<std::vector<int>> out(p.steps.size());
  for (std::size_t v = 0; v < p.variables.size(); ++v) {
    const int step = finder.of(v);
    if (step >= 0) out[static_cast<std::size_t>(step)].push_back(static_cast<int>(v));
  }
  return out;
}

}  // namespace stalemate::engine
