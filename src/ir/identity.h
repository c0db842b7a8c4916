// What a check judges, as one number.
//
// The text form leaves out what no state and no step depends on.  Some of it decides all the same
// whether a safe verdict is vacuous: what the model allows to be unreached, and which goals and
// steps stand within which in its file.  A result may be taken for that of another program only
// where all of this is the same.  Tested by tests/unit/ir/identity_test.cc.
#ifndef STALEMATE_IR_IDENTITY_H_
#define STALEMATE_IR_IDENTITY_H_

#include <string>

#include "ir/ir.h"

namespace stalemate::ir {

// XXH3-128 of dump(p) and of that, as 32 hex digits.  Places count by their order only: comments
// and blanks change nothing.
std::string identity(const Program& p);

}  // namespace stalemate::ir

#endif  // STALEMATE_IR_IDENTITY_H_
