#include "tracking/file_owner.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tracking/retention_testing.h"

namespace gyre::tracking {
namespace {

class FileOwnerTest : public RetentionTest {
 protected:
  Code refused(const std::string& path) {
    const auto outcome = check_owner(*db_, "artifacts/" + path);
    EXPECT_FALSE(outcome) << path;
    return outcome ? Code::internal : outcome.error().code;
  }
  bool is_taken(const std::string& path) { return check_owner(*db_, "artifacts/" + path).has_value(); }
};

TEST_P(FileOwnerTest, ARunsFilesLieInItsOwnFolderAndNowhereElse) {
  const auto run = new_run(), none = std::string(32, 'a');
  const auto model = service_.create_logged_model({.experiment_id = "0", .name = "m", .source_run_id = run}).value().id;
  for (const auto& path : {"0/" + run + "/artifacts/x", "0/" + run + "/other.txt", "0/models/" + model + "/artifacts/x", "0/models/" + model + "/beside",
                           "0/" + run + "/artifacts/" + none + "/x", "elsewhere/" + none + "/x", std::string("0/traces/tr-1/artifacts/traces.json")})
    EXPECT_TRUE(is_taken(path)) << path;
  for (const auto& path : {"00/" + run + "/artifacts/x", "5/" + run + "/x", "0/" + run, "backup/" + none + "/" + run + "/x", "00/models/" + model + "/x"})
    EXPECT_EQ(refused(path), Code::invalid) << path;
  for (const auto& path : {"0/" + none + "/artifacts/x", "0/" + none + "/other.txt", "0/" + none, "0/models/m-" + none + "/x"})
    EXPECT_EQ(refused(path), Code::not_found) << path;
}

TEST_P(FileOwnerTest, WhatLiesBesideARunsArtifactsGoesWithItAndCountsInQuotas) {
  const auto run = new_run();
  const auto uri = service_.run(run).value().info.artifact_uri;
  put_file(uri.substr(0, uri.rfind('/')), "other.txt");
  ASSERT_TRUE(retention_.set_quota({.experiment_id = "0", .bytes = 100}, "user:local"));
  settle(retention_);
  EXPECT_EQ(retention_.quotas()->at(0).use.bytes, 14);
  ASSERT_TRUE(service_.set_run_deleted(run, true));
  pass(kWindow);
  EXPECT_EQ(files(), 0u);
  EXPECT_EQ(refused("0/" + run + "/other.txt"), Code::not_found) << "it does not come back";
}

INSTANTIATE_TEST_SUITE_P(Databases, FileOwnerTest, testing::Values("SqliteMemory", "Postgres"), [](const auto& info) { return std::string(info.param); });

}  // namespace
}  // namespace gyre::tracking
