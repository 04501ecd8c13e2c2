// The figures of all rooms in Prometheus' text format.
#include <fmt/format.h>
#include <prometheus/text_serializer.h>
#include <sys/resource.h>
#include <unistd.h>

#include <fstream>
#include <sstream>
#include <utility>

#include "api/operations/routes.h"
#include "base/log.h"
#include "net/statistics.h"

namespace gyre::operations {
namespace {

using prometheus::ClientMetric;
using prometheus::MetricFamily;
using prometheus::MetricType;
using Labels = std::vector<std::pair<std::string, std::string>>;

class Exposition {
 public:
  void add(const Figure& figure) {
    auto& family = begin(figure.name, figure.help, type_of(figure.kind));
    for (const auto& sample : figure.samples) {
      if (figure.kind == Figure::Kind::histogram) {
        histogram(family, sample.labels, figure.bounds, sample.buckets, sample.value);
      } else {
        value(family, sample.labels, sample.value);
      }
    }
  }

  MetricFamily& begin(std::string name, std::string help, MetricType type) {
    return families_.emplace_back(MetricFamily{std::move(name), std::move(help), type, {}});
  }

  static void value(MetricFamily& family, const Labels& labels, double value) {
    auto& metric = labelled(family, labels);
    (family.type == MetricType::Counter ? metric.counter.value : metric.gauge.value) = value;
  }

  // `buckets` counts what fell between two bounds; the last has no upper one.
  template <class Bounds, class Buckets>
  static void histogram(MetricFamily& family, const Labels& labels, const Bounds& bounds_s, const Buckets& buckets, double sum_s) {
    auto& out = labelled(family, labels).histogram;
    std::uint64_t sum = 0;
    for (std::size_t i = 0; i < bounds_s.size(); ++i) {
      sum += static_cast<std::uint64_t>(buckets[i]);
      out.bucket.push_back({sum, bounds_s[i]});
    }
    out.sample_count = sum + static_cast<std::uint64_t>(buckets[bounds_s.size()]);
    out.bucket.push_back({out.sample_count, std::numeric_limits<double>::infinity()});
    out.sample_sum = sum_s;
  }

  std::string text() const {
    std::ostringstream out;
    prometheus::TextSerializer().Serialize(out, families_);
    return std::move(out).str();
  }

 private:
  static MetricType type_of(Figure::Kind kind) {
    switch (kind) {
      case Figure::Kind::counter:
        return MetricType::Counter;
      case Figure::Kind::gauge:
        return MetricType::Gauge;
      case Figure::Kind::histogram:
        return MetricType::Histogram;
    }
    std::unreachable();
  }

  static ClientMetric& labelled(MetricFamily& family, const Labels& labels) {
    auto& metric = family.metric.emplace_back();
    for (const auto& [name, value] : labels) metric.label.push_back({name, value});
    return metric;
  }

  std::vector<MetricFamily> families_;
};

// One family for the times of several kinds of calls, one for their failures.
void add_calls(Exposition& exposition, std::string_view room, std::string_view what, std::initializer_list<std::pair<std::string_view, const Tally*>> tallies) {
  auto& seconds = exposition.begin(fmt::format("gyre_{}_seconds", room), fmt::format("{}, by operation.", what), MetricType::Histogram);
  for (const auto& [operation, tally] : tallies) {
    const auto reading = tally->read();
    Exposition::histogram(seconds, {{"operation", std::string(operation)}}, Tally::kBoundsS, reading.buckets, reading.seconds);
  }
  auto& failures =
      exposition.begin(fmt::format("gyre_{}_failures_total", room), fmt::format("{}: those that failed, by operation.", what), MetricType::Counter);
  for (const auto& [operation, tally] : tallies)
    Exposition::value(failures, {{"operation", std::string(operation)}}, static_cast<double>(tally->read().failures));
}

void add_count(Exposition& exposition, std::string name, std::string help, Figure::Kind kind, std::int64_t value) {
  exposition.add(figure(std::move(name), std::move(help), kind, value));
}

void add_seams(Exposition& exposition, const Sources& sources) {
  const auto& meters = sources.meters;
  add_calls(exposition, "sql", "Transactions of the metadata database", {{"read", &meters.sql.reads}, {"write", &meters.sql.writes}});
  const auto commits = sources.db.commits();
  add_count(exposition, "gyre_sql_commits_total", "Commits that reached the disk; one may carry many writes.", Figure::Kind::counter, commits.commits);
  add_count(exposition, "gyre_sql_committed_writes_total", "Writes in those commits; divided by them, the size of a group.", Figure::Kind::counter,
            commits.bodies);
  add_calls(exposition, "blob", "Calls of the content store", {{"put", &meters.blob.puts}, {"get", &meters.blob.gets}, {"other", &meters.blob.others}});
  add_count(exposition, "gyre_blob_bytes_in_total", "Bytes put into the content store.", Figure::Kind::counter, meters.blob.bytes_in);
  add_count(exposition, "gyre_blob_bytes_out_total", "Bytes read from the content store, without files read in place.", Figure::Kind::counter,
            meters.blob.bytes_out);
  add_calls(exposition, "exec", "Calls about jobs", {{"start", &meters.exec.starts}, {"poll", &meters.exec.polls}});
  add_count(exposition, "gyre_exec_stops_total", "Jobs that were told to stop.", Figure::Kind::counter, meters.exec.stops);
  add_count(exposition, "gyre_exec_removed_total", "Jobs that ended and were tidied away.", Figure::Kind::counter, meters.exec.removed);
  add_calls(exposition, "query", "Statements of the analytical engine", {{"statement", &meters.query.statements}, {"write_file", &meters.query.files_written}});
  add_count(exposition, "gyre_query_rows_total", "Rows that statements gave.", Figure::Kind::counter, meters.query.rows);
  add_calls(exposition, "infer", "Calls of models", {{"load", &meters.infer.loads}, {"run", &meters.infer.runs}});
  add_count(exposition, "gyre_infer_rows_total", "Rows that models computed, in service and elsewhere.", Figure::Kind::counter, meters.infer.rows);
  add_count(exposition, "gyre_infer_sessions", "Models held in memory.", Figure::Kind::gauge, meters.infer.sessions);
}

// "GET /api/v1/runs/:run" -> labels.
Labels route_labels(std::string_view name) {
  const auto space = std::min(name.find(' '), name.size());
  return {{"method", std::string(name.substr(0, space))}, {"route", std::string(name.substr(std::min(space + 1, name.size())))}};
}

void add_http(Exposition& exposition, const json::Value& statistics) {
  const auto none = json::Object();
  const auto* found = statistics["routes"].if_object();
  const auto& routes = found ? *found : none;
  auto& requests = exposition.begin("gyre_http_requests_total", "Requests by method, route and status.", MetricType::Counter);
  for (const auto& [name, route] : routes) {
    for (const auto& [status, n] : *route["by_status"].if_object()) {
      auto labels = route_labels(name);
      labels.emplace_back("status", status);
      Exposition::value(requests, labels, n.number_or(0));
    }
  }
  auto bounds_s = net::Statistics::kBoundsMs;
  for (auto& bound : bounds_s) bound /= 1000;
  auto& seconds = exposition.begin("gyre_http_request_seconds", "Time from a request's head to its answer, by method and route.", MetricType::Histogram);
  for (const auto& [name, route] : routes) {
    std::vector<std::int64_t> buckets;
    for (const auto& n : *route["buckets"].if_array()) buckets.push_back(n.int_or(0));
    Exposition::histogram(seconds, route_labels(name), bounds_s, buckets, route["sum_ms"].number_or(0) / 1000);
  }
  add_count(exposition, "gyre_http_connections", "Open connections.", Figure::Kind::gauge, statistics["connections"].int_or(0));
  add_count(exposition, "gyre_http_refused_connections_total", "Connections refused because too many were open.", Figure::Kind::counter,
            statistics["refused_connections"].int_or(0));
  add_count(exposition, "gyre_http_evicted_connections_total", "Connections without a request that were closed to make room for others.", Figure::Kind::counter,
            statistics["evicted_connections"].int_or(0));
  add_count(exposition, "gyre_http_waiting", "Requests that a worker handles or will.", Figure::Kind::gauge, statistics["waiting"].int_or(0));
  add_count(exposition, "gyre_http_shed_total", "Requests refused because too many waited.", Figure::Kind::counter, statistics["shed"].int_or(0));
}

Result<void> add_events(Exposition& exposition, const Sources& sources) {
  Figure lag{"gyre_events_lag", "Events that a subscriber has not had yet.", Figure::Kind::gauge, {}};
  for (const auto& one : TRY(sources.lags())) lag.samples.push_back({{{"subscriber", one.subscriber}}, static_cast<double>(one.events)});
  exposition.add(lag);
  return {};
}

std::int64_t resident_bytes() {
  std::int64_t pages = 0, resident = 0;
  std::ifstream("/proc/self/statm") >> pages >> resident;
  return resident * sysconf(_SC_PAGESIZE);
}

void add_process(Exposition& exposition, const Sources& sources) {
  exposition.add({"gyre_build_info", "1, with the version as a label.", Figure::Kind::gauge, {{{{"version", sources.version}}, 1}}});
  add_count(exposition, "process_resident_memory_bytes", "Memory that the server holds.", Figure::Kind::gauge, resident_bytes());
  rusage used{};
  getrusage(RUSAGE_SELF, &used);
  const auto seconds = [](const timeval& time) { return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6; };
  exposition.add(
      {"process_cpu_seconds_total", "Processor time that the server used.", Figure::Kind::counter, {{{}, seconds(used.ru_utime) + seconds(used.ru_stime)}}});
}

}  // namespace

// A room that cannot tell its figures is left out and told in the log: the others are wanted all the more then.
Result<std::string> exposition(const Sources& sources) {
  Exposition exposition;
  add_process(exposition, sources);
  add_http(exposition, sources.http());
  add_seams(exposition, sources);
  Figure silent{"gyre_rooms_silent", "1 for a room that could not tell its figures; the log says why.", Figure::Kind::gauge, {}};
  const auto heard = [&](std::string room, const Result<void>& outcome) {
    if (!outcome) log::report(log::Level::warn, fmt::format("the room '{}' could not tell its figures", room), outcome.error());
    silent.samples.push_back({{{"room", std::move(room)}}, outcome ? 0.0 : 1.0});
  };
  heard("events", add_events(exposition, sources));
  for (const auto& [room, figures] : sources.rooms) {
    const auto told = figures();
    if (told) {
      for (const auto& figure : *told) exposition.add(figure);
    }
    heard(room, told ? Result<void>() : std::unexpected(told.error()));
  }
  exposition.add(silent);
  return exposition.text();
}

}  // namespace gyre::operations
