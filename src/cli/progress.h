// The line that says how far a search is.  Tested by tests/unit/cli/progress_test.cc.
#ifndef STALEMATE_CLI_PROGRESS_H_
#define STALEMATE_CLI_PROGRESS_H_

#include <string>

#include "engine/search.h"
#include "interp/explore.h"

namespace stalemate::cli {

// How many states there are cannot be known before all are found.  What can be said is how many
// wait, and how long those take: a search that is near its end has few.
std::string progress_text(const interp::Progress& p);
std::string progress_text(const engine::Progress& p);

}  // namespace stalemate::cli

#endif  // STALEMATE_CLI_PROGRESS_H_
