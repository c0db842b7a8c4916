#include "engine/layout.h"

#include <algorithm>
#include <bit>
#include <cstddef>
#include <optional>
#include <utility>

namespace stalemate::engine {

namespace {

constexpr int kCellBits = 32;
// Unlike groups share a cell only when it stays that small: the contents of a cell are stored once
// each, and those of unlike groups multiply.
constexpr int kMixedBits = 20;
constexpr int kNoCpu = -1;

// Slots side by side.
struct Run {
  std::vector<int> slots;
  int bits = 0;

  void append(const Run& other) {
    slots.insert(slots.end(), other.slots.begin(), other.slots.end());
    bits += other.bits;
  }
};

struct Cell : Run {
  int cpu = kNoCpu;  // whose slots are in it, if any
};

// Slots that change together.
struct Group {
  std::vector<Run> units;  // parts that change together even more
  int cpu = kNoCpu;
};

class Packing {
 public:
  Packing(const ir::Program& p, const std::vector<Field>& fields) : p_(p), fields_(fields) {}

  std::vector<Cell> cells() {
    long total = 0;
    for (const Field& f : fields_) total += f.bits;
    if (total <= 2 * kCellBits) {
      std::vector<Cell> all = tight();
      if (all.size() <= 2) return all;
    }
    std::vector<Cell> cells;
    for (const Group& group : groups()) {
      for (Cell& cell : fill(group)) cells.push_back(std::move(cell));
    }
    merge(cells);
    return cells;
  }

 private:
  int bits(int slot) const { return fields_[static_cast<std::size_t>(slot)].bits; }

  // Puts a run into the first cell that has room for it; only the last ones are looked at, which
  // matters when there are thousands.
  static void place(const Run& run, std::vector<Cell>& cells) {
    constexpr std::ptrdiff_t kLast = 16;
    const auto last = cells.end() - std::min(kLast, std::ssize(cells));
    auto cell = std::find_if(last, cells.end(),
                             [&](const Cell& c) { return c.bits + run.bits <= kCellBits; });
    if (cell == cells.end()) cell = cells.insert(cells.end(), Cell());
    cell->append(run);
  }
  void place_each(const Run& run, std::vector<Cell>& cells) const {
    for (const int slot : run.slots) place({{slot}, bits(slot)}, cells);
  }

  // All slots, the widest first.
  std::vector<Cell> tight() const {
    Run all;
    for (std::size_t i = 0; i < fields_.size(); ++i) {
      if (fields_[i].bits > 0) all.slots.push_back(static_cast<int>(i));
    }
    std::stable_sort(all.slots.begin(), all.slots.end(),
                     [&](int a, int b) { return bits(a) > bits(b); });
    std::vector<Cell> cells;
    place_each(all, cells);
    return cells;
  }

  // An index of a variable: elements whose indices differ by one in it are `stride` apart.
  struct Dimension {
    int lo = 0, size = 1, stride = 1;
    int index(int element) const { return lo + element / stride % size; }
  };

  // The index by which an array belongs to CPUs, if its first one is a CPU: that, or the one of the
  // CPU whose steps write to more of its elements.  What is sent from one CPU to another is with
  // the receiver, if that takes all of it at once.
  std::optional<Dimension> cpu_dimension(const ir::Variable& v) const {
    std::vector<Dimension> found;
    int stride = v.elements();
    for (std::size_t i = 0; i < v.dims.size(); ++i) {
      const ir::Domain& d = v.dims[i];
      stride /= d.size();
      const bool is_cpu = d.kind == ir::Domain::Kind::kSort && d.sort == 0;
      if (i == 0 && !is_cpu) return std::nullopt;
      if (is_cpu) found.push_back({d.lo, d.size(), stride});
    }
    if (found.size() < 2) return found.empty() ? std::nullopt : std::optional(found[0]);
    std::vector<long> writes(found.size());
    for (const ir::Step& step : p_.steps) {
      if (step.process < 0) continue;
      const int cpu = p_.processes[static_cast<std::size_t>(step.process)].cpu;
      for (const int slot : step.footprint.writes) {
        if (slot < v.first || slot >= v.first + v.elements()) continue;
        for (std::size_t d = 0; d < found.size(); ++d) {
          if (found[d].index(slot - v.first) == cpu) ++writes[d];
        }
      }
    }
    return found[static_cast<std::size_t>(std::max_element(writes.begin(), writes.end()) -
                                          writes.begin())];
  }

  // The slots of each CPU, shared scalars, and then each variable.  A CPU has its processes,
  // threads and handlers, and its elements of arrays.
  std::vector<Group> groups() const {
    const auto cpus = static_cast<std::size_t>(p_.cpus());
    std::vector<Group> groups(cpus + 1);
    for (std::size_t c = 0; c < cpus; ++c) groups[c].cpu = static_cast<int>(c);

    std::vector<int> owner(p_.variables.size());  // process, or -1
    for (std::size_t i = 0; i < owner.size(); ++i) owner[i] = p_.variables[i].process;
    for (std::size_t i = 0; i < p_.processes.size(); ++i) {
      owner[static_cast<std::size_t>(p_.processes[i].control)] = static_cast<int>(i);
    }
    std::vector<Run> owned(p_.processes.size());
    Run scalars;
    for (std::size_t i = 0; i < owner.size(); ++i) {
      const ir::Variable& v = p_.variables[i];
      if (owner[i] >= 0) {
        add(v.first, v.elements(), owned[static_cast<std::size_t>(owner[i])]);
      } else if (v.dims.empty()) {
        add(v.first, 1, scalars);
      }
    }
    for (std::size_t i = 0; i < owned.size(); ++i) {
      groups[static_cast<std::size_t>(p_.processes[i].cpu)].units.push_back(std::move(owned[i]));
    }
    groups[cpus].units.push_back(std::move(scalars));
    for (std::size_t i = 0; i < owner.size(); ++i) {
      const ir::Variable& v = p_.variables[i];
      if (owner[i] >= 0 || v.dims.empty()) continue;
      const std::optional<Dimension> by_cpu = cpu_dimension(v);
      if (!by_cpu) {
        add(v.first, v.elements(), groups.emplace_back().units.emplace_back());
        continue;
      }
      std::vector<Run> parts(static_cast<std::size_t>(by_cpu->size));
      for (int e = 0; e < v.elements(); ++e) {
        add(v.first + e, 1, parts[static_cast<std::size_t>(by_cpu->index(e) - by_cpu->lo)]);
      }
      for (std::size_t part = 0; part < parts.size(); ++part) {
        groups[static_cast<std::size_t>(by_cpu->lo) + part].units.push_back(std::move(parts[part]));
      }
    }
    return groups;
  }

  void add(int first, int count, Run& run) const {
    for (int slot = first; slot < first + count; ++slot) {
      if (bits(slot) == 0) continue;
      run.slots.push_back(slot);
      run.bits += bits(slot);
    }
  }

  // A unit stays in one cell if that does not take more cells.
  std::vector<Cell> fill(const Group& group) const {
    std::vector<Run> units = group.units;
    std::erase_if(units, [](const Run& unit) { return unit.bits == 0; });
    std::vector<Cell> dense, whole;
    for (const Run& unit : units) place_each(unit, dense);
    std::stable_sort(units.begin(), units.end(),
                     [](const Run& a, const Run& b) { return a.bits > b.bits; });
    for (const Run& unit : units) {
      if (unit.bits <= kCellBits) {
        place(unit, whole);
        continue;
      }
      std::vector<Cell> own;
      place_each(unit, own);
      whole.insert(whole.end(), own.begin(), own.end());
    }
    std::vector<Cell> best = whole.size() <= dense.size() ? std::move(whole) : std::move(dense);
    for (Cell& cell : best) cell.cpu = group.cpu;
    return best;
  }

  static bool fit(const Cell& a, const Cell& b) {
    if (a.cpu == b.cpu) return a.bits + b.bits <= kCellBits;
    return (a.cpu == kNoCpu || b.cpu == kNoCpu) && a.bits + b.bits <= kMixedBits;
  }

  static void merge(std::vector<Cell>& cells) {
    for (std::size_t i = 0; i < cells.size(); ++i) {
      for (std::size_t j = i + 1; j < cells.size() && cells[i].bits < kCellBits;) {
        if (!fit(cells[i], cells[j])) {
          ++j;
          continue;
        }
        cells[i].append(cells[j]);
        cells.erase(cells.begin() + static_cast<std::ptrdiff_t>(j));
      }
    }
  }

  const ir::Program& p_;
  const std::vector<Field>& fields_;
};

}  // namespace

Layout::Layout(const ir::Program& p)
    : fields(static_cast<std::size_t>(p.slots)), possible(possible_values(p)) {
  for (std::size_t i = 0; i < fields.size(); ++i) {
    // Narrower than the domain.  No step can assign a value outside: starting from possible values,
    // whatever a step assigns without a model error is in the set of the slot, since otherwise the
    // sets would have grown on.
    const auto span = static_cast<unsigned>(possible[i].hi() - possible[i].lo());
    fields[i].lo = static_cast<ir::Value>(possible[i].lo());
    fields[i].bits = static_cast<std::uint8_t>(std::bit_width(span));
  }
  const std::vector<Cell> cells = Packing(p, fields).cells();
  words = std::max(1, static_cast<int>(cells.size() + 1) / 2);
  cell_bits.assign(2 * static_cast<std::size_t>(words), 0);
  for (std::size_t c = 0; c < cells.size(); ++c) {
    for (const int slot : cells[c].slots) {
      Field& f = fields[static_cast<std::size_t>(slot)];
      f.word = static_cast<std::uint32_t>(c / 2);
      f.shift = static_cast<std::uint8_t>(cell_bits[c] + (c % 2 == 0 ? 0 : kCellBits));
      cell_bits[c] += f.bits;
    }
    bits += cell_bits[c];
  }
}

void Layout::pack(const State& s, Word* packed) const {
  std::fill_n(packed, words, Word{0});
  for (std::size_t i = 0; i < fields.size(); ++i) {
    const Field& f = fields[i];
    packed[f.word] |= static_cast<Word>(s[i] - f.lo) << f.shift;
  }
}

void Layout::unpack(const Word* packed, State& s) const {
  s.resize(fields.size());
  for (std::size_t i = 0; i < fields.size(); ++i) {
    const Field& f = fields[i];
    s[i] = static_cast<ir::Value>(f.lo + static_cast<int>((packed[f.word] & f.mask()) >> f.shift));
  }
}

}  // namespace stalemate::engine
