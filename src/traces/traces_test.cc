#include "traces/traces.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "governance/governance.h"
#include "storage/sql/outbox.h"
#include "storage/sql/testing.h"

namespace gyre::traces {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr std::int64_t kMs = 1'000'000;

std::string trace_name(char digit) { return "tr-" + std::string(32, digit); }
std::string span_name(char digit) { return std::string(16, digit); }

Span span(char trace, char id, char parent, std::int64_t start_ms, std::int64_t end_ms, json::Object attributes = {}) {
  Span out{.trace_id = trace_name(trace),
           .span_id = span_name(id),
           .name = std::string(1, id),
           .start_ns = start_ms * kMs,
           .end_ns = end_ms * kMs,
           .attributes = std::move(attributes)};
  if (parent != 0) out.parent_id = span_name(parent);
  return out;
}

json::Object tokens(std::int64_t total) {
  return {{"mlflow.chat.tokenUsage", json::Object{{"input_tokens", std::int64_t{1}}, {"output_tokens", total - 1}, {"total_tokens", total}}}};
}

class TracesTest : public testing::TestWithParam<const char*> {
 protected:
  void SetUp() override {
    if (!database_.available()) GTEST_SKIP() << sql::TestDatabase::kSkipped;
    for (const auto all : {governance::migrations(), outbox::migrations(), tracking::migrations(), migrations()}) ASSERT_TRUE(sql::migrate(*db_, all));
    ASSERT_TRUE(tracking_.prepare());
  }
  std::vector<std::string> found(std::string filter, std::vector<std::string> order = {}) {
    const auto page = service_.search({.experiment_ids = {"0"}, .filter = std::move(filter), .order_by = std::move(order)});
    if (!page) return {page.error().message};
    std::vector<std::string> ids;
    for (const auto& info : page->rows) ids.push_back(info.id);
    return ids;
  }
  TraceInfo told(char trace) { return {.id = trace_name(trace), .experiment_id = "0", .start_ms = 5000, .duration_ms = 70, .state = "OK"}; }

  sql::TestDatabase database_{GetParam()};
  sql::Db* db_ = database_.db();
  std::unique_ptr<blob::Store> blobs_ = blob::open_memory();
  VirtualClock clock_{1000};
  tracking::Service tracking_{*db_, *blobs_, clock_};
  Service service_{*db_, clock_, tracking_};
};

TEST_P(TracesTest, SpansComeInAnyOrderAndWidenTheirTrace) {
  ASSERT_TRUE(service_.log_spans("0", {span('1', 'b', 'a', 2000, 3000)}));
  EXPECT_EQ(service_.info(trace_name('1'))->state, "IN_PROGRESS");
  ASSERT_TRUE(service_.log_spans("0", {span('1', 'a', 0, 1000, 2500), span('1', 'c', 'a', 2000, 4000)}));
  const auto info = service_.info(trace_name('1')).value();
  EXPECT_EQ(info.state, "OK");
  EXPECT_EQ(info.start_ms, 1000);
  EXPECT_EQ(info.duration_ms, 3000);
  const auto trace = service_.trace(trace_name('1'), false).value();
  ASSERT_EQ(trace.spans.size(), 3u);
  EXPECT_EQ(from_content(trace.spans[0])->span_id, span_name('a')) << "the root comes first";
}

TEST_P(TracesTest, TheClientsWordWinsWhicheverComesFirst) {
  ASSERT_TRUE(service_.start(told('1')));
  ASSERT_TRUE(service_.log_spans("0", {span('1', 'a', 0, 1000, 9000)}));
  ASSERT_TRUE(service_.log_spans("0", {span('2', 'a', 0, 1000, 9000)}));
  ASSERT_TRUE(service_.start(told('2')));
  for (const char trace : {'1', '2'}) {
    const auto info = service_.info(trace_name(trace)).value();
    EXPECT_EQ(info.start_ms, 5000);
    EXPECT_EQ(info.duration_ms, 70);
  }
}

TEST_P(TracesTest, ASpanSentAgainIsReplaced) {
  auto first = span('1', 'a', 0, 1000, 2000);
  ASSERT_TRUE(service_.log_spans("0", {first, first}));
  first.name = "renamed";
  ASSERT_TRUE(service_.log_spans("0", {first}));
  const auto trace = service_.trace(trace_name('1'), false).value();
  ASSERT_EQ(trace.spans.size(), 1u);
  EXPECT_EQ(from_content(trace.spans[0])->name, "renamed");
}

TEST_P(TracesTest, TokensAreCountedOnceInATree) {
  ASSERT_TRUE(service_.log_spans("0", {span('1', 'a', 0, 1, 9), span('1', 'b', 'a', 1, 9, tokens(10)), span('1', 'c', 'b', 1, 9, tokens(7))}));
  ASSERT_TRUE(service_.log_spans("0", {span('1', 'd', 'a', 1, 9, tokens(5))}));
  EXPECT_EQ(service_.info(trace_name('1'))->metadata["mlflow.trace.tokenUsage"], R"({"input_tokens": 2, "output_tokens": 13, "total_tokens": 15})");
  auto info = told('1');
  info.metadata["mlflow.trace.tokenUsage"] = "told";
  ASSERT_TRUE(service_.start(info));
  ASSERT_TRUE(service_.log_spans("0", {span('1', 'e', 'a', 1, 9, tokens(5))}));
  EXPECT_EQ(service_.info(trace_name('1'))->metadata["mlflow.trace.tokenUsage"], "told");
}

TEST_P(TracesTest, SpansWithParentsInACircleAreTaken) {
  ASSERT_TRUE(service_.log_spans("0", {span('1', 'a', 'b', 1, 9, tokens(3)), span('1', 'b', 'a', 1, 9)}));
  EXPECT_EQ(service_.trace(trace_name('1'), false)->spans.size(), 2u);
}

TEST_P(TracesTest, BoundsAreKept) {
  EXPECT_EQ(service_.log_spans("0", std::vector<Span>(kMaxSpansPerRequest + 1)).error().code, Code::invalid);
  auto large = span('1', 'a', 0, 1, 2, {{"x", std::string(kMaxSpanBytes, 'x')}});
  EXPECT_EQ(service_.log_spans("0", {span('1', 'b', 0, 1, 2), large}).error().code, Code::invalid);
  EXPECT_EQ(service_.info(trace_name('1')).error().code, Code::not_found) << "all or nothing";
  auto info = told('1');
  info.tags["k"] = std::string(kMaxValueLength, 'v') + "ä";
  info.request_preview = std::string(kMaxPreviewLength * 2, 'p');
  const auto kept = service_.start(info).value();
  EXPECT_EQ(kept.tags.at("k").size(), kMaxValueLength);
  EXPECT_EQ(kept.request_preview->size(), kMaxPreviewLength);
  EXPECT_EQ(service_.infos(std::vector<std::string>(kMaxTracesPerRead + 1, "x")).error().code, Code::invalid);
  EXPECT_EQ(service_.search({.experiment_ids = {"0"}, .limit = kMaxSearchResults + 1}).error().code, Code::invalid);
}

TEST_P(TracesTest, WhatNoDatabaseHoldsInTextIsReplaced) {
  auto with_nul = span('1', 'a', 0, 1, 2, {{"k", std::string("a\0b", 3)}, {"slashes", std::string("\\\\u0000")}});
  with_nul.name = std::string("n\0", 2);
  with_nul.events.push_back({std::string("e\0", 2), 1, {{"x", std::string("\0", 1)}}});
  ASSERT_TRUE(service_.log_spans("0", {with_nul}));
  EXPECT_THAT(found("span.attributes.k LIKE 'a%' AND span.attributes.slashes != 'x'"), ElementsAre(trace_name('1')));
}

TEST_P(TracesTest, ASpansContentIsReadAsItWasWritten) {
  auto whole = span('1', 'a', 'b', 1, 2, {{"text", "t"}, {"list", json::Array{std::int64_t{1}, 2.5, nullptr}}, {"encoded", R"({"a": 1})"}, {"truth", true}});
  whole.status = "ERROR";
  whole.status_message = "why";
  whole.events.push_back({"e", 7, {{"k", "v"}}});
  whole.links.push_back({trace_name('2'), span_name('3'), {{"k", std::int64_t{1}}}});
  const auto read = from_content(to_content(whole)).value();
  EXPECT_EQ(read.trace_id, whole.trace_id);
  EXPECT_EQ(read.parent_id, whole.parent_id);
  EXPECT_EQ(read.end_ns, whole.end_ns);
  EXPECT_EQ(read.status + read.status_message, "ERRORwhy");
  ASSERT_EQ(read.attributes.size(), 4u);
  EXPECT_EQ(read.attributes[1].second, whole.attributes[1].second);
  EXPECT_EQ(read.attributes[2].second["a"].int_or(0), 1) << "what the client had encoded is one value";
  EXPECT_EQ(read.events[0].attributes, whole.events[0].attributes);
  EXPECT_EQ(read.links[0].span_id, span_name('3'));
}

TEST_P(TracesTest, SearchesGoByOneSpanAndByTheWhole) {
  ASSERT_TRUE(service_.log_spans(
      "0", {span('1', 'a', 0, 1000, 2000, {{"k", "x"}}), span('1', 'b', 'a', 1000, 2000, {{"k", "y"}}), span('2', 'a', 0, 3000, 3500, {{"k", "y"}})}));
  const auto one = trace_name('1'), two = trace_name('2');
  EXPECT_THAT(found(""), ElementsAre(two, one));
  EXPECT_THAT(found("", {"timestamp ASC"}), ElementsAre(one, two));
  EXPECT_THAT(found("span.name = 'a' AND span.attributes.k = 'y'"), ElementsAre(two));
  EXPECT_THAT(found("span.attributes.k = 'x' OR execution_time < 600"), ElementsAre(two, one));
  EXPECT_THAT(found("NOT span.attributes.k = 'x'"), ElementsAre(two));
  EXPECT_THAT(found("NOT (span.name = 'b') AND status IN ('OK')"), ElementsAre(two));
  EXPECT_THAT(found("span.name = 'it''s'"), ElementsAre(testing::HasSubstr("Invalid clause(s)")));
  EXPECT_THAT(found("tags.'; DROP TABLE traces; --' = 'x'"), IsEmpty());
  EXPECT_THAT(found(std::string(100, '(') + "name = 'a'"), ElementsAre(testing::HasSubstr("parentheses")));
}

TEST_P(TracesTest, AssessmentsComeWithTheirTraceAndGoWithIt) {
  ASSERT_TRUE(service_.start(told('1')));
  const auto made =
      service_.assess({.trace_id = trace_name('1'), .name = "n", .kind = "feedback", .value = std::int64_t{3}, .source_type = "HUMAN", .source_id = "me"})
          .value();
  EXPECT_EQ(made.created_ms, 1000);
  ASSERT_EQ(service_.info(trace_name('1'))->assessments.size(), 1u);
  EXPECT_THAT(found("feedback.n >= 3"), ElementsAre(trace_name('1')));
  EXPECT_THAT(found("feedback.n > 3"), IsEmpty());
  auto stranger = told('2');
  stranger.assessments.push_back(made);  // another trace cannot take it over
  stranger.assessments[0].value = std::int64_t{9};
  ASSERT_TRUE(service_.start(stranger));
  EXPECT_EQ(service_.assessment(trace_name('1'), made.id)->value.int_or(0), 3);
  EXPECT_EQ(service_.remove({.experiment_id = "0", .trace_ids = {trace_name('1')}}), 1);
  EXPECT_EQ(service_.assessment(trace_name('1'), made.id).error().code, Code::not_found);
}

TEST_P(TracesTest, RemovalTakesTheOldestAndAllOfThem) {
  for (const char trace : {'1', '2', '3'}) ASSERT_TRUE(service_.log_spans("0", {span(trace, 'a', 0, trace * 1000, trace * 1000 + 5)}));
  EXPECT_EQ(service_.remove({.experiment_id = "1", .until_ms = 1'000'000}), 0) << "another experiment's stay";
  EXPECT_EQ(service_.remove({.experiment_id = "0", .until_ms = 1'000'000, .most = 1}), 1);
  EXPECT_THAT(found(""), ElementsAre(trace_name('3'), trace_name('2')));
  EXPECT_EQ(service_.remove({.experiment_id = "0", .until_ms = 1'000'000}), 2);
  const auto sound = service_.verify().value();
  EXPECT_EQ(sound.checked, 0);
  EXPECT_THAT(sound.problems, IsEmpty());
}

TEST_P(TracesTest, CorrelationIsOneForTheSameAndMinusOneForTheApart) {
  for (const char trace : {'1', '2', '3', '4'}) ASSERT_TRUE(service_.log_spans("0", {span(trace, 'a', 0, trace, trace)}));
  ASSERT_TRUE(service_.set_tag(trace_name('1'), "a", "x"));
  ASSERT_TRUE(service_.set_tag(trace_name('1'), "b", "x"));
  ASSERT_TRUE(service_.set_tag(trace_name('2'), "c", "x"));
  EXPECT_DOUBLE_EQ(service_.correlation({{"0"}, "tags.a = 'x'", "tags.b = 'x'", ""})->npmi, 1);
  EXPECT_DOUBLE_EQ(service_.correlation({{"0"}, "tags.a = 'x'", "tags.c = 'x'", ""})->npmi, -1);
  EXPECT_TRUE(std::isnan(service_.correlation({{"0"}, "tags.a = 'x'", "tags.z = 'x'", ""})->npmi));
  EXPECT_EQ(service_.correlation({{"0"}, "tags.a = 'x'", "tags.a = 'x'", "tags.b = 'x'"})->total, 1);
}

INSTANTIATE_TEST_SUITE_P(Databases, TracesTest, testing::Values("SqliteMemory", "Postgres"), [](const auto& info) { return std::string(info.param); });

}  // namespace
}  // namespace gyre::traces
