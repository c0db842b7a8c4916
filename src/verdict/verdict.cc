#include "verdict/verdict.h"

namespace stalemate {

const char* outcome_name(Outcome o) {
  switch (o) {
    case Outcome::kSafe: return "safe";
    case Outcome::kViolated: return "violated";
    case Outcome::kError: return "error";
    case Outcome::kInconclusive: return "inconclusive";
    case Outcome::kVacuous: return "vacuous";
  }
  return "error";
}

int exit_code(Outcome o) { return static_cast<int>(o); }

}  // namespace stalemate
