// Comments and messages: what the exports say to their readers, the same in all languages.
#ifndef STALEMATE_EXPORT_REMARK_H_
#define STALEMATE_EXPORT_REMARK_H_

#include <string>
#include <vector>

#include "export/export.h"
#include "ir/ir.h"

namespace stalemate::exporter {

// Fit for a comment or for a string of any of the languages: printable ASCII that ends neither.
std::string plain(const std::string& text);
// A text with its holes shown as expressions: "set_pte {page}".
std::string text_of(const ir::Program& p, const ir::Text& text,
                    const std::vector<ir::Choice>& choices);

// What stands above a step: its trace text, who takes it, where it was written.
std::string remark(const ir::Program& p, const ir::Step& step);
// What stands above everything: the title, what is exported and what is not.
std::vector<std::string> header(const Subject& subject);

// The invariants among the properties to export.
std::vector<int> invariants(const Subject& subject);

}  // namespace stalemate::exporter

#endif  // STALEMATE_EXPORT_REMARK_H_
