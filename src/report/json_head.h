// What the JSON objects of all commands have in common.  Private to this layer.
#ifndef STALEMATE_REPORT_JSON_HEAD_H_
#define STALEMATE_REPORT_JSON_HEAD_H_

#include <nlohmann/json.hpp>
#include <string>

#include "report/report.h"

namespace stalemate::report {

using Json = nlohmann::ordered_json;

// What was run: from "tool" to "params".
Json json_head(const ir::Program& p, const Run& run);
Json text_or_null(const std::string& text);
// {message, where}; null for an empty message.
Json error_or_null(const std::string& message, const Span& where);
// On one line; names that are not UTF-8 get replacement characters.
std::string written(const Json& j);

}  // namespace stalemate::report

#endif  // STALEMATE_REPORT_JSON_HEAD_H_
