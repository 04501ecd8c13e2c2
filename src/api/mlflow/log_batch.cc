#include "api/mlflow/log_batch.h"

#include "api/mlflow/encode.h"

namespace gyre::mlflow {
namespace {

bool is_absent(const json::Value& value) { return value.is_null() || (value.if_string() && value.if_string()->empty()); }

// Each of a list has these fields; the list itself is one of objects.
Result<void> check_fields(const Args& args, std::string_view list, std::initializer_list<std::string_view> needed) {
  std::size_t place = 0;
  for (const auto& item : *TRY(args.list(list))) {
    if (!item.if_object()) return wrong_type(item, fmt::format("{}[{}]", list, place));
    for (const auto field : needed) {
      if (is_absent(item[field])) return missing(fmt::format("{}[{}].{}", list, place, field));
    }
    ++place;
  }
  return {};
}

const json::Value kNothing;

// Where the fields of a metric stand: a batch has a thousand, and each is looked through once.
struct MetricFields {
  const json::Value *key = &kNothing, *value = &kNothing, *timestamp = &kNothing, *step = &kNothing, *model_id = &kNothing;
};

MetricFields fields_of(const json::Object& metric) {
  MetricFields fields;
  for (const auto& [name, member] : metric) {
    if (name == "key") fields.key = &member;
    if (name == "value") fields.value = &member;
    if (name == "timestamp") fields.timestamp = &member;
    if (name == "step") fields.step = &member;
    if (name == "model_id") fields.model_id = &member;
  }
  return fields;
}

std::string path_of(std::size_t place, std::string_view field) { return fmt::format("metrics[{}].{}", place, field); }

// The path is told only of what is no number: to write it for each would cost more than the reading.
Result<double> read_number(const json::Value& value, std::size_t place, std::string_view field) {
  return value.is_number() ? value.number_or(0) : to_number(value, path_of(place, field));
}

Result<std::int64_t> read_integer(const json::Value& value, std::size_t place, std::string_view field) {
  return value.if_int() ? *value.if_int() : to_integer(value, path_of(place, field));
}

Result<std::vector<MetricFields>> find_metrics(const json::Array& list) {
  std::vector<MetricFields> found;
  found.reserve(list.size());
  for (const auto& item : list) {
    if (!item.if_object()) return wrong_type(item, fmt::format("metrics[{}]", found.size()));
    const auto fields = fields_of(*item.if_object());
    if (is_absent(*fields.key)) return missing(path_of(found.size(), "key"));
    if (is_absent(*fields.value)) return missing(path_of(found.size(), "value"));
    if (is_absent(*fields.timestamp)) return missing(path_of(found.size(), "timestamp"));
    found.push_back(fields);
  }
  return found;
}

Result<tracking::Metric> read_metric(const MetricFields& fields, std::size_t place) {
  return tracking::Metric{.key = plain_text(*fields.key),
                          .value = TRY(read_number(*fields.value, place, "value")),
                          .at_ms = TRY(read_integer(*fields.timestamp, place, "timestamp")),
                          .step = fields.step->is_null() ? 0 : TRY(read_integer(*fields.step, place, "step"))};
}

}  // namespace

void note_model(tracking::Batch& batch, const json::Value& metric) {
  if (is_absent(metric["model_id"])) return;
  batch.model_metrics.push_back(
      {batch.metrics.back(), plain_text(metric["model_id"]), "", plain_text(metric["dataset_name"]), plain_text(metric["dataset_digest"])});
}

Result<LogBatch> read_log_batch(const net::Request& request) {
  if (auto plain = read_plain_batch(request)) return std::move(*plain);
  const auto args = TRY(Args::of(request, {{"run_id", Kind::text, kRequired}, {"metrics", Kind::list}, {"params", Kind::list}, {"tags", Kind::list}}));
  const auto& list = *TRY(args.list("metrics"));
  const auto metrics = TRY(find_metrics(list));
  TRY(check_fields(args, "params", {"key"}));
  TRY(check_fields(args, "tags", {"key"}));
  LogBatch call{args.run_id(), {}};
  call.batch.metrics.reserve(metrics.size());
  for (std::size_t i = 0; i < metrics.size(); ++i) {
    call.batch.metrics.push_back(TRY(read_metric(metrics[i], i)));
    if (!is_absent(*metrics[i].model_id)) note_model(call.batch, list[i]);
  }
  call.batch.params = TRY(read_tags(args, "params"));
  call.batch.tags = TRY(read_tags(args, "tags"));
  return call;
}

}  // namespace gyre::mlflow
