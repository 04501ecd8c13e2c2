// Reading back what was measured: windows, versions in them, one column over a range.
#include <fmt/format.h>

#include <algorithm>

#include "monitoring/rows.h"

namespace gyre::monitoring {
namespace {

constexpr std::int64_t kMaxOpenMinutes = 50'000;  // of the window that is filling; more than 34 days of them
constexpr double kAllShare = 0.995;               // labels of so many rows are as good as all

struct MinuteRow {
  std::int64_t version;
  std::string role;
  std::int64_t row_count;
  std::string profiles, scores;
};

struct Number {
  std::optional<std::int64_t> n;
  std::int64_t or_zero() const { return n.value_or(0); }
};

struct WindowRow {
  std::int64_t from_ms, to_ms, version, rows;
  std::string body;
};

struct VersionRow {
  std::int64_t from_ms, version;
  std::string role;
  std::int64_t rows;
  std::string estimated;
};

struct QualityRow {
  std::int64_t from_ms, version, labelled;
  std::string figures;
};

struct OtherRow {
  std::int64_t from_ms, version;
  std::string figures;
};

struct Bounds {
  TimeMs from_ms, to_ms;  // of the windows' beginnings
};

Result<std::vector<Window>> select_windows(sql::Tx& tx, std::string_view monitor, Bounds bounds) {
  std::vector<Window> windows;
  for (auto& row : TRY(tx.select<WindowRow>("SELECT from_ms, to_ms, version, row_count, body FROM monitor_windows WHERE monitor = $1 AND from_ms >= $2 AND "
                                            "from_ms < $3 ORDER BY from_ms DESC LIMIT $4",
                                            monitor, bounds.from_ms, bounds.to_ms, kMaxWindows))) {
    auto body = TRY(json::decode_text<WindowBody>(row.body));
    windows.push_back({row.from_ms, row.to_ms, row.version, row.rows, std::move(body.columns), body.estimated, 0, {}, false, {}});
  }
  std::ranges::reverse(windows);
  return windows;
}

VersionQuality* primary_of(Window& window, std::int64_t version) {
  const auto found = std::ranges::find_if(window.versions, [&](const VersionQuality& one) { return one.version == version && one.role == "primary"; });
  return found == window.versions.end() ? nullptr : &*found;
}

Result<void> add_versions(sql::Tx& tx, std::string_view monitor, Bounds bounds, std::map<TimeMs, Window*>& at) {
  for (const auto& row : TRY(tx.select<VersionRow>("SELECT from_ms, version, role, row_count, estimated FROM monitor_window_versions WHERE monitor = $1 AND "
                                                   "from_ms >= $2 AND from_ms < $3 ORDER BY version, role",
                                                   monitor, bounds.from_ms, bounds.to_ms))) {
    const auto window = at.find(row.from_ms);
    if (window != at.end()) window->second->versions.push_back({row.version, row.role, row.rows, TRY(json::decode_text<Quality>(row.estimated)), {}});
  }
  for (const auto& row :
       TRY(tx.select<QualityRow>("SELECT from_ms, version, labelled, figures FROM monitor_quality WHERE monitor = $1 AND from_ms >= $2 AND from_ms < $3",
                                 monitor, bounds.from_ms, bounds.to_ms))) {
    const auto found = at.find(row.from_ms);
    if (found == at.end()) continue;
    auto& window = *found->second;
    const auto realised = TRY(json::decode_text<Quality>(row.figures));
    window.labelled += row.labelled;
    if (row.version == window.version) window.realised = realised;
    if (auto* one = primary_of(window, row.version)) one->realised = realised;
  }
  for (const auto& row : TRY(tx.select<OtherRow>(
           "SELECT from_ms, version, figures FROM monitor_counterfactuals WHERE monitor = $1 AND from_ms >= $2 AND from_ms < $3 ORDER BY version", monitor,
           bounds.from_ms, bounds.to_ms))) {
    const auto window = at.find(row.from_ms);
    if (window != at.end()) window->second->versions.push_back({row.version, "counterfactual", 0, {}, TRY(json::decode_text<Quality>(row.figures))});
  }
  return {};
}

// Profiles of one column by version: those of closed windows, and the minutes behind the last of them.
Result<std::map<std::int64_t, Profile>> column_profiles(sql::Tx& tx, std::string_view monitor, const std::string& column, Bounds bounds, TimeMs closed_to_ms) {
  struct Row {
    std::int64_t version;
    std::string profile;
  };
  std::map<std::int64_t, Profile> by_version;
  for (const auto& row : TRY(tx.select<Row>("SELECT version, profile FROM monitor_window_profiles WHERE monitor = $1 AND column_name = $2 AND from_ms >= $3 "
                                            "AND from_ms < $4 ORDER BY from_ms DESC LIMIT $5",
                                            monitor, column, bounds.from_ms, bounds.to_ms, kMaxWindows))) {
    merge(by_version[row.version], TRY(decode_profiles(row.profile))[""]);
  }
  for (auto& [who, minutes] : TRY(merged_minutes(tx, monitor, std::max(bounds.from_ms, closed_to_ms), bounds.to_ms))) {
    const auto profile = minutes.profiles.find(column);
    if (who.second == "primary" && profile != minutes.profiles.end()) merge(by_version[who.first], profile->second);
  }
  return by_version;
}

}  // namespace

Result<std::map<Answering, Merged>> merged_minutes(sql::Tx& tx, std::string_view monitor, TimeMs from_ms, TimeMs to_ms) {
  std::map<Answering, Merged> found;
  if (from_ms >= to_ms) return found;
  for (const auto& row : TRY(tx.select<MinuteRow>("SELECT version, role, row_count, profiles, scores FROM monitor_profiles WHERE monitor = $1 AND minute_ms >= "
                                                  "$2 AND minute_ms < $3 ORDER BY minute_ms LIMIT $4",
                                                  monitor, from_ms, to_ms, kMaxOpenMinutes))) {
    auto& merged = found[{row.version, row.role}];
    merged.rows += row.row_count;
    for (auto& [name, profile] : TRY(decode_profiles(row.profiles))) merge(merged.profiles[name], profile);
    const auto scores = decode_counts(row.scores);
    for (std::size_t i = 0; i < std::min(scores.size(), merged.scores.size()); ++i) merged.scores[i] += scores[i];
  }
  return found;
}

Result<TimeMs> labelled_through(sql::Tx& tx, std::string_view monitor) {
  return TRY(tx.select<Number>("SELECT MAX(w.to_ms) FROM monitor_windows w WHERE w.monitor = $1 AND w.row_count > 0 AND "
                               "(SELECT SUM(q.labelled) FROM monitor_quality q WHERE q.monitor = w.monitor AND q.from_ms = w.from_ms) >= CAST($2 AS DOUBLE "
                               "PRECISION) * w.row_count",
                               monitor, kLabelledShare))
      .front()
      .or_zero();
}

Result<void> Service::put_counterfactual(std::string_view name, std::int64_t version, TimeMs window_from_ms, const Quality& quality) {
  TRY(monitor(name));
  return db_.write([&](sql::Tx& tx) {
    return tx.exec(
        "INSERT INTO monitor_counterfactuals (monitor, from_ms, version, figures) VALUES ($1, $2, $3, $4) ON CONFLICT (monitor, from_ms, version) DO UPDATE "
        "SET figures = excluded.figures",
        name, window_from_ms, version, json::encode(quality));
  });
}

Result<std::vector<Window>> Service::windows(std::string_view name, TimeMs from_ms, TimeMs to_ms) {
  return db_.read([&](sql::Tx& tx) -> Result<std::vector<Window>> {
    auto windows = TRY(select_windows(tx, name, {from_ms, to_ms}));
    if (windows.empty()) return windows;
    std::map<TimeMs, Window*> at;
    for (auto& window : windows) at[window.from_ms] = &window;
    TRY(add_versions(tx, name, {windows.front().from_ms, windows.back().to_ms}, at));
    const auto through_ms = TRY(labelled_through(tx, name));
    for (auto& window : windows)
      window.labels_complete = window.to_ms < through_ms || static_cast<double>(window.labelled) >= kAllShare * static_cast<double>(window.rows);
    return windows;
  });
}

Result<Distribution> Service::distribution(std::string_view name, std::string_view column, TimeMs from_ms, TimeMs to_ms) {
  const auto monitor = TRY(this->monitor(name));
  const auto endpoint = TRY(serving_.endpoint(monitor.definition.endpoint));
  const auto window_ms = monitor.definition.window_ms;
  const std::string wanted(column);
  if (monitor.definition.leaves_out(column))
    return fail(Code::not_found, fmt::format("monitor '{}' leaves the column '{:.80}' out", name, column), {},
                "take it out of drift.except, and it is watched from the log's start on");
  Bounds bounds{from_ms / window_ms * window_ms, (to_ms + window_ms - 1) / window_ms * window_ms};
  auto by_version = TRY(db_.read([&](sql::Tx& tx) -> Result<std::map<std::int64_t, Profile>> {
    const auto closed_to = TRY(tx.select<Number>("SELECT closed_to FROM monitors WHERE name = $1", name)).front().or_zero();
    return column_profiles(tx, name, wanted, bounds, closed_to);
  }));
  const auto main = std::ranges::max_element(by_version, {}, [](const auto& entry) { return entry.second.n; });
  if (main == by_version.end())
    return fail(Code::not_found, fmt::format("monitor '{}' has seen no column '{:.80}' in this range", name, column), {},
                "choose another column or a wider range");
  const auto reference = TRY(this->reference(monitor, endpoint.config.model, main->first));
  const auto layout = reference->layouts.find(wanted);
  if (layout == reference->layouts.end())
    return fail(Code::not_found, fmt::format("the reference of {}@{} has no column '{:.80}'", endpoint.config.model, main->first, column));
  Distribution found{bounds.from_ms, bounds.to_ms, main->first, 0, reference->outputs.at(wanted), layout->second, reference->profiles.at(wanted), main->second};
  for (const auto& [version, profile] : by_version) found.other_rows += version == main->first ? 0 : profile.n;
  return found;
}

Result<std::optional<ReferenceFacts>> Service::reference_facts(std::string_view name, std::int64_t version) {
  const auto monitor = TRY(this->monitor(name));
  const auto endpoint = TRY(serving_.endpoint(monitor.definition.endpoint));
  const auto reference = TRY(this->reference(monitor, endpoint.config.model, version));
  if (reference->profiles.empty()) return std::nullopt;
  return ReferenceFacts{reference->profiles.begin()->second.n, quality_of(reference->labelled)};
}

}  // namespace gyre::monitoring
