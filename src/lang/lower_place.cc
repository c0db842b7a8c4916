// Places: variables and parts of them.
#include <fmt/format.h>

#include <algorithm>

#include "lang/lowering.h"

namespace stalemate::lang {

namespace {

using Kind = Type::Kind;
using ir::ExprRef;

int count_of(const std::vector<ir::Domain>& dims) { return static_cast<int>(elements(dims)); }

}  // namespace

std::string index_template(const std::string& shows, const std::vector<ir::Domain>& dims) {
  std::string out;
  for (std::size_t i = 0; i < shows.size(); ++i) {
    const bool hole = shows[i] == '{' && i + 3 < shows.size() && shows[i + 1] == ',' &&
                      shows[i + 2] >= '0' && shows[i + 2] <= '9' && shows[i + 3] == '}';
    const std::size_t dim = hole ? static_cast<std::size_t>(shows[i + 2] - '0') : dims.size();
    if (dim >= dims.size()) {
      out += shows[i];
      continue;
    }
    if (dims[dim].size() > 1) out += fmt::format(",{{{}}}", dim);
    i += 3;
  }
  return out;
}

PlaceRef Lowering::index_place(PlaceRef base, const ExprRef& index, const std::string& shown) {
  base.type = base.type->kind == Kind::kSet ? types_.boolean() : base.type->element;
  base.name += "[" + shown + "]";
  std::vector<LeafPlace> kept;
  for (LeafPlace& l : base.leaves) {
    if (l.rest.empty()) continue;  // the length of a queue is no element
    l.index.push_back(index);
    l.rest.erase(l.rest.begin());
    kept.push_back(std::move(l));
  }
  base.leaves = std::move(kept);
  return base;
}

// A constant index outside, of a parameter say, is a model error where it is used.
ExprRef Lowering::constant_index(const PlaceRef& base, const ExprRef& index) {
  for (const LeafPlace& l : base.leaves) {
    if (l.rest.empty() || l.rest.front().contains(index->value)) continue;
    const ir::Domain& domain = l.rest.front();
    const ExprRef first = ir::constant(domain.lo);
    return ir::ite(miss(index, domain, "array " + base.name), first, first);
  }
  return index;
}

PlaceRef Lowering::field_place(const PlaceRef& base, const std::string& field, const Type* type) {
  PlaceRef out;
  out.type = type;
  out.name = base.name + "." + field;
  out.mem = base.mem;
  const std::string prefix = "." + field;
  for (const LeafPlace& l : base.leaves) {
    const bool match = l.path.compare(0, prefix.size(), prefix) == 0 &&
                       (l.path.size() == prefix.size() || l.path[prefix.size()] == '.');
    if (!match) continue;
    out.leaves.push_back(l);
    out.leaves.back().path = l.path.substr(prefix.size());
  }
  return out;
}

ExprRef Lowering::length_of(const PlaceRef& queue) {
  return read_place(field_place(queue, "len", types_.boolean())).scalars.at(0);
}

int Lowering::copy_variable(const Decl& cache) {
  const auto it = copies_.find(&cache);
  if (it != copies_.end()) return it->second;
  ir::Variable v;
  v.name = cache.name.text;
  v.space = ir::Space::kCopy;
  for (std::size_t i = 0; i + 1 < cache.locals.size(); ++i)
    v.dims.push_back(types_.domain(cache.locals[i]->type));
  for (const Leaf& l : types_.leaves(cache.locals.back()->type)) v.dims.push_back(l.domain);
  v.init.assign(static_cast<std::size_t>(elements(v.dims)), 0);
  if (cache.has_shows) v.display = index_template(cache.shows.pieces[0].literal, v.dims);
  if (v.display.empty()) {
    v.display = cache.name.text;
    for (std::size_t i = 0; i + 1 < cache.locals.size(); ++i)
      v.display += fmt::format("[{{{}}}]", i);
  }
  program_.variables.push_back(std::move(v));
  const int id = static_cast<int>(program_.variables.size()) - 1;
  copies_[&cache] = id;
  return id;
}

// The place an expression names, or nothing when it is a computed value.
std::optional<PlaceRef> Lowering::place(const Expr& e, const Env& env) {
  if (e.kind == ExprKind::kName) {
    if (e.local != nullptr) {
      const auto it = env.find(e.local);
      if (it == env.end() || !it->second.is_place) return std::nullopt;
      return it->second.place;
    }
    if (e.decl == nullptr || e.decl->kind != DeclKind::kVariable) return std::nullopt;
    PlaceRef p;
    p.type = e.decl->type;
    p.name = e.decl->name.text;
    p.mem = e.decl->space == "mem";
    const std::vector<int>& ids = variables_.at(e.decl);
    const std::vector<Leaf> leaves = types_.leaves(e.decl->type);
    for (std::size_t i = 0; i < leaves.size(); ++i) {
      p.leaves.push_back({ids[i], {}, leaves[i].dims, leaves[i].path, leaves[i].domain});
    }
    return p;
  }
  if (e.kind == ExprKind::kIndex && e.decl == nullptr) {
    auto base = place(*e.args[0], env);
    if (!base) return std::nullopt;
    ExprRef i = scalar(*e.args[1], env);
    std::string shown = snippet(e.args[1]->span);
    if (ir::is_const(i))
      shown = program_.value_name(types_.domain(base->type->kind == Kind::kSet ? base->type->element
                                                : base->type->index != nullptr ? base->type->index
                                                                               : types_.boolean()),
                                  i->value);
    if (base->type->kind == Kind::kQueue) {
      i = within_queue(i, length_of(*base));
      *base = field_place(*base, "at", base->type);
    } else if (ir::is_const(i)) {
      i = constant_index(*base, i);
    }
    return index_place(std::move(*base), i, shown);
  }
  if (e.kind == ExprKind::kField) {
    auto base = place(*e.args[0], env);
    if (!base) return std::nullopt;
    if (base->type->kind == Kind::kQueue) {
      if (e.name.text == "len") return field_place(*base, "len", e.type);
      if (e.name.text == "front") {
        const ExprRef front = within_queue(ir::constant(0), length_of(*base));
        return index_place(field_place(*base, "at", base->type), front, "0");
      }
      return std::nullopt;
    }
    if (base->type->kind == Kind::kSet) return std::nullopt;
    return field_place(*base, e.name.text, e.type);
  }
  return std::nullopt;
}

Value Lowering::read_place(const PlaceRef& p) {
  Value v{p.type, {}};
  for (const LeafPlace& l : p.leaves) {
    spend(elements(l.rest), {});
    for (int n = 0; n < count_of(l.rest); ++n) {
      std::vector<ExprRef> index = l.index;
      for (ExprRef& i : nth_index(l.rest, n)) index.push_back(std::move(i));
      const bool mem =
          program_.variables[static_cast<std::size_t>(l.variable)].space == ir::Space::kMemory;
      v.scalars.push_back(
          ir::read(l.variable, std::move(index), mem ? now_.access : ir::Order::kPlain));
    }
  }
  return v;
}

}  // namespace stalemate::lang
