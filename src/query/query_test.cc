#include "query/query.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "base/file.h"

namespace gyre::query {
namespace {

class QueryTest : public testing::Test {
 protected:
  const ScratchFolder folder_;
  std::unique_ptr<Engine> engine_ = open({});
};

TEST_F(QueryTest, ValuesOfEachTypeArrive) {
  const auto table =
      fetch(*engine_,
            "SELECT true, 7::TINYINT, 1.5::FLOAT, 2.25::DECIMAL(9,2), 'a longer text than twelve', TIMESTAMP '2001-04-01 12:00:00', NULL::INTEGER, $1, $2",
            {"x", std::int64_t{1} << 60})
          .value();
  const auto& row = table.rows.front();
  EXPECT_EQ(row[0], json::Value(true));
  EXPECT_EQ(row[1].int_or(0), 7);
  EXPECT_EQ(row[2].number_or(0), 1.5);
  EXPECT_EQ(row[3].number_or(0), 2.25);
  EXPECT_EQ(row[4].string_or(""), "a longer text than twelve");
  EXPECT_EQ(row[5].string_or(""), "2001-04-01T12:00:00.000Z");
  EXPECT_TRUE(row[6].is_null());
  EXPECT_EQ(row[7].string_or(""), "x");
  EXPECT_EQ(row[8].int_or(0), std::int64_t{1} << 60);
}

TEST_F(QueryTest, WordsOfAnEnumerationArriveAsText) {
  const auto table = fetch(*engine_, "SELECT unnest([NULL, 'late', 'early'])::ENUM ('early', 'late') AS word").value();
  EXPECT_EQ(table.columns.front().type, Type::text);
  ASSERT_EQ(table.rows.size(), 3u);
  EXPECT_TRUE(table.rows[0][0].is_null());
  EXPECT_EQ(table.rows[1][0].string_or(""), "late");
  EXPECT_EQ(table.rows[2][0].string_or(""), "early");
}

TEST_F(QueryTest, ParquetGoesOutAndComesBack) {
  const auto file = folder_.path() / "rows.parquet";
  auto writer = engine_->write_parquet(file, {{"id", Type::text, "VARCHAR"}, {"p", Type::real, "FLOAT"}, {"n", Type::integer, "BIGINT"}}).value();
  Block block{.rows = 2, .columns = std::vector<ColumnData>(3)};
  block.columns[0].texts = {"a", "b"};
  block.columns[1].reals = {0.5, 0};
  block.columns[1].nulls = {false, true};
  block.columns[2].integers = {1, INT64_MAX};
  ASSERT_TRUE(writer->append(block));
  ASSERT_TRUE(writer->finish());
  const auto shape = describe(*engine_, file, "parquet").value();
  EXPECT_EQ(shape.rows, 2);
  EXPECT_EQ(shape.columns[1].sql_type, "FLOAT");
  const auto table = fetch(*engine_, "SELECT id, p, n FROM read_parquet(" + quote(file.string()) + ") ORDER BY id").value();
  EXPECT_TRUE(table.rows[1][1].is_null());
  EXPECT_EQ(table.rows[1][2].int_or(0), INT64_MAX);
}

TEST_F(QueryTest, TroubleIsToldInWords) {
  EXPECT_EQ(fetch(*engine_, "SELECT nonsense").error().code, Code::invalid);
  ASSERT_TRUE(write_file_durably(folder_.path() / "bad.parquet", "not parquet"));
  EXPECT_EQ(describe(*engine_, folder_.path() / "bad.parquet", "parquet").error().code, Code::invalid);
  EXPECT_EQ(fetch(*engine_, "SELECT $1").error().code, Code::invalid);
}

TEST_F(QueryTest, ALongQueryIsCancelled) {
  // It would take days.
  const auto outcome = engine_->run(
      "SELECT COUNT(*) FROM range(1000000000) a, range(1000000) b WHERE a.range + b.range = 7", {}, [](const auto&) {},
      [](const Block&) -> Result<void> { return {}; }, {.cancelled = [] { return true; }, .progress = {}});
  EXPECT_EQ(outcome.error().code, Code::cancelled);
}

TEST_F(QueryTest, MemoryIsBounded) {
  const auto small = open({.memory_bytes = 32 << 20});
  const auto outcome = small->run(
      "SELECT string_agg(range::VARCHAR || repeat('x', 1000), ',') FROM range(200000)", {}, [](const auto&) {}, [](const Block&) { return Result<void>(); });
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().code, Code::exhausted) << outcome.error().message;
  EXPECT_EQ(fetch(*small, "SELECT 1").value().rows.size(), 1u);  // and the engine goes on
}

TEST_F(QueryTest, ProgressIsToldAndEndsBelowTheWhole) {
  const auto file = folder_.path() / "rows.parquet";
  ASSERT_TRUE(execute(*engine_, "COPY (SELECT range AS i FROM range(400000)) TO " + quote(file.string()) + " (FORMAT parquet, ROW_GROUP_SIZE 2048)"));
  std::vector<double> told;
  const auto outcome = engine_->run(
      "SELECT count(*) FROM read_parquet(" + quote(file.string()) + ") a, range(1000000) b WHERE a.i + b.range = 7", {}, [](const auto&) {},
      [](const Block&) { return Result<void>(); },
      {.cancelled = [&] { return told.size() >= 5; }, .progress = [&](double percent) { told.push_back(percent); }});
  EXPECT_EQ(outcome.error().code, Code::cancelled);
  EXPECT_GE(told.size(), 5u);
  EXPECT_TRUE(std::ranges::is_sorted(told));
  EXPECT_LE(told.back(), 100);
}

TEST_F(QueryTest, CsvIsReadInPlace) {
  ASSERT_TRUE(write_file_durably(folder_.path() / "it's.csv", "a,b\n1,x\n2,y\n"));
  const auto shape = describe(*engine_, folder_.path() / "it's.csv", "csv").value();
  EXPECT_EQ(shape.rows, 2);
  EXPECT_EQ(shape.columns[0].type, Type::integer);
}

}  // namespace
}  // namespace gyre::query
