#include "tracking/filter.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tracking/filter_times.h"

namespace gyre::tracking {
namespace {

using testing::HasSubstr;

TEST(Filter, BecomesSqlWithBoundParameters) {
  const auto got = compile("metrics.auc > 0.9 AND params.`a b` = 'x' and tags.\"k.l\" != 'y' AND status = 'FINISHED'", run_fields(), 3).value();
  EXPECT_EQ(got.text,
            "((SELECT latest_value FROM metric_series WHERE run_id = r.id AND key = $3) > CAST($4 AS DOUBLE PRECISION) AND (SELECT value FROM run_params WHERE "
            "run_id = r.id AND key = $5) = $6 AND "
            "(SELECT value FROM run_tags WHERE run_id = r.id AND key = $7) != $8 AND r.status = $9)");
  ASSERT_EQ(got.values.size(), 7u);
  EXPECT_EQ(std::get<std::string>(got.values[0]), "auc");
  EXPECT_EQ(std::get<double>(got.values[1]), 0.9);
}

TEST(Filter, OfNothingIsTrue) {
  EXPECT_EQ(compile("", run_fields())->text, "1 = 1");
  EXPECT_EQ(compile("  ", run_fields())->values.size(), 0u);
}

TEST(Filter, TextNeverBecomesSql) {
  const auto got = compile("tags.x = '''; DROP TABLE runs; --'", run_fields());
  if (got) EXPECT_EQ(got->text.find("DROP"), std::string::npos);
  const auto quoted = compile("tags.`x' OR 1=1` = \"a' OR '1'='1\"", run_fields()).value();
  EXPECT_EQ(quoted.text.find("1=1"), std::string::npos);
  const auto order = order_clause({"metrics.`a' desc; drop table runs`"}, run_fields(), "r.id").value();
  EXPECT_EQ(order.text.find("drop"), std::string::npos);
  EXPECT_EQ(std::get<std::string>(order.values.at(0)), "a' desc; drop table runs");
}

TEST(Filter, TroubleTellsWhatMayBeMeant) {
  const auto fix = [](std::string_view filter, const Fields& fields = run_fields()) { return compile(filter, fields).error().fix; };
  EXPECT_EQ(fix("auc > 0.5"), "did you mean metrics.auc, params.auc or tags.auc? A text stands in quotes: 'auc'");
  EXPECT_EQ(fix("statu = 'FAILED'"), "did you mean 'status'?");
  EXPECT_THAT(fix("status = FAILED"), HasSubstr("A text stands in quotes: 'FAILED'"));
  EXPECT_EQ(fix("start_time > 2026-11-01"), "a time stands in quotes: '2026-11-01'");
  EXPECT_EQ(fix("start_time > 2026-11-01T08:30"), "a time stands in quotes: '2026-11-01T08:30'");
  EXPECT_EQ(fix("duration > 1h30m"), "a duration stands in quotes: '1h30m'");
  EXPECT_EQ(fix("metrics.a > 3x"), "");
  EXPECT_EQ(fix("child.F = 'x'"), "of a child its attributes are asked: child.status = 'FAILED'");
  EXPECT_EQ(fix("parent.statsu = 'x'"), "did you mean 'status'? of a parent its attributes are asked: parent.status = 'FAILED'");
  EXPECT_EQ(fix("nope = 'x'", experiment_fields()), "") << "what MLflow says of them stays";
}

TEST(Filter, TroubleNamesCharactersAndNoHalves) {
  EXPECT_THAT(compile("é = 1", run_fields()).error().message, HasSubstr("'é' is not expected"));
  EXPECT_THAT(compile("metrics.a > €", run_fields()).error().message, HasSubstr("'€' is not expected"));
}

TEST(Filter, OrdersAreBounded) {
  EXPECT_TRUE(order_keys(std::vector<std::string>(64, "metrics.a DESC"), run_fields(), 1));
  EXPECT_EQ(order_keys(std::vector<std::string>(65, "metrics.a DESC"), run_fields(), 1).error().code, Code::invalid);
  EXPECT_EQ(order_keys(std::vector<std::string>(65, "1"), run_fields(), 1).error().code, Code::invalid);
}

TEST(Filter, TroubleIsToldWithItsColumn) {
  for (const char* bad : {"metrics.auc",
                          "metrics.auc >",
                          "metrics.auc > 'x'",
                          "params.a > 'x'",
                          "params.a = 1",
                          "nonsense = 1",
                          "a.b.c = 1",
                          "status = 'open",
                          "status ~ 'x'",
                          "= 1",
                          "metrics.a > 1 AND",
                          "metrics.a > 1 metrics.b > 2",
                          "status IN 'x'",
                          "status IN ()",
                          "status IN ('a'",
                          "run_id IS",
                          "metrics.a LIKE 'x'",
                          "metrics.a > 1e999x",
                          "metrics.a > 1e999",
                          ".",
                          "(",
                          "'",
                          "\xff",
                          "(metrics.a > 1",
                          "NOT",
                          "NOT metrics.a",
                          "metrics.a + > 1",
                          "status + 1 > 2",
                          "start_time > '2026-13-01'",
                          "start_time > 'soon'",
                          "duration > '2 parsecs'",
                          "now() > ",
                          "now( > 1",
                          "start_time * 2 > 1",
                          "start_time + start_time > 1",
                          "dataset.size = 'x'",
                          "tags.a RLIKE '('",
                          "tags.a RLIKE 'a{9}{9}'",
                          "tags.a NOT = 'x'",
                          "'x' IS NULL",
                          "(metrics.a > 1) > 2",
                          "metrics. > 1",
                          "params.a.= 'x'"}) {
    const auto got = compile(bad, run_fields());
    ASSERT_FALSE(got) << bad;
    EXPECT_EQ(got.error().code, Code::invalid) << bad;
    EXPECT_THAT(got.error().message, HasSubstr("column ")) << bad;
  }
  EXPECT_THAT(compile("metrics.a >    'x'", run_fields()).error().message, HasSubstr("column 16: expected a number"));
  EXPECT_EQ(compile(std::string(30'000, 'a'), run_fields()).error().code, Code::invalid);
}

TEST(Filter, DepthAndLengthAreBounded) {
  std::string deep, wide = "metrics.a > 1", sum = "metrics.a";
  for (int i = 0; i < 60; ++i) deep += '(';
  for (int i = 0; i < 1200; ++i) wide += " OR a='";
  for (int i = 0; i < 60; ++i) sum += " + 1";
  EXPECT_FALSE(compile(deep + "metrics.a > 1" + std::string(60, ')'), run_fields()));
  EXPECT_FALSE(compile(wide, run_fields()));
  EXPECT_FALSE(compile(sum + " > 1", run_fields()));
  EXPECT_TRUE(compile(std::string(40, '(') + "metrics.a > 1" + std::string(40, ')'), run_fields()));
}

TEST(Order, PutsTheLastOneBehindAll) {
  EXPECT_EQ(order_clause({}, run_fields(), "r.id")->text, "r.id");
  EXPECT_THAT(order_clause({"metrics.auc DESC", "start_time"}, run_fields(), "r.id")->text, HasSubstr("DESC, "));
  for (const char* bad : {"nonsense", "metrics.a SIDEWAYS", "", "'x'", "dataset.name", "metrics.a > 1"})
    EXPECT_EQ(order_clause({bad}, run_fields(), "r.id").error().code, Code::invalid) << bad;
}

TEST(FilterTimes, AreReadAsPeopleWriteThem) {
  EXPECT_EQ(parse_time("1970-01-02"), 86'400'000);
  EXPECT_EQ(parse_time("1970-01-01T01:02"), 3'720'000);
  EXPECT_EQ(parse_time("1970-01-01 00:00:01.250Z"), 1250);
  for (const char* bad : {"", "1970", "1970-1-1", "1970-02-30", "1970-01-01T24:00", "1970-01-01T1:00", "1970-01-01x", "1970-01-01T00:00:61"})
    EXPECT_EQ(parse_time(bad), std::nullopt) << bad;
  EXPECT_EQ(parse_duration_ms("1h30m"), 5'400'000);
  EXPECT_EQ(parse_duration_ms("500ms"), 500);
  EXPECT_EQ(parse_duration_ms("-2w"), -1'209'600'000);
  for (const char* bad : {"", "-", "5", "h", "5x", "1h 5m", "99999999999999999999d"}) EXPECT_EQ(parse_duration_ms(bad), std::nullopt) << bad;
}

TEST(Filter, ARegularExpressionThatIsNotSupportedIsNamedWithItsColumn) {
  const auto got = compile("tags.a RLIKE '(a)\\1'", run_fields());
  ASSERT_FALSE(got);
  EXPECT_THAT(got.error().message, testing::AllOf(testing::HasSubstr("column 18:"), testing::HasSubstr("no back-reference")));
}

}  // namespace
}  // namespace gyre::tracking
