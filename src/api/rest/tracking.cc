// /experiments and /runs: what was tried, and what came of it
#include <algorithm>
#include <charconv>

#include "api/rest/refs.h"
#include "api/rest/routes.h"
#include "api/rest/run_console.h"
#include "api/rest/run_files.h"
#include "api/rest/run_metrics.h"
#include "api/rest/run_stream.h"
#include "api/rest/run_words.h"
#include "api/rest/wire.h"

namespace gyre::rest {
namespace {

constexpr std::int64_t kMaxExperiments = 1000;
constexpr std::size_t kMaxFilterBytes = 2000, kMaxFiles = 1000;

Result<std::vector<tracking::Experiment>> active_experiments(const Rooms& rooms) {
  return TRY(rooms.tracking.search_experiments({.order_by = {"name ASC"}, .limit = kMaxExperiments})).rows;
}

Result<net::Response> list_experiments(const Rooms& rooms, const net::Request&) {
  const auto experiments = TRY(active_experiments(rooms));
  auto counts = TRY(rooms.tracking.run_counts());
  return list_reply(static_cast<std::int64_t>(experiments.size()), std::nullopt, experiments, [&](Writer& writer, const tracking::Experiment& experiment) {
    const auto& count = counts[experiment.id];
    writer.begin_object();
    link_fields(writer, experiment_link(experiment.id, experiment.name, fmt::format("{}.{}.{}", experiment.updated_ms, count.runs, count.running)));
    writer.field("id", experiment.id);
    writer.field("runs_total", count.runs);
    writer.field("running", count.running);
    maybe_time_field(writer, "last_at", count.last_start_ms);
    writer.end_object();
  });
}

void tags_field(Writer& writer, std::string_view name, const std::vector<tracking::Tag>& tags) {
  writer.key(name);
  writer.begin_object();
  for (const auto& tag : tags) writer.field(tag.key, tag.value);
  writer.end_object();
}

// Clients stamp the end of a run by their own clock, which a virtual one knows nothing of: such an end is no time of the
// house's. How long a pipeline's step ran is known by the machine's clock.
class Ends {
 public:
  explicit Ends(const Rooms& rooms) : rooms_(rooms) {}
  TimeMs of(const tracking::Run& run);

 private:
  const Rooms& rooms_;
  std::map<std::string, std::optional<pipelines::Run>> owners_;  // runs of one page are often of one
};

TimeMs Ends::of(const tracking::Run& run) {
  const auto end_ms = run.info.end_ms.value_or(0);
  const auto sent_ms = rooms_.clock.is_virtual() && end_ms > rooms_.clock.now_ms() ? 0 : end_ms;
  const auto tag = [&](std::string_view key) {
    const auto found = std::ranges::find(run.tags, key, &tracking::Tag::key);
    return found == run.tags.end() ? std::string() : found->value;
  };
  const auto id = tag("gyre.pipeline_run");
  if (end_ms == 0 || id.empty()) return sent_ms;
  const auto [known, is_new] = owners_.try_emplace(id);
  if (is_new) {
    if (auto found = rooms_.pipelines.run(id)) known->second = *std::move(found);
  }
  const auto& owner = known->second;
  if (!owner) return sent_ms;
  const auto step = std::ranges::find(owner->steps, tag("gyre.step"), &pipelines::StepRun::name);
  if (step == owner->steps.end() || step->machine_finished_ms == 0) return sent_ms;
  return run.info.start_ms + step->machine_finished_ms - step->machine_started_ms;
}

// The run that it is nested in, or null.
void parent_field(Writer& writer, const tracking::Run& run) {
  const auto parent = std::ranges::find(run.tags, "mlflow.parentRunId", &tracking::Tag::key);
  writer.key("parent");
  if (parent == run.tags.end() || parent->value.empty()) {
    writer.null();
  } else {
    writer.string(parent->value);
  }
}

// The contract's RunRow, into an object that is open.
void run_fields(Writer& writer, const tracking::Run& run, std::string_view experiment_name, TimeMs end_ms) {
  const auto& info = run.info;
  link_fields(writer, run_link(info.id, info.name, fmt::format("{}.{}", info.status, info.end_ms.value_or(0))));
  writer.field("id", info.id);
  link_field(writer, "experiment", experiment_link(info.experiment_id, experiment_name));
  parent_field(writer, run);
  writer.field("status", run_status(info.status));
  writer.field("state", run_state(info.status));
  maybe_time_field(writer, "started_at", info.start_ms);
  maybe_time_field(writer, "ended_at", end_ms);
  writer.key("metrics");
  writer.begin_object();
  for (const auto& metric : run.metrics) writer.field(metric.key, metric.value);
  writer.end_object();
  tags_field(writer, "params", run.params);
}

}  // namespace

Result<net::Response> run_row(const Rooms& rooms, const tracking::Run& run) {
  const auto experiment = TRY(rooms.tracking.experiment(run.info.experiment_id));
  Writer writer;
  writer.begin_object();
  run_fields(writer, run, experiment.name, Ends(rooms).of(run));
  writer.end_object();
  return reply(writer);
}

namespace {

Result<net::Response> list_runs(const Rooms& rooms, const net::Request& request) {
  const auto page = TRY(page_of(request));
  const auto experiment = request.query_text("experiment").value_or(""), filter = request.query_text("filter").value_or(""),
             sort = request.query_text("sort").value_or("");
  if (filter.size() > kMaxFilterBytes)
    return fail(Code::invalid, fmt::format("query parameter 'filter' has {} bytes; at most {} are taken", filter.size(), kMaxFilterBytes));
  std::map<std::string, std::string> names;
  tracking::Search search{.filter = std::string(filter), .limit = page.limit, .after = page.cursor};
  if (!sort.empty()) search.order_by.emplace_back(sort);
  if (experiment.empty()) {
    for (const auto& one : TRY(active_experiments(rooms))) names[one.id] = one.name;
  } else {
    const auto one = TRY(rooms.tracking.experiment(experiment));
    names[one.id] = one.name;
  }
  for (const auto& [id, name] : names) search.experiment_ids.push_back(id);
  const auto found = TRY(rooms.tracking.search_runs(search));
  const auto next = found.next.empty() ? std::nullopt : std::optional(found.next);
  Ends ends(rooms);
  return list_reply(TRY(rooms.tracking.count_runs(search)), next, found.rows, [&](Writer& writer, const tracking::Run& run) {
    writer.begin_object();
    run_fields(writer, run, names[run.info.experiment_id], ends.of(run));
    writer.end_object();
  });
}

// Commit, pipeline run, run, version: from left to right.
Result<std::vector<Link>> origin_of(const Rooms& rooms, const std::string& run_id) {
  constexpr std::string_view kOrder[] = {"commit", "pipeline-run", "run", "model-version"};
  const auto lineage = TRY(rooms.governance.lineage(governance::urn("run", run_id), 2, 1));
  std::vector<Link> links;
  for (const auto kind : kOrder) {
    for (const auto& node : lineage.nodes) {
      if (node.kind == kind) links.push_back(link_of(node.urn, &node));
    }
  }
  return links;
}

// A whole one to the last digit.
void step_field(Writer& writer, std::string_view name, const tracking::Step& step) {
  if (step.fraction == 0) return writer.field(name, step.whole);
  writer.field(name, tracking::number_of(step));
}

Result<void> keys_field(Writer& writer, const Rooms& rooms, const std::string& run_id) {
  writer.key("keys");
  writer.begin_array();
  for (const auto& series : TRY(rooms.tracking.series(run_id))) {
    writer.begin_object();
    writer.field("key", series.key);
    writer.field("points", series.points);
    writer.field("last", series.last);
    step_field(writer, "last_step", series.last_step);
    writer.field("min", series.min);
    writer.field("max", series.max);
    writer.end_object();
  }
  writer.end_array();
  return {};
}

Result<net::Response> get_run(const Rooms& rooms, const net::Request& request) {
  const auto run = TRY(rooms.tracking.run(request.parameter("run")));
  const auto experiment = TRY(rooms.tracking.experiment(run.info.experiment_id));
  Writer writer;
  writer.begin_object();
  run_fields(writer, run, experiment.name, Ends(rooms).of(run));
  writer.field("user", run.info.user);
  writer.field("deleted", run.info.lifecycle == "deleted");
  tags_field(writer, "tags", run.tags);
  writer.key("origin");
  writer.begin_array();
  for (const auto& link : TRY(origin_of(rooms, run.info.id))) write(writer, link);
  writer.end_array();
  TRY(keys_field(writer, rooms, run.info.id));
  writer.key("files");
  writer.begin_array();
  for (const auto& file : TRY(rooms.tracking.artifacts(run.info.id, kMaxFiles))) {
    writer.begin_object();
    writer.field("path", file.path);
    writer.field("bytes", file.size_bytes);
    writer.end_object();
  }
  writer.end_array();
  writer.end_object();
  return reply(writer);
}

Result<std::optional<double>> query_number(const net::Request& request, std::string_view name) {
  const auto text = request.query_text(name).value_or("");
  if (text.empty()) return std::nullopt;
  double number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error == std::errc() && end == text.data() + text.size() && number - number == 0) return number;
  return fail(Code::invalid, fmt::format("query parameter '{}' must be a number, not '{:.40}'", name, text));
}

Result<tracking::CurveQuery> curve_query(const net::Request& request) {
  tracking::CurveQuery query{.run_id = std::string(request.parameter("run")),
                             .keys = query_list(request, "keys"),
                             .from = TRY(query_number(request, "from")),
                             .to = TRY(query_number(request, "to"))};
  if (query.keys.size() > tracking::kMaxCurves)
    return fail(Code::invalid, fmt::format("query parameter 'keys' names {} curves; at most {} are drawn", query.keys.size(), tracking::kMaxCurves));
  query.buckets = static_cast<std::size_t>(TRY(request.query_int("buckets", 480, 1, tracking::kMaxCurveBuckets)));
  const auto axis = TRY(query_choice(request, "x", {"step", "time", "relative"}, "step"));
  query.axis = axis == "step" ? tracking::Axis::step : axis == "time" ? tracking::Axis::time : tracking::Axis::relative;
  return query;
}

void figures_field(Writer& writer, std::string_view name, const std::vector<tracking::Bucket>& buckets, double tracking::Bucket::* figure) {
  writer.key(name);
  writer.begin_array();
  for (const auto& bucket : buckets) {
    if (bucket.count > 0) {
      writer.number(bucket.*figure);
    } else {
      writer.null();
    }
  }
  writer.end_array();
}

Result<net::Response> get_series(const Rooms& rooms, const net::Request& request) {
  const auto curves = TRY(rooms.tracking.curves(TRY(curve_query(request))));
  Writer writer;
  writer.begin_object();
  writer.field("rev", std::to_string(curves.points));
  writer.field("exact", curves.exact);
  writer.key("x");
  writer.begin_array();
  for (const auto x : curves.x) writer.number(x);
  writer.end_array();
  writer.key("series");
  writer.begin_array();
  for (const auto& curve : curves.curves) {
    writer.begin_object();
    writer.field("key", curve.key);
    figures_field(writer, "last", curve.buckets, &tracking::Bucket::last);
    figures_field(writer, "min", curve.buckets, &tracking::Bucket::min);
    figures_field(writer, "max", curve.buckets, &tracking::Bucket::max);
    writer.key("count");
    writer.begin_array();
    for (const auto& bucket : curve.buckets) writer.integer(bucket.count);
    writer.end_array();
    writer.end_object();
  }
  writer.end_array();
  writer.end_object();
  return reply(writer);
}

}  // namespace

void add_tracking_routes(net::Router& router, const Rooms& rooms) {
  add(router, rooms, "GET", "/experiments", list_experiments);
  add(router, rooms, "GET", "/runs", list_runs);
  add(router, rooms, "GET", "/runs/:run", get_run);
  add(router, rooms, "GET", "/runs/:run/series", get_series);
  add_run_file_routes(router, rooms);
  add_run_metric_routes(router, rooms);
  add_run_stream_routes(router, rooms);
  add_run_console_routes(router, rooms);
}

}  // namespace gyre::rest
