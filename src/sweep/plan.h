// From a sweep file to its cells, in the order of the file.
#ifndef STALEMATE_SWEEP_PLAN_H_
#define STALEMATE_SWEEP_PLAN_H_

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/diagnostic.h"
#include "lang/compile.h"
#include "sweep/file.h"

namespace stalemate::sweep {

// One model in one configuration.
struct Cell {
  std::string key;    // "models/litmus/tlb.flush:full cpus=3 who=own": its name in every night
  std::string model;  // relative to the root
  std::string path;   // the same, absolute
  std::string model_hash;
  int line = 1;  // of the variant in it, or of the first mistake
  lang::Request request;
  bool own = true;  // the configuration of the variant: what the variant expects applies
  double time_limit = 0;
  std::uint64_t mem_limit = 0;
  std::shared_ptr<lang::Model> loaded;  // null: there are mistakes in the model
  std::string mistakes;
};

// "a=b c=d"
std::string params_text(const lang::Request& request);

// False, with diagnostics, when a glob matches nothing.  A model with mistakes is a cell that
// fails: the others are worth a night, too.  A cell that two groups ask for has the limits of the
// first.
bool plan(const SweepFile& file, const std::vector<std::string>& library, std::vector<Cell>& cells,
          Diagnostics& diagnostics);

}  // namespace stalemate::sweep

#endif  // STALEMATE_SWEEP_PLAN_H_
