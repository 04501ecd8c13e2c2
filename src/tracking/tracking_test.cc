#include "tracking/tracking.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <thread>

#include "base/utf8.h"
#include "storage/sql/outbox.h"
#include "tracking/testing.h"

namespace gyre::tracking {
namespace {

using testing::ElementsAre;

class TrackingTest : public ServiceTest {
 protected:
  std::string new_run(std::string name = "r", std::vector<Tag> tags = {}) {
    clock_.advance_to(clock_.now_ms() + 1);
    return service_.create_run({"0", std::move(name), "me", clock_.now_ms(), std::move(tags)}).value().info.id;
  }
  std::vector<std::string> found(std::string filter, std::vector<std::string> order = {}, std::string view = "ACTIVE_ONLY") {
    const auto page = service_.search_runs({.experiment_ids = {"0"}, .filter = std::move(filter), .view = std::move(view), .order_by = std::move(order)});
    if (!page) return {page.error().message};
    std::vector<std::string> names;
    for (const auto& run : page->rows) names.push_back(run.info.name);
    return names;
  }
};

TEST_P(TrackingTest, ABatchIsBoundedAsAWholeToo) {
  const auto run = new_run();
  Batch batch;
  for (std::size_t i = 0; i < kMaxBatchMetrics; ++i) batch.metrics.push_back({.key = "m", .value = 1, .at_ms = 1, .step = static_cast<std::int64_t>(i)});
  EXPECT_TRUE(service_.log_batch(run, batch));
  batch.tags.push_back({"one", "more"});
  EXPECT_EQ(service_.log_batch(run, batch).error().code, Code::invalid);
}

TEST_P(TrackingTest, RunsAreInOrderOfAKeyWhateverIsInIt) {
  const std::string keys[] = {"val/auc", "loss : mean", "a.b-c_d", "größe"};
  const auto low = new_run("low"), high = new_run("high");
  for (const auto& key : keys) {
    ASSERT_TRUE(service_.log_batch(low, {.metrics = {{.key = key, .value = 1, .at_ms = 1, .step = 0}}, .params = {}, .tags = {}}));
    ASSERT_TRUE(service_.log_batch(high, {.metrics = {{.key = key, .value = 2, .at_ms = 1, .step = 0}}, .params = {}, .tags = {}}));
  }
  for (const auto& key : keys) {
    EXPECT_EQ(found("status = 'RUNNING'", {"metrics.`" + key + "` ASC"}), (std::vector<std::string>{"low", "high"})) << key;
    EXPECT_EQ(found("status = 'RUNNING'", {"metrics.`" + key + "` DESC", "params.`" + key + "`"}), (std::vector<std::string>{"high", "low"})) << key;
  }
  for (const std::string hostile : {"it's", "a\"b", "x' DESC; DROP TABLE runs; --", "{}", "$1"}) {
    EXPECT_EQ(found("status = 'RUNNING'", {"metrics.`" + hostile + "` DESC", "params.`" + hostile + "`"}).size(), 2u) << hostile;
  }
  EXPECT_EQ(found("").size(), 2u);
}

TEST_P(TrackingTest, ExperimentsAreNamedOnceAndFoundByFilter) {
  const auto id = service_.create_experiment("late flights", "", {{"team", "ops"}}).value();
  EXPECT_EQ(service_.create_experiment("late flights", "", {}).error().code, Code::conflict);
  EXPECT_EQ(service_.experiment_by_name("late flights")->id, id);
  EXPECT_EQ(service_.experiment(id)->artifact_location, "mlflow-artifacts:/" + id);
  EXPECT_EQ(service_.experiment("999").error().code, Code::not_found);
  EXPECT_EQ(service_.experiment("x").error().code, Code::invalid);
  EXPECT_EQ(service_.search_experiments({.filter = "name LIKE 'late%'"})->rows.size(), 1u);
  EXPECT_EQ(service_.search_experiments({.filter = "name LIKE 'LATE%'"})->rows.size(), 0u);
  EXPECT_EQ(service_.search_experiments({.filter = "name ILIKE 'LATE%'"})->rows.size(), 1u);
  EXPECT_EQ(service_.search_experiments({.filter = "tags.team = 'ops'"})->rows.size(), 1u);
  EXPECT_EQ(service_.search_experiments({.order_by = {"name ASC"}, .limit = 1})->next_offset, 1);
  ASSERT_TRUE(service_.rename_experiment(id, "later"));
  ASSERT_TRUE(service_.set_experiment_deleted(id, true));
  EXPECT_EQ(service_.search_experiments({})->rows.size(), 1u);
  EXPECT_EQ(service_.search_experiments({.view = "ALL"})->rows.size(), 2u);
  EXPECT_EQ(service_.create_run({id, "", "", 0, {}}).error().code, Code::invalid);
}

TEST_P(TrackingTest, ABatchIsKeptWholeOrNotAtAll) {
  const auto id = new_run();
  ASSERT_TRUE(service_.log_batch(id, {{{"loss", 0.5, 10, 1}, {"loss", 0.25, 20, 2}, {"auc", 0.7, 20, 2}}, {{"depth", "6"}}, {{"kind", "gbm"}}}));
  EXPECT_EQ(service_.log_batch(id, {{{"loss", 0.1, 30, 3}}, {{"depth", "7"}}, {}}).error().code, Code::invalid);
  EXPECT_TRUE(service_.log_batch(id, {{}, {{"depth", "6"}}, {}}));
  const auto run = service_.run(id).value();
  ASSERT_EQ(run.metrics.size(), 2u);
  EXPECT_EQ(run.metrics[1].key, "loss");
  EXPECT_EQ(run.metrics[1].value, 0.25);
  EXPECT_EQ(run.metrics[1].step, 2);
  ASSERT_EQ(run.params.size(), 1u);
  EXPECT_EQ(run.params[0].value, "6");
  EXPECT_EQ(service_.history(id, "loss", 0, 10)->rows.size(), 2u);
  EXPECT_EQ(service_.log_batch("nope", {}).error().code, Code::not_found);
  EXPECT_EQ(service_.log_batch(id, {{{"../x", 1, 1, 1}}, {}, {}}).error().code, Code::invalid);
}

TEST_P(TrackingTest, NumbersOfAllKindsSurvive) {
  const auto id = new_run();
  const double values[] = {0.1, 1e308, 5e-324, -0.0, std::numeric_limits<double>::infinity(), -std::numeric_limits<double>::infinity(), std::nan("")};
  for (std::int64_t step = 0; step < 7; ++step) ASSERT_TRUE(service_.log_batch(id, {{{"m", values[step], step, step}}, {}, {}}));
  const auto points = service_.history(id, "m", 0, 10)->rows;
  ASSERT_EQ(points.size(), 7u);
  for (std::size_t i = 0; i < 6; ++i) EXPECT_EQ(points[i].value, values[i]) << i;
  EXPECT_TRUE(std::isnan(points[6].value));
  EXPECT_TRUE(std::isnan(service_.run(id)->metrics[0].value));
}

TEST_P(TrackingTest, TheLatestIsTheLargestStepNotTheLastToArrive) {
  const auto id = new_run();
  ASSERT_TRUE(service_.log_batch(id, {{{"m", 3, 30, 3}}, {}, {}}));
  ASSERT_TRUE(service_.log_batch(id, {{{"m", 1, 10, 1}, {"m", 2, 20, 2}}, {}, {}}));
  EXPECT_EQ(service_.run(id)->metrics[0].value, 3);
  const auto first = service_.history(id, "m", 0, 2).value();
  EXPECT_EQ(first.rows[0].step, 1);
  EXPECT_EQ(first.next_offset, 2);
  EXPECT_EQ(service_.history(id, "m", 2, 2)->next_offset, -1);
}

TEST_P(TrackingTest, RunsAreFoundByWhatTheyReport) {
  const auto a = new_run("a", {{"kind", "gbm"}}), b = new_run("b"), c = new_run("c");
  ASSERT_TRUE(service_.log_batch(a, {{{"auc", 0.9, 1, 1}}, {{"depth", "6"}}, {}}));
  ASSERT_TRUE(service_.log_batch(b, {{{"auc", 0.7, 1, 1}}, {{"depth", "8"}}, {}}));
  EXPECT_THAT(found("metrics.auc > 0.8"), ElementsAre("a"));
  EXPECT_THAT(found("params.depth = '8'"), ElementsAre("b"));
  EXPECT_THAT(found("params.depth IN ('6', '8')", {"metrics.auc ASC"}), ElementsAre("b", "a"));
  EXPECT_THAT(found("tags.kind IS NULL", {"run_name"}), ElementsAre("b", "c"));
  EXPECT_THAT(found("run_name LIKE 'a%' AND start_time > 1"), ElementsAre("a"));
  EXPECT_THAT(found("", {"metrics.auc DESC"}), ElementsAre("a", "b", "c"));
  EXPECT_THAT(found("", {"metrics.auc ASC"}), ElementsAre("b", "a", "c"));
  ASSERT_TRUE(service_.set_run_deleted(c, true));
  EXPECT_THAT(found("", {}, "DELETED_ONLY"), ElementsAre("c"));
  EXPECT_THAT(found(""), ElementsAre("b", "a"));
  EXPECT_FALSE(service_.search_runs({.experiment_ids = {"0"}, .limit = 1})->next.empty());
}

TEST_P(TrackingTest, ARunEndsAndIsToldOnce) {
  const auto id = new_run();
  EXPECT_EQ(service_.update_run(id, {"FINISHED", "better", 5000})->end_ms, 5000);
  EXPECT_EQ(service_.run(id)->info.name, "better");
  ASSERT_TRUE(service_.log_batch(id, {{}, {}, {{"x", "1"}, {"x", "2"}}}));
  ASSERT_TRUE(service_.delete_tag(id, "x"));
  EXPECT_EQ(service_.delete_tag(id, "x").error().code, Code::not_found);
  ASSERT_TRUE(service_.log_inputs(id, {{"flights", "abc", "gyre", "flights@main", "", "", {{"role", "train"}}}}));
  ASSERT_TRUE(service_.log_inputs(id, {{"flights", "abc", "gyre", "flights@main", "", "", {}}}));
  ASSERT_TRUE(service_.log_outputs(id, {{"m-1", 0}}));
  const auto run = service_.run(id).value();
  ASSERT_EQ(run.datasets.size(), 1u);
  EXPECT_EQ(run.datasets[0].tags[0].value, "train");
  EXPECT_EQ(run.outputs.size(), 1u);
  int created = 0, finished = 0;
  outbox::Dispatcher dispatcher(*db_);
  dispatcher.subscribe("t", "run.",
                       [&](const outbox::Event& event) -> Result<void> { return ++(event.topic == "run.created" ? created : finished), Result<void>(); });
  ASSERT_TRUE(dispatcher.deliver());
  EXPECT_EQ(created, 1);
  EXPECT_EQ(finished, 1);
}

TEST_P(TrackingTest, AStepHasOneRunHoweverOftenItAsks) {
  std::vector<std::string> ids(4);
  std::vector<std::thread> threads;
  for (auto& id : ids) {
    threads.emplace_back([&] {
      const auto run = service_.ensure_run("step-1", "pipelines", {"", "train", "", 1, {}});
      if (run) id = run->info.id;
    });
  }
  for (auto& thread : threads) thread.join();
  for (const auto& id : ids) EXPECT_EQ(id, ids[0]);
  EXPECT_FALSE(ids[0].empty());
  EXPECT_EQ(service_.search_runs({.experiment_ids = {service_.experiment_by_name("pipelines")->id}})->rows.size(), 1u);
}

TEST_P(TrackingTest, ManyReportersLoseNothing) {
  const auto id = new_run();
  std::vector<std::thread> threads;
  std::atomic<int> failed = 0;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      for (std::int64_t i = 0; i < 25; ++i) {
        if (!service_.log_batch(id, {{{"m", 1.0 * t, i, t * 100 + i}}, {{"p" + std::to_string(t * 100 + i), "1"}}, {}})) ++failed;
      }
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(failed, 0);
  EXPECT_EQ(service_.history(id, "m", 0, 1000)->rows.size(), 100u);
  EXPECT_EQ(service_.run(id)->params.size(), 100u);
  EXPECT_TRUE(service_.verify()->problems.empty());
}

TEST_P(TrackingTest, LoggedModelsHaveTheirOwnLife) {
  const auto id = service_
                      .create_logged_model({.id = {},
                                            .experiment_id = "0",
                                            .name = "m",
                                            .type = "onnx",
                                            .source_run_id = new_run(),
                                            .status = {},
                                            .artifact_uri = {},
                                            .params = {{"a", "1"}},
                                            .tags = {{"t", "1"}}})
                      ->id;
  EXPECT_EQ(service_.logged_model(id)->status, "PENDING");
  EXPECT_EQ(service_.set_logged_model_status(id, "READY")->status, "READY");
  ASSERT_TRUE(service_.add_logged_model_params(id, {{"b", "2"}}));
  EXPECT_EQ(service_.add_logged_model_params(id, {{"b", "3"}}).error().code, Code::invalid);
  ASSERT_TRUE(service_.set_logged_model_tags(id, {{"t", "2"}}));
  EXPECT_EQ(service_.logged_model(id)->tags[0].value, "2");
  ASSERT_TRUE(service_.delete_logged_model_tag(id, "t"));
  EXPECT_EQ(service_.delete_logged_model_tag(id, "t").error().code, Code::not_found);
  EXPECT_EQ(service_.search_logged_models({.experiment_ids = {"0"}, .filter = "name = 'm' AND params.a = '1'"})->rows.size(), 1u);
  EXPECT_EQ(service_.logged_model("m-0").error().code, Code::not_found);
  ASSERT_TRUE(service_.delete_logged_model(id));
  EXPECT_EQ(service_.logged_model(id).error().code, Code::not_found);
  EXPECT_EQ(service_.logged_model(id, Service::Deleted::allowed)->name, "m");
  EXPECT_TRUE(service_.search_logged_models({.experiment_ids = {"0"}})->rows.empty());
}

TEST_P(TrackingTest, LoggedModelsHaveTheMetricsThatWereMeasuredOfThem) {
  const auto run = new_run();
  std::vector<std::string> ids;
  for (const double auc : {0.5, 0.9}) {
    const auto id =
        service_
            .create_logged_model(
                {.id = {}, .experiment_id = "0", .name = "m", .type = {}, .source_run_id = run, .status = {}, .artifact_uri = {}, .params = {}, .tags = {}})
            ->id;
    const Metric old{"auc", 0.1, 1, 1}, latest{"auc", auc, 2, 2};
    ASSERT_TRUE(service_.log_batch(
        run, {.metrics = {old, latest}, .params = {}, .tags = {}, .model_metrics = {{old, id, "", "d'{}", "1"}, {latest, id, "", "d'{}", "1"}}}));
    ids.push_back(id);
  }
  ASSERT_EQ(service_.logged_model(ids[1])->metrics.size(), 1u);
  EXPECT_EQ(service_.logged_model(ids[1])->metrics[0].metric.value, 0.9);
  EXPECT_EQ(service_.logged_model(ids[1])->metrics[0].run_id, run);
  EXPECT_EQ(service_.search_logged_models({.experiment_ids = {"0"}, .filter = "metrics.auc > 0.6"})->rows.size(), 1u);
  EXPECT_EQ(service_.search_logged_models({.experiment_ids = {"0"}, .filter = "metrics.auc > 0.6", .datasets = {{"d'{}", "1"}}})->rows.size(), 1u);
  EXPECT_EQ(service_.search_logged_models({.experiment_ids = {"0"}, .filter = "metrics.auc > 0.6", .datasets = {{"other", ""}}})->rows.size(), 0u);
  EXPECT_EQ(service_.search_logged_models({.experiment_ids = {"0"}, .order_by = {{"metrics.auc", false, {"d'{}", ""}}}})->rows.front().id, ids[1]);
  EXPECT_EQ(service_.search_logged_models({.experiment_ids = {"0"}, .order_by = {{"nope", true, {}}}}).error().code, Code::invalid);
  EXPECT_EQ(service_.log_batch(run, {.metrics = {}, .params = {}, .tags = {}, .model_metrics = {{{"auc", 1, 1, 1}, "m-0", "", "", ""}}}).error().code,
            Code::not_found);
}

TEST_P(TrackingTest, NamesAndValuesHaveMlflowsLimits) {
  const auto id = new_run();
  for (const char* bad : {"a*b", "../x", "a//b", "/a", "a/", ".", "..a", "a/../b"})
    EXPECT_EQ(service_.log_batch(id, {{{bad, 1, 1, 1}}, {}, {}}).error().code, Code::invalid) << bad;
  for (const char* good : {"a:b", "ü", "a b/c-d.e_f"}) EXPECT_TRUE(service_.log_batch(id, {{{good, 1, 1, 1}}, {}, {}})) << good;
  EXPECT_THAT(service_.log_batch(id, {{{"ok", 1, 1, 1}, {"a*", 1, 1, 1}}, {}, {}}).error().message, testing::HasSubstr("'metrics[1].name'"));
  std::string long_value;
  for (int i = 0; i < 6001; ++i) long_value += "ä";
  ASSERT_TRUE(service_.log_batch(id, {{}, {{"long", long_value}}, {}}));
  EXPECT_EQ(service_.run(id)->params[0].value.size(), 2 * kMaxParamCharacters);
  EXPECT_TRUE(service_.log_batch(id, {{}, {{"long", long_value}}, {}}));  // cut alike, it is the same value
  EXPECT_EQ(service_.log_batch(id, {{}, {{"k", "1"}, {"k", "1"}}, {}}).error().code, Code::invalid);
}

TEST_P(TrackingTest, DatasetsOfExperimentsAreSummedUp) {
  const auto a = new_run(), b = new_run();
  const DatasetInput input{"train", "d1", "local", "{}", "", "", {{"mlflow.data.context", "training"}}};
  ASSERT_TRUE(service_.log_inputs(a, {input}, {"m-1"}));
  ASSERT_TRUE(service_.log_inputs(b, {input}));
  EXPECT_EQ(service_.datasets({"0"})->size(), 1u);
  EXPECT_EQ(service_.datasets({"0"})->front().context, "training");
  EXPECT_THAT(service_.run(a)->model_inputs, ElementsAre("m-1"));
  auto wide = input;
  wide.digest = std::string(37, 'd');
  EXPECT_EQ(service_.log_inputs(a, {wide}).error().code, Code::invalid);
}

TEST_P(TrackingTest, AFewPointsStandForManyAtEqualDistances) {
  const auto id = new_run();
  std::vector<Metric> metrics;
  for (std::int64_t step = -1; step < 10; ++step) metrics.push_back({"m", 1.0, 100, step});
  ASSERT_TRUE(service_.log_batch(id, {metrics, {}, {}}));
  const auto steps = [&](std::optional<StepRange> range, std::int64_t limit) {
    std::vector<std::int64_t> found;
    for (const auto& point : service_.sampled_history(id, "m", range, limit).value()) found.push_back(point.step);
    return found;
  };
  EXPECT_THAT(steps(std::nullopt, 3), ElementsAre(-1, 4, 9));
  EXPECT_THAT(steps(StepRange{2, 8}, 3), ElementsAre(2, 5, 8));
  EXPECT_THAT(steps(StepRange{2, 4}, 100), ElementsAre(2, 3, 4));
  EXPECT_THAT(steps(std::nullopt, 1), ElementsAre(9));
}

TEST(ArtifactKeys, StayBelowTheirRoot) {
  EXPECT_EQ(artifact_key("mlflow-artifacts:/0/abc/artifacts/model/MLmodel").value(), "artifacts/0/abc/artifacts/model/MLmodel");
  EXPECT_EQ(artifact_key("mlflow-artifacts://host:1/0/x").value(), "artifacts/0/x");
  EXPECT_EQ(artifact_key("0/with space").value(), "artifacts/0/with=20space");
  for (const char* bad : {"", "..", "a/../b", "a/%2e%2e/b", "a/%252e%252e/b", "/etc/passwd", "a//b", "a\\b", "a#b", "mlflow-artifacts:/../x", "a/%00b"})
    EXPECT_EQ(artifact_key(bad).error().code, Code::invalid) << bad;
}

TEST(ArtifactKeys, NamesAreTextThatLeadsBackToThem) {
  for (const char* path : {"0/dog%step%0%timestamp%1795769526508%f2738d81.png", "0/a%0ab%7F", "0/ä %.bin"}) {
    const auto key = artifact_key(path).value();
    const auto name = artifact_name(key.substr(sizeof("artifacts")));
    EXPECT_TRUE(is_utf8(name)) << name;
    EXPECT_EQ(std::ranges::count_if(name, [](char c) { return c >= 0 && c < 0x20; }), 0) << name;
    EXPECT_EQ(artifact_key(name).value(), key);
  }
  EXPECT_EQ(artifact_name("dog=25timestamp=1795=F2738"), "dog%timestamp%1795%f2738");
}

TEST(ArtifactKeys, DeepSignsCostNoMoreThanOthers) {
  std::string deep = "a/%";
  for (int i = 0; i < 1'000'000; ++i) deep += "25";
  const auto begun_ns = monotonic_ns();
  EXPECT_EQ(artifact_key(deep).value(), "artifacts/a/=25");
  EXPECT_EQ(artifact_key(deep + "2e%2525252e").error().code, Code::invalid);
  EXPECT_EQ(artifact_key("0/%%36%35").value(), "artifacts/0/e");
  EXPECT_LT(monotonic_ns() - begun_ns, 5'000'000'000) << "a pass for each of them would take an hour";
}

INSTANTIATE_TEST_SUITE_P(Backends, TrackingTest, testing::Values("SqliteMemory", "Postgres"), [](const auto& info) { return std::string(info.param); });

}  // namespace
}  // namespace gyre::tracking
