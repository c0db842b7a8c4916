#include "engine/pool.h"

#include <system_error>

namespace stalemate::engine {

Pool::Pool(int threads) {
  for (int i = 1; i < threads; ++i) {
    try {
      workers_.emplace_back([this, i] { work(i); });
    } catch (const std::system_error&) {
      return;
    }
  }
}

Pool::~Pool() {
  stop_ = true;
  ++round_;
  round_.notify_all();
  for (std::thread& t : workers_) t.join();
}

void Pool::run(std::size_t count, const std::function<void(std::size_t, int)>& job) {
  if (workers_.empty() || count < 2) {
    for (std::size_t i = 0; i < count; ++i) job(i, 0);
    return;
  }
  job_ = &job;
  count_ = count;
  next_ = 0;
  failed_ = false;
  at_work_ = static_cast<std::uint32_t>(workers_.size());
  ++round_;
  round_.notify_all();
  take(0);
  for (std::uint32_t left = at_work_; left != 0; left = at_work_) at_work_.wait(left);
  if (failed_) std::rethrow_exception(failure_);
}

void Pool::work(int thread) {
  std::uint32_t seen = 0;
  for (;;) {
    round_.wait(seen);
    seen = round_;
    if (stop_) return;
    take(thread);
    if (--at_work_ == 0) at_work_.notify_one();
  }
}

void Pool::take(int thread) {
  for (std::size_t i = next_++; i < count_ && !failed_; i = next_++) {
    try {
      (*job_)(i, thread);
    } catch (...) {
      if (!failed_.exchange(true)) failure_ = std::current_exception();
    }
  }
}

}  // namespace stalemate::engine
