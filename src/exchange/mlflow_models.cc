// Logged models of 3.x, and the registry.
#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "exchange/mlflow_database.h"

namespace gyre::exchange {
namespace {

std::string status_of(std::int64_t number) {
  switch (number) {
    case 1:
      return "PENDING";
    case 3:
      return "UPLOAD_FAILED";
    default:
      return "READY";
  }
}

Result<void> add_details(const MlflowTables& tables, LoggedModel& given) {
  auto& model = given.model;
  const sql::Value args[] = {sql::to_value(model.id)};
  TRY(tables.all(R"(SELECT "param_key", "param_value" FROM "logged_model_params" WHERE "model_id" = $1)", args,
                 [&](Row row) { model.params.push_back({text_of(row[0]), text_of(row[1])}); }));
  TRY(tables.all(R"(SELECT "tag_key", "tag_value" FROM "logged_model_tags" WHERE "model_id" = $1)", args,
                 [&](Row row) { model.tags.push_back({text_of(row[0]), text_of(row[1])}); }));
  return tables.all(
      R"(SELECT "metric_name", "metric_value", "metric_timestamp_ms", "metric_step", "run_id", "dataset_name", "dataset_digest" FROM "logged_model_metrics" WHERE "model_id" = $1)",
      args, [&](Row row) {
        const auto value = std::holds_alternative<std::monostate>(row[1]) ? std::numeric_limits<double>::quiet_NaN() : real_of(row[1]);
        model.metrics.push_back({{text_of(row[0]), value, whole_of(row[2]), whole_of(row[3])}, model.id, text_of(row[4]), text_of(row[5]), text_of(row[6])});
      });
}

Result<std::vector<LoggedModel>> models_after(const MlflowTables& tables, const std::string& after) {
  constexpr std::int64_t kPage = 200;
  std::vector<LoggedModel> page;
  const sql::Value args[] = {sql::to_value(after), sql::to_value(kPage)};
  TRY(tables.all(
      R"(SELECT "model_id", "experiment_id", "name", "model_type", "source_run_id", "status", "artifact_location", "creation_timestamp_ms", "last_updated_timestamp_ms", "lifecycle_stage" FROM "logged_models" WHERE "model_id" > $1 ORDER BY "model_id" LIMIT $2)",
      args, [&](Row row) {
        page.push_back({{text_of(row[0]),
                         text_of(row[1]),
                         text_of(row[2]),
                         text_of(row[3]),
                         text_of(row[4]),
                         status_of(whole_of(row[5])),
                         text_of(row[6]),
                         whole_of(row[7]),
                         whole_of(row[8]),
                         {},
                         {},
                         {}},
                        text_of(row[9]) == "deleted"});
      }));
  for (auto& model : page) TRY(add_details(tables, model));
  return page;
}

// Rows of other workspaces than the default one have the same names: they are told apart by theirs.
std::string in_workspace(const MlflowTables& tables, std::string_view table) {
  return tables.has(table, "workspace") ? R"( WHERE "workspace" = 'default')" : "";
}

Result<std::vector<Model>> registered_models(const MlflowTables& tables) {
  std::vector<Model> all;
  TRY(tables.all(fmt::format(R"(SELECT "name", "description", "creation_time", "last_updated_time" FROM "registered_models"{} ORDER BY "name")",
                             in_workspace(tables, "registered_models")),
                 {}, [&](Row row) { all.push_back({text_of(row[0]), text_of(row[1]), whole_of(row[2]), whole_of(row[3]), {}, {}}); }));
  const auto of = [&](const sql::Value& name) { return std::ranges::find(all, text_of(name), &Model::name); };
  if (tables.has("registered_model_tags")) {
    TRY(tables.all(fmt::format(R"(SELECT "name", "key", "value" FROM "registered_model_tags"{})", in_workspace(tables, "registered_model_tags")), {},
                   [&](Row row) {
                     if (const auto at = of(row[0]); at != all.end()) at->tags.push_back({text_of(row[1]), text_of(row[2])});
                   }));
  }
  if (tables.has("registered_model_aliases")) {
    TRY(tables.all(fmt::format(R"(SELECT "name", "alias", "version" FROM "registered_model_aliases"{})", in_workspace(tables, "registered_model_aliases")), {},
                   [&](Row row) {
                     if (const auto at = of(row[0]); at != all.end()) at->aliases.push_back({text_of(row[1]), whole_of(row[2])});
                   }));
  }
  return all;
}

constexpr std::string_view kDeleted = "Deleted_Internal";

struct FoundVersion {
  Version version;
  std::optional<Origin> origin;
};

// Where the files of a version are: below its run's, or those of a logged model. "models:/m-..." names one.
Result<std::optional<Origin>> origin_of(const MlflowTables& tables, const registry::Version& version) {
  constexpr std::string_view kModel = "models:/", kRun = "runs:/";
  std::optional<Origin> origin;
  const std::string_view source = version.source;
  if (source.starts_with("models:/m-") && tables.has("logged_models")) {
    const auto id = source.substr(kModel.size());
    const sql::Value args[] = {sql::to_value(id)};
    TRY(tables.all(R"(SELECT "experiment_id" FROM "logged_models" WHERE "model_id" = $1)", args,
                   [&](Row row) { origin = Origin{{Thing::logged_model, text_of(row[0]), std::string(id)}, ""}; }));
    return origin;
  }
  const sql::Value args[] = {sql::to_value(version.run_id)};
  const std::string_view uri = version.artifact_uri;
  TRY(tables.all(R"(SELECT "experiment_id", "artifact_uri", "run_uuid" FROM "runs" WHERE "run_uuid" = $1)", args, [&](Row row) {
    const auto root = text_of(row[1]), id = text_of(row[2]);
    const Owner owner{Thing::run, text_of(row[0]), id};
    const auto by_run = fmt::format("{}{}", kRun, id);
    if (!root.empty() && uri.starts_with(root))
      origin = Origin{owner, std::string(uri.substr(root.size()))};
    else if (source.starts_with(by_run))
      origin = Origin{owner, std::string(source.substr(by_run.size()))};
  }));
  return origin;
}

Result<std::vector<FoundVersion>> versions_of(const MlflowTables& tables, const Model& model) {
  std::vector<FoundVersion> all;
  const sql::Value args[] = {sql::to_value(model.name)};
  const bool workspace = tables.has("model_versions", "workspace");
  const auto text = fmt::format(
      R"(SELECT "version", "creation_time", "last_updated_time", "description", "source", "run_id", {}, "current_stage", "user_id", {} FROM "model_versions" WHERE "name" = $1{} ORDER BY "version")",
      tables.column("model_versions", "run_link", "''"), tables.column("model_versions", "storage_location", "NULL"),
      workspace ? R"( AND "workspace" = 'default')" : "");
  TRY(tables.all(text, args, [&](Row row) {
    const auto stage = text_of(row[7]);
    const auto source = text_of(row[4]);
    all.push_back({{{model.name,
                     whole_of(row[0]),
                     whole_of(row[1]),
                     whole_of(row[2]),
                     text_of(row[3]),
                     source,
                     text_of(row[5]),
                     text_of(row[6]),
                     stage.empty() || stage == kDeleted ? "None" : stage,
                     text_of(row[8]),
                     maybe_text(row[9]).value_or(source),
                     {},
                     {}},
                    stage == kDeleted},
                   {}});
  }));
  for (auto& [version, origin] : all) {
    if (tables.has("model_version_tags")) {
      const sql::Value of[] = {sql::to_value(model.name), sql::to_value(version.version.version)};
      TRY(tables.all(R"(SELECT "key", "value" FROM "model_version_tags" WHERE "name" = $1 AND "version" = $2)", of,
                     [&](Row row) { version.version.tags.push_back({text_of(row[0]), text_of(row[1])}); }));
    }
    if (!version.deleted) origin = TRY(origin_of(tables, version.version));
  }
  return all;
}

}  // namespace

Result<void> read_logged_models(MlflowReading& reading) {
  if (!reading.tables.has("logged_models")) return {};
  for (std::string after;;) {
    auto page = TRY(models_after(reading.tables, after));
    if (page.empty()) return {};
    after = page.back().model.id;
    for (auto& model : page) {
      const Owner owner{Thing::logged_model, model.model.experiment_id, model.model.id};
      const auto uri = model.model.artifact_uri;
      TRY(reading.sink.record(std::move(model)));
      TRY(tell_folder(reading, owner, uri));
    }
  }
}

Result<void> read_registry(MlflowReading& reading) {
  const auto& tables = reading.tables;
  if (!tables.has("registered_models")) return {};
  auto models = TRY(registered_models(tables));
  for (const auto& model : models) TRY(reading.sink.record(Model(model)));
  for (const auto& model : models) {
    for (auto& [version, origin] : TRY(versions_of(tables, model))) TRY(reading.sink.version(std::move(version), std::move(origin)));
  }
  for (auto& model : models) {
    if (!model.aliases.empty()) TRY(reading.sink.record(Aliases{std::move(model)}));
  }
  if (!tables.has("registered_models", "workspace")) return {};
  std::int64_t others = 0;
  TRY(tables.all(R"(SELECT COUNT(*) FROM "registered_models" WHERE "workspace" <> 'default')", {}, [&](Row row) { others = whole_of(row[0]); }));
  if (others > 0) reading.sink.left("registered models", "of another workspace than the default one", others);
  return {};
}

}  // namespace gyre::exchange
