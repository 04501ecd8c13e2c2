#include "app/demo/driver.h"

#include <fmt/format.h>

#include "app/project.h"
#include "base/file.h"
#include "base/yaml.h"

namespace gyre::demo {
namespace {

constexpr std::string_view kActor = "user:demo";
constexpr std::string_view kCalendarFile = "calendar.yaml";
constexpr TimeMs kBacklogStepMs = 7 * kDayMs;
constexpr TimeMs kRetryStepMs = 1000;  // a step that failed is tried again some seconds later

}  // namespace

Driver::Driver(Parts parts)
    : house_(parts.house),
      clock_(parts.clock),
      plan_(parts.plan),
      slices_(std::move(parts.slices)),
      project_file_(std::move(parts.project_file)),
      narrator_(parts.narrator),
      interrupted_([&interrupt = parts.interrupt, &narrator = parts.narrator] {
        narrator.tick();
        return interrupt.raised();
      }),
      position_file_(std::move(parts.position_file)),
      position_(std::move(parts.position)),
      feed_(house_.rooms().datasets, slices_),
      traffic_(house_.url(), std::string(kEndpoint)),
      rivals_(house_.rooms(), kServeFrom) {}

// Written before it is lived: what follows may be repeated.
Result<void> Driver::begin_at(TimeMs at_ms) {
  position_.at_ms = at_ms;
  TRY(position_file_.write(position_));
  clock_.advance_to(at_ms);
  return {};
}

// The hour's traffic waits for what the hour's beginning set off, also for a step that is tried again, so that a failure that
// was overcome changes no decision.
Result<void> Driver::settle() {
  const auto end_ms = clock_.now_ms() / kHourMs * kHourMs + kHourMs - 1;
  TRY(house_.heart().settle(interrupted_));
  while (clock_.now_ms() < end_ms && TRY(house_.rooms().pipelines.count_active_runs()) > 0) {
    TRY(house_.heart().advance_to(clock_, std::min(end_ms, clock_.now_ms() + kRetryStepMs), interrupted_));
  }
  return narrator_.tell_news(house_.rooms());
}

Result<void> Driver::run() {
  TRY(narrator_.tell_news(house_.rooms()));
  if (position_.at_ms <= kServeFrom) {
    TRY(live_backlog());
    TRY(set_up());
  }
  const auto end_ms = plan_.last_day + kDayMs;
  for (auto hour_ms = position_.at_ms; hour_ms < end_ms; hour_ms += kHourMs) {
    if (hour_ms % kDayMs == 0) TRY(open_day(hour_ms));
    TRY(live_hour(hour_ms));
  }
  TRY(open_day(end_ms));
  TRY(compare_missing());
  position_.finished = true;
  return position_file_.write(position_);
}

// Week by week, what was known each Monday until the endpoint begins its work.
Result<void> Driver::live_backlog() {
  auto& rooms = house_.rooms();
  TRY(rooms.datasets.create_repo(kRepository, kActor));
  const auto first = kFirstDay + (position_.at_ms - kFirstDay) / kBacklogStepMs * kBacklogStepMs;
  for (auto monday = first; monday < kServeFrom; monday += kBacklogStepMs) {
    narrator_.doing(fmt::format("{}  committing what is known", to_iso_date(monday)));
    TRY(begin_at(std::max(monday, clock_.now_ms())));
    if (monday > kFirstDay) TRY(feed_.commit_known(monday - kBacklogStepMs, monday));
    TRY(house_.heart().settle(interrupted_));
  }
  return begin_at(kServeFrom);
}

Result<void> Driver::set_up() {
  const auto text = TRY(read_file(project_file_, yaml::kMaxBytes));
  const auto project = with_fewer_rows(TRY(yaml::parse(text)), plan_.rows_divisor());
  const auto applied = app::apply_document(house_.rooms(), project, project_file_.parent_path(), kActor);
  if (!applied) return within(project_file_.string(), applied.error());
  TRY(app::apply_project_file(house_.rooms(), project_file_.parent_path() / kCalendarFile, kActor));
  narrator_.say(fmt::format("{}  {} is applied: {} pipeline, {} endpoint, {} monitor, {} policies", cli::paint(to_iso_date(clock_.now_ms()), cli::Tone::dim),
                            project_file_.filename().string(), applied->pipelines.size(), applied->endpoints.size(), applied->monitors.size(),
                            applied->policies.size()));
  return {};
}

// Those that were over when this process began: they are in the prediction log.
Result<void> Driver::compare_missing() {
  for (auto day = kServeFrom; day <= plan_.last_day; day += kDayMs) {
    if (results_.contains(day)) continue;
    if (interrupted_()) return fail(Code::cancelled, "interrupted");
    narrator_.doing(fmt::format("comparing {} again", to_iso_date(day)));
    TRY(compare(day));
    days_.erase(day);
  }
  return {};
}

// Midnight: what is known now is committed and told, the house draws its conclusions, the day before is compared.
Result<void> Driver::open_day(TimeMs day) {
  if (clock_.now_ms() < day) TRY(house_.heart().advance_to(clock_, day - 1, interrupted_));
  TRY(begin_at(day));
  TRY(feed_.commit_known(day - (day == kServeFrom ? kBacklogStepMs : kDayMs), day));
  if (day - kLabelDelayMs >= kServeFrom) TRY(traffic_.send_labels(*TRY(flights_on(day - kLabelDelayMs)), day - kLabelDelayMs));
  TRY(rivals_.begin_day(day));
  TRY(settle());
  if (day > kServeFrom) TRY(compare(day - kDayMs));
  TRY(narrator_.look(house_.rooms(), day));
  days_.erase(days_.begin(), days_.lower_bound(day - kDayMs));
  return {};
}

Result<void> Driver::live_hour(TimeMs hour_ms) {
  const auto day = hour_ms / kDayMs * kDayMs;
  if (hour_ms % kDayMs > 0) {
    TRY(house_.heart().advance_to(clock_, hour_ms - 1, interrupted_));
    TRY(begin_at(hour_ms));
    TRY(settle());
  }
  sent_ += TRY(traffic_.send_hour(*TRY(flights_on(day)), day, static_cast<int>(hour_ms % kDayMs / kHourMs)));
  narrator_.at(hour_ms, sent_.scored);
  return {};
}

Result<void> Driver::compare(TimeMs day) {
  auto& result = results_.insert_or_assign(day, TRY(rivals_.compare(house_.engine(), *TRY(flights_on(day)), day))).first->second;
  return rivals_.tell(day, result);
}

Result<const Day*> Driver::flights_on(TimeMs day) {
  auto found = days_.find(day);
  if (found == days_.end()) found = days_.emplace(day, TRY(read_day(house_.engine(), slices_, day))).first;
  return &found->second;
}

}  // namespace gyre::demo
