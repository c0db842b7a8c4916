// stalemate-verify CERTIFICATE MODEL.ir: checks a proof of `stalemate check --certificate` anew. It
// shares no code with the checker.  MODEL.ir is what `stalemate show --ir` prints.
#include <sys/resource.h>
#include <unistd.h>

#include <cstdio>
#include <exception>
#include <fstream>
#include <iterator>
#include <new>
#include <string>

#include "verify/verify.h"

namespace {

using namespace stalemate::verify;

// What takes too much ends with a message, and not with the machine.  `ulimit -v` sets less.
void limit_memory() {
#ifndef __SANITIZE_ADDRESS__  // it reserves more than there is
  rlimit limit{};
  getrlimit(RLIMIT_AS, &limit);
  const auto bytes = static_cast<rlim_t>(sysconf(_SC_PHYS_PAGES)) * sysconf(_SC_PAGESIZE);
  limit.rlim_cur = std::min(limit.rlim_cur, bytes / 4 * 3);
  setrlimit(RLIMIT_AS, &limit);
#endif
}

std::string read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::string text{std::istreambuf_iterator<char>(file), {}};
  if (text.empty()) throw BadFile("it cannot be read, or is empty");
  return text;
}

// Whether it is a proof.
bool run(const Model& m, const Certificate& c) {
  std::fputs(c.about.c_str(), stdout);
  try {
    const unsigned long long transitions = verify(m, c);
    for (const int claim : c.claims) std::printf("holds: %s\n", m.properties[claim].name.c_str());
    std::printf("verified: %zu states, %llu transitions\n", c.states.size(), transitions);
    return true;
  } catch (const NotVerified& e) {
    std::printf("not verified: %s\n", e.what());
    // The state to blame: each variable with the numbers of its elements.
    for (const Variable& v : m.variables) {
      for (int i = 0; i < v.elements && !e.state.empty(); ++i) {
        std::printf("%s %d%s", i == 0 ? ("  " + v.name + " =").c_str() : "", e.state[v.first + i],
                    i + 1 == v.elements ? "\n" : "");
      }
    }
    return false;
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) {
    std::fputs("usage: stalemate-verify CERTIFICATE MODEL.ir; exit 0 verified, 1 not, 2 error\n",
               stderr);
    return 2;
  }
  limit_memory();
  std::string reading = argv[2];
  try {
    const std::string text = read_file(reading);
    const Model m = read_model(text);
    reading = argv[1];
    const Certificate c = read_certificate(m, read_file(reading), fingerprint(text));
    const bool verified = run(m, c);
    if (std::fflush(stdout) == 0) return verified ? 0 : 1;
    std::fputs("error: standard output cannot be written\n", stderr);
  } catch (const std::bad_alloc&) {
    std::fprintf(stderr, "error: %s: it takes more memory than it may\n", reading.c_str());
  } catch (const std::exception& e) {
    std::fprintf(stderr, "error: %s: %s\n", reading.c_str(), e.what());
  }
  return 2;
}
