#include "tracking/tracking.h"

namespace gyre::tracking {
namespace {

constexpr char kRuns[] = {
#embed "migrations/0001_runs.sql"
};

constexpr char kChunks[] = {
#embed "migrations/0002_chunks.sql"
};

constexpr char kModels[] = {
#embed "migrations/0003_models.sql"
};

constexpr char kOwed[] = {
#embed "migrations/0004_owed.sql"
};

constexpr char kRetention[] = {
#embed "migrations/0005_retention.sql"
};

constexpr char kBinnedBy[] = {
#embed "migrations/0006_binned_by.sql"
};

constexpr char kFractions[] = {
#embed "migrations/0007_fractions.sql"
};

// Bodies are packed by us: that PostgreSQL tried it once more took a quarter of the CPU time of a batch.
constexpr char kPackedBodies[] = {
#embed "migrations/0008_packed_bodies.sql"
};

constexpr char kQuotas[] = {
#embed "migrations/0009_quotas.sql"
};

constexpr char kRunSources[] = {
#embed "migrations/0010_run_sources.sql"
};

constexpr char kConsoles[] = {
#embed "migrations/0011_consoles.sql"
};

constexpr char kControl[] = {
#embed "migrations/0012_control.sql"
};

constexpr char kForks[] = {
#embed "migrations/0013_forks.sql"
};

constexpr char kWatched[] = {
#embed "migrations/0014_watched.sql"
};

}  // namespace

std::span<const sql::Migration> migrations() {
  static constexpr sql::Migration kAll[] = {{"tracking/0001_runs", {kRuns, sizeof kRuns}},
                                            {"tracking/0002_chunks", {kChunks, sizeof kChunks}},
                                            {"tracking/0003_models", {kModels, sizeof kModels}},
                                            {"tracking/0004_owed", {kOwed, sizeof kOwed}},
                                            {"tracking/0005_retention", {kRetention, sizeof kRetention}},
                                            {"tracking/0006_binned_by", {kBinnedBy, sizeof kBinnedBy}},
                                            {"tracking/0007_fractions", {kFractions, sizeof kFractions}},
                                            {"tracking/0008_packed_bodies", {kPackedBodies, sizeof kPackedBodies}},
                                            {"tracking/0009_quotas", {kQuotas, sizeof kQuotas}},
                                            {"tracking/0010_run_sources", {kRunSources, sizeof kRunSources}},
                                            {"tracking/0011_consoles", {kConsoles, sizeof kConsoles}},
                                            {"tracking/0012_control", {kControl, sizeof kControl}},
                                            {"tracking/0013_forks", {kForks, sizeof kForks}},
                                            {"tracking/0014_watched", {kWatched, sizeof kWatched}}};
  return kAll;
}

}  // namespace gyre::tracking
