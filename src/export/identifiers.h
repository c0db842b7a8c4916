// Names that every target language accepts: those of the model as far as possible.
#ifndef STALEMATE_EXPORT_IDENTIFIERS_H_
#define STALEMATE_EXPORT_IDENTIFIERS_H_

#include <set>
#include <string>
#include <vector>

#include "ir/ir.h"

namespace stalemate::exporter {

// A set of names, none of which is given twice and none of which is a keyword anywhere.
class Names {
 public:
  // `outer`: names that are visible here too, and stays alive.
  explicit Names(const Names* outer = nullptr) : outer_(outer) {}

  // `text` as an identifier, with a number behind it when that one is taken.
  std::string fresh(const std::string& text);

 private:
  bool taken(const std::string& name) const;

  const Names* outer_;
  std::set<std::string> used_;
};

// A constant with a name.
struct Constant {
  std::string name;
  int value = 0;
};

// The names of what a whole Program shares.
class Identifiers {
 public:
  explicit Identifiers(const ir::Program& p);

  const std::string& variable(int v) const { return variables_[static_cast<std::size_t>(v)]; }
  const std::string& none() const { return none_; }
  // One for each member of a sort, and one for each location of a process.
  const std::vector<Constant>& members(int sort) const {
    return members_[static_cast<std::size_t>(sort)];
  }
  const std::vector<Constant>& locations(int process) const {
    return locations_[static_cast<std::size_t>(process)];
  }
  Names& names() { return names_; }

 private:
  Names names_;
  std::vector<std::string> variables_;
  std::string none_;
  std::vector<std::vector<Constant>> members_, locations_;
};

}  // namespace stalemate::exporter

#endif  // STALEMATE_EXPORT_IDENTIFIERS_H_
