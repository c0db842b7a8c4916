#include "engine/cube.h"

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <utility>

#include "engine/box.h"
#include "engine/split.h"

namespace stalemate::engine {

namespace {

// Boxes are joined before they are counted as cubes; so many times as many are worth trying.
constexpr int kBoxesPerCube = 2;
// For one term of the guard of a general step.
constexpr int kTermWork = 64;

void require(std::vector<Literal>& when, const Field& field, const Pattern& pattern) {
  const Word mask = static_cast<Word>(pattern.mask) << field.shift;
  const Word value = static_cast<Word>(pattern.value) << field.shift;
  const auto at = std::lower_bound(when.begin(), when.end(), field.word,
                                   [](const Literal& l, std::uint32_t w) { return l.word < w; });
  if (at != when.end() && at->word == field.word) {
    at->mask |= mask;
    at->value |= value;
  } else {
    when.insert(at, {field.word, mask, value});
  }
}

std::vector<Write> writes(const Layout& layout, const std::vector<Box::Put>& puts) {
  std::vector<Write> then;
  for (const Box::Put& put : puts) {
    const Field& field = layout.fields[static_cast<std::size_t>(put.slot)];
    const auto at =
        std::lower_bound(then.begin(), then.end(), field.word,
                         [](const Write& w, std::uint32_t word) { return w.word < word; });
    const Word set = static_cast<Word>(put.code) << field.shift;
    if (at != then.end() && at->word == field.word) {
      at->clear |= field.mask();
      at->set |= set;
    } else {
      then.insert(at, {field.word, field.mask(), set});
    }
  }
  return then;
}

// Adds the conditions whose disjunction is that of the box; false: there would be more than `most`.
bool add_conditions(const Layout& layout, const Box& box, std::size_t most,
                    std::vector<std::vector<Literal>>& out) {
  std::vector<std::vector<Pattern>> tests;
  std::size_t count = 1;
  for (const Box::Part& part : box.when) {
    tests.push_back(patterns(layout, part.slot, part.codes));
    count *= tests.back().size();
    if (out.size() + count > most) return false;
  }
  for (std::size_t n = 0; n < count; ++n) {
    std::vector<Literal>& when = out.emplace_back();
    std::size_t rest = n;
    for (std::size_t i = 0; i < tests.size(); ++i) {
      const Field& field = layout.fields[static_cast<std::size_t>(box.when[i].slot)];
      require(when, field, tests[i][rest % tests[i].size()]);
      rest /= tests[i].size();
    }
  }
  return out.size() <= most;
}

std::size_t most_boxes(const CubeLimits& limits) {
  return static_cast<std::size_t>(limits.cubes_per_choice) * kBoxesPerCube;
}

class Compiler {
 public:
  Compiler(const ir::Program& p, const Layout& layout, const CubeLimits& limits)
      : p_(p), layout_(layout), limits_(limits), splitter_(p, layout, outcomes_) {}

  Steps run() {
    for (std::size_t i = 0; i < p_.steps.size(); ++i) {
      const ir::Step& step = p_.steps[i];
      step_ = static_cast<int>(i);
      choice_ = 0;
      choices_.clear();
      for (const ir::Choice& c : step.choices) choices_.push_back(c.domain.lo);
      do {
        compile(step);
        ++choice_;
      } while (next_choice(step));
    }
    steps_.outcomes = outcomes_.take();
    return std::move(steps_);
  }

 private:
  // As interp::for_each_choice: the last choice turns fastest.
  bool next_choice(const ir::Step& step) {
    for (std::size_t digit = choices_.size(); digit-- > 0;) {
      const ir::Domain& domain = step.choices[digit].domain;
      if (choices_[digit] < domain.hi) {
        ++choices_[digit];
        return true;
      }
      choices_[digit] = domain.lo;
    }
    return false;
  }

  void compile(const ir::Step& step) {
    std::vector<Cube> cubes;
    if (splitter_.step(step, choices_, limits_.work_per_choice, most_boxes(limits_), boxes_) &&
        cubes_of_boxes(cubes)) {
      std::move(cubes.begin(), cubes.end(), std::back_inserter(steps_.cubes));
      return;
    }
    std::vector<Literal> when;
    if (necessary(*step.guard, when)) steps_.general.push_back({step_, choice_, std::move(when)});
  }

  bool cubes_of_boxes(std::vector<Cube>& cubes) {
    join(layout_, boxes_);
    const auto most = static_cast<std::size_t>(limits_.cubes_per_choice);
    std::vector<std::vector<Literal>> conditions;
    for (const Box& box : boxes_) {
      const std::size_t first = conditions.size();
      if (!add_conditions(layout_, box, most, conditions)) return false;
      const std::vector<Write> then = writes(layout_, box.then);
      for (std::size_t i = first; i < conditions.size(); ++i) {
        cubes.push_back({std::move(conditions[i]), then, box.outcome, step_, choice_});
      }
    }
    return true;
  }

  // What must hold for the guard to be true or a model error.  False: it never is.
  bool necessary(const ir::Expr& guard, std::vector<Literal>& when) {
    std::vector<Box::Part> all;
    bool possible = true;
    conjoin(guard, all, possible);
    if (!possible) return false;
    for (const Box::Part& part : all) {
      const Field& field = layout_.fields[static_cast<std::size_t>(part.slot)];
      const Pattern pattern = hull(layout_, part.slot, part.codes);
      if (pattern.mask != 0) require(when, field, pattern);
    }
    return true;
  }

  // Narrows `all` by the terms of a conjunction, one after the other; false: it may be a model
  // error from here on, whatever comes after.
  bool conjoin(const ir::Expr& e, std::vector<Box::Part>& all, bool& possible) {
    if (e.op == ir::Op::kAnd) {
      return std::all_of(e.args.begin(), e.args.end(),
                         [&](const ir::ExprRef& term) { return conjoin(*term, all, possible); });
    }
    if (!splitter_.condition(e, true, choices_, kTermWork, kTermWork, boxes_)) {
      return !may_fail(e);
    }
    if (boxes_.empty()) possible = false;
    if (!possible) return false;
    for (Box::Part part : boxes_[0].when) {
      bool tested_by_all = true;
      for (const Box& box : boxes_) {
        const auto same = std::find_if(box.when.begin(), box.when.end(),
                                       [&](const Box::Part& p) { return p.slot == part.slot; });
        tested_by_all = tested_by_all && same != box.when.end();
        if (tested_by_all) part.codes |= same->codes;
      }
      if (tested_by_all) narrow(all, part, possible);
    }
    return std::none_of(boxes_.begin(), boxes_.end(),
                        [](const Box& box) { return box.outcome != 0; });
  }

  static void narrow(std::vector<Box::Part>& all, const Box::Part& part, bool& possible) {
    const auto at = std::find_if(all.begin(), all.end(),
                                 [&](const Box::Part& p) { return p.slot == part.slot; });
    if (at == all.end()) {
      all.push_back(part);
    } else {
      at->codes &= part.codes;
      if (at->codes.empty()) possible = false;
    }
  }

  const ir::Program& p_;
  const Layout& layout_;
  const CubeLimits& limits_;
  Outcomes outcomes_;
  Splitter splitter_;
  Steps steps_;
  std::vector<Box> boxes_;

  int step_ = 0, choice_ = 0;
  Choices choices_;
};

}  // namespace

Steps compile_steps(const ir::Program& p, const Layout& layout, const CubeLimits& limits) {
  return Compiler(p, layout, limits).run();
}

Condition compile_violation(const ir::Program& p, const Layout& layout, const ir::ExprRef& e,
                            const CubeLimits& limits) {
  Condition out;
  Outcomes outcomes;
  Splitter splitter(p, layout, outcomes);
  std::vector<Box> boxes;
  bool fits = splitter.condition(*e, false, {}, limits.work_per_choice, most_boxes(limits), boxes);
  // Where it is false and where it is a model error is one thing here, so that these join, too.
  for (Box& box : boxes) box.outcome = 0;
  if (fits) join(layout, boxes);
  for (std::size_t i = 0; fits && i < boxes.size(); ++i) {
    fits = add_conditions(layout, boxes[i], static_cast<std::size_t>(limits.cubes_per_choice),
                          out.when);
  }
  out.general = !fits;
  if (out.general) out.when.clear();
  return out;
}

}  // namespace stalemate::engine
