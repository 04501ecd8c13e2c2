// /api/3.0/mlflow/scorers
#include "api/mlflow/encode.h"
#include "api/mlflow/genai.h"

namespace gyre::mlflow {
namespace {

constexpr Expected kExperiment{"experiment_id", Kind::text, kRequired}, kName{"name", Kind::text, kRequired}, kVersion{"version", Kind::whole};

void write(Writer& writer, const genai::Scorer& scorer) {
  writer.begin_object();
  writer.key("experiment_id");
  writer.raw(scorer.experiment_id);  // a number here, as nowhere else
  writer.field("scorer_name", scorer.name);
  writer.field("scorer_version", scorer.version);
  writer.field("serialized_scorer", scorer.serialized);
  writer.field("creation_time", scorer.created_ms);
  writer.field("scorer_id", scorer.id);
  writer.end_object();
}

void write(Writer& writer, const genai::OnlineConfig& config) {
  writer.begin_object();
  writer.field("online_scoring_config_id", config.id);
  writer.field("scorer_id", config.scorer_id);
  writer.field("sample_rate", config.sample_rate);
  writer.field("experiment_id", config.experiment_id);
  if (config.filter) writer.field("filter_string", *config.filter);
  writer.end_object();
}

net::Response list_reply(const std::vector<genai::Scorer>& scorers) {
  Writer writer;
  writer.begin_object();
  write_list(writer, "scorers", scorers, [&](const genai::Scorer& scorer) { write(writer, scorer); });
  writer.end_object();
  return reply(writer);
}

Result<std::optional<std::int64_t>> version_of(const Args& args) {
  if (args.value()["version"].is_null()) return std::nullopt;
  return TRY(args.integer("version", 0));
}

Result<net::Response> create(genai::Service& genai, const net::Request& request) {
  const auto args = TRY(Args::of(request, {kExperiment, kName, {"serialized_scorer", Kind::text, kRequired}}));
  const auto scorer = TRY(genai.register_scorer(args.text("experiment_id"), args.text("name"), args.text("serialized_scorer")));
  Writer writer;
  writer.begin_object();
  writer.field("version", scorer.version);
  writer.field("scorer_id", scorer.id);
  writer.field("experiment_id", scorer.experiment_id);
  writer.field("name", scorer.name);
  writer.field("serialized_scorer", scorer.serialized);
  writer.field("creation_time", scorer.created_ms);
  writer.end_object();
  return reply(writer);
}

Result<net::Response> list(genai::Service& genai, const net::Request& request) {
  const auto args = TRY(Args::of(request, {{"experiment_id"}, {"experiment_ids", Kind::texts}}));
  const auto one = args.text("experiment_id");
  const auto many = args.texts("experiment_ids");
  if (!one.empty() && !args.value()["experiment_ids"].is_null()) {
    return fail(Code::invalid,
                "Cannot specify both 'experiment_id' and 'experiment_ids'. Use 'experiment_ids' to scope the query to multiple experiments, or "
                "'experiment_id' to scope it to a single experiment.");
  }
  return list_reply(one.empty() ? TRY(genai.scorers(many)) : TRY(genai.scorers_of(one)));
}

Result<net::Response> versions(genai::Service& genai, const net::Request& request) {
  const auto args = TRY(Args::of(request, {kExperiment, kName}));
  return list_reply(TRY(genai.scorer_versions(args.text("experiment_id"), args.text("name"))));
}

Result<net::Response> get(genai::Service& genai, const net::Request& request) {
  const auto args = TRY(Args::of(request, {kExperiment, kName, kVersion}));
  const auto scorer = TRY(genai.scorer(args.text("experiment_id"), args.text("name"), TRY(version_of(args))));
  Writer writer;
  writer.begin_object();
  writer.key("scorer");
  write(writer, scorer);
  writer.end_object();
  return reply(writer);
}

Result<net::Response> remove(genai::Service& genai, const net::Request& request) {
  const auto args = TRY(Args::of(request, {kExperiment, kName, kVersion}));
  TRY(genai.delete_scorer(args.text("experiment_id"), args.text("name"), TRY(version_of(args))));
  return empty_reply();
}

Result<net::Response> set_online(genai::Service& genai, const net::Request& request) {
  const auto args = TRY(Args::of(request, {kExperiment, kName, {"sample_rate", Kind::real, kRequired}, {"filter_string", Kind::any}}));
  const auto& filter = args.value()["filter_string"];
  if (!filter.is_null() && !filter.if_string()) {
    return fail(Code::invalid, fmt::format("Invalid value {:.80} for parameter 'filter_string' supplied: Value was of type '{}'. Expected type 'str' or None.",
                                           json::to_text(filter), filter.if_int() ? "int" : filter.kind()));
  }
  const auto config =
      TRY(genai.set_online_config(args.text("experiment_id"), args.text("name"), TRY(args.number("sample_rate")), args.optional_text("filter_string")));
  Writer writer;
  writer.begin_object();
  writer.key("config");
  write(writer, config);
  writer.end_object();
  return reply(writer);
}

Result<net::Response> online(genai::Service& genai, const net::Request& request) {
  const auto args = TRY(Args::of(request, {{"scorer_ids", Kind::texts, kRequired}}));
  Writer writer;
  writer.begin_object();
  writer.key("configs");
  writer.begin_array();
  for (const auto& config : TRY(genai.online_configs(args.texts("scorer_ids")))) write(writer, config);
  writer.end_array();
  writer.end_object();
  return reply(writer);
}

}  // namespace

void add_scorer_routes(net::Router& router, genai::Service& genai) {
  const auto route = [&](std::string_view method, std::string_view path, GenaiHandler handler) { add_genai(router, genai, method, path, handler); };
  route("POST", "/scorers/register", create);
  route("GET", "/scorers/list", list);
  route("GET", "/scorers/versions", versions);
  route("GET", "/scorers/get", get);
  route("DELETE", "/scorers/delete", remove);
  route("PUT", "/scorers/online-config", set_online);
  route("GET", "/scorers/online-configs", online);
}

}  // namespace gyre::mlflow
