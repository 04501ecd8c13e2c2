// What a run reads and makes: datasets, logged models.
#include <fmt/format.h>

#include <algorithm>

#include "tracking/names.h"
#include "tracking/rules.h"
#include "tracking/run_rows.h"
#include "tracking/tracking.h"

namespace gyre::tracking {

namespace {

constexpr std::string_view kContextTag = "mlflow.data.context";

// In characters.
constexpr std::size_t kMaxName = 500, kMaxDigest = 36, kMaxSource = 65'535, kMaxSchema = 1'048'575, kMaxProfile = 16'777'215, kMaxTagKey = 255,
                      kMaxTagValue = 500;

struct Read {
  std::string body, context_of;
};

Result<void> check(const DatasetInput& input) {
  TRY(check_length("name", input.name, kMaxName));
  TRY(check_length("digest", input.digest, kMaxDigest));
  TRY(check_length("source", input.source, kMaxSource));
  TRY(check_length("schema", input.schema, kMaxSchema));
  TRY(check_length("profile", input.profile, kMaxProfile));
  for (const auto& tag : input.tags) {
    TRY(check_length("key", tag.key, kMaxTagKey));
    TRY(check_length("value", tag.value, kMaxTagValue));
  }
  return {};
}

std::string context_of(const DatasetInput& input) {
  const auto tag = std::ranges::find(input.tags, kContextTag, &Tag::key);
  return tag == input.tags.end() ? "" : tag->value;
}

}  // namespace

Result<DatasetInput> read_dataset(std::string_view body) { return json::decode_text<DatasetInput>(body); }

Result<void> Service::log_inputs(std::string_view run_id, const std::vector<DatasetInput>& datasets, const std::vector<std::string>& models) {
  for (const auto& dataset : datasets) TRY(check(dataset));
  return db_.write([&](sql::Tx& tx) -> Result<void> {
    TRY(check_active(tx, run_id));
    for (const auto& dataset : datasets) {
      TRY(tx.exec("INSERT INTO run_datasets (run_id, digest, name, body) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING", run_id, dataset.digest, dataset.name,
                  json::encode(dataset)));
    }
    for (const auto& model : models) TRY(tx.exec("INSERT INTO run_model_inputs (run_id, model_id) VALUES ($1, $2) ON CONFLICT DO NOTHING", run_id, model));
    return {};
  });
}

Result<void> Service::log_outputs(std::string_view run_id, const std::vector<ModelOutput>& outputs) {
  return db_.write([&](sql::Tx& tx) -> Result<void> {
    TRY(check_active(tx, run_id));
    for (const auto& output : outputs)
      TRY(tx.exec("INSERT INTO run_outputs (run_id, model_id, step) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING", run_id, output.model_id, output.step));
    return {};
  });
}

Result<void> Service::add_to_model_history(std::string_view run_id, json::Value model) {
  constexpr std::string_view kHistory = "mlflow.log-model.history";
  struct Old {
    std::string text;
  };
  return db_.write([&](sql::Tx& tx) -> Result<void> {
    TRY(check_active(tx, run_id));
    json::Array history;
    if (const auto old = TRY(tx.select_one<Old>("SELECT value FROM run_tags WHERE run_id = $1 AND key = $2", run_id, kHistory))) {
      const auto list = json::parse(old->text);
      if (list && list->if_array()) history = *list->if_array();
    }
    history.push_back(model);
    return tx.exec("INSERT INTO run_tags (run_id, key, value) VALUES ($1, $2, $3) ON CONFLICT (run_id, key) DO UPDATE SET value = excluded.value", run_id,
                   kHistory, json::to_text(json::Value(std::move(history))));
  });
}

Result<std::vector<DatasetSummary>> Service::datasets(const std::vector<std::string>& experiment_ids) {
  std::vector<DatasetSummary> all;
  for (const auto& id : experiment_ids) {
    const auto experiment = TRY(parse_experiment_id(id));
    const sql::Value args[] = {sql::to_value(experiment)};
    std::vector<DatasetInput> inputs;
    Result<void> read = {};
    TRY(db_.read([&](sql::Tx& tx) {
      return tx.run_with(
          "SELECT d.body FROM run_datasets d JOIN runs r ON r.id = d.run_id WHERE r.experiment_id = $1 AND r.lifecycle = 'active' ORDER BY d.name, d.digest",
          args, [&](std::span<const sql::Value> row) {
            std::string body;
            sql::from_value(row[0], body);
            auto input = read_dataset(body);
            if (!input) read = std::unexpected(input.error());
            if (!read) return;
            DatasetSummary summary{id, input->name, input->digest, context_of(*input)};
            const bool known = std::ranges::any_of(all, [&](const DatasetSummary& one) {
              return one.experiment_id == id && one.name == summary.name && one.digest == summary.digest && one.context == summary.context;
            });
            if (!known && static_cast<std::int64_t>(all.size()) < kMaxDatasetSummaries) all.push_back(std::move(summary));
          });
    }));
    TRY(read);
  }
  return all;
}

}  // namespace gyre::tracking
