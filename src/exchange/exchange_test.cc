#include <gmock/gmock.h>

#include <cmath>
#include <cstdlib>
#include <fstream>
#include <random>

#include "exchange/packing.h"
#include "exchange/testing.h"

namespace gyre::exchange {
namespace {

using testing::HasSubstr;

class ExchangeTest : public testing::TestWithParam<const char*> {
 protected:
  void SetUp() override {
    if (!house_.open()) GTEST_SKIP() << sql::TestDatabase::kSkipped;
  }
  Report moved() {
    auto report = house_.import(source_.file());
    EXPECT_TRUE(report) << report.error().message << " " << report.error().detail;
    return report.value_or(Report{});
  }
  House house_{GetParam()};
  MlflowFile source_;
};

TEST_P(ExchangeTest, ADatabaseComesAsItIs) {
  const auto report = moved();
  EXPECT_TRUE(report.is_whole()) << (report.differences.empty() ? "" : report.differences[0].what + report.differences[0].why);
  EXPECT_EQ(report.lines[static_cast<std::size_t>(Kind::points)].taken.added, 3);
  const auto run = house_.tracking.run("aaaa");
  ASSERT_TRUE(run);
  EXPECT_EQ(run->info.experiment_id, "7");
  EXPECT_EQ(run->info.start_ms, 100);
  EXPECT_EQ(run->info.user, "ann");
  EXPECT_EQ(run->info.artifact_uri, "mlflow-artifacts:/7/aaaa/artifacts");
  const auto loss = house_.tracking.history("aaaa", "loss", 0, 10);
  ASSERT_TRUE(loss);
  ASSERT_EQ(loss->rows.size(), 2u);
  EXPECT_TRUE(std::isnan(loss->rows[1].value));
}

TEST_P(ExchangeTest, ASecondTimeNothingIsNewAndWhatGrewComes) {
  moved();
  auto again = moved();
  EXPECT_TRUE(again.is_whole());
  for (const auto& line : again.lines) EXPECT_EQ(line.taken.added, 0);
  source_.run(R"(INSERT INTO "metrics" VALUES ('loss', 0.25, 4, 'aaaa', 2, 0))");
  source_.run(R"(UPDATE "runs" SET status = 'FINISHED', end_time = 900)");
  source_.run(R"(INSERT INTO "runs" VALUES ('bbbb', 'second', 'ann', 'FAILED', 200, 300, 'deleted', '/nowhere/7/bbbb/artifacts', 7))");
  again = moved();
  EXPECT_TRUE(again.is_whole());
  EXPECT_EQ(again[Kind::points].taken.added, 1);
  EXPECT_EQ(again[Kind::points].taken.there, 3);
  EXPECT_EQ(again[Kind::runs].taken.added, 1);
  EXPECT_EQ(house_.tracking.run("aaaa")->info.status, "FINISHED");
  EXPECT_EQ(house_.tracking.run("bbbb")->info.lifecycle, "deleted");
}

TEST_P(ExchangeTest, WhatDiffersIsToldAndStays) {
  moved();
  ASSERT_TRUE(house_.tracking.log_batch("aaaa", {.metrics = {{"mine", 1, 1, 1}}, .params = {}, .tags = {{"note", "mine"}, {"more", "y"}}}));
  source_.run(R"(UPDATE "params" SET value = '0.2')");
  const auto report = moved();
  EXPECT_FALSE(report.is_whole());
  ASSERT_GE(report.differences.size(), 2u);
  EXPECT_THAT(report.differences[0].what, HasSubstr("aaaa"));
  EXPECT_EQ(house_.tracking.run("aaaa")->params[0].value, "0.1");
}

TEST_P(ExchangeTest, AnIdThatIsTakenLeadsToAnother) {
  ASSERT_TRUE(house_.tracking.create_experiment("mine", "", {}));
  source_.run(R"(UPDATE "experiments" SET experiment_id = 1)");
  source_.run(R"(UPDATE "runs" SET experiment_id = 1)");
  const auto report = moved();
  ASSERT_EQ(report.matched.size(), 1u);
  const auto run = house_.tracking.run("aaaa");
  ASSERT_TRUE(run);
  EXPECT_NE(run->info.experiment_id, "1");
  EXPECT_EQ(house_.tracking.experiment(run->info.experiment_id)->name, "flights");
  EXPECT_EQ(house_.tracking.experiment("1")->name, "mine");
}

TEST_P(ExchangeTest, AnotherRunOfTheSameIdIsRefused) {
  moved();
  source_.run(R"(UPDATE "runs" SET start_time = 101)");
  source_.run(R"(INSERT INTO "metrics" VALUES ('other', 1, 1, 'aaaa', 1, 0))");
  const auto report = moved();
  EXPECT_FALSE(report.is_whole());
  EXPECT_EQ(house_.tracking.history("aaaa", "other", 0, 10)->rows.size(), 0u);
}

TEST_P(ExchangeTest, LongCurvesAreSealedAndReadAgain) {
  source_.run(
      R"(INSERT INTO "metrics" WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 2999) SELECT 'long', i / 7.0, i, 'aaaa', i, 0 FROM n)");
  EXPECT_TRUE(moved().is_whole());
  source_.run(
      R"(INSERT INTO "metrics" WITH RECURSIVE n(i) AS (SELECT 3000 UNION ALL SELECT i + 1 FROM n WHERE i < 3999) SELECT 'long', i / 7.0, i, 'aaaa', i, 0 FROM n)");
  auto report = moved();
  EXPECT_TRUE(report.is_whole());
  EXPECT_EQ(report[Kind::points].taken.added, 1000);
  EXPECT_EQ(house_.tracking.history("aaaa", "long", 3990, 20)->rows.size(), 10u);
  const auto findings = house_.tracking.verify();
  ASSERT_TRUE(findings);
  EXPECT_THAT(findings->problems, testing::IsEmpty());
}

TEST_P(ExchangeTest, TextThatIsNoneIsMended) {
  source_.run(R"(INSERT INTO "tags" VALUES ('bytes', CAST(x'ff61' AS TEXT), 'aaaa'))");
  EXPECT_TRUE(moved().is_whole());
  EXPECT_EQ(house_.tracking.run("aaaa")->tags[0].value,
            "\xEF\xBF\xBD"
            "a");
}

TEST(ExchangeSource, APostgresql) {
  sql::TestDatabase source("Postgres");
  if (!source.available()) GTEST_SKIP() << sql::TestDatabase::kSkipped;
  ASSERT_TRUE(source.db()->write([](sql::Tx& tx) -> Result<void> {
    for (const auto statement : MlflowFile::set_up()) TRY(tx.exec(statement));
    return {};
  }));
  House house;
  ASSERT_TRUE(house.open());
  auto report = house.import(source.url());
  ASSERT_TRUE(report) << report.error().message << " " << report.error().detail;
  EXPECT_TRUE(report->is_whole());
  EXPECT_EQ((*report)[Kind::points].taken.added, 3);
  EXPECT_TRUE(std::isnan(house.tracking.history("aaaa", "loss", 0, 10)->rows.at(1).value));
}

INSTANTIATE_TEST_SUITE_P(Databases, ExchangeTest, testing::Values("SqliteFile", "Postgres"), [](const auto& info) { return std::string(info.param); });

// Bytes flipped anywhere, or half of the file gone: a clear refusal, or what is sound; never a crash.
TEST(ExchangeDamage, ADatabaseWithFlippedBytes) {
  MlflowFile source;
  std::ifstream in(source.file(), std::ios::binary);
  const std::string whole{std::istreambuf_iterator<char>(in), {}};
  ScratchFolder folder;
  for (unsigned seed = 0; seed < 60; ++seed) {
    std::mt19937 random(seed);
    auto bytes = seed % 4 == 0 ? whole.substr(0, random() % whole.size()) : whole;
    for (unsigned i = 0; i < 20 && !bytes.empty(); ++i) bytes[random() % bytes.size()] ^= static_cast<char>(1 << random() % 8);
    const auto file = (folder.path() / "broken.db").string();
    std::ofstream(file, std::ios::binary | std::ios::trunc) << bytes;
    House house;
    ASSERT_TRUE(house.open());
    const auto report = house.import(file);
    if (!report) EXPECT_FALSE(report.error().message.empty()) << seed;
  }
}

TEST(ExchangePacking, RecordsComeBack) {
  const std::vector<Record> records{Series{"run", "key", {{1, 2, 0.5, 0}, {-3, 4, std::nan(""), -0.25}}},
                                    exchange::Run{.info = {"id", "7", "name", "user", "FINISHED", 1, 2, "active", "uri"},
                                                  .metrics = {},
                                                  .params = {{"a", "b"}},
                                                  .tags = {},
                                                  .datasets = {},
                                                  .outputs = {}},
                                    Experiment{"7", "x", "", "active", 1, 2, {{"k", "v"}}}};
  const auto bytes = pack_records(records);
  const auto back = unpack_records(bytes);
  ASSERT_TRUE(back);
  EXPECT_EQ(pack_records(*back), bytes);
  for (std::size_t size = 0; size < bytes.size(); ++size) (void)unpack_records(std::string_view(bytes).substr(0, size));
  EXPECT_FALSE(unpack_records(bytes.substr(0, bytes.size() - 1)));
}

// The file that the variable names, as a developer tries it: GYRE_EXCHANGE_SOURCE=mlflow.db exchange_test --gtest_filter='*Named*'
TEST(ExchangeNamed, Source) {
  const char* place = std::getenv("GYRE_EXCHANGE_SOURCE");
  if (!place) GTEST_SKIP() << "GYRE_EXCHANGE_SOURCE names nothing";
  House house;
  ASSERT_TRUE(house.open());
  auto report = house.import(place);
  ASSERT_TRUE(report) << report.error().message << " " << report.error().detail;
  for (std::size_t i = 0; i < kKinds; ++i) {
    const auto& line = report->lines[i];
    if (line.found > 0)
      printf("%-24s %ld found, %ld added, %s\n", std::string(name_of(static_cast<Kind>(i))).c_str(), line.found, line.taken.added,
             line.there == line.here ? "ok" : "DIFFERS");
  }
  for (const auto& one : report->left) printf("left: %ld %s: %s\n", one.count, one.what.c_str(), one.why.c_str());
  for (const auto& one : report->differences) printf("%s: %s\n", one.what.c_str(), one.why.c_str());
  EXPECT_TRUE(report->is_whole());
}

}  // namespace
}  // namespace gyre::exchange
