// What is moved from SQLite to PostgreSQL is all there, or nothing is; servers that start at once on one empty database both come up.
#include "storage/sql/copy.h"

#include <gtest/gtest.h>

#include <fstream>
#include <latch>
#include <thread>

#include "storage/sql/migrate.h"
#include "storage/sql/testing.h"

namespace gyre::sql {
namespace {

constexpr Migration kSchema[] = {
    {"copying/0001",
     "CREATE TABLE parents (id BIGINT PRIMARY KEY, name TEXT);\n"
     "CREATE TABLE aunts (id BIGINT PRIMARY KEY, parent BIGINT NOT NULL REFERENCES parents (id), n BIGINT, r DOUBLE PRECISION, data BLOB, t TEXT);\n"},
    {"copying/0002", "CREATE TABLE numbers (name TEXT PRIMARY KEY, last BIGINT NOT NULL);\nINSERT INTO numbers (name, last) VALUES ('aunt', 0);\n"}};

struct Count {
  std::int64_t n;
};
struct Aunt {
  std::int64_t id;
  std::optional<std::int64_t> n;
  std::optional<double> r;
  std::optional<std::string> data, t;
  friend bool operator==(const Aunt&, const Aunt&) = default;
};

Result<void> make_schema(Db& in) { return migrate(in, kSchema); }
const CopyWatcher kNobody = [](const CopyProgress&) {};

class CopyTest : public testing::Test {
 protected:
  void SetUp() override {
    if (!to_.available()) GTEST_SKIP() << TestDatabase::kSkipped;
    ASSERT_TRUE(make_schema(from()));
    write(from(), "INSERT INTO parents (id, name) VALUES (-7, 'ünï ''\"\\'), (9223372036854775807, NULL)");
    write(from(), "UPDATE numbers SET last = 41");
  }
  Db& from() { return *from_.db(); }
  Db& to() { return *to_.db(); }
  static void write(Db& db, std::string_view statement) {
    const auto done = db.write([&](Tx& tx) { return tx.exec(statement); });
    ASSERT_TRUE(done) << done.error().detail;
  }
  static std::vector<Aunt> aunts(Db& db) {
    return db.read([](Tx& tx) { return tx.select<Aunt>("SELECT id, n, r, data, t FROM aunts ORDER BY id"); }).value();
  }
  bool holds_nothing() {
    return to().read([](Tx& tx) { return tx.select<Count>("SELECT COUNT(*) FROM information_schema.tables WHERE table_schema = current_schema()"); })
               .value()
               .front()
               .n == 0;
  }
  void add_aunts(int count) {
    ASSERT_TRUE(from().write([&](Tx& tx) -> Result<void> {
      for (std::int64_t i = 0; i < count; ++i) TRY(tx.exec("INSERT INTO aunts (id, parent, n, t) VALUES ($1, -7, $2, $3)", i + 10, i, std::to_string(i)));
      return {};
    }));
  }

  TestDatabase from_{"SqliteFile"}, to_{"Postgres"};
};

TEST_F(CopyTest, EveryValueComesOutAsItWas) {
  std::string all;
  for (int i = 0; i < 256; ++i) all += static_cast<char>(i);
  ASSERT_TRUE(from().write([&](Tx& tx) -> Result<void> {
    TRY(tx.exec("INSERT INTO aunts (id, parent, n, r, data, t) VALUES (1, -7, $1, $2, $3, $4)", INT64_MIN, 5e-324, Bytes{all}, "tab\t, line\n, ä€😀"));
    TRY(tx.exec("INSERT INTO aunts (id, parent, n, r, data, t) VALUES (2, -7, $1, $2, $3, '')", INT64_MAX, -std::numeric_limits<double>::infinity(),
                Bytes{""}));
    return tx.exec("INSERT INTO aunts (id, parent, r) VALUES (3, -7, $1)", 0.1 + 0.2);
  }));
  add_aunts(3000);  // more than a batch, and more than a cursor gives at once
  const auto copied = copy_all(from(), to(), make_schema, kNobody);
  ASSERT_TRUE(copied) << copied.error().message << copied.error().detail;
  EXPECT_FALSE(copied->was_there);
  EXPECT_EQ(aunts(to()), aunts(from()));
  EXPECT_EQ(to().read([](Tx& tx) { return tx.select<Count>("SELECT last FROM numbers"); }).value().front().n, 41)
      << "what a migration had put there is replaced";
  EXPECT_TRUE(migrate(to(), kSchema)) << "the schema is the one that a server expects";
}

TEST_F(CopyTest, WhatCannotBeKeptStopsAllAndIsNamed) {
  add_aunts(3000);
  ASSERT_TRUE(from().write([](Tx& tx) { return tx.exec("UPDATE aunts SET t = $1 WHERE id = 2500", std::string_view("a\0b", 3)); }));
  const auto copied = copy_all(from(), to(), make_schema, kNobody);
  ASSERT_FALSE(copied);
  EXPECT_EQ(copied.error().code, Code::invalid);
  EXPECT_TRUE(copied.error().message.contains("aunts")) << copied.error().message;
  EXPECT_TRUE(holds_nothing());
}

TEST_F(CopyTest, OtherContentIsNoticedAndNothingIsKept) {
  add_aunts(5);
  const auto bent = [](Db& in) -> Result<void> {  // a database that changes what it is given
    TRY(make_schema(in));
    return in.write([](Tx& tx) -> Result<void> {
      TRY(tx.exec("CREATE FUNCTION bend() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN IF NEW.id = 12 THEN NEW.t := ''other''; END IF; RETURN NEW; END'"));
      return tx.exec("CREATE TRIGGER bends BEFORE INSERT ON aunts FOR EACH ROW EXECUTE FUNCTION bend()");
    });
  };
  const auto copied = copy_all(from(), to(), bent, kNobody);
  ASSERT_FALSE(copied);
  EXPECT_TRUE(copied.error().message.contains("aunts")) << copied.error().message;
  EXPECT_TRUE(holds_nothing());
}

TEST_F(CopyTest, ASecondTimeFindsItDoneAndADatabaseInUseIsRefused) {
  add_aunts(5);
  ASSERT_TRUE(copy_all(from(), to(), make_schema, kNobody));
  const auto again = copy_all(from(), to(), make_schema, kNobody);
  ASSERT_TRUE(again) << again.error().message;
  EXPECT_TRUE(again->was_there);
  write(to(), "UPDATE aunts SET n = 7 WHERE id = 11");
  EXPECT_EQ(copy_all(from(), to(), make_schema, kNobody).error().code, Code::conflict);
  write(to(), "DELETE FROM aunts");
  EXPECT_EQ(copy_all(from(), to(), make_schema, kNobody).error().code, Code::conflict);
  EXPECT_TRUE(aunts(to()).empty()) << "a refusal changes nothing";
}

std::int64_t resident_bytes() {
  std::ifstream file("/proc/self/statm");
  std::int64_t pages = 0, resident = 0;
  file >> pages >> resident;
  return resident * 4096;
}

#if defined(__has_feature)
#if __has_feature(thread_sanitizer) || __has_feature(address_sanitizer)
#define SHADOWED_MEMORY
#endif
#endif

TEST_F(CopyTest, MemoryIsBoundedByABatch) {
#ifdef SHADOWED_MEMORY
  GTEST_SKIP() << "a sanitizer's shadow and quarantine are resident too, and are no measure of the copy";
#endif
  constexpr int kRows = 200, kBytes = 1 << 20;
  ASSERT_TRUE(from().write([&](Tx& tx) -> Result<void> {
    for (std::int64_t i = 0; i < kRows; ++i)
      TRY(tx.exec("INSERT INTO aunts (id, parent, data) VALUES ($1, -7, $2)", i, Bytes{std::string(kBytes, static_cast<char>(i))}));
    return {};
  }));
  std::int64_t most = 0;
  const auto before = resident_bytes();
  std::atomic<bool> over = false;
  std::thread watcher([&] {
    for (; !over; std::this_thread::sleep_for(std::chrono::milliseconds(5))) most = std::max(most, resident_bytes() - before);
  });
  const auto copied = copy_all(from(), to(), make_schema, kNobody);
  over = true;
  watcher.join();
  ASSERT_TRUE(copied) << copied.error().message << copied.error().detail;
  EXPECT_LT(most, static_cast<std::int64_t>(kRows) * kBytes / 2);
}

TEST(Schema, IsMadeOnceByManyWhoStartAtTheSameMoment) {
  constexpr int kRounds = 5, kServers = 4;
  for (int round = 0; round < kRounds; ++round) {
    TestDatabase database("Postgres");
    if (!database.available()) GTEST_SKIP() << TestDatabase::kSkipped;
    std::vector<std::unique_ptr<Db>> servers;
    for (int i = 0; i < kServers; ++i) servers.push_back(open(database.url()).value());
    std::latch start(kServers);
    std::vector<std::thread> threads;
    for (auto& server : servers) {
      threads.emplace_back([&] {
        start.arrive_and_wait();
        const auto done = make_schema(*server);
        EXPECT_TRUE(done) << done.error().message << " " << done.error().detail;
      });
    }
    for (auto& thread : threads) thread.join();
    EXPECT_EQ(database.db()->read([](Tx& tx) { return tx.select<Count>("SELECT COUNT(*) FROM migrations"); }).value().front().n, 2);
  }
}

}  // namespace
}  // namespace gyre::sql
