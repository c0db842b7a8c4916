// stalemate report: what a sweep found, and what changed since the night before.
#include <map>

#include "cli/cli.h"
#include "sweep/tell.h"

namespace stalemate::cli {

int report(const ReportOptions& options) {
  using Tell = std::string (*)(const sweep::Comparison&);
  static const std::map<std::string, Tell> formats = {{"text", sweep::as_text},
                                                      {"json", sweep::as_json},
                                                      {"markdown", sweep::as_markdown},
                                                      {"junit", sweep::as_junit},
                                                      {"sarif", sweep::as_sarif}};
  try {
    const store::Store store(options.db, store::Store::Open::kExisting);
    const sweep::Comparison c = sweep::compare(store, options.night, options.against);
    print(options.format == "html" ? sweep::as_html(c, sweep::trends(store, c.night))
                                   : formats.at(options.format)(c));
    return flush_output() ? 0 : kExitError;
  } catch (const store::StoreError& e) {
    complain(e.what());
  }
  return kExitError;
}

}  // namespace stalemate::cli
