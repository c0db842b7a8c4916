// The front end as the rest of the tool sees it: a model file in, Programs out.
//
//   Model model(roots);
//   if (!model.load(path, diagnostics)) ...
//   auto compiled = model.compile({.variant = "russell"}, diagnostics);
#ifndef STALEMATE_LANG_COMPILE_H_
#define STALEMATE_LANG_COMPILE_H_

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/diagnostic.h"
#include "ir/ir.h"

namespace stalemate::lang {

constexpr int kMaxCpus = 64;

// One clause of "expect": an outcome and the properties it is about.
struct Expected {
  std::string outcome;                  // "safe", "violates", "vacuous", "inconclusive"
  std::vector<std::string> properties;  // empty: everything that is checked
};

// The outcome that these clauses expect of a property, in the words of Expected::outcome; "safe"
// where none names it and none is about everything.
std::string expected_outcome(const std::vector<Expected>& clauses, const std::string& property);

// What to compile.  Empty or zero: what the model says.
struct Request {
  std::string variant;
  std::string machine;
  int cpus = 0;
  std::vector<std::pair<std::string, std::string>> sets;  // --set NAME=VALUE
  std::vector<std::string> properties;                    // --prop
  bool counting = false;                                  // compile the counters, and no property
};

struct Compiled {
  ir::Program program;
  std::vector<int> properties;                              // to judge, in Program::properties
  std::vector<std::pair<std::string, std::string>> params;  // chosen by the variant or by --set
  std::vector<Expected> expected;                           // of the variant
};

// A model with a statement less, or with two in the other order.
struct Mutant {
  Span span;  // of the statement; of both when they are swapped
  bool swapped = false;
  std::string text;   // the statement on one line, as written
  std::string other;  // swapped: the one after it; else what is left out with it, may be empty
  std::string owner;  // the thread, handler, function or step it stands in
  std::vector<Span> with{};  // of each statement that is left out with it
  bool alone = false;        // it begins something, and it is not clear what ends that
};

class Model {
 public:
  explicit Model(std::vector<std::string> roots);
  ~Model();
  Model(const Model&) = delete;
  Model& operator=(const Model&) = delete;

  bool load(const std::string& path, Diagnostics& diagnostics);
  // The same for a text that is in no file; errors call it `name`.
  bool load_text(const std::string& name, std::string text, Diagnostics& diagnostics);
  std::vector<std::string> variants() const;
  // The line of its declaration, from 1; 1 when there is none.
  int line_of(const std::string& variant) const;
  // The numbers of CPUs that a variant is to be checked with; {0} if it does not say.
  std::vector<int> cpu_counts(const std::string& variant) const;
  std::optional<Compiled> compile(const Request& request, Diagnostics& diagnostics);

  // What it would be with a statement less or two swapped; see lang/mutants.h.  Stays valid until
  // the next call.  After load().
  const std::vector<Mutant>& mutants(bool library);
  std::optional<Compiled> compile_mutant(std::size_t which, const Request& request,
                                         Diagnostics& diagnostics);

  // Name and first line of the story of what the library ships.
  struct Listed {
    std::string name, story;
  };
  std::vector<Listed> list(const std::string& what);  // "models", "props", "machines"

 private:
  struct State;
  bool check_variants(Diagnostics& diagnostics) const;
  std::unique_ptr<State> state_;
};

}  // namespace stalemate::lang

#endif  // STALEMATE_LANG_COMPILE_H_
