#include <fmt/format.h>

#include "governance/governance.h"
#include "registry/aliases.h"
#include "registry/events.h"
#include "registry/registry.h"
#include "registry/rules.h"
#include "registry/version_files.h"
#include "tracking/presence.h"

namespace gyre::registry {
namespace {

struct Row {
  std::string model;
  std::int64_t version, created_ms, updated_ms;
  std::string description, source, run_id, run_link, stage, user, artifact_uri;
};

constexpr auto kColumns =
    "SELECT model, version, created_ms, updated_ms, description, source, run_id, run_link, stage, user_name, artifact_uri FROM model_versions ";

struct Number {
  std::int64_t n;
};

struct Name {
  std::string text;
};

Result<Version> with_data(sql::Tx& tx, const Row& row) {
  Version version{row.model,  row.version,  row.created_ms, row.updated_ms, row.description,  row.source,
                  row.run_id, row.run_link, row.stage,      row.user,       row.artifact_uri, {},
                  {}};
  version.tags = TRY(tx.select<Tag>("SELECT key, value FROM model_version_tags WHERE model = $1 AND version = $2 ORDER BY key", row.model, row.version));
  for (auto& alias : TRY(tx.select<Name>("SELECT alias FROM model_aliases WHERE model = $1 AND version = $2 ORDER BY alias", row.model, row.version)))
    version.aliases.push_back(std::move(alias.text));
  return version;
}

// With its tags; tells its number.
Result<std::int64_t> insert_version(sql::Tx& tx, const NewVersion& fresh, const Source& source, TimeMs now_ms) {
  const auto number = TRY(tx.select<Number>("SELECT COALESCE(MAX(version), 0) FROM model_versions WHERE model = $1", fresh.model)).front().n + 1;
  TRY(tx.exec(
      "INSERT INTO model_versions (model, version, created_ms, updated_ms, description, source, run_id, run_link, stage, user_name, artifact_uri, deleted) "
      "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 'None', '', $9, 0)",
      fresh.model, number, now_ms, now_ms, fresh.description, fresh.source, source.run_id, fresh.run_link, source.artifact_uri));
  for (const auto& tag : fresh.tags)
    TRY(tx.exec("INSERT INTO model_version_tags (model, version, key, value) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING", fresh.model, number, tag.key,
                tag.value));
  TRY(tx.exec("UPDATE models SET updated_ms = $1 WHERE name = $2", now_ms, fresh.model));
  return number;
}

// In the graph and the audit log, and for whoever listens.
Result<void> note_creation(sql::Tx& tx, const NewVersion& fresh, const std::string& run_id, std::int64_t number, TimeMs now_ms) {
  const auto name = fmt::format("{}@{}", fresh.model, number);
  const auto urn = governance::urn("model-version", name);
  TRY(governance::put_node(tx, {urn, "model-version", name, now_ms, json::Object{{"run", run_id}, {"source", fresh.source}}}));
  if (!run_id.empty()) TRY(governance::link(tx, {governance::urn("run", run_id), urn, "registered", now_ms}));
  TRY(governance::audit(tx, {now_ms, run_id.empty() ? "user:local" : "run:" + run_id, "model-version.create", urn, json::Object{{"source", fresh.source}}}));
  return tell(tx, now_ms, "model-version.created", urn, fresh.model,
              {{"model", fresh.model},
               {"version", number},
               {"run", run_id},
               {"source", fresh.source},
               {"tags", as_object(fresh.tags)},
               {"description", fresh.description.empty() ? json::Value() : json::Value(fresh.description)}});
}

}  // namespace

Result<Version> Service::read_version(sql::Tx& tx, std::string_view model, std::int64_t version) {
  const auto row = TRY(tx.select_one<Row>(std::string(kColumns) + "WHERE model = $1 AND version = $2 AND deleted = 0", model, version));
  if (!row) return fail(Code::not_found, fmt::format("Model Version (name={}, version={}) not found", model, version));
  return with_data(tx, *row);
}

Result<std::vector<VersionFile>> Service::hash_files(const std::string& artifact_uri) { return registry::hash_files(blobs_, artifact_uri); }

Result<Version> Service::create_version(const NewVersion& fresh) {
  for (const auto& tag : fresh.tags) TRY(check_version_tag(tag));
  TRY(model(fresh.model));
  const bool prompt = is_prompt(fresh.tags);  // a prompt's text is a tag: there are no files, and its source stands for nothing
  const auto source = prompt ? Source{"", fresh.run_id} : TRY(resolve_source(fresh));
  const auto& run_id = source.run_id;
  const auto files = prompt ? std::vector<VersionFile>{} : TRY(hash_files(source.artifact_uri));

  const auto made = TRY(db_.write([&](sql::Tx& tx) -> Result<Version> {
    if (!TRY(tx.select_one<Number>("SELECT 1 FROM models WHERE name = $1", fresh.model)))
      return fail(Code::not_found, fmt::format("Registered Model with name={} not found", fresh.model));
    if (!run_id.empty() && TRY(tracking::is_purging(tx, run_id))) return fail(Code::not_found, fmt::format("Run with id={} not found", run_id));
    if (!run_id.empty() && TRY(tracking::is_ensured(tx, run_id))) {  // by a pipeline's step, which may be tried again
      const auto there = TRY(
          tx.select_one<Row>(std::string(kColumns) + "WHERE model = $1 AND run_id = $2 AND deleted = 0 ORDER BY version DESC LIMIT 1", fresh.model, run_id));
      if (there) return with_data(tx, *there);
    }
    const auto now_ms = clock_.now_ms();
    const auto number = TRY(insert_version(tx, fresh, source, now_ms));
    for (const auto& file : files) {
      TRY(tx.exec("INSERT INTO model_version_files (model, version, path, blob_key, size_bytes, sha256) VALUES ($1, $2, $3, $4, $5, $6)", fresh.model, number,
                  file.path, file.key, file.size_bytes, file.sha256));
    }
    TRY(note_creation(tx, fresh, run_id, number, now_ms));
    return read_version(tx, fresh.model, number);
  }));
  if (!fresh.model_id.empty()) TRY(tracking_.note_registration(fresh.model_id, made.model, made.version));
  return made;
}

Result<Version> Service::version(std::string_view model, std::int64_t version) {
  return db_.read([&](sql::Tx& tx) { return read_version(tx, model, version); });
}

Result<std::vector<Version>> Service::versions(std::string_view model, std::string_view run_id, std::int64_t limit, std::int64_t offset) {
  return db_.read([&](sql::Tx& tx) -> Result<std::vector<Version>> {
    std::vector<Version> versions;
    const auto rows = TRY(tx.select<Row>(
        std::string(kColumns) +
            "WHERE deleted = 0 AND ($1 = '' OR model = $1) AND ($2 = '' OR run_id = $2) ORDER BY created_ms DESC, version DESC LIMIT $3 OFFSET $4",
        model, run_id, limit, offset));
    for (const auto& row : rows) versions.push_back(TRY(with_data(tx, row)));
    return versions;
  });
}

Result<std::int64_t> Service::count_versions(std::string_view model) {
  return db_.read([&](sql::Tx& tx) -> Result<std::int64_t> {
    return TRY(tx.select<Number>("SELECT COUNT(*) FROM model_versions WHERE model = $1 AND deleted = 0", model)).front().n;
  });
}

Result<Version> Service::describe_version(std::string_view model, std::int64_t version, std::string_view description) {
  return db_.write([&](sql::Tx& tx) -> Result<Version> {
    TRY(read_version(tx, model, version));
    TRY(tx.exec("UPDATE model_versions SET description = $1, updated_ms = $2 WHERE model = $3 AND version = $4", description, clock_.now_ms(), model, version));
    return read_version(tx, model, version);
  });
}

Result<void> Service::delete_version(std::string_view model, std::int64_t version) {
  return db_.write([&](sql::Tx& tx) -> Result<void> {
    const auto there = TRY(read_version(tx, model, version));
    TRY(tx.exec("UPDATE model_versions SET deleted = 1 WHERE model = $1 AND version = $2", model, version));
    for (const auto& alias : there.aliases) TRY(move_alias(tx, model, {alias, 0, clock_.now_ms(), "user:local"}));
    TRY(tx.exec("DELETE FROM model_aliases WHERE model = $1 AND version = $2", model, version));
    return governance::audit(tx, {clock_.now_ms(), "user:local", "model-version.delete", governance::urn("model-version", there.ref()), {}});
  });
}

Result<void> Service::set_version_tag(std::string_view model, std::int64_t version, const Tag& tag) {
  TRY(check_version_tag(tag));
  return db_.write([&](sql::Tx& tx) -> Result<void> {
    const auto there = TRY(read_version(tx, model, version));
    TRY(
        tx.exec("INSERT INTO model_version_tags (model, version, key, value) VALUES ($1, $2, $3, $4) ON CONFLICT (model, version, key) DO UPDATE SET value = "
                "excluded.value",
                model, version, tag.key, tag.value));
    return tell(tx, clock_.now_ms(), "model-version-tag.set", governance::urn("model-version", there.ref()), model,
                {{"model", model}, {"version", version}, {"key", tag.key}, {"value", tag.value}});
  });
}

Result<void> Service::delete_version_tag(std::string_view model, std::int64_t version, std::string_view key) {
  return db_.write([&](sql::Tx& tx) -> Result<void> {
    TRY(read_version(tx, model, version));
    TRY(tx.exec("DELETE FROM model_version_tags WHERE model = $1 AND version = $2 AND key = $3", model, version, key));
    if (tx.changed_rows() == 0) return {};
    return tell(tx, clock_.now_ms(), "model-version-tag.deleted", governance::urn("model-version", fmt::format("{}@{}", model, version)), model,
                {{"model", model}, {"version", version}, {"key", key}});
  });
}

Result<std::vector<VersionFile>> Service::files(std::string_view model, std::int64_t version) {
  return db_.read([&](sql::Tx& tx) {
    return tx.select<VersionFile>("SELECT path, blob_key, size_bytes, sha256 FROM model_version_files WHERE model = $1 AND version = $2 ORDER BY path", model,
                                  version);
  });
}

Result<std::filesystem::path> Service::onnx_file(std::string_view model, std::int64_t number, const std::filesystem::path&) {
  const auto version = TRY(this->version(model, number));
  for (const auto& file : TRY(files(model, number))) {
    if (!file.path.ends_with(".onnx")) continue;
    HashingSink sink;
    TRY(blobs_.get(file.key, {}, sink));
    if (sink.hash.finish_hex() != file.sha256)
      return fail(Code::internal, fmt::format("the file {} of {} is not what was registered: its hash differs", file.path, version.ref()));
    const auto path = blobs_.local_path(file.key);
    if (path) return *path;
    return fail(Code::unavailable, "this store has no files to read in place");
  }
  return fail(Code::invalid, fmt::format("{} has no ONNX file", version.ref()), {}, "log it with mlflow.onnx.log_model");
}

Result<Version> find_version(Service& registry, std::string_view reference) {
  const auto at = reference.rfind('@');
  if (at == std::string_view::npos) {
    auto newest = TRY(registry.versions(reference, "", 1, 0));
    if (newest.empty()) return fail(Code::not_found, fmt::format("model '{}' has no version", reference));
    return std::move(newest.front());
  }
  const auto model = reference.substr(0, at), tail = reference.substr(at + 1);
  const auto digits = tail.starts_with('v') ? tail.substr(1) : tail;
  if (!digits.empty() && digits.find_first_not_of("0123456789") == std::string_view::npos)
    return registry.version(model, std::atoll(std::string(digits).c_str()));
  return registry.by_alias(model, tail);
}

}  // namespace gyre::registry
