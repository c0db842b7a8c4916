// Bodies of steps for languages with statements: Promela and Murphi.
#ifndef STALEMATE_EXPORT_IMPERATIVE_H_
#define STALEMATE_EXPORT_IMPERATIVE_H_

#include <string>
#include <vector>

#include "export/action.h"
#include "export/writer.h"

namespace stalemate::exporter {

class Imperative : public Writer {
 public:
  using Writer::Writer;

  // Lines, each with its end.  An assertion of a property is a line of its own that ends in a
  // comment with the name of the property: without these lines the text explores all the same.
  std::string statements(const Actions& actions, const std::string& indent);

 protected:
  // A variable that is in no state, for a value that has to be read early.
  virtual std::string temporary(const ir::Domain& domain) = 0;
  virtual std::string assignment(const std::string& place, const std::string& value) const = 0;
  virtual std::string check(const std::string& condition, const std::string& message) const = 0;
  virtual std::string assertion(const std::string& condition,
                                const std::string& property) const = 0;
  // What stands for no statement at all; may be empty.
  virtual std::string nothing() const = 0;

  struct Branches {
    const char *open, *then, *otherwise, *no_otherwise, *close;  // "if ", " then", ...
  };
  virtual const Branches& branches() const = 0;

 private:
  void assign(const Action& a, const std::string& indent, std::string& out);
};

}  // namespace stalemate::exporter

#endif  // STALEMATE_EXPORT_IMPERATIVE_H_
