// Spans as they come in, in any order and in any number of requests.
#include <fmt/format.h>

#include <algorithm>

#include "traces/preview.h"
#include "traces/store.h"
#include "traces/usage.h"

namespace gyre::traces {
namespace {

constexpr std::int64_t kNsPerMs = 1'000'000;

struct SpanRow {
  std::string span_id;
  std::optional<std::string> parent_id;
  std::string name, type, status;
  std::int64_t start_ns;
  std::optional<std::int64_t> end_ns;
  Tokens tokens;
  std::string content;
};

// What a request's spans say of one trace.
struct Part {
  std::map<std::string, SpanRow> rows;  // by span: of one that comes twice, the last counts
  std::int64_t start_ms = 0;
  std::optional<std::int64_t> end_ms;
  std::optional<std::string> state, request_preview, response_preview;  // from the root
  std::optional<std::string> session, user;
  Words tags;
  bool has_tokens = false;
};
using Parts = std::map<std::string, Part>;  // sorted, so that two requests take locks in one order

// The text of an attribute; one encoded as JSON comes as what it encodes.
std::string text_of(const json::Value& value) {
  const auto* text = value.if_string();
  if (!text || !text->starts_with('"')) return json::unquoted(value);
  const auto inner = json::parse(*text);
  return inner && inner->if_string() ? *inner->if_string() : *text;
}

std::string without_nul(std::string text) {
  for (auto at = text.find("\\u0000"); at != std::string::npos; at = text.find("\\u0000", at + 6)) {
    const auto before = text.find_last_not_of('\\', at);
    const auto slashes = at - (before == std::string::npos ? 0 : before + 1);
    if (slashes % 2 == 0) text.replace(at, 6, "\\ufffd");  // no text of PostgreSQL's JSON may hold it
  }
  std::erase(text, '\0');
  return text;
}

void take_attributes(Part& part, const Span& span, SpanRow& row) {
  for (const auto& [key, value] : span.attributes) {
    if (key == kAttributeType) row.type = clipped(text_of(value), kMaxKeyLength);
    if (!part.session && (key == "session.id" || key == "gen_ai.conversation.id" || key == kMetadataSession)) part.session = text_of(value);
    if (!part.user && (key == "user.id" || key == kMetadataUser)) part.user = text_of(value);
    if (!span.parent_id.empty()) continue;
    const auto as_text = [&] { return value.if_string() ? *value.if_string() : json::to_text(value); };
    if (key == kAttributeInputs) part.request_preview = preview_of(as_text(), "user");
    if (key == kAttributeOutputs) part.response_preview = preview_of(as_text(), "assistant");
    if (key.starts_with(kTagPrefixInSpan) && check_name(key.substr(kTagPrefixInSpan.size()))) part.tags[key.substr(kTagPrefixInSpan.size())] = text_of(value);
  }
}

void take_resource(Part& part, const json::Object& resource) {
  for (const auto& [key, value] : resource) {
    if (key.starts_with("telemetry.sdk.") || key.starts_with("mlflow.") || !check_name(key)) continue;
    part.tags.try_emplace(key, json::unquoted(value));
  }
}

Result<void> take(Part& part, const Span& given) {
  auto span = given;
  std::erase_if(span.attributes, [](const auto& attribute) { return attribute.first == kAttributeTrace; });
  span.attributes.emplace_back(kAttributeTrace, span.trace_id);
  SpanRow row{.span_id = span.span_id,
              .name = clipped(span.name, kMaxPreviewLength),
              .type = "UNKNOWN",
              .status = span.status,
              .start_ns = span.start_ns,
              .end_ns = span.end_ns,
              .tokens = tokens_of(span.attributes),
              .content = without_nul(to_content(span))};
  if (!span.parent_id.empty()) row.parent_id = span.parent_id;
  if (row.content.size() > kMaxSpanBytes)
    return fail(Code::invalid, fmt::format("span {} has {} bytes; at most {}", span.span_id, row.content.size(), kMaxSpanBytes), {},
                "log what is large as an artifact");
  take_attributes(part, span, row);
  take_resource(part, span.resource);
  const auto start_ms = span.start_ns / kNsPerMs;
  part.start_ms = part.rows.empty() ? start_ms : std::min(part.start_ms, start_ms);
  if (span.end_ns) part.end_ms = std::max(part.end_ms.value_or(0), *span.end_ns / kNsPerMs);
  if (span.parent_id.empty()) part.state = span.status == "ERROR" ? "ERROR" : "OK";
  part.has_tokens = part.has_tokens || row.tokens.any();
  part.rows.insert_or_assign(span.span_id, std::move(row));
  return {};
}

Result<void> put_spans(sql::Tx& tx, const std::string& trace_id, const Part& part) {
  constexpr std::string_view kColumns[] = {"trace_id", "span_id", "parent_id",    "name",          "type",         "status",
                                           "start_ns", "end_ns",  "input_tokens", "output_tokens", "total_tokens", "content"};
  std::vector<sql::Value> rows;
  for (const auto& [id, row] : part.rows) {
    rows.insert(rows.end(), {sql::to_value(trace_id), sql::to_value(row.span_id), sql::to_value(row.parent_id), sql::to_value(row.name),
                             sql::to_value(row.type), sql::to_value(row.status), sql::to_value(row.start_ns), sql::to_value(row.end_ns),
                             sql::to_value(row.tokens.input), sql::to_value(row.tokens.output), sql::to_value(row.tokens.total), sql::to_value(row.content)});
  }
  return tx.insert_many(
      "spans", kColumns, rows,
      "ON CONFLICT (trace_id, span_id) DO UPDATE SET parent_id = excluded.parent_id, name = excluded.name, type = excluded.type, status = excluded.status, "
      "start_ns = excluded.start_ns, end_ns = excluded.end_ns, input_tokens = excluded.input_tokens, output_tokens = excluded.output_tokens, "
      "total_tokens = excluded.total_tokens, content = excluded.content");
}

// What spans tell never goes against what the client has told of the whole trace.
Result<void> widen(sql::Tx& tx, const TraceRow& row, const Part& part) {
  auto start_ms = row.start_ms;
  auto duration_ms = row.duration_ms;
  auto state = row.state;
  if (!row.finished) {
    const auto end_before = row.duration_ms ? std::optional(row.start_ms + *row.duration_ms) : std::nullopt;
    start_ms = std::min(row.start_ms, part.start_ms);
    const auto end_ms = part.end_ms && end_before ? std::max(part.end_ms, end_before) : part.end_ms ? part.end_ms : end_before;
    if (end_ms) duration_ms = *end_ms - start_ms;
  }
  if ((state == "IN_PROGRESS" || state == "STATE_UNSPECIFIED") && part.state) state = *part.state;
  return tx.exec(
      "UPDATE traces SET start_ms = $1, duration_ms = $2, state = $3, request_preview = COALESCE(request_preview, $4), response_preview = "
      "COALESCE(response_preview, $5) WHERE id = $6",
      start_ms, duration_ms, state, part.request_preview, part.response_preview, row.id);
}

Result<std::optional<std::string>> token_text(sql::Tx& tx, const std::string& trace_id) {
  struct Row {
    std::string span_id, parent_id;
    std::optional<std::int64_t> input, output, total;
  };
  std::vector<SpanTokens> spans;
  for (auto& row :
       TRY(tx.select<Row>("SELECT span_id, COALESCE(parent_id, ''), input_tokens, output_tokens, total_tokens FROM spans WHERE trace_id = $1", trace_id))) {
    spans.push_back({std::move(row.span_id), std::move(row.parent_id), {row.input, row.output, row.total}});
  }
  const auto sum = sum_of(spans);
  if (!sum.any()) return std::nullopt;
  return fmt::format(R"({{"input_tokens": {}, "output_tokens": {}, "total_tokens": {}}})", sum.input.value_or(0), sum.output.value_or(0),
                     sum.total.value_or(0));
}

// Metadata that spans tell of, where the client has told none.
Result<void> put_told(sql::Tx& tx, const TraceRow& row, const Part& part) {
  const auto put = [&](std::string_view key, const std::string& value, std::string_view on_conflict) {
    return tx.exec(fmt::format("INSERT INTO trace_metadata (trace_id, key, value) VALUES ($1, $2, $3) ON CONFLICT (trace_id, key) DO {}", on_conflict), row.id,
                   key, clipped(value, kMaxValueLength));
  };
  if (part.session) TRY(put(kMetadataSession, *part.session, "NOTHING"));
  if (part.user) TRY(put(kMetadataUser, *part.user, "NOTHING"));
  if (!part.has_tokens) return {};
  const auto text = TRY(token_text(tx, row.id));
  if (!text) return {};
  return put(kMetadataTokens, *text, row.finished ? "NOTHING" : "UPDATE SET value = excluded.value");
}

Result<void> put_part(sql::Tx& tx, const std::string& trace_id, const Part& part, std::int64_t experiment, const std::string& location) {
  TRY(tx.exec(
      "INSERT INTO traces (id, experiment_id, start_ms, duration_ms, state, finished) VALUES ($1, $2, $3, $4, 'IN_PROGRESS', 0) ON CONFLICT (id) DO NOTHING",
      trace_id, experiment, part.start_ms, part.end_ms ? std::optional(*part.end_ms - part.start_ms) : std::nullopt));
  const bool is_new = tx.changed_rows() > 0;
  const auto row = TRY(get_trace(tx, trace_id));
  TRY(put_spans(tx, trace_id, part));
  TRY(widen(tx, row, part));
  auto tags = part.tags;
  tags[std::string(kTagSpansLocation)] = "TRACKING_STORE";
  if (is_new) tags[std::string(kTagArtifactLocation)] = location;
  TRY(put_notes(tx, Notes::tags, trace_id, tags));
  return put_told(tx, row, part);
}

}  // namespace

Result<void> Service::log_spans(std::string_view experiment_id, const std::vector<Span>& spans) {
  if (spans.size() > kMaxSpansPerRequest)
    return fail(Code::invalid, fmt::format("a request carries at most {} spans, not {}", kMaxSpansPerRequest, spans.size()), {},
                "send them in smaller batches");
  if (spans.empty()) return {};
  const auto number = TRY(experiment_number(experiment_id));
  const auto experiment = TRY(tracking_.experiment(experiment_id));
  Parts parts;
  for (const auto& span : spans) TRY(take(parts[span.trace_id], span));
  return db_.write([&](sql::Tx& tx) -> Result<void> {
    for (const auto& [trace_id, part] : parts) TRY(put_part(tx, trace_id, part, number, artifact_location(experiment, trace_id)));
    return {};
  });
}

}  // namespace gyre::traces
