#include "registry/needs.h"

#include <fmt/format.h>

namespace gyre::registry {
namespace {

struct Needed {
  std::string model;
  std::int64_t version;
};

}  // namespace

Result<std::optional<std::string>> needs(sql::Tx& tx, const tracking::Claim& claim) {
  std::optional<Needed> found;
  if (!claim.run_id.empty())
    found = TRY(tx.select_one<Needed>("SELECT model, version FROM model_versions WHERE run_id = $1 AND deleted = 0 LIMIT 1", claim.run_id));
  if (!found && !claim.files.empty()) {
    auto end = claim.files;
    ++end.back();  // the first key behind all that begin so
    found =
        TRY(tx.select_one<Needed>("SELECT v.model, v.version FROM model_version_files AS f JOIN model_versions AS v ON v.model = f.model AND v.version = "
                                  "f.version WHERE f.blob_key >= $1 "
                                  "AND f.blob_key < $2 AND v.deleted = 0 LIMIT 1",
                                  claim.files, end));
  }
  if (!found) return std::nullopt;
  return fmt::format("{}@{} is registered from it", found->model, found->version);
}

}  // namespace gyre::registry
