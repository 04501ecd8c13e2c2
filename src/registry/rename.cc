// A model under another name: what is kept by the name follows.
#include <fmt/format.h>

#include "governance/governance.h"
#include "registry/registry.h"
#include "registry/rules.h"

namespace gyre::registry {
namespace {

struct Number {
  std::int64_t n;
};

// Tables that hold the name beside their rows; those that refer to `models` by it come after the new row is there.
constexpr const char* kTables[] = {"model_tags",     "model_aliases",     "model_version_tags", "model_version_files",
                                   "model_evidence", "model_alias_moves", "model_versions"};

Result<void> check_not_deployed(sql::Tx& tx, std::string_view name, const std::vector<Number>& versions) {
  for (const auto& version : versions) {
    const auto urn = governance::urn("model-version", fmt::format("{}@{}", name, version.n));
    if (!TRY(governance::has_effect(tx, urn, "deployed"))) continue;
    return fail(Code::conflict, fmt::format("{}@{} has been deployed to an endpoint, which knows its model by that name", name, version.n), {},
                "register the version under the new name instead: source models:/" + fmt::format("{}/{}", name, version.n));
  }
  return {};
}

}  // namespace

Result<Model> Service::rename_model(std::string_view name, std::string_view new_name) {
  TRY(check_model_name(new_name, "new_name"));
  return db_.write([&](sql::Tx& tx) -> Result<Model> {
    const auto model = TRY(read_model(tx, name));
    if (name == new_name) return model;
    if (TRY(tx.select_one<Number>("SELECT 1 FROM models WHERE name = $1", new_name)))
      return fail(Code::conflict, fmt::format("Registered Model (name={}) already exists.", new_name));
    const auto versions = TRY(tx.select<Number>("SELECT version FROM model_versions WHERE model = $1 ORDER BY version", name));
    TRY(check_not_deployed(tx, name, versions));
    const auto now_ms = clock_.now_ms();
    TRY(tx.exec("INSERT INTO models (name, description, created_ms, updated_ms) VALUES ($1, $2, $3, $4)", new_name, model.description, model.created_ms,
                now_ms));
    for (const auto* table : kTables) TRY(tx.exec(fmt::format("UPDATE {} SET model = $1 WHERE model = $2", table), new_name, name));
    TRY(tx.exec("UPDATE model_versions SET updated_ms = $1 WHERE model = $2 AND deleted = 0", now_ms, new_name));
    TRY(tx.exec("DELETE FROM models WHERE name = $1", name));
    TRY(governance::rename_node(tx, governance::urn("model", name), governance::urn("model", new_name), new_name));
    for (const auto& version : versions) {
      const auto ref = fmt::format("{}@{}", new_name, version.n);
      TRY(governance::rename_node(tx, governance::urn("model-version", fmt::format("{}@{}", name, version.n)), governance::urn("model-version", ref), ref));
    }
    TRY(governance::audit(tx, {now_ms, "user:local", "model.rename", governance::urn("model", new_name), json::Object{{"from", std::string(name)}}}));
    return read_model(tx, new_name);
  });
}

}  // namespace gyre::registry
