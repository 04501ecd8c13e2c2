// A small house with the whole loop in it, on a virtual clock: real rooms and a real model; only steps of pipelines are
// played by a launcher. What it lives through is made of a seed. For tests.
#pragma once

#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include "api/rest/routes.h"
#include "base/named_by_build.h"
#include "base/yaml.h"
#include "exec/fake.h"
#include "storage/sql/lease.h"
#include "storage/sql/sqlite.h"

namespace gyre::rest {

constexpr TimeMs kStart = 986'083'200'000;  // 2001-04-01

// x is normal and its label likely where x is high; from a day on the world turns: x moves up and labels become likely where
// x is low, which the second model knows.
struct World {
  std::mt19937_64 random{7};
  int turns_on_day = 1000;

  double draw_x(int day) { return std::normal_distribution(day >= turns_on_day ? 1.2 : 0.0, 1.0)(random); }
  bool draw_label(int day, double x) { return std::bernoulli_distribution(1 / (1 + std::exp(day >= turns_on_day ? x : -x)))(random); }
};

class LoopHouse {
 public:
  struct Answer {
    int status = 0;
    json::Value body;
  };

  static constexpr std::size_t kRowsADay = 1200;

  LoopHouse() {
    for (const auto all : {sql::lease_migrations(), outbox::migrations(), governance::migrations(), tracking::migrations(), registry::migrations(),
                           datasets::migrations(), pipelines::migrations(), serving::migrations(), monitoring::migrations(), policy::migrations()}) {
      EXPECT_TRUE(sql::migrate(*db_, all));
    }
    EXPECT_TRUE(tracking.prepare());
    EXPECT_TRUE(serving.open());
    std::filesystem::create_directories(folder_.path() / "code");
    EXPECT_TRUE(registry.create_model("late", "", {}));
    add_routes(router_, rooms_);
  }

  void apply(std::string_view project) {
    const auto all = yaml::parse(project).value();
    const auto each = [&](const char* section, auto&& use) {
      for (const auto& [name, value] : *all[section].if_object()) {
        const auto applied = use(name, value);
        ASSERT_TRUE(applied) << name << ": " << applied.error().message;
      }
    };
    each("pipelines", [&](const auto& name, const auto& value) { return pipelines.apply(name, value, folder_.path() / "code", "user:test"); });
    each("endpoints", [&](const auto& name, const auto& value) { return serving.apply(name, value, "user:test"); });
    each("monitors", [&](const auto& name, const auto& value) { return monitoring.apply(name, value, "user:test"); });
    each("policies", [&](const auto& name, const auto& value) { return policy.apply(name, value, "user:test"); });
  }

  // Until nothing is left to do at this moment.
  void settle() {
    for (int i = 0; i < 500; ++i) {
      bool worked = false;
      for (Duty* duty : std::initializer_list<Duty*>{&pipelines, &serving, &monitoring, &policy}) {
        const auto state = duty->run_due(clock.now_ms());
        ASSERT_TRUE(state) << duty->name() << ": " << state.error().message << " " << state.error().detail;
        worked |= state->worked || state->busy;
      }
      if (!worked) return;
    }
    ADD_FAILURE() << "it does not settle";
  }

  // One day's rows in four batches; the labels of the day before come at its end.
  void live_a_day() {
    for (int hour = 0; hour < 24; hour += 6) {
      clock.advance_to(kStart + day_ * kDayMs + hour * kHourMs);
      settle();
      send_batch(hour);
    }
    if (day_ > 0) put_labels(day_ - 1);
    clock.advance_to(kStart + (day_ + 1) * kDayMs);
    settle();
    ++day_;
  }
  int day() const { return day_; }

  Answer call(std::string_view method, std::string_view target, std::string body = "") {
    net::Request request;
    request.method = method;
    request.request_id = "req_test";
    request.body = std::move(body);
    request.headers.emplace("Host", "127.0.0.1:7070");
    const auto mark = std::min(target.find('?'), target.size());
    request.path = target.substr(0, mark);
    for (auto rest = target.substr(std::min(mark + 1, target.size())); !rest.empty();) {
      const auto end = std::min(rest.find('&'), rest.size());
      const auto pair = rest.substr(0, end);
      const auto is = std::min(pair.find('='), pair.size());
      request.query.emplace(pair.substr(0, is), pair.substr(std::min(is + 1, pair.size())));
      rest.remove_prefix(std::min(end + 1, rest.size()));
    }
    const auto match = router_.match(method, request.path);
    if (!match) return {404, {}};
    request.path_parameters = match->parameters;
    const auto answered = (*match->handler)(request);
    const auto response = answered ? *answered : (*match->on_error)(answered.error(), request);
    return {response.status, json::parse(std::get<std::string>(response.body)).value()};
  }
  Answer get(std::string_view target) { return call("GET", target); }
  Answer post(std::string_view target, std::string body = "") { return call("POST", target, std::move(body)); }

 private:
  const ScratchFolder folder_;
  std::unique_ptr<sql::Db> db_ = sql::open_sqlite(folder_.path() / "gyre.db").value();
  std::unique_ptr<blob::Store> blobs_ = blob::open_local(folder_.path() / "blobs").value();
  std::unique_ptr<query::Engine> engine_ = query::open({});
  std::unique_ptr<infer::Runtime> runtime_ = infer::open({});
  exec::FakeLauncher launcher_{
      [this](const exec::Spec&) { return exec::Script{.output = "trained\n", .effect = [this](const exec::Spec& spec) { train(spec); }}; }};

 public:
  VirtualClock clock{kStart};
  World world;
  governance::Service governance{*db_};
  tracking::Service tracking{*db_, *blobs_, clock};
  registry::Service registry{*db_, *blobs_, clock, tracking};
  datasets::Service datasets{*db_, *blobs_, *engine_, clock, folder_.path() / "cache"};
  pipelines::Service pipelines{*db_,     *blobs_,  clock,     tracking,
                               registry, datasets, launcher_, pipelines::Options{.folder = folder_.path() / "work", .tracking_uri = "http://127.0.0.1:1"}};
  serving::Service serving{*db_, clock, registry, *runtime_, *engine_, folder_.path() / "predictions"};
  monitoring::Service monitoring{*db_, *blobs_, clock, registry, serving, *engine_, folder_.path() / "monitoring"};
  policy::Service policy{*db_, clock, registry, pipelines, serving, monitoring};

 private:
  // What the pipeline's step does: the first model knows the old world, each later one the new.
  void train(const exec::Spec& spec) {
    const bool first = registry.count_versions("late").value() == 0;
    const auto run = tracking.run(spec.environment.at("MLFLOW_RUN_ID")).value();
    const auto root = tracking::artifact_key(run.info.artifact_uri + "/model").value();
    const auto file = named_by_build("GYRE_TEST_DATA") / (first ? "logistic.onnx" : "logistic_inverse.onnx");
    const auto bytes = read_file(file).value();
    StringSource onnx(bytes), mlmodel("flavors: {}");
    EXPECT_TRUE(blobs_->put(root + "/model.onnx", onnx));
    EXPECT_TRUE(blobs_->put(root + "/MLmodel", mlmodel));
    EXPECT_TRUE(registry.create_version({"late", "runs:/" + run.info.id + "/model", run.info.id, "", "", {}}));
    const auto to = to_iso_date(first ? kStart - 8 * kDayMs : clock.now_ms() - 3 * kDayMs),
               held_out = to_iso_date(first ? kStart - kDayMs : clock.now_ms() - 2 * kDayMs);
    EXPECT_TRUE(write_file_durably(
        spec.environment.at("GYRE_OUTPUT_REPORT"),
        fmt::format(
            R"({{"from": "2001-01-01", "to": "{}", "held_out_from": "{}", "held_out_to": "{}", "rows": 4000, "missing": 0, "auc": 0.76, "log_loss": 0.58, "importance": {{"x": 0.9}}}})",
            to, held_out, held_out)));
    write_reference(spec.environment.at("GYRE_OUTPUT_REFERENCE"), first);
  }

  void write_reference(const std::filesystem::path& file, bool first) {
    constexpr std::size_t kRows = 4000;
    auto writer = engine_
                      ->write_parquet(file, {{"group", query::Type::text, "VARCHAR"},
                                             {"x", query::Type::real, "DOUBLE"},
                                             {"p", query::Type::real, "DOUBLE"},
                                             {"late", query::Type::integer, "BIGINT"}})
                      .value();
    query::Block block{kRows, std::vector<query::ColumnData>(4)};
    const int day = first ? 0 : 10'000;
    for (std::size_t i = 0; i < kRows; ++i) {
      const double x = world.draw_x(day);
      block.columns[0].texts.emplace_back(i % 2 ? "a" : "b");
      block.columns[1].reals.push_back(x);
      block.columns[2].reals.push_back(1 / (1 + std::exp(first ? -x : x)));
      block.columns[3].integers.push_back(world.draw_label(day, x));
    }
    EXPECT_TRUE(writer->append(block));
    EXPECT_TRUE(writer->finish());
  }

  void send_batch(int hour) {
    const auto endpoint = serving.endpoint("late");
    if (!endpoint || !endpoint->revision) return;
    constexpr std::size_t kBatches = 12, kRows = kRowsADay / 4 / kBatches;
    for (std::size_t b = 0; b < kBatches; ++b) {
      serving::Batch batch{kRows, {{"group", {kRows, 1}, std::vector<std::string>(kRows, b % 2 ? "a" : "b")}, {"x", {kRows, 1}, {}}}, {}};
      std::vector<float> xs;
      for (std::size_t i = 0; i < kRows; ++i) {
        xs.push_back(static_cast<float>(world.draw_x(day_)));
        batch.ids.push_back(fmt::format("{}-{}-{}-{}", day_, hour, b, i));
        labels_[day_].ids.push_back(batch.ids.back());
        labels_[day_].labels.push_back(world.draw_label(day_, xs.back()));
      }
      batch.columns[1].values = std::move(xs);
      const auto scored = serving.score("late", std::move(batch), {fmt::format("{}-{}-{}", day_, hour, b), ""});
      ASSERT_TRUE(scored) << scored.error().error.message;
    }
  }

  void put_labels(int day) {
    auto& batch = labels_[day];
    if (batch.ids.empty()) return;
    batch.key = fmt::format("day {}", day);
    ASSERT_TRUE(monitoring.put_labels("late", batch));
  }

  int day_ = 0;
  std::map<int, monitoring::LabelBatch> labels_;
  tracking::RunQueries run_queries_{*db_, clock};
  tracking::ManyCurves many_curves_{*db_, clock};
  const Rooms rooms_{governance, tracking, run_queries_, many_curves_, registry, datasets, pipelines, serving, monitoring, policy, *blobs_, clock, "test", {}};
  net::Router router_;
};

}  // namespace gyre::rest
