// What came of a safe model when it was changed in one place, as JSON.
// Tested by tests/cli/run.py, mutate.
#ifndef STALEMATE_REPORT_CHANGES_H_
#define STALEMATE_REPORT_CHANGES_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "report/report.h"

namespace stalemate::report {

struct Change {
  struct With {
    std::string file;
    int line = 0;
    std::string statement;
  };
  std::vector<With> with;  // each statement that is left out with it
  std::size_t number = 0;  // as --show names it
  std::string file;
  int line = 0;
  std::string owner;      // the thread, handler, function or step
  std::string statement;  // that is left out, or comes later
  std::string other;      // left out with it, or now before it; may be empty
  bool swapped = false;
  // It is not clear what ends that what the statement begins.
  bool alone = false;
  std::string fate;  // "needed", "not needed", ...
  std::string why;   // the properties that it violates and how soon, the limit, the mistake
};

// An object with keys `tool` to `params` as json_object() has them, and `verdict`, `why`,
// `checked`, `states`, `bounds` and `changes`.  `outcome`: of the model without changes; `why`: it
// is not safe.
std::string changes_json(const ir::Program& p, const Run& run, Outcome outcome,
                         const std::string& why, const std::vector<std::string>& checked,
                         std::uint64_t states, const std::vector<Change>& changes);

}  // namespace stalemate::report

#endif  // STALEMATE_REPORT_CHANGES_H_
