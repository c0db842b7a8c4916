// Kills, crashes, calls that fail and full disks: there is always a whole checkpoint.
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include <algorithm>
#include <random>

#include "checkpoint_search.h"
#include "engine/checkpoint.h"
#include "engine/manifest.h"
#include "fault.h"

namespace stalemate::engine {
namespace {

// What has been written and not synced: at a crash of the machine it may be gone.
class Unsynced {
 public:
  void written(int fd) {
    if (!files_.contains(fd)) files_[fd] = dup(fd);
  }
  void synced(int fd) {
    if (const auto it = files_.find(fd); it != files_.end()) {
      close(it->second);
      files_.erase(it);
    }
  }
  void lose() {
    for (const auto& [fd, copy] : files_) {
      if (ftruncate(copy, 0) != 0) _exit(3);
    }
  }

 private:
  std::map<int, int> files_;
};

// The machine crashes at each single thing that a writer asks for, in the middle of a write, too.
TEST(CheckpointCrash, AtEveryCallThereIsAWholeOne) {
  const TemporaryFolder top;
  int crashes = 0;
  for (int at = 0;; ++at) {
    const std::string folder = top / std::to_string(at);
    const pid_t child = fork();
    if (child == 0) {
      int calls = 0;
      Unsynced unsynced;
      Search search;
      const Fault fault([&](Call& call) {
        if (call.name == "open" || call.name == "pread") return 0;
        const bool now = calls++ == at;
        if (calls > at + 1 || (now && call.name != "pwrite")) {
          unsynced.lose();
          _exit(0);
        }
        if (call.name == "pwrite") unsynced.written(call.fd);
        if (call.name == "sync") unsynced.synced(call.fd);
        if (now) call.bytes /= 2;  // the next call comes for the other half
        return 0;
      });
      CheckpointWriter writer(folder, false);
      for (std::uint64_t n = 0; n < 5; ++n) {
        search.go_to(n);
        writer.write(search.saved(n));
        put(folder + ".done", std::to_string(n));
      }
      _exit(1);
    }
    int status = 0;
    ASSERT_EQ(waitpid(child, &status, 0), child);
    ASSERT_TRUE(WIFEXITED(status));
    ASSERT_NE(WEXITSTATUS(status), 3);
    const bool any = fs::exists(folder + ".done");
    if (!any && !fs::exists(folder + "/manifest.json")) {
      ASSERT_EQ(error_of([&] { CheckpointWriter(folder, false); }), "");
      continue;
    }
    const std::uint64_t done = any ? std::stoull(text_of(folder + ".done")) : 0;
    {
      CheckpointWriter writer(folder, true);
      const auto step = step_of(read_checkpoint(folder, Search::kWords));
      ASSERT_TRUE(step.has_value()) << "call " << at;
      ASSERT_TRUE(*step == done || *step == done + 1) << *step << " after " << done;
      // Nothing is left over.
      Search search;
      search.go_to(6);
      writer.write(search.saved(6));
      ASSERT_EQ(step_of(read_checkpoint(folder, Search::kWords)), 6u);
    }
    fs::remove_all(folder);
    if (WEXITSTATUS(status) == 1) break;
    ++crashes;
  }
  EXPECT_GT(crashes, 40);
}

TEST(CheckpointCrash, KilledAtAnyTime) {
  const TemporaryFolder top;
  std::mt19937 random(7);
  int with_checkpoint = 0;
  std::string folder;
  std::uint64_t begin = 0;
  for (int round = 0; round < 50; ++round) {
    if (round % 5 == 0) {
      folder = top / std::to_string(round);
      begin = 0;
    }
    const bool resuming = fs::exists(folder + "/manifest.json");
    const pid_t child = fork();
    if (child == 0) {
      Search search;
      CheckpointWriter writer(folder, resuming);
      for (std::uint64_t n = begin;; ++n) {
        search.go_to(n);
        writer.write(search.saved(n));
      }
    }
    usleep(random() % (round % 5 == 0 ? 10000 : 50000));
    ASSERT_EQ(kill(child, SIGKILL), 0);
    int status = 0;
    ASSERT_EQ(waitpid(child, &status, 0), child);
    ASSERT_TRUE(WIFSIGNALED(status));
    if (!fs::exists(folder + "/manifest.json")) continue;
    const auto step = step_of(read_checkpoint(folder, Search::kWords));
    ASSERT_TRUE(step.has_value());
    ASSERT_GE(*step + 1, begin);
    begin = *step + 1;
    ++with_checkpoint;
  }
  EXPECT_GT(with_checkpoint, 10);
}

TEST(CheckpointFailure, EveryCallMayFail) {
  int failures = 0;
  for (int at = 0;; ++at) {
    const TemporaryFolder top;
    const std::string folder = top / "c";
    Search search;
    CheckpointWriter writer(folder, false);
    search.go_to(3);
    writer.write(search.saved(3));
    search.go_to(4);
    int calls = 0;
    bool renamed = false;
    std::string failed, error;
    {
      const Fault fault([&](Call& call) {
        if (call.name == "open" || call.name == "pread") return 0;
        if (calls++ == at) {
          failed = call.name;
          return at % 2 == 0 ? ENOSPC : EIO;
        }
        renamed = renamed || call.name == "rename";
        return 0;
      });
      error = error_of([&] { writer.write(search.saved(4)); });
    }
    const auto step = step_of(read_checkpoint(folder, Search::kWords));
    if (failed.empty() || failed == "unlink") {
      ASSERT_EQ(error, "");
      ASSERT_EQ(step, 4u);
      if (failed.empty()) break;
    } else if (renamed) {
      ASSERT_TRUE(says(error, {folder, "may not survive a crash"}));
      ASSERT_EQ(step, 4u);
    } else {
      ASSERT_TRUE(says(error, {folder, reason(at % 2 == 0 ? ENOSPC : EIO), "free some space",
                               "the checkpoint before is still there and whole"}));
      ASSERT_EQ(step, 3u);
      ++failures;
      // Room is given back where that is safe.
      ASSERT_EQ(fs::exists(folder + "/manifest.new"), failed == "rename");
    }
    search.go_to(5);
    writer.write(search.saved(5));
    ASSERT_EQ(step_of(read_checkpoint(folder, Search::kWords)), 5u);
    std::uint64_t bytes = 0;
    for (const auto& [name, size] : sizes(folder)) bytes += size;
    ASSERT_EQ(bytes, 24 * (Search::all_size(5) + Search::late_size(5) + Search::frontier_size(5)));
  }
  EXPECT_GE(failures, 8);
}

TEST(CheckpointFailure, InterruptedCallsAreGoneOnWith) {
  const TemporaryFolder top;
  int calls = 0;
  const Fault fault([&](Call& call) {
    if (call.name != "pwrite" && call.name != "pread") return 0;
    call.bytes = std::max<std::size_t>(1, call.bytes / 2);
    return calls++ % 2 == 0 ? EINTR : 0;
  });
  make_checkpoint(top / "c");
  EXPECT_EQ(step_of(read_checkpoint(top / "c", Search::kWords)), 4u);
}

TEST(CheckpointFailure, ALogThatCannotBeRead) {
  const TemporaryFolder top;
  Log log(1);
  append(log, 1, 400000);
  log.spill(top.path());
  CheckpointWriter writer(top / "c", false);
  const Fault fault([](Call& call) { return call.name == "pread" ? EIO : 0; });
  EXPECT_TRUE(says(error_of([&] {
                     writer.write({"f", {}, {{"states", saved_log(log, 0)}}});
                   }),
                   {"states", top.path(), reason(EIO)}));
  EXPECT_TRUE(sizes(top / "c").empty());
}

// Writes until it fails with this text, makes room, and writes on.
void fill(const std::string& folder, const std::string& text,
          const std::function<void()>& make_room) {
  Search search;
  CheckpointWriter writer(folder, false);
  std::uint64_t n = 0;
  std::string error;
  for (; error.empty(); ++n) {
    ASSERT_LT(n, 1000u);
    search.go_to(n);
    append(search.all, 1, 2000 * n);
    Saved saved = search.saved(n);
    saved.facts["states"] = std::to_string(search.all.size());
    error = error_of([&] { writer.write(saved); });
  }
  EXPECT_TRUE(says(error, {folder, text, "the checkpoint before is still there and whole"}));
  const auto whole = [&](std::uint64_t step) {
    const Loaded loaded = read_checkpoint(folder, Search::kWords);
    return loaded.facts.at("step") == std::to_string(step) &&
           holds(loaded.logs.at("all").log, 1, std::stoull(loaded.facts.at("states"))) &&
           holds(loaded.logs.at("late").log, 2, Search::late_size(step));
  };
  EXPECT_TRUE(whole(n - 2));
  make_room();
  Saved saved = search.saved(n - 1);
  saved.facts["states"] = std::to_string(search.all.size());
  writer.write(saved);
  EXPECT_TRUE(whole(n - 1));
}

TEST(CheckpointFailure, AFullDisk) {
  const TemporaryFolder top;
  if (mount("tmpfs", top.path().c_str(), "tmpfs", 0, "size=1m") != 0) {
    GTEST_SKIP() << "a small file system cannot be mounted here: " << reason(errno);
  }
  fill(top / "c", "No space left on device",
       [&] { EXPECT_EQ(mount("tmpfs", top.path().c_str(), "tmpfs", MS_REMOUNT, "size=100m"), 0); });
  EXPECT_EQ(umount2(top.path().c_str(), MNT_DETACH), 0);
}

TEST(CheckpointFailure, AFileThatMayNotGrow) {
  const TemporaryFolder top;
  const auto handler = signal(SIGXFSZ, SIG_IGN);
  rlimit before;
  ASSERT_EQ(getrlimit(RLIMIT_FSIZE, &before), 0);
  rlimit low = before;
  low.rlim_cur = 300001;
  ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &low), 0);
  fill(top / "c", "File too large", [&] { EXPECT_EQ(setrlimit(RLIMIT_FSIZE, &before), 0); });
  setrlimit(RLIMIT_FSIZE, &before);
  signal(SIGXFSZ, handler);
}

}  // namespace
}  // namespace stalemate::engine
