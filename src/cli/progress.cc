#include "cli/progress.h"

#include <fmt/format.h>

namespace stalemate::cli {

namespace {

// "45 s", "12 min", "3.5 h": no more digits than an estimate deserves.
std::string about(double seconds) {
  if (seconds < 100) return fmt::format("{:.0f} s", seconds);
  if (seconds < 100 * 60) return fmt::format("{:.0f} min", seconds / 60);
  return fmt::format("{:.1f} h", seconds / 3600);
}

std::string waiting_text(std::uint64_t states, double seconds) {
  if (seconds <= 0) return fmt::format("{} waiting", states);
  return fmt::format("{} waiting ({} at this rate)", states, about(seconds));
}

}  // namespace

std::string progress_text(const interp::Progress& p) {
  const double done = static_cast<double>(p.states) - static_cast<double>(p.queue);
  const double left = done > 0 ? static_cast<double>(p.queue) * p.seconds / done : 0;
  return fmt::format("{} states, {:.0f}/s, {} program steps deep, {}, {} MiB, {:.0f} s", p.states,
                     static_cast<double>(p.states) / p.seconds, p.program_steps,
                     waiting_text(p.queue, left), p.bytes >> 20U, p.seconds);
}

std::string progress_text(const engine::Progress& p) {
  return fmt::format(
      "{}: {} states, {:.0f}/s, {} program steps deep, {}, {} MiB{}, set {:.0f} % full, {:.0f} s",
      p.doing, p.states, static_cast<double>(p.states) / p.seconds, p.program_steps,
      waiting_text(p.waiting, p.waiting_seconds), p.bytes >> 20U,
      p.bytes_on_disk == 0 ? "" : fmt::format(" and {} on disk", p.bytes_on_disk >> 20U),
      100 * p.load, p.seconds);
}

}  // namespace stalemate::cli
