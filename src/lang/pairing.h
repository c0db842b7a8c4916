// What ends what a call begins: which unlocks release what a lock took.
//
// A call of a name with "lock", "disable", "mask" or "save" begins a section; the call of the name
// with "unlock", "enable", "unmask" or "restore" in its place and with the same arguments ends it,
// in the same code or in code whose name is that of the beginning in the same way.  Which of them
// does is found along the paths through the statements: on each the first after the beginning,
// where sections nest the one that closes it.  Where `if`s have the same condition, and
// nothing changes what it is of, all of them go the same way.  Tested by
// tests/unit/lang/pairing_test.cc.
#ifndef STALEMATE_LANG_PAIRING_H_
#define STALEMATE_LANG_PAIRING_H_

#include <set>
#include <string>
#include <vector>

#include "lang/ast.h"

namespace stalemate::lang {

using StmtList = std::vector<StmtPtr>;

// As written, on one line.
std::string one_line(const Span& span);

// What a call calls, as written; empty for anything else.
std::string callee(const Stmt& s);

// "pmd_unlock" for "pmd_lock": what ends it; empty for what begins nothing.
std::string ending_of(const std::string& name);
bool is_ending(const std::string& name);

struct Section {
  // The beginning and all that ends it, in the order of the text.  Where one ending ends what
  // several begin, on other paths, all of these are one section.
  std::vector<StmtPtr*> parts;
  // False: something ends it, and it is not clear what.  Then `parts` is the beginning alone.
  bool clear = true;
};

// `begin` is a call somewhere in bodies[0].  What that leaves open, the other bodies may end.
// `variables`: the global ones.
Section section_of(StmtPtr& begin, const std::vector<StmtList*>& bodies,
                   std::set<std::string> variables);

}  // namespace stalemate::lang

#endif  // STALEMATE_LANG_PAIRING_H_
