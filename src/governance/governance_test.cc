#include "governance/governance.h"

#include <gmock/gmock.h>

#include "storage/sql/testing.h"

namespace gyre::governance {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

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

// Three entries, each of which says who did it.
class AuditTest : public GovernanceTest {
 protected:
  void SetUp() override {
    GovernanceTest::SetUp();
    if (IsSkipped()) return;
    for (int i = 1; i <= 3; ++i) append();
    ASSERT_TRUE(service_.verify()->problems.empty());
  }
  void append() {
    ASSERT_TRUE(db_->write([](sql::Tx& tx) { return audit(tx, {1, "user:a", "did", "x", {}}); }));
  }
  void exec(std::string_view sql) {
    ASSERT_TRUE(db_->write([&](sql::Tx& tx) { return tx.exec(sql); }));
  }
  std::vector<std::string> problems() { return service_.verify()->problems; }
};

TEST_P(AuditTest, AnEntryCutOffTheEndIsMissedForGood) {
  exec("DELETE FROM audit_log WHERE seq = 3");
  EXPECT_THAT(problems(), ElementsAre("audit log: it ends with entry 2, but entry 3 was the last that was written"));
  append();
  EXPECT_EQ(service_.audit_log(0, 1)->front().seq, 4);
  EXPECT_THAT(problems(), ElementsAre(HasSubstr("an entry is missing before entry 4"), HasSubstr("breaks at entry 4")));
}

TEST_P(AuditTest, ALogThatWasEmptiedIsMissed) {
  exec("DELETE FROM audit_log");
  EXPECT_THAT(problems(), ElementsAre(HasSubstr("it ends with entry 0, but entry 3")));
}

TEST_P(AuditTest, ANewestEntryThatWasReplacedIsFound) {
  exec("UPDATE audit_log SET hash = 'other' WHERE seq = 3");
  EXPECT_THAT(problems(), ElementsAre(HasSubstr("breaks at entry 3"), HasSubstr("entry 3 is not the one that was written")));
  append();
  EXPECT_THAT(problems(), ElementsAre(HasSubstr("breaks at entry 3"), HasSubstr("breaks at entry 4")));
}

TEST_P(AuditTest, BehindABreakTheRestIsReadToo) {
  node("a");
  edge("a", "b");
  exec("UPDATE audit_log SET actor = 'user:b' WHERE seq <> 3");
  EXPECT_THAT(problems(), ElementsAre(HasSubstr("breaks at entry 1"), HasSubstr("breaks at entry 2"), HasSubstr("has no node at an end")));
}

TEST_P(AuditTest, ALostHeadIsToldAndHoldsNothingUp) {
  exec("DELETE FROM audit_head");
  append();
  EXPECT_THAT(problems(), ElementsAre(HasSubstr("the row that keeps what it ended with is missing")));
}

TEST_P(AuditTest, AHeadThatIsBehindIsToldAndHoldsNothingUp) {
  exec("UPDATE audit_head SET entries = 1");
  append();
  EXPECT_THAT(problems(), ElementsAre(HasSubstr("it goes on behind entry 1")));
}

TEST_P(AuditTest, AnOlderDatabaseGetsItsHead) {
  exec("DROP TABLE audit_head");
  exec("DELETE FROM migrations WHERE name = 'governance/0002_audit_head'");
  ASSERT_TRUE(sql::migrate(*db_, migrations()));
  EXPECT_TRUE(problems().empty());
  exec("DELETE FROM audit_log WHERE seq = 3");
  EXPECT_EQ(problems().size(), 1u);
}

TEST_P(GovernanceTest, AnEdgeToNothingIsFound) {
  node("a");
  edge("a", "b");
  EXPECT_EQ(service_.verify()->problems.size(), 1u);
}

INSTANTIATE_TEST_SUITE_P(Backends, GovernanceTest, testing::Values("SqliteMemory", "Postgres"), [](const auto& info) { return std::string(info.param); });
INSTANTIATE_TEST_SUITE_P(Backends, AuditTest, testing::Values("SqliteMemory", "Postgres"), [](const auto& info) { return std::string(info.param); });

}  // namespace
}  // namespace gyre::governance
