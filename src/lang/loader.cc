#include "lang/loader.h"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>

#include "lang/parser.h"

namespace stalemate::lang {

namespace fs = std::filesystem;

namespace {

// "lib.mm" -> "lib/mm"
std::string module_path(const std::string& dotted) {
  std::string path = dotted;
  std::replace(path.begin(), path.end(), '.', '/');
  return path;
}

std::vector<std::string> flush_files(const fs::path& dir, bool recursive) {
  std::vector<std::string> out;
  std::error_code ec;
  const auto add = [&](const fs::directory_entry& e) {
    if (e.path().extension() == ".flush")
      out.push_back(fs::relative(e.path(), dir, ec).generic_string());
  };
  if (recursive) {
    for (fs::recursive_directory_iterator it(dir, ec), end; !ec && it != end; it.increment(ec))
      add(*it);
  } else {
    for (fs::directory_iterator it(dir, ec), end; !ec && it != end; it.increment(ec)) add(*it);
  }
  std::sort(out.begin(), out.end());
  return out;
}

std::vector<std::string> stems(const std::vector<std::string>& roots, const std::string& folder) {
  std::vector<std::string> out;
  for (const std::string& root : roots) {
    for (const std::string& f : flush_files(fs::path(root) / folder, false))
      out.push_back(fs::path(f).stem().string());
  }
  std::sort(out.begin(), out.end());
  out.erase(std::unique(out.begin(), out.end()), out.end());
  return out;
}

std::string suggestion(const std::string& name, const std::vector<std::string>& known,
                       const std::string& other) {
  const std::string close = did_you_mean(name, known);
  return close.empty() ? other : fmt::format("did you mean '{}'?", close);
}

}  // namespace

std::unique_ptr<File> Loader::read(const std::string& path, const std::string& module,
                                   const Span& at, Diagnostics& diagnostics) {
  std::error_code ec;
  const fs::file_status status = fs::status(path, ec);
  if (!fs::exists(status)) {
    diagnostics.error(at, fmt::format("{}: no such file", path),
                      "check the path; 'stalemate list models' shows the shipped models");
    return nullptr;
  }
  if (fs::is_directory(status)) {
    diagnostics.error(at, fmt::format("{}: is a directory", path), "name a .flush file in it");
    return nullptr;
  }
  if (fs::is_regular_file(status) && fs::file_size(path, ec) > kMaxFileBytes && !ec) {
    diagnostics.error(
        at, fmt::format("{}: is larger than 1 MiB, the limit of a model file", path),
        "a model is a page of text; put shared parts in files of their own and import them");
    return nullptr;
  }
  std::ifstream in(path, std::ios::binary);
  std::string text(kMaxFileBytes + 1, '\0');
  if (in) in.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (!in.is_open() || in.bad()) {
    diagnostics.error(at, fmt::format("{}: cannot be read: {}", path, std::strerror(errno)),
                      "check its permissions");
    return nullptr;
  }
  text.resize(static_cast<std::size_t>(in.gcount()));
  if (text.size() > kMaxFileBytes) {
    diagnostics.error(
        at, fmt::format("{}: is larger than 1 MiB, the limit of a model file", path),
        "a model is a page of text; put shared parts in files of their own and import them");
    return nullptr;
  }
  if (text.rfind("\xef\xbb\xbf", 0) == 0) text.erase(0, 3);  // a byte order mark
  if (text.find('\0') != std::string::npos) {
    diagnostics.error(at, fmt::format("{}: is not text", path),
                      "a model file is plain text in UTF-8");
    return nullptr;
  }
  auto file = std::make_unique<File>();
  file->path = path;
  file->module = module;
  file->source = std::make_shared<const Source>(path, std::move(text));
  file->decls = parse(file->source, diagnostics);
  return file;
}

std::string Loader::find(const std::string& relative) const {
  std::error_code ec;
  if (!model_dir_.empty()) {
    const fs::path local = fs::path(model_dir_) / relative;
    if (fs::is_regular_file(local, ec)) return local.string();
  }
  for (const std::string& root : roots_) {
    const fs::path path = fs::path(root) / "models" / relative;
    if (fs::is_regular_file(path, ec)) return path.string();
  }
  return {};
}

bool Loader::import_all(std::size_t index, Unit& unit, Diagnostics& diagnostics) {
  bool good = true;
  importing_.push_back(unit.files[index]->module);
  for (std::size_t k = 0; k < unit.files[index]->decls.size(); ++k) {
    const Decl& d = *unit.files[index]->decls[k];
    if (d.kind != DeclKind::kImport) continue;
    const std::string module = module_path(d.name.text);
    if (std::find(importing_.begin(), importing_.end(), module) != importing_.end()) {
      diagnostics.error(d.name.span,
                        fmt::format("'{}' imports itself, directly or through others", d.name.text),
                        "move what both need into a third file");
      good = false;
      continue;
    }
    const bool loaded = std::any_of(unit.files.begin(), unit.files.end(),
                                    [&](const auto& f) { return f->module == module; });
    if (loaded) continue;
    if (unit.files.size() >= kMaxImports) {
      diagnostics.error(d.name.span, fmt::format("more than {} imported files", kMaxImports));
      return false;
    }
    const std::string path = find(module + ".flush");
    if (path.empty()) {
      std::vector<std::string> known;
      for (const std::string& root : roots_) {
        for (std::string f : flush_files(fs::path(root) / "models", true)) {
          f = f.substr(0, f.size() - 6);
          std::replace(f.begin(), f.end(), '/', '.');
          known.push_back(std::move(f));
        }
      }
      diagnostics.error(
          d.name.span, fmt::format("there is no file {}.flush to import", module),
          suggestion(d.name.text, known,
                     roots_.empty() ? "the library was not found; set STALEMATE_PATH to the folder "
                                      "that holds models/ and props/"
                                    : "imports are searched beside the model and in the library"));
      good = false;
      continue;
    }
    auto file = read(path, module, d.name.span, diagnostics);
    if (file == nullptr) {
      good = false;
      continue;
    }
    unit.files.push_back(std::move(file));
    good = import_all(unit.files.size() - 1, unit, diagnostics) && good;
  }
  importing_.pop_back();
  return good;
}

bool Loader::add_model(std::unique_ptr<File> file, Unit& unit, Diagnostics& diagnostics) {
  unit.files.clear();
  unit.profile = nullptr;
  unit.files.push_back(std::move(file));
  // What every model has without importing it.
  auto core = std::make_unique<File>();
  core->path = core->module = "core";
  core->source = std::make_shared<const Source>("core", "percpu irqs_on : bool = true;");
  core->decls = parse(core->source, diagnostics);
  unit.files.push_back(std::move(core));
  importing_.clear();
  return import_all(0, unit, diagnostics);
}

bool Loader::load_model(const std::string& path, Unit& unit, Diagnostics& diagnostics) {
  model_dir_ = fs::path(path).parent_path().string();
  if (model_dir_.empty()) model_dir_ = ".";
  const int before = diagnostics.errors();
  auto file = read(path, "", {}, diagnostics);
  if (file == nullptr) return false;
  return add_model(std::move(file), unit, diagnostics) && diagnostics.errors() == before;
}

bool Loader::load_text(const std::string& name, std::string text, Unit& unit,
                       Diagnostics& diagnostics) {
  model_dir_.clear();
  const int before = diagnostics.errors();
  auto file = std::make_unique<File>();
  file->path = name;
  file->source = std::make_shared<const Source>(name, std::move(text));
  file->decls = parse(file->source, diagnostics);
  return add_model(std::move(file), unit, diagnostics) && diagnostics.errors() == before;
}

bool Loader::load_machine(const std::string& name, const Span& at, Unit& unit,
                          Diagnostics& diagnostics) {
  const std::string module = "machine/profiles/" + name;
  for (auto it = unit.files.begin(); it != unit.files.end();) {
    const bool old = (*it)->module.rfind("machine/profiles/", 0) == 0;
    it = old ? unit.files.erase(it) : it + 1;
  }
  unit.profile = nullptr;
  std::string path;
  if (name.find('/') == std::string::npos && name.find("..") == std::string::npos)
    path = find(module + ".flush");
  if (path.empty()) {
    const std::vector<std::string> known = machines();
    diagnostics.error(
        at, fmt::format("unknown machine '{}'", name),
        suggestion(name, known,
                   known.empty()
                       ? std::string("the machine library was not found; set STALEMATE_PATH to the "
                                     "folder that holds models/ and props/")
                       : fmt::format("machines are {}", fmt::join(known, ", "))));
    return false;
  }
  const int before = diagnostics.errors();
  auto file = read(path, module, at, diagnostics);
  if (file == nullptr || diagnostics.errors() != before) return false;
  for (const auto& d : file->decls) {
    if (d->kind == DeclKind::kMachine) unit.profile = d.get();
  }
  unit.files.push_back(std::move(file));
  return true;
}

bool Loader::load_property(const std::string& name, const Span& at, Unit& unit,
                           Diagnostics& diagnostics) {
  for (const auto& f : unit.files) {
    for (const auto& d : f->decls) {
      if (d->kind == DeclKind::kProperty && d->name.text == name) return true;
    }
  }
  std::error_code ec;
  for (const std::string& root : roots_) {
    const fs::path path = fs::path(root) / "props" / (name + ".flush");
    if (name.find('/') != std::string::npos || !fs::is_regular_file(path, ec)) continue;
    const int before = diagnostics.errors();
    auto file = read(path.string(), "props/" + name, at, diagnostics);
    if (file == nullptr || diagnostics.errors() != before) return false;
    unit.files.push_back(std::move(file));
    return true;
  }
  std::vector<std::string> known = properties();
  for (const auto& f : unit.files) {
    for (const auto& d : f->decls) {
      if (d->kind == DeclKind::kProperty) known.push_back(d->name.text);
    }
  }
  diagnostics.error(
      at, fmt::format("unknown property '{}'", name),
      suggestion(name, known,
                 known.empty()
                     ? std::string("the property library was not found; set STALEMATE_PATH")
                     : fmt::format("properties are {}", fmt::join(known, ", "))));
  return false;
}

std::vector<std::string> Loader::machines() const {
  return stems(roots_, "models/machine/profiles");
}
std::vector<std::string> Loader::properties() const { return stems(roots_, "props"); }

std::vector<std::string> Loader::models() const {
  std::vector<std::string> out;
  for (const std::string& root : roots_) {
    for (const std::string& f : flush_files(fs::path(root) / "models", true)) {
      if (f.rfind("machine/", 0) != 0 && f.rfind("lib/", 0) != 0)
        out.push_back((fs::path(root) / "models" / f).string());
    }
  }
  return out;
}

std::vector<std::string> Loader::machine_params() {
  std::vector<std::string> out;
  for (const std::string& root : roots_) {
    for (const std::string& f : flush_files(fs::path(root) / "models/machine", false)) {
      Diagnostics ignored;
      const auto file = read((fs::path(root) / "models/machine" / f).string(), "", {}, ignored);
      if (file == nullptr) continue;
      for (const auto& d : file->decls) {
        if (d->kind == DeclKind::kParam) out.push_back(d->name.text);
      }
    }
  }
  return out;
}

}  // namespace stalemate::lang
