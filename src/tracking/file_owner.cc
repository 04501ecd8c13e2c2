#include "tracking/file_owner.h"

#include <fmt/format.h>

#include <charconv>

#include "base/id.h"
#include "tracking/bin.h"
#include "tracking/rules.h"
#include "tracking/tracking.h"

namespace gyre::tracking {
namespace {

constexpr std::string_view kRoot = "artifacts/", kModels = "/models";

struct Owner {
  bool is_model = false;
  std::string_view id, experiment_folder;  // the folder: "3"
};
struct Number {
  std::int64_t n;
};

std::optional<Owner> owner_of(std::string_view key) {
  if (!key.starts_with(kRoot)) return std::nullopt;
  const auto path = key.substr(kRoot.size());
  const auto files = path.find("/artifacts/");
  if (files == std::string_view::npos) return std::nullopt;
  const auto folder = path.substr(0, files);
  const auto slash = folder.rfind('/');
  if (slash == std::string_view::npos) return std::nullopt;
  const auto name = folder.substr(slash + 1);
  auto above = folder.substr(0, slash);
  const bool is_model = name.starts_with("m-") && above.ends_with(kModels);
  if (is_model) above.remove_suffix(kModels.size());
  if (!is_hex_id(is_model ? name.substr(2) : name)) return std::nullopt;
  return Owner{is_model, name, above};
}

// Whether the place of an experiment is, or was, here. Numbers of experiments that were purged are not given again.
Result<bool> is_ours(sql::Tx& tx, std::string_view folder) {
  std::int64_t number = INT64_MAX;
  const auto [end, error] = std::from_chars(folder.data(), folder.data() + folder.size(), number);
  if (error != std::errc() || end != folder.data() + folder.size()) number = INT64_MAX;
  const auto location = fmt::format("{}/{}", kArtifactScheme, artifact_name(folder));
  return TRY(tx.select_one<Number>(
                 "SELECT 1 FROM experiments WHERE artifact_location = $1 UNION ALL SELECT 1 FROM metric_ids WHERE name = $2 AND next > $3 LIMIT 1", location,
                 kExperimentIds, number))
      .has_value();
}

}  // namespace

Result<void> check_owner(sql::Db& db, std::string_view key) {
  const auto owner = owner_of(key);
  if (!owner) return {};
  return db.read([&](sql::Tx& tx) -> Result<void> {
    const auto* there = owner->is_model ? "SELECT CASE WHEN purging = 0 THEN 1 ELSE 0 END FROM logged_models WHERE id = $1"
                                        : "SELECT CASE WHEN lifecycle <> 'purging' THEN 1 ELSE 0 END FROM runs WHERE id = $1";
    const auto found = TRY(tx.select_one<Number>(there, owner->id));
    if (found ? found->n == 1 : !TRY(is_ours(tx, owner->experiment_folder))) return {};
    if (owner->is_model) return fail(Code::not_found, fmt::format("Logged model with ID '{}' not found.", owner->id));
    return fail(Code::not_found, fmt::format("Run with id={} not found", owner->id));
  });
}

}  // namespace gyre::tracking
