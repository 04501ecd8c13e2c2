#include "storage/sql/migrate.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "base/hash.h"

namespace gyre::sql {
namespace {

constexpr auto kTable = "CREATE TABLE IF NOT EXISTS migrations (name TEXT PRIMARY KEY, sha256 TEXT NOT NULL)";

// Servers that start at once on one empty PostgreSQL make the table one after the other: there, two who do it at the same time collide
// in the catalogue, "IF NOT EXISTS" or not. The number is Gyre's own.
constexpr std::int64_t kLock = 0x67797265;  // "gyre"

constexpr std::string_view kPostgresOnly = "-- postgres\n";

struct Applied {
  std::string name, sha256;
};
struct Nothing {
  std::string text;
};

std::string in_dialect(std::string_view statement, Dialect dialect) {
  std::string text(statement);
  if (dialect == Dialect::sqlite) return text;
  for (auto at = text.find(" BLOB"); at != std::string::npos; at = text.find(" BLOB", at + 1)) text.replace(at, 5, " BYTEA");
  return text;
}

// Statements end with ";" at a line's end.
std::vector<std::string_view> split(std::string_view statements) {
  std::vector<std::string_view> parts;
  while (!statements.empty()) {
    auto end = statements.find(";\n");
    if (end == std::string_view::npos) end = statements.size();
    auto part = statements.substr(0, end);
    statements.remove_prefix(std::min(end + 2, statements.size()));
    while (!part.empty() && (part.back() == ';' || std::isspace(static_cast<unsigned char>(part.back())))) part.remove_suffix(1);
    if (part.find_first_not_of(" \n\t") != std::string_view::npos) parts.push_back(part);
  }
  return parts;
}

Result<void> make_table(Db& db) {
  return db.write([&](Tx& tx) -> Result<void> {
    if (db.dialect() == Dialect::postgres) (void)TRY(tx.select<Nothing>("SELECT pg_advisory_xact_lock($1::bigint)::text", kLock));
    return tx.exec(kTable);
  });
}

Result<void> check_text(const Migration& migration, std::string_view applied, std::string_view ours) {
  if (applied == ours) return {};
  return fail(Code::conflict, fmt::format("the database was made with another text of migration '{}'", migration.name), {}, "use the Gyre that wrote it");
}

// The name is taken first: who comes second to it waits for the first, and then finds it done.
Result<void> apply(Db& db, const Migration& migration, const std::string& sha256) {
  return db.write([&](Tx& tx) -> Result<void> {
    TRY(tx.exec("INSERT INTO migrations (name, sha256) VALUES ($1, $2) ON CONFLICT (name) DO NOTHING", migration.name, sha256));
    if (tx.changed_rows() == 0) {
      const auto other = TRY(tx.select<Applied>("SELECT name, sha256 FROM migrations WHERE name = $1", migration.name));
      return check_text(migration, other.front().sha256, sha256);
    }
    for (const auto part : split(migration.statements)) {
      if (db.dialect() == Dialect::sqlite && part.starts_with(kPostgresOnly)) continue;
      const auto done = tx.exec(in_dialect(part, db.dialect()));
      if (!done) return within(fmt::format("migration {}", migration.name), done.error());
    }
    return {};
  });
}

}  // namespace

Result<void> migrate(Db& db, std::span<const Migration> migrations) {
  TRY(make_table(db));
  std::map<std::string, std::string, std::less<>> applied;
  for (auto& row : TRY(db.read([](Tx& tx) { return tx.select<Applied>("SELECT name, sha256 FROM migrations"); }))) applied[row.name] = row.sha256;

  for (const auto& migration : migrations) {
    const auto sha256 = sha256_hex(migration.statements);
    const auto found = applied.find(migration.name);
    if (found == applied.end()) {
      TRY(apply(db, migration, sha256));
    } else {
      TRY(check_text(migration, found->second, sha256));
      applied.erase(found);
    }
  }
  const auto room_of = [](std::string_view name) { return name.substr(0, name.find('/')); };
  for (const auto& [name, sha256] : applied) {
    const bool ours = std::ranges::any_of(migrations, [&](const Migration& m) { return room_of(m.name) == room_of(name); });
    const bool known = std::ranges::any_of(migrations, [&](const Migration& m) { return m.name == name; });
    if (ours && !known)
      return fail(Code::conflict, fmt::format("the database was written by a newer Gyre (migration '{}')", name), {},
                  "install that version, or choose another data folder");
  }
  return {};
}

}  // namespace gyre::sql
