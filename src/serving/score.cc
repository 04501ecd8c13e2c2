// The path of a request: admit, check, infer, log, answer.
#include <fmt/format.h>

#include "serving/loaded.h"

namespace gyre::serving {
namespace {

std::unexpected<Refusal> refuse(std::string reason, Error error) { return std::unexpected(Refusal{std::move(error), std::move(reason), {}}); }

constexpr std::int64_t kQuickNs = 300'000;  // the others of the thread wait no longer than that

using Checked = std::expected<void, Refusal>;

Checked check_rows(const Config& config, const Batch& batch) {
  if (batch.rows == 0) return refuse("no rows", {Code::invalid, "the request has no rows", {}, {}});
  if (batch.rows > kMaxBatchRows)
    return refuse("too many rows",
                  {Code::exhausted, fmt::format("{} rows in one request; at most {} are scored", batch.rows, kMaxBatchRows), {}, "send it in parts"});
  if (!config.id_column.empty() && batch.ids.empty()) {
    return refuse(
        "missing column",
        {Code::invalid, fmt::format("column '{}' is missing: the endpoint takes each row's id from it, for its label to find it", config.id_column), {}, {}});
  }
  if (!batch.ids.empty() && batch.ids.size() != batch.rows)
    return refuse("wrong shape", {Code::invalid, fmt::format("{} ids for {} rows", batch.ids.size(), batch.rows), {}, {}});
  return {};
}

Refusal unknown_category(UnknownCategories found) {
  const auto& first = found.cells.front();
  const auto more = found.rows > 1 ? fmt::format(" (and {} more rows have unknown categories)", found.rows - 1) : "";
  Error error{Code::invalid,
              fmt::format("row {}, column '{}': the model has not learned '{:.80}'{}", first.row, first.column, first.value, more),
              {},
              "leave these rows out, or set unknown_category: flag"};
  return {std::move(error), "unknown category", std::move(found.cells), found.rows};
}

Checked check_categories(Live& live, const Loaded& loaded, const LoadedVersion& version, const Batch& batch) {
  auto unknown = unknown_categories(version, batch);
  if (unknown.rows == 0) return {};
  if (loaded.config.unknown_category != "flag") return std::unexpected(unknown_category(std::move(unknown)));
  live.tally.with([&](Tally& tally) {
    for (const auto& [column, rows] : unknown.by_column) tally.flagged[column] += rows;
    tally.changed = true;
  });
  return {};
}

struct Answer {
  Result<std::vector<infer::Tensor>> outputs;
  std::int64_t latency_ns = 0;
};

Answer ask(Live& live, const LoadedVersion& version, const Batch& batch, const Clock& clock) {
  const auto started_ns = monotonic_ns();
  Answer answer{version.session->run(batch.columns)};
  answer.latency_ns = monotonic_ns() - started_ns;
  if (batch.rows <= TypicalLatency::kFewRows) live.typical.add(answer.latency_ns);
  if (answer.outputs) {
    for (const auto& output : *answer.outputs) {
      if (!output.shape.empty() && output.shape.front() == static_cast<std::int64_t>(batch.rows)) continue;
      answer.outputs =
          fail(Code::internal, fmt::format("the model gave [{}] values of '{}' for {} rows", fmt::join(output.shape, ", "), output.name, batch.rows));
      break;
    }
  }
  if (!answer.outputs) live.tally.with([&](Tally& tally) { tally.add_failure(version.route.version, version.route.role, answer.latency_ns, clock.now_ms()); });
  return answer;
}

Frame frame_for(const Loaded& loaded, const Route& route, const std::string& request_id, const Batch& batch, TimeMs now_ms, std::int64_t latency_ns) {
  Frame frame;
  frame.request_id = request_id;
  frame.role = route.role;
  frame.at_ms = now_ms;
  frame.revision = loaded.revision;
  frame.version = route.version;
  frame.rows = static_cast<std::int64_t>(batch.rows);
  frame.latency_ns = latency_ns;
  return frame;
}

// Shadows are asked after the answer is known, and their failures are theirs alone.
std::vector<Frame> shadow_frames(Live& live, const Loaded& loaded, const std::string& request_id, const Batch& batch, const Clock& clock, TimeMs now_ms) {
  std::vector<Frame> frames;
  for (const auto& shadow : loaded.shadows) {
    auto answer = ask(live, shadow, batch, clock);
    if (!answer.outputs) continue;
    auto& frame = frames.emplace_back(frame_for(loaded, shadow.route, request_id, batch, now_ms, answer.latency_ns));
    frame.ids = batch.ids;
    frame.outputs = std::move(*answer.outputs);
  }
  return frames;
}

}  // namespace

const infer::Signature& Ticket::signature() const { return version_->session->signature(); }
const std::string& Ticket::id_column() const { return loaded_->config.id_column; }
std::int64_t Ticket::version() const { return version_->route.version; }

Result<std::shared_ptr<Live>> Service::live(std::string_view name) {
  return live_.with([&](const auto& all) -> Result<std::shared_ptr<Live>> {
    const auto found = all.find(name);
    if (found == all.end()) return fail(Code::not_found, fmt::format("there is no endpoint '{:.80}'", name), {}, "gyre endpoint ls lists those that are");
    return found->second;
  });
}

Result<Ticket> Service::admit(std::string_view name, CallInfo call) {
  Ticket ticket;
  ticket.live_ = TRY(live(name));
  auto present = ticket.live_->present.with([](const Present& p) { return p; });
  if (!present.loaded && !present.trouble.empty())
    return fail(Code::unavailable, fmt::format("the model of endpoint '{}' cannot be loaded: {}", name, present.trouble), {}, "deploy another version");
  if (!present.loaded)
    return fail(Code::unavailable, fmt::format("endpoint '{}' has no model yet", name), {}, fmt::format("gyre endpoint deploy {} VERSION", name));
  ticket.loaded_ = std::move(present.loaded);
  if (call.version == 0) {
    ticket.version_ = &ticket.loaded_->pick(call.sticky_key.empty() ? call.request_id : call.sticky_key);
  } else {
    for (const auto& version : ticket.loaded_->primaries) {
      if (version.route.version == call.version) ticket.version_ = &version;
    }
    if (!ticket.version_)
      return fail(Code::not_found, fmt::format("version {} does not answer at endpoint '{}'", call.version, name), {}, "leave the version out, or deploy it");
  }
  ticket.endpoint_ = name;
  ticket.call_ = std::move(call);
  return ticket;
}

bool Service::is_quick(std::string_view name) {
  const auto live = this->live(name);
  if (!live || !(*live)->typical.is_below(kQuickNs)) return false;
  return (*live)->present.with([](const Present& present) { return present.loaded && present.loaded->shadows.empty() && !present.loaded->config.strict_log; });
}

Result<Shape> Service::shape(std::string_view name) {
  const auto ticket = TRY(admit(name, {}));
  const auto& version = ticket.loaded_->primaries.front();
  return Shape{version.session->signature(), ticket.id_column(), version.route.version};
}

std::expected<Scored, Refusal> Service::score(const Ticket& ticket, Batch batch) {
  auto& live = *ticket.live_;
  const auto& loaded = *ticket.loaded_;
  const auto& version = *ticket.version_;
  const auto rows = batch.rows;
  const auto counted = [&](std::unexpected<Refusal> refusal) {
    live.tally.with([&](Tally& tally) { tally.add_refusal(refusal.error(), rows); });
    return refusal;
  };
  if (auto checked = check_rows(loaded.config, batch); !checked) return counted(std::unexpected(std::move(checked).error()));
  if (auto checked = check_categories(live, loaded, version, batch); !checked) return counted(std::unexpected(std::move(checked).error()));

  auto answer = ask(live, version, batch, clock_);
  if (!answer.outputs) return counted(refuse("wrong input", std::move(answer.outputs).error()));

  const auto now_ms = clock_.now_ms();
  std::vector<Frame> frames{frame_for(loaded, version.route, ticket.call_.request_id, batch, now_ms, answer.latency_ns)};
  if (!loaded.shadows.empty()) std::ranges::move(shadow_frames(live, loaded, ticket.call_.request_id, batch, clock_, now_ms), std::back_inserter(frames));
  frames.front().ids = std::move(batch.ids);
  frames.front().inputs = std::move(batch.columns);
  frames.front().outputs = std::move(*answer.outputs);

  const auto logged = log_->append(ticket.endpoint_, frames, loaded.config.strict_log, [&] {
    live.tally.with([&](Tally& tally) {
      for (const auto& frame : frames) tally.add(frame);
    });
  });
  if (!logged) return counted(refuse("log", logged.error()));
  if (!*logged) live.tally.with([](Tally& tally) { ++tally.repeated, tally.changed = true; });
  return Scored{version.route.version, loaded.revision, std::move(frames.front().outputs)};
}

std::expected<Scored, Refusal> Service::score(std::string_view name, Batch batch, const CallInfo& call) {
  auto ticket = admit(name, call);
  if (!ticket) return refuse("not ready", std::move(ticket).error());
  return score(*ticket, std::move(batch));
}

void Service::count_refusal(std::string_view name, const Refusal& refusal, std::size_t rows) {
  if (const auto live = this->live(name)) (*live)->tally.with([&](Tally& tally) { tally.add_refusal(refusal, rows); });
}

Result<Status> Service::status(std::string_view name) {
  Status status{.endpoint = TRY(endpoint(name)), .counters = {}, .refused = {}, .flagged = {}, .trouble = {}};
  const auto live = TRY(this->live(name));
  live->tally.with([&](const Tally& tally) {
    for (const auto& [key, counters] : tally.versions) status.counters.push_back(counters);
    status.refused = tally.refused;
    status.flagged = tally.flagged;
    status.repeated = tally.repeated;
  });
  status.trouble = live->present.with([](const Present& present) { return present.trouble; });
  return status;
}

Result<std::vector<infer::Tensor>> Service::evaluate(std::string_view model, std::int64_t version, const Batch& batch) {
  return TRY(session(model, version))->run(batch.columns);
}

Result<infer::Signature> Service::signature(std::string_view model, std::int64_t version) { return TRY(session(model, version))->signature(); }

}  // namespace gyre::serving
