// Standard streams, signals, and where the library is.
#include <fmt/format.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>

#include "cli/cli.h"
#include "sweep/child.h"

namespace stalemate::cli {

namespace fs = std::filesystem;

namespace {

std::atomic<bool> g_interrupted{false};
std::string g_program;  // argv[0]

void on_signal(int signal) {
  // The second one means it: the default action ends the process.
  if (g_interrupted.exchange(true)) {
    std::signal(signal, SIG_DFL);
    std::raise(signal);
  }
}

bool is_root(const fs::path& dir) {
  std::error_code ec;
  return fs::is_directory(dir / "models" / "machine", ec) || fs::is_directory(dir / "props", ec);
}

// Where the shell found the program; empty, with an error, when it cannot be told.
fs::path program_as_called(std::error_code& ec) {
  if (g_program.find('/') != std::string::npos) return fs::absolute(g_program, ec);
  const char* path = std::getenv("PATH");
  std::string rest = path == nullptr ? "" : path;
  while (!rest.empty()) {
    const std::size_t colon = rest.find(':');
    const fs::path candidate = fs::path(rest.substr(0, colon)) / g_program;
    if (fs::is_regular_file(candidate, ec)) return fs::absolute(candidate, ec);
    rest = colon == std::string::npos ? std::string() : rest.substr(colon + 1);
  }
  ec = std::make_error_code(std::errc::no_such_file_or_directory);
  return {};
}

}  // namespace

void set_program(const char* argv0) { g_program = argv0; }

const std::atomic<bool>& interrupted() { return g_interrupted; }

void catch_signals() {
  std::signal(SIGINT, on_signal);
  std::signal(SIGTERM, on_signal);
}

// A closed pipe becomes a write error, which is reported, instead of a silent death.
void ignore_closed_pipes() { std::signal(SIGPIPE, SIG_IGN); }

void end_with_sweep() {
  const char* parent = std::getenv(sweep::kParentVariable);
  if (parent == nullptr) return;
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  // It may be gone already.
  if (std::to_string(getppid()) != parent) std::_Exit(kExitError);
  unsetenv(sweep::kParentVariable);
}

std::vector<std::string> library_roots() {
  std::vector<std::string> roots;
  const auto add = [&](const fs::path& dir) {
    std::error_code ec;
    if (!is_root(dir)) return;
    // Messages name library files: short from inside the source tree, whole from elsewhere.
    const fs::path relative = fs::relative(dir, ec);
    const bool inside = !ec && !relative.empty() && *relative.begin() != "..";
    const std::string path = inside ? relative.string() : dir.string();
    for (const std::string& r : roots) {
      if (fs::equivalent(r, path, ec)) return;
    }
    roots.push_back(path);
  };
  if (const char* path = std::getenv("STALEMATE_PATH")) {
    std::string rest = path;
    while (!rest.empty()) {
      const std::size_t colon = rest.find(':');
      const std::string dir = rest.substr(0, colon);
      if (!dir.empty()) add(dir);
      rest = colon == std::string::npos ? std::string() : rest.substr(colon + 1);
    }
  }
  // Beside the executable: the source tree (build/src/cli/stalemate), then PREFIX/share/stalemate.
  std::error_code ec;
  fs::path self = fs::read_symlink("/proc/self/exe", ec);
  if (ec) self = program_as_called(ec);  // no /proc: a bare chroot
  if (!ec) {
    fs::path dir = self.parent_path();
    for (int up = 0; up < 6 && dir.has_relative_path(); ++up, dir = dir.parent_path()) {
      if (fs::exists(dir / "meson.build", ec) && is_root(dir)) {
        add(dir);
        break;
      }
    }
    add(self.parent_path().parent_path() / "share" / "stalemate");
  }
  add(STALEMATE_DATA_DIR);
  return roots;
}

bool colour_output() {
  return isatty(STDOUT_FILENO) != 0 && std::getenv("NO_COLOR") == nullptr &&
         (std::getenv("TERM") == nullptr || std::strcmp(std::getenv("TERM"), "dumb") != 0);
}

bool print(const std::string& text) {
  return std::fwrite(text.data(), 1, text.size(), stdout) == text.size();
}

bool flush_output() {
  if (std::fflush(stdout) == 0 && std::ferror(stdout) == 0) return true;
  complain(fmt::format("error: cannot write to standard output: {}", std::strerror(errno)));
  return false;
}

void complain(const std::string& text) {
  std::fputs(text.c_str(), stderr);
  if (text.empty() || text.back() != '\n') std::fputc('\n', stderr);
}

bool split_sets(const std::vector<std::string>& sets,
                std::vector<std::pair<std::string, std::string>>& out) {
  for (const std::string& s : sets) {
    const std::size_t equals = s.find('=');
    if (equals == std::string::npos || equals == 0 || equals + 1 == s.size()) {
      complain(fmt::format(
          "error: --set {}: expected NAME=VALUE\n  as in --set flush=before_publish", s));
      return false;
    }
    const std::string name = s.substr(0, equals);
    const auto same = [&](const auto& set) { return set.first == name; };
    if (std::any_of(out.begin(), out.end(), same)) {
      complain(fmt::format("error: --set {}: {} is given twice\n  give it one value", s, name));
      return false;
    }
    out.emplace_back(name, s.substr(equals + 1));
  }
  return true;
}

}  // namespace stalemate::cli
