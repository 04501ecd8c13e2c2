#include "tracking/filter.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace gyre::tracking {
namespace {

using testing::HasSubstr;

TEST(Filter, BecomesSqlWithBoundParameters) {
  const auto got = compile("metrics.auc > 0.9 AND params.`a b` = 'x' and tags.\"k.l\" != 'y' AND status = 'FINISHED'", run_fields(), 3).value();
  EXPECT_EQ(got.text,
            "(SELECT latest_value FROM metric_series WHERE run_id = r.id AND key = $3) > $4 AND (SELECT value FROM run_params WHERE run_id = r.id AND key = $5) = $6 AND "
            "(SELECT value FROM run_tags WHERE run_id = r.id AND key = $7) != $8 AND r.status = $9");
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
  EXPECT_FALSE(order_clause({"metrics.`a' desc; drop table runs`"}, run_fields(), "r.id"));
}

TEST(Filter, TroubleIsToldWithItsColumn) {
  for (const char* bad : {"metrics.auc", "metrics.auc >", "metrics.auc > 'x'", "params.a > 'x'", "params.a = 1", "nonsense = 1", "a.b.c = 1", "status = 'x' OR status = 'y'", "status = 'open",
                          "status ~ 'x'", "= 1", "metrics.a > 1 AND", "status IN 'x'", "status IN ()", "status IN ('a'", "run_id IS", "metrics.a LIKE 'x'", "metrics.a > 1e999x", ".", "(", "'", "\xff"}) {
    const auto got = compile(bad, run_fields());
    ASSERT_FALSE(got) << bad;
    EXPECT_EQ(got.error().code, Code::invalid) << bad;
    EXPECT_THAT(got.error().message, HasSubstr("column ")) << bad;
  }
  EXPECT_EQ(compile(std::string(30'000, 'a'), run_fields()).error().code, Code::invalid);
}

TEST(Order, PutsTheLastOneBehindAll) {
  EXPECT_EQ(order_clause({}, run_fields(), "r.id").value(), "r.id");
  EXPECT_THAT(order_clause({"metrics.auc DESC", "start_time"}, run_fields(), "r.id").value(), HasSubstr("DESC, "));
  EXPECT_EQ(order_clause({"nonsense"}, run_fields(), "r.id").error().code, Code::invalid);
}

}  // namespace
}  // namespace gyre::tracking
