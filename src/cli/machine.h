// What the fast engine takes from the machine it runs on, and what it took.
#ifndef STALEMATE_CLI_MACHINE_H_
#define STALEMATE_CLI_MACHINE_H_

#include <string>

#include "engine/search.h"
#include "verdict/verdict.h"

namespace stalemate::cli {

// Cores that this process may run on; at least 1.
int cores();
// TMPDIR, or /var/tmp: /tmp is memory on many machines.
std::string spill_folder();
// Where time and memory went, a few lines.
std::string stats_text(const engine::Stats& stats, const Counts& counts);

}  // namespace stalemate::cli

#endif  // STALEMATE_CLI_MACHINE_H_
