// All states of a model that is safe, as a file for stalemate-verify.
//
// src/verify/verify.h has the form of the file.  It covers the IR text whose fingerprint it names,
// and says in lines for people what that is and what each claim means. Tested by tests/verify/ and
// tests/unit/verify/.
#ifndef STALEMATE_REPORT_CERTIFICATE_H_
#define STALEMATE_REPORT_CERTIFICATE_H_

#include <cstdint>
#include <cstdio>
#include <string>
#include <vector>

#include "ir/ir.h"
#include "verdict/verdict.h"

namespace stalemate::report {

class Certificate {
 public:
  // Of what is claimed of `p`, the program that is searched: `properties` of it are safe.  The
  // states may take `most` bytes; 0: no limit.
  Certificate(const ir::Program& p, const std::vector<int>& properties, std::uint64_t most);

  // All reachable states, each once, in any order.  Throws std::bad_alloc above the limit.
  void add(const State& s);
  std::uint64_t states() const { return states_; }
  // `about`: lines for people, without ends of lines.  Returns false, and errno says why, when the
  // file could not be written.
  bool write(std::FILE* file, const std::vector<std::string>& about) const;

 private:
  const ir::Value* row(std::uint64_t i) const { return values_.data() + i * width_; }
  std::vector<std::uint32_t> ascending() const;

  std::string fingerprint_;
  std::string names_;                // of the properties, as in IR text
  std::vector<std::string> claims_;  // in words
  std::size_t width_;                // of a state, in values
  std::uint64_t most_;
  std::uint64_t states_ = 0;
  std::vector<ir::Value> values_;
};

}  // namespace stalemate::report

#endif  // STALEMATE_REPORT_CERTIFICATE_H_
