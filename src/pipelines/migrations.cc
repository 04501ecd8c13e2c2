#include "pipelines/pipelines.h"

namespace gyre::pipelines {
namespace {

constexpr char kPipelines[] = {
#embed "migrations/0001_pipelines.sql"
};

}  // namespace

std::span<const sql::Migration> migrations() {
  static constexpr sql::Migration kAll[] = {{"pipelines/0001_pipelines", {kPipelines, sizeof kPipelines}}};
  return kAll;
}

}  // namespace gyre::pipelines
