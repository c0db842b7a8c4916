// Initial values that `init` gives to single elements.
#include <fmt/format.h>

#include "lang/lowering.h"

namespace stalemate::lang {

namespace {

using ir::ExprRef;

}  // namespace

int Lowering::constant_of(const ExprRef& e, const Span& span, const std::string& what) {
  if (ir::is_const(e)) return e->value;
  diagnostics_.error(span, fmt::format("{} must be constant", what),
                     "numbers, members of types, parameters and ncpus are constant");
  throw Bail();
}

// Those of the model come last: it may start where the library does not.
void Lowering::give_initial_values() {
  for (const bool own : {false, true}) {
    for (const Decl* d : checked_.inits) {
      if (module_of(*d).empty() != own) continue;
      try {
        give_initial_value(*d);
      } catch (const Bail&) {
        call_depth_ = 0;
      }
    }
  }
}

void Lowering::require_fit(const Span& span, int v, const ir::Domain& domain) {
  if (domain.contains(v)) return;
  diagnostics_.error(
      span, domain.sort < 0
                ? fmt::format("{} is outside {}..{}", v, domain.lo, domain.hi)
                : fmt::format("the value {} is no {}", v == ir::kNone ? "none" : std::to_string(v),
                              program_.sorts[static_cast<std::size_t>(domain.sort)].name));
  throw Bail();
}

// The elements that a target names are there.  In code they would be a model error only where used.
void Lowering::require_elements(const Expr& target, const Env& env) {
  if (target.kind != ExprKind::kIndex && target.kind != ExprKind::kField) return;
  require_elements(*target.args[0], env);
  if (target.kind != ExprKind::kIndex) return;
  const int v = constant_of(scalar(*target.args[1], env), target.args[1]->span,
                            "an index of an initial value");
  const PlaceRef base = *place(*target.args[0], env);
  for (const LeafPlace& leaf : base.leaves) {
    if (!leaf.rest.empty()) require_fit(target.args[1]->span, v, leaf.rest.front());
  }
}

void Lowering::give_initial_value(const Decl& d) {
  std::vector<ir::Domain> domains;
  for (const Param& p : d.params) domains.push_back(types_.domain(p.local->type));
  for (const std::vector<int>& values : combinations(domains, d.span)) {
    Env env;
    for (std::size_t i = 0; i < values.size(); ++i) {
      Binding& b = env[d.params[i].local];
      b.value = {d.params[i].local->type, {ir::constant(values[i])}};
    }
    if (d.when != nullptr &&
        constant_of(scalar(*d.when, env), d.when->span, "the condition of an initial value") == 0) {
      continue;
    }
    require_elements(*d.target, env);
    const PlaceRef to = *place(*d.target, env);
    const Value v = converted(expr(*d.value, env), to.type);
    std::size_t at = 0;
    for (const LeafPlace& leaf : to.leaves) {
      for (int n = 0; n < elements(leaf.rest); ++n) {
        std::vector<ExprRef> index = leaf.index;
        for (ExprRef& i : nth_index(leaf.rest, n)) index.push_back(std::move(i));
        give(d, leaf, index, v.scalars.at(at++), to.name);
      }
    }
  }
}

void Lowering::give(const Decl& d, const LeafPlace& leaf, const std::vector<ExprRef>& index,
                    const ExprRef& value, const std::string& name) {
  ir::Variable& variable = program_.variables[static_cast<std::size_t>(leaf.variable)];
  int offset = 0;
  for (std::size_t i = 0; i < index.size(); ++i) {
    const ir::Domain& domain = variable.dims[i];
    const int v = constant_of(index[i], d.target->span, "an index of an initial value");
    offset = offset * domain.size() + (v - domain.lo);
  }
  const int v = constant_of(value, d.value->span, "an initial value");
  require_fit(d.value->span, v, leaf.domain);
  const auto [it, fresh] = given_.emplace(std::pair(leaf.variable, offset), &d);
  if (!fresh) {
    const bool overridden = module_of(d).empty() && !module_of(*it->second).empty();
    if (!overridden) {
      diagnostics_.error(d.target->span, fmt::format("{} has an initial value already", name),
                         fmt::format("given at {}", it->second->span.where()));
      throw Bail();
    }
    it->second = &d;
  }
  variable.init.at(static_cast<std::size_t>(offset)) = static_cast<ir::Value>(v);
}

}  // namespace stalemate::lang
