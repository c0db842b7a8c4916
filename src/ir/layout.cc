#include "ir/layout.h"

#include <algorithm>

namespace stalemate::ir {

namespace {

constexpr std::size_t kWidth = 100;

// Does the tree fit in `room` columns?  Subtracts what it takes; stops early when it does not.
bool fits(const Tree& t, std::size_t& room) {
  const std::size_t own = t.is_list ? 2 : t.atom.size();
  if (own > room || (t.upright && !t.items.empty())) return false;
  room -= own;
  for (std::size_t i = 0; i < t.items.size(); ++i) {
    if (i > 0 && room-- == 0) return false;
    if (!fits(t.items[i], room)) return false;
  }
  return true;
}

void print_flat(const Tree& t, std::string& out) {
  if (!t.is_list) {
    out += t.atom;
    return;
  }
  out += '(';
  for (std::size_t i = 0; i < t.items.size(); ++i) {
    if (i > 0) out += ' ';
    print_flat(t.items[i], out);
  }
  out += ')';
}

// `closing` parentheses follow the tree on its last line.
void print_at(const Tree& t, std::size_t indent, std::size_t closing, std::string& out) {
  const auto column = [&out] {
    const std::size_t newline = out.rfind('\n');
    return newline == std::string::npos ? out.size() : out.size() - newline - 1;
  };
  std::size_t room = kWidth - std::min(kWidth, column() + closing);
  if (!t.is_list || fits(t, room)) {
    print_flat(t, out);
    return;
  }
  out += '(';
  bool leading = true;   // still on the first line
  bool filling = false;  // the line in progress holds atoms and may take more
  for (std::size_t i = 0; i < t.items.size(); ++i) {
    const Tree& item = t.items[i];
    const std::size_t after = i + 1 == t.items.size() ? closing + 1 : 0;
    if (i > 0) {
      std::size_t left = kWidth - std::min(kWidth, column() + 1 + after);
      const bool joins = (leading && i < t.hang) || (t.pairs && i % 2 == 0) ||
                         (!item.is_list && !t.pairs && (leading || filling));
      if (joins && fits(item, left)) {
        out += ' ';
      } else {
        leading = false;
        out += '\n';
        out.append(indent + 2, ' ');
      }
    }
    if (item.is_list && i >= t.hang) leading = false;
    filling = !item.is_list;
    print_at(item, indent + 2, after, out);
  }
  out += ')';
}

}  // namespace

Tree form(const char* head, std::vector<Tree> items) {
  items.insert(items.begin(), Tree(head));
  return Tree(std::move(items));
}

void print(const Tree& tree, std::string& out) {
  print_at(tree, 0, 0, out);
  out += '\n';
}

}  // namespace stalemate::ir
