// From tokens to the syntax tree.
//
// Hand-written recursive descent.  After an error the parser skips to the next statement or
// declaration and goes on, so one run reports all the mistakes of a file.
// Tested by tests/golden/bad and tests/fuzz.
#ifndef STALEMATE_LANG_PARSER_H_
#define STALEMATE_LANG_PARSER_H_

#include <memory>

#include "base/diagnostic.h"
#include "lang/ast.h"

namespace stalemate::lang {

// Limits of one file; beyond them the file is refused with a clear error.
constexpr std::size_t kMaxFileBytes = 1U << 20U;
constexpr int kMaxNesting = 100;
// Expression nodes of one statement or declaration outside of statements.
constexpr int kMaxParts = 2000;
// Index types of one variable, field or cache.
constexpr std::size_t kMaxIndices = 8;

// Declarations of the file; what could not be parsed is missing from it and in `diagnostics`.
std::vector<std::unique_ptr<Decl>> parse(const std::shared_ptr<const Source>& source,
                                         Diagnostics& diagnostics);

// One expression, as in --set name=VALUE; null after an error.
ExprPtr parse_expression(const std::shared_ptr<const Source>& source, Diagnostics& diagnostics);

}  // namespace stalemate::lang

#endif  // STALEMATE_LANG_PARSER_H_
