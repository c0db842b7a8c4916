#include "interp/budget.h"

#include <cstdint>
#include <limits>
#include <sstream>

#include "interp/state_store.h"

namespace stalemate::interp {

namespace {

// 5, 0.25: as the user may have typed it.
std::string plain(double number) {
  std::ostringstream out;
  out << number;
  return out.str();
}

}  // namespace

Budget::Budget(const Options& options)
    : options_(options), start_(Clock::now()), reported_(start_) {}

std::string Budget::exceeded(const std::function<void(Progress&)>& measure) {
  const Clock::time_point now = Clock::now();
  const bool report = options_.progress && now - reported_ >= std::chrono::milliseconds(100);
  const bool late = options_.time_limit > 0 && seconds() >= options_.time_limit;
  if (!report && !late && !interrupted() && options_.mem_limit == 0) return {};

  Progress progress;
  measure(progress);
  progress.seconds = seconds();
  if (report) {
    reported_ = now;
    options_.progress(progress);
  }
  const std::string seen = std::to_string(progress.states) + " states and " +
                           std::to_string(progress.transitions) + " transitions";
  if (interrupted()) return "interrupted after " + seen + "; run it again to explore the rest";
  if (late) {
    return "reached --time-limit " + plain(options_.time_limit) + " after " + seen +
           "; raise it to go on";
  }
  if (options_.mem_limit != 0 && progress.bytes > options_.mem_limit) {
    return "reached --mem-limit " + std::to_string(options_.mem_limit) + " after " + seen +
           "; raise it to go on";
  }
  return {};
}

std::string Budget::full(std::uint64_t states) const {
  if (options_.max_states != 0 && states >= options_.max_states) {
    return "reached --max-states " + std::to_string(options_.max_states) + "; raise it to go on";
  }
  constexpr std::uint64_t kMost = std::numeric_limits<StateId>::max();
  if (states >= kMost) {
    return "reached " + std::to_string(kMost) +
           " states, the most that can be numbered; make the model smaller to go on";
  }
  return {};
}

bool Budget::interrupted() const {
  return options_.interrupted != nullptr && options_.interrupted->load(std::memory_order_relaxed);
}

double Budget::seconds() const {
  return std::chrono::duration<double>(Clock::now() - start_).count();
}

}  // namespace stalemate::interp
