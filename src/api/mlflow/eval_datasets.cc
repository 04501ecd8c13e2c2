// /api/3.0/mlflow/datasets: evaluation datasets, their tags and experiments
#include "api/mlflow/encode.h"
#include "api/mlflow/genai.h"
#include "api/mlflow/pages.h"
#include "api/mlflow/traces.h"

namespace gyre::mlflow {
namespace {

constexpr std::int64_t kPage = 1000;
constexpr Expected kExperiments{"experiment_ids", Kind::list};

std::string_view id_of(const net::Request& request) { return request.parameter("dataset_id"); }

std::string words_text(const traces::Words& words) {
  json::Object object;
  for (const auto& [key, value] : words) object.emplace_back(key, value);
  return json::to_text(object);
}

// MLflow's clients read tags, schema and profile out of texts.
void write(Writer& writer, const genai::Dataset& dataset) {
  writer.begin_object();
  writer.field("dataset_id", dataset.id);
  writer.field("name", dataset.name);
  writer.field("tags", words_text(dataset.tags));
  if (dataset.schema) writer.field("schema", json::to_text(*dataset.schema));
  if (dataset.records > 0) writer.field("profile", json::to_text(json::Object{{"num_records", dataset.records}}));
  writer.field("digest", dataset.digest);
  writer.field("created_time", dataset.created_ms);
  writer.field("last_update_time", dataset.updated_ms);
  if (dataset.created_by) writer.field("created_by", *dataset.created_by);
  if (dataset.updated_by) writer.field("last_updated_by", *dataset.updated_by);
  write_list(writer, "experiment_ids", dataset.experiment_ids, [&](const std::string& id) { writer.string(id); });
  writer.end_object();
}

net::Response dataset_reply(const genai::Dataset& dataset) {
  Writer writer;
  writer.begin_object();
  writer.key("dataset");
  write(writer, dataset);
  writer.end_object();
  return reply(writer);
}

// As Python writes what is no text; what is null is left alone.
Result<traces::Words> read_tags(std::string_view text) {
  traces::Words tags;
  if (text.empty()) return tags;
  const auto value = json::parse(text);
  if (!value) return fail(Code::invalid, "Invalid value for parameter 'tags' supplied: it is no JSON", value.error().message);
  const auto* members = value->if_object();
  const bool empty_list = value->if_array() && value->if_array()->empty();
  if (!members && !empty_list) return fail(Code::invalid, "Invalid value for parameter 'tags' supplied: it is the JSON of a dictionary");
  for (const auto& [key, tag] : members ? *members : json::Object{}) {
    if (tag.if_bool()) tags[key] = *tag.if_bool() ? "True" : "False";
    if (!tag.is_null() && !tag.if_bool()) tags[key] = json::unquoted(tag);
  }
  return tags;
}

Result<net::Response> create(genai::Service& genai, const net::Request& request) {
  const auto args = TRY(Args::of(request, {{"name", Kind::text, kRequired}, kExperiments, {"tags"}}));
  return dataset_reply(TRY(genai.create_dataset(args.text("name"), args.texts("experiment_ids"), TRY(read_tags(args.text("tags"))))));
}

Result<net::Response> get(genai::Service& genai, const net::Request& request) { return dataset_reply(TRY(genai.dataset(id_of(request)))); }

Result<net::Response> remove(genai::Service& genai, const net::Request& request) {
  TRY(genai.delete_dataset(id_of(request)));
  return empty_reply();
}

Result<net::Response> search(genai::Service& genai, const net::Request& request) {
  const auto args = TRY(Args::of(request, {kExperiments, {"filter_string"}, {"max_results", Kind::whole}, {"order_by", Kind::list}, {"page_token"}}));
  const auto page = TRY(genai.search_datasets({.experiment_ids = args.texts("experiment_ids"),
                                               .filter = args.text("filter_string"),
                                               .order_by = args.texts("order_by"),
                                               .limit = TRY(args.integer("max_results", kPage)),
                                               .offset = TRY(page_offset(args))}));
  Writer writer;
  writer.begin_object();
  write_list(writer, "datasets", page.rows, [&](const genai::Dataset& dataset) { write(writer, dataset); });
  if (page.next_offset >= 0) writer.field("next_page_token", page_token(page.next_offset));
  writer.end_object();
  return reply(writer);
}

Result<net::Response> set_tags(genai::Service& genai, const net::Request& request) {
  const auto args = TRY(Args::of(request, {{"tags", Kind::text, kRequired}}));
  TRY(genai.set_dataset_tags(id_of(request), TRY(read_tags(args.text("tags")))));
  return empty_reply();
}

Result<net::Response> delete_tag(genai::Service& genai, const net::Request& request) {
  TRY(genai.delete_dataset_tag(id_of(request), request.parameter("key")));
  return empty_reply();
}

Result<net::Response> experiments(genai::Service& genai, const net::Request& request) {
  const auto ids = TRY(genai.dataset_experiments(id_of(request)));
  Writer writer;
  writer.begin_object();
  write_list(writer, "experiment_ids", ids, [&](const std::string& id) { writer.string(id); });
  writer.end_object();
  return reply(writer);
}

Result<net::Response> add_experiments(genai::Service& genai, const net::Request& request) {
  return dataset_reply(TRY(genai.add_experiments(id_of(request), TRY(Args::of(request, {kExperiments})).texts("experiment_ids"))));
}

Result<net::Response> remove_experiments(genai::Service& genai, const net::Request& request) {
  return dataset_reply(TRY(genai.remove_experiments(id_of(request), TRY(Args::of(request, {kExperiments})).texts("experiment_ids"))));
}

}  // namespace

void add_genai(net::Router& router, genai::Service& genai, std::string_view method, std::string_view path, GenaiHandler handler) {
  add_versioned(router, 3, method, path, std::bind_front(handler, std::ref(genai)));
}

void add_eval_dataset_routes(net::Router& router, genai::Service& genai) {
  const auto route = [&](std::string_view method, std::string_view path, GenaiHandler handler) { add_genai(router, genai, method, path, handler); };
  route("POST", "/datasets/create", create);
  route("POST", "/datasets/search", search);
  route("GET", "/datasets/search", search);
  route("GET", "/datasets/:dataset_id", get);
  route("DELETE", "/datasets/:dataset_id", remove);
  route("PATCH", "/datasets/:dataset_id/tags", set_tags);
  route("DELETE", "/datasets/:dataset_id/tags/:key", delete_tag);
  route("GET", "/datasets/:dataset_id/experiment-ids", experiments);
  route("POST", "/datasets/:dataset_id/add-experiments", add_experiments);
  route("POST", "/datasets/:dataset_id/remove-experiments", remove_experiments);
}

void add_genai_routes(net::Router& router, genai::Service& genai) {
  add_eval_dataset_routes(router, genai);
  add_eval_record_routes(router, genai);
  add_scorer_routes(router, genai);
  add_issue_routes(router, genai);
}

}  // namespace gyre::mlflow
