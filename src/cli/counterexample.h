// The counterexamples in a file that check --json wrote.
//
// A file that is damaged, of another tool or of another command is an InputError, which says what
// to do.  Tested by tests/cli/run.py and tests/corpus/replay.py.
#ifndef STALEMATE_CLI_COUNTEREXAMPLE_H_
#define STALEMATE_CLI_COUNTEREXAMPLE_H_

#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string>
#include <vector>

#include "lang/compile.h"
#include "verdict/verdict.h"

namespace stalemate::cli {

struct InputError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

struct Counterexample {
  nlohmann::json object;    // of check --json, that it stands in
  lang::Request request;    // what it is a check of
  std::string fingerprint;  // of the compiled model
  std::string speculation;  // as check --json tells it
  std::string property;     // that it violates; empty: it ends in a model error
  std::string message;      // what is wrong, in words
  nlohmann::json steps;     // of the run, as they stand there
  std::vector<Event> run;
  int loop = -1;      // as Trace::loop
  bool shown = false;  // the trace of the object is of this one
};

// Those in the file: an array of objects, or one object.  At least one.
std::vector<Counterexample> read_counterexamples(const std::string& path);

// "no_deadlock, variant buggy, 3 CPUs": to tell those of a file apart.
std::string configuration_of(const Counterexample& c);

}  // namespace stalemate::cli

#endif  // STALEMATE_CLI_COUNTEREXAMPLE_H_
