#include "engine/log.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/resource.h>

#include <algorithm>
#include <random>
#include <thread>

#include "fault.h"

namespace stalemate::engine {
namespace {

// The content of word `word` of state `state`: no two alike, so that a state in a wrong place
// shows.
Word content(std::uint64_t state, int word) {
  return (state * 64 + static_cast<Word>(word)) * 0x9e3779b97f4a7c15u;
}

void append(Log& log, std::uint64_t count) {
  std::vector<Word> states;
  for (std::uint64_t i = log.size(); i < log.size() + count; ++i) {
    for (int w = 0; w < log.words(); ++w) states.push_back(content(i, w));
  }
  log.append(states.data(), count);
}

::testing::AssertionResult holds(const Log& log, std::uint64_t first, std::uint64_t count) {
  const std::uint64_t words = static_cast<std::uint64_t>(log.words());
  std::vector<Word> states(count * words + 1, 0x5a5a);
  log.read(first, count, states.data());
  for (std::uint64_t i = 0; i < count; ++i) {
    for (int w = 0; w < log.words(); ++w) {
      if (states[i * words + static_cast<std::uint64_t>(w)] != content(first + i, w)) {
        return ::testing::AssertionFailure() << "word " << w << " of state " << first + i;
      }
    }
  }
  if (states.back() != 0x5a5a) return ::testing::AssertionFailure() << "written behind the end";
  return ::testing::AssertionSuccess();
}

::testing::AssertionResult holds(const Log& log) { return holds(log, 0, log.size()); }

std::string error_of(const std::function<void()>& what) {
  try {
    what();
  } catch (const LogError& error) {
    return error.what();
  }
  return "no error";
}

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

constexpr std::uint64_t kBlock = 1 << 21;  // bytes

// States that fill so many blocks.
std::uint64_t states_of(int words, double blocks) {
  return static_cast<std::uint64_t>(blocks * kBlock) / (static_cast<std::uint64_t>(words) * 8);
}

// Files of states as a checkpoint has them: the same content, in pieces of these sizes.
Log log_of_files(int words, const std::vector<std::uint64_t>& sizes,
                 const TemporaryFolder& folder) {
  std::vector<Log::Piece> pieces;
  std::uint64_t at = 0;
  for (const std::uint64_t size : sizes) {
    const std::string name = folder / ("piece" + std::to_string(pieces.size()));
    std::vector<Word> states;
    for (const std::uint64_t end = at + size; at < end; ++at) {
      for (int w = 0; w < words; ++w) states.push_back(content(at, w));
    }
    File file(open(name.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
    EXPECT_EQ(write_at(file.fd(), states.data(), states.size() * sizeof(Word), 0), 0);
    pieces.push_back({std::move(file), name, size});
  }
  return Log(words, std::move(pieces));
}

TEST(Log, AnythingInAnyOrder) {
  const TemporaryFolder folder;
  std::mt19937_64 random(1);
  const Fault none([](Call&) { return 0; });  // see fsync in fault.h
  for (const int words : {1, 2, 3, 7, 20, 333, 200000}) {
    for (const bool files : {false, true}) {
      SCOPED_TRACE(std::to_string(words) + " words" + (files ? ", files" : ""));
      const std::uint64_t large = std::max<std::uint64_t>(2, states_of(words, 1.3));
      Log log = files ? log_of_files(words, {large, 0, 1, large / 2 + 1}, folder) : Log(words);
      std::uint64_t size = log.size();
      ASSERT_EQ(size, files ? large + 1 + large / 2 + 1 : 0);
      for (int step = 0; step < 40; ++step) {
        const std::uint64_t some = random() % 3 == 0
                                       ? random() % (large + 1)
                                       : random() % std::min<std::uint64_t>(20, large);
        switch (random() % 5) {
          case 0:
            log.spill(folder.path());
            break;
          case 1:
            size -= std::min(some, size);
            log.truncate(size);
            break;
          default:
            append(log, some);
            size += some;
        }
        ASSERT_EQ(log.size(), size);
        const std::uint64_t first = size == 0 ? 0 : random() % size;
        ASSERT_TRUE(holds(log, first, std::min(some, size - first)));
        // At most one block more than needed, and nothing is in two places.
        const std::uint64_t bytes = size * static_cast<std::uint64_t>(words) * 8;
        ASSERT_GE(log.bytes_in_memory() + log.bytes_on_disk(), bytes);
        ASSERT_LE(log.bytes_in_memory() + log.bytes_on_disk(), bytes + kBlock);
      }
      ASSERT_TRUE(holds(log));
    }
  }
}

TEST(Log, SmallOnesAreSmall) {
  Log log(3);
  EXPECT_EQ(log.bytes_in_memory(), 0u);
  append(log, 1);
  EXPECT_LE(log.bytes_in_memory(), 1024u);
  for (int i = 0; i < 1000; ++i) {
    append(log, 1);
    ASSERT_LE(log.bytes_in_memory(), 2 * log.size() * 24 + 1024);
  }
  EXPECT_TRUE(holds(log));
}

TEST(Log, SpillingTakesFullBlocksOutOfMemory) {
  const TemporaryFolder folder;
  Log log(5);
  append(log, states_of(5, 6.3));
  const std::uint64_t before = log.bytes_in_memory();
  EXPECT_GE(before, log.size() * 40);
  EXPECT_EQ(log.bytes_on_disk(), 0u);
  log.spill(folder.path());
  EXPECT_LE(log.bytes_in_memory(), kBlock);
  EXPECT_EQ(log.bytes_in_memory() + log.bytes_on_disk(), before);
  EXPECT_TRUE(holds(log));
  // Nobody sees the file, and nothing is left of it whatever happens to the program.
  EXPECT_TRUE(std::filesystem::is_empty(folder.path()));
  log.truncate(0);
  EXPECT_EQ(log.bytes_in_memory() + log.bytes_on_disk(), 0u);
}

TEST(Log, NothingToSpillNeedsNoFile) {
  Log log(5);
  append(log, 100);
  log.spill("/no/such/folder");
  EXPECT_TRUE(holds(log));
}

TEST(Log, SpillsWhereNamelessFilesAreUnknown) {
  const TemporaryFolder folder;
  Log log(2);
  append(log, states_of(2, 3));
  int refused = 0;
  const Fault fault([&](Call& call) {
    const bool nameless = call.name == "open" && (call.flags & O_TMPFILE) == O_TMPFILE;
    refused += nameless;
    return nameless ? EOPNOTSUPP : 0;
  });
  log.spill(folder.path());
  EXPECT_EQ(refused, 1);
  EXPECT_GT(log.bytes_on_disk(), 0u);
  EXPECT_TRUE(std::filesystem::is_empty(folder.path()));
  EXPECT_TRUE(holds(log));
}

TEST(Log, AFolderThatIsNotThere) {
  const TemporaryFolder folder;
  Log log(2);
  append(log, states_of(2, 3));
  const std::string error = error_of([&] { log.spill("/no/such/folder"); });
  EXPECT_TRUE(contains(error, "/no/such/folder")) << error;
  EXPECT_TRUE(contains(error, "No such file or directory")) << error;
  EXPECT_TRUE(contains(error, "TMPDIR")) << error;
  EXPECT_TRUE(holds(log));
  log.spill(folder.path());
  EXPECT_GT(log.bytes_on_disk(), 0u);
  EXPECT_TRUE(holds(log));
}

// The call that writes or syncs after `good` others fails; `struck`: there is such a call.
void expect_spill_to_survive(double blocks, int good, int error, bool& struck) {
  const TemporaryFolder folder;
  Log log(20);
  append(log, states_of(20, blocks));
  const std::uint64_t bytes = log.bytes_in_memory();
  int calls = 0;
  std::string said;
  {
    const Fault fault([&](Call& call) {
      return (call.name == "pwrite" || call.name == "sync") && calls++ == good ? error : 0;
    });
    said = error_of([&] { log.spill(folder.path()); });
  }
  struck = calls > good;
  if (!struck) {
    EXPECT_EQ(said, "no error");
    return;
  }
  EXPECT_TRUE(contains(said, folder.path())) << said;
  EXPECT_TRUE(contains(said, reason(error))) << said;
  EXPECT_TRUE(contains(said, "free some space")) << said;
  EXPECT_EQ(log.bytes_in_memory() + log.bytes_on_disk(), bytes);
  EXPECT_TRUE(holds(log));
  const Fault none([](Call&) { return 0; });
  append(log, 10000);
  EXPECT_TRUE(holds(log));
  log.spill(folder.path());
  EXPECT_LE(log.bytes_in_memory(), kBlock);
  EXPECT_TRUE(holds(log));
}

TEST(Log, AWriteThatFailsLosesNothing) {
  for (const int error : {ENOSPC, EIO}) {
    int good = 0;
    for (bool struck = true; struck; ++good) expect_spill_to_survive(3.3, good, error, struck);
    EXPECT_GE(good, 4);  // some blocks and one sync
  }
}

// A disk may say only when it is synced that it could not write.
TEST(Log, MemoryIsGivenUpAfterTheSync) {
  const TemporaryFolder folder;
  Log log(2);
  append(log, states_of(2, 75.5));
  std::uint64_t unsynced = 0;
  std::uint64_t most = 0;
  const std::uint64_t before = log.bytes_in_memory();
  const Fault fault([&](Call& call) {
    if (call.name == "pwrite") unsynced += call.bytes;
    if (call.name == "sync") unsynced = 0;
    most = std::max(most, unsynced);
    return call.name == "sync" && log.bytes_on_disk() > 0 ? EIO : 0;
  });
  EXPECT_TRUE(contains(error_of([&] { log.spill(folder.path()); }), reason(EIO)));
  EXPECT_GT(log.bytes_on_disk(), 0u);
  EXPECT_EQ(log.bytes_in_memory() + log.bytes_on_disk(), before);
  EXPECT_LE(most, 64u << 20);  // memory is given back in steps
  EXPECT_TRUE(holds(log));
}

TEST(Log, AFolderThatWasFullIsNotHeldOnTo) {
  const TemporaryFolder full, other;
  Log log(2);
  append(log, states_of(2, 3));
  {
    const Fault fault([](Call& call) { return call.name == "pwrite" ? ENOSPC : 0; });
    EXPECT_TRUE(contains(error_of([&] { log.spill(full.path()); }), full.path()));
    EXPECT_TRUE(contains(error_of([&] { log.spill(other.path()); }), other.path()));
  }
  int opened = 0;
  const Fault fault([&](Call& call) {
    opened += call.name == "open";
    return 0;
  });
  log.spill(other.path());
  EXPECT_EQ(opened, 1);
  EXPECT_TRUE(holds(log));
}

// In the second of two lots: the first one is on disk then.
TEST(Log, AWriteThatFailsLate) {
  bool struck = false;
  expect_spill_to_survive(40.5, 36, ENOSPC, struck);
  EXPECT_TRUE(struck);
}

// A write that is cut short by a real limit, with the signal ignored.
TEST(Log, AFileThatMayNotGrow) {
  const TemporaryFolder folder;
  const Fault none([](Call&) { return 0; });
  const auto handler = signal(SIGXFSZ, SIG_IGN);
  rlimit before;
  ASSERT_EQ(getrlimit(RLIMIT_FSIZE, &before), 0);
  Log log(3);
  append(log, states_of(3, 40.5));
  const auto limit = [&](std::uint64_t bytes) {
    rlimit now = before;
    now.rlim_cur = bytes;
    ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &now), 0);
  };
  limit((67 << 20) + 12345);
  const std::string error = error_of([&] { log.spill(folder.path()); });
  EXPECT_TRUE(contains(error, "File too large")) << error;
  EXPECT_GT(log.bytes_on_disk(), 0u);
  EXPECT_GT(log.bytes_in_memory(), 10u << 20);
  EXPECT_TRUE(holds(log));
  setrlimit(RLIMIT_FSIZE, &before);
  log.spill(folder.path());
  EXPECT_LE(log.bytes_in_memory(), kBlock);
  EXPECT_TRUE(holds(log));
  signal(SIGXFSZ, handler);
}

TEST(Log, InterruptedAndPartialReadsAndWritesAreGoneOnWith) {
  const TemporaryFolder folder;
  Log log(7);
  append(log, states_of(7, 3.5));
  int calls = 0;
  const Fault fault([&](Call& call) {
    if (call.name != "pwrite" && call.name != "pread") return 0;
    call.bytes = std::max<std::size_t>(1, call.bytes / 3);
    return calls++ % 2 == 0 ? EINTR : 0;
  });
  log.spill(folder.path());
  EXPECT_TRUE(holds(log));
  EXPECT_GT(calls, 100);
}

TEST(Log, AReadThatFailsIsAnException) {
  const TemporaryFolder folder;
  Log log(2);
  append(log, states_of(2, 4));
  log.spill(folder.path());
  {
    const Fault fault([](Call& call) { return call.name == "pread" ? EIO : 0; });
    std::vector<Word> state(2);
    const std::string error = error_of([&] { log.read(5, 1, state.data()); });
    EXPECT_TRUE(contains(error, folder.path())) << error;
    EXPECT_TRUE(contains(error, reason(EIO))) << error;
    // Into the middle of a block on disk: it would have to be read.
    const std::uint64_t size = log.size();
    EXPECT_TRUE(contains(error_of([&] { log.truncate(states_of(2, 1.5)); }), reason(EIO)));
    EXPECT_EQ(log.size(), size);
  }
  EXPECT_TRUE(holds(log));
  {
    const Fault fault([](Call& call) {
      return call.name == "pread" && ftruncate(call.fd, 1 << 20) != 0 ? errno : 0;
    });
    EXPECT_TRUE(contains(error_of([&] { (void)holds(log); }), "shorter"));
  }
}

TEST(Log, AFileOfACheckpointThatWasCut) {
  const TemporaryFolder folder;
  Log log = log_of_files(2, {100, 100}, folder);
  ASSERT_EQ(truncate((folder / "piece1").c_str(), 99), 0);
  EXPECT_TRUE(holds(log, 0, 106));
  const std::string error = error_of([&] { (void)holds(log); });
  EXPECT_TRUE(contains(error, folder / "piece1")) << error;
  EXPECT_TRUE(contains(error, "shorter")) << error;
}

TEST(Log, FilesOfACheckpointAreNeverChanged) {
  const TemporaryFolder folder;
  {
    Log log = log_of_files(2, {100000, 100000}, folder);
    log.truncate(150000);
    append(log, 200000);
    log.spill(folder.path());
    log.truncate(90000);
    append(log, 100000);
    EXPECT_TRUE(holds(log));
  }
  for (const char* name : {"piece0", "piece1"}) {
    EXPECT_EQ(std::filesystem::file_size(folder / name), 100000u * 16);
  }
  EXPECT_TRUE(holds(log_of_files(2, {100000, 100000}, folder)));
}

TEST(Log, TruncatedInsideOfWhatIsOnDisk) {
  const TemporaryFolder folder;
  Log log(1);
  append(log, states_of(1, 5));
  log.spill(folder.path());
  for (const double blocks : {4.5, 3.0, 2.0 + 1.0 / (1 << 18), 0.5}) {
    log.truncate(states_of(1, blocks));
    ASSERT_TRUE(holds(log));
    ASSERT_LE(log.bytes_in_memory(), kBlock);
  }
  append(log, states_of(1, 7));
  log.spill(folder.path());
  EXPECT_TRUE(holds(log));
}

TEST(Log, TruncatingToMoreIsNothing) {
  Log log(1);
  append(log, 10);
  log.truncate(10);
  log.truncate(11);
  EXPECT_EQ(log.size(), 10u);
  EXPECT_TRUE(holds(log));
}

TEST(Log, MovingLeavesAnEmptyLog) {
  const TemporaryFolder folder;
  Log a(4);
  append(a, states_of(4, 3.5));
  a.spill(folder.path());
  const std::uint64_t size = a.size();
  Log b(std::move(a));
  EXPECT_EQ(b.size(), size);
  EXPECT_TRUE(holds(b));
  EXPECT_EQ(a.size(), 0u);
  EXPECT_EQ(a.bytes_in_memory() + a.bytes_on_disk(), 0u);
  append(a, 10);
  EXPECT_TRUE(holds(a));
  b = std::move(a);
  EXPECT_EQ(b.size(), 10u);
  EXPECT_TRUE(holds(b));
  EXPECT_EQ(a.size(), 0u);
  Log& same = b;
  b = std::move(same);
  EXPECT_EQ(b.size(), 10u);
}

TEST(Log, ThreadsReadAtTheSameTime) {
  const TemporaryFolder folder;
  Log log = log_of_files(3, {50000, 7, 60000}, folder);
  append(log, states_of(3, 3));
  log.spill(folder.path());
  append(log, states_of(3, 2));
  std::vector<std::thread> threads;
  std::vector<int> good(4);
  for (unsigned t = 0; t < good.size(); ++t) {
    threads.emplace_back([&, t] {
      std::mt19937_64 random(t);
      for (int i = 0; i < 200; ++i) {
        const std::uint64_t first = random() % log.size();
        good[t] += bool(holds(log, first, std::min<std::uint64_t>(1024, log.size() - first)));
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(good, std::vector<int>(4, 200));
}

}  // namespace
}  // namespace stalemate::engine
