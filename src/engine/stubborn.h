// Which of the steps that can be taken in a state need to be: a strong stubborn set (Valmari).
//
// A set of units (dependence.h) is stubborn in a state when
//   D1  for each of its units that fires, all units that do not accord with the way it fires are
//       in it;
//   D2  for each of its units that does not fire, all units are in it of which one has to fire
//       before it can;
//   C   one of its units fires; where it is asked who is stuck, one whose step is relied on: it is
//       neither speculative nor relies on a copy.  Where none of these fires, it has all units;
//   S   it has all units if one of its units that fire is sticky (sticky.h);
//   V   it has all visible units if one of its units that fire is visible: may change what a
//       condition of a property reads.
// Then what happens in some run of all steps happens in some run of the steps taken; docs/
// soundness.md has the argument, and what it says of each kind of property.  The choice depends on
// the state only.  Tested by tests/unit/engine/stubborn_test.cc.
#ifndef STALEMATE_ENGINE_STUBBORN_H_
#define STALEMATE_ENGINE_STUBBORN_H_

#include <cstdint>
#include <string>
#include <vector>

#include "engine/dependence.h"
#include "engine/executor.h"
#include "engine/layout.h"
#include "ir/ir.h"

namespace stalemate::engine {

class Stubborn {
 public:
  // `conditions`: of the properties that are asked for; `stuck`: one of them is about that.
  // `alike`: per step, equal for those that a symmetry maps to each other, or nothing; sticky and
  // visible are all of them or none, since a circle of states that stand for others leads through
  // their images, too.
  Stubborn(const ir::Program& p, const Layout& layout, const Executor& executor,
           const std::vector<ir::ExprRef>& conditions, bool stuck,
           const std::vector<int>& alike = {});

  // What one thread works with.
  struct Scratch {
    std::vector<std::int32_t> way;  // per unit: the one that fires, or -1
    Units set, best;
    Units firing, sticky;              // units that fire, and those of them that are sticky
    int weight = 0;                    // so many in `set` fire
    std::vector<std::uint32_t> todo;   // in `set`, and not looked at yet
    std::vector<std::uint32_t> fires;  // units
  };
  // The way (dependence.h) of a cube, a number of Executor, or of one of Steps::general.
  std::uint32_t way_of_cube(std::uint32_t cube) const { return executor_.cube(cube); }
  std::uint32_t way_of_general(std::size_t general) const {
    return static_cast<std::uint32_t>(executor_.steps().cubes.size() + general);
  }
  // Of ways that fire in `state`, all of them: true for those to be taken.
  void choose(const Word* state, const std::vector<std::uint32_t>& ways, Scratch& s,
              std::vector<std::uint8_t>& taken) const;

  // Do all pairs of ways that fire in `state` and are taken to accord do so there?  For tests and
  // --check-por.
  bool check(const Word* state, const std::vector<std::uint32_t>& ways) const;

 private:
  bool close(const Word* state, std::uint32_t seed, int best, Scratch& s) const;
  bool add_enabling(const Word* state, std::size_t unit, int best, Scratch& s) const;
  const Units& enabling(const Word* state, const std::vector<Literal>& guard, const Units& in,
                        bool& found) const;
  bool add(const Units& units, int best, Scratch& s) const;
  bool fire(std::uint32_t way, const Word* state, Word* after) const;

  const Executor& executor_;
  const bool stuck_;
  Dependence dependence_;
  std::vector<std::uint8_t> sticky_, counted_, is_visible_;  // per unit
  Units visible_, all_;
  std::vector<Units> wakes_;   // per unit without cubes: who may make it fire
  std::vector<Units> spared_;  // per way (preemption.h)
};

}  // namespace stalemate::engine

#endif  // STALEMATE_ENGINE_STUBBORN_H_
