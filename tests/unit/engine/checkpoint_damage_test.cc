// Whatever is wrong with the files of a checkpoint, it is refused.
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <bit>

#include "checkpoint_search.h"
#include "engine/checkpoint.h"
#include "engine/manifest.h"
#include "fault.h"

namespace stalemate::engine {
namespace {

// A manifest with a right checksum and any content.
std::string forged(const std::string& rest, const std::string& version = "1") {
  Checksum checksum;
  checksum.add(rest.data(), rest.size());
  return R"({"format":"stalemate checkpoint","version":)" + version + R"(,"checksum":")" +
         checksum.text() + "\",\n" + rest;
}

TEST(CheckpointDamage, EveryBitOfEveryFileCounts) {
  const TemporaryFolder top;
  make_checkpoint(top / "c");
  ASSERT_GE(sizes(top / "c").size(), 3u);
  std::vector<std::string> files = {"manifest.json"};
  for (const auto& [name, size] : sizes(top / "c")) files.push_back(name);
  for (const std::string& file : files) {
    const std::string name = top / "c" + "/" + file;
    const std::string text = text_of(name);
    std::fstream out(name, std::ios::in | std::ios::out | std::ios::binary);
    for (std::size_t i = 0; i < text.size(); ++i) {
      for (int bit = 0; bit < 8; ++bit) {
        out.seekp(static_cast<std::streamoff>(i))
            .put(static_cast<char>(text[i] ^ (1 << bit)))
            .flush();
        const std::string error = read_error(top / "c");
        ASSERT_TRUE(says(error, {file, "; "})) << "byte " << i << " bit " << bit;
      }
      out.seekp(static_cast<std::streamoff>(i)).put(text[i]).flush();
    }
    ASSERT_EQ(read_error(top / "c"), "");
  }
}

TEST(CheckpointDamage, FilesThatAreTooShortOrTooLong) {
  const TemporaryFolder top;
  make_checkpoint(top / "c");
  std::vector<std::string> files = {"manifest.json"};
  for (const auto& [name, size] : sizes(top / "c")) files.push_back(name);
  for (const std::string& file : files) {
    const std::string name = top / "c" + "/" + file;
    const std::string text = text_of(name);
    for (std::size_t length = text.size(); length-- > 0;) {
      ASSERT_EQ(truncate(name.c_str(), static_cast<off_t>(length)), 0);
      ASSERT_TRUE(says(read_error(top / "c"), {file, "start the check again"})) << length;
    }
    for (const std::string& more :
         {std::string("x"), std::string(1, '\0'), std::string("\n"), text}) {
      put(name, text + more);
      ASSERT_TRUE(says(read_error(top / "c"), {file, "start the check again"}));
    }
    fs::remove(name);
    ASSERT_TRUE(says(read_error(top / "c"), {file, "start the check"}));
    fs::create_directory(name);
    ASSERT_TRUE(says(read_error(top / "c"), {file, "start the check again"}));
    fs::remove(name);
    ASSERT_EQ(mkfifo(name.c_str(), 0600), 0);
    ASSERT_TRUE(says(read_error(top / "c"), {file, "start the check again"}));
    fs::remove(name);
    put(name, text);
    ASSERT_EQ(read_error(top / "c"), "");
  }
}

TEST(CheckpointDamage, SegmentsThatAreExchanged) {
  const TemporaryFolder top;
  Log a(1), b(1);
  append(a, 1, 10);
  append(b, 2, 10);
  CheckpointWriter(top / "c", false).write({"f", {}, {{"a", saved_log(a, 0)}, {"b", saved_log(b, 0)}}});
  fs::rename(top / "c/1.states", top / "x");
  fs::rename(top / "c/2.states", top / "c/1.states");
  fs::rename(top / "x", top / "c/2.states");
  EXPECT_TRUE(says(error_of([&] { read_checkpoint(top / "c", 1); }), {"1.states", "checksum"}));
}

TEST(CheckpointDamage, ReadingThatFails) {
  const TemporaryFolder top;
  make_checkpoint(top / "c");
  int reads = 0;
  for (int good = 0;; ++good) {
    reads = 0;
    const Fault fault(
        [&](Call& call) { return call.name == "pread" && reads++ == good ? EIO : 0; });
    const std::string error = read_error(top / "c");
    ASSERT_EQ(error.empty(), reads <= good);
    if (error.empty()) break;
    ASSERT_TRUE(says(error, {top / "c/", reason(EIO), "start the check again"}));
  }
  EXPECT_GE(reads, 4);
}

TEST(CheckpointDamage, OtherVersionsAndOtherFiles) {
  const TemporaryFolder top;
  const std::string name = top / "manifest.json";
  for (const char* version : {"0", "2", "10", "01", "999999999"}) {
    put(name, forged("{}", version));
    EXPECT_TRUE(says(read_error(top.path()),
                     {name, std::string("version ") + version + ",", "reads version 1 only"}));
  }
  for (const char* version : {"", "x", "-1", "1.0", "99999999999999999999999999"}) {
    put(name, forged("{}", version));
    EXPECT_TRUE(says(read_error(top.path()), {name})) << version;
  }
  for (const char* text : {"", "{", "{}", "[]", "null", "{\"format\":\"other\"}",
                           "\x7f"
                           "ELF\2\1\1"}) {
    put(name, text);
    EXPECT_TRUE(says(read_error(top.path()), {name, "not the manifest", "start the check again"}));
  }
  // As large as the disk and more, without taking any of it.
  put(name, "");
  ASSERT_EQ(truncate(name.c_str(), off_t{1} << 40), 0);
  EXPECT_TRUE(says(read_error(top.path()), {name, "not the manifest"}));
}

TEST(CheckpointDamage, AStateOfAnotherWidth) {
  const TemporaryFolder top;
  make_checkpoint(top / "c");
  EXPECT_TRUE(says(error_of([&] { read_checkpoint(top / "c", 4); }), {"3 words", "4", "start"}));
  EXPECT_NE(error_of([&] { read_checkpoint(top / "c", -1); }), "");
}

// The checksum is right, and nothing else is.
TEST(CheckpointDamage, ManifestsThatSomebodyMadeUp) {
  const TemporaryFolder top;
  put(top / "1.states", std::string(24, 'x'));
  Checksum checksum;
  checksum.add("xxxxxxxxxxxxxxxxxxxxxxxx", 24);
  const std::string order = std::endian::native == std::endian::little ? "little" : "big";
  const std::string good = R"("fingerprint":"f","facts":{"a":"1"},"byte_order":")" + order +
                           R"(","logs":{"x":{"words":3,"states":1,"generation":0,"segments":[)" +
                           R"({"file":"1.states","bytes":24,"checksum":")" + checksum.text() +
                           R"(","merges":0}]}}})";
  put(top / "manifest.json", forged(good));
  ASSERT_EQ(read_error(top.path()), "");
  const auto with = [&](const std::string& from, const std::string& to) {
    std::string text = good;
    const std::size_t at = text.find(from);
    EXPECT_NE(at, std::string::npos) << from;
    return at == std::string::npos ? text : text.replace(at, from.size(), to);
  };
  std::vector<std::string> bad = {"",
                                  "x",
                                  "}",
                                  "{}",
                                  good + "x",
                                  good.substr(1),
                                  good.substr(0, good.size() - 1),
                                  with("\"f\"", "\"\xff\"")};
  for (const char* field : {"fingerprint", "facts", "byte_order", "logs", "words", "states",
                            "generation", "segments", "file", "bytes", "checksum", "merges"}) {
    bad.push_back(with('"' + std::string(field) + '"', "\"other\""));
  }
  for (const char* value : {"0", "null", "[]", "{}", "\"\"", "-1", "1.5", "1e300", "true",
                            "18446744073709551615", "18446744073709551616", "9223372036854775808",
                            "2305843009213693952", "768614336404564651"}) {
    for (const char* field : {"\"words\":3", "\"states\":1", "\"bytes\":24"}) {
      const std::string text = field;
      bad.push_back(with(text, text.substr(0, text.find(':') + 1) + value));
    }
    if (value[0] < '0' || value[0] > '9' || value[1] == '.' || value[1] == 'e' ||
        std::string(value) == "18446744073709551616") {
      bad.push_back(with("\"generation\":0", std::string("\"generation\":") + value));
      bad.push_back(with("\"merges\":0", std::string("\"merges\":") + value));
    }
    if (value[0] != '"') {
      bad.push_back(with("\"fingerprint\":\"f\"", std::string("\"fingerprint\":") + value));
      bad.push_back(with("{\"a\":\"1\"}", std::string("{\"a\":") + value + "}"));
      bad.push_back(with("\"1.states\"", value));
      bad.push_back(with('"' + checksum.text() + '"', value));
      bad.push_back(with('"' + order + '"', value));
    }
    if (value[0] != '{') bad.push_back(with("{\"a\":\"1\"}", value));
    if (value[0] != '{')
      bad.push_back(with(good.substr(good.find("{\"x\"")), value + std::string("}")));
    bad.push_back(with(good.substr(good.find("{\"words\"")), value + std::string("}}")));
    if (value[0] != '[') {
      bad.push_back(with(good.substr(good.find("[{")), value + std::string("}}}")));
    }
  }
  for (const char* file : {"../1.states", "/etc/passwd", "manifest.json", "01.states", "0.states",
                           "1.states\\u0000", "", "99999999999999999999.states", "2.states"}) {
    bad.push_back(with("1.states", file));
  }
  const std::string segment =
      good.substr(good.find("{\"file\""), good.find("]") - good.find("{\"file\""));
  bad.push_back(with("\"states\":1", "\"states\":0"));
  bad.push_back(with("\"states\":1", "\"states\":2"));
  bad.push_back(with(segment, ""));
  std::string twice = with(segment, segment + "," + segment);
  twice.replace(twice.find("\"states\":1"), 10, "\"states\":2");
  bad.push_back(twice);
  std::string none = with("\"states\":1", "\"states\":0");
  none.replace(none.find("\"bytes\":24"), 10, "\"bytes\":0");
  bad.push_back(none);
  bad.push_back(with(order, order == "big" ? "little" : "big"));
  bad.push_back(std::string(200000, '['));
  for (const std::string& text : bad) {
    put(top / "manifest.json", forged(text));
    EXPECT_TRUE(says(read_error(top.path()), {top.path(), "; "})) << text;
  }
}

TEST(CheckpointDamage, FactsMustBeText) {
  const TemporaryFolder top;
  CheckpointWriter writer(top.path(), false);
  writer.write({"f", {{"a", "1"}}, {}});
  EXPECT_TRUE(says(error_of([&] { writer.write({"f", {{"a", "\xff"}}, {}}); }), {"UTF-8"}));
  EXPECT_EQ(read_manifest(top.path()).facts.at("a"), "1");
}

}  // namespace
}  // namespace stalemate::engine
