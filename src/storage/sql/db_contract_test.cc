// What every database behind sql::Db promises, run on each kind of TestDatabase.
#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "storage/sql/lease.h"
#include "storage/sql/tail.h"
#include "storage/sql/testing.h"

namespace gyre::sql {
namespace {

struct Count {
  std::int64_t n;
};

struct Row {
  std::optional<std::string> id;
  std::optional<std::int64_t> n;
  std::optional<double> r;
  friend bool operator==(const Row&, const Row&) = default;
};

class DbContract : public testing::TestWithParam<const char*> {
 protected:
  void SetUp() override {
    if (!database_.available()) GTEST_SKIP() << TestDatabase::kSkipped;
    ASSERT_TRUE(db_->write([](Tx& tx) { return tx.exec("CREATE TABLE t (id TEXT PRIMARY KEY, n BIGINT, r DOUBLE PRECISION)"); }));
  }

  Result<void> insert(std::string_view id, std::int64_t n) {
    return db_->write([&](Tx& tx) { return tx.exec("INSERT INTO t (id, n) VALUES ($1, $2)", id, n); });
  }
  std::int64_t count() {
    return db_->read([](Tx& tx) { return tx.select<Count>("SELECT COUNT(*) FROM t"); }).value().front().n;
  }

  TestDatabase database_{GetParam()};
  Db* db_ = database_.db();
};

TEST_P(DbContract, FailedBodyLeavesNothingBehind) {
  const auto outcome = db_->write([](Tx& tx) -> Result<void> {
    TRY(tx.exec("INSERT INTO t (id, n) VALUES ('a', 1)"));
    return fail(Code::invalid, "changed my mind");
  });
  EXPECT_EQ(outcome.error().code, Code::invalid);
  EXPECT_EQ(count(), 0);
}

TEST_P(DbContract, StatementsThatMayComeLateHappenInTheirOrder) {
  ASSERT_TRUE(db_->write([](Tx& tx) -> Result<void> {
    for (std::int64_t i = 0; i < 200; ++i) TRY(tx.exec_late("INSERT INTO t (id, n) VALUES ($1, $2)", std::to_string(i), i));
    TRY(tx.exec_late("UPDATE t SET n = n + 1 WHERE id <> '7'"));
    TRY(tx.exec("DELETE FROM t WHERE n > $1", std::int64_t{100}));
    EXPECT_EQ(tx.changed_rows(), 100);
    return tx.exec_late("DELETE FROM t WHERE id = $1", "7");
  }));
  EXPECT_EQ(count(), 99);
}

TEST_P(DbContract, AFailureThatComesLateFailsItsTransaction) {
  const auto twice = [](Tx& tx) {
    (void)tx.exec_late("INSERT INTO t (id, n) VALUES ('a', 1)");
    (void)tx.exec_late("INSERT INTO t (id, n) VALUES ('a', 2)");
  };
  const auto at_commit = db_->write([&](Tx& tx) -> Result<void> { return twice(tx), Result<void>(); });
  EXPECT_EQ(at_commit.error().code, Code::conflict);
  const auto at_next = db_->write([&](Tx& tx) { return twice(tx), tx.exec("INSERT INTO t (id, n) VALUES ('b', 2)"); });
  EXPECT_EQ(at_next.error().code, Code::conflict);
  EXPECT_EQ(count(), 0);
  const auto gives_up = db_->write([&](Tx& tx) -> Result<void> { return twice(tx), fail(Code::invalid, "changed my mind"); });
  EXPECT_FALSE(gives_up);
  EXPECT_TRUE(insert("a", 1)) << "the connection goes on";
}

TEST_P(DbContract, AStatementThatDoesNotParseFailsEachTime) {
  for (int i = 0; i < 2; ++i) EXPECT_FALSE(db_->write([](Tx& tx) { return tx.exec("INSERT INTO nowhere (id) VALUES ($1)", "a"); }));
  EXPECT_TRUE(insert("a", 1));
}

TEST_P(DbContract, ParametersGoByTheirNumber) {
  ASSERT_TRUE(db_->write([](Tx& tx) { return tx.exec("INSERT INTO t (n, id) VALUES ($2, $1)", "a", std::int64_t{7}); }));
  EXPECT_EQ(db_->read([](Tx& tx) { return tx.select<Count>("SELECT n FROM t WHERE id = $1", "a"); }).value().front().n, 7);
}

TEST_P(DbContract, WhatLooksLikeAParameterInQuotesIsText) {
  ASSERT_TRUE(db_->write([](Tx& tx) { return tx.exec("INSERT INTO t (id, n) VALUES ('it''s $2' || $1, $2)", "!", std::int64_t{7}); }));
  EXPECT_EQ(db_->read([](Tx& tx) { return tx.select<Count>("SELECT n FROM t WHERE id = $1", "it's $2!"); }).value().front().n, 7);
}

TEST_P(DbContract, SecondInsertOfAKeyIsAConflict) {
  ASSERT_TRUE(insert("a", 1));
  EXPECT_EQ(insert("a", 2).error().code, Code::conflict);
  EXPECT_EQ(count(), 1);
}

TEST_P(DbContract, ValuesOfEachTypeComeBackUnchanged) {
  const Row full{"ünï'\"", INT64_MIN, 0.1}, empty{"b", std::nullopt, std::nullopt};
  for (const auto& row : {full, empty}) {
    ASSERT_TRUE(db_->write([&](Tx& tx) { return tx.exec("INSERT INTO t (id, n, r) VALUES ($1, $2, $3)", row.id, row.n, row.r); }));
    EXPECT_EQ(db_->read([&](Tx& tx) { return tx.select<Row>("SELECT id, n, r FROM t WHERE id = $1", row.id); }).value().front(), row);
  }
}

TEST_P(DbContract, BytesComeBackUnchanged) {
  struct Data {
    std::string data;
  };
  const Migration migration{"test/0001", "CREATE TABLE b (data BLOB NOT NULL);\n"};
  ASSERT_TRUE(migrate(*db_, {&migration, 1}));
  std::string all;
  for (int i = 0; i < 256; ++i) all += static_cast<char>(i);
  ASSERT_TRUE(db_->write([&](Tx& tx) { return tx.exec("INSERT INTO b (data) VALUES ($1)", Bytes{all}); }));
  EXPECT_EQ(db_->read([](Tx& tx) { return tx.select<Data>("SELECT data FROM b"); }).value().front().data, all);
}

TEST_P(DbContract, ManyRowsInOneCall) {
  constexpr std::string_view kColumns[] = {"id", "n"};
  std::vector<std::string> ids;
  std::vector<Value> rows;
  for (int i = 0; i < 10'007; ++i) ids.push_back(std::to_string(i));
  for (int i = 0; i < 10'007; ++i) rows.insert(rows.end(), {to_value(ids[static_cast<std::size_t>(i)]), to_value(i)});
  ASSERT_TRUE(db_->write([&](Tx& tx) { return tx.insert_many("t", kColumns, rows, "ON CONFLICT DO NOTHING"); }));
  EXPECT_EQ(count(), 10'007);
}

TEST_P(DbContract, ConcurrentIncrementsAreAllKept) {
  ASSERT_TRUE(insert("a", 0));
  std::vector<std::thread> threads;
  std::atomic<int> failed = 0;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 25; ++i) {
        const auto outcome = db_->write([](Tx& tx) -> Result<void> {
          const auto now = TRY(tx.select<Count>("SELECT n FROM t WHERE id = 'a'")).front().n;
          return tx.exec("UPDATE t SET n = $1 WHERE id = 'a'", now + 1);
        });
        if (!outcome) ++failed;
      }
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(db_->read([](Tx& tx) { return tx.select<Count>("SELECT n FROM t"); }).value().front().n + failed, 100);
  EXPECT_EQ(failed, 0);
}

TEST_P(DbContract, OneBodyOfAGroupFailsAlone) {
  std::vector<std::thread> threads;
  std::atomic<int> refused = 0;
  for (int t = 0; t < 16; ++t) {
    threads.emplace_back([&, t] {
      const auto outcome = db_->write([t](Tx& tx) -> Result<void> {
        TRY(tx.exec("INSERT INTO t (id, n) VALUES ($1, 1)", "k" + std::to_string(t)));
        if (t % 4 == 0) return fail(Code::invalid, "no");
        return {};
      });
      if (!outcome) ++refused;
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(refused, 4);
  EXPECT_EQ(count(), 12);
}

TEST_P(DbContract, MigrationsApplyOnceAndTheirTextIsFinal) {
  Migration migration{"test/0001", "CREATE TABLE m (a BIGINT);\nINSERT INTO m (a) VALUES (1);\n"};
  ASSERT_TRUE(migrate(*db_, {&migration, 1}));
  ASSERT_TRUE(migrate(*db_, {&migration, 1}));
  EXPECT_EQ(db_->read([](Tx& tx) { return tx.select<Count>("SELECT COUNT(*) FROM m"); }).value().front().n, 1);
  migration.statements = "CREATE TABLE m (b BIGINT);\n";
  EXPECT_EQ(migrate(*db_, {&migration, 1}).error().code, Code::conflict);
}

TEST_P(DbContract, OneDatabasePassesOverWhatIsForTheOther) {
  constexpr Migration kOne{"test/0001", "CREATE TABLE m (a BIGINT);\n-- postgres\nINSERT INTO m (a) VALUES (1);\nINSERT INTO m (a) VALUES (2);\n"};
  ASSERT_TRUE(migrate(*db_, {&kOne, 1}));
  EXPECT_EQ(db_->read([](Tx& tx) { return tx.select<Count>("SELECT COUNT(*) FROM m"); }).value().front().n, db_->dialect() == Dialect::postgres ? 2 : 1);
}

TEST_P(DbContract, ALeaseHasOneHolder) {
  ASSERT_TRUE(migrate(*db_, lease_migrations()));
  Lease a(*db_, "seal", "a", {.ttl_ms = 600}), b(*db_, "seal", "b", {.ttl_ms = 600});
  EXPECT_TRUE(a.hold(1000).value());
  EXPECT_FALSE(b.hold(1000).value());
  EXPECT_TRUE(a.hold(1400).value());
  EXPECT_FALSE(b.hold(1900).value());  // it was renewed
  EXPECT_TRUE(b.hold(2101).value());
  EXPECT_FALSE(a.hold(2102).value());
  ASSERT_TRUE(b.release());
  EXPECT_FALSE(a.hold(2103).value());  // it has just asked
  EXPECT_TRUE(a.hold(2302).value());
  Lease modest(*db_, "seal", "modest", {.ttl_ms = 600, .asks_again = false});
  EXPECT_FALSE(modest.hold(2400).value());
  EXPECT_FALSE(modest.hold(9000).value());  // although it is free now
  EXPECT_TRUE(a.hold(9001).value());
}

TEST_P(DbContract, WhoHasLostALeaseWritesNothingUnderIt) {
  ASSERT_TRUE(migrate(*db_, lease_migrations()));
  Lease late(*db_, "seal", "late", {.ttl_ms = 600}), next(*db_, "seal", "next", {.ttl_ms = 600});
  const auto write_under = [&](const Lease& lease) {
    return db_->write([&](Tx& tx) -> Result<void> {
      TRY(lease.check(tx));
      return tx.exec("INSERT INTO t (id, n) VALUES ($1, 1)", make_hex_id());
    });
  };
  EXPECT_FALSE(write_under(late));  // never held
  ASSERT_TRUE(late.hold(1000).value());
  EXPECT_TRUE(write_under(late));
  ASSERT_TRUE(next.hold(1601).value());
  const auto refused = write_under(late);  // which does not know yet
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::conflict);
  ASSERT_TRUE(next.release());
  ASSERT_TRUE(late.hold(1602).value());
  EXPECT_TRUE(write_under(late));
  EXPECT_EQ(db_->read([](Tx& tx) { return tx.select<Count>("SELECT COUNT(*) FROM t"); })->front().n, 2);
}

TEST_P(DbContract, EventsArriveInOrderAndAgainAfterAFailure) {
  ASSERT_TRUE(migrate(*db_, outbox::migrations()));
  for (int i = 0; i < 5; ++i) {
    ASSERT_TRUE(db_->write([&](Tx& tx) { return outbox::publish(tx, i, i % 2 ? "run.finished" : "commit.created", "s", json::Object{{"i", i}}); }));
  }
  std::vector<std::int64_t> seen;
  bool broken = true;
  outbox::Dispatcher dispatcher(*db_);
  dispatcher.subscribe("runs", "run.", [&](const outbox::Event& event) -> Result<void> {
    if (std::exchange(broken, false)) return fail(Code::internal, "down");
    seen.push_back(event.payload["i"].int_or(-1));
    return {};
  });
  EXPECT_FALSE(dispatcher.deliver());
  EXPECT_EQ(dispatcher.deliver().value(), 2u);
  EXPECT_EQ(dispatcher.deliver().value(), 0u);
  EXPECT_EQ(seen, (std::vector<std::int64_t>{1, 3}));
}

TEST_P(DbContract, WhoOnlyShowsEventsHasThoseFromNowOn) {
  ASSERT_TRUE(migrate(*db_, outbox::migrations()));
  const auto publish = [&](const char* subject) { ASSERT_TRUE(db_->write([&](Tx& tx) { return outbox::publish(tx, 1, "run.created", subject, {}); })); };
  publish("before");
  outbox::Tail one(*db_), other(*db_);
  ASSERT_TRUE(one.begin());
  ASSERT_TRUE(other.begin());
  publish("after");
  EXPECT_EQ(one.lag().value(), 1);
  for (auto* tail : {&one, &other}) {
    const auto events = tail->next().value();
    ASSERT_EQ(events.size(), 1u);
    EXPECT_EQ(events[0].subject, "after");
    EXPECT_TRUE(tail->next()->empty());
  }
  EXPECT_EQ(one.lag().value(), 0);
}

TEST_P(DbContract, WhoHasLostTheLeaseMovesNoSubscriberBack) {
  ASSERT_TRUE(migrate(*db_, lease_migrations()));
  ASSERT_TRUE(migrate(*db_, outbox::migrations()));
  ASSERT_TRUE(db_->write([&](Tx& tx) { return outbox::publish(tx, 1, "run.created", "s", {}); }));
  const auto fenced = make_fenced(make_faulty(*db_, {}));  // which borrows, and never fails
  Lease late(*fenced, "deliveries", "late"), next(*db_, "deliveries", "next");
  outbox::Dispatcher dispatcher(*fenced);
  dispatcher.subscribe("s", "", [&](const outbox::Event&) -> Result<void> {
    EXPECT_TRUE(next.hold(LeaseTerms{}.ttl_ms + 2).value());  // it took too long
    return {};
  });
  ASSERT_TRUE(late.hold(1).value());
  const Fence fence(late);
  const auto delivered = dispatcher.deliver();
  ASSERT_FALSE(delivered);
  EXPECT_EQ(delivered.error().code, Code::conflict);
  EXPECT_EQ(dispatcher.lags()->front().events, 1);
  EXPECT_EQ(dispatcher.purge(8 * kDayMs).error().code, Code::conflict);
}

TEST_P(DbContract, AFailedStatementFailsItsTransactionEvenWhenTheBodyGoesOn) {
  ASSERT_TRUE(insert("a", 1));
  const auto outcome = db_->write([](Tx& tx) -> Result<void> {
    (void)tx.exec("INSERT INTO t (id, n) VALUES ('b', 1)");
    (void)tx.exec("INSERT INTO t (id, n) VALUES ('a', 2)");
    return {};
  });
  EXPECT_EQ(outcome.error().code, Code::conflict);
  EXPECT_EQ(count(), 1);
  EXPECT_TRUE(insert("c", 1));
}

TEST_P(DbContract, LikeTellsCapitalsFromSmallLetters) {
  ASSERT_TRUE(insert("Abc", 1));
  const auto matches = [&](std::string_view pattern) {
    return db_->read([&](Tx& tx) { return tx.select<Count>("SELECT COUNT(*) FROM t WHERE id LIKE $1", pattern); }).value().front().n;
  };
  EXPECT_EQ(matches("Ab%"), 1);
  EXPECT_EQ(matches("ab%"), 0);
}

TEST_P(DbContract, AReadSeesOneMoment) {
  ASSERT_TRUE(insert("a", 1));
  if (std::string_view(GetParam()) == "SqliteMemory") GTEST_SKIP() << "a database in memory has one connection at a time";
  const auto seen = db_->read([&](Tx& tx) -> Result<std::pair<std::int64_t, std::int64_t>> {
    const auto before = TRY(tx.select<Count>("SELECT COUNT(*) FROM t")).front().n;
    std::thread([&] { EXPECT_TRUE(insert("b", 1)); }).join();
    return std::pair(before, TRY(tx.select<Count>("SELECT COUNT(*) FROM t")).front().n);
  });
  EXPECT_EQ(seen.value(), std::pair(std::int64_t{1}, std::int64_t{1}));
  EXPECT_EQ(count(), 2);
}

TEST_P(DbContract, ReadersAndWritersTogether) {
  std::vector<std::thread> threads;
  std::atomic<int> failed = 0;
  for (int t = 0; t < 6; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < 40; ++i) {
        if (t % 2 ? !insert(std::to_string(t * 1000 + i), i) : !db_->read([](Tx& tx) { return tx.select<Count>("SELECT COUNT(*) FROM t"); })) ++failed;
      }
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(failed, 0);
  EXPECT_EQ(count(), 120);
  EXPECT_TRUE(db_->verify());
}

TEST_P(DbContract, ASubscriberThatFailsHoldsUpNobodyElse) {
  ASSERT_TRUE(migrate(*db_, outbox::migrations()));
  ASSERT_TRUE(db_->write([&](Tx& tx) { return outbox::publish(tx, 1, "a.b", "s", {}); }));
  int heard = 0;
  outbox::Dispatcher dispatcher(*db_);
  dispatcher.subscribe("broken", "", [](const outbox::Event&) -> Result<void> { return fail(Code::internal, "down"); });
  dispatcher.subscribe("good", "", [&](const outbox::Event&) -> Result<void> { return ++heard, Result<void>(); });
  EXPECT_FALSE(dispatcher.deliver());
  EXPECT_FALSE(dispatcher.deliver());
  EXPECT_EQ(heard, 1);
}

TEST_P(DbContract, OldEventsGoWhenAllHadThem) {
  ASSERT_TRUE(migrate(*db_, outbox::migrations()));
  const TimeMs now = 100 * kDayMs;
  for (const TimeMs at : {TimeMs{0}, kDayMs, now}) ASSERT_TRUE(db_->write([&](Tx& tx) { return outbox::publish(tx, at, "a.b", "s", {}); }));
  outbox::Dispatcher dispatcher(*db_);
  for (const char* name : {"one", "two"}) dispatcher.subscribe(name, "", [](const outbox::Event&) -> Result<void> { return {}; });
  EXPECT_EQ(dispatcher.purge(now).value(), 0);
  ASSERT_TRUE(dispatcher.deliver());
  EXPECT_EQ(dispatcher.purge(now).value(), 2);
  EXPECT_EQ(dispatcher.purge(now).value(), 0);
}

TEST(CountedDb, CountsTransactionsAndTheCommitsThatCarryThem) {
  Counters counters;
  const auto db = make_counted(open_sqlite(":memory:").value(), counters);
  ASSERT_TRUE(db->write([](Tx& tx) { return tx.exec("CREATE TABLE t (n BIGINT)"); }));
  EXPECT_FALSE(db->write([](Tx& tx) { return tx.exec("INSERT INTO nothing (n) VALUES (1)"); }));
  ASSERT_TRUE(db->read([](Tx& tx) { return tx.exec("SELECT n FROM t"); }));
  EXPECT_EQ(counters.writes.read().calls, 2);
  EXPECT_EQ(counters.writes.read().failures, 1);
  EXPECT_EQ(counters.reads.read().calls, 1);
  EXPECT_EQ(db->commits().bodies, 2);
  EXPECT_LE(db->commits().commits, 2);
}

INSTANTIATE_TEST_SUITE_P(Backends, DbContract, testing::ValuesIn(TestDatabase::kKinds), [](const auto& info) { return std::string(info.param); });

}  // namespace
}  // namespace gyre::sql
