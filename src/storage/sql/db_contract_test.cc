// What every database behind sql::Db promises, run on SQLite (file and memory) and on PostgreSQL (GYRE_TEST_PG names one).
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <thread>

#include "base/file.h"
#include "storage/sql/lease.h"
#include "storage/sql/outbox.h"
#include "storage/sql/sqlite.h"

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

struct Backend {
  std::string name;
  std::unique_ptr<Db> (*open)(const ScratchFolder&);
};

std::unique_ptr<Db> open_postgres_schema(const ScratchFolder&) {
  const char* url = std::getenv("GYRE_TEST_PG");
  if (!url) return nullptr;
  const auto schema = "t" + make_hex_id();
  auto admin = open(url);
  if (!admin || !(*admin)->write([&](Tx& tx) { return tx.exec("CREATE SCHEMA " + schema); })) return nullptr;
  auto db = open(std::string(url) + (std::string(url).contains('?') ? "&" : "?") + "options=-csearch_path%3D" + schema);
  return db ? std::move(*db) : nullptr;
}

class DbContract : public testing::TestWithParam<Backend> {
 protected:
  void SetUp() override {
    db_ = GetParam().open(folder_);
    if (!db_) GTEST_SKIP() << "GYRE_TEST_PG names no PostgreSQL";
    ASSERT_TRUE(db_->write([](Tx& tx) { return tx.exec("CREATE TABLE t (id TEXT PRIMARY KEY, n BIGINT, r DOUBLE PRECISION)"); }));
  }

  Result<void> insert(std::string_view id, std::int64_t n) {
    return db_->write([&](Tx& tx) { return tx.exec("INSERT INTO t (id, n) VALUES ($1, $2)", id, n); });
  }
  std::int64_t count() {
    return db_->read([](Tx& tx) { return tx.select<Count>("SELECT COUNT(*) FROM t"); }).value().front().n;
  }

  const ScratchFolder folder_;
  std::unique_ptr<Db> db_;
};

TEST_P(DbContract, FailedBodyLeavesNothingBehind) {
  const auto outcome = db_->write([](Tx& tx) -> Result<void> {
    TRY(tx.exec("INSERT INTO t (id, n) VALUES ('a', 1)"));
    return fail(Code::invalid, "changed my mind");
  });
  EXPECT_EQ(outcome.error().code, Code::invalid);
  EXPECT_EQ(count(), 0);
}

TEST_P(DbContract, ParametersGoByTheirNumber) {
  ASSERT_TRUE(db_->write([](Tx& tx) { return tx.exec("INSERT INTO t (n, id) VALUES ($2, $1)", "a", std::int64_t{7}); }));
  EXPECT_EQ(db_->read([](Tx& tx) { return tx.select<Count>("SELECT n FROM t WHERE id = $1", "a"); }).value().front().n, 7);
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

TEST_P(DbContract, ALeaseHasOneHolder) {
  ASSERT_TRUE(migrate(*db_, lease_migrations()));
  EXPECT_TRUE(hold_lease(*db_, "seal", "a", 1000, 500).value());
  EXPECT_FALSE(hold_lease(*db_, "seal", "b", 1400, 500).value());
  EXPECT_TRUE(hold_lease(*db_, "seal", "a", 1400, 500).value());
  EXPECT_TRUE(hold_lease(*db_, "seal", "b", 2000, 500).value());
  ASSERT_TRUE(drop_lease(*db_, "seal", "b"));
  EXPECT_TRUE(hold_lease(*db_, "seal", "a", 2001, 500).value());
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

std::string backend_name(const testing::TestParamInfo<Backend>& info) { return info.param.name; }

INSTANTIATE_TEST_SUITE_P(Backends, DbContract,
                         testing::Values(Backend{"SqliteFile", [](const ScratchFolder& f) { return open_sqlite(f.path() / "a.db").value(); }},
                                         Backend{"SqliteMemory", [](const ScratchFolder&) { return open_sqlite(":memory:").value(); }},
                                         Backend{"Postgres", open_postgres_schema}),
                         backend_name);

// A child acknowledges each durable write on a pipe and is killed in the middle; all that it acknowledged is there.
TEST(SqliteDurability, NothingAcknowledgedIsLostByKill) {
  const ScratchFolder folder;
  const auto file = folder.path() / "a.db";
  ASSERT_TRUE(open_sqlite(file).value()->write([](Tx& tx) { return tx.exec("CREATE TABLE t (n BIGINT)"); }));
  int pipe_ends[2];
  ASSERT_EQ(pipe(pipe_ends), 0);
  const pid_t child = fork();
  if (child == 0) {
    auto db = open_sqlite(file).value();
    for (std::int64_t n = 0;; ++n) {
      if (!db->write([n](Tx& tx) { return tx.exec("INSERT INTO t (n) VALUES ($1)", n); })) _exit(1);
      if (write(pipe_ends[1], &n, sizeof n) != sizeof n) _exit(1);
    }
  }
  std::int64_t last = -1;
  while (last < 200) ASSERT_EQ(read(pipe_ends[0], &last, sizeof last), static_cast<ssize_t>(sizeof last));
  kill(child, SIGKILL);
  waitpid(child, nullptr, 0);
  close(pipe_ends[1]);
  for (std::int64_t n; read(pipe_ends[0], &n, sizeof n) == static_cast<ssize_t>(sizeof n);) last = n;
  close(pipe_ends[0]);
  auto db = open_sqlite(file).value();
  EXPECT_GE(db->read([](Tx& tx) { return tx.select<Count>("SELECT COUNT(*) FROM t"); }).value().front().n, last + 1);
  EXPECT_TRUE(db->verify());
}

}  // namespace
}  // namespace gyre::sql
