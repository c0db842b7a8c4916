// Pretty printing of s-expressions.
#ifndef STALEMATE_IR_LAYOUT_H_
#define STALEMATE_IR_LAYOUT_H_

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

namespace stalemate::ir {

// An atom (already quoted), or a list.
struct Tree {
  std::string atom;
  std::vector<Tree> items;
  bool is_list = false;
  bool upright = false;   // a list that is never printed on one line
  bool pairs = false;     // items 1 and 2, 3 and 4, ... share a line where they fit
  std::size_t hang = 0;   // so many items stay on the first line when they fit there

  Tree(std::string a) : atom(std::move(a)) {}  // NOLINT: atoms and lists mix in initializers
  Tree(const char* a) : atom(a) {}             // NOLINT
  Tree(std::vector<Tree> i) : items(std::move(i)), is_list(true) {}  // NOLINT
};

// A list starting with `head`.
Tree form(const char* head, std::vector<Tree> items = {});

// Appends one tree and a newline.  A list that does not fit on a line keeps its leading atoms and
// the first `hang` items on the first one and continues two columns further right: lists on lines
// of their own, atoms filled.
void print(const Tree& tree, std::string& out);

}  // namespace stalemate::ir

#endif  // STALEMATE_IR_LAYOUT_H_
