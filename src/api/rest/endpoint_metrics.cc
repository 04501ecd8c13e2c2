// /endpoints/{endpoint}/metrics: requests, rows, errors and latency by version, in equal buckets of time.
#include "api/rest/endpoints.h"
#include "api/rest/flags.h"
#include "api/rest/wire.h"

namespace gyre::rest {
namespace {

constexpr std::size_t kMaxFlagsShown = 500;
constexpr std::int64_t kDefaultBuckets = 240;

template <class Of>
void counts_field(Writer& writer, std::string_view name, const serving::VersionTraffic& version, Of&& of) {
  writer.key(name);
  writer.begin_array();
  for (const auto& bucket : version.buckets) writer.integer(of(bucket));
  writer.end_array();
}

void latency_field(Writer& writer, std::string_view name, const serving::VersionTraffic& version, double q) {
  writer.key(name);
  writer.begin_array();
  for (const auto& bucket : version.buckets) {
    if (bucket.requests > 0) {
      writer.number(bucket.latency_quantile_ms(q));
    } else {
      writer.null();
    }
  }
  writer.end_array();
}

void write_version(Writer& writer, const std::string& model, const serving::VersionTraffic& version) {
  writer.begin_object();
  link_field(writer, "version", version_link(model, version.version));
  writer.field("role", version.role);
  counts_field(writer, "requests", version, [](const auto& bucket) { return bucket.requests; });
  counts_field(writer, "rows", version, [](const auto& bucket) { return bucket.rows; });
  counts_field(writer, "errors", version, [](const auto& bucket) { return bucket.errors; });
  latency_field(writer, "latency_p50_ms", version, .5);
  latency_field(writer, "latency_p95_ms", version, .95);
  latency_field(writer, "latency_p99_ms", version, .99);
  writer.end_object();
}

Result<net::Response> get_metrics(const Rooms& rooms, const net::Request& request) {
  const std::string name(request.parameter("endpoint"));
  const auto from_ms = TRY(query_time(request, "from", 0)), to_ms = TRY(query_time(request, "to", rooms.clock.now_ms()));
  if (from_ms > to_ms) return fail(Code::invalid, "the range ends before it begins", {}, "exchange 'from' and 'to'");
  const auto buckets = TRY(request.query_int("buckets", kDefaultBuckets, 1, static_cast<std::int64_t>(serving::kMaxTrafficBuckets)));
  const auto model = TRY(rooms.serving.endpoint(name)).config.model;
  const auto traffic = TRY(rooms.serving.traffic(name, from_ms, to_ms, static_cast<std::size_t>(buckets)));
  Writer writer;
  writer.begin_object();
  time_field(writer, "from", traffic.from_ms);
  writer.field("bucket_ms", traffic.bucket_ms);
  writer.field("buckets", static_cast<std::int64_t>(traffic.buckets));
  writer.key("versions");
  writer.begin_array();
  for (const auto& version : traffic.versions) write_version(writer, model, version);
  writer.end_array();
  flags_field(
      writer, "flags",
      TRY(find_flags(rooms,
                     {.from_ms = from_ms, .to_ms = to_ms, .about = "endpoint:" + name, .kinds = {"deploy", "rollback", "alert"}, .limit = kMaxFlagsShown})));
  writer.end_object();
  return reply(writer);
}

}  // namespace

void add_endpoint_metrics(net::Router& router, const Rooms& rooms) { add(router, rooms, "GET", "/endpoints/:endpoint/metrics", get_metrics); }

}  // namespace gyre::rest
