// The counting engine around the real one: it answers as that does, and counts what it did.
#include "query/counted.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/file.h"

namespace gyre::query {
namespace {

class CountedEngineTest : public testing::Test {
 protected:
  const ScratchFolder folder_;
  Counters counters_;
  const std::unique_ptr<Engine> engine_ = make_counted(open({}), counters_);
};

TEST_F(CountedEngineTest, StatementsAndTheirRowsAreCounted) {
  EXPECT_EQ(fetch(*engine_, "SELECT i FROM range(5000) r(i) WHERE i % 2 = $1", {1})->rows.size(), 2500u);
  ASSERT_TRUE(execute(*engine_, "SELECT 1"));
  EXPECT_EQ(counters_.statements.read().calls, 2);
  EXPECT_EQ(counters_.statements.read().failures, 0);
  EXPECT_GE(counters_.rows, 2500);
  EXPECT_GT(counters_.statements.read().seconds, 0);
}

TEST_F(CountedEngineTest, FailuresComeThroughAndAreCounted) {
  EXPECT_EQ(fetch(*engine_, "SELECT nothing FROM nowhere").error().code, Code::invalid);
  const auto stopped =
      engine_->run("SELECT * FROM range(10)", {}, [](const auto&) {}, [](const Block&) -> Result<void> { return fail(Code::exhausted, "enough"); });
  EXPECT_EQ(stopped.error().message, "enough");
  const auto cancelled = engine_->run(
      "SELECT count(*) FROM range(100000000) a, range(100000) b", {}, [](const auto&) {}, [](const Block&) { return Result<void>(); },
      {.cancelled = [] { return true; }, .progress = {}});
  EXPECT_EQ(cancelled.error().code, Code::cancelled);
  EXPECT_EQ(counters_.statements.read().calls, 3);
  EXPECT_EQ(counters_.statements.read().failures, 3);
}

TEST_F(CountedEngineTest, FilesCountWhenTheyAreWritten) {
  const auto file = folder_.path() / "rows.parquet";
  auto writer = engine_->write_parquet(file, {{"n", Type::integer, "BIGINT"}}).value();
  Block block{3, std::vector<ColumnData>(1)};
  block.columns[0].integers = {1, 2, 3};
  ASSERT_TRUE(writer->append(block));
  EXPECT_EQ(counters_.files_written.read().calls, 0);
  ASSERT_TRUE(writer->finish());
  EXPECT_EQ(counters_.files_written.read().calls, 1);
  EXPECT_EQ(describe(*engine_, file, "parquet")->rows, 3);
}

}  // namespace
}  // namespace gyre::query
