#include "api/mlflow/encode.h"

namespace gyre::mlflow {
namespace {

template <class Members>
void write_object(Writer& writer, Members members) {
  writer.begin_object();
  members();
  writer.end_object();
}

// Left out where there is none, as protobuf's JSON does.
template <class Item, class Each>
void write_list(Writer& writer, std::string_view name, const std::vector<Item>& items, Each each) {
  if (items.empty()) return;
  writer.key(name);
  writer.begin_array();
  for (const auto& item : items) each(item);
  writer.end_array();
}

void write_pairs(Writer& writer, std::string_view name, const std::vector<tracking::Tag>& pairs) {
  write_list(writer, name, pairs, [&](const tracking::Tag& pair) {
    writer.begin_object();
    writer.field("key", pair.key);
    writer.field("value", pair.value);
    writer.end_object();
  });
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

void write_output(Writer& writer, const tracking::ModelOutput& output) {
  writer.begin_object();
  writer.field("model_id", output.model_id);
  writer.field("step", output.step);
  writer.end_object();
}

void write_aliases(Writer& writer, const std::vector<registry::Alias>& aliases) {
  write_list(writer, "aliases", aliases, [&](const registry::Alias& alias) {
    writer.begin_object();
    writer.field("alias", alias.alias);
    writer.field("version", std::to_string(alias.version));
    writer.end_object();
  });
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
  write_object(writer, [&] {
    write_list(writer, "metrics", run.metrics, [&](const tracking::Metric& metric) { write(writer, metric); });
    write_pairs(writer, "params", run.params);
    write_pairs(writer, "tags", run.tags);
  });
  writer.key("inputs");
  write_object(writer, [&] {
    write_list(writer, "dataset_inputs", run.datasets, [&](const tracking::DatasetInput& input) { write_dataset(writer, input); });
    write_list(writer, "model_inputs", run.model_inputs,
               [&](const std::string& model_id) { write_object(writer, [&] { writer.field("model_id", model_id); }); });
  });
  if (outputs == Outputs::left_out) return writer.end_object();
  writer.key("outputs");
  write_object(writer, [&] { write_list(writer, "model_outputs", run.outputs, [&](const tracking::ModelOutput& output) { write_output(writer, output); }); });
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
  write_list(writer, "metrics", model.metrics, [&](const tracking::ModelMetric& metric) { write(writer, metric); });
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
  write_list(writer, "aliases", version.aliases, [&](const std::string& alias) { writer.string(alias); });
  writer.end_object();
}

void write(Writer& writer, const registry::Model& model, const std::vector<registry::Version>& latest) {
  writer.begin_object();
  writer.field("name", model.name);
  writer.field("creation_timestamp", model.created_ms);
  writer.field("last_updated_timestamp", model.updated_ms);
  if (!model.description.empty()) writer.field("description", model.description);
  write_list(writer, "latest_versions", latest, [&](const registry::Version& version) { write(writer, version); });
  write_pairs(writer, "tags", model.tags);
  write_aliases(writer, model.aliases);
  writer.end_object();
}

}  // namespace gyre::mlflow
