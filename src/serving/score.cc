// The path of a request: route, check, infer, log, answer.
#include <fmt/format.h>

#include <algorithm>

#include "serving/loaded.h"

namespace gyre::serving {
namespace {

std::unexpected<Refusal> refuse(std::string reason, Error error, std::vector<BadCell> cells = {}) {
  return std::unexpected(Refusal{std::move(error), std::move(reason), std::move(cells)});
}

Error unknown_category_error(const std::vector<BadCell>& cells) {
  const auto& first = cells.front();
  return {Code::invalid, fmt::format("row {}, column '{}': the model has not learned '{:.80}'{}", first.row, first.column, first.value,
                                     cells.size() > 1 ? fmt::format(" (and {} more rows)", cells.size() - 1) : ""),
          {}, "leave these rows out, or set unknown_category: flag"};
}

void count_latency(VersionCounters& counters, std::int64_t ns, std::size_t rows, bool failed) {
  const auto bucket = std::ranges::lower_bound(kLatencyBoundsMs, static_cast<double>(ns) / 1e6) - kLatencyBoundsMs.begin();
  ++counters.latency[static_cast<std::size_t>(bucket)];
  ++counters.requests;
  counters.rows += static_cast<std::int64_t>(rows);
  counters.errors += failed;
}

Frame frame_for(const Loaded& loaded, const LoadedVersion& version, const CallInfo& call, const Batch& batch, TimeMs now_ms, std::int64_t latency_ns) {
  Frame frame;
  frame.request_id = call.request_id;
  frame.role = version.route.role;
  frame.at_ms = now_ms;
  frame.revision = loaded.revision;
  frame.version = version.route.version;
  frame.rows = static_cast<std::int64_t>(batch.rows);
  frame.latency_ns = latency_ns;
  frame.ids = batch.ids;
  return frame;
}

}  // namespace

Service::Service(sql::Db& db, blob::Store& blobs, const Clock& clock, registry::Service& registry, infer::Runtime& runtime, query::Engine& engine, std::filesystem::path folder)
    : db_(db), blobs_(blobs), clock_(clock), registry_(registry), runtime_(runtime), engine_(engine), folder_(std::move(folder)), log_(std::make_unique<PredictionLog>(folder_ / "log", engine)) {}

Service::~Service() = default;

Result<std::shared_ptr<Service::Live>> Service::live(std::string_view name) {
  return live_.with([&](const auto& all) -> Result<std::shared_ptr<Live>> {
    const auto found = all.find(name);
    if (found == all.end()) return fail(Code::not_found, fmt::format("there is no endpoint '{:.80}'", name), {}, "gyre endpoint ls lists those that are");
    return found->second;
  });
}

Result<Shape> Service::shape(std::string_view name) {
  const auto present = TRY(live(name))->loaded.with([](const auto& loaded) { return loaded; });
  if (!present) return fail(Code::unavailable, fmt::format("endpoint '{}' has no model yet", name), {}, fmt::format("gyre endpoint set {} --version N", name));
  const auto& version = present->primaries.front();
  return Shape{version.session->signature(), present->config.id_column, version.route.version};
}

std::expected<Scored, Refusal> Service::score(std::string_view name, Batch batch, const CallInfo& call) {
  const auto live = this->live(name);
  if (!live) return refuse("no such endpoint", live.error());
  const auto loaded = (*live)->loaded.with([](const auto& present) { return present; });
  if (!loaded) return refuse("not deployed", {Code::unavailable, fmt::format("endpoint '{}' has no model yet", name), {}, {}});
  if (batch.rows == 0) return refuse("no rows", {Code::invalid, "the request has no rows", {}, {}});
  if (batch.rows > kMaxBatchRows) return refuse("too many rows", {Code::exhausted, fmt::format("{} rows in one request; at most {} are scored", batch.rows, kMaxBatchRows), {}, "send it in parts"});
  if (batch.ids.empty()) {
    for (std::size_t row = 0; row < batch.rows; ++row) batch.ids.push_back(fmt::format("{}/{}", call.request_id, row));
  }

  const auto& version = loaded->pick(call.sticky_key.empty() ? call.request_id : call.sticky_key);
  if (loaded->config.unknown_category == "reject") {
    if (auto cells = unknown_categories(version, batch); !cells.empty()) {
      auto error = unknown_category_error(cells);
      return refuse("unknown category", std::move(error), std::move(cells));
    }
  }
  const auto started_ns = monotonic_ns();
  auto outputs = version.session->run(batch.columns);
  const auto infer_ns = monotonic_ns() - started_ns;
  (*live)->tally.with([&](Tally& tally) { count_latency(tally.of(version.route.version, version.route.role), infer_ns, outputs ? batch.rows : 0, !outputs); });
  if (!outputs) return refuse("wrong input", outputs.error());

  const auto now_ms = clock_.now_ms();
  std::vector<Frame> frames{frame_for(*loaded, version, call, batch, now_ms, infer_ns)};
  for (const auto& shadow : loaded->shadows) {
    const auto shadow_started_ns = monotonic_ns();
    auto shadow_outputs = shadow.session->run(batch.columns);
    const auto shadow_ns = monotonic_ns() - shadow_started_ns;
    (*live)->tally.with([&](Tally& tally) { count_latency(tally.of(shadow.route.version, "shadow"), shadow_ns, shadow_outputs ? batch.rows : 0, !shadow_outputs); });
    if (!shadow_outputs) continue;
    frames.push_back(frame_for(*loaded, shadow, call, batch, now_ms, shadow_ns));
    frames.back().outputs = std::move(*shadow_outputs);
  }
  frames.front().inputs = std::move(batch.columns);
  frames.front().outputs = std::move(*outputs);
  const auto log_started_ns = monotonic_ns();
  const auto logged = log_->append(name, frames, loaded->config.strict_log);
  if (!logged) return refuse("log", logged.error());
  (*live)->tally.with([&](Tally& tally) {
    ++tally.stages.requests;
    tally.stages.infer_ns += infer_ns;
    tally.stages.log_ns += monotonic_ns() - log_started_ns;
  });
  return Scored{version.route.version, loaded->revision, std::move(frames.front().outputs)};
}

void Service::count_refusal(std::string_view name, const Refusal& refusal, std::size_t rows) {
  const auto live = this->live(name);
  if (!live) return;
  (*live)->tally.with([&](Tally& tally) {
    auto& counts = tally.refused[refusal.reason];
    ++counts.first;
    counts.second += static_cast<std::int64_t>(refusal.cells.empty() ? rows : refusal.cells.size());
    tally.changed = true;
  });
}

void Service::count_stage(std::string_view name, std::int64_t parse_ns, std::int64_t encode_ns) {
  const auto live = this->live(name);
  if (!live) return;
  (*live)->tally.with([&](Tally& tally) {
    tally.stages.parse_ns += parse_ns;
    tally.stages.encode_ns += encode_ns;
  });
}

Result<Status> Service::status(std::string_view name) {
  Status status{TRY(endpoint(name)), {}, {}, {}};
  TRY(live(name))->tally.with([&](const Tally& tally) {
    for (const auto& [key, counters] : tally.versions) status.counters.push_back(counters);
    status.refused = tally.refused;
    status.stages = tally.stages;
  });
  return status;
}

Result<std::vector<infer::Tensor>> Service::evaluate(std::string_view model, std::int64_t version, const Batch& batch) {
  return TRY(session(model, version))->run(batch.columns);
}

Result<infer::Signature> Service::signature(std::string_view model, std::int64_t version) { return TRY(session(model, version))->signature(); }

}  // namespace gyre::serving
