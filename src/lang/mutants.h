// What a model would be with a statement less, or with two in the other order.
//
// Left out are statements that make something of what was done before them: calls, waits, fences,
// drops, IPIs that are raised, and assignments to irqs_on.  A call of a name with "lock",
// "disable", "mask" or "save" takes what ends it along (lang/pairing.h): a lock is left out
// together with its unlock. What says what the hardware does (machine/) and what properties observe
// stays as it is. Tested by tests/unit/lang/mutants_test.cc.
#ifndef STALEMATE_LANG_MUTANTS_H_
#define STALEMATE_LANG_MUTANTS_H_

#include <cstddef>
#include <memory>
#include <set>
#include <vector>

#include "lang/ast.h"
#include "lang/compile.h"
#include "lang/unit.h"

namespace stalemate::lang {

class Mutants {
 public:
  // Of the model file; with `library` also of what it imports from lib/.
  Mutants(Unit& unit, bool library);

  const std::vector<Mutant>& all() const { return all_; }

  // Changes the tree for as long as it lives.
  class Applied {
   public:
    Applied(Mutants& mutants, std::size_t which);
    ~Applied();
    Applied(const Applied&) = delete;
    Applied& operator=(const Applied&) = delete;

   private:
    void swap_all();
    Mutants& mutants_;
    std::size_t which_;
  };

 private:
  // Two statements that change places; what is left out does so with an empty block.
  struct Exchange {
    StmtPtr* a;
    StmtPtr* b;
  };
  void visit(std::vector<StmtPtr>& list, Decl& owner);
  void add_left_out(StmtPtr& left, Decl& owner);
  void add_swapped(StmtPtr& first, StmtPtr& second, const Decl& owner);

  Unit& unit_;
  std::vector<Mutant> all_;
  std::vector<std::vector<Exchange>> exchanges_;  // of each
  std::set<std::vector<StmtPtr*>> sections_;      // of those that are left out
  std::vector<std::unique_ptr<StmtPtr>> empty_;   // blocks that stand in for statements
};

}  // namespace stalemate::lang

#endif  // STALEMATE_LANG_MUTANTS_H_
