// stalemate report: what a sweep found, and what changed since the night before.
#include "cli/cli.h"

namespace stalemate::cli {
int report(const ReportOptions&) { return kExitError; }
}  // namespace stalemate::cli
