// A program with one stale-copy cache, for tests that spoil one thing of it.
#ifndef STALEMATE_TESTS_UNIT_REDUCE_COPIES_H_
#define STALEMATE_TESTS_UNIT_REDUCE_COPIES_H_

#include <string>
#include <utility>
#include <vector>

#include "../interp/build.h"

namespace stalemate::reduce::test {

using namespace interp::test;  // NOLINT: the words of build.h

// CPU 1 uses what its TLB holds of `pte`, 0 to 2, of which 0 is never loaded.  CPU 0 writes an
// entry and flushes.
struct OneTlb : Builder {
  int pte, tlb, user, kernel;

  OneTlb() {
    pte = variable("pte", range(0, 2), 1);
    tlb = variable("tlb", boolean(), 0, {range(0, 2)});
    program.variables.back().space = ir::Space::kCopy;
    program.caches.push_back({"tlb", tlb, 0, false});
    property("asserts");
    kernel = process("kernel", 0, {location("write"), location("flush"), final_location("done")});
    user = process("user", 1, {location("access")});
    for (const int v : {1, 2}) fill(v);
  }

  ExprRef held(int v) const { return get(tlb, {lit(v)}); }
  ir::Stmt hold(int v, ExprRef value) const {
    return assign({tlb, {lit(v)}, ir::Order::kPlain}, std::move(value));
  }
  int fill(int v) {
    const int number = step("fill" + std::to_string(v), StepKind::kSpeculative,
                            ir::all_of({ir::negate(held(v)), is(pte, v)}), {hold(v, lit(1))});
    program.steps.back().fills = 0;
    return number;
  }
  int use(int v, ir::Block body = {}) {
    const int number = move(user, 0, 0, held(v), std::move(body));
    program.steps.back().name = "use" + std::to_string(v);
    program.steps.back().relies_on_copy = true;
    return number;
  }
  void write(int v) {
    move(kernel, 0, 1, yes(), {set(pte, v)});
    program.steps.back().name = "write";
  }
  void flush() {
    move(kernel, 1, 2, yes(), {hold(1, lit(0)), hold(2, lit(0))});
    program.steps.back().name = "flush";
  }
  ir::Program finished() {
    program.finish();
    return program;
  }
};

}  // namespace stalemate::reduce::test

#endif  // STALEMATE_TESTS_UNIT_REDUCE_COPIES_H_
