#include "monitoring/monitoring.h"

namespace gyre::monitoring {
namespace {

constexpr char kMonitors[] = {
#embed "migrations/0001_monitors.sql"
};
constexpr char kHistory[] = {
#embed "migrations/0002_history.sql"
};
constexpr char kJoins[] = {
#embed "migrations/0003_joins.sql"
};
constexpr char kLabelNumbers[] = {
#embed "migrations/0004_label_numbers.sql"
};
constexpr char kLabelHashes[] = {
#embed "migrations/0005_label_hashes.sql"
};

}  // namespace

std::span<const sql::Migration> migrations() {
  static constexpr sql::Migration kAll[] = {
      {"monitoring/0001_monitors", {kMonitors, sizeof kMonitors}},
      {"monitoring/0002_history", {kHistory, sizeof kHistory}},
      {"monitoring/0003_joins", {kJoins, sizeof kJoins}},
      {"monitoring/0004_label_numbers", {kLabelNumbers, sizeof kLabelNumbers}},
      {"monitoring/0005_label_hashes", {kLabelHashes, sizeof kLabelHashes}},
  };
  return kAll;
}

}  // namespace gyre::monitoring
