// Which build of stalemate this is: a result is taken over only from the very same one.
#ifndef STALEMATE_SWEEP_CHECKER_H_
#define STALEMATE_SWEEP_CHECKER_H_

#include <string>

namespace stalemate::sweep {

// 32 hex digits for the program and all libraries that it runs with: of the build-id that the
// linker gave each of them, or of the bytes of the file where it gave none.  Some microseconds, or
// a tenth of a second for a large file.  Models are not in it; a fingerprint tells those.
// Throws std::runtime_error when there is no build-id and the file cannot be read.
std::string checker_identity();

}  // namespace stalemate::sweep

#endif  // STALEMATE_SWEEP_CHECKER_H_
