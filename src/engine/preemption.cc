#include "engine/preemption.h"

#include <algorithm>
#include <optional>

namespace stalemate::engine {

namespace {

using Unit = Dependence::Unit;

class Preemption {
 public:
  Preemption(const ir::Program& p, const Layout& layout, const Dependence& dependence,
             const Units& visible)
      : p_(p), layout_(layout), dependence_(dependence), visible_(visible) {
    for (std::size_t i = 0; i < p.processes.size(); ++i) {
      std::vector<std::size_t> above;
      for (std::size_t h = 0; h < p.processes.size(); ++h) {
        const ir::Process& other = p.processes[h];
        if (other.cpu == p.processes[i].cpu && other.level > p.processes[i].level)
          above.push_back(h);
      }
      above_.push_back(std::move(above));
    }
    for (std::size_t i = 0; i < p.processes.size(); ++i) ends_.push_back(comes_to_its_end(i));
    units_of_.resize(p.processes.size());
    for (std::size_t u = 0; u < dependence.units().size(); ++u) {
      const int process = dependence.units()[u].process;
      if (process >= 0) units_of_[static_cast<std::size_t>(process)].push_back(u);
    }
  }

  // See spared().
  Units of(std::uint32_t number) const {
    Units out = dependence_.none();
    const Way& way = dependence_.ways()[number];
    const std::size_t unit = dependence_.unit_of(number);
    const int process = dependence_.units()[unit].process;
    if (process < 0) return out;
    const std::vector<std::size_t>& above = above_[static_cast<std::size_t>(process)];
    const auto may_be_idle = [&](std::size_t h) { return control(h).lo == 0; };
    if (above.empty() || !std::all_of(above.begin(), above.end(), may_be_idle)) return out;
    const bool local = is_local(way, unit);
    for (const std::size_t h : above) {
      if (!local && !(ends_[h] && accords_with(way, process, units_of_[h]))) continue;
      for (const std::size_t u : units_of_[h]) out.add(u);
    }
    return out;
  }

 private:
  const Field& control(std::size_t process) const {
    const int variable = p_.processes[process].control;
    const int slot = p_.variables[static_cast<std::size_t>(variable)].first;
    return layout_.fields[static_cast<std::size_t>(slot)];
  }
  // Per word: the bits that say whether handlers that interrupt a process are active; all 0: none.
  std::vector<Word> activity(std::size_t process) const {
    std::vector<Word> out(static_cast<std::size_t>(layout_.words));
    for (const std::size_t h : above_[process]) out[control(h).word] |= control(h).mask();
    return out;
  }
  // The location that a way takes its process to, if there is just one.
  std::optional<int> target(const Way& way, std::size_t process) const {
    const Field& f = control(process);
    if (!way.wild.empty() && (way.wild[f.word] & f.mask()) != 0) return std::nullopt;
    for (const Write& w : way.then) {
      if (w.word != f.word || (w.clear & f.mask()) == 0) continue;
      // Bits that are not written are those of where it was.
      const Word from = static_cast<Word>(p_.steps[static_cast<std::size_t>(way.step)].from - f.lo)
                        << f.shift;
      return f.lo +
             static_cast<int>(((from & ~w.clear & f.mask()) | (w.set & f.mask())) >> f.shift);
    }
    return p_.steps[static_cast<std::size_t>(way.step)].from;
  }

  // From each location of a handler some step fires whatever the rest of the state is, unless it is
  // interrupted by one of which the same can be said, and all lead on or to the end.
  bool comes_to_its_end(std::size_t h) const {
    const ir::Process& process = p_.processes[h];
    if (process.role == ir::Role::kThread || !dependence_.moves_itself(static_cast<int>(h))) {
      return false;
    }
    const std::vector<Word> blocked = activity(h);
    std::vector<bool> always(process.locations.size());
    for (const Unit& u : dependence_.units()) {
      if (u.process != static_cast<int>(h) || u.from == 0) continue;
      const ir::Step& step = p_.steps[static_cast<std::size_t>(u.step)];
      for (const std::uint32_t w : u.ways) {
        const Way& way = dependence_.ways()[w];
        const std::optional<int> to = target(way, h);
        if (!to || (*to != 0 && *to <= u.from)) return false;
        if (!way.wild.empty() || step.relies_on_copy) continue;
        always[static_cast<std::size_t>(u.from)] =
            always[static_cast<std::size_t>(u.from)] ||
            std::all_of(way.when.begin(), way.when.end(), [&](const Literal& l) {
              const Word own = l.word == control(h).word ? control(h).mask() : 0;
              return (l.mask & ~own & ~blocked[l.word]) == 0 && (l.value & blocked[l.word]) == 0;
            });
      }
    }
    for (std::size_t l = 1; l < always.size(); ++l) {
      if (!always[l]) return false;
    }
    return std::all_of(above_[h].begin(), above_[h].end(),
                       [&](std::size_t g) { return comes_to_its_end(g); });
  }

  // But for whether handlers are active that interrupt the process of `way`.
  bool accords_with(const Way& way, int process, const std::vector<std::size_t>& units) const {
    const std::vector<Word> open = activity(static_cast<std::size_t>(process));
    Way bare = way;
    for (Literal& l : bare.when) {
      if ((l.value & open[l.word]) != 0) return false;  // it waits for one to be active
      l.mask &= ~open[l.word];
      l.value &= ~open[l.word];
    }
    for (std::size_t w = 0; w < open.size(); ++w) bare.touched.read[w] &= ~open[w];
    return std::all_of(units.begin(), units.end(), [&](std::size_t u) {
      const std::vector<std::uint32_t>& ways = dependence_.units()[u].ways;
      return std::all_of(ways.begin(), ways.end(), [&](std::uint32_t other) {
        return accord(bare, dependence_.ways()[other]);
      });
    });
  }

  bool reads_what_is_written(const Unit& reader, const Way& writer) const {
    return std::any_of(reader.ways.begin(), reader.ways.end(), [&](std::uint32_t w) {
      const std::vector<Word>& read = dependence_.ways()[w].touched.read;
      for (std::size_t i = 0; i < read.size(); ++i) {
        if ((read[i] & writer.touched.written[i]) != 0) return true;
      }
      return false;
    });
  }

  // Can nothing but its own process tell whether it was taken, and is that process not done by it?
  bool is_local(const Way& way, std::size_t unit) const {
    if (visible_.has(unit)) return false;
    const int process = dependence_.units()[unit].process;
    const std::optional<int> to = target(way, static_cast<std::size_t>(process));
    if (!to || *to < 0) return false;
    const ir::Location& l =
        p_.processes[static_cast<std::size_t>(process)].locations[static_cast<std::size_t>(*to)];
    if (l.final || l.rest) return false;
    std::vector<std::size_t> others;
    for (std::size_t u = 0; u < dependence_.units().size(); ++u) {
      if (dependence_.units()[u].process == process) continue;
      // To accord is not enough: a step that lets another one fire accords with it.
      if (reads_what_is_written(dependence_.units()[u], way)) return false;
      others.push_back(u);
    }
    return accords_with(way, process, others);
  }

  const ir::Program& p_;
  const Layout& layout_;
  const Dependence& dependence_;
  const Units& visible_;
  std::vector<std::vector<std::size_t>> above_;  // per process: those that interrupt it
  std::vector<bool> ends_;                       // per process: comes_to_its_end()
  std::vector<std::vector<std::size_t>> units_of_;
};

}  // namespace

std::vector<Units> spared(const ir::Program& p, const Layout& layout, const Dependence& dependence,
                          const Units& visible) {
  const Preemption preemption(p, layout, dependence, visible);
  std::vector<Units> out;
  for (std::uint32_t w = 0; w < dependence.ways().size(); ++w) out.push_back(preemption.of(w));
  return out;
}

}  // namespace stalemate::engine
