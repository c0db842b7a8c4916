// Text form of a Program: s-expressions, one top-level form per line group, readable and
// writable by hand.  docs/ir.md is its reference.
// Tested by tests/unit/ir/roundtrip_test.cc.
#ifndef STALEMATE_IR_DUMP_H_
#define STALEMATE_IR_DUMP_H_

#include <string>

#include "ir/ir.h"

namespace stalemate::ir {

// parse(dump(p)) equals p, spans aside, and dump(parse(dump(p))) is the same text.
std::string dump(const Program& p);

// hash_of(dump(p)): the identity of a compiled model.
std::string fingerprint(const Program& p);

// XXH3-128, as 32 hex digits.
std::string hash_of(const std::string& text);

// An expression as a kernel engineer would write it: "!pte.present[P] && cpu0 in mask".
std::string to_source(const Program& p, const ExprRef& e, const std::vector<Choice>& choices);

}  // namespace stalemate::ir

#endif  // STALEMATE_IR_DUMP_H_
