#include "store/merge.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>
#include <utility>

#include "base/printable.h"
#include "store/shard.h"

namespace stalemate::store {

namespace {

[[noreturn]] void refuse(const std::string& why) {
  throw StoreError(fmt::format("error: {}", why));
}

// The shard that `night` is of the sweep that `first` is a shard of.
Shard fitting(const std::string& path, const Night& night, const std::string& first_path,
              const Night& first) {
  const auto no = [&](const std::string& why) { refuse(fmt::format("{}: {}", path, why)); };
  if (night.finished.empty()) {
    no(fmt::format("night {} is not finished\n  finish it with 'stalemate sweep --resume'",
                   night.id));
  }
  if (night.shard.empty()) {
    no(fmt::format("night {} is no shard\n  merge what 'stalemate sweep --shard' made", night.id));
  }
  const std::optional<Shard> shard = read_shard(night.shard);
  if (!shard) no(fmt::format("night {}: '{}' is no shard", night.id, printable(night.shard)));
  if (night.sweep_file != first.sweep_file || night.sweep_hash != first.sweep_hash ||
      night.filter != first.filter || shard->count != read_shard(first.shard)->count) {
    no(fmt::format("a shard of another sweep than {}", first_path));
  }
  if (night.tool != first.tool) {
    no(fmt::format("by stalemate {}, {} by {}", night.tool, first_path, first.tool));
  }
  if (night.plan.empty()) {
    no(
        fmt::format("night {} does not tell which cells there are: an older version made it\n  "
                    "run the shard again",
                    night.id));
  }
  if (night.plan != first.plan) {
    no(fmt::format("its sweep had other cells than {}\n  run the shards on the same models",
                   first_path));
  }
  return *shard;
}

}  // namespace

Merged merge(const std::string& out, const std::vector<std::string>& in) {
  std::map<std::size_t, std::string> shards;  // to the file
  std::map<std::string, std::string> cells;   // to the file
  std::vector<Run> runs;
  Night whole;
  for (const std::string& path : in) {
    const Store store(path, Store::Open::kExisting);
    const std::vector<Night> nights = store.nights();
    if (nights.empty()) refuse(fmt::format("{}: holds no night", path));
    const Night& night = nights.back();
    const Shard shard = fitting(path, night, in.front(), shards.empty() ? night : whole);
    const auto [other, fresh] = shards.emplace(shard.index, path);
    if (!fresh) {
      refuse(fmt::format("{} and {}: both hold shard {}", other->second, path, night.shard));
    }
    if (shards.size() == 1) whole = night;
    whole.started = std::min(whole.started, night.started);
    whole.finished = std::max(whole.finished, night.finished);
    for (Run& run : store.runs(night.id)) {
      const auto [holder, first] = cells.emplace(run.cell, path);
      if (!first) {
        refuse(fmt::format("{} and {}: both hold the cell {}", holder->second, path,
                           printable(run.cell)));
      }
      runs.push_back(std::move(run));
    }
  }
  const std::size_t count = read_shard(whole.shard)->count;
  for (std::size_t k = 0; k < count; ++k) {
    if (shards.count(k) != 0) continue;
    refuse(fmt::format("shard {}/{} is missing\n  name its database, too", k + 1, count));
  }
  std::vector<std::string> names;
  for (const auto& [cell, path] : cells) names.push_back(cell);
  if (plan_of(names) != whole.plan) {
    refuse(
        fmt::format("the shards hold {} cells, and not all that the sweep has, or others\n"
                    "  run them again",
                    names.size()));
  }
  whole.shard.clear();
  Store store(out, Store::Open::kCreate);
  return {store.add_night(whole, runs), runs.size()};
}

}  // namespace stalemate::store
