#include "engine/checkpoint.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <algorithm>
#include <optional>

#include "checkpoint_search.h"
#include "engine/manifest.h"
#include "fault.h"

namespace stalemate::engine {
namespace {

TEST(Checkpoint, WhatIsReadIsWhatWasWritten) {
  const TemporaryFolder top;
  const std::string folder = top / "new";
  Search search;
  CheckpointWriter writer(folder, false);
  for (std::uint64_t n = 0; n < 80; n += n % 5 == 0 ? 1 : 2) {
    search.go_to(n);
    if (n % 4 == 0) search.all.spill(top.path());
    writer.write(search.saved(n));
    ASSERT_EQ(step_of(read_checkpoint(folder, Search::kWords)), n);
    const Loaded head = read_manifest(folder);
    ASSERT_EQ(head.fingerprint, "fingerprint");
    ASSERT_EQ(head.facts, search.saved(n).facts);
    ASSERT_TRUE(head.logs.empty());
  }
}

TEST(Checkpoint, LargeLogsInMemoryAndOnDisk) {
  const TemporaryFolder top;
  Log log(5);
  append(log, 9, 70000);
  log.spill(top.path());
  append(log, 9, 10000);
  CheckpointWriter writer(top / "c", false);
  writer.write({"f", {}, {{"x", saved_log(log, 1)}}});
  append(log, 9, 50001);
  writer.write({"f", {}, {{"x", saved_log(log, 1)}}});
  const Loaded loaded = read_checkpoint(top / "c", 5);
  EXPECT_TRUE(holds(loaded.logs.at("x").log, 9, 130001));
  // They are where they were.
  EXPECT_EQ(loaded.logs.at("x").log.bytes_in_memory(), 0u);
  EXPECT_EQ(loaded.logs.at("x").log.bytes_on_disk(), 130001u * 40);
}

TEST(Checkpoint, OnlyWhatIsNewIsWritten) {
  const TemporaryFolder top;
  Log log(2);
  CheckpointWriter writer(top.path(), false);
  const auto write = [&](std::uint64_t generation) {
    writer.write({"f", {}, {{"x", saved_log(log, generation)}}});
    std::vector<std::uint64_t> list;
    for (const auto& [name, size] : sizes(top.path())) list.push_back(size);
    return list;
  };
  using Sizes = std::vector<std::uint64_t>;
  EXPECT_EQ(write(0), Sizes{});
  append(log, 1, 1000);
  EXPECT_EQ(write(0), Sizes({16000}));
  const std::string first = text_of(top / "1.states");
  append(log, 1, 1);
  EXPECT_EQ(write(0), Sizes({16000, 16}));
  EXPECT_EQ(write(0), Sizes({16000, 16}));
  EXPECT_EQ(text_of(top / "1.states"), first);
  // Shorter, or another generation: all of it.
  log.truncate(900);
  EXPECT_EQ(write(0), Sizes({14400}));
  append(log, 1, 100);
  EXPECT_EQ(write(0), Sizes({14400, 1600}));
  EXPECT_EQ(write(1), Sizes({16000}));
  log = Log(4);
  append(log, 1, 2000);
  EXPECT_EQ(write(1), Sizes({64000}));
  EXPECT_TRUE(holds(read_checkpoint(top.path(), 4).logs.at("x").log, 1, 2000));
  // A log that is no longer there takes its files with it.
  writer.write({"f", {}, {}});
  EXPECT_TRUE(sizes(top.path()).empty());
  EXPECT_TRUE(read_checkpoint(top.path(), 4).logs.empty());
}

// A process may have only some hundreds of files open.
TEST(Checkpoint, ManyWritesMakeFewFiles) {
  const TemporaryFolder top;
  Log log(1);
  std::uint64_t written = 0;
  const Fault fault([&](Call& call) {
    if (call.name == "pwrite" && is_segment(call.fd)) written += call.bytes / 8;
    return 0;
  });
  CheckpointWriter writer(top.path(), false);
  for (int i = 0; i < 300; ++i) {
    append(log, 1, 1);
    writer.write({"f", {}, {{"x", saved_log(log, 0)}}});
    ASSERT_LE(sizes(top.path()).size(), 15u * 3);
    ASSERT_TRUE(holds(read_checkpoint(top.path(), 1).logs.at("x").log, 1, log.size()));
  }
  std::uint64_t states = 0;
  for (const auto& [name, size] : sizes(top.path())) states += size / 8;
  EXPECT_EQ(states, 300u);
  EXPECT_LE(written, 300u * 3);
}

// What refers to something comes after it, and the disk is told so.
TEST(Checkpoint, IsSyncedInOrder) {
  const TemporaryFolder top;
  Log log(1);
  append(log, 1, 10);
  CheckpointWriter writer(top.path(), false);
  writer.write({"f", {}, {{"x", saved_log(log, 0)}}});
  std::vector<std::string> calls;
  const Fault fault([&](Call& call) {
    struct stat status;
    const bool is_folder = fstat(call.fd, &status) == 0 && S_ISDIR(status.st_mode);
    const std::string what = is_folder ? "folder" : is_segment(call.fd) ? "segment" : "manifest";
    if (call.name != "open" && call.name != "pread") calls.push_back(call.name + " " + what);
    return 0;
  });
  writer.write({"f", {}, {{"x", saved_log(log, 1)}, {"y", saved_log(log, 0)}}});
  EXPECT_EQ(calls, std::vector<std::string>({"pwrite segment", "sync segment", "pwrite segment",
                                             "sync segment", "sync folder", "pwrite manifest",
                                             "sync manifest", "rename folder", "sync folder",
                                             "unlink folder"}));
}

TEST(Checkpoint, GoingOn) {
  const TemporaryFolder top;
  const std::string folder = top / "c";
  make_checkpoint(folder, 4);
  for (std::uint64_t n = 5; n < 60; n += 3) {
    CheckpointWriter writer(folder, true);
    Loaded loaded = read_checkpoint(folder, Search::kWords);
    ASSERT_TRUE(step_of(loaded).has_value());
    Search search;
    search.all = std::move(loaded.logs.at("all").log);
    search.late = std::move(loaded.logs.at("late").log);
    const auto before = sizes(folder);
    search.go_to(n);
    writer.write(search.saved(n));
    ASSERT_EQ(step_of(read_checkpoint(folder, Search::kWords)), n);
    // What was read is still readable, even where its files are gone.
    ASSERT_TRUE(holds(search.all, 1, Search::all_size(n)));
    // The part before of the log that grows was not written again, unless files became one.
    std::uint64_t large = 0;
    for (const auto& [name, size] : before) large = std::max(large, size);
    std::uint64_t now = 0;
    for (const auto& [name, size] : sizes(folder)) {
      if (before.contains(name)) now = std::max(now, size);
    }
    if (n > 11 && n < 30) {
      ASSERT_EQ(large, now);
    }
  }
}

TEST(CheckpointFolder, WhatItMayHold) {
  const TemporaryFolder top;
  // Nothing, or what a check that was killed before its first checkpoint left.
  put(top / "manifest.new", "x");
  put(top / "17.states", "x");
  put(top / "lock", "");
  {
    CheckpointWriter writer(top.path(), false);
    EXPECT_TRUE(sizes(top.path()).empty());
    EXPECT_FALSE(fs::exists(top / "manifest.new"));
    writer.write({"f", {}, {}});
  }
  EXPECT_TRUE(says(error_of([&] { CheckpointWriter(top.path(), false); }),
                   {top.path(), "holds a checkpoint already", "resume"}));
  CheckpointWriter(top.path(), true);
  // A stranger is refused, and not touched, not even with a lock file.
  const TemporaryFolder other;
  for (const char* name : {"0.states", "1.states~", "01.states", "thesis.tex"}) {
    put(other / name, "x");
    EXPECT_TRUE(says(error_of([&] { CheckpointWriter(other.path(), false); }),
                     {other.path(), name, "name an empty or a new folder"}));
    EXPECT_EQ(std::distance(fs::directory_iterator(other.path()), fs::directory_iterator()), 1);
    fs::remove(other / name);
  }
  // With a damaged manifest it is still a checkpoint, which nobody wants to lose by accident.
  put(other / "manifest.json", "x");
  EXPECT_TRUE(says(error_of([&] { CheckpointWriter(other.path(), false); }), {"already"}));
  EXPECT_TRUE(says(error_of([&] { CheckpointWriter(other.path(), true); }), {"manifest.json"}));
}

TEST(CheckpointFolder, ThatCannotBe) {
  const TemporaryFolder top;
  put(top / "file", "x");
  for (const bool resuming : {false, true}) {
    EXPECT_TRUE(says(error_of([&] { CheckpointWriter(top / "file", resuming); }),
                     {top / "file", "Not a directory"}));
    EXPECT_TRUE(says(error_of([&] { CheckpointWriter(top / "no/such", resuming); }),
                     {top / "no/such", "No such file or directory"}));
  }
  // Resuming makes nothing.
  EXPECT_NE(error_of([&] { CheckpointWriter(top / "none", true); }), "");
  EXPECT_FALSE(fs::exists(top / "none"));
  EXPECT_TRUE(says(read_error(top / "none"), {top / "none", "No such file or directory"}));
  EXPECT_TRUE(says(read_error(top / "file"), {"Not a directory"}));
  fs::create_directory(top / "empty");
  EXPECT_TRUE(says(read_error(top / "empty"), {"no checkpoint", top / "empty", "start the check"}));
  EXPECT_TRUE(says(error_of([&] { CheckpointWriter(top / "empty", true); }), {"no checkpoint"}));
}

TEST(CheckpointFolder, ThatMayNotBeReadOrWritten) {
  if (geteuid() != 0) GTEST_SKIP() << "only root can make a folder that it cannot read itself";
  const TemporaryFolder top;
  ASSERT_EQ(chmod(top.path().c_str(), 0755), 0);
  const std::string folder = top / "c";
  make_checkpoint(folder);
  ASSERT_EQ(chmod(folder.c_str(), 0700), 0);
  ASSERT_EQ(seteuid(65534), 0);
  const std::string reading = read_error(folder);
  const std::string writing = error_of([&] { CheckpointWriter(top / "d", false); });
  ASSERT_EQ(seteuid(0), 0);
  EXPECT_TRUE(says(reading, {folder, "Permission denied"}));
  EXPECT_TRUE(says(writing, {top / "d", "Permission denied"}));
}

TEST(CheckpointFolder, HasOneWriter) {
  const TemporaryFolder top;
  std::optional<CheckpointWriter> writer(std::in_place, top.path(), false);
  writer->write({"f", {}, {}});
  for (const bool resuming : {false, true}) {
    EXPECT_TRUE(says(error_of([&] { CheckpointWriter(top.path(), resuming); }),
                     {top.path(), "another check"}));
  }
  EXPECT_EQ(read_error(top.path()), "");  // reading needs no lock
  writer.reset();
  EXPECT_EQ(error_of([&] { CheckpointWriter(top.path(), true); }), "");
}

TEST(CheckpointFolder, MayBeRelativeAndRenamed) {
  const TemporaryFolder top;
  const fs::path before = fs::current_path();
  fs::current_path(top.path());
  {
    Search search;
    CheckpointWriter writer("c", false);
    search.go_to(3);
    fs::current_path("/");
    writer.write(search.saved(3));
    fs::rename(top / "c", top / "d");
    search.go_to(4);
    writer.write(search.saved(4));
  }
  fs::current_path(before);
  EXPECT_EQ(step_of(read_checkpoint(top / "d", Search::kWords)), 4u);
}

}  // namespace
}  // namespace stalemate::engine
