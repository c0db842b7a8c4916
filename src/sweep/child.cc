#include "sweep/child.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <stdexcept>

extern char** environ;

namespace stalemate::sweep {

namespace {

// Where the child finds its files: above what posix_spawn could still need, and then in place.
constexpr int kJson = 3;
constexpr int kAlive = 4;
constexpr int kFirstFree = 10;

// Out of the way of the numbers that the child gets.
int moved_up(int fd) {
  if (fd < 0) return fd;
  const int up = fcntl(fd, F_DUPFD_CLOEXEC, kFirstFree);
  const int why = errno;
  close(fd);
  errno = why;
  return up;
}

int memory_file(const char* name) { return moved_up(memfd_create(name, MFD_CLOEXEC)); }

std::string contents(int fd) {
  std::string text;
  std::array<char, 65536> buffer{};
  for (;;) {
    const ssize_t n = pread(fd, buffer.data(), buffer.size(), static_cast<off_t>(text.size()));
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return text;
    text.append(buffer.data(), static_cast<std::size_t>(n));
  }
}

}  // namespace

Child::Child(const std::vector<std::string>& arguments)
    : started_(std::chrono::steady_clock::now()) {
  std::array<int, 2> ends = {-1, -1};
  out_ = memory_file("out");
  err_ = memory_file("err");
  json_ = memory_file("json");
  if (out_ < 0 || err_ < 0 || json_ < 0 || pipe2(ends.data(), O_CLOEXEC) != 0) {
    const int why = errno;
    close_all();
    throw std::runtime_error(fmt::format("no file for a check: {}", std::strerror(why)));
  }
  alive_ = moved_up(ends[0]);
  const int other = moved_up(ends[1]);

  posix_spawn_file_actions_t files;
  posix_spawn_file_actions_init(&files);
  posix_spawn_file_actions_addopen(&files, 0, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_adddup2(&files, out_, 1);
  posix_spawn_file_actions_adddup2(&files, err_, 2);
  posix_spawn_file_actions_adddup2(&files, json_, kJson);
  posix_spawn_file_actions_adddup2(&files, other, kAlive);
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  // A group of its own: Ctrl-C is for the sweep, which then decides.
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP);
  posix_spawnattr_setpgroup(&attributes, 0);

  std::vector<std::string> words = {"stalemate"};
  words.insert(words.end(), arguments.begin(), arguments.end());
  std::vector<char*> argv;
  for (std::string& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  std::string parent = fmt::format("{}={}", kParentVariable, getpid());
  std::vector<char*> environment;
  for (char** variable = environ; *variable != nullptr; ++variable) {
    environment.push_back(*variable);
  }
  environment.push_back(parent.data());
  environment.push_back(nullptr);

  // The very same program, even when its file has been replaced since.
  const int error =
      posix_spawn(&pid_, "/proc/self/exe", &files, &attributes, argv.data(), environment.data());
  posix_spawn_file_actions_destroy(&files);
  posix_spawnattr_destroy(&attributes);
  close(other);
  if (error != 0) {
    pid_ = -1;
    close_all();
    throw std::runtime_error(fmt::format("no process for a check: {}", std::strerror(error)));
  }
}

Child::~Child() {
  if (pid_ > 0) {
    kill();
    wait();
  }
  close_all();
}

void Child::close_all() {
  for (int* fd : {&out_, &err_, &json_, &alive_}) {
    if (*fd >= 0) close(*fd);
    *fd = -1;
  }
}

double Child::seconds() const {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - started_).count();
}

void Child::kill() {
  if (pid_ > 0) ::kill(pid_, SIGKILL);
}

int Child::wait() {
  int status = 0;
  struct rusage usage {};
  while (wait4(pid_, &status, 0, &usage) < 0 && errno == EINTR) {
  }
  pid_ = -1;
  peak_memory_ = usage.ru_maxrss * 1024;
  return WIFSIGNALED(status) ? -WTERMSIG(status) : WEXITSTATUS(status);
}

std::string Child::out() const { return contents(out_); }
std::string Child::err() const { return contents(err_); }
std::string Child::json() const { return contents(json_); }

}  // namespace stalemate::sweep
