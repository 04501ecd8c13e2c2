// Closing windows: profiles of the minutes merged, compared with the reference, quality estimated.
#include <fmt/format.h>

#include <algorithm>

#include "governance/governance.h"
#include "monitoring/rows.h"

namespace gyre::monitoring {
namespace {

constexpr std::int64_t kGraceMs = 2000;  // on a real clock: for predictions that are being written
constexpr int kMaxClosedAtOnce = 500;
constexpr std::string_view kMeasures[] = {"js", "psi", "ks", "w1", "chi2", "missing", "unseen", "out_of_range"};

struct MinuteRow {
  std::int64_t version, row_count;
  std::string profiles, scores;
};

struct Span {
  std::optional<std::int64_t> first;
};

struct Merged {
  std::int64_t rows = 0;
  std::map<std::string, Profile> profiles;
  std::vector<std::int64_t> scores = std::vector<std::int64_t>(kScoreBins, 0);
};

Result<std::map<std::int64_t, Merged>> merged_minutes(sql::Tx& tx, std::string_view monitor, TimeMs from_ms, TimeMs to_ms) {
  std::map<std::int64_t, Merged> by_version;
  for (const auto& row : TRY(tx.select<MinuteRow>("SELECT version, row_count, profiles, scores FROM monitor_profiles WHERE monitor = $1 AND minute_ms >= $2 AND minute_ms < $3 AND role = 'primary'", monitor,
                                                  from_ms, to_ms))) {
    auto& merged = by_version[row.version];
    merged.rows += row.row_count;
    for (auto& [name, profile] : TRY(decode_profiles(row.profiles))) merge(merged.profiles[name], profile);
    const auto scores = decode_counts(row.scores);
    for (std::size_t i = 0; i < std::min(scores.size(), merged.scores.size()); ++i) merged.scores[i] += scores[i];
  }
  return by_version;
}

ColumnDrift compare(std::string_view name, const Profile& reference, const Profile& current, const Layout& layout, bool output) {
  ColumnDrift drift{std::string(name), output, layout.category, current.n, {}};
  for (const auto measure_name : kMeasures) {
    if (const auto value = measure(measure_name, reference, current, layout)) drift.measures[std::string(measure_name)] = *value;
  }
  for (const auto& [value, count] : current.exact) drift.measures[share_name(value)] = value_share(current, value);
  return drift;
}

}  // namespace

Result<bool> Service::close_windows(const Monitor& monitor, TimeMs now_ms, DutyState& state) {
  const auto window_ms = monitor.definition.window_ms;
  const auto endpoint = TRY(serving_.endpoint(monitor.definition.endpoint));
  struct ClosedTo {
    std::int64_t ms;
  };
  auto from_ms = TRY(db_.read([&](sql::Tx& tx) { return tx.select<ClosedTo>("SELECT closed_to FROM monitors WHERE name = $1", monitor.name); })).front().ms;
  bool worked = false;
  for (int closed = 0; closed < kMaxClosedAtOnce; ++closed) {
    const auto first = TRY(db_.read([&](sql::Tx& tx) { return tx.select<Span>("SELECT MIN(minute_ms) FROM monitor_profiles WHERE monitor = $1 AND minute_ms >= $2", monitor.name, from_ms); })).front().first;
    if (!first) break;
    from_ms = *first / window_ms * window_ms;
    const auto to_ms = from_ms + window_ms;
    const auto due_ms = to_ms + (clock_.is_virtual() ? 0 : kGraceMs);
    if (due_ms > now_ms) {
      state.next_due_ms = std::min(state.next_due_ms.value_or(INT64_MAX), due_ms);
      break;
    }
    const auto by_version = TRY(db_.read([&](sql::Tx& tx) { return merged_minutes(tx, monitor.name, from_ms, to_ms); }));
    const auto main = std::ranges::max_element(by_version, {}, [](const auto& entry) { return entry.second.rows; });
    WindowBody body;
    std::int64_t rows = 0, version = 0;
    for (const auto& [number, merged] : by_version) rows += merged.rows;
    if (main != by_version.end()) {
      version = main->first;
      const auto reference = TRY(this->reference(monitor, endpoint.config.model, version));
      for (const auto& [name, profile] : main->second.profiles) {
        if (reference->layouts.contains(name)) body.columns.push_back(compare(name, reference->profiles.at(name), profile, reference->layouts.at(name), reference->outputs.at(name)));
      }
      body.estimated = estimate(main->second.scores, reference->calibration);
    }
    TRY(db_.write([&](sql::Tx& tx) -> Result<void> {
      TRY(tx.exec("INSERT INTO monitor_windows (monitor, from_ms, to_ms, version, row_count, body) VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (monitor, from_ms) DO UPDATE SET body = excluded.body", monitor.name,
                  from_ms, to_ms, version, rows, json::encode(body)));
      TRY(tx.exec("UPDATE monitors SET closed_to = $1 WHERE name = $2", to_ms, monitor.name));
      const auto name = fmt::format("{}/{}", monitor.name, window_ms >= kDayMs ? to_iso_date(from_ms) : to_iso(from_ms));
      const auto urn = governance::urn("window", name);
      TRY(governance::put_node(tx, {urn, "window", name, to_ms, json::Object{{"rows", rows}, {"version", version}}}));
      if (version > 0) TRY(governance::link(tx, {governance::urn("model-version", fmt::format("{}@{}", endpoint.config.model, version)), urn, "scored", to_ms}));
      return outbox::publish(tx, now_ms, "window.closed", urn, json::Object{{"monitor", monitor.name}, {"endpoint", monitor.definition.endpoint}, {"from", to_iso(from_ms)}, {"to", to_iso(to_ms)}, {"rows", rows}});
    }));
    from_ms = to_ms;
    worked = true;
  }
  return worked;
}

Result<std::vector<Window>> Service::windows(std::string_view name, TimeMs from_ms, TimeMs to_ms) {
  struct Row {
    std::int64_t from_ms, to_ms, version, rows;
    std::string body;
  };
  struct QualityRow {
    std::int64_t version, labelled;
    std::string sketch;
  };
  constexpr std::int64_t kMaxWindows = 2000;
  return db_.read([&](sql::Tx& tx) -> Result<std::vector<Window>> {
    std::vector<Window> windows;
    for (const auto& row : TRY(tx.select<Row>("SELECT from_ms, to_ms, version, row_count, body FROM monitor_windows WHERE monitor = $1 AND from_ms >= $2 AND from_ms < $3 ORDER BY from_ms LIMIT $4", name, from_ms,
                                              to_ms, kMaxWindows))) {
      auto body = TRY(json::decode_text<WindowBody>(row.body));
      Window window{row.from_ms, row.to_ms, row.version, row.rows, std::move(body.columns), body.estimated, 0, {}};
      for (const auto& quality : TRY(tx.select<QualityRow>("SELECT version, labelled, sketch FROM monitor_quality WHERE monitor = $1 AND from_ms = $2", name, row.from_ms))) {
        window.labelled += quality.labelled;
        if (quality.version == row.version) window.realised = quality_of(TRY(decode_sketch(quality.sketch)));
      }
      windows.push_back(std::move(window));
    }
    return windows;
  });
}

Result<Distribution> Service::distribution(std::string_view name, std::string_view column, TimeMs from_ms, TimeMs to_ms) {
  const auto monitor = TRY(this->monitor(name));
  const auto endpoint = TRY(serving_.endpoint(monitor.definition.endpoint));
  const auto by_version = TRY(db_.read([&](sql::Tx& tx) { return merged_minutes(tx, name, from_ms, to_ms); }));
  const auto main = std::ranges::max_element(by_version, {}, [](const auto& entry) { return entry.second.rows; });
  if (main == by_version.end()) return fail(Code::not_found, "there are no predictions in this range");
  const auto reference = TRY(this->reference(monitor, endpoint.config.model, main->first));
  const auto layout = reference->layouts.find(std::string(column));
  const auto profile = main->second.profiles.find(std::string(column));
  if (layout == reference->layouts.end() || profile == main->second.profiles.end()) return fail(Code::not_found, fmt::format("monitor '{}' has no column '{:.80}' in this range", name, column));
  return Distribution{layout->second, reference->profiles.at(std::string(column)), profile->second};
}

Result<DutyState> Service::run_due(TimeMs now_ms) {
  DutyState state;
  for (const auto& monitor : TRY(list())) {
    if (!serving_.endpoint(monitor.definition.endpoint)) continue;
    bool consumed = false;
    while (TRY(consume(monitor))) consumed = true;
    state.worked |= consumed;
    state.worked |= TRY(close_windows(monitor, now_ms, state));
    state.worked |= TRY(join(monitor));
    state.worked |= TRY(judge(monitor, now_ms));
  }
  return state;
}

}  // namespace gyre::monitoring
