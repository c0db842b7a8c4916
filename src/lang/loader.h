// Finding and reading files: a model, what it imports, machine profiles, properties.
#ifndef STALEMATE_LANG_LOADER_H_
#define STALEMATE_LANG_LOADER_H_

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/diagnostic.h"
#include "lang/unit.h"

namespace stalemate::lang {

constexpr int kMaxImports = 200;

class Loader {
 public:
  // Folders that hold models/ and props/, searched in order.
  explicit Loader(std::vector<std::string> roots) : roots_(std::move(roots)) {}

  // The model and everything it imports; false after errors.
  bool load_model(const std::string& path, Unit& unit, Diagnostics& diagnostics);
  // The same for a text that is in no file; it can import library modules.
  bool load_text(const std::string& name, std::string text, Unit& unit, Diagnostics& diagnostics);
  // The profile of a machine, into the unit; a profile loaded before is replaced.
  bool load_machine(const std::string& name, const Span& at, Unit& unit, Diagnostics& diagnostics);
  // props/NAME.flush, if there is one and it is not loaded yet; false after errors.
  bool load_property(const std::string& name, const Span& at, Unit& unit, Diagnostics& diagnostics);

  std::vector<std::string> machines() const;
  std::vector<std::string> properties() const;
  // Model files below models/ that are neither machine nor lib, relative to their root.
  std::vector<std::string> models() const;
  // Names of the parameters that the machine library declares, imported or not.
  std::vector<std::string> machine_params();
  const std::vector<std::string>& roots() const { return roots_; }

 private:
  std::unique_ptr<File> read(const std::string& path, const std::string& module, const Span& at,
                             Diagnostics& diagnostics);
  bool add_model(std::unique_ptr<File> file, Unit& unit, Diagnostics& diagnostics);
  bool import_all(std::size_t file, Unit& unit, Diagnostics& diagnostics);
  std::string find(const std::string& relative) const;

  std::vector<std::string> roots_;
  std::string model_dir_;
  std::vector<std::string> importing_;
};

}  // namespace stalemate::lang

#endif  // STALEMATE_LANG_LOADER_H_
