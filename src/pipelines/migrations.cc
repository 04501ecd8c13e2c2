#include "pipelines/pipelines.h"

namespace gyre::pipelines {
namespace {

constexpr char kPipelines[] = {
#embed "migrations/0001_pipelines.sql"
};

constexpr char kAttempts[] = {
#embed "migrations/0002_attempts.sql"
};

constexpr char kMachineTimes[] = {
#embed "migrations/0003_machine_times.sql"
};

}  // namespace

std::span<const sql::Migration> migrations() {
  static constexpr sql::Migration kAll[] = {{"pipelines/0001_pipelines", {kPipelines, sizeof kPipelines}},
                                            {"pipelines/0002_attempts", {kAttempts, sizeof kAttempts}},
                                            {"pipelines/0003_machine_times", {kMachineTimes, sizeof kMachineTimes}}};
  return kAll;
}

}  // namespace gyre::pipelines
