#include "app/demo/feed.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/file.h"
#include "governance/governance.h"
#include "storage/sql/outbox.h"
#include "storage/sql/sqlite.h"

namespace gyre::demo {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr TimeMs kNewYear = 978'307'200'000;

// Ten days of slices, one row each.
class FeedTest : public testing::Test {
 protected:
  void SetUp() override {
    for (const auto all : {outbox::migrations(), governance::migrations(), datasets::migrations()}) ASSERT_TRUE(sql::migrate(*db_, all));
    for (auto day = kNewYear; day < kNewYear + 10 * kDayMs; day += kDayMs) {
      for (const auto& file : {flights_of(slices_, day), labels_of(slices_, day)}) {
        ASSERT_TRUE(make_folders(file.parent_path()));
        ASSERT_TRUE(query::execute(*engine_, fmt::format("COPY (SELECT {} AS flight_id) TO {} (FORMAT parquet)", day / kDayMs, query::quote(file.string()))));
      }
    }
    ASSERT_TRUE(datasets_.create_repo(kRepository, "user:test"));
  }

  std::vector<std::string> paths() {
    std::vector<std::string> paths;
    for (const auto& file : datasets_.files("flights@main").value()) paths.push_back(file.path);
    return paths;
  }
  std::size_t commits() { return datasets_.log("flights@main", 100)->size(); }

  const ScratchFolder folder_;
  const std::filesystem::path slices_ = folder_.path() / "slices";
  std::unique_ptr<sql::Db> db_ = sql::open_sqlite(":memory:").value();
  std::unique_ptr<blob::Store> blobs_ = blob::open_local(folder_.path() / "blobs").value();
  std::unique_ptr<query::Engine> engine_ = query::open({});
  VirtualClock clock_{kNewYear};
  datasets::Service datasets_{*db_, *blobs_, *engine_, clock_, folder_.path() / "cache"};
  Feed feed_{datasets_, slices_};
};

TEST_F(FeedTest, ADayKnowsYesterdaysFlightsAndTheDayBeforesLabels) {
  ASSERT_TRUE(feed_.commit_known(kNewYear, kNewYear + kDayMs));
  EXPECT_THAT(paths(), ElementsAre("flights/2001-01-01.parquet"));
  ASSERT_TRUE(feed_.commit_known(kNewYear + kDayMs, kNewYear + 2 * kDayMs));
  EXPECT_THAT(paths(), ElementsAre("flights/2001-01-01.parquet", "flights/2001-01-02.parquet", "labels/2001-01-01.parquet"));
}

TEST_F(FeedTest, AWeekIsOneCommitOfAllThatBecameKnown) {
  ASSERT_TRUE(feed_.commit_known(kNewYear, kNewYear + 7 * kDayMs));
  EXPECT_EQ(commits(), 1U);
  EXPECT_EQ(paths().size(), 7U + 6U);
  EXPECT_EQ(paths().back(), "labels/2001-01-06.parquet") << "that of the 7th is known on the 9th";
}

TEST_F(FeedTest, RepeatedItCommitsNothingNew) {
  ASSERT_TRUE(feed_.commit_known(kNewYear, kNewYear + 2 * kDayMs));
  ASSERT_TRUE(feed_.commit_known(kNewYear, kNewYear + 2 * kDayMs));
  EXPECT_EQ(commits(), 1U);
}

TEST_F(FeedTest, ADayWithoutFlightsIsNoCommit) {
  ASSERT_TRUE(feed_.commit_known(kNewYear + 30 * kDayMs, kNewYear + 31 * kDayMs));
  EXPECT_FALSE(datasets_.resolve("flights@main"));
}

}  // namespace
}  // namespace gyre::demo
