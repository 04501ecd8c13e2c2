// runs/log-inputs, runs/outputs, experiments/search-datasets
#include "api/mlflow/encode.h"
#include "api/mlflow/routes.h"

namespace gyre::mlflow {
namespace {

constexpr std::size_t kMaxExperiments = 20;

Result<tracking::DatasetInput> read_input(const json::Value& input) {
  const auto& set = input["dataset"];
  const auto* tags = input["tags"].if_array();
  return tracking::DatasetInput{plain_text(set["name"]),
                                plain_text(set["digest"]),
                                plain_text(set["source_type"]),
                                plain_text(set["source"]),
                                plain_text(set["schema"]),
                                plain_text(set["profile"]),
                                tags ? TRY(read_tags(*tags, "datasets.tags")) : std::vector<tracking::Tag>{}};
}

Result<net::Response> log_inputs(tracking::Service& tracking, const net::Request& request) {
  const auto args = TRY(Args::of(request, {{"run_id", Kind::text, kRequired}, {"datasets", Kind::list}, {"models", Kind::list}}));
  std::vector<tracking::DatasetInput> datasets;
  for (const auto& input : *TRY(args.list("datasets"))) datasets.push_back(TRY(read_input(input)));
  std::vector<std::string> models;
  for (const auto& model : *TRY(args.list("models"))) models.push_back(plain_text(model["model_id"]));
  TRY(tracking.log_inputs(args.run_id(), datasets, models));
  return empty_reply();
}

Result<net::Response> log_outputs(tracking::Service& tracking, const net::Request& request) {
  const auto args = TRY(Args::of(request, {{"run_id", Kind::text, kRequired}, {"models", Kind::list, kRequired}}));
  std::vector<tracking::ModelOutput> outputs;
  for (const auto& model : *TRY(args.list("models")))
    outputs.push_back({plain_text(model["model_id"]), model["step"].is_null() ? 0 : TRY(to_integer(model["step"], "models.step"))});
  TRY(tracking.log_outputs(args.run_id(), outputs));
  return empty_reply();
}

void write(Writer& writer, const tracking::DatasetSummary& summary) {
  writer.begin_object();
  writer.field("experiment_id", summary.experiment_id);
  writer.field("name", summary.name);
  writer.field("digest", summary.digest);
  if (!summary.context.empty()) writer.field("context", summary.context);
  writer.end_object();
}

Result<net::Response> search_datasets(tracking::Service& tracking, const net::Request& request) {
  const auto ids = TRY(Args::of(request, {{"experiment_ids", Kind::texts}})).texts("experiment_ids");
  if (ids.empty()) return fail(Code::invalid, "SearchDatasets request must specify at least one experiment_id.");
  if (ids.size() > kMaxExperiments) {
    return fail(Code::invalid,
                fmt::format("SearchDatasets request cannot specify more than {} experiment_ids. Received {} experiment_ids.", kMaxExperiments, ids.size()));
  }
  const auto summaries = TRY(tracking.datasets(ids));
  Writer writer;
  writer.begin_object();
  write_list(writer, "dataset_summaries", summaries, [&](const auto& summary) { write(writer, summary); });
  writer.end_object();
  return reply(writer);
}

}  // namespace

void add_input_routes(net::Router& router, tracking::Service& tracking) {
  using std::bind_front, std::ref;
  add(router, "POST", "/runs/log-inputs", bind_front(log_inputs, ref(tracking)));
  add(router, "POST", "/runs/outputs", bind_front(log_outputs, ref(tracking)));
  add(router, "POST", "/experiments/search-datasets", bind_front(search_datasets, ref(tracking)));
}

}  // namespace gyre::mlflow
