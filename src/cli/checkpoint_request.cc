#include "cli/checkpoint_request.h"

#include <filesystem>
#include <nlohmann/json.hpp>

namespace stalemate::cli {

std::string checkpoint_request(const CheckOptions& options) {
  nlohmann::ordered_json j;
  std::error_code failed;
  // It may be resumed from another folder.
  const std::filesystem::path path = std::filesystem::absolute(options.file, failed);
  j["file"] = failed ? options.file : path.string();
  j["variant"] = options.variant;
  j["sets"] = options.sets;
  j["cpus"] = options.cpus;
  j["machine"] = options.machine;
  j["properties"] = options.properties;
  j["speculation"] = options.speculation;
  // As the default is now.
  j["reduce"] = options.reduce.empty() ? "all" : options.reduce;
  j["lossy"] = options.lossy;
  return j.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

bool read_checkpoint_request(const std::string& text, CheckOptions& options) {
  try {
    const nlohmann::json j = nlohmann::json::parse(text);
    j.at("file").get_to(options.file);
    j.at("variant").get_to(options.variant);
    j.at("sets").get_to(options.sets);
    j.at("cpus").get_to(options.cpus);
    j.at("machine").get_to(options.machine);
    j.at("properties").get_to(options.properties);
    // One that does not say is of a version that knew nothing else.
    options.speculation = j.value("speculation", "explicit");
    options.reduce = j.value("reduce", "none");
    options.lossy = j.value("lossy", false);
  } catch (const nlohmann::json::exception&) {
    return false;
  }
  return true;
}

}  // namespace stalemate::cli
