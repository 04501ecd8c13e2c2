#include "tracking/retention.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "governance/governance.h"
#include "tracking/purge.h"
#include "tracking/retention_testing.h"
#include "tracking/sealer.h"

namespace gyre::tracking {
namespace {

TEST_P(RetentionTest, WhatIsDeletedCanBeRestoredUntilItsWindowEnds) {
  const auto run = new_run();
  ASSERT_TRUE(service_.set_run_deleted(run, true));
  pass(kWindow - 1);
  ASSERT_TRUE(service_.set_run_deleted(run, false));
  EXPECT_EQ(service_.history(run, "loss", 0, 10)->rows.size(), 2u);
  pass(kWindow);
  EXPECT_TRUE(service_.run(run)) << "what was restored has no stamp";
  ASSERT_TRUE(service_.set_run_deleted(run, true));
  pass(kWindow - 1);
  ASSERT_TRUE(service_.set_run_deleted(run, true));  // once more changes nothing
  pass(1);
  EXPECT_EQ(service_.run(run).error().code, Code::not_found);
  EXPECT_EQ(service_.set_run_deleted(run, false).error().code, Code::not_found);
}

TEST_P(RetentionTest, APurgeTakesAllOfARunAndNothingOfOthers) {
  const auto other = new_run("other");
  const auto before = rows_in_all();
  const auto run = new_run("goes");
  ASSERT_TRUE(service_.set_run_deleted(run, true));
  pass(kWindow);
  EXPECT_EQ(rows_in_all(), before);
  EXPECT_EQ(files(), 1u);
  EXPECT_EQ(service_.history(other, "loss", 0, 10)->rows.size(), 2u);
  EXPECT_EQ(service_.history(other, "k7", 0, 10)->rows.size(), 1u);
  EXPECT_TRUE(problems().empty()) << problems().front();
  EXPECT_EQ(retention_.bin(10, 0)->total, 0);
  const auto log = governance::Service(*db_).audit_log(0, 1).value();
  EXPECT_EQ(log[0].entry.actor, "retention:undo-window");
  EXPECT_EQ(log[0].entry.details["count"].int_or(0), 1);
}

TEST_P(RetentionTest, AMarkedRunIsSeenByNobodyAndEachPieceLeavesTheHouseInOrder) {
  const auto run = new_run();
  const auto kept = new_run("kept");
  ASSERT_TRUE(service_.set_run_deleted(run, true));
  ASSERT_TRUE(retention_.purge({Kind::run, run}, "user:local"));
  EXPECT_EQ(service_.run(run).error().code, Code::not_found);
  EXPECT_EQ(service_.log_batch(run, {{{"loss", 1, 1, 9}}, {}, {}}).error().code, Code::not_found);
  EXPECT_EQ(service_.history(run, "loss", 0, 1).error().code, Code::not_found);
  EXPECT_EQ(service_.curves({.run_id = run, .keys = {}, .from = {}, .to = {}}).error().code, Code::not_found);
  EXPECT_EQ(service_.search_runs({.experiment_ids = {"0"}, .view = "ALL"})->rows.size(), 1u);
  EXPECT_EQ(retention_.restore(Kind::run, run, "user:local").error().code, Code::not_found);
  for (int pieces = 0; purge_some(*db_, *blobs_).value().more; ++pieces) {  // killed after each, and another goes on
    ASSERT_LT(pieces, 100);
    EXPECT_TRUE(problems().empty()) << problems().front();
    ASSERT_TRUE(seal_run(*db_, run));
  }
  EXPECT_EQ(service_.history(kept, "loss", 0, 10)->rows.size(), 2u);
  EXPECT_EQ(count("runs"), 1);
}

TEST_P(RetentionTest, WhatIsNeededStaysAndSaysWhy) {
  const auto pinned = new_run("pinned", "0", {{"gyre.keep", "yes"}}), loose = new_run("loose", "0", {{"gyre.keep", "false"}});
  const auto needed = new_run("needed");
  retention_.add_guard([&](sql::Tx&, const Claim& claim) -> Result<std::optional<std::string>> {
    return claim.run_id == needed ? std::optional<std::string>("late@3 is registered from it") : std::nullopt;
  });
  const auto running = service_.create_run({"0", "running", "me", clock_.now_ms(), {}}).value().info.id;
  for (const auto& run : {pinned, loose, needed, running}) ASSERT_TRUE(service_.set_run_deleted(run, true));
  EXPECT_EQ(why_kept(needed), "late@3 is registered from it");
  EXPECT_EQ(why_kept(loose), "");
  EXPECT_EQ(retention_.purge({Kind::run, running}, "user:local").error().code, Code::conflict);
  EXPECT_EQ(retention_.purge({Kind::run, pinned}, "user:local").error().code, Code::conflict);
  const auto all = retention_.purge({}, "user:local").value();
  EXPECT_EQ(all.runs, 1);
  EXPECT_EQ(all.kept_total, 3);
  pass(kWindow);
  EXPECT_TRUE(service_.run(pinned));
  EXPECT_TRUE(service_.run(needed));
  EXPECT_FALSE(service_.run(loose));
  EXPECT_FALSE(service_.run(running)) << "it took no points for all of its window";
  EXPECT_TRUE(service_.set_run_deleted(pinned, false));
}

TEST_P(RetentionTest, AnExperimentGoesWhenItIsEmptyAndItsNumberIsNotGivenAgain) {
  const auto id = service_.create_experiment("short", "", {{"team", "ops"}}).value();
  const auto run = new_run("r", id);
  const auto model = service_.create_logged_model({.experiment_id = id, .name = "m", .source_run_id = run}).value();
  put_file(model.artifact_uri, "model.onnx");
  ASSERT_TRUE(service_.log_outputs(run, {{model.id, 0}}));
  ASSERT_TRUE(service_.set_experiment_deleted(id, true));
  pass(kWindow);
  EXPECT_EQ(service_.experiment(id).error().code, Code::not_found);
  EXPECT_EQ(service_.logged_model(model.id, Service::Deleted::allowed).error().code, Code::not_found);
  EXPECT_EQ(rows_in_all(), 0);
  EXPECT_EQ(files(), 0u);
  EXPECT_NE(service_.create_experiment("short", "", {}).value(), id);
  EXPECT_TRUE(service_.experiment("0"));
}

TEST_P(RetentionTest, AnExperimentStaysWhileSomethingOfItIsNeeded) {
  retention_.add_guard([](sql::Tx&, const Claim& claim) -> Result<std::optional<std::string>> {
    return claim.experiment_id.empty() ? std::nullopt : std::optional<std::string>("it has traces");
  });
  const auto id = service_.create_experiment("traced", "", {}).value();
  const auto run = new_run("r", id);
  ASSERT_TRUE(service_.set_experiment_deleted(id, true));
  ASSERT_TRUE(retention_.purge({Kind::experiment, id}, "user:local"));
  pass(kWindow);
  EXPECT_FALSE(service_.run(run));
  ASSERT_TRUE(service_.experiment(id));
  ASSERT_TRUE(retention_.restore(Kind::experiment, id, "user:local"));
  EXPECT_EQ(service_.experiment(id)->lifecycle, "active");
}

TEST_P(RetentionTest, TheBinTellsWhatIsInItAndWhenItGoes) {
  const auto first = new_run("first");
  ASSERT_TRUE(service_.set_run_deleted(first, true));
  pass(kDayMs);
  const auto model = service_.create_logged_model({.experiment_id = "0", .name = "m", .source_run_id = first}).value().id;
  ASSERT_TRUE(service_.delete_logged_model(model));
  const auto bin = retention_.bin(1, 0).value();
  EXPECT_EQ(bin.total, 2);
  EXPECT_EQ(bin.next_offset, 1);
  EXPECT_EQ(bin.items[0].id, first);
  EXPECT_EQ(bin.items[0].purge_ms, kStart + kWindow);
  ASSERT_TRUE(retention_.restore(Kind::model, model, "user:local"));
  EXPECT_TRUE(service_.logged_model(model));
  EXPECT_EQ(retention_.restore(Kind::model, model, "user:local").error().code, Code::conflict);
  EXPECT_EQ(retention_.restore(Kind::run, "none", "user:local").error().code, Code::not_found);
  EXPECT_EQ(retention_.set_undo_window(-1, "user:local").error().code, Code::invalid);
  ASSERT_TRUE(retention_.set_undo_window(kHourMs, "user:local"));
  settle(retention_);
  EXPECT_FALSE(service_.run(first));
  EXPECT_EQ(retention_.bin(10, 0, {.experiment_id = "-1"}).error().code, Code::not_found) << "and not all of it";
}

TEST_P(RetentionTest, WhatWasDeletedBeforeThereWereStampsHasItsWholeWindow) {
  const auto run = new_run();
  ASSERT_TRUE(service_.set_run_deleted(run, true));
  ASSERT_TRUE(db_->write([](sql::Tx& tx) { return tx.exec("UPDATE runs SET deleted_ms = NULL"); }));
  pass(kWindow);
  EXPECT_TRUE(service_.run(run));
  pass(kWindow);
  EXPECT_FALSE(service_.run(run));
}

TEST_P(RetentionTest, ARuleTakesWhatMatchesAndItsPlanSaysSoBefore) {
  const auto other = service_.create_experiment("other", "", {}).value();
  const auto failed = new_run("failed"), elsewhere = new_run("elsewhere", other), fine = new_run("fine"), pinned = new_run("pinned", "0", {{"gyre.keep", "1"}});
  const auto model = service_.create_logged_model({.experiment_id = "0", .name = "m", .source_run_id = failed}).value();
  put_file(model.artifact_uri, "model.onnx");
  const auto running = service_.create_run({"0", "running", "me", clock_.now_ms(), {}}).value().info.id;
  for (const auto& run : {failed, elsewhere, pinned}) ASSERT_TRUE(service_.update_run(run, {.status = "FAILED", .name = {}, .end_ms = {}}));
  const Rule rule{.name = "failed-soon", .experiment_id = "0", .filter = "status != 'FINISHED'", .older_than_ms = kHourMs, .metric = {}};
  EXPECT_EQ(retention_.plan(rule)->runs, 0) << "none is an hour old";
  clock_.advance_to(clock_.now_ms() + kHourMs);
  const auto plan = retention_.plan(rule).value();
  EXPECT_EQ(plan.runs, 1);
  EXPECT_EQ(plan.models, 1);
  EXPECT_EQ(plan.points, 82);
  EXPECT_EQ(plan.bytes, 14);
  EXPECT_EQ(plan.kept_total, 1);
  EXPECT_EQ(plan.first[0].name, "failed");
  EXPECT_EQ(retention_.bin(10, 0)->total, 0) << "a plan changes nothing";
  ASSERT_TRUE(retention_.set_rule(rule, "user:local"));
  settle(retention_);
  EXPECT_EQ(found(), (std::vector<std::string>{"fine", "pinned", "running"}));
  EXPECT_EQ(retention_.rules()->at(0).binned, 1);
  EXPECT_FALSE(service_.logged_model(model.id));
  const auto log = governance::Service(*db_).audit_log(0, 1).value();
  EXPECT_EQ(log[0].entry.actor, "retention:failed-soon");
  EXPECT_EQ(log[0].entry.details["count"].int_or(0), 1);
  ASSERT_TRUE(service_.set_run_deleted(failed, false)) << "MLflow's way back";
  EXPECT_TRUE(service_.logged_model(model.id)) << "it comes back with its run";
  ASSERT_TRUE(retention_.remove_rule("failed-soon", "user:local"));
  EXPECT_EQ(retention_.remove_rule("failed-soon", "user:local").error().code, Code::not_found);
  pass(kDayMs);
  EXPECT_TRUE(service_.run(failed));
}

TEST_P(RetentionTest, WhatARulePutInComesBackTogether) {
  std::vector<std::string> failed;
  for (int i = 0; i < 70; ++i) {
    failed.push_back(service_.create_run({"0", fmt::format("failed{}", i), "me", clock_.now_ms(), {}}).value().info.id);
    ASSERT_TRUE(service_.update_run(failed.back(), {.status = "FAILED", .name = {}, .end_ms = clock_.now_ms()}));
  }
  const auto by_hand = new_run("by-hand"), again = failed[0];
  ASSERT_TRUE(service_.set_run_deleted(by_hand, true));
  ASSERT_TRUE(retention_.set_rule({.name = "failed", .experiment_id = "", .filter = "status = 'FAILED'", .metric = {}}, "user:local"));
  settle(retention_);
  EXPECT_EQ(retention_.bin(100, 0)->total, 71);
  ASSERT_TRUE(retention_.remove_rule("failed", "user:local"));
  ASSERT_TRUE(service_.set_run_deleted(again, false));
  ASSERT_TRUE(service_.set_run_deleted(again, true)) << "now somebody deleted it, not the rule";
  EXPECT_EQ(retention_.restore_of_rule("other", "user:local")->runs, 0);
  const auto restored = retention_.restore_of_rule("failed", "user:local").value();
  EXPECT_EQ(restored.runs, 69);
  EXPECT_FALSE(restored.more);
  EXPECT_EQ(retention_.bin(100, 0)->total, 2);
  const auto log = governance::Service(*db_).audit_log(0, 1).value();
  EXPECT_EQ(log[0].entry.action, "retention.restore");
  EXPECT_EQ(log[0].entry.details["count"].int_or(0), 5) << "in pieces of 64";
  EXPECT_EQ(log[0].entry.details["rule"].string_or(""), "failed");
}

TEST_P(RetentionTest, OfARuleThatWasChangedComesBackWhatItTookSince) {
  const auto ended = [&](const std::string& status) {
    const auto id = service_.create_run({"0", status, "me", clock_.now_ms(), {}}).value().info.id;
    EXPECT_TRUE(service_.update_run(id, {.status = status, .name = {}, .end_ms = clock_.now_ms()}));
    return id;
  };
  const auto failed = ended("FAILED"), killed = ended("KILLED");
  ASSERT_TRUE(retention_.set_rule({.name = "ended", .experiment_id = {}, .filter = "status = 'FAILED'", .metric = {}}, "user:local"));
  settle(retention_);
  clock_.advance_to(clock_.now_ms() + 1000);
  const auto since = retention_.set_rule({.name = "ended", .experiment_id = {}, .filter = "status = 'KILLED'", .metric = {}}, "user:local").value();
  settle(retention_);
  EXPECT_EQ(retention_.restore_of_rule("ended", "user:local", since)->runs, 1);
  EXPECT_EQ(service_.run(killed)->info.lifecycle, "active");
  EXPECT_EQ(service_.run(failed)->info.lifecycle, "deleted");
}

TEST_P(RetentionTest, AllOfTheBinComesBack) {
  const auto other = service_.create_experiment("other", "", {}).value();
  const auto run = new_run("run"), within = new_run("within", other);
  const auto model = service_.create_logged_model({.experiment_id = "0", .name = "m", .source_run_id = run}).value().id;
  ASSERT_TRUE(service_.delete_logged_model(model));
  clock_.advance_to(clock_.now_ms() + 1);  // else it would come back with its run
  ASSERT_TRUE(service_.set_run_deleted(run, true));
  ASSERT_TRUE(service_.set_experiment_deleted(other, true));
  const auto restored = retention_.restore_all("user:local").value();
  EXPECT_EQ(restored.experiments, 1);
  EXPECT_EQ(restored.runs, 1) << "the other one came with its experiment";
  EXPECT_EQ(restored.models, 1);
  EXPECT_EQ(retention_.bin(10, 0)->total, 0);
  for (const auto& id : {run, within}) EXPECT_EQ(service_.run(id)->info.lifecycle, "active");
  EXPECT_EQ(retention_.restore_all("user:local")->runs, 0);
}

TEST_P(RetentionTest, ARuleThatIsTakenAwayMeanwhileTakesNothing) {
  const auto run = new_run();
  ASSERT_TRUE(retention_.set_rule({.name = "all", .experiment_id = "", .filter = "status = 'FINISHED'", .metric = {}}, "user:local"));
  retention_.add_guard([](sql::Tx& tx, const Claim&) -> Result<std::optional<std::string>> {
    TRY(tx.exec("UPDATE retention_rules SET changed_ms = changed_ms + 1"));
    return std::nullopt;
  });
  EXPECT_FALSE(retention_.run_due(clock_.now_ms())->worked);
  EXPECT_EQ(service_.run(run)->info.lifecycle, "active");
  EXPECT_EQ(retention_.bin(10, 0)->total, 0);
}

TEST_P(RetentionTest, ARuleKeepsTheLatestAndTheBest) {
  std::vector<std::string> runs;
  for (int i = 0; i < 6; ++i) {
    clock_.advance_to(clock_.now_ms() + 1000);
    runs.push_back(service_.create_run({"0", fmt::format("r{}", i), "me", clock_.now_ms(), {}}).value().info.id);
    if (i != 1) ASSERT_TRUE(service_.log_batch(runs[i], {{{"auc", i == 0 ? 0.9 : 0.1 * i, 1, 1}}, {}, {}}));
    ASSERT_TRUE(service_.update_run(runs[i], {.status = "FINISHED", .name = {}, .end_ms = clock_.now_ms()}));
  }
  ASSERT_TRUE(retention_.set_rule({.name = "few", .experiment_id = {}, .filter = {}, .keep_latest = 2, .keep_best = 1, .metric = "auc"}, "user:local"));
  settle(retention_);
  EXPECT_EQ(found(), (std::vector<std::string>{"r0", "r4", "r5"}));
  for (const auto& run : runs) ASSERT_TRUE(service_.set_run_deleted(run, false));
  ASSERT_TRUE(retention_.set_rule({.name = "few", .experiment_id = {}, .filter = {}, .keep_best = 1, .metric = "auc", .lowest = true}, "user:local"));
  settle(retention_);
  EXPECT_EQ(found(), (std::vector<std::string>{"r2"}));
}

TEST_P(RetentionTest, ARuleThatKeepsTheBestByAMetricThatNoRunHasTakesNone) {
  const auto run = service_.create_run({"0", "only", "me", clock_.now_ms(), {}}).value().info.id;
  ASSERT_TRUE(service_.log_batch(run, {{{"auc", 0.9, 1, 1}}, {}, {}}));
  ASSERT_TRUE(service_.update_run(run, {.status = "FINISHED", .name = {}, .end_ms = clock_.now_ms()}));
  const Rule mistyped{.name = "best", .experiment_id = {}, .filter = {}, .keep_best = 1, .metric = "acu"};
  EXPECT_EQ(retention_.plan(mistyped)->runs, 0);
  ASSERT_TRUE(retention_.set_rule(mistyped, "user:local"));
  settle(retention_);
  EXPECT_EQ(found(), (std::vector<std::string>{"only"}));
}

TEST_P(RetentionTest, ARuleThatMeansNothingOrEverythingIsRefused) {
  const auto refused = [&](const Rule& rule) { return retention_.set_rule(rule, "user:local").error(); };
  EXPECT_EQ(refused({.name = "all", .experiment_id = {}, .filter = {}, .metric = {}}).message, "this rule would take every run");
  for (const auto* name : {"no name", "-rf"})
    EXPECT_EQ(refused({.name = name, .experiment_id = {}, .filter = "status = 'FAILED'", .metric = {}}).code, Code::invalid);
  EXPECT_THAT(refused({.name = "r", .experiment_id = {}, .filter = "status = ", .metric = {}}).message, testing::HasSubstr("column"));
  EXPECT_EQ(refused({.name = "r", .experiment_id = {}, .filter = {}, .keep_best = 3, .metric = {}}).code, Code::invalid);
  EXPECT_EQ(refused({.name = "r", .experiment_id = {}, .filter = {}, .keep_latest = -3, .metric = {}}).code, Code::invalid);
  EXPECT_EQ(refused({.name = "r", .experiment_id = "77", .filter = "status = 'FAILED'", .metric = {}}).code, Code::not_found);
  for (const auto* idle :
       {"1 = 1", "tags.a = 'x' OR 1 = 1", "NOT (status = 'FAILED' AND 1 = 2)", "1 = 1 AND 2 = 2", "NOT (now() < 0)", "status = 'FAILED' OR 'a' != 'b'", " "}) {
    const auto refused = retention_.set_rule({.name = "idle", .experiment_id = {}, .filter = idle, .metric = {}}, "user:local");
    ASSERT_FALSE(refused) << idle;
    EXPECT_THAT(refused.error().message, testing::HasSubstr("would take every run")) << idle;
  }
  EXPECT_TRUE(retention_.plan({.name = "old", .experiment_id = {}, .filter = "1 = 1", .older_than_ms = kDayMs, .metric = {}})) << "the age says so";
  for (const auto* narrow : {"status = 'FAILED' AND 1 = 1", "NOT (status = 'FAILED' OR 1 = 2)", "(1 = 1 OR 2 = 2) AND tags.a = 'x'"})
    EXPECT_TRUE(retention_.plan({.name = "narrow", .experiment_id = {}, .filter = narrow, .metric = {}})) << narrow;
  EXPECT_TRUE(retention_.rules()->empty());
}

TEST_P(RetentionTest, FilesOfAPlaceThatIsNotOursOrNotApartAreLeft) {
  EXPECT_EQ(files_prefix("s3://bucket/0/abc/artifacts", "abc"), "");
  EXPECT_EQ(files_prefix("mlflow-artifacts://abc/artifacts", "abc"), "") << "there the id is read as a host";
  EXPECT_EQ(files_prefix("mlflow-artifacts:/0/abc/artifacts", "abc"), "artifacts/0/abc/") << "with what lies beside it";
  EXPECT_EQ(files_prefix("mlflow-artifacts:/0/of-abc/artifacts", "abc"), "artifacts/0/of-abc/artifacts/");
}

INSTANTIATE_TEST_SUITE_P(Databases, RetentionTest, testing::Values("SqliteMemory", "Postgres"), [](const auto& info) { return std::string(info.param); });

}  // namespace
}  // namespace gyre::tracking
