// Measuring again: the log and the labels are the truth, all else is made of them.
#include <fmt/format.h>

#include "governance/governance.h"
#include "monitoring/rows.h"

namespace gyre::monitoring {

// Rules stay where they are: what they have judged is not judged again.
Result<void> begin_again(sql::Tx& tx, std::string_view monitor) {
  for (const char* table : {"monitor_profiles", "monitor_windows", "monitor_window_versions", "monitor_window_profiles", "monitor_quality", "monitor_joins"}) {
    TRY(tx.exec(fmt::format("DELETE FROM {} WHERE monitor = $1", table), monitor));
  }
  return tx.exec("UPDATE monitors SET segment = 0, read_to = 0, closed_to = 0 WHERE name = $1", monitor);
}

Result<void> Service::rebuild(std::string_view name, std::string_view actor) {
  TRY(monitor(name));
  const std::lock_guard lock(measuring_);
  TRY(db_.write([&](sql::Tx& tx) -> Result<void> {
    TRY(begin_again(tx, name));
    return governance::audit(tx, {clock_.now_ms(), std::string(actor), "monitor.rebuild", governance::urn("monitor", name), {}});
  }));
  forget_references(name);
  return {};
}

}  // namespace gyre::monitoring
