#include "query/duckdb_api.h"

#include <dlfcn.h>
#include <fmt/format.h>

#include <mutex>

#include "base/library.h"

namespace gyre::query {

Result<const DuckdbApi*> load_duckdb(const std::filesystem::path& library) {
  static std::mutex mutex;
  static DuckdbApi api;
  static bool loaded = false;
  const std::lock_guard lock(mutex);
  if (loaded) return &api;
  void* handle = TRY(open_library(library, "libduckdb.so"));
#define GYRE_FIND(name)                                                  \
  api.name = reinterpret_cast<decltype(api.name)>(dlsym(handle, #name)); \
  if (!api.name) return fail(Code::unavailable, "libduckdb.so lacks " #name, {}, "use DuckDB 1.4");
  GYRE_DUCKDB_FUNCTIONS(GYRE_FIND)
#undef GYRE_FIND
  loaded = true;
  return &api;
}

}  // namespace gyre::query
