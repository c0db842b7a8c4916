// Words of the language.
//
// The lexer never fails: what it cannot read becomes an error in the diagnostics and is skipped,
// so that the parser sees a clean token list ending in kEnd.
// Tested by tests/golden/bad.
#ifndef STALEMATE_LANG_LEXER_H_
#define STALEMATE_LANG_LEXER_H_

#include <memory>
#include <string_view>
#include <vector>

#include "base/diagnostic.h"

namespace stalemate::lang {

enum class Tok : std::uint8_t { kName, kNumber, kString, kDoc, kPunct, kEnd };

struct Token {
  Tok kind = Tok::kEnd;
  std::string_view text;  // of a string: without the quotes; of a doc comment: without the ///
  Span span;
};

// Tokens of bytes [begin, end) of the source (a hole in a string is lexed in place).
std::vector<Token> lex(const std::shared_ptr<const Source>& source, std::uint32_t begin,
                       std::uint32_t end, Diagnostics& diagnostics);

// Words that cannot be used as names.
bool is_keyword(std::string_view word);
const std::vector<std::string>& keywords();

}  // namespace stalemate::lang

#endif  // STALEMATE_LANG_LEXER_H_
