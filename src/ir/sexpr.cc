#include "ir/sexpr.h"

#include <utility>

namespace stalemate::ir {

namespace {

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return -1;
}

bool is_space(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

bool is_word_byte(char c) {
  return c > ' ' && c < 0x7f && c != '(' && c != ')' && c != '"' && c != ';';
}

}  // namespace

Sexprs::Sexprs(std::shared_ptr<const Source> source, Diagnostics& diagnostics)
    : source_(std::move(source)) {
  nodes_.push_back({0, 0, 1, Kind::kList});
  if (source_->text().size() > kMaxText) {
    diagnostics.error({source_, 0, 0}, "the text is longer than 64 MiB");
    return;
  }
  nodes_[kTop].end = static_cast<std::uint32_t>(source_->text().size());
  read(diagnostics);
}

void Sexprs::read(Diagnostics& diagnostics) {
  const std::string& text = source_->text();
  std::vector<NodeId> open;  // lists without their closing parenthesis so far
  std::size_t i = 0;
  const auto at = [this](std::size_t begin, std::size_t end) {
    return Span{source_, static_cast<std::uint32_t>(begin), static_cast<std::uint32_t>(end)};
  };
  const auto add = [this](Kind kind, std::size_t begin, std::size_t end) {
    const auto next = static_cast<NodeId>(nodes_.size() + 1);
    nodes_.push_back(
        {static_cast<std::uint32_t>(begin), static_cast<std::uint32_t>(end), next, kind});
  };
  while (i < text.size()) {
    const char c = text[i];
    if (nodes_.size() >= kMaxNodes) {
      diagnostics.error(at(i, i + 1), "the text has more than 8388608 tokens");
      return;
    }
    if (is_space(c)) {
      ++i;
    } else if (c == ';') {
      while (i < text.size() && text[i] != '\n') ++i;
    } else if (c == '(') {
      if (open.size() == kMaxDepth) {
        diagnostics.error(at(i, i + 1), "parentheses are nested deeper than 200");
        return;
      }
      open.push_back(static_cast<NodeId>(nodes_.size()));
      add(Kind::kList, i, i + 1);
      ++i;
    } else if (c == ')') {
      if (open.empty()) {
        diagnostics.error(at(i, i + 1), "this ')' closes nothing");
        return;
      }
      Node& list = nodes_[open.back()];
      open.pop_back();
      list.next = static_cast<NodeId>(nodes_.size());
      list.end = static_cast<std::uint32_t>(++i);
    } else if (c == '"') {
      const std::size_t end = read_string(i, diagnostics);
      if (end == std::string::npos) return;
      add(Kind::kString, i, end);
      i = end;
    } else if (is_word_byte(c)) {
      const std::size_t begin = i;
      while (i < text.size() && is_word_byte(text[i])) ++i;
      add(Kind::kWord, begin, i);
    } else {
      const std::size_t begin = i;
      while (i < text.size() && !is_word_byte(text[i]) && !is_space(text[i]) && text[i] != '(' &&
             text[i] != ')' && text[i] != '"' && text[i] != ';') {
        ++i;
      }
      diagnostics.error(at(begin, i), "bytes outside printable ASCII stand only in strings",
                        "put the name in quotes");
    }
  }
  if (!open.empty()) {
    diagnostics.error(at(nodes_[open.back()].begin, nodes_[open.back()].end),
                      "this '(' is never closed");
  }
  nodes_[kTop].next = static_cast<NodeId>(nodes_.size());
}

std::size_t Sexprs::read_string(std::size_t begin, Diagnostics& diagnostics) const {
  const std::string& text = source_->text();
  for (std::size_t i = begin + 1; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '"') return i + 1;
    if (c == '\n') break;
    if (c != '\\') continue;
    const char escape = i + 1 < text.size() ? text[i + 1] : '\0';
    const bool hex = escape == 'x' && i + 3 < text.size() && hex_digit(text[i + 2]) >= 0 &&
                     hex_digit(text[i + 3]) >= 0;
    if (escape != '"' && escape != '\\' && escape != 'n' && !hex) {
      diagnostics.error({source_, static_cast<std::uint32_t>(i), static_cast<std::uint32_t>(i + 1)},
                        "unknown escape", R"(known are \" \\ \n and \x with two hex digits)");
    }
    if (escape != '\n') ++i;
  }
  diagnostics.error(
      {source_, static_cast<std::uint32_t>(begin), static_cast<std::uint32_t>(begin + 1)},
      "this string does not end on its line");
  return std::string::npos;
}

std::vector<NodeId> Sexprs::children(NodeId list) const {
  std::vector<NodeId> out;
  if (!is_list(list)) return out;
  for (NodeId n = list + 1; n < nodes_[list].next; n = nodes_[n].next) out.push_back(n);
  return out;
}

bool Sexprs::is_word(NodeId n, std::string_view word) const {
  return nodes_[n].kind == Kind::kWord && slice(n) == word;
}

std::string Sexprs::text(NodeId n) const {
  if (is_list(n)) return {};
  const std::string_view raw = slice(n);
  if (!is_string(n)) return std::string(raw);
  std::string out;
  for (std::size_t i = 1; i + 1 < raw.size(); ++i) {
    if (raw[i] != '\\') {
      out += raw[i];
      continue;
    }
    const char escape = raw[++i];
    if (escape == 'x') {
      out += static_cast<char>(hex_digit(raw[i + 1]) * 16 + hex_digit(raw[i + 2]));
      i += 2;
    } else {
      out += escape == 'n' ? '\n' : escape;
    }
  }
  return out;
}

std::string_view Sexprs::head(NodeId n) const {
  const NodeId first = n + 1;
  if (!is_list(n) || first >= nodes_[n].next || nodes_[first].kind != Kind::kWord) return {};
  return slice(first);
}

std::string_view Sexprs::slice(NodeId n) const {
  return std::string_view(source_->text())
      .substr(nodes_[n].begin, nodes_[n].end - nodes_[n].begin);
}

}  // namespace stalemate::ir
