#include "tracking/file_owner.h"

#include <fmt/format.h>

#include <charconv>

#include "base/id.h"
#include "tracking/bin.h"
#include "tracking/purge.h"
#include "tracking/rules.h"
#include "tracking/tracking.h"

namespace gyre::tracking {
namespace {

constexpr std::string_view kRoot = "artifacts/", kModels = "/models", kFiles = "/artifacts/";  // kFiles: what stands behind a run's id

// A folder that may be a run's or a logged model's. One whose name has not the shape of our ids is a run's where a run bears that id.
struct Owner {
  bool is_model = false, is_ours_by_name = true;
  std::string_view id, experiment_folder;  // the folder above: "3"
};
struct Number {
  std::int64_t n;
};
struct Place {
  std::int64_t there;
  std::string artifact_uri;
};

Owner owner_of(std::string_view above, std::string_view name) {
  const bool is_model = name.starts_with("m-") && above.ends_with(kModels) && is_hex_id(name.substr(2));
  if (is_model) above.remove_suffix(kModels.size());
  return Owner{is_model, is_model || is_hex_id(name), name, above};
}

// The outermost first.
std::vector<Owner> owners_of(std::string_view key) {
  std::vector<Owner> owners;
  if (!key.starts_with(kRoot)) return owners;
  const auto path = key.substr(kRoot.size());
  for (auto slash = path.find('/'); slash != std::string_view::npos; slash = path.find('/', slash + 1)) {
    const auto below = path.substr(slash + 1);
    const auto owner = owner_of(path.substr(0, slash), below.substr(0, below.find('/')));
    if (owner.is_ours_by_name || below.substr(owner.id.size()).starts_with(kFiles)) owners.push_back(owner);
  }
  return owners;
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

std::unexpected<Error> is_gone(const Owner& owner) {
  if (owner.is_model) return fail(Code::not_found, fmt::format("Logged model with ID '{}' not found.", owner.id));
  return fail(Code::not_found, fmt::format("Run with id={} not found", owner.id));
}

// Whether it owns the folder. Files of its that lay elsewhere would be in no count and no purge.
Result<bool> owns(sql::Tx& tx, const Owner& owner, std::string_view key) {
  const auto* text = owner.is_model ? "SELECT CASE WHEN purging = 0 THEN 1 ELSE 0 END, artifact_uri FROM logged_models WHERE id = $1"
                                    : "SELECT CASE WHEN lifecycle <> 'purging' THEN 1 ELSE 0 END, artifact_uri FROM runs WHERE id = $1";
  const auto found = TRY(tx.select_one<Place>(text, owner.id));
  if (!found && (!owner.is_ours_by_name || !TRY(is_ours(tx, owner.experiment_folder)))) return false;
  const auto own = found ? files_prefix(found->artifact_uri, owner.id) : std::string();
  if (!owner.is_ours_by_name && !key.starts_with(own)) return false;  // a folder that happens to be called so
  if (!found || found->there == 0) return is_gone(owner);
  if (own.empty() || key.starts_with(own)) return true;
  return fail(Code::invalid, fmt::format("Invalid path: the files of {} are below {}", owner.id, artifact_name(own.substr(kRoot.size()))));
}

}  // namespace

Result<void> check_owner(sql::Db& db, std::string_view key) {
  const auto owners = owners_of(key);
  if (owners.empty()) return {};
  return db.read([&](sql::Tx& tx) -> Result<void> {
    for (const auto& owner : owners) {
      if (TRY(owns(tx, owner, key))) return {};
    }
    return {};
  });
}

}  // namespace gyre::tracking
