// Traces with their spans and assessments; and what stays behind.
#include <fmt/format.h>

#include <algorithm>

#include "exchange/mlflow_database.h"

namespace gyre::exchange {
namespace {

constexpr std::int64_t kPage = 200;

std::string state_of(std::string status) { return status == "TRACE_STATUS_UNSPECIFIED" || status.empty() ? "STATE_UNSPECIFIED" : status; }

// What 3.17 keeps in columns of their own was a tag or metadata before, and is one for clients.
void add_promoted(traces::TraceInfo& info, Row columns) {
  const auto put = [](traces::Words& words, const char* key, std::optional<std::string> value) {
    if (value && !value->empty()) words.emplace(key, std::move(*value));
  };
  put(info.tags, "mlflow.traceName", maybe_text(columns[0]));
  put(info.metadata, "mlflow.trace.session", maybe_text(columns[1]));
  if (maybe_whole(columns[4]))
    put(info.metadata, "mlflow.trace.tokenUsage",
        fmt::format(R"({{"input_tokens": {}, "output_tokens": {}, "total_tokens": {}}})", whole_of(columns[2]), whole_of(columns[3]), whole_of(columns[4])));
}

Result<std::vector<Trace>> traces_after(const MlflowTables& tables, const std::string& after) {
  std::vector<Trace> page;
  const sql::Value args[] = {sql::to_value(after), sql::to_value(kPage)};
  std::string columns;
  for (const auto* name :
       {"client_request_id", "request_preview", "response_preview", "trace_name", "session_id", "input_tokens", "output_tokens", "total_tokens"})
    columns += fmt::format(", {}", tables.column("trace_info", name));
  const auto text = fmt::format(
      R"(SELECT "request_id", "experiment_id", "timestamp_ms", "execution_time_ms", "status"{} FROM "trace_info" WHERE "request_id" > $1 ORDER BY "request_id" LIMIT $2)",
      columns);
  TRY(tables.all(text, args, [&](Row row) {
    page.push_back({{text_of(row[0]),
                     text_of(row[1]),
                     whole_of(row[2]),
                     maybe_whole(row[3]),
                     state_of(text_of(row[4])),
                     maybe_text(row[5]),
                     maybe_text(row[6]),
                     maybe_text(row[7]),
                     {},
                     {},
                     {}},
                    {},
                    {}});
    add_promoted(page.back().info, row.subspan(8));
  }));
  return page;
}

Trace* find(std::vector<Trace>& page, const sql::Value& id) {
  const auto at = std::ranges::find(page, text_of(id), [](const Trace& trace) { return trace.info.id; });
  return at == page.end() ? nullptr : &*at;
}

traces::Words words_of(const std::optional<std::string>& text) {
  traces::Words words;
  const auto parsed = text ? json::parse(*text) : json::Value();
  if (const auto* members = parsed ? parsed->if_object() : nullptr) {
    for (const auto& [key, value] : *members) words[key] = json::unquoted(value);
  }
  return words;
}

traces::Assessment assessment_of(Row row) {
  traces::Assessment one{.id = text_of(row[0]), .trace_id = text_of(row[1]), .name = text_of(row[2]), .kind = text_of(row[3])};
  const auto value = text_of(row[4]);
  one.value = json::parse(value).value_or(json::Value(value));
  if (const auto error = maybe_text(row[5])) one.error = json::parse(*error).value_or(json::Value(*error));
  one.created_ms = whole_of(row[6]);
  one.updated_ms = whole_of(row[7]);
  one.source_type = text_of(row[8]);
  one.source_id = text_of(row[9]);
  one.run_id = maybe_text(row[10]);
  one.span_id = maybe_text(row[11]);
  one.rationale = maybe_text(row[12]);
  one.overrides = maybe_text(row[13]);
  one.valid = whole_of(row[14]) != 0;
  if (auto words = words_of(maybe_text(row[15])); !words.empty()) one.metadata = std::move(words);
  return one;
}

Result<void> add_details(const MlflowTables& tables, std::vector<Trace>& page) {
  const auto first = page.front().info.id, last = page.back().info.id;
  const sql::Value args[] = {sql::to_value(first), sql::to_value(last)};
  for (const auto& [table, member] : {std::pair("trace_tags", &traces::TraceInfo::tags), std::pair("trace_request_metadata", &traces::TraceInfo::metadata)}) {
    if (!tables.has(table)) continue;
    TRY(tables.all(fmt::format(R"(SELECT "request_id", "key", "value" FROM "{}" WHERE "request_id" >= $1 AND "request_id" <= $2)", table), args, [&](Row row) {
      if (auto* trace = find(page, row[0])) (trace->info.*member)[text_of(row[1])] = text_of(row[2]);
    }));
  }
  if (tables.has("spans")) {
    TRY(tables.all(R"(SELECT "trace_id", "content" FROM "spans" WHERE "trace_id" >= $1 AND "trace_id" <= $2)", args, [&](Row row) {
      if (auto* trace = find(page, row[0])) trace->spans.push_back(text_of(row[1]));
    }));
  }
  if (tables.has("entity_associations")) {
    TRY(tables.all(
        R"(SELECT "source_id", "destination_id" FROM "entity_associations" WHERE "source_type" = 'trace' AND "destination_type" = 'run' AND "source_id" >= $1 AND "source_id" <= $2)",
        args, [&](Row row) {
          if (auto* trace = find(page, row[0])) trace->runs.push_back(text_of(row[1]));
        }));
  }
  if (!tables.has("assessments")) return {};
  const auto text = fmt::format(
      R"(SELECT "assessment_id", "trace_id", "name", "assessment_type", "value", "error", "created_timestamp", "last_updated_timestamp", "source_type", "source_id", "run_id", "span_id", "rationale", "overrides", "valid", {} FROM "assessments" WHERE "trace_id" >= $1 AND "trace_id" <= $2 ORDER BY "created_timestamp", "assessment_id")",
      tables.column("assessments", "assessment_metadata"));
  return tables.all(text, args, [&](Row row) {
    if (auto* trace = find(page, row[1])) trace->info.assessments.push_back(assessment_of(row));
  });
}

struct Rest {
  std::string_view table, what, why;
};
constexpr Rest kRest[] = {
    {"webhooks", "webhooks", "their secrets are sealed with a key of that server: make them again here"},
    {"secrets", "gateway secrets", "they are sealed with a key of that server"},
    {"endpoints", "gateway endpoints", "the gateway is not part of Gyre"},
    {"model_definitions", "gateway models", "the gateway is not part of Gyre"},
    {"evaluation_datasets", "evaluation datasets", "are not moved yet"},
    {"scorers", "scorers", "are not moved yet"},
    {"issues", "issues", "are not moved yet"},
    {"jobs", "jobs", "what ran there does not run here"},
};

}  // namespace

Result<void> read_traces(MlflowReading& reading) {
  if (!reading.tables.has("trace_info")) return {};
  for (std::string after;;) {
    auto page = TRY(traces_after(reading.tables, after));
    if (page.empty()) return {};
    after = page.back().info.id;
    TRY(add_details(reading.tables, page));
    for (auto& trace : page) {
      const Owner owner{Thing::trace, trace.info.experiment_id, trace.info.id};
      const auto location = trace.info.tags.find("mlflow.artifactLocation");
      const auto uri = location == trace.info.tags.end() ? "" : location->second;
      TRY(reading.sink.record(std::move(trace)));
      TRY(tell_folder(reading, owner, uri));
    }
  }
}

Result<void> tell_of_the_rest(MlflowReading& reading) {
  for (const auto& [table, what, why] : kRest) {
    if (!reading.tables.has(table)) continue;
    std::int64_t rows = 0;
    TRY(reading.tables.all(fmt::format(R"(SELECT COUNT(*) FROM "{}")", table), {}, [&](Row row) { rows = whole_of(row[0]); }));
    if (rows > 0) reading.sink.left(what, why, rows);
  }
  return {};
}

}  // namespace gyre::exchange
