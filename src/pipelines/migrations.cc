#include "pipelines/pipelines.h"

namespace gyre::pipelines {
namespace {

constexpr char kPipelines[] = {
#embed "migrations/0001_pipelines.sql"
};

constexpr char kAttempts[] = {
#embed "migrations/0002_attempts.sql"
};

}  // namespace

std::span<const sql::Migration> migrations() {
  static constexpr sql::Migration kAll[] = {{"pipelines/0001_pipelines", {kPipelines, sizeof kPipelines}}, {"pipelines/0002_attempts", {kAttempts, sizeof kAttempts}}};
  return kAll;
}

}  // namespace gyre::pipelines
