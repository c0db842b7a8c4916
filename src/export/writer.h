// Expressions of the IR in one of the target languages.
#ifndef STALEMATE_EXPORT_WRITER_H_
#define STALEMATE_EXPORT_WRITER_H_

#include <string>
#include <vector>

#include "export/identifiers.h"
#include "ir/ir.h"
#include "ir/names.h"

namespace stalemate::exporter {

// How a language writes what all of them have.
struct Signs {
  const char *yes, *no, *negate, *conjunction, *disjunction, *equal, *different;
  // Conditions are no numbers there, and numbers no conditions: each is turned into the other
  // where the IR mixes them.
  bool booleans;
};

class Writer {
 public:
  Writer(const ir::Program& p, const Identifiers& ids, const Signs& signs)
      : p_(p), ids_(ids), signs_(signs) {}
  virtual ~Writer() = default;

  // The step whose expressions follow, and what its choices are called.
  void enter(const std::vector<ir::Choice>& choices, std::vector<std::string> names);

  std::string condition(const ir::ExprRef& e) const { return write(*e, true, ir::Hint::boolean()); }
  // The terms of a condition that is a conjunction.
  std::vector<std::string> conjuncts(const ir::ExprRef& e) const;
  // What is assigned to a variable.
  std::string value(int variable, const ir::ExprRef& e) const;
  std::string index(int variable, std::size_t dimension, const ir::ExprRef& e) const;
  std::string constant(const ir::Hint& hint, int value) const;

  // variable[index...], read or written.
  virtual std::string element(int variable, const std::vector<std::string>& index) const = 0;

 protected:
  virtual std::string choose(const std::string& condition, const std::string& then,
                             const std::string& otherwise) const = 0;
  // Rounds towards zero, and the sign of the remainder is that of `a`.
  virtual std::string divide(const std::string& a, const std::string& b) const;
  virtual std::string remainder(const std::string& a, const std::string& b) const;

  const ir::Program& p_;
  const Identifiers& ids_;

 private:
  // An operand: in parentheses unless it is a single word.
  std::string write(const ir::Expr& e, bool condition, const ir::Hint& hint) const;
  std::string bare(const ir::Expr& e, const ir::Hint& hint) const;
  std::string comparison(const ir::Expr& e) const;
  std::string junction(const ir::Expr& e, const char* sign) const;
  bool is_boolean(const ir::Expr& e) const;

  const Signs& signs_;
  std::vector<ir::Choice> choices_;
  std::vector<std::string> choice_names_;
};

}  // namespace stalemate::exporter

#endif  // STALEMATE_EXPORT_WRITER_H_
