// The shared database.
#pragma once

#include "storage/sql/db.h"

namespace gyre::sql {

struct PostgresOptions {
  std::size_t connections = 8;
  bool prepare = true;  // off behind a pooler that forgets sessions: "?prepare=0" in the URL
  int retries = 20;     // of transactions that collided
};

Result<std::unique_ptr<Db>> open_postgres(std::string_view url, PostgresOptions options = {});

}  // namespace gyre::sql
