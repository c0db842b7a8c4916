// A search on disk: its logs as they are, and where it is in them.
#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

#include "engine/search.h"

namespace stalemate::engine {

namespace {

using Json = nlohmann::json;

constexpr const char* kAgain = "; start the check again, without this checkpoint";

std::string log_name(const char* what, std::uint32_t environment) {
  return std::string(what) + "-" + std::to_string(environment);
}

Json distance_json(const Distance& d) { return {d.program, d.environment}; }
Distance distance_of(const Json& j) {
  return {j.at(0).get<std::uint32_t>(), j.at(1).get<std::uint32_t>()};
}

std::string bits_text(const std::vector<bool>& bits) {
  std::string out;
  for (const bool b : bits) out += b ? '1' : '0';
  return out;
}

}  // namespace

Facts Search::facts() const {
  Json levels = Json::array();
  for (const Level& l : space_.levels) {
    levels.push_back({l.distance.program, l.distance.environment, l.first, l.count});
  }
  Json violated = Json::array();
  for (const auto& v : out_.violated) violated.push_back(v ? distance_json(*v) : Json());
  Facts facts;
  facts["request"] = options_.request;
  facts["levels"] = levels.dump();
  facts["violated"] = violated.dump();
  facts["properties"] = Json(options_.properties).dump();
  facts["stage"] = Json(static_cast<int>(stage_)).dump();
  facts["at"] = distance_json(at_).dump();
  facts["level"] = Json(level_).dump();
  facts["cursor"] = Json(cursor_).dump();
  facts["generation"] = Json(generation_).dump();
  facts["transitions"] = Json(out_.transitions).dump();
  facts["unsure"] = Json(unsure_ || rounds_.unsure()).dump();
  facts["depth"] = Json(out_.depth).dump();
  facts["fired"] = Json(bits_text(out_.fired)).dump();
  facts["counted"] = Json(bits_text(out_.counted)).dump();
  facts["goals"] = Json(bits_text(out_.goals)).dump();
  return facts;
}

// Only between two rounds, when nothing is seen and not told: rounds_ has what the level at work
// has shown so far, which goes along.
void Search::save(bool last) {
  if (options_.checkpoint == nullptr) return;
  const auto began = std::chrono::steady_clock::now();
  collect();
  Saved saved;
  saved.fingerprint = options_.fingerprint + space_.mark();
  saved.facts = facts();
  saved.logs["settled"] = saved_log(space_.log, options_.generation);
  // Those of one program level are other logs than those of the next one.
  for (const auto& [environment, log] : seeds_) {
    saved.logs[log_name("seeds", environment)] = saved_log(log, generation_);
  }
  for (const auto& [environment, log] : pending_) {
    saved.logs[log_name("pending", environment)] = saved_log(log, generation_);
  }
  options_.checkpoint->write(saved);
  saved_ = std::chrono::steady_clock::now();
  stats_.saving += std::chrono::duration<double>(saved_ - began).count();
  if (last) out_.stopped += out_.stopped.empty() ? "" : "; a checkpoint was written";
}

void Search::restore(Loaded loaded) {
  struct Found {
    const Log* from;
    StateLog* to;
  };
  std::vector<Found> found;
  try {
    const auto fact = [&](const char* name) { return Json::parse(loaded.facts.at(name)); };
    const auto bits = [&](const char* name, std::vector<bool>& out) {
      const std::string text = fact(name).get<std::string>();
      if (text.size() != out.size())
        throw CheckpointError(std::string("its ") + name + " do not fit");
      for (std::size_t i = 0; i < out.size(); ++i) out[i] = text[i] == '1';
    };
    if (fact("properties").get<std::vector<int>>() != options_.properties) {
      throw CheckpointError("it is of a check of other properties");
    }
    bits("fired", out_.fired);
    bits("goals", out_.goals);
    bits("counted", out_.counted);
    const Json violated = fact("violated");
    for (std::size_t i = 0; i < out_.violated.size(); ++i) {
      if (!violated.at(i).is_null()) out_.violated[i] = distance_of(violated.at(i));
    }
    at_ = distance_of(fact("at"));
    const int stage = fact("stage").get<int>();
    if (stage < 0 || stage > static_cast<int>(Stage::kDone))
      throw CheckpointError("its stage is none");
    stage_ = static_cast<Stage>(stage);
    level_ = fact("level").get<std::size_t>();
    cursor_ = fact("cursor").get<std::uint64_t>();
    generation_ = fact("generation").get<std::uint64_t>();
    out_.transitions = fact("transitions").get<std::uint64_t>();
    unsure_ = fact("unsure").get<bool>();
    out_.depth = fact("depth").get<std::uint32_t>();
    for (const Json& l : fact("levels")) {
      const Level level{{l.at(0).get<std::uint32_t>(), l.at(1).get<std::uint32_t>()},
                        l.at(2).get<std::uint64_t>(),
                        l.at(3).get<std::uint64_t>()};
      if (level.first + level.count > loaded.logs.at("settled").log.size())
        throw CheckpointError("its levels do not fit");
      space_.levels.push_back(level);
    }
    if (space_.levels.empty() || loaded.logs.at("settled").log.words() != space_.layout.words) {
      throw CheckpointError("its states do not fit");
    }
    // In this order, in which names are given.
    found.push_back({&loaded.logs.at("settled").log, &space_.log});
    for (const char* what : {"seeds", "pending"}) {
      Logs& logs = what == std::string("seeds") ? seeds_ : pending_;
      for (const auto& [name, loaded_log] : loaded.logs) {
        const std::size_t dash = name.find('-');
        if (dash == std::string::npos || name.substr(0, dash) != what) continue;
        const auto environment = static_cast<std::uint32_t>(std::stoul(name.substr(dash + 1)));
        const auto to = logs.try_emplace(environment, space_.names).first;
        found.push_back({&loaded_log.log, &to->second});
      }
    }
  } catch (const Json::exception& e) {
    throw CheckpointError(std::string("the checkpoint cannot be used: ") + e.what() + kAgain);
  } catch (const std::logic_error& e) {  // a fact or a number that is not there
    throw CheckpointError(std::string("the checkpoint cannot be used: ") + e.what() + kAgain);
  } catch (const CheckpointError& e) {
    throw CheckpointError(std::string("the checkpoint cannot be used: ") + e.what() + kAgain);
  }
  for (const Found& f : found) {
    for (std::uint64_t first = 0; first < f.from->size(); first += Rounds::kMost) {
      const std::uint64_t count = std::min(Rounds::kMost, f.from->size() - first);
      rounds_.remember(*f.from, first, count, f.to == &space_.log, *f.to);
      spill_old_states(*f.to);
    }
  }
  out_.states = space_.table->size();
}

}  // namespace stalemate::engine
