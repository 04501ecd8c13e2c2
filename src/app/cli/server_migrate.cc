// gyre server migrate: a data folder's database goes to PostgreSQL.
#include <fmt/format.h>

#include "app/cli/command.h"
#include "app/cli/terminal.h"
#include "app/config.h"
#include "app/move_database.h"
#include "base/json_writer.h"
#include "base/log.h"

namespace gyre::cli {
namespace {

constexpr std::string_view kFix = "gyre server migrate --data-dir DIR --to postgres://user@host/name";

bool is_postgres_url(std::string_view url) { return url.starts_with("postgres://") || url.starts_with("postgresql://"); }

// `--to postgres` is the one that the server's settings name. No URL is repeated in an error: it may hold a password.
Result<std::string> target_of(const Invocation& call, const app::Config& config) {
  if (const auto from = call.option("from", "sqlite"); from != "sqlite")
    return fail(Code::invalid, "a database is moved from SQLite, in the data folder, and from nowhere else", {}, std::string(kFix));
  const auto to = call.option("to");
  if (is_postgres_url(to)) return to;
  if (to == "postgres" && is_postgres_url(config.database)) return config.database;
  if (to == "postgres") return fail(Code::invalid, "which PostgreSQL is not told", {}, "--to postgres://user@host/name, or --database with it");
  return fail(Code::invalid, to.empty() ? "--to is missing: where to move the database" : "--to is no URL of a PostgreSQL", {}, std::string(kFix));
}

// In what people copy from the screen, a password has no place.
std::string without_password(const std::string& url) {
  const auto from = url.find("://") + 3;
  const auto at = url.find('@', from), colon = url.find(':', from);
  return at == std::string::npos || colon > at ? url : url.substr(0, colon) + url.substr(at);
}

void print_json(const app::Moved& moved, const std::string& database) {
  json::Writer writer;
  writer.begin_object();
  writer.field("schema", "migrate/1");
  writer.field("database", database);
  writer.field("kept", moved.kept.string());
  writer.field("already_there", moved.copied.was_there);
  writer.key("tables");
  writer.begin_array();
  for (const auto& table : moved.copied.tables) {
    writer.begin_object();
    writer.field("table", table.name);
    writer.field("rows", table.rows);
    writer.field("sha256", table.sha256);
    writer.end_object();
  }
  writer.end_array();
  writer.end_object();
  fmt::print("{}\n", writer.text());
}

void print_table(const app::Moved& moved) {
  Table table({{"TABLE"}, {"ROWS", true}, {"SHA-256", false, 1}});
  for (const auto& one : moved.copied.tables) table.add({one.name, grouped(one.rows), one.sha256});
  table.print();
}

Result<int> migrate(const Invocation& call) {
  const auto config = TRY(app::read_config(call.options));
  const auto url = TRY(target_of(call, config));
  TRY(log::configure(log::Level::warn));
  Progress progress;
  const auto watcher = [&](const sql::CopyProgress& at) {
    const auto doing = at.stage == sql::CopyProgress::Stage::copying ? "moving" : "verifying";
    progress.show(fmt::format("{} {}  {} of {} rows", doing, at.table, human_count(at.rows), human_count(at.total_rows)));
  };
  const auto moved = TRY(app::move_database({.data_dir = config.data_dir, .url = url}, watcher));
  progress.clear();
  if (call.json) {
    print_json(moved, without_password(url));
    return kDone;
  }
  print_table(moved);
  fmt::print(stderr, "moved and verified{}; the old database is kept as {}\nnow: gyre server --data-dir {} --database {}\n",
             moved.copied.was_there ? ", by an earlier call" : "", moved.kept.string(), config.data_dir.string(), without_password(url));
  return kDone;
}

const Command kCommands[] = {{
    .noun = "server",
    .verb = "migrate",
    .summary = "Move a data folder's database to an empty PostgreSQL, verified (the server must be down)",
    .example = "gyre server migrate --data-dir gyre-data --to postgres://gyre@db/gyre",
    .positionals = {},
    .options = {{"data-dir", "DIR", "the data folder (gyre-data); its content, predictions and logs stay in it"},
                {"from", "KIND", "sqlite, in the data folder (sqlite)"},
                {"to", "URL", "postgres://... of an empty database; postgres: the one of --database"},
                {"database", "URL", "what --to postgres means"},
                {"config", "FILE", "settings as YAML"}},
    .run = migrate,
}};

}  // namespace

std::span<const Command> server_migrate_commands() { return kCommands; }

}  // namespace gyre::cli
