#include "lang/lexer.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace stalemate::lang {

namespace {

bool is_name_start(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }

// Longest first, so that "<=" is not read as "<" and "=".
constexpr std::array<std::string_view, 10> kLong = {
    "->", "..", "&&", "||", "==", "!=", "<=", ">=", "++", "--"};
constexpr std::string_view kShort = "{}[]()<>,;:.=!+-*/%&|?";

// The first character of some text, if a terminal can show it.
std::string printable(std::string_view text) {
  const auto c = static_cast<unsigned char>(text[0]);
  // U+0080 to U+009f, which begin with 0xc2, are control characters.
  const std::size_t length = c >= 0x20 && c < 0x7f   ? 1
                             : c > 0xc2 && c < 0xe0  ? 2
                             : c >= 0xe0 && c < 0xf0 ? 3
                             : c >= 0xf0 && c < 0xf5 ? 4
                                                     : 0;
  const std::string_view rest = text.substr(1, length > 0 ? length - 1 : 0);
  const bool whole =
      length > 0 && rest.size() + 1 == length && std::all_of(rest.begin(), rest.end(), [](char x) {
        return (static_cast<unsigned char>(x) & 0xc0U) == 0x80U;
      });
  return whole ? fmt::format("'{}'", text.substr(0, length)) : fmt::format("byte 0x{:02x}", c);
}

class Lexer {
 public:
  Lexer(const std::shared_ptr<const Source>& source, std::uint32_t begin, std::uint32_t end,
        Diagnostics& diagnostics)
      : source_(source), text_(source->text()), pos_(begin), end_(end), diagnostics_(diagnostics) {}

  std::vector<Token> run() {
    while (true) {
      skip_blanks();
      if (pos_ >= end_) break;
      const char c = text_[pos_];
      if (c == '/' && peek(1) == '/' && peek(2) == '/' && peek(3) != '/') {
        doc();
      } else if (is_name_start(c)) {
        word();
      } else if (is_digit(c)) {
        number();
      } else if (c == '"') {
        string();
      } else {
        punct();
      }
    }
    tokens_.push_back({Tok::kEnd, {}, span(end_, end_)});
    return std::move(tokens_);
  }

 private:
  char peek(std::uint32_t ahead) const { return pos_ + ahead < end_ ? text_[pos_ + ahead] : '\0'; }
  Span span(std::uint32_t begin, std::uint32_t end) const { return {source_, begin, end}; }
  void add(Tok kind, std::uint32_t begin, std::uint32_t end, std::uint32_t trim_front = 0,
           std::uint32_t trim_back = 0) {
    const std::string_view text =
        std::string_view(text_).substr(begin + trim_front, end - begin - trim_front - trim_back);
    tokens_.push_back({kind, text, span(begin, end)});
  }

  void skip_blanks() {
    while (pos_ < end_) {
      const char c = text_[pos_];
      if (c == ' ' || c == '\t' || c == '\n' || c == '\r') {
        ++pos_;
      } else if (c == '/' && peek(1) == '/' && (peek(2) != '/' || peek(3) == '/')) {
        while (pos_ < end_ && text_[pos_] != '\n') ++pos_;
      } else if (c == '/' && peek(1) == '*') {
        block_comment();
      } else {
        return;
      }
    }
  }

  void block_comment() {
    const std::uint32_t begin = pos_;
    pos_ += 2;
    while (pos_ < end_ && !(text_[pos_] == '*' && peek(1) == '/')) ++pos_;
    if (pos_ >= end_) {
      diagnostics_.error(span(begin, begin + 2), "this comment never ends", "close it with */");
      return;
    }
    pos_ += 2;
  }

  void doc() {
    const std::uint32_t begin = pos_;
    while (pos_ < end_ && text_[pos_] != '\n') ++pos_;
    add(Tok::kDoc, begin, pos_, 3);
  }

  void word() {
    const std::uint32_t begin = pos_;
    while (pos_ < end_ && (is_name_start(text_[pos_]) || is_digit(text_[pos_]))) ++pos_;
    add(Tok::kName, begin, pos_);
  }

  void number() {
    const std::uint32_t begin = pos_;
    while (pos_ < end_ && is_digit(text_[pos_])) ++pos_;
    const std::uint32_t digits = pos_;
    while (pos_ < end_ && (is_name_start(text_[pos_]) || is_digit(text_[pos_]))) ++pos_;
    if (pos_ > digits) {
      diagnostics_.error(span(begin, pos_), "a number has decimal digits only",
                         "names start with a letter or '_'");
    }
    add(Tok::kNumber, begin, digits);
  }

  void string() {
    const std::uint32_t begin = pos_++;
    while (pos_ < end_ && text_[pos_] != '"' && text_[pos_] != '\n') ++pos_;
    if (pos_ >= end_ || text_[pos_] == '\n') {
      diagnostics_.error(span(begin, pos_), "this string does not end on its line",
                         "close it with \"");
      add(Tok::kString, begin, pos_, 1);
      return;
    }
    ++pos_;
    add(Tok::kString, begin, pos_, 1, 1);
  }

  void punct() {
    for (const std::string_view p : kLong) {
      if (std::string_view(text_).substr(pos_, std::min<std::size_t>(2, end_ - pos_)) == p) {
        add(Tok::kPunct, pos_, pos_ + 2);
        pos_ += 2;
        return;
      }
    }
    if (kShort.find(text_[pos_]) != std::string_view::npos) {
      add(Tok::kPunct, pos_, pos_ + 1);
      ++pos_;
      return;
    }
    // One message for a run of bytes that mean nothing: a binary file is one mistake, not 10,000.
    const std::uint32_t begin = pos_;
    while (pos_ < end_ && !is_name_start(text_[pos_]) && !is_digit(text_[pos_]) &&
           text_[pos_] != ' ' && text_[pos_] != '\n' && text_[pos_] != '"' &&
           kShort.find(text_[pos_]) == std::string_view::npos) {
      ++pos_;
    }
    if (pos_ == begin) ++pos_;
    diagnostics_.error(
        span(begin, pos_),
        "the language has no " + printable(std::string_view(text_).substr(begin, pos_ - begin)),
        "remove it");
  }

  const std::shared_ptr<const Source>& source_;
  const std::string& text_;
  std::uint32_t pos_;
  std::uint32_t end_;
  Diagnostics& diagnostics_;
  std::vector<Token> tokens_;
};

}  // namespace

std::vector<Token> lex(const std::shared_ptr<const Source>& source, std::uint32_t begin,
                       std::uint32_t end, Diagnostics& diagnostics) {
  return Lexer(source, begin, end, diagnostics).run();
}

const std::vector<std::string>& keywords() {
  static const std::vector<std::string> words = {
      "all",    "assert",   "atomic",    "await",  "bool",        "break",   "cache",   "check",
      "choose", "continue", "count",     "cover",  "cpu",         "cpus",    "def",     "drop",
      "else",   "emit",     "enum",      "event",  "eventual",    "every",   "exists",  "expect",
      "false",  "fence",    "fn",        "for",    "forall",      "ghost",   "goal",    "if",
      "import", "in",       "interrupt", "let",    "loop",        "machine", "me",      "mem",
      "model",  "module",   "next",      "nmi",    "none",        "on",      "or",      "others",
      "param",  "percpu",   "property",  "queue",  "raise",       "reaches", "ref",     "repeat",
      "return", "set",      "shows",     "source", "speculative", "step",    "struct",  "symmetric",
      "thread", "trap",     "true",      "type",   "use",         "var",     "variant", "when",
      "where",  "while"};
  return words;
}

bool is_keyword(std::string_view word) {
  return std::binary_search(keywords().begin(), keywords().end(), word);
}

}  // namespace stalemate::lang
