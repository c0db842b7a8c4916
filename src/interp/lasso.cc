#include "interp/lasso.h"

#include <algorithm>
#include <utility>

#include "interp/eval.h"
#include "interp/fairness.h"
#include "interp/state_store.h"

namespace stalemate::interp {

namespace {

bool none(const std::vector<bool>& open) {
  return std::none_of(open.begin(), open.end(), [](bool b) { return b; });
}

// Those of `left` that are in `open` as well.
std::vector<bool> both(std::vector<bool> left, const std::vector<bool>& open) {
  for (std::size_t i = 0; i < left.size(); ++i) left[i] = left[i] && open[i];
  return left;
}

class Walk {
 public:
  Walk(const ir::Program& p, const ir::LeadsTo& leads, State start, const ComponentOf& component)
      : p_(p), fairness_(p), leads_(leads), component_(component), at_(std::move(start)) {}

  std::optional<Lasso> run() {
    const auto waits = [this](const State& s) { return evaluate(p_, leads_.to, s, {}) == 0; };
    const auto arrives = [this](int, const State& s) { return component_(s) >= 0; };
    if (component_(at_) < 0 && !go(waits, arrives)) return std::nullopt;
    return round() ? std::optional<Lasso>(std::move(out_)) : std::nullopt;
  }

 private:
  bool round() {
    const State entry = at_;
    const int component = component_(entry);
    const auto inside = [&](const State& s) { return component_(s) == component; };
    out_.loop = out_.events.size();
    std::vector<bool> left = fairness_.open(at_);
    while (!none(left)) {
      const auto helps = [&](int step, const State& s) {
        const int duty = fairness_.duty(step);
        return (duty >= 0 && left[static_cast<std::size_t>(duty)]) ||
               both(left, fairness_.open(s)) != left;
      };
      if (!go(inside, helps)) return false;
      left = both(std::move(left), fairness_.open(at_));
      const int duty = fairness_.duty(out_.events.back().step);
      if (duty >= 0) left[static_cast<std::size_t>(duty)] = false;
    }
    if (none(fairness_.open(at_))) {
      out_.loop = out_.events.size();
      return true;
    }
    const auto closes = [&](int, const State& s) { return s == entry; };
    return at_ == entry || go(inside, closes);
  }

  // The shortest way, of one step at least, by states that are `allowed`, to an event for which
  // `there` holds.  Breadth first, with the moves of each state in order: so it is the least.
  bool go(const std::function<bool(const State&)>& allowed,
          const std::function<bool(int step, const State& after)>& there) {
    StateStore seen(p_.slots);
    std::vector<std::pair<StateId, Event>> from{{0, {}}};
    seen.insert(at_);
    for (StateId id = 0; id < seen.size(); ++id) {
      State before, arrived;
      std::optional<Event> last;
      seen.copy(id, before);
      for (std::size_t i = 0; i < p_.steps.size() && !last; ++i) {
        for_each_choice(p_.steps[i], [&](const Choices& c) {
          if (last || !enabled(p_, p_.steps[i], before, c)) return;
          State after = before;
          fire(p_, p_.steps[i], after, c);
          if (!allowed(after)) return;
          const Event event{static_cast<int>(i), c};
          if (there(event.step, after)) {
            last = event;
            arrived = std::move(after);
          } else if (!seen.find(after)) {
            seen.insert(after);
            from.emplace_back(id, event);
          }
        });
      }
      if (!last) continue;
      std::vector<Event> way{*last};
      for (StateId s = id; s != 0; s = from[s].first) way.push_back(from[s].second);
      out_.events.insert(out_.events.end(), way.rbegin(), way.rend());
      at_ = std::move(arrived);
      return true;
    }
    return false;
  }

  const ir::Program& p_;
  const Fairness fairness_;
  const ir::LeadsTo& leads_;
  const ComponentOf& component_;
  State at_;
  Lasso out_;
};

}  // namespace

std::optional<Lasso> find_lasso(const ir::Program& p, const ir::LeadsTo& leads, const State& start,
                                const ComponentOf& component) {
  return Walk(p, leads, start, component).run();
}

bool shows(const ir::Program& p, const ir::LeadsTo& leads, const Trace& trace) {
  if (trace.loop < 0 || trace.states.size() != trace.events.size() + 1) return false;
  const auto loop = static_cast<std::size_t>(trace.loop);
  if (loop >= trace.states.size() || trace.states[loop] != trace.states.back()) return false;
  // After the last state with `to`, one with `from` is needed.
  bool waiting = false;
  std::size_t answered = 0;
  for (std::size_t i = 0; i < trace.states.size(); ++i) {
    if (evaluate(p, leads.to, trace.states[i], {}) != 0) {
      waiting = false;
      answered = i + 1;
    } else {
      waiting = waiting || evaluate(p, leads.from, trace.states[i], {}) != 0;
    }
  }
  if (!waiting || answered > loop) return false;
  const Fairness fairness(p);
  std::vector<bool> left(fairness.duties(), true);
  for (std::size_t i = loop; i < trace.states.size(); ++i) {
    left = both(std::move(left), fairness.open(trace.states[i]));
  }
  for (std::size_t i = loop; i < trace.events.size(); ++i) {
    const int duty = fairness.duty(trace.events[i].step);
    if (duty >= 0) left[static_cast<std::size_t>(duty)] = false;
  }
  return none(left);
}

const ir::LeadsTo* shown_by(const ir::Program& p, const ir::Property& property,
                            const Trace& trace) {
  const auto found = std::find_if(property.leads.begin(), property.leads.end(),
                                  [&](const ir::LeadsTo& l) { return shows(p, l, trace); });
  return found == property.leads.end() ? nullptr : &*found;
}

}  // namespace stalemate::interp
