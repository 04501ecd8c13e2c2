// Metadata storage: SQL transactions over an embedded or a shared database.
//
// The seam between Gyre and its database. SQLite and PostgreSQL stand behind it and pass the same contract suite;
// statements are written once, in the dialect that both understand: $1 ... bound parameters, ON CONFLICT DO UPDATE,
// RETURNING; times BIGINT ms, booleans INTEGER, JSON TEXT, ids made by us.
#pragma once

#include <functional>
#include <memory>
#include <type_traits>
#include <vector>

#include "base/result.h"
#include "storage/sql/value.h"

namespace gyre::sql {

// One transaction. It lives inside the body that it was handed to, on that body's thread.
// A statement that failed has failed its transaction, whatever the body returns: PostgreSQL goes on no other way.
class Tx {
 public:
  using RowSink = std::function<void(std::span<const Value> row)>;

  virtual ~Tx() = default;

  // Runs one statement; $1, $2, ... are `args` in order.
  template <class... Args>
  Result<void> exec(std::string_view statement, const Args&... args) {
    return noted(run(statement, to_values(args...), {}));
  }

  // The same for a statement whose failure may show late: at the next one, or at the commit. Where the database is elsewhere it travels
  // with that one. changed_rows() does not tell of it.
  template <class... Args>
  Result<void> exec_late(std::string_view statement, const Args&... args) {
    return noted(run_late(statement, to_values(args...)));
  }

  // The rows of a query as aggregates whose members stand in column order.
  template <class Record, class... Args>
  Result<std::vector<Record>> select(std::string_view query, const Args&... args) {
    std::vector<Record> records;
    TRY(noted(run(query, to_values(args...), [&](std::span<const Value> row) { records.push_back(to_record<Record>(row)); })));
    return records;
  }

  // The first row, or nothing.
  template <class Record, class... Args>
  Result<std::optional<Record>> select_one(std::string_view query, const Args&... args) {
    auto records = TRY(select<Record>(query, args...));
    if (records.empty()) return std::nullopt;
    return std::move(records.front());
  }

  // How many rows the last exec() changed.
  virtual std::int64_t changed_rows() const = 0;

  // A statement whose arguments are counted at run time.
  Result<void> run_with(std::string_view statement, std::span<const Value> args, const RowSink& on_row = {}) { return noted(run(statement, args, on_row)); }

  // Inserts `rows.size() / columns.size()` rows, given flat, in as few statements as the database allows.
  // `behind` is put behind VALUES, for example "ON CONFLICT DO NOTHING"; `on_row` has what it is RETURNING.
  Result<void> insert_many(std::string_view table, std::span<const std::string_view> columns, std::span<const Value> rows, std::string_view behind = "",
                           const RowSink& on_row = {});

 private:
  friend class Db;
  virtual Result<void> run(std::string_view statement, std::span<const Value> args, const RowSink& on_row) = 0;
  virtual Result<void> run_late(std::string_view statement, std::span<const Value> args) { return run(statement, args, {}); }
  Result<void> noted(Result<void> outcome) {
    if (!outcome && !failed_) failed_ = outcome.error();
    return outcome;
  }

  std::optional<Error> failed_;  // the first failure of a statement in this body
};

enum class Dialect { sqlite, postgres };

// What reached the disk: several bodies that write may share one commit.
struct Commits {
  std::int64_t commits = 0, bodies = 0;
};

// Thread-safe.
class Db {
 public:
  virtual ~Db() = default;

  // Runs `body` on one consistent snapshot and returns what it returns.
  template <class Body>
  std::invoke_result_t<Body, Tx&> read(Body body) {
    return transact(Mode::read, body);
  }

  // Commits when `body` succeeds and rolls back when it fails. Success means durable.
  // The body may run more than once (conflicts are retried) and on another thread, so it has no effect outside its
  // transaction but its return value. A body must not call the Db that runs it.
  template <class Body>
  std::invoke_result_t<Body, Tx&> write(Body body) {
    return transact(Mode::write, body);
  }

  virtual Dialect dialect() const = 0;

  // Reads through all of the database's pages and indexes; finds on-disk damage.
  virtual Result<void> verify() = 0;

  virtual Commits commits() const { return {}; }

 protected:
  enum class Mode { read, write };

 private:
  virtual Result<void> run(Mode mode, const std::function<Result<void>(Tx&)>& body) = 0;

  template <class Body>
  std::invoke_result_t<Body, Tx&> transact(Mode mode, Body& body) {
    using Outcome = std::invoke_result_t<Body, Tx&>;
    Outcome outcome = fail(Code::internal, "the transaction did not run");
    TRY(run(mode, [&](Tx& tx) -> Result<void> {
      tx.failed_.reset();
      outcome = body(tx);
      if (!outcome) return std::unexpected(outcome.error());
      if (tx.failed_) return std::unexpected(*tx.failed_);
      return {};
    }));
    return outcome;
  }
};

// "sqlite:PATH" (or a bare path; ":memory:" for tests) or "postgres://user:password@host:port/database".
Result<std::unique_ptr<Db>> open(std::string_view url);

}  // namespace gyre::sql
