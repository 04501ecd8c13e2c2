// What may be asked about experiments, runs and logged models.
#include "tracking/filter.h"

namespace gyre::tracking {
namespace {

constexpr auto kContextInSqlite =
    "(SELECT json_extract(t.value, '$.value') FROM json_each(d.body, '$.tags') AS t WHERE json_extract(t.value, '$.key') = 'mlflow.data.context' LIMIT 1)";
constexpr auto kContextInPostgres =
    "(SELECT t ->> 'value' FROM json_array_elements(CAST(d.body AS JSON) -> 'tags') AS t WHERE t ->> 'key' = 'mlflow.data.context' LIMIT 1)";

FieldMap attributes_of(const std::string& run) {
  FieldMap attributes;
  for (const auto& [name, column] :
       {std::pair("run_id", "id"), {"run_name", "name"}, {"user_id", "user_name"}, {"status", "status"}, {"artifact_uri", "artifact_uri"}}) {
    attributes[name] = run + "." + column;
  }
  return attributes;
}

Fields make_run_fields() {
  Fields fields;
  fields.texts = attributes_of("r");
  fields.texts["run name"] = "r.name";
  fields.texts["lifecycle_stage"] = "r.lifecycle";
  fields.texts["parent_run_id"] = "(SELECT value FROM run_tags WHERE run_id = r.id AND key = 'mlflow.parentRunId')";
  fields.times = {{"start_time", "r.start_ms"}, {"end_time", "r.end_ms"}, {"created", "r.start_ms"}};
  fields.durations = {{"duration", "(COALESCE(r.end_ms, {}) - r.start_ms)"}};
  fields.text_entities = {{"tag", "SELECT value FROM run_tags WHERE run_id = r.id AND key = {}"},
                          {"param", "SELECT value FROM run_params WHERE run_id = r.id AND key = {}"}};
  fields.number_entities = {{"metric", "SELECT latest_value FROM metric_series WHERE run_id = r.id AND key = {}"}};
  fields.many["dataset"] = {"SELECT 1 FROM run_datasets AS d WHERE d.run_id = r.id AND",
                            {{"name", "d.name"}, {"digest", "d.digest"}, {"context@sqlite", kContextInSqlite}, {"context@postgres", kContextInPostgres}}};
  fields.many["model"] = {"SELECT 1 FROM logged_models AS m WHERE m.source_run_id = r.id AND",
                          {{"model_id", "m.id"}, {"name", "m.name"}, {"model_type", "m.type"}, {"status", "m.status"}}};
  fields.many["parent"] = {"SELECT 1 FROM run_tags AS l JOIN runs AS q ON q.id = l.value WHERE l.run_id = r.id AND l.key = 'mlflow.parentRunId' AND",
                           attributes_of("q")};
  fields.many["child"] = {"SELECT 1 FROM run_tags AS l JOIN runs AS q ON q.id = l.run_id WHERE l.key = 'mlflow.parentRunId' AND l.value = r.id AND",
                          attributes_of("q")};
  return fields;
}

Fields make_experiment_fields() {
  Fields fields;
  fields.texts = {{"name", "e.name"}};
  fields.numbers = {{"experiment_id", "e.id"}};
  fields.times = {{"creation_time", "e.created_ms"}, {"last_update_time", "e.updated_ms"}};
  fields.text_entities = {{"tag", "SELECT value FROM experiment_tags WHERE experiment_id = e.id AND key = {}"}};
  return fields;
}

Fields make_logged_model_fields() {
  Fields fields;
  fields.texts = {{"name", "m.name"}, {"model_id", "m.id"}, {"model_type", "m.type"}, {"status", "m.status"}, {"source_run_id", "m.source_run_id"}};
  fields.times = {{"creation_timestamp", "m.created_ms"}, {"creation_time", "m.created_ms"}, {"last_updated_timestamp", "m.updated_ms"}};
  fields.text_entities = {{"tag", "SELECT value FROM logged_model_tags WHERE model_id = m.id AND key = {}"},
                          {"param", "SELECT value FROM logged_model_params WHERE model_id = m.id AND key = {}"}};
  return fields;
}

}  // namespace

const Fields& run_fields() {
  static const Fields kFields = make_run_fields();
  return kFields;
}

const Fields& experiment_fields() {
  static const Fields kFields = make_experiment_fields();
  return kFields;
}

const Fields& logged_model_fields() {
  static const Fields kFields = make_logged_model_fields();
  return kFields;
}

}  // namespace gyre::tracking
