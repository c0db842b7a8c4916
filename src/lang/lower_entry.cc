// How code can begin: its first edges, for merging them into a choice or a loop that picks.
#include <fmt/format.h>

#include <algorithm>

#include "lang/lowering.h"

namespace stalemate::lang {

namespace {

using ir::ExprRef;
using ir::Op;

bool has_jump(const ir::Stmt& s) {
  const auto any = [](const ir::Block& b) { return std::any_of(b.begin(), b.end(), has_jump); };
  return is_jump(s) || any(s.then_block) || any(s.else_block);
}

}  // namespace

// What silent code assigned before a step: values by variable and constant indices.
struct Lowering::Assigned {
  std::map<int, std::map<std::vector<int>, ExprRef>> values;

  ExprRef apply(const ir::Program& p, const ExprRef& e) const {
    if (e == nullptr || values.empty()) return e;
    std::vector<ExprRef> args;
    for (const ExprRef& a : e->args) args.push_back(apply(p, a));
    if (e->op == Op::kRead) {
      const auto known = values.find(e->variable);
      if (known == values.end()) return ir::read(e->variable, std::move(args), e->order);
      // An element that nobody assigned keeps what it had.
      ExprRef out = ir::read(e->variable, args, e->order);
      for (const auto& [index, value] : known->second) {
        std::vector<ExprRef> same;
        for (std::size_t i = 0; i < index.size(); ++i) {
          same.push_back(ir::binary(Op::kEq, args[i], ir::constant(index[i])));
        }
        out = ir::ite(ir::all_of(std::move(same)), value, out);
      }
      return out;
    }
    if (e->args.empty()) return e;
    auto copy = std::make_shared<ir::Expr>(*e);
    copy->args = std::move(args);
    return copy;
  }
};

// Edges by which code that starts at `node` can begin, for merging them into another node: the
// silent code before them is carried along, its values filled into their guards.  Only nodes from
// `first` on belong to that code; a jump that leaves it is a step of its own that only goes there.
std::vector<Edge> Lowering::entry_edges(int node, int first, const Span& span) {
  return edges_of_code({jump(node)}, first, {}, {}, ir::constant(1), span);
}

std::vector<Edge> Lowering::edges_of_code(const ir::Block& code, int first, Assigned assigned,
                                          ir::Block before, const ExprRef& when, const Span& span) {
  for (const ir::Stmt& s : code) {
    // A check has no jump in it; what follows it is still to come.
    if (s.kind == ir::Stmt::Kind::kIf && has_jump(s)) {
      const ExprRef c = assigned.apply(program_, s.condition);
      std::vector<Edge> out;
      if (!ir::is_const(c, 0)) {
        out = edges_of_code(s.then_block, first, assigned, before, ir::all_of({when, c}), span);
      }
      if (!ir::is_const(c, 1)) {
        for (Edge& e : edges_of_code(s.else_block, first, assigned, before,
                                     ir::all_of({when, ir::negate(c)}), span)) {
          out.push_back(std::move(e));
        }
      }
      return out;
    }
    if (is_jump(s)) {
      const Node& n = nodes_[static_cast<std::size_t>(s.goal)];
      if (s.goal >= first && n.silent) {
        if (++silent_depth_ > 500) {
          silent_depth_ = 0;
          diagnostics_.error(n.span ? n.span : span,
                             "this loop may run for ever without a step that others could see",
                             "wait for something with 'await', or do a step in it");
          throw Bail();
        }
        const ir::Block silent_code = n.code;
        std::vector<Edge> out =
            edges_of_code(silent_code, first, std::move(assigned), std::move(before), when, span);
        if (silent_depth_ > 0) --silent_depth_;
        return out;
      }
      if (s.goal >= first && n.built) {
        std::vector<Edge> out = n.edges;
        for (Edge& e : out) {
          e.rest = e.rest || n.rest;
          e.guard = ir::all_of({when, assigned.apply(program_, e.guard)});
          for (auto& piece : e.text.pieces) piece.value = assigned.apply(program_, piece.value);
          e.body.insert(e.body.begin(), before.begin(), before.end());
        }
        out.erase(std::remove_if(out.begin(), out.end(),
                                 [](const Edge& e) { return ir::is_const(e.guard, 0); }),
                  out.end());
        return out;
      }
      Edge e;
      e.name = "choose";
      e.text = plain_text("choose");
      e.guard = when;
      e.body = std::move(before);
      e.body.push_back(s);
      e.span = span;
      e.module = module_here();
      return {e};
    }
    if (s.kind == ir::Stmt::Kind::kAssign) {
      // Right-hand sides see what was there before the statement.
      Assigned next = assigned;
      for (std::size_t i = 0; i < s.places.size(); ++i) {
        std::vector<int> index;
        for (const ExprRef& x : s.places[i].index) {
          const ExprRef known = assigned.apply(program_, x);
          if (ir::is_const(known)) index.push_back(known->value);
        }
        if (index.size() == s.places[i].index.size()) {
          next.values[s.places[i].variable][index] = assigned.apply(program_, s.values[i]);
          continue;
        }
        // An element that is not known here: stop merging before this statement.
        ir::Block rest(code.begin() + (&s - code.data()), code.end());
        const int here = new_node();
        silent(here, std::move(rest), -1);
        return edges_of_code({jump(here)}, here + 1, std::move(assigned), std::move(before), when,
                             span);
      }
      assigned = std::move(next);
    }
    before.push_back(s);
  }
  return {};
}

}  // namespace stalemate::lang
