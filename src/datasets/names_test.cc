#include "datasets/names.h"

#include <gtest/gtest.h>

#include "datasets/datasets.h"

namespace gyre::datasets {
namespace {

TEST(Paths, OnlyThoseThatEveryFileSystemReadsAlike) {
  for (const char* good : {"a", "a/b.parquet", "ünï/日本", "with space/x", "..a/b..", "a@b~1"}) EXPECT_TRUE(check_path(good)) << good;
  const std::string long_segment(256, 'x'), long_path(kMaxPathBytes + 1, 'x');
  for (const std::string& bad : {std::string(), std::string("/a"), std::string("a/"), std::string("a//b"), std::string("../a"), std::string("a/../b"),
                                 std::string("a/."), std::string("a\\b"), std::string("a\nb"), std::string("a\0b", 3), std::string("\xff"),
                                 std::string("\xc0\xaf"), std::string("\xed\xa0\x80"), long_segment, long_path}) {
    EXPECT_EQ(check_path(bad).error().code, Code::invalid) << bad;
  }
  std::string deep = "a";
  for (std::size_t i = 0; i < kMaxPathDepth; ++i) deep += "/a";
  EXPECT_FALSE(check_path(deep));
}

TEST(References, AreTakenApart) {
  const auto ref = parse_ref("flights@main~2/labels/x@y.csv/").value();
  EXPECT_EQ(ref.repo, "flights");
  EXPECT_EQ(ref.name, "main");
  EXPECT_EQ(ref.back, 2);
  EXPECT_EQ(ref.path, "labels/x@y.csv");
  EXPECT_EQ(parse_ref("flights")->name, "main");
  EXPECT_EQ(parse_ref("flights/")->path, "");
  EXPECT_EQ(parse_ref("flights@v1~")->back, 1);
}

TEST(References, WithTroubleAreRefused) {
  for (const char* bad : {"", "@main", "a@", "a@b~x", "a@b~-1", "a@b~99999999999999999999", "a b@main", ".a", "-a", "a/../b", "a//b", "a@b@c"}) {
    EXPECT_EQ(parse_ref(bad).error().code, Code::invalid) << bad;
  }
}

TEST(Names, OfBranchesAreNoCommitIds) {
  EXPECT_TRUE(check_ref_name("a branch", "deadbeef"));
  EXPECT_FALSE(check_ref_name("a branch", std::string(64, 'a')));
}

}  // namespace
}  // namespace gyre::datasets
