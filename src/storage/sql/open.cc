#include "storage/sql/postgres.h"
#include "storage/sql/sqlite.h"

namespace gyre::sql {

Result<std::unique_ptr<Db>> open(std::string_view url) {
  if (url.starts_with("postgres://") || url.starts_with("postgresql://")) return open_postgres(url);
  if (url.starts_with("sqlite:")) url.remove_prefix(std::string_view("sqlite:").size());
  return open_sqlite(std::string(url));
}

}  // namespace gyre::sql
