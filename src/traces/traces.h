// Traces of GenAI applications: what was called, within what, with what outcome, and how people and judges assessed it.
// MLflow's semantics; spans are OpenTelemetry's.
#pragma once

#include <map>

#include "tracking/tracking.h"

namespace gyre::traces {

using Words = std::map<std::string, std::string>;
using tracking::Page;

struct Assessment {
  std::string id, trace_id, name;
  std::string kind;  // "feedback", "expectation", "issue"
  json::Value value;
  std::optional<json::Value> error;  // {"error_code": …, "error_message": …, "stack_trace": …}
  std::string source_type, source_id;
  TimeMs created_ms = 0, updated_ms = 0;  // 0: now
  std::optional<std::string> run_id, span_id, rationale, overrides;
  bool valid = true;  // false once another one overrides it
  std::optional<Words> metadata;
};

struct AssessmentUpdate {
  std::optional<std::string> name, rationale;
  std::optional<json::Value> feedback, expectation, error;
  std::optional<Words> metadata;  // laid over what is there
  std::optional<bool> valid;
};

struct TraceInfo {
  std::string id, experiment_id;
  TimeMs start_ms = 0;
  std::optional<std::int64_t> duration_ms;
  std::string state = "STATE_UNSPECIFIED";  // OK ERROR IN_PROGRESS STATE_UNSPECIFIED
  std::optional<std::string> client_request_id, request_preview, response_preview;
  Words metadata, tags;
  std::vector<Assessment> assessments;
};

struct SpanEvent {
  std::string name;
  std::int64_t at_ns = 0;
  json::Object attributes;
};

struct SpanLink {
  std::string trace_id, span_id;
  json::Object attributes;
};

struct Span {
  std::string trace_id;   // "tr-" and 32 hexadecimal digits
  std::string span_id;    // 16 hexadecimal digits
  std::string parent_id;  // empty: a root
  std::string name;
  std::int64_t start_ns = 0;
  std::optional<std::int64_t> end_ns;
  std::string status = "UNSET", status_message;  // UNSET OK ERROR
  json::Object attributes;
  std::vector<SpanEvent> events;
  std::vector<SpanLink> links;
  json::Object resource;  // what the process told of itself; becomes tags of the trace, and is not kept with the span
};

// A span as it is kept: MLflow's own JSON of it. Attributes are JSON texts within JSON, as its clients read them.
std::string to_content(const Span& span);
Result<Span> from_content(std::string_view content);

struct Trace {
  TraceInfo info;
  std::vector<std::string> spans;  // content of each: roots first, then by start
};

struct Search {
  std::vector<std::string> experiment_ids = {};
  std::string filter = {};
  std::vector<std::string> order_by = {};
  std::int64_t limit = 100;
  std::string after = {};  // `next` of the page before, of the same search
};

struct Removal {
  std::string experiment_id;
  std::optional<TimeMs> until_ms;
  std::optional<std::int64_t> most;
  std::vector<std::string> trace_ids;
};

// How two filters go together: normalised pointwise mutual information, in [-1, 1]; NaN where it means nothing.
struct Correlation {
  double npmi = 0, smoothed = 0;
  std::int64_t first = 0, second = 0, joint = 0, total = 0;
};

struct CorrelationQuery {
  std::vector<std::string> experiment_ids;
  std::string first, second, base;
};

struct Aggregation {
  enum class Kind { count, sum, avg, percentile, min, max } kind = Kind::count;
  double percentile = 0;  // 0 to 100
};

struct MetricQuery {
  std::vector<std::string> experiment_ids;
  std::string view, metric;  // TRACES SPANS ASSESSMENTS; "latency", "total_tokens", …
  std::vector<Aggregation> aggregations;
  std::vector<std::string> dimensions = {}, filters = {};  // each filter is one clause; all hold
  std::optional<std::int64_t> interval_s = {};             // a point for each stretch of time; from and to are needed then
  std::optional<TimeMs> from_ms = {}, to_ms = {};          // both belong to it
  std::int64_t limit = 1000;
};

struct DataPoint {
  Words dimensions;
  std::map<std::string, double> values;  // by aggregation: "COUNT", "P99.0"
};

constexpr std::int64_t kMaxMetricPoints = 10'000;
constexpr std::size_t kMaxSpansPerRequest = 20'000;
constexpr std::size_t kMaxSpanBytes = 16 << 20;
constexpr std::int64_t kMaxSearchResults = 500;
constexpr std::size_t kMaxTracesPerRead = 500;
constexpr std::size_t kMaxLinks = 100;
constexpr std::size_t kMaxKeyLength = 250, kMaxValueLength = 8000, kMaxPreviewLength = 1000;  // in characters
constexpr std::size_t kMaxAssessmentBytes = 1 << 20;
constexpr std::int64_t kRemovalBatch = 1000;

// Thread-safe: all state is in the database. Success means durable.
class Service {
 public:
  Service(sql::Db& db, const Clock& clock, tracking::Service& tracking) : db_(db), clock_(clock), tracking_(tracking) {}

  // Makes the trace, or completes one whose spans came first. What it says of a trace wins over what spans say.
  Result<TraceInfo> start(const TraceInfo& info);
  // The two halves of `start` for clients of MLflow 2: the first makes up an id.
  Result<TraceInfo> begin(const TraceInfo& info);
  Result<TraceInfo> finish(std::string_view id, TimeMs end_ms, std::string_view state, const Words& metadata, const Words& tags);

  // All or nothing. Makes the traces that are not there; a span that is there is replaced.
  Result<void> log_spans(std::string_view experiment_id, const std::vector<Span>& spans);

  Result<TraceInfo> info(std::string_view id);
  // Those that are there, in the order asked for.
  Result<std::vector<TraceInfo>> infos(const std::vector<std::string>& ids);
  // `not_found` while spans of it are still missing, unless `partial`.
  Result<Trace> trace(std::string_view id, bool partial);
  // Those whose spans are all there.
  Result<std::vector<Trace>> traces(const std::vector<std::string>& ids);
  // A page begins behind the last trace of the one before it: those that arrive meanwhile make it neither skip nor repeat one.
  Result<Page<TraceInfo>> search(const Search& search);
  // Whether it is a filter at all.
  Result<void> check_filter(std::string_view filter) const;
  Result<std::int64_t> remove(const Removal& removal);

  Result<void> set_tag(std::string_view id, std::string_view key, std::string_view value);
  Result<void> delete_tag(std::string_view id, std::string_view key);
  Result<void> link_to_run(const std::vector<std::string>& ids, std::string_view run_id);
  Result<void> link_prompts(std::string_view id, const std::vector<std::string>& name_slash_version);

  Result<Assessment> assess(Assessment assessment);
  Result<Assessment> assessment(std::string_view trace_id, std::string_view id);
  Result<Assessment> update_assessment(std::string_view trace_id, std::string_view id, const AssessmentUpdate& update);
  // Deleting what overrode another makes that one valid again; one that is not there is no error.
  Result<void> delete_assessment(std::string_view trace_id, std::string_view id);

  // Over all traces of the experiments; what a trace does not tell counts for nothing.
  Result<std::vector<DataPoint>> metrics(const MetricQuery& query);
  Result<Correlation> correlation(const CorrelationQuery& query);

  Result<Figures> figures();
  Result<Findings> verify();

 private:
  Result<tracking::Experiment> active_experiment(std::string_view id);

  sql::Db& db_;
  const Clock& clock_;
  tracking::Service& tracking_;
};

std::span<const sql::Migration> migrations();

}  // namespace gyre::traces
