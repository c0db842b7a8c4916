// Threads that share a loop.
// Tested by tests/unit/judge/judge_test.cc, and under the thread sanitizer.
#ifndef STALEMATE_ENGINE_POOL_H_
#define STALEMATE_ENGINE_POOL_H_

#include <atomic>
#include <cstdint>
#include <exception>
#include <functional>
#include <thread>
#include <vector>

namespace stalemate::engine {

class Pool {
 public:
  // `threads`, the calling one included; at least 1.  Those that the machine refuses are done
  // without.
  explicit Pool(int threads);
  ~Pool();
  Pool(const Pool&) = delete;
  Pool& operator=(const Pool&) = delete;

  int threads() const { return static_cast<int>(workers_.size()) + 1; }

  // Calls job(i, thread) once for each i below `count`, each on some thread, 0 <= thread <
  // threads(), and returns when all have returned.  What a job throws is thrown again, then, for
  // one of those that threw; the others have run or have not.
  void run(std::size_t count, const std::function<void(std::size_t, int)>& job);

 private:
  void work(int thread);
  void take(int thread);

  const std::function<void(std::size_t, int)>* job_ = nullptr;
  std::size_t count_ = 0;
  std::atomic<std::size_t> next_{0};
  std::atomic<std::uint32_t> round_{0};  // a new number: there is work
  std::atomic<std::uint32_t> at_work_{0};
  std::atomic<bool> failed_{false}, stop_{false};
  std::exception_ptr failure_;
  std::vector<std::thread> workers_;
};

}  // namespace stalemate::engine

#endif  // STALEMATE_ENGINE_POOL_H_
