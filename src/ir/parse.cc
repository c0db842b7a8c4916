// Top-level forms of the text form, in passes: what a pass refers to was declared by an earlier
// one, so that the forms of a file may stand in any order.
#include "ir/parse.h"

#include <algorithm>
#include <array>
#include <limits>
#include <utility>

#include "ir/check.h"
#include "ir/parse_body.h"
#include "ir/parse_context.h"

namespace stalemate::ir {

namespace {

// The footprints of a program hold no more slots than this, and take no more work to compute.
constexpr long kMaxFootprint = 1L << 24;
constexpr long kMaxTouched = 1L << 28;

constexpr int kMaxInt = std::numeric_limits<int>::max();

class Parser {
 public:
  Parser(const Sexprs& nodes, Diagnostics& diagnostics) : c_(nodes, diagnostics), s_(nodes) {}

  void run() {
    header();
    each("sort", [this](NodeId n) { sort(n); });
    each("var", [this](NodeId n) { variable(n); });
    each("process", [this](NodeId n) { process(n); });
    for (std::size_t i = 0; i < variables_.size(); ++i) variable_fields(i);
    each("goal", [this](NodeId n) { goal(n); });
    each("counter", [this](NodeId n) { counter(n); });
    each("cache", [this](NodeId n) { cache(n); });
    each("property", [this](NodeId n) { property(n); });
    each("step", [this](NodeId n) { step(n); });
  }

  Program take() { return std::move(c_.p); }

  NodeId form_of(const Mistake& m) const {
    static constexpr std::array<const char*, 8> kHeads{"sort",     "var",  "process", "cache",
                                                       "property", "goal", "counter", "step"};
    return forms_.at(kHeads.at(static_cast<std::size_t>(m.form)))
        .at(static_cast<std::size_t>(m.index));
  }
  ParseContext& context() { return c_; }

 private:
  using Items = std::vector<NodeId>;

  struct VariableForm {
    NodeId node = 0;
    Items items;
    std::size_t fields = 0;  // position of the first field
  };

  template <typename F>
  void each(const char* head, F make) {
    for (const NodeId n : forms_[head]) make(n);
  }

  // Sorts the forms by their heads and reads the first one, (ir 1 ...).
  void header() {
    const Items forms = s_.children(Sexprs::kTop);
    if (forms.empty() || s_.head(forms[0]) != "ir") {
      c_.error(forms.empty() ? Sexprs::kTop : forms[0], "the first form is not (ir 1 ...)");
    } else {
      program(forms[0]);
    }
    const std::vector<std::string> known{"sort",     "var",  "process", "cache",
                                         "property", "goal", "counter", "step"};
    for (const std::string& head : known) forms_[head];
    for (std::size_t i = 0; i < forms.size(); ++i) {
      const std::string head(s_.head(forms[i]));
      const auto entry = forms_.find(head);
      if (entry != forms_.end()) {
        entry->second.push_back(forms[i]);
      } else if (head.empty()) {
        c_.error(forms[i], "expected a form such as (step ...)");
      } else if (head != "ir") {
        c_.error(forms[i], "unknown form '" + head + "'", c_.suggest(head, known));
      } else if (i > 0) {
        c_.error(forms[i], "a file has one form (ir 1 ...), at its start");
      }
    }
  }

  void program(NodeId n) {
    Program& p = c_.p;
    p.memory_order = p.machine_order = "sc";
    const Items items = c_.arguments(n, 1);
    if (items.empty()) return;
    if (!s_.is_word(items[0], "1")) c_.error(items[0], "this reads version 1 of the text form");
    const Fields fields =
        c_.fields(items, 1, "form 'ir'", {"model", "machine", "memory", "bounds"});
    if (const auto f = fields.find("model")) p.model = string_field(*f);
    if (const auto f = fields.find("machine")) p.machine = name_field(*f, "machine");
    if (const auto f = fields.find("memory")) {
      const Items orders = c_.arguments(*f, 1, 2);
      if (!orders.empty()) {
        p.memory_order = c_.name(orders[0], "memory order");
        p.machine_order = c_.name(orders.back(), "memory order");
      }
    }
    if (const auto f = fields.find("bounds")) {
      for (const NodeId b : c_.arguments(*f, 0)) p.bounds.push_back(c_.string(b));
    }
  }

  std::string string_field(NodeId field) {
    const Items items = c_.arguments(field, 1, 1);
    return items.empty() ? std::string() : c_.string(items[0]);
  }

  std::string name_field(NodeId field, const char* what) {
    const Items items = c_.arguments(field, 1, 1);
    return items.empty() ? std::string() : c_.name(items[0], what);
  }

  int number_field(NodeId field, int lo, int hi) {
    const Items items = c_.arguments(field, 1, 1);
    return items.empty() ? lo : c_.number(items[0], lo, hi);
  }

  int find_field(NodeId field, const NameTable& table, const char* what) {
    const Items items = c_.arguments(field, 1, 1);
    return items.empty() ? -1 : c_.find(items[0], table, what);
  }

  // The value of a keyword item, matched against the names of an enumeration.
  template <typename E>
  bool keyword(NodeId n, const char* (*name)(E), int count, E& out) const {
    for (int i = 0; i < count; ++i) {
      if (!s_.is_word(n, name(static_cast<E>(i)))) continue;
      out = static_cast<E>(i);
      return true;
    }
    return false;
  }

  void sort(NodeId n) {
    Items items = c_.arguments(n, 2, 3);
    Sort& sort = c_.p.sorts.emplace_back();
    if (items.empty()) return;
    c_.declare(items[0], c_.sorts, static_cast<int>(c_.p.sorts.size()) - 1, "sort");
    sort.name = s_.text(items[0]);
    if (s_.is_word(items[1], "symmetric")) {
      sort.symmetric = true;
      items.erase(items.begin() + 1);
    }
    if (items.size() != 2 || !s_.is_list(items[1])) {
      c_.error(n, "a sort is (sort NAME (MEMBERS...)) or (sort NAME symmetric (MEMBERS...))");
      return;
    }
    for (const NodeId m : s_.children(items[1])) sort.members.push_back(c_.name(m, "member"));
    if (sort.members.empty() || sort.members.size() > std::numeric_limits<Value>::max()) {
      c_.error(items[1], "a sort has 1 to 32767 members");
      sort.members.resize(1);
    }
  }

  void variable(NodeId n) {
    Variable& v = c_.p.variables.emplace_back();
    VariableForm& form = variables_.emplace_back();
    form.node = n;
    form.items = c_.arguments(n, 2);
    v.init.assign(1, 0);
    const Items& items = form.items;
    if (items.empty()) return;
    c_.declare(items[0], c_.variables, static_cast<int>(c_.p.variables.size()) - 1, "variable");
    v.name = s_.text(items[0]);
    std::size_t at = 1;
    // A scalar may leave out its empty list of dimensions.
    if (s_.is_list(items[1]) && s_.head(items[1]) != "range" && s_.head(items[1]) != "option") {
      for (const NodeId d : s_.children(items[1])) {
        const auto domain = c_.domain(d);
        v.dims.push_back(domain.value_or(Domain{}));
      }
      ++at;
    }
    if (at < items.size()) {
      v.domain = c_.domain(items[at++]).value_or(Domain{});
    } else {
      c_.error(n, "the variable has no domain");
    }
    if (at < items.size() && keyword(items[at], space_name, 6, v.space)) ++at;
    form.fields = at;
    long elements = 1;
    for (const Domain& d : v.dims) elements = std::min<long>(elements * d.size(), kMaxElements + 1);
    if (elements > kMaxElements) {
      c_.error(n, "the variable has more than 1048576 elements");
    } else if (slots_ + elements > kMaxSlots && !state_too_large_) {
      state_too_large_ = true;
      c_.error(n, "the state up to this variable has more than 1048576 slots");
    }
    if (slots_ + elements > kMaxSlots) elements = 1;  // allocates no more after the error
    slots_ += elements;
    v.init.assign(static_cast<std::size_t>(elements), v.domain.lo);
  }

  void variable_fields(std::size_t i) {
    Variable& v = c_.p.variables[i];
    const VariableForm& form = variables_[i];
    if (form.fields == 0) return;
    const Fields fields = c_.fields(form.items, form.fields, "variable",
                                    {"process", "location", "init", "display"});
    if (const auto f = fields.find("process")) v.process = c_.process(*f);
    if (const auto f = fields.find("location")) {
      const Items items = c_.arguments(*f, 2, 2);
      if (!items.empty()) {
        v.location = c_.number(items[0], 0, kMaxInt);
        v.location_dims = c_.number(items[1], 0, static_cast<int>(v.dims.size()));
      }
    }
    if (const auto f = fields.find("display")) v.display = string_field(*f);
    const auto init = fields.find("init");
    if (!init) return;
    const Items values = c_.arguments(*init, 1);
    if (values.size() == 1) {
      std::fill(v.init.begin(), v.init.end(),
                static_cast<Value>(c_.value(values[0], Hint::of(v))));
    } else if (values.size() == v.init.size()) {
      for (std::size_t k = 0; k < values.size(); ++k) {
        v.init[k] = static_cast<Value>(c_.value(values[k], Hint::of(v)));
      }
    } else if (!values.empty()) {
      c_.error(*init, "'" + v.name + "' has " + std::to_string(v.init.size()) +
                          " elements, this gives " + std::to_string(values.size()) + " values",
               "give one value for each element, or one for all");
    }
  }

  void process(NodeId n) {
    const int index = static_cast<int>(c_.p.processes.size());
    Process& x = c_.p.processes.emplace_back();
    const Items items = c_.arguments(n, 2);
    if (items.empty()) return;
    x.name = c_.name(items[0], "process");
    x.cpu = c_.cpu(items[1]);
    if (!c_.processes.emplace(std::pair(x.name, x.cpu), index).second) {
      c_.error(items[0], "there is already a process '" + x.name + "' on this CPU");
    }
    const bool role = items.size() > 2 && keyword(items[2], role_name, 3, x.role);
    const Fields fields =
        c_.fields(items, role ? 3 : 2, "process", {"level", "control", "locations"});
    if (const auto f = fields.find("level")) x.level = number_field(*f, 0, kMaxInt);
    if (const auto f = fields.find("control")) {
      x.control = find_field(*f, c_.variables, "variable");
      if (x.control >= 0) {
        Variable& v = c_.p.variables[static_cast<std::size_t>(x.control)];
        if (v.space == Space::kControl) v.process = index;
      }
    }
    const auto f = fields.find("locations");
    if (!f) return;
    for (const NodeId l : c_.arguments(*f, 0)) {
      const Items parts = s_.is_list(l) ? s_.children(l) : Items{l};
      Location& location = x.locations.emplace_back();
      if (parts.empty()) {
        c_.error(l, "expected the name of a location");
        continue;
      }
      location.name = c_.name(parts[0], "location");
      const Fields flags = c_.fields(parts, 1, "location", {"final", "rest"});
      location.final = flags.find("final").has_value();
      location.rest = flags.find("rest").has_value();
    }
  }

  void goal(NodeId n) {
    Goal& g = c_.p.goals.emplace_back();
    const Items items = c_.arguments(n, 1);
    if (items.empty()) return;
    c_.declare(items[0], c_.goals, static_cast<int>(c_.p.goals.size()) - 1, "goal");
    g.name = s_.text(items[0]);
    const Fields fields =
        c_.fields(items, 1, "goal", {"required", "arm", "assertion", "delivery", "turn"});
    g.required = fields.find("required").has_value();
    for (const auto kind : {Goal::Kind::kArm, Goal::Kind::kAssertion, Goal::Kind::kDelivery,
                            Goal::Kind::kTurn}) {
      if (fields.find(goal_kind_name(kind))) g.kind = kind;
    }
  }

  void counter(NodeId n) {
    Counter& x = c_.p.counters.emplace_back();
    const Items items = c_.arguments(n, 1, 1);
    if (items.empty()) return;
    c_.declare(items[0], c_.counters, static_cast<int>(c_.p.counters.size()) - 1, "counter");
    x.name = s_.text(items[0]);
  }

  void cache(NodeId n) {
    Cache& x = c_.p.caches.emplace_back();
    const Items items = c_.arguments(n, 2);
    if (items.empty()) return;
    c_.declare(items[0], c_.caches, static_cast<int>(c_.p.caches.size()) - 1, "cache");
    x.name = s_.text(items[0]);
    x.held = c_.find(items[1], c_.variables, "variable");
    const Fields fields = c_.fields(items, 2, "cache", {"index", "single"});
    if (const auto f = fields.find("index")) x.index_dims = number_field(*f, 0, kMaxInt);
    x.single = fields.find("single").has_value();
  }

  void property(NodeId n) {
    Property& x = c_.p.properties.emplace_back();
    const Items items = c_.arguments(n, 1);
    if (items.empty()) return;
    c_.declare(items[0], c_.properties, static_cast<int>(c_.p.properties.size()) - 1, "property");
    x.name = s_.text(items[0]);
    const bool kind = items.size() > 1 && keyword(items[1], property_kind_name, 4, x.kind);
    const Fields fields =
        c_.fields(items, kind ? 2 : 1, "property",
                  {"holds", "message", "when", "cycle", "leads", "story", "watches"});
    const std::vector<Choice> no_choices;
    BodyParser body(c_, no_choices);
    if (const auto f = fields.find("holds")) {
      const Items parts = c_.arguments(*f, 1, 1);
      if (!parts.empty()) x.condition = body.condition(parts[0]);
    }
    if (const auto f = fields.find("message")) x.text = body.text(c_.arguments(*f, 0));
    if (const auto f = fields.find("when")) {
      for (const NodeId e : c_.arguments(*f, 1)) x.when.push_back(body.condition(e));
    }
    if (const auto f = fields.find("cycle")) {
      for (const NodeId label : c_.arguments(*f, 1)) x.cycle.push_back(c_.name(label, "label"));
    }
    if (const auto f = fields.find("leads")) {
      for (const NodeId pair : c_.arguments(*f, 1)) leads_to(pair, body, x.leads);
    }
    if (const auto f = fields.find("story")) x.story = string_field(*f);
    if (const auto f = fields.find("watches")) {
      for (const NodeId g : c_.arguments(*f, 0)) x.watches.push_back(c_.find(g, c_.goals, "goal"));
    }
  }

  void leads_to(NodeId n, BodyParser& body, std::vector<LeadsTo>& out) {
    const Items parts = s_.children(n);
    if (parts.size() < 2) {
      c_.error(n, "what leads to what is (CONDITION CONDITION TEXT...)");
      return;
    }
    LeadsTo& x = out.emplace_back();
    x.from = body.condition(parts[0]);
    x.to = body.condition(parts[1]);
    x.text = body.text(parts, 2);
  }

  void step(NodeId n) {
    Step& x = c_.p.steps.emplace_back();
    x.span = s_.span(n);
    x.guard = constant(1);
    const Items items = c_.arguments(n, 1);
    if (items.empty()) return;
    x.name = c_.name(items[0], "step");
    const bool kind = items.size() > 1 && keyword(items[1], step_kind_name, 4, x.kind);
    const Fields fields = c_.fields(items, kind ? 2 : 1, "step",
                                    {"process", "cpu", "from", "fills", "relies_on_copy", "waits",
                                     "rule", "choose", "when", "do", "text", "module"});
    step_place(x, fields);
    if (const auto f = fields.find("fills")) x.fills = find_field(*f, c_.caches, "cache");
    x.relies_on_copy = fields.find("relies_on_copy").has_value();
    if (const auto f = fields.find("waits")) x.waits = name_field(*f, "label");
    if (const auto f = fields.find("rule")) x.rule = name_field(*f, "rule");
    if (const auto f = fields.find("module")) x.module = string_field(*f);
    if (const auto f = fields.find("choose")) {
      for (const NodeId c : c_.arguments(*f, 1)) choice(c, x.choices);
    }
    BodyParser body(c_, x.choices);
    if (const auto f = fields.find("when")) {
      const Items parts = c_.arguments(*f, 1, 1);
      if (!parts.empty()) x.guard = body.condition(parts[0]);
    }
    if (const auto f = fields.find("do")) x.body = body.block(c_.arguments(*f, 0));
    touched_ += body.touched();
    footprint_ += std::min<long>(body.touched(), slots_);
    if (!too_large_ && (touched_ > kMaxTouched || footprint_ > kMaxFootprint)) {
      too_large_ = true;
      c_.error(n, "the steps up to this one may access too many slots");
    }
    if (const auto f = fields.find("text")) x.text = body.text(c_.arguments(*f, 0));
  }

  // Process, CPU and location of a step.
  void step_place(Step& x, const Fields& fields) {
    if (const auto f = fields.find("process")) x.process = c_.process(*f);
    if (x.process >= 0) x.cpu = c_.p.processes[static_cast<std::size_t>(x.process)].cpu;
    if (const auto f = fields.find("cpu")) {
      const Items parts = c_.arguments(*f, 1, 1);
      if (!parts.empty()) x.cpu = s_.is_word(parts[0], "none") ? -1 : c_.cpu(parts[0]);
    }
    const auto f = fields.find("from");
    if (!f) return;
    const Items parts = c_.arguments(*f, 1, 1);
    if (x.process < 0) {
      c_.error(*f, "a step with a location names its process");
    } else if (!parts.empty()) {
      Hint hint = Hint::of(Domain{Domain::Kind::kRange, 0, std::numeric_limits<Value>::max(), -1});
      hint.process = x.process;
      x.from = c_.value(parts[0], hint);
    }
  }

  void choice(NodeId n, std::vector<Choice>& choices) {
    const Items parts = s_.children(n);
    if (parts.size() != 2) {
      c_.error(n, "a choice is (NAME DOMAIN)");
      return;
    }
    Choice& x = choices.emplace_back();
    x.name = c_.name(parts[0], "choice");
    x.domain = c_.domain(parts[1]).value_or(Domain{});
  }

  ParseContext c_;
  const Sexprs& s_;
  std::map<std::string, Items> forms_;
  std::vector<VariableForm> variables_;
  long slots_ = 0;
  long touched_ = 0;
  long footprint_ = 0;
  bool state_too_large_ = false;
  bool too_large_ = false;
};

}  // namespace

std::optional<Program> parse(const std::shared_ptr<const Source>& source,
                             Diagnostics& diagnostics) {
  const int before = diagnostics.errors();
  const Sexprs nodes(source, diagnostics);
  if (diagnostics.errors() > before) return std::nullopt;
  Parser parser(nodes, diagnostics);
  parser.run();
  if (diagnostics.errors() > before) return std::nullopt;
  Program p = parser.take();
  for (const Mistake& m : find_mistakes(p)) parser.context().error(parser.form_of(m), m.phrase);
  if (diagnostics.errors() > before) return std::nullopt;
  p.finish();
  return p;
}

}  // namespace stalemate::ir
