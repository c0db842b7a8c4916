// Types of the language and their layout in scalars.
//
// Types are interned: equal types are the same pointer.  A value of any type is a fixed list of
// scalars; leaves() gives their names and domains, and everything composite (structs, sets,
// arrays, queues) is gone in the IR.
#ifndef STALEMATE_LANG_TYPES_H_
#define STALEMATE_LANG_TYPES_H_

#include <memory>
#include <string>
#include <vector>

#include "ir/ir.h"
#include "lang/ast.h"

namespace stalemate::lang {

struct Type {
  enum class Kind {
    kError,
    kVoid,
    kNone,
    kBool,
    kInt,
    kSort,
    kOption,
    kSet,
    kStruct,
    kArray,
    kQueue,
    kEmptySet
  };
  Kind kind = Kind::kError;
  long lo = 0, hi = 0;                                           // kInt; kQueue: hi is the capacity
  int sort = -1;                                                 // kSort, kOption
  const Type* element = nullptr;                                 // kSet, kArray, kQueue
  const Type* index = nullptr;                                   // kArray
  const Decl* decl = nullptr;                                    // kStruct
  std::vector<std::pair<std::string, const Type*>> fields = {};  // kStruct
  mutable long width = -1;                                       // see Types::width()

  bool is_scalar() const {
    return kind == Kind::kBool || kind == Kind::kInt || kind == Kind::kSort ||
           kind == Kind::kOption;
  }
};

// A function type is a sort whose members are the functions of that signature whose value is
// taken somewhere in the model.
struct FnSort {
  std::vector<const Type*> args;
  std::vector<const Decl*> members;
};

// One scalar of a type: ".frame", with the index domains inside it (a set has one, a queue of
// structs too).
struct Leaf {
  std::string path;
  std::vector<ir::Domain> dims;
  ir::Domain domain;
};

class Types {
 public:
  Types();

  const Type* error() const { return error_; }
  const Type* none() const { return none_; }
  const Type* void_type() const { return void_; }
  const Type* boolean() const { return bool_; }
  const Type* empty_set() const { return empty_set_; }
  const Type* integer(long lo, long hi);
  const Type* sort(int sort);
  const Type* option(int sort);
  const Type* set(const Type* element);
  const Type* array(const Type* index, const Type* element);
  const Type* queue(long capacity, const Type* element);
  // The struct type of a declaration; fields are set once by the checker.
  Type* structure(const Decl* decl);
  // The sort of functions with these argument types.
  const Type* function(const std::vector<const Type*>& args);

  int add_sort(ir::Sort sort);
  std::vector<ir::Sort>& sorts() { return sorts_; }
  const std::vector<ir::Sort>& sorts() const { return sorts_; }
  FnSort* fn_sort(int sort);
  const FnSort* fn_sort(int sort) const;

  // As the user would write it.
  std::string name(const Type* t) const;
  // Domain of a scalar, or of an index.
  ir::Domain domain(const Type* t) const;
  // Scalars of a type, in order.
  std::vector<Leaf> leaves(const Type* t) const;
  // How many scalars a value has, inner indices multiplied out.
  long width(const Type* t) const;

 private:
  const Type* intern(Type t);
  void add_leaves(const Type* t, const std::string& path, std::vector<ir::Domain> dims,
                  std::vector<Leaf>& out) const;

  std::vector<std::unique_ptr<Type>> all_;
  std::vector<ir::Sort> sorts_;
  std::vector<std::pair<int, FnSort>> fn_sorts_;
  const Type* error_;
  const Type* none_;
  const Type* void_;
  const Type* bool_;
  const Type* empty_set_;
};

// Number of elements of these index domains.
long elements(const std::vector<ir::Domain>& dims);

}  // namespace stalemate::lang

#endif  // STALEMATE_LANG_TYPES_H_
