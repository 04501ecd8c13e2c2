#include <fmt/format.h>

#include "governance/governance.h"
#include "registry/events.h"
#include "registry/registry.h"
#include "registry/rules.h"

namespace gyre::registry {
namespace {

struct Row {
  std::string name, description;
  std::int64_t created_ms, updated_ms;
};

constexpr auto kColumns = "SELECT name, description, created_ms, updated_ms FROM models ";

Result<Model> with_data(sql::Tx& tx, const Row& row) {
  Model model{row.name, row.description, row.created_ms, row.updated_ms, {}, {}};
  model.tags = TRY(tx.select<Tag>("SELECT key, value FROM model_tags WHERE model = $1 ORDER BY key", row.name));
  model.aliases = TRY(tx.select<Alias>("SELECT alias, version FROM model_aliases WHERE model = $1 ORDER BY alias", row.name));
  return model;
}

Result<Model> find(sql::Tx& tx, std::string_view name) {
  const auto row = TRY(tx.select_one<Row>(std::string(kColumns) + "WHERE name = $1", name));
  if (!row) return fail(Code::not_found, fmt::format("Registered Model with name={} not found", name));
  return with_data(tx, *row);
}

Result<void> put_tag(sql::Tx& tx, std::string_view name, const Tag& tag) {
  return tx.exec("INSERT INTO model_tags (model, key, value) VALUES ($1, $2, $3) ON CONFLICT (model, key) DO UPDATE SET value = excluded.value", name, tag.key,
                 tag.value);
}

// Models and prompts share their names.
std::unexpected<Error> name_is_taken(const Model& there, bool wanted_prompt) {
  const bool prompt = is_prompt(there.tags);
  if (prompt == wanted_prompt) return fail(Code::conflict, fmt::format("{} (name={}) already exists.", prompt ? "Prompt" : "Registered Model", there.name));
  const auto word = [](bool of_prompt) { return of_prompt ? "prompt" : "registered model"; };
  return fail(
      Code::conflict,
      fmt::format(
          "Tried to create a {} with name '{}', but the name is already taken by a {}. MLflow does not allow creating a model and a prompt with the same name.",
          word(wanted_prompt), there.name, word(prompt)));
}

}  // namespace

Result<Model> Service::create_model(std::string_view name, std::string_view description, const std::vector<Tag>& tags) {
  TRY(check_model_name(name));
  for (const auto& tag : tags) TRY(check_tag(tag));
  return db_.write([&](sql::Tx& tx) -> Result<Model> {
    if (const auto there = TRY(tx.select_one<Row>(std::string(kColumns) + "WHERE name = $1", name)))
      return name_is_taken(TRY(with_data(tx, *there)), is_prompt(tags));
    const auto now_ms = clock_.now_ms();
    TRY(tx.exec("INSERT INTO models (name, description, created_ms, updated_ms) VALUES ($1, $2, $3, $4)", name, description, now_ms, now_ms));
    for (const auto& tag : tags) TRY(put_tag(tx, name, tag));
    TRY(governance::put_node(tx, {governance::urn("model", name), "model", std::string(name), now_ms, {}}));
    TRY(tell(tx, now_ms, "model.created", governance::urn("model", name), name,
             {{"model", name}, {"tags", as_object(tags)}, {"description", description.empty() ? json::Value() : json::Value(description)}}));
    return find(tx, name);
  });
}

Result<Model> Service::read_model(sql::Tx& tx, std::string_view name) { return find(tx, name); }

Result<Model> Service::model(std::string_view name) {
  return db_.read([&](sql::Tx& tx) { return find(tx, name); });
}

Result<std::vector<Model>> Service::models(std::string_view name_like, std::int64_t limit, std::int64_t offset) {
  return db_.read([&](sql::Tx& tx) -> Result<std::vector<Model>> {
    const auto pattern = name_like.empty() ? std::string_view("%") : name_like;
    std::vector<Model> models;
    for (const auto& row : TRY(tx.select<Row>(std::string(kColumns) + "WHERE name LIKE $1 ORDER BY name LIMIT $2 OFFSET $3", pattern, limit, offset)))
      models.push_back(TRY(with_data(tx, row)));
    return models;
  });
}

Result<Model> Service::describe_model(std::string_view name, std::string_view description) {
  return db_.write([&](sql::Tx& tx) -> Result<Model> {
    TRY(find(tx, name));
    TRY(tx.exec("UPDATE models SET description = $1, updated_ms = $2 WHERE name = $3", description, clock_.now_ms(), name));
    return find(tx, name);
  });
}

Result<void> Service::delete_model(std::string_view name) {
  return db_.write([&](sql::Tx& tx) -> Result<void> {
    TRY(find(tx, name));
    for (const char* table :
         {"model_tags", "model_aliases", "model_version_tags", "model_version_files", "model_evidence", "model_alias_moves", "model_versions"}) {
      TRY(tx.exec(fmt::format("DELETE FROM {} WHERE model = $1", table), name));
    }
    TRY(governance::audit(tx, {clock_.now_ms(), "user:local", "model.delete", governance::urn("model", name), {}}));
    return tx.exec("DELETE FROM models WHERE name = $1", name);
  });
}

Result<void> Service::set_model_tag(std::string_view name, const Tag& tag) {
  TRY(check_tag(tag));
  return db_.write([&](sql::Tx& tx) -> Result<void> {
    TRY(find(tx, name));
    TRY(put_tag(tx, name, tag));
    return tell(tx, clock_.now_ms(), "model-tag.set", governance::urn("model", name), name, {{"model", name}, {"key", tag.key}, {"value", tag.value}});
  });
}

Result<void> Service::delete_model_tag(std::string_view name, std::string_view key) {
  return db_.write([&](sql::Tx& tx) -> Result<void> {
    TRY(find(tx, name));
    TRY(tx.exec("DELETE FROM model_tags WHERE model = $1 AND key = $2", name, key));
    if (tx.changed_rows() == 0) return {};
    return tell(tx, clock_.now_ms(), "model-tag.deleted", governance::urn("model", name), name, {{"model", name}, {"key", key}});
  });
}

}  // namespace gyre::registry
