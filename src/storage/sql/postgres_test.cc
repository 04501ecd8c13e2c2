// What only a database that is elsewhere can do: go away.
#include "storage/sql/postgres.h"

#include <gtest/gtest.h>

#include "storage/sql/testing.h"

namespace gyre::sql {
namespace {

struct Number {
  std::int64_t n;
};

constexpr auto kKillMe = "SELECT 1 FROM (SELECT pg_terminate_backend($1::INTEGER)) AS done";

class PostgresTest : public testing::Test {
 protected:
  void SetUp() override {
    if (!database_.available()) GTEST_SKIP() << TestDatabase::kSkipped;
    ASSERT_TRUE(db_->write([](Tx& tx) { return tx.exec("CREATE TABLE t (n BIGINT)"); }));
  }
  // Ends the server's side of the connection that runs this transaction.
  static Result<void> lose_connection(Tx& tx, Db& other) {
    const auto pid = TRY(tx.select<Number>("SELECT pg_backend_pid()")).front().n;
    return other.read([&](Tx& there) { return there.exec(kKillMe, pid); });
  }
  std::int64_t count() {
    return db_->read([](Tx& tx) { return tx.select<Number>("SELECT COUNT(*) FROM t"); }).value().front().n;
  }
  TestDatabase database_{"Postgres"}, other_{"Postgres"};
  Db* db_ = database_.db();
};

TEST_F(PostgresTest, AnIdleConnectionThatWasLostIsReplaced) {
  const auto pid = db_->read([](Tx& tx) { return tx.select<Number>("SELECT pg_backend_pid()"); }).value().front().n;
  ASSERT_TRUE(other_.db()->read([&](Tx& tx) { return tx.exec(kKillMe, pid); }));
  EXPECT_TRUE(db_->write([](Tx& tx) { return tx.exec("INSERT INTO t (n) VALUES (1)"); }));
  EXPECT_EQ(count(), 1);
}

TEST_F(PostgresTest, AnIdleConnectionThatWasLostIsReplacedThoughNothingWasHeardBeforeTheCommit) {
  const auto pid = db_->read([](Tx& tx) { return tx.select<Number>("SELECT pg_backend_pid()"); }).value().front().n;
  ASSERT_TRUE(other_.db()->read([&](Tx& tx) { return tx.exec(kKillMe, pid); }));
  EXPECT_TRUE(db_->write([](Tx& tx) { return tx.exec_late("INSERT INTO t (n) VALUES (1)"); }));
  EXPECT_EQ(count(), 1);
}

// Statements that are new each time, as those of lists of other lengths are, push older ones out; so may a transaction's own end.
TEST_F(PostgresTest, MoreStatementsThanAreKeptArePutAside) {
  for (int i = 0; i < 1100; ++i) {
    const auto one = std::to_string(i);
    ASSERT_TRUE(db_->write([&](Tx& tx) { return tx.exec("INSERT INTO t (n) VALUES (" + one + ")"); })) << i;
    if (i % 7 == 0) ASSERT_FALSE(db_->write([&](Tx& tx) { return tx.exec("INSERT INTO nowhere (n) VALUES (" + one + ")"); }));
  }
  EXPECT_EQ(count(), 1100);
}

// What is late is heard of when somebody asks, not before: it went along.
TEST_F(PostgresTest, WhatMayComeLateIsNotWaitedFor) {
  EXPECT_FALSE(db_->write([](Tx& tx) -> Result<void> {
    EXPECT_TRUE(tx.exec_late("INSERT INTO nowhere (n) VALUES (1)"));
    EXPECT_FALSE(tx.exec("INSERT INTO t (n) VALUES (1)"));
    return {};
  }));
}

TEST_F(PostgresTest, ABodyThatLostItsConnectionRunsAgainOnce) {
  int runs = 0;
  EXPECT_TRUE(db_->write([&](Tx& tx) -> Result<void> {
    TRY(tx.exec("INSERT INTO t (n) VALUES (1)"));
    if (++runs == 1) TRY(lose_connection(tx, *other_.db()));
    return tx.exec("INSERT INTO t (n) VALUES (2)");
  }));
  EXPECT_EQ(runs, 2);
  EXPECT_EQ(count(), 2);
}

TEST_F(PostgresTest, ALossAtTheCommitIsToldAndNotTriedAgain) {
  int runs = 0;
  const auto outcome = db_->write([&](Tx& tx) -> Result<void> {
    ++runs;
    TRY(tx.exec("INSERT INTO t (n) VALUES (1)"));
    return lose_connection(tx, *other_.db());
  });
  EXPECT_EQ(outcome.error().code, Code::unavailable);
  EXPECT_EQ(runs, 1);
}

TEST_F(PostgresTest, ACollisionThatTheBodyHidesIsTriedAgain) {
  ASSERT_TRUE(db_->write([](Tx& tx) { return tx.exec("INSERT INTO t (n) VALUES (0)"); }));
  const auto same = open(database_.url()).value();  // another pool, as of another server
  int runs = 0;
  const auto outcome = db_->write([&](Tx& tx) -> Result<void> {
    (void)tx.select<Number>("SELECT n FROM t");
    if (++runs == 1) TRY(same->write([](Tx& there) { return there.exec("UPDATE t SET n = n + 10"); }));
    if (!tx.exec("UPDATE t SET n = n + 1")) return fail(Code::internal, "hidden");
    return {};
  });
  EXPECT_TRUE(outcome);
  EXPECT_EQ(runs, 2);
}

TEST_F(PostgresTest, AWrongUrlIsToldAtTheStart) {
  const auto outcome = open("postgres://gyre:wrong@127.0.0.1:1/none");
  EXPECT_EQ(outcome.error().code, Code::unavailable);
  EXPECT_FALSE(outcome.error().fix.empty());
}

}  // namespace
}  // namespace gyre::sql
