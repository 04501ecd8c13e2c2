#include "app/ground.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>

#include "alerting/alerting.h"
#include "artifacts/uploads.h"
#include "genai/genai.h"
#include "governance/governance.h"
#include "policy/policy.h"
#include "storage/sql/lease.h"
#include "storage/sql/outbox.h"
#include "traces/traces.h"
#include "views/views.h"
#include "webhooks/webhooks.h"

namespace gyre::app {

Result<Fd> take_lock(const std::filesystem::path& data_dir) {
  const auto path = data_dir / "lock";
  Fd lock(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644));
  if (!lock) return fail_errno("open the data folder's lock", path);
  if (::flock(lock.get(), LOCK_EX | LOCK_NB) != 0) {
    return fail(Code::conflict, fmt::format("the data folder '{}' is in use by another gyre", data_dir.string()), {},
                "stop that one, or give this one a folder of its own with --data-dir");
  }
  return lock;
}

Result<void> make_schema(sql::Db& db) {
  for (const auto all :
       {sql::lease_migrations(), outbox::migrations(), governance::migrations(), notify::migrations(), views::migrations(), artifacts::migrations(),
        tracking::migrations(), alerting::migrations(), traces::migrations(), genai::migrations(), registry::migrations(), webhooks::migrations(),
        datasets::migrations(), pipelines::migrations(), serving::migrations(), monitoring::migrations(), policy::migrations()}) {
    TRY(sql::migrate(db, all));
  }
  return {};
}

}  // namespace gyre::app
