// Stages: what aliases were before they were any.
#include <fmt/format.h>

#include <algorithm>

#include "registry/registry.h"
#include "registry/rules.h"

namespace gyre::registry {
namespace {

struct Number {
  std::int64_t n;
};

// The newest of each stage, in the order in which versions got to have one.
constexpr auto kLatest =
    "SELECT version FROM model_versions AS v WHERE model = $1 AND deleted = 0 AND NOT EXISTS "
    "(SELECT 1 FROM model_versions AS w WHERE w.model = v.model AND w.stage = v.stage AND w.deleted = 0 AND w.version > v.version) ORDER BY version";

}  // namespace

Result<Version> Service::set_stage(std::string_view model, std::int64_t version, std::string_view stage, Others others) {
  const auto known = TRY(stage_named(stage));
  if (others == Others::archived && known != "Staging" && known != "Production") {
    return fail(
        Code::invalid,
        fmt::format(
            "Model version transition cannot archive existing model versions because '{}' is not an Active stage. Valid stages are ['Staging', 'Production']",
            known));
  }
  return db_.write([&](sql::Tx& tx) -> Result<Version> {
    TRY(read_version(tx, model, version));
    const auto now_ms = clock_.now_ms();
    if (others == Others::archived) {
      TRY(tx.exec("UPDATE model_versions SET stage = 'Archived', updated_ms = $1 WHERE model = $2 AND stage = $3 AND version <> $4 AND deleted = 0", now_ms,
                  model, known, version));
    }
    TRY(tx.exec("UPDATE model_versions SET stage = $1, updated_ms = $2 WHERE model = $3 AND version = $4", known, now_ms, model, version));
    TRY(tx.exec("UPDATE models SET updated_ms = $1 WHERE name = $2", now_ms, model));
    return read_version(tx, model, version);
  });
}

Result<std::vector<Version>> Service::latest_by_stage(std::string_view model, const std::vector<std::string>& stages) {
  std::vector<std::string_view> wanted;
  for (const auto& stage : stages) wanted.push_back(TRY(stage_named(stage)));
  return db_.read([&](sql::Tx& tx) -> Result<std::vector<Version>> {
    std::vector<Version> latest;
    for (const auto& number : TRY(tx.select<Number>(kLatest, model))) {
      auto version = TRY(read_version(tx, model, number.n));
      if (wanted.empty() || std::ranges::find(wanted, version.stage) != wanted.end()) latest.push_back(std::move(version));
    }
    return latest;
  });
}

}  // namespace gyre::registry
