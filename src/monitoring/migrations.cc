#include "monitoring/monitoring.h"

namespace gyre::monitoring {
namespace {

constexpr char kMonitors[] = {
#embed "migrations/0001_monitors.sql"
};
constexpr char kHistory[] = {
#embed "migrations/0002_history.sql"
};

}  // namespace

std::span<const sql::Migration> migrations() {
  static constexpr sql::Migration kAll[] = {
      {"monitoring/0001_monitors", {kMonitors, sizeof kMonitors}},
      {"monitoring/0002_history", {kHistory, sizeof kHistory}},
  };
  return kAll;
}

}  // namespace gyre::monitoring
