#include "storage/sql/sqlite.h"

#include <fmt/format.h>

#include <atomic>
#include <future>
#include <shared_mutex>
#include <thread>

#include "base/guarded.h"
#include "base/id.h"
#include "base/queue.h"
#include "storage/sql/sqlite_checkpoints.h"

namespace gyre::sql {
namespace {

using Body = std::function<Result<void>(Tx&)>;

constexpr std::chrono::seconds kMaxWait{30};  // for a free reader

// Readers take a connection each from a bounded pool. Writers hand their bodies to one thread, which runs those that wait
// in one transaction, a savepoint each, and answers them after the one fsync of its commit.
class SqliteDb final : public Db {
 public:
  // `copier`: none of a database in memory.
  SqliteDb(std::unique_ptr<SqliteConnection> writer, std::vector<std::unique_ptr<SqliteConnection>> readers, std::unique_ptr<SqliteConnection> copier,
           SqliteOptions options)
      : options_(options), memory_(!copier), writes_(options.max_waiting_writes), writer_(std::move(writer)), readers_(std::move(readers)) {
    if (copier) {
      writer_->own_checkpoints();
      checkpoints_.emplace(std::move(copier));
    }
    thread_ = std::thread([this] { write_until_closed(); });
  }

  ~SqliteDb() override {
    writes_.close();
    thread_.join();
  }

  Dialect dialect() const override { return Dialect::sqlite; }
  Commits commits() const override { return {commits_, bodies_}; }

  Result<void> verify() override {
    struct Finding {
      std::string text;
    };
    const auto damage = TRY(read([](Tx& tx) { return tx.select<Finding>("PRAGMA integrity_check(10)"); }));
    for (const auto& finding : damage) {
      if (finding.text != "ok") return fail(Code::internal, "the metadata database is damaged: " + finding.text);
    }
    struct Dangling {
      std::string table;
      std::int64_t row;
      std::string parent;
    };
    const auto dangling =
        TRY(read([](Tx& tx) { return tx.select<Dangling>("SELECT \"table\", COALESCE(rowid, 0), parent FROM pragma_foreign_key_check LIMIT 1"); }));
    if (!dangling.empty())
      return fail(Code::internal,
                  fmt::format("row {} of table '{}' refers to one of '{}' that does not exist", dangling[0].row, dangling[0].table, dangling[0].parent));
    return {};
  }

 private:
  struct Write {
    const Body* body;
    std::promise<Result<void>> done;
  };

  Result<void> run(Mode mode, const Body& body) override { return mode == Mode::read ? run_read(body) : run_write(body); }

  Result<void> run_read(const Body& body) {
    const auto hold = memory_ ? std::shared_lock(memory_lock_) : std::shared_lock<std::shared_mutex>();
    auto connection = TRY(take_reader());
    auto outcome = connection->control("BEGIN");
    if (outcome) outcome = body(*connection);
    if (connection->in_transaction()) (void)connection->control("COMMIT");  // nothing was written
    give_back(std::move(connection));
    return outcome;
  }

  Result<void> run_write(const Body& body) {
    Write write{&body, {}};
    auto done = write.done.get_future();
    if (!writes_.try_push(write)) {
      return fail(Code::exhausted, "too many writes wait for the database", fmt::format("{} waiting", options_.max_waiting_writes),
                  "send less at a time, then try again");
    }
    return done.get();
  }

  Result<std::unique_ptr<SqliteConnection>> take_reader() {
    std::unique_lock lock(readers_mutex_);
    if (!reader_back_.wait_for(lock, kMaxWait, [&] { return !readers_.empty(); })) {
      return fail(Code::exhausted, "too many queries wait for the database", {}, "ask less at a time, then try again");
    }
    auto connection = std::move(readers_.back());
    readers_.pop_back();
    return connection;
  }

  void give_back(std::unique_ptr<SqliteConnection> connection) {
    {
      const std::lock_guard lock(readers_mutex_);
      readers_.push_back(std::move(connection));
    }
    reader_back_.notify_one();
  }

  void write_until_closed() {
    for (;;) {
      auto group = writes_.pop_many(options_.max_group);
      if (group.empty()) return;
      commit_group(group);
      if (checkpoints_) checkpoints_->committed(*writer_);
    }
  }

  void commit_group(std::vector<Write>& group) {
    const auto hold = memory_ ? std::unique_lock(memory_lock_) : std::unique_lock<std::shared_mutex>();
    std::vector<Result<void>> outcomes(group.size());
    auto begun = writer_->command("BEGIN IMMEDIATE");
    if (begun) {
      begun = run_bodies(group, outcomes);
      if (begun) begun = writer_->command("COMMIT");
    }
    if (begun) ++commits_, bodies_ += static_cast<std::int64_t>(group.size());
    if (!begun && writer_->in_transaction()) (void)writer_->command("ROLLBACK");
    for (std::size_t i = 0; i < group.size(); ++i) {
      if (!begun && outcomes[i]) outcomes[i] = std::unexpected(begun.error());
      group[i].done.set_value(std::move(outcomes[i]));
    }
  }

  // Fails when the whole transaction ended underneath, as it may on a full disk: then nothing of the group is kept, and no
  // body that waits may run outside of it.
  Result<void> run_bodies(std::vector<Write>& group, std::vector<Result<void>>& outcomes) {
    for (std::size_t i = 0; i < group.size(); ++i) {
      outcomes[i] = run_in_savepoint(*group[i].body);
      if (!writer_->in_transaction()) return outcomes[i] ? fail(Code::unavailable, "the transaction was rolled back") : std::unexpected(outcomes[i].error());
    }
    return {};
  }

  Result<void> run_in_savepoint(const Body& body) {
    TRY(writer_->control("SAVEPOINT body"));
    auto outcome = body(*writer_);
    if (!writer_->in_transaction()) return outcome;
    if (!outcome) TRY(writer_->control("ROLLBACK TO body"));
    TRY(writer_->control("RELEASE body"));
    return outcome;
  }

  const SqliteOptions options_;
  // Connections to one database in memory lock whole tables and refuse at once, so there a writer is alone.
  const bool memory_;
  std::shared_mutex memory_lock_;

  std::atomic<std::int64_t> commits_ = 0, bodies_ = 0;
  BoundedQueue<Write> writes_;
  const std::unique_ptr<SqliteConnection> writer_;  // the writing thread's alone
  std::optional<SqliteCheckpoints> checkpoints_;

  std::mutex readers_mutex_;
  std::condition_variable reader_back_;
  std::vector<std::unique_ptr<SqliteConnection>> readers_;  // the free ones

  std::thread thread_;
};

}  // namespace

Result<std::unique_ptr<Db>> open_sqlite(const std::filesystem::path& file, SqliteOptions options) {
  const bool memory = file == ":memory:";
  const std::string name = memory ? fmt::format("file:{}?mode=memory&cache=shared", make_hex_id()) : file.string();
  auto writer = TRY(SqliteConnection::open(name, false));
  if (memory) TRY(writer->command("PRAGMA read_uncommitted=0"));
  std::vector<std::unique_ptr<SqliteConnection>> readers;
  for (std::size_t i = 0; i < options.readers; ++i) readers.push_back(TRY(SqliteConnection::open(name, !memory)));
  auto copier = memory ? nullptr : TRY(SqliteConnection::open(name, false));
  return std::make_unique<SqliteDb>(std::move(writer), std::move(readers), std::move(copier), options);
}

}  // namespace gyre::sql
