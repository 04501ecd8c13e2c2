// /api/3.0/mlflow/datasets/{dataset_id}/records: records of evaluation datasets, which come and go as JSON within a text
#include "api/mlflow/genai.h"
#include "api/mlflow/pages.h"
#include "api/mlflow/wire.h"
#include "base/case.h"

namespace gyre::mlflow {
namespace {

std::string_view id_of(const net::Request& request) { return request.parameter("dataset_id"); }

std::optional<json::Value> maybe(const json::Value& record, std::string_view name) {
  const auto& value = record[name];
  return value.is_null() ? std::nullopt : std::optional(value);
}

Result<genai::RecordDraft> read_record(const json::Value& value) {
  if (!value.if_object()) return fail(Code::invalid, "Each record must be a dictionary");
  genai::RecordDraft draft{.expectations = maybe(value, "expectations"), .tags = maybe(value, "tags")};
  if (const auto* inputs = value.find("inputs")) draft.inputs = *inputs;
  if (const auto* outputs = value.find("outputs")) draft.outputs = *outputs;
  const auto& source = value["source"];
  if (source.is_null() || (source.if_object() && source.if_object()->empty())) return draft;
  if (!source["source_type"].if_string()) return fail(Code::invalid, "The 'source' of a record must be a dictionary with a 'source_type'");
  const auto& data = source["source_data"];
  draft.source = genai::RecordSource{upper(*source["source_type"].if_string()), data.is_null() ? json::Value(json::Object{}) : data};
  return draft;
}

Result<std::vector<genai::RecordDraft>> read_records(std::string_view text) {
  const auto list = json::parse(text);
  if (!list) return fail(Code::invalid, "Invalid value for parameter 'records' supplied: it is no JSON", list.error().message);
  if (!list->if_array()) return fail(Code::invalid, "Invalid value for parameter 'records' supplied: it is the JSON of a list");
  std::vector<genai::RecordDraft> drafts;
  for (const auto& record : *list->if_array()) drafts.push_back(TRY(read_record(record)));
  return drafts;
}

void write(Writer& writer, const genai::Record& record) {
  writer.begin_object();
  writer.field("dataset_record_id", record.id);
  writer.field("dataset_id", record.dataset_id);
  writer.field("inputs", record.inputs);
  if (record.outputs) writer.field("outputs", *record.outputs);
  if (record.expectations) writer.field("expectations", *record.expectations);
  writer.field("tags", record.tags);
  if (record.source) writer.field("source", json::Object{{"source_type", record.source->type}, {"source_data", record.source->data}});
  if (record.source_id) writer.field("source_id", *record.source_id);
  if (record.source) writer.field("source_type", record.source->type);
  writer.field("created_time", record.created_ms);
  writer.field("last_update_time", record.updated_ms);
  if (record.created_by) writer.field("created_by", *record.created_by);
  if (record.updated_by) writer.field("last_updated_by", *record.updated_by);
  writer.end_object();
}

Result<net::Response> upsert(genai::Service& genai, const net::Request& request) {
  const auto args = TRY(Args::of(request, {{"records", Kind::text, kRequired}}));
  const auto done = TRY(genai.upsert_records(id_of(request), TRY(read_records(args.text("records")))));
  Writer writer;
  writer.begin_object();
  writer.field("inserted_count", done.inserted);
  writer.field("updated_count", done.updated);
  writer.end_object();
  return reply(writer);
}

Result<net::Response> list(genai::Service& genai, const net::Request& request) {
  const auto args = TRY(Args::of(request, {{"max_results", Kind::whole}, {"page_token"}}));
  const auto page = TRY(genai.records(id_of(request), TRY(args.integer("max_results", genai::kDefaultRecords)), TRY(page_offset(args))));
  Writer records;
  records.begin_array();
  for (const auto& record : page.rows) write(records, record);
  records.end_array();
  Writer writer;
  writer.begin_object();
  writer.field("records", records.text());
  if (page.next_after >= 0) writer.field("next_page_token", page_token(page.next_after));
  writer.end_object();
  return reply(writer);
}

Result<net::Response> remove(genai::Service& genai, const net::Request& request) {
  const auto args = TRY(Args::of(request, {{"dataset_record_ids", Kind::list}}));
  const auto deleted = TRY(genai.delete_records(id_of(request), args.texts("dataset_record_ids")));
  Writer writer;
  writer.begin_object();
  writer.field("deleted_count", deleted);
  writer.end_object();
  return reply(writer);
}

}  // namespace

void add_eval_record_routes(net::Router& router, genai::Service& genai) {
  constexpr std::string_view kPath = "/datasets/:dataset_id/records";
  add_genai(router, genai, "POST", kPath, upsert);
  add_genai(router, genai, "GET", kPath, list);
  add_genai(router, genai, "DELETE", kPath, remove);
}

}  // namespace gyre::mlflow
