// One state for all that are the same but for the names of interchangeable members.
//
// Members are sorted by what they have to themselves (records.h), and where that is the same, by
// keys that do not depend on their names: sums over the other slots that are about a member, of
// what is in them and of the keys of the other members there.  Where keys tie, the least of the
// states that the orders of those make is taken, but for orders that swap members whose swap
// changes nothing.  So all states of an orbit have the same representative, unless there are too
// many orders to try (Scratch::unsure).
//
// A renaming is the new place of each point, which is a member of a class; the classes are those of
// a Symmetry. Tested by tests/unit/engine/symmetry_test.cc.
#ifndef STALEMATE_ENGINE_ORBITS_H_
#define STALEMATE_ENGINE_ORBITS_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "engine/layout.h"
#include "engine/moved_processes.h"
#include "engine/records.h"
#include "engine/renaming.h"
#include "engine/symmetry.h"
#include "ir/ir.h"

namespace stalemate::engine {

class Orbits {
 public:
  using Points = engine::Points;

  Orbits(const ir::Program& p, const Layout& layout, const Addresses& addresses,
         const std::vector<Symmetry::Class>& classes);

  // What one thread works with.
  class Scratch {
   public:
    // The renaming that representative() used last.
    const Points& renaming() const { return renaming_; }
    // Some representative was not the only one of its orbit.
    bool unsure() const { return unsure_; }

   private:
    friend class Orbits;
    struct Block {  // members that tie, at places first .. of their class
      std::size_t cls = 0, first = 0;
      std::vector<int> twins;     // per place: which kind of twins is there
      std::vector<Points> kinds;  // the points of each kind
    };
    Points renaming_, order_, best_;
    std::vector<Word> records_;
    std::vector<int> values_;                 // per slot
    std::vector<std::uint32_t> active_;       // slots that are not 0, as most are
    std::vector<std::uint64_t> keys_, sums_;  // per point
    std::vector<Block> blocks_;
    std::vector<Word> state_, least_;
    bool unsure_ = false;
  };

  // Makes a state the representative of its orbit.
  void representative(Word* state, Scratch& s) const;
  // Calls visit(state, renaming) for a state under all renamings, until it is true; then true.
  // States may come more than once.
  bool any_image(const Word* state,
                 const std::function<bool(const Word*, const Points&)>& visit) const;
  void rename(const Word* state, const Points& renaming, Word* out) const;

  const MovedProcesses& processes() const { return *processes_; }

 private:
  static constexpr std::size_t kMostOrders = 5040;
  static constexpr Point kNobody = 0xffff;

  struct Class {
    std::size_t first = 0, count = 0;  // points
  };
  struct Slot {
    Field field;
    std::uint64_t family = 0;            // hashed, with all that no renaming changes
    std::uint32_t first = 0, count = 0;  // in references_
    std::uint32_t place = 0;             // its own in targets_
    int values = -1;                     // in point_of_value_, for slots that hold points
    bool always = false;                 // 0 takes bits in some slot of its family
  };
  struct Reference {
    Point point = 0;
    std::uint32_t stride = 0;
  };

  struct Finder;
  void find_points(Finder& f);
  void find_families(Finder& f) const;
  void add_slots(const Finder& f, const std::vector<int>& family);
  Point point_held(const Slot& slot, int value) const {
    if (slot.values < 0 || value < 0) return kNobody;
    return point_of_value_[static_cast<std::size_t>(slot.values + value)];
  }
  const Word* record(const Scratch& s, std::size_t cls, Point p) const {
    return s.records_.data() + records_.begin(cls, p - classes_[cls].first);
  }
  int compare(const Scratch& s, std::size_t cls, Point a, Point b) const;
  // Sorts the points of each class into order_, by records: at each place, who comes there. True:
  // some are equal there, and there are slots that may tell them apart.
  bool sort_by_records(Scratch& s) const;
  // And those that are equal by keys.
  void sort_by_keys(Scratch& s) const;
  bool tie(const Scratch& s, std::size_t cls, Point a, Point b) const {
    return s.keys_[a] == s.keys_[b] && compare(s, cls, a, b) == 0;
  }
  void find_keys(Scratch& s) const;
  void add_shared(Scratch& s) const;
  bool any_tie(const Scratch& s) const;
  void find_blocks(Scratch& s) const;
  void find_block(std::size_t cls, std::size_t first, std::size_t last, Scratch& s) const;
  bool are_twins(Point a, Point b, Scratch& s) const;
  // The state of s.records_ and s.values_ under a renaming, in place of what is in `out`.
  void rename(const Scratch& s, const Points& to, Word* out) const;
  void read_records(const Word* state, Scratch& s) const;
  void unpack(const Word* state, Scratch& s) const;  // the slots that are not in records
  void arrange(Scratch& s) const;

  std::size_t words_;
  std::size_t point_count_ = 0;
  std::vector<Class> classes_;
  std::vector<std::size_t> class_of_;  // per point
  Records records_;
  // The other slots that take bits and that a renaming may change, and where they go.
  std::vector<Slot> slots_;
  std::vector<Word> slots_mask_;      // their bits in a state
  std::vector<std::uint8_t> shares_;  // per class: some of them are about it
  std::vector<Reference> references_;
  std::vector<std::uint32_t> targets_;  // in slots_
  std::vector<Point> point_of_value_;
  std::vector<int> value_of_point_;  // its member
  std::unique_ptr<const MovedProcesses> processes_;
};

}  // namespace stalemate::engine

#endif  // STALEMATE_ENGINE_ORBITS_H_
