// stalemate: options in, a command run, an exit code out.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <exception>
#include <new>

#include "cli/cli.h"

namespace {

using stalemate::cli::CheckOptions;

void model_options(CLI::App& command, CheckOptions& o) {
  command.add_option("FILE", o.file, "model file")->required();
  command.add_option("--variant", o.variant, "variant of the model");
  command.add_option("--set", o.sets, "parameter, as NAME=VALUE; may be repeated")
      ->allow_extra_args(false);
  command.add_option("--cpus", o.cpus, "number of CPUs, 1 to 64")->each([&o](const std::string&) {
    o.cpus_given = true;
  });
  command.add_option("--machine", o.machine, "machine profile; see 'stalemate list machines'");
  command.add_option("--prop", o.properties, "property to check; may be repeated")
      ->allow_extra_args(false);
}

int run(int argc, char** argv) {
  CLI::App app{
      "Stalemate checks cross-CPU flush protocols: TLB shootdown, I-cache maintenance, IPIs and "
      "locks.\n"
      "It explores every interleaving and prints a proof or the shortest counterexample."};
  app.name("stalemate");
  app.set_version_flag("--version", "stalemate " STALEMATE_VERSION);
  app.require_subcommand(1);
  app.footer(
      "Exit codes: 0 safe (or all variants as expected), 1 violated (or a variant not as "
      "expected),\n"
      "2 error, 3 inconclusive, 4 vacuous.");

  CheckOptions o;
  int code = 0;
  CLI::App* check = app.add_subcommand("check", "check a model: a proof or a counterexample");
  model_options(*check, o);
  check->add_option("--json", o.json, "write the results to this file as a JSON array");
  check->add_option("--max-states", o.max_states, "stop after this many states")
      ->check(CLI::PositiveNumber);
  check->add_option("--time-limit", o.time_limit, "stop after this long: 90s, 15m, 2h");
  check->add_option("--mem-limit", o.mem_limit, "stop at this much memory: 512M, 4G");
  check->footer(
      "Without --variant, --set, --cpus, --machine and --prop it checks what the variants of the "
      "file\n"
      "expect, a line each.");
  check->callback([&] { code = stalemate::cli::check(o); });

  bool ir = false;
  CLI::App* show = app.add_subcommand("show", "print the compiled model for reading");
  model_options(*show, o);
  show->add_flag("--ir", ir, "print the text form of the IR, which other tools read");
  show->callback([&] { code = stalemate::cli::show(o, ir); });

  std::string what;
  CLI::App* list = app.add_subcommand("list", "list models, properties and machines");
  list->add_option("WHAT", what, "models, props or machines")
      ->check(CLI::IsMember({"models", "props", "machines"}));
  list->callback([&] { code = stalemate::cli::list(what); });

  std::string topic;
  CLI::App* help = app.add_subcommand("help", "help for a command");
  help->add_option("COMMAND", topic, "check, show or list");
  help->callback([&] {
    CLI::App* of = &app;
    if (!topic.empty()) {
      try {
        of = app.get_subcommand(topic);
      } catch (const CLI::OptionNotFound&) {
        throw CLI::ValidationError("help", "there is no command '" + topic + "'");
      }
    }
    stalemate::cli::print(of->help());
    code = stalemate::cli::flush_output() ? 0 : stalemate::cli::kExitError;
  });

  try {
    app.parse(argc, argv);
  } catch (const CLI::Success& e) {
    app.exit(e);  // --help, --version
    return stalemate::cli::flush_output() ? 0 : stalemate::cli::kExitError;
  } catch (const CLI::ParseError& e) {
    stalemate::cli::complain(fmt::format("error: {}\n  see 'stalemate help'", e.what()));
    return stalemate::cli::kExitError;
  }
  return code;
}

}  // namespace

int main(int argc, char** argv) {
  stalemate::cli::catch_signals();
  try {
    return run(argc, argv);
  } catch (const std::bad_alloc&) {
    stalemate::cli::complain(
        "error: out of memory\n  make the model smaller, or use --mem-limit to stop in time");
  } catch (const std::exception& e) {
    stalemate::cli::complain(
        fmt::format("error: internal error: {}\n  please report this model", e.what()));
  }
  return stalemate::cli::kExitError;
}
