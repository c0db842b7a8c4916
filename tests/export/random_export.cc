// Writes a random program for the other checkers, and says what the reference explorer finds.
//
//   random_export SEED FOLDER    writes random.pml, random.m, random.tla, random.cfg
//
// Prints "VERDICT STATES TRANSITIONS", or "error" alone.  Only the properties that are exported
// count.  Every second program may have model errors, every third has stale-copy caches.
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <string>

#include "../unit/interp/random_program.h"
#include "export/export.h"
#include "interp/explore.h"

namespace {

using namespace stalemate;

int run(unsigned seed, const std::string& folder) {
  const ir::Program p = interp::test::RandomProgram(seed, seed % 2 == 0, seed % 3 == 0).build();
  interp::Options options;
  for (std::size_t i = 0; i < p.properties.size(); ++i) {
    if (p.properties[i].kind != ir::Property::Kind::kNoStuck &&
        p.properties[i].kind != ir::Property::Kind::kLeadsTo) {
      options.properties.push_back(static_cast<int>(i));
    }
  }
  const exporter::Subject subject{
      p, options.properties, {"random program " + std::to_string(seed)}};
  const auto write = [&](const std::string& name, const std::string& text) {
    std::ofstream(folder + "/" + name) << text;
  };
  write("random.pml", exporter::to_promela(subject));
  write("random.m", exporter::to_murphi(subject));
  write("random.tla", exporter::to_tla(subject, "random"));
  write("random.cfg", exporter::tla_configuration(subject));

  const Result result = interp::explore(p, options);
  if (!result.model_error.empty()) {
    std::cout << "error\n";
    return 0;
  }
  bool violated = false;
  for (const PropertyResult& r : result.properties) violated |= r.outcome == Outcome::kViolated;
  std::cout << (violated ? "violated " : "safe ") << result.counts.states << ' '
            << result.counts.transitions << '\n';
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) {
    std::cerr << "usage: random_export SEED FOLDER\n";
    return 2;
  }
  return run(static_cast<unsigned>(std::strtoul(argv[1], nullptr, 10)), argv[2]);
}
