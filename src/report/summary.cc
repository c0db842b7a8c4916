// What a Result comes to: the verdict of a run, the phrases that qualify it, and what it missed.
#include <algorithm>

#include "report/report.h"

namespace stalemate::report {

Outcome overall(const Result& result) {
  if (!result.model_error.empty()) return Outcome::kError;
  // From best to worst.
  constexpr Outcome kOrder[] = {Outcome::kSafe, Outcome::kVacuous, Outcome::kInconclusive,
                                Outcome::kViolated, Outcome::kError};
  const auto rank = [&](Outcome o) { return std::find(std::begin(kOrder), std::end(kOrder), o); };
  Outcome worst = result.complete ? Outcome::kSafe : Outcome::kInconclusive;
  for (const PropertyResult& r : result.properties) {
    if (rank(r.outcome) > rank(worst)) worst = r.outcome;
  }
  return worst;
}

std::vector<std::string> bounds(const ir::Program& p, const std::vector<int>& properties) {
  std::string memory = "memory: " + p.memory_order;
  if (p.machine_order != p.memory_order) memory += " (" + p.machine + " is weaker)";
  std::vector<std::string> phrases = {memory};
  phrases.insert(phrases.end(), p.bounds.begin(), p.bounds.end());
  const bool fair = std::any_of(properties.begin(), properties.end(), [&](int i) {
    return p.properties[static_cast<std::size_t>(i)].kind == ir::Property::Kind::kLeadsTo;
  });
  if (fair) phrases.emplace_back("weak fairness");
  return phrases;
}

std::vector<int> judged(const Result& result) {
  std::vector<int> out;
  for (const PropertyResult& r : result.properties) out.push_back(r.property);
  return out;
}

}  // namespace stalemate::report
