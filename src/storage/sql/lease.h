// A named right that one process holds at a time: so that several servers on one database do background work once.
#pragma once

#include "base/clock.h"
#include "storage/sql/migrate.h"

namespace gyre::sql {

// Takes or renews the lease for `ttl_ms` and says whether `holder` has it now.
Result<bool> hold_lease(Db& db, std::string_view name, std::string_view holder, TimeMs now_ms, std::int64_t ttl_ms);
Result<void> drop_lease(Db& db, std::string_view name, std::string_view holder);

std::span<const Migration> lease_migrations();

}  // namespace gyre::sql
