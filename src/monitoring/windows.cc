// Closing windows: profiles of the minutes merged, compared with the reference, quality estimated.
#include <fmt/format.h>

#include <algorithm>

#include "governance/governance.h"
#include "monitoring/rows.h"

namespace gyre::monitoring {
namespace {

constexpr std::int64_t kGraceMs = 2000;  // on a real clock: for predictions that are being written
constexpr int kMaxClosedAtOnce = 500;

struct Span {
  std::optional<std::int64_t> first;
};

struct Moment {
  TimeMs ms;
};

ColumnDrift compare(std::string_view name, const Profile& reference, const Profile& current, const Layout& layout, bool output) {
  ColumnDrift drift{std::string(name), output, layout.category, current.n, {}};
  for (const auto measure_name : kMeasures) {
    if (const auto value = measure(measure_name, reference, current, layout)) drift.measures[std::string(measure_name)] = *value;
  }
  for (const auto& [value, count] : current.exact) drift.measures[share_name(value)] = value_share(current, value);
  return drift;
}

Result<void> store_version(sql::Tx& tx, std::string_view monitor, TimeMs from_ms, const Answering& who, const Merged& merged, const Quality& estimated) {
  TRY(
      tx.exec("INSERT INTO monitor_window_versions (monitor, from_ms, version, role, row_count, estimated) VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT "
              "(monitor, from_ms, version, role) DO UPDATE "
              "SET row_count = excluded.row_count, estimated = excluded.estimated",
              monitor, from_ms, who.first, who.second, merged.rows, json::encode(estimated)));
  if (who.second != "primary") return {};
  for (const auto& [column, profile] : merged.profiles) {
    const auto bytes = encode({{"", profile}});
    TRY(
        tx.exec("INSERT INTO monitor_window_profiles (monitor, column_name, from_ms, version, profile) VALUES ($1, $2, $3, $4, $5) ON CONFLICT (monitor, "
                "column_name, from_ms, version) DO UPDATE "
                "SET profile = excluded.profile",
                monitor, column, from_ms, who.first, sql::Bytes{bytes}));
  }
  return {};
}

}  // namespace

// One window's predictions, measured.
struct Service::Closing {
  TimeMs from_ms = 0, to_ms = 0;
  std::map<Answering, Merged> merged;
  std::map<Answering, Quality> estimates;
  std::int64_t rows = 0;     // that were answered
  std::int64_t version = 0;  // that answered most of them; 0: none did
  WindowBody body;
};

Result<Service::Closing> Service::measure_window(const Monitor& monitor, const std::string& model, TimeMs from_ms, TimeMs to_ms) {
  Closing window{.from_ms = from_ms,
                 .to_ms = to_ms,
                 .merged = TRY(db_.read([&](sql::Tx& tx) { return merged_minutes(tx, monitor.name, from_ms, to_ms); })),
                 .estimates = {},
                 .body = {}};
  const Merged* main = nullptr;
  for (const auto& [who, one] : window.merged) {
    window.estimates[who] = estimate(one.scores, TRY(this->reference(monitor, model, who.first))->calibration);
    if (who.second != "primary") continue;
    window.rows += one.rows;
    if (main && one.rows <= main->rows) continue;
    main = &one;
    window.version = who.first;
  }
  if (!main) return window;
  const auto reference = TRY(this->reference(monitor, model, window.version));
  for (const auto& [name, profile] : main->profiles) {
    if (reference->layouts.contains(name))
      window.body.columns.push_back(compare(name, reference->profiles.at(name), profile, reference->layouts.at(name), reference->outputs.at(name)));
  }
  window.body.estimated = window.estimates.at({window.version, "primary"});
  return window;
}

// The window, the monitor's position, its node of the graph, and for one that was never closed before the event.
Result<void> Service::store_window(sql::Tx& tx, const Monitor& monitor, const std::string& model, const Closing& window, TimeMs now_ms) {
  for (const auto& [who, one] : window.merged) TRY(store_version(tx, monitor.name, window.from_ms, who, one, window.estimates.at(who)));
  TRY(
      tx.exec("INSERT INTO monitor_windows (monitor, from_ms, to_ms, version, row_count, body) VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (monitor, from_ms) "
              "DO UPDATE "
              "SET version = excluded.version, row_count = excluded.row_count, body = excluded.body",
              monitor.name, window.from_ms, window.to_ms, window.version, window.rows, json::encode(window.body)));
  const auto announced_to = TRY(tx.select<Moment>("SELECT announced_to FROM monitors WHERE name = $1", monitor.name)).front().ms;
  TRY(tx.exec("UPDATE monitors SET closed_to = $1, announced_to = $2 WHERE name = $3", window.to_ms, std::max(announced_to, window.to_ms), monitor.name));
  const auto& definition = monitor.definition;
  const auto name = fmt::format("{}/{}", monitor.name, definition.window_ms >= kDayMs ? to_iso_date(window.from_ms) : to_iso(window.from_ms));
  const auto urn = governance::urn("window", name);
  TRY(governance::put_node(tx, {urn, "window", name, window.to_ms, json::Object{{"rows", window.rows}, {"version", window.version}}}));
  if (window.version > 0)
    TRY(governance::link(tx, {governance::urn("model-version", fmt::format("{}@{}", model, window.version)), urn, "scored", window.to_ms}));
  if (window.to_ms <= announced_to) return {};  // closed again: a pipeline that waits for windows has had it
  return outbox::publish(
      tx, now_ms, "window.closed", urn,
      json::Object{
          {"monitor", monitor.name}, {"endpoint", definition.endpoint}, {"from", to_iso(window.from_ms)}, {"to", to_iso(window.to_ms)}, {"rows", window.rows}});
}

Result<bool> Service::close_windows(const Monitor& monitor, TimeMs now_ms, DutyState& state) {
  const auto window_ms = monitor.definition.window_ms;
  const auto model = TRY(serving_.endpoint(monitor.definition.endpoint)).config.model;
  auto from_ms = TRY(db_.read([&](sql::Tx& tx) { return tx.select<Moment>("SELECT closed_to FROM monitors WHERE name = $1", monitor.name); })).front().ms;
  for (int closed = 0; closed < kMaxClosedAtOnce; ++closed) {
    const auto first = TRY(db_.read([&](sql::Tx& tx) {
                         return tx.select<Span>("SELECT MIN(minute_ms) FROM monitor_profiles WHERE monitor = $1 AND minute_ms >= $2", monitor.name, from_ms);
                       }))
                           .front()
                           .first;
    if (!first) return closed > 0;
    from_ms = *first / window_ms * window_ms;
    const auto to_ms = from_ms + window_ms;
    const auto due_ms = to_ms + (clock_.is_virtual() ? 0 : kGraceMs);
    if (due_ms > now_ms) return state.due_at(due_ms), closed > 0;
    const auto window = TRY(measure_window(monitor, model, from_ms, to_ms));
    TRY(db_.write([&](sql::Tx& tx) { return store_window(tx, monitor, model, window, now_ms); }));
    from_ms = to_ms;
  }
  return true;
}

Result<bool> Service::run_one(const Monitor& monitor, TimeMs now_ms, DutyState& state) {
  const std::lock_guard lock(measuring_);
  bool worked = false;
  while (TRY(consume(monitor))) worked = true;
  worked |= TRY(close_windows(monitor, now_ms, state));
  worked |= TRY(join(monitor, now_ms, state));
  worked |= TRY(judge(monitor, now_ms));
  return worked;
}

// A monitor that cannot go on does not hold up the others.
Result<DutyState> Service::run_due(TimeMs now_ms) {
  DutyState state;
  std::optional<Error> trouble;
  for (const auto& monitor : TRY(list())) {
    if (!serving_.endpoint(monitor.definition.endpoint)) continue;
    const auto worked = run_one(monitor, now_ms, state);
    if (worked) {
      state.worked |= *worked;
    } else if (!trouble) {
      trouble = within(fmt::format("monitor '{}'", monitor.name), worked.error()).error();
    }
  }
  if (trouble) return std::unexpected(*trouble);
  return state;
}

}  // namespace gyre::monitoring
