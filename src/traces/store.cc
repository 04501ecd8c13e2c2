#include "traces/store.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <unordered_map>

#include "base/utf8.h"

namespace gyre::traces {
namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";  // U+FFFD, for a byte that is no UTF-8

struct NoteRow {
  std::string trace_id, key, value;
};

struct AssessmentRow {
  std::string id, trace_id, name, kind, value;
  std::optional<std::string> error;
  std::int64_t created_ms, updated_ms;
  std::string source_type, source_id;
  std::optional<std::string> run_id, span_id, rationale, overrides;
  bool valid;
  std::optional<std::string> metadata;
};

std::string_view table_of(Notes notes) { return notes == Notes::tags ? "trace_tags" : "trace_metadata"; }

Assessment to_assessment(AssessmentRow row) {
  Assessment out{.id = std::move(row.id), .trace_id = std::move(row.trace_id), .name = std::move(row.name), .kind = std::move(row.kind)};
  out.value = json::parse(row.value).value_or(json::Value());
  if (row.error) out.error = json::parse(*row.error).value_or(json::Value());
  out.source_type = std::move(row.source_type);
  out.source_id = std::move(row.source_id);
  out.created_ms = row.created_ms;
  out.updated_ms = row.updated_ms;
  out.run_id = std::move(row.run_id);
  out.span_id = std::move(row.span_id);
  out.rationale = std::move(row.rationale);
  out.overrides = std::move(row.overrides);
  out.valid = row.valid;
  const auto metadata = row.metadata ? json::parse(*row.metadata) : json::Value();
  if (const auto* members = metadata ? metadata->if_object() : nullptr) {
    for (const auto& [key, value] : *members) (out.metadata ? *out.metadata : out.metadata.emplace())[key] = json::unquoted(value);
  }
  return out;
}

std::string metadata_text(const Words& words) {
  json::Object object;
  for (const auto& [key, value] : words) object.emplace_back(key, value);
  return json::to_text(object);
}

}  // namespace

Result<std::int64_t> experiment_number(std::string_view id) {
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(id.data(), id.data() + id.size(), number);
  if (!id.empty() && error == std::errc() && end == id.data() + id.size()) return number;
  return fail(Code::invalid, fmt::format("Invalid experiment ID '{:.80}'. Experiment ID must be a valid integer.", id));
}

std::string clipped(std::string_view text, std::size_t length) {
  std::string out;
  std::size_t at = 0;
  for (std::size_t characters = 0; at < text.size() && characters < length; ++characters) {
    const auto bytes = utf8_length(text.substr(at));
    if (bytes == 0) out += kReplacement;
    if (text[at] != '\0') out.append(text, at, bytes);
    at += std::max<std::size_t>(1, bytes);
  }
  return out;
}

std::string artifact_location(const tracking::Experiment& experiment, std::string_view trace_id) {
  return fmt::format("{}/traces/{}/artifacts", experiment.artifact_location, trace_id);
}

Result<void> check_name(std::string_view key) {
  constexpr std::string_view kOthers = "/_-.: ";
  const auto is_allowed = [&](unsigned char c) { return std::isalnum(c) || kOthers.contains(static_cast<char>(c)) || c >= 0x80; };
  if (key.empty() || !std::ranges::all_of(key, is_allowed)) {
    return fail(Code::invalid, fmt::format("Invalid value {} for parameter 'key' supplied: Names may only contain alphanumerics, underscores (_), dashes (-), "
                                           "periods (.), spaces ( ), colon(:) and slashes (/).",
                                           json::to_text(std::string(key.substr(0, kMaxKeyLength)))));
  }
  if (clipped(key, kMaxKeyLength).size() < key.size())
    return fail(Code::invalid, fmt::format("'key' exceeds the maximum length of {} characters", kMaxKeyLength));
  return {};
}

Result<std::optional<TraceRow>> find_trace(sql::Tx& tx, std::string_view id) {
  return tx.select_one<TraceRow>(fmt::format("SELECT {} FROM traces AS t WHERE t.id = $1", kTraceFields), id);
}

Result<TraceRow> get_trace(sql::Tx& tx, std::string_view id) {
  auto row = TRY(find_trace(tx, id));
  if (!row) return fail(Code::not_found, fmt::format("Trace with ID '{:.80}' not found.", id));
  return std::move(*row);
}

Result<std::vector<TraceRow>> rows_of(sql::Tx& tx, const std::vector<std::string>& ids) {
  if (ids.empty()) return std::vector<TraceRow>{};
  std::unordered_map<std::string, TraceRow> found;
  const auto text = fmt::format("SELECT {} FROM traces AS t WHERE t.id IN ({})", kTraceFields, sql::places(ids.size()));
  TRY(tx.run_with(text, sql::values_of(ids), [&](std::span<const sql::Value> row) {
    auto record = sql::to_record<TraceRow>(row);
    found.emplace(record.id, std::move(record));
  }));
  std::vector<TraceRow> rows;
  for (const auto& id : ids) {
    if (const auto row = found.find(id); row != found.end()) rows.push_back(row->second);
  }
  return rows;
}

Result<std::vector<TraceInfo>> with_notes(sql::Tx& tx, const std::vector<TraceRow>& rows) {
  std::vector<TraceInfo> infos;
  std::unordered_map<std::string, std::size_t> place;
  std::vector<std::string> ids;
  for (const auto& row : rows) {
    ids.push_back(row.id);
    place[row.id] = infos.size();
    infos.push_back({row.id,
                     std::to_string(row.experiment_id),
                     row.start_ms,
                     row.duration_ms,
                     row.state,
                     row.client_request_id,
                     row.request_preview,
                     row.response_preview,
                     {},
                     {},
                     {}});
  }
  if (ids.empty()) return infos;
  const auto args = sql::values_of(ids);
  for (const auto notes : {Notes::tags, Notes::metadata}) {
    TRY(tx.run_with(fmt::format("SELECT trace_id, key, value FROM {} WHERE trace_id IN ({})", table_of(notes), sql::places(ids.size())), args,
                    [&](std::span<const sql::Value> row) {
                      auto note = sql::to_record<NoteRow>(row);
                      auto& info = infos[place[note.trace_id]];
                      (notes == Notes::tags ? info.tags : info.metadata)[note.key] = std::move(note.value);
                    }));
  }
  for (auto& assessment : TRY(assessments_of(tx, fmt::format("trace_id IN ({})", sql::places(ids.size())), args)))
    infos[place[assessment.trace_id]].assessments.push_back(std::move(assessment));
  return infos;
}

Result<void> put_notes(sql::Tx& tx, Notes notes, std::string_view trace_id, const Words& words) {
  constexpr std::string_view kColumns[] = {"trace_id", "key", "value"};
  std::map<std::string, std::string> clean;  // what is cut may fall together, and one statement names a row once
  for (const auto& [key, value] : words) clean[clipped(key, kMaxKeyLength)] = clipped(value, kMaxValueLength);
  std::vector<sql::Value> rows;
  for (const auto& [key, value] : clean) rows.insert(rows.end(), {sql::to_value(trace_id), sql::to_value(key), sql::to_value(value)});
  return tx.insert_many(table_of(notes), kColumns, rows, "ON CONFLICT (trace_id, key) DO UPDATE SET value = excluded.value");
}

Result<void> put_assessment(sql::Tx& tx, const Assessment& assessment) {
  const auto value = json::to_text(assessment.value);
  const auto error = assessment.error ? std::optional(json::to_text(*assessment.error)) : std::nullopt;
  const auto metadata = assessment.metadata && !assessment.metadata->empty() ? std::optional(metadata_text(*assessment.metadata)) : std::nullopt;
  const auto number = assessment.value.is_number() ? std::optional(assessment.value.number_or(0)) : std::nullopt;
  return tx.exec(
      "INSERT INTO assessments (id, trace_id, name, kind, value, number, error, created_ms, updated_ms, source_type, source_id, run_id, span_id, rationale, "
      "overrides, valid, metadata) "
      "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17) "
      "ON CONFLICT (id) DO UPDATE SET name = excluded.name, value = excluded.value, number = excluded.number, error = excluded.error, updated_ms = "
      "excluded.updated_ms, "
      "rationale = excluded.rationale, valid = excluded.valid, metadata = excluded.metadata WHERE assessments.trace_id = excluded.trace_id",
      assessment.id, assessment.trace_id, assessment.name, assessment.kind, value, number, error, assessment.created_ms, assessment.updated_ms,
      assessment.source_type, assessment.source_id, assessment.run_id, assessment.span_id, assessment.rationale, assessment.overrides, assessment.valid,
      metadata);
}

Result<std::vector<Assessment>> assessments_of(sql::Tx& tx, std::string_view condition, std::span<const sql::Value> args) {
  std::vector<Assessment> out;
  const auto text = fmt::format(
      "SELECT id, trace_id, name, kind, value, error, created_ms, updated_ms, source_type, source_id, run_id, span_id, rationale, overrides, valid, metadata "
      "FROM assessments WHERE {} ORDER BY created_ms, id",
      condition);
  TRY(tx.run_with(text, args, [&](std::span<const sql::Value> row) { out.push_back(to_assessment(sql::to_record<AssessmentRow>(row))); }));
  return out;
}

}  // namespace gyre::traces
