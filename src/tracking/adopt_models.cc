// Logged models as they are.
#include <algorithm>
#include <cmath>
#include <limits>
#include <set>

#include "tracking/adopt_parts.h"
#include "tracking/rules.h"

namespace gyre::tracking {
namespace {

struct Row {
  std::string id;
  std::int64_t experiment_id;
  std::string name, type, source_run_id, status, artifact_uri;
  std::int64_t created_ms, updated_ms;
  std::optional<std::int64_t> deleted_ms;
  bool purging;
};

struct MetricRow {
  std::string key;
  std::optional<double> value;
  std::int64_t at_ms, step;
  std::string run_id, dataset_name, dataset_digest;
};

std::string named(const LoggedModel& model) { return fmt::format("logged model {}", model.id); }

auto place_of(const ModelMetric& one) {
  return std::tuple(one.metric.key, one.metric.step, one.metric.at_ms, one.run_id, one.dataset_name, one.dataset_digest);
}

Result<std::optional<Row>> find(sql::Tx& tx, std::string_view id) {
  return tx.select_one<Row>(
      "SELECT id, experiment_id, name, type, source_run_id, status, artifact_uri, created_ms, updated_ms, deleted_ms, purging FROM logged_models WHERE id = $1",
      id);
}

Result<AdoptedModel> whole(sql::Tx& tx, const Row& row) {
  AdoptedModel found{{row.id,
                      std::to_string(row.experiment_id),
                      row.name,
                      row.type,
                      row.source_run_id,
                      row.status,
                      row.artifact_uri,
                      row.created_ms,
                      row.updated_ms,
                      {},
                      {},
                      {}},
                     row.deleted_ms.has_value()};
  found.model.params = TRY(tx.select<Tag>("SELECT key, value FROM logged_model_params WHERE model_id = $1 ORDER BY key", row.id));
  found.model.tags = TRY(tx.select<Tag>("SELECT key, value FROM logged_model_tags WHERE model_id = $1 ORDER BY key", row.id));
  for (auto& m : TRY(tx.select<MetricRow>(
           "SELECT key, value, at_ms, step, run_id, dataset_name, dataset_digest FROM logged_model_metrics WHERE model_id = $1 ORDER BY key, step, at_ms",
           row.id))) {
    const Metric metric{std::move(m.key), m.value.value_or(std::numeric_limits<double>::quiet_NaN()), m.at_ms, m.step};
    found.model.metrics.push_back({metric, row.id, std::move(m.run_id), std::move(m.dataset_name), std::move(m.dataset_digest)});
  }
  return found;
}

Result<void> add_metrics(sql::Tx& tx, const LoggedModel& given, const LoggedModel& here, Adopted& adopted) {
  if (given.metrics.empty()) return {};
  auto& taken = adopted.kinds["model metrics"];
  std::set<decltype(place_of(given.metrics.front()))> known;
  for (const auto& one : here.metrics) known.insert(place_of(one));
  for (const auto& one : given.metrics) {
    if (!known.insert(place_of(one)).second) {
      ++taken.there;
      continue;
    }
    ++taken.added;
    const auto& metric = one.metric;
    TRY(tx.exec_late(
        "INSERT INTO logged_model_metrics (model_id, key, step, at_ms, run_id, dataset_name, dataset_digest, value) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        given.id, metric.key, metric.step, metric.at_ms, one.run_id, one.dataset_name, one.dataset_digest,
        std::isnan(metric.value) ? std::nullopt : std::optional(metric.value)));
  }
  return {};
}

Result<void> take(sql::Tx& tx, const AdoptedModel& given, TimeMs now_ms, Adopted& adopted) {
  const auto& model = given.model;
  const auto row = TRY(find(tx, model.id));
  const auto experiment = TRY(parse_experiment_id(model.experiment_id));
  AdoptedModel here;
  if (!row) {
    ++adopted.kinds["logged models"].added;
    TRY(
        tx.exec_late("INSERT INTO logged_models (id, experiment_id, name, type, source_run_id, status, artifact_uri, created_ms, updated_ms, deleted_ms) "
                     "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
                     model.id, experiment, model.name, model.type, model.source_run_id, model.status, model.artifact_uri, model.created_ms, model.updated_ms,
                     given.deleted ? std::optional(now_ms) : std::nullopt));
  } else if (row->experiment_id != experiment || row->created_ms != model.created_ms || row->purging) {
    ++adopted.kinds["logged models"].differs;
    adopted.refused.push_back(model.id);
    adopted.note(named(model), fmt::format("is another model here ('{}', of experiment {})", row->name, row->experiment_id));
    return {};
  } else {
    ++adopted.kinds["logged models"].there;
    here = TRY(whole(tx, *row));
    if (row->status == "PENDING" && model.status != "PENDING")
      TRY(tx.exec_late("UPDATE logged_models SET status = $1, updated_ms = $2 WHERE id = $3", model.status, model.updated_ms, model.id));
  }
  TRY(insert_pairs(tx, "logged_model_params", "model_id", model.id, missing_pairs(model.params, here.model.params, "model params", named(model), adopted)));
  TRY(insert_pairs(tx, "logged_model_tags", "model_id", model.id, missing_pairs(model.tags, here.model.tags, "model tags", named(model), adopted)));
  return add_metrics(tx, model, here.model, adopted);
}

}  // namespace

Result<void> Adoption::logged_models(std::span<const AdoptedModel> models, Adopted& adopted) {
  if (models.empty()) return {};
  Adopted noted;
  TRY(db_.write([&](sql::Tx& tx) -> Result<void> {
    noted = {};
    for (const auto& model : models) TRY(take(tx, model, clock_.now_ms(), noted));
    return {};
  }));
  adopted.add(noted);
  return {};
}

Result<std::optional<AdoptedModel>> Adoption::model(std::string_view id) {
  return db_.read([&](sql::Tx& tx) -> Result<std::optional<AdoptedModel>> {
    const auto row = TRY(find(tx, id));
    if (!row || row->purging) return std::nullopt;
    return TRY(whole(tx, *row));
  });
}

}  // namespace gyre::tracking
