#include "engine/explore.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <map>
#include <new>
#include <utility>

#include "engine/fairness.h"
#include "engine/never_comes.h"
#include "engine/runs.h"
#include "engine/stuck.h"

namespace stalemate::engine {

namespace {

using ir::Property;

Space::Reduction reduction_of(const ir::Program& p, const Options& options) {
  Space::Reduction out;
  out.reduce = options.partial_order;
  out.check = options.check_partial_order;
  out.symmetry = options.symmetry;
  out.properties = options.properties;
  for (const int i : options.properties) {
    const Property& property = p.properties[static_cast<std::size_t>(i)];
    out.stuck = out.stuck || property.kind == Property::Kind::kNoStuck;
  }
  for (const StateCondition& c : conditions(p, options)) out.conditions.push_back(c.expression);
  return out;
}

// Two of n states have the same 64 bits with a probability of at most n^2 / 2^65.
std::string lossy_verdict(std::uint64_t states) {
  const auto n = static_cast<double>(states);
  char odds[32];
  std::snprintf(odds, sizeof odds, "%.1e", std::min(1.0, std::ldexp(n * n, -65)));
  return "--lossy proves nothing: it found " + std::to_string(states) +
         " states that differ in 64 bits of hash; it took two states for one, and missed others, "
         "with a probability of at most " +
         odds + "; it did not ask who is stuck, nor what leads to what; leave it out for a proof";
}

class Explorer {
 public:
  Explorer(const ir::Program& p, const Options& options, const Waits& waits, const FindLasso& lasso,
           Explored& out)
      : p_(p),
        options_(options),
        waits_(waits),
        lasso_(lasso),
        out_(out),
        budget_(options),
        space_(p, options.threads, reduction_of(p, options), options.lossy, options.names),
        search_(space_, options, budget_, out.findings, out.stats) {
    out.stats.compiling = budget_.seconds() - options.spent;
    out.stats.reduced = space_.stubborn != nullptr;
    if (space_.symmetry) out.stats.symmetry = space_.symmetry->sorts;
  }

  void restore() {
    Loaded from = read_checkpoint(options_.resume_from, space_.layout.words);
    if (from.fingerprint != options_.fingerprint + space_.mark()) {
      throw CheckpointError(
          "the checkpoint in " + options_.resume_from +
          " is of another model than this; check the model again, from the start");
    }
    try {
      search_.restore(std::move(from));
    } catch (const LogError& e) {
      throw CheckpointError("the checkpoint cannot be read: " + std::string(e.what()));
    }
  }

  bool any_stuck() const { return stuck_ && !stuck_->states().empty(); }
  bool wrong_reduction() const { return space_.reduced.failed(); }
  double seconds() const { return budget_.seconds(); }

  void run() {
    search_.run();
    add_images();
    try {
      // Where a state has several representatives, those of its images may not be among the states.
      const bool sure = !out_.stats.symmetry_unsure;
      if (out_.findings.error) {
        if (sure) show_error();
        return;
      }
      if (out_.findings.complete && options_.lossy) {
        out_.findings.complete = false;
        out_.stats.hashes_told = true;
        out_.findings.stopped = lossy_verdict(out_.findings.states);
      }
      if (out_.findings.complete) judge_stuck(sure);
      if (out_.findings.complete) judge_leads_to();
      if (out_.findings.complete && options_.each_state && may_be_certified()) tell_states();
      const bool show = sure && !options_.until_violated;
      if (show || !out_.findings.stopped.empty()) show_violations();
    } catch (const std::bad_alloc&) {
      out_.findings.complete = false;
      out_.findings.stopped =
          "out of memory after all states were found; raise --mem-limit or free some memory";
    } catch (const LogError& e) {
      out_.findings.complete = false;
      out_.findings.stopped = e.what();
    }
  }

 private:
  // What fired on one CPU fires on those that are like it, in states that others stand for.
  void add_images() {
    if (!space_.orbits) return;
    std::vector<bool>& fired = out_.findings.fired;
    std::vector<bool> any(fired.size());
    const auto class_of = [&](std::size_t i) {
      return static_cast<std::size_t>(space_.symmetry->step_class[i]);
    };
    for (std::size_t i = 0; i < fired.size(); ++i) {
      if (fired[i]) any[class_of(i)] = true;
    }
    for (std::size_t i = 0; i < fired.size(); ++i) fired[i] = any[class_of(i)];
  }

  const Property& property(int i) const { return p_.properties[static_cast<std::size_t>(i)]; }

  std::function<bool()> give_up(const char* doing) {
    return [this, doing] {
      std::string why = budget_.exceeded([&](Progress& progress) {
        progress.states = out_.findings.states;
        progress.transitions = out_.findings.transitions;
        progress.program_steps = out_.findings.depth;
        progress.bytes = bytes();
        progress.load = space_.table->load();
        progress.doing = doing;
      });
      if (why.empty()) return false;
      out_.findings.complete = false;
      out_.findings.stopped = std::move(why);
      return true;
    };
  }

  // A violation that was found is shown, whatever ended the search.
  std::function<bool()> never(const char* doing) {
    return [this, doing] {
      budget_.exceeded([&](Progress& progress) {
        progress.states = out_.findings.states;
        progress.transitions = out_.findings.transitions;
        progress.bytes = bytes();
        progress.doing = doing;
      });
      return false;
    };
  }

  // Nothing is violated; and where a property is about a cycle, nobody is stuck at all.
  bool may_be_certified() const {
    for (std::size_t i = 0; i < options_.properties.size(); ++i) {
      if (out_.findings.violated[i]) return false;
      if (property(options_.properties[i]).cycle.empty()) continue;
      const auto counting = counting_.find(options_.properties[i]);
      if (!(counting == counting_.end() ? *stuck_ : counting->second).states().empty())
        return false;
    }
    return true;
  }

  void tell_states() {
    std::vector<Word> packed(kChunk * space_.words());
    State s;
    for (std::uint64_t first = 0; first < space_.log.size(); first += kChunk) {
      const std::uint64_t count = std::min(kChunk, space_.log.size() - first);
      space_.log.read(first, count, packed.data());
      for (std::uint64_t i = 0; i < count; ++i) {
        space_.layout.unpack(packed.data() + i * space_.words(), s);
        options_.each_state(s);
      }
    }
  }

  // Without `find`, only whether anybody is.
  void judge_stuck(bool find) {
    std::vector<int> asked;
    for (const int i : options_.properties) {
      if (property(i).kind == Property::Kind::kNoStuck) asked.push_back(i);
    }
    if (asked.empty()) return;
    const double began = budget_.seconds();
    bool done = solve_stuck(stuck_.emplace(space_, std::vector<ir::ExprRef>{}), true);
    // A property with a condition: who can neither get on nor out of it.  Those are stuck as well.
    for (const int i : asked) {
      if (!done || property(i).when.empty() || stuck_->states().empty()) continue;
      done = solve_stuck(counting_.try_emplace(i, space_, property(i).when).first->second, false);
    }
    for (std::size_t i = 0; i < options_.properties.size() && done && find; ++i) {
      if (property(options_.properties[i]).kind == Property::Kind::kNoStuck) find_stuck(i);
    }
    out_.stats.judging_stuck = budget_.seconds() - began;
  }

  // False when it was given up, and told why.
  bool solve_stuck(Stuck& stuck, bool hangs) {
    if (!make_room([&] { return stuck.bytes_needed(); }, "who is stuck")) return false;
    const bool edges =
        options_.mem_limit == 0 ||
        bytes() + stuck.bytes_needed_with_edges(out_.findings.transitions) <= options_.mem_limit;
    return stuck.solve(hangs, edges, give_up("looking for stuck processes"));
  }

  // What there is: of states, and of who is stuck where.
  std::uint64_t bytes() const {
    std::uint64_t n = space_.bytes() + (stuck_ ? stuck_->bytes() : 0);
    for (const auto& [property, counting] : counting_) n += counting.bytes();
    return n;
  }

  // Writes states out if so many bytes need that; false, and told why, when that is not enough.
  bool make_room(const std::function<std::uint64_t()>& needed, const char* to_see) {
    const auto too_much = [&] {
      return options_.mem_limit != 0 && this->bytes() + needed() > options_.mem_limit;
    };
    if (too_much()) space_.log.spill(options_.spill_folder);
    if (!too_much()) return true;
    out_.findings.complete = false;
    out_.findings.stopped = "all " + std::to_string(out_.findings.states) +
                            " states were found, but --mem-limit " +
                            std::to_string(options_.mem_limit) + " leaves no room to see " +
                            to_see + "; raise it to go on";
    return false;
  }

  void judge_leads_to() {
    const double began = budget_.seconds();
    for (std::size_t i = 0; i < options_.properties.size(); ++i) {
      const int asked = options_.properties[i];
      if (property(asked).kind != Property::Kind::kLeadsTo) continue;
      if (!never_comes_ && !find_graph()) break;
      const auto answer = never_comes_->judge(asked, give_up("looking for fair circles"));
      if (!answer) break;
      out_.findings.counted[i] = answer->ever;
      out_.findings.waited[i] = answer->waited;
      out_.findings.violated[i] = answer->violated;
    }
    if (never_comes_) out_.stats.judging_fair = budget_.seconds() - began;
  }

  // False when it was given up, and told why.
  bool find_graph() {
    never_comes_.emplace(space_);
    const auto bytes = [&] { return never_comes_->bytes_needed(out_.findings.transitions); };
    return make_room(bytes, "what leads to what") &&
           never_comes_->find_graph(give_up("finding all steps between states"));
  }

  // How a state violates a property of kind kNoStuck: with processes that go on for a while or poll
  // for ever, or with ones that hang, as all do that they wait for.
  enum class How : std::uint8_t { kNot, kMoving, kHung };

  How how_stuck(int i, const Word* packed) const {
    if (who_counts(i, packed).empty()) return How::kNot;
    const std::vector<int> stuck = stuck_->stuck(packed);
    const std::vector<int> hanging = stuck_->hanging(packed);
    const bool hang = std::includes(hanging.begin(), hanging.end(), stuck.begin(), stuck.end());
    const std::vector<std::string>& cycle = property(i).cycle;
    if (cycle.empty() && !hang) return How::kMoving;
    State s;
    space_.layout.unpack(packed, s);
    const WaitGraph graph = waits_(s, stuck, hanging, cycle);
    if (!cycle.empty() && graph.cycle.empty()) return How::kNot;
    const bool others_hang = std::all_of(
        graph.waits.begin(), graph.waits.end(),
        [&](const Wait& w) { return std::binary_search(hanging.begin(), hanging.end(), w.on); });
    return hang && others_hang ? How::kHung : How::kMoving;
  }

  // The worst of what a state stands for: who waits for whom is read off the text of guards, and
  // may depend on names.
  How how_stuck_under_any_name(int i, const Word* packed) const {
    How worst = how_stuck(i, packed);
    if (!space_.orbits || who_counts(i, packed).empty()) return worst;
    space_.orbits->any_image(packed, [&](const Word* image, const Orbits::Points&) {
      if (worst == How::kHung) return true;
      worst = std::max(worst, how_stuck(i, image));
      return worst == How::kHung;
    });
    return worst;
  }

  // The processes that are stuck as a property counts them.
  std::vector<int> who_counts(int i, const Word* packed) const {
    const auto counting = counting_.find(i);
    return (counting == counting_.end() ? *stuck_ : counting->second).stuck(packed);
  }

  // The first state, in order of distance, that violates the property; of those where all hang, if
  // there is one.
  void find_stuck(std::size_t i) {
    std::vector<Word> packed(space_.words());
    auto level = space_.levels.begin();
    for (const std::uint64_t at : stuck_->states()) {
      while (at >= level->first + level->count) ++level;
      space_.log.read(at, 1, packed.data());
      const How how = how_stuck_under_any_name(options_.properties[i], packed.data());
      if (how == How::kNot) continue;
      std::optional<Distance>& known = out_.findings.violated[i];
      if (!known) known = level->distance;
      if (how == How::kMoving) continue;
      known = level->distance;
      hung_.push_back(i);
      return;
    }
  }

  void show_violations() {
    const double began = budget_.seconds();
    for (std::size_t i = 0; i < options_.properties.size(); ++i) {
      if (out_.findings.violated[i] && !out_.findings.error) show(i);
    }
    out_.stats.showing = budget_.seconds() - began;
  }

  void show(std::size_t i) {
    Violated v;
    v.property = options_.properties[i];
    v.length = *out_.findings.violated[i];
    const Property& violated = property(v.property);
    const bool hung = std::find(hung_.begin(), hung_.end(), i) != hung_.end();
    const auto wanted = [&](How how) { return hung ? how == How::kHung : how != How::kNot; };
    End end;
    switch (violated.kind) {
      case Property::Kind::kAsserts:
        end.step = [&](const Word*, const Firing& f) {
          const std::vector<int>& all = outcome(f).violations;
          return std::find(all.begin(), all.end(), v.property) != all.end();
        };
        break;
      case Property::Kind::kInvariant:
        end.state = [&, test = space_.executor.test(violated.condition)](const Word* s) {
          return space_.executor.judge(test, s) == Executor::Verdict::kViolated;
        };
        break;
      case Property::Kind::kNoStuck:
        end.state = [&](const Word* s) { return wanted(how_stuck_under_any_name(v.property, s)); };
        break;
      case Property::Kind::kLeadsTo:
        end.state = [&](const Word* s) { return never_comes_->starts(v.property, s); };
        break;
    }
    std::vector<Word> last;
    v.run = least_run(space_, v.length, end, never("finding the shortest run"), last);
    if (v.run.empty() && v.length != Distance{}) return;
    if (violated.kind == Property::Kind::kNoStuck) {
      if (!wanted(how_stuck(v.property, last.data()))) {
        space_.orbits->any_image(last.data(), [&](const Word* image, const Orbits::Points& to) {
          if (!wanted(how_stuck(v.property, image))) return false;
          v.run = renamed_run(space_, v.run, to, last);
          return true;
        });
      }
      State s;
      space_.layout.unpack(last.data(), s);
      v.stuck = who_counts(v.property, last.data());
      v.waits = waits_(s, stuck_->stuck(last.data()), stuck_->hanging(last.data()), violated.cycle);
    }
    if (violated.kind == Property::Kind::kLeadsTo) add_lasso(last, v);
    out_.violated.push_back(std::move(v));
  }

  // What goes on for ever after the run to `start`.
  void add_lasso(const std::vector<Word>& start, Violated& v) const {
    if (!lasso_) return;
    State s;
    space_.layout.unpack(start.data(), s);
    const auto lasso = lasso_(never_comes_->leads(v.property), s, [&](const State& state) {
      return never_comes_->component(v.property, state);
    });
    if (!lasso) return;  // its reader will see that the run does not show it
    v.loop = static_cast<int>(v.run.size() + lasso->loop);
    v.run.insert(v.run.end(), lasso->events.begin(), lasso->events.end());
  }

  const Outcome& outcome(const Firing& f) const {
    return f.unusual != nullptr ? *f.unusual
                                : space_.executor.outcomes()[static_cast<std::size_t>(f.outcome)];
  }

  // The run to a state with a model error, and the first event that fails in it.
  void show_error() {
    std::vector<Executor::Test> tests;
    for (const int i : options_.properties) {
      if (property(i).condition) tests.push_back(space_.executor.test(property(i).condition));
      for (const ir::ExprRef& e : property(i).when) tests.push_back(space_.executor.test(e));
      for (const ir::LeadsTo& l : property(i).leads) {
        tests.push_back(space_.executor.test(l.from));
        tests.push_back(space_.executor.test(l.to));
      }
    }
    const auto failing = [&](const Word* s) {
      return std::any_of(tests.begin(), tests.end(), [&](const Executor::Test& t) {
        return space_.executor.judge(t, s) == Executor::Verdict::kError;
      });
    };
    const auto error_event = [&](const Word* s, int& step, int& choice) {
      std::vector<Word> scratch(space_.words());
      return space_.executor.first(
          s, scratch.data(), [&](const Firing& f) { return outcome(f).error; }, step, choice);
    };
    End end;
    int step = -1, choice = 0;
    end.state = [&](const Word* s) {
      int a = 0, b = 0;
      return failing(s) || error_event(s, a, b);
    };
    // The last level may not be complete: what is in the log of it is.
    Level& last_level = space_.levels.back();
    if (last_level.count == 0) last_level.count = space_.log.size() - last_level.first;
    std::vector<Word> last;
    out_.error_run =
        least_run(space_, *out_.findings.error, end, never("finding the shortest run"), last);
    if (last.empty() || failing(last.data())) return;
    if (error_event(last.data(), step, choice)) {
      const ir::Step& s = p_.steps[static_cast<std::size_t>(step)];
      out_.error_event = Event{step, choice_values(s, choice)};
    }
  }

  const ir::Program& p_;
  const Options& options_;
  const Waits& waits_;
  const FindLasso& lasso_;
  Explored& out_;
  Budget budget_;
  Space space_;
  Search search_;
  std::optional<Stuck> stuck_;
  std::map<int, Stuck> counting_;          // per property with a condition
  std::optional<NeverComes> never_comes_;  // where a property needs it
  std::vector<std::size_t> hung_;          // properties whose run ends where all hang
};

// A search that left steps out has proved what it found to hold.  What does not is looked for again
// with all steps: then the run that is shown is a shortest one, and who is stuck and why is known.
bool settled(const Explored& e, bool any_stuck) {
  const Findings& f = e.findings;
  if (!f.complete) return !f.stopped.empty();
  return !f.error && !any_stuck &&
         std::none_of(f.violated.begin(), f.violated.end(),
                      [](const std::optional<Distance>& d) { return d.has_value(); });
}

constexpr const char* kWrong = "two steps that were taken to be independent are not";
// The number changes when other steps are left out.
constexpr const char* kReducedMark = " partial order 3";

}  // namespace

Explored explore(const ir::Program& program, const Options& options, const Waits& waits,
                 const FindLasso& lasso) {
  Options o = options;
  o.generation = 1;
  if (!options.resume_from.empty()) {
    o.partial_order = read_manifest(options.resume_from)
                          .fingerprint.starts_with(options.fingerprint + kReducedMark);
    o.symmetry = options.symmetry &&
                 read_manifest(options.resume_from).fingerprint.find(Space::kSymmetryMark) !=
                     std::string::npos;
  }
  std::string not_reduced;
  if (o.partial_order) {
    not_reduced = needs_all_steps(program, o.properties);
    o.partial_order = not_reduced.empty();
  }
  if (o.partial_order) {
    Options reduced = o;
    reduced.generation = 0;
    reduced.until_violated = true;
    reduced.fingerprint += kReducedMark;
    Explored out;
    Explorer explorer(program, reduced, waits, lasso, out);
    if (!options.resume_from.empty()) explorer.restore();
    explorer.run();
    if (explorer.wrong_reduction()) throw ReductionError(kWrong);
    if (settled(out, explorer.any_stuck())) return out;
    not_reduced = "not all is safe: the runs are shortest ones of all steps";
    o.resume_from.clear();
    o.spent = explorer.seconds();
    o.partial_order = false;
  }
  Explored out = explore_once(program, o, waits, lasso);
  out.stats.not_reduced = std::move(not_reduced);
  return out;
}

Explored explore_once(const ir::Program& program, const Options& options, const Waits& waits,
                      const FindLasso& lasso) {
  Options all = options;
  std::vector<Symmetry::OfSort> symmetry;
  {
    Explored out;
    Explorer explorer(program, options, waits, lasso, out);
    if (!options.resume_from.empty()) explorer.restore();
    explorer.run();
    if (explorer.wrong_reduction()) throw ReductionError(kWrong);
    if (!out.stats.symmetry_unsure || settled(out, explorer.any_stuck())) return out;
    all.spent = explorer.seconds();
    symmetry = out.stats.symmetry;
  }
  // Runs are found where each state has one representative: else all states are looked at.
  all.symmetry = false;
  all.resume_from.clear();
  all.generation += 2;
  Explored out = explore_once(program, all, waits, lasso);
  for (Symmetry::OfSort& s : symmetry) {
    s.any = false;
    s.explanation += "; not all is safe, and too many orders tie: all states were looked at";
  }
  out.stats.symmetry = std::move(symmetry);
  return out;
}

}  // namespace stalemate::engine
