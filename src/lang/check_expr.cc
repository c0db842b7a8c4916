// Expressions: names, types, constants.
#include <fmt/format.h>

#include <algorithm>

#include "lang/checker.h"

namespace stalemate::lang {

namespace {

using Kind = Type::Kind;

bool is_comparison(const std::string& op) {
  return op == "<" || op == "<=" || op == ">" || op == ">=";
}
bool is_arithmetic(const std::string& op) {
  return op == "+" || op == "-" || op == "*" || op == "/" || op == "%";
}

// Can a declaration of this kind stand where `what` is expected?
bool names_a(const std::string& what, DeclKind kind) {
  if (what == "function") {
    return kind == DeclKind::kFn || kind == DeclKind::kStep || kind == DeclKind::kDef;
  }
  if (what == "step, trap or event") {
    return kind == DeclKind::kStep || kind == DeclKind::kTrap || kind == DeclKind::kEvent ||
           kind == DeclKind::kInterrupt || kind == DeclKind::kNmi;
  }
  if (what == "trap") return kind == DeclKind::kTrap;
  if (what == "event") return kind == DeclKind::kEvent;
  if (what == "struct") return kind == DeclKind::kStruct;
  if (what == "index type") return kind == DeclKind::kSymmetric;
  if (what == "counter") return kind == DeclKind::kCounter;
  if (what == "fn") return kind == DeclKind::kFn;
  return kind == DeclKind::kParam || kind == DeclKind::kVariable || kind == DeclKind::kFn ||
         kind == DeclKind::kCache;
}

}  // namespace

bool Checker::assignable(const Type* from, const Type* to) const {
  if (from == to || from->kind == Kind::kError || to->kind == Kind::kError) return true;
  if (from->kind == Kind::kInt && to->kind == Kind::kInt) return true;  // checked at run time
  if (to->kind == Kind::kOption) {
    return from->kind == Kind::kNone ||
           ((from->kind == Kind::kSort || from->kind == Kind::kOption) && from->sort == to->sort);
  }
  // `none` where a value is needed is a model error at run time.
  if (to->kind == Kind::kSort) return from->kind == Kind::kOption && from->sort == to->sort;
  if (to->kind == Kind::kSet) return from->kind == Kind::kEmptySet;
  return false;
}

// Inside an expression nothing can check at run time that an optional value is there.
void Checker::expect_present(const Expr& e, const Type* from, const Type* to) {
  if (from->kind != Kind::kOption || to->kind != Kind::kSort) return;
  diagnostics_.error(e.span, fmt::format("this may be none, and a {} is needed", types_.name(to)),
                     "load it first: let x : TYPE = ...;");
}

bool Checker::expect_type(const Expr& e, const Type* from, const Type* to,
                          const std::string& what) {
  if (!assignable(from, to)) {
    diagnostics_.error(
        e.span, fmt::format("{} must be {}, this is {}", what, types_.name(to), described(from)));
    return false;
  }
  if (to->kind == Kind::kInt && from->kind == Kind::kInt && from->lo == from->hi &&
      (from->lo < to->lo || from->lo > to->hi)) {
    diagnostics_.error(e.span, fmt::format("{} is outside {}", from->lo, types_.name(to)));
    return false;
  }
  return true;
}

// A type as a message names it: of a literal, the number itself.
std::string Checker::described(const Type* t) const {
  if (t->kind == Kind::kInt && t->lo == t->hi) return fmt::format("the number {}", t->lo);
  return types_.name(t);
}

std::vector<std::string> Checker::visible_names(const std::string& what) const {
  std::vector<std::string> names;
  for (const auto& [name, decl] : out_.globals) {
    if (names_a(what, decl->kind)) names.push_back(name);
  }
  if (what == "function" || what == "name") {
    for (const Local* l : scope_) names.push_back(l->name);
  }
  if (what != "name") return names;
  for (const auto& [name, where] : instances_) names.push_back(name);
  for (const ir::Sort& s : types_.sorts()) {
    for (const std::string& m : s.members) names.push_back(m);
  }
  return names;
}

void Checker::unknown_name(const Name& name, const std::string& what, const Type* expected) {
  const auto declared = out_.globals.find(name.text);
  if (declared != out_.globals.end()) {
    const char* article = what == "index type" || what == "event" ? "an" : "a";
    diagnostics_.error(name.span, fmt::format("'{}' is not {} {}", name.text, article, what),
                       fmt::format("it is declared at {}", declared->second->name.span.where()));
    return;
  }
  const std::string close = did_you_mean(name.text, visible_names(what));
  std::string hint = close.empty() ? std::string("declare it, or import the file that does")
                                   : fmt::format("did you mean '{}'?", close);
  if (expected != nullptr && expected->kind == Kind::kSet) expected = expected->element;
  if (close.empty() && expected != nullptr && expected->sort > 0) {
    const ir::Sort& sort = types_.sorts()[static_cast<std::size_t>(expected->sort)];
    if (!sort.symmetric && !sort.members.empty()) {
      hint = fmt::format("{} has {}", sort.name, fmt::join(sort.members, ", "));
    }
  }
  diagnostics_.error(name.span, fmt::format("unknown {} '{}'", what, name.text), std::move(hint));
}

const Local* Checker::find_local(const std::string& name) const {
  for (auto it = scope_.rbegin(); it != scope_.rend(); ++it) {
    if ((*it)->name == name) return *it;
  }
  return nullptr;
}

Local* Checker::declare(const Name& name, const Type* type) {
  auto local = std::make_unique<Local>();
  local->order = ++locals_;
  local->name = name.text;
  local->span = name.span;
  local->type = type;
  local->owner = context_.owner;
  Local* raw = local.get();
  context_.owner->owned.push_back(std::move(local));
  scope_.push_back(raw);
  return raw;
}

const Type* Checker::member_type(const std::string& name, const Type* expected, int& member) const {
  const auto find = [&](int sort) {
    const auto& members = types_.sorts()[static_cast<std::size_t>(sort)].members;
    const auto it = std::find(members.begin(), members.end(), name);
    return it == members.end() ? -1 : static_cast<int>(it - members.begin());
  };
  if (expected != nullptr && expected->kind == Kind::kSet) expected = expected->element;
  if (expected != nullptr && expected->sort >= 0) {
    member = find(expected->sort);
    if (member >= 0) return const_cast<Types&>(types_).sort(expected->sort);
  }
  // Without a type to go by, the member must belong to one type only.
  const Type* found = nullptr;
  for (int s = 1; s < static_cast<int>(types_.sorts().size()); ++s) {
    const int m = find(s);
    if (m < 0 || types_.sorts()[static_cast<std::size_t>(s)].symmetric) continue;
    if (types_.fn_sort(s) != nullptr) continue;
    if (found != nullptr) return nullptr;
    found = const_cast<Types&>(types_).sort(s);
    member = m;
  }
  return found;
}

const Type* Checker::check_name(Expr& e, const Type* expected) {
  if (const Local* l = find_local(e.name.text)) {
    e.local = l;
    return l->type;
  }
  if (e.name.text == "irqs_were_on") {
    if (!context_.in_handler) {
      diagnostics_.error(e.span, "irqs_were_on has a meaning in handlers only",
                         "it tells whether the interrupted context had interrupts on");
    }
    return types_.boolean();
  }
  if (e.name.text == "ncpus") {
    e.member = configuration_.cpus;
    return types_.integer(configuration_.cpus, configuration_.cpus);
  }
  // A member of the expected type wins over a global of the same name.
  int member = -1;
  const Type* const wanted =
      expected != nullptr && expected->kind == Kind::kSet ? expected->element : expected;
  if (const Type* t = member_type(e.name.text, expected, member);
      t != nullptr && wanted != nullptr && wanted->sort == t->sort) {
    e.member = member;
    return t;
  }
  if (const auto it = instances_.find(e.name.text); it != instances_.end()) {
    e.member = it->second.second;
    return types_.sort(it->second.first);
  }
  const auto it = out_.globals.find(e.name.text);
  if (it == out_.globals.end()) {
    if (const Type* t = member_type(e.name.text, nullptr, member)) {
      e.member = member;
      return t;
    }
    std::vector<std::string> owners;
    for (const ir::Sort& s : types_.sorts()) {
      if (std::find(s.members.begin(), s.members.end(), e.name.text) != s.members.end())
        owners.push_back(s.name);
    }
    if (owners.size() > 1) {
      diagnostics_.error(e.span,
                         fmt::format("'{}' is a member of {}; which one is meant is not known here",
                                     e.name.text, fmt::join(owners, " and of ")),
                         "give the variable a type, as in: let x : TYPE = ...;");
      return types_.error();
    }
    unknown_name(e.name, "name", expected);
    return types_.error();
  }
  Decl& d = *it->second;
  e.decl = &d;
  switch (d.kind) {
    case DeclKind::kParam:
    case DeclKind::kVariable:
      resolve(d);
      if (d.space == "ghost" && !context_.ghost_reads && !context_.observer) {
        diagnostics_.error(e.span,
                           fmt::format("ghost '{}' may not influence the program", d.name.text),
                           "ghosts are read in properties, assertions and other ghosts only");
      }
      if (d.space == "ghost" && context_.owner->kind == DeclKind::kCounter) {
        counted_.emplace_back(&d, e.span);
      }
      return d.type == nullptr ? types_.error() : d.type;
    case DeclKind::kFn: {
      resolve(d);
      if (std::any_of(d.params.begin(), d.params.end(), [](const Param& p) { return p.ref; })) {
        diagnostics_.error(
            e.span, fmt::format("'{}' takes a variable by reference: it has no value", d.name.text),
            "only a fn whose parameters are values can be stored and called later");
        return types_.error();
      }
      std::vector<const Type*> args;
      for (const Param& p : d.params)
        args.push_back(p.local == nullptr ? types_.error() : p.local->type);
      const Type* t = types_.function(args);
      auto& members = types_.fn_sort(t->sort)->members;
      const auto at = std::find(members.begin(), members.end(), &d);
      e.member = static_cast<int>(at - members.begin());
      if (at == members.end()) members.push_back(&d);
      return t;
    }
    case DeclKind::kStep:
    case DeclKind::kDef:
      diagnostics_.error(e.span, fmt::format("'{}' is a {}, call it with arguments", d.name.text,
                                             d.kind == DeclKind::kDef ? "def" : "step"));
      return types_.error();
    default:
      diagnostics_.error(e.span, fmt::format("'{}' is not a value", d.name.text));
      return types_.error();
  }
}

// A name that is neither a local nor a global nor a named page: its type depends on its partner.
static bool may_be_member(const Expr& e, const Local* local, bool global) {
  return (e.kind == ExprKind::kName && local == nullptr && !global) || e.kind == ExprKind::kNone;
}

const Type* Checker::check_binary(Expr& e, const Type* expected) {
  Expr& a = *e.args[0];
  Expr& b = *e.args[1];
  if (e.op == "&&" || e.op == "||") {
    const auto condition = [&](Expr& x) {
      expect_type(x, check_expr(x, types_.boolean()), types_.boolean(), "a condition");
    };
    condition(a);
    unless(a, e.op == "||", [&] { condition(b); });
    return types_.boolean();
  }
  if (e.op == "in") {
    const Type* set = check_cell(b);
    const Type* element = nullptr;
    if (b.decl != nullptr && b.decl->kind == DeclKind::kCache) {
      if (set->kind == Kind::kArray || b.kind != ExprKind::kIndex) {
        diagnostics_.error(b.span, "'in' needs one cell of a cache", "as in: e in tlb[c][p]");
      }
      element = b.decl->locals.back()->type;
    } else if (set->kind == Kind::kSet) {
      element = set->element;
    } else if (set->kind != Kind::kError && set->kind != Kind::kEmptySet) {
      diagnostics_.error(b.span, fmt::format("'in' needs a set or a cell of a cache, this is {}",
                                             types_.name(set)));
    }
    const Type* t = check_expr(a, element);
    if (element != nullptr) {
      expect_type(a, t, element,
                  b.decl != nullptr && b.decl->kind == DeclKind::kCache ? "what a cell holds"
                                                                        : "an element of this set");
    }
    return types_.boolean();
  }
  const auto is_open = [&](const Expr& x) {
    return may_be_member(x, find_local(x.name.text),
                         out_.globals.count(x.name.text) > 0 || instances_.count(x.name.text) > 0);
  };
  const Type* ta = nullptr;
  const Type* tb = nullptr;
  const bool comparing = e.op == "==" || e.op == "!=" || is_comparison(e.op);
  if (is_open(a) && !is_open(b)) {
    tb = check_expr(b, comparing ? nullptr : expected);
    ta = check_expr(a, tb);
  } else {
    ta = check_expr(a, comparing ? nullptr : expected);
    tb = check_expr(b, ta);
  }
  if (ta->kind == Kind::kError || tb->kind == Kind::kError) {
    return comparing ? types_.boolean() : types_.error();
  }
  if (e.op == "==" || e.op == "!=") {
    if (!assignable(ta, tb) && !assignable(tb, ta)) {
      diagnostics_.error(e.span,
                         fmt::format("{} and {} cannot be equal", described(ta), described(tb)));
    }
    return types_.boolean();
  }
  if (is_comparison(e.op)) {
    const bool ordered = (ta->kind == Kind::kInt && tb->kind == Kind::kInt) ||
                         (ta->kind == Kind::kSort && ta == tb &&
                          !types_.sorts()[static_cast<std::size_t>(ta->sort)].symmetric &&
                          types_.fn_sort(ta->sort) == nullptr);
    if (!ordered) {
      diagnostics_.error(e.span,
                         fmt::format("{} and {} have no order", described(ta), described(tb)),
                         "numbers and enums are ordered; members of a symmetric type are not");
    }
    return types_.boolean();
  }
  const bool set_op = e.op == "|" || e.op == "&" || e.op == "-";
  if (set_op && (ta->kind == Kind::kSet || tb->kind == Kind::kSet || ta->kind == Kind::kEmptySet)) {
    if (!assignable(ta, tb) && !assignable(tb, ta)) {
      diagnostics_.error(e.span, fmt::format("'{}' needs two sets of one type, not {} and {}", e.op,
                                             types_.name(ta), types_.name(tb)));
    }
    return ta->kind == Kind::kSet ? ta : tb;
  }
  if (!is_arithmetic(e.op) || ta->kind != Kind::kInt || tb->kind != Kind::kInt) {
    diagnostics_.error(
        e.span, fmt::format("'{}' does not work on {} and {}", e.op, described(ta), described(tb)));
    return types_.error();
  }
  const auto clip = [](long v) { return std::clamp(v, -32767L, 32767L); };
  std::vector<long> ends;
  if (e.op == "+")
    ends = {ta->lo + tb->lo, ta->hi + tb->hi};
  else if (e.op == "-")
    ends = {ta->lo - tb->hi, ta->hi - tb->lo};
  else if (e.op == "*")
    ends = {ta->lo * tb->lo, ta->lo * tb->hi, ta->hi * tb->lo, ta->hi * tb->hi};
  else if (e.op == "/")
    ends = {ta->lo, ta->hi, -ta->lo, -ta->hi};
  else
    ends = {0, std::max(std::abs(tb->lo), std::abs(tb->hi)) - 1, std::min(0L, ta->lo)};
  return types_.integer(clip(*std::min_element(ends.begin(), ends.end())),
                        clip(*std::max_element(ends.begin(), ends.end())));
}

const Type* Checker::check_index(Expr& e) {
  Expr& base = *e.args[0];
  Expr& index = *e.args[1];
  const Type* t = check_expr(base);
  if (base.decl != nullptr && base.decl->kind == DeclKind::kCache) {
    // How many indices were applied is kept in the type: an array per index that is left.
    e.decl = base.decl;
  }
  // An index is a value, also where the whole names a cell.
  const auto check_value = [&](const Type* expected) {
    const bool saved = context_.cells;
    context_.cells = false;
    const Type* found = check_expr(index, expected);
    context_.cells = saved;
    return found;
  };
  if (t->kind == Kind::kError) {
    if (index.kind != ExprKind::kStar) check_value(nullptr);
    return t;
  }
  const Type* want = t->kind == Kind::kArray ? t->index
                     : t->kind == Kind::kSet ? t->element
                                             : nullptr;
  if (t->kind == Kind::kQueue) want = types_.integer(0, t->hi - 1);
  if (want == nullptr) {
    diagnostics_.error(e.span,
                       fmt::format("{} has no elements to select with [ ]", types_.name(t)));
    return types_.error();
  }
  if (index.kind == ExprKind::kStar) {
    if (e.decl == nullptr) diagnostics_.error(index.span, "'*' selects cells in 'drop' only");
  } else {
    expect_type(index, check_value(want), want, "this index");
  }
  return t->kind == Kind::kSet ? types_.boolean() : t->element;
}

const Type* Checker::check_field(Expr& e) {
  Expr& base = *e.args[0];
  const Type* t = check_expr(base);
  if (t->kind == Kind::kError) return t;
  if (t->kind == Kind::kQueue) {
    if (e.name.text == "len") return types_.integer(0, t->hi);
    if (e.name.text == "full" || e.name.text == "empty") return types_.boolean();
    if (e.name.text == "front") return t->element;
  }
  if ((t->kind == Kind::kSet) && e.name.text == "empty") return types_.boolean();
  if (t->kind == Kind::kSet && e.name.text == "size") {
    return types_.integer(0, types_.domain(t->element).size());
  }
  std::vector<std::string> names;
  for (const auto& [name, type] : t->fields) {
    if (name == e.name.text) return type;
    names.push_back(name);
  }
  if (t->kind == Kind::kQueue) names = {"len", "full", "empty", "front"};
  if (t->kind == Kind::kSet) names = {"empty", "size"};
  const std::string close = did_you_mean(e.name.text, names);
  diagnostics_.error(e.name.span, fmt::format("{} has no field '{}'", types_.name(t), e.name.text),
                     !close.empty()  ? fmt::format("did you mean '{}'?", close)
                     : names.empty() ? std::string()
                                     : fmt::format("it has {}", fmt::join(names, ", ")));
  return types_.error();
}

const Type* Checker::check_set(Expr& e, const Type* expected) {
  if (e.args.empty())
    return expected != nullptr && expected->kind == Kind::kSet ? expected : types_.empty_set();
  const Type* element =
      expected != nullptr && expected->kind == Kind::kSet ? expected->element : nullptr;
  for (ExprPtr& a : e.args) {
    const Type* t = check_expr(*a, element);
    if (element == nullptr)
      element = t->kind == Kind::kInt ? types_.integer(-32767, 32767) : t;
    else
      expect_type(*a, t, element, "an element of this set");
  }
  if (element->kind == Kind::kError) return element;
  if (element->kind != Kind::kSort && element->kind != Kind::kInt && element->kind != Kind::kBool) {
    diagnostics_.error(e.span, fmt::format("a set cannot hold {}", types_.name(element)));
    return types_.error();
  }
  if (element->kind == Kind::kInt && (expected == nullptr || expected->kind != Kind::kSet)) {
    diagnostics_.error(e.span, "the type of this set of numbers is not known here",
                       "assign it to a variable of a set type");
    return types_.error();
  }
  return types_.set(element);
}

const Type* Checker::check_struct(Expr& e) {
  const auto it = out_.globals.find(e.name.text);
  if (it == out_.globals.end() || it->second->kind != DeclKind::kStruct) {
    unknown_name(e.name, "struct");
    for (FieldInit& f : e.fields) check_expr(*f.value);
    return types_.error();
  }
  resolve(*it->second);
  const Type* t = it->second->type;
  std::set<std::string> given;
  for (FieldInit& f : e.fields) {
    const auto field = std::find_if(t->fields.begin(), t->fields.end(),
                                    [&](const auto& x) { return x.first == f.name.text; });
    if (field == t->fields.end()) {
      std::vector<std::string> names;
      for (const auto& [name, type] : t->fields) names.push_back(name);
      const std::string close = did_you_mean(f.name.text, names);
      diagnostics_.error(f.name.span,
                         fmt::format("struct {} has no field '{}'", e.name.text, f.name.text),
                         close.empty() ? fmt::format("it has {}", fmt::join(names, ", "))
                                       : fmt::format("did you mean '{}'?", close));
      check_expr(*f.value);
      continue;
    }
    if (!given.insert(f.name.text).second) {
      diagnostics_.error(f.name.span, fmt::format("field '{}' is given twice", f.name.text));
    }
    const Type* given_type = check_expr(*f.value, field->second);
    expect_present(*f.value, given_type, field->second);
    expect_type(*f.value, given_type, field->second, fmt::format("field '{}'", f.name.text));
  }
  for (const auto& [name, type] : t->fields) {
    std::string culprit;
    if (given.count(name) == 0 && !has_default(type, culprit)) {
      diagnostics_.error(
          e.span, fmt::format("field '{}' of struct {} needs a value", name, e.name.text),
          fmt::format("members of {} are interchangeable, so none of them is a default", culprit));
    }
  }
  return t;
}

const Type* Checker::check_quantifier(Expr& e) {
  const Type* t = resolve_type(*e.type_expr);
  if (t->kind != Kind::kError && !t->is_scalar() && t->kind != Kind::kStruct) {
    diagnostics_.error(e.type_expr->span,
                       fmt::format("'{}' cannot run over {}", e.op, types_.name(t)));
    t = types_.error();
  }
  t = require_plain(t, e.type_expr->span);
  const Scope scope(*this);
  e.local = declare(e.name, t);
  expect_type(*e.args[0], check_expr(*e.args[0], types_.boolean()), types_.boolean(),
              "the condition");
  if (e.op == "count") {
    long values = t->kind == Kind::kError ? 0 : 1;
    for (const Leaf& l : types_.leaves(t)) values = std::min(32767L, values * l.domain.size());
    return types_.integer(0, values);
  }
  return types_.boolean();
}

const Type* Checker::check_expr(Expr& e, const Type* expected) {
  const auto decide = [&]() -> const Type* {
    switch (e.kind) {
      case ExprKind::kNumber:
        return types_.integer(e.number, e.number);
      case ExprKind::kBool:
        return types_.boolean();
      case ExprKind::kNone:
        return expected != nullptr && expected->kind == Kind::kOption ? expected : types_.none();
      case ExprKind::kName:
        return check_name(e, expected);
      case ExprKind::kMe:
        return types_.sort(0);
      case ExprKind::kOthers:
        return types_.set(types_.sort(0));
      case ExprKind::kCpu: {
        const long n = e.args[0]->number;
        if (n >= configuration_.cpus && !context_.any_cpu) {
          diagnostics_.error(e.span,
                             fmt::format("there is no cpu {}: this configuration has {} CPUs", n,
                                         configuration_.cpus),
                             "CPUs count from 0; see 'cpus' and --cpus");
          return types_.error();
        }
        return types_.sort(0);
      }
      case ExprKind::kNot:
        expect_type(*e.args[0], check_expr(*e.args[0], types_.boolean()), types_.boolean(),
                    "a condition");
        return types_.boolean();
      case ExprKind::kNegate: {
        const Type* t = check_expr(*e.args[0]);
        if (t->kind == Kind::kInt) return types_.integer(-t->hi, -t->lo);
        if (t->kind != Kind::kError) diagnostics_.error(e.span, "'-' needs a number");
        return types_.error();
      }
      case ExprKind::kBinary:
        return check_binary(e, expected);
      case ExprKind::kTernary: {
        expect_type(*e.args[0], check_expr(*e.args[0], types_.boolean()), types_.boolean(),
                    "a condition");
        const Type* a = nullptr;
        const Type* b = nullptr;
        unless(*e.args[0], false, [&] { a = check_expr(*e.args[1], expected); });
        unless(*e.args[0], true,
               [&] { b = check_expr(*e.args[2], expected != nullptr ? expected : a); });
        if (a->kind == Kind::kInt && b->kind == Kind::kInt) {
          return types_.integer(std::min(a->lo, b->lo), std::max(a->hi, b->hi));
        }
        if (assignable(a, b)) return b->kind == Kind::kSort && a->kind == Kind::kOption ? a : b;
        if (assignable(b, a)) return a;
        if (a->kind == Kind::kNone && b->kind == Kind::kSort) return types_.option(b->sort);
        if (b->kind == Kind::kNone && a->kind == Kind::kSort) return types_.option(a->sort);
        diagnostics_.error(e.span, fmt::format("the two values of '?' differ: {} and {}",
                                               types_.name(a), types_.name(b)));
        return types_.error();
      }
      case ExprKind::kIndex:
        return check_index(e);
      case ExprKind::kField:
        return check_field(e);
      case ExprKind::kCall:
        return check_plain_call(e);
      case ExprKind::kSet:
        return check_set(e, expected);
      case ExprKind::kStruct:
        return check_struct(e);
      case ExprKind::kQuantifier:
        return check_quantifier(e);
      case ExprKind::kAll: {
        const Type* t = resolve_type(*e.type_expr);
        if (t->kind == Kind::kError) return t;
        if (t->kind != Kind::kSort && t->kind != Kind::kInt) {
          diagnostics_.error(e.span,
                             fmt::format("all() needs an index type, {} is none", types_.name(t)));
          return types_.error();
        }
        return types_.set(t);
      }
      case ExprKind::kNext: {
        const Type* t = check_expr(*e.args[0], expected);
        if (t->kind == Kind::kError || t->kind == Kind::kInt) {
          return t->kind == Kind::kInt
                     ? types_.integer(std::min(t->lo + 1, 32767L), std::min(t->hi + 1, 32767L))
                     : t;
        }
        if (t->kind == Kind::kSort && !types_.sorts()[static_cast<std::size_t>(t->sort)].symmetric)
          return t;
        diagnostics_.error(
            e.span, fmt::format("next() needs an enum or a number, this is {}", types_.name(t)));
        return types_.error();
      }
      case ExprKind::kUse:
        diagnostics_.error(e.span, "'use' cannot stand inside an expression",
                           "give the value a name first: let v = use ...;");
        return types_.error();
      case ExprKind::kStar:
        diagnostics_.error(e.span, "'*' selects cells in 'drop' only");
        return types_.error();
    }
    return types_.error();
  };
  e.local = nullptr;
  e.decl = nullptr;
  e.member = -1;
  // A cache is not a value; its name yields an array of cells for 'use', 'drop' and 'in'.
  if (e.kind == ExprKind::kName && find_local(e.name.text) == nullptr) {
    const auto it = out_.globals.find(e.name.text);
    if (it != out_.globals.end() && it->second->kind == DeclKind::kCache) {
      resolve(*it->second);
      e.decl = it->second;
      if (!context_.cells) {
        diagnostics_.error(e.span,
                           fmt::format("'{}' is a cache: its copies have no value", e.name.text),
                           "say 'use', 'drop', or 'value in cell'");
        return e.type = types_.error();
      }
      return e.type = it->second->type == nullptr ? types_.error() : it->second->type;
    }
  }
  return e.type = decide();
}

std::optional<long> Checker::const_eval(const Expr& e) {
  const auto arg = [&](std::size_t i) { return const_eval(*e.args[i]); };
  switch (e.kind) {
    case ExprKind::kNumber:
    case ExprKind::kBool:
      return e.number;
    case ExprKind::kNone:
      return ir::kNone;
    case ExprKind::kCpu:
      return e.args[0]->number;
    case ExprKind::kName:
      if (e.member >= 0) return e.member;
      if (e.decl != nullptr && e.decl->kind == DeclKind::kParam) {
        const auto it = out_.param_values.find(e.decl);
        if (it != out_.param_values.end()) return it->second;
      }
      return std::nullopt;
    case ExprKind::kNot:
      if (const auto a = arg(0)) return *a == 0 ? 1 : 0;
      return std::nullopt;
    case ExprKind::kNegate:
      if (const auto a = arg(0)) return -*a;
      return std::nullopt;
    case ExprKind::kTernary:
      if (const auto c = arg(0)) return arg(*c != 0 ? 1 : 2);
      return std::nullopt;
    case ExprKind::kNext:
      if (const auto a = arg(0)) return *a + 1;
      return std::nullopt;
    case ExprKind::kBinary: {
      const auto a = arg(0);
      if (a && e.op == "&&" && *a == 0) return 0;
      if (a && e.op == "||" && *a != 0) return 1;
      const auto b = arg(1);
      if (!a || !b) return std::nullopt;
      if (e.op == "&&") return *a != 0 && *b != 0 ? 1 : 0;
      if (e.op == "||") return *a != 0 || *b != 0 ? 1 : 0;
      if (e.op == "==") return *a == *b ? 1 : 0;
      if (e.op == "!=") return *a != *b ? 1 : 0;
      if (e.op == "<") return *a < *b ? 1 : 0;
      if (e.op == "<=") return *a <= *b ? 1 : 0;
      if (e.op == ">") return *a > *b ? 1 : 0;
      if (e.op == ">=") return *a >= *b ? 1 : 0;
      if (e.op == "+") return *a + *b;
      if (e.op == "-") return *a - *b;
      if (e.op == "*") return *a * *b;
      if (e.op == "/" && *b != 0) return *a / *b;
      if (e.op == "%" && *b != 0) return *a % *b;
      return std::nullopt;
    }
    default:
      return std::nullopt;
  }
}

long Checker::const_int(Expr& e, long lo, long hi, const std::string& what) {
  const Type* t = check_expr(e);
  if (t->kind == Kind::kError) return lo;
  const auto v = const_eval(e);
  if (t->kind != Kind::kInt || !v) {
    diagnostics_.error(e.span, fmt::format("{} must be a constant number", what),
                       "numbers, parameters and ncpus are constant");
    return lo;
  }
  if (*v < lo || *v > hi) {
    diagnostics_.error(e.span, fmt::format("{} must be in {}..{}, this is {}", what, lo, hi, *v));
    return lo;
  }
  return *v;
}

}  // namespace stalemate::lang
