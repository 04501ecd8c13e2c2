// Records of evaluation datasets: one is known by its inputs.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "genai/inputs.h"
#include "genai/schema.h"
#include "genai/store.h"

namespace gyre::genai {
namespace {

struct Row {
  std::string id;
  std::int64_t seq, created_ms, updated_ms;
  std::optional<std::string> created_by, updated_by;
  std::string inputs;
  std::optional<std::string> outputs, expectations;
  std::string tags;
  std::optional<std::string> source_type, source_data, source_id;
};

constexpr std::string_view kColumns =
    "SELECT id, seq, created_ms, updated_ms, created_by, updated_by, inputs, outputs, expectations, tags, source_type, source_data, source_id FROM "
    "eval_records ";

struct State {
  std::string name;
  std::int64_t last_seq;
};

Result<std::optional<json::Value>> parsed(const std::optional<std::string>& text) {
  if (!text) return std::nullopt;
  return TRY(json::parse(*text));
}

Result<Record> to_record(std::string_view dataset_id, Row row) {
  Record record{.id = std::move(row.id),
                .dataset_id = std::string(dataset_id),
                .created_ms = row.created_ms,
                .updated_ms = row.updated_ms,
                .created_by = std::move(row.created_by),
                .updated_by = std::move(row.updated_by),
                .inputs = TRY(json::parse(row.inputs)),
                .outputs = TRY(parsed(row.outputs)),
                .expectations = TRY(parsed(row.expectations)),
                .tags = TRY(json::parse(row.tags)),
                .source_id = std::move(row.source_id)};
  if (row.source_type) record.source = RecordSource{*row.source_type, TRY(parsed(row.source_data)).value_or(json::Object{})};
  return record;
}

Result<void> check(const RecordDraft& draft) {
  if (!draft.inputs.if_object()) return fail(Code::invalid, "The 'inputs' of a record must be a dictionary");
  if (draft.expectations && !draft.expectations->if_object()) return fail(Code::invalid, "The 'expectations' of a record must be a dictionary");
  if (draft.tags && !draft.tags->if_object()) return fail(Code::invalid, "The 'tags' of a record must be a dictionary");
  if (!draft.source) return {};
  constexpr std::array<std::string_view, 5> kTypes{"UNSPECIFIED", "TRACE", "HUMAN", "DOCUMENT", "CODE"};
  if (std::ranges::find(kTypes, draft.source->type) != kTypes.end()) return {};
  return fail(
      Code::invalid,
      fmt::format("Invalid dataset record source type: {:.80}. Valid source types: ['UNSPECIFIED', 'TRACE', 'HUMAN', 'DOCUMENT', 'CODE']", draft.source->type));
}

std::optional<std::string> user_of(const std::optional<json::Value>& tags) {
  const auto* user = tags ? tags->find(kUserTag) : nullptr;
  return user && !user->is_null() ? std::optional(json::unquoted(*user)) : std::nullopt;
}

std::optional<std::string> text_of(const std::optional<json::Value>& value) {
  return value && !value->is_null() ? std::optional(json::to_text(*value)) : std::nullopt;
}

std::optional<std::string> source_id_of(const std::optional<RecordSource>& source) {
  const auto* id = source ? source->data.find(source->type == "TRACE" ? "trace_id" : "source_id") : nullptr;
  return id && id->if_string() ? std::optional(*id->if_string()) : std::nullopt;
}

// `more` laid over `there`.
json::Value merged(json::Value there, const std::optional<json::Value>& more) {
  for (const auto& [key, value] : more ? *more->if_object() : json::Object{}) there.set(key, value);
  return there;
}

Result<void> insert(sql::Tx& tx, std::string_view dataset_id, std::int64_t seq, std::string_view hash, const RecordDraft& draft, TimeMs now_ms) {
  const auto by = user_of(draft.tags);
  const auto inputs = json::to_text(draft.inputs), tags = json::to_text(draft.tags.value_or(json::Object{})), id = "dr-" + make_hex_id();
  const auto outputs = draft.outputs ? text_of(draft.outputs) : std::optional<std::string>("{}");
  const auto source_type = draft.source ? std::optional(draft.source->type) : std::nullopt;
  const auto source_data = draft.source ? std::optional(json::to_text(draft.source->data)) : std::nullopt;
  return tx.exec(
      "INSERT INTO eval_records (dataset_id, seq, id, input_hash, created_ms, updated_ms, created_by, updated_by, inputs, outputs, expectations, tags, "
      "source_type, source_data, source_id) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)",
      dataset_id, seq, id, hash, now_ms, now_ms, by, by, inputs, outputs, text_of(draft.expectations), tags, source_type, source_data,
      source_id_of(draft.source));
}

Result<void> update(sql::Tx& tx, const Row& there, const RecordDraft& draft, TimeMs now_ms) {
  const auto outputs = draft.outputs ? text_of(draft.outputs) : there.outputs;
  const auto expectations = TRY(parsed(there.expectations));
  const bool expects = draft.expectations && !draft.expectations->if_object()->empty();
  const auto expected = expects ? std::optional(json::to_text(merged(expectations.value_or(json::Object{}), draft.expectations))) : there.expectations;
  const auto tags = json::to_text(merged(TRY(json::parse(there.tags)), draft.tags));
  const auto by = user_of(draft.tags);
  return tx.exec("UPDATE eval_records SET outputs = $1, expectations = $2, tags = $3, updated_ms = $4, updated_by = $5 WHERE id = $6", outputs, expected, tags,
                 now_ms, by ? by : there.updated_by, there.id);
}

}  // namespace

Result<Upserted> Service::upsert_records(std::string_view dataset_id, const std::vector<RecordDraft>& drafts) {
  if (drafts.size() > kMaxRecordsPerUpsert)
    return fail(Code::invalid, fmt::format("at most {} records are taken at once, not {}", kMaxRecordsPerUpsert, drafts.size()), {}, "send them in parts");
  for (const auto& draft : drafts) TRY(check(draft));
  return db_.write([&](sql::Tx& tx) -> Result<Upserted> {
    const auto dataset = TRY(get_dataset(tx, dataset_id));
    auto seq = TRY(tx.select_one<State>("SELECT name, last_seq FROM eval_datasets WHERE id = $1", dataset_id))->last_seq;
    const auto now_ms = clock_.now_ms();
    std::optional<std::string> by;
    Upserted done;
    for (const auto& draft : drafts) {
      if (const auto user = user_of(draft.tags)) by = user;
      const auto hash = hash_of_inputs(draft.inputs);
      const auto there = TRY(tx.select_one<Row>(fmt::format("{}WHERE dataset_id = $1 AND input_hash = $2", kColumns), dataset_id, hash));
      if (there) {
        TRY(update(tx, *there, draft, now_ms));
        ++done.updated;
      } else {
        TRY(insert(tx, dataset_id, ++seq, hash, draft, now_ms));
        ++done.inserted;
      }
    }
    const auto schema = drafts.empty() && !dataset.schema ? std::nullopt : std::optional(json::to_text(grown(dataset.schema, drafts)));
    TRY(tx.exec("UPDATE eval_datasets SET last_seq = $1, updated_ms = $2, updated_by = $3, digest = $4, schema = $5 WHERE id = $6", seq, now_ms, by,
                digest_of(dataset.name, now_ms), schema, dataset_id));
    return done;
  });
}

Result<RecordPage> Service::records(std::string_view dataset_id, std::int64_t limit, std::int64_t after) {
  TRY(check_page(limit, kMaxRecordsPerRead));
  return db_.read([&](sql::Tx& tx) -> Result<RecordPage> {
    TRY(get_dataset(tx, dataset_id));
    auto rows = TRY(tx.select<Row>(fmt::format("{}WHERE dataset_id = $1 AND seq > $2 ORDER BY seq LIMIT $3", kColumns), dataset_id, after, limit + 1));
    RecordPage page;
    if (static_cast<std::int64_t>(rows.size()) > limit) {
      rows.pop_back();
      page.next_after = rows.back().seq;
    }
    for (auto& row : rows) page.rows.push_back(TRY(to_record(dataset_id, std::move(row))));
    return page;
  });
}

Result<std::int64_t> Service::delete_records(std::string_view dataset_id, const std::vector<std::string>& ids) {
  if (ids.size() > kMaxRecordIds) return fail(Code::invalid, fmt::format("at most {} records are named at once", kMaxRecordIds));
  return db_.write([&](sql::Tx& tx) -> Result<std::int64_t> {
    TRY(get_dataset(tx, dataset_id));
    std::int64_t deleted = 0;
    for (const auto& id : ids) {
      TRY(tx.exec("DELETE FROM eval_records WHERE dataset_id = $1 AND id = $2", dataset_id, id));
      deleted += tx.changed_rows();
    }
    return deleted;
  });
}

}  // namespace gyre::genai
