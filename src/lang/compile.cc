#include "lang/compile.h"

#include <fmt/format.h>

#include <algorithm>

#include "ir/parse.h"
#include "lang/loader.h"
#include "lang/lower.h"
#include "lang/mutants.h"
#include "lang/parser.h"

namespace stalemate::lang {

std::string expected_outcome(const std::vector<Expected>& clauses, const std::string& property) {
  std::string general = "safe";
  for (const Expected& e : clauses) {
    if (std::find(e.properties.begin(), e.properties.end(), property) != e.properties.end())
      return e.outcome;
    if (e.properties.empty()) general = e.outcome;
  }
  return general;
}

struct Model::State {
  explicit State(std::vector<std::string> roots) : loader(std::move(roots)) {}
  Loader loader;
  Unit unit;
  std::string path;
  std::vector<ExprPtr> values;  // of --set, kept alive while compiling
  std::optional<Mutants> mutants;

  const Decl* variant(const std::string& name) const {
    for (const auto& d : unit.files.at(0)->decls) {
      if (d->kind == DeclKind::kVariant && d->name.text == name) return d.get();
    }
    return nullptr;
  }
  // Last declaration of this kind in the model file.
  const Decl* own(DeclKind kind) const {
    const Decl* found = nullptr;
    for (const auto& d : unit.files.at(0)->decls) {
      if (d->kind == kind) found = d.get();
    }
    return found;
  }
  bool choose_machine(const Request& request, const Decl* variant, Configuration& c,
                      Diagnostics& diagnostics);
  bool choose_cpus(const Request& request, const Decl* variant, Configuration& c,
                   Diagnostics& diagnostics);
  bool choose_params(const Request& request, const Decl* variant, Configuration& c, Compiled& out,
                     Diagnostics& diagnostics);
  bool choose_properties(const Request& request, const Decl* variant, Configuration& c,
                         Compiled& out, Diagnostics& diagnostics);
  bool require_reached(const Decl* variant, ir::Program& program, Diagnostics& diagnostics) const;
};

namespace {

std::string shown(const Expr& e) {
  if (!e.span) return {};
  return e.span.source->text().substr(e.span.begin, e.span.end - e.span.begin);
}

// Hands on what was found, each mistake once and in the order of each file: the phases find them
// in orders of their own, and code is compiled for every CPU that runs it.
class InOrder {
 public:
  explicit InOrder(Diagnostics& to) : to_(to) {}
  ~InOrder() {
    std::vector<const Source*> files;
    const auto place = [&](const Diagnostic& d) {
      const auto it = std::find(files.begin(), files.end(), d.span.source.get());
      return std::pair(it - files.begin(), d.span.begin);
    };
    std::vector<Diagnostic> list;
    for (const Diagnostic& d : found.all()) {
      const bool told = std::any_of(list.begin(), list.end(), [&](const Diagnostic& o) {
        return o.message == d.message && o.span.source == d.span.source &&
               o.span.begin == d.span.begin;
      });
      if (!told) list.push_back(d);
      if (place(d).first == static_cast<std::ptrdiff_t>(files.size()))
        files.push_back(d.span.source.get());
    }
    std::stable_sort(list.begin(), list.end(),
                     [&](const Diagnostic& a, const Diagnostic& b) { return place(a) < place(b); });
    for (Diagnostic& d : list) to_.error(d.span, std::move(d.message), std::move(d.hint));
    // Those beyond the limit are only counted.
    for (int n = static_cast<int>(found.all().size()); n < found.errors(); ++n) to_.error({}, "");
  }
  InOrder(const InOrder&) = delete;
  InOrder& operator=(const InOrder&) = delete;

  Diagnostics found;

 private:
  Diagnostics& to_;
};

bool is_reserved(const std::string& name) { return name == "machine" || name == "cpus"; }

// A number as written; nothing when it is not a plain number.
std::optional<long> number(const Expr& e) {
  if (e.kind == ExprKind::kNumber) return e.number;
  return std::nullopt;
}

// The numbers of CPUs that a variant asks for: the lowest and the highest.
std::optional<std::pair<int, int>> cpu_range(const Setting& s) {
  const auto low = number(*s.value);
  const auto high = s.high == nullptr ? low : number(*s.high);
  if (!low || !high || *low < 1 || *high > kMaxCpus || *low > *high) return std::nullopt;
  return std::make_pair(static_cast<int>(*low), static_cast<int>(*high));
}

}  // namespace

Model::Model(std::vector<std::string> roots) : state_(std::make_unique<State>(std::move(roots))) {}
Model::~Model() = default;

bool Model::load(const std::string& path, Diagnostics& to) {
  InOrder in_order(to);
  Diagnostics& diagnostics = in_order.found;
  state_->path = path;
  return state_->loader.load_model(path, state_->unit, diagnostics) && check_variants(diagnostics);
}

bool Model::load_text(const std::string& name, std::string text, Diagnostics& diagnostics) {
  state_->path = name;
  return state_->loader.load_text(name, std::move(text), state_->unit, diagnostics) &&
         check_variants(diagnostics);
}

bool Model::check_variants(Diagnostics& diagnostics) const {
  std::vector<std::string> seen;
  for (const auto& d : state_->unit.files[0]->decls) {
    if (d->kind != DeclKind::kVariant) continue;
    if (std::find(seen.begin(), seen.end(), d->name.text) != seen.end()) {
      diagnostics.error(d->name.span, fmt::format("variant '{}' is declared twice", d->name.text));
      return false;
    }
    seen.push_back(d->name.text);
  }
  return true;
}

std::vector<int> Model::cpu_counts(const std::string& variant) const {
  for (const auto& d : state_->unit.files.at(0)->decls) {
    if (d->kind != DeclKind::kVariant || d->name.text != variant) continue;
    for (const Setting& s : d->settings) {
      const auto range = s.name.text == "cpus" ? cpu_range(s) : std::nullopt;
      if (!range) continue;
      std::vector<int> counts;
      for (int n = range->first; n <= range->second; ++n) counts.push_back(n);
      return counts;
    }
  }
  return {0};
}

int Model::line_of(const std::string& variant) const {
  for (const auto& d : state_->unit.files.at(0)->decls) {
    if (d->kind != DeclKind::kVariant || d->name.text != variant) continue;
    return d->name.span.source->position(d->name.span.begin).line;
  }
  return 1;
}

std::vector<std::string> Model::variants() const {
  std::vector<std::string> names;
  for (const auto& d : state_->unit.files.at(0)->decls) {
    if (d->kind == DeclKind::kVariant) names.push_back(d->name.text);
  }
  return names;
}

bool Model::State::choose_machine(const Request& request, const Decl* variant, Configuration& c,
                                  Diagnostics& diagnostics) {
  Span at;
  if (const Decl* d = own(DeclKind::kMachine)) {
    c.machine = d->name.text;
    at = d->name.span;
  }
  if (variant != nullptr) {
    for (const Setting& s : variant->settings) {
      if (s.name.text != "machine") continue;
      c.machine = shown(*s.value);
      at = s.value->span;
    }
  }
  if (!request.machine.empty()) {
    c.machine = request.machine;
    at = {};
  }
  if (c.machine.empty()) c.machine = "generic";
  if (!loader.load_machine(c.machine, at, unit, diagnostics)) return false;
  std::vector<std::string> known;
  for (const auto& f : unit.files) {
    for (const auto& d : f->decls) {
      if (d->kind == DeclKind::kParam) known.push_back(d->name.text);
    }
  }
  std::vector<std::string> library;
  bool good = true;
  for (const auto& d : unit.files.back()->decls) {
    if (d->kind != DeclKind::kSetting) continue;
    if (std::find(known.begin(), known.end(), d->name.text) != known.end()) {
      c.params[d->name.text] = d->value.get();
      continue;
    }
    // A profile describes the whole machine; a model may import a part of it.
    if (library.empty()) library = loader.machine_params();
    if (std::find(library.begin(), library.end(), d->name.text) == library.end()) {
      const std::string close = did_you_mean(d->name.text, library);
      diagnostics.error(d->name.span,
                        fmt::format("the machine library has no parameter '{}'", d->name.text),
                        close.empty() ? "" : fmt::format("did you mean '{}'?", close));
      good = false;
    }
  }
  return good;
}

bool Model::State::choose_cpus(const Request& request, const Decl* variant, Configuration& c,
                               Diagnostics& diagnostics) {
  long low = 1;
  long high = kMaxCpus;
  c.cpus = 2;
  const Decl* d = own(DeclKind::kCpus);
  if (d != nullptr) {
    const auto a = number(*d->low);
    const auto b = d->high == nullptr ? a : number(*d->high);
    if (!a || !b || *a < 1 || *b > kMaxCpus || *a > *b) {
      diagnostics.error(d->span, fmt::format("'cpus' needs a number or a range in 1..{}", kMaxCpus),
                        "as in: cpus 2;  cpus 2..4;");
      return false;
    }
    c.cpus = static_cast<int>(*a);
    if (d->high != nullptr) {
      low = *a;
      high = *b;
    }
  }
  Span at;
  if (variant != nullptr) {
    for (const Setting& s : variant->settings) {
      if (s.name.text != "cpus") continue;
      const auto range = cpu_range(s);
      if (!range) {
        diagnostics.error(s.value->span,
                          fmt::format("the number of CPUs must be in 1..{}", kMaxCpus));
        return false;
      }
      const bool within = request.cpus >= range->first && request.cpus <= range->second;
      c.cpus = within ? request.cpus : range->first;
      at = s.value->span;
    }
  }
  if (request.cpus != 0 && request.cpus != c.cpus) {
    c.cpus = request.cpus;
    at = {};
  }
  if (c.cpus < low || c.cpus > high) {
    diagnostics.error(at,
                      fmt::format("the model is made for {}..{} CPUs, not {}", low, high, c.cpus),
                      fmt::format("see 'cpus' at {}", d != nullptr ? d->span.where() : path));
    return false;
  }
  return true;
}

bool Model::State::choose_params(const Request& request, const Decl* variant, Configuration& c,
                                 Compiled& out, Diagnostics& diagnostics) {
  const auto remember = [&](const std::string& name, const std::string& value) {
    const auto it = std::find_if(out.params.begin(), out.params.end(),
                                 [&](const auto& p) { return p.first == name; });
    if (it != out.params.end())
      it->second = value;
    else
      out.params.emplace_back(name, value);
  };
  std::vector<std::string> known;
  for (const auto& f : unit.files) {
    for (const auto& d : f->decls) {
      if (d->kind == DeclKind::kParam) known.push_back(d->name.text);
    }
  }
  const auto is_known = [&](const std::string& name, const Span& at) {
    if (std::find(known.begin(), known.end(), name) != known.end()) return true;
    const std::string close = did_you_mean(name, known);
    diagnostics.error(at, fmt::format("unknown parameter '{}'", name),
                      !close.empty()  ? fmt::format("did you mean '{}'?", close)
                      : known.empty() ? std::string("the model has no parameters")
                                      : fmt::format("the model has {}", fmt::join(known, ", ")));
    return false;
  };
  bool good = true;
  for (const auto& f : unit.files) {
    if (f->module.rfind("machine/profiles/", 0) == 0) continue;
    for (const auto& d : f->decls) {
      if (d->kind != DeclKind::kSetting) continue;
      if (!f->module.empty()) {
        diagnostics.error(d->span, "only a model or a machine profile sets parameters",
                          "give the parameter a default instead");
        good = false;
        continue;
      }
      if (is_known(d->name.text, d->name.span)) c.params[d->name.text] = d->value.get();
    }
  }
  if (variant != nullptr) {
    for (const Setting& s : variant->settings) {
      const bool twice =
          std::any_of(variant->settings.begin(), variant->settings.end(),
                      [&](const Setting& o) { return &o < &s && o.name.text == s.name.text; });
      if (twice) {
        diagnostics.error(s.name.span, fmt::format("'{}' is set twice", s.name.text));
        good = false;
      }
      if (is_reserved(s.name.text) || !is_known(s.name.text, s.name.span)) continue;
      c.params[s.name.text] = s.value.get();
      remember(s.name.text, shown(*s.value));
    }
  }
  for (const auto& [name, value] : request.sets) {
    if (!is_known(name, {})) continue;
    auto source = std::make_shared<const Source>(fmt::format("--set {}", name), value);
    const int before = diagnostics.errors();
    ExprPtr e = parse_expression(source, diagnostics);
    if (e == nullptr || diagnostics.errors() != before) return false;
    c.params[name] = e.get();
    remember(name, value);
    values.push_back(std::move(e));
  }
  return good;
}

bool Model::State::choose_properties(const Request& request, const Decl* variant, Configuration& c,
                                     Compiled& out, Diagnostics& diagnostics) {
  std::vector<std::pair<std::string, Span>> names;
  const auto add = [&](const std::string& name, const Span& at) {
    if (name == "assertions") return;
    const bool known =
        std::any_of(names.begin(), names.end(), [&](const auto& n) { return n.first == name; });
    if (!known) names.emplace_back(name, at);
  };
  if (request.counting) {
    c.counting = true;
    return true;
  }
  std::vector<std::pair<std::string, Span>> checked;
  for (const auto& d : unit.files[0]->decls) {
    if (d->kind != DeclKind::kCheck) continue;
    for (const Name& n : d->members) checked.emplace_back(n.text, n.span);
  }
  bool all = variant == nullptr;
  if (variant != nullptr) {
    for (const Expectation& e : variant->expectations) {
      if (e.outcome == "reaches") {
        for (const Name& n : e.names) c.reaches.push_back(n.text);
        continue;
      }
      Expected x;
      x.outcome = e.outcome;
      for (const Name& n : e.names) {
        x.properties.push_back(n.text);
        add(n.text, n.span);
      }
      if (e.names.empty()) all = true;
      out.expected.push_back(std::move(x));
    }
    if (out.expected.empty()) {
      diagnostics.error(variant->span,
                        fmt::format("variant '{}' expects no verdict", variant->name.text),
                        "add 'safe' or 'violates PROPERTY'");
      return false;
    }
  }
  if (!request.properties.empty()) {
    names.clear();
    all = false;
    for (const std::string& p : request.properties) add(p, {});
  }
  if (all) {
    for (const auto& [name, at] : checked) add(name, at);
  }
  bool good = true;
  for (const auto& [name, at] : names) {
    good = loader.load_property(name, at, unit, diagnostics) && good;
    c.properties.push_back(name);
  }
  return good;
}

// "expect reaches X": X is a goal, a named cover, or a step that must be taken somewhere.
bool Model::State::require_reached(const Decl* variant, ir::Program& program,
                                   Diagnostics& diagnostics) const {
  bool good = true;
  for (const Expectation& e : variant->expectations) {
    if (e.outcome != "reaches") continue;
    for (const Name& n : e.names) {
      const auto goal = std::find_if(program.goals.begin(), program.goals.end(),
                                     [&](const ir::Goal& g) { return g.name == n.text; });
      if (goal != program.goals.end()) {
        goal->required = true;
        continue;
      }
      std::vector<std::string> names;
      for (const ir::Goal& g : program.goals) names.push_back(g.name);
      for (const ir::Step& step : program.steps) names.push_back(step.name);
      const std::string close = did_you_mean(n.text, names);
      diagnostics.error(n.span, fmt::format("'{}' is no step and no goal", n.text),
                        close.empty() ? "declare one: goal name on step(args) : condition;"
                                      : fmt::format("did you mean '{}'?", close));
      good = false;
    }
  }
  return good;
}

std::optional<Compiled> Model::compile(const Request& request, Diagnostics& to) {
  InOrder in_order(to);
  Diagnostics& diagnostics = in_order.found;
  State& st = *state_;
  st.values.clear();
  const Decl* variant = nullptr;
  if (!request.variant.empty()) {
    variant = st.variant(request.variant);
    if (variant == nullptr) {
      const std::vector<std::string> names = variants();
      const std::string close = did_you_mean(request.variant, names);
      diagnostics.error({}, fmt::format("{} has no variant '{}'", st.path, request.variant),
                        !close.empty() ? fmt::format("did you mean '{}'?", close)
                        : names.empty()
                            ? std::string("it has none")
                            : fmt::format("its variants are {}", fmt::join(names, ", ")));
      return std::nullopt;
    }
  }
  Configuration c;
  Compiled out;
  bool good = st.choose_properties(request, variant, c, out, diagnostics);
  good = st.choose_machine(request, variant, c, diagnostics) && good;
  good = st.choose_cpus(request, variant, c, diagnostics) && good;
  good = st.choose_params(request, variant, c, out, diagnostics) && good;
  if (!good) return std::nullopt;
  Checked checked;
  check(st.unit, c, checked, diagnostics);
  if (diagnostics.has_errors()) return std::nullopt;
  auto program = lower(st.unit, c, checked, diagnostics);
  if (!program) return std::nullopt;
  if (variant != nullptr && !c.counting && !st.require_reached(variant, *program, diagnostics))
    return std::nullopt;
  program->finish();
  const std::vector<std::string> mistakes = ir::validate(*program);
  if (!mistakes.empty()) {
    diagnostics.error(
        {},
        fmt::format("internal error: the compiled model is not well formed ({} mistakes): {}",
                    mistakes.size(), mistakes[0]),
        "please report this model");
  }
  if (diagnostics.has_errors()) return std::nullopt;
  for (std::size_t p = 0; p < program->properties.size(); ++p) {
    const std::string& name = program->properties[p].name;
    const bool asked =
        std::find(c.properties.begin(), c.properties.end(), name) != c.properties.end();
    const bool only = !request.properties.empty() &&
                      std::find(request.properties.begin(), request.properties.end(), name) ==
                          request.properties.end();
    if (asked || (name == "assertions" && !only)) out.properties.push_back(static_cast<int>(p));
  }
  out.program = std::move(*program);
  return out;
}

const std::vector<Mutant>& Model::mutants(bool library) {
  return state_->mutants.emplace(state_->unit, library).all();
}

std::optional<Compiled> Model::compile_mutant(std::size_t which, const Request& request,
                                              Diagnostics& diagnostics) {
  const Mutants::Applied applied(*state_->mutants, which);
  return compile(request, diagnostics);
}

std::vector<Model::Listed> Model::list(const std::string& what) {
  std::vector<Listed> out;
  Diagnostics ignored;
  const auto first_line = [](const std::string& s) { return s.substr(0, s.find('\n')); };
  if (what == "models") {
    for (const std::string& path : state_->loader.models()) {
      Unit unit;
      state_->loader.load_model(path, unit, ignored);
      std::string title;
      for (const auto& d : unit.files.empty() ? std::vector<std::unique_ptr<Decl>>()
                                              : std::move(unit.files[0]->decls)) {
        if (d->kind == DeclKind::kModel) title = d->name.text;
      }
      out.push_back({path, title});
    }
    return out;
  }
  const bool machines = what == "machines";
  for (const std::string& name :
       machines ? state_->loader.machines() : state_->loader.properties()) {
    Unit unit;
    if (machines)
      state_->loader.load_machine(name, {}, unit, ignored);
    else
      state_->loader.load_property(name, {}, unit, ignored);
    std::string story;
    for (const auto& f : unit.files) {
      for (const auto& d : f->decls) {
        if (d->kind == (machines ? DeclKind::kMachine : DeclKind::kProperty))
          story = first_line(d->doc);
      }
    }
    out.push_back({name, story});
  }
  return out;
}

}  // namespace stalemate::lang
