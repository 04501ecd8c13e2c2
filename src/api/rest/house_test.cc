// The answers about monitors, policies, endpoints and models, of a house that lived through a change of the world.
#include <gmock/gmock.h>

#include "api/rest/contract_testing.h"
#include "api/rest/house_testing.h"

namespace gyre::rest {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr int kTurn = 5;  // the day on which the world turns

constexpr std::string_view kProject = R"(
pipelines:
  train:
    code: .
    parameters: {as_of: ""}
    steps:
      - name: train
        command: "true"
        outputs: {reference: reference.parquet, report: report.json}
        registers: {model: late, evidence: {reference: reference, training: report}}
endpoints:
  late: {model: late, unknown_category: reject}
monitors:
  late:
    endpoint: late
    prediction: p
    label: late
    quality: {min_labelled: 500}
    drift: {min_rows: 500}
    alerts:
      - {name: shifted, signal: {column: x, metric: js}, above: 0.3, clear: 0.25, min_rows: 500}
      - {name: auc, signal: {metric: auc}, below: 0.6, clear: 0.65, min_rows: 500, severity: critical}
policies:
  first:
    endpoint: late
    model: late
    when: {bootstrap: true}
    pipeline: train
    gates: {absolute: {auc: {at_least: 0.6}}}
    rollout: {canary: []}
  retrain:
    endpoint: late
    model: late
    when: {alerts: [shifted, auc]}
    wait: {labelled_days_after_onset: 2}
    cool_down: 3d
    budget: {runs: 3, per: 30d}
    pipeline: train
    gates:
      paired: {metric: log_loss, min_gain: 0.02, z: 2, cluster: 1h, min_rows: 1000}
      slices: {columns: [group], min_rows: 100, max_loss: 0.05}
      latency: {p99_ms: 1000, rows: 10}
      size: {max: 1MiB}
    rollout:
      shadow_rows: 300
      canary: [{weight: 0.5, rows: 300}]
      rollback: {max_error_share: 0.01, max_latency_ratio: 100000, watch_labelled_rows: 1000, max_loss: 0.1}
)";

std::unique_ptr<LoopHouse> house_after(int days) {
  auto house = std::make_unique<LoopHouse>();
  house->world.turns_on_day = kTurn;
  house->apply(kProject);
  house->settle();
  while (house->day() < days) house->live_a_day();
  return house;
}

std::vector<std::string> texts(const json::Value& rows, std::string_view name) {
  std::vector<std::string> found;
  for (const auto& row : *rows.if_array()) found.push_back(row[name].string_or(""));
  return found;
}

const json::Value& at(const json::Value& list, std::size_t i) { return list.if_array()->at(i); }
const json::Value& last(const json::Value& list) { return list.if_array()->back(); }
const json::Value& named(const json::Value& rows, std::string_view name, std::string_view key = "name") {
  static const json::Value kNone;
  for (const auto& row : *rows.if_array()) {
    if (row[key].string_or("") == name) return row;
  }
  ADD_FAILURE() << "there is no " << name << " in " << json::to_text(rows);
  return kNone;
}

// Lived once: the tests only read.
class LoopTest : public testing::Test {
 protected:
  static void SetUpTestSuite() { house_ = house_after(13).release(); }
  static void TearDownTestSuite() { delete std::exchange(house_, nullptr); }

  json::Value get(std::string_view file, std::string_view operation, std::string_view target) {
    const auto answer = house_->get(target);
    EXPECT_EQ(answer.status, 200) << target << " " << json::to_text(answer.body);
    EXPECT_THAT(contract_.problems(file, operation, answer.body), IsEmpty()) << target;
    return answer.body;
  }

  static inline LoopHouse* house_ = nullptr;
  Contract contract_;
};

TEST_F(LoopTest, AMonitorTellsWhatItWatchesAndHowMuchIsLabelled) {
  const auto list = get("monitoring.yaml", "listMonitors", "/api/v1/monitors");
  EXPECT_EQ(at(list["rows"], 0)["sentence"].string_or(""), "All 2 rules are quiet.");
  const auto monitor = get("monitoring.yaml", "getMonitor", "/api/v1/monitors/late");
  const auto& labels = monitor["labels"];
  EXPECT_EQ(labels["predictions"].int_or(0), 13 * static_cast<std::int64_t>(LoopHouse::kRowsADay));
  EXPECT_EQ(labels["labelled"].int_or(0), 12 * static_cast<std::int64_t>(LoopHouse::kRowsADay));
  EXPECT_EQ(labels["labelled_through"].string_or(""), to_iso(kStart + 12 * kDayMs));
  EXPECT_EQ(labels["delay_p50_ms"].int_or(0), 33 * kHourMs);  // rows of 0 to 18 h, labels at 18 h of the day after
  EXPECT_EQ(monitor["reference"]["version"]["ref"].string_or(""), "late@2");
  EXPECT_EQ(monitor["reference"]["rows"].int_or(0), 4000);
  EXPECT_EQ(at(monitor["rules"], 0)["text"].string_or(""), "JS distance of x above .300, 1 of 1 windows");
}

TEST_F(LoopTest, DriftIsByColumnAndWindowWithTheRulesLevels) {
  const auto drift = get("monitoring.yaml", "getDrift", "/api/v1/monitors/late/drift");
  ASSERT_EQ(drift["windows"].if_array()->size(), 13u);
  EXPECT_EQ(last(drift["features"])["name"].string_or(""), "group");  // worst first
  const auto& x = named(drift["features"], "x");
  EXPECT_EQ(x["importance"].number_or(0), 0.9);
  EXPECT_LT(at(x["values"], 0).number_or(1), 0.1);
  EXPECT_GT(at(x["values"], kTurn).number_or(0), 0.3);
  EXPECT_EQ(at(x["levels"], kTurn).string_or(""), "warn");
  EXPECT_LT(last(x["values"]).number_or(1), 0.1);  // the new version has learned the new world
  EXPECT_THAT(texts(drift["signals"], "rule"), ElementsAre("shifted", "auc"));
  const auto& auc = at(drift["signals"], 1);
  EXPECT_EQ(at(auc["levels"], kTurn).string_or(""), "crit");
  EXPECT_EQ(last(auc["levels"]).string_or(""), "nodata");
  EXPECT_THAT(texts(drift["flags"], "kind"), Contains("retrain"));

  const auto unseen = get("monitoring.yaml", "getDrift", "/api/v1/monitors/late/drift?metric=unseen");
  EXPECT_THAT(texts(unseen["features"], "name"), ElementsAre("group"));  // only of categories
  const auto two = get("monitoring.yaml", "getDrift", "/api/v1/monitors/late/drift?from=2001-04-03&to=2001-04-05");
  EXPECT_EQ(two["windows"].if_array()->size(), 2u);
}

TEST_F(LoopTest, ADistributionStandsBesideTheReferenceOfTheVersionThatScoredMost) {
  const auto calm = get("monitoring.yaml", "getDistribution", "/api/v1/monitors/late/features/x/distribution?from=2001-04-02&to=2001-04-03");
  EXPECT_EQ(calm["current"]["n"].int_or(0), static_cast<std::int64_t>(LoopHouse::kRowsADay));
  EXPECT_EQ(calm["version"]["ref"].string_or(""), "late@1");
  double reference = 0, current = 0;
  for (const auto& bin : *calm["bins"].if_array()) reference += bin["reference"].number_or(0), current += bin["current"].number_or(0);
  EXPECT_NEAR(reference, 1, 1e-9);
  EXPECT_NEAR(current, 1, 1e-9);
  EXPECT_NEAR(calm["current"]["mean"].number_or(9), 0, 0.1);
  EXPECT_EQ(named(calm["measures"], "js", "metric")["level"].string_or(""), "ok");

  const auto turned = get("monitoring.yaml", "getDistribution", "/api/v1/monitors/late/features/x/distribution?from=2001-04-06&to=2001-04-07");
  EXPECT_EQ(named(turned["measures"], "js", "metric")["level"].string_or(""), "warn");
  const auto whole = get("monitoring.yaml", "getDistribution", "/api/v1/monitors/late/features/group/distribution");
  EXPECT_EQ(whole["type"].string_or(""), "category");
  EXPECT_EQ(whole["current"]["n"].int_or(0) + whole["other_rows"].int_or(0), 13 * static_cast<std::int64_t>(LoopHouse::kRowsADay));
}

TEST_F(LoopTest, QualityIsDrawnByVersionWithItsIntervalBesideTheEstimate) {
  const auto quality = get("monitoring.yaml", "getPerformance", "/api/v1/monitors/late/performance");
  ASSERT_EQ(quality["versions"].if_array()->size(), 2u);
  const auto& first = at(quality["versions"], 0);
  const double realised = at(first["realised"], kTurn).number_or(1);
  EXPECT_LT(realised, 0.5);
  EXPECT_GT(at(first["estimated"], kTurn).number_or(0), 0.6);  // it cannot see that labels turned
  EXPECT_LT(at(first["realised_low"], kTurn).number_or(1), realised);
  EXPECT_GT(at(first["realised_high"], kTurn).number_or(0), realised);
  EXPECT_TRUE(last(first["realised"]).is_null());
  EXPECT_GT(at(at(quality["versions"], 1)["realised"], 11).number_or(0), 0.6);
  EXPECT_EQ(at(quality["coverage"], 0).number_or(0), 1);
  EXPECT_EQ(last(quality["coverage"]).number_or(1), 0);
  EXPECT_EQ(at(at(quality["versions"], 0)["complete"], 0).bool_or(false), true);
  EXPECT_EQ(at(quality["limits"], 0)["value"].number_or(0), 0.6);
  EXPECT_THAT(quality["sentence"].string_or(""), HasSubstr("lowest"));
  const auto loss = get("monitoring.yaml", "getPerformance", "/api/v1/monitors/late/performance?metric=log_loss");
  EXPECT_GT(at(at(loss["versions"], 0)["realised_high"], 0).number_or(0), at(at(loss["versions"], 0)["realised"], 0).number_or(9));
  get("monitoring.yaml", "getPerformance", "/api/v1/monitors/late/performance?metric=ece");
}

TEST_F(LoopTest, AnAlertTellsItsOnsetAndWhatAnsweredIt) {
  const auto alerts = get("monitoring.yaml", "listAlerts", "/api/v1/alerts?state=resolved");
  EXPECT_EQ(alerts["total"].int_or(0), 2);
  const auto& shifted = named(alerts["rows"], "shifted", "rule");
  EXPECT_EQ(shifted["onset"].string_or(""), to_iso(kStart + kTurn * kDayMs));
  EXPECT_EQ(shifted["direction"].string_or(""), "above");
  const auto answer = get("policy.yaml", "getDecision", "/api/v1/decisions/" + shifted["answer"]["name"].string_or(""));
  EXPECT_EQ(answer["verdict"].string_or(""), "keep");  // the end of the case that it opened
  const auto& auc = named(alerts["rows"], "auc", "rule");
  EXPECT_EQ(auc["answer"]["name"].string_or(""), shifted["answer"]["name"].string_or("-"));  // looked at by the same case
  get("monitoring.yaml", "getAlert", "/api/v1/alerts/" + auc["id"].string_or(""));
  EXPECT_EQ(get("monitoring.yaml", "listAlerts", "/api/v1/alerts?limit=1")["cursor"].string_or(""), "1");
  const auto id = auc["id"].string_or("");
  EXPECT_EQ(get("governance.yaml", "getLineage", "/api/v1/lineage?focus=" + id)["focus"].string_or(""), "gyre:default:alert:" + id);  // an id names its kind
}

TEST_F(LoopTest, APolicyTellsHowFarItsTriggersAreAndWhatItsCaseCameTo) {
  const auto list = get("policy.yaml", "listPolicies", "/api/v1/policies");
  EXPECT_THAT(texts(list["rows"], "name"), ElementsAre("first", "retrain"));
  const auto policy = get("policy.yaml", "getPolicy", "/api/v1/policies/retrain");
  EXPECT_EQ(policy["counts"]["promoted"].int_or(0), 1);
  EXPECT_THAT(policy["sentence"].string_or(""), HasSubstr("Quiet"));
  EXPECT_EQ(at(policy["when"], 0)["state"].string_or(""), "not_met");
  EXPECT_GT(at(policy["when"], 0)["fraction"].number_or(0), 0);
  EXPECT_EQ(named(policy["guard"], "budget", "kind")["value"].number_or(0), 1);
  EXPECT_EQ(policy["case"]["state"].string_or(""), "promoted");
  for (const auto& step : *policy["then"].if_array()) EXPECT_EQ(step["state"].string_or(""), "done");
  EXPECT_THAT(policy["yaml"].string_or(""), HasSubstr("    cool_down: 3d\n"));
  const auto again = yaml::parse(policy["yaml"].string_or(""));
  ASSERT_TRUE(again) << again.error().message;
  EXPECT_TRUE(house_->policy.apply("retrain", (*again)["policies"]["retrain"], "user:test"));  // it reads back
}

TEST_F(LoopTest, EveryDecisionIsKeptAlsoNotYet) {
  const auto all = get("policy.yaml", "listDecisions", "/api/v1/policies/retrain/decisions?limit=500");
  EXPECT_THAT(texts(all["rows"], "verdict"), ElementsAre("keep", "promote", "advance", "advance", "gate", "train", "wait", "wait", "open"));
  const auto page = get("policy.yaml", "listDecisions", "/api/v1/policies/retrain/decisions?limit=2");
  const auto next = get("policy.yaml", "listDecisions", "/api/v1/policies/retrain/decisions?limit=2&cursor=" + page["cursor"].string_or(""));
  EXPECT_THAT(texts(next["rows"], "verdict"), ElementsAre("advance", "advance"));
  const auto gate = get("policy.yaml", "listDecisions", "/api/v1/policies/retrain/decisions?verdict=gate");
  const auto decision = get("policy.yaml", "getDecision", "/api/v1/decisions/" + at(gate["rows"], 0)["id"].string_or(""));
  const auto& gain = named(decision["checks"], "log loss gain");
  EXPECT_NEAR(gain["champion"].number_or(0) - gain["candidate"].number_or(0), gain["value"].number_or(9), 1e-9);
  EXPECT_LT(gain["interval"]["low"].number_or(9), gain["value"].number_or(0));
  const auto& slice = named(decision["checks"], "slice group");
  EXPECT_EQ(slice["verdict"].string_or(""), "pass");
  EXPECT_LE(slice["value"].number_or(9), slice["limit"].number_or(0));
  EXPECT_EQ(slice["interval"]["low"].number_or(9), slice["value"].number_or(0));
  const auto waits = get("policy.yaml", "listDecisions", "/api/v1/policies/retrain/decisions?verdict=wait");
  EXPECT_THAT(at(waits["rows"], 0)["reason"].string_or(""), HasSubstr("1 of 2 labelled days"));
  const auto id = decision["id"].string_or("");
  EXPECT_EQ(get("governance.yaml", "getLineage", "/api/v1/lineage?focus=" + id)["focus"].string_or(""), "gyre:default:decision:" + id);
  EXPECT_GT(get("governance.yaml", "listAudit", "/api/v1/audit?limit=500")["total"].int_or(0), 10);
}

TEST_F(LoopTest, AnEndpointCountsByVersionOverTime) {
  const auto list = get("serving.yaml", "listEndpoints", "/api/v1/endpoints");
  EXPECT_EQ(at(list["rows"], 0)["rows_total"].int_or(0), 13 * static_cast<std::int64_t>(LoopHouse::kRowsADay));
  const auto endpoint = get("serving.yaml", "getEndpoint", "/api/v1/endpoints/late");
  EXPECT_EQ(endpoint["sentence"].string_or(""), "v2 serves all traffic.");
  EXPECT_EQ(at(endpoint["routes"], 0)["version"]["ref"].string_or(""), "late@2");
  EXPECT_GT(at(endpoint["routes"], 0)["latency_p50_ms"].number_or(0), 0);
  EXPECT_THAT(endpoint["example"].string_or(""), HasSubstr(R"({"dataframe_records":[{"group":)"));
  EXPECT_EQ(endpoint["revisions"].if_array()->size(), 4u);  // v1, shadow, canary, v2
  for (const char* buckets : {"5", "240"}) {
    const auto metrics = get("serving.yaml", "getEndpointMetrics", fmt::format("/api/v1/endpoints/late/metrics?buckets={}", buckets));
    std::int64_t rows = 0;
    for (const auto& version : *metrics["versions"].if_array()) {
      EXPECT_EQ(static_cast<std::int64_t>(version["rows"].if_array()->size()), metrics["buckets"].int_or(0));
      for (const auto& n : *version["rows"].if_array()) rows += version["role"].string_or("") == "primary" ? n.int_or(0) : 0;
    }
    EXPECT_EQ(rows, 13 * static_cast<std::int64_t>(LoopHouse::kRowsADay)) << buckets;
  }
}

TEST_F(LoopTest, AModelTellsWhatServedWhenAndAVersionWhy) {
  get("registry.yaml", "listModels", "/api/v1/models");
  const auto model = get("registry.yaml", "getModel", "/api/v1/models/late");
  EXPECT_EQ(model["champion"]["ref"].string_or(""), "late@2");
  EXPECT_EQ(at(model["versions"], 0)["state"].string_or(""), "champion");
  EXPECT_THAT(at(model["versions"], 1)["state"].string_or(""), HasSubstr("served until"));
  std::vector<std::string> lanes;
  for (const auto& bar : *model["served"].if_array()) lanes.push_back(bar["lane"].string_or("") + " " + bar["version"].string_or(""));
  EXPECT_THAT(lanes, testing::UnorderedElementsAre("champion 1", "primary@late 1", "shadow@late 2", "canary@late 2", "primary@late 2", "champion 2"));

  const auto version = get("registry.yaml", "getModelVersion", "/api/v1/models/late/versions/2");
  EXPECT_EQ(version["versus"]["ref"].string_or(""), "late@1");
  EXPECT_GE(version["checks"].if_array()->size(), 4u);
  EXPECT_EQ(version["metrics"]["auc"].number_or(0), 0.76);
  EXPECT_THAT(texts(version["signature"], "name"), ElementsAre("group", "x", "p", "double_x"));
  EXPECT_THAT(texts(version["files"], "path"), ElementsAre("MLmodel", "model.onnx"));
  EXPECT_THAT(texts(version["origin"], "kind"), ElementsAre("pipeline-run", "run"));
  EXPECT_EQ(version["training"]["rows"].int_or(0), 4000);
  EXPECT_EQ(last(version["history"])["text"].string_or(""), "Registered");
}

TEST_F(LoopTest, WhatIsNotThereOrNotMeantIsToldInWords) {
  for (const char* target :
       {"/api/v1/monitors/nope", "/api/v1/monitors/nope/drift", "/api/v1/monitors/late/features/nope/distribution", "/api/v1/alerts/nope",
        "/api/v1/policies/nope", "/api/v1/decisions/nope", "/api/v1/endpoints/nope", "/api/v1/endpoints/nope/metrics", "/api/v1/models/nope",
        "/api/v1/models/late/versions/9", "/api/v1/models/late/versions/nobody", "/api/v1/monitors?project=other"}) {
    const auto answer = house_->get(target);
    EXPECT_EQ(answer.status, 404) << target;
    EXPECT_NE(answer.body["error"]["what"].string_or(""), "") << target;
  }
  for (const char* target : {"/api/v1/monitors/late/drift?metric=best", "/api/v1/monitors/late/drift?from=yesterday",
                             "/api/v1/monitors/late/drift?from=2001-05-01&to=2001-04-01", "/api/v1/endpoints/late/metrics?buckets=0",
                             "/api/v1/policies/retrain/decisions?verdict=maybe", "/api/v1/alerts?limit=100000", "/api/v1/alerts?cursor=x"}) {
    EXPECT_EQ(house_->get(target).status, 400) << target;
  }
}

TEST(LoopWritesTest, AlertsAreAcknowledgedAndMutedAndBothAreTakenBack) {
  const auto house = house_after(7);  // the alert is open
  const auto id = at(house->get("/api/v1/alerts?state=open").body["rows"], 0)["id"].string_or("");
  const auto state = [&] { return house->get("/api/v1/alerts/" + id).body; };
  EXPECT_EQ(house->post("/api/v1/alerts/" + id + "/acknowledge").status, 200);
  EXPECT_EQ(state()["acknowledged_by"].string_or(""), "user:local");
  EXPECT_EQ(house->post("/api/v1/alerts/" + id, R"({"action": "unack"})").status, 200);
  EXPECT_TRUE(state()["acknowledged_at"].is_null());
  EXPECT_EQ(house->post("/api/v1/alerts/" + id, R"({"action": "mute", "until": "2001-04-20T00:00:00Z"})").status, 200);
  EXPECT_EQ(state()["muted_until"].string_or(""), "2001-04-20T00:00:00.000Z");
  EXPECT_EQ(house->post("/api/v1/alerts/" + id, R"({"action": "unmute"})").status, 200);
  EXPECT_EQ(house->post("/api/v1/alerts/" + id, R"({"action": "mute", "until": "2001-04-01T00:00:00Z"})").status, 400);
  EXPECT_EQ(house->post("/api/v1/alerts/" + id, R"({"action": "mute"})").status, 400);
  EXPECT_EQ(house->post("/api/v1/alerts/" + id, R"({"action": "forget"})").status, 400);
  EXPECT_EQ(house->post("/api/v1/alerts/" + id, "").status, 400);
  EXPECT_EQ(house->post("/api/v1/alerts/nope/acknowledge").status, 404);

  const auto policy = house->get("/api/v1/policies/retrain").body;
  EXPECT_EQ(policy["case"]["state"].string_or(""), "waiting");
  EXPECT_EQ(named(policy["guard"], "wait", "kind")["value"].number_or(9), 1);  // one labelled day of two
  EXPECT_THAT(policy["sentence"].string_or(""), HasSubstr("Waits: 1 of 2 labelled days"));
  EXPECT_EQ(house->post("/api/v1/policies/retrain/fire").status, 409);
}

TEST(LoopWritesTest, APolicyIsPausedAndFiredByHand) {
  const auto house = house_after(3);
  EXPECT_EQ(house->post("/api/v1/policies/retrain/pause", R"({"reason": "holiday"})").status, 200);
  EXPECT_EQ(house->post("/api/v1/policies/retrain/fire", R"({"reason": "to see"})").status, 409);
  EXPECT_EQ(house->post("/api/v1/policies/retrain", R"({"action": "resume"})").status, 200);
  EXPECT_EQ(house->post("/api/v1/policies/retrain/fire", R"({"reason": "to see"})").status, 200);
  EXPECT_EQ(house->post("/api/v1/policies/retrain/pause", R"({"reason": "holiday"})").status, 200);
  EXPECT_EQ(house->get("/api/v1/policies/retrain").body["state"].string_or(""), "paused");
  house->settle();
  EXPECT_EQ(house->get("/api/v1/policies/retrain").body["case"]["state"].string_or(""), "waiting");  // paused: it goes no further
  EXPECT_EQ(house->post("/api/v1/policies/retrain", R"({"action": "resume"})").status, 200);
  house->settle();
  const auto decisions = house->get("/api/v1/policies/retrain/decisions").body;
  EXPECT_EQ(last(decisions["rows"])["text"].string_or(""), "Opened a case by hand");
  EXPECT_THAT(last(decisions["rows"])["reason"].string_or(""), HasSubstr("to see"));
  EXPECT_THAT(texts(decisions["rows"], "verdict"), Contains("train"));
  EXPECT_EQ(house->post("/api/v1/policies/retrain/explode").status, 400);
  EXPECT_EQ(house->post("/api/v1/policies/retrain", R"({"action": "pause", "why": "x"})").status, 400);
}

TEST(LoopWritesTest, ARollOutIsHeldAdvancedAndEnded) {
  const auto house = house_after(8);
  const auto rollout = [&] { return house->get("/api/v1/endpoints/late").body["rollout"]; };
  ASSERT_EQ(rollout()["stage"].string_or(""), "shadow");
  EXPECT_EQ(house->post("/api/v1/endpoints/late", R"({"action": "hold"})").status, 200);
  house->live_a_day();
  EXPECT_EQ(rollout()["stage"].string_or(""), "shadow");
  EXPECT_TRUE(rollout()["held"].bool_or(false));
  EXPECT_GE(rollout()["rows"].int_or(0), rollout()["rows_needed"].int_or(0));
  EXPECT_EQ(house->post("/api/v1/endpoints/late", R"({"action": "advance", "reason": "enough"})").status, 200);
  EXPECT_EQ(rollout()["stage"].string_or(""), "canary 50 %");
  EXPECT_EQ(at(house->get("/api/v1/models/late").body["versions"], 0)["state"].string_or(""), "canary 50 %");
  EXPECT_EQ(house->post("/api/v1/endpoints/late", R"({"action": "rollback", "reason": "no"})").status, 200);
  const auto endpoint = house->get("/api/v1/endpoints/late").body;
  EXPECT_EQ(endpoint["sentence"].string_or(""), "v1 serves all traffic.");
  EXPECT_TRUE(endpoint["rollout"].is_null());
  EXPECT_EQ(house->get("/api/v1/policies/retrain").body["case"]["state"].string_or(""), "rolled_back");
  for (const char* action : {"hold", "resume", "advance"})
    EXPECT_EQ(house->post("/api/v1/endpoints/late", fmt::format(R"({{"action": "{}"}})", action)).status, 409) << action;
  EXPECT_EQ(house->post("/api/v1/endpoints/late", R"({"action": "rollback"})").status, 409);  // v1 has no other before it
}

TEST(LoopWritesTest, VersionsAreDeployedAndNamedByHand) {
  const auto house = house_after(13);
  const auto deploy = [&](const char* routes) {
    return house->post("/api/v1/endpoints/late/deploy", fmt::format(R"({{"routes": {}, "reason": "a test"}})", routes));
  };
  EXPECT_EQ(deploy(R"([{"version": 1, "weight": 0.25}, {"version": "champion", "weight": 0.75}])").status, 200);
  EXPECT_EQ(house->get("/api/v1/endpoints/late").body["sentence"].string_or(""), "v1 25 %, v2 75 %.");
  EXPECT_EQ(deploy(R"([{"version": "1"}])").status, 200);
  EXPECT_EQ(house->get("/api/v1/endpoints/late").body["sentence"].string_or(""), "v1 serves all traffic.");
  EXPECT_EQ(house->post("/api/v1/endpoints/late", R"({"action": "rollback"})").status, 200);
  EXPECT_EQ(house->get("/api/v1/endpoints/late").body["sentence"].string_or(""), "v2 serves all traffic.");
  EXPECT_EQ(deploy(R"([{"version": 1, "weight": 0.25}])").status, 400);
  EXPECT_EQ(deploy(R"([{"version": 9}])").status, 404);
  EXPECT_EQ(deploy(R"([{"weight": 1}])").status, 400);
  EXPECT_EQ(deploy("[]").status, 400);
  EXPECT_EQ(deploy(R"([{"version": 1, "role": "king"}])").status, 400);

  EXPECT_EQ(house->post("/api/v1/models/late/aliases", R"({"alias": "spare", "version": 1})").status, 200);
  EXPECT_THAT(json::to_text(house->get("/api/v1/models/late/versions/1").body["aliases"]), HasSubstr("spare"));
  EXPECT_EQ(house->post("/api/v1/models/late/aliases", R"({"alias": "v1", "version": 1})").status, 400);
  EXPECT_EQ(house->post("/api/v1/models/late/aliases", R"({"alias": "spare", "version": 7})").status, 404);
  EXPECT_EQ(house->post("/api/v1/models/late/aliases", R"({"alias": "spare"})").status, 400);
}

}  // namespace
}  // namespace gyre::rest
