// Logged models: what a run made, or read, as a thing of its own.
#include <fmt/format.h>

#include <cmath>

#include "tracking/filter.h"
#include "tracking/model_search.h"
#include "tracking/names.h"
#include "tracking/rules.h"
#include "tracking/tracking.h"

namespace gyre::tracking {
namespace {

constexpr std::string_view kForbiddenInNames = "/:.%\"'";

struct Row {
  std::string id;
  std::int64_t experiment_id;
  std::string name, type, source_run_id, status, artifact_uri;
  std::int64_t created_ms, updated_ms;
};

struct MetricRow {
  std::string key;
  std::optional<double> value;
  std::int64_t at_ms, step;
  std::string run_id, dataset_name, dataset_digest;
};

struct Lifetime {
  std::optional<std::int64_t> deleted_ms;
};

constexpr auto kColumns = "SELECT id, experiment_id, name, type, source_run_id, status, artifact_uri, created_ms, updated_ms FROM logged_models AS m ";

// Of each key and dataset the point of the largest step and time.
constexpr auto kLatestMetrics =
    "SELECT key, value, at_ms, step, run_id, dataset_name, dataset_digest FROM logged_model_metrics AS a WHERE model_id = $1 AND NOT EXISTS (SELECT 1 FROM "
    "logged_model_metrics AS b "
    "WHERE b.model_id = a.model_id AND b.key = a.key AND b.dataset_name = a.dataset_name AND b.dataset_digest = a.dataset_digest "
    "AND (b.step > a.step OR (b.step = a.step AND b.at_ms > a.at_ms))) ORDER BY at_ms, key, run_id";

Result<LoggedModel> with_data(sql::Tx& tx, const Row& row) {
  LoggedModel model{
      row.id, std::to_string(row.experiment_id), row.name, row.type, row.source_run_id, row.status, row.artifact_uri, row.created_ms, row.updated_ms, {}, {},
      {}};
  model.params = TRY(tx.select<Tag>("SELECT key, value FROM logged_model_params WHERE model_id = $1 ORDER BY key", row.id));
  model.tags = TRY(tx.select<Tag>("SELECT key, value FROM logged_model_tags WHERE model_id = $1 ORDER BY key", row.id));
  for (auto& m : TRY(tx.select<MetricRow>(kLatestMetrics, row.id))) {
    const Metric metric{std::move(m.key), m.value.value_or(std::numeric_limits<double>::quiet_NaN()), m.at_ms, m.step};
    model.metrics.push_back({metric, row.id, std::move(m.run_id), std::move(m.dataset_name), std::move(m.dataset_digest)});
  }
  return model;
}

Result<void> check_model_name(std::string_view name) {
  if (name.find_first_of(kForbiddenInNames) == std::string_view::npos) return {};
  return fail(Code::invalid, fmt::format("Invalid model name ({}) provided. Model name must be a non-empty string and cannot contain the following characters: "
                                         "('/', ':', '.', '%', '\"', \"'\")",
                                         python_quoted(name)));
}

Result<void> check_model(sql::Tx& tx, std::string_view id, Service::Deleted deleted = Service::Deleted::refused) {
  const auto found = TRY(tx.select_one<Lifetime>("SELECT deleted_ms FROM logged_models WHERE id = $1 AND purging = 0", id));
  if (!found || (found->deleted_ms && deleted == Service::Deleted::refused))
    return fail(Code::not_found, fmt::format("Logged model with ID '{}' not found.", id));
  return {};
}

Result<void> put_tags(sql::Tx& tx, std::string_view id, const std::vector<Tag>& tags) {
  for (const auto& tag : tags) {
    TRY(tx.exec_late(
        "INSERT INTO logged_model_tags (model_id, key, value) VALUES ($1, $2, $3) ON CONFLICT (model_id, key) DO UPDATE SET value = excluded.value", id,
        tag.key, shortened(tag.value, kMaxTagCharacters)));
  }
  return {};
}

// A parameter keeps its first value, as a run's does.
Result<void> put_params(sql::Tx& tx, std::string_view id, const std::vector<Tag>& params) {
  struct Old {
    std::string value;
  };
  for (const auto& param : params) {
    TRY(tx.exec("INSERT INTO logged_model_params (model_id, key, value) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING", id, param.key, param.value));
    if (tx.changed_rows() > 0) continue;
    const auto old = TRY(tx.select_one<Old>("SELECT value FROM logged_model_params WHERE model_id = $1 AND key = $2", id, param.key));
    if (old && old->value != param.value) {
      return fail(Code::invalid, fmt::format("Changing param values is not allowed. Param with key='{}' was already logged with value='{}' for model ID='{}'. "
                                             "Attempted logging new value '{}'.",
                                             param.key, old->value, id, param.value));
    }
  }
  return {};
}

}  // namespace

Result<LoggedModel> Service::read_logged_model(sql::Tx& tx, std::string_view id, Deleted deleted) {
  TRY(check_model(tx, id, deleted));
  const auto row = TRY(tx.select_one<Row>(std::string(kColumns) + "WHERE id = $1", id));
  if (!row) return fail(Code::not_found, fmt::format("Logged model with ID '{}' not found.", id));
  return with_data(tx, *row);
}

Result<LoggedModel> Service::create_logged_model(const LoggedModel& model) {
  TRY(check_model_name(model.name));
  const auto experiment = TRY(this->experiment(model.experiment_id));
  if (experiment.lifecycle != "active")
    return fail(Code::invalid, fmt::format("The experiment {} must be in the 'active' state. Current state is {}.", experiment.id, experiment.lifecycle));
  const auto id = "m-" + make_hex_id();
  return db_.write([&](sql::Tx& tx) -> Result<LoggedModel> {
    const auto now_ms = clock_.now_ms();
    const auto name = model.name.empty() ? invent_run_name() : model.name;
    TRY(tx.exec_late(
        "INSERT INTO logged_models (id, experiment_id, name, type, source_run_id, status, artifact_uri, created_ms, updated_ms) VALUES ($1, $2, $3, "
        "$4, $5, 'PENDING', $6, $7, $8)",
        id, TRY(parse_experiment_id(experiment.id)), name, model.type, model.source_run_id,
        fmt::format("{}/models/{}/artifacts", experiment.artifact_location, id), now_ms, now_ms));
    TRY(put_params(tx, id, model.params));
    TRY(put_tags(tx, id, model.tags));
    return read_logged_model(tx, id, Deleted::refused);
  });
}

Result<LoggedModel> Service::logged_model(std::string_view id, Deleted deleted) {
  return db_.read([&](sql::Tx& tx) { return read_logged_model(tx, id, deleted); });
}

Result<LoggedModel> Service::set_logged_model_status(std::string_view id, std::string_view status) {
  return db_.write([&](sql::Tx& tx) -> Result<LoggedModel> {
    TRY(check_model(tx, id));
    TRY(tx.exec_late("UPDATE logged_models SET status = $1, updated_ms = $2 WHERE id = $3", status, clock_.now_ms(), id));
    return read_logged_model(tx, id, Deleted::refused);
  });
}

Result<void> Service::add_logged_model_params(std::string_view id, const std::vector<Tag>& params) {
  return db_.write([&](sql::Tx& tx) -> Result<void> {
    TRY(check_model(tx, id));
    return put_params(tx, id, params);
  });
}

Result<void> Service::set_logged_model_tags(std::string_view id, const std::vector<Tag>& tags) {
  return db_.write([&](sql::Tx& tx) -> Result<void> {
    TRY(check_model(tx, id));
    return put_tags(tx, id, tags);
  });
}

Result<void> Service::delete_logged_model_tag(std::string_view id, std::string_view key) {
  return db_.write([&](sql::Tx& tx) -> Result<void> {
    TRY(check_model(tx, id));
    TRY(tx.exec("DELETE FROM logged_model_tags WHERE model_id = $1 AND key = $2", id, key));
    if (tx.changed_rows() == 0) return fail(Code::not_found, fmt::format("No tag with key '{}' found for model with ID '{}'.", key, id));
    return {};
  });
}

Result<void> Service::delete_logged_model(std::string_view id) {
  return db_.write([&](sql::Tx& tx) -> Result<void> {
    TRY(check_model(tx, id, Deleted::allowed));
    const auto now_ms = clock_.now_ms();
    return tx.exec("UPDATE logged_models SET deleted_ms = $1, updated_ms = $2 WHERE id = $3 AND deleted_ms IS NULL", now_ms, now_ms, id);
  });
}

Result<void> Service::note_registration(std::string_view id, std::string_view name, std::int64_t version) {
  constexpr std::string_view kVersions = "mlflow.modelVersions";
  struct Old {
    std::string text;
  };
  return db_.write([&](sql::Tx& tx) -> Result<void> {
    TRY(check_model(tx, id));
    std::string entries;
    if (const auto old = TRY(tx.select_one<Old>("SELECT value FROM logged_model_tags WHERE model_id = $1 AND key = $2", id, kVersions))) {
      if (old->text.size() > 2 && old->text.starts_with('[') && old->text.ends_with(']')) entries = old->text.substr(1, old->text.size() - 2) + ", ";
    }
    return put_tags(tx, id, {{std::string(kVersions), fmt::format("[{}{{\"name\": {}, \"version\": {}}}]", entries, json_quoted(name), version)}});
  });
}

Result<void> put_model_metrics(sql::Tx& tx, std::string_view run_id, const std::vector<ModelMetric>& metrics) {
  for (const auto& metric : metrics) {
    TRY(check_model(tx, metric.model_id));
    const auto value = std::isnan(metric.metric.value) ? std::nullopt : std::optional(metric.metric.value);
    TRY(tx.exec(
        "INSERT INTO logged_model_metrics (model_id, key, step, at_ms, run_id, dataset_name, dataset_digest, value) VALUES ($1, $2, $3, $4, $5, $6, $7, $8) "
        "ON CONFLICT (model_id, key, step, at_ms, run_id, dataset_name, dataset_digest) DO UPDATE SET value = excluded.value",
        metric.model_id, metric.metric.key, metric.metric.step, metric.metric.at_ms, run_id, metric.dataset_name, metric.dataset_digest, value));
  }
  return {};
}

Result<Page<LoggedModel>> Service::search_logged_models(const ModelSearch& search) {
  if (search.experiment_ids.empty()) return Page<LoggedModel>{};
  const auto query = TRY(compile(search, {db_.dialect(), clock_.now_ms()}));
  const auto args = query.args();
  return db_.read([&](sql::Tx& tx) -> Result<Page<LoggedModel>> {
    std::vector<Row> rows;
    TRY(tx.run_with(kColumns + query.text, args, [&](std::span<const sql::Value> row) { rows.push_back(sql::to_record<Row>(row)); }));
    Page<LoggedModel> page;
    if (static_cast<std::int64_t>(rows.size()) > search.limit) {
      rows.pop_back();
      page.next_offset = search.offset + search.limit;
    }
    for (const auto& row : rows) page.rows.push_back(TRY(with_data(tx, row)));
    return page;
  });
}

}  // namespace gyre::tracking
