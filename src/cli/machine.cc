#include "cli/machine.h"

#include <fmt/format.h>
#include <sched.h>

#include <algorithm>
#include <cstdlib>
#include <thread>

namespace stalemate::cli {

int cores() {
  cpu_set_t set;
  if (sched_getaffinity(0, sizeof(set), &set) == 0) return std::max(1, CPU_COUNT(&set));
  return static_cast<int>(std::max(1U, std::thread::hardware_concurrency()));
}

std::string spill_folder() {
  const char* folder = std::getenv("TMPDIR");
  return folder != nullptr && *folder != '\0' ? folder : "/var/tmp";
}

std::string stats_text(const engine::Stats& s, const Counts& counts) {
  const auto mib = [](std::uint64_t bytes) { return static_cast<double>(bytes) / (1 << 20); };
  const double states = static_cast<double>(std::max<std::uint64_t>(counts.states, 1));
  const double seconds = std::max(counts.seconds, 1e-9);
  std::string out = "time\n";
  const auto line = [&](const char* what, double t) {
    out += fmt::format("  {:32} {:8.2f} s\n", what, t);
  };
  line("compile to cubes", s.compiling);
  line("fire steps, name states", s.expanding);
  line("visited set", s.inserting);
  line("order levels", s.settling);
  if (s.saving > 0) line("checkpoints", s.saving);
  if (s.judging_stuck > 0) line("who is stuck", s.judging_stuck);
  if (s.judging_fair > 0) line("what leads to what", s.judging_fair);
  if (s.showing > 0) line("shortest runs", s.showing);
  out +=
      fmt::format("  {:.2f} million states/s, {:.2f} million transitions/s\n",
                  states / seconds / 1e6, static_cast<double>(counts.transitions) / seconds / 1e6);
  out += fmt::format(
      "memory\n  {:.1f} MiB visited set, {:.0f} % of {} places full, {} bytes each; {} bits a "
      "state, "
      "{} bits a name\n",
      mib(s.table_bytes), 100 * s.load, s.places, s.slot_bytes, s.state_bits, s.name_bits);
  out += fmt::format(
      "  {:.1f} MiB names, {:.1f} MiB states in order, {:.1f} MiB of them on disk{}, "
      "{:.1f} MiB rounds\n",
      mib(s.names_bytes), mib(s.log_bytes), mib(s.disk_bytes),
      s.spilled ? " (all: memory was short)" : "", mib(s.round_bytes));
  out += fmt::format("  {:.1f} MiB anonymous memory at its peak, {:.1f} bytes a state\n",
                     mib(s.peak_anonymous), static_cast<double>(s.peak_anonymous) / states);
  return out;
}

}  // namespace stalemate::cli
