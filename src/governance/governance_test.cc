#include "governance/governance.h"

#include <gtest/gtest.h>

#include "storage/sql/testing.h"

namespace gyre::governance {
namespace {

class GovernanceTest : public testing::TestWithParam<const char*> {
 protected:
  void SetUp() override {
    if (!database_.available()) GTEST_SKIP() << sql::TestDatabase::kSkipped;
    ASSERT_TRUE(sql::migrate(*db_, migrations()));
  }
  void node(std::string id) {
    ASSERT_TRUE(db_->write([&](sql::Tx& tx) { return put_node(tx, {urn("run", id), "run", id, 1, {}}); }));
  }
  void edge(std::string from, std::string to) {
    ASSERT_TRUE(db_->write([&](sql::Tx& tx) { return link(tx, {urn("run", from), urn("run", to), "made", 1}); }));
  }
  sql::TestDatabase database_{GetParam()};
  sql::Db* db_ = database_.db();
  Service service_{*db_};
};

TEST_P(GovernanceTest, LineageGoesBothWaysAsFarAsAsked) {
  for (const char* id : {"a", "b", "c", "d"}) node(id);
  edge("a", "b");
  edge("b", "c");
  edge("c", "d");
  EXPECT_EQ(service_.lineage("b", 1, 1)->nodes.size(), 3u);
  EXPECT_EQ(service_.lineage("b", 5, 5)->nodes.size(), 4u);
  EXPECT_EQ(service_.lineage("b", 5, 5)->edges.size(), 3u);
  const auto near = service_.lineage("b", 0, 1).value();
  ASSERT_EQ(near.nodes.size(), 2u);
  EXPECT_EQ(near.nodes[0].hops, 0);
  EXPECT_EQ(near.nodes[0].more_up, 1);
  EXPECT_EQ(near.nodes[0].more_down, 0);
  EXPECT_EQ(near.nodes[1].hops, 1);
  EXPECT_EQ(near.nodes[1].more_down, 1);
  EXPECT_EQ(service_.lineage("d", 9, 0)->nodes.front().hops, -3);
  EXPECT_TRUE(service_.lineage("a", 0, 9, 2)->cut);
  EXPECT_EQ(service_.lineage("nope", 1, 1).error().code, Code::not_found);
}

TEST_P(GovernanceTest, NamesAndBeginningsOfIdsAreFound) {
  for (const char* id : {"amber-fox", "red-amber", "50%", "50x"}) node(id);
  const auto found = service_.search("amber", 10).value();
  ASSERT_EQ(found.size(), 2u);
  EXPECT_EQ(found.front().name, "amber-fox");
  EXPECT_EQ(service_.search("50%", 10)->size(), 1u);
  EXPECT_EQ(service_.search("", 3)->size(), 3u);
}

TEST_P(GovernanceTest, AChangedEntryBreaksTheChain) {
  for (int i = 0; i < 5; ++i) {
    ASSERT_TRUE(db_->write([&](sql::Tx& tx) { return audit(tx, {i, "user:a", "did", "x", json::Object{{"i", i}}}); }));
  }
  EXPECT_TRUE(service_.verify()->problems.empty());
  EXPECT_EQ(service_.audit_log(0, 2)->front().seq, 5);
  ASSERT_TRUE(db_->write([](sql::Tx& tx) { return tx.exec("UPDATE audit_log SET actor = 'user:b' WHERE seq = 3"); }));
  EXPECT_EQ(service_.verify()->problems.size(), 1u);
}

TEST_P(GovernanceTest, AnEdgeToNothingIsFound) {
  node("a");
  edge("a", "b");
  EXPECT_EQ(service_.verify()->problems.size(), 1u);
}

INSTANTIATE_TEST_SUITE_P(Backends, GovernanceTest, testing::Values("SqliteMemory", "Postgres"), [](const auto& info) { return std::string(info.param); });

}  // namespace
}  // namespace gyre::governance
