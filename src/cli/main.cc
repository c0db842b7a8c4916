// stalemate: options in, a command run, an exit code out.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdint>
#include <exception>
#include <limits>
#include <new>

#include "base/diagnostic.h"
#include "cli/cli.h"
#include "lang/compile.h"

namespace {

using stalemate::cli::CheckOptions;

std::string suggestion(const std::string& word, const std::vector<std::string>& known) {
  const std::string close = stalemate::did_you_mean(word, known);
  return close.empty() ? std::string() : fmt::format("\n  did you mean '{}'?", close);
}

// Refuses what is not a whole number in this range, in words of our own.
CLI::Validator whole_number(const std::string& what, std::uint64_t low, std::uint64_t high) {
  return {[=](const std::string& word) {
            const bool digits = !word.empty() && std::all_of(word.begin(), word.end(), [](char c) {
              return c >= '0' && c <= '9';
            });
            std::uint64_t n = 0;
            const bool number = digits && CLI::detail::lexical_cast(word, n);
            if (number && n >= low && n <= high) return std::string();
            return fmt::format("{} {}, not {}", what,
                               high == std::numeric_limits<std::uint64_t>::max()
                                   ? fmt::format("must be a number from {} on", low)
                                   : fmt::format("must be in {}..{}", low, high),
                               word);
          },
          ""};
}

// A script whose variable is not set must not lose what it asks for.
CLI::Validator not_empty() {
  return {[](std::string& name) { return name.empty() ? "the name is empty" : std::string(); }, ""};
}

// Of a file to be written to.
CLI::Validator no_model() {
  return {[](std::string& path) {
            if (path.empty()) return std::string("the name of the file is empty");
            const bool is = path.size() > 6 && path.compare(path.size() - 6, 6, ".flush") == 0;
            return is ? path + " is the name of a model, which would be lost: name another file"
                      : std::string();
          },
          ""};
}

CLI::Validator one_of(const std::vector<std::string>& known) {
  return {[=](const std::string& word) {
            if (std::find(known.begin(), known.end(), word) != known.end()) return std::string();
            return fmt::format("expected {}, not '{}'{}", fmt::join(known, ", "), word,
                               suggestion(word, known));
          },
          ""};
}

// Words with commas between them.
CLI::Validator list_of(const std::vector<std::string>& known) {
  return {[one = one_of(known)](std::string& list) {
            std::string wrong;
            for (std::size_t begin = 0; begin <= list.size() && wrong.empty();) {
              const std::size_t end = std::min(list.find(',', begin), list.size());
              std::string word = list.substr(begin, end - begin);
              wrong = one(word);
              begin = end + 1;
            }
            return wrong;
          },
          ""};
}

const std::vector<std::string>& commands() {
  static const std::vector<std::string> names = {"check",  "cost",  "mutate", "replay",
                                                 "resume", "show",  "export", "sweep",
                                                 "report", "merge", "list",   "help"};
  return names;
}

// What the parser of the command line found wrong, with what to do about it.
std::string complaint(const CLI::App& app, const CLI::ParseError& e) {
  const auto used = app.get_subcommands();
  const std::vector<std::string> extras = app.remaining(true);
  if (used.empty()) {
    if (extras.empty()) {
      return "error: no command given\n  check FILE, cost FILE, show FILE or list; see 'stalemate "
             "help'";
    }
    const bool option = extras[0][0] == '-';
    return fmt::format("error: unknown {} '{}'{}\n  see 'stalemate help'",
                       option ? "option" : "command", extras[0],
                       option ? std::string() : suggestion(extras[0], commands()));
  }
  const std::string see = fmt::format("see 'stalemate help {}'", used[0]->get_name());
  if (dynamic_cast<const CLI::ExtrasError*>(&e) == nullptr || extras.empty()) {
    return fmt::format("error: {}\n  {}", e.what(), see);
  }
  std::vector<std::string> options;
  for (const CLI::Option* o : used[0]->get_options()) {
    for (const std::string& name : o->get_lnames()) options.push_back("--" + name);
  }
  const bool option = extras[0][0] == '-';
  return fmt::format("error: {} '{}'{}\n  {}", option ? "unknown option" : "unexpected argument",
                     extras[0], option ? suggestion(extras[0], options) : std::string(), see);
}

void configuration_options(CLI::App& command, CheckOptions& o) {
  command.add_option("FILE", o.file, "model file")->required();
  command.add_option("--variant", o.variant, "variant of the model")->check(not_empty());
  command.add_option("--set", o.sets, "parameter, as NAME=VALUE; may be repeated")
      ->allow_extra_args(false);
  command.add_option("--cpus", o.cpus, "number of CPUs, 1 to 64")
      ->check(whole_number("the number of CPUs", 1, stalemate::lang::kMaxCpus));
  command.add_option("--machine", o.machine, "machine profile; see 'stalemate list machines'")
      ->check(not_empty());
}

void property_option(CLI::App& command, CheckOptions& o) {
  command.add_option("--prop", o.properties, "property to check; may be repeated")
      ->allow_extra_args(false);
}

void limit_options(CLI::App& command, CheckOptions& o) {
  command.add_option("--max-states", o.max_states, "stop after this many states")
      ->check(whole_number("the number of states", 1, std::numeric_limits<std::uint64_t>::max()));
  command.add_option("--time-limit", o.time_limit, "stop after this long: 90s, 15m, 2h");
  command.add_option("--mem-limit", o.mem_limit, "stop at this much memory: 512M, 4G");
}

void exploration_options(CLI::App& command, CheckOptions& o) {
  command.add_option("--json", o.json, "write the results to this file as a JSON array")
      ->check(no_model());
  limit_options(command, o);
}

void run_options(CLI::App& command, CheckOptions& o) {
  command.add_option("-j", o.threads, "threads; as many as there are cores by default")
      ->check(whole_number("the number of threads", 1, 256));
  command.add_option("--checkpoint-every", o.checkpoint_every, "how often: 90s, 5m (default)");
  command.add_flag("--stats", o.stats, "print where time and memory went");
  command.add_flag("--explain", o.explain, "print what was reduced before the search, or why not");
}

void engine_options(CLI::App& command, CheckOptions& o) {
  command.add_option("--engine", o.engine, "fast, or reference: slow, plain, one thread")
      ->check(one_of({"fast", "reference"}));
  command
      .add_option("--speculation", o.speculation,
                  "saturated: caches hold all that they could; explicit: each load is a step")
      ->check(one_of({"saturated", "explicit"}));
  command
      .add_option(
          "--reduce", o.reduce,
          "none, all (default), or a list of: symmetry, one state for all that are the same "
          "but for names; por, leave out steps whose order makes no difference")
      ->check(list_of({"all", "none", "por", "symmetry"}));
  command.add_flag(
      "--check-por", o.check_reduction,
      "with --reduce por: try both orders of all pairs that are taken to be independent");
  command.add_flag("--lossy", o.lossy,
                   "know states by 64 bits of hash: less memory, and never a proof");
  command
      .add_option("--checkpoint", o.checkpoint, "keep the search in this folder: stalemate resume")
      ->check(not_empty());
  run_options(command, o);
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
  configuration_options(*check, o);
  property_option(*check, o);
  exploration_options(*check, o);
  check->add_option("--dot", o.dot, "write who waits for whom in deadlocks to this file (Graphviz)")
      ->check(no_model());
  check
      ->add_option("--certificate", o.certificate,
                   "write all states of a safe model to this file, for stalemate-verify")
      ->check(no_model());
  check
      ->add_option(
          "--coverage", o.coverage,
          "write the sources with how often each line ran to this file; without reductions")
      ->check(no_model());
  engine_options(*check, o);
  check->footer(
      "Without --variant, --set, --cpus, --machine and --prop it checks what the variants of the "
      "file\n"
      "expect, a line each.");
  check->callback([&] { code = stalemate::cli::check(o); });

  std::vector<std::string> counters;
  CLI::App* cost = app.add_subcommand("cost", "count what complete executions do");
  configuration_options(*cost, o);
  cost->add_option("--counter", counters, "counter to show; may be repeated")
      ->allow_extra_args(false);
  exploration_options(*cost, o);
  cost->footer(
      "For each counter of the model the least and the greatest number in a complete execution.\n"
      "Without --variant, --set, --cpus and --machine it does so for each variant, a line each.\n"
      "Exit codes: 0 done, 2 error, 3 a limit was reached before all executions were seen.");
  cost->callback([&] { code = stalemate::cli::cost(o, counters); });

  stalemate::cli::MutateOptions m;
  CLI::App* mutate = app.add_subcommand("mutate", "which statements a safe model needs");
  configuration_options(*mutate, o);
  property_option(*mutate, o);
  mutate->add_flag("--library", m.library, "leave out statements of lib/, too");
  mutate->add_flag("!--no-swaps", m.swaps, "do not swap statements");
  mutate->add_option("--show", m.show, "show what happens with this change, by its number")
      ->check(whole_number("the number of a change", 1, std::numeric_limits<std::uint32_t>::max()));
  mutate->add_option("--json", m.json, "write the results to this file as a JSON array")
      ->check(no_model());
  limit_options(*mutate, o);
  mutate->add_option("-j", o.threads, "threads; as many as there are cores by default")
      ->check(whole_number("the number of threads", 1, 256));
  mutate->footer(
      "Each wait, fence, invalidation, IPI, lock and call is left out, one at a time, and "
      "neighbours\n"
      "are swapped.  Limits are for each change.  Without --variant, --set, --cpus, --machine and\n"
      "--prop it does so for each variant that is expected to be safe.\n"
      "Exit codes: 0 done, 2 error, 3 a limit was reached.");
  mutate->callback([&] { code = stalemate::cli::mutate(o, m); });

  std::string trace;
  bool steps = false;
  CLI::App* replay = app.add_subcommand("replay", "repeat a run that was written with --json");
  replay->add_option("TRACE", trace, "what check --json wrote")->required();
  replay->add_option("MODEL", o.file, "the model file")->required();
  replay->add_flag("--step", steps, "stop after each step; Enter goes on, s shows the state");
  replay->footer(
      "The reference interpreter takes the steps again, on the configuration that the file names.\n"
      "Exit codes: 0 it ends as the file says, 1 it does not, 2 error.");
  replay->callback([&] { code = stalemate::cli::replay(trace, o.file, steps); });

  std::string folder;
  CLI::App* resume = app.add_subcommand("resume", "go on with a check that was stopped");
  resume->add_option("DIR", folder, "folder of its checkpoint")->required();
  exploration_options(*resume, o);
  run_options(*resume, o);
  resume->footer("Verdict, counts and run are those of a check that was never stopped.");
  resume->callback([&] { code = stalemate::cli::resume(folder, o); });

  bool ir = false;
  CLI::App* show = app.add_subcommand("show", "print the compiled model for reading");
  configuration_options(*show, o);
  property_option(*show, o);
  show->add_flag("--ir", ir, "print the text form of the IR, which other tools read");
  bool saturated = false;
  show->add_flag("--saturated", saturated, "as check searches it: caches hold all that they could");
  show->callback([&] { code = stalemate::cli::show(o, ir, saturated); });

  stalemate::cli::ExportOptions x;
  CLI::App* write = app.add_subcommand("export", "write the compiled model for another checker");
  configuration_options(*write, o);
  property_option(*write, o);
  write->add_option("--to", x.target, "promela, murphi or tla: for SPIN, Rumur or TLC")
      ->required()
      ->check(one_of({"promela", "murphi", "tla"}));
  write->add_option("-o", x.output, "write to this file instead of standard output")
      ->check(no_model());
  write->footer("With --to tla, -o NAME.tla writes NAME.cfg as well.");
  write->callback([&] { code = stalemate::cli::export_model(o, x); });

  stalemate::cli::SweepOptions s;
  CLI::App* sweep = app.add_subcommand("sweep", "check many models, and keep the results");
  sweep->add_option("FILE", s.file, "sweep file; docs/sweeps.md")->required();
  sweep->add_option("-j", s.jobs, "checks at once; as many as there are cores by default")
      ->check(whole_number("the number of checks", 1, 256));
  sweep->add_option("--db", s.db, "database of the results; made when it is not there")
      ->check(not_empty());
  sweep->add_option("--shard", s.shard, "K/N: the K-th of N parts; see 'stalemate help merge'");
  sweep->add_flag("--resume", s.resume, "go on with the last night, which was stopped");
  sweep->add_flag("--only-changed", s.only_changed,
                  "take over results of nights before where model and stalemate are the same");
  sweep->add_option("--filter", s.filter, "only cells with this in their name");
  sweep->footer(
      "Each cell, a variant in a configuration, is checked in a process of its own.\n"
      "Exit codes: 0 all as expected, 1 some not, or crashed, 2 error, 3 some inconclusive.");
  sweep->callback([&] { code = stalemate::cli::sweep(s); });

  stalemate::cli::ReportOptions r;
  CLI::App* report = app.add_subcommand("report", "what a sweep found, and what changed");
  const std::uint64_t last = std::numeric_limits<std::int64_t>::max();
  report->add_option("--db", r.db, "database of the results")->required()->check(not_empty());
  report->add_option("--night", r.night, "its number; the last one by default")
      ->check(whole_number("the number of a night", 1, last));
  report->add_option("--against", r.against, "compare with this night; the one before by default")
      ->check(whole_number("the number of a night", 1, last));
  report->add_option("--format", r.format, "text (default), json, markdown, junit, sarif or html")
      ->check(one_of({"text", "json", "markdown", "junit", "sarif", "html"}));
  report->footer("Exit codes: 0 done, 2 error.");
  report->callback([&] { code = stalemate::cli::report(r); });

  std::string out;
  std::vector<std::string> in;
  CLI::App* merge = app.add_subcommand("merge", "the databases of all shards in one");
  merge->add_option("OUT", out, "database that gets the night")->required();
  merge->add_option("IN", in, "databases of 'stalemate sweep --shard'")->required();
  merge->callback([&] { code = stalemate::cli::merge(out, in); });

  std::string what;
  CLI::App* list = app.add_subcommand("list", "list models, properties and machines");
  list->add_option("WHAT", what, "models, props or machines")
      ->check(one_of({"models", "props", "machines"}));
  list->callback([&] { code = stalemate::cli::list(what); });

  std::string topic;
  CLI::App* help = app.add_subcommand("help", "help for a command");
  help->add_option(
          "COMMAND", topic,
          "check, cost, mutate, replay, resume, show, export, sweep, report, merge or list")
      ->check(one_of(commands()));
  help->callback([&] {
    stalemate::cli::print(topic.empty() ? app.help()
                                        : app.get_subcommand(topic)->help("stalemate"));
    code = stalemate::cli::flush_output() ? 0 : stalemate::cli::kExitError;
  });

  try {
    app.parse(argc, argv);
  } catch (const CLI::Success& e) {
    app.exit(e);  // --help, --version
    return stalemate::cli::flush_output() ? 0 : stalemate::cli::kExitError;
  } catch (const CLI::ParseError& e) {
    stalemate::cli::complain(complaint(app, e));
    return stalemate::cli::kExitError;
  }
  return code;
}

}  // namespace

int main(int argc, char** argv) {
  stalemate::cli::set_program(argc > 0 ? argv[0] : "");
  stalemate::cli::end_with_sweep();
  stalemate::cli::ignore_closed_pipes();
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
