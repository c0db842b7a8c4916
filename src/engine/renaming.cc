#include "engine/renaming.h"

#include <algorithm>
#include <cstddef>
#include <numeric>

namespace stalemate::engine {

namespace {

std::size_t at(int i) { return static_cast<std::size_t>(i); }

// Per variable: the process that it belongs to, or -1.
std::vector<int> owners(const ir::Program& p) {
  std::vector<int> owner;
  for (const ir::Variable& v : p.variables) owner.push_back(v.process);
  for (std::size_t i = 0; i < p.processes.size(); ++i) {
    owner[at(p.processes[i].control)] = static_cast<int>(i);
  }
  return owner;
}

std::string shape(const ir::Domain& d) {
  return std::to_string(static_cast<int>(d.kind)) + "," + std::to_string(d.lo) + "," +
         std::to_string(d.hi) + "," + std::to_string(d.sort);
}

bool same_places(const ir::Process& a, const ir::Process& b) {
  return a.role == b.role &&
         std::equal(a.locations.begin(), a.locations.end(), b.locations.begin(), b.locations.end(),
                    [](const ir::Location& x, const ir::Location& y) {
                      return x.final == y.final && x.rest == y.rest;
                    });
}

}  // namespace

Addresses::Addresses(const ir::Program& p) {
  const std::vector<int> owner = owners(p);
  std::map<std::string, int> families;
  std::map<int, int> owned;  // per process: its variables so far
  for (std::size_t i = 0; i < p.variables.size(); ++i) {
    const ir::Variable& v = p.variables[i];
    Address whole;
    // Variables of processes correspond by their order, if they are alike.
    std::string about = "variable " + std::to_string(i);
    if (owner[i] >= 0) {
      const ir::Process& process = p.processes[at(owner[i])];
      about = "process " + process.name + " " + std::to_string(owned[owner[i]]++) + " " +
              shape(v.domain);
      for (const ir::Domain& d : v.dims) about += " " + shape(d);
      whole.of.push_back({kCpuSort, process.cpu});
    }
    for (int element = 0; element < v.elements(); ++element) {
      Address address = whole;
      std::string numbers;
      int rest = element, below = v.elements();
      for (const ir::Domain& d : v.dims) {
        below /= d.size();
        const int index = d.lo + rest / below;
        rest %= below;
        if (d.sort >= 0) {
          address.of.push_back({d.sort, index});
        } else {
          numbers += " " + std::to_string(index);
        }
      }
      const std::string family = about + " at" + numbers;
      address.family =
          families.try_emplace(family, static_cast<int>(families.size())).first->second;
      slots_.emplace(address, v.first + element);
      addresses_.push_back(std::move(address));
      domains_.push_back(&v.domain);
    }
  }
}

int Addresses::slot(const Address& address) const {
  const auto found = slots_.find(address);
  return found == slots_.end() ? -1 : found->second;
}

int Renaming::choice(const ir::Step& step, int choice) const {
  int out = 0, scale = 1;
  for (auto c = step.choices.rbegin(); c != step.choices.rend(); ++c) {
    const ir::Domain& d = c->domain;
    out += scale * (value(d, d.lo + choice % d.size()) - d.lo);
    scale *= d.size();
    choice /= d.size();
  }
  return out;
}

std::optional<Renaming> swap_members(const ir::Program& p, const Addresses& addresses, int sort,
                                     int a, int b, std::string& why) {
  Renaming out;
  out.sort = sort;
  out.member.resize(p.sorts[at(sort)].members.size());
  std::iota(out.member.begin(), out.member.end(), 0);
  std::swap(out.member[at(a)], out.member[at(b)]);
  for (std::size_t i = 0; i < p.processes.size(); ++i) {
    const ir::Process& process = p.processes[i];
    const int cpu = sort == kCpuSort ? out.member[at(process.cpu)] : process.cpu;
    const auto found = std::find_if(p.processes.begin(), p.processes.end(), [&](const auto& other) {
      return other.name == process.name && other.cpu == cpu;
    });
    if (found == p.processes.end() || !same_places(process, *found)) {
      why = found == p.processes.end() ? "only one of them runs " + process.name
                                       : process.name + " is not the same on both";
      return std::nullopt;
    }
    out.process.push_back(static_cast<int>(found - p.processes.begin()));
  }
  for (int slot = 0; slot < p.slots; ++slot) {
    Addresses::Address address = addresses.of(slot);
    for (Addresses::Reference& r : address.of) {
      // An index may be none of them, as in a type with `none`: that stays.
      if (r.sort == sort && r.member >= 0) r.member = out.member[at(r.member)];
    }
    const int to = addresses.slot(address);
    if (to < 0) {
      why = p.slot_name(slot) + " of one has nothing like it of the other";
      return std::nullopt;
    }
    out.slot.push_back(to);
  }
  return out;
}

}  // namespace stalemate::engine
