// How often the lines of the sources ran: the transitions that executed something of a line, each
// counted once for it.  A step runs the line that it begins on, those of the calls that it stands
// in, and those of the statements of its body that it executes.
// Tested by tests/unit/interp/line_counts_test.cc.
#ifndef STALEMATE_INTERP_LINE_COUNTS_H_
#define STALEMATE_INTERP_LINE_COUNTS_H_

#include <cstdint>
#include <map>
#include <memory>
#include <unordered_map>
#include <vector>

#include "ir/ir.h"

namespace stalemate::interp {

class LineCounts {
 public:
  // All lines that steps of the program have are known from the start, with 0.  `p` must outlive
  // it.
  explicit LineCounts(const ir::Program& p);

  // Of one transition: the statements it executes, and then the step itself.
  void executed(const ir::Stmt& s);
  void fired(const ir::Step& step);

  // By file and line, from 1 on, for those lines that have steps.
  using OfFile = std::map<int, std::uint64_t>;
  std::map<std::shared_ptr<const Source>, OfFile> counts() const;

 private:
  struct Line {
    std::shared_ptr<const Source> source;
    int number = 0;
    std::uint64_t count = 0;
    std::uint64_t last = 0;  // the transition that was counted last
  };
  void add(const ir::Block& body);
  void add(const void* of, const Span& span);
  void run(const void* of);

  std::vector<Line> lines_;
  std::map<std::pair<const Source*, int>, std::size_t> line_at_;
  std::unordered_map<const void*, std::vector<std::size_t>> lines_of_;  // of a step, of a statement
  std::uint64_t transition_ = 1;
};

}  // namespace stalemate::interp

#endif  // STALEMATE_INTERP_LINE_COUNTS_H_
