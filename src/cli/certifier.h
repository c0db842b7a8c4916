// check --certificate: collects the states of a search and writes them for stalemate-verify.  There
// is no file in the end, or one that is whole.
#ifndef STALEMATE_CLI_CERTIFIER_H_
#define STALEMATE_CLI_CERTIFIER_H_

#include <cstdint>
#include <cstdio>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "cli/cli.h"
#include "report/certificate.h"
#include "report/report.h"

namespace stalemate::cli {

class Certifier {
 public:
  // Without --certificate it does nothing.
  explicit Certifier(const CheckOptions& options);
  ~Certifier() { abandon(); }
  Certifier(const Certifier&) = delete;
  Certifier& operator=(const Certifier&) = delete;

  // Before the search: options that do not go together, or a path that cannot be written, must not
  // cost an hour.  Complains when it returns false.
  bool open(bool all_variants);
  // And when it is known what is checked: a certificate covers states, not runs that go on for ever.
  bool covers(const ir::Program& program, const std::vector<int>& properties) const;
  // For the explorers' option of this name: empty, or what takes the states of a search of
  // `program`.  They may take what is left of `mem_limit` bytes; 0: no limit.
  std::function<void(const State&)> each_state(const ir::Program& program,
                                               const std::vector<int>& properties,
                                               std::uint64_t mem_limit);
  // After the search: the file appears under its name when all of it is on the disk.  Tells what
  // was written, or why nothing was.  Complains when it returns false.
  bool finish(const report::Run& run, const Result& result, const ir::Program& program);

 private:
  bool wanted() const { return !options_.certificate.empty(); }
  bool put_in_place();
  void abandon();

  const CheckOptions& options_;
  const std::string temporary_;
  std::FILE* file_ = nullptr;
  std::optional<report::Certificate> states_;  // when a search was complete
};

}  // namespace stalemate::cli

#endif  // STALEMATE_CLI_CERTIFIER_H_
