// Reader of s-expressions: text to a flat array of nodes.
//
// Nodes stand in the order of the text, and each knows where its subtree ends, so that neither
// reading nor walking recurses and a hostile text costs 16 bytes for each of its tokens.
#ifndef STALEMATE_IR_SEXPR_H_
#define STALEMATE_IR_SEXPR_H_

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/diagnostic.h"
#include "base/source.h"

namespace stalemate::ir {

constexpr std::size_t kMaxText = std::size_t{64} << 20;
constexpr std::size_t kMaxNodes = std::size_t{1} << 23;
constexpr std::size_t kMaxDepth = 200;

using NodeId = std::uint32_t;

class Sexprs {
 public:
  // Reports what is wrong with the text itself: unbalanced parentheses, strings that do not end,
  // stray bytes, limits.  The nodes mean nothing when it did.
  Sexprs(std::shared_ptr<const Source> source, Diagnostics& diagnostics);

  // Children of a list, in order.  kTop stands for the file as a list of forms.
  static constexpr NodeId kTop = 0;
  std::vector<NodeId> children(NodeId list) const;

  bool is_list(NodeId n) const { return nodes_[n].kind == Kind::kList; }
  bool is_string(NodeId n) const { return nodes_[n].kind == Kind::kString; }
  // An atom without quotes with just this text.
  bool is_word(NodeId n, std::string_view word) const;
  // An atom, with or without quotes.
  bool is_name(NodeId n) const { return !is_list(n); }
  // Text of an atom, escapes decoded; empty for a list.
  std::string text(NodeId n) const;
  // First item of a list when that is an atom without quotes, or empty.
  std::string_view head(NodeId n) const;
  Span span(NodeId n) const { return {source_, nodes_[n].begin, nodes_[n].end}; }

 private:
  enum class Kind : std::uint8_t { kWord, kString, kList };
  struct Node {
    std::uint32_t begin = 0;
    std::uint32_t end = 0;
    NodeId next = 0;  // the first node after this subtree
    Kind kind = Kind::kWord;
  };

  void read(Diagnostics& diagnostics);
  // End of the string that starts at `begin`, or npos.
  std::size_t read_string(std::size_t begin, Diagnostics& diagnostics) const;
  std::string_view slice(NodeId n) const;

  std::shared_ptr<const Source> source_;
  std::vector<Node> nodes_;
};

}  // namespace stalemate::ir

#endif  // STALEMATE_IR_SEXPR_H_
