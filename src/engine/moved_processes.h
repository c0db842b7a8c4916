// Where the processes of interchangeable CPUs go under a renaming (orbits.h), by numbers: an edge
// of the state graph that leads to the representative of a state remembers one. Tested by
// tests/unit/engine/symmetry_test.cc.
#ifndef STALEMATE_ENGINE_MOVED_PROCESSES_H_
#define STALEMATE_ENGINE_MOVED_PROCESSES_H_

#include <cstddef>
#include <cstdint>
#include <vector>

#include "ir/ir.h"

namespace stalemate::engine {

using Point = std::uint16_t;
using Points = std::vector<Point>;  // per point: where it goes

class MovedProcesses {
 public:
  struct Class {  // of CPUs: members[i] is the point first + i
    std::size_t first = 0;
    std::vector<int> members;
  };
  MovedProcesses(const ir::Program& p, std::vector<Class> classes, std::size_t points);

  int process(int process, const Points& renaming) const;
  // Renamings by what they do to processes: numbers below kinds(), 0 for nothing.
  std::size_t kinds() const { return of_kind_.size(); }
  std::uint16_t kind(const Points& renaming) const;
  // Per process: where it goes.
  const std::vector<std::uint16_t>& of_kind(std::uint16_t kind) const { return of_kind_[kind]; }

 private:
  static constexpr std::size_t kNowhere = ~std::size_t{0};
  struct Process {
    std::size_t cls = kNowhere;  // of its CPU, and which one of it that is
    std::size_t member = 0;
    std::vector<int> on;  // per member: the process of its name there
  };
  std::vector<Class> classes_;
  std::vector<Process> processes_;
  std::vector<std::vector<std::uint16_t>> of_kind_;
};

}  // namespace stalemate::engine

#endif  // STALEMATE_ENGINE_MOVED_PROCESSES_H_
