// What people, judges and code say of a trace.
#include <fmt/format.h>

#include <array>

#include "traces/store.h"

namespace gyre::traces {
namespace {

Result<void> check(const Assessment& assessment) {
  if (assessment.name.empty() || clipped(assessment.name, kMaxKeyLength).size() < assessment.name.size())
    return fail(Code::invalid, "Assessment field name cannot be empty, and has at most 250 characters");
  const auto bytes = json::to_text(assessment.value).size() + (assessment.rationale ? assessment.rationale->size() : 0);
  if (clipped(assessment.name, kMaxKeyLength) != assessment.name) return fail(Code::invalid, "Assessment field name cannot hold a NUL byte");
  if (bytes > kMaxAssessmentBytes)
    return fail(Code::invalid, fmt::format("an assessment's value and rationale have at most {} bytes together, not {}", kMaxAssessmentBytes, bytes));
  return {};
}

Result<Assessment> get(sql::Tx& tx, std::string_view trace_id, std::string_view id) {
  const std::array<sql::Value, 2> args{sql::to_value(id), sql::to_value(trace_id)};
  auto found = TRY(assessments_of(tx, "id = $1 AND trace_id = $2", args));
  if (!found.empty()) return std::move(found.front());
  if (!TRY(find_trace(tx, trace_id))) return fail(Code::not_found, fmt::format("Trace with request_id '{:.80}' not found", trace_id));
  return fail(Code::not_found, fmt::format("Assessment with ID '{:.80}' not found for trace '{:.80}'", id, trace_id));
}

Result<void> lay_over(Assessment& assessment, const AssessmentUpdate& update) {
  if (update.expectation && update.feedback) return fail(Code::invalid, "Cannot specify both `expectation` and `feedback` parameters.");
  if (update.expectation && assessment.kind != "expectation") return fail(Code::invalid, "Cannot update expectation value on a Feedback assessment.");
  if (update.feedback && assessment.kind != "feedback") return fail(Code::invalid, "Cannot update feedback value on an Expectation assessment.");
  if (update.name) assessment.name = *update.name;
  if (update.rationale) assessment.rationale = clipped(*update.rationale, kMaxAssessmentBytes);
  if (update.expectation) assessment.value = *update.expectation;
  if (update.feedback) {
    assessment.value = *update.feedback;
    assessment.error = update.error;
  }
  if (update.valid) assessment.valid = *update.valid;
  for (const auto& [key, value] : update.metadata.value_or(Words())) (assessment.metadata ? *assessment.metadata : assessment.metadata.emplace())[key] = value;
  return check(assessment);
}

}  // namespace

Result<Assessment> Service::assess(Assessment assessment) {
  TRY(check(assessment));
  assessment.id = "a-" + make_hex_id();
  for (auto* text : {&assessment.rationale, &assessment.span_id, &assessment.run_id}) {
    if (*text) *text = clipped(**text, kMaxAssessmentBytes);
  }
  assessment.source_type = clipped(assessment.source_type, kMaxKeyLength);
  assessment.source_id = clipped(assessment.source_id, kMaxKeyLength);
  if (assessment.created_ms == 0) assessment.created_ms = clock_.now_ms();
  if (assessment.updated_ms == 0) assessment.updated_ms = assessment.created_ms;
  return db_.write([&](sql::Tx& tx) -> Result<Assessment> {
    TRY(get_trace(tx, assessment.trace_id));
    if (assessment.overrides) {
      TRY(tx.exec("UPDATE assessments SET valid = 0 WHERE id = $1 AND trace_id = $2", *assessment.overrides, assessment.trace_id));
      if (tx.changed_rows() == 0)
        return fail(Code::not_found, fmt::format("Assessment with ID '{:.80}' not found for trace '{}'", *assessment.overrides, assessment.trace_id));
    }
    TRY(put_assessment(tx, assessment));
    return get(tx, assessment.trace_id, assessment.id);
  });
}

Result<Assessment> Service::assessment(std::string_view trace_id, std::string_view id) {
  return db_.read([&](sql::Tx& tx) { return get(tx, trace_id, id); });
}

Result<Assessment> Service::update_assessment(std::string_view trace_id, std::string_view id, const AssessmentUpdate& update) {
  return db_.write([&](sql::Tx& tx) -> Result<Assessment> {
    auto assessment = TRY(get(tx, trace_id, id));
    TRY(lay_over(assessment, update));
    assessment.updated_ms = clock_.now_ms();
    TRY(put_assessment(tx, assessment));
    return assessment;
  });
}

Result<void> Service::delete_assessment(std::string_view trace_id, std::string_view id) {
  return db_.write([&](sql::Tx& tx) -> Result<void> {
    const auto assessment = get(tx, trace_id, id);
    if (!assessment) return assessment.error().code == Code::not_found ? Result<void>() : std::unexpected(assessment.error());
    if (assessment->overrides) TRY(tx.exec("UPDATE assessments SET valid = 1 WHERE id = $1 AND trace_id = $2", *assessment->overrides, trace_id));
    return tx.exec("DELETE FROM assessments WHERE id = $1", id);
  });
}

}  // namespace gyre::traces
