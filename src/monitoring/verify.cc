// Whether what was measured still follows from the log and the labels.
#include <fmt/format.h>

#include <functional>
#include <numeric>

#include "base/file_hash.h"
#include "monitoring/label_files.h"
#include "monitoring/rows.h"

namespace gyre::monitoring {
namespace {

struct PositionRow {
  std::int64_t segment, read_to, closed_to;
};

struct WindowRow {
  std::int64_t from_ms, to_ms, rows;
};

struct CountRow {
  std::int64_t from_ms, version;
  std::string role;
  std::int64_t n;
};

struct ProfileRow {
  std::string column;
  std::int64_t from_ms, version;
  std::string profile;
};

struct BatchRow {
  std::string batch_key;
  std::int64_t seq, row_count;
  std::string sha256;  // empty for those from before it was noted
};

struct RuleRow {
  std::string rule, state, alert;
};

struct AlertRow {
  std::string id, rule;
};

bool adds_up(const Profile& profile) {
  return std::accumulate(profile.counts.begin(), profile.counts.end(), std::int64_t{0}) == profile.present() && profile.missing >= 0;
}

// One window against the minutes that it was made of.
class WindowCheck {
 public:
  using Minutes = std::map<Answering, Merged>;
  using Told = std::function<void(const std::string&)>;
  WindowCheck(sql::Tx& tx, std::string_view monitor, const WindowRow& window, const Minutes& minutes, const Told& told)
      : tx_(tx), monitor_(monitor), window_(window), minutes_(minutes), told_(told), name_(to_iso(window.from_ms)) {}

  Result<void> run() {
    check_minutes();
    TRY(check_versions());
    TRY(check_profiles());
    return check_labelled();
  }

 private:
  void check_minutes() {
    std::int64_t primary_rows = 0;
    for (const auto& [who, one] : minutes_) {
      if (who.second == "primary") primary_rows += one.rows;
      for (const auto& [column, profile] : one.profiles) {
        if (!adds_up(profile) || profile.n > one.rows) told_(fmt::format("window {}, column '{}': the bins of v{} do not add up", name_, column, who.first));
      }
    }
    if (primary_rows != window_.rows) told_(fmt::format("window {}: it has {} rows, its minutes {}", name_, window_.rows, primary_rows));
  }

  Result<void> check_versions() {
    for (const auto& row : TRY(tx_.select<CountRow>("SELECT from_ms, version, role, row_count FROM monitor_window_versions WHERE monitor = $1 AND from_ms = $2",
                                                    monitor_, window_.from_ms))) {
      const auto rows = rows_of({row.version, row.role});
      if (rows != row.n) told_(fmt::format("window {}: v{} ({}) has {} rows, its minutes {}", name_, row.version, row.role, row.n, rows));
    }
    return {};
  }

  Result<void> check_profiles() {
    for (const auto& row : TRY(tx_.select<ProfileRow>(
             "SELECT column_name, from_ms, version, profile FROM monitor_window_profiles WHERE monitor = $1 AND from_ms = $2", monitor_, window_.from_ms))) {
      auto kept = decode_profiles(row.profile);
      const auto one = minutes_.find({row.version, "primary"});
      const bool same =
          kept && one != minutes_.end() && one->second.profiles.contains(row.column) && (*kept)[""].counts == one->second.profiles.at(row.column).counts;
      if (!same) told_(fmt::format("window {}, column '{}': what was kept of v{} is not what its minutes add up to", name_, row.column, row.version));
    }
    return {};
  }

  Result<void> check_labelled() {
    for (const auto& row : TRY(tx_.select<CountRow>("SELECT from_ms, version, 'primary', labelled FROM monitor_quality WHERE monitor = $1 AND from_ms = $2",
                                                    monitor_, window_.from_ms))) {
      const bool known = minutes_.contains({row.version, "primary"});
      const auto rows = rows_of({row.version, "primary"});
      if (!known || rows < row.n) told_(fmt::format("window {}: v{} has {} labelled rows of {}", name_, row.version, row.n, rows));
    }
    return {};
  }

  std::int64_t rows_of(const Answering& who) const {
    const auto found = minutes_.find(who);
    return found == minutes_.end() ? 0 : found->second.rows;
  }

  sql::Tx& tx_;
  const std::string_view monitor_;
  const WindowRow& window_;
  const Minutes& minutes_;
  const Told& told_;
  const std::string name_;
};

}  // namespace

Result<void> Service::check_minutes(const Monitor& monitor, Findings& findings) {
  const WindowCheck::Told told = [&](const std::string& what) { findings.problems.push_back(fmt::format("monitor '{}': {}", monitor.name, what)); };
  return db_.read([&](sql::Tx& tx) -> Result<void> {
    const auto at = TRY(tx.select<PositionRow>("SELECT segment, read_to, closed_to FROM monitors WHERE name = $1", monitor.name)).front();
    serving::Position end;
    TRY(serving_.log().at_rest(monitor.definition.endpoint, [&](serving::Position position) { end = position; }));
    if (serving::Position{at.segment, at.read_to} > end)
      told(fmt::format("it has read to {}:{}, but the log ends at {}:{}", at.segment, at.read_to, end.segment, end.offset));

    for (const auto& window : TRY(tx.select<WindowRow>(
             "SELECT from_ms, to_ms, row_count FROM monitor_windows WHERE monitor = $1 AND to_ms <= $2 ORDER BY from_ms", monitor.name, at.closed_to))) {
      ++findings.checked;
      const auto minutes = merged_minutes(tx, monitor.name, window.from_ms, window.to_ms);
      if (!minutes) {
        told(fmt::format("window {}: {}", to_iso(window.from_ms), minutes.error().message));
      } else {
        TRY(WindowCheck(tx, monitor.name, window, *minutes, told).run());
      }
    }
    return {};
  });
}

Result<void> Service::check_labels(const Monitor& monitor, Findings& findings) {
  const auto& endpoint = monitor.definition.endpoint;
  for (const auto& batch : TRY(db_.read(
           [&](sql::Tx& tx) { return tx.select<BatchRow>("SELECT batch_key, seq, row_count, sha256 FROM label_batches WHERE endpoint = $1", endpoint); }))) {
    ++findings.checked;
    const auto file = label_file(folder_, endpoint, batch.seq);
    const auto counted = query::fetch(engine_, fmt::format("SELECT count(id) FROM read_parquet({}) WHERE label IN (0, 1)", query::quote(file.string())));
    if (!counted) {
      findings.problems.push_back(fmt::format("labels '{}' of endpoint '{}': {}", batch.batch_key, endpoint, counted.error().message));
    } else if (counted->rows.front().front().int_or(-1) != batch.row_count) {
      findings.problems.push_back(fmt::format("labels '{}' of endpoint '{}': {} of {} are there", batch.batch_key, endpoint,
                                              counted->rows.front().front().int_or(-1), batch.row_count));
    } else if (!batch.sha256.empty() && file_sha256(file) != batch.sha256) {
      findings.problems.push_back(fmt::format("labels '{}' of endpoint '{}': '{}' is not what was written", batch.batch_key, endpoint, file.string()));
    }
  }
  return {};
}

Result<void> Service::check_alerts(const Monitor& monitor, Findings& findings) {
  const auto told = [&](std::string what) { findings.problems.push_back(fmt::format("monitor '{}': {}", monitor.name, what)); };
  return db_.read([&](sql::Tx& tx) -> Result<void> {
    std::map<std::string, std::string> open;  // alert -> rule
    for (auto& row : TRY(tx.select<AlertRow>("SELECT id, rule FROM alerts WHERE monitor = $1 AND state = 'open'", monitor.name))) open[row.id] = row.rule;
    for (const auto& row : TRY(tx.select<RuleRow>("SELECT rule, state, alert FROM monitor_rules WHERE monitor = $1", monitor.name))) {
      ++findings.checked;
      if ((row.state == "open") != !row.alert.empty()) told(fmt::format("rule '{}' is {} and has the alert '{}'", row.rule, row.state, row.alert));
      if (!row.alert.empty() && open.erase(row.alert) == 0) told(fmt::format("rule '{}' says that the alert {} is open, which it is not", row.rule, row.alert));
    }
    for (const auto& [alert, rule] : open) told(fmt::format("the alert {} is open, but its rule '{}' does not say so", alert, rule));
    return {};
  });
}

Result<Findings> Service::verify() {
  Findings findings;
  for (const auto& monitor : TRY(list())) {
    ++findings.checked;
    const std::lock_guard lock(measuring_);
    if (const auto endpoint = serving_.endpoint(monitor.definition.endpoint); !endpoint) {
      findings.problems.push_back(fmt::format("monitor '{}': {}", monitor.name, endpoint.error().message));
      continue;
    }
    TRY(check_minutes(monitor, findings));
    TRY(check_labels(monitor, findings));
    TRY(check_alerts(monitor, findings));
  }
  return findings;
}

}  // namespace gyre::monitoring
