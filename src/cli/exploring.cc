#include "cli/exploring.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "base/size.h"
#include "cli/machine.h"
#include "cli/progress.h"
#include "engine/memory.h"
#include "interp/eval.h"

namespace stalemate::cli {

ProgressLine::ProgressLine() : on_(isatty(STDERR_FILENO) != 0) {}

void ProgressLine::show(const interp::Progress& p) {
  if (p.seconds >= 1) write(progress_text(p));
}

void ProgressLine::show(const engine::Progress& p) {
  if (p.seconds >= 1) write(progress_text(p));
}

void ProgressLine::write(const std::string& line) {
  if (!on_) return;
  std::fputs(("\r\x1b[K" + line).c_str(), stderr);
  shown_ = true;
}

void ProgressLine::clear() {
  if (shown_) std::fputs("\r\x1b[K", stderr);
  shown_ = false;
}

bool read_limits(const CheckOptions& options, Limits& limits) {
  limits.max_states = options.max_states;
  if (!options.time_limit.empty()) {
    const auto t = parse_time(options.time_limit);
    if (!t || *t <= 0) {
      complain(fmt::format("error: --time-limit {}: expected a time above 0\n  as in 90s, 15m, 2h",
                           options.time_limit));
      return false;
    }
    limits.time_limit = *t;
  }
  if (!options.mem_limit.empty()) {
    const auto m = parse_size(options.mem_limit);
    if (!m || *m == 0) {
      complain(fmt::format("error: --mem-limit {}: expected a size above 0\n  as in 512M, 4G",
                           options.mem_limit));
      return false;
    }
    limits.mem_limit = *m;
  }
  return true;
}

bool read_request(const CheckOptions& options, lang::Request& request) {
  if (!split_sets(options.sets, request.sets)) return false;
  request.variant = options.variant;
  request.machine = options.machine;
  request.cpus = options.cpus;
  request.properties = options.properties;
  return true;
}

bool reduces(const CheckOptions& options, const std::string& what) {
  // A certificate has all states.
  if (options.reduce.empty()) return options.certificate.empty();
  const std::string list = "," + options.reduce + ",";
  return list.find("," + what + ",") != std::string::npos ||
         list.find(",all,") != std::string::npos;
}

bool asks_for_all_variants(const CheckOptions& options) {
  return options.variant.empty() && options.sets.empty() && options.machine.empty() &&
         options.cpus == 0 && options.properties.empty();
}

std::optional<lang::Compiled> compile_one(const CheckOptions& options) {
  lang::Request request;
  if (!read_request(options, request)) return std::nullopt;
  lang::Model model(library_roots());
  Diagnostics diagnostics;
  std::optional<lang::Compiled> compiled;
  if (model.load(options.file, diagnostics)) compiled = model.compile(request, diagnostics);
  if (!compiled) complain(diagnostics.format(isatty(STDERR_FILENO) != 0));
  return compiled;
}

engine::Options engine_options(const CheckOptions& options, const Limits& limits) {
  engine::Options o;
  o.max_states = limits.max_states;
  o.time_limit = limits.time_limit;
  o.mem_limit = limits.mem_limit != 0 ? limits.mem_limit : engine::default_memory_limit();
  o.threads = options.threads != 0 ? options.threads : cores();
  o.spill_folder = spill_folder();
  o.interrupted = &interrupted();
  return o;
}

report::Render renderer(const ir::Program& p) {
  return [&p](const ir::Text& t, const State& s, const std::vector<ir::Value>& choices) {
    return interp::render(p, t, s, choices);
  };
}

report::Run describe(const CheckOptions& options, const lang::Compiled& compiled,
                     const std::string& variant) {
  return {options.file,
          variant,
          compiled.program.machine,
          compiled.program.cpus(),
          compiled.params,
          options.speculation};
}

std::string qualification(const ir::Program& p, const Counts& counts,
                          const std::vector<int>& properties) {
  return fmt::format("{}, {} CPU{}; {}; {} states, {:.2f} s", p.machine, p.cpus(),
                     p.cpus() == 1 ? "" : "s", fmt::join(report::bounds(p, properties), "; "),
                     counts.states, counts.seconds);
}

int Complaints::tell(const Diagnostics& diagnostics) {
  const std::string text = diagnostics.format(isatty(STDERR_FILENO) != 0);
  if (text != last_) complain(text);
  last_ = text;
  return kExitError;
}

bool OutputFile::open() {
  if (path_.empty()) return true;
  file_ = std::fopen(path_.c_str(), "w");
  if (file_ == nullptr) {
    complain(fmt::format(
        "error: {} {}: cannot be written: {}\n  name a file in a folder that you can write to",
        option_, path_, std::strerror(errno)));
  }
  return file_ != nullptr;
}

void OutputFile::write(const std::string& text) {
  if (file_ == nullptr) return;
  std::fputs(text.c_str(), file_);
  std::fflush(file_);
}

bool OutputFile::close() {
  if (file_ == nullptr) return true;
  const bool broken = std::ferror(file_) != 0;
  const bool closed = std::fclose(file_) == 0;
  file_ = nullptr;
  if (broken || !closed) {
    complain(fmt::format("error: {} {}: could not be written completely: {}\n  is the disk full?",
                         option_, path_, std::strerror(errno)));
    return false;
  }
  return true;
}

void JsonFile::add(const std::string& object) {
  file_.write((objects_++ == 0 ? "[\n" : ",\n") + object);
}

bool JsonFile::close() {
  file_.write(objects_ == 0 ? "[]\n" : "\n]\n");
  return file_.close();
}

}  // namespace stalemate::cli
