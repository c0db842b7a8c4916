#include "cli/certifier.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>

#include "engine/memory.h"

namespace stalemate::cli {

namespace {

// For a shell.
std::string quoted(const std::string& word) {
  const auto plain = [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           std::strchr("_-./=,:", c) != nullptr;
  };
  if (!word.empty() && std::all_of(word.begin(), word.end(), plain)) return word;
  std::string out = "'";
  for (const char c : word) out += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return out + "'";
}

// The command that prints the IR text of what is checked.
std::string show_command(const CheckOptions& o) {
  std::string out = "stalemate show " + quoted(o.file);
  const auto add = [&out](const char* option, const std::string& value) {
    if (!value.empty()) out += fmt::format(" {} {}", option, quoted(value));
  };
  add("--variant", o.variant);
  for (const std::string& set : o.sets) add("--set", set);
  add("--machine", o.machine);
  if (o.cpus != 0) add("--cpus", std::to_string(o.cpus));
  for (const std::string& property : o.properties) add("--prop", property);
  return out + (o.speculation == "saturated" ? " --ir --saturated" : " --ir");
}

}  // namespace

Certifier::Certifier(const CheckOptions& options)
    : options_(options), temporary_(fmt::format("{}.{}.part", options.certificate, getpid())) {}

bool Certifier::open(bool all_variants) {
  if (!wanted()) return true;
  const auto refuse = [this](const std::string& why) {
    complain(fmt::format("error: --certificate {}", why));
    return false;
  };
  if (all_variants) {
    return refuse(
        "is for one configuration\n  name it with --variant, --set, --cpus, --machine or --prop");
  }
  const char* wrong = "";
  if (!options_.checkpoint.empty()) wrong = "--checkpoint";
  if (!options_.reduce.empty() && options_.reduce != "none") wrong = "--reduce";
  if (options_.lossy) wrong = "--lossy";
  if (*wrong != 0) {
    return refuse(fmt::format(
        "with {0}: it takes all states, each whole, of one search\n  leave out {0}", wrong));
  }
  const std::string& path = options_.certificate;
  std::error_code ignored;
  const std::filesystem::file_status there = std::filesystem::status(path, ignored);
  if (std::filesystem::exists(there) && !std::filesystem::is_regular_file(there)) {
    return refuse(path + ": is there, and no file\n  name one that may be replaced");
  }
  // It takes the name when it is complete: a link, as /dev/stdout, would be lost.
  if (std::filesystem::is_symlink(path, ignored))
    return refuse(path + ": is a link\n  name the file itself");
  file_ = std::fopen(temporary_.c_str(), "wb");
  if (file_ != nullptr) return true;
  return refuse(
      fmt::format("{}: cannot be written: {}\n  name a file in a folder that you can write to",
                  path, std::strerror(errno)));
}

bool Certifier::covers(const ir::Program& program, const std::vector<int>& properties) const {
  if (!wanted()) return true;
  for (const int i : properties) {
    const ir::Property& property = program.properties[static_cast<std::size_t>(i)];
    if (property.kind != ir::Property::Kind::kLeadsTo) continue;
    complain(fmt::format(
        "error: --certificate: {} is about fair runs, and a certificate lists states\n  leave the "
        "property out: name the others with --prop",
        property.name));
    return false;
  }
  return true;
}

std::function<void(const State&)> Certifier::each_state(const ir::Program& program,
                                                        const std::vector<int>& properties,
                                                        std::uint64_t mem_limit) {
  if (!wanted()) return {};
  states_.reset();
  return [this, &program, properties, mem_limit](const State& s) {
    if (!states_) {
      const std::uint64_t used = engine::anonymous_resident();
      const std::uint64_t left = mem_limit > used ? mem_limit - used : 1;
      states_.emplace(program, properties, mem_limit == 0 ? 0 : left);
    }
    states_->add(s);
  };
}

bool Certifier::finish(const report::Run& run, const Result& result, const ir::Program& program) {
  if (!wanted()) return true;
  const Outcome outcome = report::overall(result);
  if (outcome != Outcome::kSafe) {
    abandon();
    complain(fmt::format("no certificate: the verdict is {}, and only a safe one has a proof",
                         outcome_name(outcome)));
    return true;
  }
  if (!states_) {
    complain(
        "error: --certificate: no process waits in such a cycle, but some are stuck for good, and "
        "then there is no certificate\n  leave the property out: name the others with --prop");
    abandon();
    return false;
  }
  const std::string command = show_command(options_);
  const std::string variant = run.variant.empty() ? "" : ", variant " + run.variant;
  std::vector<std::string> about = {
      run.file + variant + ": " + report::configuration(program, run),
      "of the IR text of: " + command,
      "not covered: that the IR says what the model says, and that each part of it happens"};
  const bool saturated = std::any_of(result.reductions.begin(), result.reductions.end(),
                                     [](const Reduction& r) { return r.applied; });
  if (saturated) {
    about.emplace_back(
        "not covered: that saturated copies change no verdict; --speculation explicit does "
        "without");
  }
  if (!states_->write(file_, about) || !put_in_place()) {
    complain(
        fmt::format("error: --certificate {}: could not be written completely: {}\n  is the disk "
                    "full?",
                    options_.certificate, std::strerror(errno)));
    abandon();
    return false;
  }
  print(fmt::format("certificate {}: {} states, of the IR text of: {}\n", options_.certificate,
                    states_->states(), command));
  return true;
}

// After a crash there is the file as it was before, or all of the new one.
bool Certifier::put_in_place() {
  if (std::fflush(file_) != 0 || fsync(fileno(file_)) != 0) return false;
  if (std::rename(temporary_.c_str(), options_.certificate.c_str()) != 0) return false;
  std::fclose(file_);
  file_ = nullptr;
  return true;
}

void Certifier::abandon() {
  if (file_ == nullptr) return;
  std::fclose(file_);
  file_ = nullptr;
  unlink(temporary_.c_str());
}

}  // namespace stalemate::cli
