#include "serving/serving.h"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <thread>

#include "base/yaml.h"
#include "serving/testing.h"

namespace gyre::serving {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class ServingTest : public testing::TestWithParam<const char*> {
 protected:
  void SetUp() override {
    if (!rooms_.database.available()) GTEST_SKIP() << sql::TestDatabase::kSkipped;
    open();
    for (const char* onnx : {"logistic.onnx", "logistic_inverse.onnx", "logistic_fragile.onnx"}) rooms_.add_version("m", onnx);
    apply("{model: m}");
  }
  // As after a restart.
  void open() {
    service_.reset();
    service_ = std::make_unique<Service>(rooms_.db, rooms_.clock, rooms_.registry, *rooms_.runtime, *rooms_.engine, rooms_.folder.path() / "predictions");
    const auto opened = service_->open();
    ASSERT_TRUE(opened) << opened.error().message;
  }
  void apply(std::string_view definition) {
    const auto applied = service_->apply("e", yaml::parse(definition).value(), "user:test");
    ASSERT_TRUE(applied) << applied.error().message;
  }
  std::int64_t deploy(const std::vector<Route>& routes) {
    const auto revision = service_->deploy("e", routes, "test", "user:test");
    EXPECT_TRUE(revision) << revision.error().message;
    return revision ? revision->number : 0;
  }
  std::expected<Scored, Refusal> score(std::vector<float> x, std::string id = "") {
    return service_->score("e", TestRooms::batch(std::move(x)), {id.empty() ? make_id("req") : std::move(id)});
  }
  VersionCounters counters(std::int64_t version, std::string_view role = "primary") {
    for (const auto& one : service_->status("e")->counters) {
      if (one.version == version && one.role == role) return one;
    }
    return {};
  }
  std::vector<Frame> logged() { return service_->log().read("e", {}, 1 << 30).value().frames; }

  TestRooms rooms_{GetParam()};
  std::unique_ptr<Service> service_;
};

TEST_P(ServingTest, AnswersWithWhatTheModelGivesAndLogsIt) {
  EXPECT_EQ(score({1}).error().error.code, Code::unavailable);
  deploy({{1, 1, "primary"}});
  const auto scored = score({0, 2}, "r1").value();
  EXPECT_EQ(scored.version, 1);
  EXPECT_EQ(scored.revision, 1);
  EXPECT_EQ(scored.outputs[0].name, "p");
  EXPECT_NEAR(std::get<std::vector<float>>(scored.outputs[0].values)[1], 1 / (1 + std::exp(-2.0)), 1e-6);
  const auto frames = logged();
  ASSERT_EQ(frames.size(), 1u);
  EXPECT_EQ(frames[0].request_id, "r1");
  EXPECT_EQ(frames[0].id(1), "r1/1");
  EXPECT_EQ(frames[0].at_ms, rooms_.clock.now_ms());
  EXPECT_EQ(std::get<std::vector<float>>(frames[0].inputs[1].values)[1], 2);
  EXPECT_EQ(std::get<std::vector<float>>(frames[0].outputs[1].values)[1], 4);
  const auto counted = counters(1);
  EXPECT_EQ(counted.requests, 1);
  EXPECT_EQ(counted.rows, 2);
  EXPECT_GT(counted.latency_quantile_ms(.5), 0);
}

// What Prometheus needs for a quantile over any time and all of a role's versions: buckets, sum and count of each.
TEST_P(ServingTest, LatencyIsAHistogramByVersionAndRoleThatARestartKeeps) {
  deploy({{1, 1, "primary"}, {2, 0, "shadow"}});
  ASSERT_TRUE(score({0, 2}, "r1"));
  ASSERT_TRUE(score({1}, "r2"));
  const auto told = [&] {
    const auto figures = service_->figures().value();
    return *std::ranges::find(figures, "gyre_serving_latency_seconds", &Figure::name);
  };
  const auto before = told();
  EXPECT_EQ(before.kind, Figure::Kind::histogram);
  EXPECT_EQ(before.bounds.size(), kLatencyBoundsMs.size());
  EXPECT_EQ(before.bounds.front(), kLatencyBoundsMs.front() / 1000);
  ASSERT_EQ(before.samples.size(), 2u);
  const std::vector<std::pair<std::string, std::string>> shadow = {{"endpoint", "e"}, {"version", "2"}, {"role", "shadow"}};
  EXPECT_EQ(before.samples[1].labels, shadow);
  for (const auto& sample : before.samples) {
    EXPECT_EQ(std::accumulate(sample.buckets.begin(), sample.buckets.end(), std::int64_t{0}), 2);
    EXPECT_GT(sample.value, 0);
  }
  ASSERT_TRUE(service_->run_due(rooms_.clock.now_ms()));
  open();
  const auto after = told();
  ASSERT_EQ(after.samples.size(), 2u);
  EXPECT_EQ(after.samples[0].value, before.samples[0].value);
  EXPECT_EQ(after.samples[0].buckets, before.samples[0].buckets);
}

TEST_P(ServingTest, DefinitionsAndRoutesAreChecked) {
  const auto applied = [&](std::string_view text) { return service_->apply("x", yaml::parse(text).value(), "user:test"); };
  EXPECT_FALSE(applied("{id_column: a}"));
  EXPECT_FALSE(applied("{model: m, unknown_category: ignore}"));
  EXPECT_THAT(applied("{model: m,\n id_colunm: a}").error().message, HasSubstr("line 2"));
  EXPECT_FALSE(service_->apply("a/b", yaml::parse("{model: m}").value(), "user:test"));
  EXPECT_FALSE(service_->apply("..", yaml::parse("{model: m}").value(), "user:test"));
  const auto code = [&](const std::vector<Route>& routes) { return service_->deploy("e", routes, "", "").error().code; };
  EXPECT_EQ(code({}), Code::invalid);
  EXPECT_EQ(code({{1, .5, "primary"}}), Code::invalid);
  EXPECT_EQ(code({{1, NAN, "primary"}}), Code::invalid);
  EXPECT_EQ(code({{1, 1, "canary"}}), Code::invalid);
  EXPECT_EQ(code({{1, .5, "primary"}, {1, .5, "primary"}}), Code::invalid);
  EXPECT_EQ(code({{1, 0, "shadow"}}), Code::invalid);
  EXPECT_EQ(code({{9, 1, "primary"}}), Code::not_found);
  EXPECT_EQ(service_->deploy("nope", {{1, 1, "primary"}}, "", "").error().code, Code::not_found);
  EXPECT_THAT(service_->revisions("e", 10).value(), IsEmpty());
}

TEST_P(ServingTest, WhatCannotServeIsNotDeployedAndTheOldOneGoesOn) {
  deploy({{1, 1, "primary"}});
  rooms_.add_version("m", "zipmap.onnx");
  EXPECT_THAT(service_->deploy("e", {{4, 1, "primary"}}, "", "").error().message, HasSubstr("probabilities"));
  EXPECT_EQ(score({1})->version, 1);
  EXPECT_EQ(service_->endpoint("e")->revision->number, 1);
}

TEST_P(ServingTest, WeightsShareTheRequestsAndAKeyStaysWithItsVersion) {
  deploy({{1, .7, "primary"}, {2, .3, "primary"}});
  std::map<std::string, std::int64_t> before;
  int second = 0;
  for (int i = 0; i < 1000; ++i) {
    const auto key = fmt::format("user-{}", i);
    const auto version = service_->admit("e", {"r", key})->version();
    EXPECT_EQ(service_->admit("e", {"other", key})->version(), version);
    before[key] = version;
    second += version == 2;
  }
  EXPECT_NEAR(second, 300, 45);  // 3 standard errors of the binomial
  deploy({{1, .4, "primary"}, {2, .6, "primary"}});
  for (const auto& [key, version] : before) {  // more weight takes keys, and gives none back
    if (version == 2) EXPECT_EQ(service_->admit("e", {"r", key})->version(), 2);
  }
  EXPECT_EQ(service_->admit("e", {"r", "", 2})->version(), 2);
  EXPECT_EQ(service_->admit("e", {"r", "", 3}).error().code, Code::not_found);
}

TEST_P(ServingTest, AShadowSeesAllAndAnswersNothing) {
  deploy({{1, 1, "primary"}, {3, 0, "shadow"}});
  const auto scored = score({1}, "r1").value();
  EXPECT_EQ(scored.version, 1);
  EXPECT_TRUE(score({5}, "r2"));  // the shadow cannot compute 5
  const auto frames = logged();
  ASSERT_EQ(frames.size(), 3u);
  EXPECT_EQ(frames[1].role, "shadow");
  EXPECT_EQ(frames[1].version, 3);
  EXPECT_THAT(frames[1].inputs, IsEmpty());
  EXPECT_EQ(frames[2].request_id, "r2");
  EXPECT_EQ(counters(1).rows, 2);
  EXPECT_EQ(counters(3, "shadow").rows, 1);
  EXPECT_EQ(counters(3, "shadow").errors, 1);
  EXPECT_EQ(counters(3, "shadow").requests, 2);
}

TEST_P(ServingTest, SwappingFailsNoRequest) {
  deploy({{1, 1, "primary"}});
  std::atomic<bool> over = false;
  std::atomic<int> failed = 0, answered = 0;
  std::vector<std::thread> clients;
  for (int t = 0; t < 3; ++t) {
    clients.emplace_back([&] {
      while (!over) {
        const auto scored = score({1});
        const double expected = scored && scored->version == 1 ? 1 / (1 + std::exp(-1.0)) : 1 / (1 + std::exp(1.0));
        if (!scored || std::abs(std::get<std::vector<float>>(scored->outputs[0].values)[0] - expected) > 1e-6) ++failed;
        ++answered;
      }
    });
  }
  for (int i = 0; i < 20; ++i) {
    const int before = answered;
    deploy({{i % 2 == 0 ? 2 : 1, 1, "primary"}});
    while (answered < before + 2) std::this_thread::yield();  // however slow the machine, there are requests around each swap
  }
  over = true;
  for (auto& client : clients) client.join();
  EXPECT_EQ(failed, 0);
  EXPECT_EQ(service_->endpoint("e")->revision->number, 21);
}

TEST_P(ServingTest, ARequestEndsOnTheRevisionThatItBeganWith) {
  deploy({{1, 1, "primary"}});
  const auto ticket = service_->admit("e", {"r1"}).value();
  deploy({{2, 1, "primary"}});
  const auto scored = service_->score(ticket, TestRooms::batch({1})).value();
  EXPECT_EQ(scored.version, 1);
  EXPECT_EQ(scored.revision, 1);
}

TEST_P(ServingTest, TheSameRoutesMakeNoNewRevision) {
  EXPECT_EQ(deploy({{1, 1, "primary"}}), 1);
  EXPECT_EQ(deploy({{1, 1, "primary"}}), 1);
  EXPECT_EQ(deploy({{2, 1, "primary"}}), 2);
  EXPECT_EQ(service_->roll_back("e", "bad", "user:test")->number, 3);
  EXPECT_EQ(score({1})->version, 1);
  EXPECT_EQ(service_->revisions("e", 10)->front().reason, "rolled back: bad");
}

TEST_P(ServingTest, ARollBackOfASplitGoesToWhatAnsweredAlone) {
  deploy({{1, 1, "primary"}});
  deploy({{2, 1, "primary"}});
  deploy({{2, 0.9, "primary"}, {1, 0.1, "primary"}});
  EXPECT_EQ(service_->roll_back("e", "bad", "user:test")->main_version(), 2) << "not to the version before it";
  EXPECT_EQ(service_->roll_back("e", "bad", "user:test")->main_version(), 1);
}

TEST_P(ServingTest, UnknownCategoriesAreRefusedByRowAndCounted) {
  deploy({{1, 1, "primary"}});
  auto batch = TestRooms::batch(std::vector<float>(100, 1));
  auto& groups = std::get<std::vector<std::string>>(batch.columns[0].values);
  for (const std::size_t row : {7, 3, 50}) groups[row] = "z";
  const auto refusal = service_->score("e", batch, {"r1"}).error();
  EXPECT_EQ(refusal.error.code, Code::invalid);
  EXPECT_EQ(refusal.error.message, "row 3, column 'group': the model has not learned 'z' (and 2 more rows have unknown categories)");
  EXPECT_EQ(refusal.rows, 3);
  ASSERT_EQ(refusal.cells.size(), 3u);
  EXPECT_EQ(refusal.cells[1].row, 7u);
  EXPECT_THAT(logged(), IsEmpty());
  EXPECT_EQ(service_->status("e")->refused["unknown category"], std::pair(std::int64_t{1}, std::int64_t{3}));
  groups.assign(100, "z");
  const auto all = service_->score("e", batch, {"r2"}).error();
  EXPECT_EQ(all.cells.size(), kMaxBadCells);
  EXPECT_EQ(all.rows, 100);

  apply("{model: m, unknown_category: flag}");  // counts from the next request on
  EXPECT_TRUE(service_->score("e", batch, {"r3"}));
  EXPECT_EQ(service_->status("e")->flagged["group"], 100);
  EXPECT_EQ(logged().size(), 1u);
}

// types.onnx takes an input `text` and tells no categories of it.
TEST_P(ServingTest, AModelWithoutCategoriesIsNotDeployedWhereUnknownOnesAreToBeRejected) {
  const auto version = rooms_.add_version("types", "types.onnx");
  const auto applied = [&](std::string_view text) { return service_->apply("t", yaml::parse(text).value(), "user:test"); };
  ASSERT_TRUE(applied("{model: types, unknown_category: reject}"));
  const auto refused = service_->deploy("t", {{version, 1, "primary"}}, "", "");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::invalid);
  EXPECT_THAT(refused.error().message, HasSubstr("types@1 does not tell which texts it has learned of column 'text'"));
  EXPECT_THAT(refused.error().fix, HasSubstr("gyre.vocabulary.text"));
  EXPECT_THAT(service_->revisions("t", 1).value(), IsEmpty());

  ASSERT_TRUE(applied("{model: types}"));  // nobody asked
  ASSERT_TRUE(service_->deploy("t", {{version, 1, "primary"}}, "", ""));
  EXPECT_THAT(applied("{model: types, unknown_category: reject}").error().message, HasSubstr("column 'text'"));
  EXPECT_EQ(service_->endpoint("t")->config.unknown_category, "") << "what was refused is not kept";
}

TEST_P(ServingTest, RowsAreCheckedBeforeTheModelSeesThem) {
  deploy({{1, 1, "primary"}});
  EXPECT_EQ(score({}).error().reason, "no rows");
  EXPECT_EQ(score(std::vector<float>(kMaxBatchRows + 1)).error().error.code, Code::exhausted);
  auto batch = TestRooms::batch({1, 2}, {"only one"});
  EXPECT_EQ(service_->score("e", batch, {"r"}).error().reason, "wrong shape");
  batch = TestRooms::batch({1});
  batch.columns.pop_back();
  EXPECT_EQ(service_->score("e", batch, {"r"}).error().error.message, "input 'x' is missing");
  EXPECT_EQ(counters(1).errors, 1);
  EXPECT_EQ(service_->status("e")->refused.size(), 4u);
  EXPECT_THAT(logged(), IsEmpty());
}

TEST_P(ServingTest, RowsAreNamedByTheIdColumn) {
  apply("{model: m, id_column: flight}");
  deploy({{1, 1, "primary"}});
  EXPECT_EQ(score({1}).error().reason, "missing column");
  ASSERT_TRUE(service_->score("e", TestRooms::batch({1, 2}, {"f1", "f2"}), {"r"}));
  EXPECT_THAT(logged()[0].ids, ElementsAre("f1", "f2"));
}

TEST_P(ServingTest, ARepeatedRequestIsAnsweredAgainButNotLoggedTwice) {
  deploy({{1, 1, "primary"}});
  ASSERT_TRUE(score({1}, "r1"));
  ASSERT_TRUE(score({1}, "r1"));
  open();
  ASSERT_TRUE(score({1}, "r1"));
  EXPECT_EQ(logged().size(), 1u);
  EXPECT_EQ(counters(1).rows, 1);
  EXPECT_EQ(service_->status("e")->repeated, 1);  // the one before the restart was not kept yet
}

TEST_P(ServingTest, CountersGoOnExactlyWhereTheyWereAfterACrash) {
  deploy({{1, .5, "primary"}, {2, .5, "primary"}});
  for (int i = 0; i < 20; ++i) ASSERT_TRUE(score({1, 2}));
  ASSERT_TRUE(service_->run_due(rooms_.clock.now_ms()));  // keeps them
  for (int i = 0; i < 20; ++i) ASSERT_TRUE(score({1, 2}));
  const auto first = counters(1), second = counters(2);
  EXPECT_EQ(first.rows + second.rows, 80);
  open();
  EXPECT_EQ(counters(1).rows, first.rows);
  EXPECT_EQ(counters(2).requests, second.requests);
  EXPECT_EQ(counters(2).latency, second.latency);
  ASSERT_TRUE(service_->run_due(rooms_.clock.now_ms()));
  open();
  EXPECT_EQ(counters(1).rows, first.rows);
}

TEST_P(ServingTest, ARestartServesWhatWasDeployed) {
  deploy({{1, 1, "primary"}});
  deploy({{2, 1, "primary"}});
  open();
  EXPECT_EQ(score({1})->version, 2);
  EXPECT_EQ(score({1})->revision, 2);
}

TEST_P(ServingTest, AModelThatIsLostTakesDownItsEndpointAlone) {
  deploy({{1, 1, "primary"}});
  rooms_.add_version("other", "logistic.onnx");
  ASSERT_TRUE(service_->apply("well", yaml::parse("{model: other}").value(), "user:test"));
  ASSERT_TRUE(service_->deploy("well", {{1, 1, "primary"}}, "", "user:test"));
  for (const auto& file : rooms_.registry.files("m", 1).value()) ASSERT_TRUE(rooms_.blobs->remove(file.key));
  open();
  EXPECT_EQ(score({1}).error().error.code, Code::unavailable);
  EXPECT_THAT(service_->status("e")->trouble, HasSubstr("model.onnx"));
  EXPECT_TRUE(service_->score("well", TestRooms::batch({1}), {"r"}));
  EXPECT_THAT(service_->verify()->problems, testing::Contains(HasSubstr("revision 1 cannot be loaded")));
  deploy({{2, 1, "primary"}});
  EXPECT_EQ(score({1})->version, 2);
  EXPECT_EQ(service_->status("e")->trouble, "");
}

TEST_P(ServingTest, TheModelOfADeployedEndpointStays) {
  rooms_.add_version("other", "logistic.onnx");
  apply("{model: other}");
  apply("{model: m}");
  deploy({{1, 1, "primary"}});
  EXPECT_EQ(service_->apply("e", yaml::parse("{model: other}").value(), "user:test").error().code, Code::conflict);
}

TEST_P(ServingTest, StrictLogsAreTheSameLog) {
  apply("{model: m, log: {strict: true}}");
  deploy({{1, 1, "primary"}});
  ASSERT_TRUE(score({1}, "r1"));
  EXPECT_EQ(logged().size(), 1u);
}

TEST_P(ServingTest, DeployingIsOnTheGraphAndInTheOutbox) {
  deploy({{1, .9, "primary"}, {2, .1, "primary"}, {3, 0, "shadow"}});
  governance::Service governance(rooms_.db);
  const auto lineage = governance.lineage(governance::urn("endpoint-revision", "e@1"), 1, 1).value();
  EXPECT_EQ(lineage.nodes.size(), 5u);
  EXPECT_THAT(governance.verify()->problems, IsEmpty());
  outbox::Dispatcher dispatcher(rooms_.db);
  std::vector<std::string> topics;
  dispatcher.subscribe("test", "endpoint.", [&](const outbox::Event& event) -> Result<void> {
    topics.push_back(event.topic);
    EXPECT_EQ(event.payload["routes"].if_array()->size(), 3u);
    return {};
  });
  ASSERT_TRUE(dispatcher.deliver());
  EXPECT_THAT(topics, ElementsAre("endpoint.revised"));
}

TEST_P(ServingTest, VerifyFindsPlantedDamage) {
  deploy({{1, 1, "primary"}});
  deploy({{2, 1, "primary"}});
  ASSERT_TRUE(score({1}));
  ASSERT_TRUE(score({2}));
  EXPECT_THAT(service_->verify()->problems, IsEmpty());
  EXPECT_EQ(service_->verify()->checked, 4);  // two revisions, two frames
  ASSERT_TRUE(rooms_.db.write([](sql::Tx& tx) { return tx.exec("DELETE FROM endpoint_revisions WHERE revision = 1"); }));
  EXPECT_THAT(service_->verify()->problems, ElementsAre(HasSubstr("revision 1 is missing")));
  ASSERT_TRUE(rooms_.registry.delete_version("m", 2));
  EXPECT_THAT(service_->verify()->problems, testing::Contains(HasSubstr("revision 2: ")));
  const auto file = rooms_.folder.path() / "predictions" / "log" / "e" / "0000000001.log";
  auto bytes = read_file(file).value();
  bytes[40] ^= 1;
  ASSERT_TRUE(write_file_durably(file, bytes));
  EXPECT_THAT(service_->verify()->problems, testing::Contains(HasSubstr("1 frames are damaged")));
}

INSTANTIATE_TEST_SUITE_P(On, ServingTest, testing::Values("SqliteMemory", "Postgres"), [](const auto& info) { return std::string(info.param); });

}  // namespace
}  // namespace gyre::serving
