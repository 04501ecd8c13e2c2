#include "app/demo/narrator.h"

#include <fmt/format.h>

#include <algorithm>

#include "app/demo/rivals.h"

namespace gyre::demo {
namespace {

constexpr std::size_t kNewsAtOnce = 200;
constexpr int kBarCells = 16;

std::string bar(double part) {
  std::string cells;
  for (int i = 0; i < kBarCells; ++i) cells += i < part * kBarCells ? "█" : "░";
  return cells;
}

struct News {
  TimeMs at_ms;
  std::string id, line;
};

std::string_view mark_of(std::string_view verdict) {
  if (verdict == "promote") return "promoted";
  if (verdict == "gate") return "passed";
  if (verdict == "wait") return "not yet";
  if (verdict == "refuse") return "no";
  if (verdict == "rollback") return "rolled back";
  if (verdict == "fail") return "failed";
  if (verdict == "advance") return "canary";
  if (verdict == "train") return "running";
  if (verdict == "open" || verdict == "skip" || verdict == "keep") return "queued";
  return verdict;
}

std::string line_of(TimeMs at_ms, std::string_view mark, std::string_view who, std::string_view what) {
  return fmt::format("{}  {}  {}  {}", cli::paint(to_iso_date(at_ms), cli::Tone::dim), cli::status(mark), cli::paint(who, cli::Tone::bold), what);
}

News news_of(const monitoring::Alert& alert) {
  if (alert.state == "resolved") {
    return {alert.resolved_ms, alert.id + " resolved", line_of(alert.resolved_ms, "resolved", alert.rule, "the alert is over")};
  }
  const auto what =
      fmt::format("alert: {} {} is past its limit of {} (n {}), since {}", alert.column.empty() ? alert.metric : alert.column + " " + alert.metric,
                  cli::human_number(alert.value), cli::human_number(alert.limit), cli::human_count(alert.n), to_iso_date(alert.onset_ms));
  return {alert.opened_ms, alert.id, line_of(alert.opened_ms, alert.severity, alert.rule, what)};
}

News news_of(const policy::Decision& decision) {
  return {decision.at_ms, decision.id,
          line_of(decision.at_ms, mark_of(decision.verdict), decision.policy, decision.text + (decision.reason.empty() ? "" : ": " + decision.reason))};
}

}  // namespace

void Narrator::say(std::string_view line) {
  if (!quiet_) progress_.say(line);
}

void Narrator::doing(std::string_view what) {
  doing_ = what;
  tick();
}

void Narrator::at(TimeMs now_ms, std::int64_t rows) {
  const auto days = (plan_.last_day - kServeFrom) / kDayMs + 1, lived = (now_ms - kServeFrom) / kDayMs;
  doing(fmt::format("{}  {}  day {} of {}  {} rows  {}{}", to_iso(now_ms).substr(0, 13) + "h", bar(static_cast<double>(lived) / static_cast<double>(days)),
                    lived + 1, days, cli::human_count(rows), version_, quality_));
}

void Narrator::tick() {
  const auto seconds = (monotonic_ns() - started_ns_) / 1'000'000'000;
  progress_.show(fmt::format("{}  {}:{:02}", doing_, seconds / 60, seconds % 60));
}

Result<void> Narrator::tell_news(app::Rooms& rooms) {
  std::vector<News> news;
  for (const auto& alert : TRY(rooms.monitoring.alerts("", "", kNewsAtOnce))) news.push_back(news_of(alert));
  for (const auto& decision : TRY(rooms.policy.decisions("", kNewsAtOnce))) news.push_back(news_of(decision));
  std::ranges::sort(news, {}, [](const News& one) { return std::pair(one.at_ms, std::string_view(one.id)); });
  for (const auto& one : news) {
    if (told_.insert(one.id).second && knows_the_past_) say(one.line);
  }
  knows_the_past_ = true;
  return {};
}

Result<void> Narrator::look(app::Rooms& rooms, TimeMs now_ms) {
  const auto endpoint = TRY(rooms.serving.endpoint(kEndpoint));
  version_.clear();
  if (endpoint.revision) {
    for (const auto& route : endpoint.revision->routes) version_ += fmt::format("{}v{}", version_.empty() ? "" : "+", route.version);
  }
  for (const auto& window : TRY(rooms.monitoring.windows(kEndpoint, now_ms - 4 * kDayMs, now_ms))) {
    if (window.realised.n > 0) quality_ = fmt::format("  AUC {:.3f} ({})", window.realised.auc, to_iso_date(window.from_ms).substr(5));
  }
  return {};
}

}  // namespace gyre::demo
