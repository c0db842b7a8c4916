// The states are walked through from the initial one.  Each enabled step, for all its choices,
// leads into the set, each state is met, and nothing that is claimed not to happen happens on the
// way.  A process is stuck for good where no path leads to a state in which it is fine.
#include "verify/verify.h"

namespace stalemate::verify {

namespace {

using Set = std::vector<bool>;  // of states

class Verifier {
 public:
  Verifier(const Model& m, const Certificate& c)
      : m_(m), c_(c), met_(c.states.size()), into_(c.states.size()), reached_(m.goals.size()) {
    progress_.assign(m.processes.size(), Set(c.states.size()));
    meant_.resize(m.properties.size());
  }

  std::uint64_t run() {
    meet(m_.initial, nullptr);
    while (!work_.empty()) {
      at_ = work_.back();
      work_.pop_back();
      now_ = c_.states[at_];
      for (const int claim : c_.claims) {
        const Property& p = m_.properties[claim];
        if (!holds(p.holds)) refuse("the invariant " + p.name + " does not hold");
        if (!p.no_stuck && holds(p.when)) meant_[claim] = true;
      }
      for (const Step& s : m_.steps) {
        for (long i = 0; i < s.combinations; ++i) fire(s, choices_of(s, i));
      }
    }
    at_ = std::find(met_.begin(), met_.end(), false) - met_.begin();
    if (at_ < met_.size()) refuse("a state of the set is not reachable");
    for (const int claim : c_.claims) conclude(m_.properties[claim], meant_[claim]);
    return transitions_;
  }

 private:
  [[noreturn]] void refuse(const std::string& why) const { throw NotVerified(why, c_.states[at_]); }

  // The number of the state that the step leads to; of the initial one.
  std::size_t meet(const Values& state, const Step* by) {
    const auto place = std::lower_bound(c_.states.begin(), c_.states.end(), state);
    if (place == c_.states.end() || *place != state) {
      const std::string what =
          by == nullptr ? "the initial state" : "the state after step " + by->name;
      throw NotVerified(what + " is not in the set", state);
    }
    const std::size_t number = place - c_.states.begin();
    if (!met_[number]) work_.push_back(static_cast<std::uint32_t>(number));
    met_[number] = true;
    return number;
  }

  static Values choices_of(const Step& step, long number) {
    Values out;
    for (const Variable& c : step.choices) {
      out.push_back(static_cast<std::int16_t>(c.domain.lo + number % c.domain.size()));
      number /= c.domain.size();
    }
    return out;
  }

  // All of these conditions, in the state at hand.
  bool holds(const Nodes& conditions, const Values& choices = {}) {
    Effects none;
    const auto value = [&](const Node& e) { return evaluate(m_, e, now_, choices, none) != 0; };
    try {
      return std::all_of(conditions.begin(), conditions.end(), value);
    } catch (const ModelError& e) {
      refuse(std::string("a condition is a model error: ") + e.what());
    }
  }

  void fire(const Step& step, const Values& choices) {
    if (!holds(step.when, choices)) return;
    Values after = now_;
    Effects effects;
    try {
      for (const Node& s : step.body) evaluate(m_, s, after, choices, effects);
    } catch (const ModelError& e) {
      refuse("step " + step.name + " is a model error: " + e.what());
    }
    ++transitions_;
    for (const Node* e : effects) {
      if (e->op == kCover) reached_[e->value] = true;
      const bool turns = e->op == kCover && m_.goals[e->value].turn && step.counts;
      if (turns && step.process >= 0) progress_[step.process][at_] = true;
      const bool claimed = std::count(c_.claims.begin(), c_.claims.end(), e->value) > 0;
      if (e->op == kAssert && claimed) refuse("an assertion fails in step " + step.name);
    }
    const std::size_t next = meet(after, &step);
    if (step.counts) into_[next].push_back(static_cast<std::uint32_t>(at_));
  }

  // Adds all states from which one of the set can be reached by steps that count.
  void close_backwards(Set& set) {
    for (std::uint32_t i = 0; i < set.size(); ++i) {
      if (set[i]) work_.push_back(i);
    }
    while (!work_.empty()) {
      const std::uint32_t to = work_.back();
      work_.pop_back();
      for (const std::uint32_t from : into_[to]) {
        if (!set[from]) work_.push_back(from);
        set[from] = true;
      }
    }
  }

  // Is nobody stuck, and does the claim mean anything?
  void conclude(const Property& p, bool asked) {
    if (p.no_stuck) asked = m_.processes.empty();
    for (std::size_t i = 0; p.no_stuck && i < m_.processes.size(); ++i) {
      const Process& who = m_.processes[i];
      Set fine = progress_[i];
      for (at_ = 0; at_ < fine.size(); ++at_) {
        now_ = c_.states[at_];
        const int location = now_[who.slot];
        const bool counts = p.when.empty() || holds({p.when[i]});
        asked = asked || counts;
        if (who.at_ease[location] || (!who.thread && location == 0) || !counts) fine[at_] = true;
      }
      close_backwards(fine);
      at_ = std::find(fine.begin(), fine.end(), false) - fine.begin();
      const std::string name = m_.sorts[0].members[who.cpu] + " " + who.name;
      if (at_ < fine.size()) refuse(p.name + " is not proven: " + name + " is stuck for good");
    }
    if (!asked) throw NotVerified(p.name + " means nothing: its condition never holds");
    if (!p.cycle.empty()) throw NotVerified(p.name + " means nothing: none waits as " + p.cycle[0]);
    for (std::size_t g = 0; g < m_.goals.size(); ++g) {
      const bool watched = std::count(p.watches.begin(), p.watches.end(), static_cast<int>(g)) > 0;
      if (reached_[g] || (!watched && !m_.goals[g].required)) continue;
      throw NotVerified(p.name + " means nothing: never reached: " + m_.goals[g].name);
    }
  }

  const Model& m_;
  const Certificate& c_;
  Set met_;
  std::size_t at_ = 0;                            // the state at hand
  Values now_;                                    // that state
  std::vector<std::uint32_t> work_;               // states
  std::vector<std::vector<std::uint32_t>> into_;  // per state: whence steps that count lead to it
  std::vector<Set> progress_;                     // per process: where a step of it is progress
  std::vector<bool> reached_;                     // per goal
  std::vector<bool> meant_;                       // per property: its condition held
  std::uint64_t transitions_ = 0;
};

}  // namespace

std::uint64_t verify(const Model& m, const Certificate& certificate) {
  return Verifier(m, certificate).run();
}

}  // namespace stalemate::verify
