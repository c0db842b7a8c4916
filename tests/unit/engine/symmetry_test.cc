// Symmetry: one state for all that are the same but for names, and nothing else changes.
#include "engine/symmetry.h"

#include <gtest/gtest.h>

#include "engine/checkpoint.h"
#include "engine/explore.h"
#include "engine/orbits.h"
#include "engine/stuck.h"
#include "fault.h"
#include "interp/wait_for.h"
#include "programs.h"
#include "symmetric_program.h"

namespace stalemate::engine::test {
namespace {

Options options_of(const ir::Program& p, bool symmetry, int threads) {
  Options o;
  for (std::size_t i = 0; i < p.properties.size(); ++i) o.properties.push_back(static_cast<int>(i));
  o.threads = threads;
  o.max_states = 20000;
  o.symmetry = symmetry;
  return o;
}

Explored run(const ir::Program& p, const Options& o) {
  const interp::WaitFor wait_for(p);
  return explore_once(p, o,
                      [&](const State& s, const std::vector<int>& stuck,
                          const std::vector<int>& hanging, const std::vector<std::string>& labels) {
                        return wait_for.graph(s, stuck, hanging, labels);
                      });
}

bool applied(const Explored& e) {
  return std::any_of(e.stats.symmetry.begin(), e.stats.symmetry.end(),
                     [](const Symmetry::OfSort& s) { return s.any; });
}

struct Totals {
  int programs = 0, symmetric = 0, violated = 0, stuck = 0, errors = 0, renamed = 0, unsure = 0;
  std::uint64_t full = 0, reduced = 0;
};

void print(const char* what, const Totals& t) {
  std::cout << what << ": " << t.programs << " programs, " << t.symmetric << " symmetric, "
            << t.violated << " violated, " << t.stuck << " stuck, " << t.errors << " errors, "
            << t.renamed << " other runs, " << t.unsure << " unsure; " << t.reduced << " of "
            << t.full << " states\n";
}

// Which of the nearest stuck states is shown may be another one by name; it must be one.
void compare_runs(const ir::Program& p, const Violated& full, const Violated& reduced, Totals& t) {
  EXPECT_EQ(reduced.property, full.property);
  EXPECT_EQ(reduced.length, full.length);
  EXPECT_EQ(reduced.run.size(), full.run.size());
  const ir::Property& property = p.properties[static_cast<std::size_t>(full.property)];
  Trace trace;
  trace.events = reduced.run;
  EXPECT_NO_THROW(interp::replay(p, trace));
  if (reduced.run == full.run) return;
  ++t.renamed;
  EXPECT_EQ(property.kind, ir::Property::Kind::kNoStuck);
  EXPECT_FALSE(reduced.stuck.empty());
  EXPECT_EQ(reduced.waits.cycle.empty(), full.waits.cycle.empty());
}

// One search with all states and one with those that stand for others.
void compare(const ir::Program& p, Totals& t, std::uint64_t orbits = 0) {
  const Explored full = run(p, options_of(p, false, 1));
  const Explored reduced = run(p, options_of(p, true, 2));
  if (!full.findings.complete && !full.findings.error) return;
  ++t.programs;
  if (applied(reduced)) ++t.symmetric;
  if (reduced.stats.symmetry_unsure) ++t.unsure;
  EXPECT_EQ(reduced.findings.error, full.findings.error);
  EXPECT_EQ(reduced.error_run, full.error_run);
  EXPECT_EQ(reduced.error_event, full.error_event);
  if (full.findings.error) {
    ++t.errors;
    return;
  }
  EXPECT_EQ(reduced.findings.complete, full.findings.complete);
  EXPECT_EQ(reduced.findings.fired, full.findings.fired);
  EXPECT_EQ(reduced.findings.goals, full.findings.goals);
  EXPECT_EQ(reduced.findings.counted, full.findings.counted);
  EXPECT_EQ(reduced.findings.violated, full.findings.violated);
  EXPECT_EQ(reduced.findings.depth, full.findings.depth);
  EXPECT_LE(reduced.findings.states, full.findings.states);
  if (orbits != 0) {
    EXPECT_EQ(reduced.findings.states, orbits);
  } else if (!applied(reduced)) {
    EXPECT_EQ(reduced.findings.states, full.findings.states);
  }
  ASSERT_EQ(reduced.violated.size(), full.violated.size());
  for (std::size_t i = 0; i < full.violated.size(); ++i) {
    compare_runs(p, full.violated[i], reduced.violated[i], t);
    t.stuck += full.violated[i].stuck.empty() ? 0 : 1;
  }
  if (!full.violated.empty()) ++t.violated;
  t.full += full.findings.states;
  t.reduced += reduced.findings.states;
}

// All that the reference interpreter reaches; none when there are too many or one is an error.
std::set<State> reachable(const ir::Program& p, std::size_t most) {
  std::set<State> all;
  bool error = false;
  for_each_reachable(p, most, [&](const State& s) {
    all.insert(s);
    std::vector<Move> m = moves(p, s);
    for (const Move& move : m) error = error || move.kind == Move::Kind::kError;
    return m;
  });
  if (error || all.size() >= most) all.clear();
  return all;
}

State least_image(const SymmetricProgram& m, const State& s) {
  State least = s;
  for (const std::vector<int>& to : m.permutations()) least = std::min(least, m.permuted(s, to));
  return least;
}

// As many states as there are orbits, found by trying all permutations.
TEST(Symmetry, CountsOrbits) {
  Totals t;
  for (unsigned seed = 0; seed < 600 && !HasFailure(); seed += kEvery) {
    const SymmetricProgram m(seed);
    SCOPED_TRACE("seed " + std::to_string(seed));
    const std::set<State> all = reachable(m.program(), 3000);
    if (all.empty()) continue;
    std::set<State> orbits;
    for (const State& s : all) orbits.insert(least_image(m, s));
    compare(m.program(), t, orbits.size());
  }
  print("random", t);
  EXPECT_EQ(t.symmetric, t.programs);
  EXPECT_EQ(t.unsure, 0);
  EXPECT_GE(t.programs, 500 / kEvery);
  EXPECT_GE(t.violated, 400 / kEvery);
  EXPECT_GE(t.stuck, 400 / kEvery);
  EXPECT_LT(t.reduced * 2, t.full);
}

TEST(Symmetry, ErrorsAreTheSame) {
  Totals t;
  for (unsigned seed = 0; seed < 400 && !HasFailure(); seed += kEvery) {
    const SymmetricProgram m(seed, true);
    SCOPED_TRACE("seed " + std::to_string(seed));
    compare(m.program(), t);
  }
  print("with errors", t);
  EXPECT_GE(t.errors, 15 / kEvery);
}

// A search with its stuck processes.
struct Searched {
  Searched(const ir::Program& p, const std::vector<ir::ExprRef>& when, bool symmetry, bool edges)
      : options(options_of(p, symmetry, 2)),
        budget(options),
        space(p, 2, {false, false, {}, false, symmetry, options.properties}, false),
        search(space, options, budget, findings, stats) {
    search.run();
    if (!findings.complete) return;
    stuck.emplace(space, when);
    stuck->solve(true, edges, [] { return false; });
  }
  Options options;
  Budget budget;
  Findings findings;
  Stats stats;
  Space space;
  Search search;
  std::optional<Stuck> stuck;
};

// State by state: the same processes are stuck and hang, whatever stands for the state.
TEST(Symmetry, TheSameProcessesAreStuck) {
  int states = 0, stuck = 0, hanging = 0;
  for (unsigned seed = 0; seed < 200 && !HasFailure(); seed += kEvery) {
    const SymmetricProgram m(seed);
    SCOPED_TRACE("seed " + std::to_string(seed));
    const std::set<State> all = reachable(m.program(), 1000);
    if (all.empty()) continue;
    const std::vector<ir::ExprRef> when =
        seed % 2 == 0 ? std::vector<ir::ExprRef>{} : m.program().properties[3].when;
    const Searched full(m.program(), when, false, true);
    for (const bool edges : {false, true}) {
      const Searched reduced(m.program(), when, true, edges);
      ASSERT_TRUE(full.stuck && reduced.stuck);
      std::vector<Word> packed(full.space.words());
      for (const State& s : all) {
        full.space.layout.pack(s, packed.data());
        const std::vector<int> expected = full.stuck->stuck(packed.data());
        EXPECT_EQ(reduced.stuck->stuck(packed.data()), expected);
        ++states;
        if (expected.empty()) continue;
        ++stuck;
        EXPECT_EQ(reduced.stuck->hanging(packed.data()), full.stuck->hanging(packed.data()));
        hanging += full.stuck->hanging(packed.data()).empty() ? 0 : 1;
      }
    }
  }
  std::cout << states << " states, " << stuck << " stuck, " << hanging << " hanging\n";
  EXPECT_GE(stuck, kEvery == 1 ? 4000 : 100);
  EXPECT_GE(hanging, kEvery == 1 ? 4000 : 100);
}

// All states of an orbit have one representative, which is the state under the renaming told.
TEST(Orbits, HaveOneRepresentative) {
  int states = 0;
  for (unsigned seed = 0; seed < 300 && !HasFailure(); seed += kEvery) {
    const SymmetricProgram m(seed);
    SCOPED_TRACE("seed " + std::to_string(seed));
    const ir::Program& p = m.program();
    const Layout layout(p);
    const Executor executor(p, layout);
    const Addresses addresses(p);
    const Symmetry symmetry(p, layout, executor, addresses, {0, 1, 2, 3, 4});
    ASSERT_EQ(symmetry.classes.size(), 1u) << symmetry.sorts.at(0).explanation;
    ASSERT_EQ(symmetry.classes[0].members.size(), static_cast<std::size_t>(m.cpus()));
    const Orbits orbits(p, layout, addresses, symmetry.classes);
    std::mt19937 random(seed);
    Orbits::Scratch scratch;
    std::vector<Word> least(executor.words()), image(executor.words()), renamed(executor.words());
    for (int i = 0; i < 20; ++i) {
      const State s = random_state(p, layout, random);
      layout.pack(s, least.data());
      orbits.representative(least.data(), scratch);
      for (const std::vector<int>& to : m.permutations()) {
        layout.pack(m.permuted(s, to), image.data());
        const std::vector<Word> before = image;
        orbits.representative(image.data(), scratch);
        EXPECT_EQ(image, least);
        orbits.rename(before.data(), scratch.renaming(), renamed.data());
        EXPECT_EQ(renamed, least);
        const Orbits::Points points(to.begin(), to.end());
        layout.pack(s, renamed.data());
        orbits.rename(std::vector<Word>(renamed).data(), points, renamed.data());
        EXPECT_EQ(renamed, before);
        const auto& processes = orbits.processes().of_kind(orbits.processes().kind(points));
        for (std::size_t k = 0; k < p.processes.size(); ++k) {
          EXPECT_EQ(processes[k], m.moved_process(static_cast<int>(k), to));
          EXPECT_EQ(orbits.processes().process(static_cast<int>(k), points), processes[k]);
        }
        ++states;
      }
    }
    EXPECT_FALSE(scratch.unsure());
  }
  EXPECT_GE(states, 20000 / kEvery);
}

// With partial order as well: what is claimed of that.  True when it left out anything.
bool compare_with_partial_order(const ir::Program& p, Totals& t) {
  Options o = options_of(p, true, 2);
  o.max_states = 1000;
  const Explored all = run(p, o);
  o.partial_order = o.check_partial_order = true;
  const Explored both = run(p, o);
  if (!all.findings.complete || !both.findings.complete) return false;
  ++t.programs;
  EXPECT_EQ(both.findings.fired, all.findings.fired);
  EXPECT_EQ(both.findings.goals, all.findings.goals);
  EXPECT_EQ(both.findings.counted, all.findings.counted);
  for (std::size_t i = 0; i < p.properties.size(); ++i) {
    if (!p.properties[i].cycle.empty()) continue;
    EXPECT_EQ(both.findings.violated[i].has_value(), all.findings.violated[i].has_value());
  }
  return both.findings.states < all.findings.states;
}

TEST(Symmetry, GoesWithPartialOrder) {
  Totals t;
  int smaller = 0;
  for (unsigned seed = 0; seed < 300 && !HasFailure(); seed += kEvery) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    smaller += compare_with_partial_order(SymmetricProgram(seed).program(), t) ? 1 : 0;
  }
  EXPECT_GE(t.programs, 200 / kEvery);
  EXPECT_GE(smaller, 20 / kEvery);
}

// CPUs pass a token on for ever, which is a circle of one representative; what they do once must
// not be left out for ever.
TEST(Symmetry, NothingIsIgnored) {
  for (const int cpus : {2, 3, 4}) {
    for (int variant = 0; variant < 4; ++variant) {
      interp::test::Builder b;
      std::vector<std::string>& names = b.program.sorts[0].members;
      while (static_cast<int>(names.size()) < cpus) {
        names.push_back("cpu" + std::to_string(names.size()));
      }
      const ir::Domain cpu = interp::test::member_of(0, cpus);
      for (int i = 0; i < variant; ++i) b.variable("v" + std::to_string(i), boolean());
      const int token = b.variable("token", interp::test::option_of(0, cpus), -1);
      for (int c = 0; c < cpus; ++c) {
        const int pass = b.process("pass", c, {interp::test::location("a")});
        b.move(pass, 0, 0, eq(get(token), lit(c)), {interp::test::set(token, ir::choice(0))});
        b.program.steps.back().choices.push_back({"to", cpu});
        const int once =
            b.process("once", c, {interp::test::location("a"), interp::test::final_location("b")});
        b.move(once, 0, 1, lit(1), {interp::test::check(0, lit(0))});
      }
      b.step("begin", ir::StepKind::kEventual, eq(get(token), lit(-1)),
             {interp::test::set(token, ir::choice(0))});
      b.program.steps.back().choices.push_back({"to", cpu});
      b.property("asserts");
      b.program.finish();
      Totals t;
      EXPECT_TRUE(compare_with_partial_order(b.program, t));
      EXPECT_EQ(t.programs, 1);
    }
  }
}

TEST(Symmetry, OfModels) {
  Totals t;
  const auto check = [&](const std::vector<Named>& all) {
    for (const Named& m : all) {
      SCOPED_TRACE(m.name);
      compare(m.program, t);
    }
  };
  for (const int cpus : {2, 3}) {
    check(variants("bench/icache.flush", 1, cpus));
    check(variants("bench/ipilock.flush", 1, cpus));
    check(variants("bench/mtrr.flush", 1, cpus));
  }
  check(variants("bench/shootdown.flush", 1, 2));
  check(variants("litmus/spinlock.flush", 1));
  check(variants("litmus/rendezvous.flush", 1));
  check(variants("seeds/x86_mtrr_rendezvous.flush", 4));
  print("models", t);
  EXPECT_GE(t.symmetric, 20);
  EXPECT_GE(t.violated, 3);
}

// One CPU holds on to its flag for ever; two others take theirs and wait until all others are free,
// the first one first.  They wait for each other only where the one that holds on comes last.
TEST(Symmetry, WhoWaitsForWhomIsAskedUnderAllNames) {
  interp::test::Builder b;
  b.program.sorts[0].members.push_back("cpu2");
  const ir::Domain cpu = interp::test::member_of(0, 3);
  const int taken = b.variable("taken", boolean(), 0, {cpu});
  const int lost = b.variable("lost", boolean()), never = b.variable("never", boolean());
  for (int c = 0; c < 3; ++c) {
    const ir::Place own{taken, {lit(c)}, ir::Order::kPlain};
    b.process("p", c,
              {interp::test::location("idle"), interp::test::location("waits"),
               interp::test::location("holds on")});
    std::vector<ir::ExprRef> free;
    for (int k = 0; k < 3; ++k) {
      if (k != c) free.push_back(ir::negate(get(taken, {lit(k)})));
    }
    b.move(c, 0, 2, ir::negate(get(lost)),
           {interp::test::assign(own, lit(1)), interp::test::set(lost, 1)});
    b.move(c, 0, 1, get(lost), {interp::test::assign(own, lit(1))});
    b.move(c, 1, 0, ir::all_of(free), {interp::test::assign(own, lit(0))});
    b.program.steps.back().waits = "lock";
    b.move(c, 2, 0, get(never), {interp::test::assign(own, lit(0))});
  }
  b.property("cycle", ir::Property::Kind::kNoStuck);
  b.program.properties.back().cycle = {"lock"};
  b.program.finish();
  Totals t;
  compare(b.program, t);
  EXPECT_EQ(t.symmetric, 1);
  EXPECT_EQ(t.stuck, 1);
}

// Pages that CPUs claim, write to and give back: two sorts at once.
struct Pages {
  static constexpr int kCpus = 3, kPages = 3;
  Pages() {
    b.program.sorts[0].members.push_back("cpu2");
    b.program.sorts.push_back({"page", {"p0", "p1", "p2"}, true});
    const ir::Domain cpu = interp::test::member_of(0, kCpus),
                     page = interp::test::member_of(1, kPages);
    target = b.variable("target", interp::test::option_of(1, kPages), -1, {cpu});
    owner = b.variable("owner", interp::test::option_of(0, kCpus), -1, {page});
    dirty = b.variable("dirty", boolean(), 0, {cpu, page});
    const auto place = [](int v, std::vector<ir::ExprRef> index) {
      return ir::Place{v, std::move(index), ir::Order::kPlain};
    };
    for (int c = 0; c < kCpus; ++c) {
      b.process("p", c, {interp::test::location("a"), interp::test::location("b")});
      const ir::ExprRef mine = get(target, {lit(c)});
      b.move(c, 0, 1, eq(get(owner, {ir::choice(0)}), lit(-1)),
             {interp::test::assign(place(target, {lit(c)}), ir::choice(0)),
              interp::test::assign(place(owner, {ir::choice(0)}), lit(c))});
      b.program.steps.back().choices.push_back({"p", page});
      b.move(c, 1, 1, interp::test::yes(),
             {interp::test::assign(place(dirty, {lit(c), mine}), lit(1))});
      b.move(c, 1, 0, interp::test::yes(),
             {interp::test::assign(place(owner, {mine}), lit(-1)),
              interp::test::assign(place(target, {lit(c)}), lit(-1))});
    }
    b.property("stuck", ir::Property::Kind::kNoStuck);
    b.program.finish();
  }
  // Both sorts renamed.
  State permuted(const State& s, const std::vector<int>& cpus,
                 const std::vector<int>& pages) const {
    State out(s.size());
    const auto first = [&](int v) {
      return b.program.variables[static_cast<std::size_t>(v)].first;
    };
    const auto at = [](int i) { return static_cast<std::size_t>(i); };
    for (int c = 0; c < kCpus; ++c) {
      const int there = cpus[at(c)];
      const int t = s[at(first(target) + c)];
      out[at(first(target) + there)] = static_cast<ir::Value>(t < 0 ? t : pages[at(t)]);
      for (int p = 0; p < kPages; ++p) {
        out[at(first(dirty) + there * kPages + pages[at(p)])] =
            s[at(first(dirty) + c * kPages + p)];
      }
      const auto control = [&](int cpu) { return first(b.program.processes[at(cpu)].control); };
      out[at(control(there))] = s[at(control(c))];
    }
    for (int p = 0; p < kPages; ++p) {
      const int o = s[at(first(owner) + p)];
      out[at(first(owner) + pages[at(p)])] = static_cast<ir::Value>(o < 0 ? o : cpus[at(o)]);
    }
    return out;
  }
  interp::test::Builder b;
  int target = 0, owner = 0, dirty = 0;
};

TEST(Symmetry, OfTwoSorts) {
  const Pages m;
  std::set<State> orbits;
  for (const State& s : reachable(m.b.program, 100000)) {
    State least = s;
    std::vector<int> cpus{0, 1, 2};
    do {
      std::vector<int> pages{0, 1, 2};
      do {
        least = std::min(least, m.permuted(s, cpus, pages));
      } while (std::next_permutation(pages.begin(), pages.end()));
    } while (std::next_permutation(cpus.begin(), cpus.end()));
    orbits.insert(least);
  }
  Totals t;
  compare(m.b.program, t, orbits.size());
  EXPECT_EQ(t.programs, 1);
  EXPECT_GE(orbits.size(), 500u);
}

// CPUs that point to each other: in a circle of all of them every one looks like every other.
struct Circle {
  explicit Circle(int cpus) {
    std::vector<std::string>& names = b.program.sorts[0].members;
    while (static_cast<int>(names.size()) < cpus)
      names.push_back("cpu" + std::to_string(names.size()));
    next = b.variable("next", interp::test::option_of(0, cpus), -1,
                      {interp::test::member_of(0, cpus)});
    for (int c = 0; c < cpus; ++c) {
      b.step("point", ir::StepKind::kEventual, interp::test::yes(),
             {interp::test::assign({next, {lit(c)}, ir::Order::kPlain}, ir::choice(0))});
      b.program.steps.back().choices.push_back({"to", interp::test::member_of(0, cpus)});
    }
    b.program.finish();
  }
  interp::test::Builder b;
  int next = 0;
};

// Each CPU points to itself at first, so that the value of every slot is a name, the first one too.
TEST(Orbits, RenameTheFirstMemberLikeAnyOther) {
  constexpr int kCpus = 3;
  interp::test::Builder b;
  b.program.sorts[0].members.push_back("cpu2");
  const ir::Domain cpu = interp::test::member_of(0, kCpus);
  const int next = b.variable("next", cpu, 0, {cpu});
  for (int c = 0; c < kCpus; ++c) {
    b.program.variables.back().init[static_cast<std::size_t>(c)] = static_cast<ir::Value>(c);
    b.step("point", ir::StepKind::kEventual, interp::test::yes(),
           {interp::test::assign({next, {lit(c)}, ir::Order::kPlain}, ir::choice(0))});
    b.program.steps.back().choices.push_back({"to", cpu});
  }
  b.program.finish();
  std::set<State> orbits;
  for (const State& s : reachable(b.program, 1000)) {
    State least = s;
    std::vector<int> to{0, 1, 2};
    do {
      State image = s;
      for (int c = 0; c < kCpus; ++c) {
        image[static_cast<std::size_t>(to[static_cast<std::size_t>(c)])] =
            static_cast<ir::Value>(to[static_cast<std::size_t>(s[static_cast<std::size_t>(c)])]);
      }
      least = std::min(least, image);
    } while (std::next_permutation(to.begin(), to.end()));
    orbits.insert(least);
  }
  ASSERT_EQ(orbits.size(), 7u);  // as many as there are maps of three points into themselves
  Totals t;
  compare(b.program, t, orbits.size());
  EXPECT_EQ(t.symmetric, 1);
}

TEST(Orbits, MayHaveSeveralRepresentatives) {
  const Circle m(8);
  const Layout layout(m.b.program);
  const Executor executor(m.b.program, layout);
  const Addresses addresses(m.b.program);
  const Symmetry symmetry(m.b.program, layout, executor, addresses, {});
  const Orbits orbits(m.b.program, layout, addresses, symmetry.classes);
  Orbits::Scratch scratch;
  std::vector<Word> state(executor.words()), image(executor.words());
  State s = interp::initial_state(m.b.program);
  layout.pack(s, state.data());
  orbits.representative(state.data(), scratch);
  for (int c = 0; c < 7; ++c) s[static_cast<std::size_t>(c)] = static_cast<ir::Value>(c + 1);
  layout.pack(s, state.data());
  orbits.representative(state.data(), scratch);
  EXPECT_FALSE(scratch.unsure());
  s[7] = 0;
  layout.pack(s, state.data());
  const std::vector<Word> before = state;
  orbits.representative(state.data(), scratch);
  EXPECT_TRUE(scratch.unsure());
  orbits.rename(before.data(), scratch.renaming(), image.data());
  EXPECT_EQ(image, state);
}

// Eight CPUs are linked one by one to a circle, in which every one looks like every other.
struct Links {
  static constexpr int kCpus = 8;

  // A circle is begun while `may_begin` holds, too.
  explicit Links(const std::function<ExprRef(Links&)>& may_begin) {
    std::vector<std::string>& names = b.program.sorts[0].members;
    while (static_cast<int>(names.size()) < kCpus) {
      names.push_back("cpu" + std::to_string(names.size()));
    }
    const ir::Domain cpu = interp::test::member_of(0, kCpus);
    const ir::Domain maybe = interp::test::option_of(0, kCpus);
    next = b.variable("next", maybe, -1, {cpu});
    first = b.variable("first", maybe, -1);
    last = b.variable("last", maybe, -1);
    const ExprRef chosen = ir::choice(0), none = lit(-1), may = may_begin(*this);
    const auto of_chosen = [&](ExprRef guard, int c) {
      return ir::all_of({eq(get(last), lit(c)), std::move(guard)});
    };
    for (int c = 0; c < kCpus; ++c) {
      const ir::Place place{next, {lit(c)}, ir::Order::kPlain};
      b.step("begin", ir::StepKind::kEventual,
             ir::all_of({eq(get(first), none), eq(get(next, {lit(c)}), none), may}),
             {interp::test::set(first, c), interp::test::set(last, c)});
      b.step(
          "link", ir::StepKind::kEventual,
          of_chosen(ir::all_of({eq(get(next, {chosen}), none), ir::negate(eq(chosen, lit(c)))}), c),
          {interp::test::assign(place, chosen), interp::test::set(last, chosen)});
      b.program.steps.back().choices.push_back({"to", cpu});
      b.step("close", ir::StepKind::kEventual, of_chosen(lit(1), c),
             {interp::test::assign(place, get(first)), interp::test::set(first, -1),
              interp::test::set(last, -1)});
    }
  }
  // All are in circles.
  ExprRef closed() const {
    std::vector<ExprRef> all{eq(get(first), lit(-1))};
    for (int c = 0; c < kCpus; ++c) all.push_back(ir::negate(eq(get(next, {lit(c)}), lit(-1))));
    return ir::all_of(std::move(all));
  }

  interp::test::Builder b;
  int next = 0, first = 0, last = 0;
};

// What is violated then is shown by a search that looks at all states.
TEST(Symmetry, RunsAreFoundWithAllStatesWhereNamesTie) {
  Links m([](Links&) { return lit(1); });
  m.b.property("invariant", ir::Property::Kind::kInvariant, ir::negate(m.closed()));
  m.b.program.finish();
  Options o = options_of(m.b.program, true, 2);
  o.max_states = 0;
  const Explored e = run(m.b.program, o);
  ASSERT_EQ(e.violated.size(), 1u);
  EXPECT_EQ(e.violated[0].run.size(), 9u);
  EXPECT_EQ(e.violated[0].length.environment, 9u);
  EXPECT_NE(e.stats.symmetry.at(0).explanation.find("all states were looked at"),
            std::string::npos);
}

// Names tie before the checkpoint and not after it.
TEST(Symmetry, ACheckpointKnowsThatNamesTied) {
  constexpr int kRounds = 20;
  int round = -1;
  Links m([&](Links& links) {
    round = links.b.variable("round", range(0, kRounds));
    std::vector<ExprRef> all{interp::test::is(round, 0)};
    for (int c = 0; c < Links::kCpus; ++c) all.push_back(eq(get(links.next, {lit(c)}), lit(-1)));
    return ir::all_of(std::move(all));
  });
  ir::Block apart{interp::test::set(round, 1)};
  for (int c = 0; c < Links::kCpus; ++c) {
    apart.push_back(interp::test::assign({m.next, {lit(c)}, ir::Order::kPlain}, lit(-1)));
  }
  m.b.step("apart", ir::StepKind::kEventual, m.closed(), std::move(apart));
  for (int r = 1; r < kRounds; ++r) {
    m.b.step("on", ir::StepKind::kEventual, interp::test::is(round, r),
             {interp::test::set(round, r + 1)});
  }
  m.b.program.finish();
  const TemporaryFolder folder;
  Options o = options_of(m.b.program, true, 1);
  o.fingerprint = "links";
  const Explored whole = run(m.b.program, o);
  ASSERT_TRUE(whole.findings.complete);
  ASSERT_TRUE(whole.stats.symmetry_unsure);
  {
    CheckpointWriter writer(folder.path(), false);
    o.checkpoint = &writer;
    o.max_states = whole.findings.states - kRounds / 2;
    EXPECT_FALSE(run(m.b.program, o).findings.complete);
  }
  CheckpointWriter writer(folder.path(), true);
  o.checkpoint = &writer;
  o.resume_from = folder.path();
  o.max_states = 0;
  const Explored resumed = run(m.b.program, o);
  EXPECT_TRUE(resumed.findings.complete);
  EXPECT_EQ(resumed.findings.states, whole.findings.states);
  EXPECT_TRUE(resumed.stats.symmetry_unsure);
}

TEST(Symmetry, OfSoManyCpus) {
  const Circle m(10);
  const Layout layout(m.b.program);
  const Executor executor(m.b.program, layout);
  const Symmetry symmetry(m.b.program, layout, executor, Addresses(m.b.program), {});
  ASSERT_EQ(symmetry.classes.size(), 1u);
  EXPECT_EQ(symmetry.classes[0].members.size(), 8u);
}

// What is not symmetric, or cannot be seen to be.

// Three CPUs that take a lock in turn.
struct Locks {
  Locks() {
    b.program.sorts[0].members.push_back("cpu2");
    owner = b.variable("owner", interp::test::option_of(0, 3), -1);
    count = b.variable("count", range(0, 2), 0, {interp::test::member_of(0, 3)});
    for (int c = 0; c < 3; ++c) {
      b.process("p", c, {interp::test::location("a"), interp::test::location("b")});
      take[c] = b.move(c, 0, 1, interp::test::is(owner, -1), {interp::test::set(owner, c)});
      drop[c] = b.move(c, 1, 0, interp::test::yes(), {interp::test::set(owner, -1), counted(c)});
    }
    b.property("asserts");
    b.property("invariant", ir::Property::Kind::kInvariant, lit(1));
    b.property("stuck", ir::Property::Kind::kNoStuck);
  }
  ir::Stmt counted(int c) const {
    return interp::test::assign(
        {count, {lit(c)}, ir::Order::kPlain},
        ir::binary(ir::Op::kMod, ir::binary(ir::Op::kAdd, get(count, {lit(c)}), lit(1)), lit(3)));
  }
  ir::Step& step(int i) { return b.program.steps[static_cast<std::size_t>(i)]; }

  // The states of all, under all permutations of the CPUs.
  std::size_t orbits() const {
    const ir::Program& p = b.program;
    const auto slot = [&](int v, int element = 0) {
      return static_cast<std::size_t>(p.variables[static_cast<std::size_t>(v)].first + element);
    };
    const auto control = [&](int c) { return p.processes[static_cast<std::size_t>(c)].control; };
    std::set<State> least;
    for (const State& s : reachable(p, 100000)) {
      State best = s;
      std::vector<int> to{0, 1, 2};
      do {
        State image = s;
        if (s[slot(owner)] >= 0) {
          image[slot(owner)] = static_cast<ir::Value>(to[static_cast<std::size_t>(s[slot(owner)])]);
        }
        for (int c = 0; c < 3; ++c) {
          image[slot(count, to[static_cast<std::size_t>(c)])] = s[slot(count, c)];
          image[slot(control(to[static_cast<std::size_t>(c)]))] = s[slot(control(c))];
        }
        best = std::min(best, image);
      } while (std::next_permutation(to.begin(), to.end()));
      least.insert(best);
    }
    return least.size();
  }

  // "0 1 2": CPUs that are interchangeable.
  std::string classes() {
    b.program.finish();
    const ir::Program& p = b.program;
    const Layout layout(p);
    const Executor executor(p, layout);
    const Symmetry s(p, layout, executor, Addresses(p), {0, 1, 2});
    std::string out;
    for (const Symmetry::Class& c : s.classes) {
      for (const int m : c.members) out += (out.empty() ? "" : " ") + std::to_string(m);
    }
    why = s.sorts.at(0).explanation;
    Totals t;
    compare(p, t);
    EXPECT_EQ(t.programs, 1);
    return out;
  }

  interp::test::Builder b;
  int owner = 0, count = 0, take[3], drop[3];
  std::string why;
};

TEST(Symmetry, OfThoseThatDoTheSame) {
  Locks m;
  EXPECT_EQ(m.classes(), "0 1 2");
  EXPECT_EQ(m.why, "3 interchangeable, cpu0, cpu1 and cpu2");
}

// What never has another value between two steps may take bits for one and none for the other.
TEST(Symmetry, OfThoseThatOnlySeemToDiffer) {
  for (const int init : {0, 1}) {
    Locks m;
    const int flag = m.b.variable("flag", boolean(), init, {interp::test::member_of(0, 3)});
    for (const int value : {1 - init, init}) {
      m.step(m.drop[0]).body.push_back(
          interp::test::assign({flag, {lit(0)}, ir::Order::kPlain}, lit(value)));
    }
    EXPECT_EQ(m.classes(), "0 1 2");
  }
}

TEST(Symmetry, NotOfOneThatBeginsElsewhere) {
  Locks m;
  m.b.program.variables[static_cast<std::size_t>(m.count)].init[1] = 1;
  EXPECT_EQ(m.classes(), "0 2");
}

TEST(Symmetry, NotOfOneThatIsNamedByAValue) {
  Locks m;
  m.b.program.variables[static_cast<std::size_t>(m.owner)].init[0] = 2;
  m.b.step("lost", ir::StepKind::kEventual, interp::test::is(m.owner, 2),
           {interp::test::set(m.owner, -1)});
  EXPECT_EQ(m.classes(), "0 1");
}

TEST(Symmetry, NotOfOneThatDoesMore) {
  Locks m;
  m.step(m.drop[0]).body.push_back(m.counted(0));
  EXPECT_EQ(m.classes(), "1 2");
}

TEST(Symmetry, NotOfOneThatMayDoMore) {
  Locks m;
  m.b.move(1, 0, 0);
  EXPECT_EQ(m.classes(), "0 2");
}

TEST(Symmetry, NotOfOneWithAnotherGuard) {
  Locks m;
  m.step(m.take[2]).guard =
      ir::all_of({m.step(m.take[2]).guard, eq(get(m.count, {lit(2)}), lit(0))});
  EXPECT_EQ(m.classes(), "0 1");
}

TEST(Symmetry, NotOfOneThatChangesAnother) {
  Locks m;
  for (const int c : {0, 1, 2}) {
    m.step(m.drop[c]).body.push_back(
        interp::test::assign({m.count, {lit((c + 1) % 3)}, ir::Order::kPlain}, lit(0)));
  }
  EXPECT_EQ(m.classes(), "");  // a ring can be turned, but no two of it swapped
}

TEST(Symmetry, NotOfStepsOfOtherKinds) {
  Locks m;
  m.step(m.take[0]).kind = ir::StepKind::kEntry;
  EXPECT_EQ(m.classes(), "1 2");
  m.step(m.take[0]).kind = ir::StepKind::kProgram;
  EXPECT_EQ(m.classes(), "0 1 2");
  m.step(m.take[0]).relies_on_copy = true;
  EXPECT_EQ(m.classes(), "1 2");
}

TEST(Symmetry, NotOfStepsThatMayNeverHappen) {
  Locks m;
  for (const int c : {0, 1, 2}) {
    m.b.step("reset", c == 1 ? ir::StepKind::kSpeculative : ir::StepKind::kEventual,
             interp::test::yes(),
             {interp::test::assign({m.count, {lit(c)}, ir::Order::kPlain}, lit(0))});
  }
  EXPECT_EQ(m.classes(), "0 2");
}

TEST(Symmetry, NotOfOneThatIsJudgedByItself) {
  for (const int named : {0, 1, 2}) {
    Locks m;
    m.b.program.properties[1].condition = ir::negate(
        ir::all_of({eq(get(m.count, {lit(named)}), lit(2)), interp::test::is(m.owner, -1)}));
    EXPECT_EQ(m.classes(), named == 0 ? "1 2" : named == 1 ? "0 2" : "0 1");
  }
}

TEST(Symmetry, OfThoseThatAreJudgedAlike) {
  Locks m;
  std::vector<ir::ExprRef> all;
  for (const int c : {2, 0, 1}) all.push_back(ir::negate(eq(get(m.count, {lit(c)}), lit(2))));
  m.b.program.properties[1].condition = ir::all_of(all);
  EXPECT_EQ(m.classes(), "0 1 2");
}

TEST(Symmetry, NotOfConditionsThatFailElsewhere) {
  Locks m;
  // Never true, and an error where CPU 0 has counted: violated everywhere, but not in the same way.
  m.b.program.properties[1].condition = ir::all_of({eq(
      ir::binary(ir::Op::kDiv, lit(1), ir::binary(ir::Op::kSub, lit(2), get(m.count, {lit(0)}))),
      lit(7))});
  EXPECT_EQ(m.classes(), "1 2");
}

TEST(Symmetry, NotOfOneWithAnotherCondition) {
  Locks m;
  for (const int c : {0, 1, 2}) {
    m.b.program.properties[2].when.push_back(eq(get(m.count, {lit(c == 1 ? 0 : c)}), lit(0)));
  }
  EXPECT_EQ(m.classes(), "");
  for (const int c : {0, 1, 2}) {
    m.b.program.properties[2].when[static_cast<std::size_t>(c)] =
        eq(get(m.count, {lit(c)}), lit(0));
  }
  EXPECT_EQ(m.classes(), "0 1 2");
}

TEST(Symmetry, NotOfOneForWhomAloneAnInvariantCouldFail) {
  Locks m;
  std::vector<ir::ExprRef> any;
  for (const int c : {0, 1, 2}) any.push_back(eq(get(m.count, {lit(c)}), lit(2)));
  m.b.program.properties[1].when = {any[1]};
  EXPECT_EQ(m.classes(), "0 2");
  m.b.program.properties[1].when = {ir::any_of(any)};
  EXPECT_EQ(m.classes(), "0 1 2");
}

TEST(Symmetry, NotOfOneWithAGoalOfItsOwn) {
  Locks m;
  const int goal = m.b.goal("goal");
  m.step(m.take[1]).body.push_back(interp::test::cover(goal));
  EXPECT_EQ(m.classes(), "0 2");
}

TEST(Symmetry, NotOfOneThatMayRest) {
  Locks m;
  m.b.program.processes[0].locations[1].rest = true;
  EXPECT_EQ(m.classes(), "1 2");
}

TEST(Symmetry, NotOfOneWithoutTheProcess) {
  Locks m;
  m.b.process("extra", 2, {interp::test::location("a")});
  EXPECT_EQ(m.classes(), "0 1");
}

// A number that stands for a CPU is no CPU.
TEST(Symmetry, NotWhereACpuIsANumber) {
  Locks m;
  const int last = m.b.variable("last", range(0, 2));
  for (const int c : {0, 1, 2}) m.step(m.take[c]).body.push_back(interp::test::set(last, c));
  EXPECT_EQ(m.classes(), "");
}

// A product that is too large is a model error, of which the order of terms decides whether it is
// made.
TEST(Symmetry, NotWhereTermsMayOverflow) {
  interp::test::Builder b;
  const ir::Domain cpu = interp::test::member_of(0, 2);
  const int n = b.variable("n", range(0, 2000), 0, {cpu}), taken = b.variable("taken", boolean());
  std::vector<ExprRef> some;
  for (const int c : {0, 1}) {
    b.step("take", ir::StepKind::kEventual, interp::test::is(taken, 0),
           {interp::test::set(taken, 1),
            interp::test::assign({n, {lit(c)}, ir::Order::kPlain}, lit(1900))});
    const ExprRef of = get(n, {lit(c)});
    const ExprRef cube = ir::binary(ir::Op::kMul, of, ir::binary(ir::Op::kMul, of, of));
    some.push_back(ir::binary(ir::Op::kLe, lit(0), cube));
  }
  b.property("some", ir::Property::Kind::kInvariant, ir::any_of(some));
  b.program.finish();
  EXPECT_TRUE(run(b.program, options_of(b.program, false, 1)).findings.error);
  EXPECT_TRUE(run(b.program, options_of(b.program, true, 1)).findings.error);
}

// More than 256 cubes: the text decides.
TEST(Symmetry, OfStepsThatAreEvaluated) {
  for (const bool odd : {false, true}) {
    Locks m;
    const int row = m.b.variable("row", boolean(), 0, {range(0, 9)});
    ir::ExprRef parity = get(row, {lit(0)});
    for (int i = 1; i < 10; ++i) parity = ir::binary(ir::Op::kNe, parity, get(row, {lit(i)}));
    for (int i = 0; i < 10; ++i) {
      m.b.step("flip", ir::StepKind::kEventual, i == 0 ? lit(1) : get(row, {lit(i - 1)}),
               {interp::test::assign({row, {lit(i)}, ir::Order::kPlain}, lit(1))});
    }
    for (const int c : {0, 1, 2}) {
      std::vector<ir::ExprRef> all;
      for (int k = 0; k < 3; ++k) all.push_back(eq(get(m.count, {lit(k)}), lit(0)));
      ir::Block body{interp::test::set(m.owner, c)};
      if (odd && c == 2) body = {interp::test::set(m.owner, 1)};
      m.b.step("odd", ir::StepKind::kEventual,
               ir::all_of({interp::test::is(m.owner, -1), parity, ir::any_of(all)}), body);
    }
    EXPECT_EQ(m.classes(), odd ? "" : "0 1 2");
    Totals t;
    if (!odd) compare(m.b.program, t, m.orbits());
  }
}

}  // namespace
}  // namespace stalemate::engine::test
