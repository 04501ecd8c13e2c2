#include "storage/sql/foreign.h"

#include <fmt/format.h>

#include <filesystem>

#include "storage/sql/postgres.h"
#include "storage/sql/sqlite_connection.h"

namespace gyre::sql {
namespace {

namespace fs = std::filesystem;

// What is said of our own database has other advice than what is said of somebody else's.
std::unexpected<Error> about(const Error& error, const std::string& file) {
  if (error.detail.contains("not a database")) {
    return fail(Code::invalid, fmt::format("'{}' is no SQLite database", file), error.detail, "name the database file itself, for example mlflow.db");
  }
  if (error.code == Code::internal && error.message.contains("damaged")) {
    return fail(Code::invalid, fmt::format("'{}' is damaged: it cannot be read to its end", file), error.detail,
                fmt::format("sqlite3 '{}' .recover | sqlite3 recovered.db, then import recovered.db", file));
  }
  if (error.code == Code::denied) {
    return fail(Code::denied, fmt::format("'{}' cannot be opened", file), error.detail,
                "copy it, and the file beside it that ends in -wal if there is one, to a folder that this user may write");
  }
  return std::unexpected(error);
}

class ForeignSqlite final : public Db {
 public:
  ForeignSqlite(std::unique_ptr<SqliteConnection> connection, std::string file) : connection_(std::move(connection)), file_(std::move(file)) {}
  Dialect dialect() const override { return Dialect::sqlite; }
  Result<void> verify() override { return {}; }

 private:
  Result<void> run(Mode mode, const std::function<Result<void>(Tx&)>& body) override {
    if (mode == Mode::write) return fail(Code::internal, "a database of others is never written");
    auto outcome = connection_->control("BEGIN");
    if (outcome) outcome = body(*connection_);
    if (connection_->in_transaction()) (void)connection_->control("ROLLBACK");
    return outcome ? outcome : about(outcome.error(), file_);
  }

  const std::unique_ptr<SqliteConnection> connection_;
  const std::string file_;
};

// https://www.sqlite.org/uri.html
std::string uri_of(const fs::path& file, std::string_view mode) {
  std::string uri = "file:";
  for (const char c : file.string()) {
    if (c == '?' || c == '#' || c == '%') {
      uri += fmt::format("%{:02X}", static_cast<unsigned char>(c));
    } else {
      uri += c;
    }
  }
  return fmt::format("{}?{}", uri, mode);
}

Result<std::unique_ptr<SqliteConnection>> open_file(const fs::path& file, std::string_view mode) {
  auto connection = TRY(SqliteConnection::open(uri_of(file, mode), true));
  for (const char* pragma : {"PRAGMA query_only=ON", "PRAGMA mmap_size=1073741824", "PRAGMA temp_store=FILE"}) TRY(connection->command(pragma));
  TRY(connection->exec("SELECT COUNT(*) FROM sqlite_master"));
  return connection;
}

// A log of writes in a folder that cannot be written cannot be joined; where there is no such log the file alone is all there is.
Result<std::unique_ptr<Db>> open_foreign_sqlite(const fs::path& file) {
  std::error_code error;
  if (!fs::exists(file, error)) return fail(Code::not_found, fmt::format("there is no file '{}'", file.string()));
  if (fs::file_size(file, error) == 0 && !error) return fail(Code::invalid, fmt::format("'{}' is empty: no database was ever written there", file.string()));
  auto opened = open_file(file, "mode=ro");
  const fs::path log = file.string() + "-wal";
  if (!opened && opened.error().code == Code::denied && (!fs::exists(log, error) || fs::file_size(log, error) == 0)) opened = open_file(file, "immutable=1");
  if (!opened) return about(opened.error(), file.string());
  return std::make_unique<ForeignSqlite>(std::move(*opened), file.string());
}

}  // namespace

Result<std::unique_ptr<Db>> open_foreign(std::string_view url) {
  if (url.starts_with("postgres://") || url.starts_with("postgresql://")) return open_postgres(url, {.connections = 1, .prepare = true, .retries = 0});
  constexpr std::string_view kScheme = "sqlite:";
  if (url.starts_with(kScheme)) url.remove_prefix(kScheme.size());
  if (url.starts_with("///")) url.remove_prefix(3);  // as SQLAlchemy writes a path: three before a relative one, four before an absolute one
  return open_foreign_sqlite(fs::path(url));
}

}  // namespace gyre::sql
