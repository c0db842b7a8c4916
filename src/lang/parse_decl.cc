// Declarations.
#include <fmt/format.h>

#include <algorithm>

#include "lang/parser_base.h"

namespace stalemate::lang {

namespace {

const std::vector<std::string>& declaration_words() {
  static const std::vector<std::string> words = {
      "module",    "model",    "source", "machine",     "memory",    "cpus",    "import",
      "param",     "enum",     "struct", "type",        "symmetric", "var",     "mem",
      "percpu",    "ghost",    "init",   "def",         "fn",        "step",    "thread",
      "interrupt", "nmi",      "trap",   "speculative", "eventual",  "cache",   "event",
      "on",        "property", "goal",   "counter",     "check",     "variant", "assume",
      "allow"};
  return words;
}

bool starts_declaration(const Token& t) {
  return t.kind == Tok::kName && std::find(declaration_words().begin(), declaration_words().end(),
                                           t.text) != declaration_words().end();
}

bool first_on_line(const Token& t) {
  const std::string& text = t.span.source->text();
  for (std::uint32_t i = t.span.begin; i > 0 && text[i - 1] != '\n'; --i) {
    if (text[i - 1] != ' ' && text[i - 1] != '\t') return false;
  }
  return true;
}

std::string trimmed(std::string_view s) {
  while (!s.empty() && (s.front() == ' ' || s.front() == '\t')) s.remove_prefix(1);
  while (!s.empty() && (s.back() == ' ' || s.back() == '\r' || s.back() == '\t'))
    s.remove_suffix(1);
  return std::string(s);
}

}  // namespace

std::vector<std::unique_ptr<Decl>> parse(const std::shared_ptr<const Source>& source,
                                         Diagnostics& diagnostics) {
  return Parser(source,
                lex(source, 0, static_cast<std::uint32_t>(source->text().size()), diagnostics),
                diagnostics)
      .file();
}

std::vector<std::unique_ptr<Decl>> Parser::file() {
  std::vector<std::unique_ptr<Decl>> decls;
  while (at().kind != Tok::kEnd && !fatal_) {
    try {
      depth_ = 0;
      block_follows_ = false;
      parts_ = 0;
      if (auto d = declaration()) decls.push_back(std::move(d));
    } catch (const Bail&) {
      if (!fatal_) skip_declaration();
    }
  }
  return decls;
}

bool Parser::at_declaration() const {
  // `var` starts statements too.
  return starts_declaration(at()) && is_keyword(at().text) && !is("var") &&
         source_->position(at().span.begin).column == 1;
}

// To the next line that starts with a word of a declaration, or that begins after the end of this
// one, outside of any braces.
void Parser::skip_declaration() {
  int open = 0;
  bool ended = false;
  while (at().kind != Tok::kEnd) {
    if (open <= 0 && starts_declaration(at()) && first_on_line(at())) return;
    if (open <= 0 && ended && !is("}") && source_->position(at().span.begin).column == 1) return;
    const Token t = take();
    ended = t.kind == Tok::kPunct && (t.text == ";" || t.text == "}");
    if (t.kind != Tok::kPunct) continue;
    if (t.text == "{") ++open;
    if (t.text == "}") open = std::max(open - 1, 0);
  }
}

std::unique_ptr<Decl> Parser::declaration() {
  auto d = std::make_unique<Decl>();
  while (at().kind == Tok::kDoc) {
    const std::string line = trimmed(take().text);
    d->doc += d->doc.empty() ? line : "\n" + line;
  }
  if (at().kind == Tok::kEnd) return nullptr;
  d->span = at().span;
  d = declaration_body(std::move(d));
  d->span = from(d->span);
  return d;
}

std::unique_ptr<Decl> Parser::declaration_body(std::unique_ptr<Decl> d) {
  if (at().kind != Tok::kName) {
    fail_expected("a declaration", is("}") ? "there is one '}' too many above, or here" : "");
  }
  const std::string word(at().text);
  if (word == "module" || word == "model" || word == "source" || word == "machine" ||
      word == "memory" || word == "cpus") {
    if (word != "memory" || !is("=", 1)) {
      header_decl(*d, word);
      return d;
    }
  }
  if (word == "import")
    import_decl(*d);
  else if (word == "param")
    param_decl(*d);
  else if (word == "enum" || word == "symmetric" || word == "type")
    enum_decl(*d);
  else if (word == "struct")
    struct_decl(*d);
  else if (word == "var" || word == "mem" || word == "percpu" || word == "ghost")
    variable_decl(*d);
  else if (word == "init" && !is("=", 1))
    init_decl(*d);
  else if (word == "def" || word == "fn" || word == "step" || word == "event")
    function_decl(*d, word);
  else if (word == "thread")
    thread_decl(*d);
  else if (word == "interrupt" || word == "nmi" || word == "trap" || word == "on")
    handler_decl(*d, word);
  else if (word == "speculative" || word == "eventual")
    rule_decl(*d, word);
  else if (word == "cache" || word == "single")
    cache_decl(*d);
  else if (word == "property")
    property_decl(*d);
  else if (word == "goal")
    goal_decl(*d);
  else if (word == "counter" && !is("=", 1))
    counter_decl(*d);
  else if (word == "variant")
    variant_decl(*d);
  else if (word == "assume") {
    take();
    d->kind = DeclKind::kAssume;
    if (at().kind != Tok::kString) fail_expected("what is assumed, in double quotes");
    const Token t = take();
    d->name = {std::string(t.text), t.span};
    if (accept("when")) d->value = expression();
    expect(";", "after the assumption");
  } else if (word == "allow" && !is("=", 1)) {
    allow_decl(*d);
  } else if (word == "check") {
    take();
    d->kind = DeclKind::kCheck;
    d->members = name_list("the name of a property");
    expect(";", "after the properties");
  } else if (is_name() && is("=", 1)) {
    d->kind = DeclKind::kSetting;
    d->name = expect_name("a parameter");
    take();
    d->value = expression();
    expect(";", "after the value");
  } else if (is_name() && is_name(1) && (is(",", 2) || is(";", 2) || first_on_line(at(2)))) {
    d->kind = DeclKind::kInstance;
    d->name = expect_name("a type");
    d->members = name_list("a name");
    expect(";", "after the names");
  } else {
    const std::string close = did_you_mean(word, declaration_words());
    fail(at().span, fmt::format("expected a declaration, found '{}'", word),
         close.empty() ? "declarations start with param, var, mem, fn, step, thread, ..."
                       : fmt::format("did you mean '{}'?", close));
  }
  return d;
}

std::string Parser::dotted_name(Name& name, std::string_view what) {
  // Parts may be words of the language: machine.types, lib.set.
  name.span = at().span;
  name.text = expect_field_name(what).text;
  while (accept(".")) name.text += "." + expect_field_name(what).text;
  name.span = from(name.span);
  return name.text;
}

void Parser::header_decl(Decl& d, const std::string& word) {
  take();
  if (word == "module") {
    d.kind = DeclKind::kModule;
    dotted_name(d.name, "the name of the module, as in lib.mm");
  } else if (word == "model" || word == "source") {
    d.kind = word == "model" ? DeclKind::kModel : DeclKind::kSource;
    if (at().kind != Tok::kString) fail_expected("a title in double quotes");
    const Token t = take();
    d.name = {std::string(t.text), t.span};
    accept(";");
    return;
  } else if (word == "machine" || word == "memory") {
    d.kind = word == "machine" ? DeclKind::kMachine : DeclKind::kMemory;
    d.name = expect_name(word == "machine" ? "the name of a machine" : "sc, tso or weak");
    if (at().kind == Tok::kString) d.doc = take().text;
  } else {
    d.kind = DeclKind::kCpus;
    if (at().kind != Tok::kNumber) {
      fail_expected("the number of CPUs", "as in: cpus 2;  cpus 2..4;");
    }
    d.low = binary(5);
    if (accept("..")) d.high = binary(5);
  }
  expect(";", fmt::format("after '{}'", word));
}

void Parser::import_decl(Decl& d) {
  take();
  d.kind = DeclKind::kImport;
  dotted_name(d.name, "the name of a file, as in lib.mm");
  if (is("/")) fail_expected("';' after the import", "parts of the name are joined by '.'");
  expect(";", "after the import");
}

void Parser::param_decl(Decl& d) {
  take();
  d.kind = DeclKind::kParam;
  d.name = expect_name("the name of a parameter");
  expect(":", "between the parameter and its type");
  d.type_expr = type();
  if (accept("=")) d.value = expression();
  expect(";", "after the parameter");
}

void Parser::enum_decl(Decl& d) {
  const std::string word(take().text);
  d.name = expect_name("the name of a type");
  if (word == "type") {
    d.kind = DeclKind::kType;
    expect("=", "after the name of the type");
    d.type_expr = type();
    expect(";", "after the type");
    return;
  }
  d.kind = word == "enum" ? DeclKind::kEnum : DeclKind::kSymmetric;
  if (accept("[")) {
    d.value = expression();
    expect("]", "after the size");
  }
  if (d.kind == DeclKind::kEnum) {
    expect("{", "before the members");
    d.members = name_list("the name of a member");
    expect("}", "after the members");
    accept(";");
  } else {
    expect(";", "after the type");
  }
}

void Parser::struct_decl(Decl& d) {
  take();
  d.kind = DeclKind::kStruct;
  d.name = expect_name("the name of a struct");
  expect("{", "before the fields");
  while (!is("}") && at().kind != Tok::kEnd) {
    Field f;
    f.name = expect_field_name();
    f.dims = dimensions();
    expect(":", "between the field and its type");
    f.type_expr = type();
    expect(";", "after the field");
    d.fields.push_back(std::move(f));
  }
  expect("}", "after the fields");
  accept(";");
}

std::vector<TypeExprPtr> Parser::dimensions() {
  std::vector<TypeExprPtr> dims;
  while (is("[")) {
    if (dims.size() == kMaxIndices) {
      fail_expected(fmt::format("at most {} indices", kMaxIndices), "put some of them in a struct");
    }
    take();
    dims.push_back(type());
    expect("]", "after the index type");
  }
  return dims;
}

void Parser::variable_decl(Decl& d) {
  d.kind = DeclKind::kVariable;
  d.space = take().text;
  d.name = expect_name("the name of a variable");
  d.dims = dimensions();
  expect(":", "between the variable and its type");
  d.type_expr = type();
  if (accept("=")) d.value = expression();
  if (accept("shows")) {
    d.has_shows = true;
    d.shows = raw_text();
  }
  expect(";", "after the variable");
}

// init pte[P].frame = N;   init core_of[c : cpu] = ... when ...;
void Parser::init_decl(Decl& d) {
  const Span begin = take().span;
  d.kind = DeclKind::kInit;
  d.name = expect_name("the name of a variable");
  d.target = node(ExprKind::kName, d.name.span);
  d.target->name = d.name;
  const auto outer = [&](ExprKind kind) {
    auto e = node(kind, d.name.span);
    e->args.push_back(std::move(d.target));
    return e;
  };
  while (true) {
    ExprPtr e;
    if (accept("[")) {
      e = outer(ExprKind::kIndex);
      if (is_name() && is(":", 1)) {
        Param p;
        p.name = expect_name("a name for the index");
        take();
        p.type_expr = type();
        e->args.push_back(node(ExprKind::kName, p.name.span));
        e->args.back()->name = p.name;
        d.params.push_back(std::move(p));
      } else {
        e->args.push_back(expression());
      }
      expect("]", "after the index");
    } else if (accept(".")) {
      e = outer(ExprKind::kField);
      e->name = expect_field_name();
    } else {
      break;
    }
    e->span = from(d.name.span);
    d.target = std::move(e);
  }
  expect("=", "between a variable and its initial value");
  d.value = expression();
  if (accept("when")) d.when = expression();
  expect(";", "after the initial value");
  d.span = from(begin);
}

Text Parser::raw_text() {
  if (at().kind != Tok::kString) fail_expected("a text in double quotes");
  const Token t = take();
  Text out;
  out.span = t.span;
  out.pieces.push_back({std::string(t.text), nullptr});
  return out;
}

std::vector<Param> Parser::parameters(bool with_types) {
  std::vector<Param> params;
  expect("(", "before the parameters");
  while (!is(")")) {
    Param p;
    p.ref = accept("ref");
    p.name = expect_name("the name of a parameter");
    if (with_types) {
      expect(":", "between the parameter and its type");
      p.type_expr = type();
    }
    params.push_back(std::move(p));
    if (!accept(",")) break;
  }
  expect(")", "after the parameters");
  return params;
}

void Parser::function_decl(Decl& d, const std::string& word) {
  take();
  d.kind = word == "def"    ? DeclKind::kDef
           : word == "fn"   ? DeclKind::kFn
           : word == "step" ? DeclKind::kStep
                            : DeclKind::kEvent;
  d.name = expect_name("a name");
  d.params = parameters(true);
  if (d.kind == DeclKind::kEvent) {
    expect(";", "after the event");
    return;
  }
  if (accept("->")) d.type_expr = type();
  if (d.kind == DeclKind::kDef) {
    expect("=", "before the value: a def is one expression");
    d.value = expression();
    expect(";", "after the value");
    return;
  }
  if (d.kind == DeclKind::kStep && accept("shows")) {
    d.has_shows = true;
    d.shows = text();
  }
  if (d.kind == DeclKind::kFn && accept(";")) return;
  d.has_body = true;
  d.body = block("before the body");
}

void Parser::thread_decl(Decl& d) {
  take();
  d.kind = DeclKind::kThread;
  d.name = expect_name("the name of a thread");
  expect("on", "and a CPU: 'on every cpu' or 'on cpu 0'");
  if (accept("every")) {
    d.every_cpu = true;
    expect("cpu", "after 'every'");
    if (at().kind == Tok::kName && at().text == "except") {
      take();
      expect("cpu", "after 'except'");
      do d.cpus.push_back(binary(5));
      while (accept(","));
    }
  } else {
    expect("cpu", "after 'on': 'on every cpu' or 'on cpu 0'");
    if (is("{")) fail_expected("the number of a CPU, as in 'on cpu 0'");
    do d.cpus.push_back(binary(5));
    while (accept(","));
  }
  d.body = block("before the body of the thread");
}

void Parser::handler_decl(Decl& d, const std::string& word) {
  take();
  if (word == "on") {
    d.kind = DeclKind::kHook;
    d.name = expect_name("exception_entry or exception_return");
    d.body = block("before the body");
    return;
  }
  d.kind = word == "interrupt" ? DeclKind::kInterrupt
           : word == "nmi"     ? DeclKind::kNmi
                               : DeclKind::kTrap;
  d.name = expect_name("a name");
  if (d.kind == DeclKind::kTrap) {
    d.params = parameters(true);
    if (at().kind == Tok::kName && (at().text == "resume" || at().text == "retry")) {
      d.resume = take().text == "resume";
    }
    if (accept(";")) return;
    d.has_body = true;
    d.body = block("before the body of the handler");
    return;
  }
  expect("on", "and CPUs: 'on every cpu'");
  if (accept("every")) {
    d.every_cpu = true;
    expect("cpu", "after 'every'");
  } else {
    expect("cpu", "after 'on'");
    if (is("{") || is("when")) fail_expected("the number of a CPU, as in 'on cpu 0'");
    do d.cpus.push_back(binary(5));
    while (accept(","));
  }
  if (at().kind == Tok::kName && at().text == "level") {
    take();
    d.low = binary(5);
  }
  expect("when", "and the condition that makes it pending");
  if (is("{")) fail_expected("a condition");
  d.value = expression_before_block();
  d.body = block("before the body of the handler");
}

void Parser::rule_decl(Decl& d, const std::string& word) {
  take();
  d.kind = DeclKind::kRule;
  d.space = word;
  d.name = expect_name("the name of the rule");
  if (is("(")) d.params = parameters(true);
  if (accept("when")) d.value = expression_before_block();
  if (accept("shows")) {
    d.has_shows = true;
    d.shows = text();
  }
  d.body = block("before the body of the rule");
}

void Parser::cache_decl(Decl& d) {
  d.single = accept("single");
  expect("cache", "after 'single'");
  d.kind = DeclKind::kCache;
  d.name = expect_name("the name of the cache");
  while (is("[")) {
    if (d.dims.size() == kMaxIndices) {
      fail_expected(fmt::format("at most {} indices", kMaxIndices), "put some of them in a struct");
    }
    take();
    if (!is(":", 1)) fail_expected("an index variable and its type, as in tlb[c : cpu]");
    d.dim_names.push_back(expect_name("the name of an index variable"));
    expect(":", "between the index variable and its type");
    d.dims.push_back(type());
    expect("]", "after the index");
  }
  expect_word("of", "and what a cell holds, as in 'of v : version'");
  Param value;
  value.name = expect_name("the name of the value held");
  expect(":", "between the value and its type");
  value.type_expr = type();
  d.params.push_back(std::move(value));
  expect("when", "and when a value may be loaded, as in 'when v == pou[f]'");
  d.value = expression();
  if (at().kind == Tok::kName && at().text == "fills") {
    take();
    d.fills = text();
  }
  if (accept("shows")) {
    d.has_shows = true;
    d.shows = raw_text();
  }
  expect(";", "after the cache");
}

Observer Parser::observer() {
  Observer o;
  o.span = at().span;
  expect("on", "and an event");
  o.event = expect_name("the name of a step, trap or event");
  if (accept("(")) {
    while (!is(")")) {
      o.args.push_back(expect_name("the name of an argument"));
      if (!accept(",")) break;
    }
    expect(")", "after the arguments");
  }
  if (accept("->")) o.result = expect_name("the name of the result");
  return o;
}

void Parser::property_decl(Decl& d) {
  take();
  d.kind = DeclKind::kProperty;
  d.name = expect_name("the name of the property");
  expect("{", "before the body of the property");
  while (!is("}") && at().kind != Tok::kEnd) {
    if (at_declaration() && !is("on") && !is("ghost")) break;
    try {
      property_item(d);
    } catch (const Bail&) {
      if (fatal_) throw;
      skip_statement();
    }
  }
  expect("}", "to end the property");
}

void Parser::property_item(Decl& d) {
  if (is("ghost")) {
    auto g = std::make_unique<Decl>();
    g->span = at().span;
    variable_decl(*g);
    d.ghosts.push_back(std::move(g));
  } else if (is("on")) {
    Observer o = observer();
    o.body = accept(":") ? single_statement() : block("before the body");
    o.span = from(o.span);
    d.observers.push_back(std::move(o));
  } else if (at().kind == Tok::kName && (at().text == "invariant" || at().text == "never")) {
    Decl::StateCheck c;
    c.never = take().text == "never";
    c.condition = expression();
    if (accept(",")) c.text = text();
    expect(";", "after the condition");
    d.states.push_back(std::move(c));
  } else if (at().kind == Tok::kName && at().text == "no") {
    if (d.no_stuck) {
      fail(at().span, fmt::format("property '{}' says 'no stuck' twice", d.name.text),
           "make it two properties, so that each has a verdict");
    }
    take();
    expect_word("stuck", "after 'no', as in 'no stuck thread'");
    d.no_stuck = true;
    if (at().kind == Tok::kName && at().text == "cycle") {
      take();
      expect_word("with", "after 'no stuck cycle', as in 'no stuck cycle with ack'");
      do d.cycle.push_back(expect_name("a label, as in 'await E as ack'"));
      while (accept(","));
      expect(";", "after the labels");
    } else {
      if (!is("thread")) fail_expected("'thread' or 'cycle' after 'no stuck'");
      take();
      if (accept("when")) d.when = expression();
      expect(";", d.when ? "after the condition" : "after 'no stuck thread'");
    }
  } else if (at().kind == Tok::kName && at().text == "at") {
    Decl::Bound b;
    b.span = take().span;
    expect_word("most", "after 'at', as in 'at most 1 flushes per vunmap'");
    b.most = binary(5);
    b.counter = expect_name("the name of a counter");
    if (at().kind == Tok::kName && at().text == "per") {
      take();
      b.fn = expect_name("the name of a fn");
    }
    expect(";", "after the bound");
    b.span = from(b.span);
    d.bounds.push_back(std::move(b));
  } else if (at_leads_to()) {
    Decl::LeadsTo l;
    l.span = at().span;
    l.from = expression();
    expect_word("leads", "after the condition, as in 'E leads to F'");
    expect_word("to", "after 'leads', as in 'E leads to F'");
    l.to = expression();
    l.span = from(l.span);
    if (accept(",")) l.text = text();
    expect(";", "after what it leads to");
    d.leads.push_back(std::move(l));
  } else {
    fail_expected(
        "'on EVENT', 'invariant', 'never', 'no stuck ...', 'E leads to F', 'at most' or 'ghost'");
  }
}

// A condition, and not a misspelt word before one.
bool Parser::at_leads_to() const {
  if (is_name()) return is("leads", 1) || !(is_name(1) || is("!", 1) || at(1).kind == Tok::kNumber);
  static constexpr const char* kBegins[] = {"!", "(", "exists", "forall", "count", "true", "false"};
  return at().kind == Tok::kNumber || std::any_of(std::begin(kBegins), std::end(kBegins),
                                                  [this](auto word) { return is(word); });
}

std::vector<StmtPtr> Parser::single_statement() {
  std::vector<StmtPtr> list;
  list.push_back(statement());
  return list;
}

void Parser::goal_decl(Decl& d) {
  take();
  d.kind = DeclKind::kGoal;
  d.name = expect_name("the name of the goal");
  Observer o = observer();
  expect(":", "and the condition, as in 'goal g on exec(p) -> i : i.version == new;'");
  d.value = expression();
  expect(";", "after the condition");
  o.span = from(o.span);
  d.observers.push_back(std::move(o));
}

// allow unreached tick, "await gate" : "the timer is off" when quiet;
void Parser::allow_decl(Decl& d) {
  take();
  d.kind = DeclKind::kAllow;
  if (at().text != "unreached") fail_expected("'unreached'", "as in: allow unreached tick : \"why\";");
  take();
  do {
    if (at().kind == Tok::kString) {
      const Token t = take();
      d.members.push_back({std::string(t.text), t.span});
    } else {
      d.members.push_back(expect_name("a step, or the text of a statement in double quotes"));
    }
  } while (accept(","));
  expect(":", "and why they need not be reached, in double quotes");
  if (at().kind != Tok::kString) fail_expected("why they need not be reached, in double quotes");
  const Token t = take();
  d.name = {std::string(t.text), t.span};
  if (accept("when")) d.value = expression();
  expect(";", "after the reason");
}

void Parser::counter_decl(Decl& d) {
  take();
  d.kind = DeclKind::kCounter;
  d.name = expect_name("the name of the counter");
  Observer o = observer();
  if (accept(":")) d.value = expression();
  expect(";", "after the counter");
  o.span = from(o.span);
  d.observers.push_back(std::move(o));
}

std::vector<Name> Parser::name_list(std::string_view what) {
  std::vector<Name> names;
  do {
    if (!names.empty() && is("}")) break;
    names.push_back(expect_name(what));
  } while (accept(","));
  return names;
}

void Parser::variant_decl(Decl& d) {
  take();
  d.kind = DeclKind::kVariant;
  d.name = expect_name("the name of the variant");
  expect("{", "before the settings of the variant");
  while (!is("}") && at().kind != Tok::kEnd) {
    Setting s;
    s.name = expect_field_name("the name of a parameter");
    expect("=", "between the parameter and its value");
    s.value = expression();
    if (s.name.text == "cpus" && accept("..")) s.high = binary(5);
    d.settings.push_back(std::move(s));
    if (!accept(";") && !accept(",")) break;
  }
  expect("}", "after the settings");
  expect("expect", "and a verdict: a variant is a test of its own");
  do {
    Expectation e;
    e.span = at().span;
    const bool known =
        at().kind == Tok::kName &&
        (at().text == "safe" || at().text == "violates" || at().text == "inconclusive" ||
         at().text == "vacuous" || at().text == "reaches");
    if (!known) {
      const std::string close =
          did_you_mean(at().text, {"safe", "violates", "inconclusive", "vacuous", "reaches"});
      fail_expected("'safe', 'violates', 'vacuous', 'inconclusive' or 'reaches'",
                    close.empty() ? std::string() : fmt::format("did you mean '{}'?", close));
    }
    e.outcome = take().text;
    if (accept("{")) {
      e.names = name_list("the name of a property");
      expect("}", "after the properties");
    } else if (e.outcome == "violates" || e.outcome == "reaches") {
      e.names.push_back(
          expect_name(e.outcome == "reaches" ? "a step or a goal" : "the name of a property"));
    } else if (is_name()) {
      e.names.push_back(expect_name("the name of a property"));
    }
    e.span = from(e.span);
    d.expectations.push_back(std::move(e));
  } while (accept(","));
  expect(";", "after the expected verdict");
}

}  // namespace stalemate::lang
