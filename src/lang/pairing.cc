#include "lang/pairing.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <iterator>
#include <map>
#include <set>
#include <string_view>
#include <utility>

namespace stalemate::lang {

namespace {

constexpr std::array<std::pair<std::string_view, std::string_view>, 4> kPairs{
    {{"unlock", "lock"}, {"enable", "disable"}, {"unmask", "mask"}, {"restore", "save"}}};

// More ways through one function at once than code has that anybody reads.
constexpr std::size_t kMostPaths = 1000;
constexpr int kDeepest = 16;

std::string arguments(const Stmt& s) {
  std::string out;
  for (std::size_t i = 1; i < s.value->args.size(); ++i)
    out += one_line(s.value->args[i]->span) + ",";
  return out;
}

// Calls of one name with the same arguments.
struct Call {
  std::string name;
  std::string args;

  bool is(const Stmt& s) const {
    return !name.empty() && callee(s) == name && arguments(s) == args;
  }
};

template <class Visit>
void for_each(StmtList& list, const Visit& visit);

template <class Visit>
void for_each(StmtPtr& s, const Visit& visit) {
  visit(s);
  for_each(s->body, visit);
  for_each(s->other, visit);
  for (StmtList& alternative : s->alternatives) for_each(alternative, visit);
  if (s->handler) for_each(s->handler, visit);
}

template <class Visit>
void for_each(StmtList& list, const Visit& visit) {
  for (StmtPtr& s : list) for_each(s, visit);
}

// May it be another one the next time?  What calls read is not looked at.
bool may_change(const Expr& e, const std::set<std::string>& variables) {
  switch (e.kind) {
    case ExprKind::kCall:
    case ExprKind::kNext:
    case ExprKind::kUse:
    case ExprKind::kStar:
      return true;
    case ExprKind::kName:
      if (variables.count(e.name.text) != 0) return true;
      break;
    default:
      break;
  }
  return std::any_of(e.args.begin(), e.args.end(),
                     [&](const ExprPtr& a) { return a && may_change(*a, variables); });
}

// All paths through the bodies at once, from one beginning on.
class Walk {
 public:
  Walk(StmtPtr& begin, const Call& beginning, const Call& ending,
       const std::set<std::string>& variables)
      : begin_(&begin), beginning_(beginning), ending_(ending), variables_(variables) {}

  void run(const std::vector<StmtList*>& bodies) {
    returned_ = walk_body(*bodies[0], {State()});
    for (std::size_t i = 1; i < bodies.size(); ++i) {
      const States after = walk_body(*bodies[i], open());
      left_.insert(after.begin(), after.end());
    }
    if (bodies.size() == 1) left_ = returned_;
  }

  const std::set<StmtPtr*>& ends() const { return ends_; }
  // What is begun before it is ended, on paths that do not end it.
  std::set<StmtPtr*> left_within() const {
    std::set<StmtPtr*> all;
    for (const State& s : left_) {
      if (s.depth > 0) all.insert(s.within.begin(), s.within.end());
    }
    return all;
  }
  bool too_many() const { return too_many_; }

 private:
  struct State {
    int depth = 0;                      // of sections; 0: it is not begun yet
    std::set<StmtPtr*> within;          // what else was begun since
    std::map<std::string, bool> known;  // what conditions were, by their text

    auto operator<=>(const State&) const = default;
  };
  using States = std::set<State>;
  struct Loop {
    States broke, continued;
  };

  States open() const {
    States all;
    for (const State& s : returned_) {
      if (s.depth > 0) all.insert(s);
    }
    return all;
  }

  // Those that return, and those that come to its end.
  States walk_body(StmtList& body, States in) {
    gone_.clear();
    States out = walk(body, std::move(in));
    out.insert(gone_.begin(), gone_.end());
    return out;
  }

  States walk(StmtList& list, States in) {
    for (StmtPtr& s : list) {
      if (in.size() > kMostPaths) too_many_ = true;
      if (in.empty() || too_many_) return {};
      in = walk(s, std::move(in));
    }
    return in;
  }

  States walk(StmtPtr& s, States in) {
    States out;  // first those for which nothing happens in it
    for (auto state = in.begin(); state != in.end();) {
      const auto next = std::next(state);
      if (!matters(*s, state->depth > 0)) out.insert(in.extract(state));
      state = next;
    }
    if (in.empty()) return out;
    switch (s->kind) {
      case StmtKind::kCall:
        for (const State& state : in) call(s, state, out);
        break;
      case StmtKind::kIf:
        for (const State& state : in) choose(*s, state, out);
        break;
      case StmtKind::kChooseAlt:
        for (StmtList& alternative : s->alternatives) add(out, walk(alternative, in));
        break;
      case StmtKind::kWhile:
      case StmtKind::kLoop:
      case StmtKind::kRepeat:
      case StmtKind::kFor:
        for (const State& state : in) loop(*s, state, out);
        break;
      case StmtKind::kReturn:
        add(gone_, in);
        break;
      case StmtKind::kBreak:
        if (loop_ != nullptr) add(loop_->broke, in);
        break;
      case StmtKind::kContinue:
        if (loop_ != nullptr) add(loop_->continued, in);
        break;
      default:
        add(out, walk(s->body, in));
    }
    if (s->handler) add(out, walk(s->handler, std::move(in)));
    return out;
  }

  void call(StmtPtr& s, State state, States& out) {
    if (&s == begin_) {
      if (state.depth > 0) return;  // once more around a loop
      state.depth = 1;
    } else if (state.depth > 0 && beginning_.is(*s)) {
      if (++state.depth > kDeepest) return;
      state.within.insert(&s);
    } else if (state.depth > 0 && ending_.is(*s)) {
      if (--state.depth == 0) {
        ends_.insert(&s);
        return;
      }
    }
    out.insert(std::move(state));
  }

  void choose(Stmt& s, const State& state, States& out) {
    const bool negated = s.value->kind == ExprKind::kNot;
    const std::string condition = one_line(negated ? s.value->args.at(0)->span : s.value->span);
    const bool stays = !may_change(*s.value, variables_);
    const auto known = state.known.find(condition);
    for (const bool holds : {true, false}) {
      if (known != state.known.end() && known->second != holds) continue;
      State there = state;
      if (stays) there.known[condition] = holds;
      add(out, walk(holds != negated ? s.body : s.other, {there}));
    }
  }

  // What a round finds out of what is its own, the next one does not know.
  void loop(Stmt& s, const State& first, States& out) {
    Loop jumps;
    Loop* const around = std::exchange(loop_, &jumps);
    States heads = {first};
    std::vector<State> fresh = {first};
    while (!fresh.empty() && !too_many_) {
      const State head = std::move(fresh.back());
      fresh.pop_back();
      States next = walk(s.body, {head});
      add(next, std::exchange(jumps.continued, {}));
      for (State state : next) {
        std::erase_if(state.known, [&](const auto& k) { return first.known.count(k.first) == 0; });
        if (heads.insert(state).second) fresh.push_back(std::move(state));
      }
      if (heads.size() > kMostPaths) too_many_ = true;
    }
    loop_ = around;
    if (s.kind != StmtKind::kLoop) add(out, heads);
    add(out, jumps.broke);
  }

  static void add(States& to, const States& from) { to.insert(from.begin(), from.end()); }

  // Does it begin or end something, or go somewhere else?  Of what is not begun yet only the
  // beginning counts.
  bool matters(const Stmt& s, bool begun) const {
    const auto in = [&](const StmtPtr& part) { return matters(*part, begun); };
    const auto any = [&](const StmtList& list) {
      return std::any_of(list.begin(), list.end(), in);
    };
    return s.kind == StmtKind::kReturn || s.kind == StmtKind::kBreak ||
           s.kind == StmtKind::kContinue || &s == begin_->get() ||
           (begun && (beginning_.is(s) || ending_.is(s))) || any(s.body) || any(s.other) ||
           std::any_of(s.alternatives.begin(), s.alternatives.end(), any) ||
           (s.handler && in(s.handler));
  }

  StmtPtr* const begin_;
  const Call& beginning_;
  const Call& ending_;
  const std::set<std::string>& variables_;
  std::set<StmtPtr*> ends_;
  States gone_;      // returned from the body that is walked
  States returned_;  // from the first
  States left_;      // at the very end
  Loop* loop_ = nullptr;
  bool too_many_ = false;
};

}  // namespace

std::string one_line(const Span& span) {
  std::string out;
  if (!span) return out;
  for (const char c : span.source->text().substr(span.begin, span.end - span.begin)) {
    const bool blank = std::isspace(static_cast<unsigned char>(c)) != 0;
    if (blank && (out.empty() || out.back() == ' ')) continue;
    out += blank ? ' ' : c;
  }
  return out;
}

std::string callee(const Stmt& s) {
  if (s.kind != StmtKind::kCall || s.value == nullptr || s.value->kind != ExprKind::kCall)
    return {};
  const Expr& called = *s.value->args.at(0);
  return called.kind == ExprKind::kName ? called.name.text : std::string();
}

std::string ending_of(const std::string& name) {
  for (const auto& [ending, beginning] : kPairs) {
    if (name.find(ending) != std::string::npos) return {};
    const std::size_t at = name.find(beginning);
    if (at == std::string::npos) continue;
    return name.substr(0, at) + std::string(ending) + name.substr(at + beginning.size());
  }
  return {};
}

bool is_ending(const std::string& name) {
  return std::any_of(kPairs.begin(), kPairs.end(),
                     [&](const auto& pair) { return name.find(pair.first) != std::string::npos; });
}

Section section_of(StmtPtr& begin, const std::vector<StmtList*>& bodies,
                   std::set<std::string> variables) {
  const Call beginning{callee(*begin), arguments(*begin)};
  const Call ending{ending_of(beginning.name), beginning.args};
  std::vector<StmtPtr*> order;  // of all that begin or end such a section
  for (StmtList* body : bodies) {
    for_each(*body, [&](StmtPtr& s) {
      if (beginning.is(*s) || ending.is(*s)) order.push_back(&s);
      if (s->kind == StmtKind::kVar) variables.insert(s->name.text);
    });
  }
  const bool ends_at_all =
      std::any_of(order.begin(), order.end(), [&](StmtPtr* s) { return ending.is(**s); });
  if (!ends_at_all) return {{&begin}, true};
  const Section alone{{&begin}, false};

  std::map<StmtPtr*, std::set<StmtPtr*>> ends;
  std::set<StmtPtr*> unclear;
  for (StmtPtr* s : order) {
    if (!beginning.is(**s)) continue;
    // One of another body: what is begun there is none of the first one's.
    std::vector<StmtList*> from = bodies;
    for (StmtList* body : bodies) {
      bool here = false;
      for_each(*body, [&](const StmtPtr& other) { here = here || &other == s; });
      if (here && body != bodies[0]) from = {body};
    }
    Walk walk(*s, beginning, ending, variables);
    walk.run(from);
    if (walk.too_many()) return alone;
    ends[s] = walk.ends();
    // Two that are begun and less often ended: which of them is?
    const std::set<StmtPtr*> within = walk.left_within();
    if (walk.ends().empty() && !within.empty()) {
      unclear.insert(s);
      unclear.insert(within.begin(), within.end());
    }
  }
  if (ends[&begin].empty()) return alone;

  std::set<StmtPtr*> all = {&begin};
  for (std::size_t size = 0; size != all.size();) {
    size = all.size();
    for (const auto& [s, its] : ends) {
      const bool shares =
          std::any_of(its.begin(), its.end(), [&](StmtPtr* end) { return all.count(end) != 0; });
      if (s != &begin && !shares) continue;
      all.insert(s);
      all.insert(its.begin(), its.end());
    }
  }
  if (std::any_of(all.begin(), all.end(), [&](StmtPtr* s) { return unclear.count(s) != 0; })) {
    return alone;
  }
  Section section;
  for (StmtPtr* s : order) {
    if (all.count(s) != 0) section.parts.push_back(s);
  }
  return section;
}

}  // namespace stalemate::lang
