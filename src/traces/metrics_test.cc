// Metrics over traces, and pages of searches, on both databases.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "governance/governance.h"
#include "storage/sql/outbox.h"
#include "storage/sql/testing.h"
#include "traces/traces.h"

namespace gyre::traces {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Pair;
using Kind = Aggregation::Kind;

class TraceMetricsTest : public testing::TestWithParam<const char*> {
 protected:
  void SetUp() override {
    if (!database_.available()) GTEST_SKIP() << sql::TestDatabase::kSkipped;
    for (const auto all : {governance::migrations(), outbox::migrations(), tracking::migrations(), migrations()}) ASSERT_TRUE(sql::migrate(*db_, all));
    ASSERT_TRUE(tracking_.prepare());
  }
  static std::string id_of(int n) { return fmt::format("tr-{:032x}", n); }
  void trace(int n, TimeMs start_ms, std::optional<std::int64_t> duration_ms, std::string name, Words metadata = {}) {
    ASSERT_TRUE(service_.start({.id = id_of(n),
                                .experiment_id = "0",
                                .start_ms = start_ms,
                                .duration_ms = duration_ms,
                                .state = "OK",
                                .metadata = std::move(metadata),
                                .tags = {{"mlflow.traceName", std::move(name)}, {"host", fmt::format("gpu-{}", n)}}}));
  }
  void span(int trace, std::string name, std::int64_t took_ms, json::Object attributes) {
    constexpr std::int64_t kMs = 1'000'000;
    ASSERT_TRUE(service_.log_spans("0", {{.trace_id = id_of(trace),
                                          .span_id = fmt::format("{:016x}", ++spans_),
                                          .name = std::move(name),
                                          .start_ns = 1000 * kMs,
                                          .end_ns = (1000 + took_ms) * kMs,
                                          .attributes = std::move(attributes)}}));
  }
  MetricQuery asked(std::string view, std::string metric, std::vector<Aggregation> aggregations) {
    return {.experiment_ids = {"0"}, .view = std::move(view), .metric = std::move(metric), .aggregations = std::move(aggregations)};
  }
  std::string trouble(const MetricQuery& query) {
    const auto points = service_.metrics(query);
    return points ? "none" : points.error().message;
  }
  std::vector<std::string> ids(const Page<TraceInfo>& page) {
    std::vector<std::string> out;
    for (const auto& info : page.rows) out.push_back(info.id);
    return out;
  }
  std::vector<std::string> found(std::string filter) {
    const auto page = service_.search({.experiment_ids = {"0"}, .filter = std::move(filter)});
    return page ? ids(*page) : std::vector{page.error().message};
  }

  sql::TestDatabase database_{GetParam()};
  sql::Db* db_ = database_.db();
  std::unique_ptr<blob::Store> blobs_ = blob::open_memory();
  VirtualClock clock_{1000};
  tracking::Service tracking_{*db_, *blobs_, clock_};
  Service service_{*db_, clock_, tracking_};
  std::int64_t spans_ = 0;
};

TEST_P(TraceMetricsTest, LatenciesAreSummedUpByName) {
  trace(1, 1000, 100, "ask");
  trace(2, 2000, 200, "ask");
  trace(3, 3000, 400, "tell");
  trace(4, 4000, std::nullopt, "tell");
  auto query = asked("TRACES", "latency", {{Kind::avg}, {Kind::min}, {Kind::max}, {Kind::percentile, 50}, {Kind::percentile, 99.5}});
  const auto all = service_.metrics(query).value();
  ASSERT_EQ(all.size(), 1u);
  EXPECT_DOUBLE_EQ(all[0].values.at("AVG"), 700.0 / 3);
  EXPECT_EQ(all[0].values.at("MIN"), 100);
  EXPECT_EQ(all[0].values.at("MAX"), 400);
  EXPECT_EQ(all[0].values.at("P50.0"), 200);
  EXPECT_DOUBLE_EQ(all[0].values.at("P99.5"), 398);
  query.dimensions = {"trace_name"};
  const auto named = service_.metrics(query).value();
  ASSERT_EQ(named.size(), 2u);
  EXPECT_THAT(named[0].dimensions, ElementsAre(Pair("trace_name", "ask")));
  EXPECT_EQ(named[0].values.at("AVG"), 150);
  query.limit = 1;
  EXPECT_EQ(service_.metrics(query)->size(), 1u);
}

TEST_P(TraceMetricsTest, CountsGoByTimeAndFilter) {
  trace(1, 1000, 1, "ask", {{"mlflow.trace.session", "s1"}});
  trace(2, 1999, 1, "ask", {{"mlflow.trace.session", "s1"}});
  trace(3, 2000, 1, "tell", {{"mlflow.trace.session", "s2"}});
  auto query = asked("TRACES", "trace_count", {{Kind::count}});
  query.interval_s = 1;
  EXPECT_THAT(trouble(query), HasSubstr("start_time_ms and end_time_ms are required"));
  query.from_ms = 0;
  query.to_ms = 2000;
  const auto points = service_.metrics(query).value();
  ASSERT_EQ(points.size(), 2u);
  EXPECT_EQ(points[0].dimensions.at("time_bucket"), "1970-01-01T00:00:01+00:00");
  EXPECT_EQ(points[0].values.at("COUNT"), 2);
  query.interval_s.reset();
  query.filters = {"trace.tag.`mlflow.traceName` = 'ask'", "trace.metadata.mlflow.trace.session = 's1'", "trace.status = 'OK'"};
  EXPECT_EQ(service_.metrics(query)->front().values.at("COUNT"), 2);
  query.filters = {"trace.tag.host = 'nope'"};
  EXPECT_EQ(service_.metrics(query)->front().values.at("COUNT"), 0) << "nothing is a count, too";
  EXPECT_EQ(service_.metrics(asked("TRACES", "session_count", {{Kind::count}}))->front().values.at("COUNT"), 2);
}

TEST_P(TraceMetricsTest, TokensAndCostsAreReadOutOfWhatWasTold) {
  trace(1, 1000, 1, "ask", {{"mlflow.trace.tokenUsage", R"({"input_tokens": 3, "total_tokens": 7})"}});
  trace(2, 1000, 1, "ask", {{"mlflow.trace.tokenUsage", "no json"}});
  const auto tokens = service_.metrics(asked("TRACES", "total_tokens", {{Kind::sum}})).value();
  EXPECT_EQ(tokens.front().values.at("SUM"), 7);
  EXPECT_THAT(*service_.metrics(asked("TRACES", "output_tokens", {{Kind::sum}})), IsEmpty());
  const json::Object cost{{"mlflow.llm.cost", json::Object{{"input_cost", 0.25}, {"total_cost", 1.5}}}, {"mlflow.llm.model", "m1"}};
  span(1, "a", 10, cost);
  span(1, "b", 30, cost);
  span(1, "c", 30, {});
  auto query = asked("SPANS", "total_cost", {{Kind::sum}});
  query.dimensions = {"span_model_name"};
  const auto costs = service_.metrics(query).value();
  ASSERT_EQ(costs.size(), 1u);
  EXPECT_EQ(costs[0].dimensions.at("span_model_name"), "m1");
  EXPECT_EQ(costs[0].values.at("SUM"), 3);
  auto latency = asked("SPANS", "latency", {{Kind::max}});
  latency.filters = {"span.name = 'a'"};
  EXPECT_EQ(service_.metrics(latency)->front().values.at("MAX"), 10);
}

TEST_P(TraceMetricsTest, AssessmentsCountAsNumbers) {
  for (int n = 1; n <= 4; ++n) trace(n, 1000, 1, "ask");
  const json::Value values[] = {std::int64_t{4}, true, "No", "text"};
  for (int n = 1; n <= 4; ++n)
    ASSERT_TRUE(service_.assess({.trace_id = id_of(n), .name = "good", .kind = "feedback", .value = values[n - 1], .source_type = "HUMAN", .source_id = "me"}));
  const auto points = service_.metrics(asked("ASSESSMENTS", "assessment_value", {{Kind::avg}, {Kind::min}})).value();
  EXPECT_DOUBLE_EQ(points[0].values.at("AVG"), 5.0 / 3);
  EXPECT_EQ(points[0].values.at("MIN"), 0);
  auto counts = asked("ASSESSMENTS", "assessment_count", {{Kind::count}});
  counts.dimensions = {"assessment_value"};
  EXPECT_EQ(service_.metrics(counts)->size(), 4u);
}

TEST_P(TraceMetricsTest, WhatCannotBeMeasuredIsSaid) {
  EXPECT_THAT(trouble(asked("NOPE", "latency", {{Kind::avg}})), HasSubstr("view_type must be one of"));
  EXPECT_THAT(trouble(asked("TRACES", "nope", {{Kind::avg}})), HasSubstr("metric_name must be one of ['trace_count', "));
  EXPECT_THAT(trouble(asked("TRACES", "latency", {{Kind::sum}})), HasSubstr("Supported aggregation types: ['AVG', 'MAX', 'MIN', 'PERCENTILE']"));
  EXPECT_THAT(trouble(asked("TRACES", "latency", {{Kind::percentile, 101}})), HasSubstr("between 0 and 100"));
  auto query = asked("TRACES", "latency", {{Kind::avg}});
  query.dimensions = {"span_name"};
  EXPECT_THAT(trouble(query), HasSubstr("Found invalid dimension(s): ['span_name']"));
  query.dimensions.clear();
  for (const char* filter : {"", "trace", "nope.status = 'x'", "trace.tag = 'x'", "trace.status.k = 'x'", "trace.status = 5", "trace.status != 'x'",
                             "span.name = 'x'", "trace.status = 'a' AND trace.status = 'b'", "trace.status = 'x"}) {
    query.filters = {filter};
    EXPECT_EQ(service_.metrics(query).error().code, Code::invalid) << filter;
  }
}

TEST_P(TraceMetricsTest, PagesNeitherSkipNorRepeatWhileTracesArrive) {
  for (int n = 1; n <= 4; ++n) trace(n, n * 1000, n == 3 ? std::nullopt : std::optional<std::int64_t>(n), "ask");
  Search search{.experiment_ids = {"0"}, .limit = 2};
  auto page = service_.search(search).value();
  EXPECT_THAT(ids(page), ElementsAre(id_of(4), id_of(3)));
  trace(5, 9000, 5, "late");
  search.after = page.next;
  page = service_.search(search).value();
  EXPECT_THAT(ids(page), ElementsAre(id_of(2), id_of(1)));
  EXPECT_EQ(page.next, "");
  search.order_by = {"execution_time DESC", "tags.host ASC"};
  EXPECT_EQ(service_.search(search).error().code, Code::invalid) << "a token belongs to its search";
  std::vector<std::string> all;
  search.after.clear();
  do {
    page = service_.search(search).value();
    for (auto& id : ids(page)) all.push_back(id);
    search.after = page.next;
  } while (!page.next.empty());
  EXPECT_THAT(all, ElementsAre(id_of(5), id_of(4), id_of(2), id_of(1), id_of(3))) << "what is missing comes last";
}

TEST_P(TraceMetricsTest, FiltersKnowRegularExpressions) {
  for (int n = 1; n <= 3; ++n) trace(n, n * 1000, n, n == 3 ? "tell" : "ask");
  span(1, "model", 1, {{"k", "v7"}});
  EXPECT_THAT(found("tags.host RLIKE 'gpu-[12]'"), ElementsAre(id_of(2), id_of(1)));
  EXPECT_THAT(found("tags.host NOT RLIKE 'gpu-[12]'"), ElementsAre(id_of(3)));
  EXPECT_THAT(found("name RLIKE '^t'"), ElementsAre(id_of(3)));
  EXPECT_THAT(found("span.name RLIKE '^mo' AND span.attributes.k RLIKE '^v[0-9]$'"), ElementsAre(id_of(1)));
  EXPECT_THAT(found("name RLIKE '('"), ElementsAre(HasSubstr("no regular expression")));
}

INSTANTIATE_TEST_SUITE_P(Databases, TraceMetricsTest, testing::Values("SqliteMemory", "Postgres"), [](const auto& info) { return std::string(info.param); });

}  // namespace
}  // namespace gyre::traces
