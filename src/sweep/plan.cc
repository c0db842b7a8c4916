#include "sweep/plan.h"

#include <fmt/format.h>
#include <fnmatch.h>
#include <glob.h>

#include <exception>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <sstream>

namespace stalemate::sweep {

namespace {

struct Loaded {
  std::shared_ptr<lang::Model> model;
  std::string mistakes;
  int line = 1;  // of the first mistake
  std::string hash;
};

// Of the first mistake in the file itself; 1 when all are in what it imports.
int first_line(const Diagnostics& diagnostics, const std::string& path) {
  for (const Diagnostic& d : diagnostics.all()) {
    if (d.span && d.span.source->name() == path) {
      return d.span.source->position(d.span.begin).line;
    }
  }
  return 1;
}

std::vector<std::string> matches(const std::string& root, const std::string& pattern) {
  // The root is a name, whatever characters are in it.
  std::string quoted;
  for (const char c : root) {
    if (c == '*' || c == '?' || c == '[' || c == '\\') quoted += '\\';
    quoted += c;
  }
  const bool absolute = pattern[0] == '/';
  glob_t found{};
  std::vector<std::string> paths;
  if (glob((absolute ? pattern : quoted + "/" + pattern).c_str(), 0, nullptr, &found) == 0) {
    for (std::size_t i = 0; i < found.gl_pathc; ++i) {
      std::error_code failed;
      if (std::filesystem::is_regular_file(found.gl_pathv[i], failed)) {
        paths.emplace_back(found.gl_pathv[i]);
      }
    }
  }
  globfree(&found);
  return paths;
}

class Planner {
 public:
  Planner(const SweepFile& file, const std::vector<std::string>& library, std::vector<Cell>& cells,
          Diagnostics& diagnostics)
      : file_(file),
        library_(library),
        cells_(cells),
        diagnostics_(diagnostics),
        used_(file.excludes.size(), false) {}

  void run() {
    for (const Group& group : file_.groups) add_group(group);
    for (std::size_t i = 0; i < used_.size(); ++i) {
      if (used_[i]) continue;
      diagnostics_.error(file_.excludes[i].span,
                         fmt::format("'{}' excludes nothing", file_.excludes[i].text),
                         "it is compared with MODEL:VARIANT, as in models/litmus/tlb.flush:full");
    }
  }

 private:
  void add_group(const Group& group) {
    for (const Text& pattern : group.models) {
      const std::vector<std::string> paths = matches(file_.root, pattern.text);
      if (paths.empty()) {
        diagnostics_.error(pattern.span, fmt::format("no model matches '{}'", pattern.text),
                           fmt::format("names start from {}", file_.root));
      }
      for (const std::string& path : paths) add_model(group, path);
    }
  }

  void add_model(const Group& group, const std::string& path) {
    Cell cell;
    cell.path = path;
    cell.model = std::filesystem::path(path).lexically_proximate(file_.root).string();
    cell.time_limit = group.time_limit;
    cell.mem_limit = group.mem_limit;
    const Loaded& loaded = load(path);
    cell.loaded = loaded.model;
    cell.mistakes = loaded.mistakes;
    cell.model_hash = loaded.hash;
    std::vector<std::string> variants;
    if (loaded.model) variants = loaded.model->variants();
    if (variants.empty()) variants.emplace_back();
    if (!loaded.model) suspect(group, cell.model);
    for (const std::string& variant : variants) {
      if (excluded(group, cell.model + ":" + variant)) continue;
      cell.request = {};
      cell.request.variant = variant;
      cell.line = loaded.model ? loaded.model->line_of(variant) : loaded.line;
      cell.own = group.cpus.empty() && group.machines.empty() && group.sets.empty();
      std::vector<int> cpus = group.cpus;
      if (cpus.empty() && loaded.model) cpus = loaded.model->cpu_counts(variant);
      if (cpus.empty()) cpus = {0};
      for (const int n : cpus) {
        cell.request.cpus = n;
        add_machines(group, cell);
      }
    }
  }

  void add_machines(const Group& group, Cell cell) {
    if (group.machines.empty()) return add_sets(group, std::move(cell), 0);
    for (const std::string& machine : group.machines) {
      cell.request.machine = machine;
      add_sets(group, cell, 0);
    }
  }

  void add_sets(const Group& group, Cell cell, std::size_t axis) {
    if (axis == group.sets.size()) return add(std::move(cell));
    const auto& [name, values] = group.sets[axis];
    for (const std::string& value : values) {
      Cell one = cell;
      one.request.sets.emplace_back(name, value);
      add_sets(group, std::move(one), axis + 1);
    }
  }

  void add(Cell cell) {
    const lang::Request& r = cell.request;
    cell.key = cell.model + ":" + r.variant;
    if (r.cpus != 0) cell.key += fmt::format(" cpus={}", r.cpus);
    if (!r.machine.empty()) cell.key += " machine=" + r.machine;
    if (!r.sets.empty()) cell.key += " " + params_text(r);
    if (keys_.insert(cell.key).second) cells_.push_back(std::move(cell));
  }

  bool excluded(const Group& group, const std::string& name) {
    bool found = false;
    for (const std::size_t i : group.excludes) {
      if (fnmatch(file_.excludes[i].text.c_str(), name.c_str(), 0) != 0) continue;
      used_[i] = true;
      found = true;
    }
    return found;
  }

  // Nobody knows the variants of a model with mistakes: excludes that name it may be right.
  void suspect(const Group& group, const std::string& model) {
    for (const std::size_t i : group.excludes) {
      const std::string& text = file_.excludes[i].text;
      const std::string of_model = text.substr(0, text.rfind(':'));
      if (fnmatch(of_model.c_str(), model.c_str(), 0) == 0) used_[i] = true;
    }
  }

  const Loaded& load(const std::string& path) {
    const auto [at, fresh] = loaded_.try_emplace(path);
    if (!fresh) return at->second;
    std::ifstream in(path, std::ios::binary);
    std::ostringstream text;
    text << in.rdbuf();
    at->second.hash = hash_of(text.str());
    auto model = std::make_shared<lang::Model>(library_);
    Diagnostics diagnostics;
    try {
      if (model->load(path, diagnostics)) {
        at->second.model = std::move(model);
      } else {
        at->second.mistakes = diagnostics.format(false);
        at->second.line = first_line(diagnostics, path);
      }
    } catch (const std::exception& e) {
      at->second.mistakes = fmt::format("internal error: {}", e.what());
    }
    return at->second;
  }

  const SweepFile& file_;
  const std::vector<std::string>& library_;
  std::vector<Cell>& cells_;
  Diagnostics& diagnostics_;
  std::vector<bool> used_;  // by exclude
  std::map<std::string, Loaded> loaded_;
  std::set<std::string> keys_;
};

}  // namespace

std::string params_text(const lang::Request& request) {
  std::string text;
  for (const auto& [name, value] : request.sets) {
    text += fmt::format("{}{}={}", text.empty() ? "" : " ", name, value);
  }
  return text;
}

bool plan(const SweepFile& file, const std::vector<std::string>& library, std::vector<Cell>& cells,
          Diagnostics& diagnostics) {
  Planner(file, library, cells, diagnostics).run();
  return !diagnostics.has_errors();
}

}  // namespace stalemate::sweep
