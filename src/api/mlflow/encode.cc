#include "api/mlflow/encode.h"

namespace gyre::mlflow {
namespace {

void write_pairs(Writer& writer, std::string_view name, const std::vector<tracking::Tag>& pairs) {
  if (pairs.empty()) return;
  writer.key(name);
  writer.begin_array();
  for (const auto& pair : pairs) {
    writer.begin_object();
    writer.field("key", pair.key);
    writer.field("value", pair.value);
    writer.end_object();
  }
  writer.end_array();
}

void field_if(Writer& writer, std::string_view name, const std::string& text) {
  if (!text.empty()) writer.field(name, text);
}

void write_dataset(Writer& writer, const tracking::DatasetInput& input) {
  writer.begin_object();
  write_pairs(writer, "tags", input.tags);
  writer.key("dataset");
  writer.begin_object();
  writer.field("name", input.name);
  writer.field("digest", input.digest);
  writer.field("source_type", input.source_type);
  writer.field("source", input.source);
  field_if(writer, "schema", input.schema);
  field_if(writer, "profile", input.profile);
  writer.end_object();
  writer.end_object();
}

void write_aliases(Writer& writer, const std::vector<registry::Alias>& aliases) {
  if (aliases.empty()) return;
  writer.key("aliases");
  writer.begin_array();
  for (const auto& alias : aliases) {
    writer.begin_object();
    writer.field("alias", alias.alias);
    writer.field("version", std::to_string(alias.version));
    writer.end_object();
  }
  writer.end_array();
}

}  // namespace

Result<std::vector<tracking::Tag>> read_tags(const json::Array& list, std::string_view name) {
  std::vector<tracking::Tag> tags;
  tags.reserve(list.size());
  for (const auto& item : list) {
    if (!item.if_object()) return wrong_type(item, fmt::format("{}[{}]", name, tags.size()));
    tags.push_back({plain_text(item["key"]), plain_text(item["value"])});
  }
  return tags;
}

Result<std::vector<tracking::Tag>> read_tags(const Args& args, std::string_view name) { return read_tags(*TRY(args.list(name)), name); }

void write(Writer& writer, const tracking::Experiment& experiment) {
  writer.begin_object();
  writer.field("experiment_id", experiment.id);
  writer.field("name", experiment.name);
  writer.field("artifact_location", experiment.artifact_location);
  writer.field("lifecycle_stage", experiment.lifecycle);
  writer.field("last_update_time", experiment.updated_ms);
  writer.field("creation_time", experiment.created_ms);
  write_pairs(writer, "tags", experiment.tags);
  writer.field("workspace", "default");
  writer.end_object();
}

void write(Writer& writer, const tracking::RunInfo& info) {
  writer.begin_object();
  writer.field("run_uuid", info.id);
  writer.field("experiment_id", info.experiment_id);
  writer.field("run_name", info.name);
  writer.field("user_id", info.user);
  writer.field("status", info.status);
  writer.field("start_time", info.start_ms);
  if (info.end_ms) writer.field("end_time", *info.end_ms);
  writer.field("artifact_uri", info.artifact_uri);
  writer.field("lifecycle_stage", info.lifecycle);
  writer.field("run_id", info.id);
  writer.end_object();
}

void write(Writer& writer, const tracking::Metric& metric, std::string_view run_id) {
  writer.begin_object();
  writer.field("key", metric.key);
  writer.field("value", metric.value);
  writer.field("timestamp", metric.at_ms);
  writer.field("step", metric.step);
  if (!run_id.empty()) writer.field("run_id", run_id);
  writer.end_object();
}

void write(Writer& writer, const tracking::ModelMetric& metric) {
  writer.begin_object();
  writer.field("key", metric.metric.key);
  writer.field("value", metric.metric.value);
  writer.field("timestamp", metric.metric.at_ms);
  writer.field("step", metric.metric.step);
  field_if(writer, "dataset_name", metric.dataset_name);
  field_if(writer, "dataset_digest", metric.dataset_digest);
  writer.field("model_id", metric.model_id);
  writer.field("run_id", metric.run_id);
  writer.end_object();
}

void write(Writer& writer, const tracking::Run& run, Outputs outputs) {
  writer.begin_object();
  writer.key("info");
  write(writer, run.info);
  writer.key("data");
  writer.begin_object();
  if (!run.metrics.empty()) {
    writer.key("metrics");
    writer.begin_array();
    for (const auto& metric : run.metrics) write(writer, metric);
    writer.end_array();
  }
  write_pairs(writer, "params", run.params);
  write_pairs(writer, "tags", run.tags);
  writer.end_object();
  writer.key("inputs");
  writer.begin_object();
  if (!run.datasets.empty()) {
    writer.key("dataset_inputs");
    writer.begin_array();
    for (const auto& dataset : run.datasets) write_dataset(writer, dataset);
    writer.end_array();
  }
  if (!run.model_inputs.empty()) {
    writer.key("model_inputs");
    writer.begin_array();
    for (const auto& model_id : run.model_inputs) {
      writer.begin_object();
      writer.field("model_id", model_id);
      writer.end_object();
    }
    writer.end_array();
  }
  writer.end_object();
  if (outputs == Outputs::left_out) return writer.end_object();
  writer.key("outputs");
  writer.begin_object();
  if (!run.outputs.empty()) {
    writer.key("model_outputs");
    writer.begin_array();
    for (const auto& output : run.outputs) {
      writer.begin_object();
      writer.field("model_id", output.model_id);
      writer.field("step", output.step);
      writer.end_object();
    }
    writer.end_array();
  }
  writer.end_object();
  writer.end_object();
}

void write(Writer& writer, const tracking::LoggedModel& model) {
  writer.begin_object();
  writer.key("info");
  writer.begin_object();
  writer.field("model_id", model.id);
  writer.field("experiment_id", model.experiment_id);
  writer.field("name", model.name);
  writer.field("creation_timestamp_ms", model.created_ms);
  writer.field("last_updated_timestamp_ms", model.updated_ms);
  writer.field("artifact_uri", model.artifact_uri);
  writer.field("status", "LOGGED_MODEL_" + model.status);
  writer.field("model_type", model.type);
  writer.field("source_run_id", model.source_run_id);
  write_pairs(writer, "tags", model.tags);
  writer.end_object();
  writer.key("data");
  writer.begin_object();
  write_pairs(writer, "params", model.params);
  if (!model.metrics.empty()) {
    writer.key("metrics");
    writer.begin_array();
    for (const auto& metric : model.metrics) write(writer, metric);
    writer.end_array();
  }
  writer.end_object();
  writer.end_object();
}

void write(Writer& writer, const registry::Version& version) {
  writer.begin_object();
  writer.field("name", version.model);
  writer.field("version", std::to_string(version.version));
  writer.field("creation_timestamp", version.created_ms);
  writer.field("last_updated_timestamp", version.updated_ms);
  writer.field("current_stage", version.stage);
  writer.field("description", version.description);
  writer.field("source", version.source);
  writer.field("run_id", version.run_id);
  writer.field("status", "READY");
  write_pairs(writer, "tags", version.tags);
  writer.field("run_link", version.run_link);
  if (!version.aliases.empty()) {
    writer.key("aliases");
    writer.begin_array();
    for (const auto& alias : version.aliases) writer.string(alias);
    writer.end_array();
  }
  writer.end_object();
}

void write(Writer& writer, const registry::Model& model, const std::vector<registry::Version>& latest) {
  writer.begin_object();
  writer.field("name", model.name);
  writer.field("creation_timestamp", model.created_ms);
  writer.field("last_updated_timestamp", model.updated_ms);
  if (!model.description.empty()) writer.field("description", model.description);
  if (!latest.empty()) {
    writer.key("latest_versions");
    writer.begin_array();
    for (const auto& version : latest) write(writer, version);
    writer.end_array();
  }
  write_pairs(writer, "tags", model.tags);
  write_aliases(writer, model.aliases);
  writer.end_object();
}

}  // namespace gyre::mlflow
