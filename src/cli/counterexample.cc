#include "cli/counterexample.h"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <limits>
#include <system_error>

namespace stalemate::cli {

namespace {

using Json = nlohmann::json;

constexpr const char* kAgain = "write it again: stalemate check MODEL --json FILE";

std::string contents(const std::string& path) {
  std::error_code ignored;  // what cannot be looked at cannot be read either, which is told below
  if (std::filesystem::is_directory(path, ignored)) throw InputError("is a directory");
  std::ifstream in(path, std::ios::binary);
  std::string text{std::istreambuf_iterator<char>(in), {}};
  if (!in) throw InputError(fmt::format("cannot be read: {}", std::strerror(errno)));
  return text;
}

// What check writes is never nested deeply; what is could exhaust the stack.
Json parsed(const std::string& text) {
  return Json::parse(text, [](int depth, Json::parse_event_t, const Json&) {
    if (depth > 100) throw InputError(fmt::format("is nested too deeply\n  {}", kAgain));
    return true;
  });
}

template <typename T>
T integer(const Json& j) {
  const auto n = j.get<std::int64_t>();
  if (!j.is_number_integer() || n < std::numeric_limits<T>::min() ||
      n > std::numeric_limits<T>::max()) {
    throw InputError(fmt::format("{} is no number that could stand there\n  {}", j.dump(), kAgain));
  }
  return static_cast<T>(n);
}

std::string text_or_nothing(const Json& j) {
  return j.is_null() ? std::string() : j.get<std::string>();
}

// What all counterexamples of an object have in common.
Counterexample read_configuration(const Json& j) {
  Counterexample c;
  c.object = j;
  c.speculation = text_or_nothing(j.at("speculation"));
  c.fingerprint = j.at("fingerprint").get<std::string>();
  c.request.variant = text_or_nothing(j.at("variant"));
  c.request.machine = j.at("machine").get<std::string>();
  c.request.cpus = integer<int>(j.at("cpus"));
  for (const auto& [name, value] : j.at("params").items()) {
    c.request.sets.emplace_back(name, value.get<std::string>());
  }
  for (const Json& p : j.at("properties")) {
    c.request.properties.push_back(p.at("name").get<std::string>());
  }
  return c;
}

// `j`: a property, or a model error.
Counterexample with_run(Counterexample c, const std::string& property, const Json& j,
                        const Json& run, bool shown) {
  c.property = property;
  c.message = j.at("message").get<std::string>();
  c.steps = run;
  c.shown = shown;
  for (const Json& e : c.steps) {
    Event& event = c.run.emplace_back();
    event.step = integer<int>(e.at("step"));
    for (const Json& v : e.at("choices")) event.choices.push_back(integer<ir::Value>(v));
  }
  const Json loop = j.value("loop", Json());
  if (!loop.is_null()) c.loop = integer<int>(loop);
  return c;
}

// What the object says of itself follows from its runs.
void check_verdict(const Json& j, const std::vector<Counterexample>& runs) {
  const auto wrong = [](const char* what) {
    throw InputError(fmt::format("is damaged: {}; {}", what, kAgain));
  };
  const bool error = !j.at("model_error").is_null();
  const bool violated = !error && !runs.empty();
  if ((j.at("verdict") == "violated") != violated || (j.at("exit") == 1) != violated) {
    wrong("its verdict is not that of its properties");
  }
  if ((j.at("verdict") == "error") != error) wrong("its verdict is not that of its model error");
  const bool shown = std::any_of(runs.begin(), runs.end(), [](const auto& c) { return c.shown; });
  if (violated && !shown) wrong("its trace is of no property");
  if (!shown && !j.at("trace").is_null()) wrong("it has a trace, but nothing has a run");
}

void read_object(const Json& j, std::vector<Counterexample>& out) {
  const Counterexample common = read_configuration(j);
  const Json& error = j.at("model_error");
  std::vector<Counterexample> runs;
  if (!error.is_null()) runs.push_back(with_run(common, "", error, j.at("run"), true));
  const std::string decider = text_or_nothing(j.at("property"));
  for (const Json& p : j.at("properties")) {
    const std::string name = p.at("name").get<std::string>();
    if (!error.is_null() || p.at("verdict") != "violated") continue;
    runs.push_back(with_run(common, name, p, p.at("run"), name == decider));
  }
  check_verdict(j, runs);
  std::move(runs.begin(), runs.end(), std::back_inserter(out));
}

// What the file is instead.
void check_kind(const Json& j) {
  if (!j.is_object() || j.value("tool", Json()) != Json("stalemate")) {
    throw InputError(fmt::format("is no result of stalemate\n  {}", kAgain));
  }
  if (!j.contains("trace")) {
    throw InputError(fmt::format("is a result of another command than check\n  {}", kAgain));
  }
}

}  // namespace

std::vector<Counterexample> read_counterexamples(const std::string& path) {
  std::vector<Counterexample> out;
  try {
    const Json whole = parsed(contents(path));
    const Json objects = whole.is_array() ? whole : Json::array({whole});
    for (const Json& j : objects) {
      check_kind(j);
      read_object(j, out);
    }
  } catch (const Json::parse_error& e) {
    throw InputError(
        fmt::format("is no JSON, or not all of it: wrong at byte {}\n  {}", e.byte, kAgain));
  } catch (const Json::exception&) {
    throw InputError(fmt::format(
        "is damaged: a part of what check --json writes is missing, or is not what it should "
        "be\n  {}",
        kAgain));
  }
  if (out.empty()) {
    throw InputError(
        "has no run\n  only violated properties and model errors have one, in what check --json "
        "writes");
  }
  return out;
}

std::string configuration_of(const Counterexample& c) {
  return fmt::format("{}, {}{} CPU{}", c.property.empty() ? "model error" : c.property,
                     c.request.variant.empty() ? "" : "variant " + c.request.variant + ", ",
                     c.request.cpus, c.request.cpus == 1 ? "" : "s");
}

}  // namespace stalemate::cli
