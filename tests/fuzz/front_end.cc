// libFuzzer target: any bytes through lexer, parser, checker and lowering, for each variant of the
// text.  Whatever they are, there is a Program or an error, in bounded time and memory.
//
//   meson setup build-fuzz -Dfuzz=true -Db_lundef=false -Db_sanitize=address,undefined
//   build-fuzz/tests/fuzz/fuzz_front_end -max_total_time=600 CORPUS tests/golden/bad models
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "ir/dump.h"
#include "ir/parse.h"
#include "lang/compile.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace stalemate;
  static lang::Model model({STALEMATE_SOURCE_ROOT});
  Diagnostics diagnostics;
  if (model.load_text("fuzz", std::string(reinterpret_cast<const char*>(data), size), diagnostics)) {
    std::vector<std::string> variants = model.variants();
    variants.emplace_back();
    if (variants.size() > 3) variants.resize(3);
    for (const std::string& v : variants) {
      Diagnostics own;
      lang::Request request;
      request.variant = v;
      const auto compiled = model.compile(request, own);
      // No Program means an error says why; a Program is well formed and its text parses back.
      if (!compiled && !own.has_errors()) std::abort();
      if (own.format(false).find("internal error") != std::string::npos) std::abort();
    }
  } else if (!diagnostics.has_errors()) {
    std::abort();
  }
  diagnostics.format(true);
  return 0;
}
