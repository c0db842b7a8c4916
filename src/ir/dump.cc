// Program to text.  Every form is built as a tree here and wrapped by layout.cc; names.h decides
// which constants are written by name.
#include "ir/dump.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <unordered_set>
#include <utility>

#include "ir/layout.h"
#include "ir/names.h"

namespace stalemate::ir {

namespace {

class Dumper {
 public:
  explicit Dumper(const Program& p) : p_(p) {
    for (const Variable& v : p.variables) variable_names_.insert(v.name);
  }

  std::string all() {
    std::string out;
    const auto group = [&out](const auto& list, auto make) {
      if (!list.empty()) out += '\n';
      for (const auto& x : list) print(make(x), out);
    };
    print(header(), out);
    group(p_.sorts, sort);
    group(p_.variables, [this](const Variable& v) { return variable(v); });
    group(p_.processes, [this](const Process& x) { return process(x); });
    group(p_.caches, [this](const Cache& c) { return cache(c); });
    group(p_.properties, [this](const Property& x) { return property(x); });
    group(p_.goals, goal);
    group(p_.counters, [](const Counter& c) { return form("counter", {name_token(c.name)}); });
    for (const Step& s : p_.steps) {
      out += '\n';
      print(step(s), out);
    }
    return out;
  }

 private:
  using Trees = std::vector<Tree>;

  template <typename List>
  static const auto& at(const List& list, int i) {
    return list.at(static_cast<std::size_t>(i));
  }

  Tree header() const {
    Tree t = form("ir", {"1"});
    if (!p_.model.empty()) t.items.push_back(form("model", {quote(p_.model)}));
    if (!p_.machine.empty()) t.items.push_back(form("machine", {name_token(p_.machine)}));
    t.items.push_back(
        form("memory", {name_token(p_.memory_order), name_token(p_.machine_order)}));
    if (!p_.bounds.empty()) {
      Tree bounds = form("bounds");
      for (const std::string& b : p_.bounds) bounds.items.emplace_back(quote(b));
      t.items.push_back(std::move(bounds));
    }
    return t;
  }

  static Tree sort(const Sort& s) {
    Tree t = form("sort", {name_token(s.name)});
    if (s.symmetric) t.items.emplace_back("symmetric");
    Trees members;
    for (const std::string& m : s.members) members.emplace_back(name_token(m));
    t.items.emplace_back(std::move(members));
    return t;
  }

  Tree domain(const Domain& d) const {
    const auto number = [](int v) { return Tree(std::to_string(v)); };
    switch (d.kind) {
      case Domain::Kind::kBool: return "bool";
      case Domain::Kind::kRange: return form("range", {number(d.lo), number(d.hi)});
      case Domain::Kind::kSort: return sort_token(d.sort);
      case Domain::Kind::kOption:
        if (d.sort >= 0) return form("option", {sort_token(d.sort)});
        return form("option", {form("range", {"0", number(d.hi)})});
    }
    return "bool";
  }

  Tree sort_token(int sort) const {
    const std::string& name = at(p_.sorts, sort).name;
    return name == "bool" ? quote(name) : name_token(name);
  }

  Tree process_ref(int process) const {
    const Process& x = at(p_.processes, process);
    return form("process", {name_token(x.name), cpu(x.cpu)});
  }

  Tree cpu(int c) const { return value(Hint::of(Domain{Domain::Kind::kSort, 0, INT16_MAX, 0}), c); }

  // A value where no variable can stand.
  Tree value(const Hint& hint, int v) const {
    const auto name = constant_name(p_, hint, v);
    if (!name) return std::to_string(v);
    return name->literal ? Tree(name->text) : Tree(expression_token(name->text));
  }

  Tree variable(const Variable& v) const {
    Tree t = form("var", {name_token(v.name)});
    Trees dims;
    for (const Domain& d : v.dims) dims.push_back(domain(d));
    if (!dims.empty()) t.items.emplace_back(std::move(dims));
    t.items.push_back(domain(v.domain));
    t.items.emplace_back(space_name(v.space));
    // The owner of a control variable is the process that names it.
    if (v.process >= 0 && v.space != Space::kControl) t.items.push_back(process_ref(v.process));
    if (v.location >= 0) {
      t.items.push_back(
          form("location", {std::to_string(v.location), std::to_string(v.location_dims)}));
    }
    const bool uniform = std::adjacent_find(v.init.begin(), v.init.end(),
                                            std::not_equal_to<>()) == v.init.end();
    if (!v.init.empty() && !(uniform && v.init[0] == v.domain.lo)) {
      Tree init = form("init");
      const std::size_t shown = uniform ? 1 : v.init.size();
      for (std::size_t i = 0; i < shown; ++i) init.items.push_back(value(Hint::of(v), v.init[i]));
      t.items.push_back(std::move(init));
    }
    if (!v.display.empty()) t.items.push_back(form("display", {quote(v.display)}));
    return t;
  }

  Tree process(const Process& x) const {
    Tree t = form("process", {name_token(x.name), cpu(x.cpu), role_name(x.role)});
    if (x.level != 0) t.items.push_back(form("level", {std::to_string(x.level)}));
    t.items.push_back(form("control", {name_token(at(p_.variables, x.control).name)}));
    Tree locations = form("locations");
    for (const Location& l : x.locations) {
      Trees item{name_token(l.name)};
      if (l.final) item.emplace_back("final");
      if (l.rest) item.emplace_back("rest");
      locations.items.push_back(item.size() == 1 ? item[0] : Tree(item));
    }
    t.items.push_back(std::move(locations));
    return t;
  }

  Tree cache(const Cache& c) const {
    Tree t = form("cache", {name_token(c.name), name_token(at(p_.variables, c.held).name),
                            form("index", {std::to_string(c.index_dims)})});
    if (c.single) t.items.emplace_back("single");
    return t;
  }

  Tree property(const Property& x) const {
    Tree t = form("property", {name_token(x.name), property_kind_name(x.kind)});
    if (x.condition) t.items.push_back(form("holds", {expr(x.condition, Hint::boolean())}));
    if (!x.text.pieces.empty()) t.items.push_back(form("message", text(x.text)));
    if (!x.when.empty()) {
      Tree when = form("when");
      for (const ExprRef& e : x.when) when.items.push_back(expr(e, Hint::boolean()));
      t.items.push_back(std::move(when));
    }
    if (!x.cycle.empty()) {
      Tree cycle = form("cycle");
      for (const std::string& label : x.cycle) cycle.items.emplace_back(name_token(label));
      t.items.push_back(std::move(cycle));
    }
    if (!x.leads.empty()) {
      Tree leads = form("leads");
      for (const LeadsTo& l : x.leads) {
        Trees pair{expr(l.from, Hint::boolean()), expr(l.to, Hint::boolean())};
        for (Tree& piece : text(l.text)) pair.push_back(std::move(piece));
        leads.items.emplace_back(std::move(pair));
      }
      t.items.push_back(std::move(leads));
    }
    if (!x.story.empty()) t.items.push_back(form("story", {quote(x.story)}));
    if (!x.watches.empty()) {
      Tree watches = form("watches");
      for (const int g : x.watches) watches.items.emplace_back(name_token(at(p_.goals, g).name));
      t.items.push_back(std::move(watches));
    }
    return t;
  }

  static Tree goal(const Goal& g) {
    Tree t = form("goal", {name_token(g.name)});
    if (g.required) t.items.emplace_back("required");
    if (g.kind != Goal::Kind::kNamed) t.items.emplace_back(goal_kind_name(g.kind));
    return t;
  }

  Tree step(const Step& s) {
    choices_ = &s.choices;
    Tree t = form("step", {name_token(s.name), step_kind_name(s.kind)});
    t.upright = true;
    if (s.process >= 0) t.items.push_back(process_ref(s.process));
    const int implied = s.process >= 0 ? at(p_.processes, s.process).cpu : -1;
    if (s.cpu != implied) t.items.push_back(form("cpu", {s.cpu < 0 ? Tree("none") : cpu(s.cpu)}));
    if (s.from >= 0) {
      Hint hint = Hint::of(Domain{Domain::Kind::kRange, 0, INT16_MAX, -1});
      hint.process = s.process;
      t.items.push_back(form("from", {value(hint, s.from)}));
    }
    if (s.fills >= 0) t.items.push_back(form("fills", {name_token(at(p_.caches, s.fills).name)}));
    if (s.relies_on_copy) t.items.emplace_back("relies_on_copy");
    if (!s.waits.empty()) t.items.push_back(form("waits", {name_token(s.waits)}));
    if (!s.rule.empty()) t.items.push_back(form("rule", {name_token(s.rule)}));
    t.hang = t.items.size();
    if (!s.choices.empty()) {
      Tree choose = form("choose");
      for (const Choice& c : s.choices) {
        choose.items.emplace_back(Trees{name_token(c.name), domain(c.domain)});
      }
      t.items.push_back(std::move(choose));
    }
    if (!is_const(s.guard, 1)) t.items.push_back(form("when", {expr(s.guard, Hint::boolean())}));
    if (!s.body.empty()) t.items.push_back(form("do", block(s.body)));
    if (!s.text.pieces.empty()) t.items.push_back(form("text", text(s.text)));
    if (!s.module.empty()) t.items.push_back(form("module", {quote(s.module)}));
    choices_ = &no_choices_;
    return t;
  }

  Trees block(const Block& b) const {
    Trees out;
    for (const Stmt& s : b) out.push_back(statement(s));
    return out;
  }

  Tree statement(const Stmt& s) const {
    Tree t = form("set");
    switch (s.kind) {
      case Stmt::Kind::kAssign:
        t.pairs = true;
        t.hang = 3;
        for (std::size_t i = 0; i < s.places.size(); ++i) {
          const Place& place = s.places[i];
          t.items.push_back(access(place.variable, place.index, place.order, true));
          t.items.push_back(expr(s.values.at(i), Hint::of(at(p_.variables, place.variable))));
        }
        return t;
      case Stmt::Kind::kIf:
        t = form("if", {expr(s.condition, Hint::boolean())});
        t.hang = 2;
        if (!s.then_block.empty()) t.items.push_back(form("then", block(s.then_block)));
        if (!s.else_block.empty()) t.items.push_back(form("else", block(s.else_block)));
        return t;
      case Stmt::Kind::kAssert: {
        t = form("assert", {name_token(at(p_.properties, s.property).name),
                            expr(s.condition, Hint::boolean())});
        Trees message = text(s.text);
        std::move(message.begin(), message.end(), std::back_inserter(t.items));
        return t;
      }
      case Stmt::Kind::kCover:
        t = form("cover", {name_token(at(p_.goals, s.goal).name)});
        if (!is_const(s.condition, 1)) t.items.push_back(expr(s.condition, Hint::boolean()));
        return t;
      case Stmt::Kind::kCount:
        t = form("count", {name_token(at(p_.counters, s.counter).name)});
        if (!is_const(s.condition, 1)) t.items.push_back(expr(s.condition, Hint::boolean()));
        return t;
      case Stmt::Kind::kFail: return form("fail", text(s.text));
      case Stmt::Kind::kFence: return form("fence", {name_token(s.fence)});
    }
    return t;
  }

  Trees text(const Text& x) const {
    Trees out;
    for (const Text::Piece& piece : x.pieces) {
      if (!piece.value) {
        out.emplace_back(quote(piece.literal));
        continue;
      }
      Tree hole = form("value", {expr(piece.value, Hint::of(piece.domain))});
      const Hint own = hint_of(p_, *piece.value, *choices_);
      const bool implied = own.known && own.domain == piece.domain && piece.value->op != Op::kIte;
      if (!implied) hole.items.push_back(domain(piece.domain));
      out.push_back(std::move(hole));
    }
    return out;
  }

  Tree access(int variable, const std::vector<ExprRef>& index, Order order, bool place) const {
    const Variable& v = at(p_.variables, variable);
    Tree t = expression_token(v.name);
    const bool shadowed = std::any_of(choices_->begin(), choices_->end(),
                                      [&v](const Choice& c) { return c.name == v.name; });
    if (!index.empty() || (shadowed && !place)) {
      t = Tree(Trees{t});
      for (std::size_t i = 0; i < index.size(); ++i) {
        t.items.push_back(expr(index[i], i < v.dims.size() ? Hint::of(v.dims[i]) : Hint::none()));
      }
    }
    if (order == Order::kAcquire) return form("acquire", {std::move(t)});
    if (order == Order::kRelease) return form("release", {std::move(t)});
    if (order == Order::kWalk) return form("walk", {std::move(t)});
    if (order == Order::kObserve) return form("observe", {std::move(t)});
    return t;
  }

  Tree expr(const ExprRef& e, const Hint& hint) const {
    switch (e->op) {
      case Op::kConst: {
        const auto name = constant_name(p_, hint, e->value);
        return name && (name->literal || !hidden(name->text)) ? value(hint, e->value)
                                                              : Tree(std::to_string(e->value));
      }
      case Op::kRead: return access(e->variable, e->args, e->order, false);
      case Op::kChoice: return expression_token(at(*choices_, e->value).name);
      default: break;
    }
    Tree t = form(operator_name(e->op));
    for (std::size_t i = 0; i < e->args.size(); ++i) {
      t.items.push_back(expr(e->args[i], operand_hint(*e, i, hint)));
    }
    return t;
  }

  Hint operand_hint(const Expr& e, std::size_t i, const Hint& hint) const {
    switch (e.op) {
      case Op::kNot:
      case Op::kAnd:
      case Op::kOr: return Hint::boolean();
      case Op::kIte: return i == 0 ? Hint::boolean() : hint;
      case Op::kEq:
      case Op::kNe:
      case Op::kLt:
      case Op::kLe: return comparison_hint(p_, e, *choices_);
      default: return Hint::none();
    }
  }

  // Would the parser take this name of a constant for something else?
  bool hidden(const std::string& name) const {
    return variable_names_.count(name) > 0 ||
           std::any_of(choices_->begin(), choices_->end(),
                       [&name](const Choice& c) { return c.name == name; });
  }

  const Program& p_;
  std::unordered_set<std::string> variable_names_;
  const std::vector<Choice> no_choices_;
  const std::vector<Choice>* choices_ = &no_choices_;
};

}  // namespace

std::string dump(const Program& p) { return Dumper(p).all(); }

std::string fingerprint(const Program& p) { return hash_of(dump(p)); }

std::string hash_of(const std::string& text) {
  const XXH128_hash_t hash = XXH3_128bits(text.data(), text.size());
  std::array<char, 33> hex{};
  std::snprintf(hex.data(), hex.size(), "%016llx%016llx",
                static_cast<unsigned long long>(hash.high64),
                static_cast<unsigned long long>(hash.low64));
  return hex.data();
}

}  // namespace stalemate::ir
