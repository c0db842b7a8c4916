// Diagnostics as data: what is wrong, where, and what to do next.
//
// Every phase appends to a Diagnostics list and goes on, so that one run shows all the errors of
// a file; one function prints them, with the source line and a caret range.
// Tested by tests/unit/base/diagnostic_test.cc.
#ifndef STALEMATE_BASE_DIAGNOSTIC_H_
#define STALEMATE_BASE_DIAGNOSTIC_H_

#include <string>
#include <string_view>
#include <vector>

#include "base/source.h"

namespace stalemate {

struct Diagnostic {
  Span span;            // may be empty
  std::string message;  // one sentence, lower case, no full stop
  std::string hint;     // what to do next; may be empty
};

class Diagnostics {
 public:
  // After this many errors further ones are counted, not kept.
  static constexpr int kMaxErrors = 100;

  void error(const Span& span, std::string message, std::string hint = {});

  bool has_errors() const { return errors_ > 0; }
  int errors() const { return errors_; }
  const std::vector<Diagnostic>& all() const { return list_; }

  // file:line:col: error: message / source line / ^~~~ / hint, for each, in source order within
  // a file.  Long source lines are cut to a window of 100 columns around the caret.
  std::string format(bool colour) const;

 private:
  std::vector<Diagnostic> list_;
  int errors_ = 0;
};

// The candidate closest to `word` within a third of its length, or empty when none is close.
std::string did_you_mean(std::string_view word, const std::vector<std::string>& candidates);

}  // namespace stalemate

#endif  // STALEMATE_BASE_DIAGNOSTIC_H_
