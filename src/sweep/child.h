// One check in a process of its own, whose crash is a result and nothing more.
//
// Nothing is left behind, however it ends: what it prints goes to memory files, and it dies with
// the process that started it.
#ifndef STALEMATE_SWEEP_CHILD_H_
#define STALEMATE_SWEEP_CHILD_H_

#include <sys/types.h>

#include <chrono>
#include <string>
#include <vector>

namespace stalemate::sweep {

// The file of --json in the child.
constexpr const char* kJsonPath = "/dev/fd/3";
// The process that the child must not outlive, for set_parent() of the command line.
constexpr const char* kParentVariable = "STALEMATE_PARENT";

class Child {
 public:
  // `arguments` without the name of the program.  Throws std::runtime_error when there is no
  // process or no file to be had.
  explicit Child(const std::vector<std::string>& arguments);
  ~Child();  // ends it
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;

  // Becomes readable when the process has ended: for poll().
  int end() const { return alive_; }
  double seconds() const;
  void kill();
  // After its end.  Its exit code; -N when signal N ended it.
  int wait();

  // After wait().
  std::string out() const;
  std::string err() const;
  std::string json() const;
  long peak_memory() const { return peak_memory_; }  // bytes

 private:
  void close_all();

  pid_t pid_ = -1;
  int out_ = -1;
  int err_ = -1;
  int json_ = -1;
  int alive_ = -1;  // of a pipe whose other end only the child has
  long peak_memory_ = 0;
  std::chrono::steady_clock::time_point started_;
};

}  // namespace stalemate::sweep

#endif  // STALEMATE_SWEEP_CHILD_H_
