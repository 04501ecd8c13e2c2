// metrics/get-history, get-history-bulk, get-history-bulk-interval
#include <algorithm>

#include "api/mlflow/encode.h"
#include "api/mlflow/pages.h"
#include "api/mlflow/routes.h"

namespace gyre::mlflow {
namespace {

constexpr std::int64_t kHistoryPage = 25'000, kSampled = 2'500;
constexpr std::size_t kMaxRuns = 100;
constexpr std::size_t kPointBytes = 80;  // of JSON, beside the key

Result<net::Response> get_history(tracking::Service& tracking, const net::Request& request) {
  const auto args = TRY(Args::of(request, {{"run_id", Kind::text, kRequired}, {"metric_key", Kind::text, kRequired}, {"max_results", Kind::whole}}));
  const auto limit = std::clamp<std::int64_t>(TRY(args.integer("max_results", kHistoryPage)), 1, kHistoryPage);
  const auto key = args.text("metric_key");
  const auto page = TRY(tracking.history(args.run_id(), key, TRY(page_offset(args)), limit));
  Writer writer;
  writer.reserve(page.rows.size() * (kPointBytes + key.size()));
  writer.begin_object();
  write_list(writer, "metrics", page.rows, [&](const auto& metric) { write(writer, metric); });
  if (page.next_offset >= 0) writer.field("next_page_token", page_token(page.next_offset));
  writer.end_object();
  return reply(writer);
}

// A run that is not there has no points, for charts that ask for many.
Result<std::vector<tracking::Metric>> points_of(tracking::Service& tracking, const std::string& run_id, const std::string& key, std::int64_t limit) {
  auto page = tracking.history(run_id, key, 0, limit);
  if (!page && page.error().code == Code::not_found) return std::vector<tracking::Metric>{};
  return TRY(std::move(page)).rows;
}

// MLflow's page reads this one with Python's JSON, whose NaN is no string.
void write_bare(Writer& writer, const tracking::Metric& metric, const std::string& run_id) {
  writer.begin_object();
  writer.field("key", metric.key);
  writer.field("run_id", run_id);
  writer.field("step", metric.step);
  writer.field("timestamp", metric.at_ms);
  writer.key("value");
  if (metric.value != metric.value) {
    writer.raw("NaN");
  } else {
    writer.number(metric.value);
  }
  writer.end_object();
}

Result<net::Response> get_bulk(tracking::Service& tracking, const net::Request& request) {
  const auto args = TRY(Args::of(request, {{"run_id", Kind::list}, {"max_results", Kind::whole}}));
  auto runs = args.texts("run_id");
  if (runs.empty()) return fail(Code::invalid, "GetMetricHistoryBulk request must specify at least one run_id.");
  if (runs.size() > kMaxRuns)
    return fail(Code::invalid, fmt::format("GetMetricHistoryBulk request cannot specify more than {} run_ids. Received {} run_ids.", kMaxRuns, runs.size()));
  const auto key = args.optional_text("metric_key");
  if (!key) return fail(Code::invalid, "GetMetricHistoryBulk request must specify a metric_key.");
  auto left = std::clamp<std::int64_t>(TRY(args.integer("max_results", kHistoryPage)), 1, kHistoryPage);
  std::ranges::sort(runs);
  Writer writer;
  writer.begin_object();
  writer.key("metrics");
  writer.begin_array();
  for (const auto& run : runs) {
    if (left == 0) break;
    const auto points = TRY(points_of(tracking, run, *key, left));
    for (const auto& point : points) write_bare(writer, point, run);
    left -= static_cast<std::int64_t>(points.size());
  }
  writer.end_array();
  writer.end_object();
  return reply(writer);
}

Result<std::optional<tracking::StepRange>> step_range(const Args& args) {
  const bool has_first = args.value().find("start_step"), has_last = args.value().find("end_step");
  if (!has_first && !has_last) return std::nullopt;
  if (has_first != has_last) return fail(Code::invalid, "If either start step or end step are specified, both must be specified.");
  const tracking::StepRange range{TRY(args.integer("start_step", 0)), TRY(args.integer("end_step", 0))};
  if (range.first > range.last)
    return fail(Code::invalid, fmt::format("end_step must be greater than start_step. Found start_step={} and end_step={}.", range.first, range.last));
  return range;
}

Result<Args> interval_args(const net::Request& request) {
  auto args = TRY(Args::of(request, {{"run_ids", Kind::texts, kRequired},
                                     {"metric_key", Kind::text, kRequired},
                                     {"start_step", Kind::whole},
                                     {"end_step", Kind::whole},
                                     {"max_results", Kind::whole}}));
  constexpr std::string_view kSeeDocs = "See the API docs for more information about request parameters.";
  const auto runs = args.texts("run_ids").size();
  if (runs > kMaxRuns)
    return fail(Code::invalid,
                fmt::format("GetMetricHistoryBulkInterval request must specify at most {} run_ids. Received {} run_ids. {}", kMaxRuns, runs, kSeeDocs));
  const auto limit = TRY(args.integer("max_results", kSampled));
  if (limit < 1 || limit > kSampled) return fail(Code::invalid, fmt::format("max_results must be between 1 and {}. {}", kSampled, kSeeDocs));
  return args;
}

Result<net::Response> get_interval(tracking::Service& tracking, const net::Request& request) {
  const auto args = TRY(interval_args(request));
  const auto steps = TRY(step_range(args));
  const auto limit = TRY(args.integer("max_results", kSampled));
  std::vector<std::pair<std::string, tracking::Metric>> found;
  for (const auto& run : args.texts("run_ids")) {
    auto points = tracking.sampled_history(run, args.text("metric_key"), steps, limit);
    if (!points && points.error().code == Code::not_found) continue;
    for (auto& point : TRY(std::move(points))) found.emplace_back(run, std::move(point));
  }
  Writer writer;
  writer.begin_object();
  write_list(writer, "metrics", found, [&](const auto& one) { write(writer, one.second, one.first); });
  writer.end_object();
  return reply(writer);
}

}  // namespace

void add_history_routes(net::Router& router, tracking::Service& tracking) {
  using std::bind_front, std::ref;
  add(router, "GET", "/metrics/get-history", bind_front(get_history, ref(tracking)));
  add(router, "GET", "/metrics/get-history-bulk", bind_front(get_bulk, ref(tracking)));
  add(router, "GET", "/metrics/get-history-bulk-interval", bind_front(get_interval, ref(tracking)));
}

}  // namespace gyre::mlflow
