#include "monitoring/monitoring.h"

namespace gyre::monitoring {
namespace {

constexpr char kMonitors[] = {
#embed "migrations/0001_monitors.sql"
};

}  // namespace

std::span<const sql::Migration> migrations() {
  static constexpr sql::Migration kAll[] = {{"monitoring/0001_monitors", {kMonitors, sizeof kMonitors}}};
  return kAll;
}

}  // namespace gyre::monitoring
