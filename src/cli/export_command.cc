// stalemate export: the compiled model as text for another model checker.
#include <fmt/format.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>

#include "cli/exploring.h"
#include "export/export.h"
#include "lang/compile.h"

namespace stalemate::cli {

namespace {

namespace fs = std::filesystem;

struct File {
  std::string path;
  std::string text;
};

int cannot_write(const std::string& path, int error) {
  complain(fmt::format(
      "error: -o {}: cannot be written: {}\n  name a file in a folder that you can write to", path,
      std::strerror(error)));
  return kExitError;
}

bool write_whole(const std::string& path, const std::string& text, int& error) {
  std::FILE* file = std::fopen(path.c_str(), "w");
  if (file == nullptr) {
    error = errno;
    return false;
  }
  bool written = std::fwrite(text.data(), 1, text.size(), file) == text.size();
  if (!written) error = errno;
  if (std::fclose(file) != 0 && written) {
    error = errno;
    written = false;
  }
  return written;
}

// All of the files or none, and never a part of one: they get their names when they are complete.
int write_files(const std::vector<File>& files) {
  const auto part = [](const File& f) { return f.path + ".part"; };
  std::error_code ec;
  const auto give_up = [&](const File& f, int error) {
    for (const File& other : files) fs::remove(part(other), ec);
    return cannot_write(f.path, error);
  };
  for (const File& f : files) {
    if (fs::is_directory(f.path, ec)) return give_up(f, EISDIR);
  }
  int error = 0;
  for (const File& f : files) {
    // A device, a pipe or a link (/dev/stdout is one) keeps its name.
    const bool special =
        fs::is_symlink(f.path, ec) || (fs::exists(f.path, ec) && !fs::is_regular_file(f.path, ec));
    if (!write_whole(special ? f.path : part(f), f.text, error)) return give_up(f, error);
  }
  for (const File& f : files) {
    if (!fs::exists(part(f), ec)) continue;
    fs::rename(part(f), f.path, ec);
    if (ec) return give_up(f, ec.value());
  }
  return 0;
}

std::string exported_from(const CheckOptions& options, const lang::Compiled& compiled) {
  std::string line = "from " + options.file;
  if (!options.variant.empty()) line += ", variant " + options.variant;
  for (const auto& [name, value] : compiled.params) line += ", " + name + "=" + value;
  return line;
}

// The files that were asked for; an empty path is standard output.
std::vector<File> files_of(const exporter::Subject& subject, const CheckOptions& options,
                           const ExportOptions& wanted) {
  if (wanted.target == "promela") return {{wanted.output, exporter::to_promela(subject)}};
  if (wanted.target == "murphi") return {{wanted.output, exporter::to_murphi(subject)}};
  if (wanted.output.empty()) {
    const std::string stem = fs::path(options.file).stem().string();
    return {{"", exporter::to_tla(subject, exporter::identifier(stem + " " + options.variant))}};
  }
  const fs::path path = wanted.output;
  const std::string module = path.stem().string();
  if (path.extension() != ".tla" || !exporter::is_module_name(module)) {
    throw exporter::Unsupported(
        "a TLA+ module has the name of its file: -o NAME.tla, a letter and then "
        "letters, digits and _");
  }
  fs::path configuration = path;
  configuration.replace_extension(".cfg");
  return {{wanted.output, exporter::to_tla(subject, module)},
          {configuration.string(), exporter::tla_configuration(subject)}};
}

}  // namespace

int export_model(const CheckOptions& options, const ExportOptions& wanted) {
  const std::optional<lang::Compiled> compiled = compile_one(options);
  if (!compiled) return kExitError;
  const exporter::Subject subject{compiled->program,
                                  compiled->properties,
                                  {compiled->program.model, exported_from(options, *compiled)}};
  std::vector<File> files;
  try {
    files = files_of(subject, options, wanted);
  } catch (const exporter::Unsupported& e) {
    complain(fmt::format("error: {}: cannot be exported to {}: {}", options.file, wanted.target,
                         e.what()));
    return kExitError;
  }
  if (!files[0].path.empty()) return write_files(files);
  print(files[0].text);
  return flush_output() ? 0 : kExitError;
}

}  // namespace stalemate::cli
