#include "engine/symmetry.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <map>
#include <numeric>
#include <optional>
#include <set>
#include <tuple>
#include <utility>

#include "engine/fairness.h"
#include "engine/renamed_text.h"
#include "engine/same_boxes.h"
#include "engine/scratch.h"
#include "engine/split.h"

namespace stalemate::engine {

namespace {

std::size_t at(int i) { return static_cast<std::size_t>(i); }

// Sets of numbers that are joined.
class Joined {
 public:
  explicit Joined(std::size_t n) : parent_(n) { std::iota(parent_.begin(), parent_.end(), 0); }
  int root(int i) const {
    while (parent_[at(i)] != i) i = parent_[at(i)];
    return i;
  }
  void join(int a, int b) { parent_[at(std::max(root(a), root(b)))] = std::min(root(a), root(b)); }

 private:
  std::vector<int> parent_;
};

std::string quoted(const std::string& name) { return "'" + name + "'"; }

std::string listed(const std::vector<std::string>& names) {
  std::string out;
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (i != 0) out += i + 1 == names.size() ? " and " : ", ";
    out += names[i];
  }
  return out;
}

class Finder {
 public:
  Finder(const ir::Program& p, const Layout& layout, const Executor& executor,
         const Addresses& addresses, const std::vector<int>& properties)
      : p_(p),
        layout_(layout),
        addresses_(addresses),
        properties_(properties),
        boxes_(layout),
        splitter_(p, layout, outcomes_),
        units_(p.steps.size()),
        general_(p.steps.size()),
        scratch_(scratch_of(p)),
        steps_(p.steps.size()) {
    for (const Cube& c : executor.steps().cubes) {
      units_[at(c.step)][c.choice].push_back(boxes_.box(c));
    }
    for (const GeneralStep& g : executor.steps().general) general_[at(g.step)] = true;
    for (std::size_t i = 0; i < p.steps.size(); ++i) {
      alike_[kind_of(p.steps[i], p.steps[i].process)].push_back(static_cast<int>(i));
    }
    for (const ir::Variable& v : p.variables) {
      initial_.insert(initial_.end(), v.init.begin(), v.init.end());
    }
    find_values();
    nobody_.sort = -2;  // of no domain
    nobody_.slot.resize(at(p.slots));
    std::iota(nobody_.slot.begin(), nobody_.slot.end(), 0);
    for (const int i : properties) {
      const ir::Property& property = p.properties[at(i)];
      if (property.condition) add_condition(property.condition);
      for (const ir::ExprRef& e : property.when) add_condition(e);
    }
  }

  void find(int sort, Symmetry& out) {
    const ir::Sort& s = p_.sorts[at(sort)];
    const auto n = static_cast<int>(s.members.size());
    Joined members(s.members.size());
    std::vector<std::size_t> size(s.members.size(), 1);  // of those joined, at their root
    // Steps are long to compare: not of all pairs of many CPUs.
    constexpr int kMostFailures = 32;
    constexpr std::size_t kMostInClass = 8;
    int failures = 0;
    bool full = false;  // there are as many permutations as are used
    // The reason that was farthest to seek says most.
    std::string why;
    How farthest = How::kFits;
    for (int a = 0; a < n; ++a) {
      for (int b = a + 1; b < n && failures < kMostFailures && !full; ++b) {
        std::size_t& of_a = size[at(members.root(a))];
        std::size_t& of_b = size[at(members.root(b))];
        if (&of_a == &of_b) continue;
        std::string reason;
        const How how = swapped(sort, a, b, reason);
        if (how == How::kFits) {
          members.join(a, b);
          of_a = of_b = of_a + of_b;
          full = of_a >= kMostInClass;
          continue;
        }
        failures += how == How::kSteps ? 1 : 0;
        if (how > farthest) {
          farthest = how;
          why = s.members[at(a)] + " and " + s.members[at(b)] + " are not: " + reason;
        }
      }
    }
    std::vector<Symmetry::Class> found;
    for (int a = 0; a < n; ++a) {
      Symmetry::Class& c = found.emplace_back(Symmetry::Class{sort, {}});
      for (int b = a; b < n; ++b) {
        if (members.root(b) == a) c.members.push_back(b);
      }
    }
    limit(found, kMostPermutations);
    std::string which;
    for (Symmetry::Class& c : found) {
      std::vector<std::string> names;
      for (const int m : c.members) names.push_back(s.members[at(m)]);
      if (!which.empty()) which += "; ";
      which += std::to_string(names.size()) + " interchangeable, " + listed(names);
      out.classes.push_back(std::move(c));
    }
    if (n > static_cast<int>(kMostInClass)) {
      why += why.empty() ? "" : "; ";
      why += std::to_string(kMostInClass) + " are taken together at most";
    }
    const bool any = !which.empty();
    out.sorts.push_back({sort, any, any && !why.empty() ? which + "; " + why : which + why});
  }

  std::vector<int> step_classes() const {
    std::vector<int> out;
    for (std::size_t i = 0; i < p_.steps.size(); ++i) {
      out.push_back(steps_.root(static_cast<int>(i)));
    }
    return out;
  }

  // Takes members away from the smallest classes until there are no more permutations than that.
  static void limit(std::vector<Symmetry::Class>& classes, std::size_t most) {
    const auto alone = [](const Symmetry::Class& c) { return c.members.size() < 2; };
    std::erase_if(classes, alone);
    const auto permutations = [&] {
      double n = 1;
      for (const Symmetry::Class& c : classes)
        n *= std::tgamma(static_cast<double>(c.members.size() + 1));
      return n;
    };
    while (permutations() > static_cast<double>(most)) {
      std::min_element(classes.begin(), classes.end(), [](const auto& a, const auto& b) {
        return a.members.size() < b.members.size();
      })->members.pop_back();
      std::erase_if(classes, alone);
    }
  }

 private:
  struct OfCondition {
    std::vector<Box> violated;  // or a model error, which is another outcome
    bool general = false;
  };
  // What steps have in common that are mapped to each other, beside what they do.
  using Kind = std::tuple<int, ir::StepKind, bool>;
  void find_values() {
    std::vector<const Box*> all;
    for (const auto& of_step : units_) {
      for (const auto& unit : of_step) {
        for (const Box& box : unit.second) all.push_back(&box);
      }
    }
    std::vector<bool> open(at(p_.slots));
    for (std::size_t i = 0; i < p_.steps.size(); ++i) {
      for (const int slot : p_.steps[i].footprint.writes) {
        if (general_[i]) open[at(slot)] = true;
      }
    }
    boxes_.find_values(initial_, all, open);
    for (auto& of_step : units_) {
      for (auto& unit : of_step) narrow(unit.second);
      std::erase_if(of_step, [](const auto& unit) { return unit.second.empty(); });
    }
  }
  void narrow(std::vector<Box>& boxes) const {
    std::erase_if(boxes, [&](Box& box) { return !boxes_.narrow(box); });
  }

  static Kind kind_of(const ir::Step& s, int process) {
    return {process, s.kind, s.relies_on_copy};
  }

  void add_condition(const ir::ExprRef& e) {
    constexpr int kWork = 20000;
    constexpr std::size_t kBoxes = 512;
    OfCondition& out = conditions_[e.get()];
    out.general = !splitter_.condition(*e, false, {}, kWork, kBoxes, out.violated);
    if (!out.general) narrow(out.violated);
  }

  // What keeps two members apart, in the order in which it is looked for.
  enum class How : std::uint8_t { kFits, kNames, kSlots, kConditions, kSteps };
  How swapped(int sort, int a, int b, std::string& why) {
    const std::optional<Renaming> r = swap_members(p_, addresses_, sort, a, b, why);
    if (!r) return How::kNames;
    if (!slots_fit(*r, why)) return How::kSlots;
    if (!conditions_fit(*r, why)) return How::kConditions;
    return steps_fit(*r, why) ? How::kFits : How::kSteps;
  }

  bool slots_fit(const Renaming& r, std::string& why) const {
    for (int slot = 0; slot < p_.slots; ++slot) {
      const int to = r.slot[at(slot)];
      const ir::Domain& domain = addresses_.domain(slot);
      if (initial_[at(to)] != r.value(domain, initial_[at(slot)])) {
        why = slot == to ? p_.slot_name(slot) + " begins as one of them"
                         : p_.slot_name(slot) + " and " + p_.slot_name(to) + " begin differently";
        return false;
      }
      std::set<int> values, images;
      boxes_.possible(slot).for_each(
          [&](int code) { images.insert(r.value(domain, layout_.fields[at(slot)].lo + code)); });
      boxes_.possible(to).for_each(
          [&](int code) { values.insert(layout_.fields[at(to)].lo + code); });
      if (values != images) {
        why = slot == to ? p_.slot_name(slot) + " may be only one of them"
                         : p_.slot_name(slot) + " and " + p_.slot_name(to) + " hold other values";
        return false;
      }
    }
    return true;
  }

  std::vector<Box> renamed(const std::vector<Box>& boxes, const Renaming& r) const {
    std::vector<Box> out;
    for (const Box& box : boxes) out.push_back(boxes_.renamed(box, r, addresses_));
    return out;
  }

  bool same_condition(const ir::ExprRef& from, const ir::ExprRef& to, const Renaming& r) const {
    const OfCondition& a = conditions_.at(from.get());
    const OfCondition& b = conditions_.at(to.get());
    if (!a.general && !b.general) return boxes_.same(renamed(a.violated, r), b.violated);
    const std::optional<std::string> text = renamed_text(p_, from, r);
    return text && text == renamed_text(p_, to, nobody_);
  }

  bool conditions_fit(const Renaming& r, std::string& why) const {
    for (const int i : properties_) {
      const ir::Property& property = p_.properties[at(i)];
      why = quoted(property.name) + " tells them apart, or too much is to be compared";
      if (property.condition && !same_condition(property.condition, property.condition, r)) {
        return false;
      }
      for (std::size_t k = 0; k < property.when.size(); ++k) {
        const bool of_process = property.kind == ir::Property::Kind::kNoStuck;
        const std::size_t image = of_process ? at(r.process[k]) : k;
        if (!same_condition(property.when[k], property.when[image], r)) return false;
      }
    }
    return true;
  }

  bool same_step(int from, int to, const Renaming& r) const {
    const ir::Step& a = p_.steps[at(from)];
    const ir::Step& b = p_.steps[at(to)];
    const auto same_domain = [](const ir::Choice& x, const ir::Choice& y) {
      return x.domain == y.domain;
    };
    if (!std::equal(a.choices.begin(), a.choices.end(), b.choices.begin(), b.choices.end(),
                    same_domain)) {
      return false;
    }
    if (general_[at(from)] || general_[at(to)]) {
      const std::optional<std::string> text = renamed_text(p_, a, r, scratch_[at(from)]);
      return text && text == renamed_text(p_, b, nobody_, scratch_[at(to)]);
    }
    const auto& all = units_[at(from)];
    const auto& others = units_[at(to)];
    return all.size() == others.size() && std::all_of(all.begin(), all.end(), [&](const auto& u) {
             const auto other = others.find(r.choice(a, u.first));
             return other != others.end() && boxes_.same(renamed(u.second, r), other->second);
           });
  }

  bool likely(int from, int to, const Renaming& r) const {
    const ir::Step& a = p_.steps[at(from)];
    const ir::Step& b = p_.steps[at(to)];
    const int cpu = r.sort == kCpuSort && a.cpu >= 0 ? r.member[at(a.cpu)] : a.cpu;
    return a.name == b.name && b.cpu == cpu;
  }

  // Each step goes to one that nobody else goes to.  None is left over, since a swap leads back.
  // Which of several that are the same makes no difference.
  bool steps_fit(const Renaming& r, std::string& why) {
    std::vector<int> image(p_.steps.size());
    for (const auto& [kind, from] : alike_) {
      const int process = std::get<0>(kind);
      Kind there = kind;
      if (process >= 0) std::get<0>(there) = r.process[at(process)];
      const auto to = alike_.find(there);
      std::vector<int> left = to == alike_.end() ? std::vector<int>() : to->second;
      for (const int step : from) {
        const auto fits = [&](int other) { return same_step(step, other, r); };
        // The one of its name and CPU as a rule.
        auto found = std::find_if(left.begin(), left.end(),
                                  [&](int other) { return likely(step, other, r) && fits(other); });
        if (found == left.end()) found = std::find_if(left.begin(), left.end(), fits);
        if (found == left.end()) {
          why = "nothing does for the other what " + quoted(p_.steps[at(step)].name) +
                " does for one, or too much is to be compared";
          return false;
        }
        image[at(step)] = *found;
        left.erase(found);
      }
    }
    for (std::size_t i = 0; i < image.size(); ++i) steps_.join(static_cast<int>(i), image[i]);
    return true;
  }

  const ir::Program& p_;
  const Layout& layout_;
  const Addresses& addresses_;
  const std::vector<int>& properties_;
  Boxes boxes_;
  Outcomes outcomes_;
  Splitter splitter_;
  std::vector<std::map<int, std::vector<Box>>> units_;  // per step and choice
  std::vector<bool> general_;                           // per step
  std::vector<std::vector<int>> scratch_;               // per step
  std::map<Kind, std::vector<int>> alike_;              // steps
  std::map<const ir::Expr*, OfCondition> conditions_;
  std::vector<ir::Value> initial_;
  Renaming nobody_;
  Joined steps_;
};

}  // namespace

Symmetry::Symmetry(const ir::Program& p, const Layout& layout, const Executor& executor,
                   const Addresses& addresses, const std::vector<int>& properties) {
  const std::string why_not = needs_all_steps(p, properties);
  Finder finder(p, layout, executor, addresses, properties);
  for (std::size_t sort = 0; sort < p.sorts.size(); ++sort) {
    const ir::Sort& s = p.sorts[sort];
    const bool may_be = s.symmetric || static_cast<int>(sort) == kCpuSort;
    if (!may_be || s.members.size() < 2) continue;
    if (why_not.empty()) {
      finder.find(static_cast<int>(sort), *this);
    } else {
      sorts.push_back({static_cast<int>(sort), false, why_not});
    }
  }
  Finder::limit(classes, kMostRenamings);
  step_class = finder.step_classes();
}

}  // namespace stalemate::engine
