#include "registry/adopt.h"

#include <fmt/format.h>

#include <algorithm>

#include "governance/governance.h"
#include "registry/aliases.h"
#include "registry/version_files.h"

namespace gyre::registry {
namespace {

constexpr auto kActor = "import";

struct ModelRow {
  std::string name, description;
  std::int64_t created_ms;
};

struct VersionRow {
  std::string model;
  std::int64_t version, created_ms, updated_ms;
  std::string description, source, run_id, run_link, stage, user, artifact_uri;
  bool deleted;
};

std::string named(const Version& version) { return fmt::format("version {}", version.ref()); }

// What is not there of the pairs; the rest is compared.
std::vector<Tag> missing(const std::vector<Tag>& given, const std::vector<Tag>& here, std::string_view kind, std::string_view owner,
                         tracking::Adopted& adopted) {
  std::vector<Tag> fresh;
  for (const auto& tag : given) {
    auto& taken = adopted.kinds[std::string(kind)];
    const auto at = std::ranges::find(here, tag.key, &Tag::key);
    if (at == here.end()) {
      ++taken.added;
      fresh.push_back(tag);
    } else if (at->value == tag.value) {
      ++taken.there;
    } else {
      ++taken.differs;
      adopted.note(fmt::format("{}: '{}' of its {}", owner, tag.key, kind), "is another here");
    }
  }
  return fresh;
}

Result<void> take(sql::Tx& tx, const Model& given, tracking::Adopted& adopted) {
  auto& taken = adopted.kinds["registered models"];
  const auto there = TRY(tx.select_one<ModelRow>("SELECT name, description, created_ms FROM models WHERE name = $1", given.name));
  if (there) {
    ++taken.there;
    if (there->description != given.description) adopted.note(fmt::format("model '{}'", given.name), "is described in other words here");
  } else {
    ++taken.added;
    TRY(tx.exec("INSERT INTO models (name, description, created_ms, updated_ms) VALUES ($1, $2, $3, $4)", given.name, given.description, given.created_ms,
                given.updated_ms));
    TRY(governance::put_node(tx, {governance::urn("model", given.name), "model", given.name, given.created_ms, {}}));
  }
  const auto here = TRY(tx.select<Tag>("SELECT key, value FROM model_tags WHERE model = $1", given.name));
  for (const auto& tag : missing(given.tags, here, "registered model tags", fmt::format("model '{}'", given.name), adopted))
    TRY(tx.exec("INSERT INTO model_tags (model, key, value) VALUES ($1, $2, $3)", given.name, tag.key, tag.value));
  return {};
}

Result<std::optional<VersionRow>> find(sql::Tx& tx, std::string_view model, std::int64_t version) {
  return tx.select_one<VersionRow>(
      "SELECT model, version, created_ms, updated_ms, description, source, run_id, run_link, stage, user_name, artifact_uri, deleted FROM model_versions WHERE "
      "model = $1 AND version = $2",
      model, version);
}

Result<void> insert(sql::Tx& tx, const AdoptedVersion& given, const std::vector<VersionFile>& files) {
  const auto& version = given.version;
  TRY(tx.exec(
      "INSERT INTO model_versions (model, version, created_ms, updated_ms, description, source, run_id, run_link, stage, user_name, artifact_uri, deleted) "
      "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
      version.model, version.version, version.created_ms, version.updated_ms, version.description, version.source, version.run_id, version.run_link,
      version.stage, version.user, version.artifact_uri, given.deleted));
  for (const auto& file : files)
    TRY(tx.exec("INSERT INTO model_version_files (model, version, path, blob_key, size_bytes, sha256) VALUES ($1, $2, $3, $4, $5, $6)", version.model,
                version.version, file.path, file.key, file.size_bytes, file.sha256));
  if (given.deleted) return {};
  const auto urn = governance::urn("model-version", version.ref());
  TRY(governance::put_node(tx, {urn, "model-version", version.ref(), version.created_ms, json::Object{{"run", version.run_id}, {"source", version.source}}}));
  if (version.run_id.empty() || !TRY(governance::is_known(tx, governance::urn("run", version.run_id)))) return {};
  return governance::link(tx, {governance::urn("run", version.run_id), urn, "registered", version.created_ms});
}

Result<void> take(sql::Tx& tx, const AdoptedVersion& given, const std::vector<VersionFile>& files, tracking::Adopted& adopted) {
  const auto& version = given.version;
  auto& taken = adopted.kinds["model versions"];
  const auto there = TRY(find(tx, version.model, version.version));
  if (there && (there->created_ms != version.created_ms || there->source != version.source)) {
    ++taken.differs;
    adopted.refused.push_back(version.ref());
    adopted.note(named(version), fmt::format("is another version here, made from '{:.80}'", there->source));
    return {};
  }
  if (there) {
    ++taken.there;
    if (there->stage != version.stage) adopted.note(named(version), fmt::format("has stage {} here and {} there", there->stage, version.stage));
    if (there->deleted != given.deleted) adopted.note(named(version), there->deleted ? "is deleted here and not there" : "is deleted there and not here");
  } else {
    ++taken.added;
    TRY(insert(tx, given, files));
  }
  const auto here = TRY(tx.select<Tag>("SELECT key, value FROM model_version_tags WHERE model = $1 AND version = $2", version.model, version.version));
  for (const auto& tag : missing(version.tags, here, "version tags", named(version), adopted))
    TRY(tx.exec("INSERT INTO model_version_tags (model, version, key, value) VALUES ($1, $2, $3, $4)", version.model, version.version, tag.key, tag.value));
  return {};
}

bool is_here(std::string_view uri) { return uri.starts_with(tracking::kArtifactScheme); }

}  // namespace

Result<void> Adoption::models(std::span<const Model> models, tracking::Adopted& adopted) {
  tracking::Adopted noted;
  TRY(db_.write([&](sql::Tx& tx) -> Result<void> {
    noted = {};
    for (const auto& model : models) TRY(take(tx, model, noted));
    return {};
  }));
  adopted.add(noted);
  return {};
}

Result<void> Adoption::versions(std::span<const AdoptedVersion> versions, tracking::Adopted& adopted) {
  for (const auto& one : versions) {
    const auto files = is_here(one.version.artifact_uri) ? TRY(hash_files(blobs_, one.version.artifact_uri)) : std::vector<VersionFile>{};
    tracking::Adopted noted;
    TRY(db_.write([&](sql::Tx& tx) -> Result<void> {
      noted = {};
      return take(tx, one, files, noted);
    }));
    adopted.add(noted);
  }
  return {};
}

Result<void> Adoption::aliases(const Model& model, tracking::Adopted& adopted) {
  tracking::Adopted noted;
  TRY(db_.write([&](sql::Tx& tx) -> Result<void> {
    noted = {};
    for (const auto& alias : model.aliases) {
      auto& taken = noted.kinds["aliases"];
      const auto here = TRY(tx.select_one<Alias>("SELECT alias, version FROM model_aliases WHERE model = $1 AND alias = $2", model.name, alias.alias));
      if (here) {
        ++(here->version == alias.version ? taken.there : taken.differs);
        if (here->version != alias.version)
          noted.note(fmt::format("alias {}@{}", model.name, alias.alias), fmt::format("points at {} here and at {} there", here->version, alias.version));
        continue;
      }
      ++taken.added;
      TRY(tx.exec("INSERT INTO model_aliases (model, alias, version) VALUES ($1, $2, $3)", model.name, alias.alias, alias.version));
      TRY(move_alias(tx, model.name, {alias.alias, alias.version, model.updated_ms, kActor}));
    }
    return {};
  }));
  adopted.add(noted);
  return {};
}

Result<std::optional<AdoptedVersion>> Adoption::version(std::string_view model, std::int64_t version) {
  return db_.read([&](sql::Tx& tx) -> Result<std::optional<AdoptedVersion>> {
    const auto row = TRY(find(tx, model, version));
    if (!row) return std::nullopt;
    AdoptedVersion found{{row->model,
                          row->version,
                          row->created_ms,
                          row->updated_ms,
                          row->description,
                          row->source,
                          row->run_id,
                          row->run_link,
                          row->stage,
                          row->user,
                          row->artifact_uri,
                          {},
                          {}},
                         row->deleted};
    found.version.tags = TRY(tx.select<Tag>("SELECT key, value FROM model_version_tags WHERE model = $1 AND version = $2 ORDER BY key", model, version));
    return found;
  });
}

}  // namespace gyre::registry
