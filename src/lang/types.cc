#include "lang/types.h"

#include <fmt/format.h>

namespace stalemate::lang {

Types::Types() {
  error_ = intern({.kind = Type::Kind::kError});
  none_ = intern({.kind = Type::Kind::kNone});
  void_ = intern({.kind = Type::Kind::kVoid});
  bool_ = intern({.kind = Type::Kind::kBool});
  empty_set_ = intern({.kind = Type::Kind::kEmptySet});
}

const Type* Types::intern(Type t) {
  for (const auto& old : all_) {
    if (old->kind == t.kind && old->lo == t.lo && old->hi == t.hi && old->sort == t.sort &&
        old->element == t.element && old->index == t.index && old->decl == t.decl) {
      return old.get();
    }
  }
  all_.push_back(std::make_unique<Type>(std::move(t)));
  return all_.back().get();
}

const Type* Types::integer(long lo, long hi) {
  return intern({.kind = Type::Kind::kInt, .lo = lo, .hi = hi});
}
const Type* Types::sort(int sort) { return intern({.kind = Type::Kind::kSort, .sort = sort}); }
const Type* Types::option(int sort) { return intern({.kind = Type::Kind::kOption, .sort = sort}); }
const Type* Types::set(const Type* element) {
  return intern({.kind = Type::Kind::kSet, .element = element});
}
const Type* Types::array(const Type* index, const Type* element) {
  return intern({.kind = Type::Kind::kArray, .element = element, .index = index});
}
const Type* Types::queue(long capacity, const Type* element) {
  return intern({.kind = Type::Kind::kQueue, .hi = capacity, .element = element});
}
Type* Types::structure(const Decl* decl) {
  return const_cast<Type*>(intern({.kind = Type::Kind::kStruct, .decl = decl}));
}

const Type* Types::function(const std::vector<const Type*>& args) {
  for (const auto& [sort_id, f] : fn_sorts_) {
    if (f.args == args) return sort(sort_id);
  }
  std::string name = "fn(";
  for (std::size_t i = 0; i < args.size(); ++i) name += (i > 0 ? ", " : "") + this->name(args[i]);
  const int id = add_sort({name + ")", {}, false});
  fn_sorts_.push_back({id, {args, {}}});
  return sort(id);
}

int Types::add_sort(ir::Sort sort) {
  sorts_.push_back(std::move(sort));
  return static_cast<int>(sorts_.size()) - 1;
}

FnSort* Types::fn_sort(int sort) {
  for (auto& [id, f] : fn_sorts_) {
    if (id == sort) return &f;
  }
  return nullptr;
}
const FnSort* Types::fn_sort(int sort) const { return const_cast<Types*>(this)->fn_sort(sort); }

std::string Types::name(const Type* t) const {
  switch (t->kind) {
    case Type::Kind::kError:
      return "?";
    case Type::Kind::kVoid:
      return "nothing";
    case Type::Kind::kNone:
      return "none";
    case Type::Kind::kBool:
      return "bool";
    case Type::Kind::kInt:
      return fmt::format("{}..{}", t->lo, t->hi);
    case Type::Kind::kSort:
      return sorts_[static_cast<std::size_t>(t->sort)].name;
    case Type::Kind::kOption:
      return sorts_[static_cast<std::size_t>(t->sort)].name + "?";
    case Type::Kind::kSet:
      return "set of " + name(t->element);
    case Type::Kind::kEmptySet:
      return "{}";
    case Type::Kind::kStruct:
      return t->decl->name.text;
    case Type::Kind::kArray:
      return fmt::format("{} for each {}", name(t->element), name(t->index));
    case Type::Kind::kQueue:
      return fmt::format("queue[{}] of {}", t->hi, name(t->element));
  }
  return "?";
}

ir::Domain Types::domain(const Type* t) const {
  using Kind = ir::Domain::Kind;
  const auto count = [&] {
    return static_cast<ir::Value>(sorts_[static_cast<std::size_t>(t->sort)].members.size());
  };
  switch (t->kind) {
    case Type::Kind::kInt:
      return {Kind::kRange, static_cast<ir::Value>(t->lo), static_cast<ir::Value>(t->hi), -1};
    case Type::Kind::kSort:
      return {Kind::kSort, 0, static_cast<ir::Value>(count() - 1), t->sort};
    case Type::Kind::kOption:
      return {Kind::kOption, ir::kNone, static_cast<ir::Value>(count() - 1), t->sort};
    default:
      return {Kind::kBool, 0, 1, -1};
  }
}

void Types::add_leaves(const Type* t, const std::string& path, std::vector<ir::Domain> dims,
                       std::vector<Leaf>& out) const {
  switch (t->kind) {
    case Type::Kind::kSet:
      dims.push_back(domain(t->element));
      out.push_back({path, std::move(dims), {}});
      return;
    case Type::Kind::kArray:
      dims.push_back(domain(t->index));
      add_leaves(t->element, path, std::move(dims), out);
      return;
    case Type::Kind::kQueue: {
      out.push_back(
          {path + ".len", dims, {ir::Domain::Kind::kRange, 0, static_cast<ir::Value>(t->hi), -1}});
      dims.push_back({ir::Domain::Kind::kRange, 0, static_cast<ir::Value>(t->hi - 1), -1});
      add_leaves(t->element, path + ".at", std::move(dims), out);
      return;
    }
    case Type::Kind::kStruct:
      for (const auto& [name, type] : t->fields) add_leaves(type, path + "." + name, dims, out);
      return;
    default:
      out.push_back({path, std::move(dims), domain(t)});
  }
}

std::vector<Leaf> Types::leaves(const Type* t) const {
  std::vector<Leaf> out;
  add_leaves(t, "", {}, out);
  return out;
}

long Types::width(const Type* t) const {
  // Kept with the type: structs of structs would be counted again and again.
  if (t->width >= 0) return t->width;
  constexpr long kMany = 1L << 24;
  long n = 1;
  switch (t->kind) {
    case Type::Kind::kSet:
      n = domain(t->element).size();
      break;
    case Type::Kind::kArray:
      n = domain(t->index).size() * width(t->element);
      break;
    case Type::Kind::kQueue:
      n = 1 + t->hi * width(t->element);
      break;
    case Type::Kind::kStruct:
      n = 0;
      for (const auto& [name, type] : t->fields) n = std::min(n + width(type), kMany);
      break;
    default:
      break;
  }
  return t->width = std::min(n, kMany);
}

long elements(const std::vector<ir::Domain>& dims) {
  long n = 1;
  for (const ir::Domain& d : dims) {
    n *= d.size();
    if (n > (1L << 24)) return n;  // large enough to be refused; avoids overflow
  }
  return n;
}

}  // namespace stalemate::lang
