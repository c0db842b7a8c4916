// Reads the text form back.
#ifndef STALEMATE_IR_PARSE_H_
#define STALEMATE_IR_PARSE_H_

#include <memory>
#include <optional>

#include "base/diagnostic.h"
#include "ir/ir.h"

namespace stalemate::ir {

// A finished Program (finish() was called and validate() passed), or nothing and errors with
// places in `source`.
std::optional<Program> parse(const std::shared_ptr<const Source>& source, Diagnostics& diagnostics);

// Checks what the types of ir.h cannot say: indices in range, arities, operand sorts, inits in
// their domains, one location per process at most per guard, choices bound.  Returns one phrase
// per mistake, empty when the Program is well formed.
std::vector<std::string> validate(const Program& p);

}  // namespace stalemate::ir

#endif  // STALEMATE_IR_PARSE_H_
