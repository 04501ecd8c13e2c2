#include "tracking/tracking.h"

namespace gyre::tracking {
namespace {

constexpr char kRuns[] = {
#embed "migrations/0001_runs.sql"
};

}  // namespace

std::span<const sql::Migration> migrations() {
  static constexpr sql::Migration kAll[] = {{"tracking/0001_runs", {kRuns, sizeof kRuns}}};
  return kAll;
}

}  // namespace gyre::tracking
