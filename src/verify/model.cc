#include <charconv>
#include <map>
#include <optional>

#include "verify/verify.h"

namespace stalemate::verify {

namespace {

constexpr int kMany = 1048576;  // elements of a variable, slots of a state, choices of a step
constexpr std::size_t kAny = 1 << 30;

struct Word {
  Op op;
  std::size_t least, most;  // parts behind it
};
// clang-format off
const std::map<std::string_view, Word> kWords = {
    {"not", {kNot, 1, 1}}, {"and", {kAnd, 0, kAny}}, {"or", {kOr, 0, kAny}}, {"ite", {kIte, 3, 3}},
    {"==", {kEq, 2, 2}}, {"!=", {kNe, 2, 2}}, {"<", {kLt, 2, 2}}, {"<=", {kLe, 2, 2}},
    {"+", {kAdd, 2, 2}}, {"-", {kSub, 2, 2}}, {"*", {kMul, 2, 2}}, {"/", {kDiv, 2, 2}},
    {"%", {kMod, 2, 2}},
    {"set", {kSet, 2, kAny}}, {"if", {kIf, 1, 3}}, {"then", {kBlock, 0, kAny}},
    {"else", {kBlock, 0, kAny}}, {"assert", {kAssert, 2, kAny}}, {"cover", {kCover, 1, 2}},
    {"count", {kCount, 1, 2}}, {"fail", {kFail, 0, kAny}}, {"fence", {kFence, 0, kAny}}};

const std::initializer_list<std::string_view> kForms = {
    "ir", "sort", "var", "process", "cache", "property", "goal", "counter", "step"};
// What parts of forms are, or begin with.
const std::initializer_list<std::string_view> kParts = {
    "shared", "mem", "ghost", "local", "control", "copy", "process", "location", "init", "display",
    "thread", "interrupt", "nmi", "level", "locations", "required", "asserts", "invariant",
    "no_stuck", "holds", "message", "when", "cycle", "story", "watches", "program", "entry",
    "eventual", "speculative", "cpu", "from", "fills", "relies_on_copy", "waits", "rule", "choose", "do",
    "text", "module", "final", "rest", "arm", "assertion", "delivery", "turn"};
// clang-format on

bool among(std::initializer_list<std::string_view> words, std::string_view word) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

void need(bool holds, const Node& n, const std::string& otherwise) {
  if (!holds) throw BadFile("line " + std::to_string(n.line) + ": " + otherwise);
}

const std::string& name_of(const Node& n) {
  need(n.kind != Node::kList, n, "expected a name");
  return n.text;
}

template <typename T>
int find(const std::vector<T>& list, const Node& n) {
  const int i = position(list, name_of(n));
  need(i >= 0, n, "unknown name '" + n.text + "'");
  return i;
}

// A word that always means the same.  A string never does.
std::optional<int> literal(const Node& n) {
  if (n.is_word("none")) return -1;
  if (n.is_word("true") || n.is_word("false")) return n.text == "true";
  int v = 0;
  const char* const end = n.text.data() + n.text.size();
  const auto [rest, error] = std::from_chars(n.text.data(), end, v);
  const bool number = n.kind == Node::kWord && rest == end && error == std::errc();
  return number ? std::optional(v) : std::nullopt;
}

// A number, or one of the names.
int read_value(const Node& n, const Names& names) {
  if (const auto v = literal(n)) return *v;
  const auto place = std::find(names.begin(), names.end(), name_of(n));
  need(place != names.end(), n, "'" + n.text + "' is not a value here");
  return static_cast<int>(place - names.begin());
}

// The parts of a form from item `from` on; all of them are known.
Nodes parts_of(const Node& form, std::size_t from) {
  for (std::size_t i = from; i < form.items.size(); ++i) {
    const Node& part = form.items[i];
    need(among(kParts, part.kind == Node::kWord ? part.text : part.head()), part, "unknown part");
  }
  if (form.items.size() < from) return {};
  return {form.items.begin() + static_cast<long>(from), form.items.end()};
}

// Is one of the parts this word?
bool has(const Nodes& parts, std::string_view word) {
  return std::any_of(parts.begin(), parts.end(), [&](const Node& n) { return n.is_word(word); });
}

// What stands behind the word of a part.
Nodes rest(const Nodes& parts, std::string_view word) {
  for (const Node& n : parts) {
    if (n.head() == word) return {n.items.begin() + 1, n.items.end()};
  }
  return {};
}

// Finds out what expressions and statements mean in a step with these choices.
class Resolver {
 public:
  Resolver(const Model& m, const std::vector<Variable>& choices) : m_(m), choices_(choices) {}

  // `names`: what a bare name may mean where no choice and no variable is called so.  Returns what
  // the values of the expression are called.
  const Names& expression(Node& n, const Names& names = kNone) const {
    // The words around an access say what it is in a memory order.
    const bool order = among({"acquire", "release", "walk", "observe"}, n.head());
    if (order && n.items.size() == 2) n = Node(n.items[1]);
    if (kWords.count(n.head()) == 0) return access(n, names);
    begin(n);
    need(n.op < kSet, n, "expected an expression");
    const bool compares = n.op >= kEq && n.op <= kLe;
    if (compares) pair(n.items[1], n.items[2], kNone);
    if (n.op == kIte) expression(n.items[1]);
    if (n.op == kIte) return pair(n.items[2], n.items[3], names);
    for (std::size_t i = 1; !compares && i < n.items.size(); ++i) expression(n.items[i]);
    return kNone;
  }

  void statement(Node& n) const {
    begin(n);
    need(n.op >= kSet, n, "expected a statement");
    if (n.op == kAssert) n.value = find(m_.properties, n.items[1]);
    if (n.op == kCover) n.value = find(m_.goals, n.items[1]);
    need(n.op != kSet || n.items.size() % 2 == 1, n, "a place has no value");
    const Names* names = &kNone;
    for (std::size_t i = 1; i < n.items.size(); ++i) {
      Node& item = n.items[i];
      const bool place = n.op == kSet && i % 2 == 1;
      const bool condition = n.op == kIf ? i == 1 : n.op >= kAssert && n.op <= kCount && i == 2;
      if (condition || n.op == kSet) names = &expression(item, place ? kNone : *names);
      need(!place || item.op == kRead, item, "expected a place");
      if (n.op == kBlock || (n.op == kIf && i > 1)) statement(item);
      need(n.op != kIf || i == 1 || item.op == kBlock, item, "expected 'then' or 'else'");
    }
  }

 private:
  static void begin(Node& n) {
    const auto word = kWords.find(n.head());
    need(word != kWords.end(), n, "unknown word");
    const std::size_t parts = n.items.size() - 1;
    need(word->second.least <= parts && parts <= word->second.most, n, "wrong number of parts");
    n.op = word->second.op;
  }

  // A name whose meaning the other side has to tell.
  bool bare(const Node& n) const {
    if (n.head() == "ite" && n.items.size() == 4) return bare(n.items[2]) && bare(n.items[3]);
    return n.kind != Node::kList && !literal(n) && position(choices_, n.text) < 0 &&
           position(m_.variables, n.text) < 0;
  }

  // Two expressions of one kind.
  const Names& pair(Node& a, Node& b, const Names& names) const {
    const bool swap = bare(a);
    const Names& told = expression(swap ? b : a, names);
    const Names& other = expression(swap ? a : b, told.empty() ? names : told);
    return told.empty() ? other : told;
  }

  // A constant, a choice, or an access of a variable.
  const Names& access(Node& n, const Names& names) const {
    const bool list = n.kind == Node::kList;
    need(!list || !n.items.empty(), n, "expected an expression");
    n.op = kChoice;
    n.value = list || literal(n) ? -1 : position(choices_, n.text);
    if (n.value >= 0) return m_.names(choices_[n.value].domain);
    n.op = kRead;
    n.value = literal(n) ? -1 : position(m_.variables, name_of(list ? n.items[0] : n));
    if (n.value < 0) {
      n.op = kConstant;
      n.value = read_value(n, names);
      return names;
    }
    const Variable& v = m_.variables[n.value];
    need((list ? n.items.size() - 1 : 0) == v.dimensions.size(), n, "wrong number of indices");
    for (std::size_t i = 0; i < v.dimensions.size(); ++i) {
      expression(n.items[i + 1], m_.names(v.dimensions[i]));
    }
    return m_.names(v);
  }

  const Model& m_;
  std::vector<Variable> choices_;
};

class ModelReader {
 public:
  Model read(const Nodes& forms) {
    const bool ir = !forms.empty() && forms[0].head() == "ir" && forms[0].items.size() > 1;
    if (!ir || !forms[0].items[1].is_word("1")) throw BadFile("it does not begin with (ir 1 ...)");
    for (const Node& form : forms) {
      const std::size_t least = among({"var", "process"}, form.head()) ? 3 : 2;
      need(among(kForms, form.head()) && form.items.size() >= least, form, "unknown form");
    }
    // Each kind of form names things of the kinds before it.
    each(forms, "sort", &ModelReader::sort);
    if (m_.sorts.empty()) throw BadFile("there are no CPUs: the first sort lists them");
    each(forms, "process", &ModelReader::process);
    each(forms, "var", &ModelReader::variable);
    for (const Process& p : m_.processes) need(p.slot >= 0, forms[0], "no variable " + p.control);
    each(forms, "goal", &ModelReader::goal);
    each(forms, "property", &ModelReader::property);
    each(forms, "step", &ModelReader::step);
    return std::move(m_);
  }

 private:
  void each(const Nodes& forms, const char* head, void (ModelReader::*read)(const Node&)) {
    for (const Node& form : forms) {
      if (form.head() == head) (this->*read)(form);
    }
  }

  void sort(const Node& n) {
    Sort& s = m_.sorts.emplace_back();
    s.name = name_of(n.items[1]);
    for (const Node& member : n.items.back().items) s.members.push_back(name_of(member));
    need(!s.members.empty() && s.members.size() <= INT16_MAX, n, "a sort has 1 to 32767 members");
  }

  Domain domain(const Node& n) const {
    if (n.is_word("bool")) return {};
    if (n.kind != Node::kList) {
      const int sort = find(m_.sorts, n);
      return {0, static_cast<int>(m_.sorts[sort].members.size()) - 1, sort};
    }
    const bool option = n.head() == "option" && n.items.size() == 2;
    need(option || (n.head() == "range" && n.items.size() == 3), n, "expected a domain");
    Domain d = option ? domain(n.items[1])
                      : Domain{read_value(n.items[1], kNone), read_value(n.items[2], kNone)};
    if (option) d.lo = -1;
    need(INT16_MIN <= d.lo && d.lo <= d.hi && d.hi <= INT16_MAX, n, "no such range");
    return d;
  }

  int cpu(const Node& n) const {
    const int c = read_value(n, m_.sorts[0].members);
    need(c >= 0 && c < static_cast<int>(m_.sorts[0].members.size()), n, "no such CPU");
    return c;
  }

  void process(const Node& n) {
    const Nodes parts = parts_of(n, 3);
    Process& p = m_.processes.emplace_back();
    p.name = name_of(n.items[1]);
    p.cpu = cpu(n.items[2]);
    p.thread = !has(parts, "interrupt") && !has(parts, "nmi");
    for (const Node& control : rest(parts, "control")) p.control = name_of(control);
    for (const Node& l : rest(parts, "locations")) {
      const Nodes marks = parts_of(l, 1);
      p.locations.push_back(name_of(l.items.empty() ? l : l.items[0]));
      p.at_ease.push_back(has(marks, "final") || has(marks, "rest"));
    }
  }

  void variable(const Node& n) {
    Variable& v = m_.variables.emplace_back();
    v.name = name_of(n.items[1]);
    const bool array = n.items[2].kind == Node::kList && n.items[2].head() != "range" &&
                       n.items[2].head() != "option";
    need(!array || n.items.size() > 3, n, "the variable has no domain");
    for (std::size_t i = 0; array && i < n.items[2].items.size(); ++i) {
      const Domain d = v.dimensions.emplace_back(domain(n.items[2].items[i]));
      need(v.elements <= kMany / d.size(), n, "it has more than 1048576 elements");
      v.elements *= d.size();
    }
    v.domain = domain(n.items[array ? 3 : 2]);
    v.first = static_cast<int>(m_.initial.size());
    need(v.first + v.elements <= kMany, n, "the state has more than 1048576 slots");
    for (Process& p : m_.processes) {
      if (p.control != v.name) continue;
      const bool fits = v.domain.lo == 0 && v.domain.hi + 1 == static_cast<int>(p.locations.size());
      need(fits && !array && v.process < 0, n, "it cannot hold the location of one process");
      v.process = static_cast<int>(&p - m_.processes.data());
      p.slot = v.first;
    }
    Nodes init = rest(parts_of(n, array ? 4 : 3), "init");
    const int values = static_cast<int>(init.size());
    need(values <= 1 || values == v.elements, n, "not one initial value for each element");
    for (int i = 0; i < v.elements; ++i) {
      const int value = values == 0 ? v.domain.lo : read_value(init[i % values], m_.names(v));
      need(v.domain.contains(value), n, "an initial value is outside the domain");
      m_.initial.push_back(static_cast<std::int16_t>(value));
    }
  }

  void goal(const Node& n) {
    const Nodes parts = parts_of(n, 2);
    m_.goals.push_back({name_of(n.items[1]), has(parts, "required"), has(parts, "turn")});
  }

  void property(const Node& n) {
    const Nodes parts = parts_of(n, 2);
    Property& p = m_.properties.emplace_back();
    p.name = name_of(n.items[1]);
    p.no_stuck = has(parts, "no_stuck");
    p.holds = rest(parts, "holds");
    p.when = rest(parts, "when");
    for (const Node& label : rest(parts, "cycle")) p.cycle.push_back(name_of(label));
    const Resolver resolver(m_, {});
    for (Node& e : p.holds) resolver.expression(e);
    for (Node& e : p.when) resolver.expression(e);
    for (const Node& g : rest(parts, "watches")) p.watches.push_back(find(m_.goals, g));
    const std::size_t whens = p.no_stuck ? m_.processes.size() : 1;
    need(p.when.empty() || p.when.size() == whens, n, "what has which condition 'when'?");
    need(p.holds.size() == (has(parts, "invariant") ? 1 : 0), n, "what does it say holds?");
  }

  void step(const Node& n) {
    const Nodes parts = parts_of(n, 2);
    Step& s = m_.steps.emplace_back();
    s.name = name_of(n.items[1]);
    const Nodes of = rest(parts, "process");
    for (std::size_t i = 0; i < m_.processes.size() && of.size() == 2; ++i) {
      const Process& p = m_.processes[i];
      if (p.name == name_of(of[0]) && p.cpu == cpu(of[1])) s.process = static_cast<int>(i);
    }
    const bool speculative = has(parts, "speculative");
    const bool owned = !speculative && !has(parts, "eventual");
    need(owned == (s.process >= 0), n, "program steps and entries, and no others, have a process");
    s.counts = !speculative && !has(parts, "relies_on_copy");
    const Nodes waits = rest(parts, "waits");
    for (Property& p : m_.properties) std::erase(p.cycle, waits.empty() ? "" : waits[0].text);
    for (const Node& c : rest(parts, "choose")) {
      need(c.items.size() == 2, c, "a choice is (NAME DOMAIN)");
      s.choices.push_back({name_of(c.items[0]), domain(c.items[1])});
      s.combinations *= s.choices.back().domain.size();
      need(s.combinations <= kMany, n, "more than 1048576 combinations of choices");
    }
    s.when = rest(parts, "when");
    s.body = rest(parts, "do");
    const Resolver resolver(m_, s.choices);
    for (Node& e : s.when) resolver.expression(e);
    for (Node& statement : s.body) resolver.statement(statement);
  }

  Model m_;
};

}  // namespace

Model read_model(std::string_view text) { return ModelReader().read(read_forms(text)); }

}  // namespace stalemate::verify
