// What it means for a Program to swap two members of a sort: where each slot, value and process
// goes.
//
// An array indexed by the sort has its elements swapped, a slot that holds a member the values, and
// when the sort is the CPUs, each process of one CPU goes to the process of the same name on the
// other, with all its variables.  Whether the program stays what it is then is another question
// (symmetry.h). Tested by tests/unit/engine/symmetry_test.cc.
#ifndef STALEMATE_ENGINE_RENAMING_H_
#define STALEMATE_ENGINE_RENAMING_H_

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "ir/ir.h"

namespace stalemate::engine {

constexpr int kCpuSort = 0;

// The slots of a Program by what they are about: two slots of one family differ only in the members
// of sorts that they are of.
class Addresses {
 public:
  struct Reference {
    int sort = -1;
    int member = -1;
    auto operator<=>(const Reference&) const = default;
  };
  struct Address {
    int family = -1;
    std::vector<Reference> of;  // the CPU of its process, then its indices
    auto operator<=>(const Address&) const = default;
  };

  explicit Addresses(const ir::Program& p);

  const Address& of(int slot) const { return addresses_[static_cast<std::size_t>(slot)]; }
  // -1: there is none.
  int slot(const Address& address) const;
  const ir::Domain& domain(int slot) const { return *domains_[static_cast<std::size_t>(slot)]; }

 private:
  std::vector<Address> addresses_;
  std::vector<const ir::Domain*> domains_;
  std::map<Address, int> slots_;
};

struct Renaming {
  int sort = -1;
  std::vector<int> member;   // per member of the sort: what becomes of it
  std::vector<int> process;  // per process
  std::vector<int> slot;     // per slot

  int value(const ir::Domain& domain, int value) const {
    return domain.sort == sort && value >= 0 ? member[static_cast<std::size_t>(value)] : value;
  }
  // Of a combination of choices of a step.
  int choice(const ir::Step& step, int choice) const;
};

// Nothing, with the reason in `why`, where there is no place for something to go.
std::optional<Renaming> swap_members(const ir::Program& p, const Addresses& addresses, int sort,
                                     int a, int b, std::string& why);

}  // namespace stalemate::engine

#endif  // STALEMATE_ENGINE_RENAMING_H_
