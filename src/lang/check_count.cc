// Bounds on what is counted: "at most 1 flushes per vunmap".
#include <fmt/format.h>

#include "lang/checker.h"

namespace stalemate::lang {

namespace {
constexpr long kMaxBound = 1000;
}  // namespace

void Checker::check_bounds(Decl& d) {
  for (Decl::Bound& b : d.bounds) {
    b.limit = const_int(*b.most, 0, kMaxBound, "a bound");
    const auto find = [&](const Name& name, DeclKind kind, const std::string& what) -> const Decl* {
      const auto it = out_.globals.find(name.text);
      if (it != out_.globals.end() && it->second->kind == kind) return it->second;
      unknown_name(name, what);
      return nullptr;
    };
    b.counter_decl = find(b.counter, DeclKind::kCounter, "counter");
    b.fn_decl = b.fn.text.empty() ? nullptr : find(b.fn, DeclKind::kFn, "fn");
  }
}

// Costs are found without any property, and a bound is judged without the others.
void Checker::check_counted_ghosts() {
  for (const auto& [ghost, span] : counted_) {
    const auto it = noted_.find(ghost);
    if (it == noted_.end()) continue;
    diagnostics_.error(
        span,
        fmt::format("ghost '{}' is assigned by property '{}'", ghost->name.text,
                    it->second->name.text),
        "what is counted must not depend on what is checked: use a ghost that code assigns");
  }
}

}  // namespace stalemate::lang
