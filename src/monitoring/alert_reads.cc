// Alerts as they are kept, and what people do with them.
#include <fmt/format.h>

#include "governance/governance.h"
#include "monitoring/rows.h"

namespace gyre::monitoring {
namespace {

struct AlertRow {
  std::string id, monitor, rule, state, severity, metric, column;
  std::int64_t onset_ms, opened_ms, resolved_ms;
  double value, limit;
  std::int64_t n, version, acknowledged_ms;
  std::string acknowledged_by;
  std::int64_t muted_until_ms;
  Alert alert() const {
    return {id,          monitor, rule,  state, severity, metric,          column,          onset_ms,      opened_ms,
            resolved_ms, value,   limit, n,     version,  acknowledged_ms, acknowledged_by, muted_until_ms};
  }
};

constexpr auto kAlertColumns =
    "SELECT id, monitor, rule, state, severity, metric, column_name, onset_ms, opened_ms, resolved_ms, value, limit_value, n, version, acknowledged_ms, "
    "acknowledged_by, muted_until_ms "
    "FROM alerts ";

struct Number {
  std::int64_t n;
};

Result<std::vector<Alert>> to_alerts(std::vector<AlertRow> rows) {
  std::vector<Alert> alerts;
  for (const auto& row : rows) alerts.push_back(row.alert());
  return alerts;
}

}  // namespace

Result<Alert> select_alert(sql::Tx& tx, std::string_view id) {
  const auto row = TRY(tx.select_one<AlertRow>(std::string(kAlertColumns) + "WHERE id = $1", id));
  if (!row) return fail(Code::not_found, fmt::format("there is no alert '{:.80}'", id), {}, "gyre monitor alerts lists those that are");
  return row->alert();
}

Result<std::vector<Alert>> Service::alerts(std::string_view monitor, std::string_view state, std::size_t limit, std::size_t offset) {
  return db_.read([&](sql::Tx& tx) -> Result<std::vector<Alert>> {
    return to_alerts(TRY(tx.select<AlertRow>(
        std::string(kAlertColumns) + "WHERE ($1 = '' OR monitor = $1) AND ($2 = '' OR state = $2) ORDER BY state, opened_ms DESC, id DESC LIMIT $3 OFFSET $4",
        monitor, state, static_cast<std::int64_t>(limit), static_cast<std::int64_t>(offset))));
  });
}

Result<std::int64_t> Service::count_alerts(std::string_view monitor, std::string_view state) {
  return db_.read([&](sql::Tx& tx) -> Result<std::int64_t> {
    return TRY(tx.select<Number>("SELECT COUNT(*) FROM alerts WHERE ($1 = '' OR monitor = $1) AND ($2 = '' OR state = $2)", monitor, state)).front().n;
  });
}

Result<std::vector<Alert>> Service::alerts_between(std::string_view monitor, TimeMs from_ms, TimeMs to_ms, std::size_t limit) {
  return db_.read([&](sql::Tx& tx) -> Result<std::vector<Alert>> {
    return to_alerts(TRY(tx.select<AlertRow>(
        std::string(kAlertColumns) +
            "WHERE ($1 = '' OR monitor = $1) AND ((opened_ms >= $2 AND opened_ms < $3) OR (resolved_ms > 0 AND resolved_ms >= $2 AND resolved_ms < $3)) "
            "ORDER BY opened_ms DESC, id DESC LIMIT $4",
        monitor, from_ms, to_ms, static_cast<std::int64_t>(limit))));
  });
}

Result<Alert> Service::alert(std::string_view id) {
  return db_.read([&](sql::Tx& tx) { return select_alert(tx, id); });
}

Result<void> Service::acknowledge(std::string_view id, bool acknowledged, std::string_view actor) {
  return db_.write([&](sql::Tx& tx) -> Result<void> {
    TRY(select_alert(tx, id));
    const auto now_ms = clock_.now_ms();
    TRY(tx.exec("UPDATE alerts SET acknowledged_ms = $1, acknowledged_by = $2 WHERE id = $3", acknowledged ? now_ms : 0,
                acknowledged ? actor : std::string_view(), id));
    return governance::audit(tx, {now_ms, std::string(actor), acknowledged ? "alert.ack" : "alert.unack", governance::urn("alert", id), {}});
  });
}

Result<void> Service::mute(std::string_view id, TimeMs until_ms, std::string_view actor) {
  return db_.write([&](sql::Tx& tx) -> Result<void> {
    TRY(select_alert(tx, id));
    const auto now_ms = clock_.now_ms();
    if (until_ms != 0 && until_ms <= now_ms)
      return fail(Code::invalid, fmt::format("an alert cannot be muted until {}: that has passed", to_iso(until_ms)), {}, "name a time that is still to come");
    TRY(tx.exec("UPDATE alerts SET muted_until_ms = $1 WHERE id = $2", until_ms, id));
    return governance::audit(tx, {now_ms, std::string(actor), until_ms == 0 ? "alert.unmute" : "alert.mute", governance::urn("alert", id),
                                  json::Object{{"until", until_ms == 0 ? "" : to_iso(until_ms)}}});
  });
}

}  // namespace gyre::monitoring
