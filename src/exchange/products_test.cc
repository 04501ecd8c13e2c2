// Files that other products wrote: W&B 0.31 offline, tensorboardX 2.6, Neptune's exporter (its schema, written by pyarrow), and a table.
#include <gmock/gmock.h>

#include <cmath>
#include <cstdlib>
#include <fstream>

#include "exchange/testing.h"

namespace gyre::exchange {
namespace {

using testing::Contains;
using testing::Field;
using testing::HasSubstr;

namespace fs = std::filesystem;

class ProductsTest : public testing::Test {
 protected:
  void SetUp() override {
    const char* models = std::getenv("GYRE_TEST_DATA");
    if (!models) GTEST_SKIP() << "GYRE_TEST_DATA names no folder";
    data_ = fs::path(models).parent_path().parent_path() / "exchange" / "testdata";
    ASSERT_TRUE(house_.open());
  }
  Report moved(const fs::path& place) {
    auto report = house_.import(place.string());
    EXPECT_TRUE(report) << report.error().message << " " << report.error().detail;
    if (report) EXPECT_TRUE(report->is_whole());
    return report.value_or(Report{});
  }
  std::vector<tracking::Metric> points(std::string_view run, std::string_view key) { return house_.tracking.history(run, key, 0, 1000)->rows; }
  std::string param(const tracking::Run& run, std::string_view key) {
    for (const auto& one : run.params)
      if (one.key == key) return one.value;
    return "none";
  }

  fs::path data_;
  House house_;
};

TEST_F(ProductsTest, AnOfflineRunOfWandb) {
  moved(data_ / "wandb");
  const auto run = house_.tracking.run("abc123");
  ASSERT_TRUE(run);
  EXPECT_EQ(run->info.name, "first");
  EXPECT_EQ(run->info.status, "FINISHED");
  EXPECT_EQ(param(*run, "lr"), "0.1");
  EXPECT_EQ(param(*run, "opt.name"), "adam");
  const auto loss = points("abc123", "loss");
  ASSERT_EQ(loss.size(), 20u);
  for (int i = 0; i < 20; ++i) EXPECT_EQ(loss[static_cast<std::size_t>(i)].value, 1.0 / (i + 1));
  EXPECT_EQ(points("abc123", "nested.a").size(), 20u);
  EXPECT_TRUE(std::isnan(points("abc123", "bad").at(0).value));
  EXPECT_EQ(points("abc123", "best").at(0).value, 0.5);
  EXPECT_EQ(house_.tracking.experiment(run->info.experiment_id)->name, "flights");
  for (const auto& line : moved(data_ / "wandb").lines) EXPECT_EQ(line.taken.added, 0);
}

TEST_F(ProductsTest, ATornRunKeepsWhatStandsBeforeAndGrowsWhole) {
  std::ifstream in(data_ / "wandb" / "run-abc123.wandb", std::ios::binary);
  const std::string whole{std::istreambuf_iterator<char>(in), {}};
  ScratchFolder folder;
  const auto file = folder.path() / "run-abc123.wandb";
  std::ofstream(file, std::ios::binary) << whole.substr(0, whole.size() / 2);
  const auto torn = moved(file);
  EXPECT_THAT(torn.left, Contains(Field(&Left::why, HasSubstr("torn"))));
  const auto some = points("abc123", "loss").size();
  EXPECT_GT(some, 0u);
  EXPECT_LT(some, 20u);
  EXPECT_EQ(house_.tracking.run("abc123")->info.status, "RUNNING");
  std::ofstream(file, std::ios::binary | std::ios::trunc) << whole;
  (void)house_.import(file.string());
  EXPECT_EQ(points("abc123", "loss").size(), 20u);
  EXPECT_EQ(house_.tracking.run("abc123")->info.status, "FINISHED");
  for (std::size_t size = 0; size < whole.size(); size += 97) {
    std::ofstream(file, std::ios::binary | std::ios::trunc) << whole.substr(0, size);
    House other;
    ASSERT_TRUE(other.open());
    const auto report = other.import(file.string());
    if (!report) EXPECT_FALSE(report.error().message.empty());
  }
}

TEST_F(ProductsTest, EventFilesOfTensorboard) {
  moved(data_ / "events");
  const auto experiment = house_.tracking.experiment_by_name("events");
  ASSERT_TRUE(experiment);
  const auto runs = house_.tracking.search_runs({.experiment_ids = {experiment->id}});
  ASSERT_EQ(runs->rows.size(), 1u);
  const auto loss = points(runs->rows[0].info.id, "train/loss");
  ASSERT_EQ(loss.size(), 20u);
  for (int i = 0; i < 20; ++i) EXPECT_EQ(loss[static_cast<std::size_t>(i)].value, static_cast<double>(static_cast<float>(1.0 / (i + 1))));
  EXPECT_EQ(loss[3].at_ms, 1'700'000'003'000);
}

TEST_F(ProductsTest, NeptunesExportKeepsDecimalSteps) {
  const auto report = moved(data_ / "neptune");
  const auto run = house_.tracking.run("RUN-2");
  ASSERT_TRUE(run);
  EXPECT_EQ(run->info.name, "name RUN-2");
  EXPECT_EQ(run->info.status, "FAILED");
  EXPECT_EQ(run->info.start_ms, 1'735'787'045'000);
  EXPECT_EQ(param(*run, "params/depth"), "7");
  const auto loss = points("RUN-2", "train/loss");
  ASSERT_EQ(loss.size(), 8u);
  EXPECT_EQ(loss[1].step, 0);
  EXPECT_EQ(loss[1].fraction, 0.25);
  EXPECT_EQ(loss[7].value, 0.125);
  EXPECT_THAT(report.left, Contains(Field(&Left::what, "string_series")));
}

TEST_F(ProductsTest, ATable) {
  moved(data_ / "table.csv");
  const auto experiment = house_.tracking.experiment_by_name("table");
  ASSERT_TRUE(experiment);
  const auto runs = house_.tracking.search_runs({.experiment_ids = {experiment->id}, .order_by = {"attributes.run_name ASC"}});
  ASSERT_EQ(runs->rows.size(), 2u);
  EXPECT_EQ(param(runs->rows[0], "optimizer"), "adam");
  EXPECT_EQ(points(runs->rows[0].info.id, "loss").size(), 2u);
  EXPECT_EQ(points(runs->rows[1].info.id, "acc").at(0).at_ms, 1'700'000'002'000);
}

}  // namespace
}  // namespace gyre::exchange
