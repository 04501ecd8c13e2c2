#include "storage/sql/lease.h"

namespace gyre::sql {
namespace {

constexpr char kLeases[] = {
#embed "migrations/0001_leases.sql"
};

}  // namespace

Result<bool> hold_lease(Db& db, std::string_view name, std::string_view holder, TimeMs now_ms, std::int64_t ttl_ms) {
  return db.write([&](Tx& tx) -> Result<bool> {
    TRY(tx.exec("INSERT INTO leases (name, holder, until_ms) VALUES ($1, $2, $3) ON CONFLICT (name) DO UPDATE "
                "SET holder = excluded.holder, until_ms = excluded.until_ms WHERE leases.holder = excluded.holder OR leases.until_ms < $4",
                name, holder, now_ms + ttl_ms, now_ms));
    return tx.changed_rows() == 1;
  });
}

Result<void> drop_lease(Db& db, std::string_view name, std::string_view holder) {
  return db.write([&](Tx& tx) { return tx.exec("DELETE FROM leases WHERE name = $1 AND holder = $2", name, holder); });
}

std::span<const Migration> lease_migrations() {
  static constexpr Migration kAll[] = {{"leases/0001_leases", {kLeases, sizeof kLeases}}};
  return kAll;
}

}  // namespace gyre::sql
