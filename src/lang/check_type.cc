// Types as written, and the limits of their size.
#include <fmt/format.h>

#include <algorithm>

#include "lang/checker.h"

namespace stalemate::lang {

namespace {
using Kind = Type::Kind;
}  // namespace

const Type* Checker::resolve_type(TypeExpr& t) {
  const Type* type = plain_type(t);
  if (!t.option || type->kind == Kind::kError) return type;
  if (type->kind == Kind::kSort) return types_.option(type->sort);
  diagnostics_.error(t.span, fmt::format("{} cannot be optional", types_.name(type)),
                     "enums, index types and functions can: cpu?, frame?");
  return types_.error();
}

const Type* Checker::named_type(TypeExpr& t) {
  if (t.name.text == "cpu") return types_.sort(0);
  const auto it = out_.globals.find(t.name.text);
  const bool is_type =
      it != out_.globals.end() &&
      (it->second->kind == DeclKind::kEnum || it->second->kind == DeclKind::kStruct ||
       it->second->kind == DeclKind::kType || it->second->kind == DeclKind::kSymmetric);
  if (is_type) {
    resolve(*it->second);
    return it->second->type == nullptr ? types_.error() : it->second->type;
  }
  std::vector<std::string> names = {"cpu", "bool"};
  for (const auto& [name, d] : out_.globals) {
    if (d->kind == DeclKind::kEnum || d->kind == DeclKind::kStruct || d->kind == DeclKind::kType ||
        d->kind == DeclKind::kSymmetric) {
      names.push_back(name);
    }
  }
  const std::string close = did_you_mean(t.name.text, names);
  diagnostics_.error(t.span, fmt::format("unknown type '{}'", t.name.text),
                     close.empty() ? "declare it, import the file that does, or use bool, cpu, "
                                     "or a range such as 0..3"
                                   : fmt::format("did you mean '{}'?", close));
  return types_.error();
}

const Type* Checker::plain_type(TypeExpr& t) {
  switch (t.kind) {
    case TypeExpr::Kind::kBool:
      return types_.boolean();
    case TypeExpr::Kind::kNamed:
      return named_type(t);
    case TypeExpr::Kind::kRange: {
      const int errors = diagnostics_.errors();
      const long lo = const_int(*t.lo, -32767, 32767, "the low end of a range");
      const long hi = const_int(*t.hi, -32767, 32767, "the high end of a range");
      if (diagnostics_.errors() != errors) return types_.error();
      if (lo > hi) {
        diagnostics_.error(t.span, fmt::format("the range {}..{} is empty", lo, hi));
        return types_.error();
      }
      return types_.integer(lo, hi);
    }
    case TypeExpr::Kind::kEnum: {
      // An enum written in place, as in param order : {before, after}; named after its owner.
      const auto known = inline_enums_.find(&t);
      if (known != inline_enums_.end()) return types_.sort(known->second);
      const std::string owner = context_.owner == nullptr ? "enum" : context_.owner->name.text;
      ir::Sort sort{owner, {}, false};
      for (int k = 2; std::any_of(types_.sorts().begin(), types_.sorts().end(),
                                  [&](const ir::Sort& s) { return s.name == sort.name; });
           ++k) {
        sort.name = fmt::format("{}#{}", owner, k);
      }
      for (const Name& m : t.members) {
        if (std::find(sort.members.begin(), sort.members.end(), m.text) != sort.members.end()) {
          diagnostics_.error(m.span, fmt::format("'{}' is listed twice", m.text));
          continue;
        }
        sort.members.push_back(m.text);
      }
      const int id = types_.add_sort(std::move(sort));
      inline_enums_[&t] = id;
      return types_.sort(id);
    }
    case TypeExpr::Kind::kSet: {
      const Type* e = plain_type(*t.element);
      if (e->kind == Kind::kError || e->kind == Kind::kSort || e->kind == Kind::kBool ||
          (e->kind == Kind::kInt && e->lo == 0)) {
        return e->kind == Kind::kError ? e : types_.set(e);
      }
      diagnostics_.error(t.element->span, fmt::format("a set cannot hold {}", types_.name(e)));
      return types_.error();
    }
    case TypeExpr::Kind::kQueue: {
      const long n = const_int(*t.lo, 1, 64, "the capacity of a queue");
      const Type* e = plain_type(*t.element);
      return e->kind == Kind::kError ? e : types_.queue(n, e);
    }
    case TypeExpr::Kind::kFn: {
      std::vector<const Type*> args;
      for (TypeExprPtr& a : t.args) args.push_back(resolve_type(*a));
      return types_.function(args);
    }
  }
  return types_.error();
}

const Type* Checker::index_type(TypeExpr& t) {
  const Type* type = resolve_type(t);
  if (type->kind == Kind::kError || type->kind == Kind::kSort || type->kind == Kind::kBool ||
      (type->kind == Kind::kInt && type->lo == 0)) {
    return type;
  }
  diagnostics_.error(t.span, fmt::format("{} cannot be an index", types_.name(type)),
                     "indices are enums, index types, or ranges from 0");
  return types_.error();
}

const Type* Checker::with_dims(const std::vector<TypeExprPtr>& dims, const Type* t,
                               const Span& span) {
  std::vector<const Type*> index;
  for (const TypeExprPtr& d : dims) index.push_back(index_type(*d));
  for (auto it = index.rbegin(); it != index.rend(); ++it) {
    if ((*it)->kind == Kind::kError || t->kind == Kind::kError) return types_.error();
    t = types_.array(*it, t);
  }
  require_small(t, span);
  return t;
}

bool Checker::has_default(const Type* t, std::string& culprit) const {
  if (t->kind == Kind::kSort && types_.sorts()[static_cast<std::size_t>(t->sort)].symmetric) {
    culprit = types_.name(t);
    return false;
  }
  if (t->kind == Kind::kArray || t->kind == Kind::kQueue) {
    // Elements of a queue beyond its length mean nothing.
    return t->kind == Kind::kQueue || has_default(t->element, culprit);
  }
  return std::all_of(t->fields.begin(), t->fields.end(),
                     [&](const auto& f) { return has_default(f.second, culprit); });
}

void Checker::require_small(const Type* t, const Span& span) {
  if (t->kind == Kind::kError) return;
  if (types_.width(t) > kMaxElements) {
    diagnostics_.error(span, fmt::format("this has more than {} values", kMaxElements),
                       "a model is small: use fewer pages, CPUs or slots");
  }
}

const Type* Checker::require_plain(const Type* t, const Span& span) {
  if (t->kind == Kind::kError || t->kind == Kind::kVoid) return t;
  for (const Leaf& l : types_.leaves(t)) {
    if (l.dims.empty()) continue;
    diagnostics_.error(span, fmt::format("{} has too many values to go through", types_.name(t)),
                       "a scalar or a struct of scalars has few enough");
    return types_.error();
  }
  return t;
}

}  // namespace stalemate::lang
