#include "engine/moved_processes.h"

#include <algorithm>
#include <numeric>
#include <utility>

namespace stalemate::engine {

namespace {

std::size_t factorial(std::size_t n) { return n < 2 ? 1 : n * factorial(n - 1); }

// The permutation of 0 .. n - 1 with this number in lexical order.
std::vector<std::size_t> permutation(std::size_t n, std::size_t number) {
  std::vector<std::size_t> left(n), out, digits;
  std::iota(left.begin(), left.end(), std::size_t{0});
  for (std::size_t i = 1; i <= n; ++i) {
    digits.push_back(number % i);
    number /= i;
  }
  for (std::size_t i = n; i-- > 0;) {
    out.push_back(left[digits[i]]);
    left.erase(left.begin() + static_cast<std::ptrdiff_t>(digits[i]));
  }
  return out;
}

}  // namespace

MovedProcesses::MovedProcesses(const ir::Program& p, std::vector<Class> classes, std::size_t points)
    : classes_(std::move(classes)) {
  for (const ir::Process& process : p.processes) {
    Process& of = processes_.emplace_back();
    for (std::size_t c = 0; c < classes_.size(); ++c) {
      const std::vector<int>& members = classes_[c].members;
      const auto cpu = std::find(members.begin(), members.end(), process.cpu);
      if (cpu == members.end()) continue;
      of.cls = c;
      of.member = static_cast<std::size_t>(cpu - members.begin());
      for (const int member : members) {
        const auto there = std::find_if(
            p.processes.begin(), p.processes.end(),
            [&](const auto& other) { return other.name == process.name && other.cpu == member; });
        of.on.push_back(static_cast<int>(there - p.processes.begin()));
      }
    }
  }
  std::size_t kinds = 1;
  for (const Class& c : classes_) kinds *= factorial(c.members.size());
  for (std::size_t kind = 0; kind < kinds; ++kind) {
    Points to(points);
    std::iota(to.begin(), to.end(), Point{0});
    std::size_t rest = kind;
    for (const Class& c : classes_) {
      const std::size_t all = factorial(c.members.size());
      const std::vector<std::size_t> order = permutation(c.members.size(), rest % all);
      rest /= all;
      for (std::size_t i = 0; i < order.size(); ++i) {
        to[c.first + i] = static_cast<Point>(c.first + order[i]);
      }
    }
    std::vector<std::uint16_t>& processes = of_kind_.emplace_back();
    for (std::size_t i = 0; i < processes_.size(); ++i) {
      processes.push_back(static_cast<std::uint16_t>(process(static_cast<int>(i), to)));
    }
  }
}

int MovedProcesses::process(int process, const Points& renaming) const {
  const Process& of = processes_[static_cast<std::size_t>(process)];
  if (of.cls == kNowhere) return process;
  const std::size_t first = classes_[of.cls].first;
  return of.on[renaming[first + of.member] - first];
}

// The inverse of what permutation() does, for the classes in turn.
std::uint16_t MovedProcesses::kind(const Points& renaming) const {
  std::size_t number = 0, scale = 1;
  for (const Class& c : classes_) {
    const std::size_t count = c.members.size();
    for (std::size_t i = 0; i < count; ++i) {
      std::size_t smaller = 0;
      for (std::size_t k = i + 1; k < count; ++k) {
        smaller += renaming[c.first + k] < renaming[c.first + i] ? 1 : 0;
      }
      number += smaller * scale * factorial(count - 1 - i);
    }
    scale *= factorial(count);
  }
  return static_cast<std::uint16_t>(number);
}

}  // namespace stalemate::engine
