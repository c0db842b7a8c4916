#include "store/merge.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

namespace stalemate::store {

namespace {

// "3" of "2/3".
std::string count_of(const std::string& shard) { return shard.substr(shard.find('/') + 1); }

void must_fit(const std::string& path, const Night& night, const std::string& first_path,
              const Night& first) {
  const auto refuse = [&](const std::string& why) {
    throw StoreError(fmt::format("error: {}: {}", path, why));
  };
  if (night.finished.empty()) {
    refuse(fmt::format("night {} is not finished\n  finish it with 'stalemate sweep --resume'",
                       night.id));
  }
  if (night.shard.empty()) {
    refuse(
        fmt::format("night {} is no shard\n  merge what 'stalemate sweep --shard' made", night.id));
  }
  if (night.sweep_file != first.sweep_file || night.sweep_hash != first.sweep_hash ||
      night.filter != first.filter || count_of(night.shard) != count_of(first.shard)) {
    refuse(fmt::format("a shard of another sweep than {}", first_path));
  }
  if (night.tool != first.tool) {
    refuse(fmt::format("by stalemate {}, {} by {}", night.tool, first_path, first.tool));
  }
}

}  // namespace

Merged merge(const std::string& out, const std::vector<std::string>& in) {
  std::map<std::string, std::string> shards;  // to the file
  std::vector<Run> runs;
  Night whole;
  for (const std::string& path : in) {
    const Store store(path, Store::Open::kExisting);
    const std::vector<Night> nights = store.nights();
    if (nights.empty()) throw StoreError(fmt::format("error: {}: holds no night", path));
    const Night& night = nights.back();
    must_fit(path, night, in.front(), shards.empty() ? night : whole);
    const auto [other, fresh] = shards.emplace(night.shard, path);
    if (!fresh) {
      throw StoreError(
          fmt::format("error: {} and {}: both hold shard {}", other->second, path, night.shard));
    }
    if (shards.size() == 1) whole = night;
    whole.started = std::min(whole.started, night.started);
    whole.finished = std::max(whole.finished, night.finished);
    for (Run& run : store.runs(night.id)) runs.push_back(std::move(run));
  }
  const int count = std::stoi(count_of(whole.shard));
  for (int k = 1; k <= count; ++k) {
    const std::string shard = fmt::format("{}/{}", k, count);
    if (shards.count(shard) == 0) {
      throw StoreError(fmt::format("error: shard {} is missing\n  name its database, too", shard));
    }
  }
  whole.shard.clear();
  Store store(out, Store::Open::kCreate);
  return {store.add_night(whole, runs), runs.size()};
}

}  // namespace stalemate::store
