#include "sweep/file.h"

#include <fmt/format.h>
#include <toml++/toml.h>
#include <xxhash.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <optional>
#include <sstream>

#include "base/size.h"

namespace stalemate::sweep {

namespace fs = std::filesystem;

namespace {

constexpr int kMostCpus = 64;

class Reader {
 public:
  Reader(std::shared_ptr<const Source> source, SweepFile& file, Diagnostics& diagnostics)
      : source_(std::move(source)), file_(file), diagnostics_(diagnostics) {}

  void read() {
    toml::table top;
    try {
      top = toml::parse(source_->text(), source_->name());
    } catch (const toml::parse_error& e) {
      diagnostics_.error(span(e.source().begin, 1), std::string(e.description()));
      return;
    }
    keys(top, true);
    Group defaults;
    const bool own = top.contains("models");
    read_group(top, defaults);
    if (own) file_.groups.push_back(defaults);
    if (!own && (!defaults.cpus.empty() || !defaults.machines.empty() || !defaults.sets.empty())) {
      error(top, "axes at the top, and no 'models' there", "move them into the [[group]]s");
    }
    if (const toml::node* groups = top.get("group")) {
      if (!groups->is_array_of_tables()) {
        error(*groups, "'group' must be tables", "write [[group]]");
        return;
      }
      for (const toml::node& node : *groups->as_array()) {
        const toml::table& table = *node.as_table();
        keys(table, false);
        Group group;
        group.excludes = defaults.excludes;
        group.time_limit = defaults.time_limit;
        group.mem_limit = defaults.mem_limit;
        if (!table.contains("models")) error(table, "a group without 'models'", "");
        read_group(table, group);
        file_.groups.push_back(std::move(group));
      }
    }
    if (file_.groups.empty() && !diagnostics_.has_errors()) {
      error(top, "no models", "write models = [\"models/litmus/*.flush\"]");
    }
  }

 private:
  Span span(const toml::source_position& where, std::uint32_t length) const {
    const std::string& text = source_->text();
    std::size_t at = 0;
    for (toml::source_index line = 1; line < where.line && at < text.size(); ++at) {
      if (text[at] == '\n') ++line;
    }
    // Columns count code points.
    for (toml::source_index column = 1; column < where.column && at < text.size(); ++column) {
      if (text[at] == '\n') break;
      do ++at;
      while (at < text.size() && (static_cast<unsigned char>(text[at]) & 0xc0) == 0x80);
    }
    Span s;
    s.source = source_;
    s.begin = static_cast<std::uint32_t>(at);
    s.end = s.begin + length;
    return s;
  }

  Span span(const toml::node& node) const {
    const toml::source_region& region = node.source();
    const bool one_line = region.begin.line == region.end.line;
    return span(region.begin, one_line ? region.end.column - region.begin.column : 1);
  }

  void error(const toml::node& node, const std::string& message, const std::string& hint) {
    diagnostics_.error(span(node), message, hint);
  }

  void keys(const toml::table& table, bool top) {
    std::vector<std::string> known = {"models",     "cpus",      "machine", "exclude",
                                      "time_limit", "mem_limit", "set"};
    if (top) known.emplace_back("group");
    for (const auto& [key, value] : table) {
      const std::string name(key.str());
      if (std::find(known.begin(), known.end(), name) != known.end()) continue;
      const std::string close = did_you_mean(name, known);
      const auto length = static_cast<std::uint32_t>(name.size());
      diagnostics_.error(span(key.source().begin, length), fmt::format("unknown key '{}'", name),
                         close.empty() ? fmt::format("known are {}", fmt::join(known, ", "))
                                       : fmt::format("did you mean '{}'?", close));
    }
  }

  void read_group(const toml::table& table, Group& group) {
    if (const toml::node* node = table.get("models")) group.models = texts(*node, "models");
    if (const toml::node* node = table.get("exclude")) {
      for (Text& text : texts(*node, "exclude")) {
        group.excludes.push_back(file_.excludes.size());
        file_.excludes.push_back(std::move(text));
      }
    }
    if (const toml::node* node = table.get("machine")) {
      for (const Text& text : texts(*node, "machine")) group.machines.push_back(text.text);
    }
    if (const toml::node* node = table.get("cpus")) read_cpus(*node, group);
    if (const toml::node* node = table.get("set")) read_sets(*node, group);
    if (const toml::node* node = table.get("time_limit")) {
      const auto seconds = parse_time(node->value_or(std::string()));
      if (!node->is_string() || !seconds || *seconds <= 0) {
        error(*node, "'time_limit' must be a time above 0", "as in \"90s\", \"15m\", \"2h\"");
      } else {
        group.time_limit = *seconds;
      }
    }
    if (const toml::node* node = table.get("mem_limit")) {
      const auto bytes = parse_size(node->value_or(std::string()));
      if (!node->is_string() || !bytes || *bytes == 0) {
        error(*node, "'mem_limit' must be a size above 0", "as in \"512M\", \"4G\"");
      } else {
        group.mem_limit = *bytes;
      }
    }
  }

  const toml::array* list(const toml::node& node, const std::string& key) {
    const toml::array* array = node.as_array();
    if (array == nullptr) {
      error(node, fmt::format("'{}' must be a list", key), "write it in [ ]");
    } else if (array->empty()) {
      error(node, fmt::format("'{}' is empty", key), "give it a value, or leave it out");
    }
    return array;
  }

  std::vector<Text> texts(const toml::node& node, const std::string& key) {
    std::vector<Text> found;
    const toml::array* array = list(node, key);
    if (array == nullptr) return found;
    for (const toml::node& element : *array) {
      const auto text = element.value<std::string>();
      if (!element.is_string() || text->empty()) {
        error(element, fmt::format("'{}' holds strings only", key), "write it in quotes");
      } else {
        found.push_back({*text, span(element)});
      }
    }
    return found;
  }

  void read_cpus(const toml::node& node, Group& group) {
    const toml::array* array = list(node, "cpus");
    if (array == nullptr) return;
    for (const toml::node& element : *array) {
      const std::int64_t n = element.is_integer() ? element.value_or(std::int64_t{0}) : 0;
      if (n < 1 || n > kMostCpus) {
        error(element, fmt::format("a number of CPUs must be in 1..{}", kMostCpus), "");
      } else {
        group.cpus.push_back(static_cast<int>(n));
      }
    }
  }

  // Numbers and truth values need no quotes: `rounds = [1, 2]`, `flush = [true]`.
  void read_sets(const toml::node& node, Group& group) {
    const toml::table* table = node.as_table();
    if (table == nullptr) {
      error(node, "'set' must be a table", "write [set], and under it flush = [\"full\"]");
      return;
    }
    for (const auto& [key, value] : *table) {
      const std::string name(key.str());
      const toml::array* array = list(value, "set." + name);
      if (array == nullptr) continue;
      std::vector<std::string> values;
      for (const toml::node& element : *array) {
        if (element.is_string()) {
          values.push_back(*element.value<std::string>());
        } else if (element.is_integer()) {
          values.push_back(std::to_string(*element.value<std::int64_t>()));
        } else if (element.is_boolean()) {
          values.emplace_back(*element.value<bool>() ? "true" : "false");
        } else {
          error(element, "a parameter takes a name, a number, true or false", "");
        }
      }
      group.sets.emplace_back(name, std::move(values));
    }
  }

  std::shared_ptr<const Source> source_;
  SweepFile& file_;
  Diagnostics& diagnostics_;
};

std::optional<std::string> contents(const std::string& path) {
  std::error_code failed;
  if (fs::is_directory(path, failed)) {
    errno = EISDIR;
    return std::nullopt;
  }
  std::ifstream in(path, std::ios::binary);
  std::ostringstream text;
  if (!in || (in.peek() != std::ifstream::traits_type::eof() && !(text << in.rdbuf()))) {
    return std::nullopt;
  }
  return text.str();
}

}  // namespace

std::string root_of(const std::string& path) {
  std::error_code failed;
  const fs::path own = fs::absolute(path, failed).lexically_normal().parent_path();
  for (fs::path dir = own; dir.has_relative_path(); dir = dir.parent_path()) {
    if (fs::is_directory(dir / "models", failed)) return dir.string();
  }
  return own.string();
}

bool read_sweep_file(const std::string& path, SweepFile& file, Diagnostics& diagnostics) {
  const auto text = contents(path);
  if (!text) {
    diagnostics.error({}, fmt::format("{}: cannot be read: {}", path, std::strerror(errno)),
                      "name a sweep file; sweeps/quick.toml is one");
    return false;
  }
  std::error_code failed;
  file.root = root_of(path);
  file.name = fs::absolute(path, failed).lexically_normal().lexically_relative(file.root).string();
  file.hash = hash_of(*text);
  Reader(std::make_shared<const Source>(path, *text), file, diagnostics).read();
  return !diagnostics.has_errors();
}

std::string hash_of(const std::string& text) {
  const XXH128_hash_t h = XXH3_128bits(text.data(), text.size());
  return fmt::format("{:016x}{:016x}", h.high64, h.low64);
}

}  // namespace stalemate::sweep
