#include "verify/verify.h"

namespace stalemate::verify {

namespace {

class Reader {
 public:
  explicit Reader(std::string_view text) : text_(text) {}

  // The nodes up to the end of the text or, inside a list, up to its closing parenthesis.
  Nodes nodes(int depth) {
    // Whoever reads or evaluates a tree calls himself for each level.
    if (depth > 200) fail("parentheses are nested deeper than 200");
    Nodes out;
    for (skip_space(); at_ < text_.size() && text_[at_] != ')'; skip_space()) {
      Node& node = out.emplace_back();
      node.line = line_;
      if (text_[at_] == '(') {
        ++at_;
        node.items = nodes(depth + 1);
      } else if (text_[at_] == '"') {
        node.kind = Node::kString;
        node.text = string();
      } else {
        node.kind = Node::kWord;
        while (at_ < text_.size() && in_word(text_[at_])) node.text += text_[at_++];
        if (node.text.empty()) fail("a byte that may stand in strings only");
      }
    }
    if ((at_ < text_.size()) != (depth > 0)) fail("a parenthesis without its other one");
    ++at_;
    return out;
  }

 private:
  static bool in_word(char c) {
    return c > ' ' && c < 0x7f && std::string_view("()\";").find(c) > 3;
  }

  void skip_space() {
    bool comment = false;
    for (; at_ < text_.size(); ++at_) {
      const char c = text_[at_];
      comment = c != '\n' && (comment || c == ';');
      if (c == '\n') ++line_;
      if (!comment && c != ' ' && c != '\t' && c != '\n' && c != '\r') return;
    }
  }

  std::string string() {
    const std::size_t begin = ++at_;
    for (; at_ < text_.size() && text_[at_] != '\n'; ++at_) {
      if (text_[at_] == '"') return std::string(text_.substr(begin, at_++ - begin));
      if (text_[at_] == '\\') ++at_;
    }
    fail("a string does not end on its line");
  }

  [[noreturn]] void fail(const std::string& why) const {
    throw BadFile("line " + std::to_string(line_) + ": " + why);
  }

  std::string_view text_;
  std::size_t at_ = 0;
  int line_ = 1;
};

}  // namespace

Nodes read_forms(std::string_view text) {
  if (text.size() > (std::size_t{64} << 20)) throw BadFile("it has more than 64 MiB of text");
  return Reader(text).nodes(0);
}

}  // namespace stalemate::verify
