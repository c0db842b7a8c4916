// The text of a step or a condition after a renaming, such that equal texts mean the same: for what
// has too many cubes to be compared.
//
// A constant is a member of the sort where its surroundings say so.  Terms stand in an order of
// their own where theirs makes no difference, since loops over the members of a sort are unrolled.
// Tested by tests/unit/engine/symmetry_test.cc.
#ifndef STALEMATE_ENGINE_RENAMED_TEXT_H_
#define STALEMATE_ENGINE_RENAMED_TEXT_H_

#include <optional>
#include <string>
#include <vector>

#include "engine/renaming.h"
#include "ir/ir.h"

namespace stalemate::engine {

// With a renaming of nobody (Renaming::member as it was, and so on) it is the text as it stands.
// Nothing: an expression mixes members and numbers.  `scratch`: variables of this step alone
// (scratch.h), which are told apart by where they come first.
std::optional<std::string> renamed_text(const ir::Program& p, const ir::Step& step,
                                        const Renaming& renaming,
                                        const std::vector<int>& scratch = {});
std::optional<std::string> renamed_text(const ir::Program& p, const ir::ExprRef& condition,
                                        const Renaming& renaming);

}  // namespace stalemate::engine

#endif  // STALEMATE_ENGINE_RENAMED_TEXT_H_
