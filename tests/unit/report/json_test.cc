#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "fixture.h"
#include "report/report.h"

namespace stalemate::report {
namespace {

using Json = nlohmann::ordered_json;

Json report_of(const ir::Program& p, const Run& run, const Result& result) {
  return Json::parse(json_object(p, run, result, renderer(p)));
}

PropertyResult came_out(int property, Outcome outcome) {
  PropertyResult r;
  r.property = property;
  r.outcome = outcome;
  return r;
}

TEST(Json, Golden) {
  const ir::Program p = example_program();
  Result result = complete_result(
      p, {came_out(kBound, Outcome::kSafe), violated(kNoStaleExec, "runs old contents",
                                                     TraceBuilder(p)
                                                         .step(kPrefetch, {1}, {{kICache, 6, 1}})
                                                         .step(kDrain, {}, {})
                                                         .step(kExec, {}, {})
                                                         .done())});
  result.fired[kIpi] = false;
  result.reductions = {{"saturated copies", "icache", true, ""},
                       {"saturated copies", "one", false, "a single cache"}};
  report::Run run = example_run();
  run.speculation = "saturated";
  Json j = report_of(p, run, result);
  EXPECT_TRUE(j["version"].is_string());
  EXPECT_FALSE(j["version"].get<std::string>().empty());
  j["version"] = "x";
  EXPECT_EQ(j["fingerprint"].get<std::string>().size(), 32U);
  j["fingerprint"] = "f";
  EXPECT_EQ(j["identity"].get<std::string>().size(), 32U);
  j["identity"] = "i";
  EXPECT_EQ(j.dump(2), golden(R"json(
{
  "tool": "stalemate",
  "version": "x",
  "fingerprint": "f",
  "model": "icache.stm",
  "variant": "buggy",
  "machine": "armv7",
  "cpus": 2,
  "params": {
    "iflush": "after_publish"
  },
  "identity": "i",
  "verdict": "violated",
  "exit": 1,
  "property": "no_stale_exec",
  "properties": [
    {
      "name": "bound",
      "verdict": "safe",
      "message": "",
      "run": null,
      "loop": null
    },
    {
      "name": "no_stale_exec",
      "verdict": "violated",
      "message": "runs old contents",
      "run": [
        {
          "step": 0,
          "choices": [
            1
          ],
          "set": {
            "I.held[cpu1][N][old]": "true"
          }
        },
        {
          "step": 1,
          "choices": [],
          "set": {}
        },
        {
          "step": 6,
          "choices": [],
          "set": {}
        }
      ],
      "loop": null
    }
  ],
  "states": 12345,
  "transitions": 67890,
  "depth": 23,
  "seconds": 0.123,
  "peak_rss_bytes": 1048576,
  "speculation": "saturated",
  "reductions": [
    {
      "name": "saturated copies",
      "object": "icache",
      "applied": true,
      "why": null
    },
    {
      "name": "saturated copies",
      "object": "one",
      "applied": false,
      "why": "a single cache"
    }
  ],
  "complete": true,
  "stopped": null,
  "model_error": null,
  "bounds": [
    "memory: sc (armv7 is weaker)"
  ],
  "unreached": [
    "ipi"
  ],
  "untested": [],
  "undelivered": [],
  "trace": [
    {
      "cpu": 1,
      "action": "(speculative) prefetch N via kernel map",
      "kind": "speculative",
      "changes": [
        "I$1[N]=old"
      ]
    },
    {
      "cpu": null,
      "action": "(hardware) drain N",
      "kind": "eventual",
      "changes": []
    },
    {
      "cpu": 1,
      "action": "exec P",
      "kind": "program",
      "changes": [],
      "violation": "runs old contents"
    }
  ],
  "run": [
    {
      "step": 0,
      "choices": [
        1
      ],
      "set": {
        "I.held[cpu1][N][old]": "true"
      }
    },
    {
      "step": 1,
      "choices": [],
      "set": {}
    },
    {
      "step": 6,
      "choices": [],
      "set": {}
    }
  ],
  "loop": null,
  "ending": [],
  "program_steps": 1,
  "environment_steps": 2
})json"));
}

TEST(Json, OneLine) {
  const ir::Program p = example_program();
  const std::string text = json_object(p, example_run(), complete_result(p, {}), renderer(p));
  EXPECT_EQ(text.find('\n'), std::string::npos);
}

TEST(Json, SafeHasNoTraceAndTheSameKeys) {
  const ir::Program p = example_program();
  report::Run run = example_run();
  run.variant.clear();
  run.params.clear();
  const Json safe = report_of(p, run, complete_result(p, {came_out(kBound, Outcome::kSafe)}));
  EXPECT_EQ(safe["verdict"], "safe");
  EXPECT_EQ(safe["exit"], 0);
  EXPECT_TRUE(safe["variant"].is_null());
  EXPECT_EQ(safe["params"], Json::object());
  EXPECT_TRUE(safe["property"].is_null());
  EXPECT_TRUE(safe["trace"].is_null());
  EXPECT_EQ(safe["ending"], Json::array());
  EXPECT_TRUE(safe["program_steps"].is_null());
  EXPECT_TRUE(safe["environment_steps"].is_null());
  EXPECT_EQ(safe["unreached"], Json::array());
  const Json bad = report_of(
      p, run, complete_result(p, {violated(kNoStaleExec, "broken", stale_exec_trace(p))}));
  const auto keys = [](const Json& j) {
    std::vector<std::string> names;
    for (const auto& item : j.items()) names.push_back(item.key());
    return names;
  };
  EXPECT_EQ(keys(safe), keys(bad));
}

TEST(Json, TheWorstPropertyDecides) {
  const ir::Program p = example_program();
  const auto decided = [&](std::vector<Outcome> outcomes) {
    Result result = complete_result(p, {});
    int property = 0;
    for (const Outcome o : outcomes) result.properties.push_back(came_out(property++, o));
    const Json j = report_of(p, example_run(), result);
    return j["property"].dump() + " " + j["verdict"].get<std::string>() + " " + j["exit"].dump();
  };
  using enum Outcome;
  EXPECT_EQ(decided({kSafe, kVacuous}), R"("bound" vacuous 4)");
  EXPECT_EQ(decided({kInconclusive, kVacuous}), R"("no_stale_exec" inconclusive 3)");
  EXPECT_EQ(decided({kSafe, kViolated, kViolated}), R"("bound" violated 1)");
  EXPECT_EQ(decided({kSafe, kSafe, kError}), R"("no_stuck" error 2)");
  EXPECT_EQ(decided({}), "null safe 0");
}

TEST(Json, ModelError) {
  const ir::Program p = example_program();
  Result result = complete_result(p, {came_out(kNoStaleExec, Outcome::kError)});
  result.model_error = "index 7 is outside page";
  result.model_error_span = {std::make_shared<Source>("icache.stm", "a\nbcd\n"), 3, 4};
  result.model_error_trace = TraceBuilder(p).step(kFault, {}, {}).done();
  const Json j = report_of(p, example_run(), result);
  EXPECT_EQ(j["exit"], 2);
  EXPECT_TRUE(j["property"].is_null());
  EXPECT_EQ(j["model_error"]["message"], "index 7 is outside page");
  EXPECT_EQ(j["model_error"]["where"], "icache.stm:2:2");
  EXPECT_EQ(j["trace"].at(0)["violation"], "index 7 is outside page");
  EXPECT_EQ(j["program_steps"], 1);
}

TEST(Json, StuckProcesses) {
  const ir::Program p = example_program();
  PropertyResult r = violated(kNoStuckProcess, "a process is stuck", stale_exec_trace(p));
  r.stuck = {1};
  const Json j = report_of(p, example_run(), complete_result(p, {r}));
  EXPECT_EQ(j["ending"], Json::array({"CPU1 user waits for ever at \"start\""}));
  EXPECT_FALSE(j["trace"].back().contains("violation"));
}

TEST(Json, Stopped) {
  const ir::Program p = example_program();
  Result result = complete_result(p, {came_out(kBound, Outcome::kInconclusive)});
  result.complete = false;
  result.stopped = "time limit of 5 s";
  const Json j = report_of(p, example_run(), result);
  EXPECT_EQ(j["complete"], false);
  EXPECT_EQ(j["stopped"], "time limit of 5 s");
}

TEST(Json, NamesThatAreNotUtf8) {
  ir::Program p = example_program();
  p.properties[kBound].name = "b\xff";
  p.bounds = {"\xc3("};
  report::Run run = example_run();
  run.file = "dir\xe9/model.stm";
  run.params = {{"k\x80", "v\x80"}};
  const Json j = report_of(p, run, complete_result(p, {came_out(kBound, Outcome::kVacuous)}));
  EXPECT_EQ(j["model"], "dir\ufffd/model.stm");
  EXPECT_EQ(j["property"], "b\ufffd");
  EXPECT_EQ(j["params"]["k\ufffd"], "v\ufffd");
}

}  // namespace
}  // namespace stalemate::report
