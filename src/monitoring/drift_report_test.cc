#include "monitoring/drift_report.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/file.h"

namespace gyre::monitoring {
namespace {

using testing::ElementsAre;

class DriftReportTest : public testing::Test {
 protected:
  std::filesystem::path csv(std::string_view name, std::string_view text) {
    const auto file = folder_.path() / name;
    EXPECT_TRUE(write_file_durably(file, text));
    return file;
  }
  // 1,000 rows made by DuckDB, as Parquet.
  std::filesystem::path parquet(std::string_view name, std::string_view columns) {
    const auto file = folder_.path() / name;
    EXPECT_TRUE(query::execute(*engine_, fmt::format("COPY (SELECT {} FROM range(1000) r(i)) TO {} (FORMAT parquet)", columns, query::quote(file.string()))));
    return file;
  }

  const ScratchFolder folder_;
  std::unique_ptr<query::Engine> engine_ = query::open({});
};

TEST_F(DriftReportTest, OnlyWhatMovedHasDrifted) {
  const auto reference = parquet("reference.parquet", "i::DOUBLE AS same, i::DOUBLE AS moved, i % 10 AS whole, i % 2 = 0 AS truth, 'abc'[i % 3 + 1] AS word");
  const auto current = parquet("current.parquet", "i::DOUBLE AS same, i::DOUBLE + 500 AS moved, i % 10 AS whole, i % 2 = 0 AS truth, 'abd'[i % 3 + 1] AS word");
  const auto report = compare_files(*engine_, reference, current).value();
  EXPECT_EQ(report.reference_rows, 1000);
  ASSERT_EQ(report.columns.size(), 5u);
  EXPECT_EQ(report.columns[0].measures.at("js"), 0);
  EXPECT_NEAR(report.columns[1].measures.at("ks"), 0.5, 0.001);
  EXPECT_NEAR(report.columns[1].measures.at("out_of_range"), 0.5, 0.002);
  EXPECT_EQ(report.columns[2].measures.at("psi"), 0);
  EXPECT_EQ(report.columns[3].measures.at("js"), 0);
  EXPECT_TRUE(report.columns[4].category);
  EXPECT_NEAR(report.columns[4].measures.at("unseen"), 1 / 3.0, 0.001);
  EXPECT_FALSE(report.columns[4].measures.contains("w1"));
}

TEST_F(DriftReportTest, ColumnsCanBeLeftOut) {
  const auto reference = csv("reference.csv", "a,day,gone\n1,mon,1\n2,tue,1\n"), current = csv("current.csv", "a,day\n1,wed\n2,wed\n");
  const auto report = compare_files(*engine_, reference, current, {"day", "gone"}).value();
  ASSERT_EQ(report.columns.size(), 1u);
  EXPECT_THAT(report.left_out, ElementsAre("day", "gone"));
  EXPECT_TRUE(report.not_in_current.empty());
  EXPECT_THAT(compare_files(*engine_, reference, current, {"dow"}).error().message, testing::HasSubstr("has no such column"));
  EXPECT_THAT(compare_files(*engine_, reference, current, {"a", "day"}).error().message, testing::HasSubstr("beside those that are left out"));
}

TEST_F(DriftReportTest, TextsOfOneColumnAreNotThoseOfAnother) {
  const auto reference = csv("reference.csv", "a,n,b\nx,1,p\nx,2,q\ny,3,\n"), current = csv("current.csv", "b,a,n\np,x,1\nq,x,2\nq,z,3\n");
  const auto report = compare_files(*engine_, reference, current).value();
  ASSERT_EQ(report.columns.size(), 3u);
  EXPECT_NEAR(report.columns[0].measures.at("unseen"), 1 / 3.0, 1e-9);
  EXPECT_EQ(report.columns[2].reference_rows, 2);
  EXPECT_EQ(report.columns[2].current_rows, 3);
  EXPECT_EQ(report.columns[2].measures.at("unseen"), 0);
}

TEST_F(DriftReportTest, MissingValuesAndColumnsAreTold) {
  const auto reference = csv("reference.csv", "a,b,gone,day\n1,x,1,2001-01-01\n2,y,1,2001-01-02\n");
  const auto current = csv("current.csv", "a,b,day,fresh\n1,,2001-01-01,5\n,y,2001-01-02,6\n");
  const auto report = compare_files(*engine_, reference, current).value();
  EXPECT_THAT(report.not_in_current, ElementsAre("gone"));
  EXPECT_THAT(report.not_in_reference, ElementsAre("fresh"));
  EXPECT_THAT(report.not_compared, ElementsAre("day"));
  ASSERT_EQ(report.columns.size(), 2u);
  EXPECT_EQ(report.columns[0].measures.at("missing"), 0.5);
  EXPECT_EQ(report.columns[1].measures.at("missing"), 0.5);
  EXPECT_EQ(report.columns[1].current_rows, 1);
}

TEST_F(DriftReportTest, WhatCannotBeComparedIsRefused) {
  const auto numbers = csv("numbers.csv", "a\n1\n2\n"), texts = csv("texts.csv", "a\nx\ny\n"), other = csv("other.csv", "b\n1\n"),
             empty = csv("empty.csv", "a\n");
  EXPECT_THAT(compare_files(*engine_, numbers, texts).error().message, testing::HasSubstr("column 'a' is BIGINT in 'numbers.csv' and VARCHAR in 'texts.csv'"));
  EXPECT_THAT(compare_files(*engine_, numbers, other).error().message, testing::HasSubstr("no column in common"));
  EXPECT_THAT(compare_files(*engine_, numbers, empty).error().message, testing::HasSubstr("has no rows"));
  EXPECT_EQ(compare_files(*engine_, numbers, folder_.path() / "nowhere.csv").error().code, Code::not_found);
  EXPECT_EQ(compare_files(*engine_, numbers, csv("rows.txt", "a\n1\n")).error().code, Code::invalid);
  EXPECT_FALSE(compare_files(*engine_, numbers, csv("damaged.parquet", "PAR1 and no more")));
}

}  // namespace
}  // namespace gyre::monitoring
