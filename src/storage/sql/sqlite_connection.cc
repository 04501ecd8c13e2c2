#include "storage/sql/sqlite_connection.h"

#include <fmt/format.h>
#include <sqlite3.h>

#include <utility>

#include "storage/sql/pattern_time.h"
#include "storage/sql/sqlite_functions.h"

namespace gyre::sql {
namespace {

constexpr int kBusyTimeoutMs = 10'000;

std::unexpected<Error> failure(sqlite3* db) {
  const char* detail = sqlite3_errmsg(db);
  switch (sqlite3_extended_errcode(db) & 0xff) {
    case SQLITE_CONSTRAINT:
      return fail(Code::conflict, "it exists already, or something that it needs does not", detail);
    case SQLITE_FULL:
      return fail(Code::unavailable, "the disk is full", detail, "free some space on the file system of the data folder");
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return fail(Code::unavailable, "the metadata database is locked by another process", detail);
    case SQLITE_READONLY:
    case SQLITE_PERM:
      return fail(Code::denied, "the metadata database cannot be written", detail, "give this user write access to the data folder");
    case SQLITE_CANTOPEN:
      return fail(Code::denied, "the metadata database cannot be opened", detail, "check that the data folder exists and may be written");
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return fail(Code::internal, "the metadata database is damaged", detail, "restore the data folder from a backup");
    default:
      return fail(Code::internal, "the metadata database failed", detail);
  }
}

void bind_one(sqlite3_stmt* statement, int at, const Value& value) {
  switch (value.index()) {
    case 0:
      sqlite3_bind_null(statement, at);
      break;
    case 1:
      sqlite3_bind_int64(statement, at, std::get<1>(value));
      break;
    case 2:
      sqlite3_bind_double(statement, at, std::get<2>(value));
      break;
    case 3: {
      const auto text = std::get<3>(value);
      sqlite3_bind_text64(statement, at, text.data() ? text.data() : "", text.size(), SQLITE_STATIC, SQLITE_UTF8);
      break;
    }
    case 4: {
      const auto bytes = std::get<4>(value).view;
      sqlite3_bind_blob64(statement, at, bytes.data() ? bytes.data() : "", bytes.size(), SQLITE_STATIC);
    }
  }
}

void bind_all(sqlite3_stmt* statement, std::span<const Value> args) {
  for (std::size_t i = 0; i < args.size(); ++i) bind_one(statement, static_cast<int>(i + 1), args[i]);
}

// SQLite numbers $1, $2, ... by first appearance and not by their digits, as PostgreSQL does; ?1, ?2, ... it numbers alike.
std::string with_numbered_parameters(std::string_view text) {
  std::string out(text);
  char quote = 0;
  for (std::size_t i = 0; i + 1 < out.size(); ++i) {
    if (quote != 0) {
      if (out[i] == quote) quote = 0;
    } else if (out[i] == '\'' || out[i] == '"') {
      quote = out[i];
    } else if (out[i] == '$' && out[i + 1] >= '0' && out[i + 1] <= '9') {
      out[i] = '?';
    }
  }
  return out;
}

Value column(sqlite3_stmt* statement, int at) {
  const auto bytes = [&](const void* data) {
    return std::string_view(static_cast<const char*>(data), static_cast<std::size_t>(sqlite3_column_bytes(statement, at)));
  };
  switch (sqlite3_column_type(statement, at)) {
    case SQLITE_INTEGER:
      return sqlite3_column_int64(statement, at);
    case SQLITE_FLOAT:
      return sqlite3_column_double(statement, at);
    case SQLITE_NULL:
      return std::monostate{};
    case SQLITE_BLOB:
      return Bytes{bytes(sqlite3_column_blob(statement, at))};
    default:
      return bytes(sqlite3_column_text(statement, at));
  }
}

}  // namespace

Result<std::unique_ptr<SqliteConnection>> SqliteConnection::open(const std::string& file, bool read_only) {
  sqlite3* raw = nullptr;
  const int flags = (read_only ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE) | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_URI;
  const int opened = sqlite3_open_v2(file.c_str(), &raw, flags, nullptr);
  std::unique_ptr<SqliteConnection> connection(new SqliteConnection(raw));
  if (opened != SQLITE_OK) return failure(raw);
  sqlite3_extended_result_codes(raw, 1);
  sqlite3_busy_timeout(raw, kBusyTimeoutMs);
  if (!add_functions(raw)) return failure(raw);
  for (const char* pragma : {"PRAGMA journal_mode=WAL", "PRAGMA synchronous=FULL", "PRAGMA foreign_keys=ON", "PRAGMA cache_size=-8192",
                             "PRAGMA temp_store=MEMORY", "PRAGMA case_sensitive_like=ON"}) {
    if (read_only && std::string_view(pragma).contains("journal_mode")) continue;
    TRY(connection->command(pragma));
  }
  return connection;
}

SqliteConnection::~SqliteConnection() {
  for (const auto& cached : cached_) sqlite3_finalize(cached.statement);
  sqlite3_close(db_);
}

Result<void> SqliteConnection::command(const char* text) {
  if (sqlite3_exec(db_, text, nullptr, nullptr, nullptr) != SQLITE_OK) return failure(db_);
  return {};
}

std::int64_t SqliteConnection::changed_rows() const { return sqlite3_changes64(db_); }
bool SqliteConnection::in_transaction() const { return sqlite3_get_autocommit(db_) == 0; }

void SqliteConnection::own_checkpoints() {
  const auto note = [](void* pages, sqlite3*, const char*, int now) {
    *static_cast<int*>(pages) = now;
    return SQLITE_OK;
  };
  sqlite3_wal_hook(db_, note, &log_pages_);  // in the place of SQLite's own checkpoints
}

void SqliteConnection::checkpoint() { sqlite3_wal_checkpoint_v2(db_, nullptr, SQLITE_CHECKPOINT_PASSIVE, nullptr, nullptr); }

Result<sqlite3_stmt*> SqliteConnection::prepare(std::string_view text) {
  if (const auto found = by_text_.find(text); found != by_text_.end()) {
    cached_.splice(cached_.begin(), cached_, found->second);
    return found->second->statement;
  }
  sqlite3_stmt* prepared = nullptr;
  const auto numbered = with_numbered_parameters(text);
  if (sqlite3_prepare_v3(db_, numbered.data(), static_cast<int>(numbered.size()), SQLITE_PREPARE_PERSISTENT, &prepared, nullptr) != SQLITE_OK)
    return failure(db_);
  if (cached_.size() >= kMaxCached) {
    by_text_.erase(cached_.back().text);
    sqlite3_finalize(cached_.back().statement);
    cached_.pop_back();
  }
  cached_.push_front({std::string(text), prepared});
  by_text_[cached_.front().text] = cached_.begin();
  return prepared;
}

Result<void> SqliteConnection::run(std::string_view statement, std::span<const Value> args, const RowSink& on_row) {
  sqlite3_stmt* prepared = TRY(prepare(statement));
  const auto reset = [](sqlite3_stmt* used) {
    sqlite3_reset(used);
    sqlite3_clear_bindings(used);
  };
  const std::unique_ptr<sqlite3_stmt, decltype(reset)> in_use(prepared, reset);
  bind_all(prepared, args);
  begin_pattern_time();

  std::vector<Value> row(static_cast<std::size_t>(sqlite3_column_count(prepared)));
  for (;;) {
    const int outcome = sqlite3_step(prepared);
    if (outcome == SQLITE_DONE) return {};
    if (outcome != SQLITE_ROW && is_pattern_time_over()) return patterns_took_too_long();
    if (outcome != SQLITE_ROW) return failure(db_);
    if (!on_row) continue;
    for (std::size_t i = 0; i < row.size(); ++i) row[i] = column(prepared, static_cast<int>(i));
    on_row(row);
  }
}

}  // namespace gyre::sql
